#include "core/learn/model/vqvae_checkpoint.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <limits>
#include <map>

#include "core/base/error.h"
#include "core/formats/safetensors.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kVersionKey = "scanline.vqvae";
constexpr int64_t kVersion = 1;
constexpr std::string_view kMicroBatchKey = "scanline.vqvae.microBatch";  ///< or not there

const std::string& text(const SafetensorsFile& file, std::string_view key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end())
    throw Error(fmt::format("{}: its metadata have no {}. The checkpoint is damaged.", file.path().string(), key));
  return found->second;
}

int64_t integer(const SafetensorsFile& file, std::string_view key, int64_t least,
                int64_t most = std::numeric_limits<int32_t>::max()) {
  const auto& value = text(file, key);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || number < least || number > most)
    throw Error(fmt::format(
        "{}: {} is \"{}\" in its metadata; expected a whole number from {} to {}. The checkpoint is damaged.",
        file.path().string(), key, value, least, most));
  return number;
}

void checkKind(const SafetensorsFile& file) {
  if (file.metadata().contains("scanline.checkpoint"))
    throw Error(fmt::format(
        "{} is the checkpoint of an image GPT, and that of a VQ-VAE is needed here: one of a run of kind vqvae.",
        file.path().string()));
  if (!file.metadata().contains(kVersionKey))
    throw Error(fmt::format("{} is not a checkpoint of a VQ-VAE of Scanline: its metadata have no {}.",
                            file.path().string(), kVersionKey));
  const int64_t version = integer(file, kVersionKey, 1);
  if (version > kVersion)
    throw Error(fmt::format(
        "{} was written by a newer Scanline (format {}, this one reads up to {}). Update Scanline to open it.",
        file.path().string(), version, kVersion));
}

}  // namespace

void saveVqvae(const fs::path& file, const VqvaeHeader& header, const NamedTensors& tensors) {
  const at::NoGradGuard noGrad;
  std::vector<at::Tensor> kept;  // the memory that the views point into
  std::vector<std::pair<std::string, TensorView>> views;
  for (const auto& [name, tensor] : tensors) {
    const auto& plain = kept.emplace_back(tensor.detach().cpu().contiguous());
    TORCH_INTERNAL_ASSERT(plain.scalar_type() == at::kFloat, name);
    views.push_back({name,
                     {Dtype::F32,
                      plain.sizes().vec(),
                      {static_cast<const std::byte*>(plain.const_data_ptr()), static_cast<size_t>(plain.nbytes())}}});
  }
  const auto number = [](int64_t value) { return fmt::format("{}", value); };
  std::map<std::string, std::string, std::less<>> metadata{{std::string(kVersionKey), number(kVersion)},
                                                           {"scanline.vqvae.blocks", number(header.shape.blocks)},
                                                           {"scanline.vqvae.codes", number(header.shape.codes)},
                                                           {"scanline.vqvae.codeWidth", number(header.shape.codeWidth)},
                                                           {"scanline.vqvae.side", number(header.info.side)},
                                                           {"scanline.vqvae.spec", header.info.specToml},
                                                           {"scanline.vqvae.step", number(header.info.step)},
                                                           {"scanline.vqvae.stride", number(header.shape.stride)},
                                                           {"scanline.vqvae.width", number(header.shape.width)}};
  if (header.microBatch > 0) metadata.emplace(kMicroBatchKey, number(header.microBatch));
  writeSafetensors(file, views, metadata);
}

VqvaeHeader readVqvaeHeader(const fs::path& path) {
  const SafetensorsFile file(path);
  checkKind(file);
  VqvaeHeader header{.info = {.specToml = text(file, "scanline.vqvae.spec"),
                              .step = integer(file, "scanline.vqvae.step", 0, std::numeric_limits<int64_t>::max()),
                              .side = integer(file, "scanline.vqvae.side", 1)},
                     .shape = {.stride = integer(file, "scanline.vqvae.stride", 2, 16),
                               .codes = integer(file, "scanline.vqvae.codes", 2, 4096),
                               .codeWidth = integer(file, "scanline.vqvae.codeWidth", 1, 4096),
                               .width = integer(file, "scanline.vqvae.width", 1, 4096),
                               .blocks = integer(file, "scanline.vqvae.blocks", 0, 32)}};
  if (file.metadata().contains(kMicroBatchKey)) header.microBatch = integer(file, kMicroBatchKey, 1);
  const VqvaeShape& shape = header.shape;
  if (!std::has_single_bit(static_cast<uint64_t>(shape.stride)) || header.info.side % shape.stride != 0)
    throw Error(fmt::format("{} says that images of {} pixels have a code every {} pixels. The checkpoint is damaged.",
                            path.string(), header.info.side, shape.stride));
  header.info.stride = shape.stride;
  header.info.codes = shape.codes;
  // Memory is about to be allocated by these sizes, so they have to be those of tensors that the file really has.
  file.tensor("codebook", std::array{shape.codes, shape.codeWidth});
  file.tensor("param.encoder.code.w", std::array<int64_t, 4>{shape.codeWidth, shape.width, 1, 1});
  if (shape.blocks > 0)
    file.tensor(fmt::format("param.encoder.block.{}.wide.w", shape.blocks - 1),
                std::array<int64_t, 4>{shape.width, shape.width, 3, 3});
  return header;
}

void loadVqvae(const fs::path& path, const NamedTensors& into) {
  const at::NoGradGuard noGrad;
  const SafetensorsFile file(path);
  checkKind(file);
  std::vector<std::pair<at::Tensor, const StoredTensor*>> copies;
  for (const auto& [name, tensor] : into) {
    const auto& stored = file.tensor(name, tensor.sizes());
    if (stored.dtype != Dtype::F32)
      throw Error(
          fmt::format("{}: tensor {} is of type {}, expected F32. The checkpoint was written by another program.",
                      path.string(), name, dtypeName(stored.dtype)));
    copies.emplace_back(tensor, &stored);
  }
  for (auto& [tensor, stored] : copies) {
    auto staged = at::empty(tensor.sizes(), at::kFloat);
    file.read(*stored, {static_cast<std::byte*>(staged.mutable_data_ptr()), staged.nbytes()});
    tensor.copy_(staged);
  }
}

std::pair<Vqvae, VqvaeHeader> openVqvaeCheckpoint(const fs::path& file) {
  auto header = readVqvaeHeader(file);
  Vqvae model(header.shape);
  loadVqvae(file, checkpointNames(model));
  return {std::move(model), std::move(header)};
}

NamedTensors checkpointNames(const Vqvae& model) {
  NamedTensors names;
  for (const auto& [name, tensor] : model.layers()) names.emplace_back("param." + name, tensor);
  names.emplace_back("codebook", model.codebook);
  return names;
}

}  // namespace scanline
