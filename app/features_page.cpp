#include "app/features_page.h"

#include <QEvent>
#include <QFileDialog>
#include <algorithm>

#include "core/store/run_list.h"
#include "widgets/pages/neighbours_panel.h"
#include "widgets/parts/number_text.h"

namespace scanline {

namespace {

constexpr size_t kMostKept = 3;  // checkpoints
constexpr int kClassNeighbours = 20;

struct Progress {
  int64_t done = 0, total = 0;
};

/// Reports to `take` on the UI thread.
Control reportingTo(const QPointer<QObject>& context, const Control& control,
                    std::function<void(const Progress&)> take) {
  const auto post = std::make_shared<ProgressPost<Progress>>(context, control, std::move(take));
  return control.within({.report = [post](int64_t done, int64_t total) {
    post->offer([&] { return Progress{done, total}; }, /*urgent=*/false);
  }});
}

}  // namespace

FeaturesPage::FeaturesPage(StoreThread& reader, const EngineSource& engine, QWidget* parent)
    : QObject(parent),
      quick_(engine),
      slow_(engine),
      probes_(engine),
      view_(new FeaturesView(parent)),
      model_(std::make_unique<StudioModel>(reader, quick_, nullptr)) {
  view_->installEventFilter(this);
  connectModel();
  connectView();
}

FeaturesPage::~FeaturesPage() {
  cancel();
}

void FeaturesPage::cancel() {
  quick_.cancel();
  slow_.cancel();
  probes_.cancel();
}

void FeaturesPage::setRun(RunId run) {
  if (run != std::exchange(followed_, run)) model_->setKept(false);  // a file that was opened is left
  model_->follow(run);
}

void FeaturesPage::refresh(const std::vector<RunId>& changed) {
  if (std::ranges::find(changed, model_->run().summary.id) != changed.end()) model_->refresh();
}

bool FeaturesPage::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Show || event->type() == QEvent::Hide) model_->setWanted(event->type() == QEvent::Show);
  return QObject::eventFilter(watched, event);
}

void FeaturesPage::connectModel() {
  connect(model_.get(), &StudioModel::runChanged, this, [this] {
    std::vector<StudioCheckpoint> checkpoints;
    for (const CheckpointRow& row : model_->run().checkpoints)
      checkpoints.insert(checkpoints.begin(), {row.step, checkpointWords(row)});
    view_->setRun(QString::fromStdString(model_->run().summary.name), checkpoints, model_->step());
  });
  connect(model_.get(), &StudioModel::loading, this, [this] {
    forget();
    view_->setBusy(tr("Loading the model…"));
  });
  connect(model_.get(), &StudioModel::opened, this, &FeaturesPage::read);
  connect(model_.get(), &StudioModel::unavailable, this, [this](const QString& sentence) {
    forget();
    // With other checkpoints to choose from, the page stays, and with it the box to choose them in.
    if (model_->whyNone().isEmpty() && !model_->run().checkpoints.empty())
      view_->setProblem(sentence);
    else
      view_->setNoModel(sentence);
  });
}

void FeaturesPage::connectView() {
  connect(view_, &FeaturesView::checkpointChosen, model_.get(), &StudioModel::chooseStep);
  connect(view_, &FeaturesView::endRequested, this, [this] {
    if (enough_) *enough_ = true;
  });
  connect(view_, &FeaturesView::modelFileRequested, this, [this] { chooseModel(false); });
  connect(view_, &FeaturesView::modelFolderRequested, this, [this] { chooseModel(true); });
  connect(view_, &FeaturesView::dataRequested, this, &FeaturesPage::chooseData);
  connect(view_, &FeaturesView::layerChosen, this, &FeaturesPage::showLayer);
  connect(view_, &FeaturesView::neighboursRequested, this, &FeaturesPage::findNeighbours);
  connect(view_, &FeaturesView::neighboursUnwanted, this, [this] {
    slow_.stop(StudioQuestion::Neighbours);
    quick_.stop(StudioQuestion::PixelNeighbours);
    quick_.stop(StudioQuestion::ClassShares);
  });
  connect(view_, &FeaturesView::layersRequested, this, &FeaturesPage::countClasses);
  connect(view_, &FeaturesView::predictionsRequested, this, &FeaturesPage::askProbes);
  connect(view_, &FeaturesView::predictionsUnwanted, this, [this] { probes_.stop(StudioQuestion::Predictions); });
  connect(view_, &FeaturesView::openRequested, this, &FeaturesPage::openInStudio);
  connect(view_, &FeaturesView::failed, this, &FeaturesPage::failed);
}

