#include "tests/core/learn/device/pretend_device.h"

#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <execinfo.h>
#include <sys/mman.h>
#include <torch/library.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <set>

#include "tests/core/learn/device/pretend_internals.h"

namespace scanline::pretend {

namespace {

constexpr size_t kPage = 4096;

// 1. Memory

/// Pages that are mapped twice: where tensors believe them to be, and where operations find them.
class Memory {
 public:
  Memory() {
    const int file = memfd_create("pretend device", 0);
    TORCH_CHECK(file >= 0 && ftruncate(file, kMost) == 0, "no memory for the pretend device");
    seen_ = map(file, PROT_NONE);
    used_ = map(file, PROT_READ | PROT_WRITE);
    close(file);
    free_[0] = kMost;
  }

  /// Tensors' address of `bytes` bytes of NaNs, before a page that is never used.
  char* take(size_t bytes) {
    const size_t size = sizeOf(bytes);
    const std::scoped_lock lock(mutex_);
    TORCH_CHECK_WITH(OutOfMemoryError, taken_ + size <= limit_, "The pretend device is out of memory: ", bytes,
                     " bytes were asked for, and ", limit_ - taken_, " of ", limit_, " are free.");
    for (auto gap = free_.begin(); gap != free_.end(); ++gap) {
      if (gap->second < size + kPage) continue;
      const size_t place = gap->first, rest = gap->second - size - kPage;
      free_.erase(gap);
      if (rest > 0) free_[place + size + kPage] = rest;
      blocks_[place] = size;
      taken_ += size;
      peak_ = std::max(peak_, taken_);
      std::memset(used_ + place, 0xFF, size);
      return seen_ + place;
    }
    TORCH_CHECK_WITH(OutOfMemoryError, false, "The pretend device's memory has no gap of ", bytes, " bytes.");
  }

  void giveBack(char* address) {
    const std::scoped_lock lock(mutex_);
    const auto block = blocks_.find(static_cast<size_t>(address - seen_));
    size_t place = block->first, size = block->second + kPage;
    taken_ -= block->second;
    blocks_.erase(block);
    if (const auto next = free_.find(place + size); next != free_.end()) {
      size += next->second;
      free_.erase(next);
    }
    if (auto before = free_.lower_bound(place);
        before != free_.begin() && (--before)->first + before->second == place) {
      place = before->first;
      size += before->second;
    }
    free_[place] = size;
  }

  /// Where operations find it.
  char* open(const void* address) const { return used_ + (static_cast<const char*>(address) - seen_); }
  bool holds(const void* address) const {
    return static_cast<const char*>(address) >= seen_ && static_cast<const char*>(address) < seen_ + kMost;
  }

  void setLimit(size_t bytes) {
    const std::scoped_lock lock(mutex_);
    limit_ = bytes;
  }
  MemoryContent content() const {
    const std::scoped_lock lock(mutex_);
    MemoryContent all;
    for (const auto& [place, size] : blocks_)
      all.blocks.emplace_back(used_ + place, std::vector<char>(used_ + place, used_ + place + size));
    return all;
  }
  size_t taken() const {
    const std::scoped_lock lock(mutex_);
    return taken_;
  }
  size_t limit() const {
    const std::scoped_lock lock(mutex_);
    return limit_;
  }
  size_t peak() const {
    const std::scoped_lock lock(mutex_);
    return peak_;
  }
  void clearPeak() {
    const std::scoped_lock lock(mutex_);
    peak_ = taken_;
  }

 private:
  static size_t sizeOf(size_t bytes) { return (std::max<size_t>(bytes, 1) + kPage - 1) / kPage * kPage; }
  static char* map(int file, int protection) {
    void* address = mmap(nullptr, kMost, protection, MAP_SHARED | MAP_NORESERVE, file, 0);
    TORCH_CHECK(address != MAP_FAILED, "no address space for the pretend device");
    return static_cast<char*>(address);
  }

