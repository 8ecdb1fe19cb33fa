#include "tests/app/synthetic_store.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/spec/presets.h"
#include "core/spec/spec_text.h"
#include "core/store/run_store.h"

namespace scanline {

namespace {

constexpr int64_t kTemplates = 240;
constexpr int kPoints = 12, kSteps = 800;

RunSpec templateSpec(int64_t i) {
  static constexpr std::array kRates{1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2};
  static constexpr std::array kLayers{2, 4, 8, 12, 24};
  static constexpr std::array kData{"digits", "cifar10", "mnist", "fashion-mnist"};
  RunSpec spec = preset("quick-start").spec;
  spec.name = fmt::format("{} {}", i % 3 == 0 ? "wide" : i % 3 == 1 ? "deep" : "quick start", i);
  spec.optimizer.learningRate = kRates[static_cast<size_t>(i) % kRates.size()];
  spec.model.layers = kLayers[static_cast<size_t>(i / 6) % kLayers.size()];
  spec.data.name = kData[static_cast<size_t>(i / 30) % kData.size()];
  spec.seed = static_cast<uint64_t>(i % 5);
  spec.train.steps = kSteps;
  return spec;
}

void makeTemplates(RunStore& store) {
  for (int64_t i = 0; i < kTemplates; ++i) {
    const RunId run = store.create(toToml(templateSpec(i)));
    std::vector<TrainEvent> events{RunPrepared{.parameters = 10'000 * (1 + i % 40)}};
    for (int point = 1; point <= kPoints; ++point) {
      const int64_t step = kSteps * point / kPoints;
      const double loss = 1.2 + 1.5 / point + 0.001 * static_cast<double>(i % 97);
      events.emplace_back(Scalars{step, {{"train/loss", loss}, {"speed/imagesPerSecond", 600 + point}}});
      if (point % 4 == 0) events.emplace_back(Evaluation{step, loss + 0.05, {}});
      if (point % 4 == 0)
        events.emplace_back(ProbeResult{.step = step, .layer = i % 4, .accuracy = 0.5 + 0.004 * static_cast<double>(i % 97)});
    }
    events.emplace_back(StateChanged{i % 17 == 0 ? RunState::Failed : i % 13 == 0 ? RunState::Stopped : RunState::Finished,
                                     i % 17 == 0 ? "The loss became NaN." : ""});
    store.append(run, events);
    store.setStep(run, kSteps);
    if (i % 7 == 0) store.setTags(run, {"best", i % 2 ? "odd" : "baseline"});
    if (i % 5 == 0) store.setNote(run, fmt::format("looked at on day {}", i % 30));
  }
}

/// Names of a table's columns but those given, joined by commas.
std::string columnsOf(SQLite::Database& db, const std::string& table, const std::vector<std::string>& without) {
  std::string names;
  for (SQLite::Statement query(db, "PRAGMA table_info(" + table + ")"); query.executeStep();) {
    const std::string name = query.getColumn(1).getString();
    if (std::ranges::find(without, name) == without.end()) names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

/// The templates again and again, up to `runs`: `?1` is by how much numbers grow.
void copyTemplates(SQLite::Database& db, int64_t runs) {
  const int64_t series = db.execAndGet("SELECT max(id) FROM series").getInt64();
  const std::string run = columnsOf(db, "run", {"id", "uuid", "name", "created_ms", "best_loss", "best_accuracy"});
  const auto copyOfRun = [&](const std::string& table) {
    const std::string rest = columnsOf(db, table, {"run"});
    return fmt::format("INSERT INTO {0} (run, {1}) SELECT run + ?1, {1} FROM {0} WHERE run <= ?2 AND run + ?1 <= ?3",
                       table, rest);
  };
  const std::vector<std::string> copies{
      fmt::format("INSERT INTO run (id, uuid, name, created_ms, best_loss, best_accuracy, {0}) SELECT id + ?1, "
                  "lower(hex(randomblob(16))), name || ' ' || (?1 / ?2), created_ms + ?1, best_loss + ?1 * 1e-6, "
                  "best_accuracy + ?1 * 1e-7, {0} FROM run WHERE id <= ?2 AND id + ?1 <= ?3",
                  run),
      copyOfRun("run_text"),
      copyOfRun("param"),
      copyOfRun("tag"),
      copyOfRun("probe"),
      fmt::format("INSERT INTO series (id, run, name) SELECT id + ?1 / ?2 * {}, run + ?1, name FROM series WHERE run <= "
                  "?2 AND run + ?1 <= ?3",
                  series),
      fmt::format("INSERT INTO series_summary ({0}, series) SELECT {0}, series_summary.series + ?1 / ?2 * {1} FROM "
                  "series_summary JOIN series ON series.id = series_summary.series WHERE run <= ?2 AND run + ?1 <= ?3",
                  columnsOf(db, "series_summary", {"series"}), series),
      fmt::format("INSERT INTO point (series, step, value, time_ms) SELECT series + ?1 / ?2 * {}, step, value, time_ms "
                  "FROM point JOIN series ON series.id = point.series WHERE run <= ?2 AND run + ?1 <= ?3",
                  series),
  };
  for (const std::string& copy : copies) {
    SQLite::Statement statement(db, copy);
    for (int64_t more = kTemplates; more < runs; more += kTemplates) {
      statement.bind(1, static_cast<int64_t>(more));
      if (statement.getBindParameterCount() > 1) statement.bind(2, kTemplates);
      if (statement.getBindParameterCount() > 2) statement.bind(3, runs);
      statement.exec();
      statement.reset();
    }
  }
}

}  // namespace

void makeSyntheticStore(const std::filesystem::path& workspace, int64_t runs, int64_t pointsOfOne) {
  RunStore store(workspace, StoreMode::ReadWrite);
  makeTemplates(store);
  {
    SQLite::Database db(workspace / "scanline.db", SQLite::OPEN_READWRITE);
    db.exec("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -400000");
    SQLite::Transaction all(db);
    copyTemplates(db, runs - 1);
    all.commit();
  }
  RunSpec spec = templateSpec(0);
  spec.name = "long run";
  spec.train.steps = pointsOfOne;
  const RunId run = store.create(toToml(spec));
  std::vector<TrainEvent> events;
  for (int64_t step = 1; step <= pointsOfOne; ++step) {
    const double at = static_cast<double>(step);
    events.emplace_back(Scalars{step, {{"train/loss", 1.2 + 100 / (50 + at) + 0.1 * static_cast<double>(step * 7919 % 101) / 101}}});
    if (events.size() == 10'000) {
      store.append(run, events);
      events.clear();
    }
  }
  events.emplace_back(StateChanged{RunState::Finished, ""});
  store.append(run, events);
  store.checkpointLog();
}

}  // namespace scanline
