#include "app/probe_explorer.h"

#include <QComboBox>
#include <QDir>
#include <QLabel>
#include <QPushButton>
#include <QScopeGuard>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <algorithm>
#include <atomic>

#include "app/studio_sources.h"
#include "tests/app/window_test.h"
#include "tests/core/run/fake_trainer.h"
#include "widgets/images/image_grid.h"
#include "widgets/pages/confusion_view.h"
#include "widgets/pages/probe_view.h"
#include "widgets/plot/heat_map.h"
#include "widgets/studio/source_column.h"
#include "widgets/studio/studio_view.h"

using namespace scanline;

namespace {

/// Counts how often probes are fitted, and holds them up.
class ProbingEngine : public FakeEngine {
 public:
  std::shared_ptr<const OpenModel> openModel(const std::filesystem::path& checkpoint) override {
    const int64_t step = FakeEngine::openModel(checkpoint)->facts().step;
    auto open = std::make_shared<FakeOpenModel>(*model, step);
    open->onPredictions = [this](const ProbeQuestion&) {
      ++fitted;
      while (isHeld) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    };
    return open;
  }
  std::atomic<int64_t> fitted = 0;
  std::atomic<bool> isHeld = false;
};

}  // namespace

/// From the Probe page's numbers to the pictures behind them, by mouse and keys.
class ProbeExplorerTest : public QObject, WindowTest {
  Q_OBJECT
 private slots:
  void initTestCase() {
    makeWorkspace();
    qputenv("XDG_CACHE_HOME", folder_->filePath(QStringLiteral("cache")).toUtf8());
    spec_ = fakeSpec("probed");
    spec_.model.layers = 2;
    spec_.train.keepEvery = 2;
    spec_.data.limit = 600;
    spec_.probe.testImages = 30;
    engine_ = std::make_shared<ProbingEngine>();
    std::vector<Colour> greys;
    for (int i = 0; i < 17; ++i) {
      const float grey = -1 + static_cast<float>(i) / 8;
      greys.push_back({grey, grey, grey});
    }
    engine_->model = CheckpointInfo{.specToml = toToml(spec_),
                                    .step = 6,
                                    .positions = 64,
                                    .width = 8,
                                    .height = 8,
                                    .model = spec_.model,
                                    .palette = Palette(greys)};
    train(spec_, engine_);
    const RunStore store = this->store();
    run_ = store.runs().front().id;
    const RunDetails run = store.details(run_);
    step_ = run.checkpoints.back().step;
    // The numbers of the page, as a run would have stored them.
    const auto model = std::make_shared<FakeOpenModel>(*engine_->model, step_);
    const PrepareContext quiet{.begin = [](const std::string&) {}, .control = {}, .warn = [](const std::string&) {}};
    const StudioData data(model, dataSpecOf(model->facts(), run.specToml), quiet);
    const auto settings = probeSettingsOf(model->facts(), run.specToml);
    table_ = predictionsOf(data, settings, {.rows = scoredRows(data, settings)}, "test", {});
    QCOMPARE(table_.count(), 30);
    for (const std::string& name : data.classNames()) classes_ << QString::fromStdString(name);
  }
  void init() {
    engine_->fitted = 0;
    QDir(folder_->filePath(QStringLiteral("cache"))).removeRecursively();
    reader_ = std::make_unique<StoreThread>(workspace_.toStdString(), StoreMode::ReadOnly);
    view_ = std::make_unique<ProbeView>();
    explorer_ = std::make_unique<ProbeExplorer>(
        *view_, *reader_, [this] { return engine_; }, nullptr);
    view_->resize(1400, 900);
    view_->setRuns({{.id = run_.value, .name = QStringLiteral("probed"), .colour = 0}});
    view_->setLayers(2);
    std::vector<ProbeResult> probes;
    for (const int64_t step : {step_ - 1, step_})
      for (int64_t layer = 0; layer <= 2; ++layer)
        probes.push_back({.step = step,
                          .layer = layer,
                          .accuracy = table_.accuracy(layer),
                          .classes = table_.classes,
                          .confusion = table_.confusion(layer)});
    view_->setProbes(run_.value, probes);
    view_->setClassNames(classes_);
    view_->show();
    QVERIFY(QTest::qWaitForWindowActive(view_.get()));
    openMatrix(step_);
  }
  void cleanup() {
    engine_->isHeld = false;
    explorer_.reset();
    view_.reset();
    reader_.reset();
  }

