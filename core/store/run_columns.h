#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/database.h"
#include "core/store/process_identity.h"
#include "core/store/query_fields.h"
#include "core/store/text_pool.h"

namespace scanline {

/// The values of one field of all runs, by their place (see RunColumns).
struct RunColumn {
  bool isNumber = true;
  std::vector<double> numbers;  ///< NaN: no value
  std::vector<uint32_t> texts;  ///< numbers in `pool`; kNoText: no value
  TextPool pool;                ///< tags separated and enclosed by line ends

  static constexpr uint32_t kNoText = std::numeric_limits<uint32_t>::max();
  size_t size() const { return isNumber ? numbers.size() : texts.size(); }
  bool has(size_t place) const { return isNumber ? numbers[place] == numbers[place] : texts[place] != kNoText; }
  std::string_view text(size_t place) const { return pool[texts[place]]; }
};

/// A line of words for each run, by its place.
class RunWords {
 public:
  void resize(size_t size) { lines_.resize(size); }
  void set(size_t place, std::string_view line);
  /// Keeps no room for more.
  void fit() { bytes_.shrink_to_fit(); }
  std::string_view operator[](size_t place) const {
    return std::string_view(bytes_).substr(lines_[place].at, lines_[place].length);
  }

 private:
  struct Line {
    size_t at = 0;
    uint32_t length = 0;
  };
  std::string bytes_;  ///< all lines, and old text of those that changed
  size_t unused_ = 0;  ///< bytes of the latter
  std::vector<Line> lines_;
};

/// The value of a field of one run, from the database. Tags are separated by line ends; times are Unix ms.
RunCell readCell(Database& database, const ProcessIdentity& self, const QueryField& field, RunId run);

/// The values that lists of runs are filtered, sorted and grouped by, in memory: those of a field are read at first
/// use, and from then on only those of runs that changed. A place is the index of a run among all ids, ascending. One
/// thread; valid within one read of the database.
class RunColumns {
 public:
  RunColumns(Database& database, const ProcessIdentity& self) : db_(database), self_(self) {}

  /// Brings all that was read up to date. Call it within Database::read(), before anything else.
  void refresh();

  int64_t version() const { return version_; }
  size_t size() const { return ids_.size(); }
  RunId run(size_t place) const { return RunId{ids_[place]}; }
  bool isTrashed(size_t place) const { return trashed_[place] != 0; }
  /// The search that a run is a trial of; -1: none.
  int32_t search(size_t place) const { return searches_[place]; }

  const RunColumn& column(const QueryField& field);
  /// Name, note, tags, data set, kind and state of each run, folded, a line each.
  const RunWords& words();
  /// All places by the value of a field, the newest run first among equal ones, those without a value last.
  const std::vector<uint32_t>& order(const QueryField& field, bool descending);

 private:
  struct Held {
    QueryField field;
    RunColumn column;
    std::vector<uint32_t> orders[2];  ///< ascending, descending; empty: to be made
  };
  void readAll();
  /// Those that changed since version_, and new ones. False: there are too many to take one by one.
  bool readChanges();
  void findSearches();
  size_t placeOf(int64_t run) const;
  void loadAll(Held& held);
  /// Returns whether the value changed.
  bool loadOne(Held& held, size_t place);
  void loadWords(int64_t firstRun, int64_t lastRun);

  Database& db_;
  ProcessIdentity self_;
  int64_t version_ = -1;
  std::vector<int64_t> ids_, parents_, created_;
  std::vector<uint8_t> trashed_, isSearch_;
  std::vector<int32_t> searches_;
  std::map<std::string, std::unique_ptr<Held>> held_;
  RunWords words_;
  bool hasWords_ = false;
};

}  // namespace scanline
