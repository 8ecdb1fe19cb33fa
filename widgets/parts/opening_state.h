#pragma once

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

class QLabel;
class QProgressBar;
class QPushButton;

namespace scanline {

/// The centre until the workspace is open: nothing at first, so that a quick start does not flicker; then the
/// folder and the time so far; or the sentence of an error, with buttons.
class OpeningState : public QWidget {
  Q_OBJECT
 public:
  explicit OpeningState(QWidget* parent = nullptr);

  /// Opening begins, or begins again.
  void setOpening(const QString& folder);
  void setFailed(const QString& sentence);
  /// The workspace cannot be written but can be read; to be called after setFailed().
  void offerReading();

 signals:
  void otherFolderRequested();
  void retryRequested();
  void readingRequested();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void tick();
  void restyle();

  QElapsedTimer clock_;
  QTimer tick_;
  QString folder_;
  QLabel* title_;
  QLabel* text_;
  QProgressBar* progress_;
  QWidget* buttons_;
  QPushButton* other_;
  QPushButton* read_;
};

}  // namespace scanline
