#include "core/model/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <set>

#include "core/base/error.h"
#include "core/exchange/safetensors.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

// "scanline.checkpoint" sorts before all other keys, so that it stands at a file's very beginning, where isCheckpoint()
// looks.
constexpr std::string_view kVersionKey = "scanline.checkpoint";
constexpr int64_t kVersion = 1;
constexpr std::string_view kObjectiveKey = "scanline.objective";  ///< "bert", or not there
constexpr std::string_view kMaskRateKey = "scanline.maskRate";    ///< of BERT; without it the paper's
constexpr std::string_view kWeights = "param.", kFirst = "adam.m.", kSecond = "adam.v.", kOthers = "finetune.";

using Metadata = std::map<std::string, std::string, std::less<>>;

Dtype dtypeOf(const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kFloat:
      return Dtype::F32;
    case at::kDouble:
      return Dtype::F64;
    case at::kBFloat16:
      return Dtype::BF16;
    case at::kHalf:
      return Dtype::F16;
    case at::kLong:
      return Dtype::I64;
    default:
      TORCH_INTERNAL_ASSERT(false, "a checkpoint holds no tensors of type ", tensor.scalar_type());
  }
}

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
        fmt::format("{}: {} is \"{}\" in its metadata; expected a number between 0 and 1. The checkpoint is "
                    "damaged.",
                    file.path().string(), kMaskRateKey, value));
  return rate;
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

void checkVersion(const SafetensorsFile& file) {
  const int64_t version = integer(file, kVersionKey, 1);
  if (version > kVersion)
    throw Error(fmt::format(
        "{} was written by a newer Scanline (format {}, this one reads up to {}). Update Scanline to open it.",
        file.path().string(), version, kVersion));
}

/// What one list of loadCheckpoint reads, checked.
void match(const SafetensorsFile& file, std::string_view prefix, const NamedTensors& into,
           std::vector<std::pair<at::Tensor, const TensorView*>>& copies) {
  std::set<std::string> known;
  for (const auto& [name, tensor] : into) {
    const auto key = fmt::format("{}{}", prefix, name);
    if (prefix != kWeights && !file.has(key))
      throw Error(
          fmt::format("{} has no {}: it holds weights without what training needs to go on from them. Start a "
                      "new run from it instead.",
                      file.path().string(), key));
    const auto& view = file.tensor(key, tensor.sizes());
    if (view.dtype != dtypeOf(tensor))
      throw Error(
          fmt::format("{}: tensor {} is of type {}, expected {}. The checkpoint was written by another program.",
                      file.path().string(), key, dtypeName(view.dtype), dtypeName(dtypeOf(tensor))));
    copies.emplace_back(tensor, &view);
    known.insert(key);
  }
  for (const auto& [name, view] : file.tensors())
    if (name.starts_with(prefix) && !known.contains(name))
      throw Error(
          fmt::format("{} has a tensor {}, which this model does not have. It belongs to a model of another shape.",
                      file.path().string(), name));
}

}  // namespace

