#include "core/jobs/exported_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "core/base/error.h"

namespace scanline {

using nlohmann::json;

namespace {

json numbersJson(const std::vector<double>& values) {
  auto list = json::array();
  for (const double value : values) list.push_back(numberJson(value));
  return list;
}

std::vector<double> numbersFrom(const json& list) {
  std::vector<double> values;
  for (const json& value : list) values.push_back(numberFrom(value));
  return values;
}

/// Two digits a byte: an eighth of the length of a list of numbers, and no other alphabet to know.
std::string hexOf(const std::vector<uint8_t>& bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const uint8_t byte : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  return text;
}

std::vector<uint8_t> bytesFrom(const std::string& hex) {
  std::vector<uint8_t> bytes(hex.size() / 2);
  for (size_t i = 0; i < bytes.size(); ++i) {
    const char* digits = hex.data() + 2 * i;
    if (std::from_chars(digits, digits + 2, bytes[i], 16).ptr != digits + 2)
      throw Error("a picture's pixels are no hexadecimal digits");
  }
  return bytes;
}

json picturesJson(const std::vector<std::vector<uint8_t>>& pictures) {
  auto list = json::array();
  for (const auto& picture : pictures) list.push_back(hexOf(picture));
  return list;
}

/// Each of `size` bytes: views draw them without asking again.
std::vector<std::vector<uint8_t>> picturesFrom(const json& list, int64_t size) {
  std::vector<std::vector<uint8_t>> pictures;
  for (const json& picture : list) {
    pictures.push_back(bytesFrom(picture.get_ref<const std::string&>()));
    if (std::ssize(pictures.back()) != size) throw Error("a picture has another size than its set");
  }
  return pictures;
}

std::vector<std::vector<Token>> tokensFrom(const json& list, int64_t size) {
  auto pictures = list.get<std::vector<std::vector<Token>>>();
  if (std::ranges::any_of(pictures, [&](const auto& picture) { return std::ssize(picture) != size; }))
    throw Error("a picture has another number of tokens than its set");
  return pictures;
}

}  // namespace

json numberJson(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

double numberFrom(const json& value) {
  if (value.is_number()) return value.get<double>();
  const auto& text = value.get_ref<const std::string&>();
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text == "inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  throw Error(fmt::format("\"{}\" stands where a number was expected", text));
}

json toRunFile(const RunPrepared& p) {
  return {{"trainImages", p.trainImages},
          {"validationImages", p.validationImages},
          {"testImages", p.testImages},
          {"positions", p.positions},
          {"width", p.width},
          {"height", p.height},
          {"parameters", p.parameters},
          {"paletteSize", p.paletteSize},
          {"classNames", p.classNames},
          {"palette", p.palette},
          {"environment", p.environment}};
}

RunPrepared preparedFrom(const json& j) {
  RunPrepared p;
  j.at("trainImages").get_to(p.trainImages);
  j.at("validationImages").get_to(p.validationImages);
  j.at("testImages").get_to(p.testImages);
  j.at("positions").get_to(p.positions);
  j.at("width").get_to(p.width);
  j.at("height").get_to(p.height);
  j.at("parameters").get_to(p.parameters);
  j.at("paletteSize").get_to(p.paletteSize);
  j.at("classNames").get_to(p.classNames);
  j.at("palette").get_to(p.palette);
  j.at("environment").get_to(p.environment);
  return p;
}

namespace {

json confusionJson(const std::vector<ConfusionCell>& cells) {
  auto list = json::array();
  for (const ConfusionCell& cell : cells) list.push_back({cell.truth, cell.said, cell.count});
  return list;
}

/// Of a list of (true class, class said, count), or, where the reader met a whole matrix, of (place, count).
std::vector<ConfusionCell> confusionFrom(const json& probe, int64_t classes) {
  constexpr int64_t kMostClasses = 65536;
  const auto fail = [] { throw Error("a probe's confusion matrix does not fit its classes"); };
  if (classes < 0 || classes > kMostClasses || (classes == 0 && !probe.at("confusion").empty())) fail();
  const bool isDense = probe.contains(kDenseConfusion);
  if (isDense && probe[kDenseConfusion].get<int64_t>() != classes * classes) fail();
  std::vector<ConfusionCell> cells;
  for (const json& row : probe.at("confusion")) {
    if (row.size() != (isDense ? 2 : 3)) fail();
    const auto first = row.at(0).get<int64_t>();
    const int64_t truth = isDense ? first / classes : first,
                  said = isDense ? first % classes : row.at(1).get<int64_t>();
    const auto count = row.back().get<int64_t>();
    if (truth < 0 || truth >= classes || said < 0 || said >= classes || count < 1 || count > INT32_MAX) fail();
    cells.push_back({static_cast<int32_t>(truth), static_cast<int32_t>(said), static_cast<int32_t>(count)});
  }
  const auto place = [](const ConfusionCell& cell) { return std::pair(cell.truth, cell.said); };
  if (std::ranges::adjacent_find(cells, std::ranges::greater_equal(), place) != cells.end()) fail();
  return cells;
}

}  // namespace

