// The module scanline_cuda: what needs CUDA's headers, and nothing of a toolkit. It is loaded where there is a GPU, and
// finds CUDA and LibTorch's CUDA part in the program that loads it.
#include <ATen/cuda/CUDAGraph.h>
#include <c10/core/DeviceGuard.h>

#include <memory>

#include "core/learn/model/device_graph.h"

namespace scanline {

namespace {

class CudaGraph final : public DeviceGraph {
 public:
  explicit CudaGraph(at::Device device) : device_(device), pool_(at::cuda::graph_pool_handle()) {}

  void capture(const std::function<void()>& work) override {
    const c10::DeviceGuard onDevice(device_);
    auto next = std::make_unique<at::cuda::CUDAGraph>();
    // Other threads may allocate and wait meanwhile: a training goes on beside.
    next->capture_begin(pool_, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      try {
        next->capture_end();
      } catch (const std::exception&) {
        // The reason is that of the work.
      }
      throw;
    }
    next->capture_end();
    graph_ = std::move(next);  // the one before has been replayed for the last time, in the same memory
  }

  void replay() override {
    const c10::DeviceGuard onDevice(device_);
    graph_->replay();
  }

 private:
  at::Device device_;
  at::cuda::MempoolId_t pool_;
  std::unique_ptr<at::cuda::CUDAGraph> graph_;
};

}  // namespace
}  // namespace scanline

extern "C" scanline::DeviceGraph* scanlineMakeDeviceGraph(at::Device device) {
  return new scanline::CudaGraph(device);
}
