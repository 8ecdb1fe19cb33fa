#include "core/foreign/model_weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/formats/safetensors.h"
#include "core/formats/strict_json.h"
#include "core/formats/torch_file.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t kMaxIndex = 100 << 20;  // bytes; real ones have under 1 MB
constexpr std::string_view kIndex = ".index.json";

std::vector<std::string_view> partsOf(std::string_view name) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0; begin <= name.size();) {
    const size_t end = std::min(name.find('.', begin), name.size());
    parts.push_back(name.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

bool isWrapper(std::string_view part) {
  static constexpr std::array<std::string_view, 6> kWrappers{
      "_orig_mod", "module", "model", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module"};
  return std::ranges::find(kWrappers, part) != kWrappers.end();
}

bool isNumber(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Whether the network's own names begin at parts[i].
bool beginsAt(std::span<const std::string_view> parts, size_t i) {
  static constexpr std::array<std::string_view, 5> kRoots{"wte", "wpe", "ln_f", "lm_head", "score"};
  if (i + 1 >= parts.size()) return false;
  return std::ranges::find(kRoots, parts[i]) != kRoots.end() || (parts[i] == "h" && isNumber(parts[i + 1]));
}

/// Whether it is a tensor of the network; a file may hold others.
bool isOfNetwork(std::string_view plain) {
  return beginsAt(partsOf(plain), 0);
}

/// Masks that hide later pixels: buffers of older versions of transformers.
bool isBuffer(std::string_view plain) {
  return plain.ends_with(".attn.bias") || plain.ends_with(".attn.masked_bias");
}

/// As our messages name a tensor that is missing.
std::string theirName(const std::string& plain) {
  return plain.starts_with("lm_head.") || plain.starts_with("score.") ? plain : "transformer." + plain;
}

/// Files that training programs write beside a model, with the endings of weights.
bool isTrainersOwn(const fs::path& file) {
  const std::string name = file.filename().string();
  return std::ranges::any_of(std::array{"optimizer", "scheduler", "rng_state", "training_args", "scaler"},
                             [&](const char* start) { return name.starts_with(start); });
}

std::unique_ptr<TensorFile> open(const fs::path& file) {
  if (file.extension() == ".safetensors") return std::make_unique<SafetensorsFile>(file);
  return std::make_unique<TorchFile>(file);
}

std::string listOf(const std::vector<std::string>& names) {
  constexpr size_t kMost = 5;
  if (names.size() <= kMost) return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{} and {} more", fmt::join(std::span(names).first(kMost), ", "), names.size() - kMost);
}

}  // namespace

std::string plainTensorName(std::string_view name) {
  auto parts = partsOf(name);
  std::erase_if(parts, isWrapper);
  for (size_t i = 0; i < parts.size(); ++i)
    if (beginsAt(parts, i)) return fmt::format("{}", fmt::join(std::span(parts).subspan(i), "."));
  return std::string(name);
}

bool isWeightsName(const fs::path& file) {
  static constexpr std::array<std::string_view, 5> kEndings{".safetensors", ".bin", ".pt", ".pth", ".ckpt"};
  return std::ranges::find(kEndings, file.extension().string()) != kEndings.end();
}

std::vector<fs::path> weightsFilesOf(const fs::path& folder) {
  std::error_code ignored;  // a folder that cannot be read counts as one without weights
  for (const char* name : {"model.safetensors", "pytorch_model.bin"})
    for (const fs::path& file : {folder / name, fs::path(folder / name) += kIndex})
      if (fs::exists(file, ignored)) return {file};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (isWeightsName(entry.path()) && !isTrainersOwn(entry.path()) && entry.is_regular_file(ignored))
      files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

ModelWeights::ModelWeights(const fs::path& path) : source_(path) {
  if (fs::is_directory(path)) {
    const auto files = weightsFilesOf(path);
    if (files.empty())
      throw Error(fmt::format(
          "{} has no weights: neither model.safetensors nor pytorch_model.bin, nor a .pt, .pth or .ckpt file.",
          path.string()));
    if (files.size() > 1) {
      std::vector<std::string> names;
      for (const fs::path& file : files) names.push_back(file.filename().string());
      throw Error(fmt::format("{} holds several files of weights: {}. Name the file instead of the folder, as in {}.",
                              path.string(), listOf(names), files.front().string()));
    }
    source_ = files.front();
  }
  if (source_.filename().string().ends_with(kIndex))
    addShards(source_);
  else
    add(source_);
}

std::optional<int64_t> ModelWeights::rows(const std::string& name) const {
  const auto place = places_.find(name);
  if (place == places_.end()) return std::nullopt;
  const auto shape = place->second.file->shape(place->second.name);
  return shape.size() == 2 ? std::optional(shape[0]) : std::nullopt;
}

std::vector<float> ModelWeights::floats(const std::string& name, std::initializer_list<int64_t> shape) {
  const auto place = places_.find(name);
  if (place == places_.end())
    throw Error(fmt::format("{} has no tensor {}. The model is incomplete, or of another kind.", source_.string(),
                            theirName(name)));
  const auto& [file, theirs] = place->second;
  auto values = file->floats(theirs, std::span(shape.begin(), shape.size()));
  if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); }))
    throw Error(fmt::format(
        "{}: tensor {} holds a value that is not finite (NaN, or too large for float32). The model is damaged.",
        file->path().string(), theirs));
  places_.erase(place);
  return values;
}

