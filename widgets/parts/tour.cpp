#include "widgets/parts/tour.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "widgets/parts/theme.h"

namespace scanline {

namespace {

constexpr int kWidth = 380, kGap = 12;

/// A frame around the part of a step; clicks go through it.
class PartFrame : public QWidget {
 public:
  explicit PartFrame(QWidget* window) : QWidget(window) {
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setFocusPolicy(Qt::NoFocus);
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(Theme(palette()).accent, 2));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 4, 4);
  }
};

}  // namespace

Tour::Tour(QWidget* window)
    : QWidget(window),
      frame_(new PartFrame(window)),
      title_(new QLabel(this)),
      text_(new QLabel(this)),
      count_(new QLabel(this)),
      end_(new QPushButton(tr("End the tour"), this)),
      back_(new QPushButton(tr("Back"), this)),
      next_(new QPushButton(this)) {
  setFocusPolicy(Qt::StrongFocus);
  QFont bold = font();
  bold.setWeight(QFont::DemiBold);
  title_->setFont(bold);
  text_->setWordWrap(true);
  text_->setFixedWidth(kWidth - 32);
  count_->setForegroundRole(QPalette::PlaceholderText);
  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(8);
  buttons->addWidget(count_, 1);
  for (QPushButton* button : {end_, back_, next_}) buttons->addWidget(button);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(16, 12, 16, 12);
  column->setSpacing(8);
  column->addWidget(title_);
  column->addWidget(text_);
  column->addLayout(buttons);
  connect(back_, &QPushButton::clicked, this, [this] { go(step_ - 1); });
  connect(next_, &QPushButton::clicked, this, [this] { step_ + 1 < std::ssize(steps_) ? go(step_ + 1) : end(); });
  connect(end_, &QPushButton::clicked, this, &Tour::end);
  window->installEventFilter(this);
  frame_->hide();
  hide();
}

void Tour::start(std::vector<TourStep> steps) {
  std::erase_if(steps, [](const TourStep& step) { return !step.part || !step.part->isVisible(); });
  steps_ = std::move(steps);
  if (steps_.empty()) return;
  show();
  go(0);
}

void Tour::go(int step) {
  step_ = step;
  const TourStep& shown = steps_[static_cast<size_t>(step)];
  const bool last = step + 1 == std::ssize(steps_);
  title_->setText(shown.title);
  text_->setText(shown.text);
  text_->setFixedHeight(text_->heightForWidth(text_->maximumWidth()));
  count_->setText(tr("%1 of %2").arg(step + 1).arg(steps_.size()));
  back_->setEnabled(step > 0);
  end_->setVisible(!last);
  next_->setText(last ? tr("Done") : tr("Next"));
  setAccessibleName(shown.title);
  setAccessibleDescription(shown.text);
  place();
  next_->setFocus(Qt::TabFocusReason);
  window()->setAttribute(Qt::WA_KeyboardFocusChange);  // the focus is shown, as Enter goes on
}

/// Beside the part where there is room, or else inside it, below its head.
void Tour::place() {
  if (steps_.empty() || !isVisible()) return;
  const QPointer<QWidget> part = steps_[static_cast<size_t>(step_)].part;
  if (!part || !part->isVisible()) return end();
  const QWidget* window = parentWidget();
  const QRect around(part->mapTo(window, QPoint(0, 0)), part->size());
  frame_->setGeometry(around);
  frame_->show();
  frame_->raise();
  layout()->activate();
  adjustSize();
  QPoint at(around.right() + kGap, around.top() + kGap);
  if (around.height() < height() + 2 * kGap) at = {around.left(), around.bottom() + kGap};
  if (at.x() + width() > window->width()) at.setX(around.left() - width() - kGap);
  if (at.x() < 0) at = {around.left() + (around.width() - width()) / 2, around.top() + around.height() / 3};
  at.setX(std::clamp(at.x(), kGap, std::max(kGap, window->width() - width() - kGap)));
  at.setY(std::clamp(at.y(), kGap, std::max(kGap, window->height() - height() - kGap)));
  move(at);
  raise();
}

void Tour::end() {
  if (steps_.empty()) return;
  steps_.clear();
  frame_->hide();
  hide();
  emit ended();
}

bool Tour::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Resize) place();
  return QWidget::eventFilter(watched, event);
}

void Tour::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Escape)
    end();
  else if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
    next_->click();
  else
    QWidget::keyPressEvent(event);
}

void Tour::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme theme(palette());
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setBrush(theme.card);
  painter.setPen(QPen(theme.accent, 1));
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
}

}  // namespace scanline
