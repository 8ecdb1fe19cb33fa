#include "widgets/forms/new_run_page.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

#include "core/spec/fields.h"
#include "core/spec/presets.h"
#include "core/spec/spec_text.h"
#include "tests/widgets/images/take_pictures.h"
#include "widgets/forms/preset_card.h"
#include "widgets/forms/spec_form.h"
#include "widgets/forms/start_panel.h"

Q_DECLARE_METATYPE(std::vector<scanline::RunSpec>)

using namespace scanline;

namespace {

/// Types into a field as a person does: everything selected, then keys.
void type(NewRunPage& page, const QString& key, const QString& text) {
  auto* widget = page.findChild<QWidget*>(key);
  auto* box = qobject_cast<QComboBox*>(widget);
  auto* line = box ? box->lineEdit() : qobject_cast<QLineEdit*>(widget);
  QVERIFY(line);
  line->setFocus();
  line->selectAll();
  QTest::keyClick(line, Qt::Key_Delete);
  QTest::keyClicks(line, text);
}

void enter(NewRunPage& page, const QString& key) {
  QTest::keyClick(page.findChild<QLineEdit*>(key), Qt::Key_Return);
}

QString problem(NewRunPage& page, const QString& key) {
  auto* label = page.findChild<QLabel*>(key + QStringLiteral(".problem"));
  return label->isVisible() ? label->text() : QString();
}

QPushButton* button(NewRunPage& page, const char* name) {
  return page.findChild<QPushButton*>(QString(name));
}

std::vector<RunSpec> runs(const QSignalSpy& spy) {
  return spy.last().first().value<std::vector<RunSpec>>();
}

}  // namespace

