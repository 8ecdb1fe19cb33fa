#include "experiments/cli/run_follower.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/store/search_series.h"
#include "experiments/cli/run_json.h"

namespace scanline {
namespace {

/// The newest value of a series, as text; "-" if there is none.
std::string newest(const std::vector<SeriesSummary>& summaries, std::string_view series, std::string_view format) {
  const auto found = std::ranges::find(summaries, series, &SeriesSummary::name);
  return found == summaries.end() || found->count == 0 ? "-" : fmt::format(fmt::runtime(format), found->last);
}

std::string bar(double share, int width, bool unicode) {
  const int full = std::clamp(static_cast<int>(share * width), 0, width);
  std::string text;
  for (int i = 0; i < width; ++i) text += i < full ? (unicode ? "\u2588" : "#") : (unicode ? "\u2591" : "-");
  return text;
}

/// At most `columns` code points of a text.
std::string cut(const std::string& text, int columns) {
  std::string result;
  int width = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80 && ++width > columns) break;
    result += c;
  }
  return result;
}

}  // namespace

RunFollower::RunFollower(const std::filesystem::path& workspace, RunId run, const Terminal& terminal)
    : store_(workspace, StoreMode::ReadOnly), run_(run), terminal_(terminal) {
  // A resumed run has told its past already.
  if (const auto points = store_.points(run, series::kValidationLoss, -1); !points.empty())
    shownValidation_ = points.back().step;
  if (const auto probes = store_.probes(run, -1); !probes.empty()) shownProbe_ = probes.back().step;
  if (const auto trials = store_.points(run, series::kSearchLoss, 0); !trials.empty()) shownTrial_ = trials.back().step;
  if (const auto log = store_.log(run, 0); !log.empty()) shownLog_ = log.back().id;
}

void RunFollower::say(const std::string& line) {
  clearBar();
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void RunFollower::clearBar() {
  if (barIsOn_) fmt::print("\r\x1b[K");
  barIsOn_ = false;
}

void RunFollower::update() {
  const int64_t version = store_.version(run_);
  if (version == version_) return;
  version_ = version;
  const RunSummary summary = store_.run(run_);
  printNews(summary);
  if (!terminal_.isTty) return;
  clearBar();
  fmt::print("{}", cut(barLine(summary), terminal_.columns - 1));
  std::fflush(stdout);
  barIsOn_ = true;
}

void RunFollower::finish() {
  update();
  clearBar();
  std::fflush(stdout);
}

void RunFollower::printNews(const RunSummary& summary) {
  if (!terminal_.isTty && summary.state == RunState::Preparing &&
      summary.detail.substr(0, summary.detail.find(':')) != shownDetail_) {
    shownDetail_ = summary.detail.substr(0, summary.detail.find(':'));
    say(shownDetail_);
  }
  if (summary.kind == RunKind::Search) printSearchNews(summary);
  for (const LogRow& row : store_.log(run_, shownLog_)) {
    shownLog_ = row.id;
    if (row.line.level == LogLine::Level::Warning) say("warning: " + row.line.text);
  }
  for (const Point& point : store_.points(run_, series::kValidationLoss, shownValidation_)) {
    shownValidation_ = point.step;
    const auto training = store_.points(run_, series::kTrainLoss, point.step - 1);
    std::string line = fmt::format("step {:>{}}/{}  validation {:.4f}", point.step,
                                   std::to_string(summary.steps).size(), summary.steps, point.value);
    if (!training.empty()) line += fmt::format("  loss {:.4f}", training.front().value);
    const auto accuracy = store_.points(run_, series::kValidationAccuracy, point.step - 1);
    if (!accuracy.empty()) line += fmt::format("  accuracy {:.1f} %", 100 * accuracy.front().value);
    if (summary.secondsPerStep > 0 && summary.step < summary.steps) {
      line += fmt::format("  {} left",
                          durationText(summary.secondsPerStep * static_cast<double>(summary.steps - summary.step)));
    }
    say(line);
  }
  if (summary.kind == RunKind::Probe) return printLayers();
  const auto probes = store_.probes(run_, shownProbe_);
  // The layers of the newest step arrive one by one: tell them once all are there.
  for (size_t i = 0; i < probes.size();) {
    const int64_t step = probes[i].step;
    std::string line = fmt::format("step {:>{}}/{}  probe", step, std::to_string(summary.steps).size(), summary.steps);
    int64_t layers = 0;
    for (; i < probes.size() && probes[i].step == step; ++i, ++layers)
      line += fmt::format(" {:.1f}", 100 * probes[i].accuracy);
    if (layers <= summary.layers) break;
    shownProbe_ = step;
    say(line + " % (layers 0 to " + std::to_string(summary.layers) + ")");
  }
}

void RunFollower::printSearchNews(const RunSummary& search) {
  const auto rates = store_.points(run_, series::kSearchRate, shownTrial_);
  const auto losses = store_.points(run_, series::kSearchLoss, shownTrial_);
  for (size_t i = 0; i < std::min(rates.size(), losses.size()); ++i) {
    shownTrial_ = losses[i].step;
    say(std::isfinite(losses[i].value) ? fmt::format("learning rate {:g}: {:.4f}", rates[i].value, losses[i].value)
                                       : fmt::format("learning rate {:g}: diverged", rates[i].value));
  }
  if (!terminal_.isTty && search.state == RunState::Running && search.detail != shownDetail_) {
    shownDetail_ = search.detail;
    say(shownDetail_);
  }
}

std::optional<RunSummary> RunFollower::runningTrial() const {
  const auto trials = store_.children(run_);
  if (trials.empty()) return std::nullopt;
  RunSummary newest = store_.run(trials.back());
  const bool runs = newest.state == RunState::Preparing || newest.state == RunState::Running;
  return runs ? std::optional(std::move(newest)) : std::nullopt;
}

void RunFollower::printLayers() {
  const auto layers = store_.probes(run_, -1);
  for (; shownLayers_ < layers.size(); ++shownLayers_) {
    const ProbeResult& layer = layers[shownLayers_];
    say(fmt::format("layer {:>3}  {:5.1f} %  (training images {:5.1f} %)", layer.layer, 100 * layer.accuracy,
                    100 * layer.trainAccuracy));
  }
}

std::string RunFollower::barLine(const RunSummary& summary) const {
  if (summary.state == RunState::Preparing && !summary.detail.empty()) return summary.detail + " ...";
  if (summary.kind == RunKind::Search && summary.state != RunState::Stopping) {
    const auto trial = runningTrial();
    return summary.detail + (trial ? "  " + barLine(*trial) : "");
  }
  const double share = summary.steps > 0 ? static_cast<double>(summary.step) / static_cast<double>(summary.steps) : 0;
  const auto series = store_.summaries(summary.id);
  std::string line = fmt::format(
      "{} {:3.0f} %  {}/{}  loss {}  validation {}  {} images/s", bar(share, 20, terminal_.unicode), 100 * share,
      summary.step, summary.steps, newest(series, series::kTrainLoss, "{:.4f}"),
      newest(series, series::kValidationLoss, "{:.4f}"), newest(series, series::kImagesPerSecond, "{:.3g}"));
  if (summary.state == RunState::Stopping) return line + "  stopping";
  if (summary.secondsPerStep > 0) {
    line += fmt::format("  {} left",
                        durationText(summary.secondsPerStep * static_cast<double>(summary.steps - summary.step)));
  }
  return line;
}

}  // namespace scanline
