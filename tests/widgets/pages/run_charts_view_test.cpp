#include "widgets/pages/run_charts_view.h"

#include <QAbstractButton>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/support/turn_wheel.h"
#include "tests/support/widget_pictures.h"
#include "widgets/plot/parallel_chart.h"
#include "widgets/plot/point_chart.h"
#include "widgets/plot/setting_map.h"

using namespace scanline;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
const QString kLoss = QStringLiteral("best(validation/loss)");

/// 48 runs: 4 learning rates, 3 depths, 4 seeds; the last has no loss yet, and one of rate 0.
std::shared_ptr<RunValues> someRuns() {
  auto values = std::make_shared<RunValues>();
  RunValues::Column rate{"lr", {}, {}}, layers{"layers", {}, {}}, seed{"seed", {}, {}}, loss{kLoss, {}, {}};
  RunValues::Column data{"data", {}, {"cifar10", "digits"}};
  for (int i = 0; i < 48; ++i) {
    const double lr = std::pow(10.0, -4 + i / 12), depth = 4 << (i / 4 % 3), from = i % 4;
    values->runs.push_back(100 + i);
    values->names << QStringLiteral("sweep %1").arg(i);
    rate.values.push_back(i == 47 ? 0 : lr);
    layers.values.push_back(depth);
    seed.values.push_back(from);
    data.values.push_back(i % 2);
    loss.values.push_back(i == 46 ? kNaN : 2 + 0.3 * std::pow(std::log10(lr) + 2.6, 2) - 0.02 * depth + 0.03 * from);
  }
  values->columns = {rate, layers, seed, data, loss};
  return values;
}

std::vector<RunField> someFields() {
  return {{"lr", "optimizer.learningRate", "setting", true},
          {"layers", "model.layers", "setting", true},
          {"seed", "seed", "setting", true},
          {"data", "data.name", "setting", false},
          {"last(train/loss)", "last(train/loss)", "summary of a series", true},
          {kLoss.toStdString(), kLoss.toStdString(), "summary of a series", true}};
}

void moveTo(QWidget& widget, const QPoint& at, Qt::MouseButtons buttons = Qt::NoButton,
            Qt::KeyboardModifiers keys = {}) {
  QMouseEvent move(QEvent::MouseMove, at, widget.mapToGlobal(at), Qt::NoButton, buttons, keys);
  QApplication::sendEvent(&widget, &move);
}

}  // namespace

class RunChartsViewTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {
    qRegisterMetaType<std::vector<qint64>>();
    applyTheme(*qApp, ThemeChoice::Light);
  }
  void init() {
    values_ = someRuns();
    view_ = std::make_unique<RunChartsView>();
    view_->resize(1000, 640);
    view_->setFields(someFields());
    view_->setValues(values_);
    view_->show();
    QVERIFY(QTest::qWaitForWindowExposed(view_.get()));
  }
  void cleanup() { view_.reset(); }

  void theBestLossStandsAgainstTheLearningRateAtFirst() {
    QCOMPARE(view_->result(), kLoss);
    QCOMPARE(box("setting").currentText(), QStringLiteral("lr"));
    QCOMPARE(view_->chosenFields(), QStringList{kLoss});
    QVERIFY(note().contains("47 of 48 runs"));
    QVERIFY(note().contains("1 left out"));
    for (const auto& [kind, name] :
         {std::pair{RunChartsView::Kind::Points, "points"}, {RunChartsView::Kind::Parallel, "parallel"}}) {
      view_->setKind(kind);
      takePictures(*view_, QStringLiteral("run-charts-%1").arg(name));
    }
    applyTheme(*qApp, ThemeChoice::Light);
  }

  void aPointNamesItsRunAndAClickChoosesIt() {
    QSignalSpy chosen(view_.get(), &RunChartsView::runRequested), toggled(view_.get(), &RunChartsView::runToggled);
    const auto place = points().placeOf(117);
    QVERIFY(place);
    const QImage before = points().grab().toImage();
    moveTo(points(), *place);
    QVERIFY(points().grab().toImage() != before);  // its name and values
    QTest::mouseClick(&points(), Qt::LeftButton, {}, *place);
    QCOMPARE(chosen.size(), 1);
    QCOMPARE(chosen[0][0].toLongLong(), 117);
    QTest::mouseClick(&points(), Qt::LeftButton, Qt::ControlModifier, *place);
    QCOMPARE(toggled.size(), 1);
    QCOMPARE(toggled[0][0].toLongLong(), 117);
    QTest::mouseClick(&points(), Qt::LeftButton, {}, points().rect().topRight() - QPoint(2, -2));
    QCOMPARE(chosen.size(), 1);
  }

  void aLogarithmicAxisLeavesOutWhatItCannotShow() {
    QTest::mouseClick(&check("logSetting"), Qt::LeftButton, {}, QPoint(6, check("logSetting").height() / 2));
    QVERIFY(check("logSetting").isChecked());
    QVERIFY(note().contains("46 of 48 runs"));
    QVERIFY(note().contains("logarithmic"));
    QVERIFY(points().xScale().isLogarithmic());
    // Decades are as far apart as each other.
    const int a = points().placeOf(100)->x(), b = points().placeOf(112)->x(), c = points().placeOf(124)->x();
    QVERIFY(std::abs((b - a) - (c - b)) <= 1);
    choose("third", QStringLiteral("layers"));
    check("means").setChecked(true);
    QVERIFY(note().contains("means of runs with the same lr"));
    points().setMarked({.chosen = 117, .ticked = {100, 101, 102}});
    takePictures(*view_, QStringLiteral("run-charts-means"));
    choose("third", QStringLiteral("data"));
    takePictures(*view_, QStringLiteral("run-charts-text-colour"));
    applyTheme(*qApp, ThemeChoice::Light);
  }

  void aRectangleTicksTheRunsInIt() {
    QSignalSpy ticked(view_.get(), &RunChartsView::tickRequested);
    check("logSetting").setChecked(true);
    const QRect around(*points().placeOf(100) - QPoint(8, 3000), *points().placeOf(100) + QPoint(8, 3000));
    const QRect grid = points().rect().adjusted(0, 30, 0, -30);
    const QRect box = around.intersected(grid);
    drag(points(), box.topLeft(), box.bottomRight());
    QCOMPARE(ticked.size(), 1);
    auto runs = ticked[0][0].value<std::vector<qint64>>();
    QCOMPARE(runs.size(), size_t{12});  // all of the lowest rate
    QCOMPARE(std::ranges::max(runs), 111);
    QVERIFY(!ticked[0][1].toBool());
    QVERIFY(note().contains("12"));
  }

  void aLineDrawnByHandTicksTheRunsInside() {
    QSignalSpy ticked(&points(), &PointChart::runsTicked);
    const QPoint at = *points().placeOf(130);
    QTest::mousePress(&points(), Qt::LeftButton, Qt::ShiftModifier, at + QPoint(-20, -20));
    for (const QPoint& corner : {QPoint(20, -20), QPoint(20, 20), QPoint(-20, 20), QPoint(-20, -19)})
      moveTo(points(), at + corner, Qt::LeftButton, Qt::ShiftModifier);
    QTest::mouseRelease(&points(), Qt::LeftButton, Qt::ShiftModifier, at + QPoint(-20, -19));
    QCOMPARE(ticked.size(), 1);
    const auto runs = ticked[0][0].value<std::vector<qint64>>();
    QVERIFY(std::ranges::find(runs, 130) != runs.end());
    QVERIFY(runs.size() < 24);
  }

  void keysWalkOverThePoints() {
    QSignalSpy chosen(view_.get(), &RunChartsView::runRequested), toggled(view_.get(), &RunChartsView::runToggled);
    points().setFocus();
    QTest::keyClick(&points(), Qt::Key_Right);
    const qint64 first = points().current();
    const auto& rate = values_->columns[0].values;
    double before = rate[size_t(first - 100)];
    for (int i = 0; i < 46; ++i) {
      QTest::keyClick(&points(), Qt::Key_Right);
      const double now = rate[size_t(points().current() - 100)];
      QVERIFY(now >= before);
      before = now;
    }
    QCOMPARE(before, 0.1);  // the end
    QTest::keyClick(&points(), Qt::Key_Home);
    QCOMPARE(points().current(), 147);
    QTest::keyClick(&points(), Qt::Key_Up);
    const auto& loss = values_->columns[4].values;
    QVERIFY(loss[size_t(points().current() - 100)] >= loss[47]);
    QVERIFY(points().accessibleDescription().contains(values_->names[int(points().current() - 100)]));
    QTest::keyClick(&points(), Qt::Key_Return);
    QTest::keyClick(&points(), Qt::Key_Space);
    QCOMPARE(chosen[0][0].toLongLong(), points().current());
    QCOMPARE(toggled[0][0].toLongLong(), points().current());
  }

  void theWheelZoomsAndADoubleClickShowsAll() {
    const Span whole = points().xScale().range();
    turnWheelOver(points());
    QCOMPARE(points().xScale().range(), whole);  // it shows all already
    QTest::keyClick(&points(), Qt::Key_Plus);
    QVERIFY(points().xScale().range().width() < whole.width());
    turnWheelOver(points());
    turnWheelOver(points());
    turnWheelOver(points());
    QTest::keyClick(&points(), Qt::Key_Plus);
    QVERIFY(points().xScale().range().width() < whole.width());
    QTest::mouseDClick(&points(), Qt::LeftButton, {}, QPoint(300, 200));
    QCOMPARE(points().xScale().range(), whole);
  }

  void veryManyRunsAreDrawnAsADensityAndThatIsSaid() {
    auto many = std::make_shared<RunValues>();
    RunValues::Column x{"lr", {}, {}}, y{kLoss, {}, {}};
    for (int i = 0; i < 30000; ++i) {
      many->runs.push_back(i + 1);
      many->names << QString::number(i);
      x.values.push_back(1e-4 * std::pow(1000.0, (i % 997) / 997.0));
      y.values.push_back(2 + std::sin(i * 0.37) * std::cos(i * 0.011));
    }
    many->columns = {x, y};
    view_->setValues(many);
    check("logSetting").setChecked(true);
    QVERIFY(note().contains("density"));
    QSignalSpy chosen(view_.get(), &RunChartsView::runRequested);
    QTest::mouseClick(&points(), Qt::LeftButton, {}, *points().placeOf(4711));
    QCOMPARE(chosen.size(), 1);
    QSignalSpy ticked(view_.get(), &RunChartsView::tickRequested);
    drag(points(), QPoint(120, 60), QPoint(600, 380));
    QCOMPARE(ticked[0][0].value<std::vector<qint64>>().size(), RunChartsView::kMostTicked);
    QVERIFY(note().contains("the first 100 are ticked"));
    takePictures(*view_, QStringLiteral("run-charts-density"));
    view_->setKind(RunChartsView::Kind::Parallel);
    QVERIFY(note().contains("evenly chosen"));
    takePictures(*view_, QStringLiteral("run-charts-many-lines"));
    applyTheme(*qApp, ThemeChoice::Light);
  }

  void brushesOnEveryAxisChooseRuns() {
    view_->setKind(RunChartsView::Kind::Parallel);
    ParallelChart& chart = *view_->findChild<ParallelChart*>();
    QVERIFY(!tickButton().isEnabled());
    // The upper half of the depths (16), then seeds 0 and 1.
    const size_t layers = axis(chart, "layers"), seed = axis(chart, "seed");
    drag(chart, chart.placeOn(layers, 0.7), chart.placeOn(layers, 1));
    drag(chart, chart.placeOn(seed, 0), chart.placeOn(seed, 0.5));
    const auto runs = chart.brushedRuns();
    std::vector<qint64> expected;
    for (size_t row = 0; row < values_->size(); ++row)
      if (values_->columns[1].values[row] == 16 && values_->columns[2].values[row] <= 1)
        expected.push_back(values_->runs[row]);
    QCOMPARE(runs, expected);
    QVERIFY(note().contains(QStringLiteral("%1 of 48 runs lie inside").arg(expected.size())));
    QSignalSpy ticked(view_.get(), &RunChartsView::tickRequested);
    QVERIFY(tickButton().isEnabled());
    QTest::mouseClick(&tickButton(), Qt::LeftButton);
    QCOMPARE(ticked[0][0].value<std::vector<qint64>>(), expected);
    takePictures(*view_, QStringLiteral("run-charts-brushes"));
    applyTheme(*qApp, ThemeChoice::Light);
    QTest::mouseClick(&chart, Qt::LeftButton, {}, chart.placeOn(layers, 0.2));
    QVERIFY(!chart.brush(layers));
    chart.setFocus();
    QTest::keyClick(&chart, Qt::Key_Escape);
    QVERIFY(!chart.hasBrush());
  }

  void brushesAndRunsByKeys() {
    view_->setKind(RunChartsView::Kind::Parallel);
    ParallelChart& chart = *view_->findChild<ParallelChart*>();
    chart.setFocus();
    for (size_t i = 0; i < axis(chart, "lr"); ++i) QTest::keyClick(&chart, Qt::Key_Right);
    for (int i = 0; i < 10; ++i) QTest::keyClick(&chart, Qt::Key_Down, Qt::ShiftModifier);
    const auto brush = chart.brush(axis(chart, "lr"));
    QVERIFY(brush && std::abs(brush->high - 0.5) < 1e-9 && brush->low == 0);
    QTest::keyClick(&chart, Qt::Key_Up);
    QTest::keyClick(&chart, Qt::Key_Up);
    const auto inside = chart.brushedRuns();
    QVERIFY(std::ranges::find(inside, chart.current()) != inside.end());
    QSignalSpy chosen(view_.get(), &RunChartsView::runRequested);
    QTest::keyClick(&chart, Qt::Key_Return);
    QCOMPARE(chosen[0][0].toLongLong(), chart.current());
    QTest::keyClick(&chart, Qt::Key_Delete);
    QVERIFY(!chart.hasBrush());
  }

  /// What is ticked stands out, and its value can still be read from its colour.
  void tickedLinesKeepTheColourOfTheirValue() {
    auto two = std::make_shared<RunValues>(*values_);
    for (RunValues::Column& column : two->columns) column.values = {column.values[0], column.values[40]};
    two->runs = {100, 140};
    two->names = {QStringLiteral("low"), QStringLiteral("high")};
    view_->setValues(two);
    view_->setKind(RunChartsView::Kind::Parallel);
    const auto pixels = [&](const QColor& colour) {
      const QImage image = view_->findChild<ParallelChart*>()->grab().toImage();
      qint64 count = 0;
      for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) count += image.pixelColor(x, y) == colour;
      return count;
    };
    const Theme theme(view_->palette());
    const QColor own = RunColouring(*two, 4).colour(1, theme);
    const qint64 before = pixels(own), accents = pixels(theme.accent);
    view_->setMarked({.chosen = 0, .ticked = {140}});
    QVERIFY(pixels(own) > before + 100);
    QCOMPARE(pixels(theme.accent), accents);
  }

  void aLineCanBeClicked() {
    view_->setKind(RunChartsView::Kind::Parallel);
    ParallelChart& chart = *view_->findChild<ParallelChart*>();
    QSignalSpy chosen(view_.get(), &RunChartsView::runRequested);
    // Between the depth and the seed many lines cross; close to an axis a line is where its value is.
    const QPoint at = chart.placeOn(0, AxisScale::fitted(values_->columns[0].values, false).share(0.1));
    QTest::mouseClick(&chart, Qt::LeftButton, {}, at + QPoint(14, 0));
    QCOMPARE(chosen.size(), 1);
  }

  void theMapHasTheMeansOfItsCells() {
    view_->setKind(RunChartsView::Kind::Map);
    choose("third", QStringLiteral("layers"));
    SettingMap& map = *view_->findChild<SettingMap*>();
    QCOMPARE(map.columns(), size_t{5});  // 0 and four rates
    QCOMPARE(map.lines(), size_t{3});
    const auto& cell = map.cell(1, 0);  // 1e-4, 4 layers: runs 0 to 3
    QCOMPARE(cell.value.count, 4);
    double mean = 0;
    for (size_t row = 0; row < 4; ++row) mean += values_->columns[4].values[row] / 4;
    QVERIFY(std::abs(cell.value.mean - mean) < 1e-12);
    QSignalSpy ticked(view_.get(), &RunChartsView::tickRequested);
    QTest::mouseClick(&map, Qt::LeftButton, Qt::ControlModifier, map.placeOf(1, 0));
    QCOMPARE(ticked[0][0].value<std::vector<qint64>>(), (std::vector<qint64>{100, 101, 102, 103}));
    QVERIFY(ticked[0][1].toBool());
    QTest::keyClick(&map, Qt::Key_Right);
    QTest::keyClick(&map, Qt::Key_Return);
    QCOMPARE(ticked.size(), 2);
    QVERIFY(note().contains("means of"));
    takePictures(*view_, QStringLiteral("run-charts-map"));
    applyTheme(*qApp, ThemeChoice::Light);
  }

  /// One value on an axis: its cells stand in the middle, and are no wider than others.
  void aMapOfOneColumnIsNotLopsided() {
    auto values = std::make_shared<RunValues>(*values_);
    for (double& rate : values->columns[0].values) rate = 1e-3;
    view_->setValues(values);
    view_->setKind(RunChartsView::Kind::Map);
    choose("third", QStringLiteral("layers"));
    SettingMap& map = *view_->findChild<SettingMap*>();
    QCOMPARE(map.columns(), size_t{1});
    const QPoint middle = map.placeOf(0, 1);
    QVERIFY(std::abs(middle.x() - map.width() / 2) < 16);
    QSignalSpy ticked(view_.get(), &RunChartsView::tickRequested);
    QTest::mouseClick(&map, Qt::LeftButton, Qt::ControlModifier, middle + QPoint(60, 0));
    QCOMPARE(ticked.size(), 1);
    QTest::mouseClick(&map, Qt::LeftButton, Qt::ControlModifier, middle + QPoint(100, 0));
    QCOMPARE(ticked.size(), 1);  // beside the cell
    takePictures(*view_, QStringLiteral("run-charts-map-one"));
    applyTheme(*qApp, ThemeChoice::Light);
  }

  void manyValuesArePutIntoBins() {
    auto values = std::make_shared<RunValues>(*values_);
    for (size_t row = 0; row < values->size(); ++row)
      values->columns[0].values[row] = 1e-4 * std::pow(1.2, double(row));
    view_->setValues(values);
    view_->setKind(RunChartsView::Kind::Map);
    choose("third", QStringLiteral("layers"));
    check("logSetting").setChecked(true);
    SettingMap& map = *view_->findChild<SettingMap*>();
    QCOMPARE(map.columns(), SettingMap::kBins);
    int64_t runs = 0;
    for (size_t column = 0; column < map.columns(); ++column) {
      int64_t inColumn = 0;
      for (size_t line = 0; line < map.lines(); ++line) inColumn += std::ssize(map.cell(column, line).rows);
      QCOMPARE(inColumn, 4);  // equal ratios: as many in each
      runs += inColumn;
    }
    QCOMPARE(runs, 48);
    QVERIFY(note().contains("bins"));
  }

  void correlationsAreSortedByStrengthAndLeadToTheirChart() {
    view_->setCorrelations({{"seed", 0.1, 47}, {"lr", -0.8, 40}, {"layers", 0.45, 47}});
    view_->setKind(RunChartsView::Kind::Correlation);
    auto& table = *view_->findChild<CorrelationTable*>();
    QCOMPARE(table.item(0, 0)->text(), QStringLiteral("lr"));
    QCOMPARE(table.item(1, 0)->text(), QStringLiteral("layers"));
    QCOMPARE(table.item(0, 1)->text(), QStringLiteral("-0.800"));
    QCOMPARE(table.item(0, 2)->text(), QStringLiteral("40"));
    takePictures(*view_, QStringLiteral("run-charts-correlation"));
    applyTheme(*qApp, ThemeChoice::Light);
    table.setFocus();
    table.setCurrentCell(1, 0);
    QTest::keyClick(&table, Qt::Key_C, Qt::ControlModifier);  // the whole table, with signs
    QCOMPARE(QApplication::clipboard()->text(),
             QStringLiteral("Setting\tRank correlation\tRuns\nlr\t-0.8\t40\nlayers\t0.45\t47\nseed\t0.1\t47\n"));
    QTest::keyClick(&table, Qt::Key_Return);
    QCOMPARE(view_->kind(), RunChartsView::Kind::Points);
    QCOMPARE(box("setting").currentText(), QStringLiteral("layers"));
  }

  void partsOfAFieldsNameFindIt() {
    QSignalSpy changed(view_.get(), &RunChartsView::fieldsChanged);
    box("result").setFocus();
    box("result").lineEdit()->selectAll();
    QTest::keyClicks(&box("result"), QStringLiteral("LAST(train/loss)"));
    QTest::keyClick(&box("result"), Qt::Key_Return);
    QCOMPARE(view_->result(), QStringLiteral("last(train/loss)"));
    QVERIFY(!changed.isEmpty());
    QCOMPARE(view_->chosenFields(), QStringList{"last(train/loss)"});
    box("result").lineEdit()->selectAll();
    QTest::keyClicks(&box("result"), QStringLiteral("nonsense"));
    QTest::keyClick(&box("result"), Qt::Key_Return);
    QCOMPARE(view_->result(), QStringLiteral("last(train/loss)"));
    QCOMPARE(box("result").currentText(), QStringLiteral("last(train/loss)"));
  }

  void choicesComeBack() {
    view_->setKind(RunChartsView::Kind::Map);
    choose("setting", QStringLiteral("seed"));
    choose("third", QStringLiteral("layers"));
    check("logThird").setChecked(true);
    const QByteArray choices = view_->saveChoices();
    RunChartsView other;
    other.restoreChoices(choices);
    other.setFields(someFields());
    other.setValues(values_);
    QCOMPARE(other.saveChoices(), choices);
    QCOMPARE(other.findChild<QComboBox*>("setting")->currentText(), QStringLiteral("seed"));
    other.restoreChoices(QByteArray("nonsense"));
    QCOMPARE(other.saveChoices(), choices);
  }

  void withoutRunsItSaysSo() {
    view_->setValues(std::make_shared<RunValues>());
    view_->setEmptyText(QStringLiteral("No run matches the filter."));
    for (int kind = 0; kind < 4; ++kind) {
      view_->setKind(RunChartsView::Kind(kind));
      QTest::keyClick(QApplication::focusWidget() ? QApplication::focusWidget() : view_.get(), Qt::Key_Right);
      view_->grab();
    }
    view_->setProgress(300, 1000);
    QVERIFY(note().contains("300 of 1"));
  }

 private:
  PointChart& points() { return *view_->findChild<PointChart*>(); }
  QComboBox& box(const char* name) { return *view_->findChild<QComboBox*>(name); }
  void choose(const char* name, const QString& field) {
    const int at = box(name).findText(field);
    QVERIFY(at >= 0);
    box(name).setCurrentIndex(at);
  }
  QCheckBox& check(const char* name) { return *view_->findChild<QCheckBox*>(name); }
  QPushButton& tickButton() { return *view_->findChild<QPushButton*>("tickBrushed"); }
  QString note() { return view_->findChild<QLabel*>("note")->text(); }
  size_t axis(const ParallelChart& chart, const QString& name) {
    const auto at = std::ranges::find_if(
        chart.axes(), [&](const auto& each) { return values_->columns[size_t(each.column)].name == name; });
    return size_t(at - chart.axes().begin());
  }
  static void drag(QWidget& widget, const QPoint& from, const QPoint& to) {
    QTest::mousePress(&widget, Qt::LeftButton, {}, from);
    moveTo(widget, (from + to) / 2, Qt::LeftButton);
    moveTo(widget, to, Qt::LeftButton);
    QTest::mouseRelease(&widget, Qt::LeftButton, {}, to);
  }

  std::shared_ptr<RunValues> values_;
  std::unique_ptr<RunChartsView> view_;
};

QTEST_MAIN(RunChartsViewTest)
#include "run_charts_view_test.moc"
