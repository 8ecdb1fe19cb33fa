#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/data/image.h"
#include "core/formats/protobuf.h"

namespace scanline {

/// Writes an event file that TensorBoard shows, also while it grows. Added points wait in memory until flush(). One
/// thread at a time.
class TfEventsWriter {
 public:
  /// A new file events.out.tfevents.<seconds>.scanline.<n> in `folder`, which sorts behind those that are there. With
  /// `startStep`, a session starts there: it makes points of earlier files at that step and above void. Throws
  /// Error if it cannot be created.
  explicit TfEventsWriter(const std::filesystem::path& folder, std::optional<int64_t> startStep = {});
  ~TfEventsWriter();
  TfEventsWriter(const TfEventsWriter&) = delete;
  TfEventsWriter& operator=(const TfEventsWriter&) = delete;

  /// Stored as float32, as TensorBoard's own writers do. `timeMs`: Unix time.
  void addScalar(std::string_view tag, int64_t step, double value, int64_t timeMs);
  void addImage(std::string_view tag, int64_t step, const Image& image, int64_t timeMs);
  /// Appends the waiting points to the file. Throws Error (a full disk); they then still wait.
  void flush();

  const std::filesystem::path& file() const { return file_; }

 private:
  void addSummary(int64_t step, int64_t timeMs, const ProtobufWriter& value);
  void addRecord(const ProtobufWriter& event);

  std::filesystem::path file_;
  int descriptor_ = -1;
  std::string waiting_;
};

}  // namespace scanline
