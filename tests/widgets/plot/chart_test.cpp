#include "widgets/plot/chart.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QFileDialog>
#include <QFontInfo>
#include <QLabel>
#include <QMenu>
#include <QSignalSpy>
#include <QSvgRenderer>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>

#include "core/base/error.h"
#include "tests/support/widget_pictures.h"
#include "widgets/plot/chart_ticks.h"
#include "widgets/plot/end_names.h"

using namespace scanline;

namespace {

constexpr int kPoints = 1'000'000, kSpike = 617'283;

std::vector<QPointF> millionPoints() {
  std::vector<QPointF> points;
  points.reserve(kPoints);
  for (int at = 0; at < kPoints; ++at) points.emplace_back(at, at == kSpike ? 10.0 : 1 + 0.1 * std::sin(at * 1.7));
  return points;
}

/// Pixels of `image` that differ from its ground, in the given column.
int inked(const QImage& image, int x, int top, int bottom) {
  int count = 0;
  const QColor ground = image.pixelColor(image.width() - 3, 3);
  for (int y = top; y < bottom; ++y)
    if (std::abs(image.pixelColor(x, y).lightness() - ground.lightness()) > 40) ++count;
  return count;
}

}  // namespace

class ChartTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }
  void init();
  void cleanup() { delete chart_; }
  void aSpikeInAMillionPointsIsSeen();
  void zoomedInEveryPointIsThere();
  void aSmoothLineRunsThroughItsPoints();
  void aMovedViewLooksAsIfItWereDrawnAnew();
  void namesInANarrowChartTellTheLinesApart();
  void valuesInTheHeaderAreWhole();
  void aHiddenChartDrawsSoonAfterItIsShown();
  void whatChangesNothingIsNotDrawn();
  void picturesAreWrittenAndReadable();
  void badFileNamesAreExplained();
  void theMenuOffersPictures();
  void menuCopiesAPicture();
  void figuresHaveTheirLegendAndSize();
  void numbersAreWrittenInFull();
  void savingIsSaidAndTheFolderRemembered();
  void flatAndEmptySeriesHaveRanges();
  void outliersAreClippedOnDemand();
  void colourFollowsTheTheme();
  void valuesAreWrittenAsTheAxisNeeds();

 private:
  QWidget* plot() const { return chart_->findChild<QWidget*>(QStringLiteral("plot")); }
  QImage picture() const { return plot()->grab().toImage().convertToFormat(QImage::Format_RGB32); }
  void add(const std::vector<QPointF>& points) {
    chart_->setLine(1, {.name = QStringLiteral("run")});
    chart_->append(1, points);
    chart_->flush();
    QTest::qWait(30);
    chart_->flush();
  }
  Chart* chart_ = nullptr;
};

void ChartTest::init() {
  chart_ = new Chart({.title = QStringLiteral("Loss, nats per pixel"),
                      .xTitle = QStringLiteral("step"),
                      .empty = QStringLiteral("first probe at step 100"),
                      .y = TickText::Nats});
  chart_->resize(1000, 500);
  chart_->show();
  QVERIFY(QTest::qWaitForWindowExposed(chart_));
}

void ChartTest::aSpikeInAMillionPointsIsSeen() {
  for (const double smoothing : {0.0, 0.6}) {
    chart_->setSmoothing(smoothing);
    add(millionPoints());
    const QPoint top = chart_->pixelOf(kSpike, 9.5).toPoint(), middle = chart_->pixelOf(kSpike, 3).toPoint();
    int most = 0;
    const QImage seen = picture();
    for (int x = top.x() - 2; x <= top.x() + 2; ++x) most = std::max(most, inked(seen, x, top.y(), middle.y()));
    QVERIFY2(most > (middle.y() - top.y()) / 2, qPrintable(QStringLiteral("%1 at %2").arg(most).arg(smoothing)));
    QCOMPARE(inked(seen, top.x() + 40, top.y(), middle.y()) < 10, true);
    QCOMPARE(seen, picture());  // the same picture each time
    chart_->removeLine(1);
  }
}

