#pragma once

#include <chrono>
#include <filesystem>

namespace scanline {

/// The advisory lock of a workspace: `flock` on `<workspace>/lock`. Every commit and every checkpoint of the
/// write-ahead log happens under it, because SQLite before 3.51.3 can corrupt a log that one connection commits to
/// while another moves it into the database (sqlite.org/wal.html, "the WAL-reset bug"). The kernel lets go of it when a
/// process dies. Waiting processes take turns, so one that writes all the time blocks none. One object a connection:
/// two objects exclude each other within one process too. One thread at a time.
class WorkspaceLock {
 public:
  using Clock = std::chrono::steady_clock;

  /// Opens the lock file, creating it. Throws Error if the workspace cannot be written.
  explicit WorkspaceLock(const std::filesystem::path& workspace);
  ~WorkspaceLock();
  WorkspaceLock(const WorkspaceLock&) = delete;
  WorkspaceLock& operator=(const WorkspaceLock&) = delete;

  /// Holds the lock as long as it lives.
  class Held {
   public:
    /// Waits for it. Throws PassingError (Busy) when another process keeps it until `deadline`.
    Held(WorkspaceLock& lock, Clock::time_point deadline);
    ~Held();
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

   private:
    WorkspaceLock& lock_;
  };

 private:
  bool takeTurn() const;
  void endTurn() const;

  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace scanline
