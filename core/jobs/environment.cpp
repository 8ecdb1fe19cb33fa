#include "core/jobs/environment.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <fstream>

#include "core/base/parallel.h"

namespace scanline {

namespace {

std::string processorName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    const size_t start = line.find_first_not_of(": \t", line.find(':'));
    if (start != std::string::npos) return line.substr(start);
  }
  return "unknown";  // not every architecture has this line
}

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
