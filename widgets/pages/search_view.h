#pragma once

#include <QWidget>
#include <optional>
#include <vector>

class QLabel;
class QPushButton;

namespace scanline {

class Chart;

/// A run of a learning-rate search.
struct SearchTrial {
  double rate = 0;             ///< learning rate
  std::optional<double> loss;  ///< the compared loss; infinite: diverged; nothing: not finished
};

/// A learning-rate search: the loss of each rate, and the best one. UI thread.
class SearchView : public QWidget {
  Q_OBJECT

 public:
  explicit SearchView(QWidget* parent = nullptr);

  /// `trials` in the order tried; `lossName`: the compared loss, "final validation loss, nats per pixel".
  void setSearch(std::vector<SearchTrial> trials, const QString& lossName, int colour);
  /// Whether the search is over, so that its winner can be started.
  void setFinished(bool finished);
  /// Where the best rate is the highest or the lowest tried, so that nothing says whether the next one were better.
  enum class Edge { None, Highest, Lowest };
  Edge edge() const;
  /// Rates beyond that edge, with the best one to compare with, the highest first: "0.1, 0.03, 0.01". Empty without an
  /// edge.
  QString ratesBeyond() const;
  /// The trial with the lowest loss so far.
  std::optional<size_t> winner() const;
  QString words() const;

 signals:
  /// The best rate's run is wanted.
  void startWinnerRequested();
  /// A search at these rates is wanted.
  void searchRequested(const QString& rates);
  /// The curves of all trials are wanted, over each other.
  void overlayRequested();
  void failed(const QString& sentence);  ///< a picture could not be written

 private:
  void refresh();

  std::vector<SearchTrial> trials_;
  QString lossName_;
  int colour_ = 0;
  bool finished_ = false;
  QLabel* words_;
  QLabel* hint_;  ///< on the edge
  QPushButton* beyond_;
  QPushButton* start_;
  QPushButton* overlay_;
  Chart* chart_;
};

}  // namespace scanline
