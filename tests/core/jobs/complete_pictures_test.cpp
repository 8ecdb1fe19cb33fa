// A person's picture, made ready for a model that completes it.
#include "core/jobs/complete_pictures.h"

#include <QTest>

#include "core/base/error.h"
#include "core/data/image_file.h"
#include "tests/core/run/fake_trainer.h"
#include "tests/support/temp_folder.h"

using namespace scanline;

class CompletePicturesTest : public QObject {
  Q_OBJECT

  TempFolder folder_;
  FakeEngine engine_;
  CompletionRequest request_;

  /// Twice the model's size: white above, black below.
  std::filesystem::path picture() const {
    Image image{.width = 8, .height = 8, .rgb = std::vector<uint8_t>(3 * 64, 0)};
    std::fill_n(image.rgb.begin(), 3 * 32, uint8_t{255});
    writePng(folder_ / "half.png", image);
    return folder_ / "half.png";
  }
  CompletedPictures complete(const PictureCompletion& wanted) { return completePictures(engine_, wanted, Control()); }

 private slots:
  void init() {
    engine_.model = CheckpointInfo{.specToml = {},
                                   .step = 7,
                                   .positions = 16,
                                   .width = 4,
                                   .height = 4,
                                   .model = {},
                                   .palette = Palette({{-1, -1, -1}, {1, 1, 1}})};
    engine_.onComplete = [this](const CompletionRequest& request) { request_ = request; };
  }

  void aPictureIsBroughtToTheModelsSizeAndColours() {
    const auto done = complete({.checkpoint = "model", .images = {picture(), picture()}, .each = 3, .seed = 9});
    std::vector<Token> expected(16, 0);
    std::fill_n(expected.begin(), 8, Token{1});
    QCOMPARE(request_.originals.size(), size_t{2});
    QVERIFY(request_.originals[0] == expected && request_.originals[1] == expected);
    QCOMPARE(request_.given, 8);
    QCOMPARE(request_.perPrompt, 3);
    QCOMPARE(request_.seed, uint64_t{9});
    QCOMPARE(request_.checkpoint, std::filesystem::path("model"));
    QCOMPARE(done.set.samples.size(), size_t{6});
    QCOMPARE(done.set.step, 7);
    QVERIFY(done.palette == engine_.model->palette);
  }

  void aShareIsOfRowsAndLeavesSomethingToPaint_data() {
    QTest::addColumn<double>("share");
    QTest::addColumn<int>("given");
    QTest::newRow("none") << 0.0 << 0;
    QTest::newRow("less than a row") << 0.01 << 4;
    QTest::newRow("part of a row") << 0.6 << 8;
    QTest::newRow("nearly all") << 0.99 << 12;
    QTest::newRow("all") << 1.0 << 12;
  }
  void aShareIsOfRowsAndLeavesSomethingToPaint() {
    QFETCH(const double, share);
    QFETCH(const int, given);
    complete({.checkpoint = "model", .images = {picture()}, .given = share});
    QCOMPARE(request_.given, given);
  }

  void withoutPicturesWholeOnesAreDrawn() {
    const auto done = complete({.checkpoint = "model", .images = {}, .given = 0.9, .each = 5});
    QVERIFY(request_.originals.empty());
    QCOMPARE(request_.given, 0);
    QCOMPARE(done.set.samples.size(), size_t{5});
  }

  void whatCannotBeCompletedIsASentence() {
    QVERIFY_THROWS_EXCEPTION(Error, complete({.checkpoint = "model", .images = {folder_ / "missing.png"}}));
    engine_.model->width = 8;
    engine_.model->height = 2;
    QVERIFY_THROWS_EXCEPTION(Error, complete({.checkpoint = "model", .images = {picture()}}));
    QCOMPARE(complete({.checkpoint = "model", .images = {}}).set.samples.size(), size_t{4});  // whole ones it can draw
  }

  void itStopsWhenAsked() {
    QVERIFY_THROWS_EXCEPTION(Stopped, completePictures(engine_, {.checkpoint = "model", .images = {picture()}},
                                                       Control({.mayGoOn = [] { return false; }})));
  }
};

QTEST_APPLESS_MAIN(CompletePicturesTest)
#include "complete_pictures_test.moc"
