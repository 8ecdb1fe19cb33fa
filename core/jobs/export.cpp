#include "core/jobs/export.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/foreign/huggingface.h"
#include "core/formats/csv.h"
#include "core/jobs/exported_run.h"
#include "core/run/checkpoint_file.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

/// One table, put together in memory: the largest, the series, has some 40 bytes a point.
class Table {
 public:
  explicit Table(std::string_view header) : text_(header) { text_ += '\n'; }

  template <class... Cells>
  void row(const Cells&... cells) {
    std::string_view comma;
    ((text_ += comma, put(cells), comma = ","), ...);
    text_ += '\n';
    hasRows_ = true;
  }
  /// Leaves nothing of an earlier export behind.
  void write(const fs::path& file) const {
    std::error_code ignored;
    if (hasRows_)
      writeFileAtomically(file, text_);
    else
      fs::remove(file, ignored);
  }

 private:
  void put(std::string_view text) { text_ += csvCell(text); }
  void put(int64_t value) { text_ += fmt::format("{}", value); }
  void put(bool value) { text_ += value ? "1" : "0"; }
  void put(double value) { text_ += fmt::format("{}", value); }  // the shortest text that reads back the same
  void put(const std::optional<double>& value) {
    if (value) put(*value);
  }

  std::string text_;
  bool hasRows_ = false;
};

void addNats(Table& table, const SampleSet& set, std::string_view picture, const std::vector<double>& nats) {
  for (size_t i = 0; i < nats.size(); ++i) table.row(set.step, set.given, picture, static_cast<int64_t>(i), nats[i]);
}

}  // namespace

std::vector<std::string> exportHuggingFace(const fs::path& checkpoint, const fs::path& folder) {
  const CheckpointInfo info = readCheckpointInfo(checkpoint);
  const ForeignModel model = readCheckpointModel(checkpoint);
  std::vector<std::string> notes;
  const RunSpec spec = fromToml(info.specToml, checkpoint.string());
  if (spec.kind == RunKind::Finetune)
    notes.emplace_back(
        "The classifier stays behind: the folder holds the generative part, which predicts pixels and no classes.");
  const bool hasColours = spec.palette.vqvae.empty();
  if (!hasColours)
    notes.emplace_back("Its tokens are codes of a VQ-VAE, so there is no preprocessor_config.json with colours.");
  writeHuggingFaceModel(folder, model, hasColours ? &info.palette : nullptr, info.width, info.height);
  return notes;
}

void exportJson(const RunStore& store, RunId run, const fs::path& file) {
  const RunDetails details = store.details(run);
  const RunSummary& summary = details.summary;
  nlohmann::json json{{kRunFileKey, kRunFileVersion}, {"name", summary.name},
                      {"kind", nameOf(summary.kind)}, {"spec", details.specToml},
                      {"step", summary.step},         {"tags", summary.tags},
                      {"note", summary.note},         {"startedMs", summary.startedMs},
                      {"endedMs", summary.endedMs},   {"prepared", toRunFile(details.prepared)}};
  auto& series = json["series"] = nlohmann::json::object();
  for (const SeriesSummary& each : store.summaries(run)) {
    auto& points = series[each.name] = nlohmann::json::array();
    for (const Point& point : store.points(run, each.name, INT64_MIN))
      points.push_back({point.step, numberJson(point.value), point.timeMs});
  }
  const auto addAll = [&](const char* key, const auto& rows) {
    auto& list = json[key] = nlohmann::json::array();
    for (const auto& row : rows) list.push_back(toRunFile(row));
  };
  addAll("probes", store.probes(run, INT64_MIN));
  addAll("lowData", store.lowData(run));
  addAll("codebookUse", store.codebookUse(run, INT64_MIN));
  std::vector<SampleSet> sets;
  for (const SampleSetInfo& each : store.sampleSets(run))
    if (auto set = store.samples(run, each.step, each.given > 0)) sets.push_back(std::move(*set));
  addAll("samples", sets);
  writeFileAtomically(file, json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void exportCsv(const RunStore& store, RunId run, const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(fmt::format("{} cannot be made: {}.", folder.string(), error.message()));
  Table series(kSeriesColumns);
  for (const SeriesSummary& each : store.summaries(run))
    for (const Point& point : store.points(run, each.name, INT64_MIN))
      series.row(each.name, point.step, point.value, point.timeMs);
  series.write(folder / "series.csv");

  Table probes(kProbeColumns);
  for (const ProbeResult& p : store.probes(run, INT64_MIN))
    probes.row(p.step, p.layer, p.accuracy, p.trainAccuracy, p.loss, p.iterations, p.converged, p.classes, p.l2,
               p.joined, p.testAccuracy);
  probes.write(folder / "probes.csv");

  Table lowData(kLowDataColumns);
  for (const LowDataResult& r : store.lowData(run))
    lowData.row(r.labelsPerClass, r.subset, r.layer, r.accuracy, r.loss);
  lowData.write(folder / "low_data.csv");

  Table samples(kSampleColumns);
  for (const SampleSetInfo& each : store.sampleSets(run)) {
    const auto set = store.samples(run, each.step, each.given > 0);
    if (!set) continue;
    addNats(samples, *set, "original", set->originalNats);
    addNats(samples, *set, "sample", set->sampleNats);
  }
  samples.write(folder / "samples.csv");
  writeFileAtomically(folder / "spec.toml", store.details(run).specToml);
}

}  // namespace scanline
