#include "widgets/studio/side_by_side_panel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <cmath>
#include <memory>

#include "tests/support/widget_pictures.h"
#include "tests/widgets/studio/sample_questions.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/studio/pair_view.h"
#include "widgets/studio/scale_bar.h"
#include "widgets/studio/side_cell.h"
#include "widgets/studio/token_map.h"

using namespace scanline;

namespace {

constexpr int kAcross = 12, kDown = 10;

std::vector<ModelChoice> choices(int count) {
  static const QStringList kNames{"cifar10-small, step 200", "cifar10-small, step 2 000", "wider, step 2 000", "igpt-s",
                                  "bert"};
  std::vector<ModelChoice> result;
  for (int i = 0; i < count; ++i) result.push_back({QString(QChar('a' + i)), kNames[i]});
  return result;
}

}  // namespace

class SideBySidePanelTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }
  void init();
  void cleanup() { panel_.reset(); }
  void columnsAreAddedAndTakenAwayBySignals();
  void namesCaptionsAndPicturesStandInTheirColumns();
  void columnsWrapWhereThePanelIsNarrow();
  void aPixelThatIsPointedAtIsMarkedInAll();
  void theDividerFollowsMouseAndKeys();
  void blinkingChangesAndSpaceStopsIt();
  void theDifferenceIsCountedAndMeasured();
  void anyTwoOfFourCanBeCompared();
  void picturesOfTwoSizesAreExplained();
  void drawAndStopAreAskedFor();
  void pictures();

 private:
  PairView& pair() const { return *panel_->pair(); }
  QString text(const char* name) const { return panel_->findChild<QLabel*>(QString::fromLatin1(name))->text(); }
  void click(int mode) {
    QTest::mouseClick(panel_->findChild<SegmentedControl*>()->findChildren<QAbstractButton*>()[mode], Qt::LeftButton);
    QCoreApplication::processEvents();
  }
  /// Column i has one more row at its end in another colour.
  std::vector<SideColumn> columns(int count, int across = kAcross, int down = kDown) const {
    std::vector<SideColumn> result;
    for (int i = 0; i < count; ++i) {
      SideColumn column{choices(count)[size_t(i)], samplePicture(across, down, 16),
                        QStringLiteral("%1 nats per pixel").arg(1.5 - 0.1 * i, 0, 'f', 3)};
      for (int at = across * (down - i); at < across * down; ++at) {
        Token& token = column.picture.tokens[size_t(at)];
        token = Token(token > 7 ? token - 4 : token + 4);
      }
      result.push_back(column);
    }
    return result;
  }
  QColor seen(QPoint pixel) const {
    const QImage shot = pair().grab().toImage();
    return shot.pixelColor((pair().shownRect(pixel).center() * shot.devicePixelRatio()).toPoint());
  }
  std::unique_ptr<SideBySidePanel> panel_;
};

void SideBySidePanelTest::init() {
  panel_ = std::make_unique<SideBySidePanel>();
  panel_->resize(320, 820);
  panel_->setChoices(choices(5));
  panel_->show();
  QVERIFY(QTest::qWaitForWindowExposed(panel_.get()));
}

void SideBySidePanelTest::columnsAreAddedAndTakenAwayBySignals() {
  QVERIFY(text("hint").startsWith(QStringLiteral("Add two to four")));
  QVERIFY(!panel_->findChild<QPushButton*>(QStringLiteral("draw"))->isEnabled());
  auto* add = panel_->findChild<QComboBox*>(QStringLiteral("add"));
  QCOMPARE(add->count(), 6);
  QSignalSpy added(panel_.get(), &SideBySidePanel::columnAddRequested);
  QSignalSpy removed(panel_.get(), &SideBySidePanel::columnRemoveRequested);
  add->setFocus();
  QTest::keyClick(add, Qt::Key_Down);
  QCOMPARE(added.size(), 1);
  QCOMPARE(added.last().at(0).toString(), QStringLiteral("a"));
  QCOMPARE(add->currentIndex(), 0);
  panel_->setColumns(columns(1));
  QVERIFY(text("hint").startsWith(QStringLiteral("Add one more")));
  QCOMPARE(add->count(), 5);  // models with a column are not offered again
  panel_->setColumns(columns(2));
  QVERIFY(panel_->findChild<QPushButton*>(QStringLiteral("draw"))->isEnabled());
  const auto cells = panel_->findChildren<SideCell*>();
  QTest::mouseClick(cells.last()->findChild<QToolButton*>(QStringLiteral("remove")), Qt::LeftButton);
  QCOMPARE(removed.last().at(0).toString(), QStringLiteral("b"));
  panel_->setColumns(columns(4));
  QVERIFY(!add->isEnabled());
  QCOMPARE(add->currentText(), QStringLiteral("Four columns are the most"));
}

