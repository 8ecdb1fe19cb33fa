#pragma once

#include <torch/torch.h>

#include <span>
#include <string>

#include "core/learn/parallel/nccl_api.h"
#include "core/run/process_group.h"

namespace scanline {

/// Collectives on the memory of GPUs, one a process, by NCCL. The processes are those of a ProcessGroup, over which
/// they meet; it carries all that is small, too.
///
/// NCCL adds up in an order of its own, so what has to be equal bit for bit is exchanged here and added by its receiver
/// (core/learn/parallel/slice_sum.h). Not yet run on several GPUs; scripts/gpu-check tries one rank (bench_operations).
///
/// One thread at a time. Functions queue their work on the device's current stream and return when it is done. They
/// throw GroupLost where NCCL fails, or nothing happens for the group's timeout; the communicator is aborted then, and
/// of no more use, and neither is the group.
class NcclGroup {
 public:
  /// Every process of `group`, which outlives this, calls it at the same time, each with a GPU of its own. Throws
  /// Error, in all of them, if NCCL does not start in one. `api` outlives this.
  NcclGroup(ProcessGroup& group, at::Device device, const NcclApi& api = ncclApi());
  ~NcclGroup();
  NcclGroup(const NcclGroup&) = delete;
  NcclGroup& operator=(const NcclGroup&) = delete;

  /// NCCL's number of its version, as 22809 for 2.28.9.
  int version() const;
  /// A part of the memory of a tensor, contiguous float32, that goes to a process or comes from it.
  struct Message {
    int process = 0;
    at::Tensor flat;
  };
  /// Sends and receives, all at once. What a process sends to another fits what that one receives from it, in order.
  void exchange(std::span<const Message> out, std::span<const Message> in);
  /// `flat`, float32 or bfloat16 and contiguous, becomes the sum of those of all processes.
  void sum(const at::Tensor& flat);
  /// `bytes`, any contiguous tensor, becomes that of process 0.
  void broadcast(const at::Tensor& bytes);
  /// Returns when every process has come here.
  void barrier();
  /// Ends what other threads wait for, and the communicator. Does nothing the second time.
  void abort() noexcept;

 private:
  template <class Call>
  void run(const char* name, const Call& call);
  [[noreturn]] void lose(const std::string& reason);
  void waitForStream();

  const NcclApi& api_;
  ProcessGroup& group_;
  at::Device device_;
  void* communicator_ = nullptr;
  at::Tensor token_;  ///< that a barrier adds up
};

}  // namespace scanline
