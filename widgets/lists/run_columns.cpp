#include "widgets/lists/run_columns.h"

#include <QCoreApplication>
#include <QStringList>
#include <array>
#include <cmath>

#include "core/base/statistics.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/run_text.h"
#include "widgets/parts/table_copy.h"

namespace scanline::columns {

namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("scanline::columns", text);
}

QString joined(const std::vector<std::string>& words) {
  QStringList list;
  for (const auto& word : words) list << QString::fromStdString(word);
  return list.join(QStringLiteral(", "));
}

constexpr std::array<const char*, kFixed> kFields{"name",     "state", "kind",     "data", "parameters",
                                                  "progress", "loss",  "accuracy", "tag",  "created"};

}  // namespace

QString title(int column) {
  static constexpr std::array<const char*, kFixed> kTitles{
      QT_TRANSLATE_NOOP("scanline::columns", "Run"),       QT_TRANSLATE_NOOP("scanline::columns", "State"),
      QT_TRANSLATE_NOOP("scanline::columns", "Kind"),      QT_TRANSLATE_NOOP("scanline::columns", "Data set"),
      QT_TRANSLATE_NOOP("scanline::columns", "Model"),     QT_TRANSLATE_NOOP("scanline::columns", "Progress"),
      QT_TRANSLATE_NOOP("scanline::columns", "Best loss"), QT_TRANSLATE_NOOP("scanline::columns", "Accuracy"),
      QT_TRANSLATE_NOOP("scanline::columns", "Tags"),      QT_TRANSLATE_NOOP("scanline::columns", "Created")};
  return column >= 0 && column < kFixed ? tr(kTitles[static_cast<size_t>(column)]) : QString();
}

QString headerTip(int column) {
  if (column == BestLoss) return tr("Best validation loss: nats, or the mean squared error of a VQ-VAE");
  if (column == BestProbe)
    return tr("Of the best linear probe, or of a fine-tuned classifier on the validation images");
  return {};
}

bool alignsRight(int column) {
  return column == BestLoss;
}

QString cellText(const RunSummary& run, int column) {
  switch (column) {
    case Name:
      return QString::fromStdString(run.name);
    case State:
      return text::stateName(run.state);
    case Kind:
      return text::kindName(run.kind);
    case Dataset:
      return QString::fromStdString(run.dataset);
    case Model:
      return text::modelSize(run);
    case Progress:
      return text::progressText(run);
    case BestLoss:
      return !run.bestLoss                ? QString()
             : run.kind == RunKind::Vqvae ? text::number(*run.bestLoss)
                                          : text::nats(*run.bestLoss);
    case BestProbe:
      return text::bestProbe(run);
    case Tags:
      return joined(run.tags);
    case Created:
      return text::dateTime(run.createdMs);
    default:
      return {};
  }
}

QString cellText(const RunCell& cell, RunField::Unit unit) {
  if (cell.kind == RunCell::Kind::Text) return QString::fromStdString(cell.text);
  return cell.kind == RunCell::Kind::Number ? numberText(cell.number, unit) : QString();
}

QString numberText(double number, RunField::Unit unit) {
  constexpr double kMostExact = 1e15;
  if (!(std::abs(number) < kMostExact)) return text::number(number);
  switch (unit) {
    case RunField::Unit::Share:
      return text::percent(number);
    case RunField::Unit::Seconds:
      return text::duration(std::llround(1000 * number));
    case RunField::Unit::Time:
      return text::dateTime(std::llround(number));
    case RunField::Unit::Bool:
      return number != 0 ? tr("true") : tr("false");
    case RunField::Unit::None:
      break;
  }
  return number == std::floor(number) ? text::steps(static_cast<int64_t>(number)) : text::number(number);
}

QString spreadText(const RunGroup::Spread& spread, RunField::Unit unit) {
  if (spread.count == 0) return {};
  if (unit == RunField::Unit::Bool) return text::percent(spread.mean);  // the share of runs where it is true
  if (spread.count == 1) return numberText(spread.mean, unit);
  switch (unit) {
    case RunField::Unit::Share:
      return QString::fromStdString(shareSpreadText(spread.mean, spread.deviation));
    case RunField::Unit::Seconds:
    case RunField::Unit::Time: {
      const double ms = unit == RunField::Unit::Time ? 1 : 1000;
      return tr("%1 ± %2").arg(numberText(spread.mean, unit), text::duration(std::llround(ms * spread.deviation)));
    }
    default:
      return QString::fromStdString(scanline::spreadText(spread.mean, spread.deviation));
  }
}

QString copiedText(const RunSummary& run, int column) {
  switch (column) {
    case Model:
      return run.parameters > 0 ? QString::number(run.parameters) : QString();
    case Progress:
      return takesSteps(run) ? QString::number(run.step) : QString();
    case BestLoss:
      return run.bestLoss ? copiedNumber(*run.bestLoss) : QString();
    case BestProbe:
      return run.bestAccuracy ? copiedNumber(*run.bestAccuracy) : QString();
    default:
      return cellText(run, column);
  }
}

QString copiedText(const RunCell& cell) {
  return cell.kind == RunCell::Kind::Number ? copiedNumber(cell.number) : cellText(cell);
}

QString toolTip(const RunSummary& run, const RunSummary* parent, int column) {
  if (column == BestLoss && run.bestLossStep)
    return tr("Best validation loss: %1 at step %2").arg(text::bestLoss(run), text::steps(*run.bestLossStep));
  if (column == BestProbe && run.bestAccuracyStep)
    return (run.kind == RunKind::Finetune ? tr("Best validation accuracy, at step %1")
                                          : tr("Best linear probe, at step %1"))
        .arg(text::steps(*run.bestAccuracyStep));
  QStringList lines{QString::fromStdString(run.name),
                    takesSteps(run) ? tr("%1, %2").arg(text::stateName(run.state), text::progressText(run))
                                    : text::stateName(run.state)};
  if (!run.detail.empty()) lines << QString::fromStdString(run.detail);
  if (parent)
    lines << (text::isSearch(*parent) ? tr("Trial of “%1”") : tr("Comes from “%1”"))
                 .arg(QString::fromStdString(parent->name));
  if (!run.tags.empty()) lines << tr("Tags: %1").arg(joined(run.tags));
  return lines.join(QLatin1Char('\n'));
}

std::string field(int column) {
  return column >= 0 && column < kFixed ? kFields[static_cast<size_t>(column)] : "";
}

int columnOf(const std::string& field) {
  for (int column = 0; column < kFixed; ++column)
    if (field == kFields[static_cast<size_t>(column)]) return column;
  return -1;
}

bool startsDescending(int column) {
  return column == Created || column == BestProbe || column == Model || column == Progress;
}

}  // namespace scanline::columns
