#include "core/jobs/studio_pins.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/base/content_identity.h"
#include "core/base/error.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

std::vector<std::pair<std::string, std::string>> madeWith(const ModelFacts& facts) {
  std::vector<std::pair<std::string, std::string>> all{{"Scanline", SCANLINE_VERSION}};
  all.insert(all.end(), facts.arithmetic.begin(), facts.arithmetic.end());
  return all;
}

/// "It was drawn with Instruction set avx2 (now amx_bf16)."; empty if there is no difference.
std::string differenceOf(const PinnedDrawing& pinned, const ModelFacts& facts) {
  if (pinned.madeWith.empty())
    return "It was pinned by a version of Scanline that did not record its own number and the processor's instruction set, so one of these may be the cause.";
  const auto valueIn = [](const auto& list, const std::string& name) {
    const auto found = std::ranges::find(list, name, [](const auto& each) { return each.first; });
    return found == list.end() ? std::string("none") : found->second;
  };
  const auto now = madeWith(facts);
  std::vector<std::string> parts;
  const auto compare = [&](const std::string& name) {
    const auto before = valueIn(pinned.madeWith, name), after = valueIn(now, name);
    if (before != after) parts.push_back(fmt::format("{} {} (now {})", name, before, after));
  };
  for (const auto& [name, value] : pinned.madeWith) compare(name);
  for (const auto& [name, value] : now)
    if (valueIn(pinned.madeWith, name) == "none") compare(name);
  return parts.empty() ? std::string() : fmt::format("It was drawn with {}.", fmt::join(parts, ", "));
}

}  // namespace

PinnedDrawing pinnedDrawing(const OpenModel& model, RunId run, const CheckpointRow& row, const fs::path& file,
                            const DrawRequest& request, const Drawing& drawing, int64_t candidate) {
  if (candidate < 0 || candidate >= std::ssize(drawing.candidates))
    throw Error(fmt::format("There is no candidate {} to pin.", candidate));
  const ModelFacts& facts = model.facts();
  const auto place = static_cast<size_t>(candidate);
  PinnedDrawing pinned{.run = run,
                       .step = row.step,
                       .checkpoint = row.file,
                       .identity = contentIdentity(file),
                       .across = facts.across,
                       .down = facts.down,
                       .request = request,
                       .candidate = candidate,
                       .drawn = drawing.candidates[place],
                       .nats = drawing.nats.at(place),
                       .madeWith = madeWith(facts)};
  if (!facts.isCodes) return pinned;
  ImageSet pixels = model.picturesOf(std::span(&pinned.drawn, 1));
  pinned.pixelsAcross = pixels.width;
  pinned.pixelsDown = pixels.height;
  pinned.pixels = std::move(pixels.rgb);
  return pinned;
}

fs::path checkpointOf(const RunStore& store, const PinnedDrawing& pinned) {
  const fs::path file = store.folder(pinned.run) / pinned.checkpoint;
  std::error_code error;
  if (!fs::exists(file, error))
    throw Error(fmt::format(
        "The checkpoint of step {} that drew this is no longer there, so it cannot be drawn again. The drawing itself stays.",
        pinned.step));
  if (!pinned.identity.empty() && contentIdentity(file) != pinned.identity)
    throw Error(fmt::format(
        "The checkpoint of step {} was written again since it drew this, so it would draw something else. The drawing itself stays.",
        pinned.step));
  return file;
}

DrawnAgain drawAgain(const OpenModel& model, const PinnedDrawing& pinned, const DrawSink& sink,
                     const Control& control) {
  if (const std::string problem = problemOf(pinned); !problem.empty()) throw Error(problem);
  const ModelFacts& facts = model.facts();
  if (facts.across != pinned.across || facts.down != pinned.down)
    throw Error(fmt::format("The drawing has {} x {} tokens, and the model draws {} x {}.", pinned.across, pinned.down,
                            facts.across, facts.down));
  DrawRequest request = pinned.request;
  request.candidates = pinned.candidate + 1;  // a candidate does not depend on how many there are
  DrawnAgain again{.drawing = model.draw(request, sink, control)};
  again.isSame = again.drawing.candidates.at(static_cast<size_t>(pinned.candidate)) == pinned.drawn;
  if (!again.isSame) again.difference = differenceOf(pinned, facts);
  return again;
}

}  // namespace scanline
