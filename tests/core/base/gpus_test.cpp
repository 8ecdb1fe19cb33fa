#include "core/base/gpus.h"

#include <QTest>
#include <fstream>

#include "tests/support/temp_folder.h"

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
  /// By the names of device files, so that no driver is asked.
  void gpusAreCountedByTheirFiles() {
    const TempFolder folder;
    qunsetenv("CUDA_VISIBLE_DEVICES");
    QCOMPARE(gpuCount(folder.path()), 0);
    QCOMPARE(gpuCount(folder / "nowhere"), 0);
    for (const char* name : {"nvidia0", "nvidia1", "nvidia10", "nvidiactl", "nvidia-uvm", "nvidia-caps", "null"})
      std::ofstream(folder / name) << "";
    QCOMPARE(gpuCount(folder.path()), 3);
    for (const auto& [visible, count] :
         std::vector<std::pair<const char*, int>>{{"0", 1}, {"1,0", 2}, {"0,1,2,3", 3}, {"", 0}, {"-1", 0}}) {
      qputenv("CUDA_VISIBLE_DEVICES", visible);
      QCOMPARE(gpuCount(folder.path()), count);
    }
    qunsetenv("CUDA_VISIBLE_DEVICES");
  }

  void withoutADriverThereAreNone() {
    QVERIFY(findGpus("libno-such-driver.so").empty());
    QVERIFY(findGpus("libc.so.6").empty());  // something else
  }
};

QTEST_APPLESS_MAIN(GpusTest)
#include "gpus_test.moc"
