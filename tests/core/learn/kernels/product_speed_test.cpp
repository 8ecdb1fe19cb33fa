#include <torch/torch.h>

#include "core/learn/kernels/product_speed.h"

#include <QTemporaryDir>
#include <QTest>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/base/atomic_file.h"

using namespace scanline;

namespace {

namespace fs = std::filesystem;

constexpr ProductShape kSmall{.rows = 64, .width = 16};

}  // namespace

class ProductSpeedTest : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir folder_;
  fs::path file(const char* name) const { return fs::path(folder_.path().toStdString()) / "deep" / name; }
  static nlohmann::json read(const fs::path& file) { return nlohmann::json::parse(readFile(file, 1 << 20)); }

 private Q_SLOTS:
  void initTestCase() { at::set_num_threads(1); }

  void isMeasuredOnceAMachineAndShape() {
    const auto path = file("once.json");
    const auto first = productSpeed(kSmall, path);
    QVERIFY(first.fp32 > 0 && first.bf16 > 0);
    QVERIFY(productSpeed(kSmall, path) == first);
    QCOMPARE(read(path).size(), size_t{1});
    (void)productSpeed({.rows = 64, .width = 32}, path);
    (void)productSpeed({.rows = 32, .width = 16}, path);
    at::set_num_threads(2);
    (void)productSpeed(kSmall, path);
    at::set_num_threads(1);
    QCOMPARE(read(path).size(), size_t{4});
    QVERIFY(productSpeed(kSmall, path) == first);
  }

  /// Times of another machine say nothing about this one.
  void entriesOfOtherMachinesStayAndAreNotTaken() {
    const auto path = file("other.json");
    (void)productSpeed(kSmall, path);
    for (const char* key : {"processor", "instructionSet", "libtorch"}) {
      auto entries = read(path);
      for (auto& entry : entries) {
        entry[key] = "another";
        entry["fp32"] = 12345.0;
      }
      std::ofstream(path) << entries.dump();
      QVERIFY2(productSpeed(kSmall, path).fp32 != 12345.0, key);
      QCOMPARE(read(path).size(), entries.size() + 1);
    }
  }

  void whatIsKeptDecides() {
    const auto path = file("kept.json");
    (void)productSpeed(kSmall, path);
    auto entries = read(path);
    entries[0]["fp32"] = 7.5;
    entries[0]["bf16"] = 8.5;
    std::ofstream(path) << entries.dump();
    QVERIFY(productSpeed(kSmall, path) == (ProductSpeed{7.5, 8.5}));
  }

  void aDamagedFileIsMadeAgain_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("cut off") << QByteArray("[{\"processor\": \"x\", ");
    QTest::newRow("an object") << QByteArray("{\"fp32\": 1}");
    QTest::newRow("other things") << QByteArray("[1, null, \"text\", [], {}]");
    QTest::newRow("too large") << QByteArray(2 << 20, ' ');
    QTest::newRow("deep") << QByteArray(100'000, '[');
  }
  void aDamagedFileIsMadeAgain() {
    QFETCH(QByteArray, text);
    const auto path = file("damaged.json");
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text.toStdString();
    const auto speed = productSpeed(kSmall, path);
    QVERIFY(speed.fp32 > 0 && speed.bf16 > 0);
    QVERIFY(productSpeed(kSmall, path) == speed);
  }

  void ratesThatAreNoneAreMeasuredAgain() {
    const auto path = file("rates.json");
    for (const nlohmann::json& rate :
         {nlohmann::json(-1), nlohmann::json(0), nlohmann::json("fast"), nlohmann::json()}) {
      (void)productSpeed(kSmall, path);
      auto entries = read(path);
      entries[0]["bf16"] = rate;
      std::ofstream(path) << entries.dump();
      QVERIFY(productSpeed(kSmall, path).bf16 > 0);
      fs::remove(path);
    }
  }

  /// A file in the way of the folder: nothing can be kept, for root as well.
  void aPlaceThatCannotBeWrittenOnlyCostsTheMeasurement() {
    const fs::path blocked = fs::path(folder_.path().toStdString()) / "blocked";
    std::ofstream(blocked) << "no folder";
    QVERIFY(productSpeed(kSmall, blocked / "speed.json").fp32 > 0);
  }

  void theFileStaysSmall() {
    const auto path = file("many.json");
    for (int64_t rows = 1; rows <= 205; ++rows) (void)productSpeed({.rows = rows, .width = 2}, path);
    QCOMPARE(read(path).size(), size_t{200});
    QCOMPARE(read(path).back()["rows"].get<int64_t>(), 205);
  }
};

QTEST_APPLESS_MAIN(ProductSpeedTest)
#include "product_speed_test.moc"
