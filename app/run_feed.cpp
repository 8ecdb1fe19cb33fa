#include "app/run_feed.h"

#include <algorithm>

namespace scanline {

namespace {

/// Runs of other processes show within this time; one cheap query when nothing changed.
constexpr int kPollMs = 500;

}  // namespace

RunFeed::RunFeed(StoreThread& reader, QObject* parent) : QObject(parent), reader_(reader) {
  connect(&poll_, &QTimer::timeout, this, &RunFeed::refresh);
}

void RunFeed::start() {
  poll_.start(kPollMs);
  refresh();
}

void RunFeed::setShown(const std::vector<RunId>& runs) {
  std::map<int64_t, Cursor> kept;
  for (const RunId run : runs) {
    const auto known = cursors_.find(run.value);
    kept[run.value] = known == cursors_.end() ? Cursor{} : known->second;
  }
  cursors_ = std::move(kept);
  dataVersion_ = -1;
  ++selections_;
  refresh();
}

void RunFeed::refresh() {
  if (reading_) {
    again_ = true;
    return;
  }
  reading_ = true;
  reader_.post(
      this, [cursors = cursors_, known = dataVersion_](RunStore& store) { return read(store, cursors, known); },
      [this, selections = selections_](Answer answer) { take(std::move(answer), selections == selections_); },
      [this](const QString& sentence) {
        reading_ = false;
        emit failed(sentence);
      });
}

RunFeed::Answer RunFeed::read(RunStore& store, std::map<int64_t, Cursor> cursors, int64_t knownVersion) {
  Answer answer;
  answer.dataVersion = store.dataVersion();
  if (answer.dataVersion == knownVersion) {
    answer.unchanged = true;
    return answer;
  }
  answer.runs = store.runs(true);
  answer.jobs = store.jobs();
  for (const RunSummary& summary : answer.runs) {
    const auto cursor = cursors.find(summary.id.value);
    if (cursor == cursors.end()) continue;
    const int64_t version = store.version(summary.id);
    if (version == cursor->second.version) continue;
    answer.updates.push_back(readRun(store, summary, cursor->second));
    cursor->second.version = version;
  }
  answer.cursors = std::move(cursors);
  return answer;
}

/// Whether steps that were shown are gone: the run was resumed from an earlier one.
bool RunFeed::wentBack(const RunSummary& summary, const std::vector<SeriesSummary>& series, const Cursor& cursor) {
  const auto train = cursor.lastStep.find(std::string(series::kTrainLoss));
  if (train != cursor.lastStep.end() && summary.step < train->second) return true;
  return std::any_of(cursor.lastStep.begin(), cursor.lastStep.end(), [&](const auto& known) {
    const auto now =
        std::find_if(series.begin(), series.end(), [&](const SeriesSummary& s) { return s.name == known.first; });
    return now == series.end() || now->lastStep < known.second;
  });
}

/// A probe's layers arrive one by one, and the best one once more with its test accuracy; which of them are asked for
/// is the spec's business. So the newest step is looked at again each time, and told again if it changed.
std::vector<ProbeResult> RunFeed::newProbes(RunStore& store, RunId run, Cursor& cursor) {
  const auto& known = cursor.newestProbes;
  auto probes = store.probes(run, known.empty() ? -1 : known.front().step - 1);
  if (probes == known) return {};
  const auto newest = std::ranges::find(probes, probes.empty() ? -1 : probes.back().step, &ProbeResult::step);
  cursor.newestProbes.assign(newest, probes.end());
  return probes;
}

RunUpdate RunFeed::readRun(RunStore& store, const RunSummary& summary, Cursor& cursor) {
  RunUpdate update{.run = summary.id, .details = store.details(summary.id)};
  const auto series = store.summaries(summary.id);
  const bool back = wentBack(summary, series, cursor);
  update.reset = cursor.version < 0 || back;
  if (back) cursor = Cursor{};
  for (const SeriesSummary& each : series) {
    const auto known = cursor.lastStep.find(each.name);
    auto points = store.points(summary.id, each.name, known == cursor.lastStep.end() ? -1 : known->second);
    if (points.empty()) continue;
    cursor.lastStep[each.name] = points.back().step;
    update.points.emplace(each.name, std::move(points));
  }
  update.lowData = store.lowData(summary.id);
  update.codebookUse = store.codebookUse(summary.id, cursor.lastCodebookStep);
  if (!update.codebookUse.empty()) cursor.lastCodebookStep = update.codebookUse.back().step;
  update.probes = newProbes(store, summary.id, cursor);
  auto sets = store.sampleSets(summary.id);
  if (sets.size() != cursor.sampleSets || (!sets.empty() && sets.back().step != cursor.lastSampleStep)) {
    cursor.sampleSets = sets.size();
    cursor.lastSampleStep = sets.empty() ? -1 : sets.back().step;
    update.sampleSets = std::move(sets);
  }
  update.log = store.log(summary.id, cursor.lastLog);
  if (!update.log.empty()) cursor.lastLog = update.log.back().id;
  return update;
}

void RunFeed::take(Answer answer, bool upToDate) {
  reading_ = false;
  if (!answer.unchanged) {
    if (upToDate) dataVersion_ = answer.dataVersion;  // else the next look has to bring the rest
    runs_ = std::move(answer.runs);
    emit runsChanged(runs_, answer.jobs);
    for (const RunUpdate& update : answer.updates) {
      const auto shown = cursors_.find(update.run.value);
      if (shown == cursors_.end()) continue;  // no longer wanted
      const bool wantedAnew = shown->second.version < 0 && !update.reset;
      if (wantedAnew) continue;  // dropped and wanted again meanwhile: the next look brings it whole
      shown->second = answer.cursors[update.run.value];
      emit runUpdated(update);
    }
  }
  if (std::exchange(again_, false)) refresh();
}

}  // namespace scanline
