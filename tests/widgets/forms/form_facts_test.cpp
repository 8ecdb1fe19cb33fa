// Facts that the form finds out while one types, shows, and keeps.
#include <QAbstractItemView>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "core/spec/presets.h"
#include "core/spec/spec_text.h"
#include "tests/widgets/forms/form_test.h"
#include "tests/widgets/images/take_pictures.h"
#include "widgets/forms/new_run_page.h"
#include "widgets/forms/preset_card.h"
#include "widgets/forms/spec_form.h"
#include "widgets/forms/start_panel.h"

using namespace scanline;

class FormFactsTest : public QObject, FormTest {
  Q_OBJECT
 private slots:
  void initTestCase() {
    qputenv("XDG_DATA_HOME", home_.path().toUtf8());  // nothing was fetched
    applyTheme(*qobject_cast<QApplication*>(QApplication::instance()), ThemeChoice::Light);
  }
  void init() { open(); }
  void cleanup() { page_.reset(); }

  /// GPUs by name and memory; without one nothing of them is offered.
  void theProcessorHasItsName() {
    page_->setSpec(preset("quick-start").spec, "quick start");
    page_->form()->setExpanded({}, true);
    page_->form()->setExpanded("train", true);
    const auto offered = [&] {
      QStringList list;
      const auto* box = qobject_cast<QComboBox*>(editor("device"));
      for (int i = 0; i < box->count(); ++i) list << box->itemText(i);
      return list;
    };
    page_->setGpus({});
    QCOMPARE(offered(), QStringList({"auto", "cpu"}));
    QVERIFY2(note("device").startsWith("CPU: "), qPrintable(note("device")));
    QVERIFY(!editor("gpu")->isVisible());
    QVERIFY(!editor("train.attention")->isVisible());

    page_->setGpus({{0, "NVIDIA H200", 149'000'000'000}, {1, "NVIDIA L4", 24'000'000'000}});
    QCOMPARE(offered(), QStringList({"auto", "cpu", "cuda"}));
    QCOMPARE(note("device"),
             QString("One that no other run uses, of cuda:0 NVIDIA H200, 139 GiB; cuda:1 NVIDIA L4, 22 GiB"));
    QVERIFY(editor("gpu")->isVisible());
    QVERIFY(editor("train.attention")->isVisible());
    type("gpu", "1");
    QCOMPARE(note("device"), QString("cuda:1 NVIDIA L4, 22 GiB"));
    type("gpu", "2");
    QVERIFY2(problem("gpu").contains("give one of 0, 1"), qPrintable(problem("gpu")));
    QVERIFY(!button("start")->isEnabled());
    type("device", "cpu");
    QVERIFY(note("device").startsWith("CPU: "));
    QVERIFY(button("start")->isEnabled());
  }

  /// A folder of pictures is no CIFAR-10, and that is said before the run fails.
  void aFolderWithoutTheDataSetIsToldWhileTyping() {
    const QTemporaryDir pictures;
    page_->setSpec(preset("cifar10-small").spec, "small");
    type("data.path", pictures.path());
    QVERIFY2(problem("data.path").contains("data_batch_1.bin"), qPrintable(problem("data.path")));
    QVERIFY(!button("start")->isEnabled());
    type("data.name", "images");
    QVERIFY2(problem("data.path").contains("class folders"), qPrintable(problem("data.path")));
  }

  void aMissingDataSetCanBeFetched() {
    page_->setSpec(preset("cifar10-small").spec, "small");
    QSignalSpy asked(page_.get(), &NewRunPage::fetchRequested),
        cancelled(page_.get(), &NewRunPage::fetchCancelRequested);
    QVERIFY(!problem("data.path").contains("scanline-cli"));
    auto* fetch = button("fetch");
    QVERIFY(fetch->isVisible());
    auto* words = page_->findChild<QLabel*>("fetch.words");
    QVERIFY2(words->text().contains("toronto"), qPrintable(words->text()));
    takePictures(*page_, QStringLiteral("new-run-fetch"));
    QTest::mouseClick(fetch, Qt::LeftButton);
    QCOMPARE(asked.count(), 1);
    QCOMPARE(asked.first().first().toString(), QString("cifar10"));
    page_->setFetchProgress("cifar10", "Fetching cifar-10-binary.tar.gz", 34'000'000, 170'000'000);
    QVERIFY2(words->text().contains("34 MB of 170 MB"), qPrintable(words->text()));
    takePictures(*page_, QStringLiteral("new-run-fetching"));
    QTest::mouseClick(fetch, Qt::LeftButton);
    QCOMPARE(cancelled.count(), 1);
    page_->setFetchEnded("cifar10", "There is no network.");
    QCOMPARE(words->text(), QString("There is no network."));
    QVERIFY(fetch->isEnabled());
    QTest::mouseClick(page_->findChild<PresetCard*>("preset.quick-start"), Qt::LeftButton);
    QVERIFY(!fetch->isVisible());
  }

