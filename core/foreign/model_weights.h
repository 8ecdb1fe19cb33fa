#pragma once

#include <filesystem>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/tensor_file.h"

namespace scanline {

/// The name of an image GPT's tensor without additions of programs: wrappers ("_orig_mod", "module", "model") are
/// dropped at any place, and so is everything before "wte", "wpe", "h.<n>", "ln_f", "lm_head" or "score".
/// "module.transformer._orig_mod.h.0.ln_1.weight" is "h.0.ln_1.weight". A name without any of these stays as it is.
std::string plainTensorName(std::string_view name);

/// Whether a file's name ends as one of weights does: .safetensors, .bin, .pt, .pth, .ckpt.
bool isWeightsName(const std::filesystem::path& file);

/// The files of weights in a folder: model.safetensors or pytorch_model.bin, or the index of their shards
/// (.index.json), in the order in which transformers looks for them; else all files of isWeightsName() but those
/// that training programs keep beside them (optimizer.pt, training_args.bin, ...). Empty if there is none.
std::vector<std::filesystem::path> weightsFilesOf(const std::filesystem::path& folder);

/// The tensors of a Hugging Face model by their plain names, in one file or in the shards that an index lists. Read
/// once each: the tensors that remain belong to another network.
class ModelWeights {
 public:
  /// `path`: a folder, a file of weights, or an index of shards. Throws Error: no file, several that could be meant,
  /// damage, or one tensor under two names (two models in a file).
  explicit ModelWeights(const std::filesystem::path& path);

  bool has(const std::string& name) const { return places_.contains(name); }
  /// The rows of a matrix [rows, columns]; nullopt if there is no such tensor, or not of two dimensions.
  std::optional<int64_t> rows(const std::string& name) const;
  /// Elements of a tensor of this shape, all finite. Throws Error naming file and tensor.
  std::vector<float> floats(const std::string& name, std::initializer_list<int64_t> shape);

  /// Throws Error if a tensor of a block is left that was not read: the network is larger than its configuration says.
  /// Causal masks, which are buffers and no weights, do not count.
  void requireNoBlocksLeft() const;
  /// A sentence each for tensors and entries of the files that were not read.
  std::vector<std::string> leftOut() const;

 private:
  struct Place {
    const TensorFile* file = nullptr;
    std::string name;  ///< as the file has it
  };

  void add(const std::filesystem::path& file);
  void addShards(const std::filesystem::path& index);
  void take(const TensorFile& file, const std::string& name);

  std::filesystem::path source_;
  std::vector<std::unique_ptr<TensorFile>> files_;
  std::map<std::string, Place, std::less<>> places_;  ///< by plain name; tensors not read yet
  std::vector<std::string> beside_;                   ///< of torch files: entries beside the weights
};

}  // namespace scanline
