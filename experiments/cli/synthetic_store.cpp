#include "experiments/cli/synthetic_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/spec/presets.h"
#include "core/spec/spec_text.h"
#include "core/store/database.h"

namespace scanline {

namespace {

using Durability = Database::Durability;

/// The saved view by which such a workspace is known again.
constexpr const char* kMark = "Synthetic runs";

/// The first run, made in the usual way: all others are variations of it.
RunId makeTemplate(RunStore& store) {
  RunSpec spec = preset("quick-start").spec;
  const RunId run = store.create(toToml(spec));
  const std::vector<TrainEvent> events{RunPrepared{.trainImages = 1617, .validationImages = 180, .parameters = 220000},
                                       StepStats{1, 2.8, 1e-4, 0.9, 1000},
                                       Evaluation{1, 2.7, {}},
                                       Scalars{1, {{"test/loss", 2.75}}},
                                       ProbeResult{.step = 1, .layer = 2, .accuracy = 0.4},
                                       StateChanged{RunState::Finished, ""}};
  store.append(run, events);
  return run;
}

// ?1 to ?2: the runs that are made. Every twentieth is a search, and up to four behind it are its trials.
constexpr const char* kRuns = R"sql(
WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
INSERT INTO run (id, uuid, name, kind, dataset, layers, steps, colour, parent, created_ms, note, trashed, state, step,
  attempt, parameters, started_ms, ended_ms, active_ms, updated_ms, best_loss, best_loss_step, best_accuracy,
  best_layer, best_accuracy_step, version)
SELECT i, printf('%08x-0000-4000-8000-%012x', (i * 2654435761) % 4294967296, i),
  CASE i % 5 WHEN 0 THEN 'quick start ' WHEN 1 THEN 'quick start, lr 1e-' WHEN 2 THEN 'wide model, seed ' WHEN 3 THEN
    'cifar in codes ' ELSE 'probe of a sweep ' END || i, CASE WHEN i % 20 = 0 THEN 'search' ELSE 'pretrain' END,
  CASE i % 3 WHEN 0 THEN 'digits' WHEN 1 THEN 'cifar10' ELSE 'mnist' END, 4 * (1 + i % 6), 800, i - 1,
  CASE WHEN i > 20 AND i % 20 BETWEEN 1 AND 4 THEN i - i % 20 END, 1700000000000 + i * 60000,
  CASE WHEN i % 11 = 0 THEN 'looks good, go on with a larger one' ELSE '' END, i % 50 = 49,
  CASE i % 9 WHEN 0 THEN 'failed' WHEN 1 THEN 'stopped' ELSE 'finished' END, 800 - i % 7, 1, 100000 + 1000 * (i % 97),
  1700000001000 + i * 60000, 1700000055000 + i * 60000, 50000 + i % 9000, 1700000055000 + i * 60000,
  1.3 + (i * 7919 % 10007) / 10007.0, 700, 0.5 + (i * 104729 % 10009) / 20018.0, i % 5, 600,
  (SELECT version FROM workspace) + 1
FROM n)sql";
constexpr const char* kTexts =
    "INSERT INTO run_text (run, spec, prepared) SELECT id, (SELECT spec FROM run_text WHERE run = 1), (SELECT prepared "
    "FROM run_text WHERE run = 1) FROM run WHERE id BETWEEN ?1 AND ?2";
constexpr const char* kSettings = R"sql(
INSERT INTO param (run, key, num, txt) SELECT id, key,
  CASE key WHEN 'optimizer.learningRate' THEN (1 + id % 9) * 1e-4 * (1 + id % 4) WHEN 'seed' THEN id % 10
    WHEN 'model.layers' THEN layers WHEN 'model.width' THEN 32 * (1 + id % 8) ELSE num END,
  CASE key WHEN 'optimizer.learningRate' THEN CAST((1 + id % 9) * 1e-4 * (1 + id % 4) AS TEXT)
    WHEN 'seed' THEN CAST(id % 10 AS TEXT) WHEN 'model.layers' THEN CAST(layers AS TEXT)
    WHEN 'model.width' THEN CAST(32 * (1 + id % 8) AS TEXT) WHEN 'data.name' THEN dataset WHEN 'name' THEN name
    ELSE txt END
FROM run CROSS JOIN (SELECT key, num, txt FROM param WHERE run = 1) WHERE id BETWEEN ?1 AND ?2)sql";
constexpr const char* kTags =
    "INSERT INTO tag (run, name) SELECT id, CASE WHEN id % 2 = 0 THEN 'best' ELSE 'baseline' END FROM run WHERE id "
    "BETWEEN ?1 AND ?2 AND id % 7 = 0";
