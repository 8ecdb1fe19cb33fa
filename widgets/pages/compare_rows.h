#pragma once

#include <QString>
#include <QStringList>
#include <vector>

#include "core/spec/run_spec.h"
#include "core/store/run_types.h"

namespace scanline {

/// A run as the comparison needs it.
struct ComparedRun {
  RunSummary summary;
  RunSpec spec;
  double imagesPerSecond = 0;  ///< recent; 0 = unknown
};

struct CompareRow {
  enum class Kind { Heading, Result, Setting } kind = Kind::Setting;
  QString key;  ///< of a setting
  QString label;
  QStringList values;         ///< one a run; empty for headings
  std::vector<bool> differs;  ///< from the base run, one a run
  int best = -1;              ///< Result: the run with the best value, if one is clearly best

  bool isEqual() const;  ///< all runs have the same value
};

/// Results first, then the settings in the order of the form. `base`: index of the run that the others are measured by.
/// `onlyDifferences` leaves out settings that are the same in all runs (and the name, which the column says).
std::vector<CompareRow> compareRows(const std::vector<ComparedRun>& runs, int base, bool onlyDifferences);

/// Tab-separated, one line a row, run names in the first line; for spreadsheets.
QString toTsv(const std::vector<ComparedRun>& runs, const std::vector<CompareRow>& rows);

}  // namespace scanline
