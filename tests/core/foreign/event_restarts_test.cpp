// Event files whose steps go back, several workers' files in one folder, and trees of links.
#include <QTest>
#include <algorithm>

#include "core/foreign/tfevents.h"
#include "core/foreign/tfevents_writer.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

void writeLoss(const fs::path& folder, const std::vector<int64_t>& steps) {
  fs::create_directories(folder);
  TfEventsWriter writer(folder);
  for (const int64_t step : steps) writer.addScalar("loss", step, static_cast<double>(step), 1000);
  writer.flush();
}

std::vector<int64_t> range(int64_t begin, int64_t end, int64_t by = 1) {
  std::vector<int64_t> steps;
  for (int64_t step = begin; step < end; step += by) steps.push_back(step);
  return steps;
}

std::vector<int64_t> shownSteps(const EventLog& log) {
  std::vector<int64_t> steps;
  for (const EventPoint& point : log.series.at(0).shown) steps.push_back(point.step);
  return steps;
}

bool warns(const EventLog& log, const char* part) {
  return std::ranges::any_of(log.warnings, [&](const auto& text) { return text.find(part) != std::string::npos; });
}

}  // namespace

class EventRestartsTest : public QObject {
  Q_OBJECT

 private slots:
  /// TensorBoard shows the newer worker's points from its first step on; hidden points are counted.
  void pointsThatAnotherWorkerHidesAreCounted() {
    const TempFolder folder;
    writeLoss(folder.path(), range(0, 100, 2));
    writeLoss(folder.path(), range(1, 100, 2));
    const auto log = readEventLog(folder.path());
    QCOMPARE(log.series.at(0).points.size(), 100UL);
    QCOMPARE(log.series.at(0).shown.size(), 51UL);
    QCOMPARE(log.warnings.size(), 1UL);
    QVERIFY2(warns(log, "49 points of loss were left out"), log.warnings[0].c_str());
  }

  void pointsThatARestartDoesAgainAreCounted() {
    const TempFolder folder;
    writeLoss(folder.path(), range(0, 11));
    writeLoss(folder.path(), range(6, 13));
    const auto log = readEventLog(folder.path());
    QCOMPARE(shownSteps(log), range(0, 13));
    QVERIFY(warns(log, "5 points of loss were left out"));
  }

  void pointsThatASessionVoidsAreCounted() {
    const TempFolder folder;
    writeLoss(folder.path(), range(0, 10));
    TfEventsWriter(folder.path(), 4).flush();
    const auto log = readEventLog(folder.path());
    QCOMPARE(shownSteps(log), range(0, 4));
    QVERIFY(warns(log, "6 points of loss were left out: a session that began later"));
    QVERIFY(!warns(log, "several programs"));
  }

  /// A record that stands twice in the files: nothing is lost by it.
  void pointsThatAreSaidTwiceAreNotCounted() {
    const TempFolder folder;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    TfEventsWriter writer(folder.path());
    for (const double value : {1.0, 1.0, 2.0}) writer.addScalar("a", static_cast<int64_t>(value), value, 1000);
    for (int again = 0; again < 2; ++again) writer.addScalar("b", 5, nan, 1000);
    writer.flush();
    QCOMPARE(readEventLog(folder.path()).warnings, std::vector<std::string>());
    writer.addScalar("a", 2, 2.5, 1000);  // another value
    writer.flush();
    QVERIFY(warns(readEventLog(folder.path()), "1 point of a was left out"));
  }

  void aStepBelowZeroCostsOnePoint_data() {
    QTest::addColumn<int>("place");
    QTest::addColumn<qlonglong>("step");
    QTest::newRow("at the end") << 10 << -5LL;
    QTest::newRow("in the middle") << 4 << -1LL;
    QTest::newRow("at the beginning") << 0 << std::numeric_limits<qlonglong>::min();
  }
  void aStepBelowZeroCostsOnePoint() {
    QFETCH(const int, place);
    QFETCH(const qlonglong, step);
    auto steps = range(0, 10);
    steps.insert(steps.begin() + place, step);
    const TempFolder folder;
    writeLoss(folder.path(), steps);
    const auto log = readEventLog(folder.path());
    QCOMPARE(shownSteps(log), range(0, 10));
    QCOMPARE(log.warnings, std::vector<std::string>{folder.path().string() +
                                                    ": 1 point of loss was left out: their steps are below 0."});
  }

  void aSessionBelowZeroVoidsNothing() {
    const TempFolder folder;
    writeLoss(folder.path(), range(0, 10));
    TfEventsWriter(folder.path(), -3).flush();
    const auto log = readEventLog(folder.path());
    QCOMPARE(shownSteps(log), range(0, 10));
    QVERIFY(log.warnings.empty());
  }

  void aStepFarAheadCostsItself() {
    const TempFolder folder;
    writeLoss(folder.path(), {0, 1, int64_t{1} << 62, 2, 3});
    const auto log = readEventLog(folder.path());
    QCOMPARE(shownSteps(log), range(0, 4));
    QVERIFY(warns(log, "1 point of loss was left out"));
  }

  /// A comparison made of links to runs, one of which has a link back to all of them.
  void linksAreFollowedAndCirclesEnteredOnce() {
    const TempFolder folder;
    for (const char* run : {"a/train", "a/val", "b", "b/eval"}) writeLoss(folder / "real" / run, {1});
    fs::create_directory(folder / "cmp");
    for (const char* run : {"a", "b"}) fs::create_directory_symlink(fs::path("../real") / run, folder / "cmp" / run);
    fs::create_directory_symlink("..", folder / "real/a/loop");
    fs::create_directory_symlink("nowhere", folder / "real/a/broken");
    const fs::path cmp = folder / "cmp";
    QCOMPARE(eventFolders(cmp), (std::vector<fs::path>{cmp / "a/train", cmp / "a/val", cmp / "b", cmp / "b/eval"}));
  }

  void aLinkToItselfEnds() {
    const TempFolder folder;
    writeLoss(folder / "run", {1});
    fs::create_directory_symlink(".", folder / "run/again");
    QCOMPARE(eventFolders(folder / "run"), std::vector<fs::path>{folder / "run"});
  }

  void theFolderItselfMayBeALink() {
    const TempFolder folder;
    writeLoss(folder / "real/run", {1});
    fs::create_directory_symlink("real", folder / "link");
    QCOMPARE(eventFolders(folder / "link"), std::vector<fs::path>{folder / "link/run"});
  }
};

QTEST_APPLESS_MAIN(EventRestartsTest)
#include "event_restarts_test.moc"
