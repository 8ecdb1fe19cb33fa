#include "core/foreign/huggingface.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/foreign/model_weights.h"
#include "core/formats/strict_json.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t kMaxConfig = 1 << 20;  // bytes; real ones have under 1 kB, with the names of classes some 40 kB
// Far above any image GPT; products fit int64.
constexpr int64_t kMaxLayers = 1024, kMaxWidth = 1 << 16, kMaxPositions = 1 << 18;
constexpr int64_t kMaxColours = 4096, kMaxClasses = 65536;

/// config.json, with messages that name file and key.
class Config {
 public:
  explicit Config(fs::path file)
      : file_(std::move(file)), json_(parseStrictJson(readFile(file_, kMaxConfig), file_.string(), 16)) {
    if (!json_.is_object())
      throw Error(fmt::format("{} is not a model's configuration: it is not a JSON object.", file_.string()));
  }

  int64_t integer(const char* key, int64_t least, int64_t most) const {
    const auto& value = at(key);
    if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<uint64_t>() > uint64_t{INT64_MAX}) ||
        value.get<int64_t>() < least || value.get<int64_t>() > most)
      fail(key, fmt::format("{} to {}", least, most));
    return value.get<int64_t>();
  }

  /// Refuses every value but `wanted`. Without the key, Hugging Face's default holds, which is `wanted` for all keys we
  /// ask for.
  void require(const char* key, const nlohmann::json& wanted) const {
    if (json_.contains(key) && json_[key] != wanted) fail(key, wanted.dump());
  }

  void requireType() const {
    if (at("model_type") != "imagegpt") fail("model_type", "\"imagegpt\"");
  }

  void requireInner(int64_t width) const {
    if (json_.contains("n_inner") && !json_["n_inner"].is_null() && json_["n_inner"] != 4 * width)
      fail("n_inner", fmt::format("null or {} (four times n_embd)", 4 * width));
  }

  /// The names of `count` classes, by their numbers; none if it does not name them all.
  std::vector<std::string> classNames(int64_t count) const {
    const auto names = json_.find("id2label");
    if (names == json_.end() || !names->is_object() || std::ssize(*names) != count) return {};
    std::vector<std::string> list;
    for (int64_t label = 0; label < count; ++label) {
      const auto name = names->find(std::to_string(label));
      if (name == names->end() || !name->is_string()) return {};
      list.push_back(name->get<std::string>());
    }
    return list;
  }

  [[noreturn]] void fail(const char* key, const std::string& expected) const {
    std::string value = json_[key].dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (value.size() > 60) value = value.substr(0, 60) + "...";
    throw Error(fmt::format("{}: {} is {}; expected {}. Scanline cannot run this network.", file_.string(), key, value,
                            expected));
  }

 private:
  const nlohmann::json& at(const char* key) const {
    if (!json_.contains(key))
      throw Error(fmt::format("{} has no {}. It is not the configuration of an image GPT, or incomplete.",
                              file_.string(), key));
    return json_[key];
  }

  fs::path file_;
  nlohmann::json json_;
};

ForeignModel sizesOf(const Config& config) {
  config.requireType();
  ForeignModel model;
  model.layers = config.integer("n_layer", 1, kMaxLayers);
  model.width = config.integer("n_embd", 1, kMaxWidth);
  model.heads = config.integer("n_head", 1, model.width);
  if (model.width % model.heads != 0)
    config.fail("n_head", fmt::format("a divisor of n_embd, which is {}", model.width));
  model.positions = config.integer("n_positions", 1, kMaxPositions);
  model.paletteSize = config.integer("vocab_size", 3, kMaxColours + 1) - 1;
  config.requireInner(model.width);
  config.require("activation_function", "quick_gelu");
  config.require("layer_norm_epsilon", 1e-5);
  config.require("scale_attn_weights", true);
  config.require("scale_attn_by_inverse_layer_idx", false);
  config.require("tie_word_embeddings", false);
  config.require("add_cross_attention", false);
  return model;
}