class NewRunPageTest : public QObject {
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
    QVERIFY(page.rect().contains(QRect(button(page, "start")->mapTo(&page, QPoint()), button(page, "start")->size())));
    for (const auto* card : page.findChildren<PresetCard*>())
      QVERIFY(card->height() >= card->heightForWidth(card->width()));
    bool shown = false;
    for (const auto* label : page.findChildren<QLabel*>())
      shown |= label->isVisible() && label->text() == QStringLiteral("In the paper");
    QCOMPARE(shown, paper);
  }

  void initTestCase() { applyTheme(*qobject_cast<QApplication*>(QApplication::instance()), ThemeChoice::Light); }

  void init() {
    page_ = std::make_unique<NewRunPage>();
    page_->resize(1200, 800);
    page_->setThroughput(100);
    page_->show();
    QVERIFY(QTest::qWaitForWindowActive(page_.get()));
  }
  void cleanup() { page_.reset(); }

  void opensValidWithTheQuickStart() {
    QSignalSpy spy(page_.get(), &NewRunPage::startRequested);
    QVERIFY(button(*page_, "start")->isEnabled());
    QVERIFY(page_->findChild<PresetCard*>(QStringLiteral("preset.quick-start"))->isChecked());
    QTest::mouseClick(button(*page_, "start"), Qt::LeftButton);
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
    QVERIFY(!button(*page_, "start")->isEnabled());
    QVERIFY(problem(*page_, QStringLiteral("data.path")).contains(QStringLiteral("cifar10")));
    type(*page_, QStringLiteral("data.path"), QStringLiteral("/"));
    QCOMPARE(problem(*page_, QStringLiteral("data.path")), QString());
    QVERIFY(button(*page_, "start")->isEnabled());

    type(*page_, QStringLiteral("model.heads"), QStringLiteral("5"));
    QVERIFY(problem(*page_, QStringLiteral("model.heads")).contains(QStringLiteral("does not divide")));
    QVERIFY(!button(*page_, "start")->isEnabled());
    QVERIFY(button(*page_, "problems")->isVisible());
    enter(*page_, QStringLiteral("model.heads"));
    QCOMPARE(spy.count(), 0);
    takePictures(*page_, QStringLiteral("new-run-mistake"));

    type(*page_, QStringLiteral("model.heads"), QStringLiteral("12"));
    QVERIFY(!button(*page_, "problems")->isVisible());
    enter(*page_, QStringLiteral("model.heads"));
    QCOMPARE(spy.count(), 1);
    RunSpec expected = preset("cifar10-small").spec;
    expected.data.path = std::string("/");
    expected.model.heads = 12;
    QVERIFY(differences(runs(spy).front(), expected).empty());
  }

  void enterGoesToTheFirstMistake() {
    type(*page_, QStringLiteral("train.steps"), QStringLiteral("many"));
    type(*page_, QStringLiteral("seed"), QStringLiteral("-1"));
    page_->form()->focusField(QStringLiteral("name"));
    enter(*page_, QStringLiteral("name"));
    QVERIFY(page_->findChild<QLineEdit*>(QStringLiteral("seed"))->hasFocus());
    QCOMPARE(button(*page_, "problems")->text(), QStringLiteral("2 settings need attention"));
  }

  void missingPathIsFoundWhileTyping() {
    type(*page_, QStringLiteral("data.path"), QStringLiteral("/no/such/folder"));
    QVERIFY(problem(*page_, QStringLiteral("data.path")).contains(QStringLiteral("/no/such/folder")));
  }

  void listsAndRangesMakeASweep() {
    QSignalSpy spy(page_.get(), &NewRunPage::startRequested);
    type(*page_, QStringLiteral("optimizer.learningRate"), QStringLiteral("1e-3, 3e-3"));
    type(*page_, QStringLiteral("model.width"), QStringLiteral("64..128 step 32"));
    auto* panel = page_->findChild<StartPanel*>();
    QCOMPARE(panel->figure(QStringLiteral("Runs")), QStringLiteral("6"));
    QCOMPARE(page_->findChild<QListWidget*>(QStringLiteral("sweep"))->count(), 6);
    QCOMPARE(button(*page_, "start")->text(), QStringLiteral("Start 6 runs"));
    takePictures(*page_, QStringLiteral("new-run-sweep"));
    enter(*page_, QStringLiteral("optimizer.learningRate"));
    const auto made = runs(spy);
    QCOMPARE(made.size(), size_t{6});
    QCOMPARE(made[0].optimizer.learningRate, 1e-3);
    QCOMPARE(made[5].optimizer.learningRate, 3e-3);
    QCOMPARE(made[5].model.width, int64_t{128});
    QVERIFY(made[0].name != made[5].name);
  }

  void oneWrongValueOfASweepIsNamed() {
    type(*page_, QStringLiteral("model.width"), QStringLiteral("64, 66"));
    QVERIFY(problem(*page_, QStringLiteral("model.heads")).contains(QStringLiteral("66")));
    QVERIFY(page_->specs().empty());
  }

  void namesMayHaveCommas() {
    type(*page_, QStringLiteral("name"), QStringLiteral("small, warm"));
    QCOMPARE(page_->specs().size(), size_t{1});
    QCOMPARE(page_->specs().front().name, std::string("small, warm"));
  }

  void changedFieldsAreMarkedAndReset() {
    auto* reset = page_->findChild<QToolButton*>(QStringLiteral("model.layers.reset"));
    QVERIFY(!reset->isVisible());
    type(*page_, QStringLiteral("model.layers"), QStringLiteral("7"));
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
    spec.optimizer.beta2 = 0.99;
    page_->form()->showSpec(spec);
    QVERIFY(page_->findChild<QLineEdit*>(QStringLiteral("optimizer.beta2"))->isVisible());
  }

  void droppedChangesComeBack() {
    type(*page_, QStringLiteral("model.layers"), QStringLiteral("7"));
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

  void queueAndCancelAreWishes() {
    QSignalSpy queued(page_.get(), &NewRunPage::queueRequested), cancelled(page_.get(), &NewRunPage::cancelled);
    QTest::mouseClick(button(*page_, "queue"), Qt::LeftButton);
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
      if (each->text() == QStringLiteral("Look at the data")) look = each;
    QVERIFY(look);
    QTest::mouseClick(look, Qt::LeftButton);
    QCOMPARE(asked.count(), 1);
    QCOMPARE(asked.first().first().value<RunSpec>().data.name, std::string("digits"));
    type(*page_, QStringLiteral("train.steps"), QStringLiteral("many"));
    QVERIFY(!look->isEnabled());
  }

  void figuresFollowTheForm() {
    auto* panel = page_->findChild<StartPanel*>();
    QCOMPARE(panel->figure(QStringLiteral("Tokens a step")), text4096());
    type(*page_, QStringLiteral("train.batchSize"), QStringLiteral("32"));
    QVERIFY(panel->figure(QStringLiteral("Tokens a step")) != text4096());
    type(*page_, QStringLiteral("train.batchSize"), QStringLiteral("x"));
    QCOMPARE(panel->figure(QStringLiteral("Time")), QStringLiteral("–"));
  }

 private:
  static QString text4096() { return QStringLiteral("4\u202F096"); }

  std::unique_ptr<NewRunPage> page_;
};

QTEST_MAIN(NewRunPageTest)
#include "new_run_page_test.moc"
