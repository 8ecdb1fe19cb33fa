// Charts of all runs, runs of other programs, and reports, in the whole window.
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTest>
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "app/live_runs.h"
#include "app/report_export.h"
#include "core/foreign/tfevents_writer.h"
#include "tests/app/open_window_test.h"
#include "widgets/lists/filter_box.h"
#include "widgets/lists/run_table.h"
#include "widgets/pages/correlation_table.h"
#include "widgets/pages/run_charts_view.h"
#include "widgets/plot/parallel_chart.h"
#include "widgets/plot/point_chart.h"

using namespace scanline;
namespace fs = std::filesystem;

class WindowOutsideTest : public QObject, OpenWindowTest {
  Q_OBJECT
 private slots:
  void init() { makeWorkspace(); }
  void cleanup() { window_.reset(); }

  /// From the filter of the list to a point, and from the point back to the list.
  void everyPointIsARunOfTheList() {
    for (int i = 0; i < 8; ++i) addMeasuredRun(i);
    open();
    showCharts();
    QTRY_VERIFY(points().placeOf(8));
    QVERIFY(note().contains("8 of 8 runs"));
    QTest::mouseClick(&points(), Qt::LeftButton, {}, *points().placeOf(3));
    QTRY_COMPARE(table().selection(), std::vector<RunId>{{3}});
    QTest::mouseClick(&points(), Qt::LeftButton, Qt::ControlModifier, *points().placeOf(5));
    QTRY_COMPARE(table().overlay(), std::vector<RunId>{{5}});
    QTest::mouseClick(&points(), Qt::LeftButton, Qt::ControlModifier, *points().placeOf(5));
    QTRY_VERIFY(table().overlay().empty());
    const QRect all = points().rect();
    QTest::mousePress(&points(), Qt::LeftButton, {}, QPoint(70, 40));
    for (const QPoint& at : {all.center(), all.bottomRight() - QPoint(4, 40)}) {
      QMouseEvent move(QEvent::MouseMove, at, points().mapToGlobal(at), Qt::NoButton, Qt::LeftButton, {});
      QApplication::sendEvent(&points(), &move);
    }
    QTest::mouseRelease(&points(), Qt::LeftButton, {}, all.bottomRight() - QPoint(4, 40));
    QTRY_COMPARE(table().overlay().size(), size_t{8});

    QLineEdit* filter = table().filter()->line();
    filter->setFocus();
    QTest::keyClicks(filter, QStringLiteral("lr > 0.0041"));
    QTRY_VERIFY(note().contains("4 of 4 runs"));
    QVERIFY(!points().placeOf(1));
  }

  void everySettingIsCorrelatedWithTheResult() {
    for (int i = 0; i < 8; ++i) addMeasuredRun(i);
    open();
    showCharts();
    QTRY_VERIFY(points().placeOf(8));
    auto& table = *window_->findChild<CorrelationTable*>();
    QTRY_COMPARE(table.rowCount(), 1);  // the one that varies
    QCOMPARE(table.item(0, 0)->text(), QStringLiteral("lr"));
    QCOMPARE(table.item(0, 1)->text(), QStringLiteral("1.000"));
    QCOMPARE(table.item(0, 2)->text(), QStringLiteral("8"));
  }

  void aRunThatEndsMeanwhileBecomesAPoint() {
    addMeasuredRun(0);
    open();
    showCharts();
    QTRY_VERIFY(points().placeOf(1));
    addMeasuredRun(5);
    QTRY_VERIFY_WITH_TIMEOUT(points().placeOf(2), 30000);
  }

  void aWatchedFolderBringsRunsThatGrow() {
    addMeasuredRun(0);
    open();
    const fs::path logs = fs::path(folder_->path().toStdString()) / "logs" / "a";
    fs::create_directories(logs);
    TfEventsWriter writer(logs);
    writer.addScalar("loss", 0, 2, 1'700'000'000'000);
    writer.flush();
    live().watch(folder_->path() + "/logs");
    QTRY_COMPARE_WITH_TIMEOUT(store().runs().size(), size_t{2}, 30000);
    const RunId run = store().runs().back().id;
    QTRY_COMPARE(store().points(run, series::kTrainLoss, -1).size(), size_t{1});
    for (int64_t step = 1; step < 5; ++step) writer.addScalar("loss", step, 1, 1'700'000'000'000);
    writer.flush();
    QTRY_COMPARE_WITH_TIMEOUT(store().points(run, series::kTrainLoss, -1).size(), size_t{5}, 30000);
    // The next window goes on with it.
    window_.reset();
    QCOMPARE(settings_->watchedFolders(workspace_).size(), 1);
    writer.addScalar("loss", 5, 1, 1'700'000'000'000);
    writer.flush();
    open();
    QTRY_COMPARE_WITH_TIMEOUT(store().points(run, series::kTrainLoss, -1).size(), size_t{6}, 30000);
    live().unwatch(live().watched().front());
    QVERIFY(settings_->watchedFolders(workspace_).isEmpty());
  }

