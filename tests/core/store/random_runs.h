#pragma once

#include <algorithm>
#include <functional>
#include <random>
#include <set>

#include "tests/core/store/store_support.h"

namespace scanline {

/// Runs of all kinds, with and without everything that can be asked for: settings, series, tags, searches with trials,
/// imports.
class RandomRuns {
 public:
  RandomRuns(RunStore& store, unsigned seed) : store_(store), random_(seed) {}

  int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }
  bool oneIn(int of) { return below(of) == 0; }
  template <class Values>
  auto one(const Values& values) {
    return *std::next(std::begin(values), below(static_cast<int>(std::size(values))));
  }

  RunId make() {
    RunSpec spec;
    spec.name = one(names_) + " " + std::to_string(below(12));
    spec.seed = static_cast<uint64_t>(below(5));
    spec.optimizer.learningRate = one(std::array{1e-4, 1e-3, 3e-3, 1e-2});
    spec.model.layers = one(std::array{2, 4, 8, 12});
    spec.model.bias = oneIn(3);
    spec.model.objective = oneIn(3) ? Objective::Bert : Objective::Autoregressive;
    spec.data.name = one(std::array{"digits", "cifar10", "mnist"});
    spec.train.steps = 100 * (1 + below(4));
    if (oneIn(8)) return import(spec);
    std::optional<RunId> parent;
    if (oneIn(6)) spec.search.rates = "0.01, 0.001";
    if (spec.search.rates.empty() && oneIn(2) && !searches_.empty()) parent = one(searches_);
    const RunId run = store_.create(toToml(spec), parent);
    if (!spec.search.rates.empty()) searches_.push_back(run);
    decorate(run);
    return run;
  }

  /// Something about it changes.
  void decorate(RunId run) {
    if (oneIn(3)) store_.setTags(run, oneIn(4) ? std::vector<std::string>{} : std::vector{one(tags_), one(tags_)});
    if (oneIn(4)) store_.setNote(run, "A note on " + one(names_));
    if (oneIn(5)) store_.rename(run, one(names_) + " renamed");
    std::vector<TrainEvent> events;
    const int points = below(6);
    for (int i = 1; i <= points; ++i) {
      const double loss = oneIn(9) ? std::nan("") : one(std::array{0.5, 1.25, 2.0, 3.5});
      events.emplace_back(stepAt(10 * i, loss));
      if (oneIn(3)) events.emplace_back(Evaluation{10 * i, one(std::array{0.75, 1.5, 2.5}), {}});
      if (oneIn(4)) events.emplace_back(ProbeResult{.step = 10 * i, .layer = below(4), .accuracy = 0.1 * below(11)});
    }
    if (oneIn(3)) events.emplace_back(RunPrepared{.parameters = 1000 * below(3)});
    if (oneIn(2)) events.emplace_back(StateChanged{one(std::array{RunState::Finished, RunState::Failed}), ""});
    store_.append(run, events);
  }

  /// It was purged.
  void forget(RunId run) { std::erase(searches_, run); }

 private:
  RunId import(const RunSpec& spec) {
    const RunId run = store_.beginImport(toToml(spec), {.all = false, .keys = {"name", "seed"}});
    const std::array<TrainEvent, 2> events{Scalars{5, {{"own/metric", 0.25 * below(5)}}},
                                           StateChanged{RunState::Finished, ""}};
    store_.append(run, events);
    return run;
  }

  RunStore& store_;
  std::mt19937 random_;
  std::vector<RunId> searches_;
  std::vector<std::string> names_{"quick start", "Large model", "größe", "a, b"}, tags_{"best", "bad", "two words"};
};

}  // namespace scanline
