#include "core/data/split_folders.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/error.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

/// The words of a name in small letters, without numbers and separators.
Words wordsOf(std::string_view name) {
  Words words(1);
  bool small = false;  // whether a small letter came last: a capital after it begins a word, as in TrainSet
  for (const char c : name) {
    const bool capital = c >= 'A' && c <= 'Z';
    if (capital && small) words.emplace_back();
    small = c >= 'a' && c <= 'z';
    if (capital || (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 128)
      words.back() += capital ? static_cast<char>(c + 32) : c;
    else if (!words.back().empty())
      words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

std::optional<Split> splitOfWord(const std::string& word) {
  constexpr std::array<std::string_view, 8> kTrain{"train",    "training",    "trn",       "trainval",
                                                   "trainset", "trainingset", "traindata", "trainingdata"};
  constexpr std::array<std::string_view, 10> kValidation{"val",     "valid",         "validation",    "validate",
                                                         "dev",     "valset",        "validationset", "devset",
                                                         "valdata", "validationdata"};
  constexpr std::array<std::string_view, 9> kTest{"test",     "testing",     "tst",  "testset",   "testingset",
                                                  "testdata", "testingdata", "eval", "evaluation"};
  if (std::ranges::find(kTrain, word) != kTrain.end()) return Split::Train;
  if (std::ranges::find(kValidation, word) != kValidation.end()) return Split::Validation;
  if (std::ranges::find(kTest, word) != kTest.end()) return Split::Test;
  return {};
}

/// Words that stand beside the name of a split and say nothing.
bool isFiller(const std::string& word) {
  constexpr std::array<std::string_view, 20> kFillers{
      "seg",      "set",   "data",   "dataset", "images", "image", "img",    "imgs",    "photos", "picture",
      "pictures", "split", "folder", "ilsvrc",  "coco",   "part",  "subset", "samples", "the",    "final"};
  return std::ranges::find(kFillers, word) != kFillers.end();
}

/// A name as a split and the words that remain. Nothing if it names none, or two.
struct NamedSplit {
  std::optional<Split> split;
  Words rest;
};

NamedSplit read(std::string_view name) {
  NamedSplit out;
  int splits = 0;
  for (std::string& word : wordsOf(name)) {
    if (const auto split = splitOfWord(word)) {
      out.split = split;
      ++splits;
    } else if (!isFiller(word)) {
      out.rest.push_back(std::move(word));
    }
  }
  if (splits != 1) out.split.reset();
  return out;
}

/// The splits that folders beside each other name. A word of its own, as in birds_train and birds_test, is one that
/// another split has, too; alone, as in bullet-train, it makes the name that of a class.
std::vector<std::optional<Split>> splitsOf(const std::vector<fs::path>& folders) {
  std::vector<NamedSplit> names;
  for (const fs::path& folder : folders) names.push_back(read(folder.filename().string()));
  std::vector<std::optional<Split>> splits;
  for (const NamedSplit& name : names) {
    const bool shared = name.split && std::ranges::any_of(names, [&](const NamedSplit& other) {
                          return other.split && other.split != name.split && other.rest == name.rest;
                        });
    splits.push_back(name.rest.empty() || shared ? name.split : std::nullopt);
  }
  return splits;
}

bool holdsClassFolders(const fs::path& folder, PictureWalk& walk) {
  return std::ranges::any_of(walk.folders(folder), [&](const fs::path& sub) {
    return walk.holdsPicture(sub, {folder, folder.parent_path()});
  });
}

/// Archives often unpack to seg_train/seg_train: the folder in which the classes lie.
fs::path innermost(fs::path folder, Split split, PictureWalk& walk) {
  for (;;) {
    const auto below = walk.folders(folder);
    if (below.size() != 1 || splitOfName(below[0].filename().string()) != split || !holdsClassFolders(below[0], walk))
      return folder;
    folder = below[0];
  }
}

/// The folders in a data set's root, by kind.
struct Sorted {
  std::array<std::vector<fs::path>, 3> splits;  ///< with class folders in them, by Split
  std::vector<fs::path> flat;                   ///< called like a split, without class folders
  std::vector<fs::path> others;
};

Sorted sorted(const std::vector<fs::path>& folders, PictureWalk& walk) {
  const auto names = splitsOf(folders);
  Sorted out;
  for (size_t i = 0; i < folders.size(); ++i) {
    if (!names[i])
      out.others.push_back(folders[i]);
    else if (holdsClassFolders(folders[i], walk))
      out.splits.at(static_cast<size_t>(*names[i])).push_back(innermost(folders[i], *names[i], walk));
    else
      out.flat.push_back(folders[i]);
  }
  return out;
}

std::string joined(const std::vector<fs::path>& paths) {
  std::vector<std::string> texts;
  for (const fs::path& path : paths) texts.push_back(path.string());
  return fmt::format("{}", fmt::join(texts, " and "));
}

std::optional<fs::path> only(const std::vector<fs::path>& folders) {
  if (folders.empty()) return {};
  if (folders.size() > 1)
    throw Error(fmt::format(
        "{} are folders of the same split by their names. Keep one of them, or give one in data.path to learn from it alone.",
        joined(folders)));
  return folders[0];
}

/// Without a folder for training, folders called like splits are classes or a mistake.
void ensureClasses(const fs::path& root, const Sorted& found, PictureWalk& walk) {
  for (const auto split : {Split::Validation, Split::Test})
    if (const auto& folders = found.splits.at(static_cast<size_t>(split)); !folders.empty())
      throw Error(fmt::format(
          "{} looks like validation or test images by its name and its class folders, but {} has no folder of training images with classes. Name that one train, or give one folder in data.path to learn from it alone.",
          joined(folders), root.string()));
  const auto holds = [&](const fs::path& folder) { return walk.holdsPicture(folder); };
  std::vector<std::string> words;
  for (const fs::path& folder : found.flat)
    if (holds(folder)) words.push_back(folder.filename().string());
  if (words.size() > 1 && std::ranges::none_of(found.others, holds))
    throw Error(fmt::format(
        "The folders {} in {} look like splits, but their images lie side by side without class folders. Put the images of each into a folder of their class, one will do, such as {}.",
        fmt::join(words, ", "), root.string(), (root / words[0] / "all").string()));
}

/// The root, or the only folder in it if that holds the splits: archives often have one folder around all.
fs::path splitsRoot(fs::path root, PictureWalk& walk, std::vector<std::string>& warnings) {
  const auto folders = walk.folders(root);
  if (folders.size() != 1 || splitsOf(folders)[0]) return root;
  const Sorted below = sorted(walk.folders(folders[0]), walk);
  if (below.splits[0].empty()) return root;
  warnings.push_back(fmt::format("The images are read from {}, where the splits lie.", folders[0].string()));
  return folders[0];
}

/// Splits within the classes are not kept apart, which has to be said.
void warnOfInnerSplits(const fs::path& root, PictureWalk& walk, std::vector<std::string>& warnings) {
  for (const fs::path& folder : walk.folders(root)) {
    const auto inner = walk.folders(folder);
    const auto splits = splitsOf(inner);
    const auto train = std::ranges::find(splits, Split::Train);
    const auto other = std::ranges::find_if(splits, [](auto split) { return split && split != Split::Train; });
    if (train == splits.end() || other == splits.end()) continue;
    warnings.push_back(fmt::format(
        "{} and {} lie inside a class folder, and all their images count as training images. To keep the splits apart, put the class folders into train, val and test.",
        inner[static_cast<size_t>(train - splits.begin())].string(),
        inner[static_cast<size_t>(other - splits.begin())].string()));
    return;
  }
}

void warnOfOthers(const std::vector<fs::path>& others, PictureWalk& walk, std::vector<std::string>& warnings) {
  std::vector<fs::path> left;
  for (const fs::path& folder : others)
    if (walk.holdsPicture(folder)) left.push_back(folder);
  if (!left.empty())
    warnings.push_back(fmt::format(
        "{} holds images but is no split by its name, so it is left out. Splits are called train, val and test.",
        joined(left)));
}

}  // namespace

std::optional<Split> splitOfName(std::string_view name) {
  const NamedSplit named = read(name);
  return named.rest.empty() ? named.split : std::nullopt;
}

SplitFolders findSplits(const fs::path& place, bool valIsTest, PictureWalk& walk, std::vector<std::string>& warnings) {
  const fs::path root = splitsRoot(place, walk, warnings);
  const Sorted found = sorted(walk.folders(root), walk);
  const auto train = only(found.splits[0]);
  if (!train) {
    ensureClasses(root, found, walk);
    warnOfInnerSplits(root, walk, warnings);
    return {.train = root, .validation = {}, .test = {}};
  }
  auto validation = only(found.splits[1]), test = only(found.splits[2]);
  for (const fs::path& folder : found.flat)
    if (walk.holdsPicture(folder))
      warnings.push_back(fmt::format(
          "{} has no class folders with images, so it is left out. If its images lie side by side, put each into the folder of its class.",
          folder.string()));
  warnOfOthers(found.others, walk, warnings);
  if (valIsTest && validation) {
    if (test)
      warnings.push_back(fmt::format("{} is left out: of ImageNet the images of {} are the test set.", test->string(),
                                     validation->string()));
    test = std::exchange(validation, {});
  }
  walk.leaveOutPicturesIn(root);
  return {.train = *train, .validation = std::move(validation), .test = std::move(test)};
}

}  // namespace scanline
