#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/control.h"

namespace scanline {

/// A scalar of an event file.
struct EventPoint {
  int64_t step = 0;
  double wallTime = 0;  ///< seconds since 1970, as in the file; may be NaN
  double value = 0;     ///< float32 values as they are

  bool operator==(const EventPoint&) const = default;
};

/// All scalars of one tag.
struct EventSeries {
  std::string tag;
  std::vector<EventPoint> points;  ///< all of them, in the order of the files
  std::vector<EventPoint> shown;   ///< those that still hold, in rising steps from 0 on: see EventLog
};

/// A picture, still encoded.
struct EventPicture {
  std::string tag;
  int64_t step = 0;
  double wallTime = 0;
  int64_t index = 0;    ///< of several pictures with one tag and step
  std::string encoded;  ///< PNG, usually; see decodeImage() in core/data/image_codecs.h
};

/// TensorBoard's event files of one run. A run that crashed and went on from an earlier step has written some
/// steps twice. A point then takes the place of all earlier ones of its tag at its step and above, as in TensorBoard;
/// and a session that starts at a step takes the place of everything at that step and above. A step below 0 is none:
/// its point is not shown, and takes no place.
struct EventLog {
  std::vector<EventSeries> series;     ///< in the order of their first points
  std::vector<EventPicture> pictures;  ///< all, in the order of the files
  /// A sentence for everything that was passed over because it is damaged, and for points that are not shown.
  std::vector<std::string> warnings;
};

/// True for a file whose name has "tfevents" in it, or a folder with such a file directly in it.
bool isEventLog(const std::filesystem::path& path);

/// Folders with event files at and below `folder`, each a run of its own in TensorBoard's eyes; sorted. Looks at every
/// file below it, through links, too, and checks `control` with each; a folder that several links lead to is entered
/// once, by its shortest name.
std::vector<std::filesystem::path> eventFolders(const std::filesystem::path& folder, const Control& control = {});

/// Reads an event file, or all of a folder in the order of their names: scalars as simple_value, or as a tensor
/// (float32, float64, float16, bfloat16, integers) of the plugin "scalars"; pictures. Histograms, texts, graphs and so
/// on are passed over. Checksums are verified; a file counts up to its first damaged record, with a warning, because a
/// run that was killed leaves a torn one. Checks `control` with every
/// record. Throws Error if there is no event file, or one cannot be opened or is none.
EventLog readEventLog(const std::filesystem::path& path, const Control& control = {});

/// The event files directly in one folder, while a program appends to them and makes new ones. One thread.
class EventFollower {
 public:
  explicit EventFollower(std::filesystem::path folder);
  ~EventFollower();
  EventFollower(EventFollower&&) noexcept;
  EventFollower& operator=(EventFollower&&) noexcept;

  /// Reads the records that came since; true if there were any. A record that is not whole yet waits for the next call;
  /// one that is damaged ends its file, with a warning. Files that became shorter are read anew. Other records are
  /// read once. Throws Stopped, or Error if a file cannot be read.
  bool poll(const Control& control = {});
  /// All that was read: of each series `shown` alone, no pictures.
  const EventLog& log() const;
  /// The lowest step at which the last poll() replaced or took away points that were shown before it; nothing: it only
  /// added some.
  std::optional<int64_t> replacedFrom() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace scanline
