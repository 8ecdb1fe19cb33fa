// The chart itself: its parts, its texts, and when it is drawn anew, which depend on each other: beyond 350 lines.
// Lines, ticks, legend, mouse and figures are in chart_*.cpp.
#include "widgets/plot/chart.h"

#include <QEvent>
#include <QFocusEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

#include "widgets/parts/elided_label.h"
#include "widgets/parts/icon_button.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/theme.h"

// The data and drawing side; chart_fit.cpp has the axes, chart_crosshair.cpp its texts, chart_input.cpp mouse,
// keys and menu, chart_figure.cpp the exports. One file beyond 350 lines: the setters are many and short, and each asks
// for the drawing that stands below them.

namespace scanline {

namespace {

constexpr int kLeastDrawMs = 16;
constexpr int kLegendRows = 3;   // below the title
constexpr int kRim = 2;          // px around the chart, for the frame of the focus
constexpr int kPartsOfLine = 3;  // series of a line that are smoothed: itself and the edges of its band
constexpr double kFollowRim = 1e-9;
constexpr size_t kMostExpected = 1 << 22;  // points that memory is taken for before they come: a file may be wrong

/// Nothing is drawn of it, and it changes nothing of what is drawn of others.
bool isUnseen(const ChartLine& line) {
  return line.series.empty() && line.low.empty() && line.high.empty() && line.style.weight != LineWeight::Strong;
}

}  // namespace

Chart::Chart(Texts texts, QWidget* parent)
    : QWidget(parent),
      texts_(std::move(texts)),
      title_(new ElidedLabel(texts_.title, this)),
      badge_(new QLabel(this)),
      readout_(new QLabel(this)),
      header_(new QHBoxLayout),
      below_(new QHBoxLayout),
      plot_(this, texts_.x, texts_.y, texts_.xTitle),
      overlay_(new ChartOverlay(&plot_.widget())),
      jobs_(this, [this] { takeSmoothed(); }) {
  setFocusPolicy(Qt::StrongFocus);
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);
  QFont bold = font();
  bold.setWeight(QFont::DemiBold);
  title_->setFont(bold);
  setTitle(texts_.title);
  header_->setContentsMargins(10, 6, 10, 0);
  header_->setSpacing(12);
  header_->addWidget(title_);
  header_->addWidget(readout_, 1);
  header_->addWidget(badge_);
  auto* enlarge =
      new IconButton(QStringLiteral("enlarge"), tr("Enlarge or bring back (F, or a double click on the title)"), this);
  enlarge_ = enlarge;
  enlarge->setObjectName(QStringLiteral("enlarge"));
  enlarge->setFocusPolicy(Qt::NoFocus);
  enlarge->setIconSize({12, 12});
  enlarge->setVisible(false);
  header_->addWidget(enlarge);
  connect(enlarge, &QToolButton::clicked, this, &Chart::enlargeRequested);
  readout_->setTextFormat(Qt::RichText);
  readout_->setObjectName(QStringLiteral("readout"));
  readout_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  readout_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(kRim, kRim, kRim, kRim);
  column->setSpacing(0);
  column->addLayout(header_);
  below_->setContentsMargins(10, 0, 10, 0);
  column->addLayout(below_);
  column->addWidget(&plot_.widget(), 1);
  plot_.widget().installEventFilter(this);
  drawTimer_.setSingleShot(true);
  connect(&drawTimer_, &QTimer::timeout, this, &Chart::draw);
  updateBadge();
}

void Chart::setLine(Key key, const LineStyle& style) {
  auto& line = lines_[key];
  if (line.style == style && !line.series.empty()) return;
  if (style.look == LineLook::Curve)
    for (ChartSeries* series : {&line.series, &line.low, &line.high}) series->setSmoothing(smoothing_);
  const bool wasUnseen = isUnseen(line);
  line.style = style;
  if (!wasUnseen || !isUnseen(line)) scheduleDraw();
}

