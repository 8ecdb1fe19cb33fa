// One page: its slots pass one spec between the parts. The parts are laid out in new_run_layout.cpp. Beyond 350 lines,
// since every slot reads or sets the same spec, its base and its source.
#include "widgets/forms/new_run_page.h"

#include <QButtonGroup>
#include <QCheckBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QShortcut>
#include <algorithm>

#include "core/spec/presets.h"
#include "core/spec/spec_text.h"
#include "widgets/forms/fetch_row.h"
#include "widgets/forms/source_row.h"
#include "widgets/forms/spec_form.h"
#include "widgets/forms/start_panel.h"

namespace scanline {

namespace {

QString fromView(std::string_view view) {
  return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size()));
}

QLabel* boldLabel() {
  auto* label = new QLabel;
  QFont font = label->font();
  font.setBold(true);
  label->setFont(font);
  return label;
}

QPushButton* linkButton() {
  auto* button = new QPushButton;
  button->setFlat(true);
  button->setCursor(Qt::PointingHandCursor);
  return button;
}

bool isAlikeButForItsName(RunSpec a, const RunSpec& b) {
  a.name = b.name;
  return differences(a, b).empty();
}

}  // namespace

NewRunPage::NewRunPage(QWidget* parent)
    : QWidget(parent),
      cards_(new QButtonGroup(this)),
      source_(new SourceRow),
      form_(new SpecForm),
      panel_(new StartPanel),
      baseLabel_(boldLabel()),
      notice_(new QLabel),
      found_(new QLabel),
      find_(new QLineEdit),
      restore_(linkButton()),
      problems_(linkButton()),
      start_(new QPushButton(tr("&Start"))),
      queue_(new QPushButton(tr("Add to &queue"))),
      ownProcess_(new QCheckBox(tr("In a &process of its own"))),
      onCluster_(new QCheckBox(tr("&On the cluster"))),
      save_(new QPushButton(tr("Save &as file…"))),
      look_(new QPushButton(tr("Look at the &data"))),
      load_(new QPushButton(tr("&Load file…"))),
      cancel_(new QPushButton(tr("Cancel"))) {
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(12, 12, 12, 12);
  layout->setSpacing(16);
  layout->addWidget(makePresets());
  layout->addWidget(makeForm(), 1);
  layout->addWidget(makeSide());
  setTabStops();
  connectParts();
  applyColours();
  setDatasets(datasetRegistry());
  setSpec(presets().front().spec, fromView(presets().front().title));
}

void NewRunPage::connectParts() {
  connect(cards_, &QButtonGroup::idClicked, this, &NewRunPage::choosePreset);
  connect(form_, &SpecForm::changed, this, &NewRunPage::onFormChanged);
  connect(source_, &SourceRow::chosen, this, [this](const std::optional<ModelSource>& source) {
    takeCheckpoint();
    emit sourceChosen(source);
  });
  connect(form_, &SpecForm::accepted, this, &NewRunPage::start);
  connect(restore_, &QPushButton::clicked, this, &NewRunPage::restoreDropped);
  connect(problems_, &QPushButton::clicked, this, [this] {
    find_->clear();
    form_->focusFirstProblem();
  });
  connect(find_, &QLineEdit::textChanged, this, &NewRunPage::findSetting);
  connect(find_, &QLineEdit::returnPressed, form_, &SpecForm::focusFirstShown);
  find_->installEventFilter(this);
  auto* toFind = new QShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_F), this);
  toFind->setContext(Qt::WidgetWithChildrenShortcut);
  connect(toFind, &QShortcut::activated, find_, [this] {
    find_->setFocus(Qt::ShortcutFocusReason);
    find_->selectAll();
  });
  connect(form_->fetchRow(), &FetchRow::fetchRequested, this, &NewRunPage::fetchRequested);
  connect(form_->fetchRow(), &FetchRow::cancelRequested, this, &NewRunPage::fetchCancelRequested);
}

/// Tab follows the order on the page: presets, the form from its top to its end (set by SpecForm), and the buttons.
void NewRunPage::setTabStops() {
  QWidget* last = cards_->buttons().front();
  for (auto* card : cards_->buttons()) {
    if (card != last) setTabOrder(last, card);
    last = card;
  }
  const auto fields = form_->tabStops();
  QList<QWidget*> stops{restore_, load_, save_, find_, look_, source_->box(), fields.front()};
  for (QWidget* stop : stops) {
    setTabOrder(last, stop);
    last = stop;
  }
  last = fields.back();
  for (QWidget* stop : QList<QWidget*>{problems_, ownProcess_, onCluster_, start_, queue_, cancel_}) {
    setTabOrder(last, stop);
    last = stop;
  }
}

void NewRunPage::setSpec(const RunSpec& spec, const QString& baseName) {
  keepChanges();
  isKept_ = false;
  repeated_.reset();
  noticeText_.clear();
  form_->setKnownData({});
  find_->clear();
  adaptSpec(spec, baseName);
}

