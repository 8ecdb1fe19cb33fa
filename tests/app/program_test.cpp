// The program as such: its words without a screen, and one window a workspace.
#include <signal.h>

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "app/window_server.h"
#include "core/base/error.h"
#include "core/store/run_store.h"

using namespace scanline;

class ProgramTest : public QObject {
  Q_OBJECT
 private slots:
  /// Over ssh, in a script: there is no display, and none is needed for words.
  void helpAndVersionNeedNoScreen_data() {
    QTest::addColumn<QString>("option");
    QTest::addColumn<QString>("says");
    QTest::newRow("help") << "--help"
                          << "--workspace";
    QTest::newRow("h") << "-h"
                       << "--workspace";
    QTest::newRow("version") << "--version"
                             << "scanline ";
  }
  void helpAndVersionNeedNoScreen() {
    QFETCH(QString, option);
    QFETCH(QString, says);
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY"}) environment.remove(name);
    environment.insert("QT_QPA_PLATFORM", "xcb");
    QProcess program;
    program.setProcessEnvironment(environment);
    program.start(SCANLINE_PROGRAM, {option});
    QVERIFY(program.waitForFinished(30000));
    QCOMPARE(program.exitStatus(), QProcess::NormalExit);
    QCOMPARE(program.exitCode(), 0);
    QVERIFY(QString::fromUtf8(program.readAllStandardOutput()).contains(says));
  }

  void aSecondStartRaisesTheFirstWindow() {
    const QTemporaryDir folder;
    const QString workspace = folder.filePath("runs");
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("QT_QPA_PLATFORM", "offscreen");
    environment.insert("XDG_CONFIG_HOME", folder.filePath("config"));
    QProcess first, second;
    for (QProcess* program : {&first, &second}) program->setProcessEnvironment(environment);
    first.start(SCANLINE_PROGRAM, {"--workspace", workspace});
    QVERIFY(first.waitForStarted());
    QTRY_VERIFY_WITH_TIMEOUT(WindowServer::raiseOther(workspace), 30000);
    second.start(SCANLINE_PROGRAM, {"--workspace", workspace + "/../runs"});
    QVERIFY(second.waitForFinished(30000));
    QCOMPARE(second.exitCode(), 0);
    QCOMPARE(first.state(), QProcess::Running);
    QVERIFY(!WindowServer::raiseOther(folder.filePath("others")));
    first.terminate();
    QVERIFY(first.waitForFinished(30000));
  }

  /// A file that the desktop opens with the program is imported: by the window that is there, too. A folder with a
  /// store is the workspace.
  void filesAreImportedAndAWorkspaceIsOpened() {
    const QTemporaryDir folder;
    const QString workspace = folder.filePath("runs"), other = folder.filePath("others");
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("QT_QPA_PLATFORM", "offscreen");
    environment.insert("XDG_CONFIG_HOME", folder.filePath("config"));
    for (const char* name : {"a.csv", "b.csv"}) {
      QFile table(folder.filePath(QString::fromLatin1(name)));
      QVERIFY(table.open(QIODevice::WriteOnly));
      table.write("step,loss\n1,2.5\n2,2.25\n");
    }
    const auto runsIn = [](const QString& place) {
      try {
        return RunStore(place.toStdString(), StoreMode::ReadOnly).runs().size();
      } catch (const Error&) {
        return size_t{0};
      }
    };
    QProcess first, second, third;
    for (QProcess* program : {&first, &second, &third}) program->setProcessEnvironment(environment);
    first.start(SCANLINE_PROGRAM, {"--workspace", workspace, folder.filePath("a.csv")});
    QTRY_COMPARE_WITH_TIMEOUT(runsIn(workspace), size_t{1}, 60000);
    second.setWorkingDirectory(folder.path());
    second.start(SCANLINE_PROGRAM, {"--workspace", workspace, "b.csv"});
    QVERIFY(second.waitForFinished(30000));
    QTRY_COMPARE_WITH_TIMEOUT(runsIn(workspace), size_t{2}, 60000);
    second.start(SCANLINE_PROGRAM, {"runs"});  // the folder of the store alone: the same window comes forward
    QVERIFY(second.waitForFinished(30000));
    QCOMPARE(second.exitCode(), 0);
    QCOMPARE(runsIn(workspace), size_t{2});
    third.start(SCANLINE_PROGRAM, {other});
    QVERIFY(third.waitForFinished(30000));
    QCOMPARE(third.exitCode(), 2);
    QVERIFY(third.readAllStandardError().contains("is not there"));
    first.terminate();
    QVERIFY(first.waitForFinished(30000));
  }

  /// The remains of a process that died keep no new window away.
  void aDeadWindowIsNoWindow() {
    const QTemporaryDir folder;
    {
      const WindowServer server(folder.path(), nullptr);
      QVERIFY(WindowServer::raiseOther(folder.path()));
    }
    QVERIFY(!WindowServer::raiseOther(folder.path()));
  }
};

QTEST_GUILESS_MAIN(ProgramTest)
#include "program_test.moc"
