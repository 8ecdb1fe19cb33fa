#include "core/learn/parallel/nccl_group.h"

#include <c10/core/DeviceGuard.h>
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <thread>

#include "core/base/error.h"

namespace scanline {

namespace {

/// In `library`, which is null where the program has one already.
template <class Function>
void find(void* library, const char* name, Function& function) {
  void* const found = dlsym(library != nullptr ? library : RTLD_DEFAULT, name);
  if (found == nullptr)
    throw Error(fmt::format("libnccl.so.2 has no {}: it is not a version that this program can use.", name));
  function = reinterpret_cast<Function>(found);
}

NcclApi load() {
  // LibTorch's CUDA part has loaded it for everybody; one of the system would do, too.
  void* library = nullptr;
  if (dlsym(RTLD_DEFAULT, "ncclGetUniqueId") == nullptr &&
      (library = dlopen("libnccl.so.2", RTLD_NOW | RTLD_LOCAL)) == nullptr)
    throw Error("There is no libnccl.so.2, which comes with LibTorch for GPUs.");
  NcclApi api{};
  find(library, "ncclGetVersion", api.getVersion);
  find(library, "ncclGetUniqueId", api.getUniqueId);
  find(library, "ncclCommInitRank", api.commInitRank);
  find(library, "ncclCommGetAsyncError", api.commGetAsyncError);
  find(library, "ncclCommAbort", api.commAbort);
  find(library, "ncclCommDestroy", api.commDestroy);
  find(library, "ncclGetErrorString", api.getErrorString);
  find(library, "ncclAllReduce", api.allReduce);
  find(library, "ncclBroadcast", api.broadcast);
  find(library, "ncclGroupStart", api.groupStart);
  find(library, "ncclGroupEnd", api.groupEnd);
  find(library, "ncclSend", api.send);
  find(library, "ncclRecv", api.receive);
  return api;
}

/// Null on a CPU, which tests use.
void* streamOf(at::Device device) {
  if (device.is_cpu()) return nullptr;
  return c10::impl::VirtualGuardImpl(device.type()).getStream(device).native_handle();
}

}  // namespace

const NcclApi& ncclApi() {
  static const NcclApi api = load();
  return api;
}

NcclGroup::NcclGroup(ProcessGroup& group, at::Device device, const NcclApi& api)
    : api_(api), group_(group), device_(device), token_(at::zeros({1}, at::TensorOptions(at::kFloat).device(device))) {
  const c10::DeviceGuard onDevice(device);
  NcclUniqueId id{};
  int result = group.rank() == 0 ? api.getUniqueId(&id) : kNcclSuccess;
  // The others learn of a failure, too: they would wait for an id that means nothing.
  group.broadcast(std::as_writable_bytes(std::span(&result, 1)), /*patient=*/false);
  const auto fail = [&](const char* name, int why) {
    abort();
    throw Error(fmt::format("NCCL does not start ({}: {}).", name, api.getErrorString(why)));
  };
  if (result != kNcclSuccess) fail("ncclGetUniqueId", result);
  group.broadcast(std::as_writable_bytes(std::span(&id, 1)), /*patient=*/false);
  result = api.commInitRank(&communicator_, group.size(), id, group.rank());
  std::vector<int> results(static_cast<size_t>(group.size()));
  group.gather(std::as_bytes(std::span(&result, 1)), std::as_writable_bytes(std::span(results)), /*patient=*/false);
  for (const int each : results)
    if (each != kNcclSuccess) fail("ncclCommInitRank", each);
}

NcclGroup::~NcclGroup() {
  if (communicator_ != nullptr) api_.commDestroy(communicator_);
}

int NcclGroup::version() const {
  int version = 0;
  api_.getVersion(&version);
  return version;
}

void NcclGroup::exchange(std::span<const Message> out, std::span<const Message> in) {
  for (const auto& list : {out, in})
    for (const Message& each : list)
      TORCH_CHECK(each.flat.is_contiguous() && each.flat.device() == device_ && each.flat.scalar_type() == at::kFloat,
                  "NCCL exchanges contiguous floats of its device.");
  run("ncclSend and ncclRecv", [&](void* stream) {
    int worst = api_.groupStart();
    const auto note = [&worst](int result) {
      if (worst == kNcclSuccess) worst = result;
    };
    for (const Message& each : out)
      note(api_.send(each.flat.const_data_ptr(), static_cast<size_t>(each.flat.numel()), kNcclFloat32, each.process,
                     communicator_, stream));
    for (const Message& each : in)
      note(api_.receive(each.flat.mutable_data_ptr(), static_cast<size_t>(each.flat.numel()), kNcclFloat32,
                        each.process, communicator_, stream));
    note(api_.groupEnd());
    return worst;
  });
}

void NcclGroup::sum(const at::Tensor& flat) {
  TORCH_CHECK(flat.is_contiguous() && flat.device() == device_, "NCCL adds up contiguous tensors of its device.");
  TORCH_CHECK(flat.scalar_type() == at::kFloat || flat.scalar_type() == at::kBFloat16, "NCCL adds up floats here.");
  run("ncclAllReduce", [&](void* stream) {
    return api_.allReduce(flat.const_data_ptr(), flat.mutable_data_ptr(), static_cast<size_t>(flat.numel()),
                          flat.scalar_type() == at::kFloat ? kNcclFloat32 : kNcclBfloat16, kNcclSum, communicator_,
                          stream);
  });
}

void NcclGroup::broadcast(const at::Tensor& bytes) {
  TORCH_CHECK(bytes.is_contiguous() && bytes.device() == device_, "NCCL sends contiguous tensors of its device.");
  run("ncclBroadcast", [&](void* stream) {
    return api_.broadcast(bytes.const_data_ptr(), bytes.mutable_data_ptr(), bytes.nbytes(), kNcclUint8, /*root=*/0,
                          communicator_, stream);
  });
}

void NcclGroup::barrier() {
  sum(token_.zero_());
}

void NcclGroup::abort() noexcept {
  if (communicator_ != nullptr) api_.commAbort(communicator_);
  communicator_ = nullptr;
}

template <class Call>
void NcclGroup::run(const char* name, const Call& call) {
  if (communicator_ == nullptr) throw GroupLost("The GPUs that train together are no longer connected.");
  const c10::DeviceGuard onDevice(device_);
  if (const int result = call(streamOf(device_)); result != kNcclSuccess && result != kNcclInProgress)
    lose(fmt::format("{}: {}", name, api_.getErrorString(result)));
  waitForStream();
}

void NcclGroup::waitForStream() {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::microseconds kGlance(50);
  std::optional<c10::Event> done;
  if (!device_.is_cpu()) {
    done.emplace(device_.type());
    done->record(c10::impl::VirtualGuardImpl(device_.type()).getStream(device_));
  }
  for (const auto last = Clock::now() + group_.timeout();; std::this_thread::sleep_for(kGlance)) {
    int error = kNcclSuccess;
    const int asked = api_.commGetAsyncError(communicator_, &error);
    const int worst = asked != kNcclSuccess ? asked : error;
    if (worst != kNcclSuccess && worst != kNcclInProgress) lose(api_.getErrorString(worst));
    if (worst == kNcclSuccess && (!done || done->query())) return;
    if (Clock::now() > last)
      lose(fmt::format("silent for {:.0f} s", std::chrono::duration<double>(group_.timeout()).count()));
  }
}

void NcclGroup::lose(const std::string& reason) {
  abort();  // else its kernels wait for ever
  group_.markLost();
  throw GroupLost(fmt::format(
      "The GPUs that train together lost each other ({}). Resume the run to go on from its last checkpoint.", reason));
}

}  // namespace scanline
