#include <torch/torch.h>

#include <QTest>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

#include "core/base/error.h"
#include "core/learn/model/sampling.h"
#include "core/run/loop.h"
#include "tests/core/learn/device/pretend_device.h"
#include "tests/core/learn/device/small_runs.h"
#include "tests/support/temp_folder.h"

using namespace scanline;

namespace {

const Control kGo;

/// The CPU's memory with a limit, above which it fails in one of the ways in which memory fails.
class LimitedMemory final : public c10::Allocator {
 public:
  enum class Failure { Libtorch, BadAlloc, OutOfMemory };

  c10::DataPtr allocate(size_t bytes) override {
    const std::scoped_lock lock(mutex_);
    ++allocations_;
    if (used_ + bytes > limit_ || allocations_ == failing_) fail(bytes);
    used_ += bytes;
    peak_ = std::max(peak_, used_);
    void* address = std::aligned_alloc(64, (std::max<size_t>(bytes, 1) + 63) / 64 * 64);
    sizes_[address] = bytes;
    return {address, address, &release, at::Device(at::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, size_t bytes) const override { std::memcpy(to, from, bytes); }

  void setLimit(size_t bytes) {
    const std::scoped_lock lock(mutex_);
    limit_ = bytes == 0 ? SIZE_MAX / 2 : bytes;
  }
  /// The allocations until now.
  int64_t allocations() const {
    const std::scoped_lock lock(mutex_);
    return allocations_;
  }
  /// The n-th from now fails, and that one alone. 0: none does.
  void failOnce(int64_t n) {
    const std::scoped_lock lock(mutex_);
    failing_ = n == 0 ? 0 : allocations_ + n;
  }
  int64_t used() const {
    const std::scoped_lock lock(mutex_);
    return static_cast<int64_t>(used_);
  }
  int64_t peak() const {
    const std::scoped_lock lock(mutex_);
    return static_cast<int64_t>(peak_);
  }
  void clearPeak() {
    const std::scoped_lock lock(mutex_);
    peak_ = used_;
  }

  Failure failure = Failure::Libtorch;

 private:
  void fail(size_t bytes) const {
    if (failure == Failure::BadAlloc) throw std::bad_alloc();
    if (failure == Failure::OutOfMemory) TORCH_CHECK_WITH(OutOfMemoryError, false, "CUDA out of memory. Tried to ...");
    TORCH_CHECK(false, "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you ",
                "tried to allocate ", bytes, " bytes. Error code 12 (Cannot allocate memory)");
  }
  static void release(void* address);

  mutable std::mutex mutex_;
  std::map<void*, size_t> sizes_;
  size_t used_ = 0, peak_ = 0, limit_ = SIZE_MAX / 2;
  int64_t allocations_ = 0, failing_ = 0;
};

/// Never destroyed: tensors may die after static objects.
LimitedMemory& cpuMemory() {
  static auto* const kMemory = new LimitedMemory;
  return *kMemory;
}

void LimitedMemory::release(void* address) {
  auto& memory = cpuMemory();
  const std::scoped_lock lock(memory.mutex_);
  memory.used_ -= memory.sizes_.at(address);
  memory.sizes_.erase(address);
  std::free(address);
}

/// The memory of one of the two devices.
struct Memory {
  Device device = Device::Cpu;
  int64_t used() const { return device == Device::Cpu ? cpuMemory().used() : pretend::memoryUsed(); }
  void setLimit(int64_t bytes) const {
    device == Device::Cpu ? cpuMemory().setLimit(static_cast<size_t>(bytes)) : pretend::setMemoryLimit(bytes);
  }
  /// The most that `work` takes beyond the memory in use.
  int64_t needOf(const std::function<void()>& work) const {
    const auto before = used();
    device == Device::Cpu ? cpuMemory().clearPeak() : pretend::clearPeak();
    work();
    return (device == Device::Cpu ? cpuMemory().peak() : pretend::memoryPeak()) - before;
  }
};

}  // namespace

Q_DECLARE_METATYPE(scanline::Device)

/// Memory that runs out costs time, not the run.
class DeviceMemoryTest : public QObject {
  Q_OBJECT

  TempFolder folder_;

