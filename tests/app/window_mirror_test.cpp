// Another machine's workspace in the window, by its dialog, over sshd of this machine.
#include <QInputDialog>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>
#include <filesystem>
#include <fstream>

#include "app/worker_program.h"
#include "tests/app/open_window_test.h"
#include "tests/support/ssh_server.h"
#include "tests/support/widget_pictures.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/message_bar.h"

using namespace scanline;
namespace fs = std::filesystem;

class WindowMirrorTest : public QObject, OpenWindowTest {
  Q_OBJECT
 private slots:
  void initTestCase() {
    QString why;
    if (QStandardPaths::findExecutable(QStringLiteral("rsync")).isEmpty()) QSKIP("There is no rsync here.");
    server_ = SshServer::start(workerProgram().parent_path(), why);
    if (!server_) QSKIP(qPrintable(QStringLiteral("There is no sshd here: %1.").arg(why)));
  }
  void cleanupTestCase() { server_.reset(); }
  void init() {
    makeWorkspace();
    // The window asks for "ssh", which is here one that reads no file of this user.
    const fs::path tools = fs::path(folder_->path().toStdString()) / "tools";
    fs::create_directories(tools);
    std::ofstream(tools / "ssh") << "#!/bin/sh\nexec " << server_->command().toStdString() << " \"$@\"\n";
    fs::permissions(tools / "ssh", fs::perms::owner_all);
    path_ = qgetenv("PATH");
    qputenv("PATH", QByteArray::fromStdString(tools.string()) + ":" + path_);
    home_ = qgetenv("XDG_DATA_HOME");
    qputenv("XDG_DATA_HOME", folder_->path().toUtf8() + "/home");
    far_ = fs::path(folder_->path().toStdString()) / "far away";
    theirs_ = std::make_unique<RunStore>(far_, StoreMode::ReadWrite);
    run_ = theirs_->create(toToml(fakeSpec("theirs")));
    append(StepStats{.step = 1, .loss = 3});
  }
  void cleanup() {
    if (window_) window_->finishWriting();
    window_.reset();
    theirs_.reset();
    qputenv("PATH", path_);
    qputenv("XDG_DATA_HOME", home_);
  }

  void aWorkspaceThereIsMirroredOpenedAndRefreshed() {
    open(workspace_);
    QSignalSpy wanted(window_.get(), &MainWindow::workspaceRequested);
    ask(server_->host() + ":" + QString::fromStdString(far_.string()));
    QTRY_COMPARE_WITH_TIMEOUT(wanted.size(), 1, 120000);
    const QString mirror = wanted.front().front().toString();
    QVERIFY(QFileInfo(mirror).absoluteFilePath().startsWith(folder_->path()));

    window_->finishWriting();
    open(mirror);
    auto* table = window_->findChild<RunTable*>();
    QTRY_VERIFY_WITH_TIMEOUT((table->select({run_}), table->current() == run_), 60000);
    QCOMPARE(stepIn(mirror), 1);
    append(StepStats{.step = 2, .loss = 2});
    QTest::keyClick(window_.get(), Qt::Key_F5);  // while the window refreshes by itself it says so: press again
    QTRY_VERIFY_WITH_TIMEOUT(stepIn(mirror) == 2 || (QTest::keyClick(window_.get(), Qt::Key_F5), false), 120000);
    QCOMPARE(RunStore(far_, StoreMode::ReadOnly).run(run_).step, 2);
  }

  void aHostThatRefusesIsASentence() {
    open(workspace_);
    ask(server_->host() + ":/no/such/folder");
    auto* bar = window_->findChild<MessageBar*>();
    QTRY_VERIFY_WITH_TIMEOUT(bar->accessibleDescription().contains("127.0.0.1 answers"), 120000);
  }

  /// What was typed stays to be mended, beside the reason.
  void aSourceThatIsNoneStaysInTheDialog() {
    open(workspace_);
    choose(*window_, "Mirror another machine’s workspace…");
    QInputDialog* dialog = nullptr;
    QTRY_VERIFY((dialog = window_->findChild<QInputDialog*>("mirrorSource")) && dialog->isVisible());
    auto* line = dialog->findChild<QLineEdit*>();
    line->setFocus();
    QTest::keyClicks(line, QStringLiteral("only-a-host"));
    QTest::keyClick(line, Qt::Key_Return);
    QVERIFY(dialog->isVisible());
    QVERIFY2(dialog->labelText().contains("HOST:FOLDER"), qPrintable(dialog->labelText()));
    QCOMPARE(line->text(), QStringLiteral("only-a-host"));
    takePictures(*dialog, QStringLiteral("mirror"));
    QTest::keyClick(line, Qt::Key_Escape);
    QTRY_VERIFY(!window_->findChild<QInputDialog*>("mirrorSource"));
  }

 private:
  void append(const TrainEvent& event) { theirs_->append(run_, std::span(&event, 1)); }
  int stepIn(const QString& mirror) const {
    return static_cast<int>(RunStore(mirror.toStdString(), StoreMode::ReadOnly).run(run_).step);
  }
  void open(const QString& workspace) {
    workspace_ = workspace;
    openWindow();
  }
  /// Types the source into the dialog of the File menu.
  void ask(const QString& source) {
    choose(*window_, "Mirror another machine’s workspace…");
    QTRY_VERIFY(window_->findChild<QInputDialog*>("mirrorSource"));
    auto* dialog = window_->findChild<QInputDialog*>("mirrorSource");
    QTRY_VERIFY(dialog->isVisible() && dialog->findChild<QLineEdit*>());
    auto* line = dialog->findChild<QLineEdit*>();
    line->setFocus();
    QTest::keyClicks(line, source);
    QTest::keyClick(line, Qt::Key_Return);
    QTRY_VERIFY(!window_->findChild<QInputDialog*>("mirrorSource"));
  }

  std::unique_ptr<SshServer> server_;
  fs::path far_;
  std::unique_ptr<RunStore> theirs_;
  RunId run_;
  QByteArray path_, home_;
};

QTEST_MAIN(WindowMirrorTest)
#include "window_mirror_test.moc"
