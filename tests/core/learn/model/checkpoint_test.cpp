#include <torch/torch.h>

#include "core/learn/model/checkpoint.h"

#include <QTest>
#include <fstream>
#include <list>

#include "core/base/atomic_file.h"
#include "core/formats/safetensors.h"
#include "core/learn/model/gpt_tensors.h"
#include "tests/support/sentence_of.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const GptShape kShape{.layers = 2, .width = 8, .heads = 2, .paletteSize = 5, .positions = 12};

/// Weights and moments of a network in mid-training.
struct State {
  explicit State(const GptShape& shape, uint64_t seed = 1)
      : weights(initialWeights(shape, seed)),
        first(initialWeights(shape, seed + 1)),
        second(initialWeights(shape, seed + 2)) {}
  CheckpointTensors tensors() const { return {weights.named(), first.named(), second.named(), {}}; }
  GptTensors weights, first, second;
};

CheckpointInfo sampleInfo() {
  return {.specToml = "name = \"é\"\n",
          .step = 123,
          .positions = 12,
          .width = 4,
          .height = 3,
          .model = {.layers = 2, .width = 8, .heads = 2},
          .palette = Palette({{-1, -1, -1}, {-0.1F, 0.2F, 0.3F}, {0, 0, 0}, {0.5F, 0.25F, 1}, {1, 1, 1}})};
}

bool equal(const NamedTensors& a, const NamedTensors& b) {
  return std::ranges::equal(
      a, b, [](const auto& x, const auto& y) { return x.first == y.first && x.second.equal(y.second); });
}

}  // namespace

class CheckpointTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void everythingIsReadBackBitForBit() {
    const TempFolder folder;
    const State saved(kShape);
    saved.first.named()[0].second.view(-1)[0] = -0.0F;
    saved.second.named()[0].second.view(-1)[1] = 1e-42F;  // subnormal
    saveCheckpoint(folder / "c.safetensors", sampleInfo(), saved.tensors());

