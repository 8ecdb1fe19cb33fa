#include "widgets/lists/inspector.h"

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTabBar>
#include <QTest>
#include <QTimer>
#include <QToolButton>
#include <QTreeWidget>
#include <algorithm>

#include "core/spec/presets.h"
#include "core/spec/spec_text.h"
#include "tests/widgets/lists/pictures.h"
#include "tests/widgets/lists/sample_runs.h"
#include "widgets/lists/checkpoints_page.h"
#include "widgets/lists/log_page.h"
#include "widgets/lists/overview_page.h"
#include "widgets/lists/run_settings_page.h"

using namespace scanline;

namespace {

RunDetails sampleDetails() {
  RunSpec spec = preset("quick-start").spec;
  spec.optimizer.learningRate = 0.001;
  spec.model.layers = 6;
  RunDetails details;
  details.summary = sampleRuns()[0];
  details.summary.parent = RunId{2};
  details.summary.parentStep = 400;
  details.summary.note = "Does a lower rate help the middle layers?";
  details.summary.startedMs = kThen;
  details.specToml = toToml(spec);
  details.prepared = {.trainImages = 1617,
                      .validationImages = 180,
                      .positions = 64,
                      .width = 8,
                      .height = 8,
                      .parameters = 201'344,
                      .paletteSize = 17};
  details.prepared.environment = {
      {"Scanline", "0.1.0"}, {"LibTorch", "2.11.0"}, {"CPU", "AMD EPYC 9B14 96-Core Processor"},
      {"Threads", "2"},      {"Precision", "bf16"},  {"Instructions", "AVX-512, AMX"}};
  details.checkpoints = {
      {200, "checkpoints/200.safetensors", 2'400'000, 1.5321, "kept", kThen},
      {350, "checkpoints/350.safetensors", 2'400'000, 1.4123, "best", kThen},
      {380, "checkpoints/380.safetensors", 2'400'000, std::numeric_limits<double>::quiet_NaN(), "last", kThen}};
  details.folder = "/data/runs/0000-1";
  return details;
}

std::vector<LogRow> sampleLog(int from, int count) {
  std::vector<LogRow> rows;
  for (int id = from; id < from + count; ++id) {
    const auto level = id % 9 == 4   ? LogLine::Level::Warning
                       : id % 9 == 7 ? LogLine::Level::Error
                                     : LogLine::Level::Info;
    const std::string text = level == LogLine::Level::Info ? "step " + std::to_string(10 * id) + ": checkpoint written"
                             : level == LogLine::Level::Warning ? "image birds/0042.jpg does not decode and is skipped"
                                                                : "the probe of layer 3 did not converge";
    rows.push_back({id, kThen + id * 1000, {level, text}});
  }
  return rows;
}

QTreeWidgetItem* field(QTreeWidget& tree, const QString& key) {
  for (QTreeWidgetItemIterator at(&tree); *at; ++at)
    if ((*at)->data(0, Qt::UserRole).toString() == key) return *at;
  return nullptr;
}

}  // namespace

class InspectorTest : public QObject {
  Q_OBJECT
 private:
  struct Window {
    Inspector inspector;
    QTreeWidget* settings = inspector.findChild<RunSettingsPage*>()->findChild<QTreeWidget*>();
    QTreeWidget* checkpoints = inspector.findChild<CheckpointsPage*>()->findChild<QTreeWidget*>();
    LogPage* log = inspector.findChild<LogPage*>();
    QPlainTextEdit* note = inspector.findChild<OverviewPage*>()->findChild<QPlainTextEdit*>();
    QLineEdit* tags = inspector.findChild<OverviewPage*>()->findChild<QLineEdit*>();
    Window() {
      inspector.resize(320, 640);
      inspector.setDetails(sampleDetails());
      inspector.show();
      inspector.activateWindow();
      if (!QTest::qWaitForWindowActive(&inspector)) qFatal("no active window");
    }
  };

