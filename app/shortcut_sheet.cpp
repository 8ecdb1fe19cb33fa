#include "app/shortcut_sheet.h"

#include <QFile>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QTreeWidget>
#include <QVBoxLayout>

namespace scanline {

std::vector<Shortcut> shortcuts() {
  std::vector<Shortcut> found;
  QFile page(QStringLiteral(":/help/shortcuts.md"));
  if (!page.open(QIODevice::ReadOnly)) return found;
  QString group;
  for (const QString& line : QString::fromUtf8(page.readAll()).split(QLatin1Char('\n'))) {
    if (line.startsWith(QStringLiteral("**")) && line.trimmed().endsWith(QStringLiteral("**")))
      group = line.trimmed().mid(2).chopped(2);
    const QStringList cells = line.split(QLatin1Char('|'));
    const bool row =
        cells.size() == 4 && !cells[1].contains(QStringLiteral("---")) && cells[1].trimmed() != QStringLiteral("Keys");
    if (row) found.push_back({group, cells[1].trimmed(), cells[2].trimmed()});
  }
  return found;
}

ShortcutSheet::ShortcutSheet(QWidget* parent)
    : QDialog(parent),
      line_(new QLineEdit(this)),
      nothing_(new QLabel(tr("No shortcut has these words."), this)),
      rows_(new QTreeWidget(this)) {
  setWindowTitle(tr("Shortcuts"));
  line_->setPlaceholderText(tr("A word or a key"));
  line_->setAccessibleName(tr("Search the shortcuts"));
  line_->setClearButtonEnabled(true);
  nothing_->setForegroundRole(QPalette::PlaceholderText);
  nothing_->setAlignment(Qt::AlignTop);
  nothing_->hide();
  rows_->setColumnCount(2);
  rows_->setHeaderHidden(true);
  rows_->setRootIsDecorated(false);
  rows_->setItemsExpandable(false);
  rows_->setIndentation(0);
  rows_->setFrameShape(QFrame::NoFrame);
  rows_->setSelectionMode(QTreeWidget::SingleSelection);
  rows_->setAccessibleName(tr("Shortcuts"));
  QFont bold = font();
  bold.setWeight(QFont::DemiBold);
  QString last;
  QTreeWidgetItem* heading = nullptr;
  for (const Shortcut& shortcut : shortcuts()) {
    if (!heading || shortcut.group != last) {
      last = shortcut.group;
      heading = new QTreeWidgetItem(rows_, {last.isEmpty() ? tr("Everywhere") : last});
      heading->setFirstColumnSpanned(true);
      heading->setFont(0, bold);
      heading->setSizeHint(0, {0, fontMetrics().height() + 16});
      heading->setFlags(Qt::ItemIsEnabled);
    }
    new QTreeWidgetItem(heading, {shortcut.keys, shortcut.words});
  }
  rows_->expandAll();
  rows_->header()->setStretchLastSection(true);
  rows_->resizeColumnToContents(0);
  rows_->setColumnWidth(0, rows_->columnWidth(0) + 24);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(16, 16, 16, 12);
  column->setSpacing(8);
  column->addWidget(line_);
  column->addWidget(nothing_, 1);
  column->addWidget(rows_, 1);
  // Wide enough for the longest line.
  constexpr int kRoom = 72;  // of margins, and of the bar that scrolls
  const QAbstractItemView& view = *rows_;
  resize(rows_->columnWidth(0) + view.sizeHintForColumn(1) + kRoom, 640);
  connect(line_, &QLineEdit::textChanged, this, &ShortcutSheet::filter);
}

void ShortcutSheet::filter(const QString& text) {
  bool isEmpty = true;
  for (int group = 0; group < rows_->topLevelItemCount(); ++group) {
    QTreeWidgetItem* heading = rows_->topLevelItem(group);
    bool any = false;
    for (int row = 0; row < heading->childCount(); ++row) {
      QTreeWidgetItem* item = heading->child(row);
      const bool fits =
          item->text(0).contains(text, Qt::CaseInsensitive) || item->text(1).contains(text, Qt::CaseInsensitive);
      item->setHidden(!fits);
      any = any || fits;
    }
    heading->setHidden(!any);
    isEmpty = isEmpty && !any;
  }
  nothing_->setVisible(isEmpty);
  rows_->setVisible(!isEmpty);
}

}  // namespace scanline
