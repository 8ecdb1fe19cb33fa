#include "experiments/run_follower.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "experiments/run_json.h"

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
    if (summary.secondsPerStep > 0 && summary.step < summary.steps) {
      line += fmt::format("  {} left",
                          durationText(summary.secondsPerStep * static_cast<double>(summary.steps - summary.step)));
    }
    say(line);
  }
  if (summary.kind == "probe") return printLayers();
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
  const double share = summary.steps > 0 ? static_cast<double>(summary.step) / static_cast<double>(summary.steps) : 0;
  const auto series = store_.summaries(run_);
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
