#pragma once

#include <QString>

#include "core/store/run_types.h"

namespace scanline {

/// The name of a run as lists show it, beginning with the part that differs: "lr 1e-3, quick start" for
/// "quick start, optimizer.learningRate=1e-3"; of a trial that stands below its search, the rate alone.
QString shownName(const RunSummary& run, bool belowSearch);
/// "#12": tells runs of the same name apart.
QString runNumber(const RunSummary& run);

}  // namespace scanline