void ChartTest::zoomedInEveryPointIsThere() {
  add(millionPoints());
  chart_->setView({Span{kSpike - 20, kSpike + 20}, Span{0, 11}});
  chart_->flush();
  QTest::mouseMove(plot(), chart_->pixelOf(kSpike + 0.2, 5).toPoint());
  QCOMPARE(chart_->cursor(), std::optional<double>(kSpike));
  QCOMPARE(chart_->table().front().value, QStringLiteral("10.000"));
  QTest::keyClick(chart_, Qt::Key_Right);
  QCOMPARE(chart_->cursor(), std::optional<double>(kSpike + 1));
}

/// Not at once: a page of charts would draw all of them in one turn of the event loop.
/// Of a line whose straight stretches are drawn as such, every point is within a pixel of the drawn line.
void ChartTest::aSmoothLineRunsThroughItsPoints() {
  std::vector<QPointF> points;
  for (int at = 0; at < 3000; ++at) points.emplace_back(at, 2 + std::sin(at * at * 2e-6) + (at > 2000 ? 0.3 : 0));
  add(points);
  const QImage seen = picture();
  const QRgb ground = seen.pixel(chart_->pixelOf(1500, chart_->frame().y.high).toPoint() + QPoint(0, 3));
  for (const QPointF& point : points) {
    const QPoint at = chart_->pixelOf(point.x(), point.y()).toPoint();
    bool isThere = false;
    for (int x = at.x() - 1; x <= at.x() + 1; ++x)
      for (int y = at.y() - 1; y <= at.y() + 1; ++y) isThere = isThere || qGray(seen.pixel(x, y)) < qGray(ground) - 60;
    QVERIFY2(isThere, qPrintable(QString::number(point.x())));
  }
}

/// Points, columns and pictures of lines are kept while a view moves.
void ChartTest::aMovedViewLooksAsIfItWereDrawnAnew() {
  const auto fill = [this] {
    chart_->setSmoothing(0.9);
    for (int line = 1; line <= 7; ++line) {
      std::vector<QPointF> points;
      for (int at = 0; at < 6000; ++at)
        points.emplace_back(at, line + std::sin(at * 0.003 * line) + 0.3 * std::sin(at * 1.7));
      chart_->setLine(line, {.name = QStringLiteral("run %1").arg(line), .colour = line});
      chart_->append(line, points);
    }
  };
  const auto show = [this](double from) {
    chart_->setView({Span{from, from + 1500}, Span{0, 9}}, true);
    chart_->flush();
  };
  fill();
  for (double from = 100; from <= 3100; from += 250) show(from);
  const QImage moved = picture();
  cleanup();
  init();
  fill();
  show(3100);
  QCOMPARE(moved, picture());
}

void ChartTest::namesInANarrowChartTellTheLinesApart() {
  const QFontMetrics metrics(chart_->font());
  const int width = metrics.horizontalAdvance(QStringLiteral("0.001, batch"));
  const QStringList rates{"learning rate 0.001, batch 64", "learning rate 0.003, batch 64"};
  const QStringList batches{"learning rate 0.001, batch 64", "learning rate 0.001, batch 8"};
  for (const QStringList& names : {rates, batches, QStringList{"quick start", "another"}}) {
    const QStringList shown = endNames(names, metrics, width);
    QCOMPARE(shown.size(), 2);
    QVERIFY2(shown[0] != shown[1], qPrintable(shown.join(" and ")));
    for (const QString& name : shown) QVERIFY(metrics.horizontalAdvance(name) <= width);
  }
  QCOMPARE(endNames(rates, metrics, 1000), rates);  // there is room
}

