#include "widgets/pages/neighbours_panel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include "widgets/images/image_grid.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/parts/wheel_focus.h"
#include "widgets/studio/question_panel.h"

namespace scanline {

namespace {
constexpr int kMargin = 12, kSpacing = 8, kSmallest = 56;  // px; of pictures
enum Split { Training, Own };
}  // namespace

NeighboursPanel::NeighboursPanel(QWidget* parent)
    : QWidget(parent), split_(new SegmentedControl(tr("Where to look"))), count_(new QSpinBox) {
  setAccessibleName(tr("Neighbours"));
  split_->setObjectName(QStringLiteral("neighbourSplit"));
  count_->setObjectName(QStringLiteral("neighbourCount"));
  count_->setAccessibleName(tr("How many neighbours"));
  count_->setToolTip(count_->accessibleName());
  count_->setRange(1, 100);
  count_->setValue(12);
  count_->setKeyboardTracking(false);
  needFocusForWheel(count_);
  connect(count_, &QSpinBox::valueChanged, this, &NeighboursPanel::changed);
  connect(split_, &SegmentedControl::chosen, this, &NeighboursPanel::changed);
  split_->add(Training, tr("Training"), tr("Has the model seen something like it?"));
  split_->add(Own, tr("This split"), tr("Among the other pictures of the split that the map is of"));
  auto* row = new QHBoxLayout;
  row->setSpacing(kSpacing);
  row->addWidget(split_);
  row->addStretch(1);
  row->addWidget(count_);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(kMargin, kMargin, kMargin, 0);
  column->setSpacing(kSpacing);
  column->addLayout(row);
  column->addWidget(makePart(Features, tr("By features"), tr("Cosine of the features of this layer")), 1);
  column->addWidget(makePart(Pixels, tr("By pixels: memorised?"), tr("Root mean squared difference, of 255")), 1);
}

QWidget* NeighboursPanel::makePart(By by, const QString& title, const QString& note) {
  Part& part = parts_[by];
  auto* head = new QHBoxLayout;
  head->setSpacing(kSpacing);
  head->addWidget(partTitle(title));
  head->addStretch(1);
  part.progress = new QProgressBar;
  part.progress->setAccessibleName(tr("Progress of the search"));
  part.progress->setTextVisible(false);
  part.progress->setFixedSize(80, 8);
  part.progress->hide();
  head->addWidget(part.progress);
  if (by == Features) {
    stop_ = new QPushButton(tr("Stop"));
    stop_->setObjectName(QStringLiteral("stopNeighbours"));
    stop_->setToolTip(tr("Features that are computed so far are kept, and the next search goes on from there."));
    stop_->hide();
    connect(stop_, &QPushButton::clicked, this, &NeighboursPanel::stopRequested);
    head->addWidget(stop_);
  }
  part.grid = new ImageGrid;
  part.grid->setObjectName(by == Features ? QStringLiteral("byFeatures") : QStringLiteral("byPixels"));
  part.grid->setAccessibleName(title);
  part.grid->setSmallest(kSmallest);
  part.grid->setToolTip(note);
  connect(part.grid, &ImageGrid::failed, this, &NeighboursPanel::failed);
  part.state = noteLabel();
  part.state->hide();
  auto* box = new QWidget;
  auto* column = new QVBoxLayout(box);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(4);
  column->addLayout(head);
  column->addWidget(noteLabel(note));
  column->addWidget(part.state);
  column->addWidget(part.grid, 1);
  return box;
}

void NeighboursPanel::setSplit(const QString& name) {
  splitName_ = name;
  const bool isTraining = name == QStringLiteral("training");
  split_->setVisible(!isTraining);
  if (isTraining) split_->setCurrent(Own);
}

NeighbourQuestion NeighboursPanel::questionOf(int index) const {
  return {.index = index, .inTraining = split_->current() == Training, .count = count_->value()};
}

void NeighboursPanel::say(By by, const QString& sentence, bool isProblem) {
  Part& part = parts_[by];
  part.state->setForegroundRole(isProblem ? QPalette::BrightText : QPalette::PlaceholderText);
  part.state->setText(sentence);
  part.state->setVisible(!sentence.isEmpty());
  part.progress->hide();
  if (by == Features) stop_->hide();
}

void NeighboursPanel::clear(const QString& sentence) {
  for (const By by : {Features, Pixels}) {
    parts_[by].grid->setPictures({});
    parts_[by].grid->setEmptyText({});
    say(by, by == Features ? sentence : QString(), false);
  }
}

void NeighboursPanel::setBusy(By by, int64_t done, int64_t total) {
  say(by, total > 0 ? tr("%1 of %2 pictures").arg(text::steps(done), text::steps(total)) : tr("Looking…"), false);
  Part& part = parts_[by];
  part.progress->setRange(0, static_cast<int>(total));
  part.progress->setValue(static_cast<int>(done));
  part.progress->show();
  if (by == Features) stop_->show();
}

void NeighboursPanel::setNeighbours(By by, const DescribedPictures& found) {
  say(by, {}, false);
  parts_[by].grid->setPictures(flowOf(found));
}

void NeighboursPanel::setProblem(By by, const QString& sentence) {
  parts_[by].grid->setPictures({});
  say(by, sentence, true);
}

void NeighboursPanel::setStopped() {
  say(Features, tr("The search was stopped. Choose a picture to go on with it."), false);
}

QString NeighboursPanel::state(By by) const {
  return parts_[by].state->isHidden() ? QString() : parts_[by].state->text();
}

}  // namespace scanline
