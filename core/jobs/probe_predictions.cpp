#include "core/jobs/probe_predictions.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>

#include "core/base/digest.h"
#include "core/base/error.h"
#include "core/base/record_file.h"
#include "core/jobs/feature_cache.h"
#include "core/jobs/neighbours.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace {

ProbePictures picturesAt(const StudioData& data, DataSplit split, std::vector<int64_t> rows, const Control& control) {
  ProbePictures pictures{.tokens = data.tokens(split, rows, control), .rows = std::move(rows)};
  for (int32_t& label : pictures.tokens.labels)
    label = std::max(label, 0);  // those that are unknown are only asked about
  pictures.tokens.labels.resize(pictures.rows.size());
  return pictures;
}

std::vector<int64_t> checkedRows(const StudioData& data, const PredictionsWanted& wanted) {
  auto all = chosenRows(data, {.split = wanted.split});  // throws if there is none
  if (wanted.rows.empty()) return all;
  for (const int64_t row : wanted.rows)
    if (row < 0 || row >= std::ssize(all))
      throw Error(fmt::format("There is no {} picture {}; they are numbered from 0 to {}.", nameOf(wanted.split), row,
                              all.size() - 1));
  return wanted.rows;
}

std::vector<int64_t> checkedLayers(const ModelFacts& facts, std::vector<int64_t> layers) {
  for (const int64_t layer : layers) checkLayer(facts, layer);
  if (layers.empty()) {
    layers.resize(static_cast<size_t>(facts.layers + 1));
    std::iota(layers.begin(), layers.end(), 0);
  }
  return layers;
}

std::string predictionsName(const StudioData& data, const ProbeSettings& settings, const PredictionTable& table,
                            std::string_view modelIdentity) {
  Digest digest("sha256");
  RunSpec spec;
  spec.kind = RunKind::Probe;  // whose text has all settings of probes
  spec.probe = settings.spec;
  spec.probe.every = 0;
  spec.probe.layers.clear();
  digest.add(fmt::format("predictions 1 {} {} {} {} {} {}\n{}\n", modelIdentity, settings.seed, settings.maskRate,
                         settings.masks, static_cast<int>(settings.precision), nameOf(table.split), toToml(spec)));
  for (const DataSplit split : {DataSplit::Train, DataSplit::Validation, table.split}) {
    digest.add(data.count(split) > 0 ? data.identity(split) : "none");
    digest.add(std::as_bytes(data.labels(split)));
  }
  digest.add(std::as_bytes(std::span(table.rows)));
  digest.add(std::as_bytes(std::span(table.layers)));
  return digest.hex().substr(0, 32);
}

/// Fits the probes once, at the first call, and hands out their answers in the form of the records of the file.
class Records {
 public:
  Records(const StudioData& data, const ProbeSettings& settings, const PredictionTable& table, const Control& control)
      : data_(data), settings_(settings), table_(table), control_(control) {}

  void fill(int64_t first, std::span<std::byte> records) {
    if (answers_.empty()) compute();
    const auto classes = static_cast<size_t>(table_.classes);
    auto* to = reinterpret_cast<float*>(records.data());
    const auto end = first + static_cast<int64_t>(records.size() / (sizeof(float) * (1 + classes) * answers_.size()));
    for (int64_t index = first; index < end; ++index) {
      const Place place = places_[static_cast<size_t>(index)];
      for (const LayerPredictions& layer : answers_) {
        const ProbeClassification& answer = place.isHeld ? layer.held : layer.asked;
        *to++ = static_cast<float>(answer.said[place.at]);
        to = std::copy_n(answer.probabilities.begin() + static_cast<std::ptrdiff_t>(place.at * classes), classes, to);
      }
    }
  }

 private:
  struct Place {
    bool isHeld = false;
    size_t at = 0;
  };

  void compute() {
    const Control quiet = control_.within({.report = [](int64_t, int64_t) {}});
    const auto held = data_.count(DataSplit::Validation) > 0 ? scoredRows(data_, settings_) : std::vector<int64_t>();
    std::vector<int64_t> asked;
    places_.clear();  // of an attempt that failed
    for (const int64_t row : table_.rows) {
      const auto found = std::ranges::lower_bound(held, row);
      const bool isHeld = table_.split == DataSplit::Validation && found != held.end() && *found == row;
      places_.push_back({isHeld, isHeld ? static_cast<size_t>(found - held.begin()) : asked.size()});
      if (!isHeld) asked.push_back(row);
    }
    auto train = probeTrainingRows(data_.labels(DataSplit::Train), settings_.spec, settings_.seed);
    const ProbeQuestion question{.spec = settings_.spec,
                                 .seed = settings_.seed,
                                 .maskRate = settings_.maskRate,
                                 .masks = settings_.masks,
                                 .precision = settings_.precision,
                                 .threads = settings_.threads,
                                 .layers = table_.layers,
                                 .classes = table_.classes,
                                 .train = picturesAt(data_, DataSplit::Train, std::move(train), quiet),
                                 .held = picturesAt(data_, DataSplit::Validation, held, quiet),
                                 .asked = picturesAt(data_, table_.split, std::move(asked), quiet)};
    answers_ = data_.model().predictions(question, control_);
  }

  const StudioData& data_;
  const ProbeSettings& settings_;
  const PredictionTable& table_;
  const Control& control_;
  std::vector<Place> places_;  ///< of each row of the table
  std::vector<LayerPredictions> answers_;
};

}  // namespace

