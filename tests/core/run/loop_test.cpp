#include "core/run/loop.h"

#include <QTemporaryDir>
#include <QTest>
#include <future>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "core/base/passing_error.h"
#include "core/run/pause_gate.h"
#include "tests/core/run/fake_trainer.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

RunSpec shortSpec() {
  RunSpec spec;
  spec.model.layers = 1;
  spec.train = {.steps = 10, .evaluateEvery = 5, .checkpointEvery = 4};
  spec.probe.every = 5;
  spec.sample.every = 10;
  return spec;
}

/// One word an event: its kind, and its step.
std::string wordOf(const TrainEvent& event) {
  struct Words {
    std::string operator()(const StepStats& e) const { return fmt::format("step{}", e.step); }
    std::string operator()(const Evaluation& e) const { return fmt::format("evaluate{}", e.step); }
    std::string operator()(const Scalars& e) const { return fmt::format("scalars{}", e.step); }
    std::string operator()(const LowDataResult& e) const { return fmt::format("lowdata{}", e.labelsPerClass); }
    std::string operator()(const CodebookUse& e) const { return fmt::format("codes{}", e.step); }
    std::string operator()(const ProbeResult& e) const { return fmt::format("probe{}.{}", e.step, e.layer); }
    std::string operator()(const SampleSet& e) const { return fmt::format("sample{}", e.step); }
    std::string operator()(const CheckpointSaved& e) const { return fmt::format("saved{}:{}", e.step, e.reason); }
    std::string operator()(const CheckpointRemoved& e) const { return fmt::format("removed{}", e.step); }
    std::string operator()(const StateChanged& e) const {
      static constexpr std::array<const char*, 9> kNames{"Queued",   "Preparing", "Running", "Paused",     "Stopping",
                                                         "Finished", "Stopped",   "Failed",  "Interrupted"};
      return kNames.at(static_cast<size_t>(e.state));
    }
    std::string operator()(const LogLine& e) const { return e.text; }
    std::string operator()(const RunPrepared&) const { return "prepared"; }
  };
  return std::visit(Words{}, event);
}

QStringList list(const std::vector<std::string>& words) {
  QStringList out;
  for (const std::string& word : words) out << QString::fromStdString(word);
  return out;
}

/// A run in a folder of its own.
struct Run {
  explicit Run(RunSpec s = shortSpec()) : spec(std::move(s)), trainer(spec) {}
  void go(RunHistory history = {}) {
    runTraining(
        trainer, spec, path(), [this](const TrainEvent& event) { record(event); }, gate.control(stop.get_token()),
        std::move(history));
  }
  void record(const TrainEvent& event) {
    if (onEvent) onEvent(event);
    events.push_back(event);
    words.push_back(wordOf(event));
  }
  fs::path path() const { return folder.path().toStdString(); }
  QStringList files() const {
    QStringList names;
    for (const auto& entry : fs::directory_iterator(path() / "checkpoints"))
      names << QString::fromStdString(entry.path().filename().string());
    names.sort();
    return names;
  }
  std::string lastDetail() const { return std::get<StateChanged>(events.back()).detail; }

  QTemporaryDir folder;
  RunSpec spec;
  FakeTrainer trainer;
  PauseGate gate;
  std::stop_source stop;
  std::function<void(const TrainEvent&)> onEvent;
  std::vector<TrainEvent> events;
  std::vector<std::string> words;
};

std::vector<double> losses(const std::vector<TrainEvent>& events) {
  std::vector<double> values;
  for (const TrainEvent& event : events)
    if (const auto* stats = std::get_if<StepStats>(&event)) values.push_back(stats->loss);
  return values;
}

