#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/learn/model/device_memory.h"
#include "core/run/events.h"
#include "core/spec/run_spec.h"

namespace scanline {

/// Images a pass of training: train.microBatch, or as many as suffice. On a CPU at most `imagesInTime`, so that a stop
/// is noticed soon; on an accelerator those that fit into nine tenths of its free memory, at `imageBytes` each. Then
/// the number of passes is a power of two: a little more or less free memory seldom changes the order of sums.
int64_t chooseMicroBatch(const TrainSpec& train, at::Device device, double imagesInTime, int64_t imageBytes);

/// Images that a trainer takes a pass, fewer once memory did not suffice for them.
class MicroBatch {
 public:
  MicroBatch(int64_t images, at::Device device) : images_(images), device_(device) {}

  int64_t images() const { return images_; }
  void set(int64_t images) { images_ = images; }
  /// As whileMemoryLasts(); `step` is for the log.
  template <class Work>
  auto inMemory(int64_t step, const Work& work) {
    const int64_t before = images_;
    auto result = whileMemoryLasts(images_, device_, work);
    if (images_ != before) report(before, step);
    return result;
  }
  /// work(part of rows) for a pass at a time.
  template <class Work>
  void forEachPass(std::span<const int64_t> rows, const Work& work) const {
    const auto size = static_cast<size_t>(images_);
    for (size_t first = 0; first < rows.size(); first += size)
      work(rows.subspan(first, std::min(size, rows.size() - first)));
  }
  /// Sentences on lowered numbers of images since the last call.
  std::vector<LogLine> takeLog() { return std::exchange(lines_, {}); }

 private:
  void report(int64_t before, int64_t step);

  int64_t images_;
  at::Device device_;
  std::vector<LogLine> lines_;
};

}  // namespace scanline
