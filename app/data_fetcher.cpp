#include "app/data_fetcher.h"

#include <chrono>
#include <stop_token>
#include <utility>

#include "core/base/control.h"
#include "core/base/error.h"
#include "core/data/dataset.h"
#include "core/data/fetch.h"

namespace scanline {

DataFetcher::DataFetcher(QObject* parent) : QObject(parent) {}

DataFetcher::~DataFetcher() {
  cancel();
}

void DataFetcher::fetch(const QString& dataset) {
  if (isFetching()) return;
  dataset_ = dataset;
  emit progressed(dataset_, tr("Connecting"), 0, 0);
  thread_ = std::jthread([this, name = dataset.toStdString()](const std::stop_token& stop) { work(stop, name); });
}

void DataFetcher::cancel() {
  thread_.request_stop();
}

void DataFetcher::end(const QString& problem) {
  const QString dataset = std::exchange(dataset_, {});
  emit ended(dataset, problem);
}

/// On the thread: everything goes back to the UI thread as a value.
void DataFetcher::work(const std::stop_token& stop, const std::string& dataset) {
  using Clock = std::chrono::steady_clock;
  const auto post = [this](auto call) { QMetaObject::invokeMethod(this, std::move(call), Qt::QueuedConnection); };
  std::string doing;
  Clock::time_point told{};
  const Control control({.report =
                             [&](int64_t done, int64_t total) {
                               const auto now = Clock::now();
                               if (now - told < std::chrono::milliseconds(100)) return;
                               told = now;
                               post([this, words = QString::fromStdString(doing), done, total] {
                                 emit progressed(dataset_, words, done, total);
                               });
                             },
                         .stop = stop});
  QString problem;
  try {
    const FetchPlan& plan = fetchPlan(dataset);
    fetchDataset(
        plan, fetchedFolder(plan.dataset), mirror_,
        [&](const std::string& next) {
          doing = next;
          told = {};
        },
        control);
  } catch (const Stopped&) {
    // Asked for by the person, or the window is gone.
  } catch (const Error& error) {
    problem = QString::fromUtf8(error.what());
  }
  post([this, problem] { end(problem); });
}

}  // namespace scanline
