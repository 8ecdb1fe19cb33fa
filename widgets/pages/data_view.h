#pragma once

#include <QWidget>
#include <optional>
#include <string>
#include <vector>

#include "core/data/image.h"
#include "core/tokens/palette.h"
#include "core/tokens/quantisation.h"

class QBoxLayout;
class QComboBox;
class QLabel;
class QPushButton;

namespace scanline {

class BarList;
class ImageGrid;
class PaletteStrip;
class SegmentedControl;

/// A part of a data set: training, validation or test images.
struct ShownSplit {
  QString name;  ///< "Training"
  int64_t count = 0;
  /// Some of them, as brought to size: the first ones, then more of each class. Labels may be empty.
  ImageSet images;
  ImageSet shown;                ///< the same as a palette's colours show them; count 0 = there is nothing to compare
  int64_t first = 0;             ///< images that are the split's first ones
  std::vector<int64_t> numbers;  ///< [images] their places in the split, from 0
};

/// The Data page's view of a data set.
struct ShownData {
  QString name;                    ///< "digits"
  std::vector<ShownSplit> splits;  ///< training first; those of count 0 are left out
  std::vector<std::string> classNames;
  std::vector<int64_t> classCounts;  ///< [classNames] training images of each class, or empty
  std::optional<Palette> palette;    ///< the colours of the tokens; nothing: pixels are not brought to a palette
  std::vector<int64_t> colourUses;   ///< [palette] pixels of each colour, or empty
  std::optional<QuantisationError> error;
  int64_t measuredImages = 0;  ///< training images that colourUses and error are of
  QString note;                ///< a sentence about where the tokens come from, or empty
};

/// The Data page: images beside their quantised selves, the splits, the cost of the palette, the classes and the
/// palette. In a narrow window the numbers stand below the images.
class DataView : public QWidget {
  Q_OBJECT
 public:
  explicit DataView(QWidget* parent = nullptr);

  void setData(ShownData picture);
  /// Shown while there is nothing else.
  void setEmptyText(const QString& text);
  /// The images cannot be read; `mayLocate`: the person may say where they lie.
  void setMissing(const QString& sentence, bool mayLocate);
  void clear();
  QSize minimumSizeHint() const override;

 signals:
  void locateRequested();
  void failed(const QString& sentence);

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  enum class Mode { Both, Original, Quantised };

  QWidget* makeBar();
  QWidget* makeZoom();
  void fillClasses();
  void showZoom();
  QWidget* makeSide();
  void arrange();
  Mode mode() const;
  void showPictures();
  void showSizes();
  void showError();
  void showClasses();
  void showPalette();

  ShownData data_;
  QComboBox* split_;
  QComboBox* class_;  ///< its data: the class, -1 for all
  SegmentedControl* modes_;
  QLabel *shown_, *zoom_;
  QPushButton* locate_;
  QBoxLayout* columns_;  ///< pictures and numbers
  QWidget* bar_;
  ImageGrid* grid_;
  QWidget* side_;
  QLabel* sizes_;
  QLabel* errorTitle_;
  QLabel* error_;
  QLabel* classesTitle_;
  BarList* classes_;
  QLabel* paletteTitle_;
  PaletteStrip* strip_;
  QLabel* colour_;
  QLabel* note_;
};

}  // namespace scanline
