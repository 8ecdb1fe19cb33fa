#include "app/importer.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QMimeData>
#include <QUrl>
#include <cmath>

#include "app/dropped_data.h"
#include "core/base/error.h"
#include "core/jobs/export.h"
#include "core/jobs/import.h"
#include "core/spec/presets.h"
#include "widgets/number_text.h"

namespace scanline {

namespace {

QString fileName(const QString& path) {
  return QFileInfo(QDir::cleanPath(path)).fileName();
}

/// The quick start's settings on other data: a model that trains soon on whatever is dropped.
RunSpec specFor(const DataSpec& data, const std::string& name) {
  RunSpec spec = preset("quick-start").spec;
  spec.name = name;
  spec.data = data;
  spec.palette.size = 512;
  return spec;
}

/// The one with the lowest validation loss; of those that were never measured, the last.
std::filesystem::path bestCheckpoint(const RunStore& store, RunId run) {
  const CheckpointRow* best = nullptr;
  const auto rows = store.checkpoints(run);
  for (const CheckpointRow& row : rows)
    if (!std::isnan(row.validationLoss) && (!best || row.validationLoss < best->validationLoss)) best = &row;
  if (rows.empty())
    throw Error("\"" + store.run(run).name +
                "\" has no checkpoint to export. One is written at the set steps, when the run "
                "is stopped and at its end.");
  return store.folder(run) / (best ? best->file : rows.back().file);
}

QStringList exportRun(const RunStore& store, RunId run, ExportForm form, const std::string& path) {
  QStringList remarks;
  switch (form) {
    case ExportForm::HuggingFace:
      for (const std::string& remark : exportHuggingFace(bestCheckpoint(store, run), path))
        remarks << QString::fromStdString(remark);
      break;
    case ExportForm::Csv:
      exportCsv(store, run, path);
      break;
    case ExportForm::Json:
      exportJson(store, run, path);
      break;
  }
  return remarks;
}

}  // namespace

Importer::Importer(const QString& workspace, QWidget* window)
    : QObject(window), window_(window), thread_(workspace.toStdString(), StoreMode::ReadWrite) {
  tick_.setInterval(1000);
  connect(&tick_, &QTimer::timeout, this,
          [this] { emit busy(tr("%1 %2").arg(doing_.value(0), text::duration(clock_.elapsed()))); });
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
      tr("What Scanline reads (*.safetensors *.bin *.index *.toml *.csv *.json *.npy *.npz "
         "*tfevents*);;All files (*)")));
}

void Importer::askForFolder() {
  const QString folder =
      QFileDialog::getExistingDirectory(window_, tr("Import a model, event files, or a data set from a folder"));
  if (!folder.isEmpty()) import({folder});
}

Importer::Outcome Importer::importOne(RunStore& store, const std::string& path) {
  if (recognise(path) == ImportKind::Unknown) {
    const std::filesystem::path place(path);
    if (const auto data = recogniseData(place))
      return {{}, specFor(*data, fileName(QString::fromStdString(path)).toStdString()), {}};
  }
  ImportResult result = importPath(store, path);  // names what can be imported if it is nothing of that
  QStringList warnings;
  for (const std::string& warning : result.warnings) warnings << QString::fromStdString(warning);
  return {std::move(result.runs), std::move(result.spec), warnings};
}

void Importer::import(const QStringList& paths) {
  for (const QString& path : paths) {
    begin(tr("Importing “%1”…").arg(fileName(path)));
    thread_.post(
        this, [path = path.toStdString()](RunStore& store) { return importOne(store, path); },
        [this, path](const Outcome& outcome) {
          end();
          take(path, outcome);
        },
        [this](const QString& sentence) {
          end();
          emit failed(sentence);
        });
  }
}

void Importer::take(const QString& path, const Outcome& outcome) {
  if (outcome.spec) emit specFound(*outcome.spec, fileName(path));
  if (!outcome.runs.empty()) {
    emit done(tr("Imported “%1”: %n run(s).", nullptr, static_cast<int>(outcome.runs.size())).arg(fileName(path)));
    emit imported(outcome.runs.front());
  }
  if (!outcome.warnings.isEmpty()) emit warned(outcome.warnings.join(QLatin1Char(' ')));
}

void Importer::askToExport(RunId run, ExportForm form) {
  const QString path =
      form == ExportForm::Json
          ? QFileDialog::getSaveFileName(window_, tr("Export the run"), QStringLiteral("run.json"), tr("JSON (*.json)"))
          : QFileDialog::getExistingDirectory(window_, form == ExportForm::Csv
                                                           ? tr("Folder for the tables")
                                                           : tr("Folder for the model, as Hugging Face reads it"));
  if (!path.isEmpty()) exportTo(run, form, path);
}

void Importer::exportTo(RunId run, ExportForm form, const QString& path) {
  begin(tr("Exporting to “%1”…").arg(fileName(path)));
  thread_.post(
      this, [run, form, path = path.toStdString()](RunStore& store) { return exportRun(store, run, form, path); },
      [this, path](const QStringList& remarks) {
        end();
        emit done(tr("Exported to %1.").arg(path));
        if (!remarks.isEmpty()) emit warned(remarks.join(QLatin1Char(' ')));
      },
      [this](const QString& sentence) {
        end();
        emit failed(sentence);
      });
}

void Importer::begin(const QString& doing) {
  if (doing_.isEmpty()) {
    clock_.start();
    tick_.start();
    emit busy(doing);
  }
  doing_ << doing;
}

void Importer::end() {
  doing_.removeFirst();
  clock_.restart();
  if (!doing_.isEmpty()) return emit busy(doing_.first());
  tick_.stop();
  emit busy({});
}

}  // namespace scanline
