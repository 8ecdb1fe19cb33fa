#include "core/learn/evaluate/low_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/learn/evaluate/linear_probe.h"
#include "core/learn/evaluate/side_by_side.h"

namespace scanline {

namespace {

/// `perClass` rows of each class, ascending.
std::vector<int64_t> drawSubset(const TokenSet& train, std::span<const std::string> classNames, int64_t perClass,
                                int64_t subset, uint64_t seed) {
  std::vector<std::vector<int64_t>> byClass(classNames.size());
  for (size_t row = 0; row < train.labels.size(); ++row)
    byClass.at(static_cast<size_t>(train.labels[row])).push_back(static_cast<int64_t>(row));
  RandomStream random(seed, Purpose::LowDataSubset, static_cast<uint64_t>(perClass), static_cast<uint32_t>(subset));
  std::vector<int64_t> chosen;
  for (size_t label = 0; label < byClass.size(); ++label) {
    const auto& rows = byClass[label];
    if (std::ssize(rows) < perClass)
      throw Error(fmt::format(
          "The class {} has {} training images, and lowdata.labels asks for {} of each class. Ask for fewer, or give more images.",
          classNames[label], rows.size(), perClass));
    for (const int64_t place : drawRows(std::ssize(rows), perClass, random))
      chosen.push_back(rows[static_cast<size_t>(place)]);
  }
  std::ranges::sort(chosen);
  return chosen;
}

/// A number of labels with its subsets, and the best that was found for it.
struct Task {
  int64_t perClass = 0;
  std::vector<ChosenImages> subsets;

  struct Choice {
    int64_t layer = 0;
    ProbeScore mean;                  ///< on the validation images, over the subsets
    double l2 = 0;                    ///< the penalty
    std::vector<LinearProbe> probes;  ///< of each subset, in the process that fitted them; else empty
  };
  std::optional<Choice> choice;

  void consider(Choice other) {
    const bool wins = !choice || isBetter(other.mean, choice->mean) ||
                      (!isBetter(choice->mean, other.mean) && other.layer < choice->layer);
    if (wins) choice = std::move(other);
  }
};

class LowData {
 public:
  LowData(const ProbeSubject& subject, const ProbeSpec& probe, const LowDataSpec& lowData, const ProbeData& data,
          std::span<const std::string> classNames, uint64_t seed, const Control& control, const EventSink& sink)
      : reader_(subject, probe, seed), probe_(probe), data_(data), seed_(seed), control_(control), sink_(sink) {
    if (data.classes < 2 || data.train->labels.empty())
      throw Error("The data set has no classes to learn from few labels. Choose one with labels.");
    layers_ = lowData.layer >= 0 ? std::vector{lowData.layer} : probedLayers(probe, reader_.layers());
    held_ = chooseImages(*data.validation, probe.testImages, seed, 1);
    const bool mustChoose =
        layers_.size() > 1 || (probe.solver == ProbeSolver::Lbfgs && probePenalties(probe).size() > 1);
    if (held_.rows.empty() && (mustChoose || !hasTest()))
      throw Error(
          "There are no validation images to choose layer and penalty with. Set data.validationShare, or lowdata.layer and a single probe.l2.");
    for (const auto perClass : labelsPerClass(lowData)) {
      auto& task = tasks_.emplace_back(Task{.perClass = perClass});
      for (int64_t subset = 0; subset < lowData.subsets; ++subset)
        task.subsets.push_back(withLabels(*data.train, drawSubset(*data.train, classNames, perClass, subset, seed)));
    }
  }

  void run(int64_t bytes) {
    std::vector<int64_t> rows;
    for (const auto& task : tasks_)
      for (const auto& subset : task.subsets) rows.insert(rows.end(), subset.rows.begin(), subset.rows.end());
    std::ranges::sort(rows);
    const auto again = std::ranges::unique(rows);
    rows.erase(again.begin(), again.end());
    const auto plan =
        planReading(reader_, layers_, std::ssize(rows) + reader_.masksScored() * std::ssize(held_.rows), bytes);
    for (const auto& part : plan.parts) fit(part, plan.type, rows);
    for (const auto& task : tasks_) report(task);
  }

 private:
  bool hasTest() const { return data_.test != nullptr && !data_.test->labels.empty(); }
  ScoredImages scoredImages(const ChosenImages& chosen) const {
    return {chosen.rows, chosen.labels, reader_.masksScored(), data_.classes, seed_};
  }

  /// Every number of labels on every layer of `part`. `rows`: all rows of all subsets, ascending.
  void fit(const ReadingPlan::Part& part, at::ScalarType type, const std::vector<int64_t>& rows) {
    const auto train_NGD = reader_.read(*data_.train, rows, part.layers, 1, type, control_);
    const auto held_NGD =
        reader_.read(*data_.validation, held_.rows, part.layers, reader_.masksScored(), type, control_);

    int64_t most = 0;
    for (const auto& task : tasks_) most = std::max(most, std::ssize(task.subsets.front().rows));
    const int64_t tasks = std::ssize(tasks_), count = std::ssize(part.probed) * tasks;
    const auto fitOne = [&](int64_t i, const Control& control) {
      const int64_t layer = part.probed[static_cast<size_t>(i / tasks)];
      const auto window = reader_.joinedAround(layer);
      return bestPenalty(tasks_[static_cast<size_t>(i % tasks)], layer, joinedFeatures(train_NGD, part.layers, window),
                         rows, joinedFeatures(held_NGD, part.layers, window), control);
    };
    if (reader_.divided() != nullptr) return fitDivided(count, fitOne);
    std::mutex mutex;
    sideBySide(
        count, areSmallFits(probe_, most, reader_.width(), data_.classes), control_, [] {},
        [&](int64_t i, const Control& control) {
          auto choice = fitOne(i, control);
          const std::scoped_lock lock(mutex);
          tasks_[static_cast<size_t>(i % tasks)].consider(std::move(choice));
        });
  }

