#include <torch/torch.h>

#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <fstream>

#include "core/base/error.h"
#include "core/learn/model/token_rows.h"
#include "core/learn/train/device_tokens.h"
#include "core/learn/train/torch_setup.h"
#include "core/run/diverged.h"
#include "tests/core/learn/device/pretend_device.h"
#include "tests/core/learn/device/small_runs.h"
#include "tests/core/run/thread_group.h"

using namespace scanline;

namespace {

const Control kGo;

/// All that a run tells, in order.
struct Told {
  std::vector<double> numbers;
  std::vector<std::vector<Token>> pictures;
  std::vector<ConfusionCell> confusions;  ///< of all probes

  EventSink sink() {
    return [this](const TrainEvent& event) {
      if (const auto* result = std::get_if<ProbeResult>(&event)) {
        numbers.insert(numbers.end(), {result->accuracy, result->trainAccuracy, result->loss});
        confusions.insert(confusions.end(), result->confusion.begin(), result->confusion.end());
      }
      if (const auto* result = std::get_if<LowDataResult>(&event))
        numbers.insert(numbers.end(), {result->accuracy, result->loss});
      if (const auto* scalars = std::get_if<Scalars>(&event))
        for (const auto& [name, value] : scalars->values) numbers.push_back(value);
    };
  }
  void add(const SampleSet& set) {
    pictures.insert(pictures.end(), set.samples.begin(), set.samples.end());
    for (const auto* list : {&set.originalNats, &set.sampleNats})
      numbers.insert(numbers.end(), list->begin(), list->end());
  }
};

/// A whole run.
Told train(Trainer& trainer, int steps) {
  Told told;
  const auto look = [&] {
    const auto evaluation = trainer.evaluate(kGo);
    told.numbers.push_back(evaluation.loss);
    if (evaluation.accuracy) told.numbers.push_back(*evaluation.accuracy);
    trainer.probe(kGo, told.sink());
    trainer.sample(kGo, [&](const SampleSet& set) { told.add(set); });
  };
  for (int i = 0; i < steps; ++i) {
    const auto stats = trainer.trainStep(kGo);
    told.numbers.insert(told.numbers.end(), {stats.loss, stats.gradientNorm});
    if (stats.classifierLoss) told.numbers.push_back(*stats.classifierLoss);
  }
  look();
  trainer.finish(kGo, {}, told.sink());
  return told;
}

double deviation(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return INFINITY;
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::abs(a[i] - b[i]) / std::max({std::abs(a[i]), std::abs(b[i]), 1e-3}));
  return largest;
}

