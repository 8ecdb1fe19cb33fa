#include "core/jobs/run_requests.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "core/base/atomic_file.h"
#include "core/base/error.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr const char* kClockFile = "clock";

std::optional<std::chrono::milliseconds> timeOf(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return std::nullopt;
  return std::chrono::milliseconds(int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000);
}

}  // namespace

bool isRequested(const fs::path& folder, const char* request) {
  std::error_code ignored;
  return fs::exists(folder / request, ignored);
}

void requestFrom(const fs::path& folder, RunCommand command) {
  const bool isPause = command == RunCommand::Pause || command == RunCommand::Resume;
  const fs::path file = folder / (isPause ? kPauseRequest : kStopRequest);
  if (command != RunCommand::Resume) return writeFileAtomically(file, "");
  std::error_code error;
  fs::remove(file, error);
  if (error)
    throw Error(fmt::format("{} cannot be removed, so the run stays paused: {}.", file.string(), error.message()));
}

void removeRequests(const fs::path& folder) {
  std::error_code ignored;
  for (const char* request : {kPauseRequest, kStopRequest}) fs::remove(folder / request, ignored);
}

void showLife(const fs::path& folder) {
  // No times: the disk takes its own, which a network disk does on its server.
  ::utimensat(AT_FDCWD, (folder / kEventsFile).c_str(), nullptr, 0);
}

std::optional<std::chrono::milliseconds> silenceOf(const fs::path& folder) {
  const fs::path clock = folder / kClockFile;
  const int descriptor = ::open(clock.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return std::nullopt;
  const bool isSet = ::futimens(descriptor, nullptr) == 0;
  ::close(descriptor);
  const auto now = timeOf(clock), last = timeOf(folder / kEventsFile);
  if (!isSet || !now || !last) return std::nullopt;
  return std::max(std::chrono::milliseconds(0), *now - *last);
}

}  // namespace scanline
