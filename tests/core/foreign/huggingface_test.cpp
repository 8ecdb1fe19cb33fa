#include "core/foreign/huggingface.h"

#include <QTest>
#include <cmath>
#include <cstring>
#include <set>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/formats/safetensors.h"
#include "tests/support/broken_files.h"
#include "tests/support/sentence_of.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = SCANLINE_GOLDEN;

std::string refusal(const fs::path& path) {
  return sentenceOf([&] { readHuggingFaceModel(path); });
}

const FloatArray& array(const ForeignModel& model, const std::string& name) {
  const auto found = std::ranges::find(model.arrays, name, &FloatArray::name);
  if (found == model.arrays.end()) qFatal("no array %s", name.c_str());
  return *found;
}

/// config.json and model.safetensors of the sound model in a folder of their own, one of them replaced.
void makeModel(const TempFolder& folder, const fs::path& replacement) {
  const auto sound = kGolden / "broken/_valid/hf";
  const bool isConfig = replacement.extension() == ".json";
  fs::copy_file(isConfig ? replacement : sound / "config.json", folder / "config.json");
  fs::copy_file(isConfig ? sound / "model.safetensors" : replacement, folder / "model.safetensors");
}

/// config.json of the sound model with `from` replaced by `to`.
void makeModel(const TempFolder& folder, const std::string& from, const std::string& to) {
  const auto sound = kGolden / "broken/_valid/hf";
  auto text = readFile(sound / "config.json", 1 << 20);
  const auto at = text.find(from);
  if (at == std::string::npos) qFatal("no %s", from.c_str());
  writeFileAtomically(folder / "config.json", text.replace(at, from.size(), to));
  fs::copy_file(sound / "model.safetensors", folder / "model.safetensors");
}

}  // namespace

class HuggingFaceTest : public QObject {
  Q_OBJECT
 private slots:
  void shapesAndNamesAreOurs() {
    const auto model = readHuggingFaceModel(kGolden / "hf");
    QCOMPARE(model.layers, 3);
    QCOMPARE(model.width, 32);
    QCOMPARE(model.heads, 4);
    QCOMPARE(model.positions, 64);
    QCOMPARE(model.paletteSize, 512);
    QVERIFY(!model.bias);
    QCOMPARE(std::ssize(model.arrays), 5 + 6 * 3);
    std::set<std::string> names;
    for (const auto& entry : model.arrays) {
      QVERIFY(names.insert(entry.name).second);
      int64_t count = 1;
      for (const int64_t size : entry.shape) count *= size;
      QCOMPARE(std::ssize(entry.values), count);
    }
    QCOMPARE(array(model, "h.2.attn.qkv").shape, (std::vector<int64_t>{32, 96}));
  }

  void startVectorIsTheLastRowOfTheEmbedding() {
    const auto model = readHuggingFaceModel(kGolden / "hf");
    const SafetensorsFile file(kGolden / "hf/model.safetensors");
    const auto rows = file.floats("transformer.wte.weight", std::array<int64_t, 2>{513, 32});
    QVERIFY(std::ranges::equal(array(model, "sos").values, std::span(rows).last(32)));
    QVERIFY(std::ranges::equal(array(model, "wte").values, std::span(rows).first(512 * 32)));
  }

  void biasesAreReadWhereSomeAreNotZero() {
    const auto model = readHuggingFaceModel(kGolden / "hf_bias");
    QVERIFY(model.bias);
    QCOMPARE(std::ssize(model.arrays), 5 + 10 * 2);
    const SafetensorsFile file(kGolden / "hf_bias/model.safetensors");
    QCOMPARE(array(model, "h.1.mlp.fc.b").values,
             file.floats("transformer.h.1.mlp.c_fc.bias", std::array<int64_t, 1>{64}));
  }

