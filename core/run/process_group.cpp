#include "core/run/process_group.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/control.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace {

std::span<std::byte> bytesOf(std::string& text) {
  return std::as_writable_bytes(std::span(text));
}

}  // namespace

void requireShareable(const RunSpec& spec, int processes) {
  if (processes <= 1) return;
  const int64_t slices = spec.train.slices;
  if (slices % processes == 0) return;
  std::vector<int64_t> fitting;
  for (int64_t n = 1; n <= slices && fitting.size() < 12; ++n)
    if (slices % n == 0) fitting.push_back(n);
  throw Error(fmt::format(
      "{} processes cannot share the {} of this run's batch (train.slices) equally. Start {} processes, or make a run whose train.slices is a multiple of {}.",
      processes, slices == 1 ? "one slice" : fmt::format("{} slices", slices), fmt::join(fitting, ", "), processes));
}

std::vector<std::vector<std::byte>> gatherEach(ProcessGroup& group, std::span<const std::byte> mine, bool patient) {
  const auto processes = static_cast<size_t>(group.size());
  const uint64_t own = mine.size();
  std::vector<uint64_t> sizes(processes);
  group.gather(std::as_bytes(std::span(&own, 1)), std::as_writable_bytes(std::span(sizes)), patient);
  const uint64_t longest = *std::ranges::max_element(sizes);
  std::vector<std::byte> padded(longest), all(longest * processes);
  if (longest > 0) {
    std::ranges::copy(mine, padded.begin());
    group.gather(padded, all, patient);
  }
  std::vector<std::vector<std::byte>> list(processes);
  for (size_t r = 0; r < processes; ++r)
    list[r].assign(all.begin() + static_cast<std::ptrdiff_t>(r * longest),
                   all.begin() + static_cast<std::ptrdiff_t>(r * longest + sizes[r]));
  return list;
}

void tell(ProcessGroup& group, std::string_view message) {
  std::string text(message);
  uint64_t length = text.size();
  group.broadcast(std::as_writable_bytes(std::span(&length, 1)), /*patient=*/true);
  if (length > 0) group.broadcast(bytesOf(text), /*patient=*/false);
}

std::string hear(ProcessGroup& group) {
  uint64_t length = 0;
  group.broadcast(std::as_writable_bytes(std::span(&length, 1)), /*patient=*/true);
  std::string text(length, '\0');
  if (length > 0) group.broadcast(bytesOf(text), /*patient=*/false);
  return text;
}

std::string hearWhile(ProcessGroup& group, const std::function<bool(const std::string&)>& obey) {
  for (;;) {
    std::string said = hear(group);
    try {
      if (!obey(said)) return said;
    } catch (const GroupLost&) {
      throw;
    } catch (const Stopped&) {  // dropped by all
    } catch (const Error&) {    // process 0 knows of it
    }
  }
}

}  // namespace scanline