/// As the job does it: the newest checkpoint, and the records of its step.
RunHistory historyOf(const Run& run, int64_t step) {
  std::map<int64_t, CheckpointSaved> rows;
  RunHistory history;
  for (const TrainEvent& event : run.events) {
    if (const auto* saved = std::get_if<CheckpointSaved>(&event)) rows[saved->step] = *saved;
    if (const auto* removed = std::get_if<CheckpointRemoved>(&event)) rows.erase(removed->step);
    if (const auto* evaluation = std::get_if<Evaluation>(&event); evaluation && evaluation->step == step) {
      history.evaluation = *evaluation;
    }
    if (const auto* set = std::get_if<SampleSet>(&event); set && set->step == step) history.sampled = true;
    if (const auto* probe = std::get_if<ProbeResult>(&event); probe && probe->step == step && probe->layer == 1)
      history.probed = true;
  }
  for (const auto& [at, row] : rows) history.checkpoints.push_back(row);
  return history;
}

}  // namespace

class LoopTest : public QObject {
  Q_OBJECT
 private slots:
  void everythingHappensInOrder() {
    Run run;
    run.trainer.lossAt = [](int64_t step) { return 10.0 - static_cast<double>(step); };
    run.go();
    QCOMPARE(list(run.words),
             list({"Running",   "evaluate0", "probe0.0", "probe0.1",   "sample0",      "sample0",   "step1",
                   "step2",     "step3",     "step4",    "evaluate4",  "saved4:best",  "step5",     "evaluate5",
                   "probe5.0",  "probe5.1",  "step6",    "step7",      "step8",        "evaluate8", "saved8:best",
                   "removed4",  "step9",     "step10",   "evaluate10", "saved10:best", "removed8",  "probe10.0",
                   "probe10.1", "sample10",  "sample10", "Finished"}));
    QCOMPARE(run.files(), QStringList{"step-10.safetensors"});
  }

  void intervalZeroMeansOnlyAtTheEnd() {
    Run run;
    run.spec.train = {.steps = 2, .evaluateEvery = 0, .checkpointEvery = 0};
    run.spec.probe.every = run.spec.sample.every = 0;
    run.go();
    QCOMPARE(list(run.words), list({"Running", "step1", "step2", "evaluate2", "saved2:best", "probe2.0", "probe2.1",
                                    "sample2", "sample2", "Finished"}));
  }

  void bestLastAndKeptCheckpointsStay() {
    Run run;
    run.spec.train = {.steps = 10, .evaluateEvery = 1, .checkpointEvery = 1, .keepEvery = 4};
    run.trainer.lossAt = [](int64_t step) { return std::abs(static_cast<double>(step) - 3); };
    run.go();
    QCOMPARE(run.files(),
             (QStringList{"step-10.safetensors", "step-3.safetensors", "step-4.safetensors", "step-8.safetensors"}));
    // The rows say the same as the folder.
    const RunHistory history = historyOf(run, 10);
    QStringList rows;
    for (const auto& row : history.checkpoints) rows << QString("%1 %2").arg(row.step).arg(row.reason.c_str());
    QCOMPARE(rows, (QStringList{"3 best", "4 kept", "8 kept", "10 last"}));
  }

  void aRemovedCheckpointGoesAfterTheNewOneIsSafe() {
    Run run;
    run.spec.train = {.steps = 8, .evaluateEvery = 0, .checkpointEvery = 4};
    run.onEvent = [&](const TrainEvent& event) {
      if (const auto* removed = std::get_if<CheckpointRemoved>(&event)) {
        QCOMPARE(removed->step, 4);
        QCOMPARE(run.files().size(), 2);
      }
    };
    run.go();
    QCOMPARE(run.files(), QStringList{"step-8.safetensors"});
  }

  void stopWritesACheckpoint() {
    Run run;
    run.trainer.onAsk = [&](int64_t step) {
      if (step == 6) run.stop.request_stop();
    };
    run.go();
    QCOMPARE(list(run.words).mid(run.words.size() - 4), list({"step6", "Stopping", "saved6:stopped", "Stopped"}));
    QVERIFY(run.files().contains("step-6.safetensors"));
  }

  void stopBeforeTheFirstStepNeedsNoCheckpoint() {
    Run run;
    run.stop.request_stop();
    run.go();
    QCOMPARE(list(run.words), list({"Running", "Stopping", "Stopped"}));
  }

