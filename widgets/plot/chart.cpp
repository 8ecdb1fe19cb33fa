#include "widgets/plot/chart.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

#include "widgets/parts/number_text.h"
#include "widgets/parts/theme.h"
#include "widgets/plot/chart_ticks.h"

// The data and drawing side; chart_fit.cpp has the axes, chart_input.cpp mouse, keys and menu.

namespace scanline {

namespace {

constexpr int kLeastDrawMs = 16;
constexpr size_t kMostRows = 12;
constexpr size_t kMostReadouts = 3;
constexpr QSize kFigureSize{640, 420};
constexpr double kFollowRim = 1e-9;

bool isData(const ChartLine& line) {
  return line.style.look == LineLook::Curve || line.style.look == LineLook::Points;
}

}  // namespace

Chart::Chart(Texts texts, QWidget* parent)
    : QWidget(parent),
      texts_(std::move(texts)),
      title_(new QLabel(texts_.title, this)),
      badge_(new QLabel(this)),
      readout_(new QLabel(this)),
      header_(new QHBoxLayout),
      plot_(this, texts_.x, texts_.y, texts_.xTitle),
      overlay_(new ChartOverlay(&plot_.widget())) {
  setFocusPolicy(Qt::StrongFocus);
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);
  QFont bold = font();
  bold.setWeight(QFont::DemiBold);
  title_->setFont(bold);
  setTitle(texts_.title);
  header_->setContentsMargins(12, 8, 12, 0);
  header_->setSpacing(12);
  header_->addWidget(title_);
  header_->addWidget(readout_, 1);
  header_->addWidget(badge_);
  readout_->setTextFormat(Qt::RichText);
  readout_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  readout_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addLayout(header_);
  column->addWidget(&plot_.widget(), 1);
  plot_.widget().installEventFilter(this);
  drawTimer_.setSingleShot(true);
  connect(&drawTimer_, &QTimer::timeout, this, &Chart::draw);
  updateBadge();
}

void Chart::setLine(Key key, const LineStyle& style) {
  auto& line = lines_[key];
  if (style.look == LineLook::Curve) line.series.setSmoothing(smoothing_);
  line.style = style;
  scheduleDraw();
}

void Chart::removeLine(Key key) {
  if (lines_.erase(key) > 0) scheduleDraw();
}

