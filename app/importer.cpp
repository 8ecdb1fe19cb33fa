#include "app/importer.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QMimeData>
#include <QUrl>
#include <algorithm>

#include "app/folder_dialog.h"
#include "core/base/new_folder.h"
#include "core/jobs/dropped_data.h"
#include "core/jobs/export.h"
#include "core/jobs/import.h"
#include "core/spec/presets.h"
#include "core/store/find_checkpoint.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/run_text.h"

namespace scanline {

namespace {

QString fileName(const QString& path) {
  return QFileInfo(QDir::cleanPath(path)).fileName();
}

/// The quick start's settings on other data: a model that trains soon.
RunSpec specFor(const DataSpec& data, const std::string& name) {
  RunSpec spec = preset("quick-start").spec;
  spec.name = name;
  spec.data = data;
  spec.palette.size = 512;
  return spec;
}

/// The result of an export.
struct Exported {
  QString path;
  QStringList remarks;
};

Exported exportRun(const RunStore& store, RunId run, ExportForm form, const std::filesystem::path& path) {
  Exported exported{.path = QString::fromStdString(path.string()), .remarks = {}};
  switch (form) {
    case ExportForm::HuggingFace: {
      const NewFolder folder(path, store.run(run).name);
      for (const std::string& remark :
           exportHuggingFace(store.folder(run) / chooseCheckpoint(store, run, -1).file, folder.path()))
        exported.remarks << QString::fromStdString(remark);
      exported.path = QString::fromStdString(folder.path().string());
      break;
    }
    case ExportForm::Csv:
      exported.path = QString::fromStdString(exportCsv(store, run, path).string());
      break;
    case ExportForm::Json:
      exportJson(store, run, path);
      break;
  }
  return exported;
}

}  // namespace

Importer::Importer(const QString& workspace, QWidget* window)
    : QObject(window), window_(window), thread_(workspace.toStdString(), StoreMode::ReadWrite) {
  constexpr int kTickMs = 250;
  tick_.setInterval(kTickMs);
  connect(&tick_, &QTimer::timeout, this, &Importer::tell);
}

Importer::~Importer() {
  cancel();  // the thread is waited for
}

QStringList Importer::files(const QMimeData& data) {
  QStringList files;
  for (const QUrl& url : data.urls())
    if (url.isLocalFile()) files << url.toLocalFile();
  return files;
}

void Importer::askForFiles() {
  import(QFileDialog::getOpenFileNames(
      window_, tr("Import"), {},
      tr("Files that Scanline reads (*.safetensors *.bin *.index *.toml *.csv *.json *.npy *.npz *tfevents*);;All files (*)")));
}

void Importer::askForFolder() {
  const QString folder =
      QFileDialog::getExistingDirectory(window_, tr("Import a model, event files, or a data set from a folder"));
  if (!folder.isEmpty()) import({folder});
}

Importer::Outcome Importer::importOne(RunStore& store, const std::string& path, Progress& progress) {
  const Control control({.mayGoOn = [&progress] { return !progress.cancelled; },
                         .report =
                             [&progress](int64_t done, int64_t total) {
                               progress.done = done;
                               progress.total = total;
                             }});
  if (recognise(path, control) == ImportKind::Unknown) {
    const std::filesystem::path place(path);
    if (const auto data = recogniseData(place))
      return {{}, specFor(*data, fileName(QString::fromStdString(path)).toStdString()), {}};
  }
  // If it is of no known kind, its sentence names the kinds.
  ImportResult result = importPath(store, path, {.name = {}, .palette = {}, .settings = {}, .control = control});
  QStringList warnings;
  for (const std::string& warning : result.warnings) warnings << QString::fromStdString(warning);
  return {std::move(result.runs), std::move(result.spec), warnings};
}

void Importer::import(const QStringList& paths) {
  for (const QString& path : paths) {
    const auto progress = std::make_shared<Progress>();
    begin({tr("Importing “%1”…").arg(fileName(path)), progress});
    thread_.post(
        this, [path = path.toStdString(), progress](RunStore& store) { return importOne(store, path, *progress); },
        [this, path](const Outcome& outcome) {
          end();
          take(path, outcome);
        },
        [this, path, progress](const QString& sentence) {
          end();
          if (progress->cancelled)
            emit cancelled(tr("“%1” was not imported: it was cancelled.").arg(fileName(path)));
          else
            emit failed(sentence);
        });
  }
}

void Importer::cancel() {
  for (const Task& task : tasks_)
    if (task.progress) task.progress->cancelled = true;
}

void Importer::finishExports() {
  cancel();
  const bool exports = std::any_of(tasks_.begin(), tasks_.end(), [](const Task& task) { return !task.progress; });
  exports ? thread_.finish() : thread_.cancel();
}

void Importer::take(const QString& path, const Outcome& outcome) {
  if (outcome.spec) emit specFound(*outcome.spec, fileName(path));
  // The warning stays to be read; the message of success goes by itself.
  if (!outcome.warnings.isEmpty()) emit warned(outcome.warnings.join(QLatin1Char(' ')));
  if (!outcome.runs.empty()) {
    emit done(tr("Imported “%1”: %2.").arg(fileName(path), text::runs(std::ssize(outcome.runs))));
    emit imported(outcome.runs.front());
  }
}

void Importer::askToExport(RunId run, const QString& name, ExportForm form) {
  if (form == ExportForm::Json) {
    return askWhereToSave(window_, {tr("Export the run"), name, tr("JSON (*.json)"), QStringLiteral("json")},
                          [this, run, form](const QString& file) { exportTo(run, form, file); });
  }
  const QString folder =
      chooseFolder(window_, form == ExportForm::Csv ? tr("Where to make a folder with the run's tables")
                                                    : tr("Where to make a folder with the model"));
  if (!folder.isEmpty()) exportTo(run, form, folder);
}

void Importer::exportTo(RunId run, ExportForm form, const QString& path) {
  begin({tr("Exporting to “%1”…").arg(fileName(path)), nullptr});
  thread_.post(
      this, [run, form, path = path.toStdString()](RunStore& store) { return exportRun(store, run, form, path); },
      [this](const Exported& exported) {
        end();
        emit done(tr("Exported to %1.").arg(exported.path));
        if (!exported.remarks.isEmpty()) emit warned(exported.remarks.join(QLatin1Char(' ')));
      },
      [this](const QString& sentence) {
        end();
        emit failed(sentence);
      });
}

void Importer::begin(Task task) {
  tasks_.push_back(std::move(task));
  if (tasks_.size() > 1) return;
  clock_.start();
  tick_.start();
  tell();
}

void Importer::tell() {
  const Task& task = tasks_.front();
  constexpr qint64 kWorthTellingMs = 1000;
  ImporterActivity activity{.sentence = task.doing, .mayBeCancelled = task.progress != nullptr};
  if (clock_.elapsed() >= kWorthTellingMs) activity.sentence += QLatin1Char(' ') + text::duration(clock_.elapsed());
  if (task.progress && task.progress->total > 0)
    activity.share = static_cast<double>(task.progress->done) / static_cast<double>(task.progress->total);
  emit busy(activity);
}

void Importer::end() {
  tasks_.pop_front();
  clock_.restart();
  if (!tasks_.empty()) return tell();
  tick_.stop();
  emit busy({});
}

}  // namespace scanline
