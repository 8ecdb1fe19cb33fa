// The new-run page as the kind of run, the solver and the objective change, and the source of a run.
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

#include "core/spec/fields.h"
#include "tests/widgets/forms/form_test.h"
#include "tests/widgets/images/take_pictures.h"
#include "widgets/forms/new_run_page.h"
#include "widgets/forms/source_row.h"
#include "widgets/forms/spec_form.h"

using namespace scanline;

class KindsTest : public QObject, FormTest {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qobject_cast<QApplication*>(QApplication::instance()), ThemeChoice::Light); }

  void init() { open(); }
  void cleanup() { page_.reset(); }

  void onlyFieldsThatMatterAreShown_data() {
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QStringList>("shown");
    QTest::addColumn<QStringList>("hidden");
    QTest::newRow("pretrain") << "pretrain"
                              << QStringList{"model.layers", "train.steps", "probe.every", "sample.every",
                                             "search.rates"}
                              << QStringList{"finetune.loss", "lowdata.labels", "vqvae.codes", "model.maskRate"};
    QTest::newRow("probe") << "probe" << QStringList{"model.layers", "probe.solver", "probe.l2"}
                           << QStringList{"train.steps", "probe.every", "sample.every", "search.rates",
                                          "optimizer.learningRate"};
    QTest::newRow("finetune") << "finetune"
                              << QStringList{"finetune.loss", "finetune.layer", "optimizer.learningRate",
                                             "search.rates"}
                              << QStringList{"lowdata.labels", "probe.trainImages", "vqvae.codes"};
    QTest::newRow("lowdata") << "lowdata" << QStringList{"lowdata.labels", "lowdata.subsets", "probe.solver"}
                             << QStringList{"finetune.loss", "train.steps", "search.rates"};
    QTest::newRow("vqvae") << "vqvae" << QStringList{"vqvae.codes", "optimizer.learningRate", "train.steps"}
                           << QStringList{"model.layers", "palette.size", "probe.trainImages", "sample.temperature"};
  }
  void onlyFieldsThatMatterAreShown() {
    QFETCH(QString, kind);
    QFETCH(QStringList, shown);
    QFETCH(QStringList, hidden);
    choose("kind", kind);
    for (const QString& key : shown) QVERIFY2(isShown(key), qPrintable(key));
    for (const QString& key : hidden) QVERIFY2(!isShown(key), qPrintable(key));
    takePictures(*page_, QStringLiteral("new-run-") + kind);
  }

  void fieldsComeAndGoWithSolverAndObjective() {
    choose("kind", "probe");
    QVERIFY(!isShown("probe.learningRate"));
    choose("probe.solver", "sgd");
    QVERIFY(isShown("probe.learningRate"));
    QVERIFY(isShown("search.rates"));
    QVERIFY(!isShown("probe.l2"));
    choose("kind", "pretrain");
    QVERIFY(isShown("sample.prompts"));
    choose("model.objective", "bert");
    QVERIFY(isShown("model.maskRate"));
    QVERIFY(!isShown("sample.prompts"));
  }

  void groupsHaveTitlesAndGoWithTheirFields() {
    QVERIFY(!hasHeading("Fine-tuning"));
    QVERIFY(hasHeading("Learning-rate search"));
    choose("kind", "finetune");
    QVERIFY(hasHeading("Fine-tuning"));
    QVERIFY(!hasHeading("Probe"));
    choose("kind", "vqvae");
    QVERIFY(hasHeading("VQ-VAE"));
    QVERIFY(!hasHeading("Model"));
    choose("kind", "lowdata");
    QVERIFY(hasHeading("Low data"));
    QVERIFY(!hasHeading("Learning-rate search"));
  }

  void theMarksOfThePaperStand() {
    choose("kind", "vqvae");
    QStringList texts;
    for (const auto* label : page_->findChildren<QLabel*>())
      if (label->isVisible()) texts << label->text();
    QVERIFY(texts.contains("4096 (recalled)"));
    QVERIFY(texts.contains("not known"));
  }

  void whatWasTypedStaysWhileItIsHidden() {
    type("sample.prompts", "3");
    choose("kind", "probe");
    QCOMPARE(page_->form()->changedCount(), 1);  // the kind; prompts make no difference now
    choose("kind", "pretrain");
    QCOMPARE(page_->specs().front().sample.prompts, int64_t{3});
  }

  void aWrongFieldIsSeenEvenIfItMakesNoDifference() {
    type("sample.prompts", "many");
    choose("kind", "probe");
    QVERIFY(isShown("sample.prompts"));
  }

  void aKindThatNeedsAModelIsRefusedWithoutOne() {
    QSignalSpy started(page_.get(), &NewRunPage::startRequested);
    QVERIFY(!source()->isVisible());
    choose("kind", "probe");
    QVERIFY(source()->isVisible());
    QVERIFY(!start()->isEnabled());
    QVERIFY(page_->findChild<QLabel*>("source.problem")->text().contains("no run here has a checkpoint yet"));
    QTest::keyClick(page_->findChild<QLineEdit*>("name"), Qt::Key_Return);
    QCOMPARE(started.count(), 0);
    QVERIFY(source()->hasFocus());
    takePictures(*page_, QStringLiteral("new-run-no-model"));
  }

  void aRunToStartFromIsChosenInTheBox() {
    page_->setSources({{RunId{7}, 600, "quick start", "best"}, {RunId{7}, 800, "quick start", "last"}});
    choose("kind", "finetune");
    QVERIFY(page_->findChild<QLabel*>("source.problem")->text().contains("Choose the run"));
    QSignalSpy chosen(page_.get(), &NewRunPage::sourceChosen);
    source()->setFocus();
    QTest::keyClick(source(), Qt::Key_Down);
    QTest::keyClick(source(), Qt::Key_Down);
    QCOMPARE(chosen.count(), 2);
    QCOMPARE(page_->source()->step, int64_t{800});
    QVERIFY(start()->isEnabled());
    QVERIFY(!page_->findChild<QLabel*>("source.problem")->isVisible());
    takePictures(*page_, QStringLiteral("new-run-finetune-source"));
  }

  void fineTuningFromScratchNeedsNone() {
    choose("kind", "finetune");
    QVERIFY(!start()->isEnabled());
    choose("finetune.fromScratch", "true");
    QVERIFY(start()->isEnabled());
    QVERIFY(source()->isVisible());
  }

  /// A run that is forked keeps its kind; the row says where it goes on.
  void aForkSaysWhereItGoesOn() {
    page_->setSource(ModelSource{RunId{3}, 400, "quick start", ""});
    QVERIFY(source()->isVisible());
    QCOMPARE(source()->currentText(), QStringLiteral("quick start · step 400"));
    QVERIFY(start()->isEnabled());
    page_->setSource(std::nullopt);
    QVERIFY(!source()->isVisible());
  }

 private:
  void choose(const QString& key, const QString& text) {
    type(key, text);
    QVERIFY2(page_->findChild<QLabel*>(key + ".problem")->text().isEmpty(), qPrintable(key));
  }
  bool isShown(const QString& key) const { return page_->findChild<QWidget*>(key)->isVisible(); }
  bool hasHeading(const QString& title) const {
    for (const auto* label : page_->form()->findChildren<QLabel*>())
      if (label->isVisible() && label->font().bold() && label->text() == title) return true;
    return false;
  }
  QComboBox* source() const { return page_->findChild<QComboBox*>("source"); }
  QPushButton* start() const { return button("start"); }
};

QTEST_MAIN(KindsTest)
#include "kinds_test.moc"
