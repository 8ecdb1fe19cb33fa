#include "widgets/pages/completions_view.h"

#include <QComboBox>
#include <QKeyEvent>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/images/image_grid.h"
#include "widgets/images/sample_pictures.h"
#include "widgets/pages/codebook_view.h"
#include "widgets/pages/completions_pane.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/wheel_focus.h"
#include "widgets/parts/wrap_row.h"
#include "widgets/plot/step_slider.h"

namespace scanline {

namespace {

constexpr size_t kCachedSteps = 64;

QToolButton* button(const QString& text, const QString& tip, bool checkable = false) {
  auto* result = new QToolButton;
  result->setText(text);
  result->setToolTip(tip);
  result->setAccessibleName(tip);
  result->setCheckable(checkable);
  result->setAutoRaise(true);
  result->setMinimumHeight(28);
  return result;
}

}  // namespace

CompletionsView::CompletionsView(QWidget* parent)
    : QWidget(parent),
      compareBox_(new QComboBox),
      sideBySide_(button(tr("Side by side"), tr("Show both steps beside each other"), true)),
      other_(button(tr("Blink"), tr("Show the other step in the same place (B)"), true)),
      showCompletions_(button(tr("Completions"), tr("Show completions of given halves"), true)),
      showWhole_(button(tr("Whole images"), tr("Show images drawn from nothing"), true)),
      own_(button(tr("Complete pictures…"), tr("Let this run's model go on painting pictures of your own"))),
      tools_(new QWidget),
      zoomLabel_(new QLabel),
      first_(new CompletionsPane),
      second_(new CompletionsPane),
      codebook_(new CodebookView),
      slider_(new StepSlider) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(12, 12, 12, 12);
  layout->setSpacing(12);
  layout->addWidget(makeBar());
  auto* panes = new QHBoxLayout;
  panes->setSpacing(24);
  panes->addWidget(first_, 1);
  panes->addWidget(second_, 1);
  layout->addLayout(panes, 1);
  codebook_->setFixedHeight(codebook_->sizeHint().height());
  codebook_->hide();
  layout->addWidget(codebook_);
  layout->addWidget(slider_);
  first_->tieTo(second_);
  slider_->setWhat(tr("Step of the pictures"));

  connect(slider_, &StepSlider::stepChosen, this, [this](qint64 step) {
    chooseStep(step);
    emit stepChosen(step);
  });
  connect(compareBox_, &QComboBox::activated, this,
          [this](int index) { setComparedStep(compareBox_->itemData(index).toLongLong()); });
  connect(sideBySide_, &QToolButton::toggled, this, &CompletionsView::onSideBySideToggled);
  connect(other_, &QToolButton::toggled, this, &CompletionsView::refresh);
  for (auto* kind : {showCompletions_, showWhole_}) {
    kind->setChecked(true);
    connect(kind, &QToolButton::toggled, this, &CompletionsView::onKindToggled);
  }
  for (auto* pane : {first_, second_}) connect(pane, &CompletionsPane::failed, this, &CompletionsView::failed);
  connect(first_->completions(), &ImageGrid::zoomChanged, this, &CompletionsView::showZoom);
  connect(first_->whole(), &ImageGrid::zoomChanged, this, &CompletionsView::showZoom);
  connect(codebook_, &CodebookView::failed, this, &CompletionsView::failed);
  fillCompareBox();
  setExpectedStep({});
}

QWidget* CompletionsView::makeBar() {
  auto* compare = new QLabel(tr("Compare with"));
  compare->setBuddy(compareBox_);
  needFocusForWheel(compareBox_);
  compareBox_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  compareBox_->setMinimumWidth(120);
  auto* smaller = button(QStringLiteral("−"), tr("Smaller (-)"));
  auto* larger = button(QStringLiteral("+"), tr("Larger (+)"));
  auto* fit = button(tr("Fit"), tr("As large as fits (0)"));
  auto* save = button(tr("Save sheet…"), tr("Save all completions as one PNG (Ctrl+Shift+S)"));
  for (auto* square : {smaller, larger}) square->setFixedSize(28, 28);
  zoomLabel_->setAlignment(Qt::AlignCenter);
  zoomLabel_->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("64 × ")));
  zoomLabel_->setToolTip(tr("Screen pixels a picture pixel"));
  auto* tools = new QHBoxLayout(tools_);
  tools->setContentsMargins(0, 0, 0, 0);
  tools->setSpacing(8);
  for (QWidget* tool : std::initializer_list<QWidget*>{smaller, zoomLabel_, larger, fit}) tools->addWidget(tool);
  tools->addSpacing(16);
  tools->addWidget(save);
  // The second pane is tied to the first, so its grids follow.
  for (auto* grid : {first_->completions(), first_->whole()}) {
    connect(smaller, &QToolButton::clicked, grid, &ImageGrid::zoomOut);
    connect(larger, &QToolButton::clicked, grid, &ImageGrid::zoomIn);
    connect(fit, &QToolButton::clicked, grid, &ImageGrid::zoomToFit);
  }
  connect(save, &QToolButton::clicked, this, [this] { mainGrid()->saveSheet(); });
  auto* shown = new WrapRow(inGroup({showCompletions_, showWhole_}),
                            inGroup({compare, compareBox_, sideBySide_, other_}), WrapRow::Second::Close);
  own_->setObjectName(QStringLiteral("own"));
  connect(own_, &QToolButton::clicked, this, &CompletionsView::completeRequested);
  return new WrapRow(shown, inGroup({tools_, own_}), WrapRow::Second::AtEnd);
}

