#pragma once

#include "core/run/engine.h"
#include "core/run/loop.h"
#include "core/store/run_recorder.h"

namespace scanline {

/// One run from its stored spec to its end: data -> palette -> tokens -> trainer -> loop -> store. Takes the run into
/// this process's hands (RunStore::own). On resume, and for a fork, loads the newest checkpoint that can be read and
/// drops everything recorded after it; without `resume` it starts anew and drops everything. An exception inside
/// becomes Failed with its sentence in the store; throws only if the store itself fails for a reason that will not
/// pass. While the store is only in use, events wait in the recorder; while a disk is full, the run is Paused with a
/// sentence. The caller has to store the rest (storeTheRest in core/jobs/unstored.h). Where spec.search.rates names
/// several learning rates the run is a search, and its trials are run here, one after the other
/// (core/jobs/search_job.h). `control` pauses the run and stops it.
RunEnd runJob(Engine& engine, RunRecorder& recorder, RunId run, bool resume, const Control& control);

/// The state of the job of a run that ended so.
JobState jobStateOf(RunEnd end);

}  // namespace scanline
