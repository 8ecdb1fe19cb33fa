// The pages of the chosen runs, in the whole window, with an engine that needs no LibTorch.
#include "app/run_pages.h"

#include <QApplication>
#include <QClipboard>
#include <QDialog>
#include <QDir>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTabWidget>
#include <QTableView>
#include <QTest>
#include <QToolButton>

#include "tests/app/open_window_test.h"
#include "tests/core/run/fake_trainer.h"
#include "widgets/forms/new_run_page.h"
#include "widgets/images/image_grid.h"
#include "widgets/lists/inspector.h"
#include "widgets/lists/log_page.h"
#include "widgets/lists/run_table.h"
#include "widgets/pages/compare_view.h"
#include "widgets/pages/completions_view.h"
#include "widgets/pages/curves_view.h"
#include "widgets/pages/probe_view.h"
#include "widgets/pages/results_view.h"
#include "widgets/parts/message_bar.h"
#include "widgets/parts/number_text.h"
#include "widgets/plot/chart.h"

using namespace scanline;

namespace {

/// Counts events of one type.
class Counter : public QObject {
 public:
  explicit Counter(QEvent::Type type) : type_(type) {}
  bool eventFilter(QObject*, QEvent* event) override {
    count += event->type() == type_;
    return false;
  }
  int count = 0;

 private:
  QEvent::Type type_;
};

}  // namespace

class RunPagesTest : public QObject, OpenWindowTest {
  Q_OBJECT
 private slots:
  void init() {
    makeWorkspace();
    engine_ = std::make_shared<FakeEngine>();
  }
  void cleanup() { window_.reset(); }

