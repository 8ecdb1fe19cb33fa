// studio complete, studio film
#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/data/image_file.h"
#include "core/formats/npy.h"
#include "core/jobs/studio_images.h"
#include "core/jobs/studio_timeline.h"
#include "experiments/cli/studio_verbs.h"
#include "experiments/cli/terminal.h"

namespace scanline {
namespace {

/// How a model draws.
struct DrawOptions {
  DrawRequest request;

  void add(CLI::App& verb) {
    verb.add_option("--candidates", request.candidates, "Drawings of each picture [4]")->check(CLI::Range(1, 4096));
    verb.add_option("--temperature", request.temperature, "Divides the logits before drawing [1]")
        ->check(CLI::Range(0.01, 100.0));
    verb.add_option("--top-k", request.topK, "Draw from the k likeliest colours; 0 = all [0]")
        ->check(CLI::Range(0, 4096));
    verb.add_option("--top-p", request.topP, "Draw from the likeliest colours that together reach this share [1]")
        ->check(CLI::Range(1e-6, 1.0));
    verb.add_flag("--conditioned", request.conditioned,
                  "Pixels that are given below and right of painted ones shape them, by sequential Monte Carlo");
    verb.add_option("--particles", request.particles, "Of each candidate, if conditioned [32]")
        ->check(CLI::Range(1, 4096));
    verb.add_option("--passes", request.passes,
                    "BERT: passes in which the painted pixels are filled, the surest first [1]")
        ->check(CLI::Range(1, 65536));
    verb.add_flag("--bf16-cache", request.bf16Cache,
                  "Keep keys and values in bfloat16: faster for large models, and probabilities change a little");
    verb.add_option("--threads", request.threads, "CPU threads; 0 = all cores [0]")->check(CLI::Range(0, 1024));
  }

  nlohmann::ordered_json json() const {
    return {{"temperature", request.temperature},
            {"topK", request.topK},
            {"topP", request.topP},
            {"seed", request.seed},
            {"conditioned", request.conditioned},
            {"particles", request.conditioned ? request.particles : 1},
            {"passes", request.passes},
            {"bf16Cache", request.bf16Cache}};
  }
};

/// Says on the standard error that a model that draws in raster order does not see all that it is given.
void sayUnseen(const ModelFacts& facts, const DrawRequest& request) {
  const int64_t late = givenAfterPainted(request.paint);
  if (facts.objective == Objective::Bert || request.conditioned || late == 0) return;
  fmt::print(
      stderr,
      "note: {} given pixels come after the first painted one. They are kept, but the model has not seen them when "
      "it paints above; with --conditioned they count.\n",
      late);
}

void writeTokens(const std::filesystem::path& file, std::vector<int64_t> shape,
                 std::span<const std::vector<std::vector<Token>>> drawn) {
  std::vector<uint16_t> ids;
  for (const auto& candidates : drawn)
    for (const auto& tokens : candidates) ids.insert(ids.end(), tokens.begin(), tokens.end());
  writeNpy<uint16_t>(file, shape, ids);
}

class CompleteVerb final : public StudioVerb {
 public:
  explicit CompleteVerb(CLI::App& studio)
      : StudioVerb(studio, "complete", "Paint a part of pictures, or whole ones if none is named",
                   {".png", ".npy", ".json"}) {
    options_.addPictures(app());
    options_.addMask(app(), "The part to paint [lower; whole pictures if none is named]");
    drawing_.add(app());
  }

