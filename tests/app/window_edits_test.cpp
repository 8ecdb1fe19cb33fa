// Undo and redo of a person's acts on runs, in the whole window by clicks and keys.
#include <QAction>
#include <QApplication>
#include <QFileDialog>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTabWidget>
#include <QTest>
#include <QTimer>
#include <QTreeView>

#include "tests/app/open_window_test.h"
#include "widgets/lists/inspector.h"
#include "widgets/lists/queue_panel.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/message_bar.h"

using namespace scanline;

class WindowEditsTest : public QObject, OpenWindowTest {
  Q_OBJECT
 private slots:
  void init() { makeWorkspace(); }
  void cleanup() { window_.reset(); }

  /// The bar that offers to undo the trash undoes the trash, and is gone once that is undone otherwise.
  void theUndoOfAMessageUndoesItsOwnEdit() {
    addRun(fakeSpec("a"));
    open();
    writeNote("mine");
    trashSelection();
    QTRY_VERIFY(store().runs().empty());
    QCOMPARE(bar()->count(), 1);
    press(Qt::Key_Z);
    QTRY_COMPARE(store().runs().size(), size_t{1});
    QCOMPARE(bar()->count(), 0);
    QCOMPARE(store().run({1}).note, std::string("mine"));
  }

  void anEditInBetweenIsLeftAlone() {
    addRun(fakeSpec("a"));
    addRun(fakeSpec("b"));
    open();
    QTRY_COMPARE(window_->findChild<RunTable*>()->selection(), std::vector<RunId>{{2}});
    trashSelection();
    QTRY_COMPARE(store().runs().size(), size_t{1});
    window_->findChild<RunTable*>()->select({{1}});
    QTRY_COMPARE(window_->findChild<Inspector*>()->run(), RunId{1});
    writeNote("kept");
    clickUndo();
    QTRY_COMPARE(store().runs().size(), size_t{2});
    QCOMPARE(store().run({1}).note, std::string("kept"));
    press(Qt::Key_Z);  // the note is still there to be undone
    QTRY_COMPARE(store().run({1}).note, std::string());
  }

  void redoOfATrashOffersUndoAgain() {
    addRun(fakeSpec("a"));
    open();
    trashSelection();
    QTRY_VERIFY(store().runs().empty());
    press(Qt::Key_Z);
    QTRY_COMPARE(store().runs().size(), size_t{1});
    choose(*window_, "Redo: Move 1 run to the trash");
    QTRY_VERIFY(store().runs().empty());
    QCOMPARE(bar()->count(), 1);
    clickUndo();
    QTRY_COMPARE(store().runs().size(), size_t{1});
  }

  void anUndoneTrashWaitsInItsPlaceAgain() {
    for (const char* name : {"first", "second", "third"}) enqueue(fakeSpec(name));
    open();
    window_->findChild<RunTable*>()->select({{2}});
    QTRY_COMPARE(window_->findChild<RunTable*>()->selection(), std::vector<RunId>{{2}});
    trashSelection();
    QTRY_COMPARE(waiting(), (std::vector<int64_t>{1, 3}));
    clickUndo();
    QTRY_COMPARE(waiting(), (std::vector<int64_t>{1, 2, 3}));
    QCOMPARE(stateOf(2), RunState::Queued);
  }

  void tagsAreUndone() {
    addRun(fakeSpec("a"));
    open();
    QLineEdit* tags = nullptr;
    for (auto* line : window_->findChild<Inspector*>()->findChildren<QLineEdit*>())
      if (line->placeholderText().startsWith(QStringLiteral("Tags"))) tags = line;
    QVERIFY(tags && tags->isVisible());
    tags->setFocus();
    QTest::keyClicks(tags, QStringLiteral("good, best"));
    QTest::keyClick(tags, Qt::Key_Return);
    QTRY_COMPARE(store().run({1}).tags.size(), size_t{2});
    choose(*window_, "Undo: Tags");
    QTRY_VERIFY(store().run({1}).tags.empty());
    choose(*window_, "Redo: Tags");
    QTRY_COMPARE(store().run({1}).tags.size(), size_t{2});
  }

