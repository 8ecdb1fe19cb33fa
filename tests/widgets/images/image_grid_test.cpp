#include "widgets/images/image_grid.h"

#include <QClipboard>
#include <QFileDialog>
#include <QLineEdit>
#include <QPainter>
#include <QRandomGenerator>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include "core/base/error.h"
#include "tests/widgets/images/take_pictures.h"
#include "widgets/images/picture_export.h"
#include "widgets/images/picture_overlay.h"

using namespace scanline;

namespace {

/// Noise: no two neighbouring pixels agree, so every uneven or smoothed pixel shows.
PictureSet noise(int count, int side, std::vector<int> groups = {1, 1, 4}, bool flow = false) {
  PictureSet set;
  set.title = QStringLiteral("Step 600");
  set.width = set.height = side;
  set.groups = std::move(groups);
  set.flow = flow;
  for (int i = 0; i < count; ++i)
    set.cells.push_back({QStringLiteral("Picture %1").arg(i + 1), QStringLiteral("1.308"), {}, side * side / 2, false});
  set.allocateAtlas();
  QRandomGenerator random(1);
  for (int y = 0; y < set.atlas.height(); ++y)
    for (int x = 0; x < set.atlas.width(); ++x) set.atlas.setPixel(x, y, 0xff000000 | random.generate());
  return set;
}

void accept(const QString& file) {
  QTimer::singleShot(0, [file] {
    auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
    QVERIFY(dialog);
    dialog->findChild<QLineEdit*>()->setText(file);
    QTest::keyClick(dialog->findChild<QLineEdit*>(), Qt::Key_Return);
  });
}

}  // namespace

class ImageGridTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qobject_cast<QApplication*>(QApplication::instance()), ThemeChoice::Light); }

  /// Runs at scale factors 1, 1.25 and 2 (see CMakeLists.txt), in a parent that puts the grid on an odd position.
  void everyPicturePixelIsASquareOfDevicePixels() {
    QWidget window;
    window.resize(701, 503);
    auto* grid = new ImageGrid(&window);
    grid->setGeometry(3, 5, 650, 480);
    const auto set = noise(24, 8);
    grid->setPictures(set);
    grid->setZoom(7);
    window.show();
    const QImage shot = window.grab().toImage().convertToFormat(QImage::Format_RGB32);
    const double ratio = window.devicePixelRatioF();
    for (const int index : {0, 5, 6, 13}) {
      const QPointF corner = grid->viewport()->mapTo(&window, QPoint(0, 0)) + grid->shownRect(index).topLeft();
      const QPoint start(static_cast<int>(std::lround(corner.x() * ratio)),
                         static_cast<int>(std::lround(corner.y() * ratio)));
      const QImage expected = magnified(set.picture(index), 7);
      // Fractional positions may round to either neighbour; the pattern itself must be exact.
      bool found = false;
      for (int dx = -1; dx <= 1; ++dx)
        for (int dy = -1; dy <= 1; ++dy) found |= shot.copy(QRect(start + QPoint(dx, dy), expected.size())) == expected;
      QVERIFY2(found, qPrintable(QStringLiteral("picture %1 at scale %2").arg(index).arg(ratio)));
    }
  }

  void magnifiedRepeatsPixels() {
    QImage image(2, 1, QImage::Format_RGB32);
    image.setPixel(0, 0, 0xff112233);
    image.setPixel(1, 0, 0xff445566);
    const QImage big = magnified(image, 3);
    QCOMPARE(big.size(), QSize(6, 3));
    for (int x = 0; x < 6; ++x) QCOMPARE(big.pixel(x, 2), image.pixel(x / 3, 0));
  }

  void layoutLeavesTheWishedGaps() {
    const GridMetrics metrics{.gap = 2, .groupGap = 8, .caption = 10, .header = 20, .rowTitle = 30};
    const GridLayout layout(noise(12, 8), 4, 0, metrics);
    QCOMPARE(layout.columns(), 6);
    QCOMPARE(layout.rows(), 2);
    QCOMPARE(layout.picture(0), QRect(30, 20, 32, 32));
    QCOMPARE(layout.picture(1).left() - layout.picture(0).right() - 1, 8);
    QCOMPARE(layout.picture(3).left() - layout.picture(2).right() - 1, 2);
    QCOMPARE(layout.picture(6).top(), 20 + 32 + 10 + 2);
    for (int i = 0; i < 12; ++i) QCOMPARE(layout.at(layout.picture(i).center()), i);
    QCOMPARE(layout.at(QPoint(layout.picture(2).right() + 1, 30)), -1);
    QCOMPARE(layout.at(layout.caption(7).center()), 7);
  }

  void flowingSetsFillTheWidth() {
    const GridLayout layout(noise(10, 8, {1}, true), 1, 4 * 8 + 3 * 8, {.gap = 2, .groupGap = 8});
    QCOMPARE(layout.columns(), 4);
    QCOMPARE(layout.rows(), 3);
    // Pairs stay together.
    QCOMPARE(GridLayout(noise(10, 8, {2}, true), 1, 30, {.gap = 2, .groupGap = 8}).columns(), 2);
  }

  void fittingZoomIsTheLargestThatFits() {
    const auto set = noise(12, 8);
    const QSize room(500, 300);
    const GridMetrics metrics{.gap = 2, .groupGap = 8};
    const int zoom = fittingZoom(set, room, metrics, 8);
    QVERIFY(GridLayout(set, zoom, 500, metrics).size().width() <= 500);
    const QSize next = GridLayout(set, zoom + 1, 500, metrics).size();
    QVERIFY(next.width() > 500 || next.height() > 300);
  }

  void keysAndWheelZoomByWholeSteps() {
    ImageGrid grid;
    grid.resize(600, 400);
    grid.setPictures(noise(12, 8));
    grid.show();
    const int fit = grid.shownZoom();
    QSignalSpy spy(&grid, &ImageGrid::zoomChanged);
    QTest::keyClick(&grid, Qt::Key_Plus);
    QCOMPARE(grid.shownZoom(), fit + 1);
    QTest::keyClick(&grid, Qt::Key_Minus);
    QTest::keyClick(&grid, Qt::Key_Minus);
    QCOMPARE(grid.shownZoom(), fit - 1);
    QWheelEvent wheel({50, 50}, grid.mapToGlobal(QPointF(50, 50)), {}, {0, 120}, Qt::NoButton, Qt::ControlModifier,
                      Qt::NoScrollPhase, false);
    QApplication::sendEvent(grid.viewport(), &wheel);
    QCOMPARE(grid.shownZoom(), fit);
    QCOMPARE(spy.count(), 4);
    grid.zoomOut();
    QTest::keyClick(&grid, Qt::Key_0);
    QCOMPARE(grid.shownZoom(), fit);
    for (int i = 0; i < 100; ++i) grid.zoomOut();
    QCOMPARE(grid.shownZoom(), 1);
  }

  void zoomAndPlaceSurviveNewPictures() {
    ImageGrid grid;
    grid.resize(300, 200);
    grid.setPictures(noise(48, 8));
    grid.show();
    grid.setZoom(12);
    grid.setCurrent(14);
    const int place = grid.verticalScrollBar()->value();
    QVERIFY(place > 0);
    grid.setPictures(noise(48, 8));
    QCOMPARE(grid.shownZoom(), 12);
    QCOMPARE(grid.current(), 14);
    QCOMPARE(grid.verticalScrollBar()->value(), place);
    grid.setPictures(noise(6, 8));
    QCOMPARE(grid.current(), 5);
  }

  void arrowsWalkAndEnterEnlarges() {
    ImageGrid grid;
    grid.resize(600, 400);
    grid.setPictures(noise(12, 8));
    grid.show();
    QTest::keyClick(&grid, Qt::Key_Right);
    QTest::keyClick(&grid, Qt::Key_Down);
    QCOMPARE(grid.current(), 7);
    QTest::keyClick(&grid, Qt::Key_Down);
    QCOMPARE(grid.current(), 7);
    QTest::keyClick(&grid, Qt::Key_Return);
    QVERIFY(grid.isEnlarged());
    auto* overlay = grid.findChild<PictureOverlay*>();
    QVERIFY(overlay->zoom() > grid.shownZoom());
    QTest::keyClick(overlay, Qt::Key_Left);
    QCOMPARE(grid.current(), 6);
    QTest::keyClick(overlay, Qt::Key_Escape);
    QVERIFY(!grid.isEnlarged());
  }

  void clickEnlargesThePictureUnderIt() {
    ImageGrid grid;
    grid.resize(600, 400);
    grid.setPictures(noise(12, 8));
    grid.show();
    QTest::mouseClick(grid.viewport(), Qt::LeftButton, {}, grid.shownRect(9).center().toPoint());
    QVERIFY(grid.isEnlarged());
    QCOMPARE(grid.current(), 9);
    takePictures(grid, QStringLiteral("image-grid-enlarged"), {600, 400});
    auto* overlay = grid.findChild<PictureOverlay*>();
    QTest::mouseClick(overlay, Qt::LeftButton, {}, QPoint(4, 4));
    QVERIFY(!grid.isEnlarged());
    // Between the groups there is nothing to enlarge.
    QTest::mouseClick(
        grid.viewport(), Qt::LeftButton, {},
        QPoint(static_cast<int>(grid.shownRect(0).right()) + 4, static_cast<int>(grid.shownRect(0).top()) + 4));
    QVERIFY(!grid.isEnlarged());
  }

  void savedFileHoldsThePixels() {
    QTemporaryDir folder;
    ImageGrid grid;
    grid.resize(600, 400);
    const auto set = noise(12, 8);
    grid.setPictures(set);
    grid.setZoom(5);
    grid.show();
    grid.setCurrent(3);
    accept(folder.filePath(QStringLiteral("one.png")));
    QTest::keyClick(&grid, Qt::Key_S, Qt::ControlModifier);
    const QImage one(folder.filePath(QStringLiteral("one.png")));
    QCOMPARE(one.convertToFormat(QImage::Format_RGB32), magnified(set.picture(3), 5));

    accept(folder.filePath(QStringLiteral("sheet")));
    QTest::keyClick(&grid, Qt::Key_S, Qt::ControlModifier | Qt::ShiftModifier);
    const QImage sheet = QImage(folder.filePath(QStringLiteral("sheet.png"))).convertToFormat(QImage::Format_RGB32);
    QCOMPARE(sheet.size(), QSize(6 * 40 + 3 * 2 + 2 * 8, 2 * 40 + 2));
    for (int i = 0; i < 12; ++i) {
      const int column = i % 6, gaps = column < 2 ? column * 8 : 16 + (column - 2) * 2;
      QCOMPARE(sheet.copy(column * 40 + gaps, (i / 6) * 42, 40, 40), magnified(set.picture(i), 5));
    }
  }

  void sheetOfAFlowingSetKeepsItsColumns() {
    const auto set = noise(10, 8, {2}, true);
    const QImage sheet = contactSheet(set, 2, 4);
    QCOMPARE(sheet.width(), 4 * 16 + 2 * 2 + 8);
    QCOMPARE(sheet.copy(QRect(0, 18, 16, 16)).convertToFormat(QImage::Format_RGB32), magnified(set.picture(4), 2));
  }

  void unwritableFileIsReported() {
    try {
      savePng(QImage(4, 4, QImage::Format_RGB32), QStringLiteral("/proc/none/picture.png"));
      QFAIL("no error");
    } catch (const Error& error) {
      QVERIFY(QString::fromUtf8(error.what()).contains(QStringLiteral("/proc/none/picture.png")));
    }
  }

  void copyPutsThePictureOnTheClipboard() {
    ImageGrid grid;
    grid.resize(600, 400);
    const auto set = noise(12, 8);
    grid.setPictures(set);
    grid.setZoom(3);
    grid.show();
    grid.setCurrent(2);
    QTest::keyClick(&grid, Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QApplication::clipboard()->image().convertToFormat(QImage::Format_RGB32), magnified(set.picture(2), 3));
  }

  void hatchedPixelsAreNotShown() {
    auto set = noise(1, 4, {1});
    set.cells[0].given = 6;
    set.cells[0].hatched = true;
    const QImage picture = set.picture(0);
    const QImage whole = set.atlas.convertToFormat(QImage::Format_ARGB32);
    for (int i = 0; i < 16; ++i) QCOMPARE(picture.pixel(i % 4, i / 4), i < 6 ? whole.pixel(i % 4, i / 4) : 0U);
    QImage canvas(80, 80, QImage::Format_RGB32);
    canvas.fill(Qt::white);
    QPainter painter(&canvas);
    paintPicture(painter, set, 0, canvas.rect(), QColor(0x808080));
    painter.end();
    const QImage expected = magnified(set.atlas, 20);
    QCOMPARE(canvas.copy(0, 0, 80, 20), expected.copy(0, 0, 80, 20));
    QCOMPARE(canvas.copy(0, 20, 40, 20), expected.copy(0, 20, 40, 20));
    for (int y = 20; y < 40; ++y)
      for (int x = 41; x < 80; ++x) QVERIFY(QColor(canvas.pixel(x, y)).saturation() < 3);
  }

  void fileNamesAreSafe() {
    QCOMPARE(fileNameFor(QStringLiteral("Step 1 000, prompt 3/x")), QStringLiteral("step-1-000-prompt-3-x.png"));
    QCOMPARE(fileNameFor(QStringLiteral("..")), QStringLiteral("pictures.png"));
  }
};

QTEST_MAIN(ImageGridTest)
#include "image_grid_test.moc"
