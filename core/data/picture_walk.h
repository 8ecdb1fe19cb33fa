#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace scanline {

/// A picture's file and its class, with size and time, by which a later file of the same name is told apart.
struct PictureEntry {
  static constexpr int32_t kNoClass = -1;  ///< a label of images that lie side by side

  std::filesystem::path file;
  int32_t label = 0;
  uint64_t bytes = 0;
  int64_t changed = 0;
};

/// Looks through the folders of a data set as people have them: links to folders are followed, service folders and
/// those that cannot be read are left out, and so are files that are no pictures. Those left out are counted for
/// warnings(). One thread.
class PictureWalk {
 public:
  /// `lookedAt` is called for every name that a disk gives; it throws to give up.
  explicit PictureWalk(std::function<void()> lookedAt) : lookedAt_(std::move(lookedAt)) {}

  /// The folders in a folder, by name. Throws Error if it cannot be listed, for another reason than missing rights.
  std::vector<std::filesystem::path> folders(const std::filesystem::path& folder);
  /// Whether a picture lies in the folder or at any depth below it. Ends at the first. Links that lead to a folder of
  /// `above` are not followed.
  bool holdsPicture(const std::filesystem::path& folder, const std::vector<std::filesystem::path>& above = {});
  /// Appends the pictures at any depth of `folder`, by name. A real folder is entered once, however many links lead to
  /// it, and those of `above` are not entered again.
  void collect(const std::filesystem::path& folder, int32_t label, const std::vector<std::filesystem::path>& above,
               std::vector<PictureEntry>& entries);
  /// Counts the pictures that lie in `folder` itself, where they have no class, for a warning.
  void leaveOutPicturesIn(const std::filesystem::path& folder);

  /// Sentences about everything that was left out so far.
  std::vector<std::string> warnings() const;

 private:
  using FolderId = std::pair<uint64_t, uint64_t>;  ///< device and number: the same for all links to a folder
  struct Seen {
    int64_t count = 0;
    std::filesystem::path first;
    void add(const std::filesystem::path& path) {
      if (count++ == 0) first = path;
    }
  };

  std::vector<std::filesystem::directory_entry> contents(const std::filesystem::path& folder);
  bool isService(const std::filesystem::path& folder);
  static bool isPicture(const std::filesystem::directory_entry& entry);
  bool holdsPicture(const std::filesystem::path& folder, std::set<FolderId>& entered);
  void collect(const std::filesystem::path& folder, int32_t label, std::set<FolderId>& entered,
               std::vector<PictureEntry>& entries);

  std::function<void()> lookedAt_;
  std::set<std::filesystem::path> services_;
  std::map<std::filesystem::path, std::string> unreadable_;  ///< folders, and why
  std::map<std::string, Seen> others_;                       ///< files that are no pictures, by ending
  Seen deadLinks_;
  std::map<std::filesystem::path, int64_t> withoutClass_;
};

/// Whether pictures lie in the folder or below it, by the first few thousand names that the disk gives; nothing if
/// there are more and none of these is a picture.
std::optional<bool> seemsToHoldPictures(const std::filesystem::path& folder);
/// Whether there are folders with pictures in it; true as well if that would take long to find out.
bool mayHoldClassFolders(const std::filesystem::path& folder);

}  // namespace scanline
