#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/control.h"
#include "core/learn/evaluate/divided.h"
#include "core/learn/evaluate/features.h"
#include "core/learn/parallel/slice_sum.h"
#include "core/learn/train/micro_batch.h"
#include "core/run/events.h"
#include "core/run/process_group.h"
#include "core/run/slice_tree.h"

namespace scanline {

/// Work on images that is cut into train.slices parts. On a CPU every slice is computed by one thread, and several side
/// by side, so that nothing depends on the number of threads; what comes out of the slices is added along the tree of
/// TreeSum. So neither the number of threads nor that of processes decides a bit.
///
/// Where processes share the work, process 0 calls: every other one hears a command (Trainer::follow) and does the
/// same. They agree at the end of each part of it whether it holds: where one of them was stopped, is paused, failed or
/// had not enough memory, all of them drop it.
class SlicedWork final : public Divided {
 public:
  /// What is done for each slice, and in which order.
  struct Task {
    int64_t count = 0;                 ///< images
    int64_t width = 1;                 ///< sums
    std::function<void()> begin = {};  ///< an attempt begins; what another one left is of no use
    /// The sums of one slice, which has these of the images. `place`: 0 .. sideBySide() - 1, of those at work at once.
    /// On any thread.
    std::function<void(int64_t place, Range images, std::span<double> sums, const Control& control)> slice;
    /// After each slice, in their order, on the calling thread.
    std::function<void(int64_t slice, int64_t place)> done = {};
  };

  /// `group`: null, or outlives this.
  SlicedWork(int64_t slices, at::Device device, ProcessGroup* group);

  bool isCut() const { return slices_ > 1; }
  bool isShared() const { return group_ != nullptr && group_->size() > 1; }
  bool isFollower() const { return isShared() && group_->rank() > 0; }
  ProcessGroup& group() const { return *group_; }
  /// Whether the work at hand is that of all processes: within together().
  bool isTogether() const { return isTogether_; }
  /// Slices that are computed at once.
  int64_t sideBySide() const;

  int64_t pieces() const override { return slices_; }
  Range mine(int64_t count) const override;
  bool isOnCpu() const override { return device_.is_cpu(); }
  /// Processes that are still at work drop it within a second when process 0 is to.
  std::vector<Bytes> each(const std::function<Bytes(const Control&)>& make, const Control& control) override;

  /// body(control), in all processes at once where they share the work: the others hear `command` and do likewise.
  /// `before`: called each time before the command, in process 0. Process 0 waits here while it is paused, and begins
  /// anew where the body was dropped. In the others a body that is dropped ends with Stopped.
  template <class Body>
  auto together(std::string_view command, const Control& control, const std::function<void()>& before,
                const Body& body) {
    if (!isShared()) return body(control);
    for (;;) {
      if (!isFollower()) announce(command, control, before);
      const Together flag(isTogether_);
      try {
        return body(isFollower() ? Control() : withoutWaiting(control));
      } catch (const Dropped&) {
        if (isFollower()) throw Stopped();
      }
    }
  }

  /// The sums over all slices, in every process alike. `step`: for the log of `microBatch`, which is halved where
  /// memory runs out.
  std::vector<double> sums(const Task& task, MicroBatch& microBatch, int64_t step, const Control& control);
  /// What probes look at: in pieces where the work is cut.
  ProbeSubject subject(const Gpt& model, const RunSpec& spec);
  /// The memory that features of a probe may fill: less where other processes of the machine do so, too, and where all
  /// have to have the pieces of all. It does not depend on the number of processes.
  int64_t featureBytes() const;
  /// The sum of this process's tree nodes and those of all others, if isTogether(): see SliceSum::sum.
  void sum(std::span<const at::Tensor> nodes, const at::Tensor& total, int threads) {
    link().sum(nodes, total, threads);
  }
  /// Every process has the values of process 0 afterwards. Throws GroupLost.
  void broadcast(const at::Tensor& tensor) {
    if (isShared()) link().broadcast(tensor);
  }
  std::vector<LogLine> takeLog() { return std::exchange(log_, {}); }

 private:
  /// Thrown where a piece of work is to be begun anew.
  struct Dropped : std::exception {};
  struct Together {
    explicit Together(bool& flag) : flag_(flag) { flag_ = true; }
    ~Together() { flag_ = false; }
    Together(const Together&) = delete;
    Together& operator=(const Together&) = delete;
    bool& flag_;
  };
  struct Report;

  void announce(std::string_view command, const Control& control, const std::function<void()>& before);
  /// Throws Dropped while paused.
  static Control withoutWaiting(const Control& control);
  std::vector<double> compute(const Task& task, Range slices, const Control& control) const;
  /// Does `work`, and reports how it ended.
  template <class Work>
  static std::exception_ptr attempt(Report& report, const Work& work);
  /// The values of every process. `microBatch`: null where there is none. `patient`, `turn`: see ProcessGroup::gather.
  std::vector<double> agree(const Report& mine, std::exception_ptr failure, std::span<const double> values,
                            MicroBatch* microBatch, bool patient = false, const std::function<void()>& turn = {});

  /// Made at its first use, when all processes have their trainers: it is made together.
  SliceSum& link();

  int64_t slices_;
  at::Device device_;
  ProcessGroup* group_;
  bool isTogether_ = false;
  int64_t sharings_ = 0;  ///< calls of each() so far
  std::unique_ptr<SliceSum> link_;
  std::vector<LogLine> log_;
};

/// Every process of the group calls it at the same time. Throws Error in process 0 if another one's tensors differ from
/// its own, which stand after `step`.
void compareStates(ProcessGroup& group, std::span<const at::Tensor> tensors, int64_t step);

}  // namespace scanline