  void aClickOnACellShowsItsPictures() {
    for (const ConfusionCell& cell : table_.confusion(1)) {
      QTest::mouseClick(&confusion(), Qt::LeftButton, {}, confusion().centreOf(cell.truth, cell.said));
      QTRY_COMPARE(grid().pictures().count(), cell.count);
      QTRY_VERIFY(!view_->pictures()->isBusy());
      const PictureCell& first = grid().pictures().cells.front();
      QVERIFY2(first.caption.startsWith(classes_[cell.said]), qPrintable(first.caption));
      const int64_t row = table_.rows[static_cast<size_t>(table_.cell(1, cell.truth, cell.said).front())];
      QCOMPARE(first.name, QStringLiteral("validation %1").arg(row));
    }
    QCOMPARE(engine_->fitted.load(), 1);  // and then they are read
  }

  void anEmptyCellAsksNothing() {
    int64_t truth = 0, said = 0;
    while (confusion().count(truth, said) > 0) said + 1 < table_.classes ? ++said : (said = 0, ++truth);
    QSignalSpy asked(view_.get(), &ProbeView::picturesRequested);
    QTest::mouseClick(&confusion(), Qt::LeftButton, {}, confusion().centreOf(truth, said));
    QCOMPARE(asked.count(), 0);
  }

  void theSurestErrorsComeFirst() {
    QTest::mouseClick(view_->findChild<QPushButton*>(QStringLiteral("surestErrors")), Qt::LeftButton);
    QTRY_VERIFY(!view_->pictures()->isBusy());
    const auto errors = table_.certainErrors(1);
    QVERIFY(errors.size() > 2);
    QCOMPARE(grid().pictures().count(), static_cast<int>(errors.size()));
    for (size_t i = 0; i < errors.size(); ++i)
      QCOMPARE(grid().pictures().cells[i].name,
               QStringLiteral("validation %1").arg(table_.rows[static_cast<size_t>(errors[i])]));
  }

  void aPictureGoesToTheStudioByClickAndByKey() {
    QSignalSpy wanted(explorer_.get(), &ProbeExplorer::studioRequested);
    showErrors();
    QTest::mouseClick(grid().viewport(), Qt::LeftButton, {}, grid().shownRect(1).center().toPoint());
    QTRY_COMPARE(wanted.count(), 1);
    QCOMPARE(wanted[0][0].value<RunId>(), run_);
    QCOMPARE(wanted[0][1].toLongLong(), step_);
    const auto picture = wanted[0][2].value<SourcePicture>();
    QCOMPARE(picture.name, grid().pictures().cells[1].name);
    QCOMPARE(picture.picture.tokens.size(), size_t{64});
    grid().setFocus();
    QTest::keyClick(&grid(), Qt::Key_Home);
    QTest::keyClick(&grid(), Qt::Key_Return);
    QTRY_COMPARE(wanted.count(), 2);
    QCOMPARE(wanted[1][2].value<SourcePicture>().name, grid().pictures().cells[0].name);
  }

  void keysWalkTheMatrix() {
    confusion().setFocus();
    const ConfusionCell cell = table_.confusion(1).back();
    QTest::keyClick(&confusion(), Qt::Key_Down);
    for (int i = 0; i < cell.truth; ++i) QTest::keyClick(&confusion(), Qt::Key_Down);
    for (int i = 0; i < cell.said; ++i) QTest::keyClick(&confusion(), Qt::Key_Right);
    QSignalSpy asked(view_.get(), &ProbeView::picturesRequested);
    QTest::keyClick(&confusion(), Qt::Key_Return);
    QCOMPARE(asked.count(), 1);
    QCOMPARE(asked[0][0].value<ProbePicturesWanted>().truth, cell.truth);
    QCOMPARE(asked[0][0].value<ProbePicturesWanted>().said, cell.said);
  }

  void aStopEndsTheWait() {
    engine_->isHeld = true;
    QTest::mouseClick(view_->findChild<QPushButton*>(QStringLiteral("surestErrors")), Qt::LeftButton);
    QTRY_COMPARE(engine_->fitted.load(), 1);
    QVERIFY(view_->pictures()->isBusy());
    QTest::mouseClick(view_->findChild<QPushButton*>(QStringLiteral("stopProbePictures")), Qt::LeftButton);
    QVERIFY(!view_->pictures()->isBusy());
    engine_->isHeld = false;
    showErrors();
  }

