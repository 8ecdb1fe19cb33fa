// RunStore: how runs come into it.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>
#include <uuid/uuid.h>

#include <algorithm>
#include <array>
#include <memory>

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

/// The settings of a run as they are stored: with absolute paths.
struct Settings {
  explicit Settings(std::string_view text) : spec(fromToml(text, "the run's settings")), toml(text) {
    const RunSpec given = spec;
    makePathsAbsolute(spec);
    if (!differences(given, spec).empty()) toml = toToml(spec);
  }
  RunSpec spec;
  std::string toml;
};

/// The unit of a run's progress: steps, or the trials of a search.
int64_t stepsOf(const RunSpec& spec) {
  if (kindOf(spec) != RunKind::Search) return spec.train.steps;
  return std::ranges::count(spec.search.rates, ',') + 1;
}

/// The folder of a run that is about to be made: locked, so that verify() tells it from one that a crash left behind;
/// gone again unless it is kept.
class ForkFolder {
 public:
  explicit ForkFolder(const fs::path& workspace) : uuid_(randomUuid()), folder_(workspace / "runs" / uuid_) {
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error)
      throwSystemError(error.value(), fmt::format("{} cannot be made: {}.", folder_.string(), error.message()));
    descriptor_ = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ::flock(descriptor_, LOCK_EX | LOCK_NB);
  }
  ~ForkFolder() {
    std::error_code ignored;  // verify() finds the rest
    if (!kept_) fs::remove_all(folder_, ignored);
    ::close(descriptor_);
  }
  ForkFolder(const ForkFolder&) = delete;
  ForkFolder& operator=(const ForkFolder&) = delete;

  void keep() { kept_ = true; }
  const std::string& uuid() const { return uuid_; }
  const fs::path& path() const { return folder_; }

 private:
  std::string uuid_;
  fs::path folder_;
  int descriptor_ = -1;
  bool kept_ = false;
};

}  // namespace

RunId RunStore::Impl::insertRun(const RunSpec& spec, std::string_view specToml, std::string_view uuid,
                                std::optional<RunId> parent, int64_t parentStep) {
  if (parent) require(*parent);
  db.execute(
      "INSERT INTO run (uuid, name, kind, dataset, layers, steps, parent, parent_step, created_ms, state, owner_pid, "
      "owner_start, owner_boot) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?)",
      uuid, spec.name, nameOf(kindOf(spec)), spec.data.name, spec.model.layers, stepsOf(spec),
      parent ? std::optional(parent->value) : std::nullopt, parentStep, nowMs(), self.pid, self.startTicks,
      self.bootId);
  const RunId run{db.lastRow()};
  db.execute("UPDATE run SET colour = id - 1 WHERE id = ?", run.value);
  db.execute("INSERT INTO run_text (run, spec) VALUES (?, ?)", run.value, specToml);
  insertParameters(db, run, spec);
  touch(run);
  return run;
}

RunId RunStore::create(std::string_view text, std::optional<RunId> parent, int64_t parentStep) {
  const Settings settings(text);
  return impl_->db.write(Durability::Full, [&] {
    return impl_->insertRun(settings.spec, settings.toml, randomUuid(), parent, parentStep);
  });
}

bool KnownSettings::has(std::string_view key) const {
  return all || std::ranges::find(keys, key) != keys.end();
}

void RunStore::Impl::forgetUnknown(RunId run, const KnownSettings& known) {
  if (known.all) return;
  const RunSpec defaults;
  forEachField(defaults, [&](const FieldInfo& info, const auto&) {
    if (!known.has(info.key)) db.execute("DELETE FROM param WHERE run = ? AND key = ?", run.value, info.key);
  });
  if (!known.has("kind")) db.execute("UPDATE run SET kind = ? WHERE id = ?", nameOf(RunKind::Curves), run.value);
  if (!known.has("data.name")) db.execute("UPDATE run SET dataset = '' WHERE id = ?", run.value);
  if (!known.has("model.layers")) db.execute("UPDATE run SET layers = 0 WHERE id = ?", run.value);
  if (!known.has("train.steps")) db.execute("UPDATE run SET steps = 0 WHERE id = ?", run.value);
}

