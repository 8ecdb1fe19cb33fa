#include "widgets/pages/class_legend.h"

#include <QPainter>
#include <algorithm>

#include "widgets/pages/feature_map.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {
constexpr int kIcon = 16, kRows = 3;  // px; more rows scroll
}

ClassLegend::ClassLegend(QWidget* parent) : QListWidget(parent) {
  setFlow(QListView::LeftToRight);
  setWrapping(true);
  setResizeMode(QListView::Adjust);
  setFrameShape(QFrame::NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
  setSpacing(1);
  viewport()->setAutoFillBackground(false);
  setAccessibleName(tr("Classes"));
  connect(this, &QListWidget::currentRowChanged, this, [this](int row) {
    if (row >= 0) emit classChosen(row - 1);
  });
}

void ClassLegend::setClasses(const QStringList& names, int count) {
  names_ = names;
  count_ = count;
  setVisible(count > 0);
  fill();
}

void ClassLegend::fill() {
  const Theme theme(palette());
  const QSignalBlocker quiet(this);
  clear();
  const auto add = [this](const QIcon& icon, const QString& name) {
    auto* entry = new QListWidgetItem(icon, name, this);
    const int wide = fontMetrics().horizontalAdvance(name) + (icon.isNull() ? 12 : kIcon + 16);
    entry->setSizeHint({wide, std::max(kIcon, fontMetrics().height()) + 4});  // all of one height
    entry->setTextAlignment(icon.isNull() ? Qt::AlignCenter : Qt::AlignLeft | Qt::AlignVCenter);
  };
  add({}, tr("All"));
  for (int label = 0; label < count_; ++label) {
    QPixmap icon(QSize(kIcon, kIcon) * devicePixelRatioF());
    icon.setDevicePixelRatio(devicePixelRatioF());
    icon.fill(Qt::transparent);
    QPainter painter(&icon);
    painter.setRenderHint(QPainter::Antialiasing);
    paintClassMark(painter, QPointF(kIcon, kIcon) / 2, 4.5, label, classColour(theme, label));
    painter.end();
    add(icon, className(names_, label));
  }
  setToolTip(count_ <= kClassMarks
                 ? tr("Choose a class to see it alone.")
                 : tr("Choose a class to see it alone. With more than %1 classes some share a mark.").arg(kClassMarks));
  setCurrentRow(0);
  updateGeometry();
}

int ClassLegend::heightForRows() const {
  if (count() == 0) return 0;
  const QRect first = visualItemRect(item(0)), last = visualItemRect(item(count() - 1));
  const int row = first.height() + 2 * spacing();
  return std::clamp(last.bottom() - first.top() + 1 + 2 * spacing(), row, kRows * row);
}

void ClassLegend::resizeEvent(QResizeEvent* event) {
  QListWidget::resizeEvent(event);
  updateGeometry();
}

void ClassLegend::changeEvent(QEvent* event) {
  QListWidget::changeEvent(event);
  if (event->type() != QEvent::PaletteChange) return;
  const int shown = currentRow();
  fill();
  const QSignalBlocker quiet(this);
  setCurrentRow(shown);
}

}  // namespace scanline
