#include "app/features_read.h"

#include <algorithm>
#include <cmath>

#include "app/probe_explorer.h"
#include "app/split_pictures.h"
#include "core/base/content_identity.h"
#include "core/base/error.h"
#include "core/base/pca.h"
#include "core/jobs/dropped_data.h"
#include "core/jobs/neighbours.h"
#include "core/spec/spec_text.h"
#include "widgets/parts/number_text.h"

namespace scanline {

namespace {

constexpr int64_t kMostPictures = 2000;
constexpr int64_t kMostNumbers = int64_t{1} << 26;  // of all features, 256 MB
constexpr size_t kMostOfClass = 50;                 // pictures of a class whose neighbours are counted
constexpr size_t kBatch = 16;                       // pictures a pass

RunSpec dataSpecFor(const StudioSubject& subject, const std::string& dataPath) {
  const ModelFacts& facts = subject.model->facts();
  if (!dataPath.empty()) {
    const auto known = recogniseData(dataPath);
    return known ? dataSpecOf(facts, known->name, known->path) : dataSpecOf(facts, "images", dataPath);
  }
  if (facts.specToml.empty() && !needsData(subject)) {  // an import that was told its data
    const DataSpec data = fromToml(subject.run.specToml, "the run's settings").data;
    return dataSpecOf(facts, data.name, data.path);
  }
  return dataSpecOf(facts, subject.run.specToml);
}

/// The `count` others of the reading with the largest cosine, by their index, of equals the lower one.
std::vector<Neighbour> nearestOthers(const FeatureReading& reading, int64_t index, int64_t layer, int64_t count) {
  auto found = nearestRows(
      reading.pictures->count(), [&](int64_t row) { return reading.row(row, layer); }, reading.row(index, layer),
      count + 1);
  std::erase_if(found, [index](const Neighbour& each) { return each.row == index; });
  found.resize(std::min(found.size(), static_cast<size_t>(count)));
  return found;
}

/// `found` with `inSplit` rows as the panel shows them; `wordsOf` a likeness for caption and name.
template <class Words>
DescribedPictures shown(const FeatureReading& reading, DataSplit split, const std::vector<Neighbour>& found,
                        const Words& wordsOf, const Control& control) {
  std::vector<int64_t> rows;
  for (const Neighbour& each : found) rows.push_back(each.row);
  DescribedPictures answer{.images = imagesOf(*reading.data, split, rows, control)};
  const auto labels = reading.data->labels(split);
  for (const Neighbour& each : found) {
    const auto [caption, detail] = wordsOf(each.likeness);
    const int32_t label = labels.empty() ? -1 : labels[static_cast<size_t>(each.row)];
    const QString kind = className(reading.pictures->classes, label);
    answer.names.push_back(QStringLiteral("%1 %2").arg(splitWords(split), text::steps(each.row)));
    answer.captions.push_back(caption);
    answer.details.push_back(kind.isEmpty() ? detail : QStringLiteral("%1, %2").arg(kind, detail));
  }
  return answer;
}

DataSplit splitOf(const FeatureReading& reading, const NeighbourQuestion& question) {
  return question.inTraining ? DataSplit::Train : reading.split;
}

/// Without the picture itself, and no more than were asked for.
void trim(std::vector<Neighbour>& found, const FeatureReading& reading, const NeighbourQuestion& question) {
  if (splitOf(reading, question) == reading.split) {
    const int64_t self = reading.pictures->rows[static_cast<size_t>(question.index)];
    std::erase_if(found, [self](const Neighbour& each) { return each.row == self; });
  }
  found.resize(std::min(found.size(), static_cast<size_t>(question.count)));
}

}  // namespace

std::span<const float> FeatureReading::row(int64_t index, int64_t layer) const {
  const int64_t first = (index * (pictures->layers + 1) + layer) * width;
  return std::span(features).subspan(static_cast<size_t>(first), static_cast<size_t>(width));
}

bool needsData(const StudioSubject& subject) {
  // A file is of no run, and the settings of none count as known.
  const bool isOfRun = !subject.run.specToml.empty();
  return subject.model->facts().specToml.empty() && !(isOfRun && subject.run.known.has("data.name"));
}

SharedFeatureReading readFeatures(const StudioSubject& subject, const std::vector<SharedFeatureReading>& kept,
                                  const std::atomic<bool>& enough, const Control& control,
                                  const std::string& dataPath) {
  const std::string identity = contentIdentity(subject.file);
  for (const SharedFeatureReading& each : kept)
    if (each->identity == identity && each->dataPath == dataPath) return each;
  auto reading = std::make_shared<FeatureReading>();
  reading->identity = identity;
  reading->specToml = subject.run.specToml;
  reading->dataPath = dataPath;
  const ModelFacts& facts = subject.model->facts();
  const Control quiet = control.within({.report = [](int64_t, int64_t) {}});
  const PrepareContext context{.begin = [](const std::string&) {}, .control = quiet, .warn = [](const std::string&) {}};
  reading->data = std::make_shared<StudioData>(subject.model, dataSpecFor(subject, dataPath), context);
  const StudioData& data = *reading->data;
  for (const DataSplit split : {DataSplit::Train, DataSplit::Test, DataSplit::Validation})
    if (data.count(split) > 0) reading->split = split;
  const int64_t each = (facts.layers + 1) * facts.width;
  const int64_t most = std::clamp<int64_t>(kMostNumbers / each, 2, kMostPictures);
  std::vector<int64_t> rows = randomRows(data, {.split = reading->split}, most, 1);
  size_t done = 0;
  while (done < rows.size() && (done < kBatch || !enough)) {
    control.report(static_cast<int64_t>(done), std::ssize(rows));
    const auto part = std::span(rows).subspan(done, std::min(kBatch, rows.size() - done));
    const auto values = data.model().allFeatures(data.tokens(reading->split, part, quiet), quiet);
    reading->features.insert(reading->features.end(), values.begin(), values.end());
    done += part.size();
  }
  rows.resize(done);
  reading->width = facts.width;
  auto pictures = std::make_shared<FeaturePictures>();
  pictures->split = splitWords(reading->split);
  pictures->total = data.count(reading->split);
  pictures->layers = static_cast<int>(facts.layers);
  pictures->images = imagesOf(data, reading->split, rows, quiet);
  pictures->classes = classNamesOf(data);
  const auto labels = data.labels(reading->split);
  for (const int64_t row : rows) pictures->labels.push_back(labels.empty() ? -1 : labels[static_cast<size_t>(row)]);
  pictures->rows = std::move(rows);
  reading->pictures = std::move(pictures);
  return reading;
}

FeaturePlaces placesOf(const FeatureReading& reading, int layer, const Control& control) {
  std::vector<float> rows;
  for (int64_t i = 0; i < reading.pictures->count(); ++i) {
    const auto row = reading.row(i, layer);
    rows.insert(rows.end(), row.begin(), row.end());
  }
  const Pca pca = principalComponents(rows, reading.width, 2, control);
  const auto along = pca.project(rows);
  FeaturePlaces places{.layer = layer, .places = {}, .shares = {}};
  const auto k = static_cast<size_t>(pca.count());
  for (size_t d = 0; d < k; ++d)
    if (pca.variance > 0) places.shares[d] = pca.variances[d] / pca.variance;
  for (size_t i = 0; i < static_cast<size_t>(reading.pictures->count()); ++i)
    places.places.emplace_back(k > 0 ? along[i * k] : 0, k > 1 ? along[i * k + 1] : 0);
  return places;
}

ClassShares classSharesOf(const FeatureReading& reading, int index, int count, const Control& control) {
  const auto& labels = reading.pictures->labels;
  const int32_t label = labels[static_cast<size_t>(index)];
  if (label < 0) throw Error("The classes of these pictures are not known, so nothing can be counted.");
  ClassShares shares;
  shares.neighbours = std::min(count, reading.pictures->count() - 1);
  if (shares.neighbours < 1) throw Error("There is one picture alone, which has no neighbours.");
  shares.chance = double(std::ranges::count(labels, label) - 1) / double(labels.size() - 1);
  std::vector<int64_t> ofClass;
  for (size_t other = 0; other < labels.size() && ofClass.size() < kMostOfClass; ++other)
    if (labels[other] == label) ofClass.push_back(static_cast<int64_t>(other));
  const auto shareOf = [&](int64_t picture, int64_t layer) {
    control.check();
    const auto nearest = nearestOthers(reading, picture, layer, count);
    const auto same = std::ranges::count_if(
        nearest, [&](const Neighbour& each) { return labels[static_cast<size_t>(each.row)] == label; });
    return double(same) / double(nearest.size());
  };
  for (int64_t layer = 0; layer <= reading.pictures->layers; ++layer) {
    shares.shares.push_back(shareOf(index, layer));
    double sum = 0;
    for (const int64_t picture : ofClass) sum += shareOf(picture, layer);
    shares.ofClass.push_back(sum / double(ofClass.size()));
  }
  return shares;
}

SharedProbeAnswers answersOf(const FeatureReading& reading, const Control& control) {
  const StudioData& data = *reading.data;
  const FeaturePictures& pictures = *reading.pictures;
  const auto settings = probeSettingsOf(data.model().facts(), reading.specToml);
  auto rows = pictures.rows;
  std::ranges::sort(rows);
  const PredictionTable table = predictionsOf(
      data, settings, {.split = reading.split, .rows = rowsToClassify(data, settings, reading.split, rows)},
      reading.identity, control);
  auto answers = std::make_shared<ProbeAnswers>();
  answers->classes = table.classes;
  for (int64_t at = 0; at < std::ssize(table.layers); ++at) {
    auto& said = answers->said.emplace_back();
    auto& sureness = answers->sureness.emplace_back();
    auto& ofTruth = answers->ofTruth.emplace_back();
    for (size_t i = 0; i < pictures.rows.size(); ++i) {
      const int64_t index = table.indexOf(pictures.rows[i]);
      const auto shares = table.probabilities(index, at);
      said.push_back(table.said(index, at));
      sureness.push_back(shares[static_cast<size_t>(said.back())]);
      ofTruth.push_back(pictures.labels[i] < 0 ? 0.0F : shares[static_cast<size_t>(pictures.labels[i])]);
    }
  }
  return answers;
}

DescribedPictures neighboursByFeatures(const FeatureReading& reading, const NeighbourQuestion& question, int layer,
                                       const Control& control) {
  const DataSplit split = splitOf(reading, question);
  std::vector<Neighbour> found;
  if (split == reading.split && reading.pictures->count() == reading.pictures->total) {
    found = nearestOthers(reading, question.index, layer, question.count);
    for (Neighbour& each : found) each.row = reading.pictures->rows[static_cast<size_t>(each.row)];
  } else {
    const FeatureTable table = featuresOf(*reading.data, split, reading.identity, layer, control);
    const Control quiet = control.within({.report = [](int64_t, int64_t) {}});
    found = nearestByFeatures(table, reading.row(question.index, layer), question.count + 1, quiet);
  }
  trim(found, reading, question);
  const auto wordsOf = [](double likeness) {
    const QString number = QString::number(likeness, 'f', 3);
    return std::pair{number, FeaturesView::tr("cosine %1").arg(number)};
  };
  return shown(reading, split, found, wordsOf, control);
}

DescribedPictures neighboursByPixels(const FeatureReading& reading, const NeighbourQuestion& question,
                                     const Control& control) {
  const DataSplit split = splitOf(reading, question);
  const ImageSet& images = reading.data->images(split);
  if (images.count == 0) throw Error("These data come as tokens and have no pixels to compare.");
  const ImageSet& own = reading.pictures->images;
  const auto bytes = own.image(question.index);
  const Image query{own.width, own.height, {bytes.begin(), bytes.end()}};
  auto found = nearestByPixels(images, query, question.count + 1, control);
  trim(found, reading, question);
  const auto wordsOf = [](double likeness) {
    const QString number = QString::number(std::sqrt(std::max(0.0, -likeness)), 'f', 1);
    return std::pair{number, FeaturesView::tr("differs by %1 of 255").arg(number)};
  };
  return shown(reading, split, found, wordsOf, control);
}

SourcePicture studioPictureOf(const FeatureReading& reading, int index) {
  return sourcePictureOf(*reading.data, reading.split, reading.pictures->rows[static_cast<size_t>(index)]);
}

}  // namespace scanline
