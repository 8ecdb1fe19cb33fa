// Runs of a cluster in the whole window: its settings, the choice of the form, what the list shows, and how a run is
// stopped. Slurm's programs are scripts here, but for one test that starts a real one, as test slurm does.
#include <QApplication>
#include <QCheckBox>
#include <QDialogButtonBox>
#include <QLineEdit>
#include <QPushButton>
#include <QTest>
#include <fstream>

#include "app/cluster_dialog.h"
#include "core/jobs/run_files.h"
#include "core/jobs/slurm.h"
#include "tests/app/open_window_test.h"
#include "tests/support/slurm_cluster.h"
#include "widgets/forms/new_run_page.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/run_text.h"

using namespace scanline;
namespace fs = std::filesystem;

class WindowClusterTest : public QObject, OpenWindowTest {
  Q_OBJECT
 private slots:
  void init() {
    makeWorkspace();
    tools_ = fs::path(folder_->path().toStdString()) / "tools";
    fs::create_directories(tools_);
    program("sbatch", "echo 42");
    program("squeue", "cat " + (tools_ / "jobs").string());
    program("scancel", "echo $1 > " + (tools_ / "cancelled").string());
    program("scontrol", "exit 1");
    jobs("42|PENDING|Resources\n");
    path_ = qgetenv("PATH");
    qputenv("PATH", QByteArray::fromStdString(tools_.string()) + ":" + path_);
  }
  void cleanup() {
    window_->finishWriting();
    window_.reset();
    qputenv("PATH", path_);
  }

  void aRunOfTheFormGoesToTheClusterAndIsStoppedThere() {
    writeClusterSettings(workspace_.toStdString(), {.folder = shared().string()});
    openWindow();
    showForm();
    QTRY_VERIFY_WITH_TIMEOUT((showForm(), box()->isVisible()), 60000);  // once the settings were read
    window_->findChild<NewRunPage*>()->setSpec(fakeSpec("far"), "a test");
    QTest::mouseClick(box(), Qt::LeftButton, {}, QPoint(8, box()->height() / 2));
    QVERIFY(box()->isChecked());
    QVERIFY(!window_->findChild<QCheckBox*>("ownProcess")->isEnabled());
    auto* start = window_->findChild<QPushButton*>("start");
    QTRY_VERIFY(start->isEnabled());
    QTest::mouseClick(start, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(isThere() && store().run({1}).clusterJob == "42", 60000);
    QVERIFY(store().jobs().empty());
    QTRY_VERIFY_WITH_TIMEOUT(text::outcome(store().run({1})) == "Job 42 waits: Resources.", 60000);

    const fs::path folder = store().clusterRun({1})->folder;
    QVERIFY(std::ranges::any_of(fs::directory_iterator(folder), [](const fs::directory_entry& entry) {
      return entry.path().filename().string().starts_with("job-") && entry.path().extension() == ".sh";
    }));
    EventFile events(folder);
    events.write(StateChanged{RunState::Running, ""});
    events.write(StepStats{.step = 3, .loss = 2});
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(1), RunState::Running, 60000);
    QVERIFY(text::outcome(store().run({1})).contains("job 42 of the cluster"));
    window_->findChild<RunTable*>()->select({{1}});
    choose(*window_, "Stop");
    QTRY_VERIFY_WITH_TIMEOUT(isRequested(folder, kStopRequest), 60000);
    QVERIFY(!fs::exists(tools_ / "cancelled"));  // it is asked, and ends by itself
    fs::create_directories(folder / "checkpoints");
    std::ofstream(folder / "checkpoints/step-3.safetensors") << "weights";
    events.write(CheckpointSaved{3, "checkpoints/step-3.safetensors", 7, 2.5, "stopped"});
    events.write(StateChanged{RunState::Stopped, ""});
    jobs("");
    QTRY_VERIFY_WITH_TIMEOUT(!store().run({1}).onCluster, 60000);
    QCOMPARE(stateOf(1), RunState::Stopped);

    window_->findChild<RunTable*>()->select({{1}});
    choose(*window_, "Train on the cluster");
    QTRY_VERIFY_WITH_TIMEOUT(store().run({1}).onCluster && store().run({1}).clusterJob == "42", 60000);
  }

