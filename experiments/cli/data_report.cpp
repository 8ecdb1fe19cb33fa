#include "experiments/cli/data_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/base/user_folders.h"
#include "core/data/fetch.h"
#include "experiments/cli/terminal.h"

namespace scanline {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

std::string fetchedPath(std::string_view name) {
  return dataPath({.name = std::string(name)}).string();
}

int64_t totalBytes(const FetchPlan& plan) {
  int64_t total = 0;
  for (const Download& file : plan.files) total += file.bytes;
  return total;
}

std::vector<int64_t> countClasses(const PreparedData& data) {
  std::vector<int64_t> counts(data.images.classNames.size());
  for (const int32_t label : data.train.labels) ++counts.at(static_cast<size_t>(label));
  return counts;
}

int64_t usedColours(const DataReport& report) {
  return std::ranges::count_if(report.colourUses, [](int64_t n) { return n > 0; });
}

/// Root mean square, in levels of 0..255.
double rootOf(const QuantisationError& error) {
  return std::sqrt(error.overall());
}

/// Bytes of decoded images and tokens of earlier runs, which may be removed.
std::pair<fs::path, uint64_t> cacheSize() {
  const fs::path folder = userCacheFolder();
  uint64_t bytes = 0;
  std::error_code error;
  for (const char* part : {"images", "tokens"})
    for (const auto& entry : fs::directory_iterator(folder / part, error)) bytes += entry.file_size(error);
  return {folder, bytes};
}

}  // namespace

DataReport reportData(const RunSpec& spec, const fs::path& paletteFile, bool measure, ProgressLine& line) {
  if (!hasColours(spec)) throw Error("A data set is reported in colours; leave kind and palette.vqvae as they are.");
  DataReport report;
  const PrepareContext context{.begin = [&](std::string doing) { line.begin(std::move(doing)); },
                               .control = line.control(),
                               .warn = [&](std::string text) { report.warnings.push_back(std::move(text)); }};
  report.data = prepareData(spec, context, {.paletteFile = paletteFile});
  const auto& [images, palette, train, validation, test, width, height] = report.data;
  if (!measure) return report;
  line.begin("Measuring the quantisation error");
  report.colourUses = countColours(train, palette->size(), train.count);
  if (images.train.count > 0)
    report.error = quantisationError(images.train, train, *palette, threadsOf(spec), line.control());
  return report;
}

Json registryJson() {
  Json list = Json::array();
  for (const DatasetInfo& info : datasetRegistry()) {
    Json fetches = Json::array();
    for (const FetchPlan& plan : fetchPlans()) {
      if (plan.dataset != info.name) continue;
      Json files = Json::array();
      for (const Download& file : plan.files)
        files.push_back({{"url", file.url},
                         {"bytes", file.bytes > 0 ? Json(file.bytes) : Json(nullptr)},
                         {"checksum", file.checksum.empty() ? Json(nullptr) : Json(file.checksum)}});
      fetches.push_back({{"name", plan.name}, {"files", files}, {"note", plan.note}});
    }
    const std::string path = info.needsPath ? fetchedPath(info.name) : std::string();
    list.push_back({{"name", info.name},
                    {"title", info.title},
                    {"description", info.description},
                    {"side", info.side},
                    {"trainImages", info.trainImages},
                    {"classes", info.classes},
                    {"bundled", !info.needsPath},
                    {"fetched", path.empty() ? Json(nullptr) : Json(path)},
                    {"fetch", fetches}});
  }
  return list;
}

std::string registryText() {
  std::string text = fmt::format("{:<14} {:>9} {:>5} {:>8}  {}\n", "name", "images", "side", "classes", "where");
  const auto number = [](int64_t value) { return value > 0 ? std::to_string(value) : std::string("any"); };
  for (const DatasetInfo& info : datasetRegistry()) {
    std::string where = info.needsPath ? fetchedPath(info.name) : "comes with Scanline";
    for (const FetchPlan& plan : fetchPlans()) {
      if (!where.empty() || plan.dataset != info.name) continue;
      if (plan.files.empty())
        where = "see scanline-cli data fetch " + std::string(plan.name);
      else if (const int64_t bytes = totalBytes(plan); bytes > 1'000'000)
        where = fmt::format("scanline-cli data fetch {} ({:.0f} MB)", plan.name, static_cast<double>(bytes) / 1e6);
      else
        where = fmt::format("scanline-cli data fetch {}", plan.name);
    }
    if (where.empty()) where = "your own; give data.path";
    text += fmt::format("{:<14} {:>9} {:>5} {:>8}  {}\n", info.name, number(info.trainImages), number(info.side),
                        number(info.classes), where);
  }
  if (const auto [folder, bytes] = cacheSize(); bytes > 0)
    text += fmt::format(
        "\nDecoded images and tokens take {:.1f} MB in {}; they may be removed and are made again when needed.\n",
        static_cast<double>(bytes) / 1e6, folder.string());
  return text;
}

Json datasetJson(const RunSpec& spec, const DataReport& report) {
  const PreparedData& data = report.data;
  Json classes = Json::array();
  const auto counts = countClasses(data);
  for (size_t i = 0; i < counts.size(); ++i)
    classes.push_back({{"name", data.images.classNames[i]}, {"trainImages", counts[i]}});
  return {{"name", spec.data.name},
          {"path", dataPath(spec.data).string()},
          {"side", data.width},
          {"positions", data.width * data.height},
          {"trainImages", data.train.count},
          {"validationImages", data.validation.count},
          {"testImages", data.test.count},
          {"classes", classes},
          {"paletteSize", data.palette->size()},
          {"coloursUsed", usedColours(report)},
          {"colourUses", report.colourUses},
          {"quantisationError", report.error ? Json(rootOf(*report.error)) : Json(nullptr)},
          {"warnings", report.warnings}};
}

std::string datasetText(const RunSpec& spec, const DataReport& report) {
  const PreparedData& data = report.data;
  std::string text = fmt::format("{}: {} training, {} validation and {} test images of {} x {}\n", spec.data.name,
                                 data.train.count, data.validation.count, data.test.count, data.width, data.height);
  const auto counts = countClasses(data);
  if (!counts.empty()) {
    const auto [least, most] = std::ranges::minmax(counts);
    text += fmt::format("{} classes, {} to {} training images each\n", counts.size(), least, most);
    if (counts.size() <= 20)
      for (size_t i = 0; i < counts.size(); ++i)
        text += fmt::format("  {:<14} {}\n", data.images.classNames[i], counts[i]);
  } else {
    text += "no classes\n";
  }
  const int64_t pixels = data.train.count * data.train.length,
                most = report.colourUses.empty() ? 0 : std::ranges::max(report.colourUses);
  text += fmt::format("{} colours, {} of them used; the most frequent is {:.1f} % of the pixels\n",
                      data.palette->size(), usedColours(report),
                      pixels > 0 ? 100 * static_cast<double>(most) / static_cast<double>(pixels) : 0.0);
  text += report.error
              ? fmt::format("quantisation error {:.2f} levels of 255 (root mean square)\n", rootOf(*report.error))
              : std::string("the set comes as tokens, so there is no quantisation error to measure\n");
  for (const std::string& warning : report.warnings) text += fmt::format("warning: {}\n", warning);
  return text;
}

}  // namespace scanline