  void anotherStepClosesThem() {
    showErrors();
    QVERIFY(grid().isVisible());
    openMatrix(step_ - 1);
    QVERIFY(!grid().isVisible());
  }

  void aCheckpointThatIsNotKeptIsASentence() {
    openMatrix(step_ - 1);
    QTest::mouseClick(view_->findChild<QPushButton*>(QStringLiteral("surestErrors")), Qt::LeftButton);
    QTRY_VERIFY(!view_->pictures()->isBusy());
    const QString sentence = view_->pictures()->state();
    QVERIFY2(sentence.contains(QStringLiteral("step %1 is not kept").arg(step_ - 1)), qPrintable(sentence));
    QVERIFY2(sentence.contains(QString::number(step_)), qPrintable(sentence));
  }

  /// As a source of pictures, by the box of the studio's column.
  void theStudioTakesConfusedPictures() {
    const RunDetails run = store().details(run_);
    const auto file = std::filesystem::path(run.folder) / run.checkpoints.back().file;
    StudioView studio;
    StudioLane lane([this] { return engine_; });
    StudioSources sources(studio, lane, nullptr);
    sources.setSubject(std::make_shared<StudioSubject>(StudioSubject{engine_->openModel(file), run, step_, file}));
    sources.offerData();
    auto* kinds = studio.findChild<QComboBox*>(QStringLiteral("sourceKind"));
    const int confused = kinds->findData(static_cast<int>(StudioSource::Kind::Confusion));
    QVERIFY(kinds->model()->flags(kinds->model()->index(confused, 0)) & Qt::ItemIsEnabled);
    const int64_t error = table_.certainErrors(0).front();
    const int32_t truth = table_.labels[static_cast<size_t>(error)], said = table_.said(error, 0);
    auto* column = studio.findChild<SourceColumn*>();
    const auto isBusy = [&] {  // in words, while the probes are fitted
      return std::ranges::any_of(column->findChildren<QLabel*>(), [](const QLabel* label) {
        return !label->isHidden() && label->text().contains(QStringLiteral("probes"));
      });
    };
    QVERIFY(!isBusy());
    const auto letGo = qScopeGuard([this] { engine_->isHeld = false; });  // before the lane waits for its work
    engine_->isHeld = true;
    sources.ask({.kind = StudioSource::Kind::Confusion, .split = {}, .label = truth, .taken = said});
    QTRY_COMPARE(engine_->fitted.load(), 1);
    QVERIFY(isBusy() && column->count() == 0);
    engine_->isHeld = false;
    const auto expected = table_.cell(0, truth, said);
    QTRY_COMPARE(column->count(), static_cast<int>(expected.size()));
    QVERIFY(!isBusy());
    for (size_t i = 0; i < expected.size(); ++i)
      QCOMPARE(column->picture(static_cast<int>(i)).name,
               QStringLiteral("validation %1").arg(table_.rows[static_cast<size_t>(expected[i])]));
  }

  void escapeClosesThem() {
    showErrors();
    grid().setFocus();
    QTest::keyClick(&grid(), Qt::Key_Escape);
    QVERIFY(!grid().isVisible());
  }

 private:
  ConfusionView& confusion() const { return *view_->findChild<ConfusionView*>(); }
  ImageGrid& grid() const { return *view_->pictures()->grid(); }
  void openMatrix(int64_t step) {
    auto& map = *view_->findChild<HeatMap*>();
    QTest::mouseClick(&map, Qt::LeftButton, {}, map.centreOf({.layer = 1, .step = step}));
    QTRY_VERIFY(confusion().isVisible());
  }
  void showErrors() {
    QTest::mouseClick(view_->findChild<QPushButton*>(QStringLiteral("surestErrors")), Qt::LeftButton);
    QTRY_VERIFY(grid().pictures().count() > 2);
  }

  RunSpec spec_;
  RunId run_;
  int64_t step_ = 0;
  QStringList classes_;
  PredictionTable table_;
  std::shared_ptr<ProbingEngine> engine_;
  std::unique_ptr<StoreThread> reader_;
  std::unique_ptr<ProbeView> view_;
  std::unique_ptr<ProbeExplorer> explorer_;
};

QTEST_MAIN(ProbeExplorerTest)
#include "probe_explorer_test.moc"
