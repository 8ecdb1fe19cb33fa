#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/control.h"
#include "core/learn/evaluate/divided.h"
#include "core/learn/model/gpt.h"
#include "core/spec/run_spec.h"
#include "core/tokens/tokens.h"

namespace scanline {

/// A network as probes look at it.
struct ProbeSubject {
  const Gpt& model;
  double maskRate = 0;         ///< of the masks that BERT sees its images under
  int64_t masks = 1;           ///< BERT: an image that is scored is seen under so many, and the modal class counts
  Divided* divided = nullptr;  ///< cuts images into pieces, and probes into layers; null: all is done at once, here
};

/// Reads the features of images: means over positions of a layer (paper section 2.4), as spec.features and
/// spec.startVector say. Mask k of a row of a set is a function of (seed, k, row) alone (paper section 4.6: inputs stay
/// masked).
class FeatureReader {
 public:
  FeatureReader(const ProbeSubject& subject, const ProbeSpec& spec, uint64_t seed);

  int64_t layers() const { return subject_.model.shape().layers; }  ///< L; features are of layers 0 .. L
  int64_t width() const { return subject_.model.shape().width; }
  int64_t masksScored() const;  ///< how many times an image is looked at to be scored
  /// Of the probe of `layer`: spec.joined layers around it, fewer where the network ends.
  LayerRange joinedAround(int64_t layer) const;
  Divided* divided() const { return subject_.divided; }

  /// [masks * rows, layers.count, D] of `type` on the CPU: all rows under mask 0, then all under mask 1, ...
  /// Reports images. In the pieces of ProbeSubject::divided, if there is one, to which all its processes have to come.
  at::Tensor read(const TokenSet& images, std::span<const int64_t> rows, LayerRange layers, int64_t masks,
                  at::ScalarType type, const Control& control) const;
  /// The same of rows whose masks are those of rows `names`, for sets that hold some images of a larger one.
  at::Tensor read(const TokenSet& images, std::span<const int64_t> rows, std::span<const int64_t> names,
                  LayerRange layers, int64_t masks, at::ScalarType type, const Control& control) const;

 private:
  at::Tensor readHere(const TokenSet& images, std::span<const int64_t> rows, std::span<const int64_t> names,
                      LayerRange layers, int64_t masks, at::ScalarType type, const Control& control) const;

  ProbeSubject subject_;
  FeatureOptions options_;
  int64_t joined_;
  uint64_t seed_;
};

/// The features of the probe of joined layers `window`, out of those of `layers`: [N, window.count * D], a view.
at::Tensor joinedFeatures(const at::Tensor& x_NGD, LayerRange layers, LayerRange window);

/// How the probes of `probed` layers (ascending) share readings: each part's features of `rows` rows fit into `bytes`.
/// Where not even those of one probe do, they are kept in half precision.
struct ReadingPlan {
  struct Part {
    std::vector<int64_t> probed;
    LayerRange layers;
  };
  std::vector<Part> parts;
  at::ScalarType type = at::kFloat;
};
ReadingPlan planReading(const FeatureReader& reader, std::span<const int64_t> probed, int64_t rows, int64_t bytes);
/// The memory that planReading may fill: a third of the machine's.
int64_t featureBytes();

/// Images of a set, with their labels.
struct ChosenImages {
  const TokenSet* images = nullptr;
  std::vector<int64_t> rows;
  std::vector<int32_t> labels;  ///< of `rows`
};
/// Those of drawnRows().
ChosenImages chooseImages(const TokenSet& images, int64_t count, uint64_t seed, uint64_t part);
ChosenImages withLabels(const TokenSet& images, std::vector<int64_t> rows);

}  // namespace scanline
