#include <torch/torch.h>

#include "core/learn/train/probe_trainer.h"

#include <QTemporaryDir>
#include <QTest>

#include "core/base/error.h"
#include "core/learn/model/checkpoint.h"
#include "core/run/engine.h"
#include "core/spec/spec_text.h"
#include "tests/core/learn/labelled_pictures.h"

using namespace scanline;

namespace {

const Control kGo;

Palette colours(float last = 0.5F) {
  return Palette({{-1, 0, 0}, {-0.6F, 0, 0}, {-0.2F, 0, 0}, {0, 0, 0}, {0.2F, 0, 0}, {last, 0, 0}});
}

RunSpec probeSpec(RunKind kind = RunKind::Probe) {
  RunSpec spec;
  spec.kind = kind;
  spec.threads = 1;
  spec.device = Device::Cpu;
  spec.model = {.layers = 2, .width = 16, .heads = 2, .masks = 2};
  spec.train.precision = Precision::Fp32;
  spec.probe = {.trainImages = 0, .testImages = 0};
  spec.lowdata = {.labels = "3", .subsets = 2};
  return spec;
}

struct Told {
  std::vector<ProbeResult> probes;
  std::vector<Scalars> scalars;
  std::vector<LowDataResult> lowData;
  EventSink sink() {
    return [this](const TrainEvent& event) {
      if (const auto* probe = std::get_if<ProbeResult>(&event)) probes.push_back(*probe);
      if (const auto* scalar = std::get_if<Scalars>(&event)) scalars.push_back(*scalar);
      if (const auto* result = std::get_if<LowDataResult>(&event)) lowData.push_back(*result);
    };
  }
};

}  // namespace

class ProbeTrainerTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;

  /// Weights alone: a model that comes from elsewhere has no moments of Adam.
  std::filesystem::path checkpoint(Objective objective = Objective::Autoregressive) const {
    const auto file = std::filesystem::path(folder_.path().toStdString()) /
                      (objective == Objective::Bert ? "bert.safetensors" : "model.safetensors");
    CheckpointInfo info{.specToml = toToml(probeSpec()),
                        .step = 70,
                        .positions = 8,
                        .width = 4,
                        .height = 2,
                        .model = probeSpec().model,
                        .palette = colours()};
    info.model.objective = objective;
    info.model.maskRate = 0.4;
    const auto weights = initialWeights(shapeOf(info), 1);
    saveCheckpoint(file, info, {.weights = weights.named()});
    return file;
  }

  RunData data(const std::filesystem::path& model) const {
    RunData data{.palette = colours(), .width = 4, .height = 2, .classNames = {"red", "green", "blue"}};
    data.train = labelledPictures(150, 1);
    data.validation = labelledPictures(60, 2);
    data.test = labelledPictures(70, 3);
    data.model = model;
    return data;
  }

 private Q_SLOTS:
  void theBestLayersTestAccuracyIsAPointOfItsOwn() {
    ProbeTrainer trainer(probeSpec(), data(checkpoint()));
    QCOMPARE(trainer.step(), 70);
    Told told;
    trainer.probe(kGo, told.sink());
    QCOMPARE(told.probes.size(), size_t{4});
    QCOMPARE(told.probes[0].step, 70);
    QCOMPARE(told.scalars.size(), size_t{1});
    QCOMPARE(told.scalars[0].step, 70);
    QCOMPARE(told.scalars[0].values.front().first, std::string("test/accuracy"));
    QCOMPARE(told.scalars[0].values.front().second, told.probes[3].testAccuracy.value());
  }

  void bertIsProbedToo() {
    auto spec = probeSpec();
    spec.model.objective = Objective::Bert;
    spec.model.maskRate = 0.4;
    Told told;
    ProbeTrainer(spec, data(checkpoint(Objective::Bert))).probe(kGo, told.sink());
    QCOMPARE(told.probes.size(), size_t{4});
  }

  /// Settings that the checkpoint decides are not ignored and recorded: another value is refused.
  void settingsOfAnotherModelAreRefused_data() {
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("right");
    QTest::newRow("width") << "model.width"
                           << "128"
                           << "16";
    QTest::newRow("layers") << "model.layers"
                            << "3"
                            << "2";
    QTest::newRow("heads") << "model.heads"
                           << "4"
                           << "2";
    QTest::newRow("bias") << "model.bias"
                          << "true"
                          << "false";
    QTest::newRow("objective") << "model.objective"
                               << "autoregressive"
                               << "bert";
    QTest::newRow("mask rate") << "model.maskRate"
                               << "0.9"
                               << "0.4";
    QTest::newRow("palette") << "palette.size"
                             << "8"
                             << "512";
  }
  void settingsOfAnotherModelAreRefused() {
    QFETCH(QString, key);
    QFETCH(QString, value);
    QFETCH(QString, right);
    for (const RunKind kind : {RunKind::Probe, RunKind::LowData}) {
      RunSpec spec = probeSpec(kind);
      spec.model.objective = Objective::Bert;
      spec.model.maskRate = 0.4;
      setField(spec, key.toStdString(), value.toStdString());
      QString told;
      try {
        ProbeTrainer(spec, data(checkpoint(Objective::Bert)));
      } catch (const Error& error) {
        told = QString::fromUtf8(error.what());
      }
      QVERIFY2(told.contains(QStringLiteral("with %1 = %2, and here it is %3").arg(key, right, value)),
               qPrintable(told));
    }
  }

  void fewLabelsAreLearntFrom() {
    Told told;
    ProbeTrainer(probeSpec(RunKind::LowData), data(checkpoint())).probe(kGo, told.sink());
    QCOMPARE(told.lowData.size(), size_t{2});
    QVERIFY(told.probes.empty());
  }

  void theEngineMakesThem() {
    const std::unique_ptr<Engine> engine(scanlineMakeEngine());
    for (const auto kind : {RunKind::Probe, RunKind::LowData}) {
      const auto trainer = engine->makeTrainer(probeSpec(kind), data(checkpoint()));
      QVERIFY(dynamic_cast<ProbeTrainer*>(trainer.get()) != nullptr);
    }
  }

  void itLooksAndTakesNoSteps() {
    ProbeTrainer trainer(probeSpec(), data(checkpoint()));
    QVERIFY_EXCEPTION_THROWN(trainer.trainStep(kGo), Error);
    QVERIFY_EXCEPTION_THROWN(trainer.save("nowhere"), Error);
  }

  void otherPicturesAreRefused() {
    auto wrong = data(checkpoint());
    wrong.palette = colours(0.9F);
    QVERIFY_EXCEPTION_THROWN(ProbeTrainer(probeSpec(), std::move(wrong)), Error);
    wrong = data(checkpoint());
    wrong.train.length = 4;
    QVERIFY_EXCEPTION_THROWN(ProbeTrainer(probeSpec(), std::move(wrong)), Error);
    wrong = data(checkpoint());
    wrong.test.ids[3] = 6;  // a colour that the palette has not
    QVERIFY_EXCEPTION_THROWN(ProbeTrainer(probeSpec(), std::move(wrong)), Error);
    wrong = data(checkpoint());
    wrong.train.labels.clear();
    QVERIFY_EXCEPTION_THROWN(ProbeTrainer(probeSpec(), std::move(wrong)), Error);
  }
};

QTEST_APPLESS_MAIN(ProbeTrainerTest)
#include "probe_trainer_test.moc"