void readBlock(ModelWeights& weights, ForeignModel& model, std::vector<FloatArray>& biases, int64_t layer) {
  const int64_t D = model.width;
  const auto block = fmt::format("h.{}.", layer);
  const auto gain = [&](const char* name) {
    model.arrays.push_back({block + name + ".g", {D}, weights.floats(block + name + ".weight", {D})});
  };
  const auto matrix = [&](const char* theirs, const char* ours, int64_t in, int64_t out) {
    model.arrays.push_back({block + ours, {in, out}, weights.floats(block + theirs + ".weight", {in, out})});
    biases.push_back({block + ours + ".b", {out}, weights.floats(block + theirs + ".bias", {out})});
  };
  gain("ln_1");
  matrix("attn.c_attn", "attn.qkv", D, 3 * D);
  matrix("attn.c_proj", "attn.proj", D, D);
  gain("ln_2");
  matrix("mlp.c_fc", "mlp.fc", D, 4 * D);
  matrix("mlp.c_proj", "mlp.proj", 4 * D, D);
}

bool isZero(std::span<const float> values) {
  return std::ranges::all_of(values, [](float value) { return value == 0; });
}

/// Both matrices that may stand on top of the network, each where it is there.
void readHeads(ModelWeights& weights, const Config& config, ForeignModel& model) {
  const int64_t D = model.width, V = model.paletteSize;
  model.hasHead = weights.has("lm_head.weight");
  if (model.hasHead) {
    model.arrays.push_back({"head", {V, D}, weights.floats("lm_head.weight", {V, D})});
  } else {
    model.arrays.push_back({"head", {V, D}, std::vector<float>(static_cast<size_t>(V * D))});
    model.warnings.emplace_back(
        "The model has no lm_head.weight, which predicts pixels: its features can be probed and fine-tuned, but it draws no pictures and gives no nats.");
  }
  const auto classes = weights.rows("score.weight");
  if (!classes || *classes < 1 || *classes > kMaxClasses) return;
  const int64_t C = *classes;
  auto classifier = weights.floats("score.weight", {C, D});
  if (weights.has("score.bias") && !isZero(weights.floats("score.bias", {C}))) {
    model.warnings.emplace_back(
        "The model's classifier (score) was left out: it has biases, and a classifier here has none.");
    return;
  }
  model.classes = C;
  model.classNames = config.classNames(C);
  model.arrays.push_back({"classifier", {C, D}, std::move(classifier)});
}

/// Other programs' settings are called config.json, too: that of a model says which network it is of.
bool namesItsNetwork(const fs::path& config) {
  try {
    const auto json = parseStrictJson(readFile(config, kMaxConfig), config.string(), 16);
    return json.is_object() && json.contains("model_type");
  } catch (const Error&) {  // no configuration that we know of
    return false;
  }
}

}  // namespace

bool isHuggingFaceModel(const fs::path& path) {
  std::error_code ignored;  // a path that cannot be read counts as no model
  const bool isFolder = fs::is_directory(path, ignored);
  if (!isFolder && !isWeightsName(path) && !path.filename().string().ends_with(".index.json")) return false;
  const fs::path config = (isFolder ? path : path.parent_path()) / "config.json";
  if (!fs::exists(config, ignored)) return false;
  return isFolder ? !weightsFilesOf(path).empty() || namesItsNetwork(config) : fs::is_regular_file(path, ignored);
}

