#include "app/report_export.h"

#include <QDir>
#include <QWidget>

#include "app/folder_dialog.h"
#include "core/jobs/film.h"
#include "core/jobs/report.h"

namespace scanline {

ReportExport::ReportExport(StoreThread& reader, QWidget* window) : QObject(window), reader_(reader), window_(window) {}

void ReportExport::ask(const std::vector<RunId>& runs, const QString& name) {
  askWhereToSave(window_, {tr("Export a report"), name, tr("HTML page (*.html)"), QStringLiteral("html")},
                 [this, runs](const QString& file) { writeTo(runs, file); });
}

void ReportExport::askForFilm(RunId run, const QString& name) {
  // Nobody chooses a place for the film of a run without pictures.
  reader_.post(
      this, [run](RunStore& store) { return filmSteps(store, run); },
      [this, run, name](const std::vector<int64_t>&) {
        askWhereToSave(
            window_,
            {tr("Export a film of its pictures"), name, tr("Film (*.gif *.png *.apng)"), QStringLiteral("gif")},
            [this, run](const QString& file) { writeFilmTo(run, file); });
      },
      [this](const QString& sentence) { emit failed(sentence); });
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