void NewRunPage::adaptSpec(const RunSpec& spec, const QString& baseName) {
  base_ = spec;
  baseName_ = baseName;
  const auto& all = presets();
  const auto match = source_->source() ? all.end() : std::find_if(all.begin(), all.end(), [&](const Preset& preset) {
    return differences(preset.spec, spec).empty();
  });
  cards_->setExclusive(false);
  for (auto* card : cards_->buttons()) card->setChecked(false);
  cards_->setExclusive(true);
  if (match != all.end()) cards_->button(static_cast<int>(match - all.begin()))->setChecked(true);
  form_->setSpec(spec);
}

void NewRunPage::choosePreset(int index) {
  const auto& chosen = presets()[static_cast<size_t>(index)];
  setSpec(chosen.spec, fromView(chosen.title));
}

/// Keeps the changes that were neither started nor taken back, so that a button can bring them back.
void NewRunPage::keepChanges() {
  if (!isKept_ && form_->changedCount() > 0) dropped_ = Dropped{base_, baseName_, form_->texts(), source_->source()};
  restore_->setVisible(dropped_.has_value());
}

void NewRunPage::restoreDropped() {
  const Dropped kept = *std::exchange(dropped_, std::nullopt);
  isKept_ = true;  // setSpec() must not keep the present settings of the form
  setSource(kept.source);
  setSpec(kept.base, kept.baseName);
  form_->setTexts(kept.texts);
}

void NewRunPage::setNotice(const QString& sentence) {
  noticeText_ = sentence;
  showNotice();
}

void NewRunPage::setRepeated(const RunSpec& spec) {
  repeated_ = spec;
  showNotice();
}

void NewRunPage::setSources(std::vector<ModelSource> sources) {
  source_->setSources(std::move(sources));
}

void NewRunPage::setSource(const std::optional<ModelSource>& source) {
  if (!(source == source_->source())) {
    keepChanges();
    isKept_ = true;
  }
  source_->setSource(source);
  takeCheckpoint();
}

void NewRunPage::takeCheckpoint() {
  const auto& source = source_->source();
  form_->setCheckpoint(source ? source->settings : std::nullopt, source ? source->step : -1);
}

const std::optional<ModelSource>& NewRunPage::source() const {
  return source_->source();
}

const RunSpec& NewRunPage::described() const {
  return form_->described().front();
}

void NewRunPage::showNeed() {
  auto need = SourceRow::Need::None;
  QString kind;
  for (const RunSpec& spec : form_->described()) {
    if (!needsModel(spec) || need == SourceRow::Need::Required) continue;
    need = spec.kind == RunKind::Finetune && spec.finetune.fromScratch ? SourceRow::Need::Allowed
                                                                       : SourceRow::Need::Required;
    kind = QString::fromStdString(fieldText(spec, "kind"));
  }
  source_->setNeed(need, kind);
}

bool NewRunPage::canStart() const {
  return form_->isValid() && !source_->isMissing();
}

void NewRunPage::setDatasets(std::vector<DatasetInfo> datasets) {
  datasets_ = std::move(datasets);
  QStringList names;
  for (const auto& info : datasets_) names << fromView(info.name);
  form_->setChoices(QStringLiteral("data.name"), names);
  onFormChanged();
}

void NewRunPage::setCodeSources(std::vector<CodeSource> coders) {
  form_->setCodeSources(std::move(coders));
}

void NewRunPage::setKnownData(std::optional<KnownData> known) {
  form_->setKnownData(std::move(known));
}

void NewRunPage::setGpus(std::vector<Gpu> gpus) {
  form_->setGpus(std::move(gpus));
}

void NewRunPage::setSpeeds(std::vector<MeasuredSpeed> speeds, const QString& machine) {
  speeds_ = std::move(speeds);
  machine_ = machine;
  onFormChanged();
}

void NewRunPage::setFetchProgress(const QString& dataset, const QString& doing, qint64 done, qint64 total) {
  form_->fetchRow()->setProgress(dataset, doing, done, total);
}

void NewRunPage::setFetchEnded(const QString& dataset, const QString& problem) {
  form_->fetchRow()->setEnded(problem);
  form_->lookAgain();
  // The fetched files are found without a path, and the typed path holds none.
  const DataSpec& wanted = described().data;
  if (problem.isEmpty() && dataset == QString::fromStdString(wanted.name) && !form_->data().missing(wanted).isEmpty() &&
      form_->data().missing({.name = wanted.name}).isEmpty())
    form_->setTexts({{QStringLiteral("data.path"), QString()}});
}

std::vector<RunSpec> NewRunPage::specs() const {
  return form_->specs();
}

