#include "core/store/run_store.h"

#include <fmt/format.h>

#include <uuid/uuid.h>

#include <array>

#include "core/run/run_folder.h"
#include "core/spec/fields.h"
#include "core/spec/spec_paths.h"
#include "core/spec/spec_text.h"
#include "core/store/run_store_impl.h"

namespace scanline {

namespace fs = std::filesystem;
using Durability = Database::Durability;

namespace {

/// Of version 4 (RFC 9562).
std::string randomUuid() {
  uuid_t id;
  uuid_generate_random(id);
  std::array<char, UUID_STR_LEN> text{};
  uuid_unparse_lower(id, text.data());
  return text.data();
}

template <class Field>
std::optional<double> numberOf(const Field& field) {
  if constexpr (std::is_arithmetic_v<Field>)
    return static_cast<double>(field);
  else
    return std::nullopt;
}

void insertParameters(Database& db, RunId run, const RunSpec& spec) {
  forEachField(spec, [&](const FieldInfo& info, const auto& field) {
    db.execute("INSERT INTO param (run, key, num, txt) VALUES (?, ?, ?, ?)", run.value, info.key, numberOf(field),
               fieldText(spec, info.key));
  });
}

/// What a run's progress is counted in: steps, or the trials of a search.
int64_t stepsOf(const RunSpec& spec) {
  if (kindOf(spec) != RunKind::Search) return spec.train.steps;
  return std::ranges::count(spec.search.rates, ',') + 1;
}

}  // namespace

RunStore::RunStore(const fs::path& workspace, StoreMode mode) : impl_(std::make_unique<Impl>(workspace, mode)) {}
RunStore::~RunStore() = default;
RunStore::RunStore(RunStore&&) noexcept = default;
RunStore& RunStore::operator=(RunStore&&) noexcept = default;

const fs::path& RunStore::workspace() const {
  return impl_->db.workspace();
}

fs::path RunStore::folder(RunId run) const {
  const fs::path folder = workspace() / "runs" / impl_->uuid(run);
  if (!impl_->db.isWritable()) return folder;
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(fmt::format("{} cannot be made: {}.", folder.string(), error.message()));
  return folder;
}

void RunStore::Impl::require(RunId run) {
  state(run);
}

RunState RunStore::Impl::state(RunId run) {
  Query query = db.query("SELECT state FROM run WHERE id = ?", run.value);
  if (!query.next()) throw Error(fmt::format("There is no run number {} in {}.", run.value, db.workspace().string()));
  return valueOf<RunState>(kRunStateNames, query.text(0));
}

std::string RunStore::Impl::uuid(RunId run) {
  Query query = db.query("SELECT uuid FROM run WHERE id = ?", run.value);
  if (!query.next()) throw Error(fmt::format("There is no run number {} in {}.", run.value, db.workspace().string()));
  return query.text(0);
}

void RunStore::Impl::touch(RunId run) {
  db.execute("UPDATE run SET version = (SELECT version FROM workspace) + 1 WHERE id = ?", run.value);
}

RunId RunStore::create(std::string_view settings, std::optional<RunId> parent, int64_t parentStep) {
  const RunSpec given = fromToml(settings, "the run's settings");
  RunSpec spec = given;
  makePathsAbsolute(spec);
  const std::string specToml = differences(given, spec).empty() ? std::string(settings) : toToml(spec);
  return impl_->db.write(Durability::Full, [&] {
    Database& db = impl_->db;
    if (parent) impl_->require(*parent);
    db.execute(
        "INSERT INTO run (uuid, name, kind, dataset, layers, steps, parent, parent_step, created_ms, state) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued')",
        randomUuid(), spec.name, nameOf(kindOf(spec)), spec.data.name, spec.model.layers, stepsOf(spec),
        parent ? std::optional(parent->value) : std::nullopt, parentStep, nowMs());
    const RunId run{db.lastRow()};
    db.execute("UPDATE run SET colour = id - 1 WHERE id = ?", run.value);
    db.execute("INSERT INTO run_text (run, spec) VALUES (?, ?)", run.value, specToml);
    insertParameters(db, run, spec);
    impl_->touch(run);
    return run;
  });
}

RunId RunStore::fork(RunId parent, int64_t step, std::string_view specToml) {
  const auto rows = checkpoints(parent);
  const auto row = std::ranges::find(rows, step, &CheckpointRow::step);
  const fs::path source = folder(parent);
  const bool takesModel = needsModel(fromToml(specToml, "the run's settings"));
  const bool passesOn = takesModel && step == -1 && fs::exists(source / kModelFile);
  if (row == rows.end() && !passesOn)
    throw Error(
        fmt::format("\"{}\" has no checkpoint at step {}. Choose one of those that it lists.", run(parent).name, step));
  const fs::path file = passesOn ? fs::path(kModelFile) : fs::path(row->file);
  const RunId child = create(specToml, parent, step);
  try {
    const fs::path target = folder(child);
    linkOrCopy(source / file, target / (takesModel ? fs::path(kModelFile) : file));
    for (const char* name : {kPaletteFile, kVqvaeFile})
      if (fs::exists(source / name)) linkOrCopy(source / name, target / name);
  } catch (const fs::filesystem_error& error) {
    purge(child);
    throw Error(
        fmt::format("The checkpoint {} cannot be copied: {}.", (source / file).string(), error.code().message()));
  }
  if (takesModel) return child;
  const TrainEvent inherited = CheckpointSaved{step, row->file, row->bytes, row->validationLoss, "forked"};
  append(child, std::span(&inherited, 1));
  return child;
}

void RunStore::setDataPath(RunId run, std::string_view path) {
  impl_->db.write(Durability::Full, [&] {
    Database& db = impl_->db;
    impl_->require(run);
    Query query = db.query("SELECT spec FROM run_text WHERE run = ?", run.value);
    if (!query.next()) throw Error("The run has no settings.");
    RunSpec spec = fromToml(query.text(0), "the run's settings");
    spec.data.path = path;
    makePathsAbsolute(spec);
    db.execute("UPDATE run_text SET spec = ? WHERE run = ?", toToml(spec), run.value);
    db.execute("DELETE FROM param WHERE run = ?", run.value);
    insertParameters(db, run, spec);
    impl_->touch(run);
  });
}

void RunStore::rename(RunId run, std::string_view name) {
  impl_->db.write(Durability::Full, [&] {
    impl_->require(run);
    impl_->db.execute("UPDATE run SET name = ? WHERE id = ?", name, run.value);
    impl_->touch(run);
  });
}

void RunStore::setStep(RunId run, int64_t step) {
  impl_->db.write(Durability::Normal, [&] {
    impl_->require(run);
    impl_->db.execute("UPDATE run SET step = ? WHERE id = ?", step, run.value);
    impl_->touch(run);
  });
}

void RunStore::setNote(RunId run, std::string_view note) {
  impl_->db.write(Durability::Full, [&] {
    impl_->require(run);
    impl_->db.execute("UPDATE run SET note = ? WHERE id = ?", note, run.value);
    impl_->touch(run);
  });
}

void RunStore::setTags(RunId run, const std::vector<std::string>& tags) {
  impl_->db.write(Durability::Full, [&] {
    impl_->require(run);
    impl_->db.execute("DELETE FROM tag WHERE run = ?", run.value);
    for (const std::string& tag : tags)
      impl_->db.execute("INSERT OR IGNORE INTO tag (run, name) VALUES (?, ?)", run.value, tag);
    impl_->touch(run);
  });
}

void RunStore::setTrashed(const std::vector<RunId>& runs, bool trashed) {
  impl_->db.write(Durability::Full, [&] {
    for (const RunId run : runs) {
      if (impl_->isRunning(run)) throw Error("A run that goes on cannot be moved to the trash. Stop it first.");
      if (trashed) impl_->leaveQueue(run);
      impl_->db.execute("UPDATE run SET trashed = ? WHERE id = ?", trashed, run.value);
      impl_->touch(run);
    }
  });
}

void RunStore::purge(RunId run) {
  const fs::path files = workspace() / "runs" / impl_->uuid(run);
  impl_->db.write(Durability::Full, [&] {
    if (impl_->isRunning(run)) throw Error("A run that goes on cannot be deleted. Stop it first.");
    impl_->db.execute("DELETE FROM run WHERE id = ?", run.value);  // everything of it goes along (ON DELETE CASCADE)
    impl_->db.execute("PRAGMA incremental_vacuum");                // the space goes back to the disk
  });
  std::error_code error;
  fs::remove_all(files, error);
  if (error)
    throw Error(fmt::format("The run is deleted, but its files in {} are not: {}. Delete that folder by hand.",
                            files.string(), error.message()));
}

void RunStore::checkpointLog() {
  impl_->db.checkpointLog();
}

void RunStore::Impl::addLog(RunId run, LogLine::Level level, std::string_view text, int64_t timeMs) {
  db.execute("INSERT INTO event (run, attempt, time_ms, level, text) SELECT id, attempt, ?, ?, ? FROM run WHERE id = ?",
             timeMs, nameOf(kLevelNames, level), text, run.value);
}

void RunStore::Impl::changeState(RunId run, RunState state, std::string_view detail, int64_t timeMs) {
  const RunState old = this->state(run);
  const bool over = !isActive(state) && state != RunState::Queued;
  db.execute(R"sql(
    UPDATE run SET state = ?2, detail = ?3, updated_ms = max(updated_ms, ?4),
      active_ms = active_ms + CASE WHEN active_since_ms > 0 THEN max(0, ?4 - active_since_ms) ELSE 0 END,
      active_since_ms = CASE WHEN ?5 THEN ?4 ELSE 0 END,
      started_ms = CASE WHEN started_ms = 0 AND ?6 THEN ?4 ELSE started_ms END,
      ended_ms = CASE WHEN ?7 THEN ?4 ELSE 0 END,
      owner_pid = CASE WHEN ?7 THEN 0 ELSE owner_pid END
    WHERE id = ?1)sql",
             run.value, nameOf(kRunStateNames, state), detail, timeMs, isWorking(state), isActive(state), over);
  if (state == old) return;
  std::string text(nameOf(kRunStateNames, state));
  text[0] = static_cast<char>(text[0] - 'a' + 'A');
  if (!detail.empty()) text += fmt::format(": {}", detail);
  const auto level = state == RunState::Failed        ? LogLine::Level::Error
                     : state == RunState::Interrupted ? LogLine::Level::Warning
                                                      : LogLine::Level::Info;
  addLog(run, level, text, timeMs);
}

}  // namespace scanline
