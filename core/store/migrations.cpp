// All versions of the schema in one file: each changes the tables that the earlier ones made, and is read with them.
#include "core/store/migrations.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <SQLiteCpp/VariadicBind.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <vector>

#include "core/base/error.h"

namespace scanline {

namespace {

// Times are Unix milliseconds. A REAL that may be NaN is nullable, and NULL means NaN there: SQLite has no NaN.
// Enumerations are stored by name, so that their order in the code is free to change.
constexpr const char* kVersion1 = R"sql(
-- One row. version grows with every commit, so that a view can ask cheaply whether anything is new.
CREATE TABLE workspace (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  version INTEGER NOT NULL,
  created_ms INTEGER NOT NULL
);

-- The columns of the list of runs, and nothing large, so that listing reads few pages. AUTOINCREMENT: a purged run's number,
-- and with it its colour, is never given to another.
CREATE TABLE run (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  dataset TEXT NOT NULL,
  layers INTEGER NOT NULL,
  steps INTEGER NOT NULL,
  colour INTEGER NOT NULL DEFAULT 0,
  parent INTEGER REFERENCES run(id) ON DELETE SET NULL,
  parent_step INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  trashed INTEGER NOT NULL DEFAULT 0,
  -- how it goes
  state TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '',
  step INTEGER NOT NULL DEFAULT 0,
  attempt INTEGER NOT NULL DEFAULT 0,        -- grows each time the run is started or resumed
  parameters INTEGER NOT NULL DEFAULT 0,
  started_ms INTEGER NOT NULL DEFAULT 0,
  ended_ms INTEGER NOT NULL DEFAULT 0,
  active_ms INTEGER NOT NULL DEFAULT 0,      -- time at work, up to active_since_ms
  active_since_ms INTEGER NOT NULL DEFAULT 0,  -- 0 = not at work
  updated_ms INTEGER NOT NULL DEFAULT 0,     -- last sign of life
  pace_ms REAL NOT NULL DEFAULT 0,           -- decayed sums: milliseconds and steps of the last minute or so
  pace_steps REAL NOT NULL DEFAULT 0,
  pace_at_ms INTEGER NOT NULL DEFAULT -1,    -- time at work at the newest step; -1 = no step yet in this attempt
  best_loss REAL, best_loss_step INTEGER,
  best_accuracy REAL, best_layer INTEGER, best_accuracy_step INTEGER,
  -- the process that runs it; 0 = none
  owner_pid INTEGER NOT NULL DEFAULT 0,
  owner_start INTEGER NOT NULL DEFAULT 0,
  owner_boot TEXT NOT NULL DEFAULT '',
  version INTEGER NOT NULL DEFAULT 0         -- workspace.version of the last commit that touched the run
);
CREATE INDEX run_by_name ON run(name);
CREATE INDEX run_by_state ON run(state);
CREATE INDEX run_by_parent ON run(parent) WHERE parent IS NOT NULL;

-- The large part of a run: read by the inspector alone.
CREATE TABLE run_text (
  run INTEGER PRIMARY KEY REFERENCES run(id) ON DELETE CASCADE,
  spec TEXT NOT NULL,                        -- TOML
  prepared TEXT NOT NULL DEFAULT '',         -- JSON: sizes, class names, environment
  palette BLOB                               -- float32, 3 a colour, little endian
);

-- One row a field of the spec. num is NULL for texts.
CREATE TABLE param (
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  num REAL,
  txt TEXT NOT NULL,
  PRIMARY KEY (run, key)
) WITHOUT ROWID;
CREATE INDEX param_by_number ON param(key, num, run);
CREATE INDEX param_by_text ON param(key, txt, run);

CREATE TABLE tag (
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  PRIMARY KEY (run, name)
) WITHOUT ROWID;

CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  UNIQUE (run, name)
);

CREATE TABLE point (
  series INTEGER NOT NULL REFERENCES series(id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  value REAL,
  time_ms INTEGER NOT NULL,
  PRIMARY KEY (series, step)
) WITHOUT ROWID;

-- NaN takes part in count, first and last, never in min and max.
CREATE TABLE series_summary (
  series INTEGER PRIMARY KEY REFERENCES series(id) ON DELETE CASCADE,
  count INTEGER NOT NULL,
  first_step INTEGER NOT NULL, first_value REAL,
  last_step INTEGER NOT NULL, last_value REAL,
  min_step INTEGER, min_value REAL,
  max_step INTEGER, max_value REAL
);

CREATE TABLE sample_set (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  completions INTEGER NOT NULL,              -- 1: parts of originals were given; 0: drawn from nothing
  given INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  per_prompt INTEGER NOT NULL,
  prompts INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  UNIQUE (run, step, completions)
);

-- Palette indices: one byte each if all are below 256, else two, little endian.
CREATE TABLE sample (
  sample_set INTEGER NOT NULL REFERENCES sample_set(id) ON DELETE CASCADE,
  original INTEGER NOT NULL,                 -- 1: what was given; 0: what was drawn
  place INTEGER NOT NULL,
  nats REAL,
  tokens BLOB NOT NULL,
  PRIMARY KEY (sample_set, original, place)
) WITHOUT ROWID;

CREATE TABLE probe (
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  layer INTEGER NOT NULL,
  accuracy REAL,
  train_accuracy REAL,
  loss REAL,
  iterations INTEGER NOT NULL,
  converged INTEGER NOT NULL,
  classes INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  PRIMARY KEY (run, step, layer)
) WITHOUT ROWID;

CREATE TABLE confusion (
  run INTEGER NOT NULL,
  step INTEGER NOT NULL,
  layer INTEGER NOT NULL,
  counts BLOB NOT NULL,                      -- int32, true class major, little endian
  PRIMARY KEY (run, step, layer),
  FOREIGN KEY (run, step, layer) REFERENCES probe(run, step, layer) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE checkpoint (
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  file TEXT NOT NULL,                        -- relative to the run's folder
  bytes INTEGER NOT NULL,
  validation_loss REAL,
  reason TEXT NOT NULL,
  time_ms INTEGER NOT NULL,
  PRIMARY KEY (run, step)
) WITHOUT ROWID;

CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  level TEXT NOT NULL,
  text TEXT NOT NULL
);
CREATE INDEX event_by_run ON event(run, id);

CREATE TABLE job (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  state TEXT NOT NULL,
  position INTEGER NOT NULL,
  resume INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  ended_ms INTEGER NOT NULL DEFAULT 0,
  owner_pid INTEGER NOT NULL DEFAULT 0,
  owner_start INTEGER NOT NULL DEFAULT 0,
  owner_boot TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX job_open ON job(run) WHERE state IN ('waiting', 'running', 'paused');
CREATE INDEX job_by_run ON job(run);

CREATE TABLE saved_view (
  name TEXT PRIMARY KEY,
  content TEXT NOT NULL
) WITHOUT ROWID;

INSERT INTO workspace VALUES (1, 1, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER));
)sql";

// The penalty of a probe and its accuracy on test images; classifiers that learn from few labels; and the codes of a
// VQ-VAE with the pictures that they decode to.
constexpr const char* kVersion2 = R"sql(
ALTER TABLE probe ADD COLUMN l2 REAL NOT NULL DEFAULT 0;
ALTER TABLE probe ADD COLUMN joined INTEGER NOT NULL DEFAULT 1;
ALTER TABLE probe ADD COLUMN test_accuracy REAL;  -- NULL = not looked at
ALTER TABLE sample_set ADD COLUMN pixel_width INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sample_set ADD COLUMN pixel_height INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sample ADD COLUMN pixels BLOB;        -- RGB, where tokens are codes

CREATE TABLE low_data (
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  labels INTEGER NOT NULL,                        -- of each class
  subset INTEGER NOT NULL,
  layer INTEGER NOT NULL,
  accuracy REAL,
  loss REAL,
  time_ms INTEGER NOT NULL,
  PRIMARY KEY (run, labels, subset)
) WITHOUT ROWID;

CREATE TABLE codebook_use (
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  counts BLOB NOT NULL,                           -- int64, little endian
  PRIMARY KEY (run, step)
) WITHOUT ROWID;
)sql";

