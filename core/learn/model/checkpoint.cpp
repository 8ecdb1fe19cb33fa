#include "core/learn/model/checkpoint.h"

#include <fmt/format.h>

#include <cstring>
#include <set>

#include "core/base/error.h"
#include "core/formats/safetensors.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kWeights = kCheckpointWeights, kFirst = kCheckpointFirstMoments,
                           kSecond = kCheckpointSecondMoments, kOthers = kCheckpointOthers;

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

/// The tensors that one list of loadCheckpoint names, checked.
void match(const SafetensorsFile& file, std::string_view prefix, const NamedTensors& into,
           std::vector<std::pair<at::Tensor, const StoredTensor*>>& copies) {
  std::set<std::string> known;
  for (const auto& [name, tensor] : into) {
    const auto key = fmt::format("{}{}", prefix, name);
    if (prefix != kWeights && !file.has(key))
      throw Error(fmt::format(
          "{} has no {}: it holds weights without the state that training needs to go on from them. Start a new run from it instead.",
          file.path().string(), key));
    const auto& stored = file.tensor(key, tensor.sizes());
    if (stored.dtype != dtypeOf(tensor))
      throw Error(
          fmt::format("{}: tensor {} is of type {}, expected {}. The checkpoint was written by another program.",
                      file.path().string(), key, dtypeName(stored.dtype), dtypeName(dtypeOf(tensor))));
    copies.emplace_back(tensor, &stored);
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
  std::vector<at::Tensor> kept;  // the memory that the views point into
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
  addAll(kWeights, tensors.weights);
  addAll(kFirst, tensors.firstMoments);
  addAll(kSecond, tensors.secondMoments);
  addAll(kOthers, tensors.others);
  writeCheckpoint(file, info, views);
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

void loadCheckpoint(const fs::path& path, const CheckpointTensors& into) {
  const at::NoGradGuard noGrad;
  const SafetensorsFile file(path);
  checkCheckpointVersion(file);
  std::vector<std::pair<at::Tensor, const StoredTensor*>> copies;
  if (!into.weights.empty()) match(file, kWeights, into.weights, copies);
  if (!into.firstMoments.empty()) match(file, kFirst, into.firstMoments, copies);
  if (!into.secondMoments.empty()) match(file, kSecond, into.secondMoments, copies);
  if (!into.others.empty()) match(file, kOthers, into.others, copies);
  for (auto& [tensor, stored] : copies) {
    auto staged = at::empty(tensor.sizes(), tensor.options().device(at::kCPU).requires_grad(false));
    file.read(*stored, {static_cast<std::byte*>(staged.mutable_data_ptr()), staged.nbytes()});
    tensor.copy_(staged);
  }
}

}  // namespace scanline
