#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <QTest>
#include <atomic>
#include <future>
#include <mutex>
#include <thread>

#include "core/jobs/job_pool.h"
#include "tests/core/run/fake_trainer.h"
#include "tests/core/store/store_support.h"

namespace scanline {

inline RunSpec shortSpec(const std::string& name) {
  RunSpec spec;
  spec.name = name;
  spec.threads = 1;
  spec.palette.size = 17;
  spec.model.layers = 1;
  spec.train = {.steps = 12, .evaluateEvery = 4, .checkpointEvery = 6};
  spec.probe.every = spec.sample.every = 6;
  return spec;
}

/// Waits for something another thread brings about.
template <class Condition>
bool eventually(const Condition& condition) {
  for (int i = 0; i < 12000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

/// Base of tests of the pool: a workspace, and an engine whose trainers do as they are told.
class PoolTest {
 protected:
  void start() {
    folder_ = std::make_unique<QTemporaryDir>();
    store_ = std::make_unique<RunStore>(pathOf(*folder_), StoreMode::ReadWrite);
    engine_ = std::make_shared<FakeEngine>();
    loads_ = 0;
    errors_.clear();
    launch_ = {};
  }
  void end() {
    pool_.reset();
    QVERIFY(store_->verify().empty());
    store_.reset();
  }

  RunId enqueue(const std::string& name) {
    const RunId run = store_->create(toToml(shortSpec(name)));
    store_->enqueue(run, false);
    return run;
  }

  void open(std::function<std::shared_ptr<Engine>()> load = {}) {
    if (!load)
      load = [this] {
        ++loads_;
        return engine_;
      };
    pool_ = std::make_unique<JobPool>(pathOf(*folder_), std::move(load),
                                      JobPool::Callbacks{.stored = [this] { ++stored_; },
                                                         .failed = [this](const std::string& s) { complain(s); },
                                                         .launch = launch_});
  }

  std::string jobStateOf(RunId run) const {
    SQLite::Database database((pathOf(*folder_) / "scanline.db").string());
    SQLite::Statement query(database, "SELECT state FROM job WHERE run = ?");
    query.bind(1, run.value);
    return query.executeStep() ? query.getColumn(0).getString() : "";
  }

  /// The next trainer tells `reached_` when it has done so many steps, and waits for `release_`.
  void holdAt(int64_t steps) {
    reached_ = {};
    release_ = {};
    auto once = std::make_shared<bool>(false);
    engine_->adjust = [this, steps, once](FakeTrainer& trainer, const RunSpec&) {
      trainer.onAsk = [this, steps, once](int64_t step) {
        if (step != steps || *once) return;
        *once = true;
        reached_.set_value();
        release_.get_future().wait();
      };
    };
  }

  void complain(const std::string& sentence) {
    const std::scoped_lock lock(mutex_);
    errors_ << QString::fromStdString(sentence);
  }
  QStringList errors() {
    const std::scoped_lock lock(mutex_);
    return errors_;
  }

  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<RunStore> store_;
  std::shared_ptr<FakeEngine> engine_;  // shared as the pool asks for it
  std::atomic<int> loads_ = 0, stored_ = 0;
  std::function<void(const std::stop_token&)> launch_;  ///< of the next pool
  std::promise<void> reached_, release_;
  std::mutex mutex_;
  QStringList errors_;
  std::unique_ptr<JobPool> pool_;
};

}  // namespace scanline
