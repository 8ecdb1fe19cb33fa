#pragma once

#include <QObject>
#include <QString>
#include <string>
#include <thread>

namespace scanline {

/// Fetches a data set on a thread of its own, as `scanline-cli data fetch` does, into the folder where it is looked for
/// without a path. One at a time. Signals come on the UI thread. UI thread.
class DataFetcher : public QObject {
  Q_OBJECT
 public:
  explicit DataFetcher(QObject* parent);
  ~DataFetcher() override;

  /// Another address to fetch the same files from; empty: their makers'.
  void setMirror(const QString& address) { mirror_ = address.toStdString(); }
  /// Ignored while another is fetched. After a cancel it goes on with the files that are there.
  void fetch(const QString& dataset);
  void cancel();
  bool isFetching() const { return !dataset_.isEmpty(); }

 signals:
  /// "Fetching cifar-10-binary.tar.gz": `done` of `total` bytes or files, total 0 = not known; ten times a second at
  /// most.
  void progressed(const QString& dataset, const QString& doing, qint64 done, qint64 total);
  /// `problem` empty: it is there, or it was cancelled.
  void ended(const QString& dataset, const QString& problem);

 private:
  void work(const std::stop_token& stop, const std::string& dataset);
  void end(const QString& problem);

  std::string mirror_;
  QString dataset_;      ///< that is being fetched; empty: none
  std::jthread thread_;  ///< last: it uses the others
};

}  // namespace scanline
