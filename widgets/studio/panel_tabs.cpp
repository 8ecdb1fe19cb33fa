#include "widgets/studio/panel_tabs.h"

#include <QEvent>
#include <QKeyEvent>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/parts/theme.h"

namespace scanline {

namespace {
constexpr int kPadding = 20;  // both sides of a name
}

PanelTabs::PanelTabs(const QString& name, QWidget* parent)
    : QWidget(parent), bar_(new QWidget), panels_(new QStackedWidget) {
  bar_->setAccessibleName(name);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(bar_);
  column->addWidget(panels_, 1);
}

void PanelTabs::add(QWidget* panel, const QString& title) {
  const int index = panels_->addWidget(panel);
  auto* name = new QToolButton(bar_);
  name->setText(title);
  name->setAccessibleName(title);
  name->setObjectName(QStringLiteral("tab%1").arg(index));
  name->setCheckable(true);
  name->setAutoExclusive(true);
  name->setChecked(index == panels_->currentIndex());
  name->setFocusPolicy(index == panels_->currentIndex() ? Qt::StrongFocus : Qt::ClickFocus);
  name->setToolTip(tr("Ctrl+PgUp and Ctrl+PgDown go from one to the next"));
  name->installEventFilter(this);
  name->show();
  connect(name, &QToolButton::clicked, this, [this, index] { choose(index); });
  names_.push_back(name);
  restyle();
  arrange();
}

QWidget* PanelTabs::current() const {
  return panels_->currentWidget();
}

void PanelTabs::setCurrent(QWidget* panel) {
  if (const int index = panels_->indexOf(panel); index >= 0) choose(index);
}

void PanelTabs::choose(int index) {
  const bool other = index != panels_->currentIndex();
  for (size_t i = 0; i < names_.size(); ++i) {
    names_[i]->setChecked(static_cast<int>(i) == index);
    names_[i]->setFocusPolicy(static_cast<int>(i) == index ? Qt::StrongFocus : Qt::ClickFocus);
  }
  panels_->setCurrentIndex(index);
  if (other) emit changed(panels_->currentWidget());
}

void PanelTabs::walk(int by) {
  if (names_.empty()) return;
  const int next = panels_->currentIndex() + by;
  const bool hadFocus = std::ranges::any_of(names_, [](const QToolButton* name) { return name->hasFocus(); });
  choose((next + count()) % count());
  if (hadFocus) names_[static_cast<size_t>(panels_->currentIndex())]->setFocus(Qt::TabFocusReason);
}

bool PanelTabs::event(QEvent* event) {
  if (event->type() == QEvent::ShortcutOverride || event->type() == QEvent::KeyPress) {
    const auto* key = static_cast<QKeyEvent*>(event);
    const bool walks = key->key() == Qt::Key_PageUp || key->key() == Qt::Key_PageDown;
    if (walks && key->modifiers() == Qt::ControlModifier) {
      if (event->type() == QEvent::KeyPress) walk(key->key() == Qt::Key_PageUp ? -1 : 1);
      event->accept();
      return true;
    }
  }
  return QWidget::event(event);
}

bool PanelTabs::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::KeyPress) {
    const int key = static_cast<QKeyEvent*>(event)->key();
    if (key == Qt::Key_Left || key == Qt::Key_Right) {
      walk(key == Qt::Key_Left ? -1 : 1);
      return true;
    }
  }
  return QWidget::eventFilter(watched, event);
}

/// As few rows as hold them all, filled evenly.
void PanelTabs::arrange() {
  if (names_.empty()) return;
  std::vector<int> widths;
  for (const QToolButton* name : names_) {
    QFont bold = name->font();
    bold.setWeight(QFont::DemiBold);
    widths.push_back(QFontMetrics(bold).horizontalAdvance(name->text()) + kPadding);
  }
  const size_t all = names_.size();
  size_t rows = 1, each = all;
  const auto fits = [&] {
    for (size_t start = 0; start < all; start += each) {
      int sum = 0;
      for (size_t i = start; i < std::min(all, start + each); ++i) sum += widths[i];
      if (sum > width()) return false;
    }
    return true;
  };
  while (!fits() && rows < all) {
    ++rows;
    each = (all + rows - 1) / rows;
  }
  const int height = names_.front()->fontMetrics().height() + 14;
  for (size_t i = 0; i < all; ++i) {
    const size_t row = i / each, first = row * each;
    int left = 0;
    // Names of several rows stand under each other, in columns of one width.
    if (rows == 1) {
      for (size_t k = first; k < i; ++k) left += widths[k];
      names_[i]->setGeometry(left, 0, widths[i], height);
    } else {
      const int column = width() / static_cast<int>(each);
      names_[i]->setGeometry(static_cast<int>(i - first) * column, static_cast<int>(row) * height, column, height);
    }
  }
  bar_->setFixedHeight(height * static_cast<int>(rows));
}

void PanelTabs::restyle() {
  const Theme theme(palette());
  const QString sheet =
      QStringLiteral(
          "QToolButton { border: none; border-bottom: 2px solid %1; background: transparent; color: %2; }"
          "QToolButton:hover { color: %3; background: %4; }"
          "QToolButton:checked { color: %3; border-bottom-color: %5; font-weight: 600; }"
          "QToolButton:focus { background: %6; }")
          .arg(theme.line.name(), theme.mutedText.name(), theme.text.name(), theme.hover.name(), theme.accent.name(),
               theme.selection.name());
  for (QToolButton* name : names_) name->setStyleSheet(sheet);
}

QSize PanelTabs::minimumSizeHint() const {
  return {std::max(220, panels_->minimumSizeHint().width()), panels_->minimumSizeHint().height() + bar_->height()};
}

void PanelTabs::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  arrange();
}

void PanelTabs::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
    restyle();
    arrange();
  }
}

}  // namespace scanline
