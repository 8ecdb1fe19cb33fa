#include "app/studio_page.h"

#include <QEvent>
#include <QFileDialog>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "app/run_actions.h"
#include "app/studio_answers.h"
#include "app/studio_comparison.h"
#include "app/studio_memorised.h"
#include "app/studio_painter.h"
#include "app/studio_pins.h"
#include "app/studio_sources.h"
#include "app/studio_timeline.h"
#include "core/store/run_list.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/run_text.h"
#include "widgets/studio/model_bar.h"
#include "widgets/studio/picture_canvas.h"
#include "widgets/studio/studio_view.h"

namespace scanline {

namespace {

/// "autoregressive · 4 layers, 128 wide · 16 × 16 tokens · 512 colours"
QString factsOf(const ModelFacts& facts) {
  return QStringList{facts.objective == Objective::Bert ? StudioPage::tr("BERT") : StudioPage::tr("autoregressive"),
                     StudioPage::tr("%1 layers, %2 wide").arg(facts.layers).arg(facts.width),
                     StudioPage::tr("%1 × %2 tokens").arg(facts.across).arg(facts.down),
                     (facts.isCodes ? StudioPage::tr("%1 codes") : StudioPage::tr("%1 colours")).arg(facts.paletteSize)}
      .join(QStringLiteral(" · "));
}

}  // namespace

StudioPage::StudioPage(StoreThread& reader, RunActions& actions, EditHistory& edits, const EngineSource& engine,
                       QWidget* parent)
    : QObject(parent),
      reader_(reader),
      quick_(engine),
      slow_(engine),
      drawing_(engine),
      long_(engine),
      search_(engine),
      page_(new QWidget(parent)),
      bar_(new ModelBar(page_)),
      view_(new StudioView(page_)),
      model_(std::make_unique<StudioModel>(reader, slow_, nullptr)),
      sources_(std::make_unique<StudioSources>(*view_, slow_, nullptr)),
      painter_(std::make_unique<StudioPainter>(
          *view_, drawing_, [&actions] { return actions.busy(); }, nullptr)),
      pins_(std::make_unique<StudioPins>(*view_, *painter_, reader, actions, edits, nullptr)),
      answers_(std::make_unique<StudioAnswers>(*view_, quick_, slow_, nullptr)),
      comparison_(std::make_unique<StudioComparison>(
          *view_, long_, [&actions] { return actions.busy(); }, nullptr)),
      timeline_(std::make_unique<StudioTimeline>(
          *view_, long_, [&actions] { return actions.busy(); }, nullptr)),
      memorised_(std::make_unique<StudioMemorised>(*view_, *sources_, search_, nullptr)) {
  auto* column = new QVBoxLayout(page_);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(bar_);
  column->addWidget(view_, 1);
  page_->installEventFilter(this);
  connectModel();
  connectView();
}

StudioPage::~StudioPage() {
  cancel();
}

void StudioPage::cancel() {
  for (StudioLane* lane : {&quick_, &slow_, &drawing_, &long_, &search_}) lane->cancel();
}

void StudioPage::connectModel() {
  connect(model_.get(), &StudioModel::runChanged, this, &StudioPage::showRun);
  connect(model_.get(), &StudioModel::loading, this, [this] {
    setSubject(nullptr);
    whyNone_.clear();
    view_->setLoading();
  });
  connect(model_.get(), &StudioModel::opened, this, [this] {
    const ModelFacts& facts = model_->subject()->model->facts();
    bar_->setFacts(factsOf(facts));
    sources_->setSubject(model_->subject());
    view_->setModel(facts, sources_->uses());
    setSubject(model_->subject());
    sources_->offerData();
    readOtherModels();
    if (awaiting_) view_->addPictures({*std::exchange(awaiting_, {})});
  });
  connect(model_.get(), &StudioModel::unavailable, this, [this](const QString& sentence) {
    setSubject(nullptr);
    whyNone_ = sentence;
    // With other checkpoints to choose from, the page stays, and with it the box to choose them in.
    if (model_->whyNone().isEmpty())
      view_->setProblem(sentence);
    else
      view_->setNoModel(sentence, model_->run().summary.id.value == 0);
  });
  connect(bar_, &ModelBar::keptChanged, model_.get(), &StudioModel::setKept);
  connect(bar_, &ModelBar::choicesRequested, this, &StudioPage::readChoices);
  connect(bar_, &ModelBar::runChosen, this, [this](qint64 run) { open({run}, -1); });
  connect(bar_, &ModelBar::fileRequested, this,
          [this] { chooseFile(QFileDialog::ExistingFile, tr("A checkpoint or the weights of a model")); });
  connect(bar_, &ModelBar::folderRequested, this,
          [this] { chooseFile(QFileDialog::Directory, tr("The folder of a model of another program")); });
}

void StudioPage::connectView() {
  connect(view_, &StudioView::checkpointChosen, model_.get(), &StudioModel::chooseStep);
  connect(view_, &StudioView::quickStartRequested, this, &StudioPage::quickStartRequested);
  connect(view_, &StudioView::failed, this, &StudioPage::failed);
  connect(view_, &StudioView::sourcesRequested, sources_.get(), &StudioSources::ask);
  connect(view_, &StudioView::filesChosen, sources_.get(), &StudioSources::openFiles);
  connect(view_, &StudioView::imagePasted, sources_.get(), &StudioSources::paste);
  connect(view_, &StudioView::decodeRequested, sources_.get(), &StudioSources::decode);
  connect(sources_.get(), &StudioSources::problem, this, &StudioPage::complain);
  connect(timeline_.get(), &StudioTimeline::written, this,
          [this](const QString& file) { emit done(tr("Saved to %1.").arg(file)); });
  connect(painter_.get(), &StudioPainter::written, this,
          [this](const QString& file) { emit done(tr("Saved to %1.").arg(file)); });
  connect(painter_.get(), &StudioPainter::problem, this, &StudioPage::complain);
  connect(view_, &StudioView::sheetRequested, painter_.get(), &StudioPainter::saveSheet);
  connect(view_, &StudioView::memorisedRequested, memorised_.get(), &StudioMemorised::look);
  connect(pins_.get(), &StudioPins::problem, this, &StudioPage::complain);
  connect(sources_.get(), &StudioSources::usesRead, this, [this] {
    if (model_->subject()) view_->setModel(model_->subject()->model->facts(), sources_->uses());
  });
  connect(view_, &StudioView::drawRequested, this, [this](const DrawRequest& request) {
    if (model_->subject())
      painter_->draw(model_->subject(), request);
    else
      view_->setProblem(whyNone_.isEmpty() ? tr("The model is being loaded.") : whyNone_);
  });
  connect(view_, &StudioView::stopRequested, painter_.get(), &StudioPainter::stop);
  connect(view_, &StudioView::pinRequested, pins_.get(), &StudioPins::pin);
  connect(view_, &StudioView::unpinRequested, pins_.get(), &StudioPins::unpin);
  connect(view_, &StudioView::pinNoteChanged, pins_.get(), &StudioPins::setNote);
  connect(view_, &StudioView::drawAgainRequested, pins_.get(), &StudioPins::drawAgain);
}

void StudioPage::setSubject(const std::shared_ptr<const StudioSubject>& subject) {
  painter_->stop();
  painter_->setSubject(subject);
  sources_->setSubject(subject);
  pins_->setSubject(subject);
  answers_->setSubject(subject);
  comparison_->setSubject(subject);
  timeline_->setSubject(subject);
  memorised_->setSubject(subject);
  if (!subject) bar_->setFacts({});
}

void StudioPage::showRun() {
  std::vector<StudioCheckpoint> checkpoints;
  for (const CheckpointRow& row : model_->run().checkpoints)
    checkpoints.insert(checkpoints.begin(), {row.step, checkpointWords(row)});
  bar_->setKept(model_->isKept());
  view_->setRun(QString::fromStdString(model_->run().summary.name), checkpoints, model_->step());
  timeline_->setRun(model_->run());
  // The names alone have changed.
  const auto& open = model_->subject();
  if (open && open->run.summary.id == model_->run().summary.id && open->step == model_->step())
    view_->setModel(open->model->facts(), sources_->uses());
}

void StudioPage::setRun(RunId run) {
  model_->follow(run);
}

void StudioPage::open(RunId run, qint64 step) {
  awaiting_.reset();
  model_->open(run, step);
}

void StudioPage::open(RunId run, qint64 step, const SourcePicture& picture) {
  open(run, step);
  awaiting_ = picture;
}

void StudioPage::refresh(const std::vector<RunId>& changed) {
  if (std::ranges::find(changed, model_->run().summary.id) == changed.end()) return;
  model_->refresh();
  pins_->refresh();
  if (model_->subject() && page_->isVisible()) readOtherModels();
}

/// Beside the picture, or as a message while the line there is about a drawing.
void StudioPage::complain(const QString& sentence) {
  if (painter_->isDrawing())
    emit failed(sentence);
  else
    view_->setProblem(sentence);
}

bool StudioPage::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Show || event->type() == QEvent::Hide) model_->setWanted(event->type() == QEvent::Show);
  return QObject::eventFilter(watched, event);
}

