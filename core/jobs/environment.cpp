#include "core/jobs/environment.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include "core/base/parallel.h"
#include "core/base/processor.h"

namespace scanline {

namespace {

std::string kernel() {
  utsname name{};
  if (::uname(&name) != 0) return "unknown";
  return fmt::format("{} {} {}", name.sysname, name.release, name.machine);
}

#ifdef __clang__
constexpr const char* kCompiler = "clang " __clang_version__;
#else
constexpr const char* kCompiler = "g++ " __VERSION__;
#endif

}  // namespace

std::vector<std::pair<std::string, std::string>> describeEnvironment(const RunSpec& spec) {
  const int cores = hardwareThreads();
  return {{"Scanline", SCANLINE_VERSION},
          {"Compiler", kCompiler},
          {"Processor", processorName()},
          {"Cores", std::to_string(cores)},
          {"Threads", std::to_string(spec.threads > 0 ? spec.threads : cores)},
          {"Kernel", kernel()},
          {"Seed", std::to_string(spec.seed)}};
}

}  // namespace scanline
