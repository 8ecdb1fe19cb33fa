// A run in a process of its own, for disk_faults_test: makes it if the workspace has none, else resumes it. Its trainer
// is that of the tests. If milliseconds are given, it is asked to stop that long after the first trouble, or after 5 s
// without any. If a file is given, it says "halfway" after step 5 and waits until that file is there. Writes the
// recorder's sentences of trouble to standard error.
#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>

#include "core/jobs/run_job.h"
#include "core/jobs/unstored.h"
#include "core/spec/spec_text.h"
#include "tests/core/run/fake_trainer.h"

using namespace scanline;

namespace {

RunSpec spec() {
  RunSpec spec;
  spec.name = "run";
  spec.threads = 1;
  spec.data.limit = 60;
  spec.palette.size = 16;  // the trainer draws ten colours
  spec.model.layers = 1;
  spec.train = {.steps = 12, .evaluateEvery = 4, .checkpointEvery = 4};
  spec.probe.every = spec.sample.every = 6;
  return spec;
}

}  // namespace

int main(int argc, char** argv) try {
  RunStore store(argv[1], StoreMode::ReadWrite);
  const auto stopAfter = std::chrono::milliseconds(argc > 2 ? std::stoll(argv[2]) : 0);
  store.markInterrupted();
  const auto known = store.find("run");
  const RunId run = known ? *known : store.create(toToml(spec()));
  std::atomic<bool> trouble = false;
  RunRecorder recorder(std::move(store), run, {}, [&](const std::string& sentence) {
    fmt::print(stderr, "{}\n", sentence);
    trouble = true;
  });
  FakeEngine engine;
  if (argc > 3) {
    engine.adjust = [go = std::filesystem::path(argv[3])](FakeTrainer& trainer, const RunSpec&) {
      trainer.onAsk = [go, isHalfway = false](int64_t step) mutable {
        if (step < 5 || std::exchange(isHalfway, true)) return;
        fmt::print(stderr, "halfway\n");
        while (!std::filesystem::exists(go)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      };
    };
  }
  std::stop_source stop;
  const std::jthread stopper([&](const std::stop_token& end) {
    if (stopAfter.count() == 0) return;
    using Clock = std::chrono::steady_clock;
    const auto waitUntil = [&](Clock::time_point deadline, bool troubleEndsIt) {
      while (!end.stop_requested() && !(troubleEndsIt && trouble) && Clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    };
    waitUntil(Clock::now() + std::chrono::seconds(5), true);
    if (trouble) waitUntil(Clock::now() + stopAfter, false);
    stop.request_stop();
  });
  const RunEnd end = runJob(engine, recorder, run, known.has_value(), stop.get_token());
  storeTheRest(recorder, run, [&](std::chrono::milliseconds) { return !stop.stop_requested(); });
  return end == RunEnd::Finished ? 0 : end == RunEnd::Stopped ? 3 : 1;
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 2;
}
