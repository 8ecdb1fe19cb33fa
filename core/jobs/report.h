#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "core/base/control.h"
#include "core/store/run_store.h"

namespace scanline {

struct ReportOptions {
  std::string title;  ///< empty: the run's name, or how many runs are compared
  Control control = {};
};

/// One or several runs as a page that needs nothing but itself: results, settings with their differences marked, curves
/// and probes as SVG, sample sheets as PNG, specs and environment. It is HTML 5 and well-formed XML, holds no script,
/// and forbids the browser to load anything. It says which parts of long comparisons it leaves out. Throws Error.
std::string reportHtml(const RunStore& store, std::span<const RunId> runs, const ReportOptions& options = {});

/// The same as a file, whole or not at all.
void writeReport(const RunStore& store, std::span<const RunId> runs, const std::filesystem::path& file,
                 const ReportOptions& options = {});

}  // namespace scanline
