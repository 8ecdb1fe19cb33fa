#include "core/store/run_store.h"

#include <QTest>
#include <map>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/run/run_folder.h"
#include "core/run/vqvae_codec.h"
#include "tests/core/store/store_support.h"

using namespace scanline;
namespace fs = std::filesystem;

class RunStoreTest : public QObject, StoreTest {
  Q_OBJECT
 private slots:
  void init() { start(); }
  void cleanup() { end(); }

  void aNewRunIsWhatItsSpecSays() {
    RunSpec spec;
    spec.name = "tiny";
    spec.model.layers = 7;
    spec.train.steps = 12;
    const RunSummary s = store_->run(store_->create(toToml(spec), run_, 40));
    QCOMPARE(s.name, std::string("tiny"));
    QCOMPARE(s.state, RunState::Queued);
    QCOMPARE(s.kind, RunKind::Pretrain);
    QCOMPARE(s.dataset, std::string("digits"));
    QCOMPARE(s.layers, 7);
    QCOMPARE(s.steps, 12);
    QCOMPARE(s.colour, 1);
    QVERIFY(s.parent == run_);
    QCOMPARE(s.parentStep, 40);
    QVERIFY(s.createdMs > 0);
    QCOMPARE(s.uuid.size(), size_t{36});
    QCOMPARE(store_->details(s.id).specToml, toToml(spec));
    QVERIFY(!s.resumable && !s.trashed && !s.ownedElsewhere && !s.bestLoss && !s.bestAccuracy);
  }

  void aBrokenSpecMakesNoRun() {
    QVERIFY_THROWS_EXCEPTION(Error, store_->create("model.layerz = 3"));
    QCOMPARE(store_->runs().size(), size_t{1});
  }

  void peoplesWordsAreKept() {
    store_->rename(run_, "neuer Name; DROP TABLE run");
    store_->setNote(run_, "two\nlines");
    store_->setTags(run_, {"b", "a", "b"});
    const RunSummary s = store_->run(run_);
    QCOMPARE(s.name, std::string("neuer Name; DROP TABLE run"));
    QCOMPARE(s.note, std::string("two\nlines"));
    QCOMPARE(s.tags, (std::vector<std::string>{"a", "b"}));
    QCOMPARE(store_->runs().at(0).tags, s.tags);
    store_->setTags(run_, {});
    QVERIFY(store_->run(run_).tags.empty());
    QVERIFY_THROWS_EXCEPTION(Error, store_->rename(RunId{99}, "x"));
  }

  void runsAreFoundByNameAndByUuid() {
    const RunId newer = store_->create(specText("first"));
    QVERIFY(store_->find("first") == newer);
    QVERIFY(store_->find(store_->run(run_).uuid.substr(0, 12)) == run_);
    store_->setTrashed({newer}, true);
    QVERIFY(store_->find("first") == run_);  // runs in the trash come last
    QVERIFY(!store_->find("nothing of that name"));
    QVERIFY(!store_->find(""));
  }

  void aBeginningThatSeveralUuidsHaveFindsNone() {
    std::map<char, int> counts;
    for (int i = 0; i < 17; ++i) ++counts[store_->run(store_->create(specText("other"))).uuid[0]];  // of 16 digits
    for (const auto& [digit, count] : counts)
      if (count > 1) QVERIFY(!store_->find(std::string(1, digit)));
  }

  /// A run of a model that another trained has no checkpoints of its own to go on from, and needs none.
  void whatLooksAtAModelCanAlwaysStartAgain() {
    const auto resumable = [&](const RunSpec& spec) {
      const RunId run = store_->create(toToml(spec));
      if (store_->run(run).resumable) return false;  // it waits to be started
      appendOne(*store_, run, StateChanged{RunState::Failed, ""});
      return store_->run(run).resumable;
    };
    QVERIFY(!resumable({}));
    QVERIFY(!resumable({.kind = RunKind::Vqvae}));
    for (const auto kind : {RunKind::Probe, RunKind::Finetune, RunKind::LowData}) QVERIFY(resumable({.kind = kind}));
    QVERIFY(resumable({.search = {.rates = "0.1, 0.01"}}));
  }

