#pragma once

#include <QObject>
#include <functional>
#include <vector>

#include "app/store_thread.h"

class QWidget;

namespace scanline {

/// Runs as one HTML page (core/jobs/report.h): asks where to, and writes it on a thread that reads. UI thread.
class ReportExport : public QObject {
  Q_OBJECT
 public:
  ReportExport(StoreThread& reader, QWidget* window);

  /// `name`: what the file is called at first, without its ending.
  void ask(const std::vector<RunId>& runs, const QString& name);
  void writeTo(const std::vector<RunId>& runs, const QString& file);

 signals:
  void written(const QString& file);
  void failed(const QString& sentence);

 private:
  StoreThread& reader_;
  QWidget* window_;
};

}  // namespace scanline
