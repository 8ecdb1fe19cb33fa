// Completing pictures of one's own, in the whole window by clicks and keys, with an engine that needs no LibTorch.
#include "app/picture_completer.h"

#include <QAction>
#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QTabWidget>
#include <QTest>
#include <QToolButton>
#include <future>

#include "app/main_window.h"
#include "core/base/error.h"
#include "core/data/image_file.h"
#include "tests/app/window_test.h"
#include "tests/core/run/fake_trainer.h"
#include "widgets/images/complete_dialog.h"
#include "widgets/images/image_grid.h"
#include "widgets/lists/run_table.h"
#include "widgets/pages/completions_view.h"

using namespace scanline;

class PictureCompleterTest : public QObject, WindowTest {
  Q_OBJECT
 private slots:
  void init() {
    makeWorkspace();
    engine_ = std::make_shared<FakeEngine>();
    engine_->model = CheckpointInfo{.specToml = {},
                                    .step = 6,
                                    .positions = 16,
                                    .width = 4,
                                    .height = 4,
                                    .model = {},
                                    .palette = Palette({{-1, -1, -1}, {1, 1, 1}})};
  }
  void cleanup() { window_.reset(); }

  void aPictureOfOnesOwnIsCompleted() {
    train(fakeSpec("model"), engine_);
    open();
    choose(*window_, "Complete pictures…");
    QTRY_VERIFY(dialog() && dialog()->isVisible());
    QVERIFY(dialog()->windowTitle().contains("model, step "));
    const QString file = folder_->path() + "/mine.png";
    writePng(file.toStdString(), {.width = 4, .height = 4, .rgb = std::vector<uint8_t>(48, 255)});
    drop(*dialog(), {file});
    QTest::keyClick(dialog(), Qt::Key_Return);
    QTRY_COMPARE(pictures(), 2 + 4);  // the original, its given part, and four completions
  }

  void thePageOfCompletionsLeadsThere() {
    train(fakeSpec("model"), engine_);
    open();
    window_->findChild<QTabWidget*>()->setCurrentIndex(2);
    auto* button = window_->findChild<CompletionsView*>()->findChild<QToolButton*>("own");
    QTRY_VERIFY(button->isVisible() && button->isEnabled());
    QTest::mouseClick(button, Qt::LeftButton);
    QTRY_VERIFY(dialog() && dialog()->isVisible());
    QTest::mouseClick(draw(), Qt::LeftButton);
    QTRY_COMPARE(pictures(), 4);  // whole images
  }

  void whatIsCancelledDoesNotComeAnyMore() {
    train(fakeSpec("model"), engine_);
    std::promise<void> reached, release;
    engine_->onComplete = [&, calls = std::make_shared<int>(0)](const CompletionRequest&) {
      if (++*calls > 1) return;
      reached.set_value();
      release.get_future().wait();
    };
    open();
    choose(*window_, "Complete pictures…");
    QTRY_VERIFY(dialog() && dialog()->isVisible());
    QTest::mouseClick(draw(), Qt::LeftButton);
    reached.get_future().wait();
    QTest::mouseClick(draw(), Qt::LeftButton);  // it is called Cancel now
    release.set_value();
    QTest::qWait(300);
    QCOMPARE(pictures(), 0);
    QTest::mouseClick(draw(), Qt::LeftButton);
    QTRY_COMPARE(pictures(), 4);
  }

  void anEngineThatIsNotThereIsASentenceInTheDialog() {
    train(fakeSpec("model"), engine_);
    open([]() -> std::shared_ptr<Engine> { throw Error("LibTorch is not there."); });
    choose(*window_, "Complete pictures…");
    QTRY_VERIFY(dialog() && dialog()->isVisible());
    QTest::mouseClick(draw(), Qt::LeftButton);
    QTRY_COMPARE(dialog()->findChild<QLabel*>("words")->text(), QStringLiteral("LibTorch is not there."));
    QCOMPARE(draw()->text(), QStringLiteral("Draw"));
  }

  /// The page shows a step, the dialog offers all that can paint; a file that is gone is told by its step.
  void anotherCheckpointIsChosenInTheDialog() {
    RunSpec spec = fakeSpec("model");
    spec.train.keepEvery = 2;
    train(spec, engine_);
    open();
    choose(*window_, "Complete pictures…");
    QTRY_VERIFY(dialog() && dialog()->isVisible());
    auto* box = dialog()->findChild<QComboBox*>("checkpoint");
    QCOMPARE(box->count(), int(store().checkpoints({1}).size()));
    QVERIFY(box->count() > 1);
    box->setFocus();
    QTest::keyClick(box, Qt::Key_End);
    const int64_t oldest = store().checkpoints({1}).front().step;
    QCOMPARE(box->currentData().toLongLong(), oldest);
    std::filesystem::path asked;
    engine_->onComplete = [&](const CompletionRequest& request) { asked = request.checkpoint; };
    QTest::mouseClick(draw(), Qt::LeftButton);
    QTRY_COMPARE(pictures(), 4);
    QCOMPARE(asked, store().folder({1}) / store().checkpoints({1}).front().file);
    QVERIFY(std::filesystem::remove(asked));
    QTest::mouseClick(draw(), Qt::LeftButton);
    auto* words = dialog()->findChild<QLabel*>("words");
    QTRY_VERIFY(words->text().contains(QStringLiteral("step %1 is no longer there").arg(oldest)));
    QVERIFY(!words->text().contains(workspace_));
  }

  void withoutACheckpointNothingPaints() {
    addRun(fakeSpec("model"));
    open();
    for (const auto* each : window_->findChildren<QAction*>())
      if (each->text().remove('&') == QStringLiteral("Complete pictures…")) QVERIFY(!each->isEnabled());
    QVERIFY(!dialog());
  }

 private:
  void open(std::function<std::shared_ptr<Engine>()> engine = {}) {
    if (!engine) engine = [this] { return engine_; };
    window_ = std::make_unique<MainWindow>(workspace_, *settings_, std::move(engine));
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
    QTRY_COMPARE(window_->findChild<RunTable*>()->selection().size(), size_t{1});
  }
  CompleteDialog* dialog() const { return window_->findChild<CompleteDialog*>(); }
  QPushButton* draw() const { return dialog()->findChild<QPushButton*>("draw"); }
  int pictures() const { return dialog()->findChild<ImageGrid*>()->pictures().count(); }

  std::shared_ptr<FakeEngine> engine_;  // shared as the pool asks for it
  std::unique_ptr<MainWindow> window_;
};

QTEST_MAIN(PictureCompleterTest)
#include "picture_completer_test.moc"