  void ticksAreUndone() {
    for (const char* name : {"a", "b", "c"}) addRun(fakeSpec(name));
    open();
    auto* table = window_->findChild<RunTable*>();
    auto* view = table->findChild<QTreeView*>();
    view->setFocus();
    QTest::keyClick(view, Qt::Key_Space);  // the newest
    QTest::keyClick(view, Qt::Key_Down);
    QTest::keyClick(view, Qt::Key_Space);
    QCOMPARE(table->overlay(), (std::vector<RunId>{{2}, {3}}));
    press(Qt::Key_Z);
    QCOMPARE(table->overlay(), std::vector<RunId>{{3}});
    press(Qt::Key_Z);
    QVERIFY(table->overlay().empty());
    choose(*window_, "Redo: Tick 1 run");
    QCOMPARE(table->overlay(), std::vector<RunId>{{3}});
    QVERIFY(settings_->ticked(workspace_) == table->overlay());
    QTest::keyClick(view, Qt::Key_Up);
    QTest::keyClick(view, Qt::Key_Space);
    QVERIFY(table->overlay().empty());
    choose(*window_, "Undo: Untick 1 run");
    QCOMPARE(table->overlay(), std::vector<RunId>{{3}});
  }

  /// A run that comes back from the trash is ticked as it was.
  void aTrashTakesTicksAlong() {
    for (const char* name : {"a", "b"}) addRun(fakeSpec(name));
    open();
    auto* table = window_->findChild<RunTable*>();
    auto* view = table->findChild<QTreeView*>();
    view->setFocus();
    QTest::keyClick(view, Qt::Key_Space);
    trashSelection();
    QTRY_COMPARE(store().runs().size(), size_t{1});
    QVERIFY(table->overlay().empty());
    clickUndo();
    QTRY_COMPARE(store().runs().size(), size_t{2});
    QCOMPARE(table->overlay(), std::vector<RunId>{{2}});
  }

  void aMoveInTheQueueIsUndone() {
    for (const char* name : {"first", "second", "third"}) enqueue(fakeSpec(name));
    open();
    auto* queue = window_->findChild<QueuePanel*>()->findChild<QAbstractItemView*>();
    QTRY_COMPARE(queue->model()->rowCount(), 3);
    queue->setFocus();
    queue->setCurrentIndex(queue->model()->index(2, 0));
    QTest::keyClick(queue, Qt::Key_Up, Qt::AltModifier);
    QTRY_COMPARE(waiting(), (std::vector<int64_t>{1, 3, 2}));
    QTest::keyClick(queue, Qt::Key_Up, Qt::AltModifier);
    QTRY_COMPARE(waiting(), (std::vector<int64_t>{3, 1, 2}));
    press(Qt::Key_Z);
    QTRY_COMPARE(waiting(), (std::vector<int64_t>{1, 3, 2}));
    press(Qt::Key_Z);
    QTRY_COMPARE(waiting(), (std::vector<int64_t>{1, 2, 3}));
    choose(*window_, "Redo: Move in the queue");
    QTRY_COMPARE(waiting(), (std::vector<int64_t>{1, 3, 2}));
  }

  /// A held key moves on and on, however long each move takes to be stored and read again.
  void keysThatFollowFastMoveOnAndOn() {
    for (const char* name : {"first", "second", "third", "fourth", "fifth"}) enqueue(fakeSpec(name));
    open();
    auto* queue = window_->findChild<QueuePanel*>()->findChild<QAbstractItemView*>();
    QTRY_COMPARE(queue->model()->rowCount(), 5);
    queue->setFocus();
    queue->setCurrentIndex(queue->model()->index(0, 0));
    const auto isFirst = std::vector<int64_t>{1, 2, 3, 4, 5}, isLast = std::vector<int64_t>{2, 3, 4, 5, 1};
    for (int round = 0; round < 5; ++round) {
      for (int key = 0; key < 4; ++key) {
        QTest::keyClick(queue, Qt::Key_Down, Qt::AltModifier);
        QTest::qWait(round * 7);  // reads come between the keys, here and there
      }
      QTRY_COMPARE(waiting(), isLast);
      for (int key = 0; key < 4; ++key) press(Qt::Key_Z);
      QTRY_COMPARE(waiting(), isFirst);
    }
    for (int key = 0; key < 9; ++key) QTest::keyClick(queue, Qt::Key_Up, Qt::AltModifier);  // no farther place
    for (auto* each : window_->findChildren<QAction*>())
      if (each->text().remove('&').startsWith(QStringLiteral("Undo"))) QTRY_VERIFY(!each->isEnabled());
    QCOMPARE(waiting(), isFirst);
  }

