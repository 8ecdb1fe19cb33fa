#pragma once

#include <QObject>
#include <functional>
#include <vector>

#include "app/store_thread.h"

class QWidget;

namespace scanline {

/// Runs as one HTML page (core/jobs/report.h), or the pictures of one as a film over its steps (core/jobs/film.h): asks
/// where to, and writes it on a thread that reads. UI thread.
class ReportExport : public QObject {
  Q_OBJECT
 public:
  ReportExport(StoreThread& reader, QWidget* window);

  /// `name`: the proposed name of the file, without its ending.
  void ask(const std::vector<RunId>& runs, const QString& name);
  void writeTo(const std::vector<RunId>& runs, const QString& file);
  void askForFilm(RunId run, const QString& name);
  void writeFilmTo(RunId run, const QString& file);

 signals:
  void written(const QString& file);
  void filmWritten(const QString& file, qint64 shown, qint64 all);  ///< steps
  void failed(const QString& sentence);

 private:
  StoreThread& reader_;
  QWidget* window_;
};

}  // namespace scanline
