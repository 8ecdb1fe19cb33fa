#include "widgets/lists/filter_box.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPainter>
#include <QVBoxLayout>

#include "widgets/lists/proposal_list.h"
#include "widgets/parts/icon_button.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {

constexpr int kPatienceMs = 600;
constexpr int kMostRemembered = 30;

/// Place in characters of a place in bytes.
qsizetype characters(const QString& text, size_t bytes) {
  return QString::fromUtf8(text.toUtf8().left(static_cast<qsizetype>(bytes))).size();
}

constexpr auto kIsFault = "isFault";

/// Muted, or in the colour of a fault. It paints itself: the style sheet of the program brings back the colours of an
/// older theme.
class Below : public QLabel {
 public:
  using QLabel::QLabel;

 protected:
  void paintEvent(QPaintEvent*) override {
    const Theme theme(palette());
    QPainter painter(this);
    painter.setPen(property(kIsFault).toBool() ? theme.bad : theme.mutedText);
    painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextWordWrap, text());
  }
};

}  // namespace

class FilterBox::Line : public QLineEdit {
 public:
  using QLineEdit::QLineEdit;
  void setWrong(qsizetype at, qsizetype length) {
    at_ = at;
    length_ = length;
    update();
  }

 protected:
  void paintEvent(QPaintEvent* event) override {
    QLineEdit::paintEvent(event);
    if (length_ <= 0) return;
    const QFontMetrics metrics(font());
    const auto place = [&](qsizetype character) {
      return cursorRect().center().x() - metrics.horizontalAdvance(text().left(cursorPosition())) +
             metrics.horizontalAdvance(text().left(character));
    };
    const QRect inside = rect().adjusted(24, 0, -24, 0);
    const int left = std::max(place(at_), inside.left());
    const int right = std::min(std::max(place(at_ + length_), left + 6), inside.right());
    if (right <= left) return;
    QPainter painter(this);
    painter.setPen(QPen(Theme(palette()).bad, 2));
    const int y = rect().center().y() + metrics.height() / 2;
    painter.drawLine(left, y, right, y);
  }

 private:
  qsizetype at_ = 0, length_ = 0;
};

FilterBox::FilterBox(QWidget* parent)
    : QWidget(parent),
      line_(new Line(this)),
      past_(new IconButton(QStringLiteral("clock"), tr("Questions asked before (Up)"), this)),
      help_(new IconButton(QStringLiteral("help"), tr("Questions that can be asked"), this)),
      below_(new Below(this)),
      proposals_(new ProposalList(line_)) {
  line_->setClearButtonEnabled(true);
  line_->addAction(QIcon(), QLineEdit::LeadingPosition);
  line_->installEventFilter(this);
  below_->setWordWrap(true);
  below_->setTextFormat(Qt::PlainText);
  below_->setMinimumWidth(1);
  auto* row = new QHBoxLayout;
  row->setSpacing(2);
  row->addWidget(line_, 1);
  row->addWidget(past_);
  row->addWidget(help_);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(2);
  column->addLayout(row);
  column->addWidget(below_);
  setFocusProxy(line_);
  patience_.setSingleShot(true);
  patience_.setInterval(kPatienceMs);
  patience_.callOnTimeout(this, &FilterBox::describe);

  connect(line_, &QLineEdit::textChanged, this, &FilterBox::read);
  connect(line_, &QLineEdit::textEdited, this, &FilterBox::edited);
  connect(proposals_, &ProposalList::chosen, this, &FilterBox::accept);
  connect(past_, &QToolButton::clicked, this, [this] {
    line_->setFocus();
    openHistory();
  });
  connect(help_, &QToolButton::clicked, this, &FilterBox::helpRequested);
  past_->setEnabled(false);
  setHits(-1, 0, false);
  applyTheme();
}

QLineEdit* FilterBox::line() const {
  return line_;
}
QString FilterBox::text() const {
  return line_->text();
}
void FilterBox::setText(const QString& text) {
  line_->setText(text);
}

void FilterBox::applyTheme() {
  line_->actions().constFirst()->setIcon(themedIcon(QStringLiteral("search"), Theme(palette()).mutedText));
  describe();
}

void FilterBox::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) applyTheme();
}

/// Every change of the text, typed or not.
void FilterBox::read() {
  const bool wasWrong = wrong_.has_value();
  const std::string before = query_.text();
  try {
    query_ = RunQuery(line_->text().toStdString());
    wrong_.reset();
    patience_.stop();
  } catch (const QueryError& error) {
    wrong_ = error;
    patience_.start();
  }
  line_->setWrong(0, 0);
  if (!wrong_) describe();
  if (!wrong_ && (query_.text() != before || wasWrong)) emit queryChanged();
}

void FilterBox::edited() {
  if (line_->text().isEmpty()) return proposals_->hide();
  emit proposalsRequested(line_->text(), line_->text().left(line_->cursorPosition()).toUtf8().size());
}

