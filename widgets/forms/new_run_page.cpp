#include "widgets/forms/new_run_page.h"

#include <QButtonGroup>
#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>
#include <algorithm>

#include "core/spec/presets.h"
#include "core/spec/spec_text.h"
#include "widgets/forms/preset_card.h"
#include "widgets/forms/source_row.h"
#include "widgets/forms/spec_form.h"
#include "widgets/forms/start_panel.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {

QString fromView(std::string_view view) {
  return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size()));
}

QLabel* heading(const QString& text) {
  auto* label = new QLabel(text);
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

}  // namespace

NewRunPage::NewRunPage(QWidget* parent)
    : QWidget(parent),
      cards_(new QButtonGroup(this)),
      source_(new SourceRow),
      form_(new SpecForm),
      panel_(new StartPanel),
      baseLabel_(heading({})),
      restore_(linkButton()),
      problems_(linkButton()),
      start_(new QPushButton(tr("Start"))),
      queue_(new QPushButton(tr("Add to queue"))),
      save_(new QPushButton(tr("Save as file…"))),
      look_(new QPushButton(tr("Look at the data"))) {
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(12, 12, 12, 12);
  layout->setSpacing(16);
  layout->addWidget(makePresets());
  layout->addWidget(makeForm(), 1);
  layout->addWidget(makeSide());
  connect(cards_, &QButtonGroup::idClicked, this, &NewRunPage::choosePreset);
  connect(form_, &SpecForm::changed, this, &NewRunPage::onFormChanged);
  connect(source_, &SourceRow::chosen, this, [this](const std::optional<ModelSource>& source) {
    takeCheckpoint();
    emit sourceChosen(source);
  });
  connect(form_, &SpecForm::accepted, this, &NewRunPage::start);
  connect(restore_, &QPushButton::clicked, this, &NewRunPage::restoreDropped);
  connect(problems_, &QPushButton::clicked, form_, &SpecForm::focusFirstProblem);
  applyColours();
  setDatasets(datasetRegistry());
  setSpec(presets().front().spec, fromView(presets().front().title));
}

QWidget* NewRunPage::makePresets() {
  auto* side = new QWidget;
  presets_ = side;
  auto* layout = new QVBoxLayout(side);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(8);
  layout->addWidget(heading(tr("Start from")));
  auto* list = new QWidget;
  auto* cards = new QVBoxLayout(list);
  cards->setContentsMargins(0, 0, 8, 0);
  cards->setSpacing(8);
  int id = 0;
  for (const auto& preset : presets()) {
    auto* card = new PresetCard(fromView(preset.title), fromView(preset.description));
    card->setObjectName(QStringLiteral("preset.") + fromView(preset.name));
    cards_->addButton(card, id++);
    cards->addWidget(card);
  }
  cards->addStretch(1);
  auto* scroll = new QScrollArea;
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setWidget(list);
  layout->addWidget(scroll, 1);
  restore_->setText(tr("Bring back my changes"));
  restore_->setToolTip(tr("Undo the choice of another starting point"));
  restore_->hide();
  layout->addWidget(restore_, 0, Qt::AlignLeft);
  auto* load = new QPushButton(tr("Load file…"));
  load->setToolTip(tr("Fill the form from a TOML file"));
  save_->setToolTip(tr("Write these settings to a TOML file with comments"));
  auto* files = new QHBoxLayout;
  files->setSpacing(8);
  files->addWidget(load, 1);
  files->addWidget(save_, 1);
  layout->addLayout(files);
  connect(load, &QPushButton::clicked, this, &NewRunPage::loadFileRequested);
  connect(save_, &QPushButton::clicked, this, [this] { emit saveFileRequested(form_->specs().front()); });
  return side;
}

QWidget* NewRunPage::makeForm() {
  auto* middle = new QWidget;
  auto* layout = new QVBoxLayout(middle);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(12);
  auto* line = new QHBoxLayout;
  line->setContentsMargins(16, 0, 16, 0);
  line->addWidget(baseLabel_, 1);
  look_->setToolTip(tr("Show the images that such a run learns from, as they are and in its palette"));
  line->addWidget(look_);
  connect(look_, &QPushButton::clicked, this, [this] { emit dataRequested(form_->specs().front()); });
  layout->addLayout(line);
  layout->addWidget(source_);
  layout->addWidget(form_, 1);
  return middle;
}

QWidget* NewRunPage::makeSide() {
  auto* side = new QWidget;
  side_ = side;
  auto* layout = new QVBoxLayout(side);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(8);
  layout->addWidget(panel_, 1);
  problems_->setObjectName(QStringLiteral("problems"));
  problems_->setToolTip(tr("Go to the first of them"));
  layout->addWidget(problems_);
  start_->setObjectName(QStringLiteral("start"));
  start_->setMinimumHeight(36);
  start_->setToolTip(tr("Run now (Enter)"));
  queue_->setObjectName(QStringLiteral("queue"));
  queue_->setToolTip(tr("Run after those that wait already (Ctrl+Enter)"));
  layout->addWidget(start_);
  auto* cancel = new QPushButton(tr("Cancel"));
  auto* line = new QHBoxLayout;
  line->setSpacing(8);
  line->addWidget(queue_, 1);
  line->addWidget(cancel);
  layout->addLayout(line);
  connect(start_, &QPushButton::clicked, this, &NewRunPage::start);
  connect(queue_, &QPushButton::clicked, this, [this] {
    if (canStart()) emit queueRequested(form_->specs());
  });
  connect(cancel, &QPushButton::clicked, this, &NewRunPage::cancelled);
  return side;
}

