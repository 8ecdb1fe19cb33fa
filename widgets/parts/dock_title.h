#pragma once

#include <QWidget>

class QDockWidget;
class QLabel;

namespace scanline {

class IconButton;

/// The one flat header of a dock: its name and a button that closes it, with a line in the accent colour while the
/// keyboard is in the dock. Dragging and double clicks reach the dock, which moves and floats by them.
class DockTitle : public QWidget {
  Q_OBJECT
 public:
  /// Becomes the title bar of `dock`.
  explicit DockTitle(QDockWidget* dock);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  void follow(const QWidget* focus);

  QDockWidget* dock_;
  QLabel* name_;
  bool focused_ = false;
};

}  // namespace scanline
