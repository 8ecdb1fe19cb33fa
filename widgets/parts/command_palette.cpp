#include "widgets/parts/command_palette.h"

#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QStandardItemModel>
#include <QStyledItemDelegate>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/parts/fuzzy_match.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {

constexpr int kHintRole = Qt::UserRole, kPossibleRole = Qt::UserRole + 1;
constexpr int kWidth = 620, kRows = 14, kMargin = 12;  // rows that are shown at most
constexpr size_t kMostShown = 200;                     // more are found by another letter

/// The words at the left, the hint at the right, muted.
class EntryDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const override {
    return {120, QFontMetrics(option.font).height() + 14};
  }
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    const Theme theme(option.palette);
    const bool chosen = option.state & QStyle::State_Selected;
    painter->save();
    if (chosen) {
      painter->fillRect(option.rect, theme.selection);
      painter->fillRect(QRect(option.rect.left(), option.rect.top(), 3, option.rect.height()), theme.accent);
    }
    const QRect line = option.rect.adjusted(kMargin, 0, -kMargin, 0);
    const QFontMetrics metrics(option.font);
    const QString hint = metrics.elidedText(index.data(kHintRole).toString(), Qt::ElideLeft, line.width() * 3 / 5);
    const int hintWidth = metrics.horizontalAdvance(hint) + 2;
    painter->setFont(option.font);
    painter->setPen(theme.mutedText);
    painter->drawText(line, Qt::AlignRight | Qt::AlignVCenter | Qt::TextSingleLine, hint);
    painter->setPen(index.data(kPossibleRole).toBool() ? theme.text : theme.mutedText);
    painter->drawText(line.adjusted(0, 0, -hintWidth - kMargin, 0),
                      Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
                      metrics.elidedText(index.data().toString(), Qt::ElideRight, line.width() - hintWidth - kMargin));
    painter->restore();
  }
};

struct Match {
  int sum = 0;
  const PaletteEntry* entry = nullptr;
};

}  // namespace

CommandPalette::CommandPalette(QWidget* window)
    : QDialog(window, Qt::Dialog | Qt::FramelessWindowHint),
      line_(new QLineEdit(this)),
      list_(new QListView(this)),
      rows_(new QStandardItemModel(this)),
      nothing_(new QLabel(tr("Nothing is called like this."), this)) {
  setWindowTitle(tr("Commands"));
  setModal(true);
  line_->setPlaceholderText(tr("A command, a page, or a run"));
  line_->setAccessibleName(tr("Find a command, a page or a run"));
  line_->setFrame(false);
  line_->setMinimumHeight(40);
  line_->setTextMargins(kMargin - 4, 0, kMargin - 4, 0);
  line_->installEventFilter(this);
  list_->setModel(rows_);
  list_->setItemDelegate(new EntryDelegate(list_));
  list_->setFrameShape(QFrame::NoFrame);
  list_->setUniformItemSizes(true);
  list_->setEditTriggers(QListView::NoEditTriggers);
  list_->setFocusPolicy(Qt::NoFocus);  // the keys stay in the line
  list_->setAccessibleName(tr("Matches"));
  nothing_->setForegroundRole(QPalette::PlaceholderText);
  nothing_->setContentsMargins(kMargin, kMargin, kMargin, kMargin);
  nothing_->setAlignment(Qt::AlignTop);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(1, 1, 1, 1);
  column->setSpacing(0);
  column->addWidget(line_);
  column->addWidget(list_, 1);
  column->addWidget(nothing_, 1);
  connect(line_, &QLineEdit::textChanged, this, &CommandPalette::search);
  connect(list_, &QListView::clicked, this, [this](const QModelIndex& index) { accept(index.row()); });
}

void CommandPalette::open(std::vector<PaletteEntry> acts) {
  acts_ = std::move(acts);
  runs_.clear();
  const QSignalBlocker quiet(line_);
  line_->clear();
  fill();
  place();
  show();
  line_->setFocus();
}

