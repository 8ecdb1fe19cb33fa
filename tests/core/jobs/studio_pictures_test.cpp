// Pictures of a run's own data to ask a model about.
#include "core/jobs/studio_pictures.h"

#include <QTest>
#include <set>

#include "core/base/error.h"
#include "core/formats/npy.h"
#include "core/tokens/tokens.h"
#include "tests/core/jobs/studio_support.h"
#include "tests/support/temp_folder.h"

using namespace scanline;

class StudioPicturesTest : public QObject {
  Q_OBJECT

  TempFolder folder_;
  std::shared_ptr<FakeOpenModel> model_ = digitsModel();
  std::unique_ptr<StudioData> data_;

 private slots:
  void initTestCase() { data_ = std::make_unique<StudioData>(model_, digitsSpec(), quietContext()); }

  void picturesAreThoseOfTheRun() {
    const RunSpec spec = digitsSpec();
    const Dataset set = loadDataset(spec.data, spec.seed);
    QCOMPARE(data_->count(DataSplit::Train), set.train.count);
    QCOMPARE(data_->count(DataSplit::Validation), set.validation.count);
    QCOMPARE(data_->count(DataSplit::Test), set.test.count);
    QCOMPARE(data_->classNames(), set.classNames);
    const TokenSet tokens = tokenize(set.validation, *model_->facts().palette);
    for (const int64_t index : {int64_t{0}, int64_t{7}, set.validation.count - 1}) {
      const DataPicture picture = data_->picture(DataSplit::Validation, index);
      const auto expected = tokens.image(index);
      QCOMPARE(picture.tokens, std::vector<Token>(expected.begin(), expected.end()));
      QCOMPARE(picture.label, set.validation.labels[static_cast<size_t>(index)]);
      const auto rgb = set.validation.image(index);
      QCOMPARE(picture.image.rgb, std::vector<uint8_t>(rgb.begin(), rgb.end()));
    }
    QVERIFY_THROWS_EXCEPTION(Error, data_->picture(DataSplit::Validation, set.validation.count));
    QVERIFY_THROWS_EXCEPTION(Error, data_->picture(DataSplit::Validation, -1));
  }

