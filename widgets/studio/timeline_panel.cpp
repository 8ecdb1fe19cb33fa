#include "widgets/studio/timeline_panel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPainter>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <utility>

#include "widgets/images/image_grid.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/wheel_focus.h"
#include "widgets/plot/step_slider.h"
#include "widgets/studio/token_map.h"

namespace scanline {

namespace {
constexpr int kStripHeight = 200, kSmallestFrame = 56;
}

TimelinePanel::TimelinePanel(QWidget* parent)
    : QuestionPanel(tr("Timeline"), parent),
      title_(partTitle({})),
      map_(new TokenMap(tr("The picture at this checkpoint"))),
      caption_(noteLabel()),
      slider_(new StepSlider),
      strip_(new ImageGrid),
      draw_(new QPushButton),
      exports_(new QWidget),
      frameMs_(new QSpinBox),
      save_(new QPushButton(tr("Save as"))),
      progress_(noteLabel()) {
  build();
  connect(draw_, &QPushButton::clicked, this, [this] { drawing_ ? emit stopRequested() : emit drawRequested(); });
  connect(slider_, &StepSlider::stepChosen, this, [this](qint64 step) {
    followed_ = step == steps_.back();
    showStep();
    emit stepChosen(step);
  });
  connect(strip_, &ImageGrid::currentChanged, this, [this](int index) {
    const qint64 step = steps_[static_cast<size_t>(index)];
    if (!frames_.contains(step)) return showStep();  // not drawn yet: the mark goes back
    followed_ = false;
    slider_->setCurrent(step);
    showStep();
    emit stepChosen(step);
  });
  connect(strip_, &ImageGrid::failed, this, &TimelinePanel::failed);
  connect(map_, &TokenMap::failed, this, &TimelinePanel::failed);
  refresh();
}

void TimelinePanel::build() {
  title_->setObjectName(QStringLiteral("title"));
  map_->setObjectName(QStringLiteral("map"));
  map_->setMostHeight(320);
  map_->setWords([this](qint64 position) { return placeWords(map_->picture(), position); });
  caption_->setObjectName(QStringLiteral("caption"));
  slider_->setObjectName(QStringLiteral("slider"));
  slider_->setWhat(tr("Checkpoint"));
  slider_->setEmptyText(tr("no frames yet"));
  strip_->setObjectName(QStringLiteral("strip"));
  strip_->setAccessibleName(tr("Film strip"));
  strip_->setPicking(true);
  strip_->setSmallest(kSmallestFrame);
  strip_->setMinimumHeight(kStripHeight);
  draw_->setObjectName(QStringLiteral("draw"));
  draw_->setToolTip(tr("Each checkpoint of the run draws the picture on the canvas with the same mask and seed"));
  progress_->setObjectName(QStringLiteral("progress"));
  frameMs_->setObjectName(QStringLiteral("frameMs"));
  frameMs_->setAccessibleName(tr("Time of a frame"));
  frameMs_->setToolTip(tr("How long each frame of a film is seen"));
  frameMs_->setRange(20, 5000);
  frameMs_->setSingleStep(50);
  frameMs_->setValue(250);
  frameMs_->setSuffix(tr(" ms a frame"));
  needFocusForWheel(frameMs_);
  save_->setObjectName(QStringLiteral("save"));
  save_->setToolTip(tr("Writes all frames as a film or as one sheet"));
  auto* menu = new QMenu(save_);
  for (const auto& [format, name] :
       {std::pair{FilmFormat::Apng, tr("APNG film…")}, std::pair{FilmFormat::Gif, tr("GIF film…")},
        std::pair{FilmFormat::ContactSheet, tr("Contact sheet, PNG…")}})
    menu->addAction(name, this, [this, format = format] { emit exportRequested(format, frameMs_->value()); });
  save_->setMenu(menu);

  auto* start = new QHBoxLayout;
  start->addWidget(draw_);
  start->addWidget(progress_, 1);
  auto* exports = new QHBoxLayout(exports_);
  exports->setContentsMargins(0, 0, 0, 0);
  exports->addWidget(frameMs_);
  exports->addWidget(save_);
  exports->addStretch(1);
  auto* column = content();
  column->addWidget(title_);
  column->addLayout(start);
  column->addWidget(map_);
  column->addWidget(caption_);
  column->addWidget(slider_);
  column->addWidget(strip_);
  column->addWidget(exports_);
}

// --- values in ---

void TimelinePanel::setSteps(std::vector<qint64> steps) {
  steps_ = std::move(steps);
  std::erase_if(frames_, [this](const auto& frame) { return !std::ranges::binary_search(steps_, frame.first); });
  refresh();
}

void TimelinePanel::clearFrames() {
  frames_.clear();
  followed_ = true;
  slider_->setPlaying(false);
  refresh();
}

void TimelinePanel::setFrame(const ShownFrame& frame) {
  if (!std::ranges::binary_search(steps_, frame.step)) return;
  setAnswered();
  frames_[frame.step] = frame;
  refresh();
  if (followed_ && !slider_->isPlaying()) setStep(frame.step);
}

void TimelinePanel::setDrawing(bool drawing) {
  drawing_ = drawing;
  refresh();
}

qint64 TimelinePanel::step() const {
  return slider_->current();
}

void TimelinePanel::setStep(qint64 step) {
  slider_->setCurrent(step);
  showStep();
}

// --- display ---

void TimelinePanel::refresh() {
  std::vector<qint64> drawn;
  for (const auto& [step, frame] : frames_) drawn.push_back(step);
  const bool any = !drawn.empty();
  slider_->setSteps(std::move(drawn));
  title_->setText(steps_.empty()       ? tr("No checkpoints")
                  : steps_.size() == 1 ? tr("One checkpoint")
                                       : tr("%1 checkpoints").arg(steps_.size()));
  draw_->setText(drawing_ ? tr("Stop") : any ? tr("Draw again") : tr("Draw all"));
  draw_->setEnabled(drawing_ || !steps_.empty());
  progress_->setText(drawing_ ? tr("%1 of %2 drawn").arg(frames_.size()).arg(steps_.size()) : QString());
  map_->setEmptyText(
      steps_.empty() ? tr("A film needs checkpoints of a run. Choose a run that has some.")
      : drawing_     ? tr("The first frame is being drawn.")
                 : tr("Draw all lets each checkpoint draw the picture on the canvas, with the same mask and the same "
                      "random numbers: so you see the model learn, not chance."));
  slider_->setVisible(any);
  strip_->setVisible(any);
  caption_->setVisible(any);
  exports_->setVisible(any);
  exports_->setEnabled(!drawing_);
  showStrip();
  showStep();
}

void TimelinePanel::showStep() {
  const auto found = frames_.find(step());
  if (found == frames_.end()) return map_->setPicture({});
  const ShownFrame& frame = found->second;
  map_->setPicture(frame.picture);
  const QString words = tr("step %1").arg(text::steps(frame.step));
  caption_->setText(std::isfinite(frame.nats) ? (frame.picture.isCodes() ? tr("%1 · %2 nats per drawn code")
                                                                         : tr("%1 · %2 nats per drawn pixel"))
                                                    .arg(words, text::nats(frame.nats))
                                              : words);
  const QSignalBlocker quiet(strip_);
  strip_->setCurrent(static_cast<int>(std::ranges::lower_bound(steps_, frame.step) - steps_.begin()));
}

void TimelinePanel::showStrip() {
  PictureSet set;
  if (!frames_.empty()) {
    const QSize size = frames_.begin()->second.picture.size();
    set.title = tr("Timeline");
    set.width = size.width();
    set.height = size.height();
    set.flow = true;
    set.groupGap = 6;
    for (const qint64 step : steps_) {
      PictureCell cell{.name = tr("Step %1").arg(text::steps(step)), .caption = text::steps(step), .detail = {}};
      const auto found = frames_.find(step);
      cell.hatched = found == frames_.end() || found->second.picture.size() != size;
      if (cell.hatched)
        cell.detail = tr("not drawn yet");
      else if (std::isfinite(found->second.nats))
        cell.detail = tr("%1 nats").arg(text::nats(found->second.nats));
      set.cells.push_back(cell);
    }
    set.allocateAtlas();
    QPainter painter(&set.atlas);
    for (int i = 0; i < set.count(); ++i)
      if (!set.cells[static_cast<size_t>(i)].hatched)
        painter.drawImage(set.source(i), frames_.at(steps_[static_cast<size_t>(i)]).picture.image());
  }
  const QSignalBlocker quiet(strip_);
  strip_->setPictures(std::move(set));
}

}  // namespace scanline