json toRunFile(const ProbeResult& p) {
  json j{{"step", p.step},
         {"layer", p.layer},
         {"accuracy", numberJson(p.accuracy)},
         {"trainAccuracy", numberJson(p.trainAccuracy)},
         {"loss", numberJson(p.loss)},
         {"iterations", p.iterations},
         {"converged", p.converged},
         {"classes", p.classes},
         {"confusion", confusionJson(p.confusion)},
         {"l2", numberJson(p.l2)},
         {"joined", p.joined}};
  if (p.testAccuracy) j["testAccuracy"] = numberJson(*p.testAccuracy);
  return j;
}

ProbeResult probeFrom(const json& j) {
  ProbeResult p;
  j.at("step").get_to(p.step);
  j.at("layer").get_to(p.layer);
  p.accuracy = numberFrom(j.at("accuracy"));
  p.trainAccuracy = numberFrom(j.at("trainAccuracy"));
  p.loss = numberFrom(j.at("loss"));
  j.at("iterations").get_to(p.iterations);
  j.at("converged").get_to(p.converged);
  j.at("classes").get_to(p.classes);
  p.l2 = numberFrom(j.at("l2"));
  j.at("joined").get_to(p.joined);
  if (j.contains("testAccuracy")) p.testAccuracy = numberFrom(j["testAccuracy"]);
  p.confusion = confusionFrom(j, p.classes);
  return p;
}

json toRunFile(const LowDataResult& r) {
  return {{"labelsPerClass", r.labelsPerClass},
          {"subset", r.subset},
          {"layer", r.layer},
          {"accuracy", numberJson(r.accuracy)},
          {"loss", numberJson(r.loss)}};
}

LowDataResult lowDataFrom(const json& j) {
  LowDataResult r;
  j.at("labelsPerClass").get_to(r.labelsPerClass);
  j.at("subset").get_to(r.subset);
  j.at("layer").get_to(r.layer);
  r.accuracy = numberFrom(j.at("accuracy"));
  r.loss = numberFrom(j.at("loss"));
  return r;
}

json toRunFile(const CodebookUse& use) {
  return {{"step", use.step}, {"counts", use.counts}};
}

CodebookUse codebookUseFrom(const json& j) {
  return {.step = j.at("step").get<int64_t>(), .counts = j.at("counts").get<std::vector<int64_t>>()};
}

json toRunFile(const SampleSet& s) {
  json j{{"step", s.step},
         {"width", s.width},
         {"height", s.height},
         {"given", s.given},
         {"perPrompt", s.perPrompt},
         {"originals", s.originals},
         {"samples", s.samples},
         {"originalNats", numbersJson(s.originalNats)},
         {"sampleNats", numbersJson(s.sampleNats)}};
  if (s.samplePixels.empty() && s.originalPixels.empty()) return j;
  j["pixelWidth"] = s.pixelWidth;
  j["pixelHeight"] = s.pixelHeight;
  j["originalPixels"] = picturesJson(s.originalPixels);
  j["samplePixels"] = picturesJson(s.samplePixels);
  if (!s.truePixels.empty()) j["truePixels"] = picturesJson(s.truePixels);
  return j;
}

