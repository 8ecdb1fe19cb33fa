#pragma once

#include <QObject>
#include <QPointer>
#include <functional>

namespace scanline {

/// Calls `call` on the UI thread, unless `context` is gone by then. Any thread.
void deliver(const QPointer<QObject>& context, std::function<void()> call);

}  // namespace scanline
