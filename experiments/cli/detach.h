#pragma once

#include <filesystem>
#include <functional>

namespace scanline {

/// Does `work` in a process without a terminal, in a session of its own, and returns in this one as soon as `work` has
/// called its argument (or has ended): 0, or the exit code if it failed before. Its output goes to
/// `<workspace>/worker.log`. A parent of its own watches the process: where a signal ends it, the runs that it had in
/// hand say which (RunStore::markDied), and `work` begins again, for the runs that wait, if `again`. Hang-ups (SIGHUP)
/// are ignored; SIGTERM and SIGINT are as in a terminal. Called before there is any thread.
int runDetached(const std::filesystem::path& workspace, const std::function<int(const std::function<void()>&)>& work,
                bool again = true);

/// Of a log that has grown beyond 4 MB the last megabyte stays, whole lines below one that says so. Other processes may
/// append to it meanwhile. Does nothing where it cannot.
void boundLog(const std::filesystem::path& file);

/// While it lives, standard output and error of this process go to the end of a file. Does nothing if it cannot be
/// opened.
class OutputTo {
 public:
  explicit OutputTo(const std::filesystem::path& file);
  ~OutputTo();
  OutputTo(const OutputTo&) = delete;
  OutputTo& operator=(const OutputTo&) = delete;

  /// See boundLog(); asked often.
  void bound() const { boundLog(file_); }

 private:
  std::filesystem::path file_;
  int output_ = -1, error_ = -1;  ///< as they were
};

}  // namespace scanline
