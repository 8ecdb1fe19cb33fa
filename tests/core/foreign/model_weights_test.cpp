// Models as training programs leave them: names with wrappers around them, other files, other heads.
#include "core/foreign/model_weights.h"

#include <QTest>
#include <algorithm>
#include <fstream>

#include "core/foreign/huggingface.h"
#include "tests/core/foreign/renamed_model.h"
#include "tests/support/sentence_of.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = SCANLINE_GOLDEN;

std::string refusal(const fs::path& path) {
  return sentenceOf([&] { readHuggingFaceModel(path); });
}

bool areEqual(const ForeignModel& one, const ForeignModel& two) {
  return std::ranges::equal(one.arrays, two.arrays, [](const FloatArray& a, const FloatArray& b) {
    return a.name == b.name && a.shape == b.shape && a.values == b.values;
  });
}

const FloatArray& array(const ForeignModel& model, const std::string& name) {
  const auto found = std::ranges::find(model.arrays, name, &FloatArray::name);
  if (found == model.arrays.end()) qFatal("no array %s", name.c_str());
  return *found;
}

}  // namespace

class ModelWeightsTest : public QObject {
  Q_OBJECT

 private slots:
  void namesLoseWhatStandsAroundThem_data() {
    QTest::addColumn<QString>("theirs");
    QTest::addColumn<QString>("plain");
    const auto row = [](const char* theirs, const char* plain) { QTest::newRow(theirs) << theirs << plain; };
    row("transformer.h.0.ln_1.weight", "h.0.ln_1.weight");
    row("h.11.mlp.c_fc.bias", "h.11.mlp.c_fc.bias");
    row("_orig_mod.module.transformer.wte.weight", "wte.weight");
    row("transformer._orig_mod.h.0.attn.c_attn.weight", "h.0.attn.c_attn.weight");
    row("model.transformer.h.2._fsdp_wrapped_module._checkpoint_wrapped_module.ln_2.weight", "h.2.ln_2.weight");
    row("net.igpt.lm_head.weight", "lm_head.weight");
    row("student.score.weight", "score.weight");
    row("h.0.attn.bias", "h.0.attn.bias");
    row("h.x.weight", "h.x.weight");
    row("epoch", "epoch");
    row("", "");
    row("..", "..");
  }
  void namesLoseWhatStandsAroundThem() {
    QFETCH(const QString, theirs);
    QFETCH(const QString, plain);
    QCOMPARE(QString::fromStdString(plainTensorName(theirs.toStdString())), plain);
  }

  void wrappedModelsAreTheSameModel_data() {
    QTest::addColumn<QString>("where");
    QTest::addColumn<QString>("what");
    QTest::newRow("compiled, on several devices") << ""
                                                  << "_orig_mod.module.";
    QTest::newRow("Lightning") << ""
                               << "model.";
    QTest::newRow("a network of another") << ""
                                          << "ema.net.";
    QTest::newRow("a part compiled") << "h.0"
                                     << "_orig_mod.";
    QTest::newRow("a block wrapped") << "ln_1"
                                     << "_fsdp_wrapped_module.";
    QTest::newRow("matrices wrapped") << "c_"
                                      << "module.";
  }
  void wrappedModelsAreTheSameModel() {
    QFETCH(const QString, where);
    QFETCH(const QString, what);
    const TempFolder folder;
    ModelCopy{.rename = [&](const std::string& name) {
      return withBefore(name, where.toStdString(), what.toStdString());
    }}.write(folder.path());
    const auto found = readHuggingFaceModel(folder.path());
    QVERIFY(areEqual(found, readHuggingFaceModel(kGolden / "hf_variants")));
    QVERIFY(found.warnings.empty());
  }

  void twoModelsInOneFileAreRefused() {
    const TempFolder folder;
    ModelCopy{.zeros = {{"ema.transformer.ln_f.weight", {4}}}}.write(folder.path());
    const auto sentence = refusal(folder.path());
    QVERIFY2(sentence.find("ema.transformer.ln_f.weight and transformer.ln_f.weight") != std::string::npos,
             sentence.c_str());
  }

  void whatIsNoPartOfTheNetworkIsNamed() {
    const TempFolder folder;
    ModelCopy{.zeros = {{"projection.weight", {2, 2}}, {"transformer.h.0.attn.masked_bias", {1}}}}.write(folder.path());
    const auto warnings = readHuggingFaceModel(folder.path()).warnings;
    QCOMPARE(warnings.size(), 1UL);
    QVERIFY2(warnings[0].find("1 tensors that an image GPT does not have were left out: projection.weight.") !=
                 std::string::npos,
             warnings[0].c_str());
  }

