#pragma once

#include <QString>
#include <QWidget>
#include <vector>

class QLabel;
class QScrollArea;

namespace scanline {

class LowDataView;
class SearchView;

/// A number that a run came to.
struct ResultRow {
  QString name;    ///< "Test accuracy"
  QString value;   ///< "91.7 %"
  QString detail;  ///< "at step 600, layer 3", or empty
  bool operator==(const ResultRow&) const = default;
};

/// The Results page: the results of one run as plain numbers; above them the chart that its kind has, if any.
class ResultsView : public QWidget {
  Q_OBJECT

 public:
  /// Which chart stands above the numbers.
  enum class Part { None, LowData, Search };

  explicit ResultsView(QWidget* parent = nullptr);

  /// `heading`: the run's name and kind. No rows: `emptyText` stands in their place.
  void setResults(const QString& heading, std::vector<ResultRow> rows, Part part);
  void setEmptyText(const QString& text);
  const std::vector<ResultRow>& rows() const { return rows_; }
  Part part() const { return part_; }

  LowDataView* lowData() const { return lowData_; }
  SearchView* search() const { return search_; }

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void refresh();

  std::vector<ResultRow> rows_;
  QString emptyText_;
  Part part_ = Part::None;
  QLabel* heading_;
  QLabel* numbers_;
  QLabel* empty_;
  QScrollArea* scroll_ = nullptr;
  LowDataView* lowData_;
  SearchView* search_;
};

}  // namespace scanline