// Of a confusion matrix, only the cells above 0: with a thousand classes it has a million, and a probe of a hundred
// images fills a hundred of them at most.
constexpr const char* kVersion3 = R"sql(
ALTER TABLE confusion RENAME COLUMN counts TO cells;  -- int32 (true class, class said, count), by class, little endian
)sql";

// Lists of runs: which changed since a version, where the lists' columns are read from, and whether a run was removed.
// Commands to the process that trains a run. And the views for SQL of the users' own, whose names and columns never
// change.
constexpr const char* kVersion4 = R"sql(
ALTER TABLE workspace ADD COLUMN removed_version INTEGER NOT NULL DEFAULT 0;  -- version of the last removal of a run
CREATE INDEX run_by_version ON run(version);
CREATE INDEX run_base ON run(trashed, created_ms, parent, kind);
CREATE INDEX series_by_name ON series(name, run);
CREATE INDEX tag_by_name ON tag(name, run);

CREATE TABLE run_command (
  run INTEGER PRIMARY KEY REFERENCES run(id) ON DELETE CASCADE,
  command TEXT NOT NULL,
  asked_ms INTEGER NOT NULL
);

-- A run. Times are UTC, seconds are numbers, accuracies are shares from 0 to 1, and NULL is unknown.
CREATE VIEW v_run AS SELECT
  id, uuid, name, kind, nullif(dataset, '') AS data, state, detail, step, nullif(steps, 0) AS steps,
  nullif(parameters, 0) AS parameters, nullif(layers, 0) AS layers, best_loss, best_loss_step, best_accuracy,
  best_accuracy_step, best_layer, datetime(created_ms / 1000, 'unixepoch') AS created,
  datetime(nullif(started_ms, 0) / 1000, 'unixepoch') AS started,
  datetime(nullif(ended_ms, 0) / 1000, 'unixepoch') AS ended, active_ms / 1000.0 AS seconds, parent, parent_step,
  trashed, note, (SELECT group_concat(name, ', ') FROM tag WHERE tag.run = run.id) AS tags