  void stopRightAfterACheckpointDoesNotWriteItAgain() {
    Run run;
    run.onEvent = [&](const TrainEvent& event) {
      if (std::holds_alternative<CheckpointSaved>(event) && !run.stop.stop_requested()) {
        run.stop.request_stop();
        run.trainer.saveProblem = "written twice";
      }
    };
    run.go();
    QCOMPARE(list(run.words).mid(run.words.size() - 3), list({"Stopping", "saved4:stopped", "Stopped"}));
  }

  void resumeEqualsUninterrupted_data() {
    QTest::addColumn<int>("asks");  // how many times the trainer may ask before the stop: any point of the loop
    for (int asks = 0; asks < 54; ++asks) QTest::addRow("%d", asks) << asks;
  }
  void resumeEqualsUninterrupted() {
    QFETCH(int, asks);
    Run whole;
    whole.go();
    Run first;
    int asked = 0;
    first.trainer.onAsk = [&](int64_t) {
      if (asked++ == asks) first.stop.request_stop();
    };
    first.go();
    if (first.words.back() == "Finished") return;  // the last rows lie behind the end
    Run second;
    fs::copy(first.path(), second.path(), fs::copy_options::recursive);
    const int64_t step = first.trainer.step();
    if (step > 0) second.trainer.load(second.path() / fmt::format("checkpoints/step-{}.safetensors", step));
    second.go(historyOf(first, step));
    QCOMPARE(second.words.back(), std::string("Finished"));

    auto both = losses(first.events);
    std::ranges::copy(losses(second.events), std::back_inserter(both));
    QCOMPARE(both, losses(whole.events));
    // Apart from states, and from work that had to be done twice, the same things happened.
    std::set<std::string> expected(whole.words.begin(), whole.words.end()),
        seen(first.words.begin(), first.words.end());
    seen.insert(second.words.begin(), second.words.end());
    for (const std::string& word : expected)
      if (!word.starts_with("removed") && !word.starts_with("saved")) QVERIFY2(seen.contains(word), word.c_str());
    for (const char* kind : {"evaluate", "sample"}) {
      const auto count = [&](const Run& run) {
        return std::ranges::count_if(run.words, [&](const std::string& word) { return word.starts_with(kind); });
      };
      QCOMPARE(count(first) + count(second), count(whole));
    }
    // A stop may leave a checkpoint where there would have been none; it stays only if it is better.
    const auto bestOf = [](const Run& run) {
      double best = std::numeric_limits<double>::infinity();
      for (const auto& row : historyOf(run, 10).checkpoints) best = std::fmin(best, row.validationLoss);
      return best;
    };
    QVERIFY(second.files().contains("step-10.safetensors"));
    QCOMPARE(second.files().size(), whole.files().size());
    QVERIFY(std::fmin(bestOf(first), bestOf(second)) <= bestOf(whole));
  }

  void theHighestAccuracyIsBestWhateverTheLoss() {
    Run run;
    run.spec.train.evaluateEvery = 1;
    run.trainer.lossAt = [](int64_t step) { return 10.0 - static_cast<double>(step); };  // the last would be best
    run.trainer.accuracyAt = [](int64_t step) { return step == 3 ? 0.9 : step == 7 ? 0.9 : 0.1 * std::sqrt(step); };
    run.go();
    // Step 3 is none at which a checkpoint is due; step 7 is no better, and 4 and 8 are due.
    QCOMPARE(run.files(), QStringList({"step-10.safetensors", "step-3.safetensors"}));
    QCOMPARE(run.trainer.finishedWith, run.path() / "checkpoints/step-3.safetensors");
    QVERIFY(list(run.words).contains("saved3:best"));
    QVERIFY(!list(run.words).contains("saved7:best"));
    QCOMPARE(list(run.words).mid(run.words.size() - 2), QStringList({"scalars10", "Finished"}));
  }

  void aResumedRunRemembersItsBestAccuracy() {
    Run run;
    run.trainer.accuracyAt = [](int64_t) { return 0.5; };
    run.go({.checkpoints = {{2, "checkpoints/step-2.safetensors", 1, 1, "best", 0.8}}});
    QCOMPARE(run.trainer.finishedWith, run.path() / "checkpoints/step-2.safetensors");
  }

