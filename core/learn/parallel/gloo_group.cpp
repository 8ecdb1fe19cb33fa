#define USE_C10D_GLOO 1

#include "core/learn/parallel/gloo_group.h"

#include <ATen/ATen.h>
#include <arpa/inet.h>
#include <c10/util/Logging.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

namespace scanline {

namespace {

using std::chrono::milliseconds;

const std::string kLastWord = "last word";
constexpr milliseconds kForever = std::chrono::hours(24 * 365), kGlance(5);

/// The address of this machine on the way to `host`. A machine's own name often stands for 127.0.1.1, where no other
/// machine reaches it.
std::string addressTowards(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0)
    throw Error(fmt::format("The host of process 0, {}, has no address that can be found. Check MASTER_ADDR.", host));
  std::string address;
  for (const addrinfo* each = found; each != nullptr && address.empty(); each = each->ai_next) {
    const int probe = socket(each->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);  // connecting it sends nothing
    sockaddr_storage own{};
    socklen_t length = sizeof(own);
    char text[NI_MAXHOST] = "";
    if (probe >= 0 && connect(probe, each->ai_addr, each->ai_addrlen) == 0 &&
        getsockname(probe, reinterpret_cast<sockaddr*>(&own), &length) == 0 &&
        getnameinfo(reinterpret_cast<sockaddr*>(&own), length, text, sizeof(text), nullptr, 0, NI_NUMERICHOST) == 0)
      address = text;
    if (probe >= 0) close(probe);
  }
  freeaddrinfo(found);
  if (address.empty()) throw Error(fmt::format("This machine has no way to {}, where process 0 is.", host));
  return address;
}

/// The first line, without the place in Gloo's sources that it begins with.
std::string reasonOf(const std::exception& failure) {
  std::string_view what = failure.what();
  what = what.substr(0, what.find('\n'));
  if (what.starts_with('[')) what.remove_prefix(std::min(what.size(), what.find("] ") + 2));
  while (what.ends_with('.')) what.remove_suffix(1);
  return std::string(what);
}

c10::intrusive_ptr<c10d::Store> meet(const GroupPlace& place) {
  c10d::TCPStoreOptions options;
  options.port = place.port;
  options.isServer = place.rank == 0 && !place.meetingIsHosted;
  options.waitWorkers = false;  // connecting to each other waits for all
  options.timeout = place.timeout;
  if (options.isServer && place.listening >= 0) options.masterListenFd = place.listening;
  return c10::make_intrusive<c10d::PrefixStore>("scanline/" + place.attempt,
                                                c10::make_intrusive<c10d::TCPStore>(place.host, options));
}

class GlooGroup final : public ProcessGroup {
 public:
  explicit GlooGroup(const GroupPlace& place) : place_(place) {
    auto options = c10d::ProcessGroupGloo::Options::create(place.timeout);
    options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname(addressTowards(place.host, place.port)));
    store_ = meet(place);
    gloo_ = c10::make_intrusive<c10d::ProcessGroupGloo>(store_, place.rank, place.size, options);
  }
  ~GlooGroup() override { shutdown(); }

  int rank() const override { return place_.rank; }
  int size() const override { return place_.size; }
  int localRank() const override { return place_.localRank; }
  bool isLost() const override { return isLost_; }
  void markLost() noexcept override { isLost_ = true; }
  milliseconds timeout() const override { return place_.timeout; }

  void exchange(std::span<const float> out, std::span<const int64_t> outCounts, std::span<float> in,
                std::span<const int64_t> inCounts) override {
    // Gloo reads from it alone.
    auto from = tensorOf(const_cast<float*>(out.data()), out.size()), to = tensorOf(in.data(), in.size());
    std::vector<int64_t> fromCounts(outCounts.begin(), outCounts.end()), toCounts(inCounts.begin(), inCounts.end());
    c10d::AllToAllOptions options;
    options.timeout = place_.timeout;
    wait([&] { return gloo_->alltoall_base(to, from, toCounts, fromCounts, options); });
  }

