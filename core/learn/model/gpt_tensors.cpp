#include "core/learn/model/gpt_tensors.h"

#include <cmath>
#include <functional>

#include "core/base/random.h"

namespace scanline {

namespace {

constexpr const char* kClassifier = "classifier";

struct Slot {
  std::string name;
  at::Tensor GptTensors::*global = nullptr;
  at::Tensor GptTensors::Block::*local = nullptr;
  int64_t layer = 0;
  std::vector<int64_t> sizes;
  enum class Part { Operand, Matrix, Vector } part = Part::Operand;

  at::Tensor& in(GptTensors& tensors) const {
    return global ? tensors.*global : tensors.blocks[static_cast<size_t>(layer)].*local;
  }
};

/// Every tensor, in the order of `flat`.
std::vector<Slot> slotsOf(const GptShape& s) {
  using T = GptTensors;
  using B = GptTensors::Block;
  const int64_t D = s.width, V = s.paletteSize;
  std::vector<Slot> slots;
  const auto perBlock = [&](Slot::Part part, const std::string& name, at::Tensor B::*member,
                            std::vector<int64_t> sizes) {
    for (int64_t layer = 0; layer < s.layers; ++layer)
      slots.push_back({"h." + std::to_string(layer) + "." + name, nullptr, member, layer, sizes, part});
  };
  const auto global = [&](Slot::Part part, const std::string& name, at::Tensor T::*member, std::vector<int64_t> sizes) {
    slots.push_back({name, member, nullptr, 0, std::move(sizes), part});
  };
  using enum Slot::Part;
  perBlock(Operand, "attn.qkv", &B::qkv, {D, 3 * D});
  perBlock(Operand, "attn.proj", &B::proj, {D, D});
  perBlock(Operand, "mlp.fc", &B::fc, {D, 4 * D});
  perBlock(Operand, "mlp.proj", &B::mlp, {4 * D, D});
  global(Operand, "head", &T::head, {V, D});
  global(Matrix, "wte", &T::wte, {V, D});
  global(Matrix, "wpe", &T::wpe, {s.positions, D});
  if (s.classes > 0) global(Matrix, kClassifier, &T::classifier, {s.classes, D});
  if (s.objective == Objective::Autoregressive) global(Vector, "sos", &T::sos, {D});
  perBlock(Vector, "ln_1.g", &B::ln1, {D});
  perBlock(Vector, "ln_2.g", &B::ln2, {D});
  global(Vector, "ln_f.g", &T::lnF, {D});
  if (s.bias) {
    perBlock(Vector, "attn.qkv.b", &B::qkvBias, {3 * D});
    perBlock(Vector, "attn.proj.b", &B::projBias, {D});
    perBlock(Vector, "mlp.fc.b", &B::fcBias, {4 * D});
    perBlock(Vector, "mlp.proj.b", &B::mlpBias, {D});
  }
  return slots;
}

int64_t elements(const Slot& slot) {
  int64_t count = 1;
  for (const auto size : slot.sizes) count *= size;
  return count;
}

/// 16 floats or 32 bfloat16 are 64 bytes.
int64_t aligned(int64_t count) {
  return (count + 31) / 32 * 32;
}

}  // namespace

GptTensors::GptTensors(const GptShape& s, at::Device device) : shape(s), blocks(static_cast<size_t>(s.layers)) {
  const auto slots = slotsOf(s);
  int64_t size = 0;
  for (const auto& slot : slots) {
    size += aligned(elements(slot));
    if (slot.part == Slot::Part::Operand) operandSize = size;
    if (slot.part != Slot::Part::Vector) matrixSize = size;
  }
  flat = at::zeros({size}, at::TensorOptions(at::kFloat).device(device));
  operands = flat.narrow(0, 0, operandSize);
  int64_t begin = 0;
  for (const auto& slot : slots) {
    slot.in(*this) = flat.narrow(0, begin, elements(slot)).view(slot.sizes);
    begin += aligned(elements(slot));
  }
}

std::vector<std::pair<std::string, at::Tensor>> GptTensors::named() const {
  GptTensors tensors = *this;
  std::vector<std::pair<std::string, at::Tensor>> list;
  for (const auto& slot : slotsOf(shape))
    if (slot.name != kClassifier) list.emplace_back(slot.name, slot.in(tensors));
  return list;
}

GptTensors GptTensors::withOperands(at::ScalarType type) const {
  GptTensors copy = *this;
  copy.operands = operands.to(type, /*non_blocking=*/false, /*copy=*/true);
  int64_t begin = 0;
  for (const auto& slot : slotsOf(shape)) {
    if (slot.part != Slot::Part::Operand) break;
    slot.in(copy) = copy.operands.narrow(0, begin, elements(slot)).view(slot.sizes);
    begin += aligned(elements(slot));
  }
  return copy;
}

GptTensors GptTensors::on(at::Device device) const {
  if (flat.device() == device) return *this;
  GptTensors copy(shape, device);
  copy.flat.copy_(flat);
  return copy;
}

GptTensors initialWeights(const GptShape& shape, uint64_t seed) {
  GptTensors weights(shape);
  const double D = static_cast<double>(shape.width), L = static_cast<double>(shape.layers);
  uint32_t stream = 0;
  // Each tensor draws from a stream of its own: its values do not depend on the sizes of the others.
  const auto fill = [&](at::Tensor& tensor, double deviation) {
    RandomStream random(seed, Purpose::Weights, 0, stream++);
    if (!tensor.defined()) return;
    auto* values = tensor.data_ptr<float>();
    for (int64_t i = 0; i < tensor.numel(); ++i) values[i] = static_cast<float>(deviation * random.normal());
  };
  fill(weights.wte, 0.02);
  fill(weights.wpe, 0.01);
  fill(weights.sos, 0.02);
  weights.lnF.fill_(1);
  for (auto& block : weights.blocks) {
    fill(block.qkv, 1 / std::sqrt(D));
    fill(block.proj, 1 / std::sqrt(D * L));
    fill(block.fc, 0.02);
    fill(block.mlp, 0.02);
    block.ln1.fill_(1);
    block.ln2.fill_(1);
  }
  return weights;
}

}  // namespace scanline
