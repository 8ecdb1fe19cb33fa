#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/spec/run_spec.h"
#include "core/store/run_store.h"

namespace scanline {

/// The charts of a study: accuracy over layers, a line a run; best accuracy over validation loss, a mark a probed step;
/// a bar a run; or a bar for each number of labels of a low-data run, with its deviation over the subsets.
enum class StudyFigure { Layers, LossAccuracy, Bars, LowData };

/// A run of a study. Its stored name is "<study>: <name>", unless it has ": " in it already: then it is a run of
/// another study, which both share.
struct StudyRun {
  std::string name;
  RunSpec spec;        ///< spec.name is the stored name
  std::string parent;  ///< stored name of the run it goes on from, at its newest checkpoint; empty = from nothing
};

/// A question asked of several runs.
struct Study {
  std::string name;  ///< the folder's
  std::string title;
  StudyFigure figure = StudyFigure::Layers;
  std::vector<StudyRun> runs;
};

/// Reads study.toml: title, figure (layers, loss-accuracy, bars, low-data), spec (a file beside it or a preset), set =
/// ["key=value"] for all runs, and [[run]] tables with name, and optionally set, spec and from. `settings`
/// ("key=value") change all runs last. Throws Error that names the file and the problem.
Study readStudy(const std::filesystem::path& file, const std::vector<std::string>& settings);

/// The stored run of this spec: same name, and the same settings but for where the data lies and where it is computed.
/// The newest if there are several.
std::optional<RunId> findStored(const RunStore& store, const RunSpec& spec);

/// The results of a finished study. Text files, whole.
struct StudyReport {
  std::string table;   ///< Markdown
  std::string figure;  ///< SVG
  std::string csv;     ///< the figure's numbers: run,x,y or run,value,deviation
};
/// `runs`: one a study run, in order.
StudyReport report(const Study& study, const RunStore& store, const std::vector<RunId>& runs);

}  // namespace scanline
