#include "widgets/parts/wrap_row.h"

#include <QBoxLayout>
#include <algorithm>

namespace scanline {

namespace {
constexpr int kGap = 16, kRowGap = 6;
}

WrapRow::WrapRow(QWidget* first, QWidget* second, Second place)
    : first_(first), second_(second), parts_(new QBoxLayout(QBoxLayout::LeftToRight, this)) {
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  parts_->setContentsMargins(0, 0, 0, 0);
  parts_->setSpacing(kGap);
  parts_->addWidget(first, place == Second::AtEnd ? 1 : 0, Qt::AlignLeft);
  parts_->addWidget(second);
  if (place == Second::Close) parts_->addStretch(1);
}

QSize WrapRow::sizeHint() const {
  return {first_->sizeHint().width() + kGap + second_->sizeHint().width(), parts_->sizeHint().height()};
}

QSize WrapRow::minimumSizeHint() const {
  return {std::max(first_->minimumSizeHint().width(), second_->minimumSizeHint().width()),
          parts_->minimumSize().height()};
}

void WrapRow::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  const bool fits = width() >= sizeHint().width();
  parts_->setDirection(fits ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
  parts_->setSpacing(fits ? kGap : kRowGap);
  parts_->setAlignment(second_, fits ? Qt::Alignment() : Qt::AlignLeft);
}

QWidget* inGroup(std::initializer_list<QWidget*> widgets, int spacing) {
  auto* group = new QWidget;
  auto* row = new QHBoxLayout(group);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(spacing);
  for (QWidget* widget : widgets) row->addWidget(widget);
  return group;
}

}  // namespace scanline
