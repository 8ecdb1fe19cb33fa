#include "core/run/engine.h"

#include <QTemporaryDir>
#include <QTest>
#include <cmath>

#include "core/base/error.h"
#include "core/formats/npy.h"

using namespace scanline;

namespace {

const std::filesystem::path kGolden = SCANLINE_GOLDEN;

TokenSet goldenTokens(const std::filesystem::path& file) {
  const auto array = readNpy(file);
  TokenSet set{.count = array.shape[0], .length = array.shape[1]};
  for (const auto id : array.values<int64_t>()) set.ids.push_back(static_cast<Token>(id));
  return set;
}

RunData twoColours() {
  RunData data{.palette = Palette({{-1, -1, -1}, {1, 1, 1}}), .width = 3, .height = 2};
  data.train = {
      .count = 4, .length = 6, .ids = {0, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0}};
  return data;
}

RunSpec tinySpec() {
  RunSpec spec;
  spec.threads = 1;
  spec.model = {.layers = 1, .width = 8, .heads = 2};
  spec.train.batchSize = 4;
  spec.device = Device::Cpu;
  return spec;
}

}  // namespace

/// The engine behind its Torch-free interface, seen from outside: this file includes nothing of LibTorch.
class EngineTest : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<Engine> engine_{scanlineMakeEngine()};
  QTemporaryDir folder_;
  std::filesystem::path checkpoint() const { return folder_.filePath("step-2.safetensors").toStdString(); }

 private slots:
  void initTestCase() {
    QVERIFY(engine_);
    const auto trainer = engine_->makeTrainer(tinySpec(), twoColours());
    trainer->trainStep({});
    trainer->trainStep({});
    trainer->save(checkpoint());
  }

  void scoresHuggingFaceModels() {
    const auto nats = readNpy(kGolden / "hf" / "nats.npy").values<float>();
    const auto logits = readNpy(kGolden / "hf" / "logits.npy").values<float>();
    const auto features = readNpy(kGolden / "hf" / "features.npy").values<float>();
    const auto found = engine_->score(kGolden / "hf", goldenTokens(kGolden / "hf" / "tokens.npy"), true, true, 1);
    QCOMPARE(found.nats.size(), nats.size());
    for (size_t i = 0; i < nats.size(); ++i) QVERIFY(std::abs(found.nats[i] - double{nats[i]}) < 5e-6);
    QCOMPARE(found.logits.size(), logits.size());
    for (size_t i = 0; i < logits.size(); ++i) QVERIFY(std::abs(found.logits[i] - logits[i]) < 5e-5f);
    QCOMPARE(found.features.size(), features.size());
    for (size_t i = 0; i < features.size(); ++i) QVERIFY(std::abs(found.features[i] - features[i]) < 1e-5f);
  }

  void scoresModelsOfMaskedPixels() {
    const auto tokens = goldenTokens(kGolden / "tf_bert" / "tokens.npy");
    const auto found = engine_->score(kGolden / "tf_bert", tokens, true, true, 1);
    QCOMPARE(found.nats.size(), size_t{4});
    QCOMPARE(found.logits.size(), size_t{4 * 36 * 512});
    QCOMPARE(engine_->score(kGolden / "tf_bert", tokens, false, false, 1).nats, found.nats);
  }

  void inspectsItsOwnCheckpoints() {
    const auto info = engine_->inspect(checkpoint());
    QCOMPARE(info.step, 2);
    QCOMPARE(info.positions, 6);
    QCOMPARE(info.model.width, 8);
    QCOMPARE(info.palette, twoColours().palette);
  }

  void scoresItsOwnCheckpoints() {
    const auto found = engine_->score(checkpoint(), twoColours().train, false, true, 1);
    QCOMPARE(found.nats.size(), size_t{4});
    QVERIFY(found.logits.empty());
    QCOMPARE(found.features.size(), size_t{4 * 2 * 8});
  }

  void completesTheSameForTheSameSeed() {
    const CompletionRequest request{
        .checkpoint = checkpoint(), .originals = {{0, 1, 0, 1, 0, 1}}, .given = 3, .perPrompt = 4, .threads = 1};
    const auto first = engine_->complete(request, {}), second = engine_->complete(request, {});
    QCOMPARE(first.samples.size(), size_t{4});
    QCOMPARE(first.samples, second.samples);
    QCOMPARE(first.width, 3);
    for (const auto& sample : first.samples) QCOMPARE(sample[1], Token{1});
  }

  void saysWhatDoesNotFit() {
    auto tokens = twoColours().train;
    tokens.ids[5] = 2;
    QVERIFY_THROWS_EXCEPTION(Error, engine_->score(checkpoint(), tokens, false, false, 1));
    tokens = {.count = 1, .length = 5, .ids = {0, 0, 0, 0, 0}};
    QVERIFY_THROWS_EXCEPTION(Error, engine_->score(checkpoint(), tokens, false, false, 1));
    QVERIFY_THROWS_EXCEPTION(Error, engine_->inspect(folder_.filePath("absent.safetensors").toStdString()));
  }
};

QTEST_GUILESS_MAIN(EngineTest)
#include "engine_test.moc"
