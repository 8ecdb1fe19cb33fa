#include "app/window_end.h"

#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "app/main_window.h"

namespace scanline {

using namespace std::chrono_literals;

void endWindow(std::unique_ptr<MainWindow> window, int code) {
  window->finishWriting();
  std::mutex mutex;
  std::condition_variable_any changed;
  const std::jthread deadline([&](const std::stop_token& ended) {
    std::unique_lock lock(mutex);
    if (!changed.wait_for(lock, ended, 2s, [&] { return ended.stop_requested(); })) ::_exit(code);
  });
  window.reset();
}

}  // namespace scanline