  /// The same with a real Slurm, by the window alone: the run trains there, is seen, stopped, and goes on.
  void aRunOfTheFormIsTrainedByARealSlurm() {
    qputenv("PATH", path_);  // without the scripts
    QString why;
    const auto slurm = SlurmCluster::start(why);
    if (!slurm) QSKIP(qPrintable(QStringLiteral("There is no Slurm here: %1.").arg(why)));
    constexpr int kPatience = 240'000;  // ms; the machine may be busy
    writeClusterSettings(workspace_.toStdString(), {.folder = shared().string()});
    openWindow();
    showForm();
    QTRY_VERIFY_WITH_TIMEOUT((showForm(), box()->isVisible()), kPatience);
    RunSpec spec = fakeSpec("far");
    spec.data.limit = 120;
    spec.palette.size = 4;
    spec.model.width = 8;
    spec.model.heads = 1;
    spec.train = {.steps = 100'000'000, .batchSize = 8, .evaluateEvery = 200, .checkpointEvery = 200};
    spec.train.evaluateImages = 8;
    window_->findChild<NewRunPage*>()->setSpec(spec, "a test");
    QTest::mouseClick(box(), Qt::LeftButton, {}, QPoint(8, box()->height() / 2));
    QVERIFY(box()->isChecked());
    auto* start = window_->findChild<QPushButton*>("start");
    QTRY_VERIFY(start->isEnabled());
    QTest::mouseClick(start, Qt::LeftButton);
    int64_t step = 5;
    for (const bool isSecond : {false, true}) {
      QTRY_VERIFY_WITH_TIMEOUT(isThere() && stateOf(1) == RunState::Running && store().run({1}).step > step, kPatience);
      QVERIFY(text::outcome(store().run({1})).contains("of the cluster"));
      window_->findChild<RunTable*>()->select({{1}});
      choose(*window_, "Stop");
      QTRY_VERIFY_WITH_TIMEOUT(stateOf(1) == RunState::Stopped && !store().run({1}).onCluster, kPatience);
      step = store().checkpoints({1}).back().step;
      QCOMPARE(step, store().run({1}).step);
      if (isSecond) break;
      window_->findChild<RunTable*>()->select({{1}});
      choose(*window_, "Train on the cluster");
    }
    const auto points = store().points({1}, series::kTrainLoss, -1);
    for (size_t i = 0; i < points.size(); ++i) QCOMPARE(points[i].step, int64_t(i) + 1);
  }

  void theSettingsAreADialog() {
    openWindow();
    choose(*window_, "Cluster…");
    QTRY_VERIFY(window_->findChild<ClusterDialog*>());
    auto* dialog = window_->findChild<ClusterDialog*>();
    QTRY_VERIFY(dialog->isVisible());
    auto* folder = dialog->findChild<QLineEdit*>("clusterFolder");
    folder->setFocus();
    QTest::keyClicks(folder, QString::fromStdString(shared().string()));
    QTest::mouseClick(dialog->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok), Qt::LeftButton);
    QTRY_COMPARE(readClusterSettings(workspace_.toStdString()).folder, shared().string());
    QTRY_VERIFY((showForm(), box()->isVisible()));
  }

  void withoutAClusterThereIsNoChoice() {
    addRun(fakeSpec("waits"));
    openWindow();
    showForm();
    QVERIFY(!box()->isVisible());
    window_->findChild<RunTable*>()->select({{1}});
    for (auto* each : window_->findChildren<QAction*>())
      if (each->text().remove('&') == "Train on the cluster") QVERIFY(!each->isEnabled());
  }

 private:
  void program(const char* name, const std::string& line) const {
    std::ofstream(tools_ / name) << "#!/bin/sh\n" << line << "\n";
    fs::permissions(tools_ / name, fs::perms::owner_all);
  }
  /// Whole or not at all: the window may read it just now.
  void jobs(const std::string& text) const {
    std::ofstream(tools_ / "jobs.new") << text;
    fs::rename(tools_ / "jobs.new", tools_ / "jobs");
  }
  fs::path shared() const { return fs::path(folder_->path().toStdString()) / "shared"; }
  bool isThere() const { return store().count(false) == 1; }
  void showForm() const { choose(*window_, "New run…"); }
  QCheckBox* box() const { return window_->findChild<QCheckBox*>("onCluster"); }

  fs::path tools_;
  QByteArray path_;
};

QTEST_MAIN(WindowClusterTest)
#include "window_cluster_test.moc"