  static RunSpec spec(const std::string& kind, Device device, int64_t microBatch) {
    auto spec = smallSpec(kind, device);
    spec.train.batchSize = 16;
    spec.train.microBatch = microBatch;
    spec.train.evaluateImages = 16;
    return spec;
  }
  /// Pictures large enough that a pass over them takes more than the pages that the smallest tensors take each.
  static RunData data(const std::string& kind) {
    auto data = smallData(kind);
    data.trainImages = squares(24, 32, 1);
    data.validationImages = squares(16, 32, 2);
    return data;
  }
  /// The trainer's whole state, to the bit; without the spec, which names the micro-batch.
  std::vector<at::Tensor> stateOf(Trainer& trainer) const {
    const auto file = folder_ / "state.safetensors";
    trainer.save(file);
    const SafetensorsFile read(file);
    std::vector<at::Tensor> tensors;
    for (const auto& [name, view] : read.tensors()) {
      auto bytes = at::empty({static_cast<int64_t>(view.bytes)}, at::kByte);
      read.read(view, {static_cast<std::byte*>(bytes.mutable_data_ptr()), view.bytes});
      tensors.push_back(bytes);
    }
    return tensors;
  }

  static void devicesAndKinds() {
    QTest::addColumn<Device>("device");
    QTest::addColumn<QString>("name");
    for (const auto device : {Device::Cpu, Device::Auto})
      for (const auto& name : kTrainings)
        QTest::addRow("%s, %s", device == Device::Cpu ? "CPU" : "pretend", name.c_str())
            << device << QString::fromStdString(name);
  }

  static void devicesAndLooks() {
    QTest::addColumn<Device>("device");
    QTest::addColumn<QString>("name");
    for (const auto device : {Device::Cpu, Device::Auto})
      for (const auto& name : kLooks)
        QTest::addRow("%s, %s", device == Device::Cpu ? "CPU" : "pretend", name.c_str())
            << device << QString::fromStdString(name);
  }

  /// Otherwise a resumed run would add up in another order than one that was not interrupted.
  template <class Trained>
  void keepsTheLoweredMicroBatch(const std::string& kind) {
    const auto chosen = spec(kind, Device::Cpu, 0);  // by the trainer
    Trained squeezed(chosen, data(kind));
    const int64_t most = squeezed.microBatch();
    QVERIFY(most > 1);
    const Memory memory;
    const auto need = memory.needOf([&] { squeezed.trainStep(kGo); });
    memory.setLimit(memory.used() + need / 3);
    squeezed.trainStep(kGo);
    memory.setLimit(0);
    QVERIFY(squeezed.microBatch() < most);
    squeezed.save(folder_ / "lowered.safetensors");

    Trained resumed(chosen, data(kind));
    QCOMPARE(resumed.microBatch(), most);
    resumed.load(folder_ / "lowered.safetensors");
    QCOMPARE(resumed.microBatch(), squeezed.microBatch());
    squeezed.trainStep(kGo);
    resumed.trainStep(kGo);
    const auto expected = stateOf(squeezed), found = stateOf(resumed);
    for (size_t i = 0; i < found.size(); ++i) QVERIFY(at::equal(found[i], expected[i]));
  }

 private Q_SLOTS:
  void initTestCase() { c10::SetAllocator(at::kCPU, &cpuMemory(), /*priority=*/200); }
  void cleanup() {
    cpuMemory().setLimit(0);
    cpuMemory().failOnce(0);
    cpuMemory().failure = LimitedMemory::Failure::Libtorch;
    pretend::setMemoryLimit(0);
  }

  /// A step that memory does not suffice for is the step of a run with half the micro-batch, bit for bit.
  void aStepIsDoneAgainWithHalfTheMicroBatch_data() { devicesAndKinds(); }
  void aStepIsDoneAgainWithHalfTheMicroBatch() {
    QFETCH(Device, device);
    QFETCH(QString, name);
    const auto kind = name.toStdString();
    const Memory memory{device};
    const auto make = [&](int64_t microBatch) { return makeSmall(spec(kind, device, microBatch), data(kind)); };
    const auto wide = make(16), narrow = make(8), squeezed = make(16);
    for (const auto* trainer : {&wide, &narrow, &squeezed})  // the second steps are compared: moments are not zero
      (*trainer)->trainStep(kGo);
    narrow->save(folder_ / "begun.safetensors");
    squeezed->load(folder_ / "begun.safetensors");

    const auto whole = memory.needOf([&] { wide->trainStep(kGo); });
    const auto half = memory.needOf([&] { narrow->trainStep(kGo); });
    QCOMPARE_LT(half, whole);
    memory.setLimit(memory.used() + (whole + half) / 2);
    const auto stats = squeezed->trainStep(kGo);
    memory.setLimit(0);
    QCOMPARE(stats.step, 2);

    const auto log = squeezed->takeLog();
    QCOMPARE(log.size(), size_t{1});
    QVERIFY(log[0].level == LogLine::Level::Warning);
    QVERIFY2(log[0].text.starts_with("After step 1 memory did not suffice for 16 images a pass: 8 are taken"),
             log[0].text.c_str());
    QVERIFY(squeezed->takeLog().empty());
    const auto expected = stateOf(*narrow), found = stateOf(*squeezed);
    QCOMPARE(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i) QVERIFY(at::equal(found[i], expected[i]));
  }

