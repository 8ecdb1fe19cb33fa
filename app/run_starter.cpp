// All ways into the form: each makes a spec and says where it comes from. The form itself is in widgets/forms.
#include "app/run_starter.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QPointer>
#include <QThreadPool>
#include <algorithm>

#include "app/data_fetcher.h"
#include "app/deliver.h"
#include "app/folder_dialog.h"
#include "app/run_actions.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/gpus.h"
#include "core/data/dataset.h"
#include "core/jobs/search_rule.h"
#include "core/run/checkpoint_file.h"
#include "core/run/checkpoint_settings.h"
#include "core/run/run_folder.h"
#include "core/spec/next_run.h"
#include "core/spec/spec_text.h"
#include "core/store/find_checkpoint.h"
#include "widgets/forms/new_run_page.h"

namespace scanline {

namespace {

ModelSource sourceOf(const RunSummary& run, const CheckpointRow& row) {
  return {run.id, row.step, QString::fromStdString(run.name), QString::fromStdString(row.reason)};
}

/// The settings that the source's checkpoint decides for a run that looks at it. Models of other programs, which only
/// the engine reads, leave their run's settings as they are. Throws Error for a damaged file.
std::optional<RunSpec> settingsOf(const RunStore& store, const ModelSource& source) {
  std::filesystem::path file = kModelFile;
  if (source.step >= 0) file = chooseCheckpoint(store, source.run, source.step).file;
  file = store.folder(source.run) / file;
  if (!isCheckpoint(file)) return std::nullopt;
  const CheckpointInfo info = readCheckpointInfo(file);
  RunSpec looking = fromToml(info.specToml, file.string());
  looking.kind = RunKind::Probe;
  return withSettingsOf(info, looking);
}

/// The checkpoint that the model of `run` was taken from, through all searches and copies in between, as long as it is
/// there.
std::optional<ModelSource> origin(const RunStore& store, RunSummary run) {
  while (run.parent) {
    const RunSummary parent = store.run(*run.parent);
    for (const CheckpointRow& row : store.checkpoints(parent.id))
      if (row.step == run.parentStep) return sourceOf(parent, row);
    if (run.parentStep >= 0) break;
    run = parent;
  }
  return std::nullopt;
}

/// The model that the run started from, if its kind needs one.
std::optional<ModelSource> inheritedSource(const RunStore& store, const RunSummary& run) {
  if (auto source = origin(store, run)) {
    source->settings = settingsOf(store, *source);
    return source;
  }
  if (!std::filesystem::exists(store.folder(run.id) / kModelFile)) return std::nullopt;
  ModelSource source{run.id, -1, QString::fromStdString(run.name), {}};
  source.settings = settingsOf(store, source);
  return source;
}

ModelSource sourceAt(const RunStore& store, const RunSummary& run, qint64 step) {
  ModelSource source = sourceOf(run, chooseCheckpoint(store, run.id, step));
  source.settings = settingsOf(store, source);
  return source;
}

KnownData knownData(const RunSpec& spec, const RunPrepared& prepared) {
  return {spec.data, prepared.trainImages, std::ssize(prepared.classNames)};
}

/// "4, 25, 400" without the numbers that a class has no images for, as far as the source's own data tell. Classes
/// differ in size, so a tenth is left.
std::string labelsThatFit(const RunSpec& spec, const RunPrepared& prepared) {
  const auto classes = std::ssize(prepared.classNames);
  if (classes == 0) return spec.lowdata.labels;
  std::string fitting;
  for (const int64_t labels : labelsPerClass(spec.lowdata))
    if (labels * classes * 10 <= prepared.trainImages * 9)
      fitting += (fitting.empty() ? "" : ", ") + std::to_string(labels);
  return fitting.empty() ? spec.lowdata.labels : fitting;
}

/// All VQ-VAEs that were trained or are to be, the newest first.
std::vector<CodeSource> allCoders(const RunStore& store) {
  std::vector<CodeSource> coders;
  auto runs = store.runs();
  std::ranges::reverse(runs);
  for (const RunSummary& run : runs) {
    if (run.kind != RunKind::Vqvae) continue;
    const RunDetails details = store.details(run.id);
    const RunSpec spec = specOf(details);
    const auto set = std::ranges::find(datasetRegistry(), spec.data.name, &DatasetInfo::name);
    const int64_t side = spec.data.side > 0 ? spec.data.side : set == datasetRegistry().end() ? 0 : set->side;
    coders.push_back({QString::fromStdString(run.name), run.uuid,
                      spec.vqvae.grid > 0 ? spec.vqvae.grid : side / spec.vqvae.stride, spec.vqvae.codes});
  }
  return coders;
}

/// Checkpoints of all runs, the newest run first.
std::vector<ModelSource> allSources(const RunStore& store) {
  constexpr size_t kMostOffered = 200;
  std::vector<ModelSource> sources;
  auto runs = store.runs();
  std::ranges::reverse(runs);
  for (const RunSummary& run : runs) {
    if (run.kind != RunKind::Pretrain && run.kind != RunKind::Finetune) continue;
    const auto best = bestCheckpoint(store, run.id);
    if (!best) continue;
    sources.push_back(sourceOf(run, *best));
    if (const auto newest = store.checkpoints(run.id).back(); newest.step != best->step)
      sources.push_back(sourceOf(run, newest));
    if (sources.size() >= kMostOffered) break;
  }
  return sources;
}

}  // namespace

RunStarter::RunStarter(std::function<NewRunPage*()> makePage, StoreThread& reader, RunActions& actions, QObject* parent)
    : QObject(parent),
      makePage_(std::move(makePage)),
      reader_(reader),
      actions_(actions),
      fetcher_(new DataFetcher(this)) {}

NewRunPage& RunStarter::page() {
  if (page_) return *page_;
  page_ = makePage_();
  connect(page_, &NewRunPage::fetchRequested, fetcher_, &DataFetcher::fetch);
  connect(page_, &NewRunPage::fetchCancelRequested, fetcher_, &DataFetcher::cancel);
  connect(fetcher_, &DataFetcher::progressed, page_, &NewRunPage::setFetchProgress);
  connect(fetcher_, &DataFetcher::ended, page_, &NewRunPage::setFetchEnded);
  connect(page_, &NewRunPage::startRequested, this, [this](const auto& specs) { start(specs, true); });
  connect(page_, &NewRunPage::queueRequested, this, [this](const auto& specs) { start(specs, false); });
  connect(page_, &NewRunPage::loadFileRequested, this, &RunStarter::load);
  connect(page_, &NewRunPage::saveFileRequested, this, &RunStarter::save);
  connect(page_, &NewRunPage::sourceChosen, this, [this](const std::optional<ModelSource>& source) {
    parent_.reset();
    if (source) takeModelOf(*source);
  });
  // On another thread: a driver may take seconds to begin.
  QThreadPool::globalInstance()->start([context = QPointer<QObject>(this), page = page_] {
    deliver(context, [page, gpus = findGpus()] { page->setGpus(gpus); });
  });
  return *page_;
}

void RunStarter::ask(std::function<Draft(RunStore&)> make) {
  page();
  reader_.post(
      this, [make = std::move(make)](RunStore& store) { return make(store); },
      [this](const Draft& draft) { fill(draft); }, [this](const QString& sentence) { emit failed(sentence); });
}

void RunStarter::fill(const Draft& draft) {
  parent_ = draft.parent;
  page().setSource(draft.source);
  page().setSpec(draft.spec, draft.base);
  page().setKnownData(draft.known);
  page().setNotice(draft.notice);
  if (draft.repeated) page().setRepeated(*draft.repeated);
  offerSources();
  emit opened();
}

void RunStarter::open(const RunSpec& spec, const QString& base) {
  fill({spec, base, {}, {}});
}

void RunStarter::offerSources() {
  reader_.post(
      this, [](RunStore& store) { return std::pair(allSources(store), allCoders(store)); },
      [this](const std::pair<std::vector<ModelSource>, std::vector<CodeSource>>& found) {
        page().setSources(found.first);
        page().setCodeSources(found.second);
      },
      [this](const QString& sentence) { emit failed(sentence); });
}

void RunStarter::duplicate(RunId run) {
  ask([run](RunStore& store) {
    const RunDetails details = store.details(run);
    const RunSummary& summary = details.summary;
    const RunSpec spec = specOf(details);
    Draft draft{spec, QString::fromStdString(summary.name), {}, {}, knownData(spec, details.prepared)};
    const bool isFork = summary.parent && summary.parentStep > 0;  // it went on with the training of another
    if (needsModel(spec) || isFork) draft.source = inheritedSource(store, summary);
    if (!draft.source) draft.parent = summary.parent;
    if (isFork && !draft.source)
      draft.notice = tr("The checkpoint that “%1” went on from is no longer there: this run starts from new weights.")
                         .arg(draft.base);
    return draft;
  });
}

void RunStarter::goOn(RunId run, qint64 step, RunKind kind) {
  ask([run, step, kind](RunStore& store) {
    const RunDetails details = store.details(run);
    const RunSpec from = specOf(details);
    const QString name = QString::fromStdString(details.summary.name);
    const KnownData known = knownData(from, details.prepared);
    if (from.kind == RunKind::Vqvae && kind == RunKind::Pretrain)
      return Draft{codesSpec(from, details.summary.name), name, {}, run, known};
    RunSpec spec = nextSpec(from, kind, details.prepared.trainImages);
    if (kind == RunKind::LowData && kind != from.kind) spec.lowdata.labels = labelsThatFit(spec, details.prepared);
    return Draft{spec, name, sourceAt(store, details.summary, step), {}, known};
  });
}

void RunStarter::fork(RunId run, qint64 step) {
  ask([run, step](RunStore& store) {
    const RunDetails details = store.details(run);
    const ModelSource source = sourceAt(store, details.summary, step);
    RunSpec spec = specOf(details);
    if (spec.train.steps <= source.step) spec.train.steps += source.step;  // as many again
    return Draft{spec, QString::fromStdString(details.summary.name), source, {}, knownData(spec, details.prepared)};
  });
}

void RunStarter::search(RunId run) {
  ask([run](RunStore& store) {
    const RunDetails details = store.details(run);
    const RunSpec spec = searchSpec(specOf(details));
    return Draft{spec,
                 QString::fromStdString(details.summary.name),
                 needsModel(spec) ? inheritedSource(store, details.summary) : std::nullopt,
                 {},
                 knownData(spec, details.prepared)};
  });
}

void RunStarter::searchAgain(RunId search, const QString& rates) {
  ask([search, rates](RunStore& store) {
    const RunDetails details = store.details(search);
    RunSpec spec = specOf(details);
    spec.search.rates = rates.toStdString();
    return Draft{spec,
                 QString::fromStdString(details.summary.name),
                 needsModel(spec) ? inheritedSource(store, details.summary) : std::nullopt,
                 {}};
  });
}

void RunStarter::startWinner(RunId search) {
  ask([search](RunStore& store) {
    const RunSummary summary = store.run(search);
    const auto winner = searchWinner(store, search);
    if (!winner)
      throw Error("\"" + summary.name + "\" has no winner yet: none of its trials ended with a finite loss.");
    const RunSpec spec = winnersSpec(store, search, *winner);
    const RunDetails trial = store.details(winner->trial);
    Draft draft{spec, QString::fromStdString(summary.name),
                needsModel(spec) ? inheritedSource(store, trial.summary) : std::nullopt, winner->trial};
    draft.known = knownData(specOf(trial), trial.prepared);
    draft.repeated = specOf(trial);
    return draft;
  });
}

/// The settings on the page stay, but for those that the checkpoint decides.
void RunStarter::takeModelOf(const ModelSource& source) {
  struct Read {
    ModelSource source;
    RunDetails details;
  };
  reader_.post(
      this,
      [source](RunStore& store) {
        Read read{source, store.details(source.run)};
        read.source.settings = settingsOf(store, source);
        return read;
      },
      [this](const Read& read) {
        if (!page().source() || !(*page().source() == read.source)) return;  // another was chosen meanwhile
        page().setSource(read.source);
        const RunSpec model = specOf(read.details);
        RunSpec spec = withModelOf(model, page().described());
        if (spec.kind == RunKind::LowData && spec.lowdata.labels == LowDataSpec{}.labels)
          spec.lowdata.labels = labelsThatFit(spec, read.details.prepared);
        page().adaptSpec(spec, read.source.name);
        page().setKnownData(knownData(model, read.details.prepared));
      },
      [this](const QString& sentence) { emit failed(sentence); });
}

void RunStarter::start(const std::vector<RunSpec>& specs, bool first) {
  const QString what = specs.size() == 1 ? tr("“%1”").arg(QString::fromStdString(specs.front().name))
                                         : tr("%n runs", nullptr, static_cast<int>(specs.size()));
  const QueuePlace place{.first = first, .ownProcess = page().ownProcess(), .onCluster = page().onCluster()};
  const QString sentence = announce(what, place);
  const auto& source = page().source();
  if (source)
    actions_.fork(source->run, source->step, specs, place);
  else
    actions_.start(specs, place, parent_);
  parent_.reset();
  emit started(sentence);
}

/// The place of new runs in the queue, as a sentence; call it before they are put there.
QString RunStarter::announce(const QString& what, QueuePlace place) const {
  if (place.onCluster) return tr("To be submitted to the cluster: %1.").arg(what);
  if (!place.first) return tr("Put at the end of the queue: %1.").arg(what);
  if (place.ownProcess.value_or(false)) return tr("Next in the queue, for a process of its own: %1.").arg(what);
  return trains_ || actions_.busy() ? tr("Next in the queue, for when the run that trains now has ended: %1.").arg(what)
                                    : tr("Starting: %1.").arg(what);
}

void RunStarter::startAlone(const RunSpec& spec) {
  constexpr QueuePlace kNext{.first = true, .ownProcess = {}};
  const QString sentence = announce(tr("“%1”").arg(QString::fromStdString(spec.name)), kNext);
  actions_.start({spec}, kNext);
  emit started(sentence);
}

void RunStarter::load() {
  const QString file =
      QFileDialog::getOpenFileName(&page(), tr("Load settings"), placeOfFiles(), tr("Settings of a run (*.toml)"));
  if (file.isEmpty()) return;
  try {
    constexpr uint64_t kMostBytes = 1 << 20;
    page().setSpec(fromToml(readFile(file.toStdString(), kMostBytes), file.toStdString()), QFileInfo(file).fileName());
  } catch (const Error& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
}

void RunStarter::save(const RunSpec& spec) {
  askWhereToSave(&page(),
                 {tr("Save settings"), QString::fromStdString(spec.name), tr("Settings of a run (*.toml)"),
                  QStringLiteral("toml")},
                 [this, spec](const QString& file) {
                   try {
                     writeFileAtomically(file.toStdString(), toToml(spec));
                   } catch (const Error& error) {
                     emit failed(QString::fromUtf8(error.what()));
                   }
                 });
}

}  // namespace scanline
