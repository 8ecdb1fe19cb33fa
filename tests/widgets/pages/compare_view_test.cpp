#include "widgets/pages/compare_view.h"

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <algorithm>

#include "core/spec/presets.h"
#include "tests/widgets/images/take_pictures.h"
#include "widgets/images/image_grid.h"
#include "widgets/pages/compare_model.h"
#include "widgets/plot/chart.h"

using namespace scanline;

namespace {

ComparedRun run(int64_t id, const std::string& name, double rate, int64_t layers, double nats, double accuracy) {
  ComparedRun result;
  result.spec = preset("quick-start").spec;
  result.spec.name = name;
  result.spec.optimizer.learningRate = rate;
  result.spec.model.layers = layers;
  auto& summary = result.summary;
  summary.id = RunId{id};
  summary.name = name;
  summary.colour = static_cast<int>(id);
  summary.step = summary.steps = 600;
  summary.layers = layers;
  summary.parameters = 207'000;
  summary.bestLoss = nats;
  summary.bestLossStep = 600;
  summary.bestAccuracy = accuracy;
  summary.bestAccuracyStep = 500;
  summary.bestLayer = 3;
  summary.activeMs = 41'000 * id;
  result.imagesPerSecond = 1234.0 / static_cast<double>(id);
  return result;
}

std::vector<ComparedRun> three() {
  return {run(1, "quick start", 3e-3, 4, 1.308, 0.917), run(2, "quick start, slow", 1e-3, 4, 1.401, 0.883),
          run(3, "quick start, deep", 3e-3, 6, 1.297, 0.911)};
}

const CompareColumn* find(const std::vector<CompareColumn>& columns, const QString& key) {
  for (const auto& column : columns)
    if (column.key == key || (column.key.isEmpty() && column.label == key)) return &column;
  return nullptr;
}

std::vector<bool> differing(const CompareColumn& column) {
  std::vector<bool> all;
  for (const CompareCell& cell : column.cells) all.push_back(cell.differs);
  return all;
}

QStringList texts(const CompareColumn& column) {
  QStringList all;
  for (const CompareCell& cell : column.cells) all << cell.text;
  return all;
}

}  // namespace

class CompareViewTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qobject_cast<QApplication*>(QApplication::instance()), ThemeChoice::Light); }

  void onlyDifferencesAreTwoColumns() {
    QStringList settings;
    for (const auto& column : compareColumns(three(), 0, true))
      if (column.kind == CompareColumn::Kind::Setting) settings << column.key;
    QCOMPARE(settings, (QStringList{"model.layers", "optimizer.learningRate"}));
  }

  /// Fifty runs that differ in two settings: two columns of settings, fifty rows, and each run named by its two values.
  void fiftyRunsStayReadable() {
    std::vector<ComparedRun> runs;
    for (int64_t i = 0; i < 50; ++i)
      runs.push_back(run(i + 1, "sweep " + std::to_string(i), 1e-3 * double(i % 10 + 1), 2 + i / 10, 1.3, 0.9));
    const auto columns = compareColumns(runs, 0, true);
    QCOMPARE(std::ranges::count(columns, CompareColumn::Kind::Setting, &CompareColumn::kind), 2);
    QCOMPARE(distinguishingName(12, runs, columns), QStringLiteral("layers 3, learning rate 0.003"));
    CompareView view;
    view.resize(900, 700);
    view.setRuns(runs);
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    auto* table = view.findChild<QTableView*>();
    QCOMPARE(table->model()->rowCount(), 50);
    for (int column = 0; column < table->model()->columnCount(); ++column) QVERIFY(table->columnWidth(column) <= 200);
    // The names do not scroll away.
    table->horizontalScrollBar()->setValue(table->horizontalScrollBar()->maximum());
    QVERIFY(table->verticalHeader()->isVisible());
    QVERIFY(table->verticalHeader()->visibleRegion().boundingRect().width() > 60);
    takePictures(view, QStringLiteral("compare-fifty"));
  }

  void differencesAreFromTheBase() {
    const auto columns = compareColumns(three(), 1, true);
    QCOMPARE(differing(*find(columns, "optimizer.learningRate")), (std::vector<bool>{true, false, true}));
    QCOMPARE(differing(*find(columns, "model.layers")), (std::vector<bool>{false, false, true}));
  }

  /// A setting that differs is told by the colour of its words; only the best result has another.
  void onlyTextIsTinted() {
    CompareModel model;
    model.setTable(three(), compareColumns(three(), 0, true), 0);
    for (int row = 0; row < 3; ++row)
      for (int column = 0; column < model.columnCount(); ++column)
        QVERIFY(!model.data(model.index(row, column), Qt::BackgroundRole).isValid());
    const int rate = model.columnCount() - 1;
    QVERIFY(model.data(model.index(1, rate), Qt::ForegroundRole).isValid());
    QVERIFY(!model.data(model.index(2, rate), Qt::ForegroundRole).isValid());
    const auto speed = std::ranges::find(model.columns(), QStringLiteral("Images a second"), &CompareColumn::label);
    QCOMPARE(speed->best, -1);  // the speed of a run is no result
  }

  void bestResultsAreMarkedUnlessTied() {
    auto runs = three();
    QCOMPARE(find(compareColumns(runs, 0, true), "Best validation, nats per pixel")->best, 2);
    QCOMPARE(find(compareColumns(runs, 0, true), "Best probe, %")->best, 0);
    runs[0].summary.bestLoss = 1.297;
    QCOMPARE(find(compareColumns(runs, 0, true), "Best validation, nats per pixel")->best, -1);
    runs[2].summary.bestLoss.reset();
    QCOMPARE(find(compareColumns(runs, 0, true), "Best validation, nats per pixel")->best, 0);
  }

  void whatMakesNoDifferenceToARunIsNoDifference() {
    auto runs = three();
    runs[1].spec.kind = RunKind::Finetune;
    runs[1].spec.finetune.patience = 4;
    const auto columns = compareColumns(runs, 0, true);
    QCOMPARE(texts(*find(columns, "finetune.patience")), (QStringList{"–", "4", "–"}));
    runs[1].spec.kind = RunKind::Pretrain;
    QVERIFY(!find(compareColumns(runs, 0, true), "finetune.patience"));
  }

  /// The defaults in the text of an imported run say nothing.
  void settingsThatNobodyKnowsAreLeftOut() {
    auto runs = three();
    runs[1].known = {.all = false, .keys = {"model.layers"}};
    const auto columns = compareColumns(runs, 0, true);
    QCOMPARE(texts(*find(columns, "optimizer.learningRate")), (QStringList{"0.003", "–", "0.003"}));
    QCOMPARE(texts(*find(columns, "model.layers")), (QStringList{"4", "4", "6"}));
  }

  /// Nats per pixel and nats per image are not to be compared.
  void lossesOfDifferentKindsHaveNoBest() {
    auto runs = three();
    runs[1].spec.kind = RunKind::Finetune;
    runs[1].spec.finetune.loss = FinetuneLoss::Classification;
    const auto columns = compareColumns(runs, 0, true);
    const auto* column = find(columns, "Best validation loss");
    QVERIFY(column);
    QCOMPARE(column->best, -1);
    QVERIFY(column->cells[0].text.contains(QStringLiteral("nats per pixel")));
    QVERIFY(column->cells[1].text.contains(QStringLiteral("nats per image")));
  }

  void switchShowsEverySetting() {
    CompareView view;
    view.setRuns(three());
    view.show();
    const int few = view.findChild<QTableView*>()->model()->columnCount();
    QTest::mouseClick(view.findChild<QCheckBox*>(), Qt::LeftButton, {},
                      QPoint(8, view.findChild<QCheckBox*>()->height() / 2));
    QVERIFY(view.showsAll());
    QVERIFY(view.findChild<QTableView*>()->model()->columnCount() > few + 30);
  }

  void aHeaderSortsByNumbersAndNothingComesLast() {
    CompareView view;
    view.resize(1600, 600);
    auto runs = three();
    runs[1].summary.bestLoss.reset();
    view.setRuns(runs);
    view.show();
    auto* table = view.findChild<QTableView*>();
    const auto click = [&] {
      auto* header = table->horizontalHeader();
      QTest::mouseClick(header->viewport(), Qt::LeftButton, {},
                        QPoint(header->sectionViewportPosition(0) + 20, header->height() / 2));
    };
    const auto losses = [&] {
      QStringList all;
      for (int row = 0; row < 3; ++row) all << table->model()->index(row, 0).data().toString();
      return all;
    };
    click();
    QCOMPARE(losses(), (QStringList{"1.297", "1.308", "–"}));
    QVERIFY(view.tsv().section('\n', 1, 1).startsWith(QStringLiteral("quick start, deep\t1.297\t600\t")));
    click();
    QCOMPARE(losses(), (QStringList{"1.308", "1.297", "–"}));
    view.setRuns(runs);  // news of a run that trains
    QCOMPARE(losses(), (QStringList{"1.308", "1.297", "–"}));
    click();
    QCOMPARE(losses(), (QStringList{"1.308", "–", "1.297"}));
  }

  /// The column of names has a header as the others have, however far the table is scrolled.
  void theColumnOfNamesHasAHeader() {
    CompareView view;
    view.resize(700, 600);
    view.setRuns(three());
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    auto* table = view.findChild<QTableView*>();
    QHeaderView* names = nullptr;
    for (auto* header : table->findChildren<QHeaderView*>())
      if (header != table->horizontalHeader() && header != table->verticalHeader()) names = header;
    QVERIFY(names && names->isVisible());
    const auto isAbove = [&] {
      return names->geometry() == QRect(table->verticalHeader()->x(), table->horizontalHeader()->y(),
                                        table->verticalHeader()->width(), table->horizontalHeader()->height());
    };
    QTRY_VERIFY(isAbove());
    QCOMPARE(names->model()->headerData(0, Qt::Horizontal).toString(), QStringLiteral("Run"));
    auto runs = three();
    runs[1].summary.name = "a run with a much longer name than all others have";
    view.setRuns(runs);
    QTRY_VERIFY(isAbove());
    view.setRuns({});
    QVERIFY(!names->isVisible());
  }

  /// The theme may change while the page is shown.
  void theTableTakesTheThemesColours() {
    CompareView view;
    view.resize(900, 600);
    view.setRuns(three());
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    auto* table = view.findChild<QTableView*>();
    const auto isDark = [&] {
      const QImage shot = table->viewport()->grab().toImage();
      return shot.pixelColor(2, 2).lightness() < 128;
    };
    QVERIFY(!isDark());
    applyTheme(*qApp, ThemeChoice::Dark);
    QTRY_VERIFY(isDark());
    applyTheme(*qApp, ThemeChoice::Light);
    QTRY_VERIFY(!isDark());
  }

  /// In a high window the pictures have the whole width, and in a low one they stand beside the charts.
  void picturesTakeTheWidthWhereThereIsHeight() {
    CompareView view;
    view.resize(900, 900);
    view.setRuns(three());
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    auto* pictures = view.findChild<ImageGrid*>();
    auto* chart = view.findChildren<Chart*>().constFirst();
    QTRY_VERIFY(pictures->width() > 800);
    QVERIFY(pictures->mapTo(&view, QPoint()).y() > chart->mapTo(&view, QPoint()).y() + chart->height());
    view.resize(900, 400);
    QTRY_VERIFY(pictures->mapTo(&view, QPoint()).x() > chart->mapTo(&view, QPoint()).x() + chart->width());
  }

  void keysWalkTheSettingsThatDiffer() {
    CompareView view;
    view.resize(500, 500);
    view.setRuns(three());
    view.show();
    auto* table = view.findChild<QTableView*>();
    QTest::mouseClick(view.findChild<QCheckBox*>(), Qt::LeftButton, {},
                      QPoint(8, view.findChild<QCheckBox*>()->height() / 2));
    const auto label = [&] {
      return table->model()->headerData(table->currentIndex().column(), Qt::Horizontal).toString();
    };
    table->setFocus();
    QTest::keyClick(table, Qt::Key_N);
    QCOMPARE(label(), QStringLiteral("Layers"));
    QTest::keyClick(table, Qt::Key_N);
    QCOMPARE(label(), QStringLiteral("Learning rate"));
    QVERIFY(table->viewport()->rect().contains(table->visualRect(table->currentIndex()).center()));
    QTest::keyClick(table, Qt::Key_N);
    QCOMPARE(label(), QStringLiteral("Layers"));
    QTest::keyClick(table, Qt::Key_N, Qt::ShiftModifier);
    QCOMPARE(label(), QStringLiteral("Learning rate"));
  }

  void baseStaysWhenRunsChange() {
    CompareView view;
    view.setRuns(three());
    auto* box = view.findChild<QComboBox*>();
    view.show();
    box->setFocus();
    QTest::keyClick(box, Qt::Key_Down);
    QCOMPARE(view.base(), RunId{2});
    auto runs = three();
    runs.erase(runs.begin());
    view.setRuns(runs);
    QCOMPARE(box->currentText(), QStringLiteral("quick start, slow"));
  }

  void theCopyHasLabelsAndNumbers() {
    CompareView view;
    view.resize(1200, 800);
    view.setRuns(three());
    view.show();
    takePictures(view, QStringLiteral("compare"));
    QSignalSpy copied(&view, &CompareView::copied);
    QTest::mouseClick(view.findChild<QPushButton*>(), Qt::LeftButton);
    QCOMPARE(copied.count(), 1);
    QVERIFY(copied[0][0].toString().contains(QStringLiteral("3 runs")));
    const QString tsv = QApplication::clipboard()->text();
    const QStringList lines = tsv.split('\n', Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 4);
    const QStringList labels = lines.front().split('\t'), first = lines[1].split('\t');
    QCOMPARE(labels.mid(0, 4), (QStringList{"Run", "Best validation, nats per pixel", "at step", "Best probe, %"}));
    QCOMPARE(first.mid(0, 4), (QStringList{"quick start", "1.308", "600", "91.7"}));
    QCOMPARE(first[labels.indexOf("Parameters")], QStringLiteral("207000"));
    QCOMPARE(first[labels.indexOf("Time running, s")], QStringLiteral("41"));
    QCOMPARE(first[labels.indexOf("Learning rate")], QStringLiteral("0.003"));
    for (const auto& line : lines) QCOMPARE(line.count('\t'), labels.size() - 1);
    QApplication::clipboard()->clear();
    QTest::keyClick(view.findChild<QTableView*>(), Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QApplication::clipboard()->text(), tsv);
    QCOMPARE(copied.count(), 2);
  }

  void enterShowsTheRun() {
    CompareView view;
    view.setRuns(three());
    view.show();
    QSignalSpy activated(&view, &CompareView::runActivated);
    auto* table = view.findChild<QTableView*>();
    table->setFocus();
    table->setCurrentIndex(table->model()->index(1, 0));
    QTest::keyClick(table, Qt::Key_Return);
    QCOMPARE(activated.count(), 1);
    QCOMPARE(activated[0][0].value<RunId>(), RunId{2});
  }

  void curvesAreNamedByWhatDiffers() {
    CompareView view;
    auto runs = three();
    for (auto& each : runs) each.losses = {{0, 2.8}, {300, 1.5}, {600, 1.3}};
    view.setRuns(runs);
    QStringList names;
    for (const auto& [key, line] : view.findChildren<Chart*>().constFirst()->lines()) names << line.style.name;
    QCOMPARE(names, (QStringList{"layers 4, learning rate 0.003", "layers 4, learning rate 0.001",
                                 "layers 6, learning rate 0.003"}));
    view.setRuns({runs[0]});
    QCOMPARE(view.findChildren<Chart*>().constFirst()->lines().size(), size_t{1});
  }

  void newestCompletionsStandBelowEachOther() {
    const Palette palette({{-1, -1, -1}, {1, 1, 1}});
    const auto samples = [&](const char* name, Token token) {
      SampleSet set{.step = 600, .width = 2, .height = 2, .given = 2, .perPrompt = 2};
      for (int prompt = 0; prompt < 3; ++prompt) {
        set.originals.push_back({0, 1, 0, 1});
        set.samples.push_back({0, 1, token, token});
        set.samples.push_back({0, 1, 0, 1});
      }
      return ComparedSamples{QString::fromLatin1(name), set, palette};
    };
    auto small = samples("another size", 0);
    small.set.width = 4, small.set.height = 1;
    const ComparedPictures all = comparedPictures({samples("a", 0), samples("b", 1), small});
    QCOMPARE(all.pictures.rowTitles, (QStringList{"original", "a", "b"}));
    QCOMPARE(all.pictures.count(), 9);
    QCOMPARE(all.pictures.picture(3).pixel(0, 1), qRgb(0, 0, 0));
    QCOMPARE(all.pictures.picture(6).pixel(0, 1), qRgb(255, 255, 255));
    QVERIFY(all.words.startsWith(QStringLiteral("One run")));
    auto others = samples("other prompts", 1);
    others.set.originals[0] = {1, 1, 1, 1};
    QCOMPARE(comparedPictures({samples("a", 0), others}).pictures.rowTitles, (QStringList{"a", "other prompts"}));
    QVERIFY(comparedPictures({}).pictures.isEmpty());
  }

  /// Two tokenizers make different reconstructions of one picture: the picture itself stands above both runs.
  void completionsOfCodesStandBelowTheTruePictures() {
    const Palette palette({{-1, -1, -1}, {1, 1, 1}});
    const auto samples = [&](const char* name, uint8_t decoded) {
      SampleSet set{
          .step = 600, .width = 1, .height = 2, .given = 1, .perPrompt = 1, .pixelWidth = 1, .pixelHeight = 2};
      set.originals = {{0, 1}};
      set.samples = {{0, 0}};
      set.originalPixels = {std::vector<uint8_t>(6, decoded)};
      set.samplePixels = {std::vector<uint8_t>(6, static_cast<uint8_t>(decoded + 1))};
      set.truePixels = {std::vector<uint8_t>(6, 77)};
      return ComparedSamples{QString::fromLatin1(name), set, palette};
    };
    const ComparedPictures all = comparedPictures({samples("a", 10), samples("b", 20)});
    QCOMPARE(all.pictures.rowTitles, (QStringList{"original", "a", "b"}));
    QCOMPARE(all.pictures.picture(0).pixel(0, 0), qRgb(77, 77, 77));
    QCOMPARE(all.pictures.picture(2).pixel(0, 0), qRgb(21, 21, 21));
    auto known = samples("a", 10), other = samples("b", 10);
    known.set.truePixels.clear(), other.set.truePixels.clear();
    QCOMPARE(comparedPictures({known, other}).pictures.rowTitles.front(), QStringLiteral("reconstruction"));
  }

  void oneRunOrNoneIsNoError() {
    CompareView view;
    QCOMPARE(view.findChild<QTableView*>()->model()->rowCount(), 0);
    view.setRuns({three().front()});
    view.show();
    const auto says = [&](const char* words) {
      return std::ranges::any_of(view.findChildren<QLabel*>(), [words](const QLabel* label) {
        return label->isVisible() && label->text() == QLatin1String(words);
      });
    };
    QVERIFY(says("Tick a second run to compare."));
    view.setRuns({three().front(), three().front()});
    QVERIFY(says("All settings are the same."));
  }
};

QTEST_MAIN(CompareViewTest)
#include "compare_view_test.moc"
