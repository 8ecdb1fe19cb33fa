#include "app/run_charts_page.h"

#include <QEvent>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "core/base/statistics.h"
#include "widgets/pages/run_charts_view.h"

namespace scanline {

namespace {

constexpr size_t kPage = 500;   // runs read at once, so that others get at the thread between
constexpr int kLaterMs = 5000;  // between two readings of a store that changes all the time
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Numbers as they are; texts as their places among the sorted different ones.
RunValues::Column columnOf(const std::string& name, const std::vector<RunCell>& cells) {
  RunValues::Column column{QString::fromStdString(name), std::vector<double>(cells.size(), kNaN), {}};
  std::map<std::string, int> places;
  for (const RunCell& cell : cells)
    if (cell.kind == RunCell::Kind::Text) places.emplace(cell.text, 0);
  for (int next = 0; auto& [text, place] : places) {
    place = next++;
    column.texts << QString::fromStdString(text);
  }
  for (size_t row = 0; row < cells.size(); ++row) {
    if (cells[row].kind == RunCell::Kind::Text)
      column.values[row] = places[cells[row].text];
    else if (cells[row].kind == RunCell::Kind::Number && places.empty())
      column.values[row] = cells[row].number;
  }
  return column;
}

bool varies(const RunValues::Column& column) {
  double first = kNaN;
  for (const double value : column.values) {
    if (std::isnan(value)) continue;
    if (std::isnan(first)) first = value;
    if (value != first) return true;
  }
  return false;
}

std::vector<FieldCorrelation> correlationsOf(const RunValues& values, const QString& result,
                                             const std::set<QString>& settings) {
  std::vector<FieldCorrelation> all;
  const int of = values.column(result);
  if (of < 0) return all;
  for (const RunValues::Column& column : values.columns) {
    // The order of texts has no meaning.
    if (!settings.contains(column.name) || column.name == result || !column.texts.isEmpty()) continue;
    const RankCorrelation each = rankCorrelation(column.values, values.columns[size_t(of)].values);
    if (!std::isnan(each.rho)) all.push_back({column.name, each.rho, each.count});
  }
  return all;
}

}  // namespace

RunChartsPage::RunChartsPage(StoreThread& reader, QWidget* parent)
    : QObject(parent), reader_(reader), view_(new RunChartsView(parent)) {
  view_->installEventFilter(this);
  later_.setSingleShot(true);
  later_.setInterval(kLaterMs);
  connect(&later_, &QTimer::timeout, this, [this] {
    if (isStale_ && view_->isVisible()) start();
  });
  connect(view_, &RunChartsView::fieldsChanged, this, [this] {
    if (!view_->isVisible()) return;
    if (hasValues())
      correlate();
    else
      start();
  });
  connect(view_, &RunChartsView::runRequested, this, [this](qint64 run) { emit runRequested(RunId{run}); });
  connect(view_, &RunChartsView::runToggled, this, [this](qint64 run) {
    auto ticked = ticked_;
    if (std::erase(ticked, RunId{run}) == 0) ticked.push_back(RunId{run});
    emit ticksRequested(ticked);
  });
  connect(view_, &RunChartsView::tickRequested, this, [this](const std::vector<qint64>& runs, bool add) {
    std::vector<RunId> ids;
    for (const qint64 run : runs) ids.push_back(RunId{run});
    tickTogether(ids, add);
  });
  connect(view_, &RunChartsView::failed, this, &RunChartsPage::failed);
}

void RunChartsPage::tickTogether(const std::vector<RunId>& runs, bool add) {
  auto ticked = add ? ticked_ : std::vector<RunId>();
  for (const RunId run : runs)
    if (std::ranges::find(ticked, run) == ticked.end()) ticked.push_back(run);
  emit ticksRequested(ticked);
}

void RunChartsPage::setRequest(const RunListRequest& request) {
  if (request.where.text() == request_.where.text() && request.trash == request_.trash) return;
  request_ = request;  // its order does not matter here
  isStale_ = true;
  if (view_->isVisible()) start();
}

void RunChartsPage::refresh() {
  isStale_ = true;
  if (view_->isVisible() && !later_.isActive()) later_.start();
}

void RunChartsPage::setMarked(RunId chosen, const std::vector<RunId>& ticked) {
  ticked_ = ticked;
  MarkedRuns marked{.chosen = chosen.value};
  for (const RunId run : ticked) marked.ticked.insert(run.value);
  view_->setMarked(marked);
}

bool RunChartsPage::eventFilter(QObject* watched, QEvent* event) {
  if (watched == view_ && event->type() == QEvent::Show && isStale_) start();
  return QObject::eventFilter(watched, event);
}

template <class Work, class Done>
void RunChartsPage::ask(Work work, Done done) {
  reader_.post(
      this, std::move(work),
      [this, done = std::move(done), generation = generation_](auto&& answer) {
        if (generation == generation_) done(std::forward<decltype(answer)>(answer));
      },
      [this, generation = generation_](const QString& sentence) {
        if (generation != generation_) return;
        reading_.reset();
        view_->setProgress(0, 0);
        emit failed(sentence);
      });
}

/// Of everything that the view names now.
bool RunChartsPage::hasValues() const {
  const auto isRead = [this](const std::string& field) { return readFields_.contains(field); };
  const auto isShown = [this](const QString& field) { return values_->column(field) >= 0; };
  return values_ && std::ranges::all_of(wantedFields(), isRead) && std::ranges::all_of(view_->shownFields(), isShown);
}

/// All settings, of which those that never vary are dropped later, and the chosen summaries and facts.
std::vector<std::string> RunChartsPage::wantedFields() const {
  std::vector<std::string> wanted;
  for (const RunField& field : fields_)
    if (field.description == "setting") wanted.push_back(field.name);
  for (const QString& name : view_->chosenFields()) wanted.push_back(name.toStdString());
  return wanted;
}

void RunChartsPage::start() {
  ++generation_;
  isStale_ = false;
  reading_.reset();
  struct Beginning {
    std::vector<RunId> runs;
    std::vector<RunField> fields;
    int64_t total = 0;
  };
  ask(
      [request = request_](RunStore& store) {
        const RunList list = store.list(request);
        Beginning beginning{.runs = {}, .fields = store.fields(), .total = list.total};
        for (const RunList::Row& row : list.rows) beginning.runs.push_back(row.run);
        return beginning;
      },
      [this](const Beginning& beginning) {
        const int generation = generation_;
        fields_ = beginning.fields;
        view_->setFields(fields_);
        if (generation != generation_) return;  // the new fields asked for a reading of their own
        view_->setEmptyText(beginning.total == 0     ? tr("There are no runs yet. Every run will be a point here.")
                            : beginning.runs.empty() ? tr("No run matches the filter of the list.")
                                                     : tr("No run has both values. Choose other fields above."));
        reading_ = std::make_shared<Reading>(Reading{.runs = beginning.runs, .fields = wantedFields()});
        reading_->all.columns.resize(reading_->fields.size());
        readNext();
      });
}

void RunChartsPage::readNext() {
  const auto reading = reading_;
  if (reading->next >= reading->runs.size()) return finish();
  const size_t end = std::min(reading->runs.size(), reading->next + kPage);
  std::vector<RunId> runs(reading->runs.begin() + std::ptrdiff_t(reading->next),
                          reading->runs.begin() + std::ptrdiff_t(end));
  ask([runs = std::move(runs), fields = reading->fields](RunStore& store) { return readPage(store, runs, fields); },
      [this, reading, end](const Page& page) {
        reading->next = end;
        Page& all = reading->all;
        all.runs.insert(all.runs.end(), page.runs.begin(), page.runs.end());
        all.names += page.names;
        for (size_t i = 0; i < all.columns.size(); ++i)
          all.columns[i].insert(all.columns[i].end(), page.columns[i].begin(), page.columns[i].end());
        if (end < reading->runs.size()) view_->setProgress(qint64(end), qint64(reading->runs.size()));
        readNext();
      });
}

RunChartsPage::Page RunChartsPage::readPage(RunStore& store, const std::vector<RunId>& runs,
                                            const std::vector<std::string>& fields) {
  Page page;
  page.columns.resize(fields.size());
  for (const RunRow& row : store.rows(runs, fields)) {
    page.runs.push_back(row.run.id.value);
    page.names << QString::fromStdString(row.run.name);
    for (size_t i = 0; i < fields.size(); ++i) page.columns[i].push_back(row.cells[i]);
  }
  return page;
}

std::shared_ptr<RunValues> RunChartsPage::valuesOf(Page page, const std::vector<std::string>& fields) {
  auto values = std::make_shared<RunValues>();
  values->runs = std::move(page.runs);
  values->names = std::move(page.names);
  for (size_t i = 0; i < fields.size(); ++i) {
    values->columns.push_back(columnOf(fields[i], page.columns[i]));
    page.columns[i] = {};
  }
  return values;
}

/// Columns are made on the reader's thread, too: a hundred thousand runs have some million cells.
void RunChartsPage::finish() {
  const auto reading = std::exchange(reading_, nullptr);
  const auto chosen = view_->shownFields();
  const std::set<QString> shown(chosen.begin(), chosen.end());
  ask(
      [reading, shown](RunStore&) {
        const auto values = valuesOf(std::move(reading->all), reading->fields);
        std::erase_if(values->columns,
                      [&](const RunValues::Column& column) { return !shown.contains(column.name) && !varies(column); });
        return SharedRunValues(values);
      },
      [this, reading](const SharedRunValues& values) {
        values_ = values;
        readFields_ = {reading->fields.begin(), reading->fields.end()};
        view_->setProgress(0, 0);
        view_->setValues(values_);
        correlate();
      });
}

void RunChartsPage::correlate() {
  if (!values_) return;
  std::set<QString> settings;
  for (const RunField& field : fields_)
    if (field.description == "setting") settings.insert(QString::fromStdString(field.name));
  ask([values = values_, result = view_->result(),
       settings](RunStore&) { return correlationsOf(*values, result, settings); },
      [this](const std::vector<FieldCorrelation>& correlations) { view_->setCorrelations(correlations); });
}

}  // namespace scanline
