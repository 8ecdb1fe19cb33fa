#include "app/run_list_feed.h"

#include <QApplication>
#include <QClipboard>
#include <algorithm>
#include <array>
#include <span>

#include "core/store/query_fields.h"
#include "widgets/lists/run_columns.h"
#include "widgets/parts/number_text.h"

namespace scanline {

namespace {

/// After a change the list is made anew at once, the next time not before this pause; and never takes more than a share
/// of the time.
constexpr int64_t kPauseMs = 250, kPauseOfProgressMs = 2000;
constexpr int64_t kShare = 25, kShareOfProgress = 50;  ///< one in so many milliseconds at most
constexpr size_t kFirstRows = 64;
constexpr size_t kMostCopied = 10'000;
constexpr int kAheadPauseMs = 30;  ///< before each field that is read ahead

/// Whether the two differ only in fields that change with every step.
bool isSameButProgress(RunSummary a, const RunSummary& b) {
  a.step = b.step;
  a.detail = b.detail;
  a.parameters = b.parameters;
  a.layers = b.layers;
  a.bestLoss = b.bestLoss;
  a.bestLossStep = b.bestLossStep;
  a.bestAccuracy = b.bestAccuracy;
  a.bestLayer = b.bestLayer;
  a.bestAccuracyStep = b.bestAccuracyStep;
  a.activeMs = b.activeMs;
  a.secondsPerStep = b.secondsPerStep;
  a.resumable = b.resumable;
  return a == b;
}

/// Whether progress can move a row, or make it one that the filter shows.
bool dependsOnProgress(const RunListRequest& request) {
  static constexpr std::array kFixed{"name", "created", "kind", "data", "state", "tag", "note", "age", "started"};
  return !request.where.empty() || std::ranges::find(kFixed, request.order) == kFixed.end();
}

/// Of a layout that was saved in another workspace, say.
std::vector<std::string> unknownFields(const RunStore& store, const std::vector<std::string>& columns) {
  std::vector<std::string> unknown;
  for (const std::string& column : columns) try {
      store.rows({}, std::span(&column, 1));
    } catch (const QueryError&) {
      unknown.push_back(column);
    }
  return unknown;
}

/// The rows that are seen first, and those around a run.
std::vector<RunId> seenFirst(const RunList& list, RunId around) {
  std::vector<RunId> runs;
  for (size_t row = 0; row < std::min(kFirstRows, list.rows.size()); ++row) runs.push_back(list.rows[row].run);
  const auto at = std::ranges::find(list.rows, around, &RunList::Row::run);
  if (around.value == 0 || at == list.rows.end()) return runs;
  const auto place = static_cast<size_t>(at - list.rows.begin());
  const size_t half = kFirstRows / 2;
  for (size_t row = std::max(kFirstRows, place - std::min(place, half)); row < std::min(place + half, list.rows.size());
       ++row)
    runs.push_back(list.rows[row].run);
  return runs;
}

}  // namespace

RunListFeed::RunListFeed(StoreThread& lists, StoreThread& reader, RunTable& table, QObject* parent)
    : QObject(parent), lists_(lists), reader_(reader), table_(table) {
  later_.setSingleShot(true);
  later_.callOnTimeout(this, &RunListFeed::ask);
  ahead_.setSingleShot(true);
  ahead_.callOnTimeout(this, &RunListFeed::readAhead);
  connect(&table_, &RunTable::listRequested, this, &RunListFeed::ask);
  connect(&table_, &RunTable::rowsRequested, this, &RunListFeed::readRows);
  connect(&table_, &RunTable::proposalsRequested, this, &RunListFeed::readProposals);
  connect(&table_, &RunTable::copyRequested, this, &RunListFeed::copy);
  connect(&table_, &RunTable::fieldsRequested, this, &RunListFeed::readFields);
  connect(&table_, &RunTable::groupsRequested, this, &RunListFeed::readGroups);
}

void RunListFeed::take(const WorkspaceNews& news) {
  const bool progress = onlyProgress(news);
  if (news.removed) readAhead_.clear();  // the store forgets the values that it has read
  std::vector<RunSummary> newer = news.active;
  newer.insert(newer.end(), news.watched.begin(), news.watched.end());
  table_.takeNews(newer, news.changed, news.gone);
  if (!std::exchange(open_, true)) {
    ask();
    readViews();
  } else if (news.changed.empty() && !news.removed) {
    return;
  } else if (!progress) {
    askLater(std::max(kPauseMs, kShare * tookMs_));
  } else if (dependsOnProgress(table_.request())) {
    askLater(std::max(kPauseOfProgressMs, kShareOfProgress * tookMs_));
  }
}

/// Whether the runs that changed went on before and go on now, and differ in nothing but how far they are.
bool RunListFeed::onlyProgress(const WorkspaceNews& news) {
  std::unordered_map<int64_t, RunSummary> active;
  for (const RunSummary& run : news.active) active[run.id.value] = run;
  const bool only = !news.removed && std::ranges::all_of(news.changed, [&](RunId run) {
    const auto before = active_.find(run.value), now = active.find(run.value);
    return before != active_.end() && now != active.end() && isSameButProgress(before->second, now->second);
  });
  active_ = std::move(active);
  return only;
}

void RunListFeed::askLater(int64_t pauseMs) {
  const int64_t since = sinceAnswer_.isValid() ? sinceAnswer_.elapsed() : pauseMs;
  const int wait = static_cast<int>(std::max<int64_t>(0, pauseMs - since));
  if (!later_.isActive() || later_.remainingTime() > wait) later_.start(wait);
}

void RunListFeed::ask() {
  if (!open_) return;
  later_.stop();
  if (underWay_) {
    again_ = true;
    return;
  }
  underWay_ = true;
  asking_.start();
  lists_.post(
      this,
      [request = table_.request(), columns = table_.columns(), current = table_.current()](RunStore& store) {
        Listed made{{request, {}, columns, {}}, unknownFields(store, columns)};
        try {
          made.answer.list = store.list(request);
        } catch (const QueryError&) {
          made.unknown.push_back(request.order);
        }
        if (made.unknown.empty()) made.answer.rows = store.rows(seenFirst(made.answer.list, current), columns);
        return made;
      },
      [this](Listed made) { answered(std::move(made)); },
      [this](const QString& sentence) {
        underWay_ = false;
        emit failed(sentence);
      });
}

void RunListFeed::answered(Listed made) {
  underWay_ = false;
  tookMs_ = asking_.elapsed();
  sinceAnswer_.start();
  for (const std::string& field : made.unknown) table_.dropField(field);
  if (std::exchange(again_, false) || !made.unknown.empty()) ask();
  if (!made.unknown.empty()) return;
  ahead_.start(kAheadPauseMs);
  RunListAnswer& answer = made.answer;
  const auto newest = std::ranges::max_element(answer.list.rows, {}, &RunList::Row::run);
  const RunId youngest = newest == answer.list.rows.end() ? RunId{} : newest->run;
  table_.setList(std::move(answer));
  emit listed(youngest);
}

/// One field at a time, so that a list that is wanted meanwhile waits for no more than that.
void RunListFeed::readAhead() {
  if (underWay_) return;  // its answer starts this again
  std::vector<std::string> fields{{}};
  for (int column = 0; column < columns::kFixed; ++column) fields.push_back(columns::field(column));
  for (const std::string& column : table_.columns()) fields.push_back(column);
  const auto next =
      std::ranges::find_if(fields, [this](const std::string& field) { return !readAhead_.contains(field); });
  if (next == fields.end()) return;
  readField(*next, [this] { ahead_.start(kAheadPauseMs); });
}

void RunListFeed::readNamed(const QString& text) {
  for (const QueryField& field : fieldsNamed(text.toStdString())) readField(field.name, [] {});
}

void RunListFeed::readField(const std::string& name, std::function<void()> then) {
  if (!readAhead_.insert(name).second) return;
  lists_.post(
      this, [name](RunStore& store) { name.empty() ? store.readWordsAhead() : store.readAhead(name); }, std::move(then),
      [](const QString&) {});  // the list that needs the values reports the error
}

void RunListFeed::readRows(const std::vector<RunId>& runs) {
  if (!open_) return;
  reader_.post(
      this,
      [runs, columns = table_.columns()](RunStore& store) {
        if (!unknownFields(store, columns).empty()) return std::pair(columns, std::vector<RunRow>{});
        return std::pair(columns, store.rows(runs, columns));
      },
      [this, runs](const std::pair<std::vector<std::string>, std::vector<RunRow>>& read) {
        table_.setRows(runs, read.first, read.second);
      },
      [this, runs](const QString& sentence) {
        table_.setRows(runs, {}, {});
        emit failed(sentence);
      });
}

/// One at a time; of the texts that are typed meanwhile the newest counts.
void RunListFeed::readProposals(const QString& text, qsizetype cursor) {
  if (!open_) return;
  readNamed(text);
  proposeText_ = text;
  proposeAt_ = cursor;
  if (std::exchange(proposing_, true)) return;
  reader_.post(
      this,
      [text, cursor](RunStore& store) { return store.proposals(text.toStdString(), static_cast<size_t>(cursor)); },
      [this, text](const QueryProposals& proposals) {
        proposing_ = false;
        table_.setProposals(text, proposals);
        if (text != proposeText_) readProposals(proposeText_, proposeAt_);
      },
      [this](const QString&) { proposing_ = false; });  // proposals are only a help; the list reports the error
}

void RunListFeed::readFields() {
  reader_.post(
      this, [](RunStore& store) { return store.fields(); },
      [this](const std::vector<RunField>& fields) { table_.setFields(fields); },
      [this](const QString& sentence) { emit failed(sentence); });
}

/// The rows are read for it: of a long list few are in memory.
void RunListFeed::copy(const std::vector<RunId>& runs) {
  if (runs.size() > kMostCopied)
    return emit failed(tr("A copy holds at most %1 runs. Choose fewer, or print them with scanline-cli runs.")
                           .arg(text::steps(static_cast<int64_t>(kMostCopied))));
  lists_.post(
      this, [runs, columns = table_.columns()](RunStore& store) { return store.rows(runs, columns); },
      [this](const std::vector<RunRow>& rows) {
        QApplication::clipboard()->setText(table_.copied(rows));
        emit done(rows.size() == 1 ? tr("1 run is copied.")
                                   : tr("%1 runs are copied.").arg(text::steps(static_cast<int64_t>(rows.size()))));
      },
      [this](const QString& sentence) { emit failed(sentence); });
}

void RunListFeed::readGroups(const std::string& by, const std::vector<std::string>& columns) {
  lists_.post(
      this, [request = table_.request(), by, columns](RunStore& store) { return store.groups(request, by, columns); },
      [this, by, columns](const std::vector<RunGroup>& groups) { table_.setGroups(by, columns, groups); },
      [this](const QString& sentence) { emit failed(sentence); });
}

void RunListFeed::readViews() {
  reader_.post(
      this, [](RunStore& store) { return store.savedViews(); },
      [this](const std::vector<std::pair<std::string, std::string>>& views) {
        std::vector<std::pair<QString, QString>> read;
        for (const auto& [name, content] : views)
          read.emplace_back(QString::fromStdString(name), QString::fromStdString(content));
        table_.setViews(read);
      },
      [this](const QString& sentence) { emit failed(sentence); });
}

}  // namespace scanline
