#include "app/report_export.h"

#include <QDir>
#include <QFileDialog>
#include <QRegularExpression>

#include "core/jobs/report.h"

namespace scanline {

ReportExport::ReportExport(StoreThread& reader, QWidget* window) : QObject(window), reader_(reader), window_(window) {}

void ReportExport::ask(const std::vector<RunId>& runs, const QString& name) {
  auto* dialog = new QFileDialog(window_, tr("Export a report"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setNameFilter(tr("HTML page (*.html)"));
  dialog->setDefaultSuffix(QStringLiteral("html"));
  static const QRegularExpression kNoFileName(QStringLiteral("[/\\x00-\\x1f]"));
  dialog->selectFile(QString(name).replace(kNoFileName, QStringLiteral("-")) + QStringLiteral(".html"));
  connect(dialog, &QFileDialog::fileSelected, this, [this, runs](const QString& file) { writeTo(runs, file); });
  dialog->open();
}

void ReportExport::writeTo(const std::vector<RunId>& runs, const QString& file) {
  reader_.post(
      this, [runs, path = file.toStdString()](RunStore& store) { writeReport(store, runs, path); },
      [this, file] { emit written(QDir::toNativeSeparators(file)); },
      [this](const QString& sentence) { emit failed(sentence); });
}

}  // namespace scanline
