#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <list>
#include <nlohmann/json.hpp>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/foreign/huggingface.h"
#include "core/formats/safetensors.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

/// As save_pretrained writes it. We train without dropout, so a training that goes on from it has none either.
nlohmann::json configOf(const ForeignModel& model) {
  return {{"activation_function", "quick_gelu"},
          {"add_cross_attention", false},
          {"architectures", {model.hasHead ? "ImageGPTForCausalImageModeling" : "ImageGPTModel"}},
          {"attn_pdrop", 0.0},
          {"dtype", "float32"},
          {"embd_pdrop", 0.0},
          {"initializer_range", 0.02},
          {"layer_norm_epsilon", 1e-5},
          {"model_type", "imagegpt"},
          {"n_embd", model.width},
          {"n_head", model.heads},
          {"n_inner", nullptr},
          {"n_layer", model.layers},
          {"n_positions", model.positions},
          {"reorder_and_upcast_attn", false},
          {"resid_pdrop", 0.0},
          {"scale_attn_by_inverse_layer_idx", false},
          {"scale_attn_weights", true},
          {"tie_word_embeddings", false},
          {"use_cache", true},
          {"vocab_size", model.paletteSize + 1}};
}

nlohmann::json preprocessorOf(const Palette& palette, int64_t width, int64_t height) {
  auto clusters = nlohmann::json::array();
  for (const Colour& colour : palette.colours()) clusters.push_back(colour);
  return {{"clusters", clusters},
          {"do_color_quantize", true},
          {"do_normalize", true},
          {"do_rescale", true},
          {"do_resize", true},
          {"image_mean", {0.5, 0.5, 0.5}},
          {"image_processor_type", "ImageGPTImageProcessor"},
          {"image_std", {0.5, 0.5, 0.5}},
          {"resample", 2},
          {"rescale_factor", 1.0 / 255},
          {"size", {{"height", height}, {"width", width}}}};
}

/// The tensors under Hugging Face's names. Views of `model`, or of memory of its own.
class Tensors {
 public:
  explicit Tensors(const ForeignModel& model) : model_(model) {
    const int64_t D = model.width, V = model.paletteSize;
    std::vector<float>& embedding = own_.emplace_back(array("wte").values);  // the start vector is its last row
    const auto& start = array("sos").values;
    embedding.insert(embedding.end(), start.begin(), start.end());
    add("transformer.wte.weight", {V + 1, D}, embedding);
    put("wpe", "transformer.wpe");
    for (int64_t layer = 0; layer < model.layers; ++layer) {
      const auto ours = fmt::format("h.{}.", layer), theirs = fmt::format("transformer.h.{}.", layer);
      put(ours + "ln_1.g", theirs + "ln_1");
      putMatrix(ours + "attn.qkv", theirs + "attn.c_attn");
      putMatrix(ours + "attn.proj", theirs + "attn.c_proj");
      put(ours + "ln_2.g", theirs + "ln_2");
      putMatrix(ours + "mlp.fc", theirs + "mlp.c_fc");
      putMatrix(ours + "mlp.proj", theirs + "mlp.c_proj");
    }
    put("ln_f.g", "transformer.ln_f");
    if (model.hasHead) put("head", "lm_head");
  }

  const std::vector<std::pair<std::string, TensorView>>& views() const { return views_; }

 private:
  const FloatArray& array(const std::string& name) const {
    const auto found = std::ranges::find(model_.arrays, name, &FloatArray::name);
    assert(found != model_.arrays.end());
    return *found;
  }
  void add(std::string name, std::vector<int64_t> shape, const std::vector<float>& values) {
    views_.push_back({std::move(name), {Dtype::F32, std::move(shape), std::as_bytes(std::span(values))}});
  }
  void put(const std::string& ours, const std::string& theirs) {
    const FloatArray& from = array(ours);
    add(theirs + ".weight", from.shape, from.values);
  }
  /// Their Conv1D stores [in, out], as we do.
  void putMatrix(const std::string& ours, const std::string& theirs) {
    put(ours, theirs);
    const int64_t out = array(ours).shape[1];
    const auto& bias = model_.bias ? array(ours + ".b").values : own_.emplace_back(static_cast<size_t>(out));
    add(theirs + ".bias", {out}, bias);
  }

  const ForeignModel& model_;
  std::list<std::vector<float>> own_;  // a list, so that views of its elements stay good
  std::vector<std::pair<std::string, TensorView>> views_;
};

}  // namespace

void writeHuggingFaceModel(const fs::path& folder, const ForeignModel& model, const Palette* palette, int64_t width,
                           int64_t height) {
  if (model.bert)
    throw Error(
        "A BERT model cannot become a Hugging Face folder: their image GPT always hides later pixels from earlier ones, and this model saw both sides.");
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(fmt::format("{} cannot be made: {}.", folder.string(), error.message()));
  const auto write = [&](const char* name, const nlohmann::json& json) {
    writeFileAtomically(folder / name, json.dump(2) + "\n");
  };
  writeSafetensors(folder / "model.safetensors", Tensors(model).views(), {{"format", "pt"}});
  write("config.json", configOf(model));
  write("generation_config.json", {{"_from_model_config", true}, {"use_cache", true}});
  if (palette) write("preprocessor_config.json", preprocessorOf(*palette, width, height));
}

}  // namespace scanline
