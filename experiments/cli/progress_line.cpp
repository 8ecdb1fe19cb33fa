#include "experiments/cli/progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace scanline {

ProgressLine::ProgressLine(std::stop_token stop, bool quiet)
    : stop_(std::move(stop)), quiet_(quiet), isTty_(isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  endLine();
}

void ProgressLine::begin(std::string doing) {
  const std::scoped_lock lock(mutex_);
  endLine();
  doing_ = std::move(doing);
  if (quiet_) return;
  if (!isTty_) {
    fmt::print(stderr, "{}\n", doing_);
    return;
  }
  fmt::print(stderr, "{}", doing_);
  std::fflush(stderr);
  isOpen_ = true;
}

void ProgressLine::end() {
  const std::scoped_lock lock(mutex_);
  endLine();
}

Control ProgressLine::control() {
  return Control({.report =
                      [this](int64_t done, int64_t total) {
                        const std::scoped_lock lock(mutex_);
                        draw(done, total);
                      },
                  .stop = stop_});
}

void ProgressLine::draw(int64_t done, int64_t total) {
  using namespace std::chrono_literals;
  if (quiet_ || !isTty_ || !isOpen_) return;
  if (Clock::now() - drawn_ < 100ms && done != total) return;
  drawn_ = Clock::now();
  constexpr int64_t kCells = 24;
  if (total > 0) {
    const auto full = static_cast<size_t>(std::clamp<int64_t>(kCells * done / total, 0, kCells));
    fmt::print(stderr, "\r{} [{}{}] {} of {}\033[K", doing_, std::string(full, '#'), std::string(kCells - full, ' '),
               done, total);
  } else {
    fmt::print(stderr, "\r{}: {}\033[K", doing_, done);
  }
  std::fflush(stderr);
}

void ProgressLine::endLine() {
  if (std::exchange(isOpen_, false)) fmt::print(stderr, "\n");
}

}  // namespace scanline
