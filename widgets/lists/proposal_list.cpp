#include "widgets/lists/proposal_list.h"

#include <QPainter>
#include <QStyledItemDelegate>

#include "widgets/parts/theme.h"

namespace scanline {

namespace {

constexpr int kMostLines = 10, kDescription = Qt::UserRole + 1;

/// The proposal, and its description in muted letters at the right.
class ProposalDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    const Theme theme(option.palette);
    if (option.state & QStyle::State_Selected) painter->fillRect(option.rect, theme.selection);
    const QRect line = option.rect.adjusted(8, 0, -8, 0);
    const QString text = index.data().toString(), description = index.data(kDescription).toString();
    const QFontMetrics metrics(option.font);
    painter->setPen(theme.text);
    painter->drawText(line, Qt::AlignLeft | Qt::AlignVCenter, metrics.elidedText(text, Qt::ElideRight, line.width()));
    const int room = line.width() - metrics.horizontalAdvance(text) - 12;
    painter->setPen(theme.mutedText);
    if (room > 40)
      painter->drawText(line, Qt::AlignRight | Qt::AlignVCenter, metrics.elidedText(description, Qt::ElideRight, room));
  }
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const override {
    return {100, QFontMetrics(option.font).height() + 8};
  }
};

}  // namespace

ProposalList::ProposalList(QWidget* below) : QListWidget(below), below_(below) {
  setItemDelegate(new ProposalDelegate(this));
  setFocusPolicy(Qt::NoFocus);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setUniformItemSizes(true);
  setAccessibleName(tr("Proposals"));
  setFrameStyle(QFrame::Box | QFrame::Plain);
  hide();
  connect(this, &QListWidget::itemClicked, this, [this](QListWidgetItem* item) {
    const QString text = item->text();
    hide();
    emit chosen(text);
  });
}

void ProposalList::offer(const std::vector<Entry>& entries) {
  clear();
  if (entries.empty()) return hide();
  for (const Entry& entry : entries) {
    auto* item = new QListWidgetItem(entry.text, this);
    item->setData(kDescription, entry.description);
    item->setData(Qt::AccessibleDescriptionRole, entry.description);
  }
  setCurrentRow(-1);
  QWidget* window = below_->window();
  if (parentWidget() != window) setParent(window);
  const QPoint place = below_->mapTo(window, QPoint(0, below_->height() + 1));
  const int line = sizeHintForRow(0), lines = std::min(kMostLines, count());
  constexpr int kLeast = 300;
  const int width = std::min(std::max(below_->width(), kLeast), window->width() - place.x() - 4);
  const int height = std::min(line * lines + 2 * frameWidth(), window->height() - place.y() - 4);
  setGeometry(place.x(), place.y(), width, height);
  QListWidget::show();
  raise();
}

void ProposalList::move(int by) {
  if (count() == 0) return;
  const int row = currentRow() < 0 ? (by > 0 ? 0 : count() - 1) : (currentRow() + by + count()) % count();
  setCurrentRow(row);
  scrollToItem(item(row));
}

void ProposalList::choose() {
  const QListWidgetItem* of = hasCurrent() ? currentItem() : item(0);
  if (!of) return;
  const QString text = of->text();
  hide();
  emit chosen(text);
}

}  // namespace scanline
