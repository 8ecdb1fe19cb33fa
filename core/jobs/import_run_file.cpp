// Runs from the JSON that exportJson() writes.
#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/jobs/exported_run.h"
#include "core/jobs/import_parts.h"
#include "core/jobs/run_file_reader.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace {

/// Records on their way into a run, a slice at a time: a run may have more than fits into memory.
class Slices {
 public:
  explicit Slices(NewRun& run) : run_(run) {}

  void add(const RunFileReader::Record& record) {
    constexpr size_t kPoints = 10'000, kOthers = 16;  // a set of samples may have MBs
    const bool isPoint = record.list == "series";
    if (isPoint != !times_.empty()) flush();
    if (isPoint) {
      events_.emplace_back(
          Scalars{record.value.at(0).get<int64_t>(), {{std::string(record.series), numberFrom(record.value.at(1))}}});
      times_.push_back(record.value.at(2).get<int64_t>());
    } else {
      events_.push_back(eventOf(record));
    }
    if (events_.size() >= (isPoint ? kPoints : kOthers)) flush();
  }

  void flush() {
    if (!events_.empty()) run_.append(std::move(events_), std::move(times_));
    events_.clear();
    times_.clear();
  }

 private:
  static TrainEvent eventOf(const RunFileReader::Record& record) {
    if (record.list == "probes") return probeFrom(record.value);
    if (record.list == "lowData") return lowDataFrom(record.value);
    if (record.list == "codebookUse") return codebookUseFrom(record.value);
    return sampleSetFrom(record.value);
  }

  NewRun& run_;
  std::vector<TrainEvent> events_;
  std::vector<int64_t> times_;  ///< of each, if they are points
};

void importRun(RunStore& store, const RunFileReader& file, const std::string& source, const ImportOptions& options,
               ImportResult& result) {
  const nlohmann::json& header = file.header();
  NewRun run(store, fromToml(header.at("spec").get<std::string>(), source), options,
             header.value("kind", "") == nameOf(RunKind::Curves) ? knownOfCurves() : KnownSettings());
  if (options.name.empty()) store.rename(run.id(), header.at("name").get<std::string>());
  run.append({preparedFrom(header.at("prepared"))});
  Slices slices(run);
  const int64_t total = file.bytes();
  int64_t told = 0;
  options.control.report(told, total);
  file.forEach([&](const RunFileReader::Record& record) {
    constexpr int64_t kTellEvery = 1 << 20;
    if (record.bytes - told >= kTellEvery) options.control.report(told = record.bytes, total);
    if (record.list != "pins") {
      slices.add(record);
      return;
    }
    PinnedDrawing drawing = pinnedDrawingFrom(record.value);
    drawing.run = run.id();
    store.pin(drawing);
  });
  slices.flush();
  store.setStep(run.id(), header.at("step").get<int64_t>());
  auto tags = header.at("tags").get<std::vector<std::string>>();
  const RunId id = run.keep(header.at("note").get<std::string>(), header.at("startedMs").get<int64_t>(),
                            header.at("endedMs").get<int64_t>());
  result.runs.push_back(id);
  if (std::ranges::find(tags, "imported") == tags.end()) tags.emplace_back("imported");
  store.setTags(id, tags);
}

}  // namespace

void importJson(RunStore& store, const std::filesystem::path& path, const ImportOptions& options,
                ImportResult& result) {
  const RunFileReader file(path);
  try {
    importRun(store, file, path.string(), options, result);
  } catch (const nlohmann::json::exception& problem) {
    throw Error(fmt::format("{} is no run that Scanline exported: {}.", path.string(), problem.what()));
  }
}

}  // namespace scanline
