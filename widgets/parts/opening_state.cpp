#include "widgets/parts/opening_state.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

#include "widgets/parts/number_text.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {

constexpr int kTickMs = 250;
constexpr qint64 kSilentMs = 400;     ///< most stores are open before that
constexpr qint64 kPatienceMs = 3000;  ///< after that people want to know why

QLabel* centredLabel(QWidget* parent) {
  auto* label = new QLabel(parent);
  label->setAlignment(Qt::AlignCenter);
  label->setWordWrap(true);
  label->setTextFormat(Qt::PlainText);
  return label;
}

}  // namespace

OpeningState::OpeningState(QWidget* parent)
    : QWidget(parent),
      title_(centredLabel(this)),
      text_(centredLabel(this)),
      progress_(new QProgressBar(this)),
      buttons_(new QWidget(this)),
      other_(new QPushButton(tr("Choose another folder…"), buttons_)),
      read_(new QPushButton(tr("Open for reading"), buttons_)) {
  QFont large = font();
  large.setPointSizeF(large.pointSizeF() * 1.3);
  large.setWeight(QFont::DemiBold);
  title_->setFont(large);
  text_->setObjectName(QStringLiteral("opening.text"));
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  text_->setFixedWidth(520);
  progress_->setRange(0, 0);  // nobody knows how long it takes
  progress_->setTextVisible(false);
  progress_->setFixedSize(240, 6);
  other_->setObjectName(QStringLiteral("opening.other"));
  auto* retry = new QPushButton(tr("Try again"), buttons_);
  retry->setObjectName(QStringLiteral("opening.retry"));
  read_->setObjectName(QStringLiteral("opening.read"));
  read_->setToolTip(tr("Its runs can be looked at, compared and exported; nothing in it changes"));
  read_->hide();
  for (QPushButton* button : {other_, read_, retry}) button->setMinimumHeight(32);
  auto* row = new QHBoxLayout(buttons_);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  row->addWidget(other_);
  row->addWidget(read_);
  row->addWidget(retry);
  auto* column = new QVBoxLayout(this);
  column->setSpacing(12);
  column->addStretch(2);
  column->addWidget(title_);
  column->addWidget(text_, 0, Qt::AlignHCenter);
  column->addSpacing(4);
  column->addWidget(progress_, 0, Qt::AlignHCenter);
  column->addWidget(buttons_, 0, Qt::AlignHCenter);
  column->addStretch(3);
  tick_.setInterval(kTickMs);
  connect(&tick_, &QTimer::timeout, this, &OpeningState::tick);
  connect(other_, &QPushButton::clicked, this, &OpeningState::otherFolderRequested);
  connect(read_, &QPushButton::clicked, this, &OpeningState::readingRequested);
  connect(retry, &QPushButton::clicked, this, &OpeningState::retryRequested);
  restyle();
  setOpening({});
}

void OpeningState::setOpening(const QString& folder) {
  folder_ = folder;
  title_->setText(tr("Opening the workspace…"));
  read_->hide();
  for (QWidget* widget : std::initializer_list<QWidget*>{title_, text_, progress_, buttons_}) widget->hide();
  clock_.start();
  tick_.start();
}

void OpeningState::tick() {
  const qint64 ms = clock_.elapsed();
  if (ms < kSilentMs) return;
  for (QWidget* widget : std::initializer_list<QWidget*>{title_, text_, progress_}) widget->show();
  if (ms < kPatienceMs) return text_->setText(folder_);
  text_->setText(
      tr("%1\n%2. Another program may be writing to it; or an older Scanline made it, and it is copied before it is updated, which takes a while for a large one.")
          .arg(folder_, text::duration(ms)));
}

void OpeningState::setFailed(const QString& sentence) {
  tick_.stop();
  title_->setText(tr("The workspace cannot be opened"));
  text_->setText(sentence);
  progress_->hide();
  for (QWidget* widget : std::initializer_list<QWidget*>{title_, text_, buttons_}) widget->show();
  other_->setFocus();
}

void OpeningState::offerReading() {
  read_->show();
  read_->setFocus();
}

void OpeningState::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) restyle();
}

void OpeningState::restyle() {
  const Theme theme(palette());
  progress_->setStyleSheet(QStringLiteral("QProgressBar { background: %1; border: none; border-radius: 3px; }"
                                          "QProgressBar::chunk { background: %2; border-radius: 3px; }")
                               .arg(theme.line.name(), theme.accent.name()));
}

}  // namespace scanline
