#include "widgets/parts/segmented_control.h"

#include <QButtonGroup>
#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QToolButton>

#include "widgets/parts/theme.h"

namespace scanline {

SegmentedControl::SegmentedControl(const QString& what, QWidget* parent)
    : QWidget(parent), group_(new QButtonGroup(this)), row_(new QHBoxLayout(this)) {
  setAccessibleName(what);
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  row_->setContentsMargins(0, 0, 0, 0);
  row_->setSpacing(0);
  connect(group_, &QButtonGroup::idClicked, this, &SegmentedControl::chosen);
}

void SegmentedControl::add(int id, const QString& text, const QString& tip) {
  auto* button = new QToolButton;
  button->setText(text);
  button->setToolTip(tip);
  button->setAccessibleName(text);
  button->setAccessibleDescription(tip);
  button->setCheckable(true);
  button->setMinimumHeight(28);
  button->installEventFilter(this);
  group_->addButton(button, id);
  if (group_->checkedId() < 0) button->setChecked(true);
  button->setFocusPolicy(Qt::StrongFocus);
  row_->addWidget(button);
  restyle();
}

int SegmentedControl::current() const {
  return group_->checkedId();
}

void SegmentedControl::setCurrent(int id) {
  if (auto* button = group_->button(id)) button->setChecked(true);
}

void SegmentedControl::setAllowed(int id, bool allowed) {
  if (auto* button = group_->button(id)) button->setEnabled(allowed);
}

void SegmentedControl::move(int by) {
  const auto buttons = group_->buttons();
  for (auto at = buttons.indexOf(group_->checkedButton()) + by; at >= 0 && at < buttons.size(); at += by) {
    if (!buttons[at]->isEnabled()) continue;
    buttons[at]->setFocus();
    return buttons[at]->click();
  }
}

bool SegmentedControl::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() != QEvent::KeyPress) return QWidget::eventFilter(watched, event);
  const int key = static_cast<QKeyEvent*>(event)->key();
  if (key != Qt::Key_Left && key != Qt::Key_Right) return QWidget::eventFilter(watched, event);
  move(key == Qt::Key_Left ? -1 : 1);
  return true;
}

void SegmentedControl::restyle() {
  const Theme theme(palette());
  const auto buttons = group_->buttons();
  for (auto* button : buttons) {
    const bool first = button == buttons.front(), last = button == buttons.back();
    const QString sheet = QStringLiteral(
        "QToolButton { border: 1px solid %1; %2 padding: 2px 10px; background: %3; color: %4;"
        " border-top-left-radius: %5px; border-bottom-left-radius: %5px;"
        " border-top-right-radius: %6px; border-bottom-right-radius: %6px; }"
        "QToolButton:hover { background: %7; }"
        "QToolButton:checked { background: %8; font-weight: 600; }"
        "QToolButton:focus { border-color: %9; }"
        "QToolButton:disabled { color: %10; }");
    button->setStyleSheet(sheet.arg(theme.line.name(), first ? QString() : QStringLiteral("margin-left: -1px;"),
                                    theme.card.name(), theme.text.name(),
                                    first ? QStringLiteral("4") : QStringLiteral("0"),
                                    last ? QStringLiteral("4") : QStringLiteral("0"), theme.hover.name(),
                                    theme.selection.name(), theme.accent.name(), theme.faint(theme.text, 0.45).name()));
    // The bar keeps its width when the choice makes another word bold.
    QFont bold = button->font();
    bold.setWeight(QFont::DemiBold);
    button->setMinimumWidth(QFontMetrics(bold).horizontalAdvance(button->text()) + 24);
  }
}

void SegmentedControl::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) restyle();
}

}  // namespace scanline