RunId RunStore::beginImport(std::string_view text, const KnownSettings& known) {
  const Settings settings(text);
  return impl_->db.write(Durability::Full, [&] {
    const RunId run = impl_->insertRun(settings.spec, settings.toml, randomUuid(), std::nullopt, 0);
    impl_->forgetUnknown(run, known);
    impl_->db.execute("UPDATE run SET state = ? WHERE id = ?", stateName(RunState::Importing), run.value);
    return run;
  });
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

/// Runs on their way into the store: slow work, and all files, come before the one transaction.
class RunStore::Forks {
 public:
  Forks(const RunStore& store, RunId parent, int64_t step, std::span<const std::string> specTomls)
      : store_(store), parent_(parent), step_(step) {
    for (const std::string& toml : specTomls) prepare(toml);
  }

  /// Within a transaction.
  std::vector<RunId> insert() {
    std::vector<RunId> runs;
    for (const Fork& fork : forks_) {
      const RunId run =
          store_.impl_->insertRun(fork.settings.spec, fork.settings.toml, fork.folder->uuid(), parent_, step_);
      if (fork.checkpoint) store_.impl_->appendWithin(run, std::span(&*fork.checkpoint, 1), {});
      runs.push_back(run);
    }
    return runs;
  }
  void keep() {
    for (const Fork& fork : forks_) fork.folder->keep();
  }

 private:
  struct Fork {
    Settings settings;
    std::unique_ptr<ForkFolder> folder;
    std::optional<TrainEvent> checkpoint;  ///< its starting point; none for a kind that takes a model
  };

  void prepare(const std::string& toml) {
    const auto rows = store_.checkpoints(parent_);
    const auto row = std::ranges::find(rows, step_, &CheckpointRow::step);
    const fs::path source = store_.folder(parent_);
    Fork fork{Settings(toml), nullptr, {}};
    const bool takesModel = needsModel(fork.settings.spec);
    const bool passesOn = takesModel && step_ == -1 && fs::exists(source / kModelFile);
    if (row == rows.end() && !passesOn)
      throw Error(fmt::format("\"{}\" has no checkpoint at step {}. Choose one of those that it lists.",
                              store_.run(parent_).name, step_));
    // A checkpoint that was put elsewhere for want of room has an absolute name; a fork's lies in its own folder.
    const fs::path file = passesOn ? source / kModelFile : source / row->file;
    const fs::path name = takesModel ? fs::path(kModelFile) : fs::path(kCheckpointFolder) / file.filename();
    fork.folder = std::make_unique<ForkFolder>(store_.workspace());
    try {
      linkOrCopy(file, fork.folder->path() / name);
      for (const char* each : {kPaletteFile, kVqvaeFile})
        if (fs::exists(source / each)) linkOrCopy(source / each, fork.folder->path() / each);
    } catch (const fs::filesystem_error& error) {
      throwSystemError(error.code().value(),
                       fmt::format("The checkpoint {} cannot be copied: {}.", file.string(), error.code().message()));
    }
    if (!takesModel) fork.checkpoint = CheckpointSaved{step_, name.string(), row->bytes, row->validationLoss, "forked"};
    forks_.push_back(std::move(fork));
  }

  const RunStore& store_;
  RunId parent_;
  int64_t step_;
  std::vector<Fork> forks_;
};

RunId RunStore::fork(RunId parent, int64_t step, std::string_view specToml) {
  const std::string text(specToml);
  Forks forks(*this, parent, step, std::span(&text, 1));
  const RunId run = impl_->db.write(Durability::Full, [&] { return forks.insert().front(); });
  forks.keep();
  return run;
}

std::vector<RunId> RunStore::forkQueued(RunId parent, int64_t step, std::span<const std::string> specTomls,
                                        QueuePlace place) {
  Forks forks(*this, parent, step, specTomls);
  const auto runs = impl_->db.write(Durability::Full, [&] {
    const std::vector<RunId> made = forks.insert();
    impl_->queueAll(made, /*resume=*/true, place);
    return made;
  });
  forks.keep();
  return runs;
}

std::vector<RunId> RunStore::createQueued(std::span<const std::string> specTomls, std::optional<RunId> parent,
                                          QueuePlace place) {
  const std::vector<Settings> all(specTomls.begin(), specTomls.end());
  return impl_->db.write(Durability::Full, [&] {
    std::vector<RunId> made;
    for (const Settings& each : all) made.push_back(impl_->insertRun(each.spec, each.toml, randomUuid(), parent, 0));
    impl_->queueAll(made, /*resume=*/false, place);
    return made;
  });
}

}  // namespace scanline
