#pragma once

#include <QPointF>
#include <QString>
#include <QStringList>
#include <cmath>
#include <vector>

#include "core/spec/run_spec.h"
#include "core/store/run_types.h"

namespace scanline {

/// A run as the comparison needs it.
struct ComparedRun {
  RunSummary summary;
  RunSpec spec;
  KnownSettings known;                      ///< of the spec
  double imagesPerSecond = 0;               ///< recent; 0 = unknown
  std::vector<QPointF> losses, accuracies;  ///< (step, validation loss), (step, share of the best probed layer)
};

/// The value of a run in a column.
struct CompareCell {
  QString text;                  ///< as shown, "–" for nothing
  double number = std::nan("");  ///< in the unit of the column, for sorting and spreadsheets; NaN = it is a text
  bool differs = false;          ///< from the base run
};

struct CompareColumn {
  enum class Kind { Result, Setting } kind = Kind::Setting;
  QString key;                     ///< of a setting
  QString label;                   ///< with the unit of the numbers
  std::vector<CompareCell> cells;  ///< one a run
  int best = -1;                   ///< Result: the run with the best value, if one is clearly best

  bool isEqual() const;  ///< all runs have the same
};

/// Results first, then the settings in the order of the form. `base`: index of the run that the others are measured by.
/// `onlyDifferences` leaves out settings that are the same in all runs (and the name, which the row says).
std::vector<CompareColumn> compareColumns(const std::vector<ComparedRun>& runs, int base, bool onlyDifferences);

/// The run in words that tell it from the others: "learning rate 0.001, layers 6"; its name where settings do not, or
/// where more than three differ.
QString distinguishingName(size_t run, const std::vector<ComparedRun>& runs, const std::vector<CompareColumn>& columns);

/// Tab-separated for spreadsheets: labels as on screen in the first line, then a line a run, in the order of `order`
/// (indices). Numbers in the C locale with full precision.
QString toTsv(const std::vector<ComparedRun>& runs, const std::vector<CompareColumn>& columns,
              const std::vector<int>& order);

}  // namespace scanline
