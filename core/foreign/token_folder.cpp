#include "core/foreign/token_folder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/dataset.h"
#include "core/data/labels.h"
#include "core/data/readers.h"
#include "core/foreign/token_file.h"
#include "core/formats/npz.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kTrain = "_trX.npy";
constexpr std::string_view kPalette = "kmeans_centers.npy";

bool isFile(const fs::path& file) {
  std::error_code error;
  return fs::is_regular_file(file, error);
}

bool isFolder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

/// "folder/cifar10": the common beginning of the paths of a data set.
fs::path prefixOf(const fs::path& path) {
  if (!isFolder(path)) return path;
  std::set<std::string> prefixes;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path, error))
    if (const std::string name = entry.path().filename().string(); name.ends_with(kTrain))
      prefixes.insert(name.substr(0, name.size() - kTrain.size()));
  if (error) throw Error(fmt::format("The folder {} cannot be listed: {}.", path.string(), error.message()));
  if (prefixes.empty())
    throw Error(fmt::format(
        "{} holds no tokens. Expected are files such as cifar10_trX.npy, cifar10_trY.npy, cifar10_vaX.npy and so on, as OpenAI released them.",
        path.string()));
  if (prefixes.size() > 1)
    throw Error(fmt::format("{} holds the data sets {}. Say which in data.path, as in {}.", path.string(),
                            fmt::join(prefixes, " and "), (path / *prefixes.begin()).string()));
  return path / *prefixes.begin();
}

Palette paletteFor(const fs::path& chosen, const fs::path& folder, std::vector<std::string>& warnings) {
  if (!chosen.empty()) return loadForeignPalette(chosen, warnings);
  for (const fs::path& place : {folder / kPalette, folder.parent_path() / kPalette})
    if (isFile(place)) return loadForeignPalette(place, warnings);
  throw Error(fmt::format(
      "Tokens are numbers of colours, and {} has no {} that says which colours. Put that file there, or name a palette in palette.path.",
      folder.string(), kPalette));
}

bool hasLabels(const fs::path& archive) {
  const NpzFile arrays(archive);
  return std::ranges::any_of(std::array{"labels", "y", "Y"}, [&](const char* name) { return arrays.has(name); });
}

int64_t sideOf(const TokenSet& tokens, const fs::path& file) {
  const auto side = static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(tokens.length))));
  if (side * side != tokens.length)
    throw Error(fmt::format("{} holds images of {} tokens, which is no square; models see squares.", file.string(),
                            tokens.length));
  return side;
}

/// Reads the classes of all parts from `files` (none if one is no file), or none at all unless every part has them.
void readClasses(TokenDataset& data, const std::array<fs::path, 3>& files, const fs::path& source) {
  const std::array parts{&data.train, &data.validation, &data.test};
  std::array<LabelValues, 3> labels;
  bool all = true, some = false;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts.at(i)->count == 0) continue;
    if (isFile(files.at(i))) labels.at(i) = readLabels(files.at(i), parts.at(i)->count);
    all &= !labels.at(i).empty();
    some |= !labels.at(i).empty();
  }
  if (some && !all)
    data.warnings.push_back(fmt::format("{}: not every part has classes, so none are used.", source.string()));
  if (!all) return;
  const LabelValues classes = classesOf({&labels[0], &labels[1], &labels[2]}, source.string());
  for (size_t i = 0; i < parts.size(); ++i) parts.at(i)->labels = placesOf(labels.at(i), classes);
  data.classNames = namesOf(classes);
}

TokenDataset readSingle(const fs::path& file, const fs::path& palette) {
  std::vector<std::string> warnings;
  TokenDataset data{.palette = paletteFor(palette, file.parent_path(), warnings)};
  data.warnings = std::move(warnings);
  data.train = readTokens(file, data.palette.size());
  data.side = sideOf(data.train, file);
  const bool labelled = file.extension() == ".npz" && hasLabels(file);
  readClasses(data, {labelled ? file : fs::path(), {}, {}}, file);
  return data;
}

TokenSet chosen(const TokenSet& set, const std::vector<int64_t>& rows) {
  TokenSet out{.count = std::ssize(rows), .length = set.length, .ids = {}, .labels = {}};
  out.ids.reserve(rows.size() * static_cast<size_t>(set.length));
  for (const int64_t row : rows) {
    const auto tokens = set.image(row);
    out.ids.insert(out.ids.end(), tokens.begin(), tokens.end());
    if (!set.labels.empty()) out.labels.push_back(set.labels[static_cast<size_t>(row)]);
  }
  return out;
}