void NewRunPage::onFormChanged() {
  showFigures();
  showNotice();
  const int changed = form_->changedCount();
  baseLabel_->setText(changed == 0   ? baseName_
                      : changed == 1 ? tr("%1, 1 setting changed").arg(baseName_)
                                     : tr("%1, %2 settings changed").arg(baseName_).arg(changed));
  const int wrong = form_->problemCount();
  problems_->setVisible(wrong > 0);
  problems_->setText(form_->generalProblem().isEmpty()
                         ? wrong == 1 ? tr("1 setting needs attention") : tr("%1 settings need attention").arg(wrong)
                         : form_->generalProblem());
  showNeed();
  for (auto* button : {start_, queue_}) button->setEnabled(canStart());
  save_->setEnabled(form_->isValid());
  look_->setEnabled(form_->isValid());
  const auto runs = static_cast<int>(form_->specs().size());
  start_->setText(runs > 1 ? tr("&Start %1 runs").arg(runs) : tr("&Start"));
}

void NewRunPage::showFigures() {
  const auto& specs = form_->described();
  StartPanel::Known known{.wrong = form_->wrongFields(), .isCounted = form_->isCounted()};
  for (const auto& spec : specs) {
    EstimateBasis basis{.trainedOn = form_->data().trainedOn(spec)};
    const auto set = std::ranges::find(datasets_, spec.data.name, &DatasetInfo::name);
    if (set != datasets_.end()) basis.imageSide = set->side;
    if (const CodeSource* coder = form_->codeSource(spec)) {
      basis.codesSide = coder->side;
      basis.codes = coder->codes;
    }
    if (const auto& source = source_->source(); source && !needsModel(spec))
      basis.doneSteps = std::max<int64_t>(0, source->step);
    const int64_t side = !spec.palette.vqvae.empty() ? basis.codesSide
                         : spec.data.side > 0        ? spec.data.side
                                                     : basis.imageSide;
    if (const auto speed = speedFor(speeds_, machine_, spec, side * side)) {
      basis.gflops = speed->slowest;
      basis.fastestGflops = speed->fastest;
      known.measured = speed->day;
      known.isOfItsShape = speed->isOfItsShape;
    }
    known.basis.push_back(basis);
  }
  panel_->setRuns(specs, known);
}

void NewRunPage::showNotice() {
  const auto& specs = form_->described();
  const bool again = repeated_ && std::ranges::any_of(specs, [this](const RunSpec& spec) {
                       return isAlikeButForItsName(spec, *repeated_);
                     });
  notice_->setText(again ? tr("This is the trial again: the same settings and seed give the same result. Give more "
                              "steps for a full run, or another seed.")
                         : noticeText_);
  notice_->setVisible(!notice_->text().isEmpty());
}

void NewRunPage::findSetting(const QString& words) {
  const int count = form_->find(words);
  const bool looking = !words.trimmed().isEmpty();
  found_->setVisible(looking);
  found_->setText(count == 0   ? tr("No setting of this kind of run has these words. Escape shows all again.")
                  : count == 1 ? tr("1 setting with these words. Escape shows all again.")
                               : tr("%1 settings with these words. Escape shows all again.").arg(count));
}

void NewRunPage::start() {
  if (canStart()) {
    isKept_ = true;
    emit startRequested(form_->specs());
  } else if (source_->isMissing()) {
    source_->focusBox();
  } else {
    form_->focusFirstProblem();
  }
}

void NewRunPage::offerCluster(bool offered) {
  onCluster_->setVisible(offered);
  if (!offered) onCluster_->setChecked(false);
}

bool NewRunPage::onCluster() const {
  return onCluster_->isChecked();
}

bool NewRunPage::ownProcess() const {
  return ownProcess_->isChecked();
}

void NewRunPage::setOwnProcess(bool own) {
  ownProcess_->setChecked(own);
}

void NewRunPage::enqueue() {
  if (!canStart()) return;
  isKept_ = true;
  emit queueRequested(form_->specs());
}

void NewRunPage::leave() {
  keepChanges();
  emit cancelled();
}

void NewRunPage::keyPressEvent(QKeyEvent* event) {
  const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
  if (enter && event->modifiers().testFlag(Qt::ControlModifier)) return enqueue();
  if (enter && hasFocus()) return start();  // the page as it opens; fields and buttons take Enter themselves
  if (event->key() == Qt::Key_Escape) return leave();
  QWidget::keyPressEvent(event);
}

/// Escape ends a search for settings before it leaves the form.
bool NewRunPage::eventFilter(QObject* watched, QEvent* event) {
  if (watched == find_ && event->type() == QEvent::KeyPress &&
      static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape && !find_->text().isEmpty()) {
    find_->clear();
    return true;
  }
  return QWidget::eventFilter(watched, event);
}

void NewRunPage::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  // Style sheets polish their button, which does not send us another of these.
  if (event->type() == QEvent::PaletteChange) applyColours();
}

}  // namespace scanline