/// A number that is cut would be another number.
void ChartTest::valuesInTheHeaderAreWhole() {
  for (const int64_t key : {1, 2, 3}) {
    chart_->setLine(key, {.name = QStringLiteral("run %1").arg(key)});
    chart_->append(key, std::vector<QPointF>{{1, 1.0 + double(key)}, {100, 2.0 + double(key)}});
  }
  const auto* readout = chart_->findChild<QLabel*>(QStringLiteral("readout"));
  qsizetype before = 4;
  for (const int width : {700, 330, 280, 240}) {
    chart_->resize(width, 200);
    QTest::qWait(20);
    chart_->flush();
    chart_->setCursor(1, false);
    const qsizetype values = readout->text().count(QStringLiteral("●"));
    QVERIFY2(readout->width() >= readout->sizeHint().width() || values == 0, qPrintable(readout->text()));
    QVERIFY(values <= before);
    before = values;
    if (width == 700) QCOMPARE(values, 3);
  }
  QVERIFY(before < 3);
}

void ChartTest::aHiddenChartDrawsSoonAfterItIsShown() {
  chart_->hide();
  chart_->setLine(1, {});
  chart_->append(1, std::vector<QPointF>{{1, 1}, {500, 2}});
  QTest::qWait(40);
  QVERIFY(chart_->frame().x.high < 500);
  chart_->show();
  QVERIFY(chart_->frame().x.high < 500);
  QTRY_VERIFY(chart_->frame().x.high >= 500);
}

void ChartTest::whatChangesNothingIsNotDrawn() {
  struct Paints : QObject {
    int count = 0;
    bool eventFilter(QObject*, QEvent* event) override {
      count += event->type() == QEvent::Paint;
      return false;
    }
  } paints;
  add({{1, 1}, {500, 2}});
  QTest::qWait(60);
  plot()->installEventFilter(&paints);
  const uint64_t before = chart_->lines().at(1).series.revision();
  chart_->setMapping(1, {});
  chart_->setLine(2, {.name = QStringLiteral("a run whose points are on their way"), .colour = 1});
  chart_->setMapping(2, {.scale = 3});
  chart_->removeLine(2);
  QTest::qWait(100);
  QCOMPARE(paints.count, 0);
  QCOMPARE(chart_->lines().at(1).series.revision(), before);
  chart_->setMapping(1, {.scale = 3});
  QTRY_VERIFY(paints.count > 0);
  QVERIFY(chart_->frame().x.high >= 1500);
  paints.count = 0;
  chart_->setLine(2, {.name = QStringLiteral("the chosen run"), .colour = 1, .weight = LineWeight::Strong});
  QTRY_VERIFY(paints.count > 0);  // the others are paler beside it
  chart_->expect(1, std::numeric_limits<size_t>::max());  // as a damaged store may say
  add({{600, 3}});
  QCOMPARE(chart_->lines().at(1).series.size(), size_t{3});
}

void ChartTest::picturesAreWrittenAndReadable() {
  add(millionPoints());
  applyTheme(*qApp, ThemeChoice::Dark);
  QTemporaryDir folder;
  for (const char* ending : {"png", "pdf", "svg"}) {
    const QString file = folder.filePath(QStringLiteral("loss.%1").arg(QString::fromLatin1(ending)));
    saveFigure(chart_->figure(), file);
    QFile written(file);
    QVERIFY(written.open(QIODevice::ReadOnly));
    const QByteArray bytes = written.readAll();
    // A vector picture of a million points stays small: they are thinned out first.
    QVERIFY2(bytes.size() > 2000 && bytes.size() < 2'000'000, qPrintable(QString::number(bytes.size())));
    if (ending == QByteArray("pdf")) QVERIFY(bytes.startsWith("%PDF-") && bytes.trimmed().endsWith("%%EOF"));
    if (ending == QByteArray("svg")) {
      QSvgRenderer renderer(bytes);
      QVERIFY(renderer.isValid());
      QCOMPARE(renderer.viewBox().size(), chart_->figure().size);
      QVERIFY(bytes.contains("nats per pixel"));
    }
    if (ending != QByteArray("png")) continue;
    const QImage image = QImage::fromData(bytes);
    // 170 mm at 300 dots to an inch, to a few dots
    QVERIFY(std::abs(image.width() - 2008) < 12);
    QCOMPARE(image.pixelColor(3, 3), QColor(Qt::white));  // paper, in any theme
    if (const QString keep = qEnvironmentVariable("SCANLINE_PICTURES"); !keep.isEmpty())
      image.save(keep + "/figure.png");
  }
  applyTheme(*qApp, ThemeChoice::Light);
}

