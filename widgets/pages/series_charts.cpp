#include "widgets/pages/series_charts.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QResizeEvent>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <array>

#include "widgets/plot/chart.h"

namespace scanline {

namespace {

constexpr int64_t kLinesOfRun = 4;  // lines of one run in a chart, at most
constexpr size_t kMostOthers = 12;  // charts of other series at a time
constexpr int kChartWidth = 300, kChartHeight = 180;
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
    Known{series::kValidationAccuracy, QT_TRANSLATE_NOOP("SeriesCharts", "Classifier's accuracy, %"),
          QT_TRANSLATE_NOOP("SeriesCharts", "validation"), TickText::Percent},
    Known{series::kTestAccuracy, QT_TRANSLATE_NOOP("SeriesCharts", "Classifier's accuracy, %"),
          QT_TRANSLATE_NOOP("SeriesCharts", "test"), TickText::Percent},
    Known{series::kClassifierLoss, QT_TRANSLATE_NOOP("SeriesCharts", "Classification loss, nats per image"), nullptr,
          TickText::Nats, LineLook::Curve, true, true},
    Known{"vqvae/psnr", QT_TRANSLATE_NOOP("SeriesCharts", "Signal-to-noise ratio of reconstructions, dB"), nullptr},
    Known{"vqvae/perplexity", QT_TRANSLATE_NOOP("SeriesCharts", "Perplexity of the codebook"), nullptr},
    Known{"vqvae/usedCodes", QT_TRANSLATE_NOOP("SeriesCharts", "Codes in use"), nullptr},
    Known{"search/loss", QT_TRANSLATE_NOOP("SeriesCharts", "Final loss of each trial"), nullptr, TickText::Nats,
          LineLook::Points, false, true},
    Known{"search/learningRate", QT_TRANSLATE_NOOP("SeriesCharts", "Learning rate of each trial"), nullptr,
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
  /// By series, then run. Kept here because the chart may not exist yet.
  std::map<std::string, std::map<int64_t, std::vector<QPointF>>> points;
  Chart* chart = nullptr;
};

SeriesCharts::SeriesCharts(QWidget* parent)
    : QWidget(parent),
      header_(new QWidget(this)),
      fold_(new QToolButton(header_)),
      filter_(new QLineEdit(header_)),
      more_(new QLabel(header_)),
      known_(new QGridLayout),
      unknown_(new QGridLayout) {
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
  auto* row = new QHBoxLayout(header_);
  row->setContentsMargins(8, 0, 12, 0);
  row->setSpacing(12);
  row->addWidget(fold_);
  row->addWidget(filter_);
  row->addWidget(more_, 1);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(8);
  for (QGridLayout* grid : {known_, unknown_}) grid->setSpacing(12);
  column->addLayout(known_);
  column->addWidget(header_);
  column->addLayout(unknown_);
  column_ = column;
  connect(fold_, &QToolButton::clicked, this, [this] {
    open_ = !open_;
    fold_->setArrowType(open_ ? Qt::DownArrow : Qt::RightArrow);
    refresh();
  });
  connect(filter_, &QLineEdit::textChanged, this, &SeriesCharts::refresh);
  refresh();
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
  if (std::ranges::find(group->series, series) == group->series.end()) {
    group->series.push_back(series);
    if (group->chart) setLines(*group);
  }
  return *group;
}

void SeriesCharts::makeChart(Group& group) {
  const bool bySteps = !group.known || group.known->bySteps;
  group.chart = new Chart({.title = group.known ? tr(group.known->title) : QString::fromStdString(group.name),
                           .xTitle = bySteps ? tr("step") : tr("trial"),
                           .empty = {},
                           .x = bySteps ? TickText::Steps : TickText::Layers,
                           .y = group.known ? group.known->text : TickText::Number},
                          this);
  group.chart->setProperty(kBySteps, bySteps);
  const bool isLoss =
      group.known ? group.known->isLoss : QString::fromStdString(group.name).contains("loss", Qt::CaseInsensitive);
  group.chart->setProperty(kMayBeLog, isLoss);
  group.chart->setMinimumHeight(kChartHeight);
  setLines(group);
  emit chartMade(group.chart);
}

/// Fills a chart with the lines and points of the runs.
void SeriesCharts::setLines(Group& group) {
  const std::vector<Chart::Key> before = [&] {
    std::vector<Chart::Key> keys;
    for (const auto& [key, line] : group.chart->lines()) keys.push_back(key);
    return keys;
  }();
  for (const Chart::Key key : before) group.chart->removeLine(key);
  for (size_t at = 0; at < group.series.size(); ++at) {
    const Known* known = knownSeries(group.series[at]);
    const QString line = known && known->line ? tr(known->line) : QString();
    for (const ChartRun& run : runs_) {
      const auto& points = group.points[group.series[at]][run.id];
      if (points.empty()) continue;
      const Chart::Key key = kLinesOfRun * run.id + Chart::Key(at);
      const QString name = line.isEmpty() ? run.name : runs_.size() == 1 ? line : tr("%1, %2").arg(run.name, line);
      // A test accuracy is a single mark at the end, and says so.
      const bool isTest = group.series[at] == series::kTestAccuracy;
      group.chart->setLine(
          key, {.name = name, .colour = run.colour, .look = known ? known->look : LineLook::Curve, .labelled = isTest});
      group.chart->append(key, points);
    }
  }
}

void SeriesCharts::setRuns(std::vector<ChartRun> runs) {
  runs_ = std::move(runs);
  for (auto& [key, group] : groups_) {
    for (auto& [series, byRun] : group->points)
      std::erase_if(byRun, [this](const auto& each) {
        return std::ranges::find(runs_, each.first, &ChartRun::id) == runs_.end();
      });
    if (group->chart) setLines(*group);
  }
  refresh();
}

void SeriesCharts::append(int64_t run, const std::string& series, std::span<const Point> points) {
  if (points.empty() || std::ranges::find(runs_, run, &ChartRun::id) == runs_.end()) return;
  Group& group = groupOf(series);
  auto& known = group.points[series][run];
  const bool isFirst = known.empty();
  const auto first = double(points.front().step);
  const bool overwrites = !known.empty() && known.back().x() >= first;
  if (overwrites) std::erase_if(known, [first](const QPointF& point) { return point.x() >= first; });
  const size_t before = known.size();
  for (const Point& point : points) known.emplace_back(double(point.step), point.value);
  if (isFirst || overwrites) {
    if (group.chart) setLines(group);
    return refresh();
  }
  if (!group.chart) return;
  const auto at = std::ranges::find(group.series, series) - group.series.begin();
  group.chart->append(kLinesOfRun * run + at, std::span(known).subspan(before));
}

void SeriesCharts::clear(int64_t run) {
  for (auto& [key, group] : groups_) {
    for (auto& [series, byRun] : group->points)
      if (const auto known = byRun.find(run); known != byRun.end()) known->second.clear();
    if (group->chart) setLines(*group);
  }
  refresh();
}

bool SeriesCharts::hasPoints(const Group& group) const {
  return std::ranges::any_of(group.points, [](const auto& series) {
    return std::ranges::any_of(series.second, [](const auto& run) { return !run.second.empty(); });
  });
}

/// Decides which charts are there.
void SeriesCharts::refresh() {
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
  header_->setVisible(others_ > 0);
  fold_->setText(tr("Other series (%1)").arg(others_));
  filter_->setVisible(open_ && others_ > kMostOthers);
  more_->setText(open_ && fitting > kMostOthers
                     ? tr("%1 of %2 are shown; type a part of a name to find others.").arg(kMostOthers).arg(fitting)
                 : open_ && others_ > 0 && fitting == 0 ? tr("No series has this in its name.")
                                                        : QString());
  if (shown_ == before && (others_ > 0) == (othersBefore > 0)) return;
  for (Group* group : before)
    if (std::ranges::find(shown_, group) == shown_.end()) group->chart->hide();
  for (Group* group : shown_)
    if (!group->chart) makeChart(*group);
  place();
  emit shownChanged();
}

void SeriesCharts::place() {
  const int columns = std::clamp(width() / kChartWidth, 1, 3);
  for (QGridLayout* grid : {known_, unknown_}) {
    while (QLayoutItem* item = grid->takeAt(0)) delete item;
    for (int column = 0; column < 3; ++column) grid->setColumnStretch(column, column < columns ? 1 : 0);
  }
  int known = 0, unknown = 0;
  for (const Group* group : shown_) {
    int& at = group->known ? known : unknown;
    (group->known ? known_ : unknown_)->addWidget(group->chart, at / columns, at % columns);
    ++at;
    group->chart->show();
  }
  // Every row of charts is as high as any other, and a grid without charts takes no room.
  column_->setStretchFactor(known_, (known + columns - 1) / columns);
  column_->setStretchFactor(unknown_, (unknown + columns - 1) / columns);
}

void SeriesCharts::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  if (std::clamp(event->size().width() / kChartWidth, 1, 3) != std::clamp(event->oldSize().width() / kChartWidth, 1, 3))
    place();
}

}  // namespace scanline
