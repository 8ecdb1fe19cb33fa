#include "widgets/images/complete_dialog.h"

#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>
#include <QToolButton>
#include <algorithm>
#include <optional>

#include "tests/support/drop.h"
#include "widgets/images/image_grid.h"

using namespace scanline;

class CompleteDialogTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    dialog_ = std::make_unique<CompleteDialog>(nullptr);
    wanted_.reset();
    cancelled_ = 0;
    connect(dialog_.get(), &CompleteDialog::drawRequested, this,
            [this](const PictureCompletion& wanted) { wanted_ = wanted; });
    connect(dialog_.get(), &CompleteDialog::cancelRequested, this, [this] { ++cancelled_; });
    dialog_->setModel("digits", {{600, "step 600 · last"}, {400, "step 400 · best"}}, 600);
    dialog_->show();
    QVERIFY(QTest::qWaitForWindowExposed(dialog_.get()));
  }

  void enterAsksForWhatIsSet() {
    dialog_->addFiles({"/pictures/cat.png", "/pictures/notes.txt", "/pictures/DOG.JPG", "/pictures/cat.png"});
    QCOMPARE(dialog_->files(), (QStringList{"/pictures/cat.png", "/pictures/DOG.JPG"}));
    type("given", "25");
    type("each", "3");
    type("topK", "40");
    type("seed", "12");
    type("temperature", "0.5");
    QTest::keyClick(dialog_->findChild<QWidget*>("seed"), Qt::Key_Return);
    QVERIFY(wanted_);
    QCOMPARE(wanted_->images, (std::vector<std::filesystem::path>{"/pictures/cat.png", "/pictures/DOG.JPG"}));
    QVERIFY(wanted_->given == 0.25 && wanted_->each == 3 && wanted_->topK == 40 && wanted_->temperature == 0.5);
    QCOMPARE(wanted_->seed, uint64_t{12});
  }

  void withoutPicturesNothingCanBeGiven() {
    auto* given = dialog_->findChild<QSpinBox*>("given");
    QVERIFY(!given->isEnabled());
    drop(*dialog_, {"/pictures/cat.png"});
    QVERIFY(given->isEnabled());
    auto* clear = dialog_->findChild<QToolButton*>("clear");
    QVERIFY(clear->isVisible());
    QTest::mouseClick(clear, Qt::LeftButton);
    QVERIFY(dialog_->files().isEmpty() && !given->isEnabled() && !clear->isVisible());
    QTest::mouseClick(draw(), Qt::LeftButton);
    QVERIFY(wanted_ && wanted_->images.empty());
  }

  void whatIsDrawnCanBeCancelled() {
    dialog_->setBusy();
    QCOMPARE(draw()->text(), QStringLiteral("Cancel"));
    QTest::mouseClick(draw(), Qt::LeftButton);
    QCOMPARE(cancelled_, 1);
    QVERIFY(!wanted_);
    QCOMPARE(draw()->text(), QStringLiteral("Draw"));
    dialog_->setBusy();
    QTest::keyClick(dialog_.get(), Qt::Key_Escape);
    QCOMPARE(cancelled_, 2);
    QVERIFY(!dialog_->isVisible());
  }

  /// The painted part belongs to the pictures and settings that are seen beside it.
  void whatWasPaintedGoesWhenSomethingIsChanged() {
    const Palette palette({{-1, -1, -1}, {1, 1, 1}});
    const SampleSet whole{.width = 2, .height = 2, .perPrompt = 1, .samples = {{1, 1, 1, 1}}, .sampleNats = {0.5}};
    const auto paint = [&] {
      dialog_->setBusy();
      dialog_->setPictures({whole, palette}, 200);
      QCOMPARE(grid()->pictures().count(), 1);
      QVERIFY(dialog_->findChild<QLabel*>("words")->text().startsWith(QStringLiteral("Painted in under a second")));
    };
    paint();
    type("temperature", "0.5");
    QTest::keyClick(dialog_->findChild<QWidget*>("temperature"), Qt::Key_Tab);
    QVERIFY(grid()->pictures().isEmpty());
    paint();
    drop(*dialog_, {"/pictures/cat.png"});
    QVERIFY(grid()->pictures().isEmpty());
    paint();
    auto* box = dialog_->findChild<QComboBox*>("checkpoint");
    QSignalSpy chosen(dialog_.get(), &CompleteDialog::checkpointChosen);
    box->setFocus();
    QTest::keyClick(box, Qt::Key_Down);
    QVERIFY(grid()->pictures().isEmpty());
    QCOMPARE(chosen.count(), 1);
    QCOMPARE(chosen[0][0].toLongLong(), 400);
    QVERIFY(dialog_->windowTitle().endsWith(QStringLiteral("step 400")));
    QCOMPARE(dialog_->files().size(), 1);
  }

  void equalNamesHaveTheirFolders() {
    dialog_->addFiles({"/data/cats/0001.jpg", "/data/dogs/0001.jpg", "/data/dogs/0002.jpg"});
    const auto labels = dialog_->findChildren<QLabel*>();
    QVERIFY(std::ranges::any_of(labels, [](const QLabel* label) {
      return label->text() == QStringLiteral("cats/0001.jpg, dogs/0001.jpg, 0002.jpg");
    }));
  }

  void itOpensAsLargeAsItWasLeft() {
    const QSize first = dialog_->size();
    dialog_->addFiles({"/data/" + QString(300, 'n') + ".png"});
    dialog_->close();
    dialog_->show();
    QCOMPARE(dialog_->size(), first);
    dialog_->resize(1000, 700);
    dialog_->close();
    dialog_->show();
    QCOMPARE(dialog_->size(), QSize(1000, 700));
  }

  void picturesStayUntilAnotherModelComes() {
    dialog_->addFiles({"/pictures/cat.png"});
    const Palette palette({{-1, -1, -1}, {1, 1, 1}});
    const SampleSet completions{.width = 2,
                                .height = 2,
                                .given = 2,
                                .perPrompt = 2,
                                .originals = {{0, 1, 0, 1}},
                                .samples = {{0, 1, 1, 1}, {0, 1, 0, 0}},
                                .originalNats = {1},
                                .sampleNats = {0.5, 0.25}};
    dialog_->setBusy();
    dialog_->setPictures({completions, palette}, 1500);
    QCOMPARE(draw()->text(), QStringLiteral("Draw"));
    QCOMPARE(grid()->pictures().count(), 4);  // the original, its given part, and two completions
    dialog_->setProblem("No memory.");
    QCOMPARE(grid()->pictures().count(), 4);
    QCOMPARE(dialog_->findChild<QLabel*>("words")->text(), QStringLiteral("No memory."));
    const SampleSet whole{.width = 2, .height = 2, .perPrompt = 1, .samples = {{1, 1, 1, 1}}, .sampleNats = {0.5}};
    dialog_->setPictures({whole, palette}, 1500);
    QCOMPARE(grid()->pictures().count(), 1);
    dialog_->setModel("photographs", {{9, "step 9"}}, 9);
    QVERIFY(grid()->pictures().isEmpty());
    QCOMPARE(dialog_->files().size(), 1);
    QVERIFY(dialog_->windowTitle().contains("photographs"));
  }

 private:
  QPushButton* draw() const { return dialog_->findChild<QPushButton*>("draw"); }
  ImageGrid* grid() const { return dialog_->findChild<ImageGrid*>(); }
  void type(const char* name, const QString& text) const {
    auto* box = dialog_->findChild<QAbstractSpinBox*>(QString::fromLatin1(name));
    box->setFocus();
    box->selectAll();
    QTest::keyClicks(box, text);
  }

  std::unique_ptr<CompleteDialog> dialog_;
  std::optional<PictureCompletion> wanted_;
  int cancelled_ = 0;
};

QTEST_MAIN(CompleteDialogTest)
#include "complete_dialog_test.moc"
