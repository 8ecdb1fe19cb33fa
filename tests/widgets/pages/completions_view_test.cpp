#include "widgets/pages/completions_view.h"

#include <QAbstractSlider>
#include <QComboBox>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <cmath>

#include "core/base/error.h"
#include "tests/widgets/images/take_pictures.h"
#include "widgets/images/image_grid.h"
#include "widgets/images/sample_pictures.h"
#include "widgets/pages/codebook_view.h"
#include "widgets/pages/completions_pane.h"
#include "widgets/plot/step_slider.h"

using namespace scanline;

namespace {

constexpr int kSide = 8;

Palette greys() {
  std::vector<Colour> colours;
  for (int i = 0; i < 17; ++i) {
    const float level = static_cast<float>(i) / 8 - 1;
    colours.push_back({level, level, level});
  }
  return Palette(colours);
}

/// A ring whose radius depends on the prompt, blurred the more, the earlier the step: looks like a digit being learnt.
std::vector<Token> ring(int64_t step, int prompt, int sample) {
  std::vector<Token> tokens;
  const double radius = 2 + 0.2 * (prompt % 8), blur = 1 + 300.0 / static_cast<double>(step + 100) + 0.05 * sample;
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x) {
      const double away = std::abs(std::hypot(x - 3.5, y - 3.5) - radius) / blur;
      tokens.push_back(static_cast<Token>(16 * std::exp(-away * away)));
    }
  return tokens;
}

SampleSet completions(int64_t step) {
  SampleSet set{.step = step, .width = kSide, .height = kSide, .given = kSide * kSide / 2, .perPrompt = 4};
  for (int prompt = 0; prompt < 8; ++prompt) {
    set.originals.push_back(ring(5000, prompt, 0));
    set.originalNats.push_back(1.1 + 0.01 * prompt);
    for (int k = 0; k < 4; ++k) {
      set.samples.push_back(ring(step, prompt, k));
      set.sampleNats.push_back(1.3 + 0.013 * (prompt + k));
    }
  }
  return set;
}

SampleSet whole(int64_t step) {
  SampleSet set{.step = step, .width = kSide, .height = kSide, .given = 0, .perPrompt = 8};
  for (int k = 0; k < 8; ++k) {
    set.samples.push_back(ring(step, k, k));
    set.sampleNats.push_back(1.2 + 0.02 * k);
  }
  return set;
}

/// 2x2 codes of 4x4 pixels: of every original the upper row of codes is given, and each picture has one colour a code.
constexpr int kCodes = 2, kPatch = 4;

std::vector<uint8_t> patches(int number) {
  std::vector<uint8_t> rgb;
  for (int y = 0; y < kCodes * kPatch; ++y)
    for (int x = 0; x < kCodes * kPatch; ++x)
      for (const int value : {40 * (y / kPatch * kCodes + x / kPatch), number, 200})
        rgb.push_back(static_cast<uint8_t>(value));
  return rgb;
}

SampleSet codeSet(int64_t step, int64_t given, int64_t perPrompt) {
  SampleSet set{.step = step,
                .width = kCodes,
                .height = kCodes,
                .given = given,
                .perPrompt = perPrompt,
                .pixelWidth = kCodes * kPatch,
                .pixelHeight = kCodes * kPatch};
  for (int prompt = 0; prompt < 3; ++prompt) {
    set.originals.push_back({1, 2, 3, 4});
    set.originalPixels.push_back(patches(prompt));
    for (int k = 0; k < perPrompt; ++k) {
      set.samples.push_back({1, 2, 3, 4});
      set.samplePixels.push_back(patches(prompt + 100));
      set.sampleNats.push_back(3.5);
    }
  }
  return set;
}

/// The window's part: answers every request for pictures at once.
void answer(CompletionsView& view) {
  QObject::connect(&view, &CompletionsView::sampleSetNeeded, &view,
                   [&view](qint64 step) { view.setSamples(step, completions(step), whole(step)); });
}

}  // namespace

class CompletionsViewTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qobject_cast<QApplication*>(QApplication::instance()), ThemeChoice::Light); }

  void init() {
    view_ = std::make_unique<CompletionsView>();
    view_->resize(1200, 800);
    view_->setRun(QStringLiteral("quick start"), greys());
    view_->show();
    first_ = view_->findChildren<CompletionsPane*>().value(0);
    slider_ = view_->findChild<StepSlider*>();
  }
  void cleanup() { view_.reset(); }

  void picturesAreThePalettesColours() {
    const auto set = completionPictures(completions(600), greys());
    QCOMPARE(set.count(), 8 * 6);
    QVERIFY(set.cells[1].hatched);
    const auto tokens = completions(600).samples[4 * 3 + 2];
    const QImage picture = set.picture(3 * 6 + 2 + 2);
    for (int i = 0; i < kSide * kSide; ++i) {
      const auto rgb = greys().rgb(tokens[static_cast<size_t>(i)]);
      QCOMPARE(picture.pixel(i % kSide, i / kSide), qRgb(rgb[0], rgb[1], rgb[2]));
    }
    QCOMPARE(set.cells[0].caption, QStringLiteral("1.100"));
  }

  void damagedSetsAreRefused() {
    auto set = completions(600);
    set.samples.back().pop_back();
    QVERIFY_EXCEPTION_THROWN(completionPictures(set, greys()), Error);
    set = completions(600);
    set.samples.pop_back();
    QVERIFY_EXCEPTION_THROWN(completionPictures(set, greys()), Error);
    set = completions(600);
    set.samples[0][0] = 17;
    QVERIFY_EXCEPTION_THROWN(completionPictures(set, greys()), Error);
  }

  void codesAreShownAsThePixelsTheyDecodeTo() {
    const auto set = completionPictures(codeSet(600, kCodes, 2), greys());
    QCOMPARE(set.width, kCodes * kPatch);
    QCOMPARE(set.count(), 3 * 4);
    QCOMPARE(set.picture(0).pixel(5, 1), qRgb(40, 0, 200));
    QCOMPARE(set.picture(6).pixel(1, 5), qRgb(80, 101, 200));
    QVERIFY(set.cells[2].detail.endsWith(QStringLiteral("nats per drawn code")));
    QCOMPARE(set.groupTitles.front(), QStringLiteral("Reconstruction"));  // the true picture is not known here
  }

  /// A run on codes whose store holds the true pictures: the first column, before their reconstructions.
  void theTruePictureStandsBesideItsReconstruction() {
    SampleSet stored = codeSet(600, kCodes, 2);
    for (int prompt = 0; prompt < 3; ++prompt) stored.truePixels.push_back(patches(prompt + 50));
    view_->setRun(QStringLiteral("on codes"), greys());
    connect(view_.get(), &CompletionsView::sampleSetNeeded, view_.get(),
            [&](qint64 step) { view_->setSamples(step, stored, {}); });
    view_->setSteps({600});
    const PictureSet& set = first_->completions()->pictures();
    QCOMPARE(set.groupTitles.first(2), (QStringList{QStringLiteral("Original"), QStringLiteral("Reconstruction")}));
    QCOMPARE(set.count(), 3 * 5);
    QCOMPARE(set.picture(5).pixel(0, 0), qRgb(0, 51, 200));
    QCOMPARE(set.picture(6).pixel(0, 0), qRgb(0, 1, 200));
    QCOMPARE(set.picture(8).pixel(0, 0), qRgb(0, 101, 200));
    QVERIFY(set.cells[7].hatched && !set.cells[5].hatched);
    stored.truePixels.pop_back();
    QVERIFY_EXCEPTION_THROWN(completionPictures(stored, greys()), Error);
  }

  /// The given half is counted in codes: half of the picture, not the first two pixels.
  void theGivenPartOfCodesIsWholePatches() {
    const auto set = completionPictures(codeSet(600, kCodes + 1, 2), greys());
    const QImage given = set.picture(1);
    QVERIFY(set.cells[1].hatched);
    QCOMPARE(qAlpha(given.pixel(7, 3)), 255);  // the upper row of codes
    QCOMPARE(qAlpha(given.pixel(3, 7)), 255);  // and the first of the lower
    QCOMPARE(qAlpha(given.pixel(4, 4)), 0);
    QCOMPARE(qAlpha(given.pixel(7, 7)), 0);
  }

  void picturesOfOnesOwnNeedARunThatPaints() {
    auto* own = view_->findChild<QToolButton*>("own");
    QSignalSpy spy(view_.get(), &CompletionsView::completeRequested);
    QTest::mouseClick(own, Qt::LeftButton);
    QCOMPARE(spy.count(), 1);
    view_->setRun("vqvae", greys(), true);
    QVERIFY(!own->isVisible());
    view_->clear();
    view_->setRun("other", greys());
    QVERIFY(own->isVisible() && own->isEnabled());
    view_->clear();
    QVERIFY(!own->isEnabled());
  }

  void reconstructionsStandBesideTheirOriginals() {
    const auto set = reconstructionPictures(codeSet(600, kCodes * kCodes, 1));
    QCOMPARE(set.count(), 6);
    QCOMPARE(set.picture(2).pixel(0, 0), qRgb(0, 1, 200));
    QCOMPARE(set.picture(3).pixel(0, 0), qRgb(0, 101, 200));
    QCOMPARE(set.cells[3].caption, QStringLiteral("12.9 dB"));  // 10 log10(255^2 / (100^2 / 3))
    QVERIFY(set.cells[3].detail.contains(QStringLiteral("2 × 2 codes")));
    QVERIFY_EXCEPTION_THROWN(reconstructionPictures(completions(600)), Error);
    auto damaged = codeSet(600, kCodes * kCodes, 1);
    damaged.samplePixels.pop_back();
    QVERIFY_EXCEPTION_THROWN(reconstructionPictures(damaged), Error);
    damaged = codeSet(600, kCodes * kCodes, 1);
    damaged.samplePixels[0].pop_back();
    QVERIFY_EXCEPTION_THROWN(reconstructionPictures(damaged), Error);
  }

  void aVqvaeShowsReconstructionsAndItsCodebook() {
    view_->setRun(QStringLiteral("vqvae"), greys(), true);
    connect(view_.get(), &CompletionsView::sampleSetNeeded, view_.get(),
            [this](qint64 step) { view_->setSamples(step, codeSet(step, kCodes * kCodes, 1), {}); });
    auto* codebook = view_->findChild<CodebookView*>();
    QVERIFY(!codebook->isVisible());
    view_->setSteps({100, 200, 300});
    view_->setCodebookUse({{100, {5, 0, 0, 0}}, {200, {5, 5, 0, 0}}, {250, {5, 5, 5, 5}}});
    QCOMPARE(first_->completions()->pictures().count(), 6);
    QVERIFY(codebook->isVisible());
    QCOMPARE(codebook->usedCodes(), 4);
    auto* track = slider_->findChild<QAbstractSlider*>();
    QTest::keyClick(track, Qt::Key_Left);
    QCOMPARE(codebook->usedCodes(), 2);
    QTest::keyClick(track, Qt::Key_Home);
    QCOMPARE(codebook->usedCodes(), 1);
    takePictures(*view_, QStringLiteral("reconstructions"));
    takePictures(*view_, QStringLiteral("reconstructions-small"), {620, 480});
    view_->setRun(QStringLiteral("other"), greys());
    QVERIFY(!codebook->isVisible());
  }

  void emptyRunSaysWhenPicturesCome() {
    view_->setExpectedStep(100);
    view_->setSteps({});
    QCOMPARE(view_->step(), qint64{-1});
    takePictures(*view_, QStringLiteral("completions-empty"));
  }

  void asksForTheNewestAndSaysWhatItShows() {
    QSignalSpy needed(view_.get(), &CompletionsView::sampleSetNeeded);
    view_->setValidation({{600, 1.308, 0}});
    view_->setSteps({100, 200, 600});
    QCOMPARE(view_->step(), qint64{600});
    QCOMPARE(needed.first().first().toLongLong(), qint64{600});
    QVERIFY(first_->words().contains(QStringLiteral("loading")));
    view_->setSamples(600, completions(600), whole(600));
    QCOMPARE(first_->words(), QStringLiteral("Step 600 · validation 1.308 nats"));
    QCOMPARE(first_->completions()->pictures().count(), 48);
    QCOMPARE(first_->whole()->pictures().count(), 8);
    takePictures(*view_, QStringLiteral("completions"));
  }

  void noStepIsAskedForTwice() {
    QSignalSpy needed(view_.get(), &CompletionsView::sampleSetNeeded);
    view_->setSteps({100});
    view_->setSteps({100});
    view_->setValidation({});
    QCOMPARE(needed.count(), 1);
  }

  /// Completions and whole images of a step are stored one after the other; who watches sees both.
  void aSecondSetOfAStepIsAskedForWhenItComes() {
    bool bothThere = false;
    connect(view_.get(), &CompletionsView::sampleSetNeeded, view_.get(),
            [&](qint64 step) { view_->setSamples(step, completions(step), bothThere ? whole(step) : SampleSet{}); });
    view_->setSteps({100});
    QCOMPARE(first_->whole()->pictures().count(), 0);
    bothThere = true;
    view_->setSteps({100, 100});
    QCOMPARE(first_->completions()->pictures().count(), 48);
    QCOMPARE(first_->whole()->pictures().count(), 8);
    bothThere = false;
    view_->setSteps({100, 100, 200});  // a step that was looked at is complete when one comes back to it
    view_->setStep(100);
    bothThere = true;
    view_->setSteps({100, 100, 200, 200});
    QCOMPARE(view_->step(), qint64{100});
    view_->setStep(200);
    QCOMPARE(first_->whole()->pictures().count(), 8);
  }

  void aSetThatComesBeforeTheAnswerIsAskedForOnceMore() {
    QSignalSpy needed(view_.get(), &CompletionsView::sampleSetNeeded);
    view_->setSteps({100});
    view_->setSteps({100, 100});
    QCOMPARE(needed.count(), 1);
    view_->setSamples(100, completions(100), {});
    QCOMPARE(needed.count(), 2);
    view_->setSamples(100, completions(100), whole(100));
    QCOMPARE(needed.count(), 2);
    QCOMPARE(first_->whole()->pictures().count(), 8);
  }

  void followsTheNewestOnlyFromTheNewest() {
    answer(*view_);
    view_->setSteps({100, 200});
    view_->setSteps({100, 200, 300});
    QCOMPARE(view_->step(), qint64{300});
    view_->setStep(200);
    view_->setSteps({100, 200, 300, 400});
    QCOMPARE(view_->step(), qint64{200});
  }

  /// The newest of a short run is not a choice: a long run that is looked at next is followed at its own newest step.
  void aStepThatWasFollowedStaysBehind() {
    answer(*view_);
    view_->setSteps({0, 100});
    view_->setRun(QStringLiteral("long"), greys());
    view_->setSteps({0, 100, 200});
    QCOMPARE(view_->step(), qint64{200});
    view_->setSteps({0, 100, 200, 300});
    QCOMPARE(view_->step(), qint64{300});
  }

  void aStepThatWasChosenComesAlong() {
    answer(*view_);
    view_->setSteps({0, 100, 200, 300});
    auto* track = slider_->findChild<QAbstractSlider*>();
    QTest::keyClick(track, Qt::Key_Left);
    QCOMPARE(view_->step(), qint64{200});
    view_->setRun(QStringLiteral("short"), greys());
    view_->setSteps({0, 100});
    QCOMPARE(view_->step(), qint64{100});
    view_->setRun(QStringLiteral("long"), greys());
    view_->setSteps({0, 100, 200, 300});
    QCOMPARE(view_->step(), qint64{200});
    QTest::keyClick(track, Qt::Key_End);  // the newest: followed from now on
    view_->setSteps({0, 100, 200, 300, 400});
    QCOMPARE(view_->step(), qint64{400});
  }

  void stepAndZoomSurviveAnotherRun() {
    answer(*view_);
    view_->setSteps({100, 200, 300});
    view_->setStep(200);
    first_->completions()->setZoom(5);
    view_->setRun(QStringLiteral("other"), greys());
    view_->setSteps({});
    view_->setSteps({100, 200, 400});
    QCOMPARE(view_->step(), qint64{200});
    QCOMPARE(first_->completions()->shownZoom(), 5);
  }

  void sliderKeysChooseSteps() {
    answer(*view_);
    view_->setSteps({100, 200, 300});
    QSignalSpy chosen(view_.get(), &CompletionsView::stepChosen);
    auto* track = slider_->findChild<QAbstractSlider*>();
    QVERIFY(track);
    QTest::keyClick(track, Qt::Key_Left);
    QCOMPARE(chosen.last().first().toLongLong(), qint64{200});
    QVERIFY(first_->words().startsWith(QStringLiteral("Step 200")));
  }

  void spacePlaysToTheEnd() {
    answer(*view_);
    view_->setSteps({100, 200, 300});
    view_->setStep(100);
    first_->completions()->setFocus();
    QTest::keyClick(first_->completions(), Qt::Key_Space);
    QVERIFY(slider_->isPlaying());
    QTRY_COMPARE(view_->step(), qint64{300});
    QVERIFY(first_->words().startsWith(QStringLiteral("Step 300")));
  }

  void blinkShowsTheOtherStepInPlace() {
    answer(*view_);
    view_->setSteps({100, 200, 600});
    view_->setComparedStep(100);
    const QImage before = first_->completions()->pictures().atlas;
    QTest::keyClick(first_->completions(), Qt::Key_B);
    QVERIFY(first_->words().startsWith(QStringLiteral("Step 100")));
    QVERIFY(first_->completions()->pictures().atlas != before);
    QTest::keyClick(first_->completions(), Qt::Key_B);
    QCOMPARE(first_->completions()->pictures().atlas, before);
  }

  void sideBySideTiesZoomAndPlace() {
    answer(*view_);
    view_->setSteps({100, 200, 600});
    auto* box = view_->findChild<QComboBox*>();
    box->setFocus();
    QTest::keyClick(box, Qt::Key_Down);
    QCOMPARE(box->currentData().toLongLong(), qint64{100});
    for (auto* each : view_->findChildren<QToolButton*>())
      if (each->text() == QStringLiteral("Side by side")) QTest::mouseClick(each, Qt::LeftButton);
    QVERIFY(view_->isSideBySide());
    QVERIFY(segment("Completions")->isChecked() && !segment("Both")->isEnabled());
    auto* second = view_->findChildren<CompletionsPane*>().value(1);
    QVERIFY(second->isVisible());
    QVERIFY(second->words().startsWith(QStringLiteral("Step 100")));
    takePictures(*view_, QStringLiteral("completions-side-by-side"));
    first_->completions()->setFocus();
    QTest::keyClick(first_->completions(), Qt::Key_Plus);
    QCOMPARE(second->completions()->shownZoom(), first_->completions()->shownZoom());
    QTest::keyClick(first_->completions(), Qt::Key_Right);
    QCOMPARE(second->completions()->current(), 1);
  }

  void theKindIsChosenByClickAndKey() {
    answer(*view_);
    view_->setSteps({100});
    QVERIFY(first_->completions()->isVisible() && first_->whole()->isVisible());
    QTest::mouseClick(segment("Whole images"), Qt::LeftButton);
    QVERIFY(!first_->completions()->isVisible() && first_->whole()->isVisible());
    QTest::keyClick(segment("Whole images"), Qt::Key_Left);
    QVERIFY(first_->completions()->isVisible() && !first_->whole()->isVisible());
  }

  /// A picture of 8x8 is as large among the whole images as among the completions, at any zoom.
  void bothKindsHaveOneScale() {
    answer(*view_);
    view_->setSteps({100});
    QTest::qWait(20);
    QVERIFY(first_->completions()->shownZoom() >= 9);  // 72 pixels
    QCOMPARE(first_->whole()->shownZoom(), first_->completions()->shownZoom());
    view_->resize(700, 500);
    QTest::qWait(20);
    QCOMPARE(first_->whole()->shownZoom(), first_->completions()->shownZoom());
    first_->whole()->setFocus();
    QTest::keyClick(first_->whole(), Qt::Key_Plus);
    QCOMPARE(first_->completions()->shownZoom(), first_->whole()->shownZoom());
    const int zoom = first_->whole()->shownZoom();
    for (auto* each : view_->findChildren<QToolButton*>())
      if (each->text() == QStringLiteral("+")) QTest::mouseClick(each, Qt::LeftButton);
    QCOMPARE(first_->whole()->shownZoom(), zoom + 1);
    QCOMPARE(first_->completions()->shownZoom(), zoom + 1);
  }

  void theLikeliestAndTheLeastLikelyAreMarked() {
    const auto set = completionPictures(completions(600), greys());
    std::vector<int> best, worst;
    for (int i = 0; i < set.count(); ++i) {
      if (set.cells[size_t(i)].mark == PictureCell::Mark::Best) best.push_back(i);
      if (set.cells[size_t(i)].mark == PictureCell::Mark::Worst) worst.push_back(i);
    }
    QCOMPARE(best, std::vector<int>{2});           // 1.3 nats, the first sample of the first prompt
    QCOMPARE(worst, std::vector<int>{7 * 6 + 5});  // the last one of the last
    auto unknown = completions(600);
    unknown.sampleNats[3] = std::nan("");
    for (const auto& cell : completionPictures(unknown, greys()).cells) QVERIFY(cell.mark == PictureCell::Mark::None);
  }

  void aRunThatDrawsNothingSaysWhy() {
    const QString why = QStringLiteral("A BERT model draws no pictures.");
    view_->setNoPictures(why, false);
    view_->setSteps({});
    auto* own = view_->findChild<QToolButton*>("own");
    QVERIFY(!own->isEnabled());
    QCOMPARE(own->toolTip(), why);
    QCOMPARE(first_->completions()->emptyText(), why);
    view_->setNoPictures(QStringLiteral("It was imported."), true);
    QVERIFY(own->isEnabled());
    view_->setExpectedStep(0);
    QVERIFY(own->isEnabled() && own->toolTip() != why);
  }

 private:
  std::unique_ptr<CompletionsView> view_;
  QToolButton* segment(const char* text) const {
    for (auto* each : view_->findChildren<QToolButton*>())
      if (each->text() == QLatin1String(text)) return each;
    return nullptr;
  }
  CompletionsPane* first_ = nullptr;
  StepSlider* slider_ = nullptr;
};

QTEST_MAIN(CompletionsViewTest)
#include "completions_view_test.moc"
