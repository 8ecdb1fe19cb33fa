#pragma once

#include <filesystem>
#include <stop_token>

#include "core/train/events.h"
#include "core/train/pause_gate.h"
#include "core/train/trainer.h"

namespace scanline {

/// Drives a trainer from its present step to spec.train.steps: step -> due? evaluate, probe, sample, checkpoint -> events.
/// Writes checkpoints to folder/checkpoints/step-<N>.safetensors and keeps best, last and every keepEvery-th.
/// Ends with StateChanged Finished, Stopped (after a checkpoint) or Failed; throws only what the sink throws.
void runTraining(Trainer& trainer, const RunSpec& spec, const std::filesystem::path& folder, const EventSink& sink,
                 PauseGate& gate, std::stop_token stop);

}  // namespace scanline
