#include "core/jobs/worker_process.h"

#include <fmt/format.h>

#include "core/base/error.h"
#include "core/base/run_program.h"

namespace scanline {

void startWorker(const std::filesystem::path& program, const std::filesystem::path& workspace,
                 const std::stop_token& end, std::chrono::milliseconds limit) {
  ProgramEnd ended;
  try {
    ended = runProgram(
        {program.string(), "work", "--own", "--detach", "--workspace", std::filesystem::absolute(workspace).string()},
        limit, end);
  } catch (const Stopped&) {
    return;
  } catch (const Error& problem) {
    throw Error(fmt::format("No run gets a process of its own: {}", problem.what()));
  }
  if (ended.code == 0) return;
  throw Error(fmt::format("The process for runs of their own did not start: {}",
                          ended.err.empty() ? "it ended without a sentence." : ended.err));
}

}  // namespace scanline