/// Nothing of the model is shown any more; its features stay kept.
void FeaturesPage::forget() {
  quick_.stop(StudioQuestion::Features);
  quick_.stop(StudioQuestion::FeatureMap);
  quick_.stop(StudioQuestion::Picture);
  probes_.stop(StudioQuestion::Predictions);
  reading_ = nullptr;
}

void FeaturesPage::read() {
  enough_ = std::make_shared<std::atomic<bool>>(false);
  view_->setBusy(tr("Reading the pictures…"));
  std::vector<SharedFeatureReading> readings;
  for (const Kept& each : kept_) readings.push_back(each.reading);
  quick_.ask(
      StudioQuestion::Features, Older::Stops, this,
      [this, context = QPointer<QObject>(this), subject = model_->subject(), readings, enough = enough_,
       data = data_[model_->subject()->file]](Engine&, const Control& control) {
        // `this` is used on the UI thread alone, and not once `context` is gone.
        return readFeatures(
            *subject, readings, *enough,
            reportingTo(context, control,
                        [this](const Progress& progress) {
                          if (!reading_)
                            view_->setBusy(
                                tr("%1 of %2 pictures").arg(text::steps(progress.done), text::steps(progress.total)),
                                progress.done, progress.total, /*canEnd=*/true);
                        }),
            data);
      },
      [this](const SharedFeatureReading& reading) { take(reading); },
      [this, subject = model_->subject()](const QString& sentence) {
        view_->setProblem(sentence, needsData(*subject));
      });
}

