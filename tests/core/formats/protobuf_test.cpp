#include "core/formats/protobuf.h"

#include <QTest>
#include <array>
#include <cmath>
#include <vector>

using namespace scanline;

namespace {

std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> out;
  for (const int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

/// The sentence that reading all fields ends with; empty if they are sound.
std::string complaint(const std::vector<std::byte>& message) {
  ProtobufReader reader(message, "a.bin");
  try {
    while (reader.next()) continue;
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

class ProtobufTest : public QObject {
  Q_OBJECT
 private slots:
  void whatIsWrittenIsReadBack() {
    ProtobufWriter inner;
    inner.text(1, "loss");
    inner.float32(2, 0.25F);
    ProtobufWriter writer;
    writer.float64(1, -1.5);
    writer.int64(2, -5);
    writer.varint(3, UINT64_MAX);
    writer.message((1U << 29) - 1, inner);

    ProtobufReader reader(writer.written(), "a.bin");
    QVERIFY(reader.next());
    QCOMPARE(reader.asDouble(), -1.5);
    QVERIFY(reader.next());
    QCOMPARE(reader.asInt64(), -5);
    QVERIFY(reader.next());
    QCOMPARE(reader.asUint64(), UINT64_MAX);
    QVERIFY(reader.next());
    QCOMPARE(reader.field(), (1U << 29) - 1);
    ProtobufReader message = reader.asMessage();
    QVERIFY(message.next());
    QVERIFY(message.asText() == "loss");
    QVERIFY(message.next());
    QCOMPARE(message.asFloat(), 0.25F);
    QVERIFY(!message.next());
    QVERIFY(!reader.next());
  }

  /// The example of the encoding's documentation: field 1 is 150.
  void theEncodingIsTheDocumentedOne() {
    ProtobufWriter writer;
    writer.varint(1, 150);
    QVERIFY(std::ranges::equal(writer.written(), bytes({0x08, 0x96, 0x01})));
  }

  void repeatedNumbersMayBePackedOrNot() {
    for (const auto& message : {bytes({0x08, 0x07}), bytes({0x0A, 0x02, 0x07, 0x09})}) {
      ProtobufReader reader(message, "a.bin");
      QVERIFY(reader.next());
      QCOMPARE(reader.firstVarint(), std::optional<uint64_t>(7));
    }
    for (const auto& message : {bytes({0x0D, 0, 0, 0x80, 0x3F}), bytes({0x0A, 0x04, 0, 0, 0x80, 0x3F})}) {
      ProtobufReader reader(message, "a.bin");
      QVERIFY(reader.next());
      QCOMPARE(reader.firstFixed<uint32_t>(), std::optional(std::bit_cast<uint32_t>(1.0F)));
    }
    const auto empty = bytes({0x0A, 0x00});
    ProtobufReader reader(empty, "a.bin");
    QVERIFY(reader.next());
    QVERIFY(!reader.firstVarint());
    QVERIFY(!reader.firstFixed<uint64_t>());
  }

  void nothingIsReadBeyondTheMessage() {
    ProtobufWriter writer;
    writer.float64(1, 1);
    writer.text(2, "a text of some length");
    writer.float32(3, 2);
    writer.varint(4, 1U << 30);
    const std::vector<std::byte> whole(writer.written().begin(), writer.written().end());
    size_t sound = 0;
    for (size_t length = 0; length < whole.size(); ++length)
      if (complaint({whole.begin(), whole.begin() + static_cast<long>(length)}).empty()) ++sound;
    QCOMPARE(sound, 4U);  // only where a field ends
  }

  void malformedMessagesAreRefused() {
    QVERIFY(complaint(bytes({0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})).empty());
    const std::string tooLong = complaint(bytes({0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2}));
    QVERIFY2(tooLong.starts_with("a.bin: ") && tooLong.find("64 bits") != std::string::npos, tooLong.c_str());
    QVERIFY(complaint(bytes({0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})).find("64 bits") !=
            std::string::npos);
    QVERIFY(complaint(bytes({0x00, 0x01})).find("number is outside") != std::string::npos);
    QVERIFY(complaint(bytes({0x0B})).find("kind of value") != std::string::npos);
    QVERIFY(complaint(bytes({0x0A, 255, 255, 255, 255, 7, 1})).find("2147483647 bytes where 1 are left") !=
            std::string::npos);
  }

  void aFieldOfAnotherKindIsNotMisread() {
    const auto message = bytes({0x08, 0x01});
    ProtobufReader reader(message, "a.bin");
    QVERIFY(reader.next());
    QVERIFY_THROWS_EXCEPTION(Error, reader.asFloat());
    QVERIFY_THROWS_EXCEPTION(Error, reader.asBytes());
    QVERIFY_THROWS_EXCEPTION(Error, reader.firstFixed<uint32_t>());
  }
};

QTEST_APPLESS_MAIN(ProtobufTest)
#include "protobuf_test.moc"
