#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "core/run/events.h"
#include "core/spec/run_spec.h"

namespace scanline {

/// Images a pass of training: train.microBatch, or as many as suffice. On a CPU at most `imagesInTime`, so that a stop
/// is noticed soon; on an accelerator those that fit into nine tenths of its free memory, at `imageBytes` each. Then
/// the number of passes is a power of two: a little more or less free memory seldom changes the order of sums.
int64_t chooseMicroBatch(const TrainSpec& train, at::Device device, double imagesInTime, int64_t imageBytes);

/// What a trainer has to say of a micro-batch that memory did not suffice for.
class MicroBatchLog {
 public:
  /// work(), which may lower `microBatch`.
  template <class Work>
  auto watch(const int64_t& microBatch, int64_t step, const Work& work) {
    const int64_t before = microBatch;
    auto result = work();
    if (microBatch != before) add(before, microBatch, step);
    return result;
  }
  std::vector<LogLine> take() { return std::exchange(lines_, {}); }

 private:
  void add(int64_t before, int64_t after, int64_t step);

  std::vector<LogLine> lines_;
};

}  // namespace scanline
