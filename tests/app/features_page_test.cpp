#include "app/features_page.h"

#include <QComboBox>
#include <QDir>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QTabWidget>
#include <QTest>
#include <QTimer>
#include <QToolButton>
#include <atomic>
#include <cmath>
#include <functional>
#include <numeric>

#include "app/main_window.h"
#include "core/jobs/probe_predictions.h"
#include "tests/app/window_test.h"
#include "tests/core/run/fake_trainer.h"
#include "widgets/images/image_grid.h"
#include "widgets/lists/run_table.h"
#include "widgets/pages/class_legend.h"
#include "widgets/pages/feature_map.h"
#include "widgets/pages/neighbours_panel.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/plot/chart.h"
#include "widgets/studio/panel_tabs.h"
#include "widgets/studio/studio_view.h"

using namespace scanline;

namespace {

/// Counts the pictures that it looks at.
class CountingModel : public FakeOpenModel {
 public:
  CountingModel(const CheckpointInfo& info, int64_t step, std::atomic<int64_t>& seen)
      : FakeOpenModel(info, step), seen_(seen) {}
  std::vector<float> allFeatures(const TokenSet& pictures, const Control& control) const override {
    seen_ += pictures.count;
    return FakeOpenModel::allFeatures(pictures, control);
  }

 private:
  std::atomic<int64_t>& seen_;
};

class CountingEngine : public FakeEngine {
 public:
  std::shared_ptr<const OpenModel> openModel(const std::filesystem::path& checkpoint) override {
    ++opened;
    const int64_t step = FakeEngine::openModel(checkpoint)->facts().step;
    return std::make_shared<CountingModel>(*model, step, seen);
  }
  std::atomic<int64_t> opened = 0, seen = 0;
};

}  // namespace

class FeaturesPageTest : public QObject, WindowTest {
  Q_OBJECT
 private slots:
  void initTestCase() {
    makeWorkspace();
    qputenv("XDG_CACHE_HOME", folder_->filePath(QStringLiteral("cache")).toUtf8());
    spec_ = fakeSpec("features");
    spec_.model.layers = 3;
    spec_.train.keepEvery = 2;
    engine_ = std::make_shared<CountingEngine>();
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
    run_ = store().runs().front().id;
    QVERIFY(store().checkpoints(run_).size() >= 2);
  }
  void init() {
    engine_->opened = engine_->seen = 0;
    window_ = std::make_unique<QWidget>();
    reader_ = std::make_unique<StoreThread>(workspace_.toStdString(), StoreMode::ReadOnly);
    page_ = std::make_unique<FeaturesPage>(
        *reader_, [this] { return engine_; }, window_.get());
    page_->view()->resize(1000, 700);
    window_->resize(1000, 700);
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
  }
  void cleanup() {
    page_.reset();
    window_.reset();
    reader_.reset();
  }

  void nothingIsOpenedWhileNobodyLooks() {
    page_->view()->hide();
    page_->setRun(run_);
    bool answered = false;
    reader_->post(
        this, [](RunStore&) {}, [&] { answered = true; }, [](const QString&) {});
    QTRY_VERIFY(answered);
    QCOMPARE(engine_->opened.load(), 0);
    page_->view()->show();
    QTRY_VERIFY(map()->placeOf(0));
  }

  void theMapIsOfAllValidationPictures() {
    open();
    const int64_t pictures = store().details(run_).prepared.validationImages;
    QVERIFY(pictures > 10);
    QCOMPARE(engine_->seen.load(), pictures);
    QVERIFY(map()->placeOf(static_cast<int>(pictures) - 1));
    QVERIFY(child<QLabel>("featuresNote")->text().startsWith(QStringLiteral("All %1 validation").arg(pictures)));
  }

  /// Principal components have a mean of 0 and no correlation, and the first one varies most.
  void placesArePrincipalComponents() {
    const SharedFeatureReading reading = read();
    for (int layer = 0; layer <= 3; ++layer) {
      const FeaturePlaces places = placesOf(*reading, layer, {});
      double x = 0, y = 0, xx = 0, xy = 0, yy = 0;
      for (const QPointF& place : places.places) {
        x += place.x();
        y += place.y();
        xx += place.x() * place.x();
        xy += place.x() * place.y();
        yy += place.y() * place.y();
      }
      QVERIFY(std::abs(x) < 1e-3 * std::sqrt(xx) && std::abs(y) < 1e-3 * std::sqrt(xx));
      QVERIFY(std::abs(xy) < 1e-3 * xx);
      QVERIFY(xx > yy && yy > 0);
      QVERIFY(places.shares[0] > places.shares[1] && places.shares[0] + places.shares[1] <= 1 + 1e-9);
    }
  }