  void aTrainerThatIsDoneEndsTheRun() {
    Run run;
    run.trainer.lossAt = [](int64_t step) { return 10.0 - static_cast<double>(step); };
    run.trainer.doneAt = 5;  // neither samples nor a checkpoint are due at this step, unless it is the last
    run.go();
    QCOMPARE(run.trainer.step(), 5);
    QCOMPARE(list(run.words).mid(run.words.size() - 9),
             list({"step5", "evaluate5", "saved5:best", "removed4", "probe5.0", "probe5.1", "sample5", "sample5",
                   "Finished"}));
  }

  void aCheckpointFromBeforeAnEvaluationLearnsOfIt() {
    Run run;
    run.trainer.accuracyAt = [](int64_t) { return 0.5; };
    for (int i = 0; i < 4; ++i) run.trainer.trainStep({});
    fs::create_directories(run.path() / "checkpoints");
    writeFileAtomically(run.path() / "checkpoints/step-4.safetensors", "old");
    // A stop wrote it, and its step is evaluated only now.
    run.trainer.doneAt = 4;
    run.go({.checkpoints = {{4, "checkpoints/step-4.safetensors", 3, NAN, "stopped"}}});
    QVERIFY(readFile(run.path() / "checkpoints/step-4.safetensors", 100) != "old");
  }

  void forgottenWeightsWouldShow() {
    Run whole;
    whole.go();
    Run second;
    writeFileAtomically(second.path() / "state", "4 0x1p-1 fp32");  // the right step, the weights of the beginning
    second.trainer.load(second.path() / "state");
    second.go();
    const auto expected = losses(whole.events);
    QVERIFY(losses(second.events) != std::vector(expected.begin() + 4, expected.end()));
  }

  void aPausedRunWaitsAndGoesOn() {
    Run run;
    std::promise<void> paused;
    run.trainer.onAsk = [&, once = false](int64_t step) mutable {
      if (step == 3 && !once) run.gate.close(), once = true;
    };
    run.onEvent = [&](const TrainEvent& event) {
      if (wordOf(event) == "Paused") paused.set_value();
    };
    std::jthread lane([&] { run.go(); });
    paused.get_future().wait();
    run.gate.open();
    lane.join();
    const QStringList words = list(run.words);
    const auto at = words.indexOf("Paused");
    QCOMPARE(words.mid(at - 1, 4), list({"step3", "Paused", "Running", "step4"}));
    QCOMPARE(words.last(), QString("Finished"));
    Run whole;
    whole.go();
    QCOMPARE(losses(run.events), losses(whole.events));
  }

  void aPausedRunCanBeStopped() {
    Run run;
    run.trainer.onAsk = [&](int64_t step) {
      if (step == 3) run.gate.close();
    };
    run.onEvent = [&](const TrainEvent& event) {
      if (wordOf(event) == "Paused") run.stop.request_stop();
    };
    run.go();
    QCOMPARE(list(run.words).mid(run.words.size() - 5),
             list({"step3", "Paused", "Stopping", "saved3:stopped", "Stopped"}));
  }

  void aFailureKeepsTheLastCheckpoint() {
    Run run;
    run.trainer.failAt = 7;
    run.go();
    QCOMPARE(list(run.words).last(), QString("Failed"));
    QCOMPARE(QString::fromStdString(run.lastDetail()), QString("After step 6: The loss is not finite."));
    QCOMPARE(run.files(), QStringList{"step-4.safetensors"});
  }

  void otherExceptionsBecomeOneLine() {
    Run run;
    run.trainer.failAt = 1;
    run.trainer.fail = [] { throw std::runtime_error("shapes differ\nframe #0: at::matmul\nframe #1"); };
    run.go();
    QCOMPARE(QString::fromStdString(run.lastDetail()), QString("After step 0: Unexpected failure: shapes differ"));
    Run hungry;
    hungry.trainer.failAt = 1;
    hungry.trainer.fail = [] { throw std::bad_alloc(); };
    hungry.go();
    QVERIFY(hungry.lastDetail().find("not enough memory") != std::string::npos);
  }