void ModelWeights::requireNoBlocksLeft() const {
  for (const auto& [name, place] : places_)
    if (isOfNetwork(name) && !name.starts_with("score.") && !isBuffer(name))
      throw Error(fmt::format("{} has a tensor {}, which a network of its config.json does not have.",
                              place.file->path().string(), place.name));
}

std::vector<std::string> ModelWeights::leftOut() const {
  std::vector<std::string> names, sentences;
  for (const auto& [name, place] : places_)
    if (!isBuffer(name)) names.push_back(place.name);
  if (!names.empty())
    sentences.push_back(fmt::format("{}: {} tensors that an image GPT does not have were left out: {}.",
                                    source_.string(), names.size(), listOf(names)));
  if (!beside_.empty())
    sentences.push_back(
        fmt::format("{}: entries beside the weights were left out: {}.", source_.string(), listOf(beside_)));
  return sentences;
}

void ModelWeights::take(const TensorFile& file, const std::string& name) {
  const auto [place, isNew] = places_.try_emplace(plainTensorName(name), Place{&file, name});
  if (!isNew)
    throw Error(fmt::format(
        "{} holds two tensors for one place of the network: {} and {}. It holds two models; save one of them alone.",
        source_.string(), place->second.name, name));
}

void ModelWeights::add(const fs::path& file) {
  const auto& opened = *files_.emplace_back(open(file));
  for (const auto& name : opened.names()) take(opened, name);
  if (const auto* torch = dynamic_cast<const TorchFile*>(&opened)) beside_ = torch->leftOut();
}

void ModelWeights::addShards(const fs::path& index) {
  const auto json = parseStrictJson(readFile(index, kMaxIndex), index.string(), 4);
  if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object())
    throw Error(fmt::format("{} has no weight_map, the list of tensors and their files.", index.string()));
  std::map<std::string, std::vector<std::string>> namesOf;
  for (const auto& [name, file] : json["weight_map"].items()) {
    const auto text = file.is_string() ? file.get<std::string>() : std::string();
    if (text.empty() || text == ".." || fs::path(text).filename() != text)  // a shard lies beside its index
      throw Error(
          fmt::format("{}: the file of {} is {}, which is not a file name.", index.string(), name, file.dump()));
    namesOf[text].push_back(name);
  }
  for (const auto& [file, names] : namesOf) {
    const auto& shard = *files_.emplace_back(open(index.parent_path() / file));
    for (const auto& name : names) {
      if (!shard.has(name))
        throw Error(fmt::format("{} has no tensor {}, which {} promises. The shards belong to different models.",
                                shard.path().string(), name, index.filename().string()));
      take(shard, name);
    }
  }
}

}  // namespace scanline
