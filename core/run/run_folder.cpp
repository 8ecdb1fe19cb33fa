#include "core/run/run_folder.h"

#include <fmt/format.h>

#include <cmath>

#include "core/base/error.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr const char* kPrefix = "step-";

}  // namespace

std::string checkpointFile(int64_t step) {
  return fmt::format("{}/{}{}.safetensors", kCheckpointFolder, kPrefix, step);
}

bool isCheckpointName(std::string_view file) {
  return file.starts_with(fmt::format("{}/{}", kCheckpointFolder, kPrefix));
}

fs::path makeCheckpointFolder(const fs::path& run) {
  const fs::path folder = run / kCheckpointFolder;
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(fmt::format("{} cannot be made: {}.", folder.string(), error.message()));
  return folder;
}

void linkOrCopy(const fs::path& from, const fs::path& to) {
  fs::create_directories(to.parent_path());
  std::error_code error;
  fs::create_hard_link(from, to, error);
  if (error) fs::copy_file(from, to, fs::copy_options::overwrite_existing);
}

double meritOf(double validationLoss, std::optional<double> validationAccuracy) {
  return validationAccuracy.value_or(-validationLoss);
}

std::optional<size_t> bestOf(std::span<const double> merits) {
  std::optional<size_t> best;
  for (size_t i = 0; i < merits.size(); ++i)
    if (!std::isnan(merits[i]) && (!best || merits[i] > merits[*best])) best = i;
  return best;
}

}  // namespace scanline
