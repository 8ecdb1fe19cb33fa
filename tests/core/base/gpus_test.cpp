#include "core/base/gpus.h"

#include <QTest>

using namespace scanline;

class GpusTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void theDriverTellsNameAndMemory() {
    const auto gpus = findGpus(SCANLINE_PRETEND_DRIVER);
    QCOMPARE(gpus.size(), size_t{2});  // one that fails is left out
    QCOMPARE(titleOf(gpus[0]), std::string("cuda:0 NVIDIA H200, 139 GiB"));
    QCOMPARE(titleOf(gpus[1]), std::string("cuda:2 NVIDIA H400, 139 GiB"));
  }
  void withoutADriverThereAreNone() {
    QVERIFY(findGpus("libno-such-driver.so").empty());
    QVERIFY(findGpus("libc.so.6").empty());  // something else
  }
};

QTEST_APPLESS_MAIN(GpusTest)
#include "gpus_test.moc"