  StudioAnswer answer(StudioSession& session) override {
    const ModelFacts& facts = session.facts();
    const auto n = static_cast<size_t>(facts.across * facts.down);
    drawing_.request.seed = options_.seed;
    drawing_.request.paint = PaintMask(n, 1);
    if (session.namesPictures()) {
      pictures_ = session.pictures();
      drawing_.request.paint = session.mask();
    } else {
      pictures_.push_back({.name = "whole", .tokens = std::vector<Token>(n), .row = {}});
      if (!options_.mask.empty()) throw Error("--mask needs a picture: name one with --image or --split.");
    }
    sayUnseen(facts, drawing_.request);
    const auto total = std::ssize(pictures_);
    for (int64_t i = 0; i < total; ++i) {
      const Control control = session.begin(fmt::format("Painting {}", pictures_[static_cast<size_t>(i)].name));
      DrawRequest request = drawing_.request;
      request.picture = pictures_[static_cast<size_t>(i)].tokens;
      request.pictureIndex = i;
      const Control quiet = control.within({.report = [](int64_t, int64_t) {}});
      drawings_.push_back(session.model().draw(
          request, [&](const DrawProgress& progress) { control.report(progress.done, progress.total); }, quiet));
    }
    StudioAnswer answer;
    answer.writers.png = [this, &session](const auto& file) { writePng(file, sheet(session, session.scale() / 2)); };
    answer.writers.npy = [this, &facts](const auto& file) {
      std::vector<std::vector<std::vector<Token>>> drawn;
      for (const Drawing& drawing : drawings_) drawn.push_back(drawing.candidates);
      writeTokens(file, {std::ssize(drawings_), drawing_.request.candidates, facts.across * facts.down}, drawn);
    };
    answer.writers.json = [this, &session] { return json(session); };
    answer.words = words(session);
    return answer;
  }

 private:
  /// A row a picture: the original, its given part, and the candidates.
  Image sheet(const StudioSession& session, int64_t scale) const {
    const bool isWhole = !session.namesPictures();
    std::vector<Image> all;
    for (size_t i = 0; i < pictures_.size(); ++i) {
      if (!isWhole) {
        const Image original = session.image(pictures_[i].tokens);
        all.push_back(original);
        all.push_back(withHoles(original, drawing_.request.paint, session.facts().across));
      }
      for (Image& image : session.images(drawings_[i].candidates)) all.push_back(std::move(image));
    }
    const int64_t columns = isWhole ? std::min<int64_t>(8, std::ssize(all)) : 2 + drawing_.request.candidates;
    return pictureSheet(all, {}, columns, std::max<int64_t>(1, scale));
  }

  std::string words(const StudioSession& session) const {
    std::string text;
    if (session.facts().palette || session.facts().isCodes) text = drawPicture(sheet(session, 1), Terminal::ofStdout());
    for (size_t i = 0; i < pictures_.size(); ++i) {
      text += pictures_[i].name + ":";
      for (const double nats : drawings_[i].nats) text += fmt::format(" {:.3f}", nats);
      text += " nats a painted pixel\n";
    }
    return text;
  }

  nlohmann::ordered_json json(const StudioSession& session) const {
    auto result = modelJson(session);
    result["settings"] = drawing_.json();
    result["mask"] = drawing_.request.paint;
    result["pictures"] = nlohmann::ordered_json::array();
    for (size_t i = 0; i < pictures_.size(); ++i) {
      nlohmann::ordered_json picture{{"name", pictures_[i].name},
                                     {"tokens", pictures_[i].tokens},
                                     {"candidates", drawings_[i].candidates},
                                     {"nats", drawings_[i].nats}};
      if (!drawings_[i].effectiveShare.empty()) {
        picture["effectiveShare"] = drawings_[i].effectiveShare;
        picture["logEvidence"] = drawings_[i].logEvidence;
      }
      result["pictures"].push_back(std::move(picture));
    }
    return result;
  }