FROM run;
-- A setting of a run; number is NULL for texts.
CREATE VIEW v_setting AS SELECT run, key, num AS number, txt AS text FROM param;
-- The summary of a series of numbers.
CREATE VIEW v_series AS SELECT
  series.run AS run, name, count, first_step, first_value, last_step, last_value, min_step, min_value, max_step,
  max_value
FROM series JOIN series_summary ON series_summary.series = series.id;
-- A point of a series; value is NULL where it was not a number.
CREATE VIEW v_point AS SELECT series.run AS run, series.name AS series, step, value, time_ms / 1000.0 AS time
FROM series JOIN point ON point.series = series.id;
CREATE VIEW v_probe AS SELECT run, step, layer, accuracy, train_accuracy, test_accuracy, loss, l2, classes FROM probe;
CREATE VIEW v_low_data AS SELECT run, labels, subset, layer, accuracy, loss FROM low_data;
CREATE VIEW v_checkpoint AS SELECT run, step, file, bytes, validation_loss, reason FROM checkpoint;
CREATE VIEW v_log AS SELECT run, datetime(time_ms / 1000, 'unixepoch') AS time, level, text FROM event;
)sql";

// Drawings that people keep, with all that it takes to draw them again.
constexpr const char* kVersion5 = R"sql(
CREATE TABLE pin (
  id INTEGER PRIMARY KEY AUTOINCREMENT,      -- of one that is unpinned and pinned again it stays
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  step INTEGER NOT NULL,                     -- of the checkpoint, which may be gone
  checkpoint TEXT NOT NULL,                  -- relative to the run's folder
  identity TEXT NOT NULL,                    -- of that file's content
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  picture BLOB NOT NULL,                     -- tokens as in sample
  mask BLOB NOT NULL,                        -- a byte a token, 1 = drawn
  drawn BLOB NOT NULL,                       -- tokens as in sample
  pixel_width INTEGER NOT NULL,
  pixel_height INTEGER NOT NULL,
  pixels BLOB,                               -- RGB, where tokens are codes
  candidate INTEGER NOT NULL,
  candidates INTEGER NOT NULL,
  picture_index INTEGER NOT NULL,
  temperature REAL NOT NULL,
  top_k INTEGER NOT NULL,
  top_p REAL NOT NULL,
  seed INTEGER NOT NULL,
  conditioned INTEGER NOT NULL,
  particles INTEGER NOT NULL,
  passes INTEGER NOT NULL,
  threads INTEGER NOT NULL,
  nats REAL,
  note TEXT NOT NULL,
  created_ms INTEGER NOT NULL
);
CREATE INDEX pin_by_run ON pin(run, id);
-- A drawing that is kept; nats is the mean over the drawn pixels.
CREATE VIEW v_pin AS SELECT
  id, run, step, checkpoint, candidate, nats, temperature, top_k, top_p, seed, conditioned, particles, passes, note,
  datetime(created_ms / 1000, 'unixepoch') AS created
