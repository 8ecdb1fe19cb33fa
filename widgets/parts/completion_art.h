#pragma once

#include <QTimer>
#include <QWidget>

namespace scanline {

/// The program's subject as a picture: half a digit, and three completions of it being painted pixel by pixel.
/// Moves only while it is visible and the desktop wants things to move.
class CompletionArt : public QWidget {
  Q_OBJECT
 public:
  explicit CompletionArt(QWidget* parent = nullptr);
  void setAnimated(bool animated);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return {300, 64}; }

 protected:
  void paintEvent(QPaintEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void hideEvent(QHideEvent* event) override;

 private:
  QTimer timer_;
  int drawn_;  ///< pixels of the lower half that are there
  bool animated_ = true;
};

}  // namespace scanline