void Chart::removeLine(Key key) {
  if (const auto line = lines_.extract(key); line && !isUnseen(line.mapped())) scheduleDraw();
}

void Chart::expect(Key key, size_t points) {
  const size_t room = std::min(points, kMostExpected);
  if (const auto line = lines_.find(key); line != lines_.end()) line->second.series.reserve(room);
}

void Chart::append(Key key, std::span<const QPointF> points) {
  const auto line = lines_.find(key);
  assert(line != lines_.end());
  line->second.series.append(points);
  smoothElsewhere();
  scheduleDraw();
}

void Chart::append(Key key, std::span<const Point> points) {
  const auto line = lines_.find(key);
  assert(line != lines_.end());
  line->second.series.append(points);
  smoothElsewhere();
  scheduleDraw();
}

void Chart::setBand(Key key, std::span<const QPointF> low, std::span<const QPointF> high) {
  const auto line = lines_.find(key);
  assert(line != lines_.end());
  const std::array edges{&line->second.low, &line->second.high};
  for (size_t at = 0; at < edges.size(); ++at) {
    *edges[at] = {};
    if (line->second.style.look == LineLook::Curve) edges[at]->setSmoothing(smoothing_);
    edges[at]->append(at == 0 ? low : high);
  }
  smoothElsewhere();
  scheduleDraw();
}

void Chart::setXAxis(const QString& title, TickText text) {
  if (title == texts_.xTitle && text == texts_.x) return;
  texts_.xTitle = title;
  texts_.x = text;
  plot_.setXAxis(text, title);
  scheduleDraw();
}

void Chart::setMapping(Key key, const XMapping& mapping) {
  const auto line = lines_.find(key);
  if (line == lines_.end()) return;
  bool isNew = false;
  for (ChartSeries* series : {&line->second.series, &line->second.low, &line->second.high})
    isNew = series->setMapping(mapping) || isNew;
  if (isNew && !isUnseen(line->second)) scheduleDraw();
}

void Chart::setDeviations(Key key, std::vector<double> deviations) {
  const auto line = lines_.find(key);
  assert(line != lines_.end());
  line->second.deviations = std::move(deviations);
  scheduleDraw();
}

void Chart::truncateAfter(Key key, double x) {
  const auto line = lines_.find(key);
  if (line == lines_.end()) return;
  line->second.series.truncateAfter(x);
  smoothElsewhere();
  scheduleDraw();
}

void Chart::clear(Key key) {
  truncateAfter(key, -std::numeric_limits<double>::infinity());
}

void Chart::setTitle(const QString& title) {
  texts_.title = title;
  title_->setText(title);
  setAccessibleName(tr("Chart: %1").arg(title));
  setAccessibleDescription(
      tr("Arrow keys move the crosshair, Alt and arrows walk the zoom history, 0 shows everything."));
}

void Chart::setEmptyText(const QString& text) {
  texts_.empty = text;
  updateOverlay();
}

void Chart::setSmoothing(const Smoothing& how) {
  if (how == smoothing_) return;
  smoothing_ = how;
  for (auto& [key, line] : lines_)
    if (line.style.look == LineLook::Curve)
      for (ChartSeries* series : {&line.series, &line.low, &line.high}) series->setSmoothing(how);
  smoothElsewhere();
  // While long curves are being smoothed the picture stays; it would be drawn twice.
  if (!jobs_.isBusy()) scheduleDraw();
}

/// Of the series of a line, by the numbers of the jobs.
ChartSeries* Chart::seriesOf(int64_t job) {
  const auto line = lines_.find(job / kPartsOfLine);
  if (line == lines_.end()) return nullptr;
  const int64_t part = job % kPartsOfLine;
  return part == 0 ? &line->second.series : part == 1 ? &line->second.low : &line->second.high;
}