  /// Of all training pictures those with the largest cosine, found here in the plainest way.
  void neighboursAreThoseOfASearchThroughAll() {
    open();
    const SharedFeatureReading reading = read();
    choose(3);
    QTRY_COMPARE(grid("byFeatures")->pictures().count(), 12);
    const int64_t count = reading->data->count(DataSplit::Train);
    std::vector<int64_t> rows(static_cast<size_t>(count));
    std::iota(rows.begin(), rows.end(), int64_t{0});
    const auto features =
        reading->data->model().features(reading->data->tokens(DataSplit::Train, rows), page_->view()->layer(), {});
    const auto query = reading->row(3, page_->view()->layer());
    std::vector<double> cosines;
    for (size_t row = 0; row < rows.size(); ++row) {
      double product = 0, own = 0, other = 0;
      for (size_t d = 0; d < query.size(); ++d) {
        const double value = features[row * query.size() + d];
        product += value * query[d];
        own += double(query[d]) * query[d];
        other += value * value;
      }
      cosines.push_back(product / std::sqrt(own * other));
    }
    const auto best = std::ranges::max_element(cosines) - cosines.begin();
    const PictureSet& found = grid("byFeatures")->pictures();
    QCOMPARE(found.cells[0].name, QStringLiteral("training %1").arg(best));
    QCOMPARE(found.cells[0].caption, QString::number(cosines[static_cast<size_t>(best)], 'f', 3));
    std::ranges::sort(cosines, std::greater());
    QCOMPARE(found.cells[11].caption, QString::number(cosines[11], 'f', 3));
  }

  void aPictureIsNoNeighbourOfItself() {
    open();
    choose(5);
    const QString self = child<QLabel>("chosenName")->text();
    auto* own = child<SegmentedControl>("neighbourSplit")->findChildren<QAbstractButton*>().at(1);
    QTest::mouseClick(own, Qt::LeftButton);
    const auto isOwn = [](const ImageGrid* shown) {
      return shown->pictures().count() == 12 &&
             shown->pictures().cells[0].name.startsWith(QStringLiteral("validation"));
    };
    QTRY_VERIFY(isOwn(grid("byFeatures")) && isOwn(grid("byPixels")));
    double before = 0;
    for (const PictureCell& cell : grid("byPixels")->pictures().cells) {
      QVERIFY(cell.name != self);
      QVERIFY(cell.caption.toDouble() >= before);
      before = cell.caption.toDouble();
    }
    for (const PictureCell& cell : grid("byFeatures")->pictures().cells) QVERIFY(cell.name != self);
    QVERIFY(before > 0);
  }

  /// Another checkpoint is looked at anew, an earlier one is not.
  void featuresOfACheckpointAreKept() {
    open();
    const int64_t pictures = engine_->seen;
    auto* steps = child<QComboBox>("featuresCheckpoint");
    const int first = steps->currentIndex();
    steps->setFocus();
    QTest::keyClick(steps, first == 0 ? Qt::Key_Down : Qt::Key_Up);
    QTRY_COMPARE(engine_->seen.load(), 2 * pictures);
    QTRY_VERIFY(map()->placeOf(0));
    const int64_t opened = engine_->opened;
    QTest::keyClick(steps, first == 0 ? Qt::Key_Up : Qt::Key_Down);
    QCOMPARE(steps->currentIndex(), first);
    QTRY_VERIFY(engine_->opened > opened);
    QTRY_VERIFY(map()->placeOf(0));
    QCOMPARE(engine_->seen.load(), 2 * pictures);
  }

  void aLayerHasAMapOfItsOwn() {
    open();
    const QPointF before = *map()->placeOf(7);
    QTest::keyClick(child<QSlider>("layer"), Qt::Key_End);
    QTRY_VERIFY(map()->placeOf(7) && *map()->placeOf(7) != before);
    QTest::keyClick(child<QSlider>("layer"), Qt::Key_Home);
    QTest::keyClick(child<QSlider>("layer"), Qt::Key_Right);
    QTRY_VERIFY(map()->placeOf(7) && *map()->placeOf(7) == before);
  }

