#include "widgets/parts/message_frame.h"

#include <QEvent>
#include <QVBoxLayout>

#include "widgets/parts/message_bar.h"

namespace scanline {

MessageFrame::MessageFrame(QWidget* page, MessageBar* bar, QWidget* parent)
    : QWidget(parent), bar_(bar), line_(bar->sizeHint().height()) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, line_);
  column->addWidget(page);
  bar_->setParent(this);
  bar_->installEventFilter(this);
}

void MessageFrame::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  placeBar();
}

bool MessageFrame::eventFilter(QObject* watched, QEvent* event) {
  const bool grows = event->type() == QEvent::LayoutRequest || event->type() == QEvent::Show;
  if (watched == bar_ && grows) placeBar();
  return QWidget::eventFilter(watched, event);
}

void MessageFrame::placeBar() {
  const int wanted = bar_->hasHeightForWidth() ? bar_->heightForWidth(width()) : bar_->sizeHint().height();
  const int height = std::max(line_, wanted);
  bar_->setGeometry(0, this->height() - height, width(), height);
  bar_->raise();
}

}  // namespace scanline
