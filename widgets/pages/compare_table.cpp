#include "widgets/pages/compare_table.h"

#include <QCoreApplication>
#include <algorithm>

#include "core/spec/fields.h"
#include "core/spec/spec_text.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/table_copy.h"

namespace scanline {

namespace {

const QString kDash = QStringLiteral("–");

using Run = const ComparedRun&;

QString tr(const char* text) {
  return QCoreApplication::translate("scanline", text);
}

QString fromView(std::string_view text) {
  return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
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

CompareCell measured(double number, const QString& text) {
  return {text, number, false};
}
CompareCell nothing() {
  return {kDash, std::nan(""), false};
}

template <class Cell>
CompareColumn result(const QString& label, const std::vector<ComparedRun>& runs, Cell cell) {
  CompareColumn column{CompareColumn::Kind::Result, {}, label, {}, -1};
  for (Run run : runs) column.cells.push_back(cell(run));
  return column;
}

/// `sign`: 1 where the smallest number is the best, -1 where the largest is.
CompareColumn judged(CompareColumn column, double sign) {
  std::vector<double> scores;
  for (const CompareCell& cell : column.cells) scores.push_back(sign * cell.number);
  column.best = bestOf(scores);
  return column;
}

CompareCell stepCell(const std::optional<int64_t>& step) {
  return step ? measured(static_cast<double>(*step), text::steps(*step)) : nothing();
}

/// Losses of different kinds stand beside each other with their units, but none of them is the best.
CompareColumn lossColumn(const std::vector<ComparedRun>& runs) {
  const auto unitOf = [](Run run) {
    return run.summary.kind == RunKind::Curves ? QString() : text::lossUnit(run.spec);
  };
  const QString unit = unitOf(runs.front());
  const bool mixed = std::ranges::any_of(runs, [&](Run run) { return unitOf(run) != unit; });
  auto column = result(mixed || unit.isEmpty() ? tr("Best validation loss") : tr("Best validation, %1").arg(unit), runs,
                       [&](Run run) {
                         if (!run.summary.bestLoss) return nothing();
                         const QString value = text::nats(*run.summary.bestLoss);
                         return measured(*run.summary.bestLoss, mixed ? tr("%1 %2").arg(value, unitOf(run)) : value);
                       });
  return mixed ? column : judged(std::move(column), 1);
}

std::vector<CompareColumn> resultColumns(const std::vector<ComparedRun>& runs) {
  const bool anyClassifier = std::ranges::any_of(runs, [](Run run) { return run.spec.kind == RunKind::Finetune; });
  std::vector<CompareColumn> columns{lossColumn(runs)};
  columns.push_back(result(tr("at step"), runs, [](Run run) { return stepCell(run.summary.bestLossStep); }));
  columns.push_back(judged(result(anyClassifier ? tr("Best probe or classifier, %") : tr("Best probe, %"), runs,
                                  [](Run run) {
                                    if (!run.summary.bestAccuracy) return nothing();
                                    const double percent = 100 * *run.summary.bestAccuracy;
                                    return measured(percent, QString::number(percent, 'f', 1));
                                  }),
                           -1));
  columns.push_back(result(tr("at step"), runs, [](Run run) { return stepCell(run.summary.bestAccuracyStep); }));
  columns.push_back(result(tr("Best layer"), runs, [](Run run) {
    if (!run.summary.bestLayer) return nothing();
    return measured(static_cast<double>(*run.summary.bestLayer), QString::number(*run.summary.bestLayer));
  }));
  columns.push_back(result(tr("Parameters"), runs, [](Run run) {
    if (run.summary.parameters == 0) return nothing();
    return measured(static_cast<double>(run.summary.parameters), text::count(run.summary.parameters));
  }));
  columns.push_back(result(tr("Steps done"), runs, [](Run run) {
    return isOneLook(run.spec.kind) ? nothing()
                                    : measured(static_cast<double>(run.summary.step), text::steps(run.summary.step));
  }));
  columns.push_back(result(tr("Images a second"), runs, [](Run run) {
    if (run.imagesPerSecond <= 0) return nothing();
    return measured(run.imagesPerSecond, run.imagesPerSecond < 100 ? text::number(run.imagesPerSecond, 3)
                                                                   : text::steps(std::llround(run.imagesPerSecond)));
  }));
  columns.push_back(result(tr("Time running, s"), runs, [](Run run) {
    if (run.summary.activeMs <= 0) return nothing();
    const double seconds = static_cast<double>(run.summary.activeMs) / 1000;
    return measured(seconds, text::steps(std::llround(seconds)));
  }));
  return columns;
}

CompareCell settingCell(Run run, std::string_view key) {
  // A setting without effect on a run is no difference, nor is an unknown one.
  if (!run.known.has(key) || !isUsed(run.spec, key)) return nothing();
  const QString value = QString::fromStdString(fieldText(run.spec, key));
  if (value.isEmpty()) return nothing();
  bool isNumber = false;
  const double number = value.toDouble(&isNumber);
  return isNumber ? measured(number, value) : CompareCell{value, std::nan(""), false};
}

QString spreadsheetText(const CompareCell& cell) {
  if (!std::isnan(cell.number)) return copiedNumber(cell.number);
  return cell.text == kDash ? QString() : cell.text;
}

}  // namespace

bool CompareColumn::isEqual() const {
  return std::ranges::all_of(cells, [this](const CompareCell& cell) { return cell.text == cells.front().text; });
}

std::vector<CompareColumn> compareColumns(const std::vector<ComparedRun>& runs, int base, bool onlyDifferences) {
  if (runs.empty()) return {};
  std::vector<CompareColumn> columns = resultColumns(runs);
  forEachField(runs.front().spec, [&](const FieldInfo& info, const auto&) {
    if (info.key == "name") return;  // the row says it
    CompareColumn column{CompareColumn::Kind::Setting, fromView(info.key), fromView(info.label), {}, -1};
    for (Run run : runs) column.cells.push_back(settingCell(run, info.key));
    const QString ofBase = column.cells[static_cast<size_t>(base)].text;
    for (CompareCell& cell : column.cells) cell.differs = cell.text != ofBase;
    if (!onlyDifferences || !column.isEqual()) columns.push_back(std::move(column));
  });
  return columns;
}

QString distinguishingName(size_t run, const std::vector<ComparedRun>& runs,
                           const std::vector<CompareColumn>& columns) {
  constexpr qsizetype kMostSettings = 3;
  QStringList parts;
  for (const CompareColumn& column : columns)
    if (column.kind == CompareColumn::Kind::Setting && !column.isEqual())
      parts << tr("%1 %2").arg(column.label.left(1).toLower() + column.label.mid(1), column.cells[run].text);
  if (parts.isEmpty() || parts.size() > kMostSettings) return QString::fromStdString(runs[run].summary.name);
  return parts.join(QStringLiteral(", "));
}

QString toTsv(const std::vector<ComparedRun>& runs, const std::vector<CompareColumn>& columns,
              const std::vector<int>& order) {
  QStringList titles{tr("Run")};
  for (const auto& column : columns) titles << column.label;
  QString tsv = copiedLine(titles);
  for (const int at : order) {
    QStringList cells{QString::fromStdString(runs[static_cast<size_t>(at)].summary.name)};
    for (const auto& column : columns) cells << spreadsheetText(column.cells[static_cast<size_t>(at)]);
    tsv += copiedLine(cells);
  }
  return tsv;
}

}  // namespace scanline