  /// Of a job that stood before one that has left the queue, and of one that has left it itself.
  void aMoveIsUndoneAfterOthersHaveLeft() {
    for (const char* name : {"first", "second", "third", "fourth"}) enqueue(fakeSpec(name));
    open();
    auto* queue = window_->findChild<QueuePanel*>()->findChild<QAbstractItemView*>();
    QTRY_COMPARE(queue->model()->rowCount(), 4);
    const auto leave = [this, queue](int64_t run) {
      const int rows = queue->model()->rowCount();
      RunStore(workspace_.toStdString(), StoreMode::ReadWrite).cancelJob({run});
      QTRY_COMPARE(queue->model()->rowCount(), rows - 1);
    };
    queue->setFocus();
    queue->setCurrentIndex(queue->model()->index(2, 0));
    QTest::keyClick(queue, Qt::Key_Up, Qt::AltModifier);
    QTRY_COMPARE(waiting(), (std::vector<int64_t>{1, 3, 2, 4}));
    queue->setCurrentIndex(queue->model()->index(0, 0));
    for (const auto& order : std::vector<std::vector<int64_t>>{{3, 1, 2, 4}, {3, 2, 1, 4}, {3, 2, 4, 1}}) {
      QTest::keyClick(queue, Qt::Key_Down, Qt::AltModifier);
      QTRY_COMPARE(waiting(), order);
    }
    leave(4);
    for (int step = 0; step < 3; ++step) press(Qt::Key_Z);
    QTRY_COMPARE(waiting(), (std::vector<int64_t>{1, 3, 2}));
    leave(3);
    press(Qt::Key_Z);  // a sentence says that it is gone
    for (auto* each : window_->findChildren<QAction*>())
      if (each->text().remove('&').startsWith(QStringLiteral("Undo"))) QTRY_VERIFY(!each->isEnabled());
    QCOMPARE(waiting(), (std::vector<int64_t>{1, 2}));
  }

  /// Where the images of a run lie: named by hand on the Data page, taken back and named again.
  void theLocatedPlaceOfImagesIsUndone() {
    RunSpec spec = fakeSpec("a");
    spec.data.name = "cifar10";
    spec.data.path = "/nowhere";
    const RunId run = addRun(spec);
    RunPrepared prepared;
    prepared.trainImages = 10;
    RunStore(workspace_.toStdString(), StoreMode::ReadWrite).append(run, std::vector<TrainEvent>{prepared});
    open();
    auto* pages = window_->findChild<QTabWidget*>();
    for (int at = 0; at < pages->count(); ++at)
      if (pages->tabText(at) == QStringLiteral("Data")) pages->setCurrentIndex(at);
    auto* locate = window_->findChild<QPushButton*>("locate");
    QTRY_VERIFY(locate->isVisible());
    QTimer answer;
    answer.callOnTimeout([&] {
      auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
      if (!dialog) return;
      answer.stop();
      dialog->setDirectory(folder_->path());
      dialog->selectFile(folder_->path());
      static_cast<QDialog*>(dialog)->done(QDialog::Accepted);
    });
    answer.start(20);
    QTest::mouseClick(locate, Qt::LeftButton);
    const auto place = [&] { return fromToml(store().details(run).specToml, "the run").data.path; };
    QTRY_VERIFY(place() != "/nowhere");
    const std::string chosen = place();
    choose(*window_, "Undo: Locate the images");
    QTRY_COMPARE(place(), std::string("/nowhere"));
    choose(*window_, "Redo: Locate the images");
    QTRY_COMPARE(place(), chosen);
  }

