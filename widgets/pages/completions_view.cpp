// One page: the step, the set and the panes follow each other. A pane is in completions_pane.cpp.
#include "widgets/pages/completions_view.h"

#include <QComboBox>
#include <QKeyEvent>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>
#include <utility>

#include "widgets/images/image_grid.h"
#include "widgets/images/sample_pictures.h"
#include "widgets/pages/code_panel.h"
#include "widgets/pages/codebook_view.h"
#include "widgets/pages/completions_pane.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/parts/wheel_focus.h"
#include "widgets/parts/wrap_row.h"
#include "widgets/plot/step_slider.h"

namespace scanline {

namespace {

constexpr size_t kCachedSteps = 64;

/// Which pictures are shown.
enum Kind { Both, Completions, Whole };

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
      kind_(new SegmentedControl(tr("Which pictures"))),
      own_(button(tr("Complete pictures…"), {})),
      tools_(new QWidget),
      zoomLabel_(new QLabel),
      first_(new CompletionsPane),
      second_(new CompletionsPane),
      codebook_(new CodebookView),
      code_(new CodePanel),
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
  code_->setFixedHeight(codebook_->sizeHint().height());
  code_->hide();
  auto* codes = new QHBoxLayout;
  codes->setSpacing(0);
  codes->addWidget(codebook_, 1);
  codes->addWidget(code_, 1);
  layout->addLayout(codes);
  layout->addWidget(slider_);
  first_->tieTo(second_);
  slider_->setWhat(tr("Step of the pictures"));

  connect(slider_, &StepSlider::stepChosen, this, [this](qint64 step) {
    remember(step);
    chooseStep(step);
    emit stepChosen(step);
  });
  connect(compareBox_, &QComboBox::activated, this,
          [this](int index) { setComparedStep(compareBox_->itemData(index).toLongLong()); });
  for (auto* toggle : {sideBySide_, other_}) connect(toggle, &QToolButton::toggled, this, &CompletionsView::refresh);
  connect(kind_, &SegmentedControl::chosen, this, &CompletionsView::refresh);
  for (auto* pane : {first_, second_}) connect(pane, &CompletionsPane::failed, this, &CompletionsView::failed);
  connect(first_->completions(), &ImageGrid::zoomChanged, this, &CompletionsView::showZoom);
  connect(first_->whole(), &ImageGrid::zoomChanged, this, &CompletionsView::showZoom);
  connect(codebook_, &CodebookView::codePointed, this, &CompletionsView::showCode);
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
  // All other grids follow the one whose zoom is shown.
  connect(smaller, &QToolButton::clicked, this, [this] { mainGrid()->zoomOut(); });
  connect(larger, &QToolButton::clicked, this, [this] { mainGrid()->zoomIn(); });
  connect(fit, &QToolButton::clicked, this, [this] { mainGrid()->zoomToFit(); });
  connect(save, &QToolButton::clicked, this, [this] { mainGrid()->saveSheet(); });
  kind_->add(Both, tr("Both"), tr("Completions, and beside them images drawn from nothing"));
  kind_->add(Completions, tr("Completions"), tr("Pictures of which a part was given"));
  kind_->add(Whole, tr("Whole images"), tr("Images drawn from nothing"));
  auto* shown = new WrapRow(kind_, inGroup({compare, compareBox_, sideBySide_, other_}), WrapRow::Second::Close);
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

void CompletionsView::setRun(const QString& name, Palette palette, bool reconstructs) {
  setAccessibleName(reconstructs ? tr("Reconstructions of %1").arg(name) : tr("Completions of %1").arg(name));
  palette_ = std::move(palette);
  reconstructs_ = reconstructs;
  kind_->setVisible(!reconstructs);
  own_->setVisible(!reconstructs);
  forgetValues();
  refresh();
}

/// Of the run before.
void CompletionsView::forgetValues() {
  cache_.clear();
  requested_.clear();
  validation_.clear();
  uses_.clear();
  codesAsked_ = -1;
  code_->setAtlas(nullptr);
}

void CompletionsView::clear() {
  palette_.reset();
  forgetValues();
  slider_->setSteps({});
  fillCompareBox();
  first_->setPictures({}, {});
  second_->setPictures({}, {});
  refresh();
}

void CompletionsView::setSteps(std::vector<qint64> steps) {
  const std::vector<qint64> before = slider_->steps();
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
  slider_->setCurrent(chosenStep_ < 0 ? slider_->steps().back() : chosenStep_);
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
  code_->setVisible(!uses_.empty());
  if (uses_.empty()) return;
  const auto after = std::ranges::upper_bound(uses_, step(), {}, &CodebookUse::step);
  const CodebookUse& use = step() < 0 ? uses_.back() : after == uses_.begin() ? uses_.front() : *std::prev(after);
  codebook_->setUse(use);
  if (codesAsked_ == use.step) return;
  codesAsked_ = -1;  // the codes of another step look different
  code_->setAtlas(nullptr);
}

void CompletionsView::showCode(qint64 code) {
  code_->setCode(code);
  if (uses_.empty() || codesAsked_ == codebook_->step()) return;
  codesAsked_ = codebook_->step();
  code_->setAtlas(nullptr, tr("Looking up the codes…"));
  emit codesWanted(codesAsked_);
}

void CompletionsView::setCodes(SharedCodeAtlas atlas, const QString& sentence) {
  if (codesAsked_ < 0) return;  // meanwhile another run or step is shown
  code_->setAtlas(std::move(atlas), sentence);
}

void CompletionsView::setExpectedStep(std::optional<qint64> step) {
  completes_ = true;
  showReason(step ? tr("The first pictures come at step %1.").arg(text::steps(*step))
                  : tr("The first pictures come at the end of the run."),
             tr("no pictures yet"));
}

void CompletionsView::setNoPictures(const QString& sentence, bool completes) {
  completes_ = completes;
  showReason(sentence, tr("no pictures"));
}

void CompletionsView::showReason(const QString& sentence, const QString& besideSlider) {
  first_->setEmptyText(sentence);
  second_->setEmptyText(sentence);
  slider_->setEmptyText(besideSlider);
  own_->setToolTip(completes_ ? tr("Let this run's model go on painting pictures of your own") : sentence);
  own_->setAccessibleDescription(own_->toolTip());
  refresh();
}

qint64 CompletionsView::step() const {
  return slider_->current();
}

/// A person who goes to the newest pictures wants to see newer ones when they come.
void CompletionsView::remember(qint64 step) {
  chosenStep_ = !slider_->steps().empty() && step >= slider_->steps().back() ? -1 : step;
}

void CompletionsView::setStep(qint64 step) {
  remember(step);
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
  own_->setEnabled(palette_.has_value() && completes_);  // without a palette there is no run, or no model yet
  const bool blinked = other_->isChecked() && other_->isEnabled();
  // Two steps beside each other leave room for one kind.
  kind_->setAllowed(Both, !beside);
  if (beside && kind_->current() == Both) {
    bothLater_ = true;
    kind_->setCurrent(Completions);
  } else if (!beside && std::exchange(bothLater_, false)) {
    kind_->setCurrent(Both);
  }
  const int kind = reconstructs_ ? Completions : kind_->current();
  for (auto* pane : {first_, second_}) pane->setShown(kind != Whole, kind != Completions);
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