/// Starts the smoothing that other threads do; a hidden chart starts none before it is shown.
void Chart::smoothElsewhere() {
  if (!isVisible()) return;
  for (auto& [key, line] : lines_) {
    int64_t job = kPartsOfLine * key;
    for (ChartSeries* series : {&line.series, &line.low, &line.high}) {
      if (auto work = series->takeJob()) jobs_.start(job, std::move(*work));
      ++job;
    }
  }
}

void Chart::takeSmoothed() {
  bool any = false;
  for (auto& [job, result] : jobs_.take())
    if (ChartSeries* series = seriesOf(job)) any = series->takeResult(std::move(result)) || any;
  smoothElsewhere();  // points that came meanwhile
  if (any) scheduleDraw();
}

void Chart::setLogarithmic(bool x, bool y) {
  frame_.logX = x;
  frame_.logY = y;
  scheduleDraw();
}

void Chart::setOutliersClipped(bool clip) {
  clipOutliers_ = clip;
  scheduleDraw();
}

void Chart::setHeaderWidget(QWidget* widget) {
  headerWidget_ = widget;
  header_->insertWidget(header_->count() - 1, widget);  // the button to enlarge stays last
}

void Chart::placeHeaderWidget() {
  if (!headerWidget_) return;
  int needs = headerWidget_->sizeHint().width();
  for (const QWidget* other : {static_cast<QWidget*>(title_), static_cast<QWidget*>(badge_), enlarge_})
    if (!other->isHidden()) needs += other->sizeHint().width() + header_->spacing();
  const QMargins rims = header_->contentsMargins();
  const bool below = needs > width() - 2 * kRim - rims.left() - rims.right();
  if (below == (below_->count() > 0)) return;
  (below ? header_ : below_)->removeWidget(headerWidget_);
  if (below)
    below_->addWidget(headerWidget_, 0, Qt::AlignRight);
  else
    header_->insertWidget(header_->count() - 1, headerWidget_);
  auto* legend = qobject_cast<ChartLegend*>(headerWidget_);
  if (!legend) legend = headerWidget_->findChild<ChartLegend*>();
  if (legend) legend->setRows(below ? kLegendRows : 1);
}

void Chart::setEnlargeable(bool enlargeable) {
  enlarge_->setVisible(enlargeable);
}

void Chart::setView(const ChartView& view, bool replace) {
  history_.go(view, replace);
  scheduleDraw();
}

void Chart::goBack() {
  history_.back();
  scheduleDraw();
}

void Chart::goForward() {
  history_.forward();
  scheduleDraw();
}

std::optional<double> Chart::nearestX(double x) const {
  std::optional<double> best;
  for (const auto& [key, line] : lines_) {
    if (!line.isData()) continue;
    const auto at = line.series.nearest(x);
    if (at && (!best || std::abs(line.series.x(*at) - x) < std::abs(*best - x))) best = line.series.x(*at);
  }
  return best;
}

void Chart::setCursor(std::optional<double> x, bool table) {
  cursor_ = x;
  cursorTable_ = table;
  updateOverlay();
}

QSize Chart::minimumSizeHint() const {
  return {240, 150};
}

// --- drawing ---

void Chart::scheduleDraw() {
  // A hidden chart does no work, and a slow one leaves two thirds of the time to everybody else.
  if (!isVisible() || drawTimer_.isActive()) return;
  const qint64 pause = std::max(kLeastDrawMs, int(3 * plot_.drawTime()));
  const qint64 since = sinceDraw_.isValid() ? std::min(sinceDraw_.elapsed(), pause) : 0;
  drawTimer_.start(int(pause - since));
}

void Chart::flush() {
  drawTimer_.stop();
  for (smoothElsewhere(); jobs_.isBusy(); takeSmoothed()) jobs_.wait();
  draw();
}

void Chart::draw() {
  sinceDraw_.start();
  followEnd();
  fitFrame();
  plot_.setPixelRatio(devicePixelRatioF());
  plot_.draw(frame_, lines_, Theme(palette()));
  updateBadge();
  updateOverlay();
}