  /// A data set that came while the form was open is found there, also where the typed path led nowhere.
  void whatWasFetchedIsTaken() {
    page_->setSpec(preset("cifar10-small").spec, "small");
    type("data.path", "/no/such/folder");
    makeCifar(home_.path() + "/scanline/data/cifar10", 1000);
    page_->setFetchEnded("cifar10", {});
    QCOMPARE(problem("data.path"), QString());
    QCOMPARE(page_->specs().front().data.path, std::string());
    QVERIFY(QDir(home_.path() + "/scanline").removeRecursively());
  }

  /// The figures count the pictures that lie there, not those that the set is known for.
  void imagesAreThoseOfTheFiles() {
    const QTemporaryDir small;
    makeCifar(small.path(), 400);
    page_->setSpec(preset("cifar10-small").spec, "small");
    QCOMPARE(figure("Training images"), QString("45\u202F000"));
    type("data.path", small.path());
    QCOMPARE(figure("Training images"), QString("1\u202F800"));
    page_->setKnownData(KnownData{page_->described().data, 1795, 10});
    QCOMPARE(figure("Training images"), QString("1\u202F795"));
    type("data.limit", "100");
    QCOMPARE(figure("Training images"), QString("90"));
  }

  /// One wrong setting takes away the parts that depend on it, and no more.
  void figuresThatDoNotDependOnAMistakeStay() {
    const QString parameters = figure("Parameters"), images = figure("Training images");
    type("train.steps", "many");
    for (const char* gone : {"Epochs", "Warm-up", "Time", "Runs"}) QCOMPARE(figure(gone), QString("–"));
    QCOMPARE(figure("Parameters"), parameters);
    QCOMPARE(figure("Training images"), images);
    QVERIFY(figure("Memory") != "–");
    type("train.steps", "800");
    type("model.heads", "5");  // does not divide the width
    QCOMPARE(figure("Parameters"), parameters);
    QVERIFY(figure("Epochs") != "–");
  }

  void labelsAreCheckedWithTheImagesOfAClass() {
    RunSpec spec = preset("quick-start").spec;
    spec.kind = RunKind::LowData;
    page_->setSource(ModelSource{{1}, 800, "quick start", {}, spec});
    page_->setSpec(spec, "quick start");
    QVERIFY2(problem("lowdata.labels").contains("400"), qPrintable(problem("lowdata.labels")));
    QVERIFY2(problem("lowdata.labels").contains("such as 4, 25"), qPrintable(problem("lowdata.labels")));
    type("lowdata.labels", "4, 25");
    QCOMPARE(problem("lowdata.labels"), QString());
    QVERIFY(button("start")->isEnabled());
  }

  void aVqvaeIsOneOfTheList() {
    page_->setSpec(preset("quick-start").spec, "quick start");
    page_->setCodeSources({{"coder", "0123abcd", 8, 512}, {"old coder", "89ab0123", 4, 64}});
    type("palette.vqvae", "nosuch");
    QVERIFY2(problem("palette.vqvae").contains("coder, old coder"), qPrintable(problem("palette.vqvae")));
    type("palette.vqvae", "coder@600");
    QCOMPARE(problem("palette.vqvae"), QString());
    QCOMPARE(figure("Tokens a step"), QString("4\u202F096"));  // 64 pictures of 8 x 8 codes
    type("palette.vqvae", "89ab");
    QCOMPARE(figure("Tokens a step"), QString("1\u202F024"));
    type("palette.vqvae", "/etc/passwd");  // a file, which the run reads
    QCOMPARE(problem("palette.vqvae"), QString());
    page_->setCodeSources({});
    type("palette.vqvae", "coder");
    QVERIFY(problem("palette.vqvae").contains("no VQ-VAE was trained here yet"));
  }