ProbeSettings probeSettingsOf(const ModelFacts& facts, std::string_view runToml) {
  const std::string toml(runToml.empty() ? std::string_view(facts.specToml) : runToml);
  if (toml.empty()) return {.maskRate = facts.maskRate, .masks = ModelSpec().masks};
  const RunSpec spec = fromToml(toml, "the run's settings");
  // The checkpoint knows in which precision its run computed; a run that only probes says it itself, or chose.
  const bool isOwn = !isOneLook(spec.kind);
  return {.spec = spec.probe,
          .seed = spec.seed,
          .maskRate = spec.model.maskRate,
          .masks = spec.model.masks,
          .precision = isOwn ? Precision::Auto : spec.train.precision,
          .threads = spec.threads};
}

std::vector<int64_t> scoredRows(const StudioData& data, const ProbeSettings& settings) {
  return probeScoredRows(data.labels(DataSplit::Validation), settings.spec, settings.seed);
}

int64_t PredictionTable::placeOf(int64_t layer) const {
  const auto found = std::ranges::lower_bound(layers, layer);
  return found != layers.end() && *found == layer ? found - layers.begin() : -1;
}

int64_t PredictionTable::indexOf(int64_t row) const {
  const auto found = std::ranges::lower_bound(rows, row);
  return found != rows.end() && *found == row ? found - rows.begin() : -1;
}

std::span<const float> PredictionTable::record(int64_t index, int64_t at) const {
  const auto size = static_cast<size_t>(1 + classes);
  const auto bytes = file.row(index);
  return {reinterpret_cast<const float*>(bytes.data()) + static_cast<size_t>(at) * size, size};
}

std::vector<ConfusionCell> PredictionTable::confusion(int64_t at) const {
  std::map<std::pair<int32_t, int32_t>, int32_t> cells;
  for (int64_t index = 0; index < count(); ++index)
    if (const int32_t label = labels[static_cast<size_t>(index)]; label >= 0) ++cells[{label, said(index, at)}];
  std::vector<ConfusionCell> all;
  for (const auto& [cell, n] : cells) all.push_back({cell.first, cell.second, n});
  return all;
}

double PredictionTable::accuracy(int64_t at) const {
  int64_t right = 0, known = 0;
  for (const ConfusionCell& cell : confusion(at)) {
    known += cell.count;
    if (cell.truth == cell.said) right += cell.count;
  }
  return known > 0 ? static_cast<double>(right) / static_cast<double>(known) : 0;
}

int64_t PredictionTable::bestLayer(std::span<const int64_t> ofRows) const {
  int64_t best = 0, most = -1;
  for (int64_t at = 0; at < std::ssize(layers); ++at) {
    int64_t right = 0;
    for (int64_t index = 0; index < count(); ++index)
      right += isRight(index, at) && std::ranges::binary_search(ofRows, rows[static_cast<size_t>(index)]);
    if (right > most) {
      most = right;
      best = at;
    }
  }
  return best;
}

void PredictionTable::sortBySureness(std::vector<int64_t>& indices, int64_t at) const {
  const auto sureness = [&](int64_t index) { return probabilities(index, at)[static_cast<size_t>(said(index, at))]; };
  std::ranges::stable_sort(indices, std::greater(), sureness);
}

std::vector<int64_t> PredictionTable::certainErrors(int64_t at) const {
  std::vector<int64_t> wrong;
  for (int64_t index = 0; index < count(); ++index)
    if (labels[static_cast<size_t>(index)] >= 0 && !isRight(index, at)) wrong.push_back(index);
  sortBySureness(wrong, at);
  return wrong;
}

std::vector<int64_t> PredictionTable::cell(int64_t at, int32_t truth, int32_t said) const {
  std::vector<int64_t> within;
  for (int64_t index = 0; index < count(); ++index)
    if (labels[static_cast<size_t>(index)] == truth && this->said(index, at) == said) within.push_back(index);
  sortBySureness(within, at);
  return within;
}

PredictionTable predictionsOf(const StudioData& data, const ProbeSettings& settings, const PredictionsWanted& wanted,
                              std::string_view modelIdentity, const Control& control) {
  if (data.classNames().size() < 2 || data.labels(DataSplit::Train).empty())
    throw Error("The data set has no classes, so there is nothing for a probe to tell apart.");
  PredictionTable table;
  table.split = wanted.split;
  table.rows = checkedRows(data, wanted);
  table.classes = std::ssize(data.classNames());
  table.layers = checkedLayers(data.model().facts(), wanted.layers);
  const auto labels = data.labels(wanted.split);
  for (const int64_t row : table.rows) table.labels.push_back(labels.empty() ? -1 : labels[static_cast<size_t>(row)]);
  const auto recordBytes = table.layers.size() * static_cast<size_t>(1 + table.classes) * sizeof(float);
  const Control quiet = control.within({.report = [](int64_t, int64_t) {}});
  Records records(data, settings, table, control);
  const auto fill = [&](int64_t first, std::span<std::byte> bytes, std::span<uint8_t>) { records.fill(first, bytes); };
  const auto name = featureCacheFolder() / predictionsName(data, settings, table, modelIdentity);
  const RecordFile file = openRecordFile({.file = name,
                                          .count = table.count(),
                                          .recordBytes = static_cast<int64_t>(recordBytes),
                                          .contents = "answers of probes"},
                                         fill, quiet);
  useCachedFile(name);
  std::vector<uint32_t> all(static_cast<size_t>(table.count()));
  std::iota(all.begin(), all.end(), uint32_t{0});
  table.file = MappedRows(file.mapped, 0, recordBytes, std::move(all));
  return table;
}

}  // namespace scanline
