// RunStore: everything that views read of a run, without its samples.
#include <fmt/format.h>

#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "core/spec/fields.h"
#include "core/spec/spec_text.h"
#include "core/store/run_store_impl.h"

namespace scanline {

namespace {

constexpr int64_t kMostExpected = 1 << 22;  // points that memory is taken for before they come: a store may be wrong

/// Runs of a range of ids, without their tags.
constexpr const char* kSummaries =
    "SELECT id, uuid, name, state, detail, kind, dataset, step, steps, parameters, colour, best_loss, best_loss_step, "
    "best_accuracy, best_layer, best_accuracy_step, layers, created_ms, started_ms, ended_ms, active_ms, "
    "active_since_ms, "
    "pace_ms, pace_steps, trashed, parent, parent_step, EXISTS (SELECT 1 FROM checkpoint WHERE run = run.id), note, "
    "owner_pid, owner_start, owner_boot, updated_ms, own_process, (SELECT job FROM cluster_run "
    "WHERE cluster_run.run = run.id), (SELECT silent_ms FROM cluster_run WHERE cluster_run.run = run.id) FROM run "
    "WHERE id BETWEEN ? AND ? AND (trashed = 0 OR ?) ORDER BY id";

std::optional<double> optionalReal(const Query& query, int column) {
  return query.isNull(column) ? std::nullopt : std::optional(query.real(column));
}
std::optional<int64_t> optionalInteger(const Query& query, int column) {
  return query.isNull(column) ? std::nullopt : std::optional(query.integer(column));
}

/// Of a row of kSummaries.
RunSummary summaryOf(const Query& query, const ProcessIdentity& self) {
  RunSummary s;
  s.id = RunId{query.integer(0)};
  s.uuid = query.text(1);
  s.name = query.text(2);
  s.state = valueOf<RunState>(kRunStateNames, query.text(3));
  s.detail = query.text(4);
  s.kind = kindNamed(query.text(5));
  s.dataset = query.text(6);
  s.step = query.integer(7);
  s.steps = query.integer(8);
  s.parameters = query.integer(9);
  s.colour = static_cast<int>(query.integer(10));
  s.bestLoss = optionalReal(query, 11);
  s.bestLossStep = optionalInteger(query, 12);
  s.bestAccuracy = optionalReal(query, 13);
  s.bestLayer = optionalInteger(query, 14);
  s.bestAccuracyStep = optionalInteger(query, 15);
  s.layers = query.integer(16);
  s.createdMs = query.integer(17);
  s.startedMs = query.integer(18);
  s.endedMs = query.integer(19);
  s.activeMs = query.integer(20);
  const int64_t activeSince = query.integer(21);
  const double paceMs = query.real(22), paceSteps = query.real(23);
  if (paceSteps > 0) s.secondsPerStep = paceMs / paceSteps / 1000;
  s.trashed = query.integer(24) != 0;
  if (const auto parent = optionalInteger(query, 25)) s.parent = RunId{*parent};
  s.parentStep = query.integer(26);
  const bool hasCheckpoint = query.integer(27) != 0;
  s.note = query.text(28);
  s.ownProcess = query.integer(33) != 0;
  s.clusterJob = query.text(34);
  const ProcessIdentity owner{query.integer(29), query.integer(30), query.text(31)};
  s.onCluster = isOfCluster(owner);
  if (s.onCluster) s.ownedElsewhere = true;
  if (s.onCluster) s.silentSinceMs = query.integer(35);
  if (isHeld(s.state)) {
    if (owner != self && !isAlive(owner)) {
      // Shown as interrupted even before markInterrupted() has written it down.
      s.state = RunState::Interrupted;
      s.endedMs = query.integer(32);
    }
    s.ownedElsewhere = isHeld(s.state) && owner != self;
  }
  if (activeSince > 0) {
    // The run's own times: a clock that was changed since tells nothing. Else it goes on between its events.
    constexpr int64_t kLongestSilenceMs = 600'000;
    const int64_t last = query.integer(32), silence = nowMs() - last;
    const bool goesOn = isActive(s.state) && silence > 0 && silence < kLongestSilenceMs;
    s.activeMs += std::max<int64_t>(0, last + (goesOn ? silence : 0) - activeSince);
  }
  // Kinds that start from another run's checkpoint can always start there again; a search goes on with its next trial.
  const bool canStart = hasCheckpoint || needsModel(s.kind) || s.kind == RunKind::Search;
  s.resumable = canStart && !isHeld(s.state) && s.state != RunState::Queued && !s.onCluster;
  return s;
}

RunPrepared preparedOf(const std::string& text, std::string_view palette, int64_t parameters) {
  if (text.empty()) return {};  // not prepared yet
  try {
    const auto json = nlohmann::json::parse(text);
    RunPrepared prepared;
    prepared.trainImages = json.at("trainImages");
    prepared.validationImages = json.at("validationImages");
    prepared.testImages = json.at("testImages");
    prepared.positions = json.at("positions");
    prepared.width = json.at("width");
    prepared.height = json.at("height");
    prepared.parameters = parameters;
    prepared.paletteSize = json.at("paletteSize");
    prepared.classNames = json.at("classNames").get<std::vector<std::string>>();
    prepared.environment = json.at("environment").get<std::vector<std::pair<std::string, std::string>>>();
    prepared.palette = valuesOf<Colour>(palette);
    return prepared;
  } catch (const nlohmann::json::exception& error) {
    throw Error(fmt::format(
        "The store's record of the run's data cannot be read: {}. Check it with `scanline-cli verify`.", error.what()));
  }
}

}  // namespace

std::vector<RunSummary> RunStore::runs(bool withTrashed) const {
  Database& db = impl_->db;
  return db.read([&] {
    std::map<int64_t, std::vector<std::string>> tags;
    for (Query query = db.query("SELECT run, name FROM tag ORDER BY run, name"); query.next();)
      tags[query.integer(0)].push_back(query.text(1));
    std::vector<RunSummary> runs;
    Query query = db.query(kSummaries, 0, std::numeric_limits<int64_t>::max(), withTrashed);
    while (query.next()) {
      RunSummary& run = runs.emplace_back(summaryOf(query, impl_->self));
      if (const auto found = tags.find(run.id.value); found != tags.end()) run.tags = std::move(found->second);
    }
    return runs;
  });
}

std::optional<RunSummary> RunStore::Impl::summary(RunId run) {
  Query query = db.query(kSummaries, run.value, run.value, true);
  if (!query.next()) return std::nullopt;
  RunSummary summary = summaryOf(query, self);
  for (Query tag = db.query("SELECT name FROM tag WHERE run = ? ORDER BY name", run.value); tag.next();)
    summary.tags.push_back(tag.text(0));
  return summary;
}

RunSummary RunStore::run(RunId run) const {
  if (auto summary = impl_->summary(run)) return std::move(*summary);
  throw Error(fmt::format("There is no run number {} in {}.", run.value, workspace().string()));
}

std::vector<RunId> RunStore::findAll(std::string_view uuidOrName) const {
  std::vector<RunId> found;
  if (uuidOrName.empty()) return found;
  Database& db = impl_->db;
  for (Query query = db.query("SELECT id FROM run WHERE name = ? ORDER BY trashed, id DESC", uuidOrName); query.next();)
    found.push_back(RunId{query.integer(0)});
  if (!found.empty()) return found;
  Query query = db.query("SELECT id FROM run WHERE substr(uuid, 1, ?2) = ?1 LIMIT 2", uuidOrName, uuidOrName.size());
  while (query.next()) found.push_back(RunId{query.integer(0)});
  if (found.size() > 1) found.clear();
  return found;
}

std::optional<RunId> RunStore::find(std::string_view uuidOrName) const {
  const auto found = findAll(uuidOrName);
  return found.empty() ? std::nullopt : std::optional(found.front());
}

RunSpec specOf(const RunDetails& details) {
  return fromToml(details.specToml, fmt::format("the settings of run \"{}\"", details.summary.name));
}

RunSpec specOf(const RunStore& store, RunId run) {
  return specOf(store.details(run));
}

namespace {

/// The settings in the table of parameters: of an imported run the few that are known. A run of an older version lacks
/// those that came since, and all of its settings are known.
KnownSettings knownSettings(Database& db, RunId run) {
  KnownSettings known;
  for (Query query = db.query("SELECT key FROM param WHERE run = ?", run.value); query.next();)
    known.keys.push_back(query.text(0));
  size_t fields = 0;
  const RunSpec defaults;
  forEachField(defaults, [&](const FieldInfo&, const auto&) { ++fields; });
  known.all = 2 * known.keys.size() > fields;
  return known;
}

}  // namespace

RunDetails RunStore::details(RunId run) const {
  Database& db = impl_->db;
  return db.read([&] {
    RunDetails details{.summary = this->run(run), .checkpoints = checkpoints(run), .folder = folder(run).string()};
    Query query = db.query("SELECT spec, prepared, palette FROM run_text WHERE run = ?", run.value);
    if (query.next()) {
      details.specToml = query.text(0);
      details.known = knownSettings(db, run);
      details.prepared = preparedOf(query.text(1), query.blob(2), details.summary.parameters);
    }
    return details;
  });
}

std::vector<Point> RunStore::points(RunId run, std::string_view series, int64_t afterStep, int64_t most) const {
  std::vector<Point> points;
  Database& db = impl_->db;
  if (Query query = db.query("SELECT count, last_step FROM series JOIN series_summary ON series_summary.series = "
                             "series.id WHERE run = ? AND name = ?",
                             run.value, series);
      query.next()) {
    int64_t room = query.integer(0);
    if (const int64_t last = query.integer(1); afterStep >= 0)  // no more points than steps
      room = std::min(room, last > afterStep ? last - afterStep : 0);
    room = std::clamp<int64_t>(room, 0, kMostExpected);
    points.reserve(static_cast<size_t>(most < 0 ? room : std::min(most, room)));
  }
  db.takePoints(points, most < 0 ? std::numeric_limits<size_t>::max() : static_cast<size_t>(most),
                "SELECT 1 FROM point WHERE series = (SELECT id FROM series WHERE run = ? AND name = ?) AND step > ? "
                "AND take_point(step, value, time_ms) ORDER BY step",
                run.value, series, afterStep);
  return points;
}

std::vector<SeriesSummary> RunStore::summaries(RunId run) const {
  std::vector<SeriesSummary> summaries;
  Query query = impl_->db.query(
      "SELECT name, count, first_step, last_step, min_step, max_step, first_value, last_value, min_value, max_value "
      "FROM series JOIN series_summary ON series = series.id WHERE run = ? ORDER BY name",
      run.value);
  while (query.next())
    summaries.push_back({query.text(0), query.integer(1), query.integer(2), query.integer(3), query.integer(4),
                         query.integer(5), query.real(6), query.real(7), query.real(8), query.real(9)});
  return summaries;
}

std::vector<ProbeResult> RunStore::probes(RunId run, int64_t afterStep) const {
  std::vector<ProbeResult> probes;
  Query query = impl_->db.query(
      "SELECT step, layer, accuracy, train_accuracy, loss, iterations, converged, classes, cells, l2, joined, "
      "test_accuracy "
      "FROM probe LEFT JOIN confusion USING (run, step, layer) WHERE run = ? AND step > ? ORDER BY step, layer",
      run.value, afterStep);
  while (query.next())
    probes.push_back({query.integer(0), query.integer(1), query.real(2), query.real(3), query.real(4), query.integer(5),
                      query.integer(6) != 0, query.integer(7), valuesOf<ConfusionCell>(query.blob(8)), query.real(9),
                      query.integer(10), optionalReal(query, 11)});
  return probes;
}

std::vector<LowDataResult> RunStore::lowData(RunId run) const {
  std::vector<LowDataResult> results;
  Query query = impl_->db.query(
      "SELECT labels, subset, layer, accuracy, loss FROM low_data WHERE run = ? ORDER BY labels, subset", run.value);
  while (query.next())
    results.push_back({query.integer(0), query.integer(1), query.integer(2), query.real(3), query.real(4)});
  return results;
}

std::vector<CodebookUse> RunStore::codebookUse(RunId run, int64_t afterStep) const {
  std::vector<CodebookUse> uses;
  Query query = impl_->db.query("SELECT step, counts FROM codebook_use WHERE run = ? AND step > ? ORDER BY step",
                                run.value, afterStep);
  while (query.next()) uses.push_back({query.integer(0), valuesOf<int64_t>(query.blob(1))});
  return uses;
}

std::vector<RunId> RunStore::children(RunId run) const {
  std::vector<RunId> runs;
  Query query = impl_->db.query("SELECT id FROM run WHERE parent = ? AND trashed = 0 ORDER BY id", run.value);
  while (query.next()) runs.push_back(RunId{query.integer(0)});
  return runs;
}

std::vector<CheckpointRow> RunStore::checkpoints(RunId run) const {
  std::vector<CheckpointRow> rows;
  Query query = impl_->db.query(
      "SELECT step, file, bytes, validation_loss, reason, time_ms FROM checkpoint WHERE run = ? ORDER BY step",
      run.value);
  while (query.next())
    rows.push_back({query.integer(0), query.text(1), query.integer(2), query.real(3), query.text(4), query.integer(5)});
  return rows;
}

std::vector<LogRow> RunStore::log(RunId run, int64_t afterId) const {
  std::vector<LogRow> rows;
  Query query = impl_->db.query("SELECT id, time_ms, level, text FROM event WHERE run = ? AND id > ? ORDER BY id",
                                run.value, afterId);
  while (query.next())
    rows.push_back({query.integer(0), query.integer(1),
                    LogLine{valueOf<LogLine::Level>(kLevelNames, query.text(2)), query.text(3)}});
  return rows;
}

int64_t RunStore::version(RunId run) const {
  Query query = impl_->db.query("SELECT version FROM run WHERE id = ?", run.value);
  return query.next() ? query.integer(0) : 0;
}

int64_t RunStore::dataVersion() const {
  Query query = impl_->db.query("SELECT version FROM workspace");
  return query.next() ? query.integer(0) : 0;
}

}  // namespace scanline
