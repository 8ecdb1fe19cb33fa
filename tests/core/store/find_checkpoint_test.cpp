// Which checkpoint of a run is the best one.
#include "core/store/find_checkpoint.h"

#include <QTest>
#include <limits>

#include "core/base/atomic_file.h"
#include "core/run/run_folder.h"
#include "tests/core/store/store_support.h"
#include "tests/support/sentence_of.h"

namespace scanline {

class FindCheckpointTest : public QObject {
  Q_OBJECT
  QTemporaryDir folder_;
  RunStore store_{pathOf(folder_), StoreMode::ReadWrite};

  RunId runWithLosses(std::initializer_list<double> losses, const std::string& name = "run") {
    const RunId run = store_.create(specText(name));
    int64_t step = 0;
    for (const double loss : losses) {
      step += 100;
      const std::string file = "checkpoints/" + std::to_string(step);
      std::filesystem::create_directories(store_.folder(run) / kCheckpointFolder);
      writeFileAtomically(store_.folder(run) / file, "weights");
      appendOne(store_, run, CheckpointSaved{step, file, 1, loss, ""});
    }
    return run;
  }
  int64_t bestStep(RunId run) { return bestCheckpoint(store_, run).value().step; }

 private slots:
  void theLowestValidationLossIsBest() { QCOMPARE(bestStep(runWithLosses({2.0, 1.5, 1.7})), 200); }

  void ofEqualsTheFirstIsBest() { QCOMPARE(bestStep(runWithLosses({2.0, 1.5, 1.5})), 200); }

  void ofAClassifierTheHighestAccuracyIsBest() {
    const RunId run = runWithLosses({1.2, 1.5, 1.7});
    for (const auto& [step, accuracy] : {std::pair{100, 0.3}, {200, 0.4}, {300, 0.5}})
      appendOne(store_, run, Evaluation{.step = step, .loss = 1, .accuracy = accuracy});
    QCOMPARE(bestStep(run), 300);
  }

  void ofThoseNeverMeasuredTheNewestIsBest() {
    const double unknown = std::numeric_limits<double>::quiet_NaN();
    QCOMPARE(bestStep(runWithLosses({unknown, unknown})), 200);
  }

  /// As RUN; a step is asked for with RUN@STEP.
  void theBestIsFoundByTheRunsName() {
    const RunId run = runWithLosses({2.0, 1.5, 1.7}, "several");
    const auto fileOf = [&](const char* text) { return findCheckpoint(store_.workspace(), text); };
    QCOMPARE(fileOf("several"), store_.folder(run) / "checkpoints/200");
    QCOMPARE(fileOf("several@300"), store_.folder(run) / "checkpoints/300");
    QVERIFY(sentenceOf([&] { fileOf("several@400"); }).find("100, 200, 300") != std::string::npos);
    QVERIFY(sentenceOf([&] { fileOf("nothing of that name@100"); }).find("nor a run") != std::string::npos);
  }

  void aNameMayHoldAnAt() {
    const RunId run = runWithLosses({2.0, 1.5}, "lr@100"), other = runWithLosses({1.0}, "lr");
    QVERIFY(findStoredCheckpoint(store_, "lr@100").run == run);
    QCOMPARE(findStoredCheckpoint(store_, "lr@100@100").row.step, 100);
    store_.purge(run);
    QVERIFY(findStoredCheckpoint(store_, "lr@100").run == other);
  }

  void ofOneNameARunThatHasACheckpointIsTaken() {
    const RunId oldest = runWithLosses({1.0}, "twin"), older = runWithLosses({1.0}, "twin");
    std::vector<std::string> told;
    const TakenNews taken = [&](const std::string& sentence) { told.push_back(sentence); };
    QVERIFY(findTrainedRun(store_, "twin", taken) == older);
    QVERIFY(told.empty());  // nothing to say: it is the newest
    const RunId failed = store_.create(specText("twin"));
    QVERIFY(findTrainedRun(store_, "twin", taken) == older);
    QCOMPARE(told.size(), size_t{1});
    for (const RunId run : {failed, older})
      QVERIFY(told[0].find(store_.run(run).uuid.substr(0, 8)) != std::string::npos);
    QVERIFY(findTrainedRun(store_, store_.run(failed).uuid, taken) == failed);  // asked for by itself
    std::filesystem::remove_all(store_.folder(older) / "checkpoints");          // a row whose file is lost is of no use
    QVERIFY(findTrainedRun(store_, "twin") == oldest);
    store_.setTrashed({oldest}, true);  // a run in the trash is not taken before it
    QVERIFY(findTrainedRun(store_, "twin") == failed);
    store_.setTrashed({failed, older}, true);
    QVERIFY(findTrainedRun(store_, "twin") == oldest);
  }

  /// One imports the folder m as the run m, and goes on in the same place.
  void aRunAndAFolderOfOneNameAreToldApart() {
    const std::filesystem::path before = std::filesystem::current_path();
    std::filesystem::current_path(pathOf(folder_));
    for (const char* name : {"m", "no-run"}) std::filesystem::create_directory(name);
    std::string told;
    const auto find = [&](const std::string& text) {
      told.clear();
      return findCheckpoint(store_.workspace(), text, [&](const std::string& sentence) { told = sentence; });
    };
    const RunId empty = store_.create(specText("m"));
    QCOMPARE(find("m"), std::filesystem::path("m"));  // the run has nothing to take
    QVERIFY(told.empty());
    store_.purge(empty);
    const RunId run = runWithLosses({1.0}, "m");
    QCOMPARE(find("m"), store_.folder(run) / "checkpoints/100");
    QCOMPARE(told, std::string("m is a run and a folder; the run is taken. For the folder, write ./m."));
    for (const char* path : {"./m", "m/", "no-run"}) QCOMPARE(find(path), std::filesystem::path(path));
    QVERIFY(told.empty());
    std::filesystem::current_path(before);
  }

  void withoutACheckpointThereIsNoBest() { QVERIFY(!bestCheckpoint(store_, store_.create(specText()))); }
};

}  // namespace scanline

QTEST_GUILESS_MAIN(scanline::FindCheckpointTest)
#include "find_checkpoint_test.moc"
