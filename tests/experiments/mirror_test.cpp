// Another machine's workspace, whose shell is here a script in place of ssh, and once sshd of this machine.
#include <QStandardPaths>
#include <QTest>
#include <fstream>

#include "core/jobs/mirror.h"
#include "core/spec/presets.h"
#include "core/spec/spec_text.h"
#include "core/store/process_identity.h"
#include "core/store/run_store.h"
#include "tests/experiments/cli_program.h"
#include "tests/support/sentence_of.h"
#include "tests/support/ssh_server.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

class MirrorTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {
    if (QStandardPaths::findExecutable(QStringLiteral("rsync")).isEmpty()) QSKIP("There is no rsync here.");
  }
  void init() {
    files_ = std::make_unique<TempFolder>();
    far_ = files_->path() / "far away";
    mirror_ = files_->path() / "mirror";
    store_ = std::make_unique<RunStore>(far_, StoreMode::ReadWrite);
    RunSpec spec = preset("quick-start").spec;
    spec.name = "theirs";
    run_ = store_->create(toToml(spec));
    store_->own(run_);  // by this process, which is the other machine's
    append(StateChanged{RunState::Running, ""});
    append(StepStats{.step = 1, .loss = 3});
    // What ssh does: the words behind the host are a command of the shell there.
    source_ = {.host = "there",
               .folder = far_.string(),
               .shell = script("#!/bin/sh\nshift\nexec sh -c \"$*\"\n"),
               .program = SCANLINE_CLI};
  }
  void cleanup() { store_.reset(); }

  void aMirrorHasTheRunsAndGrowsWithThem_data() {
    QTest::addColumn<QString>("program");
    QTest::addRow("scanline-cli there") << QStringLiteral(SCANLINE_CLI);
    if (!QStandardPaths::findExecutable(QStringLiteral("sqlite3")).isEmpty())
      QTest::addRow("sqlite3 there") << QStringLiteral("no-scanline-cli");
  }
  void aMirrorHasTheRunsAndGrowsWithThem() {
    QFETCH(QString, program);
    source_.program = program.toStdString();
    std::ofstream(store_->folder(run_) / "palette.npy") << "colours";
    fs::create_directories(store_->folder(run_) / "checkpoints");
    std::ofstream(store_->folder(run_) / "checkpoints/step-1.safetensors") << "large";
    makeMirror(mirror_, source_);
    QVERIFY(refreshMirror(mirror_));
    const RunStore reader(mirror_, StoreMode::ReadOnly);  // stays open over the next refresh
    const RunId run = *reader.find("theirs");
    QCOMPARE(reader.run(run).state, RunState::Running);
    QVERIFY(reader.run(run).ownedElsewhere && !reader.run(run).onCluster);
    QCOMPARE(reader.points(run, series::kTrainLoss, -1).size(), size_t{1});
    QVERIFY(fs::exists(reader.folder(run) / "palette.npy"));
    QVERIFY(!fs::exists(reader.folder(run) / "checkpoints"));
    const int64_t before = reader.dataVersion();
    for (int64_t step = 2; step <= 5; ++step) append(StepStats{.step = step, .loss = 3.0 / double(step)});
    append(StateChanged{RunState::Finished, ""});
    QVERIFY(refreshMirror(mirror_));
    QVERIFY(reader.dataVersion() > before);
    QCOMPARE(reader.points(run, series::kTrainLoss, -1).size(), size_t{5});
    QCOMPARE(reader.run(run).state, RunState::Finished);
    source_.withCheckpoints = true;
    makeMirror(mirror_, source_);
    QVERIFY(refreshMirror(mirror_));
    QVERIFY(fs::exists(reader.folder(run) / "checkpoints/step-1.safetensors"));
    QVERIFY(leftovers().isEmpty());
  }

  /// All of it over a real connection: the commands there, and rsync.
  void aMirrorComesBySsh() {
    QString why;
    const auto server = SshServer::start(fs::path(SCANLINE_CLI).parent_path(), why);
    if (!server) QSKIP(qPrintable(QStringLiteral("There is no sshd here: %1.").arg(why)));
    source_.host = server->host().toStdString();
    source_.shell = server->command().toStdString();
    std::ofstream(store_->folder(run_) / "palette.npy") << "colours";
    makeMirror(mirror_, source_);
    QVERIFY(refreshMirror(mirror_));
    const RunStore reader(mirror_, StoreMode::ReadOnly);
    const RunId run = *reader.find("theirs");
    QCOMPARE(reader.run(run).state, RunState::Running);  // its process there is alive
    QVERIFY(fs::exists(reader.folder(run) / "palette.npy"));
    append(StepStats{.step = 2, .loss = 2});
    append(StateChanged{RunState::Finished, ""});
    QVERIFY(refreshMirror(mirror_));
    QCOMPARE(reader.points(run, series::kTrainLoss, -1).size(), size_t{2});
    QCOMPARE(reader.run(run).state, RunState::Finished);
    QVERIFY(leftovers().isEmpty());

    source_.shell = server->command(/*stranger=*/true).toStdString();
    makeMirror(mirror_, source_);
    const std::string refused = sentenceOf([&] { refreshMirror(mirror_); });
    QVERIFY2(says(refused, "127.0.0.1 cannot be reached: ") && says(refused, "Permission denied"), refused.c_str());
    QCOMPARE(reader.run(run).state, RunState::Finished);
  }

  /// A process that died there is dead here, too.
  void aRunWhoseProcessDiedThereIsInterrupted() {
    store_->setOwner(run_, {.pid = 1, .startTicks = 1, .bootId = "an earlier boot"});
    makeMirror(mirror_, source_);
    refreshMirror(mirror_);
    QCOMPARE(RunStore(mirror_, StoreMode::ReadOnly).run(run_).state, RunState::Interrupted);
  }

  void aMirrorIsNeverWritten() {
    makeMirror(mirror_, source_);
    refreshMirror(mirror_);
    QVERIFY(says(sentenceOf([&] { RunStore(mirror_, StoreMode::ReadWrite); }), "is a mirror of another machine"));
    const CliResult shown =
        runCli({"show", "theirs", "--workspace", QString::fromStdString(mirror_.string()), "--json"});
    QVERIFY2(shown.code == 0, shown.err.c_str());
    const CliResult trained = runCli({"resume", "theirs", "--workspace", QString::fromStdString(mirror_.string())});
    QCOMPARE(trained.code, 1);
    QVERIFY2(says(trained.err, "is a mirror of another machine"), trained.err.c_str());
  }

  void troubleIsASentenceAndTheMirrorStays() {
    makeMirror(mirror_, source_);
    refreshMirror(mirror_);
    const auto sentence = [&](const MirrorSource& source) {
      makeMirror(mirror_, source);
      return sentenceOf([&] { refreshMirror(mirror_); });
    };
    MirrorSource other = source_;
    other.shell = "no-such-ssh";
    QVERIFY2(says(sentence(other), "There is no program no-such-ssh here"), sentence(other).c_str());
    other.shell = script("#!/bin/sh\necho 'Connection refused' >&2\nexit 255\n");
    QVERIFY2(says(sentence(other), "there cannot be reached: Connection refused"), sentence(other).c_str());
    fs::rename(far_, files_->path() / "gone");
    QVERIFY(sentence(source_).starts_with("there answers: "));
    fs::create_directories(far_);
    QVERIFY2(says(sentence(source_), "is no workspace of Scanline"), sentence(source_).c_str());
    QCOMPARE(RunStore(mirror_, StoreMode::ReadOnly).count(false), 1);
    QVERIFY(says(sentenceOf([&] { readMirrorSource("/only/a/folder"); }), "HOST:FOLDER"));
    QVERIFY(says(sentenceOf([&] { makeMirror(files_->path(), source_); }), "is not empty"));
    QVERIFY(leftovers().isEmpty());
  }

  void theTerminalMakesAndRefreshesOne() {
    const QString at = QString::fromStdString(mirror_.string());
    const CliResult made = runCli({"mirror", at, QString::fromStdString("there:" + far_.string()), "--shell",
                                   QString::fromStdString(source_.shell), "--program", QStringLiteral(SCANLINE_CLI)});
    QVERIFY2(made.code == 0, made.err.c_str());
    append(StepStats{.step = 2, .loss = 2});
    const CliResult again = runCli({"mirror", at, "--json"});
    QVERIFY2(again.code == 0, again.err.c_str());
    QCOMPARE(RunStore(mirror_, StoreMode::ReadOnly).points(run_, series::kTrainLoss, -1).size(), size_t{2});
  }

 private:
  void append(const TrainEvent& event) { store_->append(run_, std::span(&event, 1)); }
  std::string script(const char* text) const {
    const fs::path file = files_->path() / ("shell" + std::to_string(++scripts_));
    std::ofstream(file) << text;
    fs::permissions(file, fs::perms::owner_all);
    return file.string();
  }
  /// Copies that a refresh left in the folder for temporary files, made by this test.
  QStringList leftovers() const {
    QStringList found;
    for (const auto& entry : fs::directory_iterator(fs::temp_directory_path()))
      if (entry.path().filename().string().starts_with("scanline-copy-") && entry.last_write_time() > started_)
        found << QString::fromStdString(entry.path().string());
    return found;
  }

  std::unique_ptr<TempFolder> files_;
  fs::path far_, mirror_;
  std::unique_ptr<RunStore> store_;
  RunId run_;
  MirrorSource source_;
  mutable int scripts_ = 0;
  fs::file_time_type started_ = fs::file_time_type::clock::now();
};

QTEST_GUILESS_MAIN(MirrorTest)
#include "mirror_test.moc"
