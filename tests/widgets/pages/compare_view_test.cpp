#include "widgets/pages/compare_view.h"

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QPushButton>
#include <QTableView>
#include <QTest>

#include "core/spec/presets.h"
#include "tests/widgets/images/take_pictures.h"
#include "widgets/pages/compare_model.h"

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

const CompareRow* find(const std::vector<CompareRow>& rows, const QString& key) {
  for (const auto& row : rows)
    if (row.key == key || (row.key.isEmpty() && row.label == key)) return &row;
  return nullptr;
}

}  // namespace

class CompareViewTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qobject_cast<QApplication*>(QApplication::instance()), ThemeChoice::Light); }

  void onlyDifferencesAreTwoRows() {
    const auto rows = compareRows(three(), 0, true);
    QStringList settings;
    for (const auto& row : rows)
      if (row.kind == CompareRow::Kind::Setting) settings << row.key;
    QCOMPARE(settings, (QStringList{"model.layers", "optimizer.learningRate"}));
  }

  void differencesAreFromTheBase() {
    const auto rows = compareRows(three(), 1, true);
    QCOMPARE(find(rows, "optimizer.learningRate")->differs, (std::vector<bool>{true, false, true}));
    QCOMPARE(find(rows, "model.layers")->differs, (std::vector<bool>{false, false, true}));
  }

  void bestResultsAreMarkedUnlessTied() {
    auto runs = three();
    QCOMPARE(find(compareRows(runs, 0, true), "Best validation, nats per pixel")->best, 2);
    QCOMPARE(find(compareRows(runs, 0, true), "Best probe")->best, 0);
    runs[0].summary.bestLoss = 1.297;
    QCOMPARE(find(compareRows(runs, 0, true), "Best validation, nats per pixel")->best, -1);
    runs[2].summary.bestLoss.reset();
    QCOMPARE(find(compareRows(runs, 0, true), "Best validation, nats per pixel")->best, 0);
  }

  void whatMakesNoDifferenceToARunIsNoDifference() {
    auto runs = three();
    runs[1].spec.kind = RunKind::Finetune;
    runs[1].spec.finetune.patience = 4;
    const auto rows = compareRows(runs, 0, true);
    QCOMPARE(find(rows, "finetune.patience")->values, (QStringList{"–", "4", "–"}));
    runs[1].spec.kind = RunKind::Pretrain;
    QVERIFY(!find(compareRows(runs, 0, true), "finetune.patience"));
  }

  /// Nats per pixel and nats per image are not to be compared.
  void lossesOfDifferentKindsHaveNoBest() {
    auto runs = three();
    runs[1].spec.kind = RunKind::Finetune;
    runs[1].spec.finetune.loss = FinetuneLoss::Classification;
    const auto rows = compareRows(runs, 0, true);
    const auto* row = find(rows, "Best validation loss");
    QVERIFY(row);
    QCOMPARE(row->best, -1);
    QVERIFY(row->values[0].contains(QStringLiteral("nats per pixel")));
    QVERIFY(row->values[1].contains(QStringLiteral("nats per image")));
  }

  void switchShowsEverySetting() {
    CompareView view;
    view.setRuns(three());
    view.show();
    const int few = view.findChild<QTableView*>()->model()->rowCount();
    QTest::mouseClick(view.findChild<QCheckBox*>(), Qt::LeftButton, {},
                      QPoint(8, view.findChild<QCheckBox*>()->height() / 2));
    QVERIFY(view.showsAll());
    QVERIFY(view.findChild<QTableView*>()->model()->rowCount() > few + 30);
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

  void copyIsTabSeparated() {
    CompareView view;
    view.resize(1200, 800);
    view.setRuns(three());
    view.show();
    takePictures(view, QStringLiteral("compare"));
    QTest::mouseClick(view.findChild<QPushButton*>(), Qt::LeftButton);
    const QString tsv = QApplication::clipboard()->text();
    const QStringList lines = tsv.split('\n', Qt::SkipEmptyParts);
    QCOMPARE(lines.front(), QStringLiteral("\tquick start\tquick start, slow\tquick start, deep"));
    QVERIFY(lines.contains(QStringLiteral("optimizer.learningRate\t0.003\t0.001\t0.003")));
    for (const auto& line : lines) QCOMPARE(line.count('\t'), 3);
    QApplication::clipboard()->clear();
    QTest::keyClick(view.findChild<QTableView*>(), Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QApplication::clipboard()->text(), tsv);
  }

  void oneRunOrNoneIsNoError() {
    CompareView view;
    QCOMPARE(view.findChild<QTableView*>()->model()->rowCount(), 0);
    view.setRuns({three().front()});
    QVERIFY(find(compareRows({three().front()}, 0, true), "Settings: tick a second run to compare"));
    QVERIFY(find(compareRows({three().front(), three().front()}, 0, true), "Settings: all the same"));
  }
};

QTEST_MAIN(CompareViewTest)
#include "compare_view_test.moc"
