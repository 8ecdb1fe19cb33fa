#pragma once

#include <QPointF>
#include <QString>
#include <QWidget>
#include <vector>

#include "widgets/images/picture_set.h"

class QLabel;
class QPushButton;

namespace scanline {

class Chart;
class ImageGrid;
class LowDataView;
class SearchView;

/// A number that a run came to.
struct ResultRow {
  QString name;    ///< "Test accuracy"
  QString value;   ///< "91.7 %"
  QString detail;  ///< "at step 600, layer 3", or empty
  bool operator==(const ResultRow&) const = default;
};

/// The charts beside the numbers; an empty one takes no room.
struct ResultCurves {
  std::vector<QPointF> losses;   ///< (step, validation loss)
  QString lossTitle;             ///< with the unit
  std::vector<QPointF> byLayer;  ///< (layer, share) of the newest probe
  int colour = 0;                ///< index of the run's
};

/// The Results page: the results of one run as a card with its numbers, curve, probe and newest pictures; above it the
/// chart that its kind has, if any. The card can be saved as a picture.
class ResultsView : public QWidget {
  Q_OBJECT

 public:
  /// The chart above the numbers.
  enum class Part { None, LowData, Search };

  explicit ResultsView(QWidget* parent = nullptr);

  /// `heading`: the run's name; `subtitle`: its data and model. No rows: `emptyText` stands in their place.
  void setResults(const QString& heading, const QString& subtitle, std::vector<ResultRow> rows, Part part);
  void setCurves(const ResultCurves& curves);
  void setPictures(const PictureSet& pictures);
  void setEmptyText(const QString& text);
  const std::vector<ResultRow>& rows() const { return rows_; }
  Part part() const { return part_; }

  LowDataView* lowData() const { return lowData_; }
  SearchView* search() const { return search_; }

 signals:
  /// The page comes on the screen: its pictures are wanted now.
  void shown();
  void failed(const QString& sentence);  ///< a picture could not be written

 protected:
  void changeEvent(QEvent* event) override;
  void showEvent(QShowEvent* event) override;

 private:
  QWidget* makeCard();
  void refresh();

  std::vector<ResultRow> rows_;
  Part part_ = Part::None;
  QLabel* heading_;
  QLabel* subtitle_;
  QLabel* numbers_;
  QLabel* empty_;
  QPushButton* save_;
  Chart *losses_, *byLayer_;
  QLabel* picturesTitle_;
  ImageGrid* pictures_;
  LowDataView* lowData_;
  SearchView* search_;
  QWidget* card_ = nullptr;
};

}  // namespace scanline
