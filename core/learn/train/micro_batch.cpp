#include "core/learn/train/micro_batch.h"

#include <fmt/format.h>

#include <bit>

namespace scanline {

int64_t chooseMicroBatch(const TrainSpec& train, at::Device device, double imagesInTime, int64_t imageBytes) {
  if (train.microBatch > 0) return std::min(train.microBatch, train.batchSize);
  const double wanted =
      device.is_cpu() ? imagesInTime : 0.9 * static_cast<double>(freeMemory(device)) / static_cast<double>(imageBytes);
  const auto most = static_cast<int64_t>(std::clamp(wanted, 1.0, static_cast<double>(train.batchSize)));
  int64_t passes = (train.batchSize + most - 1) / most;
  if (!device.is_cpu())
    passes = std::min(static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(passes))), train.batchSize);
  return (train.batchSize + passes - 1) / passes;  // passes of nearly equal size
}

void MicroBatch::report(int64_t before, int64_t step) {
  lines_.push_back(
      {LogLine::Level::Warning,
       fmt::format(
           "After step {} memory did not suffice for {} images a pass: {} are taken from here on. Sums are then added up in another order, so the last digits of losses differ from those of a run with more memory. train.microBatch = {} takes so many from the start.",
           step, before, images_, images_)});
}

}  // namespace scanline
