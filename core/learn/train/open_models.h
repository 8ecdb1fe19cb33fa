#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "core/run/open_model.h"

namespace scanline {

/// The models that were opened last, so that opening one again is quick. Any thread.
class OpenModels {
 public:
  /// The model in a file or folder, kept or loaded. One that has changed since (sizes and times of its files) is loaded
  /// again. Throws Error.
  std::shared_ptr<const OpenModel> open(const std::filesystem::path& path);

 private:
  struct Kept {
    std::string state;  ///< path, sizes and times
    int64_t bytes = 0;  ///< of its weights
    std::shared_ptr<const OpenModel> model;
  };
  std::shared_ptr<const OpenModel> find(const std::string& state);
  void keep(Kept kept);

  std::mutex loading_;    ///< one is loaded at a time
  std::mutex mutex_;      ///< of kept_
  std::list<Kept> kept_;  ///< the last one asked for first
};

}  // namespace scanline
