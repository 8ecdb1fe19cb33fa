#include "core/learn/evaluate/probe.h"

#include <algorithm>
#include <functional>
#include <mutex>
#include <optional>

#include "core/learn/evaluate/linear_probe.h"
#include "core/learn/evaluate/side_by_side.h"
#include "core/run/probe_question.h"

namespace scanline {

namespace {

/// A layer's probe that is best on the validation images.
struct Fitted {
  std::optional<LinearProbe> probe;  ///< in the process that fitted it
  ProbeScore score;
  ProbeResult result;
};

Divided::Bytes packed(const ProbeResult& result) {
  Packed bytes;
  bytes.add(result.step).add(result.layer).add(result.accuracy).add(result.trainAccuracy).add(result.loss);
  bytes.add(result.iterations).add(result.converged).add(result.classes).add(result.l2).add(result.joined);
  bytes.add(result.testAccuracy.has_value()).add(result.testAccuracy.value_or(0));
  bytes.addList(std::span<const ConfusionCell>(result.confusion));
  return std::move(bytes).take();
}

ProbeResult unpackedResult(std::span<const std::byte> bytes) {
  ProbeResult result;
  Unpacked rest(bytes);
  for (auto* number : {&result.step, &result.layer}) rest.read(*number);
  for (auto* number : {&result.accuracy, &result.trainAccuracy, &result.loss}) rest.read(*number);
  rest.read(result.iterations);
  rest.read(result.converged);
  rest.read(result.classes);
  rest.read(result.l2);
  rest.read(result.joined);
  bool isTested = false;
  double testAccuracy = 0;
  rest.read(isTested);
  rest.read(testAccuracy);
  if (isTested) result.testAccuracy = testAccuracy;
  rest.readList(result.confusion);
  return result;
}

/// Results on their way from the threads that fit to the sink of the calling thread, in the order of layers. Keeps the
/// best.
class Desk {
 public:
  Desk(size_t count, const std::function<void(ProbeResult)>& sink) : waiting_(count), sink_(sink) {}

  void put(size_t place, Fitted fitted) {  // any thread
    const std::scoped_lock lock(mutex_);
    waiting_[place] = fitted.result;
    const bool wins = !best_ || isBetter(fitted.score, best_->score) ||
                      (!isBetter(best_->score, fitted.score) && fitted.result.layer < best_->result.layer);
    if (wins) best_ = std::move(fitted);
  }

  void deliver() {  // the calling thread
    for (;; ++next_) {
      std::optional<ProbeResult> result;
      {
        const std::scoped_lock lock(mutex_);
        if (next_ == waiting_.size() || !waiting_[next_]) return;
        result = std::exchange(waiting_[next_], std::nullopt);
      }
      sink_(std::move(*result));
    }
  }

  const std::optional<Fitted>& best() const { return best_; }  // once all threads are done

 private:
  std::mutex mutex_;
  std::vector<std::optional<ProbeResult>> waiting_;
  size_t next_ = 0;
  std::optional<Fitted> best_;
  const std::function<void(ProbeResult)>& sink_;
};

class Prober {
 public:
  Prober(const ProbeSubject& subject, const ProbeSpec& spec, const ProbeData& data, uint64_t seed, int64_t step,
         const Control& control, const std::function<void(ProbeResult)>& sink)
      : reader_(subject, spec, seed),
        spec_(spec),
        data_(data),
        seed_(seed),
        step_(step),
        control_(control),
        sink_(sink),
        train_(withLabels(*data.train, probeTrainingRows(data.train->labels, spec, seed))),
        held_(withLabels(*data.validation, probeScoredRows(data.validation->labels, spec, seed))),
        probed_(probedLayers(spec, reader_.layers())),
        desk_(probed_.size(), sink) {}

  void run(int64_t bytes) {
    const int64_t rows = std::ssize(train_.rows) + reader_.masksScored() * std::ssize(held_.rows);
    const auto plan = planReading(reader_, probed_, rows, bytes);
    size_t place = 0;
    for (const auto& part : plan.parts) {
      probe(part, plan.type, place);
      place += part.probed.size();
    }
    if (data_.test != nullptr && !data_.test->labels.empty()) testBest();
  }

