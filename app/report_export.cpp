#include "app/report_export.h"

#include <QDir>
#include <QFileDialog>

#include "core/base/new_folder.h"
#include "core/jobs/film.h"
#include "core/jobs/report.h"

namespace scanline {

ReportExport::ReportExport(StoreThread& reader, QWidget* window) : QObject(window), reader_(reader), window_(window) {}

void ReportExport::ask(const std::vector<RunId>& runs, const QString& name) {
  askForFile(tr("Export a report"), tr("HTML page (*.html)"), QStringLiteral("html"), name,
             [this, runs](const QString& file) { writeTo(runs, file); });
}

void ReportExport::askForFilm(RunId run, const QString& name) {
  askForFile(tr("Export a film of its pictures"), tr("Film (*.gif *.png *.apng)"), QStringLiteral("gif"), name,
             [this, run](const QString& file) { writeFilmTo(run, file); });
}

void ReportExport::askForFile(const QString& title, const QString& filter, const QString& ending, const QString& name,
                              const std::function<void(const QString&)>& write) {
  auto* dialog = new QFileDialog(window_, title);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setNameFilter(filter);
  dialog->setDefaultSuffix(ending);
  dialog->selectFile(QString::fromStdString(safeFileName(name.toStdString())) + QLatin1Char('.') + ending);
  connect(dialog, &QFileDialog::fileSelected, this, write);
  dialog->open();
}

void ReportExport::writeTo(const std::vector<RunId>& runs, const QString& file) {
  reader_.post(
      this, [runs, path = file.toStdString()](RunStore& store) { writeReport(store, runs, path); },
      [this, file] { emit written(QDir::toNativeSeparators(file)); },
      [this](const QString& sentence) { emit failed(sentence); });
}

void ReportExport::writeFilmTo(RunId run, const QString& file) {
  reader_.post(
      this, [run, path = file.toStdString()](RunStore& store) { return writeFilm(store, run, path); },
      [this, file](FilmResult film) {
        emit filmWritten(QDir::toNativeSeparators(file), static_cast<qint64>(film.shown),
                         static_cast<qint64>(film.all));
      },
      [this](const QString& sentence) { emit failed(sentence); });
}

}  // namespace scanline