  void theTrashCanBeUndone() {
    store_->setTrashed({run_}, true);
    QVERIFY(store_->runs().empty());
    QVERIFY(store_->runs(true).at(0).trashed);
    store_->setTrashed({run_}, false);
    QCOMPARE(store_->runs().size(), size_t{1});
  }

  void purgeRemovesRowsAndFiles() {
    const RunId child = store_->create(specText(), run_, 3);
    const fs::path files = store_->folder(run_);
    writeFileAtomically(files / "palette.npy", "x");
    store_->append(
        run_, std::vector<TrainEvent>{stepAt(1), picturesAt(1, 1), ProbeResult{1, 0, 1, 1, 1, 1, true, 1, {{0, 0, 1}}},
                                      CheckpointSaved{1, "x", 1, 1, "last"}});
    store_->purge(run_);
    QVERIFY(!fs::exists(files));
    QVERIFY_THROWS_EXCEPTION(Error, store_->run(run_));
    QCOMPARE(store_->version(run_), 0);
    QVERIFY(!store_->run(child).parent);
    // Its number, and so its colour, is not given again.
    QVERIFY(store_->create(specText()).value > child.value);
  }

  void whatRunsIsNeitherTrashedNorPurged() {
    const RunId other = store_->create(specText());
    store_->own(run_);
    QVERIFY_THROWS_EXCEPTION(Error, store_->purge(run_));
    QVERIFY_THROWS_EXCEPTION(Error, store_->setTrashed({other, run_}, true));
    QVERIFY(!store_->run(other).trashed);
  }

  void aForkHasItsOwnCheckpointAndPalette() {
    const fs::path files = store_->folder(run_);
    fs::create_directories(files / "checkpoints");
    writeFileAtomically(files / "checkpoints/step-5.safetensors", "weights");
    writeFileAtomically(files / "palette.npy", "colours");
    writeFileAtomically(files / kVqvaeFile, "codes");
    appendOne(*store_, run_, CheckpointSaved{5, "checkpoints/step-5.safetensors", 7, 1.5, "best"});
    const RunId child = store_->fork(run_, 5, specText("child"));
    store_->purge(run_);
    const RunSummary s = store_->run(child);
    QCOMPARE(s.parentStep, 5);
    QVERIFY(s.parent == std::nullopt);
    QCOMPARE(readFile(store_->folder(child) / store_->checkpoints(child).at(0).file, 100), std::string("weights"));
    QCOMPARE(readFile(store_->folder(child) / "palette.npy", 100), std::string("colours"));
    QCOMPARE(readFile(store_->folder(child) / kVqvaeFile, 100), std::string("codes"));
    QCOMPARE(store_->checkpoints(child).at(0).validationLoss, 1.5);
    QVERIFY_THROWS_EXCEPTION(Error, store_->fork(child, 6, specText()));
    QCOMPARE(store_->runs().size(), size_t{1});
    fs::remove(store_->folder(child) / "checkpoints/step-5.safetensors");
    QVERIFY_THROWS_EXCEPTION(Error, store_->fork(child, 5, specText()));
    QCOMPARE(store_->runs().size(), size_t{1});  // none is left behind
  }

