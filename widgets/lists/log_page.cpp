#include "widgets/lists/log_page.h"

#include <QDateTime>
#include <QEvent>
#include <QScrollBar>
#include <QTextBlock>

#include "widgets/parts/theme.h"

namespace scanline {

namespace {
/// More lines than anybody reads; a run that writes without end must not fill the memory.
constexpr int kMostLines = 5000;
}  // namespace

LogPage::LogPage(QWidget* parent) : QPlainTextEdit(parent) {
  setReadOnly(true);
  setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  setFrameShape(NoFrame);
  setMaximumBlockCount(kMostLines);
  document()->setDocumentMargin(10);
  setPlaceholderText(tr("Messages of the run appear here."));
  setAccessibleName(tr("Log"));
}

void LogPage::append(const std::vector<LogRow>& rows) {
  const bool following = verticalScrollBar()->value() >= verticalScrollBar()->maximum() - 4;
  for (const auto& row : rows) {
    if (row.id <= lastId_) continue;
    lastId_ = row.id;
    rows_.push_back(row);
    write(row);
  }
  if (rows_.size() > kMostLines) rows_.erase(rows_.begin(), rows_.end() - kMostLines);
  if (following) verticalScrollBar()->setValue(verticalScrollBar()->maximum());
}

void LogPage::write(const LogRow& row) {
  const Theme theme(palette());
  QTextCharFormat time, line;
  time.setForeground(theme.mutedText);
  line.setForeground(row.line.level == LogLine::Level::Error     ? theme.bad
                     : row.line.level == LogLine::Level::Warning ? theme.warning
                                                                 : theme.text);
  if (row.line.level != LogLine::Level::Info) line.setFontWeight(QFont::DemiBold);
  QTextCursor cursor(document());
  cursor.movePosition(QTextCursor::End);
  if (!document()->isEmpty()) cursor.insertBlock();
  const QString word = row.line.level == LogLine::Level::Error     ? tr("Error: ")
                       : row.line.level == LogLine::Level::Warning ? tr("Warning: ")
                                                                   : QString();
  cursor.insertText(
      QDateTime::fromMSecsSinceEpoch(row.timeMs).toString(QStringLiteral("HH:mm:ss")) + QStringLiteral("  "), time);
  cursor.insertText(word + QString::fromStdString(row.line.text), line);
}

void LogPage::clearLog() {
  rows_.clear();
  lastId_ = 0;
  clear();
}

void LogPage::changeEvent(QEvent* event) {
  QPlainTextEdit::changeEvent(event);
  if (event->type() != QEvent::PaletteChange || rows_.empty()) return;
  clear();
  for (const auto& row : rows_) write(row);
}

}  // namespace scanline
