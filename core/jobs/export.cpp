#include "core/jobs/export.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/new_folder.h"
#include "core/foreign/huggingface.h"
#include "core/formats/csv.h"
#include "core/jobs/exported_run.h"
#include "core/run/checkpoint_file.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

/// A file that is written a MB at a time, and is there whole or not at all.
class LongFile {
 public:
  explicit LongFile(const fs::path& target) : file_(target) {}

  void put(std::string_view text) {
    constexpr size_t kBlock = 1 << 20;
    text_ += text;
    if (text_.size() >= kBlock) flush();
  }
  void commit() {
    flush();
    file_.commit();
  }

 private:
  void flush() {
    file_.write(text_);
    text_.clear();
  }

  AtomicFile file_;
  std::string text_;
};

/// A table, which has no file without rows.
class Table {
 public:
  Table(fs::path file, std::string_view header) : path_(std::move(file)), header_(header) {}

  template <class... Cells>
  void row(const Cells&... cells) {
    if (!file_) file_.emplace(path_).put(fmt::format("{}\n", header_));
    std::string text;
    std::string_view comma;
    ((text += comma, add(text, cells), comma = ","), ...);
    file_->put(text += '\n');
  }
  void commit() {
    if (file_) file_->commit();
  }

 private:
  static void add(std::string& text, std::string_view cell) { text += csvCell(cell); }
  static void add(std::string& text, int64_t cell) { text += fmt::format("{}", cell); }
  static void add(std::string& text, bool cell) { text += cell ? "1" : "0"; }
  static void add(std::string& text, double cell) { text += fmt::format("{}", cell); }  // reads back the same
  static void add(std::string& text, const std::optional<double>& cell) {
    if (cell) add(text, *cell);
  }

  fs::path path_;
  std::string_view header_;
  std::optional<LongFile> file_;
};

void addNats(Table& table, const SampleSet& set, std::string_view picture, const std::vector<double>& nats) {
  for (size_t i = 0; i < nats.size(); ++i) table.row(set.step, set.given, picture, static_cast<int64_t>(i), nats[i]);
}

}  // namespace

std::vector<std::string> exportHuggingFace(const fs::path& checkpoint, const fs::path& folder) {
  for (const char* name : {"config.json", "model.safetensors", "generation_config.json", "preprocessor_config.json"})
    if (std::error_code error; fs::exists(folder / name, error))
      throw Error(
          fmt::format("{} holds a {} already, which is not replaced. Choose a folder without a model, or a new name.",
                      folder.string(), name));
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

void exportJson(const RunStore& store, RunId run, const fs::path& path) {
  const RunDetails details = store.details(run);
  const RunSummary& summary = details.summary;
  const auto textOf = [](const nlohmann::json& node) {
    return node.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  };
  LongFile file(path);
  file.put(fmt::format("{{\"{}\":{}", kRunFileKey, kRunFileVersion));
  const nlohmann::json header{
      {"name", summary.name},       {"kind", nameOf(summary.kind)},   {"spec", details.specToml},
      {"step", summary.step},       {"tags", summary.tags},           {"note", summary.note},
      {"endedMs", summary.endedMs}, {"startedMs", summary.startedMs}, {"prepared", toRunFile(details.prepared)}};
  for (const auto& [key, value] : header.items()) file.put(fmt::format(",{}:{}", textOf(key), textOf(value)));
  std::string_view comma;
  file.put(",\"series\":{");
  for (const SeriesSummary& each : store.summaries(run)) {
    file.put(fmt::format("{}{}:[", std::exchange(comma, ","), textOf(each.name)));
    std::string_view between;
    for (const Point& point : store.points(run, each.name, INT64_MIN))
      file.put(fmt::format("{}[{},{},{}]", std::exchange(between, ","), point.step, textOf(numberJson(point.value)),
                           point.timeMs));
    file.put("]");
  }
  file.put("}");
  const auto begin = [&](const char* list) {
    file.put(fmt::format(",\"{}\":[", list));
    comma = "";
  };
  const auto add = [&](const auto& row) {
    file.put(fmt::format("{}{}", std::exchange(comma, ","), textOf(toRunFile(row))));
  };
  begin("probes");
  for (const ProbeResult& row : store.probes(run, INT64_MIN)) add(row);
  file.put("]");
  begin("lowData");
  for (const LowDataResult& row : store.lowData(run)) add(row);
  file.put("]");
  begin("codebookUse");
  for (const CodebookUse& row : store.codebookUse(run, INT64_MIN)) add(row);
  file.put("]");
  begin("samples");
  for (const SampleSetInfo& each : store.sampleSets(run))
    if (const auto set = store.samples(run, each.step, each.given > 0)) add(*set);
  file.put("]");
  begin("pins");
  for (const PinnedDrawing& drawing : store.pins(run)) add(drawing);
  file.put("]}");
  file.commit();
}

fs::path exportCsv(const RunStore& store, RunId run, const fs::path& parent) {
  const NewFolder made(parent, store.run(run).name);
  const fs::path& folder = made.path();
  Table series(folder / "series.csv", kSeriesColumns);
  for (const SeriesSummary& each : store.summaries(run))
    for (const Point& point : store.points(run, each.name, INT64_MIN))
      series.row(each.name, point.step, point.value, point.timeMs);
  series.commit();

  Table probes(folder / "probes.csv", kProbeColumns);
  for (const ProbeResult& p : store.probes(run, INT64_MIN))
    probes.row(p.step, p.layer, p.accuracy, p.trainAccuracy, p.loss, p.iterations, p.converged, p.classes, p.l2,
               p.joined, p.testAccuracy);
  probes.commit();

  Table lowData(folder / "low_data.csv", kLowDataColumns);
  for (const LowDataResult& r : store.lowData(run))
    lowData.row(r.labelsPerClass, r.subset, r.layer, r.accuracy, r.loss);
  lowData.commit();

  Table samples(folder / "samples.csv", kSampleColumns);
  for (const SampleSetInfo& each : store.sampleSets(run)) {
    const auto set = store.samples(run, each.step, each.given > 0);
    if (!set) continue;
    addNats(samples, *set, "original", set->originalNats);
    addNats(samples, *set, "sample", set->sampleNats);
  }
  samples.commit();
  writeFileAtomically(folder / "spec.toml", store.details(run).specToml);
  return folder;
}

}  // namespace scanline
