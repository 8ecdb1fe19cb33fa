#include "widgets/lists/run_delegate.h"

#include <QApplication>
#include <QLineEdit>
#include <QMouseEvent>
#include <QPainter>

#include "widgets/lists/run_name.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/run_text.h"
#include "widgets/parts/state_mark.h"

namespace scanline {

namespace {

constexpr int kMargin = 8, kTick = 16, kMark = 14, kGap = 8;

QFont weighted(QFont font, QFont::Weight weight) {
  font.setWeight(weight);
  return font;
}

/// Secondary lines are a little smaller than the names above them.
QFont smaller(QFont font) {
  font.setPointSizeF(font.pointSizeF() * 0.92);
  return font;
}

void drawText(QPainter& painter, const QRect& rect, const QFont& font, const QColor& colour, const QString& text,
              Qt::Alignment alignment = Qt::AlignLeft, Qt::TextElideMode elide = Qt::ElideRight) {
  painter.setFont(font);
  painter.setPen(colour);
  painter.drawText(rect, static_cast<int>(alignment | Qt::AlignVCenter) | Qt::TextSingleLine,
                   QFontMetrics(font).elidedText(text, elide, rect.width()));
}

/// In place of a text that has not arrived.
void drawPlaceholder(QPainter& painter, const QRect& line, const Theme& theme) {
  constexpr int kThick = 6;
  painter.fillRect(QRect(line.left(), line.center().y() - kThick / 2 + 1, line.width(), kThick), theme.grid);
}

/// The text at the right end of a row's first line.
QString shortState(const RunSummary& run) {
  const bool underWay = run.state == RunState::Running || run.state == RunState::Paused;
  return (underWay && takesSteps(run) && run.steps > 0) || text::preparedShare(run)
             ? QStringLiteral("%1 %").arg(static_cast<int>(100 * text::progress(run)))
             : text::stateName(run.state);
}

}  // namespace

RunDelegate::RunDelegate(const RunTableModel& model, QObject* parent) : QStyledItemDelegate(parent), model_(model) {}

QRect RunDelegate::tickRect(const QRect& whole, const QModelIndex& index) const {
  const QRect cell = whole.adjusted(model_.isTrialRow(index.row()) ? kTick : 0, 0, 0, 0);  // below its search
  const int y = compact_ ? cell.top() + cell.height() / 4 + 1 : cell.center().y();
  return {cell.left() + kMargin, y - kTick / 2 + 1, kTick, kTick};
}

QRect RunDelegate::nameRect(const QRect& cell, const QFont& font, const QModelIndex& index) const {
  const int left = tickRect(cell, index).right() + 1 + kGap;
  if (!compact_) return {left, cell.top(), cell.right() - left - 4, cell.height()};
  const int state = QFontMetrics(font).horizontalAdvance(text::stateName(RunState::Interrupted)) + kMark + 2 * kGap;
  const int height = QFontMetrics(font).height() + 4;
  return {left, tickRect(cell, index).center().y() - height / 2 + 1,
          std::max(40, cell.right() - left - kMargin - state), height};
}

QSize RunDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const {
  const int line = QFontMetrics(option.font).height();
  return {100, compact_ ? 2 * line + 16 : line + 12};
}

void RunDelegate::paintGround(QPainter& painter, const QStyleOptionViewItem& option, bool firstColumn) const {
  const bool selected = option.state & QStyle::State_Selected, hovered = option.state & QStyle::State_MouseOver;
  if (selected)
    painter.fillRect(option.rect, theme_.selection);
  else if (hovered)
    painter.fillRect(option.rect, theme_.hover);
  const bool focused = option.state & QStyle::State_HasFocus;
  if (firstColumn && (selected || focused))
    painter.fillRect(QRect(option.rect.left(), option.rect.top(), 3, option.rect.height()),
                     option.state & QStyle::State_Active ? theme_.accent : theme_.line);
  if (focused && firstColumn) {  // the row that keys act on
    painter.setPen(theme_.accent);
    painter.drawRect(option.rect.adjusted(0, 0, -1, -1));
  }
}

void RunDelegate::paint(QPainter* painter, const QStyleOptionViewItem& given, const QModelIndex& index) const {
  QStyleOptionViewItem option = given;
  initStyleOption(&option, index);
  painter->save();
  paintGround(*painter, option, index.column() == columns::Name);
  const RunSummary* run = model_.run(index.row());
  if (!run) {
    paintPlaceholder(*painter, option, index);
  } else {
    if (index.column() == columns::Name)
      paintTick(*painter, tickRect(option.rect, index), theme_.run(run->colour), model_.isOverlaid(run->id), theme_);
    if (compact_)
      paintTwoLines(*painter, option.rect, option.font, index, *run);
    else
      paintCell(*painter, option, index, *run);
  }
  painter->restore();
}

/// Muted bars where the texts of a row will stand.
void RunDelegate::paintPlaceholder(QPainter& painter, const QStyleOptionViewItem& option,
                                   const QModelIndex& index) const {
  const QRect cell = option.rect.adjusted(kMargin, 0, -kMargin, 0);
  if (index.column() != columns::Name) {
    drawPlaceholder(painter, QRect(cell.left(), cell.top(), cell.width() / 2, cell.height()), theme_);
    return;
  }
  const QRect tick = tickRect(option.rect, index);
  const int left = tick.right() + 1 + kGap, line = QFontMetrics(option.font).height();
  drawPlaceholder(painter, QRect(left, tick.center().y() - line / 2 + 1, (cell.right() - left) / 2, line), theme_);
  if (compact_)
    drawPlaceholder(painter, QRect(left, tick.center().y() + line / 2 + 4, (cell.right() - left) / 3, line), theme_);
}

void RunDelegate::paintTwoLines(QPainter& painter, const QRect& cell, const QFont& font, const QModelIndex& index,
                                const RunSummary& run) const {
  const int right = cell.right() - kMargin, left = tickRect(cell, index).right() + 1 + kGap;
  const int line = QFontMetrics(font).height();
  const int first = tickRect(cell, index).center().y() - line / 2 + 1, second = first + line + 3;

  const QString name = shownName(run, model_.isTrialRow(index.row()));
  const QString number = model_.sharesName(run) ? runNumber(run) : QString();
  const QFont small = smaller(font), bold = weighted(font, QFont::DemiBold);
  QString state = shortState(run);
  // A long name needs the room of the word that the mark says, too.
  const int numberWidth = number.isEmpty() ? 0 : QFontMetrics(small).horizontalAdvance(number) + kGap / 2;
  const int room = right - kMark - 6 - kGap - left - QFontMetrics(small).horizontalAdvance(state) - 2 - numberWidth;
  if (run.state == RunState::Finished && QFontMetrics(bold).horizontalAdvance(name) > room) state.clear();
  const int stateWidth = QFontMetrics(small).horizontalAdvance(state) + 2;
  const QRect mark(right - kMark, first + (line - kMark) / 2, kMark, kMark);
  paintState(painter, mark, run.state, text::progress(run), theme_);
  const int stateLeft = mark.left() - 6 - stateWidth;
  const bool failed = run.state == RunState::Failed;
  drawText(painter, {stateLeft, first, stateWidth, line}, small, failed ? theme_.bad : theme_.mutedText, state,
           Qt::AlignRight);
  const int nameRoom = stateLeft - kGap - left - numberWidth;
  drawText(painter, {left, first, nameRoom, line}, bold, theme_.text, name, Qt::AlignLeft,
           Qt::ElideMiddle);  // variants differ in the beginnings or the ends of their names
  const int nameWidth = std::min(nameRoom, QFontMetrics(bold).horizontalAdvance(name));
  drawText(painter, {left + nameWidth + kGap / 2, first, numberWidth, line}, small, theme_.mutedText, number);

  QString below = text::outcome(run);
  int width = right - left;
  if (const auto remaining = text::remainingMs(run)) {
    const QString time = tr("%1 left").arg(text::duration(*remaining));
    const int timeWidth = QFontMetrics(small).horizontalAdvance(time) + 2;
    drawText(painter, {right - timeWidth, second, timeWidth, line}, small, theme_.mutedText, time, Qt::AlignRight);
    width -= timeWidth + kGap;
  }
  drawText(painter, {left, second, width, line}, small, theme_.mutedText, below);
}

void RunDelegate::paintCell(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index,
                            const RunSummary& run) const {
  QRect cell = option.rect.adjusted(8, 0, -8, 0);
  switch (index.column()) {
    case columns::Name: {
      const QFont bold = weighted(option.font, QFont::DemiBold);
      const QString name = shownName(run, model_.isTrialRow(index.row()));
      const QString number = model_.sharesName(run) ? runNumber(run) : QString();
      QRect room = nameRect(option.rect, option.font, index);
      const int numberWidth = number.isEmpty() ? 0 : QFontMetrics(option.font).horizontalAdvance(number) + kGap / 2;
      room.setWidth(room.width() - numberWidth);
      drawText(painter, room, bold, theme_.text, name, Qt::AlignLeft, Qt::ElideMiddle);
      const int nameWidth = std::min(room.width(), QFontMetrics(bold).horizontalAdvance(name));
      drawText(painter, {room.left() + nameWidth + kGap / 2, room.top(), numberWidth, room.height()}, option.font,
               theme_.mutedText, number);
      return;
    }
    case columns::State:
      paintState(painter, QRect(cell.left(), cell.center().y() - kMark / 2 + 1, kMark, kMark), run.state,
                 text::progress(run), theme_);
      drawText(painter, cell.adjusted(kMark + 6, 0, 0, 0), option.font,
               run.state == RunState::Failed ? theme_.bad : theme_.text, option.text);
      return;
    case columns::Progress:
      if (isActive(run.state) && (takesSteps(run) || text::preparedShare(run))) {
        const int width = std::min(64, cell.width() / 3);
        paintProgress(painter, QRectF(cell.left(), cell.center().y() - 1.5, width, 5), run.state, text::progress(run),
                      theme_);
        cell.setLeft(cell.left() + width + kGap);
      }
      drawText(painter, cell, option.font, isActive(run.state) ? theme_.text : theme_.mutedText, option.text);
      return;
    case columns::Kind:
    case columns::Dataset:
    case columns::Model:
    case columns::Tags:
    case columns::Created:
      drawText(painter, cell, option.font, theme_.mutedText, option.text);
      return;
    default:
      drawText(painter, cell, option.font, theme_.text, option.text,
               model_.isNumber(index.column()) ? Qt::AlignRight : Qt::AlignLeft);
  }
}

bool RunDelegate::editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option,
                              const QModelIndex& index) {
  if (index.column() != columns::Name) return false;
  const auto type = event->type();
  if (type != QEvent::MouseButtonPress && type != QEvent::MouseButtonRelease && type != QEvent::MouseButtonDblClick)
    return false;
  const auto* mouse = static_cast<QMouseEvent*>(event);
  if (mouse->button() != Qt::LeftButton || !tickRect(option.rect, index).adjusted(-4, -4, 4, 4).contains(mouse->pos()))
    return false;
  // On release, as buttons do; the press is taken as well, so that a click on the box does not select the row.
  if (type == QEvent::MouseButtonRelease)
    model->setData(index, model_.isOverlaid(model_.id(index.row())) ? Qt::Unchecked : Qt::Checked, Qt::CheckStateRole);
  return true;
}

QWidget* RunDelegate::createEditor(QWidget* parent, const QStyleOptionViewItem&, const QModelIndex&) const {
  auto* editor = new QLineEdit(parent);
  editor->setAccessibleName(tr("Name of the run"));
  return editor;
}

void RunDelegate::setEditorData(QWidget* editor, const QModelIndex& index) const {
  // A running run changes several times a second; a name that is being typed must survive that.
  auto* line = static_cast<QLineEdit*>(editor);
  if (!line->property("filled").toBool()) line->setText(index.data(Qt::EditRole).toString());
  line->setProperty("filled", true);
}

void RunDelegate::updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option,
                                       const QModelIndex& index) const {
  const QRect name = nameRect(option.rect, option.font, index);
  editor->setGeometry(compact_ ? name.adjusted(-5, -3, 0, 3) : name.adjusted(-5, 1, 0, -1));
}

}  // namespace scanline