void ChartTest::badFileNamesAreExplained() {
  add({{1, 1}, {2, 2}});
  QTemporaryDir folder;
  QVERIFY_EXCEPTION_THROWN(saveFigure(chart_->figure(), folder.filePath(QStringLiteral("loss.bmp"))), Error);
  try {
    saveFigure(chart_->figure(), folder.filePath(QStringLiteral("no/such/folder/loss.png")));
    QFAIL("no error");
  } catch (const Error& error) {
    QVERIFY(QString::fromUtf8(error.what()).contains(QStringLiteral("loss.png")));
  }
}

void ChartTest::theMenuOffersPictures() {
  add({{1, 1}, {2, 2}});
  QContextMenuEvent event(QContextMenuEvent::Mouse, {300, 200}, plot()->mapToGlobal(QPoint(300, 200)));
  QCoreApplication::sendEvent(plot(), &event);
  auto* menu = chart_->findChild<QMenu*>();
  QVERIFY(menu != nullptr);
  QStringList texts;
  for (const auto* action : menu->actions()) texts << action->text();
  for (const char* ending : {"PDF", "SVG", "PNG"})
    QVERIFY(texts.contains(QStringLiteral("Save as %1…").arg(QString::fromLatin1(ending))));
  menu->close();
}

void ChartTest::menuCopiesAPicture() {
  add({{1, 1}, {2, 2}});
  QMenu menu;
  addFigureActions(menu, *chart_, {.figure = [this] { return chart_->figure(); }});
  for (QAction* action : menu.actions())
    if (action->text() == QStringLiteral("Copy picture")) action->trigger();
  QCOMPARE(QApplication::clipboard()->image().width(), 2 * chart_->figure().size.width());
}

void ChartTest::figuresHaveTheirLegendAndSize() {
  chart_->setSmoothing(0);
  chart_->setLine(2, {.name = QStringLiteral("wide run, validation"), .colour = 1, .look = LineLook::Points});
  chart_->append(2, std::vector<QPointF>{{1, 1}, {2, 3}});
  chart_->setLine(3, {.name = QStringLiteral("switched off"), .hidden = true});
  chart_->append(3, std::vector<QPointF>{{1, 1}, {2, 3}});
  add({{1, 1}, {2, 2}});
  const FigureSettings before = figureSettings();
  figureSettings() = {.widthMm = 85, .heightMm = 60, .fontPt = 8};
  QTemporaryDir folder;
  const QString file = folder.filePath(QStringLiteral("loss.svg"));
  saveFigure(chart_->figure(), file);
  QFile written(file);
  QVERIFY(written.open(QIODevice::ReadOnly));
  const QByteArray svg = written.readAll();
  QVERIFY(svg.contains("wide run, validation") && svg.contains(">run<"));
  QVERIFY(!svg.contains("switched off"));
  // The letters are 8 of the 85 mm's points, in pixels of the picture.
  const Figure figure = chart_->figure();
  const double mm = figure.size.width() * 25.4 / figure.resolution;
  QVERIFY2(std::abs(mm - 85) < 0.5, qPrintable(QString::number(mm)));
  const double pt = QFontInfo(chart_->font()).pixelSize() * 72.0 / figure.resolution;
  QVERIFY2(std::abs(pt - 8) < 0.1, qPrintable(QString::number(pt)));
  figureSettings() = before;
  QCOMPARE(chart_->findChild<QWidget*>(QStringLiteral("plot"))->font(), chart_->font());  // the screen's again
}

