#include "core/base/idle_threads.h"

#include <QTest>

using namespace scanline;

class IdleThreadsTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    qunsetenv("OMP_WAIT_POLICY");
    qunsetenv("GOMP_SPINCOUNT");
  }

  void theCountIsSetOnce() {
    QVERIFY(setSpinCount());
    bool isNumber = false;
    QVERIFY(qEnvironmentVariableIntValue("GOMP_SPINCOUNT", &isNumber) >= 3000 && isNumber);
    QVERIFY(!setSpinCount());
  }

  void aChoiceOfTheUserStays() {
    qputenv("GOMP_SPINCOUNT", "7");
    QVERIFY(!setSpinCount());
    QCOMPARE(qgetenv("GOMP_SPINCOUNT"), QByteArray("7"));
    qunsetenv("GOMP_SPINCOUNT");
    qputenv("OMP_WAIT_POLICY", "active");
    QVERIFY(!setSpinCount());
    QVERIFY(!qEnvironmentVariableIsSet("GOMP_SPINCOUNT"));
  }
};

QTEST_APPLESS_MAIN(IdleThreadsTest)
#include "idle_threads_test.moc"
