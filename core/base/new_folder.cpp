#include "core/base/new_folder.h"

#include <fmt/format.h>

#include <cstdint>

#include "core/base/error.h"

namespace scanline {

namespace fs = std::filesystem;

std::string safeFileName(std::string_view name) {
  constexpr std::string_view kForbidden = "/\\:*?\"<>|";  // by Linux or by the file systems of memory sticks
  constexpr size_t kMostBytes = 120;
  const auto isContinuation = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  size_t length = std::min(name.size(), kMostBytes);
  while (length > 0 && length < name.size() && isContinuation(name[length])) --length;
  std::string safe(name.substr(0, length));
  for (char& c : safe)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f' || kForbidden.find(c) != std::string_view::npos) c = '_';
  while (safe.ends_with(' ') || safe.ends_with('.')) safe.pop_back();
  safe.erase(0, safe.find_first_not_of(' '));
  if (safe.empty()) return "run";
  if (safe.front() == '.' || safe.front() == '-') safe.front() = '_';  // hidden, or an option of the next command
  return safe;
}

NewFolder::NewFolder(const fs::path& parent, std::string_view name) {
  const auto fail = [](const fs::path& folder, const std::error_code& error) {
    throw Error(fmt::format("{} cannot be made: {}. Choose another folder.", folder.string(), error.message()));
  };
  std::error_code error;
  fs::create_directories(parent, error);
  if (error) fail(parent, error);
  const std::string first = safeFileName(name);
  for (int64_t number = 1;; ++number) {
    path_ = parent / (number == 1 ? first : fmt::format("{} {}", first, number));
    if (fs::create_directory(path_, error)) return;  // false without an error: there is such a folder
    if (error && error != std::errc::file_exists && error != std::errc::not_a_directory) fail(path_, error);
    if (!fs::exists(fs::symlink_status(path_))) fail(path_, error);
  }
}

NewFolder::~NewFolder() {
  std::error_code notEmpty;
  fs::remove(path_, notEmpty);
}

}  // namespace scanline