void FilterBox::setProposals(const QString& text, const QueryProposals& proposals) {
  if (text != line_->text() || !line_->hasFocus() || !isVisible()) return;
  at_ = characters(text, proposals.at);
  length_ = characters(text, proposals.at + proposals.length) - at_;
  const QString word = text.mid(at_, length_);
  std::vector<ProposalList::Entry> entries;
  for (const QueryProposal& each : proposals.proposals)
    entries.push_back({QString::fromStdString(each.text), QString::fromStdString(each.description)});
  const bool isDone = entries.size() == 1 && entries.front().text.trimmed() == word;
  pastShown_ = false;
  proposals_->offer(isDone ? std::vector<ProposalList::Entry>{} : entries);
}

void FilterBox::accept(const QString& proposal) {
  QString text = line_->text();
  qsizetype cursor = proposal.size();
  if (pastShown_) {
    text = proposal;
  } else {
    text.replace(at_, length_, proposal);
    cursor += at_;
    if (cursor == text.size() && !text.endsWith(QLatin1Char(' ')) && !text.endsWith(QLatin1Char('('))) {
      text += QLatin1Char(' ');
      ++cursor;
    }
  }
  line_->setText(text);
  line_->setCursorPosition(static_cast<int>(cursor));
  line_->setFocus();
  if (!pastShown_) edited();
}

void FilterBox::openHistory() {
  std::vector<ProposalList::Entry> entries;
  for (const QString& each : history_) entries.push_back({each, {}});
  pastShown_ = true;
  proposals_->offer(entries);
}

void FilterBox::setHistory(const QStringList& history) {
  history_ = history;
  past_->setEnabled(!history_.isEmpty());
}

/// A question is remembered when the person goes on with its answer.
void FilterBox::remember() {
  const QString text = line_->text().trimmed();
  if (text.isEmpty() || wrong_ || (!history_.isEmpty() && history_.constFirst() == text)) return;
  history_.removeAll(text);
  history_.prepend(text);
  setHistory(history_.mid(0, kMostRemembered));
  emit historyChanged(history_);
}

bool FilterBox::eventFilter(QObject* watched, QEvent* event) {
  if (watched != line_) return QWidget::eventFilter(watched, event);
  if (event->type() == QEvent::FocusOut) {
    proposals_->hide();
    patience_.stop();
    remember();
    describe();
  }
  return event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->modifiers() == Qt::NoModifier &&
         handleKey(static_cast<QKeyEvent*>(event)->key());
}

bool FilterBox::handleKey(int key) {
  const bool open = proposals_->isOpen();
  switch (key) {
    case Qt::Key_Down:
      if (open)
        proposals_->move(1);
      else
        emit left();
      return true;
    case Qt::Key_Up:
      if (open)
        proposals_->move(-1);
      else if (line_->text().isEmpty())
        openHistory();
      return true;
    case Qt::Key_Tab:
      if (!open) return false;
      proposals_->choose();
      return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (open && proposals_->hasCurrent()) {
        proposals_->choose();
        return true;
      }
      proposals_->hide();
      patience_.stop();
      describe();
      if (wrong_) return true;
      remember();
      emit left();
      return true;
    case Qt::Key_Escape:
      if (open)
        proposals_->hide();
      else if (!line_->text().isEmpty())
        line_->clear();
      else
        emit left();
      return true;
    default:
      return false;
  }
}

void FilterBox::setHits(int64_t shown, int64_t total, bool trash) {
  shown_ = shown;
  total_ = total;
  trash_ = trash;
  line_->setPlaceholderText(trash ? tr("Filter the trash") : tr("Filter runs"));
  line_->setToolTip(tr("Words, or settings and results, as in lr < 1e-3 and probe > 0.8"));
  line_->setAccessibleName(trash ? tr("Filter the trash") : tr("Filter runs"));
  describe();
}

void FilterBox::describe() {
  const bool isTold = wrong_ && !patience_.isActive();
  below_->setProperty(kIsFault, isTold);
  below_->update();
  if (isTold) {
    const QString text = line_->text();
    const qsizetype at = characters(text, wrong_->at);
    line_->setWrong(at, std::max<qsizetype>(1, characters(text, wrong_->at + wrong_->length) - at));
    below_->setText(QString::fromUtf8(wrong_->what()));
    return;
  }
  line_->setWrong(0, 0);
  const QLocale numbers(QLocale::English);
  const QString all = numbers.toString(static_cast<qlonglong>(total_));
  if (shown_ < 0)
    below_->clear();
  else if (shown_ != total_)
    below_->setText(tr("%1 of %2 runs").arg(numbers.toString(static_cast<qlonglong>(shown_)), all));
  else if (trash_)
    below_->setText(total_ == 1 ? tr("1 run in the trash") : tr("%1 runs in the trash").arg(all));
  else
    below_->setText(total_ == 1 ? tr("1 run") : tr("%1 runs").arg(all));
}

}  // namespace scanline
