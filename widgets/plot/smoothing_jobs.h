#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "widgets/plot/chart_series.h"

class QObject;

namespace scanline {

/// Smooths long curves on threads of their own, of low priority, and calls back in the thread of the owner. All calls
/// from that thread.
class SmoothingJobs {
 public:
  /// `arrived` is called from the event loop of `owner`, which outlives this, some time after a result has come.
  SmoothingJobs(QObject* owner, std::function<void()> arrived);
  ~SmoothingJobs();  ///< drops the jobs that are under way; does not wait
  SmoothingJobs(const SmoothingJobs&) = delete;
  SmoothingJobs& operator=(const SmoothingJobs&) = delete;

  void start(int64_t key, SmoothingJob job);
  bool isBusy() const;
  /// The results so far, by the keys of their jobs; those of cancelled ones are left out.
  std::vector<std::pair<int64_t, SmoothingJob::Result>> take();
  /// Until everything that was started has a result.
  void wait();

 private:
  struct Desk;
  std::shared_ptr<Desk> desk_;  ///< shared with the jobs, which may outlive this
};

}  // namespace scanline
