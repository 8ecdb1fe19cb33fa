#include "core/learn/evaluate/probe_predictions.h"

#include <algorithm>
#include <atomic>
#include <numeric>

#include "core/learn/evaluate/linear_probe.h"
#include "core/learn/evaluate/side_by_side.h"

namespace scanline {

namespace {

constexpr int64_t kSteps = 1000;       ///< of the progress
constexpr int64_t kStepsToRead = 700;  ///< of them while pictures are seen, an estimate

class Predictor {
 public:
  Predictor(const Gpt& model, const ProbeQuestion& question, const Control& control)
      : question_(question),
        control_(control),
        reader_({.model = model, .maskRate = question.maskRate, .masks = question.masks}, question.spec,
                question.seed) {}

  std::vector<LayerPredictions> run(int64_t bytes) {
    const int64_t masks = reader_.masksScored(), train = question_.train.tokens.count,
                  scored = masks * (question_.held.tokens.count + question_.asked.tokens.count);
    const auto plan = planReading(reader_, question_.layers, train + scored, bytes);
    toRead_ = std::max<int64_t>(1, std::ssize(plan.parts) * (train + scored));
    for (const auto& part : plan.parts) {
      const auto train_NGD = read(question_.train, part.layers, 1, plan.type);
      const auto held_NGD = read(question_.held, part.layers, masks, plan.type);
      const auto asked_NGD = read(question_.asked, part.layers, masks, plan.type);
      const auto first = predictions_.size();
      predictions_.resize(first + part.probed.size());
      const auto window = [&](const at::Tensor& x_NGD, int64_t layer) {
        return joinedFeatures(x_NGD, part.layers, reader_.joinedAround(layer));
      };
      const bool areSmall = areSmallFits(question_.spec, train, reader_.width(), question_.classes);
      std::atomic<int64_t> fitted = std::ssize(predictions_) - std::ssize(part.probed);
      const auto turn = [&] { report(fitted); };
      sideBySide(std::ssize(part.probed), areSmall, control_, turn, [&](int64_t i, const Control& control) {
        const int64_t layer = part.probed[static_cast<size_t>(i)];
        const auto held_MD = window(held_NGD, layer);
        const auto best = fitBest(question_.spec, window(train_NGD, layer), question_.train.tokens.labels, held_MD,
                                  imagesOf(question_.held), control);
        predictions_[first + static_cast<size_t>(i)] = {
            .layer = layer,
            .l2 = best.probe.l2,
            .held = classify(best.probe, held_MD, imagesOf(question_.held)),
            .asked = classify(best.probe, window(asked_NGD, layer), imagesOf(question_.asked))};
        ++fitted;
      });
    }
    control_.report(kSteps, kSteps);
    return std::move(predictions_);
  }

 private:
  ScoredImages imagesOf(const ProbePictures& pictures) const {
    return {pictures.rows, pictures.tokens.labels, reader_.masksScored(), question_.classes, question_.seed};
  }

  at::Tensor read(const ProbePictures& pictures, LayerRange layers, int64_t masks, at::ScalarType type) {
    std::vector<int64_t> places(static_cast<size_t>(pictures.tokens.count));
    std::iota(places.begin(), places.end(), 0);
    const int64_t before = read_;
    const auto tell = [this, before](int64_t done, int64_t) {
      read_ = before + done;
      report(std::ssize(predictions_));
    };
    auto x_NGD =
        reader_.read(pictures.tokens, places, pictures.rows, layers, masks, type, control_.within({.report = tell}));
    read_ = before + masks * pictures.tokens.count;
    return x_NGD;
  }

  void report(int64_t fitted) const {
    const double read = static_cast<double>(read_) / static_cast<double>(toRead_);
    const double done = static_cast<double>(fitted) / static_cast<double>(std::ssize(question_.layers));
    control_.report(static_cast<int64_t>(kStepsToRead * read + (kSteps - kStepsToRead) * done), kSteps);
  }

  const ProbeQuestion& question_;
  const Control& control_;
  FeatureReader reader_;
  int64_t toRead_ = 1, read_ = 0;
  std::vector<LayerPredictions> predictions_;
};

}  // namespace

std::vector<LayerPredictions> predictionsOf(const Gpt& model, const ProbeQuestion& question, const Control& control,
                                            int64_t bytes) {
  const c10::InferenceMode valuesOnly;
  return Predictor(model, question, control).run(bytes);
}

}  // namespace scanline
