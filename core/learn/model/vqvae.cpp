#include "core/learn/model/vqvae.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/base/random.h"
#include "core/learn/model/device_memory.h"

namespace scanline {

namespace {

constexpr int64_t kStageSide = 4;  ///< of the convolutions that halve or double the picture

at::Tensor convolve(const Vqvae::Convolution& layer, const at::Tensor& x) {
  return at::conv2d(x, layer.weight, layer.bias, 1, (layer.weight.size(2) - 1) / 2);
}

at::Tensor residual(const std::vector<Vqvae::Block>& blocks, at::Tensor h) {
  for (const auto& block : blocks) h = h + convolve(block.narrow, at::relu(convolve(block.wide, at::relu(h))));
  return h;
}

}  // namespace

VqvaeShape vqvaeShape(const VqvaeSpec& spec) {
  return {.stride = spec.stride,
          .codes = spec.codes,
          .codeWidth = spec.codeWidth,
          .width = spec.width,
          .blocks = spec.blocks};
}

Vqvae::Vqvae(const VqvaeShape& s, at::Device device) : shape(s) {
  const auto zeros = [&](at::IntArrayRef sizes) { return at::zeros(sizes, at::dtype(at::kFloat).device(device)); };
  const auto convolution = [&](int64_t out, int64_t in, int64_t side) {
    return Convolution{zeros({out, in, side, side}), zeros({out})};
  };
  const auto block = [&] { return Block{convolution(s.width, s.width, 3), convolution(s.width, s.width, 1)}; };
  const auto stages = static_cast<int>(std::bit_width(static_cast<uint64_t>(s.stride))) - 1;
  for (int i = 0; i < stages; ++i) {
    down.push_back(convolution(s.width, i == 0 ? 3 : s.width, kStageSide));
    const int64_t out = i + 1 == stages ? 3 : s.width;
    // Transposed convolutions keep their weights as [in, out, ...].
    up.push_back({zeros({s.width, out, kStageSide, kStageSide}), zeros({out})});
  }
  for (int64_t i = 0; i < s.blocks; ++i) {
    encoderBlocks.push_back(block());
    decoderBlocks.push_back(block());
  }
  toCode = convolution(s.codeWidth, s.width, 1);
  fromCode = convolution(s.width, s.codeWidth, 1);
  codebook = zeros({s.codes, s.codeWidth});
}

std::vector<std::pair<std::string, at::Tensor>> Vqvae::layers() const {
  std::vector<std::pair<std::string, at::Tensor>> list;
  const auto add = [&](const std::string& name, const Convolution& layer) {
    list.emplace_back(name + ".w", layer.weight);
    list.emplace_back(name + ".b", layer.bias);
  };
  const auto addBlocks = [&](const std::string& name, const std::vector<Block>& blocks) {
    for (size_t i = 0; i < blocks.size(); ++i) {
      add(name + std::to_string(i) + ".wide", blocks[i].wide);
      add(name + std::to_string(i) + ".narrow", blocks[i].narrow);
    }
  };
  for (size_t i = 0; i < down.size(); ++i) add("encoder.down." + std::to_string(i), down[i]);
  addBlocks("encoder.block.", encoderBlocks);
  add("encoder.code", toCode);
  add("decoder.code", fromCode);
  addBlocks("decoder.block.", decoderBlocks);
  for (size_t i = 0; i < up.size(); ++i) add("decoder.up." + std::to_string(i), up[i]);
  return list;
}

at::Tensor Vqvae::encode(const at::Tensor& x_B3SS) const {
  auto h = x_B3SS;
  for (const auto& stage : down) h = at::relu(at::conv2d(h, stage.weight, stage.bias, 2, 1));
  return convolve(toCode, at::relu(residual(encoderBlocks, h)));
}

at::Tensor Vqvae::decode(const at::Tensor& e_BCGG) const {
  auto h = at::relu(residual(decoderBlocks, convolve(fromCode, e_BCGG)));
  for (size_t i = 0; i < up.size(); ++i) {
    h = at::conv_transpose2d(h, up[i].weight, up[i].bias, 2, 1);
    if (i + 1 < up.size()) h = at::relu(h);
  }
  return h;
}

at::Tensor Vqvae::nearest(const at::Tensor& z_NC) const {
  // |z - e|^2 without |z|^2, which is the same for every code.
  return at::addmm(codebook.square().sum(1), z_NC, codebook.t(), 1, -2).argmin(1);
}

at::Tensor Vqvae::embed(const at::Tensor& codes_BGG) const {
  return toGrid(codebook.index_select(0, codes_BGG.flatten()), codes_BGG.size(1), codes_BGG.size(2));
}

void initialise(Vqvae& model, uint64_t seed) {
  const at::NoGradGuard noGraph;
  double bound = 0;
  uint32_t index = 0;
  for (const auto& [name, tensor] : model.layers()) {
    if (name.ends_with(".w")) {  // its bias follows, with the same inputs
      // Of the 4 x 4 weights of a transposed convolution of stride 2, four meet in an output.
      const bool grows = name.starts_with("decoder.up.");
      bound = 1 / std::sqrt(static_cast<double>(grows ? tensor.size(0) * kStageSide * kStageSide / 4
                                                      : tensor.numel() / tensor.size(0)));
    }
    auto values = at::empty(tensor.sizes(), at::kFloat);
    RandomStream random(seed, Purpose::VqvaeWeights, 0, index++);
    for (auto& value : std::span(values.mutable_data_ptr<float>(), static_cast<size_t>(values.numel())))
      value = static_cast<float>((2 * random.uniform() - 1) * bound);
    tensor.copy_(values);
  }
}

at::Tensor toVectors(const at::Tensor& z_BCGG) {
  return z_BCGG.permute({0, 2, 3, 1}).reshape({-1, z_BCGG.size(1)});
}

at::Tensor toGrid(const at::Tensor& z_NC, int64_t gridHeight, int64_t gridWidth) {
  return z_NC.view({-1, gridHeight, gridWidth, z_NC.size(1)}).permute({0, 3, 1, 2});
}

at::Tensor pixelsOf(const ImageSet& images, std::span<const int64_t> rows, at::Device device) {
  auto bytes = at::empty({std::ssize(rows), images.height, images.width, 3}, at::kByte);
  auto* to = bytes.mutable_data_ptr<uint8_t>();
  for (const auto row : rows) to = std::ranges::copy(images.image(row), to).out;
  return uploaded(bytes, device).permute({0, 3, 1, 2}).to(at::kFloat).div_(127.5).sub_(1);
}

std::vector<std::vector<uint8_t>> toRgb(const at::Tensor& x_B3SS) {
  const auto bytes =
      x_B3SS.detach().add(1).mul_(127.5).round_().clamp_(0, 255).to(at::kByte).permute({0, 2, 3, 1}).cpu().contiguous();
  std::vector<std::vector<uint8_t>> pictures;
  const int64_t size = bytes.size(0) > 0 ? bytes.numel() / bytes.size(0) : 0;
  for (int64_t i = 0; i < bytes.size(0); ++i) {
    const auto* from = bytes.const_data_ptr<uint8_t>() + i * size;
    pictures.emplace_back(from, from + size);
  }
  return pictures;
}

}  // namespace scanline
