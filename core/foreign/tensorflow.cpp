#include "core/foreign/tensorflow.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/formats/tensor_bundle.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

/// The .index file that `path` means; empty if it means none. `count`: how many a folder has.
fs::path indexOf(const fs::path& path, int* count = nullptr) {
  std::error_code ignored;  // a path that cannot be read counts as no checkpoint
  if (fs::is_directory(path, ignored)) {
    fs::path found;
    int files = 0;
    for (const auto& entry : fs::directory_iterator(path, ignored)) {
      if (entry.path().extension() != ".index") continue;
      found = entry.path();
      ++files;
    }
    if (count) *count = files;
    return files == 1 ? found : fs::path();
  }
  if (path.extension() == ".index") return path;
  fs::path index = path;
  index += ".index";
  return fs::exists(index, ignored) ? index : fs::path();
}

class Variables {
 public:
  explicit Variables(const fs::path& index) : bundle_(index) {}

  const TensorBundle& bundle() const { return bundle_; }

  std::vector<float> floats(const std::string& name, std::initializer_list<int64_t> shape) const {
    auto values = bundle_.floats("model/" + name, std::span(shape.begin(), shape.size()));
    if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); }))
      throw Error(fmt::format("{}: tensor model/{} holds a value that is not finite. The model is damaged.",
                              bundle_.path().string(), name));
    return values;
  }

  std::span<const int64_t> shape(const std::string& name, size_t rank) const {
    const auto shape = bundle_.shape("model/" + name);
    if (shape.size() != rank || std::ranges::any_of(shape, [](int64_t size) { return size < 1 || size > kMostSize; }))
      throw Error(fmt::format("{}: tensor model/{} has the shape {}, which no image GPT has.", bundle_.path().string(),
                              name, shapeText(shape)));
    return shape;
  }

 private:
  static constexpr int64_t kMostSize = 1 << 20;
  TensorBundle bundle_;
};

/// w [heads, K, D] as the released code has it: y[h, e] = sum over f of x[f] w[h, e, f]. Written to columns
/// `first` .. of a matrix [D, columns].
void putProjection(const std::vector<float>& w, int64_t D, int64_t columns, int64_t first, std::vector<float>& matrix) {
  for (int64_t out = 0; out < D; ++out) {
    for (int64_t in = 0; in < D; ++in)
      matrix[static_cast<size_t>(in * columns + first + out)] = w[static_cast<size_t>(out * D + in)];
  }
}

void readBlock(const Variables& variables, ForeignModel& model, int64_t layer) {
  const int64_t D = model.width, H = model.heads, K = D / H;
  const auto from = fmt::format("h{}/", layer), to = fmt::format("h.{}.", layer);
  model.arrays.push_back({to + "ln_1.g", {D}, variables.floats(from + "ln_1/g", {D})});
  FloatArray qkv{to + "attn.qkv", {D, 3 * D}, std::vector<float>(static_cast<size_t>(3 * D * D))};
  int64_t first = 0;
  for (const char* name : {"attn/q_proj", "attn/k_proj", "attn/v_proj"}) {
    putProjection(variables.floats(from + name, {H, K, D}), D, 3 * D, first, qkv.values);
    first += D;
  }
  model.arrays.push_back(std::move(qkv));
  model.arrays.push_back({to + "attn.proj", {D, D}, variables.floats(from + "attn/c_proj", {H, K, D})});
  model.arrays.push_back({to + "ln_2.g", {D}, variables.floats(from + "ln_2/g", {D})});
  model.arrays.push_back({to + "mlp.fc", {D, 4 * D}, variables.floats(from + "mlp/c_fc/w", {D, 4 * D})});
  model.arrays.push_back({to + "mlp.proj", {4 * D, D}, variables.floats(from + "mlp/c_proj/w", {4 * D, D})});
}

}  // namespace

bool isTensorFlowCheckpoint(const fs::path& path) {
  return !indexOf(path).empty();
}

ForeignModel readTensorFlowCheckpoint(const fs::path& path, const Control& control) {
  int count = 0;
  const fs::path index = indexOf(path, &count);
  if (index.empty())
    throw Error(fmt::format("{} {}", path.string(),
                            count > 1 ? "holds several checkpoints; name one of its .index files."
                                      : "is no TensorFlow checkpoint: there is no .index file."));
  const Variables variables(index);
  ForeignModel model;
  const auto positions = variables.shape("wpe", 2), colours = variables.shape("wte", 2),
             query = variables.shape("h0/attn/q_proj", 3);
  model.positions = positions[0];
  model.width = positions[1];
  model.paletteSize = colours[0];
  model.heads = query[0];
  if (model.width % model.heads != 0)
    throw Error(fmt::format("{}: {} heads do not divide the width {}.", index.string(), model.heads, model.width));
  while (variables.bundle().has(fmt::format("model/h{}/ln_1/g", model.layers))) ++model.layers;
  model.bert = !variables.bundle().has("model/sos");
  model.step = variables.bundle().integer("global_step").value_or(0);

  const int64_t D = model.width, V = model.paletteSize;
  model.arrays.push_back({"wte", {V, D}, variables.floats("wte", {V, D})});
  if (!model.bert) model.arrays.push_back({"sos", {D}, variables.floats("sos", {D})});
  model.arrays.push_back({"wpe", {model.positions, D}, variables.floats("wpe", {model.positions, D})});
  readBlocks(model, control, [&](int64_t layer) { readBlock(variables, model, layer); });
  model.arrays.push_back({"ln_f.g", {D}, variables.floats("ln_f/g", {D})});
  model.arrays.push_back({"head", {V, D}, variables.floats("wtet", {V, D})});
  return model;
}

}  // namespace scanline