FROM pin;
)sql";

// Keys and values of a drawing in bfloat16.
constexpr const char* kVersion6 = R"sql(
ALTER TABLE pin ADD COLUMN bf16_cache INTEGER NOT NULL DEFAULT 0;
)sql";

// Runs in processes of their own, and one queue for all processes of a workspace.
constexpr const char* kVersion7 = R"sql(
ALTER TABLE run ADD COLUMN own_process INTEGER NOT NULL DEFAULT 0;  -- 1 = it trains in a process of its own
ALTER TABLE workspace ADD COLUMN lanes INTEGER NOT NULL DEFAULT 1;  -- runs of the queue that train at the same time

-- The processes that take runs from the queue. Rows of dead processes mean nothing.
CREATE TABLE runner (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  pid INTEGER NOT NULL,
  start_ticks INTEGER NOT NULL,
  boot TEXT NOT NULL,
  serves TEXT NOT NULL,
  state TEXT NOT NULL
);
)sql";

// Runs that a cluster trains.
constexpr const char* kVersion8 = R"sql(
CREATE TABLE cluster_run (
  run INTEGER PRIMARY KEY REFERENCES run(id) ON DELETE CASCADE,
  folder TEXT NOT NULL DEFAULT '',       -- on the shared disk; empty = not submitted yet
  job TEXT NOT NULL DEFAULT '',          -- the cluster's name of it
  taken INTEGER NOT NULL DEFAULT 0,      -- bytes of its event file that are stored
  open INTEGER NOT NULL DEFAULT 1,       -- 1 = the cluster has it
  submitted_ms INTEGER NOT NULL DEFAULT 0
);
)sql";

// Samples on codes: the images that the codes of the originals were made of.
constexpr const char* kVersion9 = R"sql(
ALTER TABLE sample ADD COLUMN true_pixels BLOB;  -- RGB, of originals; NULL = `pixels` are the image, or it is not known
)sql";

// Runs of a cluster: whether an event file is the one that was read, and when a run was heard of last.
constexpr const char* kVersion10 = R"sql(
ALTER TABLE cluster_run ADD COLUMN taken_sum INTEGER NOT NULL DEFAULT 0;  -- of the last line before `taken`; 0 = not known
ALTER TABLE cluster_run ADD COLUMN silent_ms INTEGER NOT NULL DEFAULT 0;  -- since then no sign of life, by this clock; 0 = lately
)sql";

// Drawings that are kept: the version of the program and the arithmetic.
constexpr const char* kVersion11 = R"sql(
ALTER TABLE pin ADD COLUMN made_with TEXT NOT NULL DEFAULT '';  -- one name=value a line; empty = not known
UPDATE workspace SET lanes = 0 WHERE lanes = 1;  -- nobody has chosen: one for each GPU
)sql";

/// The cells above 0 of `counts`, int32 [classes, classes].
std::vector<int32_t> sparseCells(const SQLite::Column& counts, int64_t classes) {
  std::vector<int32_t> dense(static_cast<size_t>(counts.getBytes()) / sizeof(int32_t)), cells;
  if (!dense.empty()) std::memcpy(dense.data(), counts.getBlob(), dense.size() * sizeof(int32_t));
  for (size_t i = 0; i < dense.size() && classes > 0; ++i)
    if (const auto at = static_cast<int64_t>(i); dense[i] != 0)
      cells.insert(cells.end(), {static_cast<int32_t>(at / classes), static_cast<int32_t>(at % classes), dense[i]});
  return cells;
}

