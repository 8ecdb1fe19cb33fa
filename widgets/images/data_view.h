#pragma once

#include <QWidget>
#include <string>
#include <vector>

#include "core/data/image.h"
#include "core/tokens/palette.h"

class QLabel;

namespace scanline {

class BarList;
class ImageGrid;
class PaletteStrip;

/// What the Data page shows of a run's data.
struct DataPicture {
  QString name;     ///< "digits"
  ImageSet images;  ///< some training images, as brought to size; labels may be empty
  std::vector<std::string> classNames;
  int64_t trainImages = 0, validationImages = 0, testImages = 0;
  std::vector<int64_t> classCounts;  ///< [classNames] training images of each class, or empty
  std::vector<int64_t> colourUses;   ///< [palette] training pixels of each colour, or empty
};

/// The Data page: training images beside their quantised selves, the splits, the classes and the palette.
class DataView : public QWidget {
  Q_OBJECT
 public:
  explicit DataView(QWidget* parent = nullptr);

  void setData(const DataPicture& shown, const Palette& palette);
  /// Shown while there is nothing else.
  void setEmptyText(const QString& text);
  void clear();

  /// Root mean square error of the quantised images, in levels of 0..255.
  double quantisationError() const { return error_; }

 signals:
  void failed(const QString& sentence);

 private:
  QWidget* makeSide();

  double error_ = 0;
  ImageGrid* grid_;
  QLabel* heading_;
  QWidget* side_;
  QLabel* sizes_;
  QLabel* classesTitle_;
  BarList* classes_;
  QLabel* paletteTitle_;
  PaletteStrip* strip_;
  QLabel* colour_;
};

}  // namespace scanline