  mutable std::mutex mutex_;
  char *seen_, *used_;
  std::map<size_t, size_t> free_, blocks_;  ///< place -> size
  size_t taken_ = 0, peak_ = 0, limit_ = kMost;
};

/// Never destroyed: tensors may die after static objects.
Memory& memory() {
  static auto* const kMemory = new Memory;
  return *kMemory;
}

struct sigaction before;

void onAccess(int signal, siginfo_t* info, void* context) {
  if (!memory().holds(info->si_addr)) {  // somebody else's fault
    sigaction(signal, &before, nullptr);
    return;
  }
  (void)context;
  constexpr char kText[] = "FAIL!  : the host touched memory of the pretend device, from\n";
  (void)!write(STDERR_FILENO, kText, sizeof kText - 1);
  void* frames[32];
  backtrace_symbols_fd(frames, backtrace(frames, 32), STDERR_FILENO);
  _exit(kHostAccess);
}

const bool kWatched = [] {
  void* frame;
  backtrace(&frame, 1);  // loads its library now, which a handler may not
  memory();
  struct sigaction action {};
  action.sa_sigaction = onAccess;
  action.sa_flags = SA_SIGINFO;
  return sigaction(SIGSEGV, &action, &before) == 0;
}();

// 2. Waits, and what does not repeat

class Names {
 public:
  void add(std::string name) {
    const std::scoped_lock lock(mutex_);
    names_.push_back(std::move(name));
  }
  std::vector<std::string> names() const {
    const std::scoped_lock lock(mutex_);
    return names_;
  }
  void clear() {
    const std::scoped_lock lock(mutex_);
    names_.clear();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> names_;
};

Names& waitList() {
  static auto* const kWaits = new Names;
  return *kWaits;
}
Names& unrepeatableList() {
  static auto* const kList = new Names;
  return *kList;
}

thread_local int operations = 0;  ///< of the pretend device, that are at work
thread_local bool capturing = false;

void noteWait(std::string name) {
  TORCH_CHECK(!capturing, "CUDA error: operation not permitted when stream is capturing: ", name);
  waitList().add(std::move(name));
}

// 3. Functions that LibTorch asks of a backend

thread_local c10::DeviceIndex currentDevice = 0;
thread_local c10::StreamId currentStream = 0;  ///< 0: the one that the device has by itself

class DeviceMemory final : public c10::DeviceAllocator {
 public:
  c10::DataPtr allocate(size_t bytes) override { return on(currentDevice, bytes); }
  c10::DataPtr on(c10::DeviceIndex device, size_t bytes) {
    char* address = memory().take(bytes);
    return {address, address, &release, c10::Device(at::kPrivateUse1, device)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, size_t bytes) const override {
    std::memcpy(memory().open(to), memory().open(from), bytes);
  }
  bool initialized() override { return true; }
  void emptyCache(c10::MempoolId_t) override {}
  void recordStream(const c10::DataPtr&, c10::Stream) override {}
  c10::CachingDeviceAllocator::DeviceStats getDeviceStats(c10::DeviceIndex) override { return {}; }
  void resetAccumulatedStats(c10::DeviceIndex) override {}
  void resetPeakStats(c10::DeviceIndex) override {}
  std::pair<size_t, size_t> getMemoryInfo(c10::DeviceIndex) override {
    const size_t limit = memory().limit(), taken = memory().taken();
    return {limit > taken ? limit - taken : 0, limit};
  }

 private:
  static void release(void* address) { memory().giveBack(static_cast<char*>(address)); }
} deviceMemory;
REGISTER_ALLOCATOR(at::kPrivateUse1, &deviceMemory)

/// Host memory that a GPU can read by itself, so that a copy from it need not be waited for.
class PinnedMemory final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    auto* address = static_cast<char*>(std::malloc(std::max<size_t>(bytes, 1)));
    const std::scoped_lock lock(mutex_);
    blocks_[address] = bytes;
    return {address, address, &release, at::Device(at::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, size_t bytes) const override { std::memcpy(to, from, bytes); }
  bool holds(const void* address) const {
    const std::scoped_lock lock(mutex_);
    auto block = blocks_.upper_bound(static_cast<const char*>(address));
    return block != blocks_.begin() && address < (--block)->first + std::max<size_t>(block->second, 1);
  }

 private:
  static void release(void* address);

  mutable std::mutex mutex_;
  std::map<const char*, size_t> blocks_;
};

PinnedMemory& pinnedMemory() {
  static auto* const kMemory = new PinnedMemory;
  return *kMemory;
}

void PinnedMemory::release(void* address) {
  {
    const std::scoped_lock lock(pinnedMemory().mutex_);
    pinnedMemory().blocks_.erase(static_cast<const char*>(address));
  }
  std::free(address);
}

struct Guard final : c10::impl::DeviceGuardImplInterface {
  static constexpr auto static_type = at::kPrivateUse1;
  at::DeviceType type() const override { return static_type; }
  at::Device exchangeDevice(at::Device device) const override {
    const auto old = getDevice();
    uncheckedSetDevice(device);
    return old;
  }
  at::Device getDevice() const override { return {static_type, currentDevice}; }
  void setDevice(at::Device device) const override { uncheckedSetDevice(device); }
  void uncheckedSetDevice(at::Device device) const noexcept override {
    if (device.has_index()) currentDevice = device.index();
  }
  c10::Stream getStream(at::Device device) const override {
    return c10::Stream(c10::Stream::UNSAFE, device, currentStream);
  }
  c10::Stream getStreamFromGlobalPool(at::Device device, bool) const override {
    return c10::Stream(c10::Stream::UNSAFE, device, 1);
  }
  c10::Stream getDefaultStream(at::Device device) const override { return c10::Stream(c10::Stream::DEFAULT, device); }
  c10::Stream exchangeStream(c10::Stream stream) const override {
    const auto old = getStream(stream.device());
    currentStream = stream.id();
    return old;
  }
  c10::DeviceIndex deviceCount() const noexcept override { return 2; }
  void record(void**, const c10::Stream&, c10::DeviceIndex, c10::EventFlag) const override {}
  void block(void*, const c10::Stream&) const override {}
  bool queryEvent(void*) const override { return true; }
  bool queryStream(const c10::Stream&) const override { return true; }
  void* getStreamNativeHandle(const c10::Stream) const override { return streamHandle(); }
  void synchronizeStream(const c10::Stream&) const override { noteWait("synchronize"); }
  void synchronizeEvent(void*) const override { noteWait("synchronize"); }
  void synchronizeDevice(c10::DeviceIndex) const override { noteWait("synchronize"); }
};
C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard)

struct Hooks final : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(at::DeviceIndex) const override { return true; }
  at::DeviceIndex deviceCount() const override { return 2; }
  at::DeviceIndex getCurrentDevice() const override { return currentDevice; }
  void setCurrentDevice(at::DeviceIndex device) const override { currentDevice = device; }
  at::DeviceIndex exchangeDevice(at::DeviceIndex device) const override { return std::exchange(currentDevice, device); }
  at::DeviceIndex maybeExchangeDevice(at::DeviceIndex device) const override { return exchangeDevice(device); }
  at::Device getDeviceFromPtr(void*) const override { return {at::kPrivateUse1, currentDevice}; }
  bool isPinnedPtr(const void* address) const override { return pinnedMemory().holds(address); }
  at::Allocator* getPinnedMemoryAllocator() const override { return &pinnedMemory(); }
};

const bool kRegistered = [] {
  c10::register_privateuse1_backend("pretend");
  at::RegisterPrivateUse1HooksInterface(new Hooks);  // for the whole process
  return true;
}();

}  // namespace

// 4. Operations

Operation::Operation() {
  ++operations;
}
Operation::~Operation() {
  --operations;
}

at::Tensor opened(const at::Tensor& tensor) {
  if (!tensor.defined() || tensor.is_cpu()) return tensor;
  auto* address = memory().open(tensor.storage().data());
  return at::from_blob(address + tensor.storage_offset() * static_cast<int64_t>(tensor.element_size()), tensor.sizes(),
                       tensor.strides(), tensor.options().device(at::kCPU).requires_grad(false));
}

at::Tensor opened(const std::optional<at::Tensor>& tensor) {
  return tensor ? opened(*tensor) : at::Tensor();
}

char* openedAddress(const void* address) {
  return memory().holds(address) ? memory().open(address) : nullptr;
}

MemoryContent memoryContent() {
  return memory().content();
}

void restore(const MemoryContent& content) {
  for (const auto& [place, bytes] : content.blocks) std::memcpy(place, bytes.data(), bytes.size());
}

void setCapturing(bool isCapturing) {
  capturing = isCapturing;
}

bool isOnDefaultStream() {
  return currentStream == 0;
}

void* streamHandle() {
  static char handle;
  return &handle;
}

at::Tensor moved(const at::Tensor& cpu, at::Device device) {
  return cpu.defined() ? cpu.to(device) : cpu;
}

void noteUnrepeatable(std::string name) {
  unrepeatableList().add(std::move(name));
}

namespace {

c10::DeviceIndex indexOf(std::optional<at::Device> device) {
  return device && device->has_index() ? device->index() : currentDevice;
}

at::Tensor empty(c10::SymIntArrayRef sizes, std::optional<at::ScalarType> type, std::optional<at::Layout>,
                 std::optional<at::Device> device, std::optional<bool>, std::optional<at::MemoryFormat> format) {
  const c10::DeviceGuard guard({at::kPrivateUse1, indexOf(device)});
  return at::detail::empty_generic(C10_AS_INTARRAYREF_SLOW(sizes), &deviceMemory,
                                   c10::DispatchKeySet(c10::DispatchKey::PrivateUse1), type.value_or(at::kFloat),
                                   format);
}

at::Tensor emptyStrided(c10::SymIntArrayRef sizes, c10::SymIntArrayRef strides, std::optional<at::ScalarType> type,
                        std::optional<at::Layout>, std::optional<at::Device> device, std::optional<bool>) {
  const c10::DeviceGuard guard({at::kPrivateUse1, indexOf(device)});
  return at::detail::empty_strided_generic(C10_AS_INTARRAYREF_SLOW(sizes), C10_AS_INTARRAYREF_SLOW(strides),
                                           &deviceMemory, c10::DispatchKeySet(c10::DispatchKey::PrivateUse1),
                                           type.value_or(at::kFloat));
}

at::Tensor copyFrom(const at::Tensor& from, const at::Tensor& to, bool nonBlocking) {
  if (operations == 0 && from.device() != to.device()) {
    TORCH_CHECK(!capturing, "CUDA error: operation not permitted when stream is capturing: a copy from ", from.device(),
                " to ", to.device());
    if (to.is_cpu() && !(nonBlocking && to.is_pinned())) noteWait("copy to the host");
    if (from.is_cpu() && !(nonBlocking && from.is_pinned() && from.is_contiguous()))
      noteWait("copy from pageable memory");
  }
  opened(to).copy_(opened(from));
  return to;
}

const at::Tensor& resize(const at::Tensor& self, c10::SymIntArrayRef symbolic, std::optional<at::MemoryFormat>) {
  const auto sizes = C10_AS_INTARRAYREF_SLOW(symbolic);
  auto* impl = self.unsafeGetTensorImpl();
  const auto bytes = static_cast<size_t>(c10::multiply_integers(sizes)) * self.element_size();
  if (bytes > self.storage().nbytes()) {
    impl->unsafe_storage().set_data_ptr_noswap(deviceMemory.on(self.device().index(), bytes));
    impl->unsafe_storage().set_nbytes(bytes);
  }
  impl->set_sizes_contiguous(sizes);
  return self;
}

at::Tensor copyFromAndResize(const at::Tensor& from, const at::Tensor& to) {
  if (to.sizes() != from.sizes()) to.resize_(from.sizes());
  return copyFrom(from, to, false);
}

at::Scalar localScalar(const at::Tensor& self) {
  noteWait("item");
  return at::_local_scalar_dense(opened(self));
}

at::Tensor asStrided(const at::Tensor& self, c10::SymIntArrayRef sizes, c10::SymIntArrayRef strides,
                     std::optional<c10::SymInt> offset) {
  return at::native::as_strided_tensorimpl(self, C10_AS_INTARRAYREF_SLOW(sizes), C10_AS_INTARRAYREF_SLOW(strides),
                                           offset ? std::optional(offset->expect_int()) : std::nullopt);
}

at::Tensor view(const at::Tensor& self, c10::SymIntArrayRef sizes) {
  return at::native::view(self, C10_AS_INTARRAYREF_SLOW(sizes));
}

at::Tensor reshapeAlias(const at::Tensor& self, c10::SymIntArrayRef sizes, c10::SymIntArrayRef strides) {
  return at::native::_reshape_alias(self, C10_AS_INTARRAYREF_SLOW(sizes), C10_AS_INTARRAYREF_SLOW(strides));
}

/// Devices of the arguments of an operation, or of a list among them.
void check(const c10::OperatorHandle& op, const at::Tensor& tensor, std::optional<at::Device>& device) {
  if (!tensor.defined() || (tensor.is_cpu() && tensor.dim() == 0)) return;
  if (!device) device = tensor.device();
  TORCH_CHECK(tensor.device() == *device, "Expected all tensors to be on the same device, but found ", *device, " and ",
              tensor.device(), " in ", op.schema().name());
}

/// Their results have shapes, or values for the host, that only a GPU knows.
bool makesTheHostWait(const std::string& name) {
  static const std::set<std::string> kNames{
      "aten::nonzero",     "aten::masked_select",     "aten::_unique2", "aten::unique_dim", "aten::equal",
      "aten::multinomial", "aten::repeat_interleave", "aten::bincount", "aten::index",      "aten::unique_consecutive"};
  return kNames.contains(name);
}

/// Sums of theirs are made by atomic additions on CUDA, in an order that differs from call to call, unless LibTorch is
/// told to use deterministic algorithms. Those that have none are refused then.
void checkRepeats(const c10::OperatorHandle& op, const at::Tensor& first) {
  static const std::set<std::string> kAtomic{"aten::index_add",      "aten::index_add_",       "aten::scatter_add",
                                             "aten::scatter_add_",   "aten::_index_put_impl_", "aten::scatter_reduce",
                                             "aten::scatter_reduce_"};
  static const std::set<std::string> kRefused{"aten::cumsum", "aten::cumsum_"};
  const bool isFloating = first.defined() && first.is_floating_point();
  const bool isDeterministic = at::globalContext().deterministicAlgorithms();
  if (isFloating && !isDeterministic && kAtomic.contains(op.schema().name())) noteUnrepeatable(op.schema().name());
  TORCH_CHECK(!isFloating || !isDeterministic || !kRefused.contains(op.schema().name()), op.schema().name(),
              " does not have a deterministic implementation");
}

void onTheCpu(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const auto arguments = torch::jit::last(*stack, op.schema().arguments().size());
  std::optional<at::Device> device;
  for (const auto& argument : arguments) {
    if (argument.isTensor()) check(op, argument.toTensor(), device);
    if (argument.isTensorList())
      for (const at::Tensor& tensor : argument.toTensorList()) check(op, tensor, device);
    if (argument.isOptionalTensorList())
      for (const std::optional<at::Tensor>& tensor : argument.toOptionalTensorList())
        if (tensor) check(op, *tensor, device);
  }
  if (makesTheHostWait(op.schema().name())) noteWait(op.schema().name());
  if (!arguments.empty() && arguments[0].isTensor()) checkRepeats(op, arguments[0].toTensor());
  const Operation operation;
  at::native::cpu_fallback(op, stack, /*error_on_views=*/true);
}

at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                       c10::SymIntArrayRef stride, c10::SymIntArrayRef padding, c10::SymIntArrayRef dilation,
                       bool transposed, c10::SymIntArrayRef outputPadding, c10::SymInt groups) {
  const Operation operation;
  return moved(at::convolution_symint(opened(x), opened(weight), opened(bias), stride, padding, dilation, transposed,
                                      outputPadding, groups),
               x.device());
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> convolutionBackward(const at::Tensor& dy, const at::Tensor& x,
                                                                   const at::Tensor& weight, c10::SymIntArrayRef stride,
                                                                   c10::SymIntArrayRef padding,
                                                                   c10::SymIntArrayRef dilation, bool transposed,
                                                                   c10::SymIntArrayRef outputPadding,
                                                                   c10::SymInt groups, std::array<bool, 3> wanted) {
  const Operation operation;
  const c10::SymInt biasSize = dy.sym_size(1);
  auto [dx, dWeight, dBias] =
      at::convolution_backward_symint(opened(dy), opened(x), opened(weight), c10::SymIntArrayRef(biasSize), stride,
                                      padding, dilation, transposed, outputPadding, groups, wanted);
  return {moved(dx, x.device()), moved(dWeight, x.device()), moved(dBias, x.device())};
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, library) {
  library.impl("empty.memory_format", &empty);
  library.impl("empty_strided", &emptyStrided);
  library.impl("_copy_from", &copyFrom);
  library.impl("_copy_from_and_resize", &copyFromAndResize);
  library.impl("resize_", &resize);
  library.impl("_local_scalar_dense", &localScalar);
  library.impl("as_strided", &asStrided);
  library.impl("view", &view);
  library.impl("_reshape_alias", &reshapeAlias);
  library.impl("convolution_overrideable", &convolution);
  library.impl("convolution_backward_overrideable", &convolutionBackward);
}

TORCH_LIBRARY_IMPL(_, PrivateUse1, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&onTheCpu>());
}

}  // namespace

std::vector<std::string> waits() {
  return waitList().names();
}
void clearWaits() {
  waitList().clear();
}
std::vector<std::string> unrepeatable() {
  return unrepeatableList().names();
}
void clearUnrepeatable() {
  unrepeatableList().clear();
}
void setMemoryLimit(int64_t bytes) {
  memory().setLimit(static_cast<size_t>(bytes == 0 ? kMost : bytes));
}
int64_t memoryUsed() {
  return static_cast<int64_t>(memory().taken());
}
int64_t memoryPeak() {
  return static_cast<int64_t>(memory().peak());
}
void clearPeak() {
  memory().clearPeak();
}

}  // namespace scanline::pretend
