#include "core/run/checkpoint_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "core/foreign/token_folder.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace {

constexpr std::array<std::string_view, 5> kModelKeys{"model.objective", "model.layers", "model.width", "model.heads",
                                                     "model.bias"};

/// The settings that the checkpoint's own run had; nullopt where the file came from another program.
std::optional<RunSpec> madeWith(const CheckpointInfo& info, const std::string& name) {
  if (info.specToml.empty()) return std::nullopt;
  return fromToml(info.specToml, name);
}

}  // namespace

bool isDecidedByCheckpoint(const RunSpec& spec, std::string_view key) {
  const bool startsAnew = spec.kind == RunKind::Finetune && spec.finetune.fromScratch;
  if (std::ranges::count(kModelKeys, key) > 0) return !startsAnew;
  if (key == "model.maskRate") return isOneLook(spec.kind);
  if (key == "data.side") return spec.palette.vqvae.empty() && !comesAsTokens(spec.data);
  return key.starts_with("palette.");
}

RunSpec withSettingsOf(const CheckpointInfo& info, RunSpec spec) {
  const ModelSpec asked = spec.model;
  spec.model = info.model;
  spec.model.masks = asked.masks;
  if (!isDecidedByCheckpoint(spec, "model.maskRate")) spec.model.maskRate = asked.maskRate;
  if (const auto made = madeWith(info, "the checkpoint"))
    spec.palette = made->palette;
  else
    spec.palette.size = info.palette.size();
  if (isDecidedByCheckpoint(spec, "data.side")) spec.data.side = info.width;
  return spec;
}

void checkSettings(const std::filesystem::path& file, const CheckpointInfo& info, const RunSpec& spec) {
  RunSpec there = spec;
  there.model = info.model;
  const auto check = [&](std::string_view key) {
    if (!isDecidedByCheckpoint(spec, key)) return;
    if (const auto found = fieldText(there, key), wanted = fieldText(spec, key); found != wanted)
      throw Error(fmt::format("{} is of a model with {} = {}, and here it is {}. Set it to {}.", file.string(), key,
                              found, wanted, found));
  };
  for (const std::string_view key : kModelKeys) check(key);
  if (info.model.objective == Objective::Bert) check("model.maskRate");
  // k-means finds no more colours than there are, so both the wanted and the found number are right.
  if (!spec.palette.vqvae.empty() || spec.palette.size == info.palette.size()) return;
  const auto made = madeWith(info, file.string());
  there.palette.size = made ? made->palette.size : info.palette.size();
  check("palette.size");
}

}  // namespace scanline
