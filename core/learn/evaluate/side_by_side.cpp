#include "core/learn/evaluate/side_by_side.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

namespace scanline {

void sideBySide(int64_t count, bool areSmall, const Control& control, const std::function<void()>& turn,
                const std::function<void(int64_t i, const Control& part)>& work) {
  std::stop_source ended;  // the first failure ends all pieces
  const Control part = control.within({.mayGoOn =
                                           [&] {
                                             turn();
                                             control.check();
                                             return true;
                                           },
                                       .stop = ended.get_token(),
                                       .thread = std::this_thread::get_id()});
  std::mutex mutex;
  std::exception_ptr failure;
  std::atomic<int64_t> next = 0;
  // It lets no exception out into LibTorch's threads.
  const auto workOn = [&] {
    const c10::InferenceMode valuesOnly;  // of this thread
    try {
      for (int64_t i = next++; i < count && !ended.stop_requested(); i = next++) {
        work(i, part);
        part.check();
      }
    } catch (...) {
      const std::scoped_lock lock(mutex);
      if (!failure) failure = std::current_exception();
      ended.request_stop();  // after the failure is kept: the others throw Stopped because of it
    }
  };
  // Within two or more LibTorch computes on one thread each. For one piece the second finds nothing to do: setting
  // LibTorch's number of threads to one would empty its cache of compiled products.
  const int64_t workers = areSmall ? std::min<int64_t>(std::max<int64_t>(2, count), at::get_num_threads()) : 1;
  at::parallel_for(0, workers, 1, [&](int64_t, int64_t) { workOn(); });
  if (failure) std::rethrow_exception(failure);
}

}  // namespace scanline