  void everyContainerHoldsTheSameModel_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<double>("tolerance");  // relative: 0.5 unit in the last place of the stored type
    QTest::newRow("file") << "model.safetensors" << 0.0;
    QTest::newRow("shards") << "sharded" << 0.0;
    QTest::newRow("float64") << "model_f64.safetensors" << 0.0;
    QTest::newRow("float16") << "model_f16.safetensors" << 0x1p-11;
    QTest::newRow("bfloat16") << "model_bf16.safetensors" << 0x1p-8;
  }
  void everyContainerHoldsTheSameModel() {
    QFETCH(QString, path);
    QFETCH(double, tolerance);
    const auto expected = readHuggingFaceModel(kGolden / "hf_variants");
    const auto found = readHuggingFaceModel(kGolden / "hf_variants" / path.toStdString());
    QCOMPARE(found.arrays.size(), expected.arrays.size());
    for (size_t i = 0; i < found.arrays.size(); ++i) {
      QCOMPARE(found.arrays[i].name, expected.arrays[i].name);
      QCOMPARE(found.arrays[i].shape, expected.arrays[i].shape);
      for (size_t k = 0; k < found.arrays[i].values.size(); ++k) {
        const double value = expected.arrays[i].values[k];
        QVERIFY(std::abs(found.arrays[i].values[k] - value) <=
                tolerance * std::abs(value) + (tolerance > 0 ? 1e-7 : 0));
      }
    }
  }

  void brokenFilesAreRefused_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("sentence");
    for (const char* kind : {"safetensors/", "config/"})
      for (const auto& broken : brokenFiles(kind))
        QTest::newRow(broken.file.filename().c_str())
            << QString::fromStdString(broken.file.string()) << QString::fromStdString(broken.sentence);
  }
  void brokenFilesAreRefused() {
    QFETCH(QString, file);
    QFETCH(QString, sentence);
    const fs::path broken = file.toStdString();
    const TempFolder folder;
    makeModel(folder, broken);
    const auto message = refusal(folder.path());
    // Also where list.csv leaves the answer open: none of those is a network that we run.
    QVERIFY(!sentence.isEmpty());
    QVERIFY2(QString::fromStdString(message).contains(sentence), message.c_str());
    const auto name = broken.extension() == ".json" ? "config.json" : "model.safetensors";
    const bool isNamed = message.find(name) != std::string::npos;
    QVERIFY2(isNamed || broken.filename() == "vocab_mismatch.json",
             message.c_str());  // there the weights' tensor is named
  }

  void messagesNameTensorAndShapes() {
    const TempFolder folder;
    makeModel(folder, kGolden / "broken/safetensors/wrong_shape.safetensors");
    const auto message = refusal(folder.path());
    QVERIFY2(
        message.find("transformer.h.0.attn.c_attn.weight has the shape [6, 2], expected [2, 6]") != std::string::npos,
        message.c_str());
  }

  void networksThatDifferAreRefused_data() {
    QTest::addColumn<QString>("from");
    QTest::addColumn<QString>("to");
    QTest::newRow("inner width") << "\"n_inner\": null"
                                 << "\"n_inner\": 6";
    QTest::newRow("epsilon") << "1e-05"
                             << "1e-06";
    QTest::newRow("scale") << "\"scale_attn_weights\": true"
                           << "\"scale_attn_weights\": false";
    QTest::newRow("cross attention") << "\"add_cross_attention\": false"
                                     << "\"add_cross_attention\": true";
    QTest::newRow("palette") << "\"vocab_size\": 513"
                             << "\"vocab_size\": 5000";
    QTest::newRow("positions") << "\"n_positions\": 4"
                               << "\"n_positions\": 4.5";
    QTest::newRow("layers") << "\"n_layer\": 1"
                            << "\"n_layer\": 18446744073709551615";
  }
  void networksThatDifferAreRefused() {
    QFETCH(QString, from);
    QFETCH(QString, to);
    const TempFolder folder;
    makeModel(folder, from.toStdString(), to.toStdString());
    QVERIFY(refusal(folder.path()).find("expected") != std::string::npos);
  }

  void innerWidthMayBeSpelledOut() {
    const TempFolder folder;
    makeModel(folder, "\"n_inner\": null", "\"n_inner\": 8");
    QCOMPARE(refusal(folder.path()), std::string());
  }

  void shardsLieBesideTheirIndex() {
    const TempFolder folder;
    fs::copy_file(kGolden / "broken/_valid/hf/config.json", folder / "config.json");
    for (const char* file : {"\"../model.safetensors\"", "\"/etc/passwd\"", "\"..\"", "7", "\"\""}) {
      writeFileAtomically(folder / "model.safetensors.index.json",
                          std::string(R"({"weight_map": {"transformer.wte.weight": )") + file + "}}");
      QVERIFY(refusal(folder.path()).find("not a file name") != std::string::npos);
    }
  }

  void shardsHoldWhatTheirIndexPromises() {
    const TempFolder folder;
    makeModel(folder, "\"n_inner\": null", "\"n_inner\": 8");
    fs::rename(folder / "model.safetensors", folder / "part.safetensors");
    writeFileAtomically(folder / "model.safetensors.index.json", R"({"weight_map": {"x.y": "part.safetensors"}})");
    QVERIFY(refusal(folder.path()).find("has no tensor x.y, which model.safetensors.index.json promises") !=
            std::string::npos);
  }

  /// With the sizes of transformers from before and after 4.25.
  void preprocessorsAreRead_data() {
    QTest::addColumn<QString>("json");
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    const QString colours = "{\"clusters\": [[-1, 0, 1], [0.5, 0.5, 0]], ";
    QTest::newRow("a number") << colours + "\"size\": 32}" << 32 << 32;
    QTest::newRow("two numbers") << colours + "\"size\": {\"height\": 3, \"width\": 4}}" << 4 << 3;
    QTest::newRow("no size") << colours + "\"do_resize\": false}" << 0 << 0;
    QTest::newRow("a size that is none") << colours + "\"size\": -3}" << 0 << 0;
    QTest::newRow("no colours") << "{\"clusters\": null, \"size\": 32}" << -1 << -1;
  }
  void preprocessorsAreRead() {
    QFETCH(QString, json);
    QFETCH(int, width);
    QFETCH(int, height);
    const TempFolder folder;
    QVERIFY(!readPreprocessor(folder.path()));
    writeFileAtomically(folder / "preprocessor_config.json", json.toStdString());
    const auto found = readPreprocessor(folder.path());
    QCOMPARE(found.has_value(), width >= 0);
    if (!found) return;
    QVERIFY(found->palette == Palette({{-1, 0, 1}, {0.5F, 0.5F, 0}}));
    QCOMPARE(found->width, width);
    QCOMPARE(found->height, height);
  }

  void clustersThatAreNoColoursAreRefused() {
    const TempFolder folder;
    for (const char* clusters : {"3", "[3]", "[[1, 2]]", "[[0, 0, \"x\"]]", "[[0, 0, 0]]", "[[0, 0, 9], [0, 0, 0]]"}) {
      writeFileAtomically(folder / "preprocessor_config.json", std::string("{\"clusters\": ") + clusters + "}");
      try {
        readPreprocessor(folder.path());
        QFAIL(clusters);
      } catch (const Error& error) {
        QVERIFY2(QString(error.what()).contains("preprocessor_config.json"), error.what());
      }
    }
  }

  void modelsOfMoreLayersThanConfiguredAreRefused() {
    const TempFolder folder;
    fs::copy_file(kGolden / "hf/model.safetensors", folder / "model.safetensors");
    auto text = readFile(kGolden / "hf/config.json", 1 << 20);
    text.replace(text.find("\"n_layer\": 3"), 12, "\"n_layer\": 2");
    writeFileAtomically(folder / "config.json", text);
    QVERIFY(refusal(folder.path()).find("transformer.h.2.") != std::string::npos);
  }

  void foldersAreRecognised() {
    QVERIFY(isHuggingFaceModel(kGolden / "hf"));
    QVERIFY(isHuggingFaceModel(kGolden / "hf/model.safetensors"));
    QVERIFY(!isHuggingFaceModel(kGolden / "broken/safetensors/nan.safetensors"));
    QVERIFY(!isHuggingFaceModel(kGolden / "hf/config.json"));
    QVERIFY(!isHuggingFaceModel(kGolden / "logreg"));
    QVERIFY(!isHuggingFaceModel(kGolden / "absent"));
  }
};

QTEST_APPLESS_MAIN(HuggingFaceTest)
#include "huggingface_test.moc"