  /// Wherever it is that an allocation fails once, in the update of the weights too: the step is done again, whole.
  void anAllocationThatFailsAnywhereDoesNoHarm_data() {
    QTest::addColumn<QString>("name");
    for (const auto& name : kTrainings) QTest::newRow(name.c_str()) << QString::fromStdString(name);
  }
  void anAllocationThatFailsAnywhereDoesNoHarm() {
    QFETCH(QString, name);
    const auto kind = name.toStdString();
    const auto make = [&](int64_t microBatch) {
      auto small = spec(kind, Device::Cpu, microBatch);
      small.vqvae.reviveBelow = 0.5;
      return makeSmall(small, smallData(kind));
    };
    const auto narrow = make(8), wide = make(16);
    narrow->trainStep(kGo);
    const auto begun = folder_ / "begun.safetensors";
    narrow->save(begun);
    narrow->trainStep(kGo);
    const auto halved = stateOf(*narrow);
    wide->load(begun);
    const auto before = cpuMemory().allocations();
    wide->trainStep(kGo);
    const auto all = cpuMemory().allocations() - before;
    const auto whole = stateOf(*wide);
    int halvings = 0;
    for (int64_t n = 1; n <= all; n += n + 40 < all ? 17 : 1) {  // near the end each place is tried
      const auto squeezed = make(16);
      squeezed->load(begun);
      cpuMemory().failOnce(n);
      QCOMPARE(squeezed->trainStep(kGo).step, 2);
      cpuMemory().failOnce(0);
      // A convolution of LibTorch's may get by without its scratch memory: then nothing is done again.
      const bool isHalved = !squeezed->takeLog().empty();
      halvings += isHalved ? 1 : 0;
      const auto found = stateOf(*squeezed);
      const auto& expected = isHalved ? halved : whole;
      for (size_t i = 0; i < found.size(); ++i)
        QVERIFY2(at::equal(found[i], expected[i]), qPrintable(QString("allocation %1 of %2").arg(n).arg(all)));
    }
    QVERIFY(halvings > 20);
  }

  void oneImageTooManyIsASentence_data() { devicesAndKinds(); }
  void oneImageTooManyIsASentence() {
    QFETCH(Device, device);
    QFETCH(QString, name);
    const auto kind = name.toStdString();
    const Memory memory{device};
    const auto trainer = makeSmall(spec(kind, device, 16), data(kind));
    trainer->trainStep(kGo);
    const auto before = stateOf(*trainer);
    memory.setLimit(memory.used() + 4096);
    std::string sentence;
    try {
      trainer->trainStep(kGo);
    } catch (const Error& error) {
      sentence = error.what();
    }
    memory.setLimit(0);
    QVERIFY2(sentence.starts_with("There is not enough memory for one image at a time."), sentence.c_str());
    QCOMPARE(trainer->step(), 1);
    const auto after = stateOf(*trainer);
    for (size_t i = 0; i < after.size(); ++i) QVERIFY(at::equal(after[i], before[i]));
    QCOMPARE(trainer->trainStep(kGo).step, 2);
  }

  void itDoesNotMatterHowMemoryFails_data() {
    QTest::addColumn<int>("failure");
    QTest::newRow("LibTorch's CPU allocator") << static_cast<int>(LimitedMemory::Failure::Libtorch);
    QTest::newRow("new") << static_cast<int>(LimitedMemory::Failure::BadAlloc);
    QTest::newRow("LibTorch's GPU allocator") << static_cast<int>(LimitedMemory::Failure::OutOfMemory);
  }
  void itDoesNotMatterHowMemoryFails() {
    QFETCH(int, failure);
    cpuMemory().failure = static_cast<LimitedMemory::Failure>(failure);
    GptTrainer wide(spec("autoregressive", Device::Cpu, 16), smallData());
    const Memory memory;
    const auto need = memory.needOf([&] { wide.trainStep(kGo); });
    memory.setLimit(memory.used() + need / 3);
    QCOMPARE(wide.trainStep(kGo).step, 2);
    memory.setLimit(0);
    QVERIFY(wide.microBatch() < 8);
    QCOMPARE(wide.takeLog().size(), size_t{1});  // halved more than once, said once
  }

  void aResumedRunKeepsTheLoweredMicroBatch() { keepsTheLoweredMicroBatch<GptTrainer>("autoregressive"); }
  void aResumedVqvaeKeepsTheLoweredMicroBatch() { keepsTheLoweredMicroBatch<VqvaeTrainer>("VQ-VAE"); }