  void numbersThatMeanSomethingElseAreWords() {
    QCOMPARE(text("data.side"), QString("keep"));
    QCOMPARE(text("data.limit"), QString("all"));
    page_->setSpec(RunSpec{}, "defaults");
    QCOMPARE(text("optimizer.warmupSteps"), QString("one epoch"));
    QCOMPARE(page_->specs().front().optimizer.warmupSteps, int64_t{-1});
    type("optimizer.warmupSteps", "25");
    QCOMPARE(page_->form()->changedCount(), 1);
    type("optimizer.warmupSteps", "One epoch");
    QCOMPARE(page_->form()->changedCount(), 0);
    type("optimizer.warmupSteps", "-1");
    QCOMPARE(page_->form()->changedCount(), 0);
    type("data.limit", "500, all");
    QCOMPARE(page_->specs().size(), size_t{2});
  }

  void valuesThatStandTwiceMakeOneRun() {
    type("optimizer.learningRate", "5e-3, 0.005, 1e-2");
    QCOMPARE(page_->specs().size(), size_t{2});
    QVERIFY2(note("optimizer.learningRate").contains("0.005"), qPrintable(note("optimizer.learningRate")));
    QCOMPARE(page_->specs().front().name, std::string("lr 5e-3, quick start"));
    type("optimizer.learningRate", "5e-3");
    QCOMPARE(note("optimizer.learningRate"), QString());
  }

  void whatPrecisionCostsIsSaid() {
    for (const char* precision : {"bf16", "fp32", "auto"}) {
      type("train.precision", precision);
      for (const char* part : {"three seeds", "1.303", "1.300", "AMX"})
        QVERIFY2(note("train.precision").contains(part), qPrintable(note("train.precision")));
    }
  }

  /// The steps that a fork has before it.
  void aForkSaysWhatIsLeft() {
    RunSpec spec = preset("quick-start").spec;
    spec.train.steps = 1600;
    page_->setSource(ModelSource{{1}, 800, "quick start", {}, preset("quick-start").spec});
    page_->setSpec(spec, "quick start");
    QVERIFY2(note("train.steps").contains("800 are left"), qPrintable(note("train.steps")));
    QVERIFY(!page_->findChild<PresetCard*>("preset.quick-start")->isChecked());
    page_->setSpec(preset("quick-start").spec, "quick start");  // the preset, gone on with
    QVERIFY(!page_->findChild<PresetCard*>("preset.quick-start")->isChecked());
  }

  /// Escape is no wastebasket: the changes can be had again after the form has shown something else.
  void changesComeBackAfterEscape() {
    type("model.layers", "7");
    QVERIFY(!restore()->isVisible());
    QTest::keyClick(page_.get(), Qt::Key_Escape);
    page_->setSpec(preset("quick-start").spec, "Quick start");  // Ctrl+N
    QCOMPARE(page_->specs().front().model.layers, int64_t{4});
    QVERIFY(restore()->isVisible());
    for (const char* card : {"preset.igpt-s", "preset.igpt-m"})  // nor are they gone after the second card
      QTest::mouseClick(page_->findChild<PresetCard*>(card), Qt::LeftButton);
    QVERIFY(restore()->isVisible());
    QTest::mouseClick(restore(), Qt::LeftButton);
    QCOMPARE(page_->specs().front().model.layers, int64_t{7});
    QVERIFY(!restore()->isVisible());
  }

  void whatWasStartedIsNotOfferedAgain() {
    type("model.layers", "7");
    QTest::mouseClick(button("start"), Qt::LeftButton);
    page_->setSpec(preset("quick-start").spec, "Quick start");
    QVERIFY(!restore()->isVisible());
  }

  void theFormOpensAtItsTop() {
    page_->resize(1200, 500);
    auto* bar = page_->form()->verticalScrollBar();
    bar->setValue(bar->maximum());
    QVERIFY(bar->value() > 0);
    QTest::mouseClick(page_->findChild<PresetCard*>("preset.lr-search"), Qt::LeftButton);
    QCOMPARE(bar->value(), 0);
    // A search is about the rates.
    auto* rates = editor("search.rates");
    const auto y = [&](const char* key) { return editor(key)->mapTo(page_->form()->viewport(), QPoint()).y(); };
    QTRY_VERIFY(y("search.rates") < y("name"));
    QCOMPARE(figure("Runs"), QString("1, of up to 4 trials"));
    QVERIFY(y("search.rates") >= 0 && y("search.rates") + rates->height() <= page_->form()->viewport()->height());
    QTest::mouseClick(page_->findChild<PresetCard*>("preset.quick-start"), Qt::LeftButton);
    QTRY_VERIFY(y("name") < y("kind") && y("kind") < y("search.rates"));
  }