  /// Every process makes some of the fits and learns how those of the others do.
  void fitDivided(int64_t count, const std::function<Task::Choice(int64_t, const Control&)>& fitOne) {
    std::vector<std::vector<LinearProbe>> own(static_cast<size_t>(count));
    const auto make = [&](int64_t i, const Control& control) {
      auto choice = fitOne(i, control);
      own[static_cast<size_t>(i)] = std::move(choice.probes);
      Packed bytes;
      bytes.add(choice.layer).add(choice.mean.accuracy).add(choice.mean.loss).add(choice.l2);
      return std::move(bytes).take();
    };
    const auto all = reader_.divided()->all(count, make, control_);
    for (size_t i = 0; i < all.size(); ++i) {
      Task::Choice choice{.probes = std::move(own[i])};
      Unpacked rest(all[i]);
      rest.read(choice.layer);
      rest.read(choice.mean.accuracy);
      rest.read(choice.mean.loss);
      rest.read(choice.l2);
      tasks_[i % tasks_.size()].consider(std::move(choice));
    }
  }

  Task::Choice bestPenalty(const Task& task, int64_t layer, const at::Tensor& train_ND,
                           const std::vector<int64_t>& rows, const at::Tensor& held_MD, const Control& control) const {
    std::vector<Task::Choice> choices;  // of each penalty
    for (const auto& subset : task.subsets) {
      std::vector<int64_t> places;
      for (const auto row : subset.rows) places.push_back(std::ranges::lower_bound(rows, row) - rows.begin());
      auto probes = fitProbes(probe_, train_ND.index_select(0, at::tensor(places, at::kLong)), subset.labels,
                              data_.classes, seed_, control);
      choices.resize(probes.size(), {.layer = layer});
      for (size_t k = 0; k < probes.size(); ++k) {
        const auto scored = score(probes[k], held_MD, scoredImages(held_));
        choices[k].mean.accuracy += scored.accuracy / static_cast<double>(task.subsets.size());
        choices[k].mean.loss += scored.loss / static_cast<double>(task.subsets.size());
        choices[k].l2 = probes[k].l2;
        choices[k].probes.push_back(std::move(probes[k]));
      }
    }
    const auto best =
        std::ranges::min_element(choices, [](const auto& a, const auto& b) { return isBetter(a.mean, b.mean); });
    return std::move(*best);
  }

  void report(const Task& task) {
    const auto& choice = *task.choice;
    if (!held_.rows.empty())
      sink_(LogLine{
          LogLine::Level::Info,
          fmt::format(
              "{} labels a class: layer {} with penalty {:g}, {:.1f} % of {} validation images right on average.",
              task.perClass, choice.layer, choice.l2, 100 * choice.mean.accuracy, held_.rows.size())});
    const auto scored = hasTest() ? chooseImages(*data_.test, 0, seed_, 2) : held_;
    const auto window = reader_.joinedAround(choice.layer);
    auto& x_MGD = scoredFeatures_[choice.layer];
    if (!x_MGD.defined())
      x_MGD = reader_.read(*scored.images, scored.rows, window, reader_.masksScored(), at::kFloat, control_);
    for (size_t subset = 0; subset < task.subsets.size(); ++subset) {
      const auto result = scoreOf(choice, subset, joinedFeatures(x_MGD, window, window), scored);
      sink_(LowDataResult{.labelsPerClass = task.perClass,
                          .subset = static_cast<int64_t>(subset),
                          .layer = choice.layer,
                          .accuracy = result.accuracy,
                          .loss = result.loss});
    }
  }

  ProbeScore scoreOf(const Task::Choice& choice, size_t subset, const at::Tensor& x_MD, const ChosenImages& scored) {
    const auto here = [&] { return score(choice.probes[subset], x_MD, scoredImages(scored)); };
    if (reader_.divided() == nullptr) return here();
    ProbeScore result;
    const auto make = [&](const Control&) {
      if (choice.probes.empty()) return Divided::Bytes();
      const auto own = here();
      return std::move(Packed().add(own.accuracy).add(own.loss)).take();
    };
    for (const auto& bytes : reader_.divided()->each(make, control_)) {
      if (bytes.empty()) continue;
      Unpacked rest(bytes);
      rest.read(result.accuracy);
      rest.read(result.loss);
    }
    return result;
  }

  FeatureReader reader_;
  const ProbeSpec& probe_;
  const ProbeData& data_;
  uint64_t seed_;
  const Control& control_;
  const EventSink& sink_;
  std::vector<int64_t> layers_;
  ChosenImages held_;
  std::vector<Task> tasks_;
  std::map<int64_t, at::Tensor> scoredFeatures_;  ///< by layer
};

}  // namespace

void probeLowData(const ProbeSubject& subject, const ProbeSpec& probe, const LowDataSpec& lowData,
                  const ProbeData& data, std::span<const std::string> classNames, uint64_t seed, const Control& control,
                  const EventSink& sink, int64_t bytes) {
  const c10::InferenceMode valuesOnly;
  LowData(subject, probe, lowData, data, classNames, seed, control, sink).run(bytes);
}

}  // namespace scanline