constexpr const char* kSeries =
    "INSERT INTO series (run, name) SELECT id, each.name FROM run CROSS JOIN (SELECT name FROM series WHERE run = 1) AS each "
    "WHERE id BETWEEN ?1 AND ?2";
constexpr const char* kSummaries = R"sql(
INSERT INTO series_summary SELECT id, 8, 1, 2.8, 800, 1.2 + (run * 31 % 997) / 997.0, 700, 1.1 + (run * 31 % 997) / 997.0,
  1, 2.8 FROM series WHERE run BETWEEN ?1 AND ?2)sql";
constexpr const char* kPoints = R"sql(
INSERT INTO point (series, step, value, time_ms)
SELECT series.id, 100 * k + 1, 2.8 - k * 0.2, 1700000001000 + run * 60000 + k * 6000 FROM series
CROSS JOIN (SELECT 0 AS k UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5
  UNION ALL SELECT 6 UNION ALL SELECT 7) WHERE run BETWEEN ?1 AND ?2)sql";
constexpr const char* kProbes =
    "INSERT INTO probe (run, step, layer, accuracy, train_accuracy, loss, iterations, converged, classes, time_ms) "
    "SELECT id, 600, best_layer, best_accuracy, 1, 0.3, 50, 1, 10, ended_ms FROM run WHERE id BETWEEN ?1 AND ?2";

void addPoints(RunStore& store, RunId run, int64_t count) {
  constexpr int64_t kAtOnce = 1000;
  std::vector<TrainEvent> events;
  for (int64_t step = 1; step <= count; ++step) {
    const auto at = static_cast<double>(step), noise = static_cast<double>((step * 7919) % 97) / 97;
    events.emplace_back(Scalars{1000 + step, {{"train/loss", 1.2 + 1.6 / (1 + at / 5000) + 0.05 * noise}}});
    if (step % kAtOnce != 0 && step != count) continue;
    store.append(run, events);
    events.clear();
  }
}

}  // namespace

void makeSyntheticStore(const std::filesystem::path& workspace, const SyntheticSize& size,
                        const std::function<void(int64_t)>& progress) {
  RunStore store(workspace, StoreMode::ReadWrite);
  const std::string mark = fmt::format("{} runs, {} points", size.runs, size.points);
  const auto views = store.savedViews();
  const auto found = std::ranges::find(views, kMark, &std::pair<std::string, std::string>::first);
  if (found != views.end() && found->second == mark) return;
  if (store.count(false) + store.count(true) > 0)
    throw Error(fmt::format(
        "{} has other runs already. Measure in a folder of its own: scanline-cli bench store --workspace DIR",
        workspace.string()));
  const RunId first = makeTemplate(store);
  {
    Database db(workspace, StoreMode::ReadWrite);
    constexpr int64_t kAtOnce = 2000;
    for (int64_t run = first.value + 1; run <= size.runs; run += kAtOnce) {
      const int64_t last = std::min(run + kAtOnce - 1, size.runs);
      db.write(Durability::Normal, [&] {
        for (const char* sql : {kRuns, kTexts, kSettings, kTags, kSeries, kSummaries, kPoints, kProbes})
          db.execute(sql, run, last);
      });
      if (progress) progress(last);
    }
  }
  addPoints(store, RunId{size.runs}, size.points);
  store.saveView(kMark, mark);
}

}  // namespace scanline
