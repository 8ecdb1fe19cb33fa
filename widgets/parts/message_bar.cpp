#include "widgets/parts/message_bar.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <algorithm>
#include <vector>

#include "widgets/parts/icon_button.h"
#include "widgets/parts/state_mark.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {

QColor levelColour(const Theme& theme, Message::Level level) {
  switch (level) {
    case Message::Level::Info:
      return theme.accent;
    case Message::Level::Success:
      return theme.good;
    case Message::Level::Warning:
      return theme.warning;
    case Message::Level::Error:
      return theme.bad;
  }
  return theme.text;
}

QString levelIcon(Message::Level level) {
  switch (level) {
    case Message::Level::Info:
      return QStringLiteral("info");
    case Message::Level::Success:
      return QStringLiteral("check");
    case Message::Level::Warning:
      return QStringLiteral("warning");
    case Message::Level::Error:
      return QStringLiteral("error");
  }
  return {};
}

bool staysUntilClosed(const Message& message) {
  return message.level == Message::Level::Warning || message.level == Message::Level::Error || message.progress;
}

}  // namespace

/// How much is done, as the rows of runs show it.
class ProgressLine : public QWidget {
 public:
  explicit ProgressLine(QWidget* parent) : QWidget(parent) { setFixedSize(120, 6); }
  void set(double share) {
    share_ = share;
    update();
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    paintProgress(painter, rect(), RunState::Running, share_, Theme(palette()));
  }

 private:
  double share_ = 0;
};

MessageBar::MessageBar(QWidget* parent)
    : QWidget(parent),
      icon_(new QLabel(this)),
      text_(new QLabel(this)),
      progress_(new ProgressLine(this)),
      more_(new QLabel(this)),
      action_(new QPushButton(this)),
      close_(new IconButton(QStringLiteral("close"), tr("Close the message (Esc)"), this)) {
  text_->setWordWrap(true);
  text_->setTextFormat(Qt::PlainText);
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  text_->setMinimumWidth(80);
  more_->setForegroundRole(QPalette::PlaceholderText);
  close_->setFocusPolicy(Qt::StrongFocus);
  icon_->setFixedSize(16, 16);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(12, 6, 8, 6);
  row->setSpacing(10);
  row->addWidget(icon_);
  row->addWidget(text_, 1);
  row->addWidget(progress_);
  row->addWidget(more_);
  row->addWidget(action_);
  row->addWidget(close_);
  setAccessibleName(tr("Messages"));
  timer_.setSingleShot(true);
  connect(&timer_, &QTimer::timeout, this, &MessageBar::expire);
  connect(action_, &QPushButton::clicked, this, &MessageBar::act);
  connect(close_, &QToolButton::clicked, this, [this] { dismiss(messages_.front().id); });
  hide();
}

/// They leave together, so that none of them comes to the front in between.
template <class Which>
void MessageBar::dismissWhere(Which which) {
  std::vector<int> gone;
  for (const Shown& shown : messages_)
    if (which(shown)) gone.push_back(shown.id);
  if (gone.empty()) return;
  std::erase_if(messages_, [&](const Shown& shown) { return std::ranges::find(gone, shown.id) != gone.end(); });
  refresh();
  for (const int id : gone) emit closed(id);
}

int MessageBar::show(Message message) {
  const auto same = std::find_if(messages_.begin(), messages_.end(), [&](const Shown& shown) {
    return shown.message.text == message.text && shown.message.level == message.level;
  });
  if (same != messages_.end()) dismiss(same->id);
  dismissWhere([](const Shown& shown) { return !staysUntilClosed(shown.message) && shown.message.action.isEmpty(); });
  // Covered before it could be read.
  if (!messages_.empty() && !messages_.front().onShow.hasExpired(patience_)) messages_.front().onShow.invalidate();
  const int id = nextId_++;
  messages_.push_front({id, std::move(message), {}});
  refresh();
  QAccessibleEvent alert(this, QAccessible::Alert);
  QAccessible::updateAccessibility(&alert);
  return id;
}

void MessageBar::dismiss(int id) {
  dismissWhere([id](const Shown& shown) { return shown.id == id; });
}

void MessageBar::setAbout(int id, RunId run) {
  if (const auto shown = std::ranges::find(messages_, id, &Shown::id); shown != messages_.end())
    shown->message.about = run;
}

void MessageBar::forget(RunId run) {
  dismissWhere([run](const Shown& shown) { return shown.message.about == run; });
}

void MessageBar::leavePage() {
  dismissWhere([this](const Shown& shown) {
    return staysUntilClosed(shown.message) && !shown.message.progress && shown.message.action.isEmpty() &&
           shown.onShow.isValid() && shown.onShow.hasExpired(patience_);
  });
}

void MessageBar::setProgress(int id, const QString& text, double progress) {
  const auto shown = std::ranges::find(messages_, id, &Shown::id);
  if (shown == messages_.end()) return;
  shown->message.text = text;
  shown->message.progress = progress;
  refresh();
}

void MessageBar::act() {
  const Shown chosen = messages_.front();
  // Dismissed first: its action may show a new message.
  dismiss(chosen.id);
  if (chosen.message.act) chosen.message.act();
}

void MessageBar::expire() {
  if (messages_.empty()) return;
  const bool attended = underMouse() || action_->hasFocus() || close_->hasFocus();
  attended ? timer_.start(patience_) : dismiss(messages_.front().id);
}

void MessageBar::refresh() {
  timer_.stop();
  setVisible(!messages_.empty());
  if (messages_.empty()) return;
  if (!messages_.front().onShow.isValid()) messages_.front().onShow.start();
  const Message& message = messages_.front().message;
  const Theme theme(palette());
  icon_->setPixmap(themedIcon(levelIcon(message.level), levelColour(theme, message.level))
                       .pixmap(QSize(16, 16), devicePixelRatioF()));
  text_->setText(message.text);
  setAccessibleDescription(message.text);
  progress_->setVisible(message.progress.value_or(-1) >= 0);
  progress_->set(message.progress.value_or(0));
  more_->setVisible(messages_.size() > 1);
  more_->setText(tr("%1 more").arg(messages_.size() - 1));
  action_->setVisible(!message.action.isEmpty());
  action_->setText(message.action);
  if (!staysUntilClosed(message)) timer_.start(message.action.isEmpty() ? patience_ : 3 * patience_);
  update();
}

void MessageBar::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) refresh();
}

void MessageBar::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Escape && !messages_.empty())
    dismiss(messages_.front().id);
  else
    QWidget::keyPressEvent(event);
}

void MessageBar::paintEvent(QPaintEvent*) {
  if (messages_.empty()) return;
  QPainter painter(this);
  const Theme theme(palette());
  const QColor colour = levelColour(theme, messages_.front().message.level);
  painter.fillRect(rect(), theme.faint(colour, theme.dark ? 0.16 : 0.08));
  painter.fillRect(QRect(0, 0, width(), 1), theme.line);
  painter.fillRect(QRect(0, 0, 3, height()), colour);
}

}  // namespace scanline
