#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/run/engine.h"
#include "core/store/run_store.h"

namespace scanline {

/// A checkpoint of a run that is on the disk.
struct TimelineStep {
  int64_t step = 0;
  std::filesystem::path file;
};
/// All of a run, ascending; of more than `most`, evenly chosen ones, the first and the last among them. Throws Error if
/// none is there.
std::vector<TimelineStep> timelineSteps(const RunStore& store, RunId run, int64_t most = 200);

/// One drawing as a checkpoint draws it. Pictures are of one size over all frames.
struct TimelineFrame {
  int64_t step = 0;
  Drawing drawing;
  std::vector<Image> pictures;  ///< [candidates]; none where the model's colours are not known
};
/// The same request of one checkpoint after the other: the same mask and random numbers. Each frame is handed to `sink`
/// on the calling thread as it is ready. Reports steps. Throws Error, Stopped.
void drawTimeline(Engine& engine, std::span<const TimelineStep> steps, const DrawRequest& request,
                  const std::function<void(TimelineFrame)>& sink, const Control& control);

struct TimelineLayout {
  int64_t scale = 0;           ///< screen pixels a pixel; 0 chooses
  int64_t columns = 8;         ///< candidates beside each other
  int64_t milliseconds = 400;  ///< a step in the film; the last one is shown five times as long
};
/// One frame: the candidates, with the step above them.
Image timelinePicture(const TimelineFrame& frame, const TimelineLayout& layout);
/// The film: .gif, or .png and .apng for every colour (APNG), by the ending. Throws Error.
void writeTimeline(const std::filesystem::path& file, std::span<const TimelineFrame> frames,
                   const TimelineLayout& layout);
/// The frames below each other, each with its step above it. Throws Error if it would be too large.
Image timelineSheet(std::span<const TimelineFrame> frames, const TimelineLayout& layout);

}  // namespace scanline
