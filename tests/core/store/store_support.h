#pragma once

#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <filesystem>
#include <memory>

#include "core/spec/spec_text.h"
#include "core/store/run_store.h"

namespace scanline {

inline std::filesystem::path pathOf(const QTemporaryDir& folder) {
  return folder.path().toStdString();
}

inline std::string specText(const std::string& name = "run") {
  RunSpec spec;
  spec.name = name;
  return toToml(spec);
}

inline void appendOne(RunStore& store, RunId run, const TrainEvent& event) {
  store.append(run, std::span(&event, 1));
}

inline StepStats stepAt(int64_t step, double loss = 1) {
  return {step, loss, 1e-3, 0.5, 100};
}

/// A prompt with two completions of it; one of their losses is NaN.
inline SampleSet picturesAt(int64_t step, Token token) {
  return {step, 2, 2, 2, 2, {{0, 1, 2, token}}, {{0, 1, token, 4}, {0, 1, 5, token}}, {1.5}, {std::nan(""), 0.25}};
}

/// Base of tests of the store: a workspace with one run. After each test the store is sound.
class StoreTest {
 protected:
  void start() {
    folder_ = std::make_unique<QTemporaryDir>();
    store_ = std::make_unique<RunStore>(pathOf(*folder_), StoreMode::ReadWrite);
    run_ = store_->create(specText("first"));
  }
  void end() {
    QVERIFY(store_->verify().empty());
    store_.reset();
  }

  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<RunStore> store_;
  RunId run_;
};

}  // namespace scanline
