#include "core/jobs/report_parts.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <limits>
#include <map>

#include "core/base/error.h"
#include "core/data/image_file.h"
#include "core/jobs/figure.h"
#include "core/jobs/html_text.h"
#include "core/jobs/picture_grid.h"
#include "core/run/low_data_mean.h"
#include "core/spec/fields.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace {

constexpr size_t kMostCharted = 30;  ///< lines of a chart
constexpr size_t kMostPictured = 12;
constexpr size_t kColumns = 400;  ///< of a chart, for each of which the extremes of a line are kept

/// A number to read, with all its digits for those who need them. `unit`: written behind it, unless it is empty.
std::string number(std::optional<double> value, const char* format = "{:.5g}", std::string_view unit = "") {
  if (!value) return "<td>–</td>";
  return fmt::format("<td data-value=\"{}\" title=\"{}\">{}{}{}</td>", *value, *value,
                     fmt::format(fmt::runtime(format), *value), unit.empty() ? "" : " ", unit);
}

/// A whole number in groups of three digits, as the window writes it; "–" for 0 and for none.
std::string whole(std::optional<int64_t> value) {
  if (!value || *value <= 0) return "<td>–</td>";
  std::string digits = std::to_string(*value);
  if (digits.size() > 4)
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
      digits.insert(static_cast<size_t>(at), "\u202f");  // a thin space where no line breaks
  return fmt::format("<td data-value=\"{}\">{}</td>", *value, digits);
}

/// Of a run's losses; empty where nobody knows.
std::string_view unitOf(const ReportedRun& run) {
  return run.spec && run.details.summary.kind != RunKind::Curves ? lossUnit(*run.spec) : "";
}

/// The unit that the losses of all the runs have; empty if they have several.
std::string_view commonUnit(std::span<const ReportedRun> runs) {
  std::string_view common;
  for (const ReportedRun& run : runs) {
    if (run.series.empty()) continue;
    if (unitOf(run).empty() || (!common.empty() && unitOf(run) != common)) return "";
    common = unitOf(run);
  }
  return common;
}

std::string withUnit(std::string_view words, std::string_view unit) {
  return unit.empty() ? std::string(words) : fmt::format("{}, {}", words, unit);
}

/// What the best accuracy is one of.
std::string readerOf(const RunSummary& summary) {
  if (!summary.bestAccuracy) return "";
  return summary.bestLayer ? fmt::format("layer {}", *summary.bestLayer) : "classifier";
}

std::string cell(std::string_view text) {
  return fmt::format("<td>{}</td>", text.empty() ? "–" : htmlText(text));
}

std::string head(std::string_view text, std::string_view more = "") {
  return fmt::format("<th{}>{}</th>", more, htmlText(text));
}

std::string timeText(int64_t ms) {
  if (ms <= 0) return "";
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return "";
  return fmt::format("{:%Y-%m-%d %H:%M}", local);
}

std::string durationText(int64_t ms) {
  const int64_t minutes = ms / 60'000;
  return ms <= 0        ? ""
         : minutes < 60 ? fmt::format("{}:{:02} min", minutes, ms / 1000 % 60)
                        : fmt::format("{}:{:02} h", minutes / 60, minutes % 60);
}

std::optional<double> seriesValue(const ReportedRun& run, std::string_view name) {
  const auto at = std::ranges::find(run.series, name, &SeriesSummary::name);
  return at == run.series.end() ? std::nullopt : std::optional(at->last);
}

std::string section(std::string_view title, const std::string& content) {
  return fmt::format("<section>\n<h2>{}</h2>\n{}</section>\n", htmlText(title), content);
}

std::string table(const std::string& rows) {
  return fmt::format("<div class=\"wide\"><table>\n{}</table></div>\n", rows);
}

/// Of each of kColumns stretches of steps the lowest and the highest value, so that no spike is lost.
std::vector<std::pair<double, double>> thinned(const std::vector<Point>& points) {
  std::vector<std::pair<double, double>> kept;
  const size_t each = std::max<size_t>(1, points.size() / kColumns);
  for (size_t first = 0; first < points.size(); first += each) {
    const auto part = std::span(points).subspan(first, std::min(each, points.size() - first));
    const auto [low, high] = std::ranges::minmax_element(part, {}, [](const Point& point) {
      return std::isfinite(point.value) ? point.value : std::numeric_limits<double>::infinity();
    });
    for (const auto& at : {std::min(low, high), std::max(low, high)})
      if (kept.empty() || static_cast<double>(at->step) > kept.back().first)
        kept.emplace_back(static_cast<double>(at->step), at->value);
  }
  return kept;
}

}  // namespace