void saveCheckpoint(const fs::path& file, const CheckpointInfo& info, const CheckpointTensors& tensors) {
  const at::NoGradGuard noGrad;
  std::vector<at::Tensor> kept;  // what the views look at
  std::vector<std::pair<std::string, TensorView>> views;
  const auto add = [&](std::string name, const at::Tensor& tensor) {
    const auto& plain = kept.emplace_back(tensor.detach().cpu().contiguous());
    views.push_back({std::move(name),
                     {dtypeOf(plain),
                      plain.sizes().vec(),
                      {static_cast<const std::byte*>(plain.const_data_ptr()), static_cast<size_t>(plain.nbytes())}}});
  };
  const auto addAll = [&](std::string_view prefix, const NamedTensors& list) {
    for (const auto& [name, tensor] : list) add(fmt::format("{}{}", prefix, name), tensor);
  };
  const auto colours = info.palette.colours();
  add("palette", at::from_blob(const_cast<Colour*>(colours.data()), {info.palette.size(), 3}, at::kFloat));
  addAll(kWeights, tensors.weights);
  addAll(kFirst, tensors.firstMoments);
  addAll(kSecond, tensors.secondMoments);
  addAll(kOthers, tensors.others);

  const auto number = [](int64_t value) { return fmt::format("{}", value); };
  Metadata metadata{{std::string(kVersionKey), number(kVersion)},   {"scanline.heads", number(info.model.heads)},
                    {"scanline.height", number(info.height)},       {"scanline.layers", number(info.model.layers)},
                    {"scanline.positions", number(info.positions)}, {"scanline.spec", info.specToml},
                    {"scanline.step", number(info.step)},           {"scanline.modelWidth", number(info.model.width)},
                    {"scanline.width", number(info.width)}};
  if (info.model.objective == Objective::Bert) {
    metadata.emplace(kObjectiveKey, "bert");
    metadata.emplace(kMaskRateKey, fmt::format("{}", info.model.maskRate));
  }
  writeSafetensors(file, views, metadata);
}

CheckpointInfo readCheckpointInfo(const fs::path& path) {
  const SafetensorsFile file(path);
  checkVersion(file);
  CheckpointInfo info{.specToml = text(file, "scanline.spec"),
                      .step = integer(file, "scanline.step", 0),
                      .positions = integer(file, "scanline.positions", 1),
                      .width = integer(file, "scanline.width", 1),
                      .height = integer(file, "scanline.height", 1),
                      .palette = readPalette(file)};
  info.model.layers = integer(file, "scanline.layers", 1);
  info.model.width = integer(file, "scanline.modelWidth", 1);
  info.model.heads = integer(file, "scanline.heads", 1);
  info.model.bias = file.has("param.h.0.attn.qkv.b");
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
  // The sizes are about to decide what is allocated, so they have to be those of tensors that are really there.
  file.tensor("param.wpe", std::array{info.positions, info.model.width});
  file.tensor("param.wte", std::array{info.palette.size(), info.model.width});
  file.tensor(fmt::format("param.h.{}.ln_1.g", info.model.layers - 1), std::array{info.model.width});
  return info;
}

GptShape shapeOf(const CheckpointInfo& info) {
  return {.layers = info.model.layers,
          .width = info.model.width,
          .heads = info.model.heads,
          .paletteSize = info.palette.size(),
          .positions = info.positions,
          .bias = info.model.bias,
          .objective = info.model.objective};
}

GptTensors loadWeights(const fs::path& file) {
  GptTensors weights(shapeOf(readCheckpointInfo(file)));
  loadCheckpoint(file, {.weights = weights.named()});
  return weights;
}

bool isCheckpoint(const fs::path& file) {
  char start[128] = {};
  std::ifstream(file, std::ios::binary).read(start, sizeof start);
  return std::string_view(start, sizeof start).find(kVersionKey) != std::string_view::npos;
}

void loadCheckpoint(const fs::path& path, const CheckpointTensors& into) {
  const at::NoGradGuard noGrad;
  const SafetensorsFile file(path);
  checkVersion(file);
  std::vector<std::pair<at::Tensor, const TensorView*>> copies;
  if (!into.weights.empty()) match(file, kWeights, into.weights, copies);
  if (!into.firstMoments.empty()) match(file, kFirst, into.firstMoments, copies);
  if (!into.secondMoments.empty()) match(file, kSecond, into.secondMoments, copies);
  if (!into.others.empty()) match(file, kOthers, into.others, copies);
  for (auto& [tensor, view] : copies) {
    auto staged = at::empty(tensor.sizes(), tensor.options().device(at::kCPU).requires_grad(false));
    std::memcpy(staged.mutable_data_ptr(), view->bytes.data(), view->bytes.size());
    tensor.copy_(staged);
  }
}

}  // namespace scanline