void Chart::followEnd() {
  const double before = end_;
  end_ = 0;
  for (const auto& [key, line] : lines_)
    if (line.isData() && !line.series.empty()) end_ = std::max(end_, line.series.x(line.series.size() - 1));
  const auto& view = history_.current();
  if (!view.x || view.x->high < before - kFollowRim || end_ <= view.x->high || before == 0) return;
  // The newest point was in sight: keep it there, at the same scale.
  const double by = end_ - view.x->high;
  history_.shift({Span{view.x->low + by, view.x->high + by}, view.y});
}

void Chart::updateBadge() {
  size_t nan = 0, infinite = 0, hidden = 0, unplaced = 0;
  for (const auto& [key, line] : lines_) {
    unplaced += !line.style.hidden && !line.series.empty() && !line.series.isPlaced();
    if (!line.isShown()) continue;
    for (const auto at :
         line.series.raw().nonFinite().first(std::min<size_t>(line.series.raw().nonFinite().size(), 1000)))
      ++(std::isnan(line.series.raw()[at]) ? nan : infinite);
    if (frame_.logY) hidden += line.series.raw().extremes(0, line.series.size()).notPositive;
  }
  const auto many = [](size_t n) { return n >= 1000 ? QStringLiteral("1000+") : QString::number(n); };
  QStringList parts;
  if (nan > 0) parts << tr("%1 NaN").arg(many(nan));
  if (infinite > 0) parts << tr("%1 infinite").arg(many(infinite));
  if (hidden > 0) parts << tr("%1 values ≤ 0 hidden").arg(text::steps(int64_t(hidden)));
  if (unplaced > 0) parts << tr("%n lines have no place on this axis", nullptr, int(unplaced));
  badge_->setText(parts.join(QStringLiteral(" · ")));
  badge_->setVisible(!parts.isEmpty());
  QPalette colours = badge_->palette();
  const QColor colour = Theme(palette()).mutedText;
  if (colours.color(QPalette::WindowText) == colour) return;
  colours.setColor(QPalette::WindowText, colour);
  badge_->setPalette(colours);
}

// --- housekeeping ---

void Chart::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) scheduleDraw();
}

void Chart::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  smoothElsewhere();
  drawTimer_.start(turnMs());
}

/// Until its turn on a page that is shown: no click waits for all charts at once. One that was never drawn may take a
/// frame.
int Chart::turnMs() const {
  double wait = 0;
  if (!parentWidget()) return 0;
  for (const Chart* before : parentWidget()->findChildren<Chart*>(QString(), Qt::FindDirectChildrenOnly)) {
    if (before == this) break;
    if (before->isHidden()) continue;
    const double took = before->plot_.drawTime();
    wait += took > 0 ? 2 * took : kLeastDrawMs;
  }
  return int(wait);
}

void Chart::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  placeHeaderWidget();
  scheduleDraw();
}

void Chart::focusInEvent(QFocusEvent* event) {
  const auto reason = event->reason();
  showsFocus_ = reason == Qt::TabFocusReason || reason == Qt::BacktabFocusReason || reason == Qt::ShortcutFocusReason ||
                reason == Qt::OtherFocusReason;
  update();
}

void Chart::focusOutEvent(QFocusEvent* event) {
  QWidget::focusOutEvent(event);
  showsFocus_ = false;
  update();
}

void Chart::paintEvent(QPaintEvent*) {
  if (!showsFocus_) return;
  QPainter painter(this);
  painter.setPen(QPen(Theme(palette()).accent, kRim));
  painter.drawRect(QRectF(rect()).adjusted(1, 1, -1, -1));
}

bool Chart::event(QEvent* event) {
  if (event->type() == QEvent::ScreenChangeInternal) scheduleDraw();
  if (event->type() == QEvent::LayoutRequest) placeHeaderWidget();
  return QWidget::event(event);
}

}  // namespace scanline