std::string resultsSection(std::span<const ReportedRun> runs) {
  const std::string_view unit = commonUnit(runs);
  std::string rows = "<tr>";
  for (const auto& name :
       {std::string("run"), std::string("kind"), std::string("data"), std::string("state"), std::string("steps"),
        std::string("parameters"), withUnit("best validation loss", unit), std::string("at step"),
        std::string("best accuracy, %"), std::string("of"), withUnit("test loss", unit),
        std::string("test accuracy, %"), std::string("created"), std::string("time at work")})
    rows += head(name);
  rows += "</tr>\n";
  const auto percent = [](std::optional<double> share) { return share ? std::optional(100 * *share) : std::nullopt; };
  for (const ReportedRun& run : runs) {
    const RunSummary& summary = run.details.summary;
    const std::string_view own = unit.empty() ? unitOf(run) : "";
    rows += "<tr>" + head(summary.name, " scope=\"row\"") + cell(nameOf(summary.kind)) + cell(summary.dataset) +
            cell(stateName(summary.state)) + whole(summary.step) + whole(summary.parameters) +
            number(summary.bestLoss, "{:.5g}", own) + whole(summary.bestLossStep) +
            number(percent(summary.bestAccuracy), "{:.2f}") + cell(readerOf(summary)) +
            number(seriesValue(run, series::kTestLoss), "{:.5g}", own) +
            number(percent(seriesValue(run, series::kTestAccuracy)), "{:.2f}") + cell(timeText(summary.createdMs)) +
            cell(durationText(summary.activeMs)) + "</tr>\n";
  }
  std::string notes;
  for (const ReportedRun& run : runs) {
    const RunSummary& summary = run.details.summary;
    if (!summary.detail.empty())
      notes += fmt::format("<p><b>{}</b> {}</p>\n", htmlText(summary.name), htmlText(summary.detail));
    if (!summary.note.empty())
      notes += fmt::format("<p class=\"note\"><b>{}</b> {}</p>\n", htmlText(summary.name), htmlText(summary.note));
  }
  return section("Results", table(rows) + notes);
}

std::string settingsSection(std::span<const ReportedRun> runs) {
  std::string header = "<tr><th>setting</th><th>key</th>", different, same;
  for (const ReportedRun& run : runs) header += head(run.details.summary.name);
  header += "</tr>\n";
  const RunSpec defaults;
  forEachField(defaults, [&](const FieldInfo& info, const auto&) {
    std::vector<std::string> values;
    bool any = false;
    for (const ReportedRun& run : runs) {
      const bool isShown = run.spec && run.details.known.has(info.key) && isUsed(*run.spec, info.key);
      values.push_back(isShown ? fieldWords(*run.spec, info.key) : std::string());
      any = any || isShown;
    }
    if (!any || info.key == "name") return;
    const bool differs = std::ranges::any_of(values, [&](const std::string& value) { return value != values.front(); });
    std::string row = fmt::format("<tr{}><th scope=\"row\">{}</th><td class=\"note\">{}</td>",
                                  differs ? " class=\"differs\"" : "", htmlText(info.label), htmlText(info.key));
    for (const std::string& value : values) row += cell(value);
    (differs ? different : same) += row + "</tr>\n";
  });
  std::string content;
  if (!different.empty()) content += "<h3>Differences</h3>\n" + table(header + different);
  if (!same.empty())
    content += fmt::format("<details{}><summary>{}</summary>\n{}</details>\n", runs.size() == 1 ? " open=\"open\"" : "",
                           runs.size() == 1 ? "All settings" : "The same in all runs", table(header + same));
  return content.empty() ? "" : section("Settings", content);
}

std::string curvesSection(const RunStore& store, std::span<const ReportedRun> runs) {
  static constexpr std::array kCharts{std::pair{series::kTrainLoss, "training loss"},
                                      std::pair{series::kValidationLoss, "validation loss"},
                                      std::pair{series::kValidationAccuracy, "validation accuracy, %"}};
  const std::string_view unit = commonUnit(runs);
  std::string content;
  for (const auto& [name, words] : kCharts) {
    const bool isLoss = name != series::kValidationAccuracy;
    std::vector<FigureLine> lines;
    for (const ReportedRun& run : runs.first(std::min(runs.size(), kMostCharted))) {
      if (std::ranges::find(run.series, name, &SeriesSummary::name) == run.series.end()) continue;
      auto points = thinned(store.points(run.details.summary.id, name, -1));
      if (!isLoss)
        for (auto& point : points) point.second *= 100;
      lines.push_back(
          {isLoss && unit.empty() ? withUnit(run.details.summary.name, unitOf(run)) : run.details.summary.name,
           std::move(points)});
    }
    const std::string title = isLoss ? withUnit(words, unit) : words;
    if (!lines.empty())
      content +=
          fmt::format("<figure>{}<figcaption>{}</figcaption></figure>\n", lineFigure("step", title, lines), title);
  }
  if (!content.empty() && runs.size() > kMostCharted)
    content += fmt::format("<p>Curves are those of the first {} of {} runs.</p>\n", kMostCharted, runs.size());
  return content.empty() ? "" : section("Curves", content);
}

