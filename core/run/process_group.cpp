#include "core/run/process_group.h"

#include <fmt/format.h>

#include <vector>

#include "core/spec/spec_text.h"

namespace scanline {

namespace {

std::span<std::byte> bytesOf(std::string& text) {
  return std::as_writable_bytes(std::span(text));
}

}  // namespace

void requireShareable(const RunSpec& spec, int processes) {
  if (processes <= 1) return;
  if (spec.kind != RunKind::Pretrain && spec.kind != RunKind::Finetune)
    throw Error(fmt::format(
        "A run of kind {} is done by one process, and {} were started. Processes share the training of transformers alone: pretrain and finetune.",
        fieldText(spec, "kind"), processes));
  const int64_t slices = spec.train.slices;
  if (slices % processes == 0) return;
  std::vector<int64_t> fitting;
  for (int64_t n = 1; n <= slices && fitting.size() < 12; ++n)
    if (slices % n == 0) fitting.push_back(n);
  throw Error(fmt::format(
      "{} processes cannot share the {} of this run's batch (train.slices) equally. Start {} processes, or make a run whose train.slices is a multiple of {}.",
      processes, slices == 1 ? "one slice" : fmt::format("{} slices", slices), fmt::join(fitting, ", "), processes));
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

}  // namespace scanline
