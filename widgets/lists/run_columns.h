#pragma once

#include <QString>
#include <string>

#include "core/store/run_list.h"
#include "core/store/run_types.h"

namespace scanline::columns {

/// The columns of the run list that are always there; those of chosen fields follow them.
enum Column { Name, State, Kind, Dataset, Model, Progress, BestLoss, BestProbe, Tags, Created, kFixed };

QString title(int column);
QString headerTip(int column);
bool alignsRight(int column);
/// Text of a fixed column.
QString cellText(const RunSummary& run, int column);
/// The same for a spreadsheet: numbers in full where the text rounds one or tells several.
QString copiedText(const RunSummary& run, int column);
QString copiedText(const RunCell& cell);
/// Text of a chosen field whose numbers are in `unit`; empty where the run has no value.
QString cellText(const RunCell& cell, RunField::Unit unit = RunField::Unit::None);
/// A number of a chosen field.
QString numberText(double number, RunField::Unit unit);
/// Mean and deviation of a chosen field; the mean alone of a single run.
QString spreadText(const RunGroup::Spread& spread, RunField::Unit unit);
/// Lines about the run; `parent`: the run that it comes from, or null.
QString toolTip(const RunSummary& run, const RunSummary* parent, int column);

/// The field of the query language that a fixed column is sorted by, and its name in saved layouts.
std::string field(int column);
/// Inverse of field(); -1 if no fixed column is sorted by it.
int columnOf(const std::string& field);
/// The best comes first: the newest, the best probe; but the lowest loss, and names from A.
bool startsDescending(int column);

}  // namespace scanline::columns