void SideBySidePanelTest::namesCaptionsAndPicturesStandInTheirColumns() {
  auto wanted = columns(2);
  const StudioPicture later = wanted[1].picture;
  wanted[1].picture = {};
  wanted[1].caption.clear();
  panel_->setColumns(wanted);
  const auto cells = panel_->findChildren<SideCell*>();
  QCOMPARE(cells.size(), 2);
  QCOMPARE(cells[0]->findChild<QLabel*>(QStringLiteral("name"))->toolTip(), wanted[0].model.name);
  QCOMPARE(cells[0]->findChild<QLabel*>(QStringLiteral("caption"))->text(), wanted[0].caption);
  QCOMPARE(cells[1]->map()->accessibleDescription(), QStringLiteral("Not drawn yet"));
  panel_->setPicture(QStringLiteral("b"), later, QStringLiteral("1.400 nats per pixel"));
  panel_->setPicture(QStringLiteral("nobody"), later, {});
  QCoreApplication::processEvents();
  QCOMPARE(cells[1]->map()->picture().tokens, later.tokens);
  const QImage shot = cells[1]->map()->grab().toImage();
  const QPointF place = cells[1]->map()->shownRect(later.count() - 1).center() * shot.devicePixelRatio();
  QCOMPARE(shot.pixelColor(place.toPoint()), later.colourOf(later.tokens.back()));
}

void SideBySidePanelTest::columnsWrapWhereThePanelIsNarrow() {
  panel_->setColumns(columns(4));
  QCoreApplication::processEvents();
  const auto cells = [this] { return panel_->findChildren<SideCell*>(); };
  QCOMPARE(cells()[0]->y(), cells()[1]->y());
  QVERIFY(cells()[2]->y() > cells()[0]->y());
  panel_->resize(640, 820);
  QTRY_COMPARE(cells()[3]->y(), cells()[0]->y());
  QVERIFY(cells()[3]->x() > cells()[2]->x());
}

void SideBySidePanelTest::aPixelThatIsPointedAtIsMarkedInAll() {
  panel_->setColumns(columns(2));
  QCoreApplication::processEvents();
  const auto cells = panel_->findChildren<SideCell*>();
  QTest::mouseMove(cells[0]->map(), cells[0]->map()->shownRect(29).center().toPoint());
  QTRY_COMPARE(cells[1]->map()->chosen(), 29);
}

void SideBySidePanelTest::theDividerFollowsMouseAndKeys() {
  const auto two = columns(3);
  panel_->setColumns({two[0], two[2]});  // the last two rows differ
  click(SideBySidePanel::Wipe);
  QCOMPARE(pair().wipe(), kAcross / 2);
  const QColor first = two[0].picture.colourOf(two[0].picture.tokens[size_t(kAcross * 9 + 3)]);
  const QColor second = two[2].picture.colourOf(two[2].picture.tokens[size_t(kAcross * 9 + 3)]);
  QVERIFY(first != second);
  QTRY_COMPARE(seen({3, 9}), first);
  QTest::mousePress(&pair(), Qt::LeftButton, {}, pair().shownRect({6, 5}).topLeft().toPoint());
  QTest::mouseMove(&pair(), pair().shownRect({2, 5}).topLeft().toPoint() + QPoint(1, 1));
  QTest::mouseRelease(&pair(), Qt::LeftButton);
  QTRY_COMPARE(pair().wipe(), 2);
  QCOMPARE(seen({3, 9}), second);
  pair().setFocus();
  QTest::keyClick(&pair(), Qt::Key_Right);
  QTest::keyClick(&pair(), Qt::Key_Right);
  QCOMPARE(pair().wipe(), 4);
  QCOMPARE(seen({3, 9}), first);
  QTest::keyClick(&pair(), Qt::Key_End);
  QCOMPARE(pair().wipe(), kAcross);
  QTest::keyClick(&pair(), Qt::Key_Right);
  QCOMPARE(pair().wipe(), kAcross);
  QTest::keyClick(&pair(), Qt::Key_Home);
  QCOMPARE(pair().wipe(), 0);
  QVERIFY(text("words").startsWith(QStringLiteral("Left: cifar10-small, step 200.")));
}

void SideBySidePanelTest::blinkingChangesAndSpaceStopsIt() {
  const auto three = columns(3);
  panel_->setColumns({three[0], three[2]});
  click(SideBySidePanel::Blink);
  QVERIFY(!pair().isBlinking());
  QVERIFY(!pair().showsSecond());
  const QColor before = seen({3, 9});
  pair().setFocus();
  QTest::keyClick(&pair(), Qt::Key_Space);
  QVERIFY(pair().showsSecond());
  QVERIFY(seen({3, 9}) != before);
  QCOMPARE(text("words"), QStringLiteral("Now: wider, step 2 000"));
  panel_->findChild<QDoubleSpinBox*>()->setValue(10);
  panel_->findChild<QCheckBox*>()->setChecked(true);
  QSignalSpy flipped(&pair(), &PairView::flipped);
  QTRY_VERIFY(flipped.size() >= 2);
  QTest::keyClick(&pair(), Qt::Key_Space);
  QVERIFY(!pair().isBlinking());
  QVERIFY(!panel_->findChild<QCheckBox*>()->isChecked());
  panel_->findChild<QCheckBox*>()->setChecked(true);
  click(SideBySidePanel::Columns);
  QVERIFY(!pair().isBlinking());  // nothing blinks where it is not seen
}

