#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QFileInfo>
#include <QProcess>
#include <QStandardPaths>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "app/engine_loader.h"
#include "app/importer.h"
#include "app/main_window.h"
#include "app/settings.h"
#include "app/translation.h"
#include "app/window_end.h"
#include "app/window_server.h"
#include "core/base/idle_threads.h"
#include "core/base/user_folders.h"

namespace {

const QString kWorkspace = QStringLiteral("workspace"), kAside = QStringLiteral("step-aside");

void nameApplication() {
  QCoreApplication::setApplicationName(QStringLiteral("scanline"));
  QCoreApplication::setApplicationVersion(QStringLiteral(SCANLINE_VERSION));
}

void describe(QCommandLineParser& parser) {
  parser.setApplicationDescription(QStringLiteral("Workbench for generative pretraining from pixels."));
  parser.addHelpOption();
  parser.addVersionOption();
  parser.addOption({kWorkspace, QStringLiteral("Folder with the runs."), QStringLiteral("folder")});
  parser.addPositionalArgument(QStringLiteral("place"),
                               QStringLiteral("A workspace to open, or files and folders to import."),
                               QStringLiteral("[place...]"));
  QCommandLineOption aside(kAside, QStringLiteral("Another window stands where this one would."));
  aside.setFlags(QCommandLineOption::HiddenFromHelp);
  parser.addOption(aside);
}

/// Help and version need no screen: they are answered before anything looks for one.
bool asksForWords(int argc, char** argv) {
  return std::any_of(argv + 1, argv + argc, [](std::string_view argument) {
    return argument == "-h" || argument == "--help" || argument == "--help-all" || argument == "-v" ||
           argument == "--version";
  });
}

/// --workspace, or the one that the person prefers, or scanline/ in the data folder of the desktop.
QString workspaceFrom(const QCommandLineParser& parser, const scanline::Settings& settings) {
  const QString given = parser.isSet(kWorkspace) ? parser.value(kWorkspace) : settings.defaultWorkspace();
  if (given.isEmpty())
    return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + QStringLiteral("/scanline");
  return QDir(QString::fromStdString(scanline::expandHome(given.toStdString()))).absolutePath();
}

/// A workspace to open, or what to import into the person's own.
struct Places {
  QString workspace;
  QStringList files;  ///< absolute
};

Places placesFrom(const QCommandLineParser& parser, const scanline::Settings& settings) {
  Places places{workspaceFrom(parser, settings), {}};
  for (const QString& place : parser.positionalArguments()) {
    const QFileInfo file(QString::fromStdString(scanline::expandHome(place.toStdString())));
    if (!file.exists()) {
      std::fprintf(stderr, "%s is not there. To make a workspace of that name, write --workspace before it.\n",
                   qPrintable(place));
      std::exit(2);
    }
    places.files << file.absoluteFilePath();
  }
  const bool isWorkspace = places.files.size() == 1 && !parser.isSet(kWorkspace) &&
                           QFileInfo::exists(places.files.front() + QStringLiteral("/scanline.db"));
  if (isWorkspace) places = {places.files.front(), {}};
  return places;
}

}  // namespace

int main(int argc, char** argv) {
  if (asksForWords(argc, argv)) {
    const QCoreApplication application(argc, argv);
    nameApplication();
    QCommandLineParser parser;
    describe(parser);
    parser.process(application);  // ends here
  }
  scanline::setSpinCount();  // libgomp is loaded with the engine, later
  QApplication application(argc, argv);
  nameApplication();
  QApplication::setApplicationDisplayName(QStringLiteral("Scanline"));
  QApplication::setDesktopFileName(QStringLiteral("org.scanline.Scanline"));
  QApplication::setWindowIcon(QIcon(QStringLiteral(":/icons/scanline.svg")));

  QCommandLineParser parser;
  describe(parser);
  parser.process(application);

  scanline::installTranslation(QLocale(), scanline::translationFolders());
  scanline::Settings settings;
  const auto [workspace, files] = placesFrom(parser, settings);
  if (scanline::WindowServer::raiseOther(workspace, files)) return 0;
  scanline::applyTheme(application, settings.theme());
  auto window = std::make_unique<scanline::MainWindow>(workspace, settings, scanline::loadEngine);
  const scanline::WindowServer server(workspace, nullptr);
  QObject::connect(&server, &scanline::WindowServer::raiseRequested, window.get(), &scanline::MainWindow::comeForward);
  QObject::connect(window.get(), &scanline::MainWindow::workspaceRequested, [](const QString& folder) {
    QProcess::startDetached(QCoreApplication::applicationFilePath(),
                            {QStringLiteral("--") + kWorkspace, folder, QStringLiteral("--") + kAside});
  });
  auto* importer = window->findChild<scanline::Importer*>();
  QObject::connect(&server, &scanline::WindowServer::filesReceived, importer, &scanline::Importer::import);
  if (parser.isSet(kAside)) window->stepAside();
  window->show();
  importer->import(files);
  window->offerTour();
  const int code = QApplication::exec();
  settings.sync();
  scanline::endWindow(std::move(window), code);
  return code;
}
