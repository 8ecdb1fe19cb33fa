#include "core/learn/model/decoder_weights.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/learn/model/decoder_cache.h"

namespace scanline {

namespace {

/// Elements of a matrix [in, out] in panels.
int64_t packedSize(int64_t in, int64_t out) {
  return in * ((out + kPanelColumns - 1) / kPanelColumns * kPanelColumns);
}

/// Fills panels one after the other.
class Packer {
 public:
  Packer(at::Tensor& packed, int64_t lanes) : packed_(packed), lanes_(lanes) {}

  /// matrix_IO: [in, out], any strides.
  PackedMatrix pack(const at::Tensor& matrix_IO) {
    return packed_.scalar_type() == at::kFloat ? packAs<float, float>(matrix_IO)
                                               : packAs<at::BFloat16, Bf16>(matrix_IO);
  }

 private:
  template <class T, class W>
  PackedMatrix packAs(const at::Tensor& matrix_IO) {
    static_assert(sizeof(T) == sizeof(W));
    const int64_t in = matrix_IO.size(0), out = matrix_IO.size(1);
    const auto from = matrix_IO.accessor<T, 2>();
    auto* const begin = packed_.mutable_data_ptr<T>() + used_;
    auto* to = begin;
    for (int64_t first = 0; first < out; first += kPanelColumns) {
      const int64_t columns = std::min(kPanelColumns, out - first);
      if (columns < kPanelColumns) std::fill_n(to, in * kPanelColumns, T(0.F));
      for (int64_t row = 0; row < in; ++row, to += kPanelColumns)
        for (int64_t column = 0; column < columns; ++column)
          to[sizeof(W) == sizeof(float) ? column : pairedPlace(column, lanes_)] = from[row][first + column];
    }
    used_ += packedSize(in, out);
    return {.data = begin, .in = in, .out = out};
  }

  at::Tensor& packed_;
  int64_t lanes_, used_ = 0;
};

/// Copies float32 tensors into one, on this thread: LibTorch's threads, once called, spin for a while beside the
/// decoder's.
class VectorCopies {
 public:
  explicit VectorCopies(at::Tensor& vectors) : vectors_(vectors) {}

  /// Null for a tensor that is not there.
  const float* copy(const at::Tensor& tensor) {
    if (!tensor.defined()) return nullptr;
    const auto values = tensor.contiguous();
    auto* const part = vectors_.mutable_data_ptr<float>() + used_;
    std::copy_n(values.const_data_ptr<float>(), values.numel(), part);
    used_ += (tensor.numel() + 15) / 16 * 16;  // each begins at 64 bytes
    return part;
  }

 private:
  at::Tensor& vectors_;
  int64_t used_ = 0;
};

int64_t packedSize(const GptShape& s) {
  const int64_t D = s.width;
  return s.layers * (packedSize(D, 3 * D) + packedSize(D, D) + packedSize(D, 4 * D) + packedSize(4 * D, D)) +
         packedSize(D, s.paletteSize);
}

}  // namespace

bool canDecode(const GptTensors& weights) {
  const auto type = weights.operands.scalar_type();
  return weights.shape.objective == Objective::Autoregressive && weights.flat.is_cpu() && weights.operands.is_cpu() &&
         (type == at::kFloat || type == at::kBFloat16);
}

bool prefersBf16Cache(const GptTensors& weights) {
  constexpr int64_t kLarge = 1 << 20;
  const auto& s = weights.shape;
  return weights.operands.scalar_type() == at::kBFloat16 || 2 * s.layers * s.positions * s.width * 4 >= kLarge;
}

PackedGpt::Weights::Weights(const GptTensors& tensors, const KernelTable& table)
    : shape(tensors.shape),
      kernels(table),
      isBf16(tensors.operands.scalar_type() == at::kBFloat16),
      packed(at::empty({packedSize(shape)}, tensors.operands.scalar_type())),
      // Matrices and vectors, each of which lies at a multiple of 128 bytes there.
      vectors(at::empty({tensors.flat.numel() - tensors.operandSize}, at::kFloat)) {
  Packer packer(packed, table.decode->lanes);
  VectorCopies copies(vectors);
  wte = copies.copy(tensors.wte);
  wpe = copies.copy(tensors.wpe);
  sos = copies.copy(tensors.sos);
  lnF = copies.copy(tensors.lnF);
  const auto matrix = [&](const at::Tensor& weight_IO, const at::Tensor& bias) {
    auto result = packer.pack(weight_IO);
    result.bias = copies.copy(bias);
    result.tiles = tileBytes;
    tileBytes += result.panels() * panelTileBytes(result.in);
    return result;
  };
  for (const auto& block : tensors.blocks)
    blocks.push_back({.qkv = matrix(block.qkv, block.qkvBias),
                      .proj = matrix(block.proj, block.projBias),
                      .fc = matrix(block.fc, block.fcBias),
                      .mlp = matrix(block.mlp, block.mlpBias),
                      .ln1 = copies.copy(block.ln1),
                      .ln2 = copies.copy(block.ln2)});
  head = matrix(tensors.head.t(), {});
}

const uint8_t* PackedGpt::Weights::tiles() const {
  std::call_once(tiling_, [this] {
    const c10::InferenceMode valuesOnly;
    tiled_ = at::empty({tileBytes}, at::kByte);
    adviseHugePages(tiled_);
    for (const auto& block : blocks)
      for (const auto* matrix : {&block.qkv, &block.proj, &block.fc, &block.mlp}) addTiles(*matrix);
    addTiles(head);
  });
  return tiled_.const_data_ptr<uint8_t>();
}

void PackedGpt::Weights::addTiles(const PackedMatrix& matrix) const {
  const auto& unit = *kernels.decode->tiles;
  auto* to = tiled_.mutable_data_ptr<uint8_t>() + matrix.tiles;
  for (int64_t i = 0; i < matrix.panels(); ++i, to += panelTileBytes(matrix.in)) {
    const int64_t first = i * kPanelColumns * matrix.in;
    if (isBf16)
      unit.bf16Panel(static_cast<const Bf16*>(matrix.data) + first, matrix.in, to);
    else
      unit.f32Panel(static_cast<const float*>(matrix.data) + first, matrix.in, to);
  }
}

PackedGpt::PackedGpt(const GptTensors& weights) : PackedGpt(weights, kernelTable()) {}

PackedGpt::PackedGpt(const GptTensors& weights, const KernelTable& kernels) {
  if (!canDecode(weights))
    throw Error(
        "Token by token is drawn from an autoregressive model that lies in this machine's memory. This one was trained on masked pixels (BERT), or it lies on an accelerator.");
  const c10::InferenceMode valuesOnly;
  weights_ = std::make_unique<const Weights>(weights, kernels);
}

PackedGpt::~PackedGpt() = default;

const GptShape& PackedGpt::shape() const {
  return weights_->shape;
}

int64_t PackedGpt::bytesRead() const {
  return static_cast<int64_t>(weights_->packed.nbytes());
}

}  // namespace scanline
