#include "app/help_window.h"

#include <QFile>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QRegularExpression>
#include <QShortcut>
#include <QTextBrowser>
#include <QTextCursor>
#include <QTextDocument>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <utility>

#include "widgets/parts/theme.h"

namespace scanline {

namespace {

constexpr std::array<std::pair<const char*, const char*>, 18> kPages{{
    {"getting-started", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Getting started")},
    {"curves", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Curves")},
    {"probe", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Probe")},
    {"completions", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Completions")},
    {"studio", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Studio")},
    {"features", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Features")},
    {"fine-tuning", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Fine-tuning, masked pixels")},
    {"data", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Data")},
    {"results", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Results")},
    {"queue", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Queue")},
    {"processes", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Several processes")},
    {"clusters", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Clusters, other machines")},
    {"specs", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Settings of a run")},
    {"search", QT_TRANSLATE_NOOP("scanline::HelpWindow", "From a model to the next run")},
    {"files-and-terminal", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Files and terminal")},
    {"charts", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Charts of runs")},
    {"asking", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Asking for runs")},
    {"shortcuts", QT_TRANSLATE_NOOP("scanline::HelpWindow", "Shortcuts")},
}};

constexpr int kFileRole = Qt::UserRole, kWordsRole = Qt::UserRole + 1;

QString markdownOf(const QListWidgetItem& item) {
  QFile page(QStringLiteral(":/help/%1.md").arg(item.data(kFileRole).toString()));
  return page.open(QIODevice::ReadOnly) ? QString::fromUtf8(page.readAll()) : QString();
}

/// As a person reads them: without the signs of Markdown.
QString wordsOf(QListWidgetItem& item) {
  if (item.data(kWordsRole).isNull()) {
    QTextDocument page;
    page.setMarkdown(markdownOf(item));
    item.setData(kWordsRole, page.toPlainText());
  }
  return item.data(kWordsRole).toString();
}

}  // namespace

HelpWindow::HelpWindow(QWidget* parent)
    : QDialog(parent),
      line_(new QLineEdit(this)),
      pages_(new QListWidget(this)),
      nothing_(new QLabel(tr("No page has these words."), this)),
      text_(new QTextBrowser(this)) {
  setWindowTitle(tr("Help"));
  resize(920, 640);
  line_->setPlaceholderText(tr("Find in the help"));
  line_->setAccessibleName(tr("Find in the help"));
  line_->setToolTip(tr("Ctrl+F; Enter goes to the next place"));
  line_->setClearButtonEnabled(true);
  line_->installEventFilter(this);
  nothing_->setWordWrap(true);
  nothing_->setForegroundRole(QPalette::PlaceholderText);
  nothing_->hide();
  pages_->setFrameShape(QFrame::NoFrame);
  pages_->setAccessibleName(tr("Help pages"));
  text_->setFrameShape(QFrame::NoFrame);
  text_->setAccessibleName(tr("Help text"));
  text_->document()->setDocumentMargin(24);
  int widest = 0;
  for (const auto& [file, title] : kPages) {
    auto* item = new QListWidgetItem(tr(title), pages_);
    item->setData(kFileRole, QString::fromLatin1(file));
    item->setSizeHint({0, 32});
    widest = std::max(widest, fontMetrics().horizontalAdvance(item->text()));
  }
  auto* side = new QVBoxLayout;
  side->setContentsMargins(8, 8, 0, 0);
  side->setSpacing(8);
  side->addWidget(line_);
  side->addWidget(nothing_);
  side->addWidget(pages_, 1);
  constexpr int kRoom = 40;  // of the margins of a row, and of the bar that scrolls them
  pages_->setFixedWidth(widest + kRoom);
  line_->setFixedWidth(widest + kRoom);
  nothing_->setFixedWidth(widest + kRoom);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addLayout(side);
  layout->addWidget(text_, 1);
  connect(pages_, &QListWidget::currentItemChanged, this, &HelpWindow::showPage);
  connect(line_, &QLineEdit::textChanged, this, &HelpWindow::search);
  auto* find = new QShortcut(QKeySequence::Find, this);
  connect(find, &QShortcut::activated, this, [this] {
    line_->setFocus();
    line_->selectAll();
  });
  pages_->setCurrentRow(0);
}

void HelpWindow::open(const QString& page) {
  line_->clear();
  for (int row = 0; row < pages_->count(); ++row)
    if (pages_->item(row)->data(kFileRole).toString() == page) pages_->setCurrentRow(row);
  show();
  raise();
  activateWindow();
  pages_->setFocus();
}

void HelpWindow::showPage() {
  if (const QListWidgetItem* item = pages_->currentItem()) text_->setMarkdown(markdownOf(*item));
  mark();
}

QStringList HelpWindow::words() const {
  return line_->text().split(QLatin1Char(' '), Qt::SkipEmptyParts);
}

/// Where any of the words stands; valid but empty without words.
QRegularExpression HelpWindow::anyWord() const {
  QStringList parts;
  for (const QString& word : words()) parts << QRegularExpression::escape(word);
  return QRegularExpression(parts.join(QLatin1Char('|')), QRegularExpression::CaseInsensitiveOption);
}

void HelpWindow::search() {
  const QStringList wanted = words();
  int first = -1;
  for (int row = 0; row < pages_->count(); ++row) {
    QListWidgetItem* item = pages_->item(row);
    const QString page = wordsOf(*item);
    const bool fits =
        std::ranges::all_of(wanted, [&](const QString& word) { return page.contains(word, Qt::CaseInsensitive); });
    item->setHidden(!fits);
    if (fits && first < 0) first = row;
  }
  nothing_->setVisible(first < 0);
  if (first >= 0 && pages_->currentItem()->isHidden()) pages_->setCurrentRow(first);
  text_->moveCursor(QTextCursor::Start);
  mark();
  if (!wanted.isEmpty()) text_->find(anyWord());
}

/// The next place in the page, or else the first one of the next page that has some.
void HelpWindow::goToNext() {
  if (words().isEmpty() || text_->find(anyWord())) return;
  for (int by = 1; by <= pages_->count(); ++by) {
    const int row = (pages_->currentRow() + by) % pages_->count();
    if (pages_->item(row)->isHidden()) continue;
    pages_->setCurrentRow(row);
    text_->moveCursor(QTextCursor::Start);
    if (text_->find(anyWord())) return;
  }
}

void HelpWindow::mark() {
  QList<QTextEdit::ExtraSelection> places;
  if (!words().isEmpty()) {
    const Theme theme(palette());
    QTextCharFormat format;
    format.setBackground(theme.selection);
    const QRegularExpression any = anyWord();
    QTextCursor place(text_->document());
    while (!(place = text_->document()->find(any, place)).isNull()) places.append({place, format});
  }
  text_->setExtraSelections(places);
}

bool HelpWindow::eventFilter(QObject* watched, QEvent* event) {
  if (watched != line_ || event->type() != QEvent::KeyPress) return QDialog::eventFilter(watched, event);
  switch (static_cast<QKeyEvent*>(event)->key()) {
    case Qt::Key_Return:
    case Qt::Key_Enter:
      goToNext();
      return true;
    case Qt::Key_Down:
      pages_->setFocus();
      return true;
    default:
      return false;
  }
}

void HelpWindow::changeEvent(QEvent* event) {
  QDialog::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) mark();
}

}  // namespace scanline