ImageGrid* CompletionsView::mainGrid() const {
  return first_->completions()->isVisibleTo(this) && !first_->completions()->pictures().isEmpty()
             ? first_->completions()
             : first_->whole();
}

void CompletionsView::showZoom() {
  const bool any = !mainGrid()->pictures().isEmpty();
  tools_->setEnabled(any);
  zoomLabel_->setText(any ? tr("%1 ×").arg(mainGrid()->shownZoom()) : QString());
}

void CompletionsView::onSideBySideToggled(bool beside) {
  // Two steps beside each other leave room for one kind.
  if (beside) bothKinds_ = showCompletions_->isChecked() && showWhole_->isChecked();
  if (bothKinds_) showWhole_->setChecked(!beside);
  refresh();
}

void CompletionsView::onKindToggled() {
  auto* clicked = qobject_cast<QToolButton*>(sender());
  auto* other = clicked == showCompletions_ ? showWhole_ : showCompletions_;
  if (isSideBySide() && clicked->isChecked()) other->setChecked(false);
  // One kind is always seen: unticking the last brings the other back.
  if (!showCompletions_->isChecked() && !showWhole_->isChecked()) other->setChecked(true);
  refresh();
}

void CompletionsView::setRun(const QString& name, Palette palette, bool reconstructs) {
  setAccessibleName(reconstructs ? tr("Reconstructions of %1").arg(name) : tr("Completions of %1").arg(name));
  palette_ = std::move(palette);
  reconstructs_ = reconstructs;
  showCompletions_->setVisible(!reconstructs);
  showWhole_->setVisible(!reconstructs);
  own_->setVisible(!reconstructs);
  if (reconstructs) showCompletions_->setChecked(true);
  newRun_ = true;
  cache_.clear();
  requested_.clear();
  validation_.clear();
  uses_.clear();
  refresh();
}

void CompletionsView::clear() {
  palette_.reset();
  cache_.clear();
  requested_.clear();
  validation_.clear();
  uses_.clear();
  slider_->setSteps({});
  fillCompareBox();
  first_->setPictures({}, {});
  second_->setPictures({}, {});
  refresh();
}

void CompletionsView::setSteps(std::vector<qint64> steps) {
  const std::vector<qint64> before = slider_->steps();
  // A person who looks at the newest pictures wants to see the newer ones. Another run is shown at the same step.
  const bool follows = chosenStep_ < 0 || (!newRun_ && !before.empty() && slider_->current() == before.back());
  newRun_ = false;
  sets_.clear();
  for (const qint64 step : steps) ++sets_[step];
  const auto again = std::ranges::unique(steps);
  steps.erase(again.begin(), again.end());
  slider_->setSteps(std::move(steps));
  if (slider_->steps() != before) fillCompareBox();
  if (slider_->steps().empty()) {
    first_->setPictures({}, {});
    second_->setPictures({}, {});
    refresh();
    return;
  }
  slider_->setCurrent(follows ? slider_->steps().back() : chosenStep_);
  chooseStep(slider_->current());
}

void CompletionsView::setSamples(qint64 step, const SampleSet& completions, const SampleSet& whole) {
  if (!palette_) return;
  Pictures made;
  if (const auto request = requested_.extract(step)) made.sets = request.mapped();
  if (!completions.samples.empty())
    made.completions = reconstructs_ ? reconstructionPictures(completions) : completionPictures(completions, *palette_);
  if (!whole.samples.empty()) made.whole = wholePictures(whole, *palette_);
  cache_.insert_or_assign(step, std::move(made));
  while (cache_.size() > kCachedSteps) {
    const auto farther =
        std::abs(cache_.begin()->first - this->step()) > std::abs(cache_.rbegin()->first - this->step());
    cache_.erase(farther ? cache_.begin() : std::prev(cache_.end()));
  }
  if (step == this->step() || step == comparedStep_) request(step);  // another set may have come meanwhile
  refresh();
}

