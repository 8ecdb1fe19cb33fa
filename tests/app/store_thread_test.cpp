#include "app/store_thread.h"

#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <future>
#include <thread>

#include "core/base/error.h"
#include "core/spec/spec_text.h"

using namespace scanline;

class StoreThreadTest : public QObject {
  Q_OBJECT
 private slots:
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  void answersArriveOnTheAskersThreadInOrder() {
    StoreThread thread(path(), StoreMode::ReadWrite);
    std::vector<int64_t> answers;
    const auto here = std::this_thread::get_id();
    for (int i = 0; i < 5; ++i)
      thread.post(
          this, [](RunStore& store) { return store.create(toToml(RunSpec{})).value; },
          [&](int64_t id) {
            QCOMPARE(std::this_thread::get_id(), here);
            answers.push_back(id);
          },
          [](const QString& sentence) { QFAIL(qPrintable(sentence)); });
    QTRY_COMPARE(answers, (std::vector<int64_t>{1, 2, 3, 4, 5}));
  }

  void whatIsThrownBecomesASentence() {
    StoreThread thread(path(), StoreMode::ReadWrite);
    QString sentence;
    thread.post(
        this, [](RunStore&) { throw Error("The disk is full."); }, [] { QFAIL("must not succeed"); },
        [&](const QString& text) { sentence = text; });
    QTRY_COMPARE(sentence, QStringLiteral("The disk is full."));
  }

  void aStoreThatCannotBeOpenedIsASentenceAndIsTriedAgain() {
    StoreThread thread(path(), StoreMode::ReadOnly);  // nobody has made the workspace yet
    QString sentence;
    bool worked = false;
    const auto ask = [&] {
      thread.post(
          this, [](RunStore& store) { return store.runs().size(); }, [&](size_t) { worked = true; },
          [&](const QString& text) { sentence = text; });
    };
    ask();
    QTRY_VERIFY(!sentence.isEmpty());
    RunStore make(path(), StoreMode::ReadWrite);
    ask();
    QTRY_VERIFY(worked);
  }

  void answersForWindowsThatAreGoneAreDropped() {
    StoreThread thread(path(), StoreMode::ReadWrite);
    auto gone = std::make_unique<QObject>();
    bool called = false, later = false;
    thread.post(
        gone.get(), [](RunStore&) { std::this_thread::sleep_for(std::chrono::milliseconds(50)); },
        [&] { called = true; }, [&](const QString&) { called = true; });
    gone.reset();
    thread.post(
        this, [](RunStore&) {}, [&] { later = true; }, [](const QString&) {});
    QTRY_VERIFY(later);
    QVERIFY(!called);
  }

  /// Reads that nobody waits for any more: the one under way ends, the others never begin.
  void whatIsCancelledNeverBegins() {
    StoreThread thread(path(), StoreMode::ReadWrite);
    std::promise<void> began, release;
    std::atomic<int> later = 0;
    thread.post(
        this,
        [&](RunStore&) {
          began.set_value();
          release.get_future().wait();
        },
        [] {}, [](const QString&) {});
    for (int i = 0; i < 3; ++i)
      thread.post(
          this, [&](RunStore&) { ++later; }, [] {}, [](const QString&) {});
    began.get_future().wait();
    thread.cancel();
    thread.post(
        this, [&](RunStore&) { ++later; }, [] {}, [](const QString&) {});
    release.set_value();
    thread.finish();
    QCOMPARE(later.load(), 0);
  }

  void whatWasPostedIsDoneBeforeTheThreadEnds() {
    {
      StoreThread thread(path(), StoreMode::ReadWrite);
      for (int i = 0; i < 20; ++i)
        thread.post(
            this, [](RunStore& store) { store.create(toToml(RunSpec{})); }, [] {}, [](const QString&) {});
    }
    QCOMPARE(RunStore(path(), StoreMode::ReadOnly).runs().size(), size_t{20});
  }

 private:
  std::filesystem::path path() const { return folder_->path().toStdString() + "/workspace"; }
  std::unique_ptr<QTemporaryDir> folder_;
};

QTEST_GUILESS_MAIN(StoreThreadTest)
#include "store_thread_test.moc"
