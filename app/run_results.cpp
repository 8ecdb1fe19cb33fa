#include "app/run_results.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

#include "core/base/statistics.h"
#include "core/store/search_series.h"
#include "widgets/pages/low_data_view.h"
#include "widgets/parts/number_text.h"
#include "widgets/plot/chart_types.h"

namespace scanline {

namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("scanline", text);
}

/// Numbers a pixel that the run's loss is spread over: 1 where its colours are greys, 3 where they are not. 0 where
/// bits per dimension have no meaning: a loss of masked pixels, of codes, of classes or of squared error is no
/// likelihood of a picture, and the unit of imported curves is unknown.
int channelsOf(const RunFacts& facts) {
  const ChartRun::Loss loss = lossOf(facts.spec);
  const bool ofPixels =
      facts.spec.palette.vqvae.empty() && (loss == ChartRun::Loss::NatsPerPixel || loss == ChartRun::Loss::Nats);
  const auto& colours = facts.details.prepared.palette;
  if (!ofPixels || facts.spec.model.objective != Objective::Autoregressive || colours.empty()) return 0;
  if (facts.details.summary.kind == RunKind::Curves) return 0;
  constexpr float kSameLevel = 1.0F / 255;  // half the distance of two levels, in -1..1
  const bool grey = std::ranges::all_of(colours, [](const Colour& colour) {
    return std::abs(colour[0] - colour[1]) < kSameLevel && std::abs(colour[1] - colour[2]) < kSameLevel;
  });
  return grey ? 1 : 3;
}

/// Collects the rows of one run.
class Rows {
  Q_DECLARE_TR_FUNCTIONS(scanline::Rows)

 public:
  explicit Rows(const RunFacts& facts) : facts_(facts) {}

  void add(const QString& name, const QString& value, const QString& detail = {}) {
    rows_.push_back({name, value, detail});
  }

  void addLosses() {
    const int channels = channelsOf(facts_);
    const auto facts = [&](const Point& loss) {
      return joined({facts_.details.summary.kind == RunKind::Curves ? QString() : text::lossUnit(facts_.spec),
                     channels > 0 ? text::bitsPerDim(loss.value, channels) : QString(), atStep(loss.step)});
    };
    if (const auto best = lowest(series::kValidationLoss))
      add(tr("Best validation loss"), text::nats(best->value), facts(*best));
    if (const auto test = last(series::kTestLoss)) add(tr("Test loss"), text::nats(test->value), facts(*test));
  }

  void addClassifier() {
    const auto validation = highest(series::kValidationAccuracy);
    if (validation) add(tr("Best validation accuracy"), text::percent(validation->value), atStep(validation->step));
    if (const auto test = last(series::kTestAccuracy))
      add(tr("Test accuracy"), text::percent(test->value),
          validation ? tr("of the checkpoint that was best on the validation images") : atStep(test->step));
    if (const auto loss = last(series::kClassifierLoss))
      add(tr("Classification loss"), text::nats(loss->value), tr("nats per image, last training step"));
  }

  void addProbe() {
    const auto best = std::ranges::max_element(facts_.probes, {}, &ProbeResult::accuracy);
    if (best == facts_.probes.end()) return;
    const int64_t depth = std::ranges::max(facts_.probes, {}, &ProbeResult::layer).layer;
    add(tr("Best layer"), QString::number(best->layer),
        joined({tr("of %1").arg(depth), best->step > 0 ? atStep(best->step) : QString()}));
    add(tr("Its probe on validation images"), text::percent(best->accuracy));
    if (best->testAccuracy) add(tr("Its probe on test images"), text::percent(*best->testAccuracy));
    add(tr("Its probe on its training images"), text::percent(best->trainAccuracy),
        best->converged ? QString() : tr("the solver did not converge"));
    if (best->l2 > 0)
      add(tr("L2 penalty"), text::rate(best->l2),
          facts_.spec.probe.l2Values.empty()
              ? QString()
              : tr("best of %1").arg(QString::fromStdString(facts_.spec.probe.l2Values)));
    if (best->joined > 1) add(tr("Layers joined"), QString::number(best->joined), tr("centred on the layer"));
  }

