#include "widgets/forms/new_run_page.h"

#include <QAbstractItemView>
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include "core/spec/fields.h"
#include "core/spec/presets.h"
#include "core/spec/spec_text.h"
#include "tests/support/turn_wheel.h"
#include "tests/widgets/forms/form_test.h"
#include "tests/widgets/images/take_pictures.h"
#include "widgets/forms/preset_card.h"
#include "widgets/forms/spec_form.h"
#include "widgets/forms/start_panel.h"

Q_DECLARE_METATYPE(std::vector<scanline::RunSpec>)

using namespace scanline;

namespace {

std::vector<RunSpec> runs(const QSignalSpy& spy) {
  return spy.last().first().value<std::vector<RunSpec>>();
}

}  // namespace

class NewRunPageTest : public QObject, FormTest {
  Q_OBJECT
 private slots:
  void nothingIsCutOffInANarrowWindow_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<bool>("paper");
    QTest::newRow("the smallest window") << 900 << false;
    QTest::newRow("beside the table of a laptop's window") << 1036 << true;
    QTest::newRow("wide") << 1400 << true;
  }
  void nothingIsCutOffInANarrowWindow() {
    QFETCH(const int, width);
    QFETCH(const bool, paper);
    NewRunPage page;
    page.resize(width, 560);
    page.show();
    QVERIFY(QTest::qWaitForWindowExposed(&page));
    QCOMPARE(page.width(), width);
    const auto* form = page.findChild<SpecForm*>();
    QVERIFY(form->widget()->minimumSizeHint().width() <= form->viewport()->width());
    const auto* start = page.findChild<QPushButton*>("start");
    QVERIFY(page.rect().contains(QRect(start->mapTo(&page, QPoint()), start->size())));
    for (const auto* card : page.findChildren<PresetCard*>())
      QVERIFY(card->height() >= card->heightForWidth(card->width()));
    bool shown = false;
    for (const auto* label : page.findChildren<QLabel*>())
      shown |= label->isVisible() && label->text() == QStringLiteral("In the paper");
    QCOMPARE(shown, paper);
  }

  void initTestCase() { applyTheme(*qobject_cast<QApplication*>(QApplication::instance()), ThemeChoice::Light); }

  void init() {
    open();
    page_->setSpeeds({{"desk, CPU", 2, "fp32", 4, 64, 64, 100, QDate(2026, 11, 30)}}, QStringLiteral("desk"));
  }
  void cleanup() { page_.reset(); }

  void opensValidWithTheQuickStart() {
    QSignalSpy spy(page_.get(), &NewRunPage::startRequested);
    QVERIFY(button("start")->isEnabled());
    QVERIFY(page_->findChild<PresetCard*>(QStringLiteral("preset.quick-start"))->isChecked());
    QTest::mouseClick(button("start"), Qt::LeftButton);
    QCOMPARE(runs(spy).size(), size_t{1});
    QVERIFY(differences(runs(spy).front(), preset("quick-start").spec).empty());
    takePictures(*page_, QStringLiteral("new-run"));
  }

  void everyFieldHasAnEditor() {
    const RunSpec spec;
    forEachField(spec, [&](const FieldInfo& info, const auto&) {
      QVERIFY2(page_->findChild<QWidget*>(QString::fromUtf8(info.key.data(), qsizetype(info.key.size()))),
               std::string(info.key).c_str());
    });
  }

  /// Choose a preset, make a mistake, read the sentence, mend it, press Enter.
  void presetMistakeMendEnter() {
    QSignalSpy spy(page_.get(), &NewRunPage::startRequested);
    QTest::mouseClick(page_->findChild<PresetCard*>(QStringLiteral("preset.cifar10-small")), Qt::LeftButton);
    QVERIFY(!button("start")->isEnabled());
    QVERIFY(problem(QStringLiteral("data.path")).contains(QStringLiteral("cifar10")));
    const QTemporaryDir cifar;
    for (const char* file : {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                             "data_batch_5.bin", "test_batch.bin"})
      QVERIFY(QFile(cifar.filePath(QString::fromLatin1(file))).open(QIODevice::WriteOnly));
    type(QStringLiteral("data.path"), cifar.path());
    QCOMPARE(problem(QStringLiteral("data.path")), QString());
    QVERIFY(button("start")->isEnabled());

    type(QStringLiteral("model.heads"), QStringLiteral("5"));
    QVERIFY(problem(QStringLiteral("model.heads")).contains(QStringLiteral("does not divide")));
    QVERIFY(!button("start")->isEnabled());
    QVERIFY(button("problems")->isVisible());
    enter(QStringLiteral("model.heads"));
    QCOMPARE(spy.count(), 0);
    takePictures(*page_, QStringLiteral("new-run-mistake"));

    type(QStringLiteral("model.heads"), QStringLiteral("12"));
    QVERIFY(!button("problems")->isVisible());
    enter(QStringLiteral("model.heads"));
    QCOMPARE(spy.count(), 1);
    RunSpec expected = preset("cifar10-small").spec;
    expected.data.path = cifar.path().toStdString();
    expected.model.heads = 12;
    QVERIFY(differences(runs(spy).front(), expected).empty());
  }

  void enterGoesToTheFirstMistake() {
    type(QStringLiteral("train.steps"), QStringLiteral("many"));
    type(QStringLiteral("seed"), QStringLiteral("-1"));
    enter(QStringLiteral("name"));
    QVERIFY(page_->findChild<QLineEdit*>(QStringLiteral("seed"))->hasFocus());
    QCOMPARE(button("problems")->text(), QStringLiteral("2 settings need attention"));
  }

  void missingPathIsFoundWhileTyping() {
    type(QStringLiteral("data.path"), QStringLiteral("/no/such/folder"));
    QVERIFY(problem(QStringLiteral("data.path")).contains(QStringLiteral("/no/such/folder")));
  }

  void listsAndRangesMakeASweep() {
    QSignalSpy spy(page_.get(), &NewRunPage::startRequested);
    type(QStringLiteral("optimizer.learningRate"), QStringLiteral("1e-3, 3e-3"));
    type(QStringLiteral("model.width"), QStringLiteral("64..128 step 32"));
    auto* panel = page_->findChild<StartPanel*>();
    QCOMPARE(panel->figure(QStringLiteral("Runs")), QStringLiteral("6"));
    QCOMPARE(page_->findChild<QListWidget*>(QStringLiteral("sweep"))->count(), 6);
    QCOMPARE(button("start")->text(), QStringLiteral("&Start 6 runs"));
    takePictures(*page_, QStringLiteral("new-run-sweep"));
    enter(QStringLiteral("optimizer.learningRate"));
    const auto made = runs(spy);
    QCOMPARE(made.size(), size_t{6});
    QCOMPARE(made[0].optimizer.learningRate, 1e-3);
    QCOMPARE(made[5].optimizer.learningRate, 3e-3);
    QCOMPARE(made[5].model.width, int64_t{128});
    QVERIFY(made[0].name != made[5].name);
  }

  void oneWrongValueOfASweepIsNamed() {
    type(QStringLiteral("model.width"), QStringLiteral("64, 66"));
    QVERIFY(problem(QStringLiteral("model.heads")).contains(QStringLiteral("66")));
    QVERIFY(page_->specs().empty());
  }

  void namesMayHaveCommas() {
    type(QStringLiteral("name"), QStringLiteral("small, warm"));
    QCOMPARE(page_->specs().size(), size_t{1});
    QCOMPARE(page_->specs().front().name, std::string("small, warm"));
  }

  void changedFieldsAreMarkedAndReset() {
    auto* reset = page_->findChild<QToolButton*>(QStringLiteral("model.layers.reset"));
    QVERIFY(!reset->isVisible());
    type(QStringLiteral("model.layers"), QStringLiteral("7"));
    QVERIFY(reset->isVisible());
    QCOMPARE(page_->form()->changedCount(), 1);
    QTest::mouseClick(reset, Qt::LeftButton);
    QCOMPARE(page_->form()->changedCount(), 0);
    QCOMPARE(page_->specs().front().model.layers, int64_t{4});
  }

  void seldomUsedFieldsUnfold() {
    auto* beta = page_->findChild<QLineEdit*>(QStringLiteral("optimizer.beta2"));
    QVERIFY(!beta->isVisible());
    auto* more = page_->findChild<QToolButton*>(QStringLiteral("more.optimizer"));
    QTest::mouseClick(more, Qt::LeftButton);
    QVERIFY(beta->isVisible());
    QTest::mouseClick(more, Qt::LeftButton);
    QVERIFY(!beta->isVisible());
  }

  void changedSeldomUsedFieldsAreSeen() {
    RunSpec spec = preset("quick-start").spec;
    page_->form()->setSpec(spec);
    page_->form()->setTexts({{QStringLiteral("optimizer.beta2"), QStringLiteral("0.99")}});
    QVERIFY(page_->findChild<QLineEdit*>(QStringLiteral("optimizer.beta2"))->isVisible());
  }

  /// The form scrolls under the pointer, and no setting changes, whichever box comes to lie there.
  void theWheelScrollsAndChangesNothing() {
    const RunSpec before = page_->specs().front();
    page_->resize(1200, 400);
    auto* bar = page_->form()->verticalScrollBar();
    QVERIFY(bar->maximum() > 0);
    for (auto* box : page_->form()->findChildren<QComboBox*>()) {
      if (!box->isVisible()) continue;
      page_->setFocus();
      page_->form()->ensureWidgetVisible(box);
      if (bar->value() == bar->maximum()) bar->setValue(bar->value() - 60);
      const int top = bar->value();
      turnWheelOver(*box);
      QVERIFY2(!box->hasFocus(), qPrintable(box->objectName()));
      QVERIFY2(bar->value() > top, qPrintable(box->objectName()));
      QVERIFY2(differences(page_->specs().front(), before).empty(), qPrintable(box->objectName()));
    }
  }

  void theWheelTurnsTheBoxThatWasClicked() {
    auto* box = page_->findChild<QComboBox*>(QStringLiteral("optimizer.schedule"));
    page_->form()->ensureWidgetVisible(box);
    QTest::mouseClick(box->lineEdit(), Qt::LeftButton);
    QTRY_VERIFY(box->view()->isVisible());
    QTest::keyClick(box->view(), Qt::Key_Escape);
    QTRY_VERIFY(box->hasFocus());
    turnWheelOver(*box);
    QCOMPARE(page_->specs().front().optimizer.schedule, Schedule::Constant);
  }

  /// Which checkpoint a run starts from is no matter for the wheel either.
  void theWheelOverTheSourceChoosesNone() {
    page_->setSources({{{1}, 10, QStringLiteral("one"), {}}, {{2}, 20, QStringLiteral("two"), {}}});
    page_->setSource(ModelSource{{1}, 10, QStringLiteral("one"), {}});
    turnWheelOver(*page_->findChild<QComboBox*>(QStringLiteral("source")));
    QCOMPARE(page_->source()->run, RunId{1});
  }

  /// A probe cannot have another width than its model: such settings are text, and have the checkpoint's values
  /// with every other choice.
  void whatTheCheckpointDecidesIsText() {
    RunSpec spec = preset("quick-start").spec;
    spec.kind = RunKind::Probe;
    RunSpec settings = spec;
    settings.model.width = 32;
    settings.data.side = 8;
    page_->setSource(ModelSource{{1}, 10, QStringLiteral("one"), {}, settings});
    page_->setSpec(spec, QStringLiteral("one"));
    for (const char* key : {"model.layers", "model.width", "model.heads", "palette.size", "data.side"}) {
      auto* value = page_->findChild<QLabel*>(QLatin1String(key) + QStringLiteral(".value"));
      QVERIFY2(value->isVisible() && !editor(key)->isVisible(), key);
      QCOMPARE(value->text(), QString::fromStdString(fieldText(settings, key)));
    }
    QVERIFY(!editor("model.objective")->isVisible());
    QVERIFY(editor("data.name")->isVisible());
    QCOMPARE(page_->form()->changedCount(), 0);
    takePictures(*page_, QStringLiteral("new-run-probe"));
    QTest::mouseClick(page_->findChild<PresetCard*>(QStringLiteral("preset.igpt-s")), Qt::LeftButton);
    QCOMPARE(page_->form()->described().front().model.width, int64_t{32});
    page_->setSource({});
    QVERIFY(editor("model.width")->isVisible());
  }

  void aFineTuningFromScratchHasAModelOfItsOwn() {
    RunSpec spec = preset("quick-start").spec;
    spec.kind = RunKind::Finetune;
    page_->setSource(ModelSource{{1}, 10, QStringLiteral("one"), {}, spec});
    page_->setSpec(spec, QStringLiteral("one"));
    QVERIFY(!editor("model.width")->isVisible());
    type(QStringLiteral("finetune.fromScratch"), QStringLiteral("true"));
    QVERIFY(editor("model.width")->isVisible());
    QVERIFY(!editor("palette.size")->isVisible());  // its pictures are still those of the checkpoint's palette
    type(QStringLiteral("model.width"), QStringLiteral("128"));
    QCOMPARE(page_->specs().front().model.width, int64_t{128});
    type(QStringLiteral("finetune.fromScratch"), QStringLiteral("false"));
    QCOMPARE(page_->specs().front().model.width, spec.model.width);
  }

  void droppedChangesComeBack() {
    type(QStringLiteral("model.layers"), QStringLiteral("7"));
    QTest::mouseClick(page_->findChild<PresetCard*>(QStringLiteral("preset.igpt-s")), Qt::LeftButton);
    QPushButton* back = nullptr;
    for (auto* each : page_->findChildren<QPushButton*>())
      if (each->text() == QStringLiteral("Bring back my changes")) back = each;
    QVERIFY(back && back->isVisible());
    QTest::mouseClick(back, Qt::LeftButton);
    QCOMPARE(page_->specs().front().model.layers, int64_t{7});
    QCOMPARE(page_->specs().front().data.name, std::string("digits"));
    QVERIFY(!back->isVisible());
  }

  void queueAndCancelAreSignals() {
    QSignalSpy queued(page_.get(), &NewRunPage::queueRequested), cancelled(page_.get(), &NewRunPage::cancelled);
    QTest::mouseClick(button("queue"), Qt::LeftButton);
    QCOMPARE(queued.count(), 1);
    QTest::keyClick(page_.get(), Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(queued.count(), 2);
    QTest::keyClick(page_.get(), Qt::Key_Escape);
    QCOMPARE(cancelled.count(), 1);
  }

  void theDataAreAskedForWhileTheFormIsRight() {
    QSignalSpy asked(page_.get(), &NewRunPage::dataRequested);
    QPushButton* look = nullptr;
    for (auto* each : page_->findChildren<QPushButton*>())
      if (each->text() == QStringLiteral("Look at the &data")) look = each;
    QVERIFY(look);
    QTest::mouseClick(look, Qt::LeftButton);
    QCOMPARE(asked.count(), 1);
    QCOMPARE(asked.first().first().value<RunSpec>().data.name, std::string("digits"));
    type(QStringLiteral("train.steps"), QStringLiteral("many"));
    QVERIFY(!look->isEnabled());
  }

  void figuresFollowTheForm() {
    auto* panel = page_->findChild<StartPanel*>();
    QCOMPARE(panel->figure(QStringLiteral("Tokens a step")), text4096());
    type(QStringLiteral("train.batchSize"), QStringLiteral("32"));
    QVERIFY(panel->figure(QStringLiteral("Tokens a step")) != text4096());
    type(QStringLiteral("train.batchSize"), QStringLiteral("x"));
    QCOMPARE(panel->figure(QStringLiteral("Time")), QStringLiteral("–"));
  }

 private:
  static QString text4096() { return QStringLiteral("4\u202F096"); }

  void enter(const QString& key) const { QTest::keyClick(editor(key), Qt::Key_Return); }
};

QTEST_MAIN(NewRunPageTest)
#include "new_run_page_test.moc"
