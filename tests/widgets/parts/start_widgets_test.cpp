#include <QDir>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QSvgRenderer>
#include <QTest>

#include "tests/widgets/lists/pictures.h"
#include "tests/widgets/lists/sample_runs.h"
#include "widgets/parts/empty_state.h"
#include "widgets/parts/run_text.h"
#include "widgets/parts/status_strip.h"

using namespace scanline;

/// The empty state, the status strip, and the resources they are made of.
class StartWidgetsTest : public QObject {
  Q_OBJECT
 private:
  static StatusValues busy() {
    return {.device = "CPU",
            .threads = 2,
            .precision = "bf16",
            .imagesPerSecond = 641.7,
            .run = sampleRuns()[0],
            .waiting = 2};
  }

 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }

  void everyIconDrawsInTheGivenColour() {
    const QStringList files = QDir(QStringLiteral(":/icons")).entryList({QStringLiteral("*.svg")});
    QVERIFY(files.size() > 40);
    for (const QString& file : files) {
      QVERIFY2(QSvgRenderer(QStringLiteral(":/icons/") + file).isValid(), qPrintable(file));
      const QImage image = themedIcon(file.chopped(4), Qt::red).pixmap(32, 32).toImage();
      int painted = 0;
      for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
          if (const QColor colour = image.pixelColor(x, y); colour.alpha() > 200) {
            ++painted;
            QVERIFY2(colour.red() > 200 && colour.green() < 30 && colour.blue() < 30, qPrintable(file));
          }
      QVERIFY2(painted > 4, qPrintable(file));
    }
  }

  void everyHelpPageIsThere() {
    for (const char* page :
         {"getting-started", "curves", "probe", "completions", "queue", "specs", "files-and-terminal", "shortcuts"}) {
      QFile file(QStringLiteral(":/help/%1.md").arg(QLatin1String(page)));
      QVERIFY2(file.open(QIODevice::ReadOnly) && file.readAll().startsWith("# "), page);
    }
  }

  void oneButtonBegins() {
    EmptyState state;
    state.resize(800, 640);
    state.show();
    QSignalSpy start(&state, &EmptyState::quickStartRequested), fresh(&state, &EmptyState::newRunRequested),
        open(&state, &EmptyState::openWorkspaceRequested);
    auto* button = state.findChild<QPushButton*>();
    QTest::mouseClick(button, Qt::LeftButton);
    QCOMPARE(start.count(), 1);
    for (QLabel* label : state.findChildren<QLabel*>())
      if (label->text().contains(QStringLiteral("href"))) {
        emit label->linkActivated(QStringLiteral("new"));
        emit label->linkActivated(QStringLiteral("open"));
      }
    QCOMPARE(fresh.count(), 1);
    QCOMPARE(open.count(), 1);
  }

  void stripDescribesWhatRuns() {
    StatusStrip strip;
    strip.set(busy());
    strip.resize(760, 36);
    strip.show();
    QVERIFY(strip.accessibleDescription().contains(QStringLiteral("quick start")));
    QVERIFY(strip.accessibleDescription().contains(QStringLiteral("2 threads")));
    QSignalSpy chosen(&strip, &StatusStrip::runActivated);
    QTest::mouseClick(&strip, Qt::LeftButton);
    QTest::keyClick(&strip, Qt::Key_Return);
    QCOMPARE(chosen.count(), 2);
    QCOMPARE(chosen[0][0].value<RunId>(), RunId{1});
    strip.set({.device = "CPU"});
    QTest::mouseClick(&strip, Qt::LeftButton);
    QCOMPARE(chosen.count(), 2);
  }

  void pictures() {
    EmptyState state;
    state.setAnimated(false);
    state.resize(900, 640);
    takePictures(state, QStringLiteral("empty-state"));
    state.resize(520, 520);
    takePictures(state, QStringLiteral("empty-state-small"));
    StatusStrip strip;
    strip.set(busy());
    strip.resize(760, 36);
    takePictures(strip, QStringLiteral("strip"));
    strip.resize(420, 36);
    takePictures(strip, QStringLiteral("strip-narrow"));
    strip.set({.device = "CPU", .threads = 2, .precision = "bf16"});
    takePictures(strip, QStringLiteral("strip-idle"));
  }

  void whatIsPreparedSaysHowFarItIs() {
    RunSummary run = sampleRun(1, "big", RunState::Preparing);
    run.detail = "Turning pixels into tokens: 300 of 1200";
    QCOMPARE(text::preparedShare(run), std::optional(0.25));
    QCOMPARE(text::progress(run), 0.25);
    run.detail = "Finding the palette";
    QVERIFY(!text::preparedShare(run));
    QCOMPARE(text::progress(run), 0.0);
    run.state = RunState::Running;
    run.detail = "x: 300 of 1200";
    QVERIFY(!text::preparedShare(run));
  }

  /// A probe or a low-data run looks at a model once: "0 of 600 steps" would say that it did nothing.
  void aRunWithoutStepsCountsNone() {
    for (const RunKind kind : {RunKind::Probe, RunKind::LowData}) {
      RunSummary run = sampleRun(1, "look", RunState::Finished);
      run.kind = kind;
      QCOMPARE(text::progressText(run), QStringLiteral("–"));
      QCOMPARE(text::progress(run), 1.0);
      run.state = RunState::Queued;
      QVERIFY(!text::outcome(run).contains(QStringLiteral("steps")));
      run.state = RunState::Preparing;
      run.detail = "Turning pixels into tokens: 300 of 1200";
      QCOMPARE(text::progressText(run), QStringLiteral("25 %"));
    }
  }

  void theBestLossSaysWhatItIsMeasuredIn() {
    RunSummary run = sampleRun(1, "codec", RunState::Finished, 600);
    run.bestLoss = 0.01234;
    QCOMPARE(text::bestLoss(run), QStringLiteral("0.012 nats"));
    run.kind = RunKind::Vqvae;
    QCOMPARE(text::bestLoss(run), QStringLiteral("0.01234 mean squared error"));
  }

  void aSearchCountsRates() {
    RunSummary run = sampleRun(1, "search", RunState::Stopped, 1, 3);
    run.kind = RunKind::Search;
    QCOMPARE(text::progressText(run), QStringLiteral("rate 1 of 3"));
    run.state = RunState::Running;
    run.detail = "Trial 2 of 3: learning rate 0.003";
    QCOMPARE(text::outcome(run), QStringLiteral("Trial 2 of 3: learning rate 0.003"));
    QVERIFY(!text::hasWinner(run));
    run.state = RunState::Finished;
    QVERIFY(text::hasWinner(run));
  }
};

QTEST_MAIN(StartWidgetsTest)
#include "start_widgets_test.moc"