  /// A click on the word opens the choices; Enter in them, or in the box, starts nothing.
  void boxesOpenByAClickAndStartNothing() {
    QSignalSpy started(page_.get(), &NewRunPage::startRequested);
    auto* box = qobject_cast<QComboBox*>(editor("optimizer.schedule"));
    page_->form()->ensureWidgetVisible(box);
    QTest::mouseClick(box->lineEdit(), Qt::LeftButton);
    QTRY_VERIFY(box->view()->isVisible());
    QTest::keyClick(box->view(), Qt::Key_Down);
    QTest::keyClick(box->view(), Qt::Key_Return);
    QTRY_VERIFY(!box->view()->isVisible());
    QCOMPARE(page_->specs().front().optimizer.schedule, Schedule::Constant);
    QTest::keyClick(box, Qt::Key_Return);
    QCOMPARE(started.count(), 0);
    QTest::keyClick(box, Qt::Key_Up);  // opens, and changes nothing unseen
    QTRY_VERIFY(box->view()->isVisible());
    QCOMPARE(page_->specs().front().optimizer.schedule, Schedule::Constant);
    QTest::keyClick(box->view(), Qt::Key_Escape);
  }

  void settingsAreFoundByWords() {
    auto* find = page_->findChild<QLineEdit*>("findSetting");
    QTest::keyClick(page_.get(), Qt::Key_F, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(find->hasFocus());
    QTest::keyClicks(find, "beta");
    QVERIFY(editor("optimizer.beta1")->isVisible() && editor("optimizer.beta2")->isVisible());  // folded at first
    QVERIFY(!editor("name")->isVisible() && !editor("model.layers")->isVisible());
    takePictures(*page_, QStringLiteral("new-run-find"));
    QTest::keyClick(find, Qt::Key_Return);
    QVERIFY(editor("optimizer.beta1")->hasFocus());
    find->setFocus();
    QTest::keyClick(find, Qt::Key_Escape);  // shows all again, and stays
    QVERIFY(page_->isVisible());
    QVERIFY(editor("name")->isVisible() && !editor("optimizer.beta1")->isVisible());
    QTest::keyClicks(find, "codebook");  // of another kind of run
    QVERIFY(page_->findChild<QLabel*>("found")->text().startsWith("No setting"));
  }

  /// From the first preset to Cancel by Tab alone, in the order of the page, with the focus to be seen.
  void tabWalksTheWholeForm() {
    page_->findChild<PresetCard*>("preset.quick-start")->setFocus();
    QList<QWidget*> met;
    for (int i = 0; i < 200; ++i) {
      QTest::keyClick(page_->window()->focusWidget(), Qt::Key_Tab);
      QWidget* now = page_->window()->focusWidget();
      if (met.contains(now)) break;
      met << now;
      QVERIFY2(now->isVisible(), qPrintable(now->objectName()));
    }
    const auto place = [&](const QString& name) {
      for (qsizetype i = 0; i < met.size(); ++i)
        if (met[i]->objectName() == name) return i;
      return qsizetype{-1};
    };
    const QStringList order{"findSetting",  "name",         "kind",
                            "seed",         "data.name",    "data.path",
                            "palette.size", "model.layers", "optimizer.learningRate",
                            "train.steps",  "sample.every", "start",
                            "queue"};
    for (qsizetype i = 1; i < order.size(); ++i) {
      QVERIFY2(place(order[i]) >= 0, qPrintable(order[i]));
      QVERIFY2(place(order[i - 1]) < place(order[i]), qPrintable(order[i]));
    }
  }

 private:
  static void makeCifar(const QString& folder, int pictures) {
    QVERIFY(QDir().mkpath(folder));
    for (const char* name : {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                             "data_batch_5.bin", "test_batch.bin"}) {
      QFile file(folder + "/" + QString::fromLatin1(name));
      QVERIFY(file.open(QIODevice::WriteOnly) && file.resize(qint64{3073} * pictures));
    }
  }
  QString text(const QString& key) const { return page_->form()->texts().at(key); }
  QString note(const QString& key) const { return page_->findChild<QLabel*>(key + ".note")->text(); }
  QString figure(const char* label) const { return page_->findChild<StartPanel*>()->figure(label); }
  QPushButton* restore() const {
    for (auto* each : page_->findChildren<QPushButton*>())
      if (each->text() == "Bring back my changes") return each;
    return nullptr;
  }

  QTemporaryDir home_;
};

QTEST_MAIN(FormFactsTest)
#include "form_facts_test.moc"
