#pragma once

#include <QString>
#include <vector>

#include "core/store/run_store.h"

namespace scanline {

/// Where a run that ended would be resumed.
struct GoingOn {
  QString name;
  int64_t reached = 0;  ///< the step it had come to
  int64_t from = 0;     ///< of its newest checkpoint; 0: from its beginning
  int64_t again = 0;    ///< steps that are done once more
};

/// Any thread, with a store of its own. Throws Error.
GoingOn goingOn(const RunStore& store, const RunSummary& run);

/// "“a” goes on from step 200; 200 steps are done again."
QString goingOnText(const GoingOn& run);
/// The steps that interrupted runs would go on from; at most three runs are named.
QString offerText(const std::vector<GoingOn>& runs);

}  // namespace scanline
