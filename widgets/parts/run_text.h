#pragma once

#include <QString>
#include <optional>
#include <vector>

#include "core/store/run_types.h"

namespace scanline::text {

// The words that lists use for a run, the same everywhere.

QString kindName(RunKind kind);     ///< "pretrain", as in the spec; or "search"
QString stateName(RunState state);  ///< "running": lower case, one word

bool isSearch(const RunSummary& run);  ///< of a learning rate: its steps are trials
/// It trains a transformer, and may have a checkpoint that another run can start from.
bool canGoOn(const RunSummary& run);
bool canSearch(const RunSummary& run);   ///< its learning rate can be searched for
bool neverBegan(const RunSummary& run);  ///< it was taken out of the queue before its turn
/// It is paused, or ended early and can go on, or never began.
bool canResume(const RunSummary& run);
bool canPause(const RunSummary& run);  ///< it trains, and not in another program, which takes no commands
bool canStop(const RunSummary& run);   ///< it goes on, or waits in the queue; the same holds
/// Another program logs it, or did, through the Python logger (core/jobs/inbox.h).
bool isLogged(const RunSummary& run);
bool hasWinner(const RunSummary& run);  ///< a search that has ended
/// How far the preparation of a run has got, 0..1, if it says so ("Turning pixels into tokens: 300 of 1000").
std::optional<double> preparedShare(const RunSummary& run);
/// 0..1; of the preparation until the run starts. Without steps: 1 at the end.
double progress(const RunSummary& run);
std::optional<int64_t> remainingMs(const RunSummary& run);  ///< nullopt if it is not running or its speed is unknown
QString progressText(const RunSummary& run);  ///< "63 % · 0:21 left", "step 400 of 600", "600 steps", "–"
QString bestLoss(const RunSummary& run);      ///< "1.308 nats", "0.0123 mean squared error", empty if there is none
QString bestProbe(const RunSummary& run);     ///< "91.7 % in layer 3", empty if there is none
QString modelSize(const RunSummary& run);     ///< "0.2 M · 4 layers", empty until prepared
QString names(const std::vector<const RunSummary*>& runs);  ///< "“a”, “b”, “c” and 2 more"
QString runs(qsizetype count);                              ///< "1 run", "3 runs"
/// The second line of a row: its best results, why it failed, or its place in the queue.
QString outcome(const RunSummary& run);

}  // namespace scanline::text