  void aCheckpointThatCannotBeWrittenFailsTheRun() {
    Run run;
    run.trainer.saveProblem = "No space left on device.";
    run.go();
    QCOMPARE(list(run.words).last(), QString("Failed"));
    QVERIFY(run.lastDetail().find("No space left") != std::string::npos);
  }

  /// The run waits for room; asked to stop, it looks for room elsewhere, and there is none either.
  void tooLittleSpaceIsSaidBeforeWriting() {
    Run run;
    run.trainer.load([&] {
      writeFileAtomically(run.path() / "state", "4 0x1p-1 fp32");
      return run.path() / "state";
    }());
    std::string paused;
    run.onEvent = [&](const TrainEvent& event) {
      if (wordOf(event) != "Paused") return;
      paused = std::get<StateChanged>(event).detail;
      run.stop.request_stop();
    };
    // The checkpoint before was so large that no disk has room for two more of them.
    run.go({.checkpoints = {{2, "checkpoints/step-2.safetensors", int64_t{1} << 61, 1, "last"}},
            .evaluation = Evaluation{.step = 2, .loss = 1}});
    QVERIFY2(paused.find("No space") != std::string::npos && paused.find("goes on by itself") != std::string::npos,
             paused.c_str());
    QCOMPARE(list(run.words).last(), QString("Failed"));
    QVERIFY2(run.lastDetail().find("are free on the disk") != std::string::npos, run.lastDetail().c_str());
  }

  void aFullDiskPausesTheRunUntilThereIsRoom() {
    Run run, whole;
    whole.go();
    int refused = 0;
    run.trainer.onSave = [&](const fs::path&) {
      if (++refused <= 6) throw PassingError(PassingError::Cause::NoSpace, "No space left.");
    };
    std::string paused;
    run.onEvent = [&](const TrainEvent& event) {
      if (wordOf(event) == "Paused") paused = std::get<StateChanged>(event).detail;
    };
    run.go();
    QVERIFY2(paused.starts_with("No space left. "), paused.c_str());
    QCOMPARE(list(run.words).mid(list(run.words).indexOf("evaluate4"), 4),
             list({"evaluate4", "Paused", list(whole.words).contains("saved4:best") ? "saved4:best" : "saved4:last",
                   "Running"}));
    // Apart from that, everything is as if nothing had happened.
    auto words = list(run.words);
    words.removeOne("Paused");
    words.removeAt(words.lastIndexOf("Running"));
    QCOMPARE(words, list(whole.words));
  }

  void aHiccupOfTheDiskIsNotEvenSaid() {
    Run run, whole;
    whole.go();
    bool failed = false;
    run.trainer.onSave = [&](const fs::path&) {
      if (!std::exchange(failed, true)) throw PassingError(PassingError::Cause::Fault, "Input/output error.");
    };
    run.go();
    QVERIFY(failed);
    QCOMPARE(list(run.words), list(whole.words));
  }

  void aStopWhileTheDiskIsFullPutsTheCheckpointElsewhere() {
    const QTemporaryDir cache;
    qputenv("XDG_CACHE_HOME", cache.path().toUtf8());
    Run run;
    run.trainer.onSave = [&](const fs::path& file) {
      if (file.string().starts_with(run.path().string()))
        throw PassingError(PassingError::Cause::NoSpace, "No space left.");
    };
    run.onEvent = [&](const TrainEvent& event) {
      if (wordOf(event) == "Paused") run.stop.request_stop();
    };
    run.go();
    QCOMPARE(list(run.words).last(), QString("Stopped"));
    const RunHistory history = historyOf(run, run.trainer.step());
    QCOMPARE(history.checkpoints.size(), size_t{1});
    const fs::path file = history.checkpoints[0].file;
    QVERIFY2(file.is_absolute() && file.string().starts_with(cache.path().toStdString()), file.c_str());
    QVERIFY(fs::exists(file));
    QVERIFY2(run.words[run.words.size() - 2].find(file.string()) != std::string::npos,
             run.words[run.words.size() - 2].c_str());  // says where
    // It goes on from there, and when it has another one it keeps it no longer.
    Run second, whole;
    whole.go();
    second.trainer.load(second.path() / file);
    second.go(history);
    QCOMPARE(second.words.back(), std::string("Finished"));
    auto both = losses(run.events);
    std::ranges::copy(losses(second.events), std::back_inserter(both));
    QCOMPARE(both, losses(whole.events));
    QCOMPARE(fs::exists(file), historyOf(whole, 10).checkpoints.front().step == 4);
  }

