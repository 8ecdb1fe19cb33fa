#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/store/run_query.h"
#include "core/store/run_types.h"

namespace scanline {

/// The contents and the order of a list of runs. Trials of a search stand below it, unless they are sorted by a value
/// of their own (`flat`).
struct RunListRequest {
  RunQuery where;
  bool trash = false;             ///< the runs in the trash, instead of the others
  std::string order = "created";  ///< a field of the query language: "name", "lr", "best(probe)", "last(train/loss)"
  bool descending = true;         ///< runs without the value come last either way
  bool flat = false;
  bool operator==(const RunListRequest& other) const {
    return where.text() == other.where.text() && trash == other.trash && order == other.order &&
           descending == other.descending && flat == other.flat;
  }
};

/// The ids of all rows, in order. 16 bytes a run.
struct RunList {
  struct Row {
    RunId run;
    bool trial = false;  ///< stands below its search
    bool operator==(const Row&) const = default;
  };
  std::vector<Row> rows;
  int64_t total = 0;    ///< runs of the workspace (or of its trash) that the question chose from
  int64_t version = 0;  ///< RunStore::dataVersion() that it was read at
};

/// The value of a column: a number, a text, or nothing. Accuracies are shares from 0 to 1, times Unix milliseconds,
/// ages and durations seconds, settings that are true or false 1 or 0.
struct RunCell {
  enum class Kind { Nothing, Number, Text } kind = Kind::Nothing;
  double number = 0;
  std::string text;
  bool operator==(const RunCell&) const = default;
};

/// One row as it is shown: the fixed facts and the cells of the chosen columns (fields of the query language), in their
/// order.
struct RunRow {
  RunSummary run;
  std::vector<RunCell> cells;
  bool operator==(const RunRow&) const = default;
};

/// Which runs differ from those of an earlier version.
struct RunChanges {
  int64_t version = 0;         ///< of now
  std::vector<RunId> changed;  ///< new or changed since, ascending; also those that came into the trash or out of it
  bool removed = false;        ///< some run is gone for good
};

/// Runs that share the value of a column.
struct RunGroup {
  RunCell value;
  int64_t count = 0;
  struct Spread {
    int64_t count = 0;  ///< runs that have the value
    double mean = 0, deviation = 0, min = 0, max = 0;
  };
  std::vector<Spread> spreads;  ///< of the asked columns
};

/// A field that can be asked for, sorted by and shown.
struct RunField {
  std::string name;         ///< as shown and completed: "lr", "best(validation/loss)"
  std::string key;          ///< full form: "optimizer.learningRate"
  std::string description;  ///< "setting", "summary of a series", "fact of the run"
  bool number = true;
  enum class Unit { None, Share, Seconds, Time, Bool } unit = Unit::None;  ///< of a number, see RunCell
};

}  // namespace scanline
