#pragma once

#include <QObject>
#include <atomic>

namespace scanline {

/// The one notification that crosses from lanes to the UI thread. However often notify() is called before the event
/// loop turns, one notified() follows; rows stored while it is being handled raise a new one.
class UiNotifier : public QObject {
  Q_OBJECT
 public:
  using QObject::QObject;

  void notify();                         ///< any thread; never blocks
  void report(const QString& sentence);  ///< any thread; each one arrives

 signals:
  void notified();                  ///< UI thread
  void reported(QString sentence);  ///< UI thread

 private:
  std::atomic<bool> queued_ = false;
};

}  // namespace scanline
