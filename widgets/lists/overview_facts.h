#pragma once

#include <QString>
#include <optional>
#include <utility>
#include <vector>

#include "core/spec/run_spec.h"
#include "core/store/run_types.h"

namespace scanline {

/// A name and a value, as the overview lists them.
using Fact = std::pair<QString, QString>;

std::vector<Fact> resultFacts(const RunDetails& details);
/// The sources of a run (data, palette or VQ-VAE, and the run and step that it goes on from) and its sizes. Only
/// settings that are known. `spec`: nothing if a later version wrote it. `parentName`: empty = not known.
std::vector<Fact> originFacts(const RunDetails& details, const std::optional<RunSpec>& spec, const QString& parentName);
std::vector<Fact> timeFacts(const RunSummary& run);
/// "“quick start”, step 200"; empty for a run that comes from no other.
QString parentText(const RunSummary& run, const QString& parentName);
/// The step from which it is resumed, and the number of steps done again; empty if it cannot be resumed, or repeats
/// none.
QString resumeText(const RunDetails& details);

}  // namespace scanline
