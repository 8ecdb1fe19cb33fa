#pragma once

#include <QWidget>

namespace scanline {

class MessageBar;

/// A page with the message bar over its foot, so that no message moves the page.
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
};

}  // namespace scanline
