// Notifications on a session bus of the test's own, with a desktop that writes down each message.
#include "app/desktop_notice.h"

#include <QDBusConnection>
#include <QProcess>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTest>
#include <QVariantMap>

using namespace scanline;

/// The part of a desktop that shows notifications.
class Desktop : public QObject {
  Q_OBJECT
  Q_CLASSINFO("D-Bus Interface", "org.freedesktop.Notifications")
 public:
  QStringList titles, texts;
  QList<uint> replaced;
  double progress = -1;

 public slots:
  uint Notify(const QString&, uint replaces, const QString&, const QString& title, const QString& text,
              const QStringList&, const QVariantMap&, int) {
    titles << title;
    texts << text;
    replaced << replaces;
    return 7;
  }
  void update(const QString& program, const QVariantMap& values) {
    if (program == QStringLiteral("application://org.scanline.Scanline.desktop"))
      progress = values.value(QStringLiteral("progress")).toDouble();
  }

 signals:
  void ActionInvoked(uint id, const QString& action);
};

class DesktopNoticeTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {
    const QString daemon = QStandardPaths::findExecutable(QStringLiteral("dbus-daemon"));
    if (daemon.isEmpty()) QSKIP("dbus-daemon is not installed");
    bus_.start(daemon, {"--session", "--nofork", "--print-address"});
    QVERIFY(bus_.waitForReadyRead(10000));
    qputenv("DBUS_SESSION_BUS_ADDRESS", bus_.readLine().trimmed());
  }
  void cleanupTestCase() {
    bus_.terminate();
    bus_.waitForFinished(5000);
  }

  void theDesktopIsToldAndAClickComesBack() {
    QDBusConnection theirs = QDBusConnection::connectToBus(QDBusConnection::SessionBus, QStringLiteral("desktop"));
    Desktop desktop;
    QVERIFY(theirs.registerService(QStringLiteral("org.freedesktop.Notifications")));
    QVERIFY(theirs.registerObject(QStringLiteral("/org/freedesktop/Notifications"), &desktop,
                                  QDBusConnection::ExportAllSlots | QDBusConnection::ExportAllSignals));
    DesktopNotice notice(nullptr);
    QSignalSpy activated(&notice, &DesktopNotice::activated);
    notice.tell(QStringLiteral("“a” is finished"), QStringLiteral("1 < 2"));
    QTRY_COMPARE(desktop.titles, QStringList{"“a” is finished"});
    QCOMPARE(desktop.texts, QStringList{"1 &lt; 2"});  // their text is markup
    QTRY_VERIFY((emit desktop.ActionInvoked(7, QStringLiteral("default")), activated.count() > 0));
    emit desktop.ActionInvoked(8, QStringLiteral("default"));  // somebody else's
    notice.tell(QStringLiteral("next"), {});
    QTRY_COMPARE(desktop.replaced, (QList<uint>{0, 7}));
  }

  void theLauncherShowsHowFarItIs() {
    QDBusConnection theirs = QDBusConnection::connectToBus(QDBusConnection::SessionBus, QStringLiteral("launcher"));
    Desktop desktop;
    QVERIFY(theirs.connect({}, {}, QStringLiteral("com.canonical.Unity.LauncherEntry"), QStringLiteral("Update"),
                           &desktop, SLOT(update(QString, QVariantMap))));
    DesktopNotice notice(nullptr);
    notice.showProgress(0.25);
    QTRY_COMPARE(desktop.progress, 0.25);
    notice.showProgress(std::nullopt);
    QTRY_COMPARE(desktop.progress, 0.0);
  }

 private:
  QProcess bus_;
};

QTEST_GUILESS_MAIN(DesktopNoticeTest)
#include "desktop_notice_test.moc"
