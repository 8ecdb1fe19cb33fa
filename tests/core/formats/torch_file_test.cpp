#include "core/formats/torch_file.h"

#include <QTest>
#include <cmath>
#include <fstream>
#include <tuple>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/foreign/huggingface.h"
#include "core/formats/safetensors.h"
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

/// The opcodes of a text, of a storage of four floats, and of a tensor in it. Short texts of torch.save are
/// followed by memo entries, which nobody needs here.
std::string textOf(const std::string& text) {
  return std::string("X") + static_cast<char>(text.size()) + std::string(3, '\0') + text;
}
std::string storageOf(const std::string& type = "ctorch\nFloatStorage\n", const std::string& view = "") {
  return "(" + textOf("storage") + type + textOf("0") + textOf("cpu") + "K\x04" + view + "tQ";
}
std::string tensorOf(const std::string& arguments) {
  return "ctorch._utils\n_rebuild_tensor_v2\n(" + arguments + "tR";
}
const std::string kPlace("K\x00(K\x04t(K\x01t\x89}", 12);  // from element 0 on, 4 elements, one after the other

/// A file of PyTorch before 1.6, which has no checksums: its dict's one entry, and the storage behind it.
std::string olderFile(const std::string& key, const std::string& value, int64_t elements = 4, size_t bytes = 16) {
  const std::string protocol("\x80\x02", 2);
  std::string file = protocol + "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
  file += protocol + "M\xe9\x03." + protocol + "}.";
  file += protocol + "}" + key + value + "s." + protocol + "](" + textOf("0") + "e.";
  file.append(reinterpret_cast<const char*>(&elements), sizeof elements);
  return file + std::string(bytes, '\0');
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

  /// torch.serialization.set_crc32_options(False) leaves 0 in their place.
  void checksumsMayBeMissing() {
    const std::string raw = readFile(kGolden / "hf_variants/pytorch_model_f16.bin", 1 << 20);
    std::string without = raw, wrong = raw;
    const TempFolder folder;
    size_t entries = 0;
    for (size_t at = raw.find("PK\x01\x02"); at != std::string::npos; at = raw.find("PK\x01\x02", at + 4)) {
      uint32_t local = 0;
      std::memcpy(&local, raw.data() + at + 42, sizeof local);
      without.replace(at + 16, 4, 4, '\0').replace(local + 14, 4, 4, '\0');
      wrong.replace(at + 16, 4, "\1\2\3\4");
      ++entries;
    }
    QVERIFY(entries > 10);
    writeFileAtomically(folder / "without", without);
    compare(folder / "without", kGolden / "hf_variants/model.safetensors", false);
    writeFileAtomically(folder / "wrong", wrong);
    try {
      const TorchFile file(folder / "wrong");
      QFAIL("it was read");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what()).contains("and 04030201 was stored with it"), error.what());
    }
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
    QTest::addColumn<QString>("sentence");
    for (const auto& broken : brokenFiles("pickle/")) {
      QVERIFY(!broken.mustBeRefused || !broken.sentence.empty());
      QTest::newRow(broken.file.filename().c_str())
          << QString::fromStdString(broken.file.string()) << QString::fromStdString(broken.sentence);
    }
    QTest::newRow("the sound one") << QString::fromStdString((kGolden / "broken/_valid/hf/pytorch_model.bin").string())
                                   << QString();
  }
  void brokenFilesAreRefusedByName() {
    QFETCH(QString, file);
    QFETCH(QString, sentence);
    const TempFolder folder;
    const auto config = kGolden / "broken/_valid/hf/config.json";
    fs::copy_file(config, folder / "config.json");
    fs::copy_file(file.toStdString(), folder / "pytorch_model.bin");
    const auto sound = readHuggingFaceModel(config.parent_path());
    largestAllocation = 0;
    try {
      const auto model = readHuggingFaceModel(folder.path());
      QVERIFY(sentence.isEmpty());
      for (size_t i = 0; i < sound.arrays.size(); ++i) QVERIFY(model.arrays.at(i).values == sound.arrays[i].values);
    } catch (const Error& error) {
      QVERIFY2(std::string_view(error.what()).starts_with((folder / "pytorch_model.bin").string()), error.what());
      QVERIFY2(!sentence.isEmpty() && QString(error.what()).contains(sentence), error.what());
    }
    QVERIFY2(largestAllocation < 6 << 20, "a size was believed before it was checked");  // deep.bin: 64 times its 80 KB
    QVERIFY(!fs::exists("PWNED"));
    QVERIFY(!fs::exists(folder / "PWNED") && !fs::exists(folder / "../PWNED"));
  }

  void whatIsNoTensorIsSaid_data() {
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char* name, const std::string& file, const char* sentence) {
      QTest::newRow(name) << QByteArray::fromStdString(file) << QString(sentence);
    };
    const std::string a = textOf("a"), tensor = tensorOf(storageOf() + kPlace);
    row("sound", olderFile(a, tensor), "");
    row("a number as its name", olderFile("K\x01", tensor), "an entry whose name is not text");
    row("a number as its value", olderFile(a, "K\x01"), "holds no tensors by name");
    row("no place", olderFile(a, tensorOf(storageOf())), "its offset is missing or of another kind");
    row("no storage", olderFile(a, tensorOf("N" + kPlace)), "its storage is missing or of another kind");
    row("no type", olderFile(a, tensorOf(storageOf("ctorch._utils\n_rebuild_parameter\n") + kPlace)),
        "which is no storage");
    row("a part", olderFile(a, tensorOf(storageOf("ctorch\nFloatStorage\n", "K\x01") + kPlace)), "a part of a storage");
    row("elements again and again", olderFile(a, tensorOf(storageOf() + std::string("K\x00(K\x05t(K\x00t\x89}", 12))),
        "reaches beyond its storage of 4 elements");
    row("another size", olderFile(a, tensor, 5), "has a storage 0 of 5 elements");
    row("no bytes", olderFile(a, tensor, 4, 15), "of 4 elements and 15 bytes behind it");
    std::string cut = olderFile(a, tensor, 4, 0);
    cut.pop_back();
    row("no size", cut, "ends before storage 0");
  }
  void whatIsNoTensorIsSaid() {
    QFETCH(QByteArray, file);
    QFETCH(QString, sentence);
    const TempFolder folder;
    std::ofstream(folder / "a.bin", std::ios::binary) << file.toStdString();
    try {
      QCOMPARE(TorchFile(folder / "a.bin").floats("a", std::array<int64_t, 1>{4}), std::vector<float>(4));
      QVERIFY(sentence.isEmpty());
    } catch (const Error& error) {
      QVERIFY2(!sentence.isEmpty() && QString(error.what()).contains(sentence), error.what());
    }
  }

  void olderFilesOfOthersAreRefused() {
    const TempFolder folder;
    const std::string whole = readFile(kGolden / "hf_variants/pytorch_model_legacy.bin", 1 << 20);
    for (const auto& [from, to, sentence] :
         {std::tuple("M\xe9\x03", "M\xea\x03", "is of version 1002, expected 1001"),
          {"little_endianq\x02\x88", "little_endianq\x02\x89", "another byte order"}}) {
      std::string changed = whole;
      QVERIFY2(changed.find(from) != std::string::npos, from);
      std::ofstream(folder / "a.bin", std::ios::binary)
          << changed.replace(changed.find(from), std::string_view(from).size(), to);
      try {
        const TorchFile opened(folder / "a.bin");
        QFAIL("it was read");
      } catch (const Error& error) {
        QVERIFY2(QString(error.what()).contains(sentence), error.what());
      }
    }
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