  /// Its curves page would be empty for ever.
  void aProbeThatStartsLeadsToItsPage() {
    train(fakeSpec("model"), engine_);
    open();
    choose(*window_, "Probe…");
    auto* form = shownForm(*window_);
    QVERIFY(form);
    QTest::keyClick(form, Qt::Key_Return);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(2), RunState::Finished, 20000);
    QTRY_COMPARE(tabs()->currentWidget(), window_->findChild<ProbeView*>());
  }

  void aBertSaysWhyItDrawsNothing() {
    RunSpec spec = fakeSpec("bert");
    spec.model.objective = Objective::Bert;
    train(spec, engine_);
    open();
    auto* view = window_->findChild<CompletionsView*>();
    tabs()->setCurrentWidget(view);
    auto* own = view->findChild<QToolButton*>("own");
    QTRY_VERIFY(own->toolTip().startsWith("A BERT model"));
    QVERIFY(!own->isEnabled());
    QVERIFY(view->findChild<ImageGrid*>()->emptyText().startsWith("A BERT model"));
  }

  /// Probes and pictures at the end alone: the page says when that is, and not that they come at once.
  void aRunThatLooksAtItsEndSaysWhenThatIs() {
    RunSpec spec = fakeSpec("late");
    spec.probe.every = spec.sample.every = 0;
    spec.train.steps = 5000;
    engine_->adjust = [](FakeTrainer& trainer, const RunSpec&) { trainer.failAt = 3; };
    enqueue(spec);
    JobPool(workspace_.toStdString(), [this] { return engine_; }, {}).waitIdle();
    open();
    auto* view = window_->findChild<CompletionsView*>();
    tabs()->setCurrentWidget(view);
    QTRY_COMPARE(view->findChild<ImageGrid*>()->emptyText(),
                 QStringLiteral("The first pictures come at step %1.").arg(text::steps(5000)));
    auto* probe = window_->findChild<ProbeView*>();
    tabs()->setCurrentWidget(probe);
    QTRY_COMPARE(probe->findChild<Chart*>()->emptyText(),
                 QStringLiteral("The first probe comes at step %1.").arg(text::steps(5000)));
  }

  void comparedRunsHaveTheirNumbersCurvesAndPictures() {
    RunSpec spec = fakeSpec("slow");
    spec.sample.every = 2;
    train(spec, engine_);
    spec.name = "fast";
    spec.optimizer.learningRate = 0.01;
    train(spec, engine_);
    open();
    window_->findChild<RunTable*>()->select({RunId{1}, RunId{2}});
    auto* view = window_->findChild<CompareView*>();
    tabs()->setCurrentWidget(view);
    auto* table = view->findChild<QTableView*>();
    QTRY_COMPARE(table->model()->rowCount(), 2);
    QTRY_COMPARE(view->findChild<ImageGrid*>()->pictures().rowTitles.size(), 3);  // the original, and a row each
    QApplication::clipboard()->clear();
    QTest::keyClick(table, Qt::Key_C, Qt::ControlModifier);
    QVERIFY(QApplication::clipboard()->text().contains("0.01"));
    QVERIFY(window_->findChild<MessageBar*>()->count() > 0);
  }

  /// Emptied between two runs, it would flicker at every key in the list.
  void theInspectorStaysWhileRunsAreWalked() {
    train(fakeSpec("a"), engine_);
    train(fakeSpec("b"), engine_);
    open();
    window_->resize(1440, 900);
    auto* inspector = window_->findChild<Inspector*>();
    auto* table = window_->findChild<RunTable*>();
    QTRY_VERIFY(inspector->run() == RunId{2} && inspector->isVisible());
    Counter hidden(QEvent::Hide);
    for (QWidget* part : inspector->findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly))
      part->installEventFilter(&hidden);
    for (const int64_t run : {1, 2, 1}) {
      table->select({RunId{run}});
      QTRY_COMPARE(inspector->run(), RunId{run});
    }
    QCOMPARE(hidden.count, 0);
    table->select({});
    QTRY_COMPARE(inspector->run(), RunId{});
    QVERIFY(hidden.count > 0);
  }

  /// Forms and dialogs are built when they are asked for, charts drawn and pictures read when they are seen.
  void pagesThatWereNeverShownDoNothing() {
    RunSpec spec = fakeSpec("model");
    spec.sample.every = spec.probe.every = 2;
    train(spec, engine_);
    open();
    window_->resize(1440, 900);
    QTRY_COMPARE(window_->findChild<Inspector*>()->run(), RunId{1});
    QTRY_VERIFY(isDrawn(*window_->findChild<CurvesView*>()->findChild<Chart*>()));
    QTest::qWait(300);
    QVERIFY(!window_->findChild<NewRunPage*>());
    QVERIFY(window_->findChildren<QDialog*>().isEmpty());
    for (const Chart* chart : window_->findChildren<Chart*>())
      QVERIFY2(chart->isVisible() || !isDrawn(*chart), qPrintable(chart->accessibleName()));
    const qsizetype readers = openStores();
    tabs()->setCurrentWidget(window_->findChild<CompletionsView*>());
    QTRY_COMPARE(openStores(), readers + 1);  // the reader of pictures opens the store at its first question
    auto* probe = window_->findChild<ProbeView*>();
    tabs()->setCurrentWidget(probe);
    QTRY_VERIFY(isDrawn(*probe->findChild<Chart*>()));
    choose(*window_, "New run…");
    QVERIFY(window_->findChild<NewRunPage*>());
  }

  void resultsAreACardWithPictures() {
    RunSpec spec = fakeSpec("model");
    spec.sample.every = 2;
    train(spec, engine_);
    open();
    auto* view = window_->findChild<ResultsView*>();
    tabs()->setCurrentWidget(view);
    QTRY_COMPARE(view->findChild<ImageGrid*>()->pictures().rowTitles, (QStringList{"original", "model"}));
    QVERIFY(!view->rows().empty());
  }

  void theLogTellsHowARunCameAlong() {
    train(fakeSpec("model"), engine_);
    open();
    auto* inspector = window_->findChild<Inspector*>();
    inspector->showPage(Inspector::Page::Log);
    const auto text = [&] { return window_->findChild<LogPage*>()->toPlainText(); };
    QTRY_VERIFY(text().contains("Step 6: checkpoint written"));
    for (const char* line :
         {"17 colours; 10 parameters", "Step 1, the first: training loss", "Step 2: validation loss"})
      QVERIFY2(text().contains(QLatin1String(line)), qPrintable(text()));
    QCOMPARE(text().count("the first"), 1);
  }

 private:
  static bool isDrawn(const Chart& chart) { return !(chart.frame().x == Span{} && chart.frame().y == Span{}); }
  /// How often this process has the workspace's database open.
  static qsizetype openStores() {
    qsizetype count = 0;
    const QDir files(QStringLiteral("/proc/self/fd"));
    for (const QString& file : files.entryList(QDir::Files | QDir::System))
      count += QFile::symLinkTarget(files.filePath(file)).endsWith(QStringLiteral("/scanline.db"));
    return count;
  }
  void open() {
    makeWindow([this] { return engine_; });
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
    QTRY_COMPARE(window_->findChild<RunTable*>()->selection().size(), size_t{1});
  }
  QTabWidget* tabs() const { return window_->findChild<QTabWidget*>(); }

  std::shared_ptr<FakeEngine> engine_;  // shared as the pool asks for it
};

QTEST_MAIN(RunPagesTest)
#include "run_pages_test.moc"
