#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string_view>

namespace scanline {

/// The JSON of a run that exportJson() wrote, of any size: read as a stream, so that no more than one record (a point,
/// a probe, a set of samples) is in memory. For .cpp files only: the library's header is slow to compile.
class RunFileReader {
 public:
  /// Reads the file once, and keeps all that is in no list: header(). Throws Error, naming the file, unless all of it
  /// is JSON, nested 16 levels at most, with no key twice, no text longer than 64 MB and no record that takes more than
  /// 128 MB of memory, and it has the lists of a run that this version knows.
  explicit RunFileReader(std::filesystem::path file);

  const nlohmann::json& header() const { return header_; }

  /// A record of the list `list`: "probes", "lowData", "codebookUse", "samples" or "pins", and for "series" a point of
  /// `series`. `bytes` of the file are behind.
  struct Record {
    std::string_view list, series;
    nlohmann::json value;
    int64_t bytes = 0;
  };
  /// Reads the file again, and tells its records in their order. Throws Error, and as `take` does.
  void forEach(const std::function<void(Record&&)>& take) const;
  int64_t bytes() const;  ///< of the whole file

 private:
  class Input;
  class Parser;

  std::filesystem::path file_;
  nlohmann::json header_ = nlohmann::json::object();
};

}  // namespace scanline
