#include "app/picture_completer.h"

#include <QElapsedTimer>
#include <cmath>

#include "app/deliver.h"
#include "app/run_actions.h"
#include "core/base/error.h"
#include "core/jobs/complete_pictures.h"
#include "core/store/find_checkpoint.h"
#include "widgets/images/complete_dialog.h"
#include "widgets/parts/number_text.h"

namespace scanline {

namespace {

QString wordsOf(const CheckpointRow& row) {
  QStringList parts{PictureCompleter::tr("step %1").arg(text::steps(row.step))};
  if (!std::isnan(row.validationLoss)) parts << text::nats(row.validationLoss);
  parts << QString::fromStdString(row.reason);
  return parts.join(QStringLiteral(" · "));
}

}  // namespace

PictureCompleter::PictureCompleter(StoreThread& reader, RunActions& actions, QWidget* window)
    : QObject(window), reader_(reader), actions_(actions), window_(window) {}

PictureCompleter::~PictureCompleter() {
  cancel();
}

void PictureCompleter::open(RunId run, qint64 step) {
  reader_.post(
      this,
      [run, step](RunStore& store) {
        const CheckpointRow row = chooseCheckpoint(store, run, step);
        return Model{run, QString::fromStdString(store.run(run).name), store.checkpoints(run), store.folder(run),
                     row.step};
      },
      [this](const Model& model) { show(model); }, [this](const QString& sentence) { emit failed(sentence); });
}

void PictureCompleter::show(const Model& model) {
  if (!dialog_) {
    dialog_ = new CompleteDialog(window_);
    connect(dialog_, &CompleteDialog::drawRequested, this, &PictureCompleter::draw);
    connect(dialog_, &CompleteDialog::cancelRequested, this, &PictureCompleter::cancel);
    connect(dialog_, &CompleteDialog::checkpointChosen, this, [this](qint64 step) { model_.step = step; });
  }
  std::vector<PaintingCheckpoint> choices, before;
  for (const CheckpointRow& row : model.checkpoints) choices.insert(choices.begin(), {row.step, wordsOf(row)});
  for (const CheckpointRow& row : model_.checkpoints) before.insert(before.begin(), {row.step, wordsOf(row)});
  const bool same = model.run == model_.run && model.step == model_.step && choices == before;
  model_ = model;
  if (!same) {
    cancel();
    dialog_->setModel(model.name, choices, model.step);
  }
  dialog_->show();
  dialog_->raise();
  dialog_->activateWindow();
}

std::filesystem::path PictureCompleter::file() const {
  for (const CheckpointRow& row : model_.checkpoints)
    if (row.step == model_.step) return model_.folder / row.file;
  return {};
}

void PictureCompleter::draw(PictureCompletion wanted) {
  cancel();
  if (!actions_.isOpen())
    return dialog_->setProblem(
        tr("The workspace is open for reading alone, and drawing needs the engine of one that is not."));
  wanted.checkpoint = file();
  const QString gone =
      tr("The file of the checkpoint of step %1 is no longer there. Choose another step above; if there is none, resume the run, which writes one.")
          .arg(text::steps(model_.step));
  const auto mine = wanted_ = std::make_shared<std::atomic<bool>>(true);
  dialog_->setBusy();
  QElapsedTimer clock;
  clock.start();
  const QPointer<QObject> self(this);
  actions_.pool().interactive(
      [this, self, mine, clock, wanted, gone = gone.toStdString()](Engine& engine, const Control& control) {
        if (!*mine) return;
        if (!std::filesystem::exists(wanted.checkpoint)) throw Error(gone);
        const auto done = completePictures(engine, wanted, control.within({.mayGoOn = [&] { return mine->load(); }}));
        deliver(self, [this, mine, done, tookMs = clock.elapsed()] {
          if (*mine) showPictures(done, tookMs);
        });
      },
      [this, self, mine](const std::string& sentence) {
        deliver(self, [this, mine, text = QString::fromStdString(sentence)] {
          if (*mine) dialog_->setProblem(text);
        });
      });
}

void PictureCompleter::showPictures(const CompletedPictures& done, qint64 tookMs) {
  try {
    dialog_->setPictures(done, tookMs);
  } catch (const Error& problem) {
    dialog_->setProblem(QString::fromUtf8(problem.what()));
  }
}

void PictureCompleter::cancel() {
  if (wanted_) *wanted_ = false;
}

}  // namespace scanline
