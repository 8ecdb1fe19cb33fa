// From the store's rows to the views, as the window joins them.
#include "app/run_feed.h"

#include <QLabel>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>

#include "app/run_pages.h"
#include "core/spec/spec_text.h"
#include "widgets/pages/codebook_view.h"
#include "widgets/pages/low_data_view.h"
#include "widgets/pages/results_view.h"
#include "widgets/pages/search_view.h"
#include "widgets/plot/chart.h"

using namespace scanline;

class RunFeedTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    const auto workspace = folder_->path().toStdString() + "/workspace";
    store_ = std::make_unique<RunStore>(workspace, StoreMode::ReadWrite);
    settings_ = std::make_unique<Settings>(folder_->path() + "/settings.ini");
    reader_ = std::make_unique<StoreThread>(workspace, StoreMode::ReadOnly);
    window_ = std::make_unique<QWidget>();
    window_->resize(1200, 800);
    views_ = new RunPages(*reader_, *settings_, window_.get());
    feed_ = new RunFeed(*reader_, window_.get());
    feed_->start();
    connect(feed_, &RunFeed::runUpdated, views_, &RunPages::take);
    connect(feed_, &RunFeed::changed, views_,
            [this](const WorkspaceNews& news) { views_->setSummaries(news.watched); });
  }
  void cleanup() {
    window_.reset();
    reader_.reset();
    store_.reset();
  }

  void everySeriesArrivesOnceUnderItsName() {
    const RunId run = create(RunKind::Pretrain);
    append(run, {Scalars{10, {{"GAN/real", 0.5}, {"test/loss", 1.5}}}});
    RunUpdate got;
    connect(feed_, &RunFeed::runUpdated, this, [&](const RunUpdate& update) { got = update; });
    feed_->setShown({run});
    QTRY_COMPARE(got.points.size(), size_t{2});
    QVERIFY(got.reset);
    QCOMPARE(got.points.at("GAN/real").front().value, 0.5);
    append(run, {Scalars{20, {{"GAN/real", 0.25}}}});
    got = {};
    feed_->refresh();
    QTRY_COMPARE(got.points.size(), size_t{1});
    QVERIFY(!got.reset);
    QCOMPARE(got.points.at("GAN/real").size(), size_t{1});
  }

  /// The first news count the runs, and later ones name those that changed.
  void newsNameWhatChanged() {
    const RunId first = create(RunKind::Pretrain), second = create(RunKind::Pretrain);
    std::vector<WorkspaceNews> got;
    connect(feed_, &RunFeed::changed, this, [&](const WorkspaceNews& news) { got.push_back(news); });
    feed_->setWatched({first});
    feed_->refresh();
    QTRY_COMPARE(feed_->count(), std::optional<int64_t>(2));
    QTRY_VERIFY(feed_->summary(first));
    got.clear();
    store_->rename(second, "better");
    feed_->refresh();
    QTRY_COMPARE(got.size(), size_t{1});
    QCOMPARE(got[0].changed, std::vector<RunId>{second});
    QCOMPARE(got[0].watched.size(), size_t{1});
    QVERIFY(!got[0].removed);
    got.clear();
    store_->setTrashed({first}, true);
    store_->purge(first);
    feed_->refresh();
    QTRY_VERIFY(!got.empty() && got.back().removed);
    QCOMPARE(got.back().gone, std::vector<RunId>{first});
    QCOMPARE(got.back().count, int64_t{1});
  }

  /// Choosing a run reads that run and its origin, and brings no news of the workspace.
  void choosingARunReadsThatRunAlone() {
    const RunId parent = create(RunKind::Pretrain);
    const RunId run = store_->create(toToml(RunSpec{}), parent, 0);
    QTRY_COMPARE(feed_->count(), std::optional<int64_t>(2));
    int news = 0, updates = 0;
    connect(feed_, &RunFeed::changed, this, [&] { ++news; });
    connect(feed_, &RunFeed::runUpdated, this, [&] { ++updates; });
    feed_->setShown({run});
    QTRY_COMPARE(updates, 1);
    QCOMPARE(news, 0);
    QVERIFY(feed_->summary(run));
    QVERIFY(feed_->summary(parent));
  }

  /// A run chosen while a look is under way arrives, although nothing more happens in the store.
  void aRunChosenDuringALookArrives() {
    const RunId first = create(RunKind::Pretrain), second = create(RunKind::Pretrain);
    std::vector<RunId> got;
    connect(feed_, &RunFeed::runUpdated, this, [&](const RunUpdate& update) { got.push_back(update.run); });
    feed_->setShown({first});
    feed_->setShown({second});
    QTRY_VERIFY(std::ranges::find(got, second) != got.end());
  }

  /// The facts of a long run do not wait for its points, which come in parts, each once and in order. These lie beyond
  /// the step of the run, as imported ones can.
  void aLongSeriesArrivesInParts() {
    constexpr int64_t kPoints = 120'000;
    const RunId run = create(RunKind::Pretrain);
    std::vector<TrainEvent> points;
    for (int64_t step = 1; step <= kPoints; ++step) points.emplace_back(Scalars{step, {{"train/loss", 1.5}}});
    append(run, points);
    append(run, {Scalars{1, {{"validation/loss", 2.5}}}});  // behind the long series
    QVERIFY(store_->run(run).step < kPoints);
    std::vector<int64_t> steps;
    int resets = 0, parts = 0, announced = 0, validations = 0;
    connect(feed_, &RunFeed::runUpdated, this, [&](const RunUpdate& update) {
      resets += update.reset ? 1 : 0;
      validations += update.points.contains("validation/loss") ? 1 : 0;
      if (!update.points.contains("train/loss")) return;
      ++parts;
      if (const auto all = update.expected.find("train/loss"); all != update.expected.end())
        announced += all->second == kPoints ? 1 : 0;
      for (const Point& point : update.points.at("train/loss")) steps.push_back(point.step);
    });
    feed_->setShown({run});
    QTRY_COMPARE(validations, 1);
    QCOMPARE(resets, 1);
    QVERIFY(parts > 1);
    QCOMPARE(announced, parts - 1);  // with each part but the last
    QCOMPARE(std::ssize(steps), kPoints);
    for (int64_t at = 0; at < kPoints; ++at) QCOMPARE(steps[static_cast<size_t>(at)], at + 1);
  }

  /// However many long runs are chosen at once, no look brings more points than the window takes in a moment.
  void longRunsShareALook() {
    struct Looks : QObject {
      int64_t points = 0, most = 0, sum = 0;
      bool eventFilter(QObject*, QEvent* event) override {
        if (event->type() == QEvent::MetaCall) points = 0;  // an answer comes
        return false;
      }
    } looks;
    constexpr int64_t kPoints = 130'000;
    std::vector<TrainEvent> events;
    for (int64_t step = 1; step <= kPoints; ++step) events.emplace_back(Scalars{step, {{"train/loss", 1.5}}});
    const std::vector<RunId> runs{create(RunKind::Pretrain), create(RunKind::Pretrain), create(RunKind::Pretrain)};
    for (const RunId run : runs) append(run, events);
    qApp->installEventFilter(&looks);
    connect(feed_, &RunFeed::runUpdated, &looks, [&](const RunUpdate& update) {
      const auto points = update.points.find("train/loss");
      if (points == update.points.end()) return;
      looks.points += std::ssize(points->second);
      looks.sum += std::ssize(points->second);
      looks.most = std::max(looks.most, looks.points);
    });
    feed_->setShown(runs);
    QTRY_COMPARE(looks.sum, 3 * kPoints);
    QVERIFY2(looks.most <= 200'000, qPrintable(QString::number(looks.most)));
    append(runs.back(), {Scalars{kPoints + 1, {{"train/loss", 1.5}}}});
    feed_->refresh();
    QTRY_COMPARE(looks.sum, 3 * kPoints + 1);
  }

  /// A search, say, that starts anew has fewer trials than were shown.
  void seriesThatWentBackAreReadWhole() {
    const RunId run = create(RunKind::Pretrain);
    append(run, {Scalars{1, {{"search/loss", 1.5}}}, Scalars{2, {{"search/loss", 1.25}}}});
    RunUpdate got;
    connect(feed_, &RunFeed::runUpdated, this, [&](const RunUpdate& update) { got = update; });
    feed_->setShown({run});
    QTRY_COMPARE(got.points.size(), size_t{1});
    store_->truncateAfter(run, 1);
    got = {};
    feed_->refresh();
    QTRY_VERIFY(got.reset);
    QCOMPARE(got.points.at("search/loss").size(), size_t{1});
  }

  /// The best layer's row comes again with its accuracy on the test images, after all layers are there.
  void aProbedLayerThatIsToldOnceMoreArrivesAgain() {
    const RunId run = create(RunKind::Probe);
    std::vector<TrainEvent> layers;
    for (int64_t layer = 0; layer <= store_->run(run).layers; ++layer)
      layers.emplace_back(ProbeResult{.step = 10, .layer = layer});
    append(run, layers);
    RunUpdate got;
    connect(feed_, &RunFeed::runUpdated, this, [&](const RunUpdate& update) { got = update; });
    feed_->setShown({run});
    QTRY_COMPARE(got.probes.size(), layers.size());
    got = {};
    append(run, {ProbeResult{.step = 10, .layer = 1, .testAccuracy = 0.5}});
    feed_->refresh();
    QTRY_VERIFY(!got.probes.empty());
    QVERIFY(std::ranges::find(got.probes, std::optional(0.5), &ProbeResult::testAccuracy) != got.probes.end());
  }

  /// Of a run whose spec asks for some layers only, too.
  void aProbeThatDidNotChangeIsNotToldAgain() {
    const RunId run = create(RunKind::Pretrain);
    append(run, {ProbeResult{.step = 10, .layer = 0}, ProbeResult{.step = 10, .layer = 1}});
    RunUpdate got;
    connect(feed_, &RunFeed::runUpdated, this, [&](const RunUpdate& update) { got = update; });
    feed_->setShown({run});
    QTRY_COMPARE(got.probes.size(), size_t{2});
    got = {};
    append(run, {Scalars{20, {{"test/loss", 1.5}}}});
    feed_->refresh();
    QTRY_COMPARE(got.points.size(), size_t{1});
    QVERIFY(got.probes.empty());
  }

  void aLowDataRunFillsTheResultsPage() {
    const RunId run = create(RunKind::LowData);
    append(run, {LowDataResult{4, 0, 2, 0.5, 1}, LowDataResult{4, 1, 2, 0.75, 1}});
    show(run);
    auto* results = window_->findChild<ResultsView*>();
    QTRY_COMPARE(results->rows().size(), size_t{2});
    QCOMPARE(results->part(), ResultsView::Part::LowData);
    QVERIFY(!results->lowData()->findChild<Chart*>()->lines().empty());
  }

  void aCodebookGrowsWithTheRun() {
    const RunId run = create(RunKind::Vqvae);
    append(run, {prepared(), CodebookUse{10, {5, 0, 0}}});
    show(run);
    auto* codebook = window_->findChild<CodebookView*>();
    QTRY_COMPARE(codebook->usedCodes(), 1);
    append(run, {CodebookUse{20, {5, 1, 1}}});
    feed_->refresh();
    QTRY_COMPARE(codebook->usedCodes(), 3);
  }

  void anotherRunForgetsTheNumbers() {
    const RunId first = create(RunKind::Finetune), second = create(RunKind::Pretrain);
    append(first, {Evaluation{10, 1.5, 0.5}});
    show(first);
    auto* results = window_->findChild<ResultsView*>();
    QTRY_VERIFY(!results->rows().empty());
    show(second);
    QTRY_VERIFY(results->rows().empty());
  }

  /// Its settings cannot be read; news of it come five times a second.
  void aRunOfALaterVersionSaysSoOnce() {
    const RunId run = create(RunKind::Pretrain);
    QStringList said;
    connect(views_, &RunPages::failed, this, [&](const QString& sentence) { said << sentence; });
    views_->setShown({run}, run, store_->runs());
    RunUpdate update{.run = run, .reset = true};
    update.details = store_->details(run);
    update.details.specToml = "kind = \"of-tomorrow\"";
    for (int i = 0; i < 5; ++i) {
      views_->take(update);
      update.reset = false;
    }
    QCOMPARE(said.size(), 1);
    QVERIFY2(said.front().contains("of-tomorrow"), qPrintable(said.front()));
  }

 private:
  RunId create(RunKind kind) {
    RunSpec spec;
    spec.kind = kind;
    return store_->create(toToml(spec));
  }
  void append(RunId run, const std::vector<TrainEvent>& events) { store_->append(run, events); }
  static RunPrepared prepared() {
    return {.trainImages = 10, .width = 2, .height = 2, .parameters = 5, .palette = {{-1, -1, -1}, {1, 1, 1}}};
  }
  void show(RunId run) {
    views_->setShown({run}, run, store_->runs());
    feed_->setShown({run});
  }

  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<RunStore> store_;
  std::unique_ptr<Settings> settings_;
  std::unique_ptr<StoreThread> reader_;
  std::unique_ptr<QWidget> window_;
  RunPages* views_ = nullptr;
  RunFeed* feed_ = nullptr;
};

QTEST_MAIN(RunFeedTest)
#include "run_feed_test.moc"
