#include "core/base/memory.h"

#include <QTest>
#include <new>
#include <stdexcept>

#include "core/base/error.h"

using namespace scanline;

class MemoryTest : public QObject {
  Q_OBJECT
 private slots:
  void thereIsALimit() { QVERIFY(memoryLimit() > 1 << 20); }

  void outOfMemoryIsKnownByWhoeverSaysIt() {
    QVERIFY(isOutOfMemory(std::bad_alloc()));
    QVERIFY(isOutOfMemory(std::runtime_error(
        "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes. Error code 12 (Cannot allocate memory)")));
    QVERIFY(isOutOfMemory(std::runtime_error("CUDA out of memory. Tried to allocate 2.00 GiB.")));
    QVERIFY(isOutOfMemory(std::runtime_error("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate")));
    QVERIFY(!isOutOfMemory(std::runtime_error("mat1 and mat2 shapes cannot be multiplied")));
    QVERIFY(!isOutOfMemory(Error("The GPU is out of memory. Choose a smaller model.")));
  }
};

QTEST_APPLESS_MAIN(MemoryTest)
#include "memory_test.moc"
