#pragma once

#include <QWidget>

namespace scanline {

class MessageBar;

/// A page with the message bar at its foot. The bar has a line of its own there, so no message moves the page; one of
/// several lines lies over the page.
class MessageFrame : public QWidget {
 public:
  /// Takes both.
  MessageFrame(QWidget* page, MessageBar* bar, QWidget* parent);

 protected:
  void resizeEvent(QResizeEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void placeBar();

  MessageBar* bar_;
  int line_;  ///< pixels, of a message of one line
};

}  // namespace scanline
