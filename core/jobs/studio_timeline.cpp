#include "core/jobs/studio_timeline.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/animation.h"
#include "core/jobs/canvas.h"
#include "core/jobs/studio_images.h"

namespace scanline {

namespace fs = std::filesystem;

std::vector<TimelineStep> timelineSteps(const RunStore& store, RunId run, int64_t most) {
  std::vector<TimelineStep> all;
  const fs::path folder = store.folder(run);
  for (const CheckpointRow& row : store.checkpoints(run))
    if (std::error_code error; fs::exists(folder / row.file, error)) all.push_back({row.step, folder / row.file});
  if (all.empty()) throw Error(fmt::format("The run \"{}\" has no checkpoint on the disk.", store.run(run).name));
  const auto count = static_cast<size_t>(std::max<int64_t>(1, most));
  if (all.size() <= count) return all;
  std::vector<TimelineStep> steps;
  for (size_t i = 0; i < count; ++i)
    steps.push_back(all[count == 1 ? all.size() - 1 : i * (all.size() - 1) / (count - 1)]);
  return steps;
}

void drawTimeline(Engine& engine, std::span<const TimelineStep> steps, const DrawRequest& request,
                  const std::function<void(TimelineFrame)>& sink, const Control& control) {
  const Control quiet = control.within({.report = [](int64_t, int64_t) {}});
  for (size_t i = 0; i < steps.size(); ++i) {
    control.report(static_cast<int64_t>(i), std::ssize(steps));
    const auto model = engine.openModel(steps[i].file);
    TimelineFrame frame{.step = steps[i].step, .drawing = model->draw(request, {}, quiet), .pictures = {}};
    if (model->facts().palette || model->facts().isCodes)
      frame.pictures = imagesOf(model->picturesOf(frame.drawing.candidates));
    sink(std::move(frame));
  }
  control.report(std::ssize(steps), std::ssize(steps));
}

Image timelinePicture(const TimelineFrame& frame, const TimelineLayout& layout) {
  if (frame.pictures.empty())
    throw Error("The colours of the model's tokens are not known, so its drawings cannot be shown.");
  const int64_t scale =
      layout.scale > 0 ? layout.scale : std::max<int64_t>(1, figureScale(frame.pictures[0].width) / 2);
  return withCaption(pictureSheet(frame.pictures, {}, layout.columns, scale), fmt::format("step {}", frame.step));
}

void writeTimeline(const fs::path& file, std::span<const TimelineFrame> frames, const TimelineLayout& layout) {
  const std::string ending = file.extension().string();
  const bool isGif = ending == ".gif";
  if (!isGif && ending != ".png" && ending != ".apng")
    throw Error(
        fmt::format("{} ends in \"{}\". Name it .gif, or .png for every colour (APNG).", file.string(), ending));
  std::vector<Image> pictures;
  int64_t width = 0;  // captions grow with their numbers
  for (const TimelineFrame& frame : frames) {
    pictures.push_back(timelinePicture(frame, layout));
    width = std::max(width, pictures.back().width);
  }
  if (pictures.empty()) throw Error("There are no drawings to show.");
  Animation animation(isGif ? Animation::Format::Gif : Animation::Format::Apng, width, pictures[0].height,
                      std::ssize(pictures));
  for (size_t i = 0; i < pictures.size(); ++i) {
    Image frame = blankImage(width, pictures[0].height);
    paste(frame, pictures[i], 0, 0);
    animation.add(frame, i + 1 == pictures.size() ? 5 * layout.milliseconds : layout.milliseconds);
  }
  writeFileAtomically(file, animation.take());
}

Image timelineSheet(std::span<const TimelineFrame> frames, const TimelineLayout& layout) {
  constexpr int64_t kMostPixels = 100'000'000;
  std::vector<Image> parts;
  int64_t width = 0, height = 0;
  for (const TimelineFrame& frame : frames) {
    parts.push_back(timelinePicture(frame, layout));
    width = std::max(width, parts.back().width);
    height += parts.back().height;
    if (width * height > kMostPixels)
      throw Error("The contact sheet would be larger than 100 megapixels. Show fewer steps or a smaller scale.");
  }
  Image sheet = blankImage(width, height);
  int64_t top = 0;
  for (const Image& part : parts) {
    paste(sheet, part, 0, top);
    top += part.height;
  }
  return sheet;
}

}  // namespace scanline
