#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <QTest>
#include <filesystem>

/// A folder that this process can only read while the object stands. A process of root, who may write everywhere, is
/// another user's meanwhile.
class UnwritableFolder {
 public:
  explicit UnwritableFolder(std::filesystem::path folder) : folder_(std::move(folder)) {
    constexpr uid_t kNobody = 65534;
    ::chmod(folder_.parent_path().c_str(), 0755);  // that user passes through it
    ::chmod(folder_.c_str(), 0555);
    if (::geteuid() == 0) QCOMPARE(::seteuid(kNobody), 0);
  }
  ~UnwritableFolder() {
    static_cast<void>(::seteuid(::getuid()));
    ::chmod(folder_.c_str(), 0755);
  }
  UnwritableFolder(const UnwritableFolder&) = delete;
  UnwritableFolder& operator=(const UnwritableFolder&) = delete;

 private:
  std::filesystem::path folder_;
};