 private:
  void probe(const ReadingPlan::Part& part, at::ScalarType type, size_t firstPlace) {
    const auto train_NGD = reader_.read(*train_.images, train_.rows, part.layers, 1, type, control_);
    const auto held_NGD = reader_.read(*held_.images, held_.rows, part.layers, reader_.masksScored(), type, control_);
    const bool areSmall = areSmallFits(spec_, std::ssize(train_.rows), reader_.width(), data_.classes);
    const auto deliver = [&] { desk_.deliver(); };
    const auto fitOne = [&](int64_t i, const Control& control) {
      const int64_t layer = part.probed[static_cast<size_t>(i)];
      const auto window = reader_.joinedAround(layer);
      return fit(layer, joinedFeatures(train_NGD, part.layers, window), joinedFeatures(held_NGD, part.layers, window),
                 control);
    };
    const int64_t count = std::ssize(part.probed);
    if (reader_.divided() == nullptr)
      sideBySide(count, areSmall, control_, deliver, [&](int64_t i, const Control& control) {
        desk_.put(firstPlace + static_cast<size_t>(i), fitOne(i, control));
      });
    else
      fitDivided(count, firstPlace, fitOne);
    desk_.deliver();
  }

  /// Every process fits some layers and learns how those of the others do.
  void fitDivided(int64_t count, size_t firstPlace, const std::function<Fitted(int64_t, const Control&)>& fitOne) {
    std::vector<Fitted> own(static_cast<size_t>(count));
    const auto make = [&](int64_t i, const Control& control) {
      auto& fitted = own[static_cast<size_t>(i)];
      fitted = fitOne(i, control);
      return packed(fitted.result);
    };
    const auto all = reader_.divided()->all(count, make, control_);
    for (size_t i = 0; i < all.size(); ++i) {
      auto result = unpackedResult(all[i]);
      const ProbeScore score{result.accuracy, result.loss, result.confusion};
      desk_.put(firstPlace + i, {std::move(own[i].probe), score, std::move(result)});
    }
  }

  Fitted fit(int64_t layer, const at::Tensor& train_ND, const at::Tensor& held_MD, const Control& control) const {
    auto best = fitBest(spec_, train_ND, train_.labels, held_MD, scoredImages(held_), control);
    ProbeResult result{.step = step_,
                       .layer = layer,
                       .accuracy = best.score.accuracy,
                       .trainAccuracy = best.probe.model.trainAccuracy,
                       .loss = best.score.loss,
                       .iterations = best.probe.model.iterations,
                       .converged = best.probe.model.converged,
                       .classes = data_.classes,
                       .confusion = best.score.confusion,
                       .l2 = best.probe.l2,
                       .joined = spec_.joined};
    return {std::move(best.probe), std::move(best.score), std::move(result)};
  }

  /// The layer was chosen on other images than those that it is reported on.
  void testBest() {
    const auto& best = *desk_.best();
    const auto test = chooseImages(*data_.test, 0, seed_, 2);
    const auto window = reader_.joinedAround(best.result.layer);
    const auto x_MGD = reader_.read(*test.images, test.rows, window, reader_.masksScored(), at::kFloat, control_);
    auto result = best.result;
    const auto accuracy = [&] {
      return score(*best.probe, joinedFeatures(x_MGD, window, window), scoredImages(test)).accuracy;
    };
    if (reader_.divided() == nullptr) {
      result.testAccuracy = accuracy();
    } else {
      const auto make = [&](const Control&) {
        return best.probe ? std::move(Packed().add(accuracy())).take() : Divided::Bytes();
      };
      for (const auto& bytes : reader_.divided()->each(make, control_))
        if (!bytes.empty()) Unpacked(bytes).read(result.testAccuracy.emplace());
    }
    sink_(std::move(result));
  }

  ScoredImages scoredImages(const ChosenImages& chosen) const {
    return {chosen.rows, chosen.labels, reader_.masksScored(), data_.classes, seed_};
  }

  FeatureReader reader_;
  const ProbeSpec& spec_;
  const ProbeData& data_;
  uint64_t seed_;
  int64_t step_;
  const Control& control_;
  const std::function<void(ProbeResult)>& sink_;
  ChosenImages train_, held_;
  std::vector<int64_t> probed_;
  Desk desk_;
};

}  // namespace

void probeLayers(const ProbeSubject& subject, const ProbeSpec& spec, const ProbeData& data, uint64_t seed, int64_t step,
                 const Control& control, const std::function<void(ProbeResult)>& sink, int64_t bytes) {
  if (data.train->labels.empty() || data.validation->labels.empty()) return;  // a set without classes
  const c10::InferenceMode valuesOnly;
  Prober(subject, spec, data, seed, step, control, sink).run(bytes);
}

}  // namespace scanline