/// Reads the models that panels can compare with the open one.
void StudioPage::readOtherModels() {
  reader_.post(
      this, [run = model_->run().summary.id](RunStore& store) { return readOthers(store, run); },
      [this](const std::vector<OtherModel>& others) {
        comparison_->setOthers(others);
        answers_->setOthers(others);
      },
      [this](const QString& sentence) { complain(sentence); });
}

/// The newest runs with a checkpoint.
void StudioPage::readChoices() {
  reader_.post(
      this,
      [](RunStore& store) {
        constexpr size_t kMost = 20, kMostRead = 200;
        std::vector<RunId> newest;
        for (const RunList::Row& row : store.list({}).rows)
          if (newest.size() < kMostRead) newest.push_back(row.run);
        std::vector<RunChoice> choices;
        for (const RunRow& row : store.rows(newest)) {
          if (choices.size() == kMost) break;
          if (!text::canGoOn(row.run) || store.checkpoints(row.run.id).empty()) continue;
          choices.push_back(
              {row.run.id.value, QString::fromStdString(row.run.name), tr("step %1").arg(text::steps(row.run.step))});
        }
        return choices;
      },
      [this](const std::vector<RunChoice>& choices) { bar_->setChoices(choices); },
      [this](const QString& sentence) { emit failed(sentence); });
}

void StudioPage::chooseFile(QFileDialog::FileMode mode, const QString& title) {
  auto* dialog = new QFileDialog(page_, title);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(mode);
  if (mode == QFileDialog::ExistingFile)
    dialog->setNameFilter(tr("Models (*.safetensors *.bin *.pt *.pth *.ckpt *.index);;All files (*)"));
  connect(dialog, &QFileDialog::fileSelected, model_.get(),
          [this](const QString& file) { model_->openFile(file.toStdString()); });
  dialog->open();
}

}  // namespace scanline