ForeignModel readHuggingFaceModel(const fs::path& path, const Control& control) {
  const bool isFolder = fs::is_directory(path);
  const Config config((isFolder ? path : path.parent_path()) / "config.json");
  auto model = sizesOf(config);
  ModelWeights weights(path);
  const int64_t D = model.width, V = model.paletteSize;

  auto embedding = weights.floats("wte.weight", {V + 1, D});
  const auto lastRow = embedding.end() - D;
  std::vector<float> start(lastRow, embedding.end());
  embedding.erase(lastRow, embedding.end());
  model.arrays.push_back({"wte", {V, D}, std::move(embedding)});
  model.arrays.push_back({"sos", {D}, std::move(start)});
  model.arrays.push_back({"wpe", {model.positions, D}, weights.floats("wpe.weight", {model.positions, D})});
  std::vector<FloatArray> biases;
  readBlocks(model, control, [&](int64_t layer) { readBlock(weights, model, biases, layer); });
  model.arrays.push_back({"ln_f.g", {D}, weights.floats("ln_f.weight", {D})});
  readHeads(weights, config, model);
  weights.requireNoBlocksLeft();
  std::ranges::move(weights.leftOut(), std::back_inserter(model.warnings));

  model.bias = std::ranges::any_of(biases, [](const auto& bias) { return !isZero(bias.values); });
  if (model.bias) std::ranges::move(biases, std::back_inserter(model.arrays));
  return model;
}

namespace {

/// How the processor brings pictures to its size, and their colours to -1 .. 1. Missing keys have the defaults of
/// transformers: bilinear (2), with all of its steps.
void readPicturesWay(const nlohmann::json& json, HuggingFacePreprocessor& found) {
  constexpr int kBilinear = 2;
  const auto& resample = json.contains("resample") ? json["resample"] : nlohmann::json();
  found.stretches = resample.is_null() || resample == kBilinear;
  if (!found.stretches)
    found.warnings.push_back(fmt::format(
        "{}: resample is {}, and Scanline knows 2 (bilinear) alone. Pictures of your own will be resized with another filter than the model's.",
        found.file.string(), resample.dump()));
  for (const char* key : {"do_resize", "do_normalize", "do_color_quantize"})
    if (json.contains(key) && json[key] == false)
      found.warnings.push_back(fmt::format(
          "{}: {} is false, and Scanline does it nevertheless. Pictures of your own may become other tokens than the processor's.",
          found.file.string(), key));
}

}  // namespace

std::optional<HuggingFacePreprocessor> readPreprocessor(const fs::path& folder) {
  const fs::path file = folder / "preprocessor_config.json";
  std::error_code ignored;  // a file that cannot be read counts as missing
  if (!fs::exists(file, ignored)) return std::nullopt;
  const auto json = parseStrictJson(readFile(file, kMaxConfig), file.string(), 8);
  if (!json.is_object() || !json.contains("clusters") || json["clusters"].is_null()) return std::nullopt;
  const auto fail = [&](const char* what) -> Error { return Error(fmt::format("{}: {}.", file.string(), what)); };
  const auto& clusters = json["clusters"];
  if (!clusters.is_array()) throw fail("clusters is no list of colours");
  std::vector<Colour> colours;
  for (const auto& cluster : clusters) {
    const auto isNumber = [](const auto& value) { return value.is_number(); };
    if (!cluster.is_array() || cluster.size() != 3 || !std::ranges::all_of(cluster, isNumber))
      throw fail("clusters holds something else than colours, three numbers each");
    colours.push_back({cluster[0].get<float>(), cluster[1].get<float>(), cluster[2].get<float>()});
  }
  const auto makePalette = [&] {
    try {
      return Palette(std::move(colours));
    } catch (const Error& problem) {
      throw fail(problem.what());
    }
  };
  HuggingFacePreprocessor found{.file = file, .palette = makePalette()};
  const auto pixels = [](const nlohmann::json& size) {
    return size.is_number_unsigned() && size.get<uint64_t>() <= uint64_t{kMaxPositions} ? size.get<int64_t>() : 0;
  };
  readPicturesWay(json, found);
  if (!json.contains("size")) return found;
  const auto& size = json["size"];  // a number before transformers 4.25
  found.width = pixels(size.is_object() ? size.value("width", nlohmann::json()) : size);
  found.height = pixels(size.is_object() ? size.value("height", nlohmann::json()) : size);
  return found;
}

}  // namespace scanline
