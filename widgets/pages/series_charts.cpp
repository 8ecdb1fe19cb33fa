#include "widgets/pages/series_charts.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QToolButton>
#include <algorithm>
#include <array>
#include <utility>

#include "widgets/pages/curve_keys.h"

namespace scanline {

namespace {

constexpr size_t kMostOthers = 12;  // charts of other series at a time
constexpr const char* kBySteps = "bySteps";
constexpr const char* kMayBeLog = "mayBeLogarithmic";

/// A series that Scanline knows, and how it is drawn. Series of the same title share a chart.
struct Known {
  std::string_view series;
  const char* title;
  const char* line;  ///< the name of the series in a chart of several, or nullptr
  TickText text = TickText::Number;
  LineLook look = LineLook::Points;
  bool bySteps = true, isLoss = false;
};
constexpr std::array kKnown{
    Known{series::kValidationAccuracy, QT_TRANSLATE_NOOP("scanline::SeriesCharts", "Classifier's accuracy, %"),
          QT_TRANSLATE_NOOP("scanline::SeriesCharts", "validation"), TickText::Percent},
    Known{series::kTestAccuracy, QT_TRANSLATE_NOOP("scanline::SeriesCharts", "Classifier's accuracy, %"),
          QT_TRANSLATE_NOOP("scanline::SeriesCharts", "test"), TickText::Percent},
    Known{series::kClassifierLoss, QT_TRANSLATE_NOOP("scanline::SeriesCharts", "Classification loss, nats per image"),
          nullptr, TickText::Nats, LineLook::Curve, true, true},
    Known{"vqvae/psnr", QT_TRANSLATE_NOOP("scanline::SeriesCharts", "PSNR of reconstructions, dB"), nullptr},
    Known{"vqvae/perplexity", QT_TRANSLATE_NOOP("scanline::SeriesCharts", "Codebook perplexity"), nullptr},
    Known{"vqvae/usedCodes", QT_TRANSLATE_NOOP("scanline::SeriesCharts", "Codes in use"), nullptr},
    Known{series::kBusyCores, QT_TRANSLATE_NOOP("scanline::SeriesCharts", "Busy cores, %"), nullptr, TickText::Percent,
          LineLook::Curve},
    Known{series::kOwnMemory, QT_TRANSLATE_NOOP("scanline::SeriesCharts", "Program memory, GB"), nullptr,
          TickText::Number, LineLook::Curve},
    Known{series::kFreeMemory, QT_TRANSLATE_NOOP("scanline::SeriesCharts", "Free memory, GB"), nullptr,
          TickText::Number, LineLook::Curve},
    Known{"search/loss", QT_TRANSLATE_NOOP("scanline::SeriesCharts", "Final loss of each trial"), nullptr,
          TickText::Nats, LineLook::Points, false, true},
    Known{"search/learningRate", QT_TRANSLATE_NOOP("scanline::SeriesCharts", "Learning rate of each trial"), nullptr,
          TickText::Rate, LineLook::Points, false},
};

const Known* knownSeries(const std::string& name) {
  const auto at = std::ranges::find(kKnown, name, &Known::series);
  return at == kKnown.end() ? nullptr : &*at;
}

}  // namespace

/// The contents of one chart.
struct SeriesCharts::Group {
  const Known* known = nullptr;  ///< the first of its series
  std::string name;              ///< of an unknown series
  std::vector<std::string> series;
  /// By series, then run, until the chart exists and takes them.
  std::map<std::string, std::map<int64_t, std::vector<Point>>> points;
  Chart* chart = nullptr;
};

SeriesCharts::SeriesCharts(QWidget* charts, QWidget* parent)
    : QWidget(parent),
      charts_(charts),
      fold_(new QToolButton(this)),
      filter_(new QLineEdit(this)),
      more_(new QLabel(this)) {
  buildLine();
  connect(fold_, &QToolButton::clicked, this, [this] {
    open_ = !open_;
    fold_->setArrowType(open_ ? Qt::DownArrow : Qt::RightArrow);
    refresh();
  });
  connect(filter_, &QLineEdit::textChanged, this, &SeriesCharts::refresh);
  refresh();
}

void SeriesCharts::buildLine() {
  fold_->setObjectName(QStringLiteral("otherSeries"));
  fold_->setAutoRaise(true);
  fold_->setArrowType(Qt::DownArrow);
  fold_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  fold_->setToolTip(tr("Series that a run brought along under names of its own"));
  filter_->setPlaceholderText(tr("part of a name"));
  filter_->setAccessibleName(tr("Other series whose names have"));
  filter_->setClearButtonEnabled(true);
  filter_->setMaximumWidth(220);
  more_->setForegroundRole(QPalette::PlaceholderText);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(8, 0, 12, 0);
  row->setSpacing(12);
  row->addWidget(fold_);
  row->addWidget(filter_);
  row->addWidget(more_, 1);
}

SeriesCharts::~SeriesCharts() = default;

bool SeriesCharts::isBySteps(const Chart& chart) {
  return chart.property(kBySteps).toBool();
}
bool SeriesCharts::mayBeLogarithmic(const Chart& chart) {
  return chart.property(kMayBeLog).toBool();
}
int64_t SeriesCharts::runOf(qint64 key) {
  return key / kLinesOfRun;
}

QString SeriesCharts::keyOf(const Chart& chart) const {
  const auto group = std::ranges::find(shown_, &chart, &Group::chart);
  return group == shown_.end() ? QString() : QString::fromStdString((*group)->name);
}
bool SeriesCharts::isOther(const Chart& chart) const {
  const auto group = std::ranges::find(shown_, &chart, &Group::chart);
  return group != shown_.end() && (*group)->known == nullptr;
}

std::vector<Chart*> SeriesCharts::charts() const {
  std::vector<Chart*> charts;
  for (const Group* group : shown_) charts.push_back(group->chart);
  return charts;
}

SeriesCharts::Group& SeriesCharts::groupOf(const std::string& series) {
  const Known* known = knownSeries(series);
  // Known ones first and in their order: a digit sorts before every name's mark.
  std::string key = "~" + series;
  if (known) {
    const auto first =
        std::ranges::find_if(kKnown, [&](const Known& k) { return std::string_view(k.title) == known->title; });
    key = "0" + std::string(1, char('a' + (first - kKnown.begin())));
  }
  auto& group = groups_[key];
  if (!group) group = std::make_unique<Group>(Group{.known = known, .name = series, .series = {}, .points = {}});
  if (std::ranges::find(group->series, series) == group->series.end()) group->series.push_back(series);
  return *group;
}

void SeriesCharts::makeChart(Group& group) {
  const bool bySteps = !group.known || group.known->bySteps;
  group.chart = new Chart({.title = group.known ? tr(group.known->title) : QString::fromStdString(group.name),
                           .xTitle = bySteps ? tr("step") : tr("trial"),
                           .empty = {},
                           .x = bySteps ? TickText::Steps : TickText::Layers,
                           .y = group.known ? group.known->text : TickText::Number},
                          charts_);
  group.chart->setProperty(kBySteps, bySteps);
  const bool isLoss =
      group.known ? group.known->isLoss : QString::fromStdString(group.name).contains("loss", Qt::CaseInsensitive);
  group.chart->setProperty(kMayBeLog, isLoss);
  group.chart->hide();  // until it has its place
  for (const auto& series : group.series)
    for (const ChartRun& run : runs_) {
      const auto& points = group.points[series][run.id];
      if (!points.empty()) group.chart->append(lineFor(group, series, run), std::span<const Point>(points));
    }
  group.points.clear();
  emit chartMade(group.chart);
}

/// The line of a run's series in the chart of its group, styled as it should be now.
Chart::Key SeriesCharts::lineFor(Group& group, const std::string& series, const ChartRun& run) {
  const auto at = std::ranges::find(group.series, series) - group.series.begin();
  const Known* known = knownSeries(series);
  const QString word = known && known->line ? tr(known->line) : QString();
  const LineLook look = known ? known->look : LineLook::Curve;
  LineStyle style{.name = word.isEmpty()      ? run.name
                          : runs_.size() == 1 ? word
                                              : tr("%1, %2").arg(run.name, word),
                  .colour = run.colour,
                  .look = look,
                  // A test accuracy is a single mark at the end, and says so.
                  .labelled = series == series::kTestAccuracy,
                  .faintJoin = look == LineLook::Points && known && known->bySteps};
  if (styleOfRun_) styleOfRun_(run.id, style);
  const Chart::Key key = kLinesOfRun * run.id + at;
  group.chart->setLine(key, style);
  return key;
}

/// Styles the lines of a chart anew, and removes those of runs that are not shown.
void SeriesCharts::setLines(Group& group) {
  std::vector<Chart::Key> keys;
  for (const auto& [key, line] : group.chart->lines()) keys.push_back(key);
  for (const Chart::Key key : keys) {
    const auto run = std::ranges::find(runs_, runOf(key), &ChartRun::id);
    if (run == runs_.end())
      group.chart->removeLine(key);
    else
      lineFor(group, group.series[size_t(key % kLinesOfRun)], *run);
  }
}

void SeriesCharts::restyle() {
  for (auto& [key, group] : groups_)
    if (group->chart) setLines(*group);
}

void SeriesCharts::setRuns(std::vector<ChartRun> runs) {
  runs_ = std::move(runs);
  for (auto& [key, group] : groups_)
    for (auto& [series, byRun] : group->points)
      std::erase_if(byRun, [this](const auto& each) {
        return std::ranges::find(runs_, each.first, &ChartRun::id) == runs_.end();
      });
  restyle();
  refresh();
}

void SeriesCharts::append(int64_t run, const std::string& series, std::span<const Point> points) {
  const auto shown = std::ranges::find(runs_, run, &ChartRun::id);
  if (points.empty() || shown == runs_.end()) return;
  Group& group = groupOf(series);
  if (group.chart) {
    const bool had = hasPoints(group);
    group.chart->append(lineFor(group, series, *shown), points);
    if (!had) refresh();
    return;
  }
  auto& known = group.points[series][run];
  std::erase_if(known, [first = points.front().step](const Point& point) { return point.step >= first; });
  known.insert(known.end(), points.begin(), points.end());
  refresh();
}

void SeriesCharts::clear(int64_t run) {
  for (auto& [key, group] : groups_) {
    for (auto& [series, byRun] : group->points) byRun.erase(run);
    if (!group->chart) continue;
    for (size_t at = 0; at < group->series.size(); ++at) group->chart->removeLine(kLinesOfRun * run + Chart::Key(at));
  }
  refresh();
}

bool SeriesCharts::hasPoints(const Group& group) const {
  if (group.chart)
    return std::ranges::any_of(group.chart->lines(), [](const auto& line) { return !line.second.series.empty(); });
  return std::ranges::any_of(group.points, [](const auto& series) {
    return std::ranges::any_of(series.second, [](const auto& run) { return !run.second.empty(); });
  });
}

void SeriesCharts::setHeld(bool held) {
  held_ = held;
  refresh();
}

/// Decides which charts are there.
void SeriesCharts::refresh() {
  if (held_) return;
  const std::vector<Group*> before = std::exchange(shown_, {});
  const size_t othersBefore = std::exchange(others_, 0);
  size_t fitting = 0;
  for (auto& [key, group] : groups_) {
    if (!hasPoints(*group)) continue;
    if (group->known) {
      shown_.push_back(group.get());
      continue;
    }
    ++others_;
    if (!open_ || !QString::fromStdString(group->name).contains(filter_->text(), Qt::CaseInsensitive)) continue;
    if (++fitting <= kMostOthers) shown_.push_back(group.get());
  }
  fold_->setText(tr("Other series (%1)").arg(others_));
  filter_->setVisible(open_ && others_ > kMostOthers);
  more_->setText(open_ && fitting > kMostOthers
                     ? tr("%1 of %2 are shown; type a part of a name to find others.").arg(kMostOthers).arg(fitting)
                 : open_ && others_ > 0 && fitting == 0 ? tr("No series has this in its name.")
                                                        : QString());
  if (shown_ == before && (others_ > 0) == (othersBefore > 0)) return;
  for (Group* group : shown_)
    if (!group->chart) makeChart(*group);
  emit shownChanged();
}

}  // namespace scanline
