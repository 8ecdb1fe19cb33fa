#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "app/studio_model.h"
#include "core/jobs/studio_pictures.h"
#include "widgets/pages/features_view.h"
#include "widgets/studio/studio_values.h"

namespace scanline {

/// The features of the pictures of a run's data: D numbers a layer and picture. Immutable once it is shared.
struct FeatureReading {
  std::string identity;  ///< of the model's file, see contentIdentity()
  std::string specToml;  ///< of the run, see StudioSubject
  std::string dataPath;  ///< see readFeatures()
  std::shared_ptr<const StudioData> data;
  DataSplit split = DataSplit::Validation;  ///< the pictures are of
  SharedFeaturePictures pictures;
  std::vector<float> features;  ///< [count, L + 1, D]
  int64_t width = 0;            ///< D

  /// [D] of a picture at a layer.
  std::span<const float> row(int64_t index, int64_t layer) const;
};
using SharedFeatureReading = std::shared_ptr<const FeatureReading>;

// All on any thread; all throw Error and Stopped.

/// Of the pictures that a model was not fitted to, where there are any. Of more than some thousands as many are drawn
/// at random, fewer of models whose features need much memory. Reports pictures. `enough`: ends after the pictures that
/// are done. `kept`: readings of which one is given back if it is of the same file. `dataPath`: a folder or file of
/// pictures for a model that names none; empty: the data of its run.
SharedFeatureReading readFeatures(const StudioSubject& subject, const std::vector<SharedFeatureReading>& kept,
                                  const std::atomic<bool>& enough, const Control& control,
                                  const std::string& dataPath = {});
/// Whether the model comes without data, which a person has to name.
bool needsData(const StudioSubject& subject);
/// Along the first two principal components. 0 where the features vary along fewer directions.
FeaturePlaces placesOf(const FeatureReading& reading, int layer, const Control& control);
/// How many of the `count` nearest others of the reading have the class of picture `index`, at each layer, and
/// the mean of that over the first 50 pictures of its class. Throws Error if the class is not known.
ClassShares classSharesOf(const FeatureReading& reading, int index, int count, const Control& control);
/// The answers of the probes of all layers for the pictures of the map, see predictionsOf(). Reports the progress.
SharedProbeAnswers answersOf(const FeatureReading& reading, const Control& control);
/// Computes the features of all pictures of the split, where they are not kept from before. Reports pictures.
DescribedPictures neighboursByFeatures(const FeatureReading& reading, const NeighbourQuestion& question, int layer,
                                       const Control& control);
/// Throws Error for data that come as tokens.
DescribedPictures neighboursByPixels(const FeatureReading& reading, const NeighbourQuestion& question,
                                     const Control& control);
/// A picture of the map for the studio.
SourcePicture studioPictureOf(const FeatureReading& reading, int index);

}  // namespace scanline
