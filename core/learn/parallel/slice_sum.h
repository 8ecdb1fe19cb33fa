#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/run/process_group.h"

namespace scanline {

/// Adds up tensors over the slices of all processes, along the tree of TreeSum, and hands those of process 0 to all.
/// Process r holds the slices partOf(slices, size, r). The sums do not depend on how the tensors travel. One thread at
/// a time; every process calls the same functions in the same order. All throw GroupLost.
class SliceSum {
 public:
  virtual ~SliceSum() = default;

  /// `nodes`: those of a TreeSum of this process's slices, each flat float32 on the device, as long as `total`, which
  /// all processes get. They are of no use afterwards. On a CPU up to `threads` threads add.
  virtual void sum(std::span<const at::Tensor> nodes, const at::Tensor& total, int threads) = 0;
  /// A tensor of any type becomes that of process 0.
  virtual void broadcast(const at::Tensor& tensor) = 0;
  /// How they travel, as a sentence on what is done with gradients.
  virtual std::string description() const = 0;
};

/// By NCCL from GPU to GPU, each process with one of its own; on a CPU, and where NCCL is not there or does not start
/// in one of the processes, by `group` (Gloo) through the memory of the host. All processes call it at the same time,
/// and get the same. `group` outlives the result. Throws GroupLost.
std::unique_ptr<SliceSum> makeSliceSum(ProcessGroup& group, int64_t slices, at::Device device);

}  // namespace scanline