void append(TokenSet& set, const TokenSet& more) {
  set.count += more.count;
  set.ids.insert(set.ids.end(), more.ids.begin(), more.ids.end());
  set.labels.insert(set.labels.end(), more.labels.begin(), more.labels.end());
}

}  // namespace

TokenDataset readTokenDataset(const fs::path& path, const fs::path& palette) {
  if (isFile(path)) return readSingle(path, palette);
  const fs::path prefix = prefixOf(path);
  const auto file = [&](std::string_view part, char kind) {
    return fs::path(prefix).concat(fmt::format("_{}{}.npy", part, kind));
  };
  if (!isFile(file("tr", 'X')))
    throw Error(fmt::format(
        "There is no {}, and no folder of this name. data.path must point at a folder with {{name}}_trX.npy in it, or at a .npy or .npz file of tokens.",
        file("tr", 'X').string()));
  std::vector<std::string> warnings;
  TokenDataset data{.palette = paletteFor(palette, prefix.parent_path(), warnings)};
  data.warnings = std::move(warnings);
  for (const auto& [part, set] :
       {std::pair{"tr", &data.train}, std::pair{"va", &data.validation}, std::pair{"te", &data.test}}) {
    if (!isFile(file(part, 'X'))) continue;
    *set = readTokens(file(part, 'X'), data.palette.size());
    if (set->length != data.train.length)
      throw Error(fmt::format("{} holds images of {} tokens, but {} of {}. They do not belong together.",
                              file(part, 'X').string(), set->length, file("tr", 'X').string(), data.train.length));
  }
  data.side = sideOf(data.train, file("tr", 'X'));
  readClasses(data, {file("tr", 'Y'), file("va", 'Y'), file("te", 'Y')}, prefix);
  return data;
}

bool comesAsTokens(const DataSpec& spec) {
  const auto& sets = datasetRegistry();
  const auto set = std::ranges::find(sets, spec.name, &DatasetInfo::name);
  return set != sets.end() && set->comesAsTokens;
}

TokenDataset loadTokenDataset(const DataSpec& spec, const fs::path& palette, uint64_t seed) {
  const fs::path path = dataPath(spec);
  if (path.empty())
    throw Error(
        "data.path is empty, but tokens have to be read from somewhere. Give the folder with {name}_trX.npy, or fetch one with scanline-cli data fetch.");
  TokenDataset data = readTokenDataset(path, palette);
  if (spec.side != 0 && spec.side != data.side)
    throw Error(fmt::format(
        "data.side is {}, but the tokens of {} are {} x {}, and tokens cannot be resized. Set data.side to 0.",
        spec.side, path.string(), data.side, data.side));
  ensureFoldable(spec, data.test.count);
  const bool own = data.validation.count > 0;
  const SplitRows rows = splitRows(data.train.count, !own && !spec.foldValidation, spec, seed);
  if (!own) data.validation = chosen(data.train, rows.validation);
  if (std::ssize(rows.train) < data.train.count) data.train = chosen(data.train, rows.train);
  if (spec.foldValidation) {
    if (own) append(data.train, data.validation);
    data.validation = data.test;
  }
  return data;
}

void writeTokenPart(const fs::path& tokensFile, const fs::path& labelsFile, const TokenSet& tokens, int64_t classes,
                    const Control& control) {
  constexpr int64_t kAtOnce = 256;
  AtomicFile ids(tokensFile);
  ids.write(npyHeader(NpyType::Int32, std::array{tokens.count, tokens.length}));
  std::vector<int32_t> buffer;
  for (int64_t first = 0; first < tokens.count; first += kAtOnce) {
    const int64_t end = std::min(tokens.count, first + kAtOnce);
    buffer.clear();
    for (int64_t i = first; i < end; ++i) buffer.insert(buffer.end(), tokens.image(i).begin(), tokens.image(i).end());
    ids.write(std::as_bytes(std::span(buffer)));
    control.report(end, tokens.count);
  }
  if (!tokens.labels.empty()) {
    AtomicFile labels(labelsFile);
    labels.write(npyHeader(NpyType::Float32, std::array{tokens.count, classes}));
    std::vector<float> row(static_cast<size_t>(classes));
    for (const int32_t label : tokens.labels) {
      row[static_cast<size_t>(label)] = 1;
      labels.write(std::as_bytes(std::span(row)));
      row[static_cast<size_t>(label)] = 0;
    }
    labels.commit();
  }
  ids.commit();  // last: with the tokens the classes are there, too
}

}  // namespace scanline
