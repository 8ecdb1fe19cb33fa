#include "tests/core/learn/device/pretend_graph.h"

#include <c10/core/impl/LocalDispatchKeySet.h>
#include <torch/library.h>

#include <mutex>
#include <vector>

#include "core/base/error.h"
#include "core/learn/model/device_graph.h"
#include "tests/core/learn/device/pretend_internals.h"

namespace scanline::pretend {

namespace {

/// An operation as the program called it: what it is made of is not looked at.
struct Call {
  c10::OperatorHandle operation;
  torch::jit::Stack arguments, results;  ///< tensors of both stay where they are
};

struct State {
  std::mutex mutex;
  GraphLog log;
  Graphs graphs = Graphs::Work;
};
State& state() {
  static auto* const kState = new State;
  return *kState;
}

thread_local std::vector<Call>* recording = nullptr;

constexpr auto kKey = c10::DispatchKey::TESTING_ONLY_GenericMode;

void record(const c10::OperatorHandle& operation, torch::jit::Stack* stack) {
  Call call{operation, torch::jit::last(*stack, operation.schema().arguments().size()).vec(), {}};
  {
    const c10::impl::ExcludeDispatchKeyGuard once(kKey);
    operation.callBoxed(stack);
  }
  call.results = torch::jit::last(*stack, operation.schema().returns().size()).vec();
  if (recording != nullptr) recording->push_back(std::move(call));
}

TORCH_LIBRARY_IMPL(_, TESTING_ONLY_GenericMode, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&record>());
}

/// Results of a replay go where those of the recording lie.
void put(const c10::IValue& result, const c10::IValue& place) {
  if (place.isTensorList()) {
    const auto from = result.toTensorVector(), to = place.toTensorVector();
    for (size_t i = 0; i < to.size(); ++i) put(from[i], to[i]);
  }
  if (!place.isTensor()) return;
  const at::Tensor &from = result.toTensor(), &to = place.toTensor();
  if (!to.defined() || from.storage().unsafeGetStorageImpl() == to.storage().unsafeGetStorageImpl()) return;
  to.copy_(from);
}

class PretendGraph final : public DeviceGraph {
 public:
  void capture(const std::function<void()>& work) override {
    TORCH_CHECK(!isOnDefaultStream(), "CUDA graphs must be captured on a non-default stream.");
    TORCH_CHECK(state().graphs != Graphs::FailWhenRecorded, "CUDA error: operation not supported by this test");
    std::vector<Call> calls;
    const auto before = memoryContent();
    struct Recording {
      explicit Recording(std::vector<Call>& calls) {
        recording = &calls;
        setCapturing(true);
      }
      ~Recording() {
        recording = nullptr;
        setCapturing(false);
      }
    };
    {
      const Recording now(calls);
      const c10::impl::IncludeDispatchKeyGuard mode(kKey);
      work();
    }
    restore(before);  // nothing has been done yet
    calls_ = std::move(calls);
    const std::scoped_lock lock(state().mutex);
    ++state().log.captures;
    state().log.operations = std::ssize(calls_);
  }

  void replay() override {
    for (const Call& call : calls_) {
      torch::jit::Stack stack = call.arguments;
      call.operation.callBoxed(&stack);
      for (size_t i = 0; i < call.results.size(); ++i) put(stack[i], call.results[i]);
    }
    const std::scoped_lock lock(state().mutex);
    ++state().log.replays;
  }

 private:
  std::vector<Call> calls_;
};

}  // namespace

GraphLog graphLog() {
  const std::scoped_lock lock(state().mutex);
  return state().log;
}
void clearGraphLog() {
  const std::scoped_lock lock(state().mutex);
  state().log = {};
}
void setGraphs(Graphs graphs) {
  state().graphs = graphs;
}

extern "C" DeviceGraph* scanlineMakeDeviceGraph(at::Device) {
  if (state().graphs == Graphs::AreNotThere) throw Error("This driver is too old.");
  return new PretendGraph;
}

}  // namespace scanline::pretend
