// RunStore: events of runs. One Appender a transaction; one file, as it has a function for each kind of event.
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "core/store/run_store_impl.h"
#include "core/store/search_series.h"

namespace scanline {

using Durability = Database::Durability;

namespace {

/// How long the recent pace remembers, in milliseconds at work.
constexpr double kPaceMemoryMs = 60000;

constexpr bool mustReachDisk(const TrainEvent& event) {
  return std::holds_alternative<StateChanged>(event) || std::holds_alternative<CheckpointSaved>(event) ||
         std::holds_alternative<CheckpointRemoved>(event);
}

/// Bytes that an event takes in the store, roughly, where they may be many.
size_t bytesOf(const TrainEvent& event) {
  if (const auto* probe = std::get_if<ProbeResult>(&event)) return probe->confusion.size() * sizeof(int32_t);
  const auto* set = std::get_if<SampleSet>(&event);
  if (set == nullptr) return 0;
  const auto pictures = set->originals.size() + set->samples.size() + set->truePixels.size();
  return pictures * static_cast<size_t>(2 * set->width * set->height + 3 * set->pixelWidth * set->pixelHeight);
}

/// Text from outside (file names, class folders) may be no UTF-8; JSON must be.
std::string jsonText(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string packTokens(const std::vector<Token>& tokens) {
  const bool wide = std::ranges::any_of(tokens, [](Token token) { return token > 0xff; });
  std::string bytes;
  bytes.reserve(tokens.size() * (wide ? 2 : 1));
  for (const Token token : tokens) {
    bytes.push_back(static_cast<char>(token & 0xff));
    if (wide) bytes.push_back(static_cast<char>(token >> 8));
  }
  return bytes;
}

class RunStore::Impl::Appender {
 public:
  Appender(Impl& store, RunId run) : store_(store), db_(store.db), run_(run) { loadProgress(); }

  void add(const TrainEvent& event, int64_t timeMs) {
    timeMs_ = timeMs;
    std::visit([this](const auto& e) { (*this)(e); }, event);
  }
  void finish() {
    saveProgress();
    const bool recounts = std::ranges::any_of(series_, [](const auto& each) { return each.second.recount; });
    if (recounts) store_.beginRecount();
    for (const auto& [name, series] : series_) series.recount ? store_.recountSeries(series.id) : saveSummary(series);
    if (recounts) db_.execute("INSERT OR REPLACE INTO series_summary SELECT * FROM temp.recounted");
    if (bestChanged_) store_.refreshBest(run_);
    store_.touch(run_);
  }

 private:
  /// A series that this transaction writes to, with its summary so far.
  struct Series {
    int64_t id = 0;
    bool recount = false;  ///< an earlier point was replaced: the summary has to be made anew
    SeriesSummary summary{};
    bool hasExtremes = false;
  };

  void operator()(const StepStats& e) {
    addPoint(series::kTrainLoss, e.step, e.loss);
    addPoint(series::kLearningRate, e.step, e.learningRate);
    addPoint(series::kGradientNorm, e.step, e.gradientNorm);
    addPoint(series::kImagesPerSecond, e.step, e.imagesPerSecond);
    if (e.classifierLoss) addPoint(series::kClassifierLoss, e.step, *e.classifierLoss);
    advanceTo(e.step);
  }

  void operator()(const Evaluation& e) {
    addPoint(series::kValidationLoss, e.step, e.loss);
    if (e.accuracy) addPoint(series::kValidationAccuracy, e.step, *e.accuracy);
    bestChanged_ = true;
  }

  void operator()(const Scalars& e) {
    for (const auto& [name, value] : e.values) {
      addPoint(name, e.step, value);
      if (name == series::kSearchLoss) advanceTo(e.step);
    }
    bestChanged_ = true;  // they may be named as an Evaluation's
  }

  void operator()(const ProbeResult& e) {
    db_.execute("DELETE FROM probe WHERE run = ? AND step = ? AND layer = ?", run_.value, e.step, e.layer);
    db_.execute(
        "INSERT INTO probe (run, step, layer, accuracy, train_accuracy, loss, iterations, converged, classes, time_ms, "
        "l2, "
        "joined, test_accuracy) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        run_.value, e.step, e.layer, e.accuracy, e.trainAccuracy, e.loss, e.iterations, e.converged, e.classes, timeMs_,
        e.l2, e.joined, e.testAccuracy);
    if (!e.confusion.empty())
      db_.execute("INSERT INTO confusion (run, step, layer, cells) VALUES (?, ?, ?, ?)", run_.value, e.step, e.layer,
                  Blob{e.confusion.data(), e.confusion.size() * sizeof(ConfusionCell)});
    bestChanged_ = true;
  }

  void operator()(const LowDataResult& e) {
    db_.execute(
        "INSERT OR REPLACE INTO low_data (run, labels, subset, layer, accuracy, loss, time_ms) VALUES (?, ?, ?, ?, ?, "
        "?, ?)",
        run_.value, e.labelsPerClass, e.subset, e.layer, e.accuracy, e.loss, timeMs_);
  }

  void operator()(const CodebookUse& e) {
    db_.execute("INSERT OR REPLACE INTO codebook_use (run, step, counts) VALUES (?, ?, ?)", run_.value, e.step,
                Blob{e.counts.data(), e.counts.size() * sizeof(int64_t)});
  }

  void operator()(const SampleSet& e) {
    const bool completions = e.given > 0;
    const auto prompts = static_cast<int64_t>(completions ? e.originals.size() : 0);
    db_.execute("DELETE FROM sample_set WHERE run = ? AND step = ? AND completions = ?", run_.value, e.step,
                completions);
    db_.execute(
        "INSERT INTO sample_set (run, step, completions, given, width, height, per_prompt, prompts, time_ms, "
        "pixel_width, "
        "pixel_height) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        run_.value, e.step, completions, e.given, e.width, e.height, e.perPrompt, prompts, timeMs_, e.pixelWidth,
        e.pixelHeight);
    const int64_t set = db_.lastRow();
    addPictures(set, true, e.originals, e.originalNats, e.originalPixels, e.truePixels);
    addPictures(set, false, e.samples, e.sampleNats, e.samplePixels, {});
  }

  void operator()(const CheckpointSaved& e) {
    db_.execute(
        "INSERT OR REPLACE INTO checkpoint (run, step, file, bytes, validation_loss, reason, time_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        run_.value, e.step, e.file, e.bytes, e.validationLoss, e.reason, timeMs_);
  }
  void operator()(const CheckpointRemoved& e) {
    db_.execute("DELETE FROM checkpoint WHERE run = ? AND step = ?", run_.value, e.step);
  }

  void operator()(const StateChanged& e) {
    saveProgress();
    store_.changeState(run_, e.state, e.detail, timeMs_);
    loadProgress();
  }
  void operator()(const LogLine& e) { store_.addLog(run_, e.level, e.text, timeMs_); }

  void operator()(const RunPrepared& e) {
    const nlohmann::json json{
        {"trainImages", e.trainImages},
        {"validationImages", e.validationImages},
        {"testImages", e.testImages},
        {"positions", e.positions},
        {"width", e.width},
        {"height", e.height},
        {"paletteSize", e.paletteSize},
        {"classNames", e.classNames},
        {"environment", e.environment},
    };
    db_.execute("UPDATE run_text SET prepared = ?, palette = ? WHERE run = ?", jsonText(json),
                Blob{e.palette.data(), e.palette.size() * sizeof(Colour)}, run_.value);
    db_.execute("UPDATE run SET parameters = ? WHERE id = ?", e.parameters, run_.value);
  }

  void addPictures(int64_t set, bool original, const std::vector<std::vector<Token>>& pictures,
                   const std::vector<double>& nats, const std::vector<std::vector<uint8_t>>& pixels,
                   const std::vector<std::vector<uint8_t>>& truePixels) {
    const auto blobAt = [](const std::vector<std::vector<uint8_t>>& all, size_t place) {
      return place < all.size() ? std::optional(Blob{all[place].data(), all[place].size()}) : std::nullopt;
    };
    for (size_t place = 0; place < pictures.size(); ++place) {
      const std::string tokens = packTokens(pictures[place]);
      db_.execute(
          "INSERT INTO sample (sample_set, original, place, nats, tokens, pixels, true_pixels) VALUES (?, ?, ?, ?, ?, ?, "
          "?)",
          set, original, place, place < nats.size() ? std::optional(nats[place]) : std::nullopt,
          Blob{tokens.data(), tokens.size()}, blobAt(pixels, place), blobAt(truePixels, place));
    }
  }

  /// So many steps (or trials) are done.
  void advanceTo(int64_t step) {
    const int64_t activeMs = activeMs_ + (activeSinceMs_ > 0 ? std::max<int64_t>(0, timeMs_ - activeSinceMs_) : 0);
    if (paceAtMs_ >= 0 && step > step_) {
      const auto spent = static_cast<double>(std::max<int64_t>(0, activeMs - paceAtMs_));
      const double memory = std::exp(-spent / kPaceMemoryMs);
      paceMs_ = paceMs_ * memory + spent;
      paceSteps_ = paceSteps_ * memory + static_cast<double>(step - step_);
    }
    paceAtMs_ = activeMs;
    step_ = step;
  }

  void addPoint(std::string_view name, int64_t step, double value) {
    Series& series = find(name);
    db_.execute("INSERT OR REPLACE INTO point (series, step, value, time_ms) VALUES (?, ?, ?, ?)", series.id, step,
                value, timeMs_);
    SeriesSummary& summary = series.summary;
    if (summary.count > 0 && step <= summary.lastStep) series.recount = true;
    if (summary.count++ == 0) {
      summary.firstStep = step;
      summary.first = value;
    }
    summary.lastStep = step;
    summary.last = value;
    if (std::isnan(value)) return;
    if (!series.hasExtremes || value < summary.min) {
      summary.min = value;
      summary.minStep = step;
    }
    if (!series.hasExtremes || value > summary.max) {
      summary.max = value;
      summary.maxStep = step;
    }
    series.hasExtremes = true;
  }

  Series& find(std::string_view name) {
    const auto known = series_.find(name);
    return known != series_.end() ? known->second : series_.emplace(name, load(name)).first->second;
  }

  Series load(std::string_view name) {
    db_.execute("INSERT OR IGNORE INTO series (run, name) VALUES (?, ?)", run_.value, name);
    Query query = db_.query(
        "SELECT series.id, count, first_step, first_value, last_step, last_value, min_step, min_value, max_step, "
        "max_value "
        "FROM series LEFT JOIN series_summary ON series = series.id WHERE run = ? AND name = ?",
        run_.value, name);
    query.next();
    Series series{.id = query.integer(0)};
    if (query.isNull(1)) return series;
    series.summary = {std::string(name), query.integer(1), query.integer(2), query.integer(4), query.integer(6),
                      query.integer(8),  query.real(3),    query.real(5),    query.real(7),    query.real(9)};
    series.hasExtremes = !query.isNull(6);
    return series;
  }

  void saveSummary(const Series& series) {
    const SeriesSummary& s = series.summary;
    const auto extreme = [&](auto value) { return series.hasExtremes ? std::optional(value) : std::nullopt; };
    db_.execute(
        "INSERT OR REPLACE INTO series_summary (series, count, first_step, first_value, last_step, last_value, "
        "min_step, "
        "min_value, max_step, max_value) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        series.id, s.count, s.firstStep, s.first, s.lastStep, s.last, extreme(s.minStep), extreme(s.min),
        extreme(s.maxStep), extreme(s.max));
  }

  void loadProgress() {
    Query query = db_.query(
        "SELECT step, active_ms, active_since_ms, pace_ms, pace_steps, pace_at_ms FROM run WHERE id = ?", run_.value);
    if (!query.next()) throw Error(fmt::format("Run number {} was deleted while it was recorded.", run_.value));
    step_ = query.integer(0);
    activeMs_ = query.integer(1);
    activeSinceMs_ = query.integer(2);
    paceMs_ = query.real(3);
    paceSteps_ = query.real(4);
    paceAtMs_ = query.integer(5);
  }
  void saveProgress() {
    db_.execute(
        "UPDATE run SET step = ?, pace_ms = ?, pace_steps = ?, pace_at_ms = ?, updated_ms = max(updated_ms, ?) WHERE "
        "id = ?",
        step_, paceMs_, paceSteps_, paceAtMs_, timeMs_, run_.value);
  }

  Impl& store_;
  Database& db_;
  RunId run_;
  int64_t timeMs_ = 0;
  int64_t step_ = 0, activeMs_ = 0, activeSinceMs_ = 0, paceAtMs_ = -1;
  double paceMs_ = 0, paceSteps_ = 0;
  bool bestChanged_ = false;
  std::map<std::string, Series, std::less<>> series_;
};

void RunStore::Impl::appendWithin(RunId run, std::span<const TrainEvent> events, std::span<const int64_t> timesMs) {
  const int64_t now = nowMs();
  Appender appender(*this, run);
  for (size_t i = 0; i < events.size(); ++i) appender.add(events[i], i < timesMs.size() ? timesMs[i] : now);
  appender.finish();
}

size_t countOfTransaction(std::span<const TrainEvent> events) {
  constexpr size_t kMostEvents = 1000, kMostBytes = 4 << 20;
  size_t count = 0;
  for (size_t bytes = 0; count < std::min(events.size(), kMostEvents) && bytes < kMostBytes; ++count)
    bytes += bytesOf(events[count]);
  return count;
}

Durability durabilityOf(std::span<const TrainEvent> events) {
  return std::ranges::any_of(events, mustReachDisk) ? Durability::Full : Durability::Normal;
}

size_t RunStore::appendSome(RunId run, std::span<const TrainEvent> events, std::span<const int64_t> timesMs) {
  const size_t count = countOfTransaction(events);
  const auto some = events.first(count);
  impl_->db.write(durabilityOf(some),
                  [&] { impl_->appendWithin(run, some, timesMs.first(std::min(timesMs.size(), count))); });
  return count;
}

void RunStore::append(RunId run, std::span<const TrainEvent> events, std::span<const int64_t> timesMs) {
  while (!events.empty()) {
    const size_t count = appendSome(run, events, timesMs);
    events = events.subspan(count);
    timesMs = timesMs.subspan(std::min(timesMs.size(), count));
  }
}

void RunStore::truncateAfter(RunId run, int64_t step) {
  Database& db = impl_->db;
  impl_->require(run);
  std::vector<int64_t> series;
  for (Query query = db.query("SELECT id FROM series WHERE run = ?", run.value); query.next();)
    series.push_back(query.integer(0));
  for (const int64_t id : series) impl_->removeInSlices(kRemoveLatestPoints, id, step);
  impl_->removeInSlices(
      "DELETE FROM sample_set WHERE id IN (SELECT id FROM sample_set WHERE run = ? AND step > ? LIMIT 16)", run.value,
      step);
  impl_->removeInSlices(
      "DELETE FROM confusion WHERE run = ?1 AND step IN (SELECT step FROM confusion WHERE run = ?1 AND step > ?2 LIMIT "
      "16)",
      run.value, step);
  // Counting a million points again takes a while. This process holds the run, so no other adds to them meanwhile.
  impl_->beginRecount();
  for (const int64_t id : series) impl_->recountSeries(id);
  db.write(Durability::Full, [&] {
    impl_->require(run);
    db.execute("DELETE FROM series_summary WHERE series IN (SELECT id FROM series WHERE run = ?)", run.value);
    db.execute("INSERT INTO series_summary SELECT * FROM temp.recounted");
    db.execute("DELETE FROM probe WHERE run = ? AND step > ?", run.value, step);
    db.execute("DELETE FROM codebook_use WHERE run = ? AND step > ?", run.value, step);
    db.execute("DELETE FROM low_data WHERE run = ?", run.value);  // of no step: made anew by every attempt
    db.execute("DELETE FROM checkpoint WHERE run = ? AND step > ?", run.value, step);
    db.execute("UPDATE run SET step = max(0, min(step, ?)) WHERE id = ?", step, run.value);
    impl_->refreshBest(run);
    impl_->touch(run);
  });
}

void RunStore::Impl::beginRecount() {
  db.execute("CREATE TEMP TABLE IF NOT EXISTS recounted AS SELECT * FROM series_summary WHERE 0");
  db.execute("DELETE FROM temp.recounted");
}

void RunStore::Impl::recountSeries(int64_t series) {
  db.execute(R"sql(
    INSERT INTO temp.recounted
    SELECT ?1, count(*),
      min(step), (SELECT value FROM point WHERE series = ?1 ORDER BY step LIMIT 1),
      max(step), (SELECT value FROM point WHERE series = ?1 ORDER BY step DESC LIMIT 1),
      (SELECT step FROM point WHERE series = ?1 AND value IS NOT NULL ORDER BY value, step LIMIT 1), min(value),
      (SELECT step FROM point WHERE series = ?1 AND value IS NOT NULL ORDER BY value DESC, step LIMIT 1), max(value)
    FROM point WHERE series = ?1 HAVING count(*) > 0)sql",
             series);
}

void RunStore::Impl::refreshBest(RunId run) {
  db.execute(R"sql(
    UPDATE run SET (best_loss, best_loss_step) = (
      SELECT min_value, min_step FROM series JOIN series_summary ON series = series.id
      WHERE series.run = run.id AND series.name = ?2),
    (best_accuracy, best_layer, best_accuracy_step) = (
      SELECT accuracy, layer, step FROM (
        SELECT accuracy, layer, step FROM probe WHERE probe.run = run.id AND accuracy IS NOT NULL
        UNION ALL
        SELECT max_value, NULL, max_step FROM series JOIN series_summary ON series = series.id
        WHERE series.run = run.id AND series.name = ?3 AND max_value IS NOT NULL)
      ORDER BY accuracy DESC, step, layer LIMIT 1)
    WHERE id = ?1)sql",
             run.value, series::kValidationLoss, series::kValidationAccuracy);
}

}  // namespace scanline