void Chart::append(Key key, std::span<const QPointF> points) {
  const auto line = lines_.find(key);
  assert(line != lines_.end());
  for (const QPointF& point : points) line->second.series.append(point.x(), point.y());
  scheduleDraw();
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

void Chart::setSmoothing(double weight) {
  smoothing_ = weight;
  for (auto& [key, line] : lines_)
    if (line.style.look == LineLook::Curve) line.series.setSmoothing(weight);
  scheduleDraw();
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
  header_->addWidget(widget);
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
    if (!isData(line)) continue;
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
  if (isVisible() && !drawTimer_.isActive()) drawTimer_.start(std::max(kLeastDrawMs, int(3 * plot_.drawTime())));
}

void Chart::flush() {
  drawTimer_.stop();
  draw();
}

void Chart::draw() {
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
    if (isData(line) && !line.series.empty()) end_ = std::max(end_, line.series.x(line.series.size() - 1));
  const auto& view = history_.current();
  if (!view.x || view.x->high < before - kFollowRim || end_ <= view.x->high || before == 0) return;
  // The newest point was in sight: keep it there, at the same scale.
  const double by = end_ - view.x->high;
  history_.shift({Span{view.x->low + by, view.x->high + by}, view.y});
}

void Chart::updateBadge() {
  size_t nan = 0, infinite = 0, hidden = 0;
  for (const auto& [key, line] : lines_) {
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
  badge_->setText(parts.join(QStringLiteral(" · ")));
  badge_->setVisible(!parts.isEmpty());
  QPalette colours = badge_->palette();
  const QColor colour = Theme(palette()).mutedText;
  if (colours.color(QPalette::WindowText) == colour) return;
  colours.setColor(QPalette::WindowText, colour);
  badge_->setPalette(colours);
}

// --- crosshair ---

void Chart::updateOverlay() {
  ChartOverlay::Content content;
  content.area = plot_.area();
  const bool any =
      std::any_of(lines_.begin(), lines_.end(), [](const auto& line) { return !line.second.series.empty(); });
  if (!any) content.empty = texts_.empty;
  if (drag_ == Drag::Zoom) content.rubberBand = QRectF(dragFrom_, dragAt_).normalized().toRect();
  if (cursor_ && any && drag_ == Drag::None) {
    content.crosshair = true;
    content.x = plot_.pixelOf(*cursor_, frame_.y.low).x();
    content.table = cursorTable_;
    fillTable(content);
  }
  overlay_->setContent(std::move(content));
  updateReadout();
}

void Chart::updateReadout() {
  const auto& content = overlay_->content();
  QStringList values;
  for (const auto& row : content.rows) {
    if (content.table || row.points || values.size() == qsizetype(kMostReadouts)) continue;
    values << QStringLiteral("<span style='color:%1'>●</span>&nbsp;%2").arg(row.colour.name(), row.value);
  }
  readout_->setText(values.join(QStringLiteral(" &nbsp; ")));
}

void Chart::fillTable(ChartOverlay::Content& content) const {
  const Theme theme(palette());
  struct Found {
    double distance;
    TipRow row;
  };
  std::vector<Found> found;
  for (const auto& [key, line] : lines_) {
    const auto at = isData(line) ? line.series.nearest(*cursor_) : std::nullopt;
    if (!at) continue;
    const double x = line.series.x(*at), shown = line.series.shown()[*at], raw = line.series.raw()[*at];
    const bool points = line.style.look == LineLook::Points;
    // A curve that ended long ago has no value here; sparse points are told with their own step.
    const QPointF pixel = plot_.pixelOf(x, shown);
    if (!points && std::abs(pixel.x() - content.x) > 24) continue;
    const QColor colour = theme.run(line.style.colour);
    TipRow row{.colour = colour, .dash = runDash(line.style.colour), .points = points, .name = line.style.name};
    row.value = valueText(texts_.y, shown);
    if (line.series.isSmoothed() && !points) row.extra = tr("raw %1").arg(valueText(texts_.y, raw));
    if (*at < line.deviations.size()) row.extra = tr("± %1").arg(valueText(texts_.y, line.deviations[*at]));
    if (x != *cursor_) row.extra = tr("at %1").arg(valueText(texts_.x, x));
    const double distance = std::isfinite(pixel.y()) ? std::abs(pixel.y() - mouseY_) : 1e9;
    found.push_back({distance, row});
    if (std::isfinite(pixel.y())) content.dots.emplace_back(pixel, colour);
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.distance < b.distance; });
  content.title = tr("%1 %2").arg(texts_.xTitle, valueText(texts_.x, *cursor_));
  content.more = int(found.size()) - int(std::min(found.size(), kMostRows));
  for (size_t at = 0; at < std::min(found.size(), kMostRows); ++at) content.rows.push_back(std::move(found[at].row));
}

// --- housekeeping ---

Figure Chart::figure() {
  QString name = texts_.title.section(',', 0, 0).toLower().replace(' ', '-');
  return {name, kFigureSize, [this](QPaintDevice& device, const Theme& theme) {
            plot_.paintFigure(device, kFigureSize, texts_.title, frame_, lines_, theme);
            draw();  // back to the screen's size and colours
          }};
}

void Chart::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) scheduleDraw();
}

void Chart::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  // A page of charts draws one a frame, so that no click waits for all of them.
  const auto page = parentWidget() ? parentWidget()->findChildren<Chart*>(QString(), Qt::FindDirectChildrenOnly)
                                   : QList<Chart*>{this};
  drawTimer_.start(kLeastDrawMs * int(page.indexOf(this)));
}

void Chart::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  scheduleDraw();
}

bool Chart::event(QEvent* event) {
  if (event->type() == QEvent::ScreenChangeInternal) scheduleDraw();
  return QWidget::event(event);
}

}  // namespace scanline