  void classesAreCountedByLayer() {
    const SharedFeatureReading reading = read();
    const ClassShares shares = classSharesOf(*reading, 2, 5, {});
    QCOMPARE(shares.shares.size(), size_t{4});
    for (const double share : shares.shares) QVERIFY(std::abs(share * 5 - std::round(share * 5)) < 1e-9);
    QVERIFY(shares.chance > 0 && shares.chance < 0.5);
    // The value of a class is the mean over its pictures.
    const auto& labels = reading->pictures->labels;
    double sum = 0;
    int count = 0;
    for (int i = 0; i < reading->pictures->count(); ++i)
      if (labels[static_cast<size_t>(i)] == labels[2]) {
        sum += classSharesOf(*reading, i, 5, {}).shares[1];
        ++count;
      }
    QVERIFY(count > 1);
    QVERIFY(std::abs(shares.ofClass[1] - sum / count) < 1e-9);
    open();
    choose(2);
    child<PanelTabs>(nullptr)->setCurrent(child<Chart>("byLayer")->parentWidget());
    QTRY_COMPARE(child<Chart>("byLayer")->nearestX(3.2), std::optional(3.0));
  }

  /// What the view shows is what the probes of the model say of each picture.
  void probesAnswerForThePicturesOfTheMap() {
    const SharedFeatureReading reading = read();
    const SharedProbeAnswers answers = answersOf(*reading, {});
    const auto settings = probeSettingsOf(reading->data->model().facts(), reading->specToml);
    QCOMPARE(answers->said.size(), size_t{4});
    for (const int i : {0, 7, 19}) {
      const int64_t row = reading->pictures->rows[static_cast<size_t>(i)];
      const PredictionTable one =
          predictionsOf(*reading->data, settings, {.split = reading->split, .rows = {row}, .layers = {2}}, "one", {});
      QCOMPARE(answers->said[2][static_cast<size_t>(i)], one.said(0, 0));
      QCOMPARE(answers->ofTruth[2][static_cast<size_t>(i)],
               one.probabilities(0, 0)[static_cast<size_t>(reading->pictures->labels[static_cast<size_t>(i)])]);
    }
    open();
    QTest::mouseClick(child<SegmentedControl>("mapColours")->findChildren<QAbstractButton*>().at(1), Qt::LeftButton);
    QTRY_COMPARE(child<ClassLegend>("classes")->count(), 3);
  }

  void thePictureGoesToTheStudio() {
    open();
    QSignalSpy wanted(page_.get(), &FeaturesPage::studioRequested);
    choose(4);
    QTest::mouseClick(child<QPushButton>("openInStudio"), Qt::LeftButton);
    QTRY_COMPARE(wanted.count(), 1);
    QCOMPARE(wanted[0][0].value<RunId>(), run_);
    const auto picture = wanted[0][2].value<SourcePicture>();
    QCOMPARE(picture.name, child<QLabel>("chosenName")->text());
    QCOMPARE(picture.picture.tokens.size(), size_t{64});
    QCOMPARE(picture.original.size(), QSize(8, 8));
  }

  /// In the window, also when the studio has not been looked at before.
  void thePictureArrivesInTheStudio() {
    page_.reset();
    MainWindow window(workspace_, *settings_, [this] { return engine_; });
    window.resize(1440, 900);
    window.show();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    auto* tabs = window.findChild<QTabWidget*>();
    QTRY_VERIFY(tabs->isVisible());
    window.findChild<RunTable*>()->select({run_});
    auto* features = window.findChild<FeaturesView*>();
    tabs->setCurrentWidget(features);
    QTRY_VERIFY(features->map()->placeOf(9));
    QTest::mouseClick(features->map(), Qt::LeftButton, {}, features->map()->placeOf(9)->toPoint());
    const QString name = features->findChild<QLabel*>("chosenName")->text();
    QVERIFY(name.startsWith(QStringLiteral("validation")));
    QTest::mouseClick(features->findChild<QPushButton*>("openInStudio"), Qt::LeftButton);
    auto* studio = window.findChild<StudioView*>();
    QTRY_VERIFY(studio->isVisible());
    QTRY_COMPARE(studio->pictureName(), name);
    QCOMPARE(studio->canvas()->picture().tokens.size(), size_t{64});
  }

