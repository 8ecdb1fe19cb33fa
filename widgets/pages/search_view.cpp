#include "widgets/pages/search_view.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "widgets/parts/heading.h"
#include "widgets/parts/number_text.h"
#include "widgets/plot/chart.h"

namespace scanline {

namespace {

constexpr Chart::Key kTrialsKey = 0, kWinnerKey = 1;

}  // namespace

SearchView::SearchView(QWidget* parent)
    : QWidget(parent),
      words_(new QLabel(this)),
      hint_(new QLabel(this)),
      beyond_(new QPushButton(this)),
      start_(new QPushButton(tr("Start the winner"), this)),
      overlay_(new QPushButton(tr("Show the trials' curves"), this)),
      chart_(new Chart(
          {.title = {}, .xTitle = tr("learning rate"), .empty = {}, .x = TickText::Rate, .y = TickText::Number},
          this)) {
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);
  words_->setFont(headingFont(font()));
  words_->setObjectName(QStringLiteral("words"));
  words_->setWordWrap(true);
  start_->setObjectName(QStringLiteral("startWinner"));
  start_->setToolTip(tr("A run at the best learning rate, on the held-out images too where the data have test images"));
  overlay_->setObjectName(QStringLiteral("overlay"));
  overlay_->setToolTip(tr("Tick all trials and show their curves over each other"));
  chart_->setLogarithmic(true, false);
  hint_->setObjectName(QStringLiteral("edge"));
  hint_->setWordWrap(true);
  hint_->setForegroundRole(QPalette::PlaceholderText);
  hint_->setContentsMargins(12, 0, 12, 0);
  beyond_->setObjectName(QStringLiteral("beyond"));
  auto* row = new QHBoxLayout;
  row->setContentsMargins(12, 8, 12, 0);
  row->setSpacing(8);
  row->addWidget(words_, 1);
  row->addWidget(beyond_);
  row->addWidget(overlay_);
  row->addWidget(start_);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(4);
  column->addLayout(row);
  column->addWidget(hint_);
  column->addWidget(chart_, 1);
  connect(start_, &QPushButton::clicked, this, &SearchView::startWinnerRequested);
  connect(beyond_, &QPushButton::clicked, this, [this] { emit searchRequested(ratesBeyond()); });
  connect(overlay_, &QPushButton::clicked, this, &SearchView::overlayRequested);
  connect(chart_, &Chart::failed, this, &SearchView::failed);
  refresh();
}

void SearchView::setSearch(std::vector<SearchTrial> trials, const QString& lossName, int colour) {
  trials_ = std::move(trials);
  lossName_ = lossName;
  colour_ = colour;
  refresh();
}

void SearchView::setFinished(bool finished) {
  finished_ = finished;
  refresh();
}

std::optional<size_t> SearchView::winner() const {
  std::optional<size_t> best;
  for (size_t at = 0; at < trials_.size(); ++at) {
    const auto& loss = trials_[at].loss;
    if (loss && std::isfinite(*loss) && (!best || *loss < *trials_[*best].loss)) best = at;
  }
  return best;
}

SearchView::Edge SearchView::edge() const {
  const auto best = winner();
  if (!best || !finished_) return Edge::None;
  bool higher = false, lower = false;
  for (const SearchTrial& trial : trials_) {
    if (!trial.loss) continue;
    higher = higher || trial.rate > trials_[*best].rate;
    lower = lower || trial.rate < trials_[*best].rate;
  }
  return !higher ? Edge::Highest : !lower ? Edge::Lowest : Edge::None;
}

QString SearchView::ratesBeyond() const {
  if (edge() == Edge::None) return {};
  const bool up = edge() == Edge::Highest;
  const double best = trials_[*winner()].rate;
  // The paper's rates, 1 and 3 in turn: of 0.01 the next are 0.03 and 0.1, of 0.003 they are 0.01 and 0.03.
  const double power = std::pow(10.0, std::floor(std::log10(best) + 1e-9));
  std::vector<double> grid;
  for (const double tens : {0.01, 0.1, 1.0, 10.0})
    for (const double digit : {1.0, 3.0}) grid.push_back(digit * tens * power);
  std::erase_if(grid, [&](double rate) { return up ? rate < 1.05 * best : rate > best / 1.05; });
  if (!up) std::ranges::reverse(grid);
  grid.resize(std::min<size_t>(grid.size(), 2));
  grid.push_back(best);
  std::ranges::sort(grid, std::ranges::greater());
  QStringList rates;
  for (const double rate : grid) rates << QString::number(rate, 'g', 6);
  return rates.join(QStringLiteral(", "));
}

QString SearchView::words() const {
  const auto best = winner();
  const auto ended = std::ranges::count_if(trials_, [](const SearchTrial& trial) { return trial.loss.has_value(); });
  if (!best) return ended > 0 ? tr("Training diverged at every learning rate so far.") : tr("No trial has ended yet.");
  return (finished_ ? tr("Best learning rate %1: %2 %3 (trial %4 of %5)")
                    : tr("Best learning rate so far %1: %2 %3 (trial %4 of %5)"))
      .arg(text::rate(trials_[*best].rate), lossName_.section(',', 0, 0).toLower(), text::number(*trials_[*best].loss))
      .arg(*best + 1)
      .arg(ended);
}

void SearchView::refresh() {
  for (const Chart::Key key : {kTrialsKey, kWinnerKey}) chart_->removeLine(key);
  words_->setText(words());
  const auto best = winner();
  start_->setEnabled(best && finished_);
  overlay_->setEnabled(!trials_.empty());
  const bool isHighest = edge() == Edge::Highest, isEdge = edge() != Edge::None;
  hint_->setVisible(isEdge);
  hint_->setText(isHighest ? tr("It is the highest rate that was tried, so a higher one may be better still.")
                           : tr("It is the lowest rate that was tried, so a lower one may be better still."));
  beyond_->setVisible(isEdge);
  beyond_->setText(isHighest ? tr("Try higher…") : tr("Try lower…"));
  beyond_->setToolTip(tr("Opens the form for a search at %1").arg(ratesBeyond()));
  const QString name = lossName_.isEmpty() ? tr("loss") : lossName_;
  chart_->setTitle(tr("%1, by learning rate").arg(name.left(1).toUpper() + name.mid(1)));
  chart_->setEmptyText(
      tr("A point appears with the end of each trial. The search tries lower rates until the loss rises."));
  std::map<double, double> byRate;  // the chart wants ascending rates, the search tries them the other way round
  for (const SearchTrial& trial : trials_)
    if (trial.loss) byRate[trial.rate] = *trial.loss;
  if (byRate.empty()) return;
  std::vector<QPointF> points;
  for (const auto& [rate, loss] : byRate) points.emplace_back(rate, loss);
  chart_->setLine(kTrialsKey, {.name = tr("trials"), .colour = colour_, .look = LineLook::Points});
  chart_->append(kTrialsKey, points);
  if (!best) return;
  chart_->setLine(kWinnerKey, {.name = tr("best: %1").arg(text::rate(trials_[*best].rate)),
                               .colour = colour_,
                               .look = LineLook::Mark,
                               .labelled = true});
  chart_->append(kWinnerKey, std::array{QPointF(trials_[*best].rate, *trials_[*best].loss)});
}

}  // namespace scanline
