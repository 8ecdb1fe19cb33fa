#include "core/jobs/whole_lines.h"

#include <algorithm>

#include "core/base/error.h"

namespace scanline {

std::string wholeLines(const FileBytes& file, uint64_t offset, uint64_t longest) {
  if (file.size() < offset) throw Error("it became shorter after it was read.");
  for (uint64_t chunk = std::min(longest, uint64_t{4} << 20U);; chunk = std::min(2 * chunk, longest)) {
    const uint64_t count = std::min(chunk, file.size() - offset);
    const auto bytes = file.read(offset, count);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (const size_t end = text.rfind('\n'); end != std::string_view::npos) return std::string(text.substr(0, end + 1));
    if (count < chunk) return {};  // the last line is still being written
    if (chunk == longest) throw Error("it has a line that is longer than any that belongs there.");
  }
}

}  // namespace scanline