  void addLowData() {
    for (const LowDataMean& mean : meansOf(facts_.lowData)) {
      const QString value = mean.subsets > 1 ? QString::fromStdString(shareSpreadText(mean.mean, mean.deviation))
                                             : text::percent(mean.mean);
      const auto classes = std::ssize(facts_.details.prepared.classNames);
      // Each number of labels has a layer of its own, the same for all its subsets.
      const auto layer = std::ranges::find(facts_.lowData, mean.labelsPerClass, &LowDataResult::labelsPerClass)->layer;
      add(tr("%1 labels of each class").arg(text::steps(mean.labelsPerClass)), value,
          joined({classes > 0 ? tr("%1 in all").arg(text::steps(classes * mean.labelsPerClass)) : QString(),
                  mean.subsets == 1 ? tr("one subset") : tr("%1 subsets").arg(mean.subsets),
                  tr("layer %1").arg(layer)}));
    }
    if (!facts_.lowData.empty())
      add(tr("Scored on"), facts_.details.prepared.testImages > 0 ? tr("test images") : tr("validation images"));
  }

  void addVqvae() {
    if (const auto ratio = last("vqvae/psnr"))
      add(tr("Signal-to-noise ratio"), tr("%1 dB").arg(ratio->value, 0, 'f', 1),
          tr("of the reconstructed validation images, %1").arg(atStep(ratio->step)));
    if (const auto used = last("vqvae/usedCodes"))
      add(tr("Codes in use"), text::steps(std::llround(used->value)), tr("of %1").arg(facts_.spec.vqvae.codes));
    if (const auto value = last("vqvae/perplexity"))
      add(tr("Perplexity of the codebook"),
          value->value < 100 ? text::number(value->value, 3) : text::steps(std::llround(value->value)),
          tr("as hard to guess as so many codes used evenly"));
    if (const auto best = lowest(series::kValidationLoss))
      add(tr("Best validation loss"), text::number(best->value),
          joined({tr("mean squared error, pixels in −1..1"), atStep(best->step)}));
  }

  std::vector<ResultRow> take() { return std::move(rows_); }

 private:
  static QString atStep(int64_t step) { return tr("at step %1").arg(text::steps(step)); }
  static QString joined(QStringList parts) {
    parts.removeAll(QString());
    return parts.join(QStringLiteral(" · "));
  }

  const std::vector<Point>* pointsOf(std::string_view name) const {
    const auto at = facts_.points.find(std::string(name));
    return at == facts_.points.end() || at->second.empty() ? nullptr : &at->second;
  }
  std::optional<Point> last(std::string_view name) const {
    const auto* points = pointsOf(name);
    return points ? std::optional(points->back()) : std::nullopt;
  }
  /// The first of the best; NaN is none.
  template <class Better>
  std::optional<Point> best(std::string_view name, Better better) const {
    std::optional<Point> best;
    if (const auto* points = pointsOf(name))
      for (const Point& point : *points)
        if (std::isfinite(point.value) && (!best || better(point.value, best->value))) best = point;
    return best;
  }
  std::optional<Point> lowest(std::string_view name) const { return best(name, std::less<>()); }
  std::optional<Point> highest(std::string_view name) const { return best(name, std::greater<>()); }

  const RunFacts& facts_;
  std::vector<ResultRow> rows_;
};

}  // namespace

std::vector<ResultRow> resultRows(const RunFacts& facts) {
  Rows rows(facts);
  switch (facts.spec.kind) {
    case RunKind::Pretrain:
      rows.addLosses();
      rows.addProbe();
      break;
    case RunKind::Probe:
      rows.addProbe();
      break;
    case RunKind::Finetune:
      rows.addClassifier();
      rows.addLosses();
      break;
    case RunKind::LowData:
      rows.addLowData();
      break;
    case RunKind::Vqvae:
      rows.addVqvae();
      break;
    case RunKind::Search:
    case RunKind::Curves:
      break;
  }
  return rows.take();
}

std::vector<SearchTrial> searchTrials(const std::map<std::string, std::vector<Point>>& points) {
  std::vector<SearchTrial> trials;
  const auto rates = points.find(std::string(series::kSearchRate)),
             losses = points.find(std::string(series::kSearchLoss));
  if (rates == points.end()) return trials;
  for (const Point& rate : rates->second) {
    SearchTrial trial{.rate = rate.value, .loss = {}};
    if (losses != points.end())
      if (const auto loss = std::ranges::find(losses->second, rate.step, &Point::step); loss != losses->second.end())
        trial.loss = loss->value;
    trials.push_back(trial);
  }
  return trials;
}

QString searchLossName(const RunSpec& spec) {
  if (spec.kind == RunKind::Probe) return tr("validation loss of the best layer, nats per image");
  if (spec.kind == RunKind::Finetune && spec.finetune.loss != FinetuneLoss::Generative)
    return tr("validation error, share of images");
  return tr("final validation loss, %1").arg(text::lossUnit(spec));
}

}  // namespace scanline