  /// It would give other numbers without a word.
  void whatTheNetworkWouldNeedIsRefused_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"transformer.h.1.ln_1.weight", "transformer.ln_f.bias", "lm_head.bias"})
      QTest::newRow(name) << name;
  }
  void whatTheNetworkWouldNeedIsRefused() {
    QFETCH(const QString, name);
    const TempFolder folder;
    ModelCopy{.zeros = {{name.toStdString(), {4}}}}.write(folder.path());
    const auto sentence = refusal(folder.path());
    QVERIFY2(QString::fromStdString(sentence).contains("has a tensor " + name), sentence.c_str());
  }

  /// .pt, .pth and .ckpt, the weights alone or beside a training program's own entries.
  void filesOfTorchAreRead_data() {
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("name");
    for (const char* name : {"model.pt", "last.pth", "epoch=3.ckpt", "weights.bin"})
      QTest::newRow(name) << "pytorch_model_f16.bin" << name;
    QTest::newRow("of Lightning") << "lightning.ckpt"
                                  << "last.ckpt";
  }
  void filesOfTorchAreRead() {
    QFETCH(const QString, source);
    QFETCH(const QString, name);
    const TempFolder folder;
    const fs::path file = folder / name.toStdString();
    fs::copy_file(kGolden / "hf_variants/config.json", folder / "config.json");
    fs::copy_file(kGolden / "hf_variants" / source.toStdString(), file);
    std::ofstream(folder / "optimizer.pt") << "not looked at";
    const auto expected = readHuggingFaceModel(kGolden / "hf_variants/pytorch_model_f16.bin");
    QVERIFY(isHuggingFaceModel(folder.path()) && isHuggingFaceModel(file));
    for (const fs::path& path : {folder.path(), file}) {
      const auto found = readHuggingFaceModel(path);
      QVERIFY(areEqual(found, expected));
      QCOMPARE(found.warnings.size(), source == "lightning.ckpt" ? 1UL : 0UL);
      if (!found.warnings.empty())
        QVERIFY2(found.warnings[0].find("epoch, global_step, hyper_parameters, optimizer_states") != std::string::npos,
                 found.warnings[0].c_str());
    }
  }

  void ofSeveralFilesOneHasToBeNamed() {
    const TempFolder folder;
    fs::copy_file(kGolden / "hf_variants/config.json", folder / "config.json");
    for (const char* name : {"a.pt", "b.pt"})
      fs::copy_file(kGolden / "hf_variants/pytorch_model_f16.bin", folder / name);
    const auto sentence = refusal(folder.path());
    QVERIFY2(sentence.find("several files of weights: a.pt, b.pt") != std::string::npos, sentence.c_str());
    QVERIFY(refusal(folder / "b.pt").empty());
  }

  /// A log folder may hold settings of its own under that name.
  void settingsOfAnotherProgramAreNoModel() {
    const TempFolder folder;
    std::ofstream(folder / "config.json") << "{\"lr\": 0.001}";
    QVERIFY(!isHuggingFaceModel(folder.path()));
    std::ofstream(folder / "config.json") << "{\"model_type\": \"gpt2\"}";
    QVERIFY(isHuggingFaceModel(folder.path()));
  }

  /// As ImageGPTModel saves it: no "transformer." before the names, and no lm_head.
  void aBackboneHasNoHead() {
    const TempFolder folder;
    ModelCopy{.rename = [](const std::string& name) { return plainTensorName(name); }, .without = {"lm_head.weight"}}
        .write(folder.path());
    const auto found = readHuggingFaceModel(folder.path()), whole = readHuggingFaceModel(kGolden / "hf_variants");
    QVERIFY(!found.hasHead && whole.hasHead);
    QVERIFY(found.warnings.size() == 1 && found.warnings[0].find("no lm_head.weight") != std::string::npos);
    QVERIFY(std::ranges::all_of(array(found, "head").values, [](float value) { return value == 0; }));
    QVERIFY(array(found, "wte").values == array(whole, "wte").values);
    QVERIFY(array(found, "h.0.mlp.proj").values == array(whole, "h.0.mlp.proj").values);
    const fs::path copy = folder / "copy";  // and goes out as it came in
    writeHuggingFaceModel(copy, found, nullptr, 0, 0);
    QVERIFY(!readHuggingFaceModel(copy).hasHead);
  }

  void aClassifierIsReadBesideTheHeadOrWithoutIt_data() {
    QTest::addColumn<bool>("hasHead");
    QTest::addColumn<bool>("hasBias");
    QTest::newRow("alone") << false << false;
    QTest::newRow("beside the head") << true << false;
    QTest::newRow("with a bias of zeros") << false << true;
  }
  void aClassifierIsReadBesideTheHeadOrWithoutIt() {
    QFETCH(const bool, hasHead);
    QFETCH(const bool, hasBias);
    const TempFolder folder;
    ModelCopy copy{.zeros = {{"score.weight", {10, 4}}}};
    if (!hasHead) copy.without = {"lm_head.weight"};
    if (hasBias) copy.zeros.push_back({"score.bias", {10}});
    copy.write(folder.path());
    const auto found = readHuggingFaceModel(folder.path());
    QCOMPARE(found.hasHead, hasHead);
    QCOMPARE(found.classes, 10);
    QCOMPARE(array(found, "classifier").shape, (std::vector<int64_t>{10, 4}));
    QCOMPARE(found.warnings.size(), hasHead ? 0UL : 1UL);
  }

  void classesHaveTheNamesOfTheConfiguration() {
    const TempFolder folder;
    ModelCopy{.zeros = {{"score.weight", {2, 4}}}}.write(folder.path());
    QVERIFY(readHuggingFaceModel(folder.path()).classNames.empty());
    std::ifstream in(folder / "config.json");
    std::string text((std::istreambuf_iterator<char>(in)), {});
    text.insert(text.find('{') + 1, R"("id2label": {"1": "dog", "0": "cat"},)");
    std::ofstream(folder / "config.json") << text;
    QCOMPARE(readHuggingFaceModel(folder.path()).classNames, (std::vector<std::string>{"cat", "dog"}));
  }
};

QTEST_APPLESS_MAIN(ModelWeightsTest)
#include "model_weights_test.moc"