  DrawOptions drawing_;
  std::vector<AskedPicture> pictures_;
  std::vector<Drawing> drawings_;
};

class FilmVerb final : public StudioVerb {
 public:
  explicit FilmVerb(CLI::App& studio)
      : StudioVerb(studio, "film", "One picture and mask through all checkpoints of a run",
                   {".gif", ".png", ".apng", ".npy", ".json"}) {
    options_.addPictures(app());
    options_.addMask(app(), "The part to paint [lower]");
    drawing_.add(app());
    app().add_flag("--sheet", sheet_, "A .png with the steps below each other, instead of a film");
    app()
        .add_option("--milliseconds", layout_.milliseconds, "How long a step is shown [400]")
        ->check(CLI::Range(20, 60'000));
    app().add_option("--columns", layout_.columns, "Candidates beside each other [8]")->check(CLI::Range(1, 256));
    app().add_option("--steps", most_, "Checkpoints at most, evenly chosen [200]")->check(CLI::Range(1, 10'000));
  }

  StudioAnswer answer(StudioSession& session) override {
    if (!session.run())
      throw Error(fmt::format("{} is one file. A film goes through the checkpoints of a run: name the run.",
                              session.file().string()));
    const ModelFacts& facts = session.facts();
    const auto n = static_cast<size_t>(facts.across * facts.down);
    DrawRequest& request = drawing_.request;
    request.seed = options_.seed;
    request.paint = PaintMask(n, 1);
    request.picture.assign(n, 0);
    name_ = "whole";
    if (session.namesPictures()) {
      const AskedPicture picture = session.pictures().front();
      name_ = picture.name;
      request.picture = picture.tokens;
      request.paint = session.mask();
    }
    sayUnseen(facts, request);
    const auto steps = timelineSteps(session.store(), *session.run(), most_);
    const Control control = session.begin(fmt::format("Painting with {} checkpoints", steps.size()));
    drawTimeline(
        session.engine(), steps, request, [this](TimelineFrame frame) { frames_.push_back(std::move(frame)); },
        control);
    layout_.scale = options_.scale;
    StudioAnswer answer;
    answer.writers.gif = [this](const auto& file) { writeTimeline(file, frames_, layout_); };
    answer.writers.png = [this](const auto& file) {
      sheet_ ? writePng(file, timelineSheet(frames_, layout_)) : writeTimeline(file, frames_, layout_);
    };
    answer.writers.npy = [this, n](const auto& file) {
      std::vector<std::vector<std::vector<Token>>> drawn;
      for (const TimelineFrame& frame : frames_) drawn.push_back(frame.drawing.candidates);
      writeTokens(file, {std::ssize(frames_), drawing_.request.candidates, static_cast<int64_t>(n)}, drawn);
    };
    answer.writers.json = [this, &session] { return json(session); };
    for (const TimelineFrame& frame : frames_)
      answer.words += fmt::format("step {:>8}  {:.3f} nats a painted pixel\n", frame.step, meanNats(frame));
    return answer;
  }

 private:
  static double meanNats(const TimelineFrame& frame) {
    double sum = 0;
    for (const double nats : frame.drawing.nats) sum += nats;
    return sum / static_cast<double>(std::max<size_t>(1, frame.drawing.nats.size()));
  }

  nlohmann::ordered_json json(const StudioSession& session) const {
    auto result = modelJson(session);
    result.erase("step");
    result["settings"] = drawing_.json();
    result["picture"] = {{"name", name_}, {"tokens", drawing_.request.picture}};
    result["mask"] = drawing_.request.paint;
    result["steps"] = nlohmann::ordered_json::array();
    for (const TimelineFrame& frame : frames_)
      result["steps"].push_back(
          {{"step", frame.step}, {"candidates", frame.drawing.candidates}, {"nats", frame.drawing.nats}});
    return result;
  }

  DrawOptions drawing_;
  TimelineLayout layout_;
  bool sheet_ = false;
  int64_t most_ = 200;
  std::string name_;
  std::vector<TimelineFrame> frames_;
};

}  // namespace

std::unique_ptr<StudioVerb> makeStudioComplete(CLI::App& studio) {
  return std::make_unique<CompleteVerb>(studio);
}

std::unique_ptr<StudioVerb> makeStudioFilm(CLI::App& studio) {
  return std::make_unique<FilmVerb>(studio);
}

}  // namespace scanline
