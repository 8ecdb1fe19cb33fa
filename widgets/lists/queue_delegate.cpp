#include "widgets/lists/queue_delegate.h"

#include <QAbstractItemView>
#include <QDateTime>
#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include "widgets/parts/number_text.h"
#include "widgets/parts/run_text.h"
#include "widgets/parts/state_mark.h"

namespace scanline {

namespace {

constexpr int kMargin = 12, kMark = 14, kGap = 8, kButton = 24;

void drawText(QPainter& painter, const QRect& rect, const QFont& font, const QColor& colour, const QString& text,
              Qt::Alignment alignment = Qt::AlignLeft) {
  painter.setFont(font);
  painter.setPen(colour);
  painter.drawText(rect, static_cast<int>(alignment | Qt::AlignVCenter) | Qt::TextSingleLine,
                   QFontMetrics(font).elidedText(text, Qt::ElideRight, rect.width()));
}

/// "0:37 · 0:21 left · ends 18:42"
QString times(const RunSummary& run) {
  QStringList parts{text::duration(run.activeMs)};
  if (text::isSearch(run) && run.state == RunState::Running && !run.detail.empty())
    parts << QString::fromStdString(run.detail);
  if (const auto left = text::remainingMs(run)) {
    parts << QObject::tr("%1 left").arg(text::duration(*left));
    parts << QObject::tr("ends %1").arg(text::clockTime(QDateTime::currentMSecsSinceEpoch() + *left));
  } else if (run.state == RunState::Preparing && !run.detail.empty()) {
    parts << QString::fromStdString(run.detail);
  } else if (parts.size() == 1) {
    parts << text::stateName(run.state);
  }
  return parts.join(QStringLiteral(" · "));
}

}  // namespace

QueueDelegate::QueueDelegate(const QueueModel& model, QObject* parent) : QStyledItemDelegate(parent), model_(model) {}

QSize QueueDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const int line = QFontMetrics(option.font).height();
  return {120, model_.entry(index.row()).isWaiting() ? line + 14 : 2 * line + 32};
}

QRect QueueDelegate::buttonRect(Button button, const QRect& row, const QModelIndex& index) const {
  const QueueEntry& entry = model_.entry(index.row());
  if (entry.run.state == RunState::Stopping) return {};
  if (entry.isWaiting()) {
    if (button == Button::Pause) return {};
    return {row.right() - 6 - kButton, row.center().y() - kButton / 2 + 1, kButton, kButton};
  }
  if (button == Button::Pause && entry.run.state == RunState::Preparing) return {};
  const int place = button == Button::Stop ? 1 : 2;
  return {row.right() - 6 - place * kButton, row.top() + 4, kButton, kButton};
}

QString QueueDelegate::buttonText(Button button, const QueueEntry& entry) const {
  if (button == Button::Pause) return entry.job.state == JobState::Paused ? tr("Go on (Space)") : tr("Pause (Space)");
  return entry.isWaiting() ? tr("Take out of the queue (Del)") : tr("Write a checkpoint and stop (Del)");
}

void QueueDelegate::paintButtons(QPainter& painter, const QStyleOptionViewItem& option,
                                 const QModelIndex& index) const {
  const QueueEntry& entry = model_.entry(index.row());
  const auto draw = [&](Button button, const char* icon) {
    const QRect place = buttonRect(button, option.rect, index);
    if (!place.isNull())
      themedIcon(QString::fromLatin1(icon), theme_.text).paint(&painter, place.adjusted(4, 4, -4, -4));
  };
  draw(Button::Pause, entry.job.state == JobState::Paused ? "play" : "pause");
  draw(Button::Stop, entry.isWaiting() ? "close" : "stop");
}

void QueueDelegate::paint(QPainter* painter, const QStyleOptionViewItem& given, const QModelIndex& index) const {
  QStyleOptionViewItem option = given;
  initStyleOption(&option, index);
  painter->save();
  const bool selected = option.state & QStyle::State_Selected, hovered = option.state & QStyle::State_MouseOver;
  if (selected || hovered) painter->fillRect(option.rect, selected ? theme_.selection : theme_.hover);
  if (selected)
    painter->fillRect(QRect(option.rect.left(), option.rect.top(), 3, option.rect.height()),
                      option.state & QStyle::State_Active ? theme_.accent : theme_.line);
  if (!model_.entry(index.row()).isWaiting()) {
    paintWorking(*painter, option, index);
    paintButtons(*painter, option, index);
  } else {
    paintWaiting(*painter, option, index);
    if (selected || hovered) paintButtons(*painter, option, index);
  }
  painter->restore();
}

