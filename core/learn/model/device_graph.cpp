#include "core/learn/model/device_graph.h"

#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>

#include "core/base/memory.h"

namespace scanline {

namespace {

using MakeGraph = DeviceGraph* (*)(at::Device);
constexpr const char* kMakeGraph = "scanlineMakeDeviceGraph";

struct GraphModule {
  MakeGraph make = nullptr;
  std::string problem;
};

GraphModule loadModule() {
  // One that the program has by itself counts first.
  if (void* own = dlsym(RTLD_DEFAULT, kMakeGraph)) return {reinterpret_cast<MakeGraph>(own), ""};
  Dl_info here{};
  if (dladdr(reinterpret_cast<const void*>(&makeDeviceGraph), &here) == 0)
    return {nullptr, "It is not known where this program lies."};
  const auto file = std::filesystem::path(here.dli_fname).parent_path() / "libscanline_cuda.so";
  if (!std::filesystem::exists(file))
    return {nullptr, fmt::format("There is no {}: it is built where CUDA's headers are (scripts/setup fetches them).",
                                 file.string())};
  void* const library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return {nullptr, fmt::format("{} cannot be loaded: {}.", file.string(), dlerror())};
  void* const made = dlsym(library, kMakeGraph);
  if (made == nullptr) return {nullptr, fmt::format("{} is of another version of this program.", file.string())};
  return {reinterpret_cast<MakeGraph>(made), ""};
}

/// The first line.
std::string firstLine(const std::exception& failure) {
  const std::string text = failure.what();
  return text.substr(0, text.find('\n'));
}

}  // namespace

MadeGraph makeDeviceGraph(at::Device device) {
  const bool isOwn = dlsym(RTLD_DEFAULT, kMakeGraph) != nullptr;
  if (!device.is_cuda() && !isOwn) return {nullptr, "This device has none."};
  static const GraphModule module = loadModule();
  if (module.make == nullptr) return {nullptr, module.problem};
  try {
    return {std::unique_ptr<DeviceGraph>(module.make(device)), ""};
  } catch (const std::exception& failure) {
    return {nullptr, firstLine(failure)};
  }
}

class RepeatedWork::Stream {
 public:
  explicit Stream(at::Device device)
      : guard_(device.type()), before_(guard_.getStream(device)), own_(guard_.getStreamFromGlobalPool(device)) {
    follow(own_, before_);
    guard_.exchangeStream(own_);
  }
  ~Stream() {
    follow(before_, own_);
    guard_.exchangeStream(before_);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

 private:
  static void follow(const c10::Stream& later, const c10::Stream& earlier) {
    c10::Event done(earlier.device_type());
    done.record(earlier);
    done.block(later);
  }

  c10::impl::VirtualGuardImpl guard_;
  c10::Stream before_, own_;
};

RepeatedWork::RepeatedWork(at::Device device, std::unique_ptr<DeviceGraph> graph) : graph_(std::move(graph)) {
  if (graph_) stream_ = std::make_unique<Stream>(device);
}

RepeatedWork::~RepeatedWork() {
  stream_.reset();  // what follows on the stream before it waits for the graph's last replay
}

void RepeatedWork::run(int64_t key, const std::function<void()>& work) {
  if (!graph_) return work();
  if (key_ != key) {
    key_ = key;
    isRecorded_ = false;
    toWarmUp_ = std::max(toWarmUp_, 1);  // other sizes may have other plans
  }
  if (!isRecorded_ && toWarmUp_ > 0) {
    --toWarmUp_;
    return work();
  }
  if (!isRecorded_) capture(work);
  if (!graph_) return work();
  graph_->replay();
}

void RepeatedWork::capture(const std::function<void()>& work) {
  try {
    graph_->capture(work);
    isRecorded_ = true;
  } catch (const std::exception& failure) {
    if (isOutOfMemory(failure)) throw;
    problem_ = firstLine(failure);
    graph_.reset();
  }
}

}  // namespace scanline
