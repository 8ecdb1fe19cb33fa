#include "widgets/lists/queue_panel.h"

#include <QAbstractItemModelTester>
#include <QLabel>
#include <QListView>
#include <QMimeData>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

#include "tests/widgets/lists/pictures.h"
#include "tests/widgets/lists/sample_runs.h"
#include "widgets/lists/queue_delegate.h"

using namespace scanline;

namespace {

QueueEntry entry(int64_t job, const RunSummary& run, JobState state) {
  return {.job = {.id = {job}, .run = run.id, .state = state, .position = job}, .run = run};
}

std::vector<QueueEntry> sampleQueue() {
  auto runs = sampleRuns();
  std::vector<QueueEntry> queue{entry(1, runs[0], JobState::Running), entry(2, runs[3], JobState::Waiting),
                                entry(3, runs[4], JobState::Waiting), entry(4, runs[6], JobState::Waiting)};
  queue[1].estimateMs = 240'000;
  queue[3].job.resume = true;
  return queue;
}

}  // namespace

class QueuePanelTest : public QObject {
  Q_OBJECT
 private:
  struct Window {
    QueuePanel panel;
    QListView* view = panel.findChild<QListView*>();
    explicit Window(const std::vector<QueueEntry>& entries = sampleQueue()) {
      panel.resize(300, 260);
      panel.setEntries(entries);
      panel.show();
      panel.activateWindow();
      if (!QTest::qWaitForWindowActive(&panel)) qFatal("no active window");
      view->setFocus();
    }
    QStringList names() const {
      QStringList names;
      for (int row = 0; row < view->model()->rowCount(); ++row) names << view->model()->index(row, 0).data().toString();
      return names;
    }
    void click(QueueDelegate::Button button, int row) {
      const QModelIndex index = view->model()->index(row, 0);
      auto* delegate = qobject_cast<QueueDelegate*>(view->itemDelegate());
      QTest::mouseClick(view->viewport(), Qt::LeftButton, {},
                        delegate->buttonRect(button, view->visualRect(index), index).center());
    }
  };

 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }

  /// In the row and in words.
  void aProcessOfItsOwnIsTold() {
    auto queue = sampleQueue();
    Window window(queue);
    const auto row = [&window] { return window.view->visualRect(window.view->model()->index(1, 0)); };
    const auto words = [&window](int at) {
      return window.view->model()->index(at, 0).data(Qt::AccessibleTextRole).toString();
    };
    const QImage before = window.view->viewport()->grab(row()).toImage();
    QVERIFY(!words(1).contains(QStringLiteral("process")));
    queue[1].job.ownProcess = true;
    window.panel.setEntries(queue);
    QVERIFY(words(1).endsWith(QStringLiteral("in a process of its own")));
    QVERIFY(!words(2).contains(QStringLiteral("process")));
    QVERIFY(window.view->viewport()->grab(row()).toImage() != before);
  }

  void buttonsAskForTheirRun() {
    Window window;
    QSignalSpy pause(&window.panel, &QueuePanel::pauseRequested), stop(&window.panel, &QueuePanel::stopRequested),
        resume(&window.panel, &QueuePanel::resumeRequested);
    window.click(QueueDelegate::Button::Pause, 0);
    window.click(QueueDelegate::Button::Stop, 0);
    QCOMPARE(pause[0][0].value<RunId>(), RunId{1});
    QCOMPARE(stop[0][0].value<RunId>(), RunId{1});
    window.click(QueueDelegate::Button::Stop, 2);
    QCOMPARE(stop[1][0].value<RunId>(), RunId{5});
    auto paused = sampleQueue();
    paused[0].job.state = JobState::Paused;
    paused[0].run.state = RunState::Paused;
    window.panel.setEntries(paused);
    window.click(QueueDelegate::Button::Pause, 0);
    QCOMPARE(resume[0][0].value<RunId>(), RunId{1});
    QCOMPARE(pause.count(), 1);
  }

  void keysPauseStopAndMove() {
    Window window;
    QSignalSpy pause(&window.panel, &QueuePanel::pauseRequested), stop(&window.panel, &QueuePanel::stopRequested),
        moved(&window.panel, &QueuePanel::moveByRequested);
    window.view->setCurrentIndex(window.view->model()->index(0, 0));
    QTest::keyClick(window.view, Qt::Key_Space);
    QCOMPARE(pause.count(), 1);
    QTest::keyClick(window.view, Qt::Key_Down, Qt::AltModifier);  // a running one does not move
    QCOMPARE(moved.count(), 0);
    QTest::keyClick(window.view, Qt::Key_Down);
    const QStringList before = window.names();
    QTest::keyClick(window.view, Qt::Key_Up, Qt::AltModifier);  // nor does anything get before it
    QCOMPARE(window.names(), before);
    QCOMPARE(moved.takeFirst(), (QVariantList{QVariant::fromValue(JobId{2}), -1}));  // the store knows its place
    QTest::keyClick(window.view, Qt::Key_Down, Qt::AltModifier);
    QCOMPARE(window.names(), (QStringList{"quick start", "lr 0.01", "lr 0.003", "overnight"}));
    QCOMPARE(moved.takeFirst(), (QVariantList{QVariant::fromValue(JobId{2}), 1}));
    window.panel.setEntries(sampleQueue());  // as it was read before that key held
    QTest::keyClick(window.view, Qt::Key_Down, Qt::AltModifier);
    QCOMPARE(moved.takeFirst(), (QVariantList{QVariant::fromValue(JobId{2}), 1}));
    QTest::keyClick(window.view, Qt::Key_Delete);
    QCOMPARE(stop[0][0].value<RunId>(), RunId{4});
    QTest::keyClick(window.view, Qt::Key_Down, Qt::AltModifier);
    QTest::keyClick(window.view, Qt::Key_Down, Qt::AltModifier);
    QCOMPARE(window.names(), (QStringList{"quick start", "lr 0.01", "overnight", "lr 0.003"}));  // it is the last
    QCOMPARE(moved.size(), 2);
  }

  void dropMovesAmongWaitingJobs() {
    QueueModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setEntries(sampleQueue());
    QSignalSpy moved(&model, &QueueModel::moveRequested);
    const std::unique_ptr<QMimeData> data(model.mimeData({model.index(3)}));
    QVERIFY(model.dropMimeData(data.get(), Qt::MoveAction, 0, 0, {}));  // before the running one: first of the waiting
    QCOMPARE(moved[0][1].value<std::optional<JobId>>(), std::optional(JobId{2}));
    QCOMPARE(model.entry(0).job.id, JobId{1});
    QCOMPARE(model.entry(1).job.id, JobId{4});
    QVERIFY(!model.dropMimeData(data.get(), Qt::MoveAction, 1, 0, {}));
    QVERIFY(model.dropMimeData(data.get(), Qt::MoveAction, -1, -1, {}));  // below the last
    QCOMPARE(model.entry(3).job.id, JobId{4});
    QVERIFY(!(model.flags(model.index(0)) & Qt::ItemIsDragEnabled));
  }

  void timeOfTheQueueSaysWhatItDoesNotKnow() {
    auto queue = sampleQueue();
    queue.pop_back();
    QCOMPARE(queueTime(queue).ms, (600 - 380) * 95 + 240'000);
    QVERIFY(!queueTime(queue).complete);
    queue.pop_back();
    QVERIFY(queueTime(queue).complete);
    queue[0].run.state = RunState::Paused;
    QVERIFY(!queueTime(queue).complete);
  }

  void holdIsASwitch() {
    Window window;
    QSignalSpy held(&window.panel, &QueuePanel::holdChanged);
    auto* hold = window.panel.findChild<QToolButton*>();
    QTest::mouseClick(hold, Qt::LeftButton);
    QTest::mouseClick(hold, Qt::LeftButton);
    QCOMPARE(held.count(), 2);
    QCOMPARE(held[0][0].toBool(), true);
    QCOMPARE(held[1][0].toBool(), false);
  }

  void selectionFollowsItsJob() {
    Window window;
    window.view->setCurrentIndex(window.view->model()->index(2, 0));
    auto queue = sampleQueue();
    queue.erase(queue.begin());
    queue[0].job.state = JobState::Running;
    queue[0].run.state = RunState::Running;
    window.panel.setEntries(queue);
    QCOMPARE(window.view->currentIndex().row(), 1);
    QCOMPARE(window.view->currentIndex().data().toString(), QStringLiteral("lr 0.01"));
  }

  /// The store carries the request to the process that has the run.
  void runsOfAnotherProcessArePausedAndStoppedAlike() {
    auto queue = sampleQueue();
    queue[0].run.ownedElsewhere = true;
    Window window(queue);
    QSignalSpy pause(&window.panel, &QueuePanel::pauseRequested), stop(&window.panel, &QueuePanel::stopRequested);
    window.view->setCurrentIndex(window.view->model()->index(0, 0));
    QTest::keyClick(window.view, Qt::Key_Space);
    QTest::keyClick(window.view, Qt::Key_Delete);
    QCOMPARE(pause.count(), 1);
    QCOMPARE(stop.count(), 1);
  }

  /// In a narrow column the words are not cut, and nothing says "Queue" but the dock.
  void theSummaryFitsIntoANarrowColumn() {
    Window window;
    window.panel.resize(200, 240);
    for (const QLabel* label : window.panel.findChildren<QLabel*>()) {
      if (!label->isVisible()) continue;
      QVERIFY(label->text() != QStringLiteral("Queue"));
      QVERIFY2(label->height() >= label->heightForWidth(label->width()), qPrintable(label->text()));
    }
    takePictures(window.panel, QStringLiteral("queue-narrow"));
  }

  void pictures() {
    Window window;
    window.view->setCurrentIndex(window.view->model()->index(2, 0));
    takePictures(window.panel, QStringLiteral("queue"));
    window.panel.setEntries({});
    takePictures(window.panel, QStringLiteral("queue-empty"));
  }
};

QTEST_MAIN(QueuePanelTest)
#include "queue_panel_test.moc"