void QueueDelegate::paintWorking(QPainter& painter, const QStyleOptionViewItem& option,
                                 const QModelIndex& index) const {
  const RunSummary& run = model_.entry(index.row()).run;
  const QRect row = option.rect;
  const int line = QFontMetrics(option.font).height(), left = row.left() + kMargin, right = row.right() - kMargin;
  const QRect first(left, row.top() + 8, right - left - 2 * kButton, line);
  paintState(painter, QRect(left, first.center().y() - kMark / 2 + 1, kMark, kMark), run.state, text::progress(run),
             theme_);
  QFont bold = option.font, small = option.font;
  bold.setWeight(QFont::DemiBold);
  small.setPointSizeF(small.pointSizeF() * 0.92);
  drawText(painter, first.adjusted(kMark + kGap, 0, 0, 0), bold, theme_.text, QString::fromStdString(run.name));

  const bool isKnown = takesSteps(run) || text::preparedShare(run);
  const QString share = isKnown ? QStringLiteral("%1 %").arg(static_cast<int>(100 * text::progress(run))) : QString();
  const int shareWidth = QFontMetrics(small).horizontalAdvance(QStringLiteral("100 %")) + 2;
  const QRect second(left, first.bottom() + 14, right - left, line);
  if (isKnown)
    paintProgress(painter, QRectF(left, first.bottom() + 6, right - left, 5), run.state, text::progress(run), theme_);
  drawText(painter, second.adjusted(0, 0, -shareWidth - kGap, 0), small, theme_.mutedText, times(run));
  drawText(painter, second, small, theme_.mutedText, share, Qt::AlignRight);
}

void QueueDelegate::paintWaiting(QPainter& painter, const QStyleOptionViewItem& option,
                                 const QModelIndex& index) const {
  const QueueEntry& entry = model_.entry(index.row());
  const bool withButton = option.state & (QStyle::State_Selected | QStyle::State_MouseOver);
  int waitingBefore = 1;
  for (int row = 0; row < index.row(); ++row) waitingBefore += model_.entry(row).isWaiting();
  QRect line = option.rect.adjusted(kMargin, 0, withButton ? -kButton - kGap : -kMargin, 0);
  const int numberWidth =
      std::max(kMark, QFontMetrics(option.font).horizontalAdvance(QString::number(model_.rowCount())));
  drawText(painter, QRect(line.left(), line.top(), numberWidth, line.height()), option.font, theme_.mutedText,
           QString::number(waitingBefore), Qt::AlignRight);
  line.setLeft(line.left() + numberWidth + kGap);
  QStringList notes;
  if (entry.job.ownProcess) notes << tr("own process");
  if (const auto ms = entry.remainingMs())
    notes << QStringLiteral("~") + text::duration(*ms);
  else if (entry.job.resume)
    notes << tr("goes on");
  const QString note = notes.join(QStringLiteral(" · "));
  const int noteWidth = QFontMetrics(option.font).horizontalAdvance(note) + 2;
  drawText(painter, line, option.font, theme_.mutedText, note, Qt::AlignRight);
  drawText(painter, line.adjusted(0, 0, -noteWidth - kGap, 0), option.font, theme_.text,
           QString::fromStdString(entry.run.name));
}

bool QueueDelegate::editorEvent(QEvent* event, QAbstractItemModel*, const QStyleOptionViewItem& option,
                                const QModelIndex& index) {
  const auto type = event->type();
  if (type != QEvent::MouseButtonPress && type != QEvent::MouseButtonRelease && type != QEvent::MouseButtonDblClick)
    return false;
  const auto* mouse = static_cast<QMouseEvent*>(event);
  if (mouse->button() != Qt::LeftButton) return false;
  for (const Button button : {Button::Pause, Button::Stop}) {
    if (!buttonRect(button, option.rect, index).contains(mouse->pos())) continue;
    if (type == QEvent::MouseButtonRelease) emit buttonClicked(index.row(), button);
    return true;
  }
  return false;
}

bool QueueDelegate::helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option,
                              const QModelIndex& index) {
  if (index.isValid()) {
    for (const Button button : {Button::Pause, Button::Stop}) {
      if (!buttonRect(button, option.rect, index).contains(event->pos())) continue;
      QToolTip::showText(event->globalPos(), buttonText(button, model_.entry(index.row())), view);
      return true;
    }
  }
  return QStyledItemDelegate::helpEvent(event, view, option, index);
}

}  // namespace scanline
