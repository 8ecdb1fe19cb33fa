#include "core/learn/train/open_models.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/foreign/foreign_model.h"
#include "core/foreign/foreign_pictures.h"
#include "core/learn/train/loaded_model.h"
#include "core/learn/train/torch_open_model.h"

namespace scanline {

namespace {

namespace fs = std::filesystem;

constexpr size_t kKept = 4;
constexpr int64_t kKeptShareOfMemory = 4;  // a quarter of it may be filled by models that are kept

/// Equal as long as the model is the same: sizes and times of its files. Of a foreign one all files of its folder
/// count, since they also define its pictures.
std::string stateOf(const fs::path& path) {
  std::vector<std::string> lines;
  const auto add = [&](const fs::path& file) {
    std::error_code ignored;  // the reader of a file reports that it cannot be read
    const auto size = fs::file_size(file, ignored);
    const auto time = fs::last_write_time(file, ignored).time_since_epoch().count();
    lines.push_back(fmt::format("{}\n{} {}", file.string(), size, time));
  };
  if (isForeignModel(path)) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(foreignFolder(path), ignored))
      if (std::error_code odd; entry.is_regular_file(odd)) add(entry.path());
    std::ranges::sort(lines);
  } else {
    add(path);
  }
  return fmt::format("{}\n{}", fs::absolute(path).string(), fmt::join(lines, "\n"));
}

}  // namespace

std::shared_ptr<const OpenModel> OpenModels::open(const fs::path& path) {
  const auto state = stateOf(path);
  if (auto found = find(state)) return found;
  const std::scoped_lock lock(loading_);
  if (auto found = find(state)) return found;  // another thread has loaded it meanwhile
  try {
    auto loaded = loadModel(path);
    const auto bytes = static_cast<int64_t>(loaded.model.weights().flat.nbytes());
    auto model = openLoaded(std::move(loaded));
    keep({state, bytes, model});
    return model;
  } catch (const std::exception& failure) {
    if (!isOutOfMemory(failure)) throw;
    throw Error(fmt::format("There is not enough memory for the weights of {}. Free memory that other programs hold.",
                            path.string()));
  }
}

std::shared_ptr<const OpenModel> OpenModels::find(const std::string& state) {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find(kept_, state, &Kept::state);
  if (found == kept_.end()) return nullptr;
  kept_.splice(kept_.begin(), kept_, found);
  return found->model;
}

void OpenModels::keep(Kept kept) {
  const std::scoped_lock lock(mutex_);
  kept_.push_front(std::move(kept));
  int64_t bytes = 0;
  size_t count = 0;
  for (auto each = kept_.begin(); each != kept_.end(); ++each, ++count) {
    bytes += each->bytes;
    if (count == 0 || (count < kKept && bytes <= memoryLimit() / kKeptShareOfMemory)) continue;
    kept_.erase(each, kept_.end());
    return;
  }
}

}  // namespace scanline
