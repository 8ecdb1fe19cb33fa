#include <fmt/format.h>

#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QMessageBox>
#include <QStandardPaths>
#include <cstdio>

#include "app/engine_loader.h"
#include "app/main_window.h"
#include "app/settings.h"
#include "core/base/error.h"
#include "core/base/idle_threads.h"
#include "core/base/user_folders.h"
#include "core/store/run_store.h"

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
  try {
    // Opened once here, so that a workspace that cannot be used is a sentence before any window.
    scanline::RunStore(workspace.toStdString(), scanline::StoreMode::ReadWrite).markInterrupted();
  } catch (const std::exception& error) {
    std::fputs(fmt::format("{}\n", error.what()).c_str(), stderr);
    QMessageBox::critical(nullptr, QStringLiteral("Scanline"), QString::fromUtf8(error.what()));
    return 1;
  }
  settings.addRecentWorkspace(workspace);
  scanline::MainWindow window(workspace, settings, scanline::loadEngine);
  window.show();
  return QApplication::exec();
}