void FeaturesPage::chooseModel(bool isFolder) {
  auto* dialog = new QFileDialog(
      view_, isFolder ? tr("The folder of a model of another program") : tr("A checkpoint or the weights of a model"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(isFolder ? QFileDialog::Directory : QFileDialog::ExistingFile);
  if (!isFolder) dialog->setNameFilter(tr("Models (*.safetensors *.bin *.pt *.pth *.ckpt *.index);;All files (*)"));
  connect(dialog, &QFileDialog::fileSelected, model_.get(),
          [this](const QString& file) { model_->openFile(file.toStdString()); });
  dialog->open();
}

void FeaturesPage::chooseData() {
  if (!model_->subject()) return;
  auto* dialog = new QFileDialog(view_, tr("Pictures for this model"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::Directory);
  connect(dialog, &QFileDialog::fileSelected, this, [this, file = model_->subject()->file](const QString& folder) {
    data_[file] = folder.toStdString();
    if (model_->subject() && model_->subject()->file == file) read();
  });
  dialog->open();
}

void FeaturesPage::take(const SharedFeatureReading& reading) {
  const auto same = std::ranges::find(kept_, reading, &Kept::reading);
  Kept newest{reading, {}, {}};
  if (same != kept_.end()) {
    newest = std::move(*same);
    kept_.erase(same);
  }
  kept_.push_front(std::move(newest));
  if (kept_.size() > kMostKept) {
    quick_.release(kept_.back().reading);
    kept_.pop_back();
  }
  reading_ = reading;
  view_->setPictures(reading->pictures);
}

FeaturesPage::Kept* FeaturesPage::kept() {
  const auto shown = std::ranges::find(kept_, reading_, &Kept::reading);
  return reading_ && shown != kept_.end() ? &*shown : nullptr;
}

void FeaturesPage::showLayer(int layer) {
  Kept* const shown = kept();
  if (!shown) return;
  quick_.stop(StudioQuestion::FeatureMap);
  if (const auto map = shown->maps.find(layer); map != shown->maps.end()) return view_->setPlaces(map->second);
  quick_.ask(
      StudioQuestion::FeatureMap, Older::Stops, this,
      [reading = reading_, layer](Engine&, const Control& control) { return placesOf(*reading, layer, control); },
      [this](const FeaturePlaces& places) {
        if (Kept* const of = kept()) of->maps[places.layer] = places;
        view_->setPlaces(places);
      },
      [this](const QString& sentence) { view_->setProblem(sentence); });
}

void FeaturesPage::findNeighbours(const NeighbourQuestion& question) {
  if (!reading_) return;
  NeighboursPanel* const panel = view_->neighbours();
  panel->setBusy(NeighboursPanel::Features);
  panel->setBusy(NeighboursPanel::Pixels);
  slow_.ask(
      StudioQuestion::Neighbours, Older::Stops, this,
      [panel, context = QPointer<QObject>(this), reading = reading_, question, layer = view_->layer()](
          Engine&, const Control& control) {
        return neighboursByFeatures(*reading, question, layer,
                                    reportingTo(context, control, [panel](const Progress& progress) {
                                      panel->setBusy(NeighboursPanel::Features, progress.done, progress.total);
                                    }));
      },
      [panel](const DescribedPictures& found) { panel->setNeighbours(NeighboursPanel::Features, found); },
      [panel](const QString& sentence) { panel->setProblem(NeighboursPanel::Features, sentence); });
  quick_.ask(
      StudioQuestion::PixelNeighbours, Older::Stops, this,
      [reading = reading_, question](Engine&, const Control& control) {
        return neighboursByPixels(*reading, question, control);
      },
      [panel](const DescribedPictures& found) { panel->setNeighbours(NeighboursPanel::Pixels, found); },
      [panel](const QString& sentence) { panel->setProblem(NeighboursPanel::Pixels, sentence); });
}

void FeaturesPage::countClasses(int index) {
  if (!reading_) return;
  quick_.ask(
      StudioQuestion::ClassShares, Older::Stops, this,
      [reading = reading_, index](Engine&, const Control& control) {
        return classSharesOf(*reading, index, kClassNeighbours, control);
      },
      [this](const ClassShares& shares) { view_->setClassShares(shares); },
      [this](const QString& sentence) { view_->setClassSharesProblem(sentence); });
}

void FeaturesPage::askProbes() {
  Kept* const shown = kept();
  if (!shown) return;
  if (shown->answers) return view_->setAnswers(shown->answers);
  probes_.ask(
      StudioQuestion::Predictions, Older::Stops, this,
      [this, context = QPointer<QObject>(this), reading = reading_](Engine&, const Control& control) {
        // `this` is used on the UI thread alone, and not once `context` is gone.
        return answersOf(*reading, reportingTo(context, control, [this](const Progress& progress) {
          if (progress.total > 0) view_->setFitting(double(progress.done) / double(progress.total));
        }));
      },
      [this](const SharedProbeAnswers& answers) {
        if (Kept* const of = kept()) of->answers = answers;
        view_->setAnswers(answers);
      },
      [this](const QString& sentence) { view_->setAnswersProblem(sentence); });
}

void FeaturesPage::openInStudio(int index) {
  if (!reading_ || index < 0) return;
  if (model_->run().summary.id.value == 0)
    return void(
        emit failed(tr("This model is no run of the workspace. Import it, and its pictures open in the studio.")));
  quick_.ask(
      StudioQuestion::Picture, Older::Stops, this,
      [reading = reading_, index](Engine&, const Control&) { return studioPictureOf(*reading, index); },
      [this, run = model_->run().summary.id, step = model_->step()](const SourcePicture& picture) {
        emit studioRequested(run, step, picture);
      },
      [this](const QString& sentence) { emit failed(sentence); });
}

}  // namespace scanline
