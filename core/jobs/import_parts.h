#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/jobs/import.h"

namespace scanline {

/// Bytes of the settings that come with a run.
inline constexpr uint64_t kLargestSpec = 1 << 20;

/// Curves on the way into the store.
struct ImportedSeries {
  std::string name;
  std::vector<Point> points;  ///< rising steps
};

/// All curves of a run.
struct ImportedCurves {
  std::vector<ImportedSeries> series;
  std::vector<std::string> warnings;  ///< for the run's log

  int64_t lastStep() const;  ///< 0 if there are no points
  /// Unix ms of the first and the last point in time; 0 if there are none.
  std::pair<int64_t, int64_t> times() const;
};

/// The name by which the store knows a quantity that others call otherwise ("val/loss", "lr"); else `tag` itself.
/// `source` names the run or the folders that it comes from, the innermost last: where a tag ("loss") does not say of
/// which images it is, a folder does ("eval", "loss_val").
std::string canonicalSeries(std::string_view tag, const std::filesystem::path& source = {});

/// Brings the series under those names, each name once, in their order.
void nameSeries(std::vector<ImportedSeries>& all, const std::filesystem::path& source);

/// The name of a run that comes from there: the name of the folder, whole, or of the file without the ending that
/// says its format.
std::string runNameOf(const std::filesystem::path& path);

/// A new run with its first events, gone again unless it is kept: imports are all or nothing. Until then it is
/// Importing, so that a process that dies leaves nothing that looks whole.
class NewRun {
 public:
  /// `spec` after the options' name and settings, which are `known`, too. Throws Error if one of them cannot be.
  NewRun(RunStore& store, RunSpec spec, const ImportOptions& options, KnownSettings known = {});
  ~NewRun();
  NewRun(const NewRun&) = delete;
  NewRun& operator=(const NewRun&) = delete;

  RunId id() const { return run_; }
  const std::string& specToml() const { return toml_; }
  /// In slices of some 50 ms, so that others get at the store between them.
  void append(std::vector<TrainEvent> events, std::vector<int64_t> timesMs = {});
  void addSeries(const std::vector<ImportedSeries>& all);
  /// Finished, tagged, with where it came from as its note. `startMs`, `endMs`: 0 = now.
  RunId keep(std::string_view note, int64_t startMs = 0, int64_t endMs = 0);

 private:
  void appendSlice(std::span<const TrainEvent> events, std::span<const int64_t> timesMs);

  RunStore& store_;
  Control control_;
  std::string toml_;
  RunId run_;
  size_t slice_ = 1000;  ///< events a transaction; follows the speed of the disk
  bool kept_ = false;
};

/// Of a run that is curves alone: its name, and its last step.
KnownSettings knownOfCurves();
/// Curves alone: a run whose settings are not known.
RunId importCurves(RunStore& store, const std::string& name, const std::filesystem::path& source,
                   const ImportedCurves& curves, const ImportOptions& options);
/// The curves of an event file, or of those directly in a folder. `root`: the path that is being imported, whose
/// folders down to `source` name the series.
ImportedCurves readEventCurves(const std::filesystem::path& source, const std::filesystem::path& root,
                               const Control& control);

// Functions that importPath() calls for each kind.
void importEvents(RunStore& store, const std::filesystem::path& path, const ImportOptions& options,
                  ImportResult& result);
/// `curves`: of the same run, or null.
void importModel(RunStore& store, const std::filesystem::path& path, const ImportedCurves* curves,
                 const ImportOptions& options, ImportResult& result);
void importCheckpoint(RunStore& store, const std::filesystem::path& path, const ImportOptions& options,
                      ImportResult& result);
void importCsv(RunStore& store, const std::filesystem::path& path, const ImportOptions& options, ImportResult& result);
void importJson(RunStore& store, const std::filesystem::path& path, const ImportOptions& options, ImportResult& result);

}  // namespace scanline
