#include "widgets/parts/wheel_focus.h"

#include <QEvent>
#include <QWidget>

namespace scanline {

namespace {

class WheelFilter : public QObject {
 public:
  explicit WheelFilter(QWidget* editor) : QObject(editor), editor_(editor) { editor->installEventFilter(this); }

  bool eventFilter(QObject* watched, QEvent* event) override {
    if (watched != editor_ || event->type() != QEvent::Wheel || editor_->hasFocus()) return false;
    event->ignore();  // so that the parent gets it
    return true;
  }

 private:
  QWidget* editor_;
};

}  // namespace

void needFocusForWheel(QWidget* editor) {
  editor->setFocusPolicy(Qt::StrongFocus);  // not WheelFocus, by which the first turn of the wheel gives the focus
  new WheelFilter(editor);
}

}  // namespace scanline
