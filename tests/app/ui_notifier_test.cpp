#include "app/ui_notifier.h"

#include <QSignalSpy>
#include <QTest>
#include <thread>

using namespace scanline;

class UiNotifierTest : public QObject {
  Q_OBJECT
 private slots:
  void manyPokesFromAThreadBecomeOne() {
    UiNotifier notifier;
    const QSignalSpy spy(&notifier, &UiNotifier::notified);
    std::jthread([&] {
      for (int i = 0; i < 100000; ++i) notifier.notify();
    }).join();
    QCOMPARE(spy.count(), 0);  // nothing is handled on the poking thread
    QCoreApplication::processEvents();
    QCOMPARE(spy.count(), 1);
  }

  void aPokeDuringTheHandlingIsNotLost() {
    UiNotifier notifier;
    int handled = 0;
    connect(&notifier, &UiNotifier::notified, this, [&] {
      if (++handled == 1) notifier.notify();
    });
    notifier.notify();
    QTRY_COMPARE(handled, 2);
  }

  void sentencesAllArriveInOrder() {
    UiNotifier notifier;
    QSignalSpy spy(&notifier, &UiNotifier::reported);
    std::jthread([&] {
      for (int i = 0; i < 10; ++i) notifier.report(QString::number(i));
    }).join();
    QTRY_COMPARE(spy.count(), 10);
    for (int i = 0; i < 10; ++i) QCOMPARE(spy.at(i).at(0).toString(), QString::number(i));
  }
};

QTEST_GUILESS_MAIN(UiNotifierTest)
#include "ui_notifier_test.moc"
