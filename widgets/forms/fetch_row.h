#pragma once

#include <QWidget>

class QLabel;
class QProgressBar;
class QPushButton;

namespace scanline {

/// Offers to fetch a data set that is not there, and shows how far that is. Hidden until it has something to say. UI
/// thread.
class FetchRow : public QWidget {
  Q_OBJECT
 public:
  explicit FetchRow(QWidget* parent = nullptr);

  /// The data set that is missing and can be fetched, and "162 MB from www.cs.toronto.edu"; empty: none.
  void setOffer(const QString& dataset, const QString& size);
  /// `dataset` is being fetched: "Fetching cifar-10-binary.tar.gz", `done` of `total` bytes or files (0 = not known).
  void setProgress(const QString& dataset, const QString& doing, qint64 done, qint64 total);
  /// The fetching is over; `problem` empty: all is there, or it was cancelled.
  void setEnded(const QString& problem);
  /// The row of a field that is not shown hides.
  void setShown(bool shown);
  QPushButton* button() const { return button_; }

 signals:
  void fetchRequested(const QString& dataset);
  void cancelRequested();

 private:
  void show();

  QString offered_, size_, fetching_, problem_;
  bool shown_ = true;
  QLabel* words_;
  QProgressBar* bar_;
  QPushButton* button_;
};

}  // namespace scanline