  void savedViewsAreUndone() {
    addRun(fakeSpec("a"));
    open();
    auto* table = window_->findChild<RunTable*>();
    const auto views = [this] { return store().savedViews(); };
    emit table->viewSaved(QStringLiteral("mine"), QStringLiteral("one"));
    QTRY_COMPARE(table->savedView(QStringLiteral("mine")), QStringLiteral("one"));
    emit table->viewSaved(QStringLiteral("mine"), QStringLiteral("two"));
    QTRY_COMPARE(table->savedView(QStringLiteral("mine")), QStringLiteral("two"));
    emit table->viewRemoved(QStringLiteral("mine"));
    QTRY_VERIFY(views().empty());
    press(Qt::Key_Z);
    QTRY_COMPARE(views().size(), size_t{1});
    QCOMPARE(views().front().second, std::string("two"));
    press(Qt::Key_Z);
    QTRY_COMPARE(views().front().second, std::string("one"));
    press(Qt::Key_Z);
    QTRY_VERIFY(views().empty());
  }

  /// A run that goes on elsewhere cannot go to the trash: nothing is left to undo, and nothing offers to.
  void aRefusedEditIsNotThereToBeUndone() {
    addRun(fakeSpec("a"));
    open();
    RunStore(workspace_.toStdString(), StoreMode::ReadWrite).own({1});
    trashSelection();
    QTRY_VERIFY(bar()->accessibleDescription().contains(QStringLiteral("Stop it first")));
    QCOMPARE(bar()->count(), 1);
    for (auto* action : window_->findChildren<QAction*>())
      QVERIFY2(!action->text().startsWith(QStringLiteral("Undo:")), qPrintable(action->text()));
  }

 private:
  void open() {
    openWindow();
    QTRY_COMPARE(window_->findChild<RunTable*>()->selection().size(), size_t{1});
    QTRY_VERIFY(window_->findChild<Inspector*>()->run().value != 0);
  }
  MessageBar* bar() const {
    auto* bar = window_->findChild<MessageBar*>();
    // Said at the start, and no matter here.
    while (bar->accessibleDescription() == QStringLiteral("no engine here") && bar->count() > 0)
      QTest::keyClick(bar, Qt::Key_Escape);
    return bar;
  }
  void press(int key) const { QTest::keyClick(window_.get(), static_cast<Qt::Key>(key), Qt::ControlModifier); }
  void trashSelection() const {
    QTest::keyClick(window_->findChild<RunTable*>()->findChild<QTreeView*>(), Qt::Key_Delete);
  }
  void clickUndo() const {
    for (auto* button : bar()->findChildren<QPushButton*>())
      if (button->isVisible() && button->text() == QStringLiteral("Undo"))
        return QTest::mouseClick(button, Qt::LeftButton);
    QFAIL("no Undo is offered");
  }
  void writeNote(const char* text) {
    QPlainTextEdit* note = nullptr;
    for (auto* edit : window_->findChild<Inspector*>()->findChildren<QPlainTextEdit*>())
      if (!edit->isReadOnly() && edit->isVisible()) note = edit;
    QVERIFY(note);
    note->setFocus();
    QTest::keyClicks(note, QString::fromLatin1(text));
    window_->findChild<RunTable*>()->findChild<QTreeView*>()->setFocus();
    const RunId run = window_->findChild<Inspector*>()->run();
    QTRY_COMPARE(store().run(run).note, std::string(text));
  }
  std::vector<int64_t> waiting() const {
    std::vector<int64_t> runs;
    for (const Job& job : store().jobs()) runs.push_back(job.run.value);
    return runs;
  }
};

QTEST_MAIN(WindowEditsTest)
#include "window_edits_test.moc"
