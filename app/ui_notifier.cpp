#include "app/ui_notifier.h"

namespace scanline {

void UiNotifier::notify() {
  if (queued_.exchange(true)) return;  // one is on its way: it will see our rows too
  QMetaObject::invokeMethod(
      this,
      [this] {
        queued_ = false;  // before the signal: rows stored while views read must raise a new notification
        emit notified();
      },
      Qt::QueuedConnection);
}

void UiNotifier::report(const QString& sentence) {
  QMetaObject::invokeMethod(
      this, [this, sentence] { emit reported(sentence); }, Qt::QueuedConnection);
}

}  // namespace scanline
