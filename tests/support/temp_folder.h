#pragma once

#include <QTemporaryDir>
#include <filesystem>

/// A folder that goes with the object.
class TempFolder {
 public:
  std::filesystem::path path() const { return folder_.path().toStdString(); }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path() / name; }

 private:
  QTemporaryDir folder_;
};