void CompletionsView::setValidation(const std::vector<Point>& points) {
  validation_.clear();
  for (const auto& point : points) validation_[point.step] = point.value;
  refresh();
}

void CompletionsView::setCodebookUse(std::vector<CodebookUse> uses) {
  uses_ = std::move(uses);
  showCodebook();
}

void CompletionsView::showCodebook() {
  codebook_->setVisible(!uses_.empty());
  if (uses_.empty()) return;
  const auto after = std::ranges::upper_bound(uses_, step(), {}, &CodebookUse::step);
  codebook_->setUse(step() < 0 ? uses_.back() : after == uses_.begin() ? uses_.front() : *std::prev(after));
}

void CompletionsView::setExpectedStep(std::optional<qint64> step) {
  const QString text = step ? tr("The first pictures come at step %1.").arg(text::steps(*step))
                            : tr("The first pictures come at the end of the run.");
  first_->setEmptyText(text);
  second_->setEmptyText(text);
  slider_->setEmptyText(tr("no pictures yet"));
}

qint64 CompletionsView::step() const {
  return slider_->current();
}

void CompletionsView::setStep(qint64 step) {
  chosenStep_ = step;
  if (slider_->steps().empty()) return;
  slider_->setCurrent(step);
  chooseStep(slider_->current());
}

void CompletionsView::setComparedStep(qint64 step) {
  comparedStep_ = step;
  compareBox_->setCurrentIndex(std::max(0, compareBox_->findData(step)));
  request(step);
  refresh();
}

bool CompletionsView::isSideBySide() const {
  return comparedStep_ >= 0 && sideBySide_->isChecked();
}

void CompletionsView::chooseStep(qint64 step) {
  chosenStep_ = step;
  request(step);
  request(comparedStep_);
  // The next one is asked for now, so that playing does not wait.
  const auto& steps = slider_->steps();
  const auto next = std::upper_bound(steps.begin(), steps.end(), step);
  if (next != steps.end()) request(*next);
  refresh();
}

void CompletionsView::request(qint64 step) {
  const auto& steps = slider_->steps();
  if (!palette_ || !std::binary_search(steps.begin(), steps.end(), step)) return;
  const int64_t sets = sets_[step];
  if (const Pictures* known = pictures(step); known != nullptr && known->sets >= sets) return;
  if (requested_.try_emplace(step, sets).second) emit sampleSetNeeded(step);
}

const CompletionsView::Pictures* CompletionsView::pictures(qint64 step) const {
  const auto found = cache_.find(step);
  return found == cache_.end() ? nullptr : &found->second;
}

QString CompletionsView::words(qint64 step) const {
  QStringList parts{tr("Step %1").arg(text::steps(step))};
  if (const auto found = validation_.find(step); found != validation_.end())
    parts << (reconstructs_ ? tr("validation loss %1").arg(text::number(found->second))
                            : tr("validation %1 nats").arg(text::nats(found->second)));
  if (reconstructs_) parts << tr("each picture beside its decoded codes");
  if (!cache_.contains(step)) parts << tr("loading");
  return parts.join(QStringLiteral(" · "));
}

void CompletionsView::refresh() {
  const bool compares = comparedStep_ >= 0, beside = isSideBySide();
  sideBySide_->setEnabled(compares);
  other_->setEnabled(compares && !beside);
  own_->setEnabled(palette_.has_value());  // without, there is no run, or it has no model yet
  const bool blinked = other_->isChecked() && other_->isEnabled();
  for (auto* pane : {first_, second_}) {
    pane->setShown(showCompletions_->isChecked(), showWhole_->isChecked());
  }
  second_->setVisible(beside);
  const auto fill = [this](CompletionsPane* pane, qint64 step) {
    pane->setWords(step < 0 ? QString() : words(step));
    if (const auto* found = pictures(step)) pane->setPictures(found->completions, found->whole);
  };
  fill(first_, blinked ? comparedStep_ : step());
  if (beside) fill(second_, comparedStep_);
  showZoom();
  showCodebook();
}

void CompletionsView::fillCompareBox() {
  compareBox_->clear();
  compareBox_->addItem(tr("no other step"), -1);
  for (const auto step : slider_->steps()) compareBox_->addItem(tr("step %1").arg(text::steps(step)), step);
  const int at = compareBox_->findData(comparedStep_);
  if (at < 0) comparedStep_ = -1;
  compareBox_->setCurrentIndex(std::max(0, at));
  compareBox_->setEnabled(slider_->steps().size() > 1);
}

void CompletionsView::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_B && other_->isEnabled()) return other_->toggle();
  if (event->key() == Qt::Key_Space && !slider_->steps().empty()) return slider_->setPlaying(!slider_->isPlaying());
  QWidget::keyPressEvent(event);
}

}  // namespace scanline
