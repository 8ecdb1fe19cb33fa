#include "widgets/pages/codebook_view.h"

#include <QSignalSpy>
#include <QTest>
#include <cmath>

#include "tests/support/widget_pictures.h"
#include "widgets/pages/code_panel.h"
#include "widgets/parts/theme.h"

using namespace scanline;

namespace {

/// A few codes do most of the work, a quarter does none.
CodebookUse use(int64_t step, int64_t codes) {
  CodebookUse result{.step = step, .counts = {}};
  for (int64_t code = 0; code < codes; ++code) {
    const int64_t rank = code * 37 % codes;
    result.counts.push_back(rank >= codes * 3 / 4 ? 0 : int64_t(1000 * std::exp(-4.0 * double(rank) / double(codes))));
  }
  return result;
}

}  // namespace

class CodebookViewTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }
  void init() {
    view_ = std::make_unique<CodebookView>();
    view_->resize(800, 170);
    view_->show();
    QVERIFY(QTest::qWaitForWindowExposed(view_.get()));
  }
  void cleanup() { view_.reset(); }

  void theTitleSaysHowManyAreUsed() {
    view_->setUse({.step = 600, .counts = {0, 30, 10, 0, 30}});
    QCOMPARE(view_->usedCodes(), 3);
    QVERIFY2(view_->title().endsWith(QStringLiteral("3 of 5 codes, perplexity 2.73")), qPrintable(view_->title()));
  }

  void barsFallFromLeftToRight() {
    view_->setUse(use(600, 64));
    for (size_t rank = 1; rank < 64; ++rank) QVERIFY(view_->barOf(rank).height() <= view_->barOf(rank - 1).height());
    QCOMPARE(view_->barOf(63).height(), 0.0);
    // The paint agrees with the words: the accent over the first bar, the card over an unused one.
    const QImage picture = view_->grab().toImage();
    const Theme theme(view_->palette());
    QCOMPARE(picture.pixelColor(view_->barOf(0).center().toPoint()), theme.faint(theme.accent, 0.6));
    const QPointF unused = view_->barOf(63).bottomLeft() + QPointF(2, -4);
    QCOMPARE(picture.pixelColor(unused.toPoint()), theme.card);
  }

  void pointingAndKeysNameACode() {
    view_->setUse({.step = 600, .counts = {0, 10, 30, 60}});
    QTest::mouseMove(view_.get(), view_->barOf(1).center().toPoint());
    QTRY_VERIFY(view_->accessibleDescription().startsWith(QStringLiteral("code 2, number 2: 30 of 100")));
    QTest::keyClick(view_.get(), Qt::Key_Left);
    QVERIFY(view_->accessibleDescription().startsWith(QStringLiteral("code 3, number 1: 60 of 100")));
    QTest::keyClick(view_.get(), Qt::Key_End);
    QVERIFY(view_->accessibleDescription().startsWith(QStringLiteral("code 0, number 4: 0 of 100")));
  }

  void aCodeThatIsPointedAtIsTold() {
    view_->setUse({.step = 600, .counts = {0, 10, 30, 60}});
    QSignalSpy pointed(view_.get(), &CodebookView::codePointed);
    QTest::mouseMove(view_.get(), view_->barOf(2).center().toPoint());
    QTRY_COMPARE(pointed.count(), 1);
    QCOMPARE(pointed[0][0].toLongLong(), 1);
    QTest::keyClick(view_.get(), Qt::Key_Left);
    QCOMPARE(pointed.last()[0].toLongLong(), 2);
  }

  /// Two pictures of 2 x 2 codes, of 2 x 2 pixels each.
  void aCodeShowsItsPatchAndItsPictures() {
    auto atlas = std::make_shared<CodeAtlas>(CodeAtlas{.step = 600, .stride = 2, .across = 2});
    atlas->patches = {.count = 3, .width = 2, .height = 2};
    for (const uint8_t grey : {uint8_t{0}, uint8_t{128}, uint8_t{255}})
      atlas->patches.rgb.insert(atlas->patches.rgb.end(), 12, grey);
    atlas->images = {.count = 2, .width = 4, .height = 4, .rgb = std::vector<uint8_t>(96, 200)};
    atlas->grids = {.count = 2, .length = 4, .ids = {0, 1, 1, 0, 1, 2, 2, 2}};
    QCOMPARE(atlas->picturesWith(1), 2);
    QCOMPARE(atlas->picturesWith(0), 1);
    const auto uses = atlas->uses(1, 8);
    QCOMPARE(uses.size(), size_t{2});
    QCOMPARE(uses[0].picture, 0);  // it holds it twice
    QCOMPARE(uses[0].positions, (std::vector<int64_t>{1, 2}));
    QCOMPARE(atlas->uses(1, 1).size(), size_t{1});
    CodePanel panel;
    panel.resize(460, 170);
    panel.setCode(1);
    QVERIFY(panel.words().startsWith(QStringLiteral("Point at")));
    panel.setAtlas(atlas);
    QCOMPARE(panel.words(), QStringLiteral("Code 1, in 2 of 2 pictures"));
    panel.show();
    const QImage seen = panel.grab().toImage();
    const auto holds = [&](QRgb colour) {
      for (int y = 0; y < seen.height(); ++y)
        for (int x = 0; x < seen.width(); ++x)
          if (seen.pixel(x, y) == colour) return true;
      return false;
    };
    QVERIFY(holds(qRgb(128, 128, 128)) && holds(qRgb(200, 200, 200)));
    QVERIFY(holds(Theme(panel.palette()).accent.rgb()));  // a frame
    panel.setCode(7);                                     // of another codebook
    QVERIFY(panel.words().startsWith(QStringLiteral("Point at")));
  }

  void fewerCodesThanBeforeAreNoError() {
    view_->setUse(use(1, 64));
    QTest::keyClick(view_.get(), Qt::Key_End);
    view_->setUse(use(2, 8));
    QVERIFY(!view_->grab().isNull());  // paints without the code that was pointed at
    QTest::keyClick(view_.get(), Qt::Key_Right);
    view_->clear();
    QTest::keyClick(view_.get(), Qt::Key_Right);
    QCOMPARE(view_->usedCodes(), 0);
  }

  void pictures() {
    takePictures(*view_, QStringLiteral("codebook-empty"));
    view_->setUse(use(600, 64));
    takePictures(*view_, QStringLiteral("codebook-64"));
    view_->setUse(use(12'000, 4096));
    takePictures(*view_, QStringLiteral("codebook-4096"));
  }

 private:
  std::unique_ptr<CodebookView> view_;
};

QTEST_MAIN(CodebookViewTest)
#include "codebook_view_test.moc"
