// The remains of a crash in work of several pieces, and how verify() and repair() find and mend them.
#include <SQLiteCpp/SQLiteCpp.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QTest>
#include <functional>
#include <random>
#include <thread>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "tests/core/store/store_support.h"

using namespace scanline;
namespace fs = std::filesystem;

class VerifyTest : public QObject, StoreTest {
  Q_OBJECT
 private slots:
  void init() { start(); }
  void cleanup() { end(); }

  void aQueuedRunThatNoQueueHoldsIsFoundAndQueued() {
    inAProcessThatDies([](RunStore& store) { store.create(specText("lost")); });
    const RunId lost = *store_->find("lost");
    QCOMPARE(store_->run(lost).state, RunState::Queued);
    const auto faults = store_->verify();
    QCOMPARE(faults.size(), size_t{1});
    QVERIFY2(faults[0].find("\"lost\"") != std::string::npos && faults[0].find("queue") != std::string::npos,
             faults[0].c_str());
    QCOMPARE(store_->repair().size(), size_t{1});
    QVERIFY(store_->verify().empty());
    QCOMPARE(store_->jobs().size(), size_t{1});
    QVERIFY(store_->jobs()[0].run == lost);
    QCOMPARE(store_->jobs()[0].state, JobState::Paused);  // nobody knows any more whether it was to start
    QVERIFY(store_->repair().empty());
  }

  void aRunFromBeforeOwnersWereNotedIsFoundToo() {
    sql("UPDATE run SET owner_pid = 0");
    QCOMPARE(store_->verify().size(), size_t{1});
    store_->repair();
    QVERIFY(store_->verify().empty());
  }

  void aFolderOfNoRunIsFoundAndPutAside() {
    const fs::path stray = pathOf(*folder_) / "runs" / "0b9e1c3a-0000-4000-8000-000000000000";
    fs::create_directories(stray / "checkpoints");
    writeFileAtomically(stray / "checkpoints/step-5.safetensors", "weights");
    store_->folder(run_);  // a run's own is none
    const auto faults = store_->verify();
    QCOMPARE(faults.size(), size_t{1});
    QVERIFY2(faults[0].find(stray.string()) != std::string::npos, faults[0].c_str());
    QCOMPARE(store_->repair().size(), size_t{1});
    QVERIFY(!fs::exists(stray) && fs::exists(store_->folder(run_)));
    const fs::path lost = pathOf(*folder_) / "lost" / stray.filename() / "checkpoints/step-5.safetensors";
    QCOMPARE(readFile(lost, 100), std::string("weights"));
  }

  void aDeletionThatWasCutOffIsFinished() {
    appendOne(*store_, run_, stepAt(1));
    sql("UPDATE run SET trashed = 1, detail = 'Being deleted.'");
    const fs::path files = store_->folder(run_);
    QCOMPARE(store_->verify().size(), size_t{1});
    QCOMPARE(store_->repair().size(), size_t{1});
    QVERIFY(!fs::exists(files));
    QVERIFY_THROWS_EXCEPTION(Error, store_->run(run_));
  }

  void aForkThatCannotBeMadeLeavesNothing() {
    makeCheckpoint();
    const size_t folders = foldersOf();
    const std::vector<std::string> texts{specText("good"), "model.layerz = 3"};
    QVERIFY_THROWS_EXCEPTION(Error, store_->forkQueued(run_, 5, texts, {}));
    QVERIFY_THROWS_EXCEPTION(Error, store_->createQueued(texts, {}, {}));
    fs::remove(store_->folder(run_) / "checkpoints/step-5.safetensors");
    QVERIFY_THROWS_EXCEPTION(Error, store_->forkQueued(run_, 5, std::span(texts).first(1), {}));
    QCOMPARE(store_->runs().size(), size_t{1});
    QVERIFY(store_->jobs().empty());
    QCOMPARE(foldersOf(), folders);
  }

  /// A process is killed in the middle of it, many times over.
  void killedInTheMiddleOfIt_data() {
    QTest::addColumn<int>("work");
    QTest::newRow("queueing") << 0;
    QTest::newRow("forking") << 1;
    QTest::newRow("deleting") << 2;
  }
  void killedInTheMiddleOfIt() {
    QFETCH(const int, work);
    makeCheckpoint();
    const std::vector<std::string> texts{specText("one"), specText("two"), specText("three")};
    std::mt19937 random(7);
    for (int round = 0; round < 25; ++round) {
      const pid_t child = inAnotherProcess([&](RunStore& store) {
        for (;;) {
          if (work == 0) store.createQueued(texts, {}, {.first = true});
          if (work == 1) store.forkQueued(run_, 5, texts, {});
          if (work == 2) store.purge(store.fork(run_, 5, texts[0]));
        }
      });
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 30000));
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
      store_ = std::make_unique<RunStore>(pathOf(*folder_), StoreMode::ReadWrite);
      if (work != 2) {  // all or none
        const size_t made = store_->runs().size() - 1;
        QCOMPARE(made % 3, size_t{0});
        QCOMPARE(store_->jobs().size(), made);
      }
      store_->repair();
      QVERIFY(store_->verify().empty());
      for (const RunSummary& run : store_->runs(true))
        for (const CheckpointRow& row : store_->checkpoints(run.id))
          QVERIFY(fs::exists(store_->folder(run.id) / row.file));
    }
  }

 private:
  void makeCheckpoint() {
    const fs::path files = store_->folder(run_);
    fs::create_directories(files / "checkpoints");
    writeFileAtomically(files / "checkpoints/step-5.safetensors", "weights");
    appendOne(*store_, run_, CheckpointSaved{5, "checkpoints/step-5.safetensors", 7, 1.5, "best"});
  }
  size_t foldersOf() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(pathOf(*folder_) / "runs"), {}));
  }
  void sql(const char* text) const {
    SQLite::Database((pathOf(*folder_) / "scanline.db").string(), SQLite::OPEN_READWRITE).exec(text);
  }
  /// No connection crosses the fork.
  pid_t inAnotherProcess(const std::function<void(RunStore&)>& work) {
    store_.reset();
    const pid_t child = ::fork();
    if (child != 0) return child;
    RunStore store(pathOf(*folder_), StoreMode::ReadWrite);
    work(store);
    ::_exit(0);
  }
  void inAProcessThatDies(const std::function<void(RunStore&)>& work) {
    ::waitpid(inAnotherProcess(work), nullptr, 0);
    store_ = std::make_unique<RunStore>(pathOf(*folder_), StoreMode::ReadWrite);
  }
};

QTEST_GUILESS_MAIN(VerifyTest)
#include "verify_test.moc"