std::string bytesOf(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

/// Every trainer computes the same on an accelerator as on the CPU. Nothing in these runs asks for the CPU: "auto"
/// means the accelerator here.
class DeviceTrainingTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  std::filesystem::path file(const char* name) const { return folder_.filePath(QLatin1String(name)).toStdString(); }

  static void rows(const std::vector<std::string>& names) {
    QTest::addColumn<QString>("name");
    for (const auto& name : names) QTest::newRow(name.c_str()) << QString::fromStdString(name);
  }

 private Q_SLOTS:
  void trainsAsOnTheCpu_data() { rows(kTrainings); }
  void trainsAsOnTheCpu() {
    QFETCH(QString, name);
    const auto kind = name.toStdString();
    const auto cpu = makeSmall(smallSpec(kind, Device::Cpu), smallData(kind));
    const auto device = makeSmall(smallSpec(kind, Device::Auto), smallData(kind));
    QCOMPARE(device->environment().front().second, std::string("pretend:0"));
    const auto expected = train(*cpu, 4), found = train(*device, 4);
    qInfo("%zu numbers, largest relative deviation %.1e", found.numbers.size(),
          deviation(found.numbers, expected.numbers));
    QCOMPARE_LT(deviation(found.numbers, expected.numbers), 1e-6);
    QCOMPARE(found.pictures, expected.pictures);
    QCOMPARE(found.confusions, expected.confusions);
  }

  void looksAsOnTheCpu_data() { rows(kLooks); }
  void looksAsOnTheCpu() {
    QFETCH(QString, name);
    const auto kind = name.toStdString();
    writeSmallModel(file("model.safetensors"), kind);
    Told told[2];
    for (const auto device : {Device::Cpu, Device::Auto}) {
      auto data = smallData();
      data.model = file("model.safetensors");
      const auto trainer = makeSmall(smallSpec(kind, device), std::move(data));
      trainer->probe(kGo, told[device == Device::Auto].sink());
    }
    QVERIFY(!told[0].numbers.empty());
    qInfo("%zu numbers, largest relative deviation %.1e", told[1].numbers.size(),
          deviation(told[1].numbers, told[0].numbers));
    QCOMPARE_LT(deviation(told[1].numbers, told[0].numbers), 1e-6);
    QCOMPARE(told[1].confusions, told[0].confusions);
  }

  /// A run may go on where it was not begun, and on one device it goes on bit for bit.
  void checkpointsBelongToNoDevice_data() { rows(kTrainings); }
  void checkpointsBelongToNoDevice() {
    QFETCH(QString, name);
    const auto kind = name.toStdString();
    const auto begun = makeSmall(smallSpec(kind, Device::Auto), smallData(kind));
    train(*begun, 2);
    begun->save(file("begun.safetensors"));
    auto spec = smallSpec(kind, Device::Auto);
    const auto same = makeSmall(spec, smallData(kind));
    same->load(file("begun.safetensors"));
    spec.device = Device::Cpu;
    const auto cpu = makeSmall(spec, smallData(kind));
    cpu->load(file("begun.safetensors"));
    const auto expected = train(*begun, 2), there = train(*same, 2), here = train(*cpu, 2);
    QCOMPARE(there.numbers, expected.numbers);
    QCOMPARE_LT(deviation(here.numbers, expected.numbers), 1e-6);
    begun->save(file("a.safetensors"));
    same->save(file("b.safetensors"));
    QVERIFY(bytesOf(file("a.safetensors")) == bytesOf(file("b.safetensors")));
  }

  /// In bf16 the two round at other places: the CPU the logits and each part of a weight's gradient, the accelerator
  /// the quick GELU's input times its factor.
  void bf16RunsToo_data() { rows({"autoregressive", "with biases", "BERT", "fine-tuning"}); }
  void bf16RunsToo() {
    QFETCH(QString, name);
    const auto kind = name.toStdString();
    for (const auto attention : {AttentionKernels::Reproducible, AttentionKernels::Fast}) {
      auto spec = smallSpec(kind, Device::Auto);
      spec.train.precision = Precision::Bf16;
      spec.train.attention = attention;
      std::vector<double> found, expected;
      for (const auto where : {Device::Auto, Device::Cpu}) {
        spec.device = where;
        const auto trainer = makeSmall(spec, smallData(kind));
        auto& numbers = where == Device::Auto ? found : expected;
        for (int i = 0; i < 4; ++i) {
          const auto stats = trainer->trainStep(kGo);
          numbers.insert(numbers.end(), {stats.loss, stats.gradientNorm});
        }
        numbers.push_back(trainer->evaluate(kGo).loss);
      }
      qInfo("largest relative deviation %.1e", deviation(found, expected));
      QCOMPARE_LT(deviation(found, expected), 1e-2);
    }
  }

  /// In the reproducible mode nothing of a step or an evaluation is added up in an order that is left to the device.
  void sumsHaveAnOrder_data() {
    rows({"autoregressive", "with biases", "augmented", "BERT", "fine-tuning", "classes alone", "BERT fine-tuning"});
  }
  void sumsHaveAnOrder() {
    QFETCH(QString, name);
    const auto kind = name.toStdString();
    for (const auto precision : {Precision::Fp32, Precision::Bf16}) {
      auto spec = smallSpec(kind, Device::Auto);
      spec.train.precision = precision;
      const auto trainer = makeSmall(spec, smallData(kind));
      pretend::clearUnrepeatable();
      trainer->trainStep(kGo);
      trainer->evaluate(kGo);
      QCOMPARE(pretend::unrepeatable(), std::vector<std::string>{});
    }
    auto spec = smallSpec(kind, Device::Auto);
    spec.train.precision = Precision::Bf16;
    spec.train.attention = AttentionKernels::Fast;
    const auto trainer = makeSmall(spec, smallData(kind));
    trainer->trainStep(kGo);
    QCOMPARE(pretend::unrepeatable().empty(), false);
  }

  void theKernelOfAttentionIsAFactOfTheRun() {
    const auto fact = [](const RunSpec& spec) {
      for (const auto& [name, value] : GptTrainer(spec, smallData()).environment())
        if (name == "Attention") return value;
      return std::string("none");
    };
    auto spec = smallSpec("autoregressive", Device::Auto);
    QCOMPARE(fact(spec), std::string("memory-efficient, reproducible"));
    spec.train.precision = Precision::Bf16;
    QCOMPARE(fact(spec), std::string("flash, reproducible"));
    spec.train.attention = AttentionKernels::Fast;
    QCOMPARE(fact(spec), std::string("cuDNN, fast"));
    spec.device = Device::Cpu;
    QCOMPARE(fact(spec), std::string("none"));
  }

  void aRunInBf16GoesOnBitForBit() {
    auto spec = smallSpec("autoregressive", Device::Auto);
    spec.train.precision = Precision::Bf16;
    const auto begun = makeSmall(spec, smallData()), resumed = makeSmall(spec, smallData());
    train(*begun, 2);
    begun->save(file("begun.safetensors"));
    resumed->load(file("begun.safetensors"));
    QCOMPARE(train(*resumed, 2).numbers, train(*begun, 2).numbers);
    begun->save(file("a.safetensors"));
    resumed->save(file("b.safetensors"));
    QVERIFY(bytesOf(file("a.safetensors")) == bytesOf(file("b.safetensors")));
  }

  void theSetsTokensLieOnTheDevice() {
    auto set = smallData().train;
    set.ids[30] = 4095;
    const std::vector<int64_t> wanted{1, 47, 1, 3};
    const DeviceTokens there(set, pretend::kDevice);
    QVERIFY(!there.isEmpty());
    pretend::clearWaits();
    const auto found = there.rows(wanted);
    QVERIFY(pretend::waits().empty());
    QCOMPARE(found.device(), pretend::kDevice);
    QVERIFY(at::equal(found.cpu(), tokensOf(set, wanted)));
    QVERIFY(DeviceTokens(set, at::kCPU).isEmpty());
    pretend::setMemoryLimit(pretend::memoryUsed() +
                            8 * 2 * std::ssize(set.ids));  // an eighth of it is more than a tenth
    QVERIFY(DeviceTokens(set, pretend::kDevice).isEmpty());
    pretend::setMemoryLimit(0);
  }

  void theHostWaitsOnceAStep_data() { rows(kTrainings); }
  void theHostWaitsOnceAStep() {
    QFETCH(QString, name);
    const auto kind = name.toStdString();
    const auto trainer = makeSmall(smallSpec(kind, Device::Auto), smallData(kind));
    for (int step = 0; step < 2; ++step) {
      pretend::clearWaits();
      trainer->trainStep(kGo);
      QCOMPARE(pretend::waits(), std::vector<std::string>{"copy to the host"});
    }
  }

  void slicesAreSharedThereToo_data() { rows({"autoregressive", "augmented", "BERT", "fine-tuning", "classes alone"}); }
  /// Three processes with an accelerator each (one, here) tell the numbers of one, bit for bit.
  void slicesAreSharedThereToo() {
    QFETCH(QString, name);
    const auto kind = name.toStdString();
    const auto numbersOf = [&](Device device, int processes) {
      auto spec = smallSpec(kind, device);
      spec.train.slices = 3;
      std::vector<double> numbers;
      const auto lead = [&](Trainer& trainer) {
        for (int i = 0; i < 4; ++i) {
          const auto stats = trainer.trainStep(kGo);
          numbers.insert(numbers.end(), {stats.loss, stats.gradientNorm, trainer.evaluate(kGo).loss});
        }
      };
      ThreadGroup(processes).run([&](ProcessGroup& group) {
        auto data = smallData(kind);
        data.group = &group;
        const auto trainer = makeSmall(spec, std::move(data));
        if (group.rank() > 0) {
          trainer->follow();
          return;
        }
        lead(*trainer);
        tell(group, "end");
      });
      return numbers;
    };
    const auto one = numbersOf(Device::Auto, 1);
    QCOMPARE(numbersOf(Device::Auto, 3), one);
    QCOMPARE_LT(deviation(one, numbersOf(Device::Cpu, 1)), 1e-6);
  }

  void aDivergedStepIsNoticedThereToo() {
    GptTrainer trainer(smallSpec("autoregressive", Device::Auto), smallData());
    trainer.weights().wpe.fill_(NAN);
    const auto before = trainer.weights().flat.cpu().view(at::kInt);
    QVERIFY_THROWS_EXCEPTION(Diverged, trainer.trainStep(kGo));
    QVERIFY(at::equal(trainer.weights().flat.cpu().view(at::kInt), before));
  }

  void theDeviceIsChosenByNumber() {
    auto spec = smallSpec("autoregressive", Device::Cuda);
    spec.gpu = 1;
    GptTrainer second(spec, smallData());
    QCOMPARE(second.weights().flat.device(), pretend::kSecondDevice);
    QCOMPARE(second.environment().front().second, std::string("pretend:1"));
    spec.gpu = 0;
    GptTrainer first(spec, smallData());
    QCOMPARE(first.weights().flat.device(), pretend::kDevice);
    QCOMPARE(train(second, 2).numbers, train(first, 2).numbers);

    spec.kind = RunKind::Vqvae;
    spec.gpu = 1;
    VqvaeTrainer vqvae(spec, smallData());
    QCOMPARE(vqvae.model().codebook.device(), pretend::kSecondDevice);
    QCOMPARE(vqvae.trainStep(kGo).step, 1);

    QCOMPARE(chooseDevice(Device::Cpu, 5), at::Device(at::kCPU));
    try {
      (void)chooseDevice(Device::Auto, 2);
      QFAIL("there is no third");
    } catch (const Error& error) {
      QCOMPARE(
          std::string(error.what()),
          std::string("gpu is 2, and this machine has 2, counted from 0. Choose a lower number, or device \"cpu\"."));
    }
  }

  /// A third run on two GPUs waits until one is free, or until it is stopped, instead of sharing one; and that of one
  /// GPU by its number for that one.
  void aRunWaitsForAFreeGpu() {
    const auto spec = smallSpec("autoregressive", Device::Auto);
    for (const char* kind : {"autoregressive", "VQ-VAE", "fine-tuning"}) {
      auto first = std::make_unique<GptTrainer>(spec, smallData()),
           second = std::make_unique<GptTrainer>(spec, smallData());
      int waits = 0;
      auto data = smallData(kind);
      data.waitForGpu = [&] {
        if (++waits == 3) second.reset();
      };
      const auto third = makeSmall(smallSpec(kind, Device::Auto), std::move(data));
      QCOMPARE(waits, 3);
      QCOMPARE(third->environment().front().second, std::string("pretend:1"));

      auto numbered = spec;
      numbered.gpu = 0;
      auto stopped = smallData();
      waits = 0;
      stopped.waitForGpu = [&] {
        if (++waits == 2) throw Stopped();
      };
      QVERIFY_THROWS_EXCEPTION(Stopped, GptTrainer(numbered, std::move(stopped)));
    }
  }

  /// With none left, and nobody who waits, they share.
  void runsAtOnceTakeAGpuEach() {
    const auto spec = smallSpec("autoregressive", Device::Auto);
    const auto deviceOf = [](const GptTrainer& trainer) { return trainer.weights().flat.device(); };
    auto first = std::make_unique<GptTrainer>(spec, smallData());
    const GptTrainer second(spec, smallData()), third(spec, smallData());
    QCOMPARE(deviceOf(*first), pretend::kDevice);
    QCOMPARE(deviceOf(second), pretend::kSecondDevice);
    QVERIFY(deviceOf(third).is_privateuseone());
    first.reset();
    QCOMPARE(deviceOf(GptTrainer(spec, smallData())), pretend::kDevice);
    auto numbered = spec;
    numbered.gpu = 1;
    QCOMPARE(deviceOf(GptTrainer(numbered, smallData())), pretend::kSecondDevice);
  }

  /// The batch in one pass where it fits, else in 2, 4, 8, ... of them.
  void freeMemoryDecidesTheMicroBatch() {
    auto spec = smallSpec("autoregressive", Device::Auto);
    spec.train.batchSize = 48;
    spec.train.microBatch = 0;
    QCOMPARE(GptTrainer(spec, smallData()).microBatch(), 48);
    const auto room = [&](int64_t images) {  // beside 4 sets of tensors, and the tokens
      const GptTensors one({.layers = 2, .width = 32, .heads = 2, .paletteSize = 8, .positions = 25});
      pretend::setMemoryLimit(pretend::memoryUsed() + 4 * (one.flat.nbytes() + 4096) + 4096 +
                              images * gradientBytes(one.shape, 4) * 10 / 9 + 4096);
    };
    room(24);
    QCOMPARE(GptTrainer(spec, smallData()).microBatch(), 24);
    room(17);
    QCOMPARE(GptTrainer(spec, smallData()).microBatch(), 12);
    room(0);
    QCOMPARE(GptTrainer(spec, smallData()).microBatch(), 1);
    spec.train.microBatch = 5;
    QCOMPARE(GptTrainer(spec, smallData()).microBatch(), 5);
    pretend::setMemoryLimit(0);
    spec.device = Device::Cpu;
    spec.train.microBatch = 0;
    QCOMPARE(GptTrainer(spec, smallData()).microBatch(), 48);
  }
};

QTEST_APPLESS_MAIN(DeviceTrainingTest)
#include "device_training_test.moc"
