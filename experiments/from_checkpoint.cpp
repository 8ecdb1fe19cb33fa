#include "experiments/from_checkpoint.h"

#include <fmt/format.h>

#include "core/base/error.h"
#include "core/spec/spec_text.h"
#include "core/tokens/palette.h"
#include "experiments/cli_command.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

/// The run of `store` whose checkpoint this file is, and its step.
std::optional<std::pair<RunId, int64_t>> owner(const RunStore& store, const fs::path& checkpoint) {
  std::error_code error;
  const fs::path folder = fs::weakly_canonical(checkpoint, error).parent_path().parent_path();
  const auto run = store.find(folder.filename().string());
  if (!run || !fs::equivalent(folder, store.folder(*run), error)) return std::nullopt;
  for (const CheckpointRow& row : store.checkpoints(*run))
    if (fs::equivalent(store.folder(*run) / row.file, checkpoint, error)) return std::pair(*run, row.step);
  return std::nullopt;
}

}  // namespace

RunId makeRunFrom(RunStore& store, const fs::path& checkpoint, const CheckpointInfo& info, const RunSpec& spec) {
  if (const auto from = owner(store, checkpoint)) return store.fork(from->first, from->second, toToml(spec));
  const RunId run = store.create(toToml(spec));
  savePalette(store.folder(run) / "palette.npy", info.palette);
  std::error_code error;
  fs::copy_file(checkpoint, store.folder(run) / kModelFile, error);
  if (!error) return run;
  store.purge(run);
  throw Error(
      fmt::format("{} cannot be copied to {}: {}.", checkpoint.string(), store.workspace().string(), error.message()));
}

RunSpec specFrom(const CheckpointInfo& info, const fs::path& checkpoint, RunKind kind, const std::string& specName) {
  const bool isOwn = specName.empty();
  RunSpec spec = isOwn ? fromToml(info.specToml, checkpoint.string()) : readSpec(specName);
  const ModelSpec asked = spec.model;
  spec.model = info.model;
  spec.model.masks = asked.masks;
  spec.kind = kind;
  spec.palette.size = info.palette.size();
  spec.data.augment = Augment::None;
  return spec;
}

}  // namespace scanline