/// One row at a time: a store may hold a GB of them.
void makeConfusionsSparse(SQLite::Database& database) {
  std::vector<std::array<int64_t, 4>> rows;
  for (SQLite::Statement all(database,
                             "SELECT run, step, layer, classes FROM confusion JOIN probe USING (run, step, layer)");
       all.executeStep();)
    rows.push_back({all.getColumn(0), all.getColumn(1), all.getColumn(2), all.getColumn(3)});
  SQLite::Statement read(database, "SELECT cells FROM confusion WHERE run = ? AND step = ? AND layer = ?");
  SQLite::Statement write(database, "UPDATE confusion SET cells = ?4 WHERE run = ?1 AND step = ?2 AND layer = ?3");
  for (const auto& [run, step, layer, classes] : rows) {
    SQLite::bind(read, run, step, layer);
    read.executeStep();
    const auto cells = sparseCells(read.getColumn(0), classes);
    read.reset();
    SQLite::bind(write, run, step, layer);
    write.bind(4, cells.data(), static_cast<int>(cells.size() * sizeof(int32_t)));
    write.exec();
    write.reset();
  }
}

constexpr std::array kMigrations{
    Migration{1, kVersion1},   Migration{2, kVersion2},  Migration{3, kVersion3, makeConfusionsSparse},
    Migration{4, kVersion4},   Migration{5, kVersion5},  Migration{6, kVersion6},
    Migration{7, kVersion7},   Migration{8, kVersion8},  Migration{9, kVersion9},
    Migration{10, kVersion10}, Migration{11, kVersion11}};

}  // namespace

std::span<const Migration> migrations() {
  return kMigrations;
}

int64_t checkVersion(SQLite::Database& database, const std::filesystem::path& file, std::span<const Migration> steps) {
  const int64_t application = database.execAndGet("PRAGMA application_id").getInt64();
  const int64_t version = database.execAndGet("PRAGMA user_version").getInt64();
  const bool empty = database.execAndGet("SELECT count(*) FROM sqlite_master").getInt64() == 0;
  if (empty && application == 0 && version == 0) return 0;
  if (application != kApplicationId)
    throw Error(fmt::format(
        "{} is a SQLite database of another program, not a Scanline workspace. Choose another folder.", file.string()));
  const int64_t known = steps.back().version;
  if (version > known)
    throw Error(fmt::format(
        "{} was written by a newer version of Scanline (store version {}; this one knows up to {}). Update Scanline, or choose another workspace.",
        file.string(), version, known));
  return version;
}

void backUp(SQLite::Database& database, const std::filesystem::path& file, std::span<const Migration> steps) {
  const int64_t version = checkVersion(database, file, steps);
  if (version == 0 || version == steps.back().version) return;
  // Made under a name of its own and then put in place: another process may be doing the same.
  std::filesystem::path backup = file, part = file;
  backup += fmt::format(".version-{}.backup", version);
  part += fmt::format(".version-{}.{}.part", version, ::getpid());
  std::filesystem::remove(part);
  try {
    SQLite::Statement copy(database, "VACUUM INTO ?");
    copy.bind(1, part.string());
    copy.exec();
    std::filesystem::rename(part, backup);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    throw;
  }
}

void migrate(SQLite::Database& database, const std::filesystem::path& file, std::span<const Migration> steps) {
  const int64_t version = checkVersion(database, file, steps);
  if (version == steps.back().version) return;
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  for (const Migration& step : steps) {
    if (step.version <= version) continue;
    database.exec(step.sql);
    if (step.convert) step.convert(database);
  }
  database.exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
  database.exec(fmt::format("PRAGMA user_version = {}", steps.back().version));
  transaction.commit();
  if (version > 0) database.exec("PRAGMA incremental_vacuum");  // space that a step made free goes back to the disk
}

}  // namespace scanline
