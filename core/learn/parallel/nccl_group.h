#pragma once

#include <torch/torch.h>

#include <chrono>

#include "core/learn/parallel/nccl_api.h"
#include "core/run/process_group.h"

namespace scanline {

/// Collectives on the memory of GPUs, one a process, by NCCL. The processes are those of a ProcessGroup, over which
/// they meet; it carries all that is small, too.
///
/// Not yet run on several GPUs, and no trainer uses it: NCCL adds up in an order of its own, so losses would be equal
/// within a tolerance only. scripts/gpu-check tries one rank (bench_operations).
///
/// One thread at a time. Functions queue their work on the device's current stream and return when it is done. They
/// throw GroupLost where NCCL fails, or nothing happens for `timeout`; the communicator is aborted then, and of no more
/// use.
class NcclGroup {
 public:
  /// Every process of `group` calls it at the same time, each with a GPU of its own. Throws Error if NCCL is not there
  /// or does not start. `api` outlives this.
  NcclGroup(ProcessGroup& group, at::Device device, std::chrono::milliseconds timeout, const NcclApi& api = ncclApi());
  ~NcclGroup();
  NcclGroup(const NcclGroup&) = delete;
  NcclGroup& operator=(const NcclGroup&) = delete;

  /// NCCL's number of its version, as 22809 for 2.28.9.
  int version() const;
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
  at::Device device_;
  std::chrono::milliseconds timeout_;
  void* communicator_ = nullptr;
  at::Tensor token_;  ///< that a barrier adds up
};

}  // namespace scanline
