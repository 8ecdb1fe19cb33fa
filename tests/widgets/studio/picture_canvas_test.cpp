#include "widgets/studio/picture_canvas.h"

#include <QApplication>
#include <QPainter>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QUndoStack>
#include <QWheelEvent>

#include "tests/widgets/studio/studio_samples.h"
#include "widgets/parts/theme.h"
#include "widgets/studio/token_shapes.h"

using namespace scanline;
using Tool = PictureCanvas::Tool;
using Target = PictureCanvas::Target;

namespace {

/// Rows of '.' and '#', a character a token.
QString drawn(const PictureCanvas& canvas) {
  QString rows;
  for (qint64 i = 0; i < canvas.picture().count(); ++i) {
    if (i > 0 && i % canvas.picture().across == 0) rows += QLatin1Char('/');
    rows += QLatin1Char(canvas.mask()[static_cast<size_t>(i)] != 0 ? '#' : '.');
  }
  return rows;
}

}  // namespace

class PictureCanvasTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qobject_cast<QApplication*>(QApplication::instance()), ThemeChoice::Light); }

  void init() {
    canvas_ = std::make_unique<PictureCanvas>();
    canvas_->resize(420, 420);
    canvas_->setPicture(samplePicture());
    canvas_->setBrush(1);
    canvas_->show();
    QVERIFY(QTest::qWaitForWindowExposed(canvas_.get()));
    canvas_->setFocus();
  }

  void aBrushPaintsTheMaskAndAStrokeIsOneStepOfTheHistory() {
    QSignalSpy changed(canvas_.get(), &PictureCanvas::maskChanged);
    drag({1, 1}, {4, 1}, Qt::LeftButton);
    QCOMPARE(drawn(*canvas_),
             QStringLiteral("......../.####.../......../......../......../......../......../........"));
    QVERIFY(changed.count() >= 1);
    drag({0, 3}, {0, 5}, Qt::LeftButton);
    QCOMPARE(canvas_->history()->count(), 2);
    changed.clear();
    QTest::keyClick(canvas_.get(), Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(drawn(*canvas_),
             QStringLiteral("......../.####.../......../......../......../......../......../........"));
    QCOMPARE(changed.count(), 1);
    QTest::keyClick(canvas_.get(), Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(paintedPixels(canvas_->mask()), int64_t{0});
    QTest::keyClick(canvas_.get(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QTest::keyClick(canvas_.get(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(paintedPixels(canvas_->mask()), int64_t{7});
  }

  void theRightButtonAndTheEraserGiveBack() {
    canvas_->setMask(PaintMask(64, 1));
    drag({0, 0}, {7, 0}, Qt::RightButton);
    QTest::keyClick(canvas_.get(), Qt::Key_E);
    drag({0, 7}, {7, 7}, Qt::LeftButton);
    QCOMPARE(drawn(*canvas_),
             QStringLiteral("......../########/########/########/########/########/########/........"));
  }

  void bracketsSizeTheBrush() {
    QTest::keyClick(canvas_.get(), Qt::Key_BracketRight);
    QTest::keyClick(canvas_.get(), Qt::Key_BracketRight);
    QCOMPARE(canvas_->brush(), 3);
    QTest::mouseClick(canvas_->viewport(), Qt::LeftButton, {}, middle({3, 3}));
    QCOMPARE(drawn(*canvas_),
             QStringLiteral("......../......../..###.../..###.../..###.../......../......../........"));
    QTest::keyClick(canvas_.get(), Qt::Key_BracketLeft);
    QCOMPARE(canvas_->brush(), 2);
    for (int i = 0; i < 5; ++i) QTest::keyClick(canvas_.get(), Qt::Key_BracketLeft);
    QCOMPARE(canvas_->brush(), 1);
  }

  void aRectangleFollowsTheMouseUntilItIsLetGo() {
    QTest::keyClick(canvas_.get(), Qt::Key_R);
    QTest::mousePress(canvas_->viewport(), Qt::LeftButton, {}, middle({1, 1}));
    QTest::mouseMove(canvas_->viewport(), middle({6, 6}));
    QCOMPARE(paintedPixels(canvas_->mask()), int64_t{36});
    QTest::mouseMove(canvas_->viewport(), middle({2, 3}));
    QTest::mouseRelease(canvas_->viewport(), Qt::LeftButton, {}, middle({2, 3}));
    QCOMPARE(drawn(*canvas_),
             QStringLiteral("......../.##...../.##...../.##...../......../......../......../........"));
    QCOMPARE(canvas_->history()->count(), 1);
  }

  void escapeGivesAStrokeUp() {
    QTest::keyClick(canvas_.get(), Qt::Key_R);
    QTest::mousePress(canvas_->viewport(), Qt::LeftButton, {}, middle({1, 1}));
    QTest::mouseMove(canvas_->viewport(), middle({6, 6}));
    QTest::keyClick(canvas_.get(), Qt::Key_Escape);
    QTest::mouseRelease(canvas_->viewport(), Qt::LeftButton, {}, middle({6, 6}));
    QCOMPARE(paintedPixels(canvas_->mask()), int64_t{0});
    QCOMPARE(canvas_->history()->count(), 0);
  }

  void aLassoTakesAllThatItEnclosesOrCrosses() {
    QTest::keyClick(canvas_.get(), Qt::Key_L);
    QTest::mousePress(canvas_->viewport(), Qt::LeftButton, {}, middle({1, 1}));
    for (const QPoint to : {QPoint(5, 1), QPoint(5, 5), QPoint(1, 5), QPoint(1, 1)})
      QTest::mouseMove(canvas_->viewport(), middle(to));
    QTest::mouseRelease(canvas_->viewport(), Qt::LeftButton, {}, middle({1, 1}));
    QCOMPARE(drawn(*canvas_),
             QStringLiteral("......../.#####../.#####../.#####../.#####../.#####../......../........"));
  }

  void aFillTakesTheAreaOfOneKind() {
    // A wall down the fourth column; the fill stays at its left.
    PaintMask mask(64, 0);
    for (size_t y = 0; y < 8; ++y) mask[y * 8 + 3] = 1;
    canvas_->setMask(mask);
    QTest::keyClick(canvas_.get(), Qt::Key_F);
    QTest::mouseClick(canvas_->viewport(), Qt::LeftButton, {}, middle({0, 7}));
    QCOMPARE(drawn(*canvas_),
             QStringLiteral("####..../####..../####..../####..../####..../####..../####..../####...."));
    QTest::mouseClick(canvas_->viewport(), Qt::RightButton, {}, middle({0, 0}));
    QCOMPARE(paintedPixels(canvas_->mask()), int64_t{0});
  }

  void invertAndAllAreStepsOfTheHistory() {
    drag({0, 0}, {7, 0}, Qt::LeftButton);
    QTest::keyClick(canvas_.get(), Qt::Key_I, Qt::ShiftModifier);
    QCOMPARE(paintedPixels(canvas_->mask()), int64_t{56});
    canvas_->paintAll();
    canvas_->clearMask();
    QCOMPARE(canvas_->history()->count(), 4);
    canvas_->history()->setIndex(1);
    QCOMPARE(paintedPixels(canvas_->mask()), int64_t{8});
  }

  void keysWalkAlongTheRasterAndSpacePaints() {
    QSignalSpy chosen(canvas_.get(), &PictureCanvas::pixelChosen);
    QTest::keyClick(canvas_.get(), Qt::Key_Right);
    QCOMPARE(canvas_->chosen(), 0);
    QTest::keyClick(canvas_.get(), Qt::Key_End);
    QCOMPARE(canvas_->chosen(), 7);
    QTest::keyClick(canvas_.get(), Qt::Key_Right);  // on to the next row
    QCOMPARE(canvas_->chosen(), 8);
    QTest::keyClick(canvas_.get(), Qt::Key_Down);
    QCOMPARE(canvas_->chosen(), 16);
    QCOMPARE(chosen.count(), 4);
    QCOMPARE(chosen.last()[0].toLongLong(), 16);
    QTest::keyPress(canvas_.get(), Qt::Key_Space);
    QTest::keyClick(canvas_.get(), Qt::Key_Right);
    QTest::keyClick(canvas_.get(), Qt::Key_Right);
    QTest::keyRelease(canvas_.get(), Qt::Key_Space);
    QCOMPARE(drawn(*canvas_),
             QStringLiteral("......../......../###...../......../......../......../......../........"));
    QCOMPARE(canvas_->history()->count(), 1);
    QTest::keyClick(canvas_.get(), Qt::Key_Space, Qt::ShiftModifier);
    QCOMPARE(paintedPixels(canvas_->mask()), int64_t{2});
    QTest::keyClick(canvas_.get(), Qt::Key_End, Qt::ControlModifier);
    QCOMPARE(canvas_->chosen(), 63);
    QTest::keyClick(canvas_.get(), Qt::Key_Right);
    QCOMPARE(canvas_->chosen(), 63);
  }

  void theEyedropperTakesAColourAndPixelsAreSeenInIt() {
    QTest::keyClick(canvas_.get(), Qt::Key_I);
    QCOMPARE(canvas_->tool(), Tool::Eyedropper);
    QTest::mouseClick(canvas_->viewport(), Qt::LeftButton, {}, middle({0, 7}));
    QCOMPARE(canvas_->colour(), canvas_->picture().tokens[56]);
    QCOMPARE(canvas_->tool(), Tool::Brush);
    QCOMPARE(canvas_->target(), Target::Pixels);
    QSignalSpy changed(canvas_.get(), &PictureCanvas::pictureChanged);
    const Token before = canvas_->picture().tokens[0];
    QVERIFY(before != canvas_->colour());
    QTest::mouseClick(canvas_->viewport(), Qt::LeftButton, {}, middle({0, 0}));
    QCOMPARE(changed.count(), 1);
    QCOMPARE(canvas_->picture().tokens[0], canvas_->colour());
    QCOMPARE(seen({0, 0}), canvas_->picture().colourOf(canvas_->colour()));
    QTest::keyClick(canvas_.get(), Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(canvas_->picture().tokens[0], before);
    QCOMPARE(seen({0, 0}), canvas_->picture().colourOf(before));
    // The right button takes a colour while pixels are painted.
    QTest::mouseClick(canvas_->viewport(), Qt::RightButton, {}, middle({0, 0}));
    QCOMPARE(canvas_->colour(), before);
  }

  void aFillOfPixelsTakesOneColour() {
    StudioPicture picture = samplePicture();
    std::fill(picture.tokens.begin(), picture.tokens.end(), Token{5});
    for (size_t y = 0; y < 8; ++y) picture.tokens[y * 8 + 3] = 9;
    canvas_->setPicture(picture);
    QTest::keyClick(canvas_.get(), Qt::Key_M);
    canvas_->setColour(100);
    QTest::keyClick(canvas_.get(), Qt::Key_F);
    QTest::mouseClick(canvas_->viewport(), Qt::LeftButton, {}, middle({0, 0}));
    QCOMPARE(std::ranges::count(canvas_->picture().tokens, Token{100}), 24);
    QCOMPARE(std::ranges::count(canvas_->picture().tokens, Token{5}), 32);
  }

  void codesHaveAMaskACodeAndNoPixelsToPaint() {
    canvas_->setPicture(sampleCodes());
    QCOMPARE(canvas_->mask().size(), size_t{16});
    QTest::keyClick(canvas_.get(), Qt::Key_M);
    QCOMPARE(canvas_->target(), Target::Mask);
    QTest::keyClick(canvas_.get(), Qt::Key_I);
    QVERIFY(canvas_->tool() != Tool::Eyedropper);
    QTest::mouseClick(canvas_->viewport(), Qt::LeftButton, {}, middle({1, 2}));
    QCOMPARE(drawn(*canvas_), QStringLiteral("..../..../.#../...."));
    const QRectF cell = canvas_->shownRect(9);
    QCOMPARE(static_cast<int>(std::lround(cell.width() * canvas_->devicePixelRatioF())), 8 * canvas_->shownZoom());
  }

  void zoomIsAWholeNumberThatFits() {
    const double ratio = canvas_->devicePixelRatioF();
    const int fit = canvas_->shownZoom();
    QVERIFY(8 * fit <= 420 * ratio && 8 * (fit + 1) > (420 - 16) * ratio);
    QTest::keyClick(canvas_.get(), Qt::Key_Plus);
    QCOMPARE(canvas_->shownZoom(), fit + 1);
    QVERIFY(canvas_->verticalScrollBar()->maximum() > 0);
    QWheelEvent wheel({50, 50}, canvas_->mapToGlobal(QPointF(50, 50)), {}, {0, -120}, Qt::NoButton, Qt::ControlModifier,
                      Qt::NoScrollPhase, false);
    QApplication::sendEvent(canvas_->viewport(), &wheel);
    QCOMPARE(canvas_->shownZoom(), fit);
    for (int i = 0; i < 100; ++i) QTest::keyClick(canvas_.get(), Qt::Key_Minus);
    QCOMPARE(canvas_->shownZoom(), 1);
    QTest::keyClick(canvas_.get(), Qt::Key_0);
    QCOMPARE(canvas_->shownZoom(), fit);
    // Of a picture that is not square, too.
    canvas_->setPicture(samplePicture(16, 4));
    QCOMPARE(canvas_->shownZoom(), static_cast<int>((420 - 16) * ratio) / 16);
  }

  /// Runs at scale factors 1, 1.25 and 2 (see CMakeLists.txt), in a parent that puts the canvas on an odd position.
  void everyPicturePixelIsASquareOfDevicePixels() {
    QWidget window;
    window.resize(501, 403);
    auto* canvas = new PictureCanvas(&window);
    canvas->setGeometry(3, 5, 471, 377);
    canvas->setPicture(samplePicture(12, 12));
    window.show();
    const QImage shot = window.grab().toImage().convertToFormat(QImage::Format_RGB32);
    const double ratio = window.devicePixelRatioF();
    const int zoom = canvas->shownZoom();
    const QImage expected = canvas->picture().image().scaled(QSize(12, 12) * zoom);
    const QPointF corner = (canvas->viewport()->mapTo(&window, QPointF(0, 0)) + canvas->shownRect(0).topLeft()) * ratio;
    bool found = false;
    for (int dx = -1; dx <= 1; ++dx)
      for (int dy = -1; dy <= 1; ++dy)
        found |= shot.copy(QRect(QPoint(int(std::lround(corner.x())) + dx, int(std::lround(corner.y())) + dy),
                                 expected.size())) == expected.convertToFormat(QImage::Format_RGB32);
    QVERIFY(found);
  }

  /// Most of a masked pixel is seen in its own colour, on any colour some of it is light and some dark, and the border
  /// of the mask is seen too.
  void theMaskIsHatchedAndColoursAreSeenThroughIt() {
    for (const Token colour : {Token{0}, Token{511}, Token{219}}) {
      StudioPicture picture = samplePicture();
      std::fill(picture.tokens.begin(), picture.tokens.end(), colour);
      canvas_->setPicture(picture);
      PaintMask mask(64, 0);
      std::fill(mask.begin() + 32, mask.end(), uint8_t{1});
      canvas_->setMask(mask);
      const QColor own = picture.colourOf(colour);
      const double plainShare = shareOf({0, 0, 8, 3}, own), maskedShare = shareOf({0, 5, 8, 8}, own);
      QCOMPARE(plainShare, 1.0);
      QVERIFY2(maskedShare > 0.5 && maskedShare < 0.95, qPrintable(QString::number(maskedShare)));
      QTest::keyClick(canvas_.get(), Qt::Key_H);
      QCOMPARE(shareOf({0, 5, 8, 8}, own), 1.0);
      QTest::keyClick(canvas_.get(), Qt::Key_H);
    }
  }

  void valuesLieOverThePicture() {
    HeatLayer layer{.values = std::vector<float>(64, std::nanf("")), .scale = {}, .opacity = 1};
    layer.values[9] = 1;
    canvas_->setHeat(layer);
    QCOMPARE(seen({1, 1}), mapColour(ColourMap::Even, 1));
    QCOMPARE(seen({2, 1}), canvas_->picture().colourOf(canvas_->picture().tokens[10]));
    layer.values.resize(63);
    canvas_->setHeat(layer);
    QCOMPARE(seen({1, 1}), canvas_->picture().colourOf(canvas_->picture().tokens[9]));
  }

  void hoverAndFocusAreTold() {
    QSignalSpy hovered(canvas_.get(), &PictureCanvas::pixelHovered);
    QTest::mouseMove(canvas_->viewport(), middle({2, 1}));
    QTRY_COMPARE(hovered.count(), 1);
    QCOMPARE(hovered[0][0].toLongLong(), 10);
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(canvas_->viewport(), &leave);
    QCOMPARE(hovered.last()[0].toLongLong(), -1);
    canvas_->setFocus();
    const QImage with = canvas_->grab().toImage();
    canvas_->clearFocus();
    QVERIFY(with != canvas_->grab().toImage());
  }

  void shapesAreGapless() {
    QCOMPARE(lineCells({0, 0}, {3, 1}).size(), size_t{4});
    QCOMPARE(lineCells({3, 1}, {0, 0}).front(), QPoint(3, 1));
    QCOMPARE(brushCells({0, 0}, 3, {8, 8}).size(), size_t{4});
    QCOMPARE(brushCells({4, 4}, 4, {9, 9}).size(), size_t{12});
    QCOMPARE(rectangleCells({9, 9}, {6, 6}, {8, 8}).size(), size_t{4});
    QVERIFY(lassoCells({}, {8, 8}).empty());
    QVERIFY(fillCells({8, 0}, {8, 8}, [](QPoint) { return 0; }).empty());
  }

 private:
  QPoint middle(QPoint cell) const {
    return canvas_->shownRect(canvas_->picture().positionOf(cell)).center().toPoint();
  }
  void drag(QPoint from, QPoint to, Qt::MouseButton button) const {
    QTest::mousePress(canvas_->viewport(), button, {}, middle(from));
    QTest::mouseMove(canvas_->viewport(), middle(to));
    QTest::mouseRelease(canvas_->viewport(), button, {}, middle(to));
  }
  QImage shot() const { return canvas_->viewport()->grab().toImage().convertToFormat(QImage::Format_RGB32); }
  /// The colour near a corner of a token, away from hatching, rings and brush.
  QColor seen(QPoint cell) const {
    canvas_->clearFocus();
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(canvas_->viewport(), &leave);
    const QPointF at = canvas_->shownRect(canvas_->picture().positionOf(cell)).center() * canvas_->devicePixelRatioF();
    const QColor colour = shot().pixelColor(at.toPoint());
    canvas_->setFocus();
    return colour;
  }
  /// How much of the tokens left, top .. right, bottom (excluded) is seen in a colour.
  double shareOf(std::array<int, 4> box, const QColor& colour) const {
    canvas_->clearFocus();
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(canvas_->viewport(), &leave);
    const double ratio = canvas_->devicePixelRatioF();
    const QRectF first = canvas_->shownRect(canvas_->picture().positionOf({box[0], box[1]})),
                 last = canvas_->shownRect(canvas_->picture().positionOf({box[2] - 1, box[3] - 1}));
    const QRect area(QPointF(first.topLeft() * ratio).toPoint(),
                     QPointF(last.bottomRight() * ratio).toPoint() - QPoint(1, 1));
    const QImage image = shot();
    int same = 0;
    for (int y = area.top(); y <= area.bottom(); ++y)
      for (int x = area.left(); x <= area.right(); ++x) same += image.pixelColor(x, y) == colour ? 1 : 0;
    canvas_->setFocus();
    return static_cast<double>(same) / (area.width() * area.height());
  }

  std::unique_ptr<PictureCanvas> canvas_;
};

QTEST_MAIN(PictureCanvasTest)
#include "picture_canvas_test.moc"
