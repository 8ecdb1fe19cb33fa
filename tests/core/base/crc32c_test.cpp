#include "core/base/crc32c.h"

#include <QTest>
#include <array>
#include <cstring>
#include <string_view>
#include <vector>

using namespace scanline;

namespace {

std::span<const std::byte> bytesOf(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// The definition, one bit after the other.
uint32_t slowCrc(std::span<const std::byte> bytes) {
  uint32_t crc = ~0U;
  for (const std::byte byte : bytes) {
    crc ^= std::to_integer<uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) * 0x82F63B78U);
  }
  return ~crc;
}

}  // namespace

class Crc32cTest : public QObject {
  Q_OBJECT
 private slots:
  void rfc3720Vectors() {
    std::array<std::byte, 32> bytes{};
    QCOMPARE(crc32c(bytes), 0x8A9136AAU);
    bytes.fill(std::byte{0xFF});
    QCOMPARE(crc32c(bytes), 0x62A8AB43U);
    for (size_t i = 0; i < 32; ++i) bytes[i] = static_cast<std::byte>(i);
    QCOMPARE(crc32c(bytes), 0x46DD794EU);
    for (size_t i = 0; i < 32; ++i) bytes[i] = static_cast<std::byte>(31 - i);
    QCOMPARE(crc32c(bytes), 0x113FDB5CU);
    const std::array<uint8_t, 48> readCommand{0x01, 0xC0, 0, 0, 0, 0, 0,    0, 0,    0, 0, 0,    0, 0, 0, 0,
                                              0x14, 0,    0, 0, 0, 0, 0x04, 0, 0,    0, 0, 0x14, 0, 0, 0, 0x18,
                                              0x28, 0,    0, 0, 0, 0, 0,    0, 0x02, 0, 0, 0,    0, 0, 0, 0};
    QCOMPARE(crc32c(std::as_bytes(std::span(readCommand))), 0xD9963A56U);
    QCOMPARE(crc32c(bytesOf("123456789")), 0xE3069283U);
    QCOMPARE(crc32c({}), 0U);
  }

  void everyLengthAgreesWithTheDefinition() {
    std::vector<std::byte> bytes;
    for (uint32_t i = 0; i < 70; ++i) {
      QCOMPARE(crc32c(bytes), slowCrc(bytes));
      bytes.push_back(static_cast<std::byte>(i * 37 + 11));
    }
  }

  void aSumGoesOnWhereItStopped() {
    const auto whole = bytesOf("a sum may be taken in pieces of any length");
    for (size_t cut = 0; cut <= whole.size(); ++cut)
      QCOMPARE(crc32c(whole.subspan(cut), crc32c(whole.first(cut))), crc32c(whole));
  }

  void maskingIsUndone() {
    QCOMPARE(maskedCrc32c(0U), 0xA282EAD8U);
    for (const uint32_t crc : {0U, 1U, 0x8000U, 0xE3069283U, 0xFFFFFFFFU}) {
      QVERIFY(maskedCrc32c(crc) != crc);
      QCOMPARE(unmaskCrc32c(maskedCrc32c(crc)), crc);
    }
    // The first eight bytes of a file by TensorBoard (a length of 72) and the sum that it wrote behind them.
    const std::array<uint8_t, 8> length{72, 0, 0, 0, 0, 0, 0, 0};
    QCOMPARE(maskedCrc32c(crc32c(std::as_bytes(std::span(length)))), 0x9D4892FEU);
  }
};

QTEST_APPLESS_MAIN(Crc32cTest)
#include "crc32c_test.moc"
