// RunStore: lists of runs, their changes, and saved views of them.
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "core/store/run_query_grammar.h"
#include "core/store/run_query_match.h"
#include "core/store/run_store_impl.h"
#include "core/store/search_text.h"

namespace scanline {

using Durability = Database::Durability;

namespace {

/// Rows in the order of `order`; trials come behind their search, if that is among them.
std::vector<RunList::Row> rowsOf(const RunColumns& columns, const std::vector<uint32_t>& order,
                                 const std::vector<uint8_t>& wanted, bool flat) {
  constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
  std::vector<RunList::Row> rows;
  rows.reserve(order.size());
  const auto searchOf = [&](uint32_t place) {
    const int32_t search = flat ? -1 : columns.search(place);
    return search >= 0 && wanted[static_cast<size_t>(search)] != 0 ? static_cast<uint32_t>(search) : kNone;
  };
  // Of each search its first trial, and of each trial the next one: from the end of the order, each goes in front.
  std::vector<uint32_t> firsts(flat ? 0 : order.size(), kNone), nexts(firsts.size());
  for (size_t at = firsts.size(); at-- > 0;) {
    const uint32_t place = order[at];
    if (const uint32_t search = searchOf(place); wanted[place] != 0 && search != kNone)
      nexts[place] = std::exchange(firsts[search], place);
  }
  for (const uint32_t place : order) {
    if (wanted[place] == 0 || searchOf(place) != kNone) continue;
    rows.push_back({columns.run(place), false});
    if (flat) continue;
    for (uint32_t trial = firsts[place]; trial != kNone; trial = nexts[trial])
      rows.push_back({columns.run(trial), true});
  }
  return rows;
}

/// As it is shown: an age instead of a time, tags with commas.
RunCell shown(const QueryField& field, RunCell cell, int64_t nowMs) {
  if (field.type == QueryField::Type::Age && cell.kind == RunCell::Kind::Number)
    cell.number = (static_cast<double>(nowMs) - cell.number) / 1000;
  if (field.type == QueryField::Type::Tags)
    for (size_t at = 0; (at = cell.text.find('\n', at)) != std::string::npos; at += 2) cell.text.replace(at, 1, ", ");
  return cell;
}

RunCell cellOf(const RunColumn& column, const QueryField& field, size_t place) {
  if (!column.has(place)) return {};
  if (column.isNumber) return {RunCell::Kind::Number, column.numbers[place], {}};
  std::string_view text = column.text(place);
  if (field.type == QueryField::Type::Tags) text = text.substr(1, text.size() - 2);
  return {RunCell::Kind::Text, 0, std::string(text)};
}

/// Mean and deviation as they come (Welford), so that large values cancel nothing.
void add(RunGroup::Spread& spread, double& squares, double value) {
  spread.min = spread.count == 0 ? value : std::min(spread.min, value);
  spread.max = spread.count == 0 ? value : std::max(spread.max, value);
  ++spread.count;
  const double distance = value - spread.mean;
  spread.mean += distance / static_cast<double>(spread.count);
  squares += distance * (value - spread.mean);
}

struct Gathered {
  RunGroup group;
  std::vector<double> squares;
};

/// Returns the memory that reading a value of all runs took besides the value: the pages stay in the system's cache.
void giveBack(const Database& database) {
  sqlite3_db_release_memory(database.connection());
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

bool cellBefore(const RunCell& a, const RunCell& b) {
  if (a.kind != b.kind) return a.kind != RunCell::Kind::Nothing && b.kind == RunCell::Kind::Nothing;
  return a.kind == RunCell::Kind::Number ? a.number < b.number : naturalKey(a.text) < naturalKey(b.text);
}

}  // namespace

RunList RunStore::list(const RunListRequest& request) const {
  const QueryField order = queryField(request.order);
  RunColumns& columns = impl_->columns;
  return impl_->db.read([&] {
    columns.refresh();
    RunList list{.rows = {}, .total = 0, .version = columns.version()};
    std::vector<uint8_t> wanted = matches(request.where, columns, nowMs());
    for (size_t place = 0; place < wanted.size(); ++place) {
      if (columns.isTrashed(place) == request.trash)
        ++list.total;
      else
        wanted[place] = 0;
    }
    list.rows = rowsOf(columns, columns.order(order, request.descending), wanted, request.flat);
    return list;
  });
}

void RunStore::readAhead(std::string_view field) const {
  const QueryField known = queryField(field);
  impl_->db.read([&] {
    impl_->columns.refresh();
    impl_->columns.column(known);  // an order is made of it in no time, and would take as much memory again
  });
  giveBack(impl_->db);
}

void RunStore::readWordsAhead() const {
  impl_->db.read([&] {
    impl_->columns.refresh();
    impl_->columns.words();
  });
  giveBack(impl_->db);
}

std::vector<RunRow> RunStore::rows(std::span<const RunId> runs, std::span<const std::string> columns) const {
  std::vector<QueryField> fields;
  for (const std::string& column : columns) fields.push_back(queryField(column));
  return impl_->db.read([&] {
    std::vector<RunRow> rows;
    const int64_t now = nowMs();
    for (const RunId run : runs) {
      auto summary = impl_->summary(run);
      if (!summary) continue;
      RunRow& row = rows.emplace_back(RunRow{std::move(*summary), {}});
      for (const QueryField& field : fields)
        row.cells.push_back(shown(field, readCell(impl_->db, impl_->self, field, run), now));
    }
    return rows;
  });
}

RunChanges RunStore::changesSince(int64_t version) const {
  Database& db = impl_->db;
  return db.read([&] {
    RunChanges changes;
    if (Query query = db.query("SELECT version, removed_version FROM workspace"); query.next()) {
      changes.version = query.integer(0);
      changes.removed = query.integer(1) > version;
    }
    if (changes.version == version) return changes;
    for (Query query = db.query("SELECT id FROM run INDEXED BY run_by_version WHERE version > ?", version);
         query.next();)
      changes.changed.push_back(RunId{query.integer(0)});
    std::ranges::sort(changes.changed);
    return changes;
  });
}

std::vector<RunGroup> RunStore::groups(const RunListRequest& request, std::string_view by,
                                       std::span<const std::string> columns) const {
  const QueryField field = queryField(by);
  std::vector<QueryField> fields;
  for (const std::string& column : columns) fields.push_back(queryField(column));
  return impl_->db.read([&] {
    RunColumns& all = impl_->columns;
    all.refresh();
    const int64_t now = nowMs();
    const auto wanted = matches(request.where, all, now);
    const RunColumn& keys = all.column(field);
    std::vector<const RunColumn*> values;
    for (const QueryField& each : fields) values.push_back(&all.column(each));
    std::map<RunCell, Gathered, decltype(&cellBefore)> groups(&cellBefore);
    for (size_t place = 0; place < all.size(); ++place) {
      if (wanted[place] == 0 || all.isTrashed(place) != request.trash) continue;
      const RunCell key = shown(field, cellOf(keys, field, place), now);
      Gathered& gathered = groups[key];
      if (gathered.group.count++ == 0) {
        gathered.group.value = key;
        gathered.group.spreads.resize(fields.size());
        gathered.squares.resize(fields.size());
      }
      for (size_t i = 0; i < fields.size(); ++i) {
        const RunCell cell = shown(fields[i], cellOf(*values[i], fields[i], place), now);
        if (cell.kind == RunCell::Kind::Number && std::isfinite(cell.number))
          add(gathered.group.spreads[i], gathered.squares[i], cell.number);
      }
    }
    std::vector<RunGroup> result;
    for (auto& [key, gathered] : groups) {
      for (size_t i = 0; i < fields.size(); ++i)
        if (RunGroup::Spread& spread = gathered.group.spreads[i]; spread.count > 1)
          spread.deviation = std::sqrt(gathered.squares[i] / static_cast<double>(spread.count - 1));
      result.push_back(std::move(gathered.group));
    }
    return result;
  });
}

std::vector<RunSummary> RunStore::active() const {
  Database& db = impl_->db;
  return db.read([&] {
    std::vector<RunId> ids;
    // By its state: nearly all runs are outside of the trash.
    for (Query query = db.query("SELECT id FROM run INDEXED BY run_by_state WHERE state IN ('queued', 'preparing', "
                                "'running', 'paused', 'stopping') AND trashed = 0 ORDER BY id");
         query.next();)
      ids.push_back(RunId{query.integer(0)});
    std::vector<RunSummary> runs;
    for (const RunId id : ids)
      if (auto run = impl_->summary(id); run && (isActive(run->state) || run->state == RunState::Queued))
        runs.push_back(std::move(*run));
    return runs;
  });
}

int64_t RunStore::count(bool trash) const {
  Query query = impl_->db.query("SELECT count(*) FROM run INDEXED BY run_base WHERE trashed = ?", trash);
  return query.next() ? query.integer(0) : 0;
}

void RunStore::saveView(std::string_view name, std::string_view content) {
  impl_->db.write(Durability::Full, [&] {
    impl_->db.execute("INSERT OR REPLACE INTO saved_view (name, content) VALUES (?, ?)", name, content);
  });
}

void RunStore::removeView(std::string_view name) {
  impl_->db.write(Durability::Full, [&] { impl_->db.execute("DELETE FROM saved_view WHERE name = ?", name); });
}

std::vector<std::pair<std::string, std::string>> RunStore::savedViews() const {
  std::vector<std::pair<std::string, std::string>> views;
  for (Query query = impl_->db.query("SELECT name, content FROM saved_view ORDER BY name"); query.next();)
    views.emplace_back(query.text(0), query.text(1));
  return views;
}

}  // namespace scanline
