#include "widgets/images/bar_list.h"

#include <QPainter>
#include <algorithm>

#include "widgets/parts/number_text.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {
constexpr int kLine = 20;
constexpr int kMaxNameWidth = 112;
}  // namespace

BarList::BarList(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setAccessibleName(tr("Images of each class"));
}

void BarList::setBars(const QStringList& names, std::vector<int64_t> counts) {
  names_ = names;
  counts_ = std::move(counts);
  QStringList words;
  for (qsizetype i = 0; i < names_.size(); ++i)
    words << QStringLiteral("%1: %2").arg(names_[i]).arg(counts_[static_cast<size_t>(i)]);
  setAccessibleDescription(words.join(QStringLiteral(", ")));
  updateGeometry();
  update();
}

QSize BarList::sizeHint() const {
  return {160, static_cast<int>(names_.size()) * kLine};
}

void BarList::paintEvent(QPaintEvent*) {
  if (names_.isEmpty()) return;
  QPainter painter(this);
  const Theme theme(palette());
  const auto metrics = painter.fontMetrics();
  int nameWidth = 0, countWidth = 0;
  for (qsizetype i = 0; i < names_.size(); ++i) {
    nameWidth = std::max(nameWidth, metrics.horizontalAdvance(names_[i]));
    countWidth = std::max(countWidth, metrics.horizontalAdvance(text::steps(counts_[static_cast<size_t>(i)])));
  }
  nameWidth = std::min(nameWidth, kMaxNameWidth);
  const int left = nameWidth + 8, room = std::max(8, width() - left - countWidth - 8);
  const int64_t most = std::max<int64_t>(1, *std::max_element(counts_.begin(), counts_.end()));
  for (qsizetype i = 0; i < names_.size(); ++i) {
    const int64_t count = counts_[static_cast<size_t>(i)];
    const int top = static_cast<int>(i) * kLine;
    painter.setPen(theme.text);
    painter.drawText(QRect(0, top, nameWidth, kLine), Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(names_[i], Qt::ElideRight, nameWidth));
    const int length =
        static_cast<int>(static_cast<double>(room) * static_cast<double>(count) / static_cast<double>(most));
    painter.fillRect(QRect(left, top + 5, length, kLine - 10), theme.faint(theme.accent, 0.6));
    painter.setPen(theme.mutedText);
    painter.drawText(QRect(left, top, width() - left, kLine), Qt::AlignRight | Qt::AlignVCenter, text::steps(count));
  }
}

}  // namespace scanline
