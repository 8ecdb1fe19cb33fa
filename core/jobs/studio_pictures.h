#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/jobs/prepare_data.h"
#include "core/run/open_model.h"

namespace scanline {

enum class DataSplit { Train, Validation, Test };
/// "train", "validation", "test".
std::string_view nameOf(DataSplit split);
/// Throws Error if there is none of this name.
DataSplit splitNamed(std::string_view name);

/// A picture of a data set as a model sees it.
struct DataPicture {
  DataSplit split = DataSplit::Validation;
  int64_t index = 0;          ///< of its split
  int32_t label = -1;         ///< class; -1: not known
  std::vector<Token> tokens;  ///< [n]
  Image image;                ///< pixels of the model's size; none (width 0) where the set comes as tokens
};

/// The spec of the data that a model is asked about: of the run it comes from, where its checkpoint says, with the path
/// that `runToml` (the run's spec in the store, which may have moved) names, if that is not empty. Throws Error for a
/// model of other software: it has no data of its own.
RunSpec dataSpecOf(const ModelFacts& facts, std::string_view runToml = {});
/// The same for data that a person names: a key of the data-set registry and a path, both as in DataSpec. Empty `name`:
/// a folder of pictures.
RunSpec dataSpecOf(const ModelFacts& facts, std::string_view name, std::string_view path);

/// The pictures of a data set, brought to the size of a model and turned into its tokens when they are asked for.
/// Immutable; any thread.
class StudioData {
 public:
  /// Reads the data set: seconds, or hours for a large folder of pictures at its first time. Throws Error if it cannot
  /// be read or does not fit the model; Stopped.
  StudioData(std::shared_ptr<const OpenModel> model, const RunSpec& spec, const PrepareContext& context);
  /// The same pictures for another model, without reading or copying them. Throws Error if it knows pictures of another
  /// size, or, of data that come as tokens, other tokens.
  StudioData(std::shared_ptr<const OpenModel> model, const StudioData& other);

  const OpenModel& model() const { return *model_; }
  const std::vector<std::string>& classNames() const { return content_->classNames; }
  int64_t count(DataSplit split) const;
  /// [count], or empty where there are none.
  std::span<const int32_t> labels(DataSplit split) const;
  /// Throws Error if there is no such picture.
  DataPicture picture(DataSplit split, int64_t index) const;
  /// Tokens of some rows, in their order. Every row is below count(). Codes of a VQ-VAE take a while. Throws Stopped.
  TokenSet tokens(DataSplit split, std::span<const int64_t> rows, const Control& control = {}) const;
  /// All pictures of a split as pixels of the model's size, without copying them; count 0 where they come as tokens.
  const ImageSet& images(DataSplit split) const { return content_->images[static_cast<size_t>(split)]; }
  /// A name for the content of a split, 64 hexadecimal digits.
  std::string identity(DataSplit split) const;

 private:
  struct Content {
    std::vector<std::string> classNames;
    ImageSet images[3];
    TokenSet tokens[3];              ///< where the set comes as tokens
    int64_t width = 0, height = 0;   ///< of a picture: pixels, or tokens
    std::optional<Palette> palette;  ///< of tokens, where they name one
  };
  static std::shared_ptr<const Content> readTokens(const ModelFacts& facts, const RunSpec& spec,
                                                   const PrepareContext& context);
  void checkModel() const;
  const TokenSet& tokenSet(DataSplit split) const { return content_->tokens[static_cast<size_t>(split)]; }

  std::shared_ptr<const OpenModel> model_;
  std::shared_ptr<const Content> content_;
};

/// Which pictures of a data set: all of a split, or those of a class.
struct PictureChoice {
  DataSplit split = DataSplit::Validation;
  std::optional<int32_t> label = {};
};

/// Their rows, ascending. Throws Error, saying why there is none.
std::vector<int64_t> chosenRows(const StudioData& data, const PictureChoice& choice);
/// The number of a class by its name, in any case of letters, or its number. Throws Error, saying which there are.
int32_t classNamed(const StudioData& data, std::string_view text);
/// `count` of them, or all if there are no more, drawn by `seed`.
std::vector<int64_t> randomRows(const StudioData& data, const PictureChoice& choice, int64_t count, uint64_t seed);

/// A picture, and how badly the model predicts it.
struct RankedRow {
  int64_t row = 0;
  double nats = 0;  ///< mean over pixels; BERT: over those that a mask of `seed` hides, of the model's mask rate
};
/// The `count` with the highest loss, the highest first. Of more than `most` pictures as many are looked at, drawn by
/// `seed`. Reports pictures. Throws Stopped, and Error also for a model without a head.
std::vector<RankedRow> worstRows(const StudioData& data, const PictureChoice& choice, int64_t count, int64_t most,
                                 uint64_t seed, const Control& control);

}  // namespace scanline
