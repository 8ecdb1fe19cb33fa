#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QProcess>
#include <QStandardPaths>

#include "app/engine_loader.h"
#include "app/main_window.h"
#include "app/settings.h"
#include "app/window_end.h"
#include "core/base/idle_threads.h"
#include "core/base/user_folders.h"

namespace {

/// --workspace, or scanline/ in the data folder of the desktop.
QString workspaceFrom(const QCommandLineParser& parser) {
  if (parser.isSet(QStringLiteral("workspace"))) {
    const std::string given = scanline::expandHome(parser.value(QStringLiteral("workspace")).toStdString());
    return QDir(QString::fromStdString(given)).absolutePath();
  }
  return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + QStringLiteral("/scanline");
}

}  // namespace

int main(int argc, char** argv) {
  scanline::setSpinCount();  // libgomp is loaded with the engine, later
  QApplication application(argc, argv);
  QApplication::setApplicationName(QStringLiteral("scanline"));
  QApplication::setApplicationDisplayName(QStringLiteral("Scanline"));
  QApplication::setApplicationVersion(QStringLiteral(SCANLINE_VERSION));
  QApplication::setDesktopFileName(QStringLiteral("org.scanline.Scanline"));
  QApplication::setWindowIcon(QIcon(QStringLiteral(":/icons/scanline.svg")));

  QCommandLineParser parser;
  parser.setApplicationDescription(QStringLiteral("Workbench for generative pretraining from pixels."));
  parser.addHelpOption();
  parser.addVersionOption();
  parser.addOption({QStringLiteral("workspace"), QStringLiteral("Folder with the runs."), QStringLiteral("folder")});
  parser.process(application);

  scanline::Settings settings;
  scanline::applyTheme(application, settings.theme());
  const QString workspace = workspaceFrom(parser);
  auto window = std::make_unique<scanline::MainWindow>(workspace, settings, scanline::loadEngine);
  QObject::connect(window.get(), &scanline::MainWindow::workspaceRequested, [](const QString& folder) {
    QProcess::startDetached(QCoreApplication::applicationFilePath(), {QStringLiteral("--workspace"), folder});
  });
  window->show();
  const int code = QApplication::exec();
  settings.sync();
  scanline::endWindow(std::move(window), code);
  return code;
}
