#include "app/studio_model.h"

#include <QStringList>
#include <cmath>

#include "core/base/error.h"
#include "core/store/find_checkpoint.h"
#include "widgets/parts/number_text.h"

namespace scanline {

QString checkpointWords(const CheckpointRow& row) {
  QStringList parts{StudioModel::tr("step %1").arg(text::steps(row.step))};
  if (!std::isnan(row.validationLoss)) parts << StudioModel::tr("%1 nats").arg(text::nats(row.validationLoss));
  parts << QString::fromStdString(row.reason);
  return parts.join(QStringLiteral(" · "));
}

StudioModel::StudioModel(StoreThread& reader, StudioLane& lane, QObject* parent)
    : QObject(parent), reader_(reader), lane_(lane) {}

StudioModel::~StudioModel() {
  forget();
}

void StudioModel::follow(RunId run) {
  followed_ = run;
  if (!kept_ && run != shown_) show(run, -1);
}

void StudioModel::setKept(bool kept) {
  kept_ = kept;
  follow(followed_);
}

void StudioModel::open(RunId run, int64_t step) {
  kept_ = kept_ || run != followed_;
  show(run, step);
}

void StudioModel::chooseStep(int64_t step) {
  if (shown_.value != 0 && step != step_) show(shown_, step);
}

void StudioModel::setWanted(bool wanted) {
  wanted_ = wanted;
  if (!wanted) return;
  if (isStale_)
    show(shown_, wantedStep_);
  else if (hasChanged_)
    refresh();
}

void StudioModel::show(RunId run, int64_t step) {
  ++request_;
  shown_ = run;
  wantedStep_ = step;
  isStale_ = !wanted_;
  if (!wanted_) return;
  if (run.value == 0) {
    forget();
    run_ = {};
    emit runChanged();
    return emit unavailable(tr("Choose a run in the list, and its model can be asked here."));
  }
  reader_.post(
      this,
      [run, step](RunStore& store) {
        std::pair<RunDetails, int64_t> read{store.details(run), -1};
        if (!read.first.checkpoints.empty()) read.second = chooseCheckpoint(store, run, step).step;
        return read;
      },
      [this, request = request_](std::pair<RunDetails, int64_t> read) {
        if (request == request_) take(std::move(read.first), read.second);
      },
      [this, request = request_](const QString& sentence) {
        if (request != request_) return;
        forget();
        emit unavailable(sentence);
      });
}

void StudioModel::refresh() {
  hasChanged_ = !wanted_;
  if (!wanted_ || shown_.value == 0) return;
  // The chosen checkpoint stays, even if another one is the best now.
  reader_.post(
      this, [run = shown_](RunStore& store) { return store.details(run); },
      [this, request = request_](RunDetails run) {
        if (request != request_) return;
        const bool hadNone = run_.checkpoints.empty();
        if (hadNone && !run.checkpoints.empty()) return show(shown_, wantedStep_);
        const auto facts = [](const RunDetails& details) {
          QStringList all{QString::fromStdString(details.summary.name)};
          for (const CheckpointRow& row : details.checkpoints) all << checkpointWords(row);
          return all;
        };
        const bool changed = facts(run) != facts(run_);
        run_ = std::move(run);
        if (changed) emit runChanged();
      },
      [](const QString&) {});  // the list says that the run is gone
}

void StudioModel::take(RunDetails run, int64_t step) {
  run_ = std::move(run);
  step_ = step;
  file_.clear();
  for (const CheckpointRow& row : run_.checkpoints)
    if (row.step == step) file_ = std::filesystem::path(run_.folder) / row.file;
  emit runChanged();
  if (const QString why = whyNone(); !why.isEmpty()) {
    forget();
    return emit unavailable(why);
  }
  load();
}

QString StudioModel::whyNone() const {
  const RunKind kind = run_.summary.kind;
  if (kind == RunKind::Curves) return tr("This run has curves alone: no model came with them.");
  if (kind == RunKind::Search) return tr("A search has no model of its own. Choose one of its trials in the list.");
  if (isOneLook(kind))
    return tr("A run of this kind looks at a model and trains none. Choose the run that it comes from.");
  if (kind == RunKind::Vqvae)
    return tr(
        "A VQ-VAE turns pictures into codes and draws none by itself. Choose a run that was trained on its codes.");
  if (run_.checkpoints.empty())
    return run_.summary.resumable || isHeld(run_.summary.state)
               ? tr("This run has no checkpoint yet. With the first one its model can be asked here, while it trains.")
               : tr("This run has no checkpoint, so there is no model to ask. Choose another run, or start this one again.");
  return {};
}

void StudioModel::openFile(const std::filesystem::path& file) {
  ++request_;
  kept_ = true;
  shown_ = {};
  isStale_ = false;
  step_ = 0;
  run_ = {};
  run_.summary.name = file.filename().string();
  file_ = file;
  emit runChanged();
  load();
}

void StudioModel::load() {
  forget();
  emit loading();
  const QString gone =
      run_.summary.id.value == 0
          ? tr("%1 is no longer there.").arg(QString::fromStdString(file_.filename().string()))
          : tr("The file of the checkpoint of step %1 is no longer there. Choose another step above; if there is none, resume the run, which writes one.")
                .arg(text::steps(step_));
  lane_.ask(
      StudioQuestion::Open, Older::Stops, this,
      [subject = StudioSubject{nullptr, run_, step_, file_}, gone = gone.toStdString()](Engine& engine,
                                                                                        const Control& control) {
        std::error_code error;
        if (!std::filesystem::exists(subject.file, error)) throw Error(gone);
        control.check();
        auto open = std::make_shared<StudioSubject>(subject);
        open->model = engine.openModel(subject.file);
        return std::shared_ptr<const StudioSubject>(std::move(open));
      },
      [this](const std::shared_ptr<const StudioSubject>& subject) {
        subject_ = subject;
        emit opened();
      },
      [this](const QString& sentence) { emit unavailable(sentence); });
}

void StudioModel::forget() {
  if (subject_) lane_.release(std::exchange(subject_, nullptr));
}

}  // namespace scanline
