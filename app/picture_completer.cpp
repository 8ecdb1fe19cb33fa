#include "app/picture_completer.h"

#include <QElapsedTimer>

#include "app/deliver.h"
#include "app/run_actions.h"
#include "core/base/error.h"
#include "core/jobs/complete_pictures.h"
#include "core/store/find_checkpoint.h"
#include "widgets/images/complete_dialog.h"
#include "widgets/parts/number_text.h"

namespace scanline {

namespace {

struct Model {
  QString name;
  CheckpointRow row;
  std::filesystem::path file;
};

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
        return Model{QString::fromStdString(store.run(run).name), row, store.folder(run) / row.file};
      },
      [this](const Model& model) { show(tr("%1, step %2").arg(model.name, text::steps(model.row.step)), model.file); },
      [this](const QString& sentence) { emit failed(sentence); });
}

void PictureCompleter::show(const QString& words, const std::filesystem::path& checkpoint) {
  if (!dialog_) {
    dialog_ = new CompleteDialog(window_);
    connect(dialog_, &CompleteDialog::drawRequested, this, &PictureCompleter::draw);
    connect(dialog_, &CompleteDialog::cancelRequested, this, &PictureCompleter::cancel);
  }
  if (checkpoint != checkpoint_) {
    cancel();
    checkpoint_ = checkpoint;
    dialog_->setModel(words);
  }
  dialog_->show();
  dialog_->raise();
  dialog_->activateWindow();
}

void PictureCompleter::draw(PictureCompletion wanted) {
  cancel();
  wanted.checkpoint = checkpoint_;
  const auto mine = wanted_ = std::make_shared<std::atomic<bool>>(true);
  dialog_->setBusy();
  QElapsedTimer clock;
  clock.start();
  const QPointer<QObject> self(this);
  actions_.pool().interactive(
      [this, self, mine, clock, wanted](Engine& engine, const Control& control) {
        if (!*mine) return;
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
