#pragma once

#include <QPointF>
#include <QStringList>
#include <array>
#include <memory>
#include <vector>

#include "core/data/image.h"
#include "widgets/images/picture_set.h"

namespace scanline {

/// The pictures of a data set whose features are known. Immutable once it is shared.
struct FeaturePictures {
  QString split;                ///< "validation"
  int64_t total = 0;            ///< pictures of the split, of which these are some or all
  std::vector<int64_t> rows;    ///< [count] places in the split
  std::vector<int32_t> labels;  ///< [count] classes; -1: not known
  QStringList classes;          ///< names; may be empty
  ImageSet images;              ///< [count] as the model sees them
  int layers = 0;               ///< L; features are of layers 0 .. L

  int count() const { return static_cast<int>(rows.size()); }
  QString nameOf(int index) const;   ///< "validation 17"
  QString classOf(int index) const;  ///< "dog"; empty: not known
};
using SharedFeaturePictures = std::shared_ptr<const FeaturePictures>;

/// The name of a class, or its number where it has none; empty for -1.
QString className(const QStringList& classes, int32_t label);

/// Where the pictures lie along the first two principal components of a layer's features.
struct FeaturePlaces {
  int layer = 0;
  std::vector<QPointF> places;     ///< [count]
  std::array<double, 2> shares{};  ///< of the variance along each, 0..1
};

/// The answers of the probes of all layers for the pictures of the map, [L + 1][count] each.
struct ProbeAnswers {
  std::vector<std::vector<int32_t>> said;    ///< the class
  std::vector<std::vector<float>> sureness;  ///< its probability
  std::vector<std::vector<float>> ofTruth;   ///< the probability of the true class; 0 where that is not known
  int64_t classes = 0;
};
using SharedProbeAnswers = std::shared_ptr<const ProbeAnswers>;

/// Which pictures are like one of the map.
struct NeighbourQuestion {
  int index = 0;           ///< of the map's pictures
  bool inTraining = true;  ///< else in the map's own split, without the picture itself
  int count = 12;
};

/// Pictures of the data with words about them, in an order that means something: those like another one, the surest
/// errors of a probe.
struct DescribedPictures {
  ImageSet images;                       ///< [k]
  std::vector<QString> names, captions;  ///< [k] "training 17"; "0.981"
  std::vector<QString> details;          ///< [k] "dog, cosine 0.981"
};
/// As a grid shows them, in reading order.
PictureSet flowOf(const DescribedPictures& pictures);

/// Pictures in reading order, as many a row as fit.
PictureSet flowOf(const ImageSet& images, std::vector<PictureCell> cells);

}  // namespace scanline
