// The pictures that are most like one, against a search that is written differently; features that are kept.
#include "core/jobs/neighbours.h"

#include <QTest>
#include <fstream>
#include <map>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/user_folders.h"
#include "tests/core/jobs/studio_support.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

/// Counts how many pictures it was asked about.
class CountingModel : public FakeOpenModel {
 public:
  using FakeOpenModel::FakeOpenModel;
  std::vector<float> features(const TokenSet& pictures, int64_t layer, const Control& control) const override {
    asked += pictures.count;
    return FakeOpenModel::features(pictures, layer, control);
  }
  mutable int64_t asked = 0;
};

int64_t filesIn(const fs::path& folder) {
  std::error_code error;
  int64_t count = 0;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) ++count;
  return count;
}

}  // namespace

class NeighboursTest : public QObject {
  Q_OBJECT

  TempFolder cache_;
  std::shared_ptr<CountingModel> model_ = std::make_shared<CountingModel>(digitsInfo(), 100);
  std::unique_ptr<StudioData> data_;

  FeatureTable table(int64_t layer = 1) { return featuresOf(*data_, DataSplit::Train, "model", layer, {}); }

 private slots:
  void initTestCase() {
    qputenv("XDG_CACHE_HOME", QByteArray::fromStdString((cache_ / ".").string()));
    data_ = std::make_unique<StudioData>(model_, digitsSpec(), quietContext());
  }

  void featuresAreTheModels() {
    const FeatureTable all = table();
    QCOMPARE(all.count, data_->count(DataSplit::Train));
    QCOMPARE(all.width, 12);
    for (int64_t row = 0; row < all.count; row += 13) {
      const auto tokens = data_->tokens(DataSplit::Train, std::vector{row});
      const auto expected = model_->features(tokens, 1, {});
      QCOMPARE(std::vector<float>(all.row(row).begin(), all.row(row).end()), expected);
    }
    QCOMPARE(std::ssize(all.all()), all.count * 12);
  }

  void theyAreComputedOnceForEachModelAndLayer() {
    table();
    const int64_t before = model_->asked;
    table();
    QCOMPARE(model_->asked, before);
    table(2);
    QCOMPARE(model_->asked, before + data_->count(DataSplit::Train));
    featuresOf(*data_, DataSplit::Train, "another model", 2, {});
    QCOMPARE(model_->asked, before + 2 * data_->count(DataSplit::Train));
    featuresOf(*data_, DataSplit::Validation, "model", 2, {});
    QCOMPARE(model_->asked, before + 2 * data_->count(DataSplit::Train) + data_->count(DataSplit::Validation));
  }

  void aFileThatIsDamagedIsMadeAgain() {
    const auto expected = table().all();
    for (const auto& entry : fs::directory_iterator(userCacheFolder() / "features"))
      if (entry.path().extension().empty()) {
        std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(100);
        file.put('x');
      }
    QCOMPARE(table().all(), expected);
  }

  void aStopIsHeardAndTheRestGoesOn() {
    std::stop_source stop;
    const Control control({.report =
                               [&](int64_t done, int64_t) {
                                 if (done >= 32) stop.request_stop();
                               },
                           .stop = stop.get_token()});
    QVERIFY_THROWS_EXCEPTION(Stopped, featuresOf(*data_, DataSplit::Train, "stopped", 3, control));
    QVERIFY(filesIn(userCacheFolder() / "features") > 0);
    QCOMPARE(featuresOf(*data_, DataSplit::Train, "stopped", 3, {}).all(), table(3).all());
  }

  void nearestByFeaturesEqualsAnotherSearch() {
    const FeatureTable all = table();
    for (const int64_t query : {0, 17, 101}) {
      const auto one = all.row(query);
      // Unit vectors first, then a sorted map of all products.
      std::multimap<double, int64_t, std::greater<>> sorted;
      const auto unit = [](std::span<const float> row) {
        std::vector<double> values(row.begin(), row.end());
        double length = 0;
        for (const double value : values) length = std::hypot(length, value);
        for (double& value : values) value /= length;
        return values;
      };
      const auto from = unit(one);
      for (int64_t row = 0; row < all.count; ++row) {
        const auto to = unit(all.row(row));
        double cosine = 0;
        for (size_t d = 0; d < to.size(); ++d) cosine += from[d] * to[d];
        sorted.emplace(cosine, row);
      }
      const auto found = nearestByFeatures(all, one, 10);
      QCOMPARE(found.size(), size_t{10});
      auto expected = sorted.begin();
      for (const Neighbour& each : found) {
        QVERIFY(std::abs(each.likeness - expected->first) < 1e-12);
        // Of equal ones, whichever: rounding decides.
        const auto cosine = std::ranges::find_if(sorted, [&](const auto& pair) { return pair.second == each.row; });
        QVERIFY(std::abs(cosine->first - each.likeness) < 1e-12);
        ++expected;
      }
      QVERIFY(std::abs(found[0].likeness - 1) < 1e-12);
    }
  }

  void ofEqualsTheLowerRowIsFirst() {
    ImageSet images{.count = 4, .width = 1, .height = 1, .rgb = {9, 9, 9, 5, 5, 5, 1, 1, 1, 5, 5, 5}};
    const Image query{1, 1, {5, 5, 5}};
    const auto found = nearestByPixels(images, query, 3);
    QCOMPARE(found.size(), size_t{3});
    QCOMPARE(found[0].row, 1);
    QCOMPARE(found[1].row, 3);
    QCOMPARE(found[2].row, 0);
    QCOMPARE(found[2].likeness, -16.0);
    QCOMPARE(nearestByPixels(images, query, 100).size(), size_t{4});
    QCOMPARE(nearestByPixels(images, query, 0).size(), size_t{0});
  }

  void aPictureOfTheDataIsItsOwnNearest() {
    for (const int64_t row : {3, 50, 149}) {
      const Image query = data_->picture(DataSplit::Train, row).image;
      const auto found = nearestByPixels(data_->images(DataSplit::Train), query, 5);
      QCOMPARE(found[0].row, row);
      QCOMPARE(found[0].likeness, 0.0);
      QVERIFY(std::ranges::is_sorted(found, std::greater(), &Neighbour::likeness));
      // The difference as it is defined.
      const auto other = data_->images(DataSplit::Train).image(found[4].row);
      double sum = 0;
      for (size_t i = 0; i < other.size(); ++i) sum += std::pow(double(other[i]) - double(query.rgb[i]), 2);
      QVERIFY(std::abs(-found[4].likeness - sum / double(other.size())) < 1e-9);
    }
  }

  void aVectorOfLengthNoneIsLikeNothing() {
    const std::vector<float> none(12, 0);
    for (const Neighbour& each : nearestByFeatures(table(), none, 3)) QCOMPARE(each.likeness, 0.0);
  }

  void faultsAreSentences() {
    QVERIFY_THROWS_EXCEPTION(Error, table(4));
    QVERIFY_THROWS_EXCEPTION(Error, table(-1));
    QVERIFY_THROWS_EXCEPTION(Error, featuresOf(*data_, DataSplit::Test, "model", 1, {}));
    QVERIFY_THROWS_EXCEPTION(Error, nearestByFeatures(table(), std::vector<float>(11), 1));
    QVERIFY_THROWS_EXCEPTION(Error, nearestByPixels(data_->images(DataSplit::Train), blank(), 1));
  }

 private:
  static Image blank() { return {7, 8, std::vector<uint8_t>(3 * 56)}; }
};

QTEST_APPLESS_MAIN(NeighboursTest)
#include "neighbours_test.moc"
