#include "core/jobs/run_log.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace scanline {

namespace {

LogLine info(std::string text) {
  return {LogLine::Level::Info, std::move(text)};
}

std::string describe(const RunPrepared& prepared) {
  std::string text = fmt::format("Data: {} training and {} validation images, {} × {} tokens each",
                                 prepared.trainImages, prepared.validationImages, prepared.width, prepared.height);
  if (prepared.testImages > 0) text += fmt::format(", {} test images", prepared.testImages);
  if (prepared.paletteSize > 0)
    text += fmt::format("; {} {}", prepared.paletteSize, prepared.palette.empty() ? "codes" : "colours");
  return text + fmt::format("; {} parameters.", prepared.parameters);
}

}  // namespace

std::optional<LogLine> RunLog::lineFor(const TrainEvent& event) {
  if (const auto* prepared = std::get_if<RunPrepared>(&event)) {
    // It is told once more when a checkpoint decides the precision.
    return std::exchange(prepared_, true) ? std::nullopt : std::optional(info(describe(*prepared)));
  }
  if (const auto* step = std::get_if<StepStats>(&event)) {
    if (std::exchange(stepped_, true)) return std::nullopt;
    return info(fmt::format("Step {}, the first: training loss {:.4g}.", step->step, step->loss));
  }
  if (const auto* evaluation = std::get_if<Evaluation>(&event)) {
    std::string text = fmt::format("Step {}: validation loss {:.4g}", evaluation->step, evaluation->loss);
    if (evaluation->accuracy) text += fmt::format(", accuracy {:.1f} %", 100 * *evaluation->accuracy);
    return info(text + ".");
  }
  if (const auto* saved = std::get_if<CheckpointSaved>(&event))
    return info(fmt::format("Step {}: checkpoint written ({}, {:.1f} MB).", saved->step, saved->reason,
                            static_cast<double>(saved->bytes) / 1e6));
  return std::nullopt;
}

}  // namespace scanline
