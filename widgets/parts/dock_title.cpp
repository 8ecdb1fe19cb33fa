#include "widgets/parts/dock_title.h"

#include <QApplication>
#include <QDockWidget>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>

#include "widgets/parts/heading.h"
#include "widgets/parts/icon_button.h"
#include "widgets/parts/theme.h"

namespace scanline {

DockTitle::DockTitle(QDockWidget* dock) : QWidget(dock), dock_(dock), name_(new QLabel(dock->windowTitle(), this)) {
  name_->setFont(headingFont(font()));
  auto* close = new IconButton(QStringLiteral("close"), tr("Close %1").arg(dock->windowTitle()), this);
  close->setFocusPolicy(Qt::TabFocus);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(12, 4, 4, 5);
  row->addWidget(name_, 1);
  row->addWidget(close);
  connect(close, &QToolButton::clicked, dock, &QDockWidget::close);
  connect(qApp, &QApplication::focusChanged, this, [this](const QWidget*, const QWidget* now) { follow(now); });
  dock->setTitleBarWidget(this);
}

void DockTitle::follow(const QWidget* focus) {
  const bool focused = focus && dock_->isAncestorOf(focus);
  if (focused == focused_) return;
  focused_ = focused;
  update();
}

void DockTitle::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme theme(palette());
  painter.fillRect(rect(), theme.panel);
  painter.fillRect(QRect(0, height() - 1, width(), 1), theme.line);
  if (focused_) painter.fillRect(QRect(0, height() - 2, width(), 2), theme.accent);
}

}  // namespace scanline