void ChartTest::numbersAreWrittenInFull() {
  chart_->setSmoothing(0.5);
  add({{1, 0.1}, {3, 1.0 / 3}});
  chart_->setLine(2, {.name = QStringLiteral("run, validation"), .look = LineLook::Points});
  chart_->append(2, std::vector<QPointF>{{2, -7}, {3, 4}});
  const auto lines = chart_->numbers().trimmed().split('\n');
  QCOMPARE(lines.size(), 4);
  QCOMPARE(lines[0], QByteArray("step,run,\"run, smoothed\",\"run, validation\""));
  QCOMPARE(lines[1], QByteArray("1,0.1,0.1,"));
  QCOMPARE(lines[2], QByteArray("2,,,-7"));
  QVERIFY(lines[3].startsWith("3,0.3333333333333333,") && lines[3].endsWith(",4"));
}

void ChartTest::savingIsSaidAndTheFolderRemembered() {
  add({{1, 1}, {2, 2}});
  QTemporaryDir folder;
  QSignalSpy exported(chart_, &Chart::exported);
  chart_->showMenu(chart_->mapToGlobal(QPoint(5, 5)));
  auto* menu = chart_->findChild<QMenu*>();
  for (QAction* action : menu->actions())
    if (action->text() == QStringLiteral("Save numbers as CSV…")) action->trigger();
  menu->close();
  auto* dialog = chart_->findChild<QFileDialog*>();
  QVERIFY(dialog);
  const QString file = folder.filePath(QStringLiteral("loss.csv"));
  emit dialog->fileSelected(file);
  QCOMPARE(exported.size(), 1);
  QCOMPARE(exported[0][0].toString(), file);
  QVERIFY(QFile::exists(file));
  QCOMPARE(figureSettings().folder, folder.path());
  FigureSettings restored;
  restored.restore(figureSettings().saved());
  QCOMPARE(restored.folder, folder.path());
  dialog->reject();
  figureSettings().folder.clear();
}

void ChartTest::flatAndEmptySeriesHaveRanges() {
  chart_->flush();
  QVERIFY(chart_->frame().x.width() > 0 && chart_->frame().y.width() > 0);
  for (const auto& points :
       {std::vector<QPointF>{{5, 3}}, {{1, 0}, {2, 0}}, {{1, -2}, {9, -2}}, {{0, 1e300}, {1, -1e300}}}) {
    for (const bool logarithmic : {false, true}) {
      chart_->setLogarithmic(logarithmic, logarithmic);
      add(points);
      const auto& frame = chart_->frame();
      QVERIFY(std::isfinite(frame.x.low) && frame.x.low < frame.x.high);
      QVERIFY(std::isfinite(frame.y.low) && frame.y.low < frame.y.high);
      QVERIFY(!logarithmic || (frame.x.low > 0 && frame.y.low > 0));
      chart_->removeLine(1);
    }
  }
}

void ChartTest::outliersAreClippedOnDemand() {
  add(millionPoints());
  QVERIFY(chart_->frame().y.high > 10);
  chart_->setOutliersClipped(true);
  chart_->flush();
  QVERIFY(chart_->frame().y.high < 1.2);
}

void ChartTest::colourFollowsTheTheme() {
  add({{1, 1}, {2, 2}});
  const QColor light = picture().pixelColor(2, 2);
  applyTheme(*qApp, ThemeChoice::Dark);
  QTest::qWait(80);
  const QColor dark = picture().pixelColor(2, 2);
  QVERIFY(light.lightness() > 200);
  QVERIFY(dark.lightness() < 80);
  applyTheme(*qApp, ThemeChoice::Light);
}

void ChartTest::valuesAreWrittenAsTheAxisNeeds() {
  QCOMPARE(valueText(TickText::Percent, 0.917), QStringLiteral("91.7 %"));
  QCOMPARE(valueText(TickText::Nats, 1.3), QStringLiteral("1.300"));
  QCOMPARE(valueText(TickText::Rate, 0.003), QStringLiteral("3e-3"));
  QCOMPARE(valueText(TickText::Steps, 1200), QString::fromUtf8("1\u202F200"));
  QCOMPARE(valueText(TickText::Number, std::nan("")), QStringLiteral("NaN"));
}

QTEST_MAIN(ChartTest)
#include "chart_test.moc"
