#include "widgets/pages/compare_rows.h"

#include <QObject>
#include <algorithm>
#include <cmath>

#include "core/spec/fields.h"
#include "core/spec/spec_text.h"
#include "widgets/parts/number_text.h"
#include "widgets/plot/chart_types.h"

namespace scanline {

namespace {

const QString kDash = QStringLiteral("–");

QString tr(const char* text) {
  return QObject::tr(text);
}

/// Index of the smallest measured score, if only one run has it; scores are NaN where nothing was measured.
int bestOf(const std::vector<double>& scores) {
  int best = -1;
  bool tied = false;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (std::isnan(scores[i])) continue;
    if (best < 0 || scores[i] < scores[static_cast<size_t>(best)]) {
      best = static_cast<int>(i);
      tied = false;
    } else if (scores[i] == scores[static_cast<size_t>(best)]) {
      tied = true;
    }
  }
  return tied || scores.size() < 2 ? -1 : best;
}

void markDifferences(CompareRow& row, int base) {
  for (const auto& value : row.values) row.differs.push_back(value != row.values[base]);
}

/// `words(run)` is shown; `score(run)` is smallest for the best run, NaN for none.
template <class Words, class Score>
CompareRow result(const QString& label, const std::vector<ComparedRun>& runs, Words words, Score score) {
  CompareRow row{CompareRow::Kind::Result, {}, label, {}, {}, -1};
  std::vector<double> scores;
  for (const auto& run : runs) {
    row.values << words(run);
    scores.push_back(score(run));
    row.differs.push_back(false);
  }
  row.best = bestOf(scores);
  return row;
}

double none(const ComparedRun&) {
  return std::nan("");
}

QString rateWords(double rate) {
  return rate < 100 ? text::number(rate, 3) : text::steps(std::llround(rate));
}

QString atStep(const QString& value, const std::optional<int64_t>& step) {
  return step ? tr("%1 at step %2").arg(value, text::steps(*step)) : value;
}

std::vector<CompareRow> resultRows(const std::vector<ComparedRun>& runs) {
  using Run = const ComparedRun&;
  const auto nan = std::nan("");
  std::vector<CompareRow> rows;
  // Losses of different kinds stand beside each other, but none of them is the best.
  const QString unit = text::lossUnit(runs.front().spec);
  const bool mixed = std::ranges::any_of(runs, [&](Run run) { return text::lossUnit(run.spec) != unit; });
  rows.push_back(result(
      mixed ? tr("Best validation loss") : tr("Best validation, %1").arg(unit), runs,
      [mixed](Run run) {
        if (!run.summary.bestLoss) return kDash;
        const QString value = text::nats(*run.summary.bestLoss);
        return atStep(mixed ? tr("%1 %2").arg(value, text::lossUnit(run.spec)) : value, run.summary.bestLossStep);
      },
      [nan, mixed](Run run) { return mixed ? nan : run.summary.bestLoss.value_or(nan); }));
  const bool anyClassifier = std::ranges::any_of(runs, [](Run run) { return run.spec.kind == RunKind::Finetune; });
  rows.push_back(result(
      anyClassifier ? tr("Best probe or classifier") : tr("Best probe"), runs,
      [](Run run) {
        return run.summary.bestAccuracy ? atStep(text::percent(*run.summary.bestAccuracy), run.summary.bestAccuracyStep)
                                        : kDash;
      },
      [nan](Run run) { return run.summary.bestAccuracy ? -*run.summary.bestAccuracy : nan; }));
  rows.push_back(result(
      tr("Best layer"), runs,
      [](Run run) {
        return run.summary.bestLayer ? tr("%1 of %2").arg(*run.summary.bestLayer).arg(run.summary.layers) : kDash;
      },
      none));
  rows.push_back(result(
      tr("Parameters"), runs,
      [](Run run) { return run.summary.parameters > 0 ? text::count(run.summary.parameters) : kDash; }, none));
  rows.push_back(result(
      tr("Steps done"), runs,
      [](Run run) {
        if (isOneLook(run.spec.kind)) return kDash;
        return tr("%1 of %2").arg(text::steps(run.summary.step), text::steps(run.summary.steps));
      },
      none));
  rows.push_back(result(
      tr("Images a second"), runs,
      [](Run run) { return run.imagesPerSecond > 0 ? rateWords(run.imagesPerSecond) : kDash; },
      [nan](Run run) { return run.imagesPerSecond > 0 ? -run.imagesPerSecond : nan; }));
  rows.push_back(result(
      tr("Time running"), runs,
      [](Run run) { return run.summary.activeMs > 0 ? text::duration(run.summary.activeMs) : kDash; }, none));
  return rows;
}

QString oneLine(QString text) {
  return text.replace('\t', ' ').replace('\n', ' ');
}

}  // namespace

bool CompareRow::isEqual() const {
  return std::all_of(values.begin(), values.end(), [this](const QString& value) { return value == values.front(); });
}

std::vector<CompareRow> compareRows(const std::vector<ComparedRun>& runs, int base, bool onlyDifferences) {
  if (runs.empty()) return {};
  std::vector<CompareRow> rows{{CompareRow::Kind::Heading, {}, tr("Results"), {}, {}, -1}};
  for (auto& row : resultRows(runs)) rows.push_back(std::move(row));
  const size_t heading = rows.size();
  rows.push_back({CompareRow::Kind::Heading, {}, tr("Settings"), {}, {}, -1});
  forEachField(runs.front().spec, [&](const FieldInfo& info, const auto&) {
    CompareRow row;
    row.key = QString::fromUtf8(info.key.data(), static_cast<qsizetype>(info.key.size()));
    row.label = QString::fromUtf8(info.label.data(), static_cast<qsizetype>(info.label.size()));
    // A setting without effect on a run is no difference.
    for (const auto& run : runs)
      row.values << (isUsed(run.spec, info.key) ? QString::fromStdString(fieldText(run.spec, info.key)) : kDash);
    markDifferences(row, base);
    if (!onlyDifferences || (!row.isEqual() && row.key != QStringLiteral("name"))) rows.push_back(std::move(row));
  });
  if (rows.size() == heading + 1)
    rows.back().label = runs.size() > 1 ? tr("Settings: all the same") : tr("Settings: tick a second run to compare");
  else if (onlyDifferences)
    rows[heading].label = tr("Settings that differ");
  return rows;
}

QString toTsv(const std::vector<ComparedRun>& runs, const std::vector<CompareRow>& rows) {
  QString tsv;
  for (const auto& run : runs) tsv += '\t' + oneLine(QString::fromStdString(run.summary.name));
  tsv += '\n';
  for (const auto& row : rows) {
    if (row.kind == CompareRow::Kind::Heading) continue;
    tsv += oneLine(row.key.isEmpty() ? row.label : row.key);
    for (const auto& value : row.values) tsv += '\t' + oneLine(value);
    tsv += '\n';
  }
  return tsv;
}

}  // namespace scanline
