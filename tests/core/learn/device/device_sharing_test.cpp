// Training that processes with an accelerator each share by NCCL. Threads stand for the processes; accelerators and
// NCCL are pretended.
#include <torch/torch.h>

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <mutex>

#include "core/base/error.h"
#include "tests/core/learn/device/pretend_device.h"
#include "tests/core/learn/device/pretend_nccl.h"
#include "tests/core/learn/device/small_runs.h"
#include "tests/core/run/thread_group.h"

using namespace scanline;

namespace {

const Control kGo;

/// What a run of a few steps tells.
struct Told {
  std::vector<double> numbers;
  std::string log;                 ///< all sentences
  std::vector<std::string> waits;  ///< of all processes, in two steps once all have the weights
};

RunSpec sharedSpec(const std::string& kind, int64_t slices) {
  auto spec = smallSpec(kind, Device::Auto);
  spec.train.slices = slices;
  return spec;
}

/// lead(trainer, group) in process 0 of them.
void withProcesses(ThreadGroup& processes, const RunSpec& spec, const std::string& kind,
                   const std::function<void(Trainer&, ProcessGroup&)>& lead) {
  processes.run([&](ProcessGroup& group) {
    auto data = smallData(kind);
    data.group = &group;
    const auto trainer = makeSmall(spec, std::move(data));
    if (group.rank() == 0) {
      lead(*trainer, group);
      return;
    }
    try {
      trainer->follow();
    } catch (const GroupLost&) {
      // As process 0.
    }
  });
}

Told train(int processes, const RunSpec& spec, const std::string& kind) {
  Told told;
  ThreadGroup all(processes);
  withProcesses(all, spec, kind, [&](Trainer& trainer, ProcessGroup& group) {
    const auto step = [&] {
      const auto stats = trainer.trainStep(kGo);
      told.numbers.insert(told.numbers.end(), {stats.loss, stats.gradientNorm});
    };
    step();
    told.numbers.push_back(trainer.evaluate(kGo).loss);
    pretend::clearWaits();
    step();
    step();
    told.waits = pretend::waits();
    told.numbers.push_back(trainer.evaluate(kGo).loss);
    for (const auto& line : trainer.takeLog()) told.log += line.text + "\n";
    if (processes > 1) tell(group, "end");
  });
  return told;
}

bool areCopies(const std::vector<std::string>& waits) {
  return std::ranges::any_of(waits, [](const std::string& wait) { return wait.starts_with("copy from pageable"); });
}

}  // namespace

class DeviceSharingTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    pretend::clearNcclLog();
    pretend::failNccl(-1);
    pretend::silenceNccl(false);
  }

  void ncclDecidesNoBit_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("slices");
    for (const char* name : {"autoregressive", "with biases", "augmented", "BERT", "fine-tuning", "classes alone",
                             "VQ-VAE", "VQ-VAE by gradient"})
      for (const int slices : {2, 6})  // one partial sum a process, and two of three slices
        QTest::addRow("%s, %d slices", name, slices) << name << slices;
  }
  /// Two processes tell the numbers of one, and gradients and weights go from device to device.
  void ncclDecidesNoBit() {
    QFETCH(QString, name);
    QFETCH(int, slices);
    const auto kind = name.toStdString();
    const auto spec = sharedSpec(kind, slices);
    const auto one = train(1, spec, kind);
    QCOMPARE(pretend::ncclLog().communicators, 0);
    const auto two = train(2, spec, kind);
    QCOMPARE(two.numbers, one.numbers);
    const auto log = pretend::ncclLog();
    QCOMPARE(log.faults, std::vector<std::string>{});
    QCOMPARE(log.communicators, 2);
    const auto parameters = makeSmall(spec, smallData(kind))->parameters();
    // Of each step at least half of the gradient there, and half of the sum back, from both.
    QCOMPARE_GT(log.bytes, 3 * 2 * parameters * 4);
    QVERIFY2(two.log.find("The GPUs exchange gradients by NCCL 2.28.9.") != std::string::npos, two.log.c_str());
    // The host reads losses and norms alone.
    QVERIFY(!areCopies(two.waits));
  }

  /// A GPU that two processes have is none for NCCL: everything as before, by the host, and the log says so.
  void processesThatShareAGpuDoWithout() {
    const auto spec = sharedSpec("autoregressive", 3);
    const auto one = train(1, spec, "autoregressive"), three = train(3, spec, "autoregressive");
    QCOMPARE(three.numbers, one.numbers);
    QCOMPARE(pretend::ncclLog().communicators, 0);
    QVERIFY2(
        three.log.find("by Gloo, through the memory of the host. Processes 0 and 2 share a GPU") != std::string::npos,
        three.log.c_str());
    QVERIFY(areCopies(three.waits));  // the test above would see them
  }

  /// One process alone has no NCCL: none uses it.
  void aCommunicatorThatDoesNotStartIsNoEnd() {
    pretend::failNccl(1);
    const auto spec = sharedSpec("autoregressive", 2);
    const auto two = train(2, spec, "autoregressive");
    QCOMPARE(two.numbers, train(1, spec, "autoregressive").numbers);
    QVERIFY2(two.log.find("NCCL does not start (ncclCommInitRank: unhandled system error).") != std::string::npos,
             two.log.c_str());
  }

  /// Nothing comes from the other GPU any more: the step ends with a sentence, and the last whole one is saved.
  void aSilentGpuEndsTheRunWithACheckpoint() {
    const QTemporaryDir folder;
    const std::filesystem::path file = folder.filePath("last").toStdString();
    const auto spec = sharedSpec("autoregressive", 2);
    std::string sentence;
    ThreadGroup two(2);
    const auto lead = [&](Trainer& trainer, ProcessGroup& group) {
      trainer.trainStep(kGo);
      // The first step may take its time; only the silence of the second is not waited for long.
      two.setTimeout(std::chrono::milliseconds(50));
      pretend::silenceNccl(true);
      try {
        trainer.trainStep(kGo);
      } catch (const GroupLost& lost) {
        sentence = lost.what();
      }
      QVERIFY(group.isLost());
      trainer.save(file);
    };
    withProcesses(two, spec, "autoregressive", lead);
    QVERIFY2(sentence.starts_with("The GPUs that train together lost each other (silent for 0 s)"), sentence.c_str());
    const auto resumed = makeSmall(spec, smallData());
    resumed->load(file);
    QCOMPARE(resumed->step(), 1);
  }
};

QTEST_APPLESS_MAIN(DeviceSharingTest)
#include "device_sharing_test.moc"
