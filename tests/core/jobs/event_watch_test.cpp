// Folders of event files that grow while another program trains.
#include "core/jobs/event_watch.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <fstream>

#include "core/base/error.h"
#include "core/foreign/tfevents.h"
#include "core/foreign/tfevents_writer.h"
#include "core/jobs/import.h"
#include "core/store/run_store.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

std::string bytesOf(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

fs::path onlyFile(const fs::path& folder) {
  return fs::directory_iterator(folder)->path();
}

}  // namespace

class EventWatchTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    temporary_ = std::make_unique<QTemporaryDir>();
    workspace_ = fs::path(temporary_->path().toStdString()) / "workspace";
    logs_ = fs::path(temporary_->path().toStdString()) / "logs";
    fs::create_directories(logs_ / "a");
    store_ = std::make_unique<RunStore>(workspace_, StoreMode::ReadWrite);
  }
  void cleanup() {
    QVERIFY(store_->verify().empty());
    store_.reset();
  }

  void curvesGrowWhileTheProgramWrites() {
    TfEventsWriter writer(logs_ / "a");
    writer.addScalar("loss", 0, 3, 1'700'000'000'000);
    writer.flush();
    EventWatch watch(workspace_, logs_);
    const auto first = watch.poll(*store_);
    QCOMPARE(first.begun.size(), size_t{1});
    const RunId run = first.begun.front();
    QCOMPARE(store_->run(run).name, std::string("logs/a"));
    QCOMPARE(store_->run(run).kind, RunKind::Curves);
    QCOMPARE(store_->run(run).tags, (std::vector<std::string>{"imported", "watched"}));
    QVERIFY(watch.poll(*store_).empty());

    for (int64_t step = 1; step <= 5; ++step)
      writer.addScalar("loss", step, 3.0 / double(step + 1), 1'700'000'000'000 + 1000 * step);
    writer.addScalar("lr", 5, 0.25, 1'700'000'005'000);
    writer.flush();
    const auto second = watch.poll(*store_);
    QCOMPARE(second.grown, std::vector{run});
    QCOMPARE(second.points, 6);
    const auto points = store_->points(run, series::kTrainLoss, -1);
    QCOMPARE(points.size(), size_t{6});
    QCOMPARE(points[4].value, double(3.0F / 5));
    QCOMPARE(points[4].timeMs, 1'700'000'004'000);
    QCOMPARE(store_->points(run, series::kLearningRate, -1).size(), size_t{1});
    QCOMPARE(store_->run(run).step, 5);
  }

  void aRecordThatIsNotWholeWaits() {
    const fs::path other = fs::path(temporary_->path().toStdString()) / "other";
    fs::create_directories(other);
    {
      TfEventsWriter writer(other);
      for (int64_t step = 0; step < 4; ++step) writer.addScalar("loss", step, double(step), 1'700'000'000'000);
      writer.flush();
    }
    const std::string whole = bytesOf(onlyFile(other));
    const fs::path file = logs_ / "a" / onlyFile(other).filename();
    EventWatch watch(workspace_, logs_ / "a");
    // Byte by byte: never a warning, never a point that is not there.
    RunId run;
    int64_t points = 0;
    for (size_t size = 1; size <= whole.size(); ++size) {
      std::ofstream(file, std::ios::binary) << whole.substr(0, size);
      const auto news = watch.poll(*store_, true);
      QVERIFY(news.warnings.empty());
      if (!news.begun.empty()) run = news.begun.front();
      points += news.points;
    }
    QCOMPARE(points, 4);
    QCOMPARE(store_->points(run, series::kTrainLoss, -1).size(), size_t{4});
    QCOMPARE(store_->runs().size(), size_t{1});
  }

  void aRestartReplacesWhatCameAfterIt() {
    EventFollower follower(logs_ / "a");
    {
      TfEventsWriter writer(logs_ / "a");
      for (int64_t step = 0; step < 10; ++step) writer.addScalar("loss", step, 1, 1'700'000'000'000);
      for (int64_t step = 0; step < 10; ++step) writer.addScalar("other", step, 5, 1'700'000'000'000);
      writer.flush();
    }
    EventWatch watch(workspace_, logs_);
    const RunId run = watch.poll(*store_).begun.front();
    follower.poll();
    {
      TfEventsWriter writer(logs_ / "a");  // a file of its own, with a later name
      for (int64_t step = 6; step < 8; ++step) writer.addScalar("loss", step, 2, 1'700'000'100'000);
      writer.flush();
    }
    QVERIFY(follower.poll());
    QCOMPARE(follower.replacedFrom(), std::optional<int64_t>(6));
    watch.poll(*store_);
    const auto points = store_->points(run, series::kTrainLoss, -1);
    QCOMPARE(points.size(), size_t{8});
    QCOMPARE(points[5].value, 1.0);
    QCOMPARE(points[6].value, 2.0);
    QCOMPARE(store_->points(run, "other", -1).size(), size_t{10});
    // As reading the whole folder at once says.
    EventWatch later(workspace_, logs_);
    QCOMPARE(later.poll(*store_).points, 0);  // nothing is new to the store
    for (const EventSeries& series : readEventLog(logs_ / "a").series)
      QCOMPARE(store_->points(run, series.tag == "loss" ? series::kTrainLoss : "other", -1).size(),
               series.shown.size());
  }

  void newFoldersAreFoundAndALaterWatchGoesOn() {
    TfEventsWriter first(logs_ / "a");
    for (int64_t step = 0; step < 3; ++step) first.addScalar("loss", step, 1, 1'700'000'000'000);
    first.flush();
    RunId run;
    {
      EventWatch watch(workspace_, logs_);
      run = watch.poll(*store_).begun.front();
      store_->rename(run, "mine");
    }
    fs::create_directories(logs_ / "b");
    TfEventsWriter second(logs_ / "b");
    second.addScalar("loss", 0, 1, 1'700'000'000'000);
    second.flush();
    first.addScalar("loss", 3, 1, 1'700'000'000'000);
    first.flush();
    EventWatch watch(workspace_, logs_);
    const auto news = watch.poll(*store_);
    QCOMPARE(news.begun.size(), size_t{1});
    QCOMPARE(news.grown, std::vector{run});
    QCOMPARE(news.points, 2);  // nothing is stored twice
    QCOMPARE(store_->run(run).name, std::string("mine"));
    QCOMPARE(store_->points(run, series::kTrainLoss, -1).size(), size_t{4});
  }

  void aFileThatBeginsAnewIsReadAnew() {
    const fs::path other = fs::path(temporary_->path().toStdString()) / "other";
    fs::create_directories(other);
    {
      TfEventsWriter writer(other);
      writer.addScalar("loss", 0, 7, 1'700'000'000'000);
      writer.flush();
    }
    TfEventsWriter writer(logs_ / "a");
    for (int64_t step = 0; step < 100; ++step) writer.addScalar("loss", step, 1, 1'700'000'000'000);
    writer.flush();
    EventWatch watch(workspace_, logs_);
    const RunId run = watch.poll(*store_).begun.front();
    std::ofstream(onlyFile(logs_ / "a"), std::ios::binary) << bytesOf(onlyFile(other));
    watch.poll(*store_);
    const auto points = store_->points(run, series::kTrainLoss, -1);
    QCOMPARE(points.size(), size_t{1});
    QCOMPARE(points[0].value, 7.0);
  }

  void damageIsSaidOnceAndLaterFilesCount() {
    TfEventsWriter writer(logs_ / "a");
    writer.addScalar("loss", 0, 1, 1'700'000'000'000);
    writer.flush();
    std::ofstream(onlyFile(logs_ / "a"), std::ios::binary | std::ios::app) << std::string(100, 'x');
    EventWatch watch(workspace_, logs_);
    const auto news = watch.poll(*store_);
    QCOMPARE(news.begun.size(), size_t{1});
    QCOMPARE(news.warnings.size(), size_t{1});
    TfEventsWriter later(logs_ / "a");
    later.addScalar("loss", 1, 2, 1'700'000'000'000);
    later.flush();
    const auto more = watch.poll(*store_);
    QCOMPARE(more.points, 1);
    QVERIFY(more.warnings.empty());
  }

  void whatIsNoFolderIsRefused() {
    QVERIFY_EXCEPTION_THROWN(EventWatch(workspace_, logs_ / "nowhere"), Error);
    EventWatch watch(workspace_, logs_);
    QVERIFY(watch.poll(*store_).empty());  // nothing there yet
  }

 private:
  std::unique_ptr<QTemporaryDir> temporary_;
  fs::path workspace_, logs_;
  std::unique_ptr<RunStore> store_;
};

QTEST_GUILESS_MAIN(EventWatchTest)
#include "event_watch_test.moc"