  void manyAreTheSameAsOneByOne() {
    std::vector<int64_t> rows;
    for (int64_t i = 0; i < 130; ++i) rows.push_back((i * 37) % data_->count(DataSplit::Train));
    const TokenSet all = data_->tokens(DataSplit::Train, rows);
    QCOMPARE(all.count, 130);
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto row = all.image(static_cast<int64_t>(i));
      const DataPicture picture = data_->picture(DataSplit::Train, rows[i]);
      QCOMPARE(std::vector<Token>(row.begin(), row.end()), picture.tokens);
      QCOMPARE(all.labels[i], picture.label);
    }
  }

  void choicesAreOfTheirClass() {
    const auto rows = chosenRows(*data_, {.split = DataSplit::Train, .label = 3});
    QVERIFY(!rows.empty() && std::ranges::is_sorted(rows));
    const auto labels = data_->labels(DataSplit::Train);
    QCOMPARE(std::ssize(rows), std::ranges::count(labels, 3));
    for (const int64_t row : rows) QCOMPARE(labels[static_cast<size_t>(row)], 3);
    QCOMPARE(std::ssize(chosenRows(*data_, {.split = DataSplit::Train})), data_->count(DataSplit::Train));
    QCOMPARE(classNamed(*data_, "3"), 3);
    QVERIFY_THROWS_EXCEPTION(Error, chosenRows(*data_, {.label = 99}));
    QVERIFY_THROWS_EXCEPTION(Error, chosenRows(*data_, {.split = DataSplit::Test}));
    QVERIFY_THROWS_EXCEPTION(Error, classNamed(*data_, "cat"));
    QVERIFY_THROWS_EXCEPTION(Error, classNamed(*data_, "10"));
    QCOMPARE(splitNamed("train"), DataSplit::Train);
    QVERIFY_THROWS_EXCEPTION(Error, splitNamed("trein"));
  }

  void chanceIsTheSeeds() {
    const PictureChoice choice{.split = DataSplit::Train, .label = 5};
    const auto one = randomRows(*data_, choice, 6, 1);
    QCOMPARE(one.size(), size_t{6});
    QCOMPARE(std::set(one.begin(), one.end()).size(), size_t{6});
    QCOMPARE(randomRows(*data_, choice, 6, 1), one);
    QVERIFY(randomRows(*data_, choice, 6, 2) != one);
    for (const int64_t row : one) QCOMPARE(data_->labels(DataSplit::Train)[static_cast<size_t>(row)], 5);
    QCOMPARE(randomRows(*data_, choice, 1000, 1).size(), chosenRows(*data_, choice).size());
  }

  void theWorstHaveTheHighestLoss() {
    const auto worst = worstRows(*data_, {}, 5, 1000, 1, {});
    QCOMPARE(worst.size(), size_t{5});
    std::vector<double> all;  // the loss of each, one at a time
    for (int64_t row = 0; row < data_->count(DataSplit::Validation); ++row) {
      const auto tokens = data_->picture(DataSplit::Validation, row).tokens;
      const Surprise surprise = model_->surprise({.count = 1, .length = 64, .ids = tokens}, {}, {});
      double sum = 0;
      for (const float nats : surprise.nats) sum += static_cast<double>(nats);
      all.push_back(sum / 64);
    }
    for (const auto& [row, nats] : worst) QVERIFY(std::abs(nats - all[static_cast<size_t>(row)]) < 1e-6);
    std::ranges::sort(all, std::greater());
    for (size_t i = 0; i < worst.size(); ++i) QVERIFY(std::abs(worst[i].nats - all[i]) < 1e-6);
  }

  void onlySoManyAreLookedAt() {
    int64_t most = 0;
    const Control control({.report = [&](int64_t, int64_t total) { most = std::max(most, total); }});
    const auto some = worstRows(*data_, {}, 50, 20, 4, control);
    QCOMPARE(some.size(), size_t{20});
    QCOMPARE(most, 20);
    std::vector<int64_t> rows, again;
    for (const auto& each : some) rows.push_back(each.row);
    for (const auto& each : worstRows(*data_, {}, 50, 20, 4, {})) again.push_back(each.row);
    QCOMPARE(again, rows);
  }

  void bertIsAskedUnderAMaskOfItsRate() {
    RunSpec spec = digitsSpec();
    spec.model.objective = Objective::Bert;
    spec.model.maskRate = 0.25;
    const StudioData data(digitsModel(spec), spec, quietContext());
    const auto all = worstRows(data, {}, 10, 40, 1, {});
    QCOMPARE(all.size(), size_t{10});
    for (const auto& each : all) QVERIFY(each.nats > 0 && std::isfinite(each.nats));
    // A picture's loss does not depend on which others are looked at.
    for (const auto& [row, nats] : worstRows(data, {}, 100, 1000, 1, {}))
      for (const auto& each : all)
        if (each.row == row) QCOMPARE(each.nats, nats);
  }

  void itStopsWhenAsked() {
    std::stop_source stop;
    stop.request_stop();
    QVERIFY_THROWS_EXCEPTION(Stopped, worstRows(*data_, {}, 5, 100, 1, Control(stop.get_token())));
    PrepareContext context = quietContext();
    context.control = Control(stop.get_token());
    const std::vector<int64_t> rows{0};
    QVERIFY_THROWS_EXCEPTION(Stopped, data_->tokens(DataSplit::Train, rows, context.control));
  }

  void modelsOfOtherSoftwareNameNoData() {
    CheckpointInfo info = digitsInfo();
    info.specToml.clear();
    const FakeOpenModel foreign(info, 0);
    QVERIFY_THROWS_EXCEPTION(Error, dataSpecOf(foreign.facts()));
    RunSpec imported = digitsSpec();
    imported.data.name.clear();
    info.specToml = toToml(imported);
    QVERIFY_THROWS_EXCEPTION(Error, dataSpecOf(FakeOpenModel(info, 0).facts()));
    const RunSpec named = dataSpecOf(foreign.facts(), "digits", "");
    QVERIFY(named.data.resize == Resize::Stretch);  // as processors of such models do
    const StudioData data(std::make_shared<FakeOpenModel>(info, 0), named, quietContext());
    QVERIFY(data.count(DataSplit::Train) > 1000);
    QCOMPARE(dataSpecOf(foreign.facts(), "", "/pictures").data.name, std::string("images"));
  }

  void dataThatMovedAreFoundWhereTheRunSays() {
    RunSpec moved = digitsSpec();
    moved.data.path = "/elsewhere";
    QCOMPARE(dataSpecOf(model_->facts(), toToml(moved)).data.path, std::string("/elsewhere"));
    QCOMPARE(dataSpecOf(model_->facts()).data.path, std::string());
  }

  void aNameOfTheContentChangesWithIt() {
    const StudioData again(model_, digitsSpec(), quietContext());
    QCOMPARE(again.identity(DataSplit::Train), data_->identity(DataSplit::Train));
    QVERIFY(data_->identity(DataSplit::Train) != data_->identity(DataSplit::Validation));
    RunSpec other = digitsSpec();
    other.seed = 2;
    QVERIFY(StudioData(model_, other, quietContext()).identity(DataSplit::Train) != data_->identity(DataSplit::Train));
  }

  void tokenFilesMustBeTheModels() {
    std::vector<int32_t> tokens;
    for (int i = 0; i < 20 * 64; ++i) tokens.push_back(i * 7 % 5);
    const std::vector<int64_t> shape{20, 64};
    writeNpy<int32_t>(folder_ / "x_trX.npy", shape, tokens);
    savePalette(folder_ / "kmeans_centers.npy", greys(5));
    RunSpec spec = digitsSpec();
    spec.data = {.name = "tokens", .path = (folder_ / "x_trX.npy").parent_path().string(), .validationShare = 0.5};
    const StudioData data(model_, spec, quietContext());
    QCOMPARE(data.count(DataSplit::Train), 10);
    QCOMPARE(data.count(DataSplit::Validation), 10);
    QCOMPARE(data.picture(DataSplit::Train, 0).tokens.size(), size_t{64});
    QCOMPARE(data.picture(DataSplit::Train, 0).image.width, 0);
    QCOMPARE(data.tokens(DataSplit::Train, std::vector<int64_t>{0}).ids, data.picture(DataSplit::Train, 0).tokens);

    savePalette(folder_ / "kmeans_centers.npy", greys(6));  // other colours
    QVERIFY_THROWS_EXCEPTION(Error, StudioData(model_, spec, quietContext()));
    savePalette(folder_ / "kmeans_centers.npy", greys(5));
    CheckpointInfo larger = digitsInfo();
    larger.width = larger.height = 16;
    QVERIFY_THROWS_EXCEPTION(Error, StudioData(std::make_shared<FakeOpenModel>(larger, 0), spec, quietContext()));
  }

  void picturesThatAreNoSquaresHaveNoDataSet() {
    CheckpointInfo wide = digitsInfo();
    wide.width = 16;
    wide.height = 4;
    QVERIFY_THROWS_EXCEPTION(Error, StudioData(std::make_shared<FakeOpenModel>(wide, 0), digitsSpec(), quietContext()));
  }
};

QTEST_APPLESS_MAIN(StudioPicturesTest)
#include "studio_pictures_test.moc"