std::string probesSection(std::span<const ReportedRun> runs) {
  std::vector<FigureLine> lines;
  std::string rows = "<tr><th>run</th><th>step</th><th>layer</th><th>accuracy, %</th><th>loss, nats</th></tr>\n";
  for (const ReportedRun& run : runs.first(std::min(runs.size(), kMostCharted))) {
    if (run.probes.empty()) continue;
    FigureLine line{run.details.summary.name, {}};
    for (const ProbeResult& probe : run.probes) {
      line.points.emplace_back(static_cast<double>(probe.layer), 100 * probe.accuracy);
      rows += fmt::format("<tr>{}<td>{}</td><td>{}</td>{}{}</tr>\n", head(run.details.summary.name, " scope=\"row\""),
                          probe.step, probe.layer, number(100 * probe.accuracy, "{:.2f}"), number(probe.loss));
    }
    lines.push_back(std::move(line));
  }
  if (lines.empty()) return "";
  return section("Linear probes", fmt::format("<figure>{}<figcaption>Accuracy by layer, at the newest probed step of "
                                              "each run</figcaption></figure>\n<details><summary>Numbers</summary>\n{}"
                                              "</details>\n",
                                              lineFigure("layer", "probe accuracy, %", lines), table(rows)));
}

std::string lowDataSection(std::span<const ReportedRun> runs) {
  std::string rows =
      "<tr><th>run</th><th>labels of each class</th><th>accuracy, %</th><th>deviation</th>"
      "<th>subsets</th></tr>\n";
  bool any = false;
  for (const ReportedRun& run : runs) {
    for (const LowDataMean& mean : meansOf(run.lowData)) {
      any = true;
      rows += fmt::format("<tr>{}<td>{}</td>{}{}<td>{}</td></tr>\n", head(run.details.summary.name, " scope=\"row\""),
                          mean.labelsPerClass, number(100 * mean.mean, "{:.2f}"),
                          number(100 * mean.deviation, "{:.2f}"), mean.subsets);
    }
  }
  return any ? section("Few labels", table(rows)) : "";
}

std::string samplesSection(const RunStore& store, std::span<const ReportedRun> runs) {
  std::string content;
  for (const ReportedRun& run : runs.first(std::min(runs.size(), kMostPictured))) {
    const auto sets = store.sampleSets(run.details.summary.id);
    for (const bool completions : {true, false}) {
      const auto newest = std::ranges::find_if(
          sets.rbegin(), sets.rend(), [&](const SampleSetInfo& set) { return (set.given > 0) == completions; });
      if (newest == sets.rend()) continue;
      const auto set = store.samples(run.details.summary.id, newest->step, completions);
      const auto& colours = run.details.prepared.palette;
      if (!set || set->samples.empty() || (set->samplePixels.empty() && colours.empty())) continue;
      const auto palette = colours.empty() ? std::nullopt : std::optional(Palette(colours));
      const SheetLayout layout{.scale = std::clamp<int64_t>(64 / std::max<int64_t>(1, pictureSize(*set).width), 1, 8),
                               .gap = 2,
                               .columns = 10,
                               .rows = 16};
      const Image sheet = pictureGrid(*set, palette, layout);
      const std::string words =
          areReconstructions(*set) ? "reconstructions: originals above, pictures from their codes below"
          : !set->truePixels.empty()
              ? "completions: the true picture, the one decoded from its codes, its given part, the drawn pictures"
          : completions ? "completions: the original, its given part, the drawn pictures"
                        : "whole images, drawn from nothing";
      content += fmt::format(
          "<figure><img alt=\"{0}\" width=\"{1}\" height=\"{2}\" src=\"data:image/png;base64,{3}\"/>"
          "<figcaption><b>{4}</b>, step {5}: {0}</figcaption></figure>\n",
          words, sheet.width, sheet.height, base64(encodePng(sheet)), htmlText(run.details.summary.name), set->step);
    }
  }
  if (!content.empty() && runs.size() > kMostPictured)
    content += fmt::format("<p>Pictures are those of the first {} of {} runs.</p>\n", kMostPictured, runs.size());
  return content.empty() ? "" : section("Pictures", content);
}

std::string specsSection(std::span<const ReportedRun> runs) {
  std::string content;
  for (const ReportedRun& run : runs) {
    std::string environment;
    for (const auto& [key, value] : run.details.prepared.environment)
      environment += "<tr>" + head(key, " scope=\"row\"") + cell(value) + "</tr>\n";
    content += fmt::format("<details><summary>{}</summary>\n<p>uuid {}</p>\n{}<pre>{}</pre>\n</details>\n",
                           htmlText(run.details.summary.name), htmlText(run.details.summary.uuid),
                           environment.empty() ? "" : table(environment), htmlText(run.details.specToml));
  }
  return section("Specs and environment", content);
}

}  // namespace scanline