  /// By the menu of the button, and by the run again.
  void aModelOfAFileTakesThePlaceOfTheRun() {
    open();
    const QString file = folder_->filePath(QStringLiteral("foreign.safetensors"));
    QFile made(file);
    QVERIFY(made.open(QIODevice::WriteOnly) && made.write("a model") > 0);
    made.close();
    engine_->model->specToml.clear();  // it names no pictures
    auto* menu = child<QToolButton>("otherModel")->menu();
    QTimer::singleShot(0, this, [menu] {
      QTest::keyClick(menu, Qt::Key_Down);
      QTest::keyClick(menu, Qt::Key_Return);
    });
    QTest::mouseClick(child<QToolButton>("otherModel"), Qt::LeftButton);
    answerDialog(file);
    auto* choose = child<QPushButton>("chooseData");
    QTRY_VERIFY(choose->isVisible());
    QVERIFY(child<QLabel>("featuresProblem")->text().endsWith('.'));
    QVERIFY(!map()->placeOf(0));

    const QDir pictures(folder_->filePath(QStringLiteral("pictures")));
    QVERIFY(QDir().mkpath(pictures.filePath(QStringLiteral("grey"))));
    for (int i = 0; i < 40; ++i) {
      QImage picture(8, 8, QImage::Format_RGB32);
      picture.fill(QColor(6 * i, 255 - 6 * i, 40));
      QVERIFY(picture.save(pictures.filePath(QStringLiteral("grey/%1.png").arg(i))));
    }
    QTest::mouseClick(choose, Qt::LeftButton);
    answerDialog(pictures.path());
    QTRY_VERIFY(map()->placeOf(0));
    QVERIFY(!choose->isVisible());

    engine_->model->specToml = toToml(spec_);
    page_->setRun({});
    page_->setRun(run_);
    const int64_t of = store().details(run_).prepared.validationImages;
    QTRY_VERIFY(map()->placeOf(static_cast<int>(of) - 1));
  }

  void noRunIsASentence() {
    open();
    page_->setRun({});
    auto* sentence = child<QLabel>("noFeatures");
    QTRY_VERIFY(sentence->isVisible());
    QVERIFY(sentence->text().endsWith('.'));
  }

  void dataThatAreGoneAreASentence() {
    const CheckpointInfo before = *engine_->model;
    RunSpec spec = spec_;
    spec.data.name = "cifar10";
    spec.data.path = "/nowhere";
    engine_->model->specToml = toToml(spec);
    {
      RunStore writer(workspace_.toStdString(), StoreMode::ReadWrite);
      writer.setDataPath(run_, "/nowhere");
    }
    page_->setRun(run_);
    auto* problem = child<QLabel>("featuresProblem");
    QTRY_VERIFY(problem->isVisible());
    QVERIFY2(problem->text().contains(QStringLiteral("/nowhere")), qPrintable(problem->text()));
    *engine_->model = before;
  }

 private:
  template <class Widget>
  Widget* child(const char* name) const {
    return page_->view()->findChild<Widget*>(QString::fromLatin1(name));
  }
  ImageGrid* grid(const char* name) const { return child<ImageGrid>(name); }
  FeatureMap* map() const { return page_->view()->map(); }
  void answerDialog(const QString& path) const {
    QFileDialog* dialog = nullptr;
    QTRY_VERIFY((dialog = page_->view()->findChild<QFileDialog*>()) != nullptr && dialog->isVisible());
    auto* line = dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"));
    line->setText(path);
    QTest::keyClick(line, Qt::Key_Return);
    QTRY_VERIFY(!page_->view()->findChild<QFileDialog*>());
  }
  void open() {
    page_->setRun(run_);
    QTRY_VERIFY(map()->placeOf(0));
  }
  /// By a click on its point.
  void choose(int index) {
    QTest::mouseClick(map(), Qt::LeftButton, {}, map()->placeOf(index)->toPoint());
    QTRY_COMPARE(map()->current(), index);
  }
  /// As the page reads it.
  SharedFeatureReading read() const {
    const RunDetails run = store().details(run_);
    const CheckpointRow row = run.checkpoints.back();
    const auto file = std::filesystem::path(run.folder) / row.file;
    return readFeatures({engine_->openModel(file), run, row.step, file}, {}, false, {});
  }

  RunSpec spec_;
  RunId run_;
  std::shared_ptr<CountingEngine> engine_;
  std::unique_ptr<QWidget> window_;
  std::unique_ptr<StoreThread> reader_;
  std::unique_ptr<FeaturesPage> page_;
};

QTEST_MAIN(FeaturesPageTest)
#include "features_page_test.moc"