  void aProbeThatFailsIsAWarning() {
    Run run;
    run.spec.probe.every = 2;
    run.trainer.onProbe = [](int64_t step) {
      if (step > 0) throw Error("The labels of the images are all the same.");
    };
    run.go();
    QCOMPARE(list(run.words).last(), QString("Finished"));
    QStringList warnings;
    for (const TrainEvent& event : run.events)
      if (const auto* line = std::get_if<LogLine>(&event)) warnings << QString::fromStdString(line->text);
    QCOMPARE(warnings, QStringList("The probe of step 2 failed, and training goes on. The labels of the images are all "
                                   "the same."));  // once, though it fails each time
    QVERIFY(list(run.words).contains("sample10"));
    Run whole;
    whole.go();
    QCOMPARE(run.files(), whole.files());
    QCOMPARE(losses(run.events), losses(whole.events));
  }

  void samplesThatFailAreAWarning() {
    Run run;
    run.trainer.onSample = [](int64_t step) {
      if (step == 0) throw std::runtime_error("shapes differ\nframe #0");
      throw std::bad_alloc();
    };
    run.go();
    QCOMPARE(list(run.words).last(), QString("Finished"));
    QVERIFY(list(run.words).contains(
        "The samples of step 0 failed, and training goes on. Unexpected failure: shapes differ"));
    QVERIFY(list(run.words).join(' ').contains("The samples of step 10 failed, and training goes on. There is not"));
    QVERIFY(run.files().contains("step-10.safetensors"));
  }

  /// The last weights are on disk before anything that may fail.
  void whatIsDueIsWrittenBeforeWhatMayFail() {
    Run probed;
    probed.spec.train.checkpointEvery = 0;
    probed.trainer.onProbe = [&](int64_t step) { QVERIFY(step < 10 || probed.files().size() == 1); };
    probed.go();
    Run evaluated;
    evaluated.trainer.lossAt = [](int64_t step) -> double {
      if (step == 8) throw Error("The validation images are gone.");
      return 1;
    };
    evaluated.go();
    QCOMPARE(list(evaluated.words).last(), QString("Failed"));
    QVERIFY(evaluated.files().contains("step-8.safetensors"));
  }

  void aRunThatIsMadeForItsProbeFailsWithIt() {
    for (const RunKind kind : {RunKind::Probe, RunKind::LowData}) {
      Run run;
      run.spec.kind = kind;
      run.trainer.onProbe = [](int64_t) { throw Error("One class only."); };
      run.go();
      QCOMPARE(list(run.words).last(), QString("Failed"));
    }
  }

  void aStopInAProbeIsAStop() {
    Run run;
    run.trainer.onProbe = [&](int64_t step) {
      if (step == 5) run.stop.request_stop();
    };
    run.go();
    QCOMPARE(list(run.words).last(), QString("Stopped"));
    QVERIFY(list(run.words).contains("saved5:stopped"));
    QVERIFY(!list(run.words).join(' ').contains("failed"));
  }

  void whatTheSinkThrowsComesThrough() {
    Run run;
    run.onEvent = [](const TrainEvent& event) {
      if (wordOf(event) == "step2") throw Error("the store is gone");
    };
    QVERIFY_THROWS_EXCEPTION(Error, run.go());
    QCOMPARE(list(run.words).last(), QString("step1"));
  }

  void aProbeRunOnlyProbes() {
    Run run;
    run.spec.kind = RunKind::Probe;
    for (int i = 0; i < 3; ++i) run.trainer.trainStep({});
    run.go();
    QCOMPARE(list(run.words), list({"Running", "probe3.0", "probe3.1", "Finished"}));
  }
};

QTEST_APPLESS_MAIN(LoopTest)
#include "loop_test.moc"