  void gather(std::span<const std::byte> mine, std::span<std::byte> all, bool patient,
              const std::function<void()>& turn) override {
    auto from = tensorOf(const_cast<std::byte*>(mine.data()), mine.size()), to = tensorOf(all.data(), all.size());
    c10d::AllgatherOptions options;
    options.timeout = patient ? kForever : place_.timeout;
    wait([&] { return gloo_->_allgather_base(to, from, options); }, turn);
  }

  void broadcast(std::span<std::byte> bytes, bool patient) override {
    std::vector<at::Tensor> tensors{tensorOf(bytes.data(), bytes.size())};
    c10d::BroadcastOptions options;
    options.timeout = patient ? kForever : place_.timeout;
    wait([&] { return gloo_->broadcast(tensors, options); });
  }

  void barrier() override {
    c10d::BarrierOptions options;
    options.timeout = place_.timeout;
    wait([&] { return gloo_->barrier(options); });
  }

  int64_t add(const std::string& name, int64_t summand) override {
    try {
      return store_->add("number/" + name, summand);
    } catch (const std::exception& failure) {
      throw GroupLost(fmt::format("Process 0 is no longer there ({}).", reasonOf(failure)));
    }
  }

  void leaveWord(std::string_view sentence) noexcept override {
    if (!store_) return;
    try {
      store_->set(kLastWord, std::string(sentence));
      store_->get(kLastWord);  // it has arrived
    } catch (...) {
      // Its end is seen all the same.
    }
  }

  void shutdown() noexcept override {
    gloo_.reset();
    store_.reset();
  }

 private:
  static at::Tensor tensorOf(float* data, size_t count) {
    return at::from_blob(data, {static_cast<int64_t>(count)}, at::kFloat);
  }
  static at::Tensor tensorOf(std::byte* data, size_t count) {
    return at::from_blob(data, {static_cast<int64_t>(count)}, at::kByte);
  }

  template <class Start>
  void wait(const Start& start, const std::function<void()>& turn = {}) {
    if (isLost_ || !gloo_) throw GroupLost("The processes that train together are no longer connected.");
    std::string reason;
    try {
      const auto work = start();
      for (; turn && !work->isCompleted(); std::this_thread::sleep_for(kGlance)) turn();
      work->wait();
      return;
    } catch (const std::exception& failure) {
      reason = reasonOf(failure);
    }
    isLost_ = true;
    std::string why = lastWord();
    if (why.empty() && place_.explainLoss) why = place_.explainLoss();
    if (why.empty())
      why = fmt::format("One of the {} processes that train together died, or was silent for {:.0f} s ({}).",
                        place_.size, std::chrono::duration<double>(place_.timeout).count(), reason);
    throw GroupLost(why + " Resume the run to go on from its last checkpoint.");
  }

  /// Of the process that left, if it said one, and the store is there.
  std::string lastWord() noexcept {
    try {
      if (store_ && store_->check({kLastWord})) return store_->get_to_str(kLastWord);
    } catch (...) {
      // The store went with its process.
    }
    return {};
  }

  GroupPlace place_;
  bool isLost_ = false;
  c10::intrusive_ptr<c10d::Store> store_;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo_;
};

}  // namespace

std::unique_ptr<ProcessGroup> joinByGloo(const GroupPlace& place) {
  constexpr int kFatal = 3;
  // Errors become sentences here. LibTorch would write each once more, with a stack of addresses.
  if (std::getenv("TORCH_CPP_LOG_LEVEL") == nullptr) FLAGS_caffe2_log_level = kFatal;
  try {
    auto group = std::make_unique<GlooGroup>(place);
    group->barrier();  // all connections are used once before anything depends on them
    return group;
  } catch (const Error&) {
    throw;
  } catch (const std::exception& failure) {
    throw Error(fmt::format(
        "The {} processes that {} started did not find each other at {}, port {}, within {:.0f} s ({}). Check that all were started, and that MASTER_ADDR and MASTER_PORT can be reached.",
        place.size, place.launcher, place.host, place.port, std::chrono::duration<double>(place.timeout).count(),
        reasonOf(failure)));
  }
}

}  // namespace scanline
