#include <fmt/format.h>

#include <limits>

#include "core/base/error.h"
#include "core/foreign/foreign_model.h"
#include "core/foreign/foreign_pictures.h"
#include "core/foreign/huggingface.h"
#include "core/jobs/import_parts.h"
#include "core/run/checkpoint_file.h"
#include "core/run/run_folder.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kClassifier = "classifier";

/// The colours that the model's tokens stand for: those asked for, or those of its folder.
Palette paletteFor(const fs::path& path, const ForeignModel& model, const ImportOptions& options,
                   std::vector<std::string>& warnings) {
  auto found = options.palette.empty() ? foreignPalette(path, warnings)
                                       : ForeignPalette{loadForeignPalette(options.palette, warnings), options.palette};
  if (!found)
    throw Error(fmt::format(
        "{} does not say which colours its {} tokens stand for. Give its palette, a .npy of [{}, 3]: with --palette, or as kmeans_centers.npy in its folder.",
        path.string(), model.paletteSize, model.paletteSize));
  checkPalette(*found, path, model);
  return std::move(found->palette);
}

ForeignPictureSize pictureOf(const fs::path& path, const ForeignModel& model) {
  if (const auto size = foreignPictureSize(path, model.positions)) return *size;
  throw Error(fmt::format(
      "The model in {} sees pictures of {} pixels, which is no square, and nothing says how they are shaped. Scanline trains on squares.",
      path.string(), model.positions));
}

/// Settings of a run that the files tell. They do not say how it was trained, or on which images.
const KnownSettings kOfModel{.all = false,
                             .keys = {"name", "kind", "data.side", "palette.size", "model.objective", "model.layers",
                                      "model.width", "model.heads", "model.bias"}};

RunSpec specOf(const fs::path& path, const ForeignModel& model, ForeignPictureSize picture) {
  RunSpec spec;
  spec.name = runNameOf(path);
  if (model.classes > 0) {
    spec.kind = RunKind::Finetune;
    spec.finetune.loss = model.hasHead ? FinetuneLoss::Joint : FinetuneLoss::Classification;
  }
  spec.model.layers = model.layers;
  spec.model.width = model.width;
  spec.model.heads = model.heads;
  spec.model.bias = model.bias;
  spec.model.objective = model.bert ? Objective::Bert : Objective::Autoregressive;
  spec.palette.size = model.paletteSize;
  spec.data.name.clear();
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
    tensors.push_back(
        {fmt::format("{}{}", array.name == kClassifier ? kCheckpointOthers : kCheckpointWeights, array.name),
         {Dtype::F32, array.shape, std::as_bytes(std::span(array.values))}});
  writeCheckpoint(file, info, tensors);
}

/// Tells the store of the checkpoint that lies in its place, and lays the palette beside it for runs that go on from
/// it.
void announce(RunStore& store, NewRun& run, const fs::path& file, const CheckpointInfo& info,
              const std::vector<std::string>& classNames = {}) {
  savePalette(store.folder(run.id()) / kPaletteFile, info.palette);
  RunPrepared prepared;
  prepared.positions = info.positions;
  prepared.width = info.width;
  prepared.height = info.height;
  prepared.paletteSize = info.palette.size();
  prepared.classNames = classNames;
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

void importModel(RunStore& store, const fs::path& path, const ImportedCurves* curves, const ImportOptions& options,
                 ImportResult& result) {
  // Reading it is half of the work, writing the checkpoint the other.
  const Control half = options.control.within(
      {.report = [&](int64_t done, int64_t layers) { options.control.report(done, 2 * layers); }});
  const ForeignModel model = readForeignModel(path, half);
  options.control.report(model.layers, 2 * model.layers);
  const Palette palette = paletteFor(path, model, options, result.warnings);
  const ForeignPictureSize picture = pictureOf(path, model);
  RunSpec spec = specOf(path, model, picture);
  KnownSettings known = kOfModel;
  std::vector<std::string> warnings = model.warnings;
  if (const auto preprocessor = readPreprocessor(foreignFolder(path))) {
    warnings.insert(warnings.end(), preprocessor->warnings.begin(), preprocessor->warnings.end());
    if (preprocessor->stretches) spec.data.resize = Resize::Stretch;
    known.keys.emplace_back("data.resize");
  }
  if (model.step > 0) known.keys.emplace_back("train.steps");
  if (model.classes > 0) known.keys.emplace_back("finetune.loss");
  NewRun run(store, spec, options, std::move(known));
  CheckpointInfo info{.specToml = run.specToml(),
                      .step = model.step,
                      .positions = model.positions,
                      .width = picture.width,
                      .height = picture.height,
                      .model = fromToml(run.specToml(), "the run's settings").model,
                      .palette = palette,
                      .hasHead = model.hasHead};
  const fs::path file = placeFor(store, run, model.step);
  writeModel(file, model, info);
  options.control.report(2 * model.layers, 2 * model.layers);
  announce(store, run, file, info, model.classNames);
  std::string beside;
  std::pair<int64_t, int64_t> times;
  if (curves) {
    run.addSeries(curves->series);
    store.setStep(run.id(), std::max(model.step, curves->lastStep()));
    warnings.insert(warnings.end(), curves->warnings.begin(), curves->warnings.end());
    beside = " The curves lay beside them.";
    times = curves->times();
  }
  std::vector<TrainEvent> lines;
  for (const std::string& warning : warnings) lines.emplace_back(LogLine{LogLine::Level::Warning, warning});
  run.append(std::move(lines));
  result.warnings.insert(result.warnings.end(), warnings.begin(), warnings.end());
  result.runs.push_back(
      run.keep(fmt::format("Weights imported from {}. Their training data are not known.{}", path.string(), beside),
               times.first, times.second));
}

void importCheckpoint(RunStore& store, const fs::path& path, const ImportOptions& options, ImportResult& result) {
  const CheckpointInfo info = readCheckpointInfo(path);
  const RunSpec spec = fromToml(info.specToml, path.string());
  // A run that was trained here names its data; another was imported, and goes out as it came in.
  NewRun run(store, spec, options, spec.data.name.empty() ? kOfModel : KnownSettings());
  const fs::path file = placeFor(store, run, info.step);
  std::error_code error;
  if (!fs::copy_file(path, file, error))
    throw Error(fmt::format("{} cannot be copied to {}: {}.", path.string(), file.string(), error.message()));
  options.control.report(0, 0);
  announce(store, run, file, info);
  result.runs.push_back(run.keep(fmt::format("Imported from {}.", path.string())));
}

}  // namespace scanline
