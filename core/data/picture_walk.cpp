#include "core/data/picture_walk.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <ranges>

#include "core/base/error.h"
#include "core/data/image_file.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr size_t kMostNamed = 5;  ///< folders or endings that a warning lists

bool isHidden(const fs::path& path) {
  return path.filename().native().starts_with('.');
}

/// Folders that systems put among the files of their users. In them lie small copies of pictures, or nothing at all.
bool isServiceName(const std::string& name) {
  constexpr std::array<std::string_view, 9> kNames{"lost+found",   "@eaDir",   "System Volume Information",
                                                   "$RECYCLE.BIN", "RECYCLER", "#recycle",
                                                   "@Recycle",     "__MACOSX", "__pycache__"};
  return std::ranges::find(kNames, name) != kNames.end();
}

std::pair<uint64_t, uint64_t> idOf(const fs::path& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

std::set<std::pair<uint64_t, uint64_t>> idsOf(const std::vector<fs::path>& folders) {
  std::set<std::pair<uint64_t, uint64_t>> ids;
  for (const fs::path& folder : folders) ids.insert(idOf(folder));
  return ids;
}

std::string endingOf(const fs::path& file) {
  std::string ending = file.extension().string();
  std::ranges::transform(ending, ending.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return ending.empty() ? "without an ending" : "with " + ending;
}

template <class Names>
std::string listed(const Names& names) {
  std::vector<std::string> first;
  for (const auto& name : names)
    if (first.size() < kMostNamed) first.push_back(name);
  const auto more = static_cast<size_t>(std::ranges::distance(names)) - first.size();
  return fmt::format("{}{}", fmt::join(first, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
}

/// The answer of `look` from a walk that ends after a few thousand names; nothing if it ends so.
template <class Look>
std::optional<bool> shortLook(const Look& look) {
  struct TooMany {};
  constexpr int kMostNames = 5000;
  int names = 0;
  PictureWalk walk([&] {
    if (++names > kMostNames) throw TooMany();
  });
  try {
    return look(walk);
  } catch (const TooMany&) {
    return {};
  } catch (const Error&) {
    return false;  // no folder, or one that cannot be listed
  }
}

}  // namespace

std::vector<fs::directory_entry> PictureWalk::contents(const fs::path& folder) {
  std::vector<fs::directory_entry> all;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    lookedAt_();
    all.push_back(*it);
  }
  if (error == std::errc::permission_denied)
    unreadable_.emplace(folder, error.message());
  else if (error)
    throw Error(fmt::format("The folder {} cannot be listed: {}.", folder.string(), error.message()));
  std::ranges::sort(all, {}, [](const fs::directory_entry& e) { return e.path().filename(); });
  return all;
}

bool PictureWalk::isService(const fs::path& folder) {
  if (!isHidden(folder) && !isServiceName(folder.filename().string())) return false;
  services_.insert(folder);
  return true;
}

bool PictureWalk::isPicture(const fs::directory_entry& entry) {
  std::error_code error;
  return !isHidden(entry.path()) && entry.is_regular_file(error) && isPictureFile(entry.path());
}

std::vector<fs::path> PictureWalk::folders(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : contents(folder))
    if (entry.is_directory(error) && !isService(entry.path())) found.push_back(entry.path());
  return found;
}

bool PictureWalk::holdsPicture(const fs::path& folder, const std::vector<fs::path>& above) {
  std::set<FolderId> entered = idsOf(above);
  return holdsPicture(folder, entered);
}

bool PictureWalk::holdsPicture(const fs::path& folder, std::set<FolderId>& entered) {
  if (!entered.insert(idOf(folder)).second) return false;
  std::error_code error;
  std::vector<fs::path> below;
  for (const auto& entry : contents(folder)) {
    lookedAt_();
    if (isPicture(entry)) return true;
    if (entry.is_directory(error) && !isService(entry.path())) below.push_back(entry.path());
  }
  return std::ranges::any_of(below, [&](const fs::path& sub) { return holdsPicture(sub, entered); });
}

void PictureWalk::collect(const fs::path& folder, int32_t label, const std::vector<fs::path>& above,
                          std::vector<PictureEntry>& entries) {
  std::set<FolderId> entered = idsOf(above);
  collect(folder, label, entered, entries);
}

void PictureWalk::collect(const fs::path& folder, int32_t label, std::set<FolderId>& entered,
                          std::vector<PictureEntry>& entries) {
  if (!entered.insert(idOf(folder)).second) return;
  std::error_code error;
  for (const auto& entry : contents(folder)) {
    lookedAt_();
    const fs::path& path = entry.path();
    if (entry.is_directory(error)) {
      if (!isService(path)) collect(path, label, entered, entries);
    } else if (isHidden(path)) {
      continue;
    } else if (isPicture(entry)) {
      entries.push_back({path, label, entry.file_size(error),
                         static_cast<int64_t>(entry.last_write_time(error).time_since_epoch().count())});
    } else if (entry.is_symlink(error) && !fs::exists(path, error)) {
      deadLinks_.add(path);
    } else {
      others_[endingOf(path)].add(path);
    }
  }
}

void PictureWalk::leaveOutPicturesIn(const fs::path& folder) {
  const auto all = contents(folder);
  const auto pictures = std::ranges::count_if(all, [&](const fs::directory_entry& e) {
    lookedAt_();
    return isPicture(e);
  });
  if (pictures > 0) withoutClass_[folder] = pictures;
}

std::vector<std::string> PictureWalk::warnings() const {
  std::vector<std::string> sentences;
  const auto text = [](const fs::path& path) { return path.string(); };
  if (!unreadable_.empty())
    sentences.push_back(fmt::format("Left out because they cannot be read ({}): {}.", unreadable_.begin()->second,
                                    listed(unreadable_ | std::views::keys | std::views::transform(text))));
  if (!services_.empty())
    sentences.push_back(fmt::format("Left out because they are hidden or belong to the system: {}.",
                                    listed(services_ | std::views::transform(text))));
  for (const auto& [folder, count] : withoutClass_)
    sentences.push_back(fmt::format(
        "Left out because they lie beside the class folders: the images in {} itself, {} in number. Put them into the folder of their class.",
        folder.string(), count));
  if (deadLinks_.count > 0)
    sentences.push_back(fmt::format("Left out because nothing is where they lead to: {} links, such as {}.",
                                    deadLinks_.count, deadLinks_.first.string()));
  if (!others_.empty())
    sentences.push_back(fmt::format("Left out because they are no PNG, JPEG, WebP, TIFF, GIF or BMP: files {}.",
                                    listed(others_ | std::views::transform([](const auto& other) {
                                             const auto& [ending, seen] = other;
                                             return fmt::format("{} ({}, such as {})", ending, seen.count,
                                                                seen.first.string());
                                           }))));
  return sentences;
}

std::optional<bool> seemsToHoldPictures(const fs::path& folder) {
  return shortLook([&](PictureWalk& walk) { return walk.holdsPicture(folder); });
}

bool mayHoldClassFolders(const fs::path& folder) {
  return shortLook([&](PictureWalk& walk) {
           return std::ranges::any_of(walk.folders(folder),
                                      [&](const fs::path& sub) { return walk.holdsPicture(sub, {folder}); });
         })
      .value_or(true);
}

}  // namespace scanline
