#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace scanline {

/// Work of a device that is recorded once and then started as a whole: a CUDA graph. One thread at a time.
class DeviceGraph {
 public:
  virtual ~DeviceGraph() = default;
  /// Records the operations that `work` calls, which then do nothing yet, in place of those recorded before. They may
  /// not wait for the device, nor copy between it and the host; tensors that they make keep their places and are
  /// written again by each replay. The current stream is none that the device has by itself. Throws what `work` throws,
  /// and c10::Error where the device refuses.
  virtual void capture(const std::function<void()>& work) = 0;
  /// Starts what is recorded, on the current stream.
  virtual void replay() = 0;
};

/// A graph on `device`, or null and the sentence of why there is none: that belongs to CUDA, and to a module of its own
/// (core/learn/cuda), which is built where CUDA's headers are. Any thread.
struct MadeGraph {
  std::unique_ptr<DeviceGraph> graph;
  std::string problem;
};
MadeGraph makeDeviceGraph(at::Device device);

/// Work that is done again and again, by a graph where there is one. On a stream of its own meanwhile, which follows
/// the one before it, and which that one follows when this ends.
class RepeatedWork {
 public:
  /// `graph`: may be null.
  RepeatedWork(at::Device device, std::unique_ptr<DeviceGraph> graph);
  ~RepeatedWork();
  RepeatedWork(const RepeatedWork&) = delete;
  RepeatedWork& operator=(const RepeatedWork&) = delete;

  /// Does `work` once. It is the same as that of the call before if `key` is: the same operations on the same memory.
  /// Throws as `work` does; a device that records no graph after all gets the work itself.
  void run(int64_t key, const std::function<void()>& work);
  /// Why it was not recorded, or empty.
  const std::string& problem() const { return problem_; }

 private:
  class Stream;
  void capture(const std::function<void()>& work);

  std::unique_ptr<DeviceGraph> graph_;
  std::unique_ptr<Stream> stream_;
  std::optional<int64_t> key_;
  int toWarmUp_ = 3;  ///< runs until libraries have their memory and their plans
  bool isRecorded_ = false;
  std::string problem_;
};

}  // namespace scanline
