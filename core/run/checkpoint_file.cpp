#include "core/run/checkpoint_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>

#include "core/base/error.h"
#include "core/base/file_bytes.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

// "scanline.checkpoint" sorts before all other keys, so that it stands at a file's very beginning, where isCheckpoint()
// looks.
constexpr std::string_view kVersionKey = "scanline.checkpoint";
constexpr int64_t kVersion = 1;
constexpr std::string_view kObjectiveKey = "scanline.objective";    ///< "bert", or not there
constexpr std::string_view kPrecisionKey = "scanline.precision";    ///< "fp32", "bf16", or not there
constexpr std::string_view kMicroBatchKey = "scanline.microBatch";  ///< or not there
constexpr std::string_view kHeadKey = "scanline.head";              ///< "none", or not there
constexpr std::string_view kMaskRateKey = "scanline.maskRate";      ///< of BERT; without it the paper's

using Metadata = std::map<std::string, std::string, std::less<>>;

const std::string& text(const SafetensorsFile& file, std::string_view key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end())
    throw Error(fmt::format("{} is not a checkpoint of Scanline: its metadata have no {}.", file.path().string(), key));
  return found->second;
}

int64_t integer(const SafetensorsFile& file, std::string_view key, int64_t least) {
  const auto& value = text(file, key);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || number < least)
    throw Error(fmt::format(
        "{}: {} is \"{}\" in its metadata; expected a whole number of at least {}. The checkpoint is damaged.",
        file.path().string(), key, value, least));
  return number;
}

double readMaskRate(const SafetensorsFile& file) {
  double rate = ModelSpec().maskRate;
  if (!file.metadata().contains(kMaskRateKey)) return rate;
  const auto& value = text(file, kMaskRateKey);
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), rate);
  if (error != std::errc() || end != value.data() + value.size() || !(rate > 0 && rate < 1))
    throw Error(
        fmt::format("{}: {} is \"{}\" in its metadata; expected a number between 0 and 1. The checkpoint is damaged.",
                    file.path().string(), kMaskRateKey, value));
  return rate;
}

Precision readPrecision(const SafetensorsFile& file) {
  if (!file.metadata().contains(kPrecisionKey)) return Precision::Auto;
  const auto& value = text(file, kPrecisionKey);
  for (const auto precision : {Precision::Fp32, Precision::Bf16})
    if (value == Names<Precision>::all.at(static_cast<size_t>(precision))) return precision;
  throw Error(fmt::format("{}: {} is \"{}\" in its metadata; expected fp32 or bf16. The checkpoint is damaged.",
                          file.path().string(), kPrecisionKey, value));
}

Palette readPalette(const SafetensorsFile& file) {
  const auto& shape = file.tensor("palette").shape;
  if (shape.size() != 2 || shape[1] != 3)
    throw Error(fmt::format("{}: tensor palette has the shape {}, expected [colours, 3]. The checkpoint is damaged.",
                            file.path().string(), shapeText(shape)));
  const auto values = file.floats("palette", shape);
  std::vector<Colour> colours(values.size() / 3);
  for (size_t i = 0; i < colours.size(); ++i) colours[i] = {values[3 * i], values[3 * i + 1], values[3 * i + 2]};
  return Palette(std::move(colours));
}

}  // namespace

void writeCheckpoint(const fs::path& file, const CheckpointInfo& info,
                     std::span<const std::pair<std::string, TensorView>> tensors) {
  std::vector<std::pair<std::string, TensorView>> all{
      {"palette", {Dtype::F32, {info.palette.size(), 3}, std::as_bytes(info.palette.colours())}}};
  all.insert(all.end(), tensors.begin(), tensors.end());
  const auto number = [](int64_t value) { return fmt::format("{}", value); };
  Metadata metadata{{std::string(kVersionKey), number(kVersion)},   {"scanline.heads", number(info.model.heads)},
                    {"scanline.height", number(info.height)},       {"scanline.layers", number(info.model.layers)},
                    {"scanline.positions", number(info.positions)}, {"scanline.spec", info.specToml},
                    {"scanline.step", number(info.step)},           {"scanline.modelWidth", number(info.model.width)},
                    {"scanline.width", number(info.width)}};
  if (info.precision != Precision::Auto)
    metadata.emplace(kPrecisionKey, Names<Precision>::all.at(static_cast<size_t>(info.precision)));
  if (info.microBatch > 0) metadata.emplace(kMicroBatchKey, number(info.microBatch));
  if (info.model.objective == Objective::Bert) {
    metadata.emplace(kObjectiveKey, "bert");
    metadata.emplace(kMaskRateKey, fmt::format("{}", info.model.maskRate));
  }
  if (!info.hasHead) metadata.emplace(kHeadKey, "none");
  writeSafetensors(file, all, metadata);
}