    const State loaded(kShape, 99);
    loadCheckpoint(folder / "c.safetensors", loaded.tensors());
    QVERIFY(equal(saved.weights.named(), loaded.weights.named()));
    QVERIFY(equal(saved.first.named(), loaded.first.named()));
    QVERIFY(equal(saved.second.named(), loaded.second.named()));
    QVERIFY(std::signbit(loaded.first.named()[0].second.view(-1)[0].item<float>()));
  }

  void infoIsReadBack() {
    const TempFolder folder;
    const auto saved = sampleInfo();
    saveCheckpoint(folder / "c.safetensors", saved, State(kShape).tensors());
    const auto info = readCheckpointInfo(folder / "c.safetensors");
    QCOMPARE(info.specToml, saved.specToml);
    QCOMPARE(info.step, 123);
    QCOMPARE(info.positions, 12);
    QCOMPARE(info.width, 4);
    QCOMPARE(info.height, 3);
    QCOMPARE(info.model.layers, 2);
    QCOMPARE(info.model.width, 8);
    QCOMPARE(info.model.heads, 2);
    QVERIFY(info.palette == saved.palette);
  }

  void objectiveAndBiasesAreReadBack() {
    const TempFolder folder;
    auto shape = kShape;
    auto info = sampleInfo();
    QVERIFY(info.model.objective == Objective::Autoregressive);
    shape.bias = info.model.bias = true;
    shape.objective = info.model.objective = Objective::Bert;
    info.model.maskRate = 0.2;
    const State saved(shape);
    saveCheckpoint(folder / "c", info, saved.tensors());
    const auto found = readCheckpointInfo(folder / "c");
    QVERIFY(found.model.objective == Objective::Bert);
    QVERIFY(found.model.bias);
    QCOMPARE(found.model.maskRate, 0.2);
    QVERIFY(shapeOf(found) == shape);
    QVERIFY(equal(loadWeights(folder / "c").named(), saved.weights.named()));

    saveCheckpoint(folder / "plain", sampleInfo(), State(kShape).tensors());
    QVERIFY(shapeOf(readCheckpointInfo(folder / "plain")) == kShape);
    // So that files of this kind are those that earlier versions wrote, and read.
    const auto& metadata = SafetensorsFile(folder / "plain").metadata();
    QVERIFY(!metadata.contains("scanline.objective") && !metadata.contains("scanline.maskRate"));
  }

  void whatBelongsToNoNetworkIsOnlyReadOnDemand() {
    const TempFolder folder;
    const State state(kShape);
    auto tensors = state.tensors();
    tensors.others = {{"classifier", at::rand({3, 8})}};
    saveCheckpoint(folder / "c", sampleInfo(), tensors);
    QVERIFY(equal(loadWeights(folder / "c").named(), state.weights.named()));
    const NamedTensors read{{"classifier", at::zeros({3, 8})}};
    loadCheckpoint(folder / "c", {.others = read});
    QVERIFY(equal(read, tensors.others));
    saveCheckpoint(folder / "none", sampleInfo(), state.tensors());
    QVERIFY(has(sentenceOf([&] { loadCheckpoint(folder / "none", {.others = read}); }), "finetune.classifier"));
  }

  void weightsAloneAreEnoughToLookAtButNotToResume() {
    const TempFolder folder;
    const State saved(kShape), loaded(kShape, 99);
    saveCheckpoint(folder / "w.safetensors", sampleInfo(), {.weights = saved.weights.named()});
    loadCheckpoint(folder / "w.safetensors", {.weights = loaded.weights.named()});
    QVERIFY(equal(saved.weights.named(), loaded.weights.named()));
    const auto message = sentenceOf([&] { loadCheckpoint(folder / "w.safetensors", loaded.tensors()); });
    QVERIFY2(has(message, "adam.m.") && has(message, "w.safetensors"), message.c_str());
  }

  void anotherShapeIsRefusedAndChangesNothing() {
    const TempFolder folder;
    saveCheckpoint(folder / "c.safetensors", sampleInfo(), State(kShape).tensors());
    auto wider = kShape;
    wider.width = 16;
    const State other(wider), before(wider);
    auto message = sentenceOf([&] { loadCheckpoint(folder / "c.safetensors", other.tensors()); });
    QVERIFY2(has(message, "c.safetensors") && has(message, "param.") && has(message, "[") && has(message, "expected"),
             message.c_str());
    QVERIFY(equal(other.weights.named(), before.weights.named()));

    auto shallower = kShape;
    shallower.layers = 1;  // every tensor it needs is there, in the right shape
    message = sentenceOf([&] { loadCheckpoint(folder / "c.safetensors", State(shallower).tensors()); });
    QVERIFY2(has(message, "param.h.1."), message.c_str());

    auto deeper = kShape;
    deeper.layers = 3;
    message = sentenceOf([&] { loadCheckpoint(folder / "c.safetensors", State(deeper).tensors()); });
    QVERIFY2(has(message, "param.h.2."), message.c_str());
  }

  void aTensorOfAnotherTypeIsRefused() {
    const TempFolder folder;
    NamedTensors weights{{"wte", at::zeros({5, 8})}}, wide{{"wte", at::zeros({5, 8}, at::kDouble)}};
    saveCheckpoint(folder / "c", sampleInfo(), {.weights = wide});
    QVERIFY(has(sentenceOf([&] { loadCheckpoint(folder / "c", {.weights = weights}); }), "F64"));
  }

  void everyTruncationIsNoticed() {
    const TempFolder folder;
    const State state(kShape);
    saveCheckpoint(folder / "c.safetensors", sampleInfo(), state.tensors());
    const auto whole = readFile(folder / "c.safetensors", 1 << 20);
    for (size_t length = 0; length < whole.size(); length += 499) {
      writeFileAtomically(folder / "cut.safetensors", std::string_view(whole).substr(0, length));
      QVERIFY(has(sentenceOf([&] { readCheckpointInfo(folder / "cut.safetensors"); }), "cut.safetensors"));
      QVERIFY(has(sentenceOf([&] { loadCheckpoint(folder / "cut.safetensors", state.tensors()); }), "cut.safetensors"));
    }
    QVERIFY(isCheckpoint(folder / "c.safetensors"));
    writeFileAtomically(folder / "cut.safetensors", std::string_view(whole).substr(0, 600));
    QVERIFY(isCheckpoint(folder / "cut.safetensors"));  // so that its own reader reports the fault
  }

  void otherFilesAreNoCheckpoints() {
    const fs::path foreign = fs::path(SCANLINE_GOLDEN) / "hf/model.safetensors";
    QVERIFY(!isCheckpoint(foreign));
    QVERIFY(!isCheckpoint("/nowhere"));
    QVERIFY(has(sentenceOf([&] { readCheckpointInfo(foreign); }), "not a checkpoint"));
  }

  void damagedMetadataAreRefused_data() {
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("mentioned");
    QTest::newRow("newer") << "scanline.checkpoint"
                           << "2"
                           << "newer";
    QTest::newRow("word") << "scanline.step"
                          << "ten"
                          << "scanline.step";
    QTest::newRow("negative") << "scanline.step"
                              << "-1"
                              << "scanline.step";
    QTest::newRow("huge") << "scanline.layers"
                          << "99999999999999999999"
                          << "scanline.layers";
    QTest::newRow("layers") << "scanline.layers"
                            << "1000000000"
                            << "param.h.999999999.";
    QTest::newRow("positions") << "scanline.height"
                               << "4"
                               << "pixels";
    QTest::newRow("width") << "scanline.modelWidth"
                           << "1073741824"
                           << "param.";
    QTest::newRow("objective") << "scanline.objective"
                               << "diffusion"
                               << "diffusion";
    QTest::newRow("heads") << "scanline.heads"
                           << "3"
                           << "heads";
  }
  void damagedMetadataAreRefused() {
    QFETCH(QString, key);
    QFETCH(QString, value);
    QFETCH(QString, mentioned);
    const TempFolder folder;
    saveCheckpoint(folder / "c", sampleInfo(), State(kShape).tensors());
    const SafetensorsFile file(folder / "c");
    auto metadata = file.metadata();
    metadata[key.toStdString()] = value.toStdString();
    std::list<std::vector<std::byte>> contents;
    std::vector<std::pair<std::string, TensorView>> tensors;
    for (const auto& [name, stored] : file.tensors()) {
      file.read(stored, contents.emplace_back(stored.bytes));
      tensors.push_back({name, {stored.dtype, stored.shape, contents.back()}});
    }
    writeSafetensors(folder / "d", tensors, metadata);
    const auto message = sentenceOf([&] { readCheckpointInfo(folder / "d"); });
    QVERIFY2(has(message, mentioned.toStdString()), message.c_str());
  }

  void aFolderThatIsGoneIsAnError() {
    const TempFolder folder;
    QVERIFY(has(sentenceOf([&] { saveCheckpoint(folder / "no/c", sampleInfo(), State(kShape).tensors()); }), "no/c"));
  }
};

QTEST_APPLESS_MAIN(CheckpointTest)
#include "checkpoint_test.moc"