  void evaluationsGetByWithLess_data() { devicesAndKinds(); }
  void evaluationsGetByWithLess() {
    QFETCH(Device, device);
    QFETCH(QString, name);
    const auto kind = name.toStdString();
    const Memory memory{device};
    const auto trainer = makeSmall(spec(kind, device, 16), data(kind));
    trainer->trainStep(kGo);
    double expected = 0;
    const auto need = memory.needOf([&] { expected = trainer->evaluate(kGo).loss; });
    // Another one, for a VQ-VAE keeps its measurements of a step.
    const auto again = makeSmall(spec(kind, device, 16), data(kind));
    again->trainStep(kGo);
    memory.setLimit(memory.used() + 2 * need / 3);
    const auto found = again->evaluate(kGo);
    memory.setLimit(0);
    QCOMPARE_LT(std::abs(found.loss - expected), 1e-6 * expected);
    QCOMPARE(again->takeLog().size(), size_t{1});
  }

  void probesGetByWithLess_data() { devicesAndLooks(); }
  void probesGetByWithLess() {
    QFETCH(Device, device);
    QFETCH(QString, name);
    const auto kind = name.toStdString();
    const auto file = folder_ / "model.safetensors";
    writeSmallModel(file, kind);
    auto data = smallData();
    data.model = file;
    const auto trainer = makeSmall(smallSpec(kind, device), std::move(data));
    const auto numbers = [&] {
      std::vector<double> list;
      trainer->probe(kGo, [&](const TrainEvent& event) {
        if (const auto* result = std::get_if<ProbeResult>(&event)) list.push_back(result->loss);
        if (const auto* result = std::get_if<LowDataResult>(&event)) list.push_back(result->loss);
      });
      return list;
    };
    const Memory memory{device};
    std::vector<double> expected;
    const auto need = memory.needOf([&] { expected = numbers(); });
    memory.setLimit(memory.used() + 2 * need / 3);
    const auto found = numbers();
    memory.setLimit(0);
    QVERIFY(!expected.empty());
    QCOMPARE(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i) QCOMPARE_LT(std::abs(found[i] - expected[i]), 1e-5);
  }

  void picturesAreTheSameWithLess_data() {
    QTest::addColumn<Device>("device");
    QTest::newRow("CPU") << Device::Cpu;
    QTest::newRow("pretend") << Device::Auto;
  }
  void picturesAreTheSameWithLess() {
    QFETCH(Device, device);
    const auto weights = initialWeights({.layers = 2, .width = 32, .heads = 2, .paletteSize = 8, .positions = 25}, 1);
    const Gpt model(device == Device::Cpu ? weights : weights.on(pretend::kDevice));
    const SampleRequest request{
        .originals = {std::vector<Token>(25, 3), std::vector<Token>(25, 4)}, .given = 10, .perPrompt = 20};
    const Memory memory{device};
    SampleSet expected;
    const auto need = memory.needOf([&] { expected = drawSamples(model, request, kGo); });
    memory.setLimit(memory.used() + need / 2);
    const auto found = drawSamples(model, request, kGo);
    memory.setLimit(memory.used() + 4096);
    QVERIFY_THROWS_EXCEPTION(Error, drawSamples(model, request, kGo));
    memory.setLimit(0);
    QCOMPARE(found.samples, expected.samples);
    QCOMPARE(found.originalNats, expected.originalNats);
  }

  /// A trainer's sentence on it reaches the run's log, once.
  void theRunsLogSaysIt() {
    auto small = spec("autoregressive", Device::Cpu, 16);
    small.train.steps = 4;
    small.train.evaluateEvery = small.train.checkpointEvery = small.probe.every = small.sample.every = 0;
    small.probe.testImages = 4;
    GptTrainer probe(small, smallData()), trainer(small, smallData());
    const Memory memory;
    const auto need = memory.needOf([&] { probe.trainStep(kGo); });
    std::vector<std::string> warnings;
    int steps = 0;
    const auto end = runTraining(trainer, small, folder_.path(),
                                 [&](const TrainEvent& event) {
                                   if (const auto* line = std::get_if<LogLine>(&event))
                                     if (line->level == LogLine::Level::Warning) warnings.push_back(line->text);
                                   if (!std::get_if<StepStats>(&event)) return;
                                   memory.setLimit(++steps == 1 ? memory.used() + 3 * need / 4 : 0);
                                 },
                                 {});
    QVERIFY(end == RunEnd::Finished);
    QCOMPARE(steps, 4);
    QCOMPARE(warnings.size(), size_t{1});
    QVERIFY(warnings[0].starts_with("After step 1 memory did not suffice for 16 images a pass"));
  }
};

QTEST_APPLESS_MAIN(DeviceMemoryTest)
#include "device_memory_test.moc"
