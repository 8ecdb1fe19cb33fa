#include "widgets/pages/search_view.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "widgets/parts/number_text.h"
#include "widgets/plot/chart.h"

namespace scanline {

namespace {

constexpr Chart::Key kTrialsKey = 0, kWinnerKey = 1;

}  // namespace

SearchView::SearchView(QWidget* parent)
    : QWidget(parent),
      words_(new QLabel(this)),
      start_(new QPushButton(tr("Start the winner"), this)),
      overlay_(new QPushButton(tr("Show the trials' curves"), this)),
      chart_(new Chart(
          {.title = {}, .xTitle = tr("learning rate"), .empty = {}, .x = TickText::Rate, .y = TickText::Number},
          this)) {
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);
  QFont bold = font();
  bold.setWeight(QFont::DemiBold);
  words_->setFont(bold);
  words_->setObjectName(QStringLiteral("words"));
  words_->setWordWrap(true);
  start_->setObjectName(QStringLiteral("startWinner"));
  start_->setToolTip(tr("A run at the best learning rate, on the held-out images too where the data have test images"));
  overlay_->setObjectName(QStringLiteral("overlay"));
  overlay_->setToolTip(tr("Tick all trials and show their curves over each other"));
  chart_->setLogarithmic(true, false);
  auto* row = new QHBoxLayout;
  row->setContentsMargins(12, 8, 12, 0);
  row->setSpacing(8);
  row->addWidget(words_, 1);
  row->addWidget(overlay_);
  row->addWidget(start_);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(4);
  column->addLayout(row);
  column->addWidget(chart_, 1);
  connect(start_, &QPushButton::clicked, this, &SearchView::startWinnerRequested);
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