/// Over the upper part of the window, where one looks first.
void CommandPalette::place() {
  const QWidget* window = parentWidget();
  const int rowHeight = std::max(1, list_->sizeHintForRow(0));
  const int rows = std::clamp((window->height() - 96 - line_->minimumHeight()) / rowHeight, 1, kRows);  // whole ones
  const QSize size(std::min(kWidth, window->width() - 2 * kMargin), line_->minimumHeight() + rows * rowHeight + 2);
  resize(size);
  move(window->mapToGlobal(QPoint((window->width() - size.width()) / 2, 64)));
}

/// It has no frame of the desktop, and stands over a page of the same colour.
void CommandPalette::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme theme(palette());
  painter.setPen(theme.accent);
  painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

void CommandPalette::search() {
  const QString text = line_->text().trimmed();
  if (text.isEmpty()) runs_.clear();
  fill();
  if (!text.isEmpty()) emit searched(text);
}

void CommandPalette::setRuns(const QString& text, std::vector<PaletteEntry> runs) {
  if (text != line_->text().trimmed()) return;
  runs_ = std::move(runs);
  fill();
}

/// Entries that can be chosen now come first; among them the better match does.
void CommandPalette::fill() {
  const QString text = line_->text().trimmed();
  std::vector<Match> matches;
  for (const auto* entries : {&acts_, &runs_})
    for (const PaletteEntry& entry : *entries)
      if (const auto sum = fuzzyMatch(text, entry.text)) matches.push_back({text.isEmpty() ? 0 : *sum, &entry});
  std::ranges::stable_sort(matches, [](const Match& a, const Match& b) {
    const bool possible = a.entry->whyNot.isEmpty(), other = b.entry->whyNot.isEmpty();
    return possible != other ? possible : a.sum > b.sum;
  });
  if (matches.size() > kMostShown) matches.resize(kMostShown);
  shown_.clear();
  rows_->clear();
  for (const Match& match : matches) {
    shown_.push_back(*match.entry);
    const bool possible = match.entry->whyNot.isEmpty();
    auto* item = new QStandardItem(match.entry->text);
    item->setData(possible ? match.entry->hint : match.entry->whyNot, kHintRole);
    item->setData(possible, kPossibleRole);
    item->setData(QStringLiteral("%1, %2").arg(item->text(), item->data(kHintRole).toString()), Qt::AccessibleTextRole);
    rows_->appendRow(item);
  }
  list_->setVisible(!shown_.empty());
  nothing_->setVisible(shown_.empty());
  if (!shown_.empty()) list_->setCurrentIndex(rows_->index(0, 0));
}

void CommandPalette::accept(int row) {
  if (row < 0 || row >= std::ssize(shown_)) return;
  const PaletteEntry chosen = shown_[static_cast<size_t>(row)];
  if (!chosen.whyNot.isEmpty()) return;
  hide();  // first: the act may open a dialog of its own
  if (chosen.act) chosen.act();
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
  if (watched != line_ || event->type() != QEvent::KeyPress) return QDialog::eventFilter(watched, event);
  const auto* key = static_cast<QKeyEvent*>(event);
  const int rows = rows_->rowCount(), row = list_->currentIndex().row();
  const auto go = [&](int to) {
    if (rows > 0) list_->setCurrentIndex(rows_->index(std::clamp(to, 0, rows - 1), 0));
    return true;
  };
  constexpr int kPage = 8;
  switch (key->key()) {
    case Qt::Key_Down:
      return go(row + 1);
    case Qt::Key_Up:
      return go(row - 1);
    case Qt::Key_PageDown:
      return go(row + kPage);
    case Qt::Key_PageUp:
      return go(row - kPage);
    case Qt::Key_Return:
    case Qt::Key_Enter:
      accept(row);
      return true;
    default:
      return false;
  }
}

}  // namespace scanline
