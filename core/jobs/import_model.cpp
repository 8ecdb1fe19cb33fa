#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "core/foreign/foreign_model.h"
#include "core/foreign/huggingface.h"
#include "core/jobs/import_parts.h"
#include "core/run/checkpoint_file.h"
#include "core/run/run_folder.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

struct Picture {
  int64_t width = 0, height = 0;
};

fs::path folderOf(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored) ? path : path.parent_path();
}

/// The colours that the model's tokens stand for: those asked for, or those of its folder.
Palette paletteFor(const fs::path& path, const ForeignModel& model, const ImportOptions& options,
                   std::vector<std::string>& warnings) {
  const fs::path folder = folderOf(path);
  const auto checked = [&](Palette palette, const fs::path& source) {
    if (palette.size() == model.paletteSize) return palette;
    throw Error(
        fmt::format("{} has {} colours, and the model in {} knows {}. Give the palette that it was trained with.",
                    source.string(), palette.size(), path.string(), model.paletteSize));
  };
  if (!options.palette.empty()) return checked(loadForeignPalette(options.palette, warnings), options.palette);
  if (auto preprocessor = readPreprocessor(folder))
    return checked(std::move(preprocessor->palette), preprocessor->file);
  const fs::path beside = folder / "kmeans_centers.npy";
  if (std::error_code ignored; fs::exists(beside, ignored))
    return checked(loadForeignPalette(beside, warnings), beside);
  throw Error(fmt::format(
      "{} does not say which colours its {} tokens stand for. Give its palette, a .npy of [{}, 3]: with --palette, or as kmeans_centers.npy in its folder.",
      path.string(), model.paletteSize, model.paletteSize));
}

/// As the preprocessor says, else square: the model itself knows only how many pixels there are.
Picture pictureOf(const fs::path& path, const ForeignModel& model) {
  if (const auto preprocessor = readPreprocessor(folderOf(path));
      preprocessor && preprocessor->width * preprocessor->height == model.positions)
    return {preprocessor->width, preprocessor->height};
  const auto side = static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(model.positions))));
  if (side * side == model.positions) return {side, side};
  throw Error(fmt::format(
      "The model in {} sees pictures of {} pixels, which is no square, and nothing says how they are shaped. Scanline trains on squares.",
      path.string(), model.positions));
}

RunSpec specOf(const fs::path& path, const ForeignModel& model, Picture picture) {
  const fs::path clean = path.lexically_normal();
  RunSpec spec;
  spec.name = (clean.has_filename() ? clean : clean.parent_path()).stem().string();
  spec.model.layers = model.layers;
  spec.model.width = model.width;
  spec.model.heads = model.heads;
  spec.model.bias = model.bias;
  spec.model.objective = model.bert ? Objective::Bert : Objective::Autoregressive;
  spec.palette.size = model.paletteSize;
  // What it was trained on is not written in its files. The smallest set of about its size is a beginning.
  spec.data.name = picture.width <= 8 ? "digits" : "cifar10";
  spec.data.side = picture.width;
  spec.train.steps = std::max<int64_t>(1, model.step);
  return spec;
}

/// In the run's folder, made on demand.
fs::path placeFor(RunStore& store, const NewRun& run, int64_t step) {
  const fs::path folder = store.folder(run.id());
  makeCheckpointFolder(folder);
  return folder / checkpointFile(step);
}

void writeModel(const fs::path& file, const ForeignModel& model, const CheckpointInfo& info) {
  std::vector<std::pair<std::string, TensorView>> tensors;
  for (const FloatArray& array : model.arrays)
    tensors.push_back({fmt::format("{}{}", kCheckpointWeights, array.name),
                       {Dtype::F32, array.shape, std::as_bytes(std::span(array.values))}});
  writeCheckpoint(file, info, tensors);
}

/// Tells the store of the checkpoint that lies in its place, and lays the palette beside it for runs that go on from
/// it.
void announce(RunStore& store, NewRun& run, const fs::path& file, const CheckpointInfo& info) {
  savePalette(store.folder(run.id()) / kPaletteFile, info.palette);
  RunPrepared prepared;
  prepared.positions = info.positions;
  prepared.width = info.width;
  prepared.height = info.height;
  prepared.paletteSize = info.palette.size();
  prepared.palette.assign(info.palette.colours().begin(), info.palette.colours().end());
  const SafetensorsFile written(file);
  for (const auto& [name, stored] : written.tensors())
    if (name.starts_with(kCheckpointWeights))
      prepared.parameters += static_cast<int64_t>(stored.bytes) / dtypeBytes(stored.dtype);
  run.append({prepared, CheckpointSaved{.step = info.step,
                                        .file = checkpointFile(info.step),
                                        .bytes = static_cast<int64_t>(fs::file_size(file)),
                                        .validationLoss = std::numeric_limits<double>::quiet_NaN(),
                                        .reason = "imported"}});
  store.setStep(run.id(), info.step);
}

}  // namespace

void importModel(RunStore& store, const fs::path& path, const ImportOptions& options, ImportResult& result) {
  // Reading it is half of the work, writing the checkpoint the other.
  const Control half = options.control.within(
      {.report = [&](int64_t done, int64_t layers) { options.control.report(done, 2 * layers); }});
  const ForeignModel model = readForeignModel(path, half);
  options.control.report(model.layers, 2 * model.layers);
  const Palette palette = paletteFor(path, model, options, result.warnings);
  const Picture picture = pictureOf(path, model);
  NewRun run(store, specOf(path, model, picture), options);
  CheckpointInfo info{.specToml = run.specToml(),
                      .step = model.step,
                      .positions = model.positions,
                      .width = picture.width,
                      .height = picture.height,
                      .model = fromToml(run.specToml(), "the run's settings").model,
                      .palette = palette};
  const fs::path file = placeFor(store, run, model.step);
  writeModel(file, model, info);
  options.control.report(2 * model.layers, 2 * model.layers);
  announce(store, run, file, info);
  result.runs.push_back(
      run.keep(fmt::format("Weights imported from {}. What they were trained on is not known.", path.string())));
}

void importCheckpoint(RunStore& store, const fs::path& path, const ImportOptions& options, ImportResult& result) {
  const CheckpointInfo info = readCheckpointInfo(path);
  NewRun run(store, fromToml(info.specToml, path.string()), options);
  const fs::path file = placeFor(store, run, info.step);
  std::error_code error;
  if (!fs::copy_file(path, file, error))
    throw Error(fmt::format("{} cannot be copied to {}: {}.", path.string(), file.string(), error.message()));
  options.control.report(0, 0);
  announce(store, run, file, info);
  result.runs.push_back(run.keep(fmt::format("Imported from {}.", path.string())));
}

}  // namespace scanline
