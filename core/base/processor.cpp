#include "core/base/processor.h"

#include <fstream>

namespace scanline {

std::string processorName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    const size_t start = line.find_first_not_of(": \t", line.find(':'));
    if (start != std::string::npos) return line.substr(start);
  }
  return "unknown";  // not every architecture has this line
}

}  // namespace scanline
