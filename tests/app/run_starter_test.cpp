// Ways to new runs, in the whole window by clicks and keys, with an engine that needs no LibTorch.
#include "app/run_starter.h"

#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPointer>
#include <QPushButton>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTest>
#include <QTimer>
#include <QTreeView>
#include <QTreeWidget>
#include <fstream>

#include "app/data_page.h"
#include "core/data/image_file.h"
#include "core/run/run_folder.h"
#include "core/spec/spec_text.h"
#include "tests/app/open_window_test.h"
#include "tests/core/run/fake_trainer.h"
#include "widgets/forms/new_run_page.h"
#include "widgets/lists/checkpoints_page.h"
#include "widgets/lists/inspector.h"
#include "widgets/lists/run_table.h"
#include "widgets/lists/run_table_model.h"
#include "widgets/pages/results_view.h"
#include "widgets/pages/search_view.h"
#include "widgets/parts/message_bar.h"

using namespace scanline;

class RunStarterTest : public QObject, OpenWindowTest {
  Q_OBJECT
 private slots:
  void init() {
    makeWorkspace();
    engine_ = std::make_shared<FakeEngine>();
  }
  void cleanup() { window_.reset(); }

  void aProbeStartsFromTheBestCheckpointOfARun() {
    train(fakeSpec("model"));
    open();
    choose("Probe…");
    QVERIFY(shownForm(*window_));
    QCOMPARE(page()->specs().front().kind, RunKind::Probe);
    QCOMPARE(page()->specs().front().name, std::string("model, probe"));
    QVERIFY(page()->findChild<QComboBox*>("source")->currentText().startsWith("model · step"));
    QTest::keyClick(page(), Qt::Key_Return);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(2), RunState::Finished, 20000);
    QCOMPARE(store().run({2}).kind, RunKind::Probe);
    QCOMPARE(store().run({2}).parent, std::optional(RunId{1}));
    QCOMPARE(store().probes({2}, -1).size(), size_t{2});
  }

  void fineTuningStartsFromTheRowOfACheckpoint() {
    train(fakeSpec("model"));
    open();
    auto* inspector = window_->findChild<Inspector*>();
    inspector->showPage(Inspector::Page::Checkpoints);
    auto* list = inspector->findChild<CheckpointsPage*>()->findChild<QTreeWidget*>();
    QTRY_VERIFY(list->topLevelItemCount() > 0);
    const auto last = store().checkpoints({1}).back().step;
    inMenu("Fine-tune…",
           [&] { emit list->customContextMenuRequested(list->visualItemRect(list->topLevelItem(0)).center()); });
    QVERIFY(shownForm(*window_));
    QCOMPARE(page()->specs().front().kind, RunKind::Finetune);
    QCOMPARE(page()->source()->step, last);
    QCOMPARE(page()->specs().front().train.steps, int64_t{300});  // not the six of the pre-training
    type("train.steps", "6");
    QTest::mouseClick(page()->findChild<QPushButton*>("start"), Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(2), RunState::Finished, 20000);
    QVERIFY(std::filesystem::exists(store().folder({2}) / kModelFile));
  }

  void aRunIsChosenInTheFormToStartFrom() {
    RunSpec wide = fakeSpec("wide");
    wide.model.width = 96;
    train(wide);
    open();
    QTest::keyClick(window_.get(), Qt::Key_N, Qt::ControlModifier);
    QVERIFY(shownForm(*window_));
    type("kind", "lowdata");
    QVERIFY(page()->specs().empty() || !page()->source());
    auto* box = page()->findChild<QComboBox*>("source");
    QTRY_VERIFY(box->count() > 1);
    box->setFocus();
    QTest::keyClick(box, Qt::Key_Down);
    QTRY_COMPARE(page()->described().model.width, int64_t{96});      // its model came along
    QCOMPARE(page()->described().lowdata.labels, std::string("4"));  // and as many labels as its data allow
    QCOMPARE(page()->specs().front().kind, RunKind::LowData);
    QTest::keyClick(page()->findChild<QLineEdit*>("name"), Qt::Key_Return);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(2), RunState::Finished, 20000);
  }

  /// The checkpoint of the last step leaves nothing to do unless the run is to be longer.
  void aForkOfAFinishedRunHasSomethingToDo() {
    train(fakeSpec("model"));
    open();
    choose("Fork…");
    QVERIFY(shownForm(*window_));
    QCOMPARE(page()->source()->step, store().checkpoints({1}).back().step);
    QVERIFY(page()->specs().front().train.steps > page()->source()->step);
    type("train.steps", QString::number(page()->source()->step).toLatin1().constData());
    QVERIFY(page()->specs().empty());
    auto* problem = page()->findChild<QLabel*>("train.steps.problem");
    QVERIFY2(problem->text().contains("nothing is left to train"), qPrintable(problem->text()));
    type("train.steps", "10");
    QTest::keyClick(page()->findChild<QLineEdit*>("name"), Qt::Key_Return);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(2), RunState::Finished, 20000);
    QCOMPARE(store().run({2}).step, int64_t{10});
  }

  /// Where a run came from is known of its copies, and of copies of those, too.
  void aCopyComesFromTheSameCheckpoint() {
    train(fakeSpec("model"));
    open();
    choose("Probe…");
    QVERIFY(shownForm(*window_));
    const auto step = page()->source()->step;
    QTest::keyClick(page(), Qt::Key_Return);
    for (const int64_t copy : {2, 3}) {
      QTRY_COMPARE_WITH_TIMEOUT(stateOf(copy), RunState::Finished, 20000);
      QTRY_COMPARE(window_->findChild<RunTable*>()->selection(), std::vector<RunId>{{copy}});
      QTest::keyClick(window_.get(), Qt::Key_D, Qt::ControlModifier);
      QVERIFY(shownForm(*window_));
      QCOMPARE(page()->source()->run, RunId{1});
      QCOMPARE(page()->source()->step, step);
      QTest::keyClick(page(), Qt::Key_Return);
    }
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(4), RunState::Finished, 20000);
    QCOMPARE(store().run({4}).parent, std::optional(RunId{1}));
    QCOMPARE(store().run({4}).parentStep, step);
  }

  /// 180 training images of ten classes: 4 of each can be had, 25 and 400 cannot.
  void lowDataOffersWhatTheDataAllow() {
    train(fakeSpec("model"));
    open();
    choose("Low data…");
    QVERIFY(shownForm(*window_));
    QCOMPARE(page()->specs().front().lowdata.labels, std::string("4"));
  }

  /// A copy of a fork goes on from the fork's checkpoint, not from new weights.
  void aCopyOfAForkGoesOnFromTheSameCheckpoint() {
    train(fakeSpec("model"));
    open();
    choose("Fork…");
    QVERIFY(shownForm(*window_));
    const auto step = page()->source()->step;
    QTest::keyClick(page(), Qt::Key_Return);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(2), RunState::Finished, 20000);
    QTRY_COMPARE(window_->findChild<RunTable*>()->selection(), std::vector<RunId>{{2}});
    QTest::keyClick(window_.get(), Qt::Key_D, Qt::ControlModifier);
    QVERIFY(shownForm(*window_));
    QVERIFY(page()->source());
    QCOMPARE(page()->source()->run, RunId{1});
    QCOMPARE(page()->source()->step, step);
  }

  /// Start goes before those that wait, and each button's message names its act.
  void startAndAddToQueueSayWhatTheyDo() {
    RunSpec slow = fakeSpec("slow");
    slow.train.steps = 4000;
    engine_->adjust = [](FakeTrainer& trainer, const RunSpec&) {
      trainer.onAsk = [](int64_t) { std::this_thread::sleep_for(std::chrono::milliseconds(2)); };
    };
    enqueue(slow);
    open();
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(1), RunState::Running, 20000);
    const auto make = [&](const char* name, const char* with) {
      QTest::keyClick(window_.get(), Qt::Key_N, Qt::ControlModifier);
      QVERIFY(shownForm(*window_));
      type("name", name);
      QSignalSpy said(window_->findChild<RunStarter*>(), &RunStarter::started);
      QTest::mouseClick(page()->findChild<QPushButton*>(with), Qt::LeftButton);
      QCOMPARE(said.count(), 1);
      said_ = said.first().first().toString();
      QTRY_VERIFY(!page()->isVisible());
    };
    make("later", "queue");
    QVERIFY2(said_.startsWith("Put at the end of the queue"), qPrintable(said_));
    QTRY_COMPARE(store().runs().size(), size_t{2});
    make("sooner", "start");
    QVERIFY2(said_.startsWith("Next in the queue"), qPrintable(said_));
    QTRY_COMPARE(store().runs().size(), size_t{3});
    std::vector<int64_t> waiting;
    for (const Job& job : store().jobs())
      if (job.run.value != 1) waiting.push_back(job.run.value);
    QCOMPARE(waiting, (std::vector<int64_t>{3, 2}));
  }

  /// The winner's form says while it is the trial again, and no longer once there are more steps.
  void theWinnerAsItWasIsTheTrialAgain() {
    RunSpec spec = fakeSpec("model");
    spec.search.rates = "0.01, 0.003";
    lossIs([](double rate) { return std::abs(std::log10(rate) + 2.5); });
    train(spec);
    open();
    auto* table = window_->findChild<RunTable*>();
    table->select({{1}});
    QTRY_COMPARE(table->selection(), std::vector<RunId>{{1}});
    choose("Start the winner…");
    QVERIFY(shownForm(*window_));
    auto* notice = page()->findChild<QLabel*>("notice");
    QVERIFY(notice->isVisible());
    QVERIFY2(notice->text().contains("the trial again"), qPrintable(notice->text()));
    type("train.steps", "20");
    QVERIFY(!notice->isVisible());
  }

  void aVqvaeLeadsToATransformerOnItsCodes() {
    RunSpec vqvae = fakeSpec("coder");
    vqvae.kind = RunKind::Vqvae;
    vqvae.vqvae.stride = 2;
    addRun(vqvae);
    open();
    choose("Transformer on its codes…");
    QVERIFY(shownForm(*window_));
    const RunSpec spec = page()->specs().front();
    QCOMPARE(spec.kind, RunKind::Pretrain);
    QCOMPARE(spec.palette.vqvae, std::string("coder"));
    QCOMPARE(spec.data.limit, vqvae.data.limit);
    auto* box = page()->findChild<QComboBox*>("palette.vqvae");
    QTRY_COMPARE(box->count(), 1);
    QCOMPARE(box->itemText(0), QString("coder"));
    type("palette.vqvae", "nosuch");
    QVERIFY(page()->specs().empty());
    QVERIFY(page()->findChild<QLabel*>("palette.vqvae.problem")->text().contains("coder"));
  }

  /// "Look at the data" is a window of the form: Escape closes it, and it goes with the form.
  void theDataWindowGoesWithTheForm() {
    open();
    QTest::keyClick(window_.get(), Qt::Key_N, Qt::ControlModifier);
    QVERIFY(shownForm(*window_));
    QPushButton* look = nullptr;
    for (auto* each : page()->findChildren<QPushButton*>())
      if (each->text().remove('&') == "Look at the data") look = each;
    for (const bool byEscape : {true, false}) {
      QTest::mouseClick(look, Qt::LeftButton);
      const QPointer<DataWindow> data = page()->findChild<DataWindow*>();
      QVERIFY(data && data->isVisible());
      QTest::keyClick(byEscape ? static_cast<QWidget*>(data) : page(), Qt::Key_Escape);
      QTRY_VERIFY(!data);
      QCOMPARE(page()->isVisible(), byEscape);
    }
  }

  void aNewRunAfterAForkStartsFromNothing() {
    train(fakeSpec("model"));
    open();
    choose("Fork…");
    QVERIFY(shownForm(*window_));
    QVERIFY(page()->source());
    QTest::keyClick(page(), Qt::Key_Escape);
    QTRY_VERIFY(!page()->isVisible());
    QTest::keyClick(window_.get(), Qt::Key_N, Qt::ControlModifier);
    QVERIFY(shownForm(*window_));
    QVERIFY(!page()->source());
  }

  void theRatesOfARunAreSearchedAndTheWinnerStarted() {
    train(fakeSpec("model"));
    lossIs([](double rate) { return std::abs(std::log10(rate) + 2.5); });
    open();
    choose("Search learning rates…");
    QVERIFY(shownForm(*window_));
    type("search.rates", "0.01, 0.003, 0.001");
    QTest::keyClick(page()->findChild<QLineEdit*>("name"), Qt::Key_Return);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(2), RunState::Finished, 30000);
    QCOMPARE(store().run({2}).kind, RunKind::Search);
    const auto trials = store().children({2});
    QCOMPARE(trials.size(), size_t{3});

    auto* table = window_->findChild<RunTable*>();
    auto* model = window_->findChild<RunTableModel*>();
    QTRY_COMPARE(model->rowCount(), 5);
    table->select({{2}});
    QTRY_COMPARE(table->selection(), std::vector<RunId>{{2}});
    QTRY_VERIFY(action("Start the &winner…")->isEnabled());
    action("Start the &winner…")->trigger();
    QVERIFY(shownForm(*window_));
    QCOMPARE(page()->specs().front().optimizer.learningRate, 0.003);
    QVERIFY(page()->specs().front().search.rates.empty());
    QTest::keyClick(page(), Qt::Key_Return);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(6), RunState::Finished, 20000);
    QCOMPARE(store().run({6}).parent, std::optional(trials[1]));
  }

  /// The best rate is the highest that was tried: a click leads to a search of higher ones.
  void aSearchAtItsEdgeIsDoneAgainFartherOut() {
    RunSpec spec = fakeSpec("search");
    spec.search.rates = "0.01, 0.003, 0.001";
    lossIs([](double rate) { return std::abs(std::log10(rate)); });
    train(spec);
    open();
    window_->findChild<RunTable*>()->select({{1}});
    auto* tabs = window_->findChild<QTabWidget*>();
    auto* results = window_->findChild<ResultsView*>();
    tabs->setCurrentWidget(results);
    auto* beyond = results->findChild<QPushButton*>("beyond");
    QTRY_VERIFY(beyond->isVisible());
    QTest::mouseClick(beyond, Qt::LeftButton);
    QVERIFY(shownForm(*window_));
    const RunSpec again = page()->specs().front();
    QCOMPARE(kindOf(again), RunKind::Search);
    QCOMPARE(QString::fromStdString(again.search.rates), results->search()->ratesBeyond());
    QVERIFY(again.search.rates != spec.search.rates);
    QCOMPARE(again.model.width, spec.model.width);
    QTest::keyClick(page()->findChild<QLineEdit*>("name"), Qt::Key_Return);
    const auto searches = [this] {
      const auto runs = store().runs();
      return std::ranges::count_if(
          runs, [](const RunSummary& run) { return run.kind == RunKind::Search && run.state == RunState::Finished; });
    };
    QTRY_COMPARE_WITH_TIMEOUT(searches(), 2, 30000);
  }

  void aTrialIsPausedAndGoesOnByItsOwnRow() {
    RunSpec spec = fakeSpec("search");
    spec.search.rates = "0.01, 0.003";
    spec.train.steps = 2000;
    enqueue(spec);
    engine_->adjust = [](FakeTrainer& trainer, const RunSpec&) {
      trainer.onAsk = [](int64_t) { std::this_thread::sleep_for(std::chrono::milliseconds(2)); };
    };
    open();
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(2), RunState::Running, 20000);
    auto* table = window_->findChild<RunTable*>();
    QTRY_VERIFY(window_->findChild<RunTableModel*>()->rowCount() == 2);
    table->select({{2}});
    QTRY_VERIFY(action("&Pause")->isEnabled());
    action("&Pause")->trigger();
    QTRY_COMPARE(stateOf(2), RunState::Paused);
    QTRY_COMPARE(stateOf(1), RunState::Paused);
    QTRY_VERIFY(action("&Resume")->isEnabled());
    action("&Resume")->trigger();
    QTRY_COMPARE(stateOf(2), RunState::Running);
    QTRY_VERIFY(action("&Stop")->isEnabled());
    action("&Stop")->trigger();
    QTRY_COMPARE(stateOf(1), RunState::Stopped);
    QTRY_COMPARE(stateOf(2), RunState::Stopped);
  }

  void droppedSettingsFillTheForm() {
    RunSpec spec = fakeSpec("from a file");
    spec.model.width = 80;
    const QString file = folder_->path() + "/mine.toml";
    std::ofstream(file.toStdString()) << toToml(spec);
    open();
    drop(*window_, {file});
    QVERIFY(shownForm(*window_));
    QCOMPARE(page()->specs().front().model.width, int64_t{80});
  }

  void aDroppedFolderOfPicturesBecomesTheDataOfANewRun() {
    const std::filesystem::path cats = folder_->path().toStdString() + "/pets/cats";
    std::filesystem::create_directories(cats);
    writePng(cats / "1.png", {.width = 4, .height = 4, .rgb = std::vector<uint8_t>(48, 7)});
    open();
    drop(*window_, {folder_->path() + "/pets"});
    QVERIFY(shownForm(*window_));
    QCOMPARE(page()->specs().front().data.name, std::string("images"));
    QCOMPARE(page()->specs().front().data.path, (folder_->path() + "/pets").toStdString());
  }

  void whatCannotBeImportedIsASentence() {
    const QString file = folder_->path() + "/notes.pdf";
    std::ofstream(file.toStdString()) << "%PDF-1.4 nothing of ours";
    open();
    drop(*window_, {file});
    QTRY_VERIFY(window_->findChild<MessageBar*>()->count() > 0);
    QVERIFY(page() == nullptr);  // nothing to fill it with
    QVERIFY(store().runs().empty());
  }

 private:
  void train(const RunSpec& spec) const { WindowTest::train(spec, engine_); }
  void lossIs(const std::function<double(double rate)>& loss) {
    engine_->adjust = [loss](FakeTrainer& trainer, const RunSpec& spec) {
      trainer.lossAt = [loss, rate = spec.optimizer.learningRate](int64_t) { return loss(rate); };
    };
  }
  void open() {
    openWindow([this] { return engine_; });
    if (!store().runs().empty()) QTRY_COMPARE(window_->findChild<RunTable*>()->selection().size(), size_t{1});
  }

  NewRunPage* page() const { return window_->findChild<NewRunPage*>(); }
  /// Of the window's menus.
  QAction* action(const QString& text) const {
    for (auto* each : window_->findChildren<QAction*>())
      if (each->text() == text && !each->menu()) return each;
    return nullptr;
  }
  void choose(const QString& text) const { WindowTest::choose(*window_, text); }
  /// Opens a menu, goes to an entry with the keyboard and presses Enter.
  static void inMenu(const QString& text, const std::function<void()>& open) {
    QTimer::singleShot(0, [text] {
      auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
      QVERIFY(menu);
      for (QAction* each : menu->actions())
        if (each->text() == text) menu->setActiveAction(each);
      QTest::keyClick(menu, Qt::Key_Return);
    });
    open();
  }
  void type(const QString& key, const QString& text) const {
    auto* widget = page()->findChild<QWidget*>(key);
    auto* box = qobject_cast<QComboBox*>(widget);
    auto* line = box ? box->lineEdit() : qobject_cast<QLineEdit*>(widget);
    QVERIFY(line);
    line->setFocus();
    line->selectAll();
    QTest::keyClicks(line, text);
  }

  QString said_;
  std::shared_ptr<FakeEngine> engine_;  // shared as the pool asks for it
};

QTEST_MAIN(RunStarterTest)
#include "run_starter_test.moc"