  static QStringList said(const Window& window) {
    QStringList all;
    for (const auto* label : window.inspector.findChildren<QLabel*>()) all << label->text();
    return all;
  }
  /// The value beside a name in the overview; empty if it is not listed.
  static QString fact(const Window& window, const char* name) {
    for (const auto* grid : window.inspector.findChild<OverviewPage*>()->findChildren<QGridLayout*>())
      for (int row = 0; row < grid->rowCount(); ++row) {
        if (!grid->itemAtPosition(row, 1)) continue;
        const auto* label = qobject_cast<QLabel*>(grid->itemAtPosition(row, 0)->widget());
        const auto* value = qobject_cast<QLabel*>(grid->itemAtPosition(row, 1)->widget());
        if (label->text() == QLatin1String(name) && !label->isHidden())
          return value->toolTip().isEmpty() ? value->text() : value->toolTip();
      }
    return {};
  }

 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }

  void everyFieldIsListedAndChangesAreBold() {
    Window window;
    QCOMPARE(window.settings->topLevelItemCount(), 0);  // nobody has looked yet
    window.inspector.showPage(Inspector::Page::Settings);
    QTreeWidgetItem* rate = field(*window.settings, "optimizer.learningRate");
    QTreeWidgetItem* batch = field(*window.settings, "train.batchSize");
    QVERIFY(rate && batch && field(*window.settings, "seed") && field(*window.settings, "sample.topK"));
    QVERIFY(rate->font(1).bold());
    QVERIFY(!batch->font(1).bold());
    QCOMPARE(rate->text(1).toDouble(), 0.001);
    auto* changed = window.inspector.findChild<QCheckBox*>();
    changed->click();
    QVERIFY(!rate->isHidden());
    QVERIFY(batch->isHidden());
  }

  void searchFindsLabelsKeysAndValues() {
    Window window;
    window.inspector.showPage(Inspector::Page::Settings);
    auto* search = window.inspector.findChild<RunSettingsPage*>()->findChild<QLineEdit*>();
    QTest::keyClicks(search, QStringLiteral("learn"));
    QVERIFY(!field(*window.settings, "optimizer.learningRate")->isHidden());
    QVERIFY(field(*window.settings, "model.layers")->isHidden());
    QVERIFY(field(*window.settings, "model.layers")->parent()->isHidden());
  }

  void settingsOfANewerVersionAreShownAsTheyAre() {
    Window window;
    RunDetails details = sampleDetails();
    details.specToml = "name = \"x\"\nshape.of.things = 3\n";
    window.inspector.showPage(Inspector::Page::Settings);
    window.inspector.setDetails(details);
    QCOMPARE(field(*window.settings, "shape.of.things")->text(1), QStringLiteral("3"));
  }

  void theParentIsNamed() {
    Window window;
    QCOMPARE(fact(window, "Comes from"), QStringLiteral("another run, step 400"));
    window.inspector.setDetails(sampleDetails(), QStringLiteral("quick start"));
    QCOMPARE(fact(window, "Comes from"), QStringLiteral("“quick start”, step 400"));
  }

  /// Data, colours or codes, and the checkpoint it goes on from, of every run that comes from another.
  void whereARunComesFromIsListed() {
    Window window;
    RunDetails details = sampleDetails();
    RunSpec spec = preset("quick-start").spec;
    spec.kind = RunKind::LowData;
    spec.data.path = "/data/digits.npz";
    details.summary.kind = RunKind::LowData;
    details.specToml = toToml(spec);
    window.inspector.setDetails(details, QStringLiteral("quick start"));
    QCOMPARE(fact(window, "Model of"), QStringLiteral("“quick start”, step 400"));
    QCOMPARE(fact(window, "Data in"), QStringLiteral("/data/digits.npz"));
    QCOMPARE(fact(window, "Palette"), QStringLiteral("17 colours"));
    spec.kind = RunKind::Pretrain;
    spec.palette.vqvae = "cifar10 vqvae";
    details.prepared.paletteSize = 512;
    details.specToml = toToml(spec);
    window.inspector.setDetails(details, QStringLiteral("quick start"));
    QCOMPARE(fact(window, "Tokens"), QStringLiteral("512 codes of the VQ-VAE “cifar10 vqvae”"));
    QCOMPARE(fact(window, "Grid of codes"), QStringLiteral("8 × 8"));
    QVERIFY(fact(window, "Palette").isEmpty());
  }

  void whatAResumeRepeatsIsSaid() {
    Window window;
    RunDetails details = sampleDetails();
    QVERIFY(fact(window, "If resumed").isEmpty());  // it runs
    details.summary.state = RunState::Interrupted;
    details.summary.step = 580;
    window.inspector.setDetails(details);
    QCOMPARE(fact(window, "If resumed"), QStringLiteral("goes on from step 380; 200 steps are done again"));
    QVERIFY(said(window).filter(QStringLiteral("Resumed, the run goes on from step 380; 200 steps")).size() == 1);
    details.checkpoints.clear();
    window.inspector.setDetails(details);
    QVERIFY(fact(window, "If resumed").contains(QStringLiteral("no checkpoint yet")));
  }

  void anImportShowsOnlyWhatIsKnown() {
    Window window;
    RunDetails details = sampleDetails();
    details.summary.kind = RunKind::Curves;
    details.summary.state = RunState::Finished;  // as every import
    details.summary.dataset.clear();
    details.summary.parameters = 0;
    details.summary.parent.reset();
    details.prepared = {};
    details.known = {.all = false, .keys = {"name"}};
    window.inspector.setDetails(details);
    QVERIFY(said(window).contains(QStringLiteral("imported curves")));
    QCOMPARE(fact(window, "Origin"), QStringLiteral("curves imported from files"));
    for (const char* unknown : {"Data set", "Palette", "Parameters", "Training images"})
      QVERIFY2(fact(window, unknown).isEmpty(), unknown);
    window.inspector.showPage(Inspector::Page::Settings);
    QVERIFY(!field(*window.settings, "model.layers"));
    QVERIFY(field(*window.settings, "name"));
    details.known.keys.push_back("model.layers");
    details.summary.kind = RunKind::Pretrain;
    window.inspector.setDetails(details);
    QVERIFY(said(window).contains(QStringLiteral("6 layers")));
  }

  /// It never came from files; the overview says whether its program still logs it.
  void aRunThatAnotherProgramLogsIsNoImport() {
    Window window;
    RunDetails details = sampleDetails();
    details.summary.kind = RunKind::Curves;
    details.summary.step = 40;
    details.summary.steps = 0;
    details.summary.tags = {"digits", "logged"};
    details.checkpoints.clear();
    details.known = {.all = false, .keys = {"name"}};
    const auto origin = [&](RunState state) {
      details.summary.state = state;
      window.inspector.setDetails(details);
      return fact(window, "Origin");
    };
    QCOMPARE(origin(RunState::Running), QStringLiteral("another program, which still logs it"));
    QCOMPARE(origin(RunState::Finished), QStringLiteral("another program, which has ended its log"));
    QCOMPARE(origin(RunState::Interrupted), QStringLiteral("another program, whose log has no end"));
    QVERIFY(fact(window, "If resumed").isEmpty());
    QCOMPARE(said(window).filter(QStringLiteral("logged by another program")).size(), 1);
    QVERIFY(said(window).filter(QStringLiteral("import")).isEmpty());
    QVERIFY(said(window).filter(QStringLiteral("files")).isEmpty());
    window.inspector.showPage(Inspector::Page::Checkpoints);
    QVERIFY(said(window).contains(QStringLiteral("A run of this kind has no checkpoints.")));
    details.summary.tags = {"logged", "imported"};  // exported elsewhere, and imported here
    QCOMPARE(origin(RunState::Finished), QStringLiteral("curves imported from files"));
  }

  void aBertSaysSo() {
    Window window;
    RunSpec spec = preset("quick-start").spec;
    spec.model.objective = Objective::Bert;
    RunDetails details = sampleDetails();
    details.specToml = toToml(spec);
    window.inspector.setDetails(details);
    QCOMPARE(said(window).filter(QStringLiteral("BERT, 4 layers")).size(), 1);
  }

  void theEnvironmentIsUnfoldedByClick() {
    Window window;
    auto* title = window.inspector.findChild<QToolButton*>("environment");
    const auto shown = [&] {
      return std::ranges::any_of(window.inspector.findChildren<QLabel*>(), [](const QLabel* label) {
        return label->text() == QStringLiteral("AVX-512, AMX") && label->isVisible();
      });
    };
    QVERIFY(!shown());
    auto* page = window.inspector.findChild<OverviewPage*>();
    page->ensureWidgetVisible(title);
    QTest::mouseClick(title, Qt::LeftButton);
    QVERIFY(shown());
    window.inspector.setDetails(sampleDetails());
    QVERIFY(shown());
    QTest::mouseClick(title, Qt::LeftButton);
    QVERIFY(!shown());
  }

  void theBestCheckpointLeadsOnByButtons() {
    Window window;
    QSignalSpy next(&window.inspector, &Inspector::nextRequested);
    for (auto* button : window.inspector.findChildren<QPushButton*>()) {
      if (!button->isVisible()) continue;
      const auto* page = window.inspector.findChild<OverviewPage*>();
      const QRect place(button->mapTo(page->viewport(), QPoint()), button->size());
      QVERIFY2(place.right() < page->viewport()->width(), qPrintable(button->text()));
      if (button->text() == QStringLiteral("Fine-tune…")) QTest::mouseClick(button, Qt::LeftButton);
    }
    QCOMPARE(next.count(), 1);
    QCOMPARE(next[0][1].toLongLong(), -1);
    QCOMPARE(next[0][2].value<RunKind>(), RunKind::Finetune);
    RunDetails none = sampleDetails();
    none.checkpoints.clear();
    window.inspector.setDetails(none);
    for (auto* button : window.inspector.findChildren<QPushButton*>())
      if (button->text() == QStringLiteral("Fine-tune…")) QVERIFY(!button->isVisible());
  }

  /// A fingerprint, a path, a name without a blank: a label cannot break them, and they must not push the rest away.
  void wordsWithoutEndDoNotWidenThePage() {
    Window window;
    const QString fingerprint(64, QLatin1Char('b')), path = QStringLiteral("/data/") + QString(60, QLatin1Char('p'));
    RunDetails details = sampleDetails();
    details.prepared.environment.emplace_back("Data fingerprint", fingerprint.toStdString());
    details.summary.dataset = path.toStdString();
    window.inspector.setDetails(details, QString(60, QLatin1Char('n')));
    const auto* page = window.inspector.findChild<OverviewPage*>();
    QTest::qWait(0);
    QVERIFY2(page->widget()->width() <= page->viewport()->width(),
             qPrintable(QString::number(page->widget()->width())));
    QStringList whole;
    for (const auto* label : page->findChildren<QLabel*>()) whole << label->toolTip();
    QVERIFY(whole.contains(fingerprint) && whole.contains(path));
    QVERIFY(window.note->geometry().right() < page->viewport()->width());
  }

  void aVqvaeHasCodesAndNoColours() {
    Window window;
    RunSpec spec;
    spec.kind = RunKind::Vqvae;
    RunDetails details = sampleDetails();
    details.summary.kind = RunKind::Vqvae;
    details.specToml = toToml(spec);
    window.inspector.setDetails(details);
    QStringList said;
    for (const auto* label : window.inspector.findChildren<QLabel*>()) said << label->text();
    QVERIFY(said.contains(QStringLiteral("17 codes")));
    QVERIFY(said.filter(QStringLiteral("layers, width")).isEmpty());
  }

  void aNoteIsSentWhenTypingRests() {
    Window window;
    QSignalSpy note(&window.inspector, &Inspector::noteChanged);
    window.note->setFocus();
    QTest::keyClick(window.note, Qt::Key_End, Qt::ControlModifier);
    QTest::keyClicks(window.note, QStringLiteral(" Yes."));
    QCOMPARE(note.count(), 0);
    RunDetails news = sampleDetails();
    news.summary.step = 390;
    window.inspector.setDetails(news);
    QVERIFY(window.note->toPlainText().endsWith(QStringLiteral("Yes.")));
    QTRY_COMPARE(note.count(), 1);
    QCOMPARE(note[0][1].toString(), QStringLiteral("Does a lower rate help the middle layers? Yes."));
  }

  void aNoteGoesToItsOwnRunWhenAnotherIsShown() {
    Window window;
    QSignalSpy note(&window.inspector, &Inspector::noteChanged);
    window.note->setFocus();
    QTest::keyClicks(window.note, QStringLiteral("!"));
    RunDetails other = sampleDetails();
    other.summary.id = {99};
    other.summary.note = "the other's";
    window.inspector.setDetails(other);
    QCOMPARE(note.count(), 1);
    QCOMPARE(note[0][0].value<RunId>(), RunId{1});
    QCOMPARE(window.note->toPlainText(), QStringLiteral("the other's"));
    QTest::qWait(0);
    QCOMPARE(note.count(), 1);
  }

  void tagsAreAList() {
    Window window;
    QSignalSpy tags(&window.inspector, &Inspector::tagsChanged);
    QCOMPARE(window.tags->text(), QStringLiteral("tour"));
    window.tags->setFocus();
    QTest::keyClicks(window.tags, QStringLiteral(", best ,,  a  b, best"));
    QTest::keyClick(window.tags, Qt::Key_Return);
    QCOMPARE(tags.count(), 1);
    QCOMPARE(tags[0][1].toStringList(), (QStringList{"tour", "best", "a b"}));
  }

  void checkpointsStartRuns() {
    Window window;
    window.inspector.showPage(Inspector::Page::Checkpoints);
    QCOMPARE(window.checkpoints->topLevelItemCount(), 3);
    QCOMPARE(window.checkpoints->topLevelItem(0)->text(0), QStringLiteral("380"));
    QCOMPARE(window.checkpoints->topLevelItem(0)->text(1), QStringLiteral("–"));
    window.checkpoints->setFocus();
    QTest::keyClick(window.checkpoints, Qt::Key_C, Qt::ControlModifier);
    const QString copied = QApplication::clipboard()->text();
    QVERIFY2(copied.contains(QStringLiteral("\n350\t1.4123\t2400000\tbest\n")), qPrintable(copied));
    QSignalSpy fork(&window.inspector, &Inspector::forkRequested),
        file(&window.inspector, &Inspector::showFileRequested);
    const auto choose = [&](const QString& words) {
      QTimer::singleShot(0, &window.inspector, [words] {
        auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
        const auto actions = menu->actions();
        const auto action = std::ranges::find(actions, words, &QAction::text);
        if (action == actions.end()) {
          menu->close();
          return;
        }
        menu->setActiveAction(*action);
        QTest::keyClick(menu, Qt::Key_Return);
      });
      emit window.checkpoints->customContextMenuRequested(
          window.checkpoints->visualItemRect(window.checkpoints->topLevelItem(1)).center());
    };
    choose(QStringLiteral("Fork…"));
    choose(QStringLiteral("Show file"));
    QCOMPARE(fork.count(), 1);
    QCOMPARE(file.count(), 1);
    QCOMPARE(fork[0][0].value<RunId>(), RunId{1});
    QCOMPARE(fork[0][1].toLongLong(), 350);
    QCOMPARE(file[0][0].toString(), QStringLiteral("/data/runs/0000-1/checkpoints/350.safetensors"));
  }

  void logFollowsUnlessScrolled() {
    Window window;
    window.inspector.showPage(Inspector::Page::Log);
    window.inspector.appendLog(sampleLog(1, 100));
    QTest::qWait(10);
    QScrollBar* bar = window.log->verticalScrollBar();
    QVERIFY(bar->maximum() > 0);
    QCOMPARE(bar->value(), bar->maximum());
    window.inspector.appendLog(sampleLog(91, 20));  // ten of them are there already
    QCOMPARE(window.log->blockCount(), 110);
    QCOMPARE(bar->value(), bar->maximum());
    bar->setValue(3);
    window.inspector.appendLog(sampleLog(111, 20));
    QCOMPARE(bar->value(), 3);
    window.inspector.setDetails(sampleDetails());
    QCOMPARE(window.log->blockCount(), 130);
    RunDetails other = sampleDetails();
    other.summary.id = {99};
    window.inspector.setDetails(other);
    QVERIFY(window.log->toPlainText().isEmpty());
  }

  void parentAndFolderAreOpenedByButtons() {
    Window window;
    QSignalSpy parent(&window.inspector, &Inspector::parentActivated),
        folder(&window.inspector, &Inspector::openFolderRequested);
    for (const char* name : {"parent", "folder"}) {
      auto* button = window.inspector.findChild<QPushButton*>(QString::fromLatin1(name));
      button->setFocus();
      QTest::keyClick(button, Qt::Key_Space);
    }
    QCOMPARE(parent[0][0].value<RunId>(), RunId{2});
    QCOMPARE(folder[0][0].value<RunId>(), RunId{1});
  }

  void pictures() {
    Window window;
    window.inspector.appendLog(sampleLog(1, 30));
    const std::pair<Inspector::Page, const char*> pages[] = {{Inspector::Page::Overview, "overview"},
                                                             {Inspector::Page::Settings, "settings"},
                                                             {Inspector::Page::Checkpoints, "checkpoints"},
                                                             {Inspector::Page::Log, "log"}};
    for (const auto& [page, name] : pages) {
      window.inspector.showPage(page);
      takePictures(window.inspector, QStringLiteral("inspector-") + QLatin1String(name));
    }
    window.inspector.clear();
    takePictures(window.inspector, QStringLiteral("inspector-empty"));
  }
};

QTEST_MAIN(InspectorTest)
#include "inspector_test.moc"
