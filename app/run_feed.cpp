#include "app/run_feed.h"

#include <algorithm>
#include <iterator>

namespace scanline {

namespace {

/// Runs of other processes show within this time; one cheap query when nothing changed.
constexpr int kPollMs = 500;

/// Points in one look: the facts of a long run come with few of its points, and no look blocks the window, however many
/// long runs are chosen at once.
constexpr int64_t kFirstPoints = 50'000, kMostPoints = 200'000;

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
  bool anyNew = false;
  for (const RunId run : runs) {
    const auto known = cursors_.find(run.value);
    anyNew = anyNew || known == cursors_.end();
    kept[run.value] = known == cursors_.end() ? Cursor{} : known->second;
  }
  cursors_ = std::move(kept);
  if (anyNew) refresh();
}

void RunFeed::setWatched(const std::vector<RunId>& runs) {
  watched_ = runs;
}

const RunSummary* RunFeed::summary(RunId run) const {
  const auto at = known_.find(run.value);
  return at == known_.end() ? nullptr : &at->second;
}

void RunFeed::refresh() {
  if (reading_) {
    again_ = true;
    return;
  }
  reading_ = true;
  reader_.post(
      this,
      [question = Question{cursors_, watched_, dataVersion_, version_, active_, count_.value_or(0)}](RunStore& store) {
        return read(store, question);
      },
      [this](Answer answer) { take(std::move(answer)); },
      [this](const QString& sentence) {
        reading_ = false;
        emit failed(sentence);
      });
}

RunFeed::Answer RunFeed::read(RunStore& store, Question question) {
  Answer answer;
  answer.dataVersion = store.dataVersion();
  answer.version = question.version;
  answer.unchanged = answer.dataVersion == question.dataVersion;
  std::vector<RunId> watched = std::move(question.watched);
  int64_t left = kMostPoints;
  for (auto& [id, cursor] : question.cursors) {
    watched.push_back({id});
    if (answer.unchanged && cursor.version > 0) continue;
    const int64_t version = store.version({id});
    if (version == cursor.version || version == 0) continue;  // 0: it is gone
    if (cursor.version == 0 && left == 0) {                   // the facts of a new run do not wait
      answer.again = true;
      continue;
    }
    bool isWhole = true;
    int64_t more = kMostPoints;  // of a run that was told whole: there is little news
    answer.updates.push_back(readRun(store, store.details({id}), cursor, cursor.version > 0 ? more : left, isWhole));
    cursor.version = isWhole ? version : 0;
    answer.again |= !isWhole;
  }
  answer.cursors = std::move(question.cursors);
  if (answer.unchanged && answer.updates.empty()) return answer;
  readWatched(store, std::move(watched), answer.news);
  if (answer.unchanged) return answer;
  RunChanges changes = store.changesSince(question.version < 0 ? answer.dataVersion : question.version);
  answer.version = changes.version;
  answer.news.changed = std::move(changes.changed);
  answer.news.removed = changes.removed;
  answer.news.active = store.active();
  answer.news.jobs = store.jobs();
  // Runs that went on before and go on now are neither new nor in the trash.
  const bool sameRuns =
      question.version >= 0 && !changes.removed && std::ranges::all_of(answer.news.changed, [&](RunId run) {
        return std::ranges::binary_search(question.active, run) &&
               std::ranges::binary_search(answer.news.active, run, {}, &RunSummary::id);
      });
  answer.news.count = sameRuns ? question.count : store.count(false);
  return answer;
}

void RunFeed::readWatched(RunStore& store, std::vector<RunId> watched, WorkspaceNews& news) {
  std::sort(watched.begin(), watched.end());
  watched.erase(std::unique(watched.begin(), watched.end()), watched.end());
  std::vector<RunId> parents;
  for (RunRow& row : store.rows(watched)) {
    if (row.run.parent) parents.push_back(*row.run.parent);
    news.watched.push_back(std::move(row.run));
  }
  const auto isThere = [&](RunId run) {
    return std::ranges::find(news.watched, run, &RunSummary::id) != news.watched.end();
  };
  std::ranges::copy_if(watched, std::back_inserter(news.gone), [&](RunId run) { return !isThere(run); });
  std::sort(parents.begin(), parents.end());
  parents.erase(std::unique(parents.begin(), parents.end()), parents.end());
  std::erase_if(parents, isThere);
  for (RunRow& row : store.rows(parents)) news.watched.push_back(std::move(row.run));
}

/// Whether steps that were shown are gone: the run was resumed from an earlier one. Points may lie beyond the step that
/// a run has reached, as imported ones can, so its step is compared with its own of the last look.
bool RunFeed::wentBack(const RunSummary& summary, const std::vector<SeriesSummary>& series, const Cursor& cursor) {
  if (summary.step < cursor.step) return true;
  return std::any_of(cursor.lastStep.begin(), cursor.lastStep.end(), [&](const auto& known) {
    const auto now =
        std::find_if(series.begin(), series.end(), [&](const SeriesSummary& s) { return s.name == known.first; });
    return now == series.end() || now->lastStep < known.second;
  });
}

/// A probe's layers arrive one by one, and the best one once more with its test accuracy; which of them are asked for
/// depends on the spec. So the newest step is read again each time, and sent again if it changed.
std::vector<ProbeResult> RunFeed::newProbes(RunStore& store, RunId run, Cursor& cursor) {
  const auto& known = cursor.newestProbes;
  auto probes = store.probes(run, known.empty() ? -1 : known.front().step - 1);
  if (probes == known) return {};
  const auto newest = std::ranges::find(probes, probes.empty() ? -1 : probes.back().step, &ProbeResult::step);
  cursor.newestProbes.assign(newest, probes.end());
  return probes;
}

/// At most `left` of them, which it lowers. Returns whether these are all that there are.
bool RunFeed::readPoints(RunStore& store, const std::vector<SeriesSummary>& series, Cursor& cursor, RunUpdate& update,
                         int64_t& left) {
  int64_t most = update.reset ? std::min(kFirstPoints, left) : left;
  if (most == 0) return false;
  for (const SeriesSummary& each : series) {
    const auto known = cursor.lastStep.find(each.name);
    auto points = store.points(update.run, each.name, known == cursor.lastStep.end() ? -1 : known->second, most);
    if (points.empty()) continue;
    most -= std::ssize(points);
    left -= std::ssize(points);
    cursor.lastStep[each.name] = points.back().step;
    update.points.emplace(each.name, std::move(points));
    if (most > 0) continue;
    update.expected.emplace(each.name, each.count);
    return false;  // the next look may find nothing
  }
  return true;
}

RunUpdate RunFeed::readRun(RunStore& store, RunDetails details, Cursor& cursor, int64_t& left, bool& isWhole) {
  RunUpdate update{.run = details.summary.id, .details = std::move(details)};
  const RunSummary& summary = update.details.summary;
  const auto series = store.summaries(summary.id);
  const bool back = wentBack(summary, series, cursor);
  update.reset = cursor.version < 0 || back;
  if (back) cursor = Cursor{};
  cursor.step = summary.step;
  isWhole = readPoints(store, series, cursor, update, left);
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

void RunFeed::take(Answer answer) {
  reading_ = false;
  if (!answer.unchanged) {
    dataVersion_ = answer.dataVersion;
    version_ = answer.version;
    count_ = answer.news.count;
    known_.clear();
    active_.clear();
    for (const RunSummary& run : answer.news.active) {
      known_[run.id.value] = run;
      active_.push_back(run.id);
    }
  }
  for (const RunSummary& run : answer.news.watched) known_[run.id.value] = run;
  if (!answer.unchanged) emit changed(answer.news);
  again_ |= answer.again;
  keepWanted(answer);
  if (std::exchange(again_, false)) refresh();  // it reads the next points of a long run while the views take these
  for (const RunUpdate& update : answer.updates)
    if (const auto shown = cursors_.find(update.run.value); shown != cursors_.end() && shown->second.version >= 0)
      emit runUpdated(update);
}

/// Drops what is no longer wanted; of the others, the next look goes on behind it.
void RunFeed::keepWanted(Answer& answer) {
  std::erase_if(answer.updates, [&](const RunUpdate& update) {
    const auto shown = cursors_.find(update.run.value);
    if (shown == cursors_.end()) return true;
    const bool wantedAnew = shown->second.version < 0 && !update.reset;
    if (wantedAnew)
      again_ = true;  // dropped and wanted again meanwhile: the next look brings it whole
    else
      shown->second = answer.cursors[update.run.value];
    return wantedAnew;
  });
}

}  // namespace scanline
