#include "core/foreign/huggingface.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/formats/safetensors.h"
#include "core/formats/strict_json.h"
#include "core/formats/torch_file.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t kMaxConfig = 1 << 20, kMaxIndex = 100 << 20;  // bytes; real ones have under 1 kB and under 1 MB
// Far above any image GPT; products fit int64.
constexpr int64_t kMaxLayers = 1024, kMaxWidth = 1 << 16, kMaxPositions = 1 << 18;
constexpr int64_t kMaxColours = 4096;

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

ForeignModel readConfig(const fs::path& file) {
  const Config config(file);
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

std::unique_ptr<TensorFile> openTensors(const fs::path& file) {
  if (file.extension() == ".safetensors") return std::make_unique<SafetensorsFile>(file);
  return std::make_unique<TorchFile>(file);
}

/// The tensors of one file, or of all the shards that an index lists.
class Weights {
 public:
  explicit Weights(const fs::path& file) { add(file); }

  /// As transformers looks for them, in this order.
  static Weights ofFolder(const fs::path& folder) {
    for (const char* name : {"model.safetensors", "pytorch_model.bin"}) {
      if (fs::exists(folder / name)) return Weights(folder / name);
      const auto index = fmt::format("{}.index.json", name);
      if (fs::exists(folder / index)) return Weights(folder, index);
    }
    throw Error(fmt::format("{} has no weights: neither model.safetensors nor pytorch_model.bin.", folder.string()));
  }

  std::vector<float> floats(const std::string& name, std::initializer_list<int64_t> shape) {
    const auto found = fileOf_.find(name);
    if (found == fileOf_.end())
      throw Error(
          fmt::format("{} has no tensor {}. The model is incomplete, or of another kind.", source_.string(), name));
    auto values = found->second->floats(name, std::span(shape.begin(), shape.size()));
    if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); }))
      throw Error(fmt::format(
          "{}: tensor {} holds a value that is not finite (NaN, or too large for float32). The model is damaged.",
          found->second->path().string(), name));
    fileOf_.erase(found);
    return values;
  }

  /// What is left must be buffers: anything else means that the network is larger than its configuration says.
  void requireNothingElse() const {
    for (const auto& [name, file] : fileOf_)
      if (!name.ends_with(".attn.bias") && !name.ends_with(".attn.masked_bias"))
        throw Error(fmt::format("{} has a tensor {}, which a network of its config.json does not have.",
                                file->path().string(), name));
  }

 private:
  Weights(const fs::path& folder, const std::string& index) : source_(folder / index) {
    const auto json = parseStrictJson(readFile(source_, kMaxIndex), source_.string(), 4);
    if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object())
      throw Error(fmt::format("{} has no weight_map, the list of tensors and their files.", source_.string()));
    std::map<std::string, std::vector<std::string>> namesOf;
    for (const auto& [name, file] : json["weight_map"].items()) {
      const auto text = file.is_string() ? file.get<std::string>() : std::string();
      if (text.empty() || text == ".." ||
          fs::path(text).filename() != text)  // a shard lies beside its index, nowhere else
        throw Error(
            fmt::format("{}: the file of {} is {}, which is not a file name.", source_.string(), name, file.dump()));
      namesOf[text].push_back(name);
    }
    for (const auto& [file, names] : namesOf) {
      const auto& shard = *files_.emplace_back(openTensors(folder / file));
      for (const auto& name : names) {
        if (!shard.has(name))
          throw Error(fmt::format("{} has no tensor {}, which {} promises. The shards belong to different models.",
                                  shard.path().string(), name, index));
        fileOf_[name] = &shard;
      }
    }
  }

  void add(const fs::path& file) {
    source_ = file;
    const auto& opened = *files_.emplace_back(openTensors(file));
    for (const auto& name : opened.names()) fileOf_[name] = &opened;
  }

  fs::path source_;
  std::vector<std::unique_ptr<TensorFile>> files_;
  std::map<std::string, const TensorFile*> fileOf_;  ///< tensors not read yet
};

void readBlock(Weights& weights, ForeignModel& model, std::vector<FloatArray>& biases, int64_t layer) {
  const int64_t D = model.width;
  const auto from = fmt::format("transformer.h.{}.", layer);
  const auto to = fmt::format("h.{}.", layer);
  const auto gain = [&](const char* name) {
    model.arrays.push_back({to + name + ".g", {D}, weights.floats(from + name + ".weight", {D})});
  };
  const auto matrix = [&](const char* theirs, const char* ours, int64_t in, int64_t out) {
    model.arrays.push_back({to + ours, {in, out}, weights.floats(from + theirs + ".weight", {in, out})});
    biases.push_back({to + ours + ".b", {out}, weights.floats(from + theirs + ".bias", {out})});
  };
  gain("ln_1");
  matrix("attn.c_attn", "attn.qkv", D, 3 * D);
  matrix("attn.c_proj", "attn.proj", D, D);
  gain("ln_2");
  matrix("mlp.c_fc", "mlp.fc", D, 4 * D);
  matrix("mlp.c_proj", "mlp.proj", 4 * D, D);
}

}  // namespace

bool isHuggingFaceModel(const fs::path& path) {
  std::error_code ignored;  // what cannot be looked at is not a model
  if (fs::is_directory(path, ignored)) return fs::exists(path / "config.json", ignored);
  const bool isWeights = path.extension() == ".safetensors" || path.extension() == ".bin";
  return isWeights && fs::exists(path.parent_path() / "config.json", ignored);
}

ForeignModel readHuggingFaceModel(const fs::path& path, const Control& control) {
  const bool isFolder = fs::is_directory(path);
  auto model = readConfig((isFolder ? path : path.parent_path()) / "config.json");
  auto weights = isFolder ? Weights::ofFolder(path) : Weights(path);
  const int64_t D = model.width, V = model.paletteSize;

  auto embedding = weights.floats("transformer.wte.weight", {V + 1, D});
  const auto lastRow = embedding.end() - D;
  std::vector<float> start(lastRow, embedding.end());
  embedding.erase(lastRow, embedding.end());
  model.arrays.push_back({"wte", {V, D}, std::move(embedding)});
  model.arrays.push_back({"sos", {D}, std::move(start)});
  model.arrays.push_back({"wpe", {model.positions, D}, weights.floats("transformer.wpe.weight", {model.positions, D})});
  std::vector<FloatArray> biases;
  readBlocks(model, control, [&](int64_t layer) { readBlock(weights, model, biases, layer); });
  model.arrays.push_back({"ln_f.g", {D}, weights.floats("transformer.ln_f.weight", {D})});
  model.arrays.push_back({"head", {V, D}, weights.floats("lm_head.weight", {V, D})});
  weights.requireNothingElse();

  model.bias = std::ranges::any_of(biases, [](const auto& bias) {
    return std::ranges::any_of(bias.values, [](float value) { return value != 0; });
  });
  if (model.bias) std::ranges::move(biases, std::back_inserter(model.arrays));
  return model;
}

std::optional<HuggingFacePreprocessor> readPreprocessor(const fs::path& folder) {
  const fs::path file = folder / "preprocessor_config.json";
  std::error_code ignored;  // what cannot be looked at is not there
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
  if (!json.contains("size")) return found;
  const auto& size = json["size"];  // a number before transformers 4.25
  found.width = pixels(size.is_object() ? size.value("width", nlohmann::json()) : size);
  found.height = pixels(size.is_object() ? size.value("height", nlohmann::json()) : size);
  return found;
}

}  // namespace scanline
