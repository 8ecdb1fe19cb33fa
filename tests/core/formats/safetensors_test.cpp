#include "core/formats/safetensors.h"

#include <QTest>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/formats/float_types.h"
#include "core/formats/npy.h"
#include "tests/support/broken_files.h"
#include "tests/support/sentence_of.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = SCANLINE_GOLDEN;

/// A safetensors file with this header, padded by nothing, and so many data bytes.
fs::path writeRaw(const TempFolder& folder, const std::string& header, size_t dataBytes) {
  const uint64_t length = header.size();
  std::string text(reinterpret_cast<const char*>(&length), 8);
  text += header + std::string(dataBytes, '\0');
  writeFileAtomically(folder / "raw.safetensors", text);
  return folder / "raw.safetensors";
}

std::string refusal(const fs::path& file) {
  return sentenceOf([&] { const SafetensorsFile opened(file); });
}

template <class T>
TensorView view(Dtype dtype, std::vector<int64_t> shape, const std::vector<T>& values) {
  return {dtype, std::move(shape), std::as_bytes(std::span(values))};
}

}  // namespace

class SafetensorsTest : public QObject {
  Q_OBJECT
 private slots:
  void brokenFilesAreRefusedByName_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("sentence");
    for (const auto& broken : brokenFiles("safetensors/")) {
      if (broken.what.find("valid file") != std::string::npos)
        continue;  // sound as a container: the model reader's affair
      QTest::newRow(broken.file.filename().c_str())
          << QString::fromStdString(broken.file.string()) << QString::fromStdString(broken.sentence);
    }
  }
  void brokenFilesAreRefusedByName() {
    QFETCH(QString, file);
    QFETCH(QString, sentence);
    const auto message = refusal(file.toStdString());
    QVERIFY(!sentence.isEmpty());
    QVERIFY2(QString::fromStdString(message).contains(sentence), message.c_str());
    QVERIFY2(message.find(fs::path(file.toStdString()).filename().string()) != std::string::npos, message.c_str());
  }

  void messagesNameTensorAndSizes() {
    const TempFolder folder;
    QCOMPARE(refusal(writeRaw(folder, R"({"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,20]}})", 20)),
             (folder / "raw.safetensors").string() +
                 ": tensor a of type F32 and shape [2, 3] needs 24 bytes, and its data_offsets span 20. The file is "
                 "damaged; "
                 "get it again.");
  }

  void headersOfAnotherFormAreRefused() {
    const TempFolder folder;
    for (const auto& [header, sentence] : {std::pair("[]", "its header is not a JSON object"),
                                           {R"({"a":3})", "tensor a is not described by an object"},
                                           {R"({"__metadata__":3})", "__metadata__ is not an object"},
                                           {R"({"__metadata__":{"k":1}})", "the key k whose value is not text"}}) {
      const auto message = refusal(writeRaw(folder, header, 0));
      QVERIFY2(message.find(sentence) != std::string::npos, message.c_str());
    }
  }

  void holesAreRefused() {
    const TempFolder folder;
    const auto message = refusal(writeRaw(folder,
                                          R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                                          R"("b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})",
                                          3));
    QVERIFY2(message.find("tensor b begins at byte 2") != std::string::npos, message.c_str());
  }

  void sizesAreMultipliedWithoutOverflow() {
    const TempFolder folder;  // 2^32 * 2^32 * 4 is 0 modulo 2^64, and its data_offsets span as much
    const auto header = R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})";
    QVERIFY(refusal(writeRaw(folder, header, 0)).find("impossible shape") != std::string::npos);
  }

  void everyTypeIsWrittenAndReadBack() {
    const TempFolder folder;
    std::vector<std::pair<std::string, std::vector<std::byte>>> bytes;
    for (int type = 0; type <= static_cast<int>(Dtype::U64); ++type) {
      auto& entry =
          bytes.emplace_back(std::string(dtypeName(static_cast<Dtype>(type))),
                             std::vector<std::byte>(static_cast<size_t>(3 * dtypeBytes(static_cast<Dtype>(type)))));
      for (size_t i = 0; i < entry.second.size(); ++i)
        entry.second[i] = static_cast<std::byte>(7 * type + static_cast<int>(i));
    }
    std::vector<std::pair<std::string, TensorView>> tensors;
    for (int type = 0; type <= static_cast<int>(Dtype::U64); ++type)
      tensors.push_back({bytes[static_cast<size_t>(type)].first,
                         {static_cast<Dtype>(type), {3, 1}, bytes[static_cast<size_t>(type)].second}});
    const std::map<std::string, std::string, std::less<>> metadata{{"a", "x = 1\n\"é\""}, {"b", ""}};
    writeSafetensors(folder / "t", tensors, metadata);

    const SafetensorsFile file(folder / "t");
    QVERIFY(file.metadata() == metadata);
    QCOMPARE(file.tensors().size(), tensors.size());
    for (const auto& [name, expected] : tensors) {
      const auto& found = file.tensor(name);
      QCOMPARE(found.dtype, expected.dtype);
      QCOMPARE(found.shape, expected.shape);
      std::vector<std::byte> read(found.bytes);
      file.read(found, read);
      QVERIFY(std::ranges::equal(read, expected.bytes));
      QCOMPARE(found.offset % static_cast<uint64_t>(dtypeBytes(found.dtype)), 0UL);
    }
  }

  void emptyTensorsAndFilesAreSound() {
    const TempFolder folder;
    writeSafetensors(folder / "none", {}, {});
    QVERIFY(SafetensorsFile(folder / "none").tensors().empty());
    const std::vector<std::pair<std::string, TensorView>> tensors{{"e", {Dtype::F32, {0, 5}, {}}},
                                                                  {"s", {Dtype::U8, {}, {}}}};
    writeSafetensors(folder / "empty", std::span(tensors).first(1), {});
    QCOMPARE(SafetensorsFile(folder / "empty").tensor("e").shape, (std::vector<int64_t>{0, 5}));
  }

  void narrowFloatsWiden() {
    const TempFolder folder;
    const std::vector<uint16_t> half{0x0000, 0x8000, 0x3C00, 0xC000, 0x7BFF, 0x0001, 0x03FF, 0x7C00};
    const std::vector<uint16_t> brain{0x3F80, 0xC000, 0x7F7F, 0x0001};
    const std::vector<double> wide{1.5, -0.1};
    const std::vector<int32_t> whole{1, 2};
    const std::vector<std::pair<std::string, TensorView>> tensors{{"half", view(Dtype::F16, {8}, half)},
                                                                  {"brain", view(Dtype::BF16, {4}, brain)},
                                                                  {"wide", view(Dtype::F64, {2}, wide)},
                                                                  {"whole", view(Dtype::I32, {2}, whole)}};
    writeSafetensors(folder / "f", tensors, {});
    const SafetensorsFile file(folder / "f");
    QCOMPARE(file.floats("half", std::array<int64_t, 1>{8}),
             (std::vector<float>{0, -0.0F, 1, -2, 65504, 0x1p-24F, 1023 * 0x1p-24F, INFINITY}));
    QVERIFY(std::isnan(halfToFloat(0x7E00)));
    QCOMPARE(file.floats("brain", std::array<int64_t, 1>{4}), (std::vector<float>{1, -2, 0x1.FEp127F, 0x1p-133F}));
    QCOMPARE(file.floats("wide", std::array<int64_t, 1>{2}), (std::vector<float>{1.5F, -0.1F}));
    QVERIFY_EXCEPTION_THROWN(file.floats("whole", std::array<int64_t, 1>{2}), Error);
    QVERIFY_EXCEPTION_THROWN(file.floats("wide", std::array<int64_t, 1>{3}), Error);
    QVERIFY_EXCEPTION_THROWN(file.tensor("absent"), Error);
  }

  void everyTruncationIsNoticed() {
    const TempFolder folder;
    const auto whole = readFile(kGolden / "broken/_valid/hf/model.safetensors", 1 << 20);
    for (size_t length = 0; length < whole.size(); length += 97) {
      writeFileAtomically(folder / "cut", std::string_view(whole).substr(0, length));
      QVERIFY2(!refusal(folder / "cut").empty(), std::to_string(length).c_str());
    }
  }
};

QTEST_APPLESS_MAIN(SafetensorsTest)
#include "safetensors_test.moc"