void checkCheckpointVersion(const SafetensorsFile& file) {
  if (file.metadata().contains("scanline.vqvae"))
    throw Error(fmt::format(
        "{} is the checkpoint of a VQ-VAE, and that of an image GPT is needed here. `scanline-cli vqvae` looks at it.",
        file.path().string()));
  const int64_t version = integer(file, kVersionKey, 1);
  if (version > kVersion)
    throw Error(fmt::format(
        "{} was written by a newer Scanline (format {}, this one reads up to {}). Update Scanline to open it.",
        file.path().string(), version, kVersion));
}

CheckpointInfo readCheckpointInfo(const fs::path& path) {
  const SafetensorsFile file(path);
  checkCheckpointVersion(file);
  CheckpointInfo info{.specToml = text(file, "scanline.spec"),
                      .step = integer(file, "scanline.step", 0),
                      .positions = integer(file, "scanline.positions", 1),
                      .width = integer(file, "scanline.width", 1),
                      .height = integer(file, "scanline.height", 1),
                      .precision = readPrecision(file),
                      .palette = readPalette(file)};
  info.model.layers = integer(file, "scanline.layers", 1);
  info.model.width = integer(file, "scanline.modelWidth", 1);
  info.model.heads = integer(file, "scanline.heads", 1);
  info.model.bias = file.has("param.h.0.attn.qkv.b");
  info.hasHead = !file.metadata().contains(kHeadKey);
  if (file.metadata().contains(kMicroBatchKey)) info.microBatch = integer(file, kMicroBatchKey, 1);
  if (const auto objective = file.metadata().find(kObjectiveKey); objective != file.metadata().end()) {
    if (objective->second != "bert")
      throw Error(fmt::format("{} is of a model with the objective \"{}\", which this Scanline does not know.",
                              path.string(), objective->second));
    info.model.objective = Objective::Bert;
    info.model.maskRate = readMaskRate(file);
  }
  if (info.width > info.positions || info.positions % info.width != 0 || info.height != info.positions / info.width)
    throw Error(fmt::format("{} says that {} positions are {} x {} pixels. The checkpoint is damaged.", path.string(),
                            info.positions, info.width, info.height));
  if (info.model.heads > info.model.width || info.model.width % info.model.heads != 0)
    throw Error(fmt::format(
        "{} says that the model has {} heads and the width {}, which is not a multiple. The checkpoint is damaged.",
        path.string(), info.model.heads, info.model.width));
  // Memory is about to be allocated by these sizes, so they have to be those of tensors that the file really has.
  file.tensor("param.wpe", std::array{info.positions, info.model.width});
  file.tensor("param.wte", std::array{info.palette.size(), info.model.width});
  file.tensor(fmt::format("param.h.{}.ln_1.g", info.model.layers - 1), std::array{info.model.width});
  return info;
}

CheckpointInfo inspectCheckpoint(const fs::path& file) {
  if (isForeignModel(file))
    throw Error(fmt::format(
        "{} is a model of other software, without settings of a run. Make a run of it first: `scanline-cli import {}`, or drop it on the window.",
        file.string(), file.string()));
  return readCheckpointInfo(file);
}

bool isCheckpoint(const fs::path& file) {
  char start[128] = {};
  std::ifstream(file, std::ios::binary).read(start, sizeof start);
  const std::string_view text(start, sizeof start);
  refuseLfsPointer(file, text);
  return text.find(kVersionKey) != std::string_view::npos;
}

ForeignModel readCheckpointModel(const fs::path& path) {
  const auto info = readCheckpointInfo(path);
  const SafetensorsFile file(path);
  ForeignModel model{.layers = info.model.layers,
                     .width = info.model.width,
                     .heads = info.model.heads,
                     .paletteSize = info.palette.size(),
                     .positions = info.positions,
                     .bias = info.model.bias,
                     .bert = info.model.objective == Objective::Bert,
                     .step = info.step,
                     .hasHead = info.hasHead};
  for (auto& [name, shape] : arrayShapes(model)) {
    const auto key = fmt::format("{}{}", kCheckpointWeights, name);
    auto values = file.floats(key, shape);
    if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); }))
      throw Error(fmt::format("{}: tensor {} holds a value that is not finite. Choose an earlier checkpoint.",
                              path.string(), key));
    model.arrays.push_back({name, shape, std::move(values)});
  }
  return model;
}

}  // namespace scanline