void NewRunPage::setSpec(const RunSpec& spec, const QString& baseName) {
  base_ = spec;
  baseName_ = baseName;
  const auto& all = presets();
  const auto match = std::find_if(all.begin(), all.end(),
                                  [&](const Preset& preset) { return differences(preset.spec, spec).empty(); });
  cards_->setExclusive(false);
  for (auto* card : cards_->buttons()) card->setChecked(false);
  cards_->setExclusive(true);
  if (match != all.end()) cards_->button(static_cast<int>(match - all.begin()))->setChecked(true);
  form_->setSpec(spec);
}

void NewRunPage::choosePreset(int index) {
  const auto& chosen = presets()[static_cast<size_t>(index)];
  if (form_->changedCount() > 0) {
    dropped_ = form_->texts();
    droppedBase_ = base_;
    droppedName_ = baseName_;
  } else {
    dropped_.clear();
  }
  setSpec(chosen.spec, fromView(chosen.title));
  restore_->setVisible(!dropped_.empty());
}

void NewRunPage::restoreDropped() {
  setSpec(droppedBase_, droppedName_);
  form_->setTexts(dropped_);
  dropped_.clear();
  restore_->hide();
}

void NewRunPage::setSources(std::vector<ModelSource> sources) {
  source_->setSources(std::move(sources));
}

void NewRunPage::setSource(const std::optional<ModelSource>& source) {
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

void NewRunPage::setThroughput(double gflops) {
  gflops_ = gflops;
  onFormChanged();
}

std::vector<RunSpec> NewRunPage::specs() const {
  return form_->specs();
}

void NewRunPage::onFormChanged() {
  const auto& specs = form_->specs();
  std::vector<EstimateBasis> basis;
  for (const auto& spec : specs) {
    const auto found = std::find_if(datasets_.begin(), datasets_.end(),
                                    [&](const DatasetInfo& info) { return info.name == spec.data.name; });
    EstimateBasis known{.gflops = gflops_};
    if (found != datasets_.end()) known = {found->side, found->trainImages, gflops_};
    if (const auto& source = source_->source(); source && !needsModel(spec))
      known.doneSteps = std::max<int64_t>(0, source->step);
    basis.push_back(known);
  }
  panel_->setRuns(specs, basis);
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
  const auto runs = static_cast<int>(specs.size());
  start_->setText(runs > 1 ? tr("Start %1 runs").arg(runs) : tr("Start"));
}

void NewRunPage::start() {
  if (canStart())
    emit startRequested(form_->specs());
  else if (source_->isMissing())
    source_->focusBox();
  else
    form_->focusFirstProblem();
}

void NewRunPage::keyPressEvent(QKeyEvent* event) {
  const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
  if (enter && event->modifiers().testFlag(Qt::ControlModifier)) {
    if (canStart()) emit queueRequested(form_->specs());
    return;
  }
  if (enter && hasFocus()) return start();  // the page as it opens; fields and buttons take Enter themselves
  if (event->key() == Qt::Key_Escape) return emit cancelled();
  QWidget::keyPressEvent(event);
}

void NewRunPage::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  constexpr int kRoomy = 1120;
  presets_->setFixedWidth(width() >= kRoomy ? 240 : 200);
  side_->setFixedWidth(width() >= kRoomy ? 248 : 208);
}

void NewRunPage::applyColours() {
  const Theme theme(palette());
  start_->setStyleSheet(
      QStringLiteral("QPushButton { background: %1; color: %2; border: none; border-radius: 4px; font-weight: bold; }"
                     "QPushButton:hover, QPushButton:focus { background: %3; }"
                     "QPushButton:disabled { background: %4; color: %5; }")
          .arg(theme.accent.name(), theme.accentText.name(),
               (theme.dark ? theme.accent.lighter(112) : theme.accent.darker(112)).name(), theme.line.name(),
               theme.mutedText.name()));
  problems_->setStyleSheet(QStringLiteral("QPushButton { color: %1; border: none; text-align: left; padding: 4px 0; }"
                                          "QPushButton:hover, QPushButton:focus { text-decoration: underline; }")
                               .arg(palette().color(QPalette::BrightText).name()));
  restore_->setStyleSheet(QStringLiteral("QPushButton { color: %1; border: none; text-align: left; padding: 4px 0; }"
                                         "QPushButton:hover, QPushButton:focus { text-decoration: underline; }")
                              .arg(theme.accent.name()));
}

void NewRunPage::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  // Style sheets polish their button, which does not send us another of these.
  if (event->type() == QEvent::PaletteChange) applyColours();
}

}  // namespace scanline
