#include "core/store/run_columns.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/store/run_order.h"
#include "core/store/run_store_impl.h"
#include "core/store/search_text.h"

namespace scanline {

namespace {

using Source = QueryField::Source;
using Type = QueryField::Type;
using Part = QueryField::Part;

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();
constexpr int64_t kLastRun = std::numeric_limits<int64_t>::max();
constexpr size_t kWordsWorthPacking = 65'536;  // bytes

// Of all runs, by the index whose pages hold nothing else.
constexpr const char* kAllNumbers = "SELECT run, num FROM param INDEXED BY param_by_number WHERE key = ?1";
constexpr const char* kAllTexts = "SELECT run, txt FROM param INDEXED BY param_by_text WHERE key = ?1";
constexpr const char* kOneNumber = "SELECT run, num FROM param WHERE run = ?2 AND key = ?1";
constexpr const char* kOneText = "SELECT run, txt FROM param WHERE run = ?2 AND key = ?1";
constexpr const char* kStates =
    "SELECT id, state, owner_pid, owner_start, owner_boot FROM run WHERE id BETWEEN ?1 AND ?2";
/// Begins as kStates.
constexpr const char* kWords =
    "SELECT id, state, owner_pid, owner_start, owner_boot, name, note, dataset, kind FROM run WHERE id BETWEEN ?1 AND "
    "?2";

// Points that are NaN are NULL there, and take no part.
constexpr const char* kAllMeans =
    "SELECT run, (SELECT avg(value) FROM (SELECT value FROM point WHERE point.series = series.id ORDER BY step DESC "
    "LIMIT ?2)) FROM series WHERE name = ?1";
constexpr const char* kOneMean =
    "SELECT run, (SELECT avg(value) FROM (SELECT value FROM point WHERE point.series = series.id ORDER BY step DESC "
    "LIMIT ?2)) FROM series WHERE name = ?1 AND run = ?3";

struct SummarySql {
  const char *all, *one;
};
#define OF_SERIES(column)                                                                                           \
  SummarySql {                                                                                                      \
    "SELECT series.run, " column                                                                                    \
    " FROM series CROSS JOIN series_summary ON series_summary.series = series.id WHERE series.name = ?1",           \
        "SELECT series.run, " column                                                                                \
        " FROM series JOIN series_summary ON series_summary.series = series.id WHERE series.name = ?1 AND run = ?2" \
  }

SummarySql summarySql(Part part) {
  switch (part) {
    case Part::First:
      return OF_SERIES("first_value");
    case Part::Last:
      return OF_SERIES("last_value");
    case Part::Min:
      return OF_SERIES("min_value");
    case Part::Max:
      return OF_SERIES("max_value");
    case Part::Count:
      return OF_SERIES("count");
    case Part::FirstStep:
      return OF_SERIES("first_step");
    case Part::LastStep:
      return OF_SERIES("last_step");
    case Part::MinStep:
      return OF_SERIES("min_step");
    case Part::Mean:  // of points, see kAllMeans
    case Part::MaxStep:
      break;
  }
  return OF_SERIES("max_step");
}
#undef OF_SERIES

/// The key of a column: the value that is read, not the spelling in the query.
std::string nameOfColumn(const QueryField& field) {
  return std::to_string(static_cast<int>(field.source)) + std::to_string(static_cast<int>(field.part)) +
         std::to_string(field.points) + ' ' + field.key;
}

/// As a column holds it: tags between line ends.
std::string stored(const QueryField& field, std::string text) {
  return field.type == Type::Tags ? '\n' + std::move(text) + '\n' : text;
}

/// Of a row of kStates. A process that died may not have been noticed yet.
std::string effectiveState(const Query& query, const ProcessIdentity& self) {
  const auto state = valueOf<RunState>(kRunStateNames, query.text(1));
  if (!isHeld(state)) return query.text(1);
  const ProcessIdentity owner{query.integer(2), query.integer(3), query.text(4)};
  return std::string(stateName(owner == self || isAlive(owner) ? state : RunState::Interrupted));
}

}  // namespace

void RunColumns::refresh() {
  int64_t version = 0, removed = 0;
  if (Query query = db_.query("SELECT version, removed_version FROM workspace"); query.next()) {
    version = query.integer(0);
    removed = query.integer(1);
  }
  if (version == version_) return;
  constexpr size_t kMostColumns = 40;  // of 100,000 runs, one takes 1 to 8 MB
  if (held_.size() > kMostColumns) held_.clear();
  if (version_ < 0 || removed > version_ || !readChanges()) readAll();
  version_ = version;
}

void RunColumns::readAll() {
  struct Row {
    int64_t run, parent, created;
    bool trashed, isSearch;
  };
  std::vector<Row> rows;
  rows.reserve(ids_.size());
  for (Query query = db_.query("SELECT id, parent, trashed, kind = 'search', created_ms FROM run INDEXED BY run_base");
       query.next();)
    rows.push_back(
        {query.integer(0), query.integer(1), query.integer(4), query.integer(2) != 0, query.integer(3) != 0});
  std::ranges::sort(rows, {}, &Row::run);
  held_.clear();
  words_ = {};
  hasWords_ = false;
  for (auto* each : {&ids_, &parents_, &created_}) each->resize(rows.size());
  for (auto* each : {&trashed_, &isSearch_}) each->resize(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    ids_[i] = rows[i].run;
    parents_[i] = rows[i].parent;
    created_[i] = rows[i].created;
    trashed_[i] = rows[i].trashed;
    isSearch_[i] = rows[i].isSearch;
  }
  findSearches();
}

bool RunColumns::readChanges() {
  constexpr size_t kMostOneByOne = 2000;
  std::vector<size_t> changed;
  bool isFamilyChanged = false;
  const size_t before = ids_.size();
  for (Query query = db_.query("SELECT id, parent, trashed, kind = 'search', created_ms FROM run INDEXED BY "
                               "run_by_version WHERE version > ?",
                               version_);
       query.next();) {
    if (changed.size() >= kMostOneByOne) return false;
    const int64_t run = query.integer(0), parent = query.integer(1);
    const bool isSearch = query.integer(3) != 0;
    const size_t place = placeOf(run);
    if (place == ids_.size()) {
      if (!ids_.empty() && run < ids_.back()) return false;  // two new ones, the later one first
      ids_.push_back(run);
      parents_.push_back(0);
      created_.push_back(query.integer(4));
      trashed_.push_back(0);
      isSearch_.push_back(0);
      isFamilyChanged = true;
    }
    isFamilyChanged |= parents_[place] != parent || (isSearch_[place] != 0) != isSearch;
    parents_[place] = parent;
    trashed_[place] = query.integer(2) != 0;
    isSearch_[place] = isSearch;
    changed.push_back(place);
  }
  for (auto& [name, held] : held_) {
    if (held->column.isNumber)
      held->column.numbers.resize(ids_.size(), kNoNumber);
    else
      held->column.texts.resize(ids_.size(), RunColumn::kNoText);
    std::vector<uint32_t> moved;
    for (const size_t place : changed)
      if (loadOne(*held, place) || place >= before) moved.push_back(static_cast<uint32_t>(place));
    for (const bool falling : {false, true}) putInPlace(held->orders[falling ? 1 : 0], held->column, falling, moved);
  }
  if (hasWords_) {
    words_.resize(ids_.size());
    for (const size_t place : changed) loadWords(ids_[place], ids_[place]);
  }
  if (isFamilyChanged) findSearches();
  return true;
}

void RunColumns::findSearches() {
  searches_.assign(ids_.size(), -1);
  for (size_t place = 0; place < ids_.size(); ++place) {
    if (parents_[place] == 0) continue;
    const size_t parent = placeOf(parents_[place]);
    if (parent < ids_.size() && isSearch_[parent] != 0) searches_[place] = static_cast<int32_t>(parent);
  }
}

size_t RunColumns::placeOf(int64_t run) const {
  if (ids_.empty() || run < ids_.front() || run > ids_.back()) return ids_.size();
  const auto guess = static_cast<size_t>(run - ids_.front());  // right as long as no run was removed
  if (guess < ids_.size() && ids_[guess] == run) return guess;
  const auto found = std::ranges::lower_bound(ids_, run);
  return found != ids_.end() && *found == run ? static_cast<size_t>(found - ids_.begin()) : ids_.size();
}

RunCell readCell(Database& db, const ProcessIdentity& self, const QueryField& field, RunId run) {
  const auto cell = [&field](Query query) -> RunCell {
    if (!query.next() || query.isNull(1)) return {};
    if (field.isNumber()) return {RunCell::Kind::Number, query.real(1), {}};
    return {RunCell::Kind::Text, 0, query.text(1)};
  };
  switch (field.source) {
    case Source::Fact:
      if (field.key == "state") {
        Query query = db.query(kStates, run.value, run.value);
        return query.next() ? RunCell{RunCell::Kind::Text, 0, effectiveState(query, self)} : RunCell{};
      }
      return cell(db.query(queryFact(field.key).sql, run.value, run.value));
    case Source::Summary:
      if (field.part == Part::Mean) return cell(db.query(kOneMean, field.key, field.points, run.value));
      return cell(db.query(summarySql(field.part).one, field.key, run.value));
    case Source::Setting:
      break;
  }
  return cell(db.query(field.isNumber() ? kOneNumber : kOneText, field.key, run.value));
}

void RunColumns::loadAll(Held& held) {
  const QueryField& field = held.field;
  RunColumn& column = held.column;
  const auto read = [&](Query query) {
    while (query.next()) {
      const size_t at = placeOf(query.integer(0));
      if (at == ids_.size()) continue;
      if (column.isNumber)
        column.numbers[at] = query.real(1);
      else if (!query.isNull(1))
        column.texts[at] =
            field.type == Type::Tags ? column.pool.add(stored(field, query.text(1))) : column.pool.add(query.blob(1));
    }
  };
  if (field.type == Type::Age || field.key == "created") {
    column.numbers.assign(created_.begin(), created_.end());
  } else if (field.source == Source::Fact && field.key == "state") {
    for (Query query = db_.query(kStates, 0, kLastRun); query.next();)
      if (const size_t at = placeOf(query.integer(0)); at < ids_.size())
        column.texts[at] = column.pool.add(effectiveState(query, self_));
  } else if (field.source == Source::Fact) {
    read(db_.query(queryFact(field.key).sql, 0, kLastRun));
  } else if (field.source == Source::Summary && field.part == Part::Mean) {
    read(db_.query(kAllMeans, field.key, field.points));
  } else if (field.source == Source::Summary) {
    read(db_.query(summarySql(field.part).all, field.key));
  } else {
    read(db_.query(column.isNumber ? kAllNumbers : kAllTexts, field.key));
  }
}

bool RunColumns::loadOne(Held& held, size_t place) {
  const RunCell cell = readCell(db_, self_, held.field, run(place));
  RunColumn& column = held.column;
  if (column.isNumber) {
    const double now = cell.kind == RunCell::Kind::Number ? cell.number : kNoNumber;
    const double before = std::exchange(column.numbers[place], now);
    return before != now && !(std::isnan(before) && std::isnan(now));
  }
  const uint32_t now =
      cell.kind == RunCell::Kind::Text ? column.pool.add(stored(held.field, cell.text)) : RunColumn::kNoText;
  return std::exchange(column.texts[place], now) != now;
}

const RunColumn& RunColumns::column(const QueryField& field) {
  auto& held = held_[nameOfColumn(field)];
  if (held) return held->column;
  held = std::make_unique<Held>(Held{field, {}, {}});
  held->column.isNumber = field.isNumber();
  if (field.isNumber())
    held->column.numbers.assign(ids_.size(), kNoNumber);
  else
    held->column.texts.assign(ids_.size(), RunColumn::kNoText);
  loadAll(*held);
  return held->column;
}

void RunWords::set(size_t place, std::string_view line) {
  unused_ += lines_[place].length;
  if (unused_ > bytes_.size() / 2 && bytes_.size() > kWordsWorthPacking) {
    std::string packed;
    lines_[place] = {};
    for (Line& each : lines_) {
      packed.append(bytes_, each.at, each.length);
      each.at = packed.size() - each.length;
    }
    bytes_ = std::move(packed);
    unused_ = 0;
  }
  lines_[place] = {bytes_.size(), static_cast<uint32_t>(line.size())};
  bytes_ += line;
}

void RunColumns::loadWords(int64_t first, int64_t last) {
  std::string line, folded;
  std::map<size_t, std::string> tags;  // few runs have some
  for (Query query = db_.query(queryFact("tag").sql, first, last); query.next();)
    if (const size_t at = placeOf(query.integer(0)); at < ids_.size()) tags[at] = query.text(1);
  for (Query query = db_.query(kWords, first, last); query.next();)
    if (const size_t at = placeOf(query.integer(0)); at < ids_.size()) {
      line = effectiveState(query, self_);
      for (int column = 5; column < 9; ++column) (line += '\n') += query.blob(column);
      if (const auto tag = tags.find(at); tag != tags.end()) (line += '\n') += tag->second;
      foldCase(line, folded);
      words_.set(at, folded);
    }
}

const RunWords& RunColumns::words() {
  if (hasWords_) return words_;
  words_ = {};
  words_.resize(ids_.size());
  loadWords(0, kLastRun);
  words_.fit();
  hasWords_ = true;
  return words_;
}

const std::vector<uint32_t>& RunColumns::order(const QueryField& field, bool descending) {
  const RunColumn& values = column(field);
  const bool isFalling = descending != (field.type == Type::Age);  // the older, the more
  std::vector<uint32_t>& order = held_[nameOfColumn(field)]->orders[isFalling ? 1 : 0];
  if (order.size() == ids_.size()) return order;
  order = ordered(values, isFalling);
  return order;
}

}  // namespace scanline