void SideBySidePanelTest::theDifferenceIsCountedAndMeasured() {
  auto two = columns(2);
  two[1].picture = two[0].picture;
  panel_->setColumns(two);
  click(SideBySidePanel::Difference);
  QCOMPARE(text("words"), QStringLiteral("All 120 pixels are the same."));
  auto& token = two[1].picture.tokens[size_t(2 * kAcross + 5)];
  token = Token(token > 7 ? 0 : 15);
  panel_->setColumns(two);
  QCoreApplication::processEvents();
  const QColor a = two[0].picture.colourOf(two[0].picture.tokens[size_t(2 * kAcross + 5)]),
               b = two[1].picture.colourOf(token);
  const double distance =
      std::sqrt(std::pow(a.red() - b.red(), 2) + std::pow(a.green() - b.green(), 2) + std::pow(a.blue() - b.blue(), 2));
  QCOMPARE(text("words"),
           QStringLiteral("1 of 120 pixels differ (0.8 %): by %1 on average, at most by %1.").arg(distance, 0, 'f', 1));
  QCOMPARE(seen({5, 2}), mapColour(ColourMap::Even, 1));
  QCOMPARE(seen({6, 2}), mapColour(ColourMap::Even, 0));
  QTest::mouseMove(&pair(), pair().shownRect({5, 2}).center().toPoint());
  QTRY_COMPARE(text("pointed"), QStringLiteral("row 3, column 6 · distance %1").arg(distance, 0, 'f', 1));
  QVERIFY(std::abs(*panel_->findChild<ScaleBar*>()->mark() - distance) < 1e-3);
}

void SideBySidePanelTest::anyTwoOfFourCanBeCompared() {
  panel_->setColumns(columns(4));
  click(SideBySidePanel::Difference);
  QCOMPARE(pair().difference().differing, kAcross);  // the first two
  auto* second = panel_->findChild<QComboBox*>(QStringLiteral("second"));
  QVERIFY(second->isVisible());
  second->setFocus();
  QTest::keyClick(second, Qt::Key_End);
  QCOMPARE(pair().difference().differing, 3 * kAcross);
  auto* first = panel_->findChild<QComboBox*>(QStringLiteral("first"));
  first->setCurrentIndex(3);
  QCOMPARE(pair().difference().differing, 0);
  auto fewer = columns(4);
  fewer.pop_back();
  panel_->setColumns(fewer);  // the compared one is gone
  QCOMPARE(pair().difference().differing, kAcross);
}

void SideBySidePanelTest::picturesOfTwoSizesAreExplained() {
  auto two = columns(2);
  two[1].picture = samplePicture(8, 8, 16);
  panel_->setColumns(two);
  click(SideBySidePanel::Wipe);
  QVERIFY(pair().accessibleDescription().contains(QStringLiteral("different sizes")));
  QTest::keyClick(&pair(), Qt::Key_Right);
  two[1].picture = {};
  panel_->setColumns(two);
  QCOMPARE(pair().accessibleDescription(), QStringLiteral("Not drawn yet"));
}

void SideBySidePanelTest::drawAndStopAreAskedFor() {
  panel_->setColumns(columns(2));
  QSignalSpy draw(panel_.get(), &SideBySidePanel::drawRequested), stop(panel_.get(), &SideBySidePanel::stopRequested);
  auto* button = panel_->findChild<QPushButton*>(QStringLiteral("draw"));
  QTest::mouseClick(button, Qt::LeftButton);
  QCOMPARE(draw.size(), 1);
  panel_->setDrawing(true);
  QCOMPARE(button->text(), QStringLiteral("Stop"));
  QTest::mouseClick(button, Qt::LeftButton);
  QCOMPARE(stop.size(), 1);
  QCOMPARE(draw.size(), 1);
}

void SideBySidePanelTest::pictures() {
  takePictures(*panel_, QStringLiteral("side-empty"));
  panel_->setColumns(columns(3, 32, 32));
  takePictures(*panel_, QStringLiteral("side-columns"));
  panel_->setMode(SideBySidePanel::Wipe);
  pair().setFocus();
  takePictures(*panel_, QStringLiteral("side-wipe"));
  panel_->setMode(SideBySidePanel::Blink);
  takePictures(*panel_, QStringLiteral("side-blink"));
  panel_->setMode(SideBySidePanel::Difference);
  takePictures(*panel_, QStringLiteral("side-difference"));
  panel_->setMode(SideBySidePanel::Columns);
  panel_->setColumns(columns(4, 32, 32));
  panel_->resize(640, 820);
  takePictures(*panel_, QStringLiteral("side-wide"));
}

QTEST_MAIN(SideBySidePanelTest)
#include "side_by_side_panel_test.moc"
