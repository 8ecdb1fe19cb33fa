#include "app/desktop_notice.h"

#include <QCoreApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QVariantMap>

namespace scanline {

namespace {

// https://specifications.freedesktop.org/notification-spec
const QString kService = QStringLiteral("org.freedesktop.Notifications");
const QString kPath = QStringLiteral("/org/freedesktop/Notifications");
constexpr int kDesktopDecides = -1;  ///< how long it stays

}  // namespace

DesktopNotice::DesktopNotice(QObject* parent) : QObject(parent) {
  QDBusConnection::sessionBus().connect(kService, kPath, kService, QStringLiteral("ActionInvoked"), this,
                                        SLOT(acted(quint32, QString)));
}

void DesktopNotice::tell(const QString& title, const QString& text) {
  QDBusConnection bus = QDBusConnection::sessionBus();
  if (!bus.isConnected()) return;
  QDBusMessage message = QDBusMessage::createMethodCall(kService, kPath, kService, QStringLiteral("Notify"));
  message << QCoreApplication::applicationName() << last_ << QStringLiteral("org.scanline.Scanline") << title
          << text.toHtmlEscaped() << QStringList{QStringLiteral("default"), tr("Show")}
          << QVariantMap{{QStringLiteral("desktop-entry"), QStringLiteral("org.scanline.Scanline")}} << kDesktopDecides;
  auto* answer = new QDBusPendingCallWatcher(bus.asyncCall(message), this);
  connect(answer, &QDBusPendingCallWatcher::finished, this, [this, answer] {
    if (const QDBusPendingReply<quint32> reply = *answer; !reply.isError()) last_ = reply.value();
    answer->deleteLater();
  });
}

/// The signal of Unity's launcher, which other desktops have taken over.
void DesktopNotice::showProgress(std::optional<double> share) {
  QDBusConnection bus = QDBusConnection::sessionBus();
  if (!bus.isConnected()) return;
  QDBusMessage message =
      QDBusMessage::createSignal(QStringLiteral("/org/scanline/Scanline"),
                                 QStringLiteral("com.canonical.Unity.LauncherEntry"), QStringLiteral("Update"));
  message << QStringLiteral("application://org.scanline.Scanline.desktop")
          << QVariantMap{{QStringLiteral("progress"), share.value_or(0)},
                         {QStringLiteral("progress-visible"), share.has_value()}};
  bus.send(message);
}

void DesktopNotice::acted(quint32 id, const QString&) {
  if (id == last_ && id != 0) emit activated();
}

}  // namespace scanline