SampleSet sampleSetFrom(const json& j) {
  SampleSet s;
  j.at("step").get_to(s.step);
  j.at("width").get_to(s.width);
  j.at("height").get_to(s.height);
  j.at("given").get_to(s.given);
  j.at("perPrompt").get_to(s.perPrompt);
  constexpr int64_t kMostSide = 1 << 15;
  if (s.width < 1 || s.width > kMostSide || s.height < 1 || s.height > kMostSide || s.given < 0 || s.perPrompt < 0)
    throw Error("a set of samples has a size that no pictures have");
  s.originals = tokensFrom(j.at("originals"), s.width * s.height);
  s.samples = tokensFrom(j.at("samples"), s.width * s.height);
  s.originalNats = numbersFrom(j.at("originalNats"));
  s.sampleNats = numbersFrom(j.at("sampleNats"));
  if (s.given > 0 &&
      (s.perPrompt > std::ssize(s.samples) || std::ssize(s.samples) != s.perPrompt * std::ssize(s.originals)))
    throw Error("a set of samples has another number of completions than its originals ask for");
  if (!j.contains("samplePixels")) return s;
  j.at("pixelWidth").get_to(s.pixelWidth);
  j.at("pixelHeight").get_to(s.pixelHeight);
  if (s.pixelWidth < 1 || s.pixelWidth > kMostSide || s.pixelHeight < 1 || s.pixelHeight > kMostSide)
    throw Error("a set of samples has a size that no pictures have");
  s.originalPixels = picturesFrom(j.at("originalPixels"), 3 * s.pixelWidth * s.pixelHeight);
  s.samplePixels = picturesFrom(j.at("samplePixels"), 3 * s.pixelWidth * s.pixelHeight);
  if (!j.contains("truePixels")) return s;
  s.truePixels = picturesFrom(j.at("truePixels"), 3 * s.pixelWidth * s.pixelHeight);
  if (s.truePixels.size() != s.originals.size())
    throw Error("a set of samples has another number of true pictures than of originals");
  return s;
}

json toRunFile(const PinnedDrawing& d) {
  const DrawRequest& r = d.request;
  return {{"step", d.step},
          {"checkpoint", d.checkpoint},
          {"identity", d.identity},
          {"across", d.across},
          {"down", d.down},
          {"picture", r.picture},
          {"mask", r.paint},
          {"candidates", r.candidates},
          {"pictureIndex", r.pictureIndex},
          {"temperature", r.temperature},
          {"topK", r.topK},
          {"topP", r.topP},
          {"seed", r.seed},
          {"conditioned", r.conditioned},
          {"particles", r.particles},
          {"passes", r.passes},
          {"bf16Cache", r.bf16Cache},
          {"threads", r.threads},
          {"candidate", d.candidate},
          {"drawn", d.drawn},
          {"nats", numberJson(d.nats)},
          {"madeWith", d.madeWith},
          {"pixelsAcross", d.pixelsAcross},
          {"pixelsDown", d.pixelsDown},
          {"pixels", hexOf(d.pixels)},
          {"note", d.note},
          {"createdMs", d.createdMs}};
}

PinnedDrawing pinnedDrawingFrom(const json& j) {
  PinnedDrawing d;
  j.at("step").get_to(d.step);
  j.at("checkpoint").get_to(d.checkpoint);
  j.at("identity").get_to(d.identity);
  j.at("across").get_to(d.across);
  j.at("down").get_to(d.down);
  DrawRequest& r = d.request;
  j.at("picture").get_to(r.picture);
  j.at("mask").get_to(r.paint);
  j.at("candidates").get_to(r.candidates);
  j.at("pictureIndex").get_to(r.pictureIndex);
  j.at("temperature").get_to(r.temperature);
  j.at("topK").get_to(r.topK);
  j.at("topP").get_to(r.topP);
  j.at("seed").get_to(r.seed);
  j.at("conditioned").get_to(r.conditioned);
  j.at("particles").get_to(r.particles);
  j.at("passes").get_to(r.passes);
  r.bf16Cache = j.value("bf16Cache", false);
  j.at("threads").get_to(r.threads);
  j.at("candidate").get_to(d.candidate);
  j.at("drawn").get_to(d.drawn);
  d.nats = numberFrom(j.at("nats"));
  d.madeWith = j.value("madeWith", d.madeWith);
  j.at("pixelsAcross").get_to(d.pixelsAcross);
  j.at("pixelsDown").get_to(d.pixelsDown);
  d.pixels = bytesFrom(j.at("pixels").get_ref<const std::string&>());
  j.at("note").get_to(d.note);
  j.at("createdMs").get_to(d.createdMs);
  return d;
}

}  // namespace scanline
