#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/jobs/import.h"

namespace scanline {

/// Curves on the way into the store.
struct ImportedSeries {
  std::string name;
  std::vector<Point> points;  ///< ascending steps, each once
};

/// The name by which the store knows a quantity that others call otherwise ("val/loss", "lr"); else `tag` itself.
std::string canonicalSeries(std::string_view tag);

/// A new run with its first events, gone again unless it is kept: imports are all or nothing.
class NewRun {
 public:
  /// `spec` after the options' name and settings. Throws Error if one of them cannot be.
  NewRun(RunStore& store, RunSpec spec, const ImportOptions& options);
  ~NewRun();
  NewRun(const NewRun&) = delete;
  NewRun& operator=(const NewRun&) = delete;

  RunId id() const { return run_; }
  const std::string& specToml() const { return toml_; }
  void append(std::vector<TrainEvent> events, std::vector<int64_t> timesMs = {});
  void addSeries(const std::vector<ImportedSeries>& all);
  /// Finished, tagged, with where it came from as its note. `startMs`, `endMs`: 0 = now.
  RunId keep(std::string_view note, int64_t startMs = 0, int64_t endMs = 0);

 private:
  RunStore& store_;
  std::string toml_;
  RunId run_;
  bool kept_ = false;
};

/// Curves alone: a run whose settings are not known. `warnings` go to its log.
RunId importCurves(RunStore& store, const std::string& name, const std::filesystem::path& source,
                   std::vector<ImportedSeries> all, const std::vector<std::string>& warnings,
                   const ImportOptions& options);

// What importPath() calls for each kind.
void importEvents(RunStore& store, const std::filesystem::path& path, const ImportOptions& options,
                  ImportResult& result);
void importModel(RunStore& store, const std::filesystem::path& path, const ImportOptions& options,
                 ImportResult& result);
void importCheckpoint(RunStore& store, const std::filesystem::path& path, const ImportOptions& options,
                      ImportResult& result);
void importCsv(RunStore& store, const std::filesystem::path& path, const ImportOptions& options, ImportResult& result);
void importJson(RunStore& store, const std::filesystem::path& path, const ImportOptions& options, ImportResult& result);

}  // namespace scanline
