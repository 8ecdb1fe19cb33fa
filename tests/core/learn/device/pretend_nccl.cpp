#include "tests/core/learn/device/pretend_nccl.h"

#include <c10/core/impl/VirtualGuardImpl.h>

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <mutex>

#include "core/learn/parallel/nccl_api.h"
#include "tests/core/learn/device/pretend_internals.h"

namespace scanline::pretend {

namespace {

constexpr int kInvalidArgument = 4, kInvalidUsage = 5, kSystemError = 2;

struct Group {
  int size = 0;
  std::map<int, int> devices;                                             ///< of each rank that has come
  std::map<std::pair<int, int>, std::deque<std::vector<char>>> messages;  ///< on the way, from and to
};

struct Communicator {
  std::shared_ptr<Group> group;
  int rank = 0;
  bool isStuck = false;  ///< it waits for what never comes
};

struct Library {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, std::shared_ptr<Group>> groups;
  NcclLog log;
  int ids = 0, failing = -1;
  bool isSilent = false;
};

Library& library() {
  static auto* const kLibrary = new Library;
  return *kLibrary;
}

struct Call {
  bool isSend = false;
  char* memory = nullptr;
  size_t bytes = 0;
  int peer = 0;
  Communicator* communicator = nullptr;
};
thread_local std::vector<Call> calls;  ///< of the group that is open
thread_local int depth = 0;

int fault(std::string text) {
  const std::scoped_lock lock(library().mutex);
  library().log.faults.push_back(std::move(text));
  return kInvalidArgument;
}

void send(const Call& call) {
  const std::scoped_lock lock(library().mutex);
  if (library().isSilent) return;
  call.communicator->group->messages[{call.communicator->rank, call.peer}].emplace_back(call.memory,
                                                                                        call.memory + call.bytes);
  if (call.peer != call.communicator->rank) library().log.bytes += static_cast<int64_t>(call.bytes);
  library().changed.notify_all();
}

int receive(const Call& call) {
  std::unique_lock lock(library().mutex);
  auto& waiting = call.communicator->group->messages[{call.peer, call.communicator->rank}];
  library().changed.wait(lock, [&] { return !waiting.empty() || library().isSilent; });
  if (waiting.empty()) {
    call.communicator->isStuck = true;
    return kNcclSuccess;
  }
  const auto message = std::move(waiting.front());
  waiting.pop_front();
  if (message.size() != call.bytes) {
    library().log.faults.push_back("a message of another length");
    return kInvalidUsage;
  }
  std::memcpy(call.memory, message.data(), call.bytes);
  return kNcclSuccess;
}

int carryOut() {
  int worst = kNcclSuccess;
  for (const Call& call : calls)
    if (call.isSend) send(call);
  for (const Call& call : calls)
    if (!call.isSend) worst = std::max(worst, receive(call));
  calls.clear();
  return worst;
}

int queue(bool isSend, const void* memory, size_t bytes, int peer, void* communicator, void* stream) {
  char* const there = openedAddress(memory);
  if (there == nullptr || openedAddress(static_cast<const char*>(memory) + bytes - 1) == nullptr)
    return fault("memory of the host");
  if (stream != streamHandle()) return fault("a stream of another device");
  auto* const own = static_cast<Communicator*>(communicator);
  if (peer < 0 || peer >= own->group->size) return fault("a rank that is none");
  calls.push_back({isSend, there, bytes, peer, own});
  return depth > 0 ? kNcclSuccess : carryOut();
}

}  // namespace

NcclLog ncclLog() {
  const std::scoped_lock lock(library().mutex);
  return library().log;
}
void clearNcclLog() {
  const std::scoped_lock lock(library().mutex);
  library().log = {};
}
void failNccl(int rank) {
  const std::scoped_lock lock(library().mutex);
  library().failing = rank;
}
void silenceNccl(bool isSilent) {
  const std::scoped_lock lock(library().mutex);
  library().isSilent = isSilent;
  library().changed.notify_all();
}

// NOLINTBEGIN(readability-identifier-naming)
extern "C" {

int ncclGetVersion(int* version) {
  *version = 22809;
  return kNcclSuccess;
}

int ncclGetUniqueId(NcclUniqueId* id) {
  const std::scoped_lock lock(library().mutex);
  std::snprintf(id->bytes, sizeof(id->bytes), "pretend %d", ++library().ids);
  return kNcclSuccess;
}

int ncclCommInitRank(void** communicator, int ranks, NcclUniqueId id, int rank) {
  Library& all = library();
  std::unique_lock lock(all.mutex);
  auto& group = all.groups[id.bytes];
  if (!group) group = std::make_shared<Group>(Group{.size = ranks, .devices = {}, .messages = {}});
  const auto own = group;
  own->devices[rank] = c10::impl::VirtualGuardImpl(at::kPrivateUse1).getDevice().index();
  all.changed.notify_all();
  all.changed.wait(lock, [&] { return std::ssize(own->devices) == ranks; });
  if (all.failing == rank) return kSystemError;
  for (const auto& [other, device] : own->devices)
    if (other != rank && device == own->devices[rank]) return kInvalidUsage;
  ++all.log.communicators;
  *communicator = new Communicator{own, rank};
  return kNcclSuccess;
}

int ncclCommGetAsyncError(void* communicator, int* error) {
  const std::scoped_lock lock(library().mutex);
  *error = static_cast<const Communicator*>(communicator)->isStuck ? kNcclInProgress : kNcclSuccess;
  return kNcclSuccess;
}

int ncclCommDestroy(void* communicator) {
  delete static_cast<Communicator*>(communicator);
  return kNcclSuccess;
}

int ncclCommAbort(void* communicator) {
  return ncclCommDestroy(communicator);
}

const char* ncclGetErrorString(int result) {
  return result == kInvalidUsage ? "invalid usage" : "unhandled system error";
}

int ncclGroupStart() {
  ++depth;
  return kNcclSuccess;
}

int ncclGroupEnd() {
  return --depth > 0 ? kNcclSuccess : carryOut();
}

int ncclSend(const void* from, size_t count, int type, int peer, void* communicator, void* stream) {
  if (type != kNcclFloat32) return fault("a type that is not sent");
  return queue(true, from, count * sizeof(float), peer, communicator, stream);
}

int ncclRecv(void* to, size_t count, int type, int peer, void* communicator, void* stream) {
  if (type != kNcclFloat32) return fault("a type that is not sent");
  return queue(false, to, count * sizeof(float), peer, communicator, stream);
}

int ncclBroadcast(const void* from, void* to, size_t count, int type, int root, void* communicator, void* stream) {
  if (type != kNcclUint8 || from != to) return fault("a broadcast of another kind");
  auto* const own = static_cast<Communicator*>(communicator);
  if (own->rank != root) return queue(false, to, count, root, communicator, stream);
  ncclGroupStart();
  int worst = kNcclSuccess;
  for (int rank = 0; rank < own->group->size; ++rank)
    if (rank != root) worst = std::max(worst, queue(true, from, count, rank, communicator, stream));
  return std::max(worst, ncclGroupEnd());
}

int ncclAllReduce(const void*, void*, size_t, int, int, void*, void*) {
  return fault("a sum in an order of NCCL's own");
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming)

}  // namespace scanline::pretend
