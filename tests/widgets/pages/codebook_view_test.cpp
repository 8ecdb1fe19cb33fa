#include "widgets/pages/codebook_view.h"

#include <QSignalSpy>
#include <QTest>
#include <cmath>

#include "tests/support/widget_pictures.h"

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
