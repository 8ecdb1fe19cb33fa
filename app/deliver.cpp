#include "app/deliver.h"

#include <QCoreApplication>
#include <QMetaObject>

namespace scanline {

/// Through the application object, which outlives every window: a QPointer may be looked at only on its object's
/// thread.
void deliver(const QPointer<QObject>& context, std::function<void()> call) {
  QMetaObject::invokeMethod(
      QCoreApplication::instance(),
      [context, call = std::move(call)] {
        if (context) call();
      },
      Qt::QueuedConnection);
}

}  // namespace scanline