  /// A search hands its own files on to its trials.
  void aRunThatLooksAtAModelHasItAsAFile() {
    const fs::path files = store_->folder(run_);
    fs::create_directories(files / "checkpoints");
    writeFileAtomically(files / "checkpoints/step-5.safetensors", "weights");
    appendOne(*store_, run_, CheckpointSaved{5, "checkpoints/step-5.safetensors", 7, 1.5, "best"});
    RunSpec spec;
    spec.kind = RunKind::Finetune;
    const auto forkOf = [&](RunId run, const RunSpec& wanted) {
      try {
        store_->fork(run, -1, toToml(wanted));
      } catch (const Error& error) {
        return std::string(error.what());
      }
      return std::string();
    };
    QVERIFY(forkOf(run_, spec).find("has no checkpoint at step -1") !=
            std::string::npos);  // it has no model to pass on
    spec.search.rates = "0.01, 0.003";
    const RunId search = store_->fork(run_, 5, toToml(spec));
    QCOMPARE(store_->run(search).kind, RunKind::Search);
    spec.search.rates.clear();
    const RunId trial = store_->fork(search, -1, toToml(spec));
    for (const RunId run : {search, trial}) {
      QCOMPARE(readFile(store_->folder(run) / kModelFile, 100), std::string("weights"));
      QVERIFY(store_->checkpoints(run).empty());
    }
    QVERIFY(forkOf(search, {}).find("has no checkpoint at step -1") != std::string::npos);  // pre-training takes none
    QCOMPARE(store_->children(search), std::vector{trial});
    QCOMPARE(store_->children(run_), std::vector{search});
    store_->setTrashed({trial}, true);
    QVERIFY(store_->children(search).empty());
  }

  void versionsGrowWithEveryChange() {
    const RunId other = store_->create(specText());
    RunStore reader(pathOf(*folder_), StoreMode::ReadOnly);
    const auto otherVersion = reader.version(other);
    int64_t version = reader.version(run_), data = reader.dataVersion();
    const auto grew = [&] {
      const bool more = reader.version(run_) > version && reader.dataVersion() > data;
      version = reader.version(run_);
      data = reader.dataVersion();
      return more && store_->dataVersion() == data;
    };
    appendOne(*store_, run_, stepAt(1));
    QVERIFY(grew());
    store_->rename(run_, "x");
    QVERIFY(grew());
    store_->setNote(run_, "x");
    QVERIFY(grew());
    store_->setTags(run_, {"x"});
    QVERIFY(grew());
    store_->truncateAfter(run_, 0);
    QVERIFY(grew());
    store_->enqueue(run_, false);
    QVERIFY(grew());
    QVERIFY(store_->takeTurn({.beside = true}).job.has_value());
    QVERIFY(grew());
    QVERIFY(!grew());
    QCOMPARE(reader.version(other), otherVersion);
  }

  void aReaderSeesAndNeverWrites() {
    RunStore reader(pathOf(*folder_), StoreMode::ReadOnly);
    appendOne(*store_, run_, stepAt(1, 3));
    QCOMPARE(reader.points(run_, series::kTrainLoss, 0).size(), size_t{1});
    QVERIFY_THROWS_EXCEPTION(Error, reader.rename(run_, "x"));
    QVERIFY_THROWS_EXCEPTION(Error, reader.create(specText()));
    QVERIFY_THROWS_EXCEPTION(Error, reader.checkpointLog());
    QVERIFY_THROWS_EXCEPTION(Error, RunStore(pathOf(*folder_) / "nothing", StoreMode::ReadOnly));
  }

  void checkpointLogShortensTheLog() {
    for (int64_t step = 1; step < 50; ++step) appendOne(*store_, run_, stepAt(step));
    QVERIFY(fs::file_size(pathOf(*folder_) / "scanline.db-wal") > 0);
    store_->checkpointLog();
    QCOMPARE(fs::file_size(pathOf(*folder_) / "scanline.db-wal"), uintmax_t{0});
    QCOMPARE(store_->points(run_, series::kTrainLoss, 0).size(), size_t{49});
  }

  void aListHoldsEveryRun() {
    for (int i = 0; i < 200; ++i) {
      const RunId run = store_->create(specText(std::to_string(i)));
      appendOne(*store_, run, Evaluation{1, static_cast<double>(i)});
    }
    const auto runs = store_->runs();
    QCOMPARE(runs.size(), size_t{201});
    QVERIFY(runs.back().bestLoss == 199.0);
  }
};

QTEST_GUILESS_MAIN(RunStoreTest)
#include "run_store_test.moc"
