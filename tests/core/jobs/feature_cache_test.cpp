// The bound on the kept features of models.
#include "core/jobs/feature_cache.h"

#include <QTest>
#include <chrono>
#include <fstream>

#include "core/base/record_file.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

class FeatureCacheTest : public QObject {
  Q_OBJECT

  TempFolder cache_;

  /// A file that was used so many minutes ago.
  static fs::path made(const std::string& name, int64_t bytes, int minutes) {
    const fs::path file = featureCacheFolder() / name;
    openRecordFile({.file = file, .count = bytes, .recordBytes = 1, .contents = "numbers"},
                   [](int64_t, std::span<std::byte>, std::span<uint8_t>) {});
    const auto then = fs::file_time_type::clock::now() - std::chrono::minutes(minutes);
    for (const std::string ending : {"", ".sums"}) fs::last_write_time(file.string() + ending, then);
    return file;
  }
  static bool isThere(const fs::path& file) { return fs::exists(file) && fs::exists(file.string() + ".sums"); }

 private slots:
  void init() {
    qputenv("XDG_CACHE_HOME", QByteArray::fromStdString((cache_ / QTest::currentTestFunction()).string()));
  }

  void nothingGoesWhileThereIsRoom() {
    const auto old = made("old", 50'000, 60), used = made("used", 50'000, 5);
    QVERIFY(featureCacheBytes() > 100'000);
    useCachedFile(used, featureCacheBytes());
    QVERIFY(isThere(old) && isThere(used));
  }

  void theOneUsedLongestAgoGoesFirst() {
    const auto oldest = made("b", 50'000, 60), older = made("a", 50'000, 30), used = made("c", 50'000, 90);
    useCachedFile(used, featureCacheBytes() - 1);
    QVERIFY(!fs::exists(oldest) && !fs::exists(oldest.string() + ".sums") && !fs::exists(oldest.string() + ".lock"));
    QVERIFY(isThere(older) && isThere(used));
  }

  void useCounts() {
    const auto first = made("first", 50'000, 60), second = made("second", 50'000, 30);
    useCachedFile(first);
    const auto third = made("third", 50'000, 0);
    useCachedFile(third, featureCacheBytes() - 1);
    QVERIFY(isThere(first) && !fs::exists(second) && isThere(third));
  }

  void theOneInUseStaysHoweverLargeItIs() {
    const auto used = made("used", 50'000, 5);
    useCachedFile(used, 1);
    QVERIFY(isThere(used));
  }
};

QTEST_GUILESS_MAIN(FeatureCacheTest)
#include "feature_cache_test.moc"
