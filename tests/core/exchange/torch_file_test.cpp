#include "core/exchange/torch_file.h"

#include <QTest>
#include <cmath>
#include <fstream>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/exchange/huggingface.h"
#include "core/exchange/safetensors.h"
#include "tests/support/broken_files.h"
#include "tests/support/largest_allocation.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = SCANLINE_GOLDEN;

/// Every array of the safetensors file beside it, from the file of torch.save.
void compare(const fs::path& bin, const fs::path& safetensors, bool exact) {
  const TorchFile file(bin);
  const SafetensorsFile expected(safetensors);
  int64_t compared = 0;
  for (const auto& [name, view] : expected.tensors()) {
    const auto found = file.floats(name, view.shape), wanted = expected.floats(name, view.shape);
    QCOMPARE(found.size(), wanted.size());
    for (size_t i = 0; i < found.size(); ++i)
      QVERIFY(std::abs(found[i] - wanted[i]) <= (exact ? 0 : 0x1p-11F * std::abs(wanted[i]) + 1e-7F));
    ++compared;
  }
  QVERIFY(compared > 10);
}

}  // namespace

class TorchFileTest : public QObject {
  Q_OBJECT
 private slots:
  void everyContainerHoldsTheSameTensors_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<bool>("exact");
    QTest::newRow("zip") << "pytorch_model.bin" << true;
    QTest::newRow("plain dict") << "pytorch_model_plain_dict.bin" << true;
    QTest::newRow("parameters") << "pytorch_model_parameters.bin" << true;
    QTest::newRow("2021, with buffers") << "pytorch_model_2021.bin" << true;
    QTest::newRow("views of one storage") << "pytorch_model_views.bin" << true;
    QTest::newRow("before 1.6") << "pytorch_model_legacy.bin" << true;
    QTest::newRow("float16") << "pytorch_model_f16.bin" << false;
  }
  void everyContainerHoldsTheSameTensors() {
    QFETCH(QString, file);
    QFETCH(bool, exact);
    compare(kGolden / "hf_variants" / file.toStdString(), kGolden / "hf_variants/model.safetensors", exact);
  }

  void foldersWithPickledWeightsAreModels() {
    const TempFolder folder;
    fs::copy_file(kGolden / "hf_bias/config.json", folder / "config.json");
    fs::copy_file(kGolden / "hf_bias/pytorch_model.bin", folder / "pytorch_model.bin");
    const auto found = readHuggingFaceModel(folder.path());
    const auto expected = readHuggingFaceModel(kGolden / "hf_bias");
    QVERIFY(found.bias);
    QCOMPARE(found.arrays.size(), expected.arrays.size());
    for (size_t i = 0; i < found.arrays.size(); ++i) {
      QCOMPARE(found.arrays[i].name, expected.arrays[i].name);
      QVERIFY(found.arrays[i].values == expected.arrays[i].values);
    }
  }

  void buffersOf2021AreIgnored() {
    QVERIFY(TorchFile(kGolden / "hf_variants/pytorch_model_2021.bin").has("transformer.h.0.attn.masked_bias"));
    const auto found = readHuggingFaceModel(kGolden / "hf_variants/pytorch_model_2021.bin");
    QCOMPARE(found.arrays.size(), readHuggingFaceModel(kGolden / "hf_variants").arrays.size());
  }

  void anotherShapeIsRefused() {
    const TorchFile file(kGolden / "hf_variants/pytorch_model.bin");
    QVERIFY_THROWS_EXCEPTION(Error, file.floats("transformer.wpe.weight", std::array<int64_t, 2>{4, 16}));
    QVERIFY_THROWS_EXCEPTION(Error, file.floats("absent", std::array<int64_t, 1>{4}));
  }

  void brokenFilesAreRefusedByName_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<bool>("refused");
    for (const auto& broken : brokenFiles("pickle/"))
      QTest::newRow(broken.file.filename().c_str())
          << QString::fromStdString(broken.file.string()) << broken.mustBeRefused;
    QTest::newRow("the sound one") << QString::fromStdString((kGolden / "broken/_valid/hf/pytorch_model.bin").string())
                                   << false;
  }
  void brokenFilesAreRefusedByName() {
    QFETCH(QString, file);
    QFETCH(bool, refused);
    const TempFolder folder;
    const auto config = kGolden / "broken/_valid/hf/config.json";
    fs::copy_file(config, folder / "config.json");
    fs::copy_file(file.toStdString(), folder / "pytorch_model.bin");
    const auto sound = readHuggingFaceModel(config.parent_path());
    largestAllocation = 0;
    try {
      const auto model = readHuggingFaceModel(folder.path());
      QVERIFY(!refused);
      for (size_t i = 0; i < sound.arrays.size(); ++i) QVERIFY(model.arrays.at(i).values == sound.arrays[i].values);
    } catch (const Error& error) {
      QVERIFY2(std::string_view(error.what()).starts_with((folder / "pytorch_model.bin").string()), error.what());
      QVERIFY2(!QString::fromStdString(file.toStdString()).contains("_valid"), error.what());
    }
    QVERIFY2(largestAllocation < 6 << 20, "a size was believed before it was checked");  // deep.bin: 64 times its 80 KB
    QVERIFY(!fs::exists("PWNED"));
    QVERIFY(!fs::exists(folder / "PWNED") && !fs::exists(folder / "../PWNED"));
  }

  /// Cut or changed anywhere, both formats give the right tensors or an Error, never a crash.
  void damageAnywhereIsSafe_data() {
    QTest::addColumn<QString>("file");
    for (const char* name : {"pytorch_model_parameters.bin", "pytorch_model_legacy.bin", "pytorch_model_views.bin"})
      QTest::newRow(name) << name;
  }
  void damageAnywhereIsSafe() {
    QFETCH(QString, file);
    const TempFolder folder;
    const std::string whole = readFile(kGolden / "hf_variants" / file.toStdString(), 1 << 20);
    const auto open = [&](std::string_view text) {
      std::ofstream(folder / "model.bin", std::ios::binary) << text;
      try {
        const TorchFile opened(folder / "model.bin");
        return true;
      } catch (const Error& error) {
        if (std::string_view(error.what()).find("model.bin") == std::string_view::npos) qFatal("%s", error.what());
        return false;
      }
    };
    QVERIFY(open(whole));
    for (size_t length = 0; length < whole.size(); length += 211) QVERIFY(!open(whole.substr(0, length)));
    for (size_t at = 0; at < 3000; at += 7) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
      open(changed);
    }
  }
};

QTEST_APPLESS_MAIN(TorchFileTest)
#include "torch_file_test.moc"