  void theInboxIsTakenWhileTheWindowIsOpen() {
    addMeasuredRun(0);
    open();
    const fs::path inbox = fs::path(workspace_.toStdString()) / "inbox";
    fs::create_directories(inbox);
    std::ofstream(inbox / "x.jsonl") << R"({"scanline_log": 1, "name": "from outside"})"
                                     << "\n"
                                     << R"({"step": 1, "values": {"loss": 2.5}})"
                                     << "\n"
                                     << R"({"finish": "finished"})"
                                     << "\n";
    QTRY_COMPARE_WITH_TIMEOUT(store().runs().size(), size_t{2}, 30000);
    QTRY_VERIFY(window_->findChild<RunTable*>()->known({2}));
  }

  void aReportIsWrittenAndShown() {
    for (int i = 0; i < 2; ++i) addMeasuredRun(i);
    open();
    const QString file = folder_->path() + "/report.html";
    window_->findChild<ReportExport*>()->writeTo({{1}, {2}}, file);
    QTRY_VERIFY(QFile::exists(file));
    QFile html(file);
    QVERIFY(html.open(QIODevice::ReadOnly));
    QVERIFY(html.readAll().contains("2 runs compared"));
  }

  void aFilmIsWrittenOrItIsSaidWhyNot() {
    addMeasuredRun(0);
    addMeasuredRun(1);
    {
      RunStore store(workspace_.toStdString(), StoreMode::ReadWrite);
      RunPrepared prepared;
      prepared.palette = {{-1, -1, -1}, {1, 1, 1}};
      std::vector<TrainEvent> events{prepared};
      for (const int64_t step : {0, 3, 6})
        events.emplace_back(SampleSet{
            .step = step, .width = 2, .height = 2, .perPrompt = 1, .samples = {{0, 1, 1, 0}}, .sampleNats = {1.0}});
      store.append({1}, events);
    }
    open();
    auto* exporter = window_->findChild<ReportExport*>();
    QSignalSpy written(exporter, &ReportExport::filmWritten), failed(exporter, &ReportExport::failed);
    const QString file = folder_->path() + "/run.gif";
    exporter->writeFilmTo({1}, file);
    QTRY_COMPARE(written.size(), 1);
    QCOMPARE(written[0][1].toInt(), 3);
    QFile gif(file);
    QVERIFY(gif.open(QIODevice::ReadOnly));
    QVERIFY(gif.readAll().startsWith("GIF89a"));
    exporter->writeFilmTo({2}, folder_->path() + "/nothing.gif");
    QTRY_COMPARE(failed.size(), 1);
    QVERIFY(!QFile::exists(folder_->path() + "/nothing.gif"));
  }

 private:
  void addMeasuredRun(int i) {
    RunSpec spec = fakeSpec("run " + std::to_string(i));
    spec.optimizer.learningRate = 0.001 * (i + 1);
    RunStore store(workspace_.toStdString(), StoreMode::ReadWrite);
    const RunId run = store.create(toToml(spec));
    const std::vector<TrainEvent> events{Evaluation{6, 1.5 + 0.1 * i, {}}, StateChanged{RunState::Finished, ""}};
    store.append(run, events);
  }
  void open() {
    openWindow(noEngine, {1500, 900});
    QTRY_VERIFY(window_->findChild<RunTable*>()->known({1}));
  }
  void showCharts() {
    auto* view = window_->findChild<RunChartsView*>();
    for (auto* tabs : window_->findChildren<QTabWidget*>())
      if (tabs->indexOf(view) >= 0) tabs->setCurrentWidget(view);
    QVERIFY(view->isVisible());
  }
  PointChart& points() { return *window_->findChild<PointChart*>(); }
  RunTable& table() { return *window_->findChild<RunTable*>(); }
  LiveRuns& live() { return *window_->findChild<LiveRuns*>(); }
  QString note() { return window_->findChild<RunChartsView*>()->findChild<QLabel*>("note")->text(); }
};

QTEST_MAIN(WindowOutsideTest)
#include "window_outside_test.moc"
