// The window on a workspace of many runs: a person's waiting times, by real events. Prints a table. The workspace is a
// temporary one, or is in a named folder and made there only once. With --training a process of its own trains in the
// workspace: without the window and beside it, in turn, and once more while keys are pressed.
//   bench_window --workspace DIR --runs 100000
//   bench_window --workspace DIR --training --steps 100 --rounds 2
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <QApplication>
#include <QElapsedTimer>
#include <QHeaderView>
#include <QLineEdit>
#include <QMetaEnum>
#include <QProcess>
#include <QSlider>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <functional>
#include <numeric>
#include <thread>

#include "app/main_window.h"
#include "core/base/error.h"
#include "core/spec/presets.h"
#include "core/spec/spec_text.h"
#include "experiments/cli/synthetic_store.h"
#include "widgets/lists/filter_box.h"
#include "widgets/lists/inspector.h"
#include "widgets/lists/run_table.h"
#include "widgets/pages/curve_keys.h"
#include "widgets/plot/chart.h"

namespace scanline {
namespace {

/// Knows when something was painted last, and which event took longest.
class WatchedApplication : public QApplication {
 public:
  using QApplication::QApplication;
  bool notify(QObject* receiver, QEvent* event) override {
    const bool outermost = depth_++ == 0;
    QElapsedTimer took;
    if (outermost) took.start();
    const QEvent::Type type = event->type();
    const bool handled = QApplication::notify(receiver, event);
    if (type == QEvent::Paint) lastPaint_.start();
    --depth_;
    if (outermost && static_cast<double>(took.nsecsElapsed()) / 1e6 > longest_) {
      longest_ = static_cast<double>(took.nsecsElapsed()) / 1e6;
      longestType_ = type;
    }
    return handled;
  }
  bool paintedSince(const QElapsedTimer& clock) const {
    return lastPaint_.isValid() && lastPaint_.elapsed() < clock.elapsed();
  }
  qint64 sincePaintMs() const { return lastPaint_.isValid() ? lastPaint_.elapsed() : 1'000'000; }
  double takeLongest() { return std::exchange(longest_, 0); }
  /// The event that takeLongest() speaks of.
  QEvent::Type longestType() const { return longestType_; }

 private:
  int depth_ = 0;
  QElapsedTimer lastPaint_;
  double longest_ = 0;
  QEvent::Type longestType_ = QEvent::None;
};

WatchedApplication& app() {
  return *static_cast<WatchedApplication*>(QCoreApplication::instance());
}

double cpuMs(int who) {
  rusage usage{};
  getrusage(who, &usage);
  const auto ms = [](const timeval& time) {
    return 1e3 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e3;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

double residentMb() {
  std::ifstream file("/proc/self/statm");
  double total = 0, resident = 0;
  file >> total >> resident;
  return resident * 4096 / 1e6;
}

/// Milliseconds until `ready`.
double until(const std::function<bool()>& ready, double limitMs = 20'000) {
  QElapsedTimer clock;
  clock.start();
  while (!ready() && static_cast<double>(clock.elapsed()) < limitMs)
    QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 1);
  return static_cast<double>(clock.nsecsElapsed()) / 1e6;
}

/// Milliseconds from `act` to the last paint that follows it.
double untilPainted(const std::function<void()>& act, qint64 quietMs = 150) {
  QElapsedTimer clock;
  clock.start();
  act();
  while (clock.elapsed() < quietMs || (app().sincePaintMs() < quietMs && clock.elapsed() < 20'000)) {
    QCoreApplication::processEvents(QEventLoop::AllEvents, 1);
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return std::max<double>(0, static_cast<double>(clock.elapsed() - app().sincePaintMs()));
}

struct Times {
  std::vector<double> ms;
  double at(double share) {
    std::sort(ms.begin(), ms.end());
    return ms.empty() ? 0 : ms[std::min(ms.size() - 1, static_cast<size_t>(share * static_cast<double>(ms.size())))];
  }
};

void print(const char* what, const std::string& value, const char* bar) {
  std::printf("%-58s %24s   %s\n", what, value.c_str(), bar);
  std::fflush(stdout);
}
std::string ms(double value) {
  return std::to_string(std::lround(value)) + " ms";
}
void print(const char* what, Times times, const char* bar) {
  print(what, ms(times.at(0.5)) + ", " + ms(times.at(0.95)) + ", " + ms(times.at(1)), bar);
}

constexpr int kKeyMs = 80;  // from one key to the next: 150 words a minute

class Bench {
 public:
  Bench(const QString& workspace, Settings& settings) : workspace_(workspace) {
    QElapsedTimer clock;
    clock.start();
    window_ = std::make_unique<MainWindow>(workspace, settings,
                                           []() -> std::shared_ptr<Engine> { throw Error("no engine here"); });
    window_->resize(1440, 900);
    window_->show();
    until([&] { return app().paintedSince(clock); });
    print("first paint", ms(static_cast<double>(clock.elapsed())), "350 ms");
    table_ = window_->findChild<RunTable*>();
    view_ = table_->findChild<QTreeView*>();
    box_ = table_->filter()->line();
    inspector_ = window_->findChild<Inspector*>();
    until([&] { return rows() > 0 && view_->model()->index(0, 0).data().isValid(); });
    print("first rows", ms(static_cast<double>(clock.elapsed())), "500 ms");
    until([&] { return inspector_->run().value != 0; });
    const double sofar = static_cast<double>(clock.elapsed());
    print("all drawn", ms(sofar + untilPainted([] {})), "800 ms");
    print("memory after the start", std::to_string(std::lround(residentMb())) + " MB", "120 MB");
    app().takeLongest();
  }

  void filter(const char* title, const char* bar) {
    Times keys, lists;
    for (const char* question :
         {"cifar", "lr < 1e-3 and best(validation/loss) < 1.5", "layers in 4..8 deep", "tag:best"}) {
      for (const char letter : std::string(question)) {
        const RunListRequest before = table_->request();
        QElapsedTimer clock;
        clock.start();
        QTest::keyClick(box_, letter);
        keys.ms.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
        if (table_->request() == before) continue;  // not a question yet
        const double waited = until([&] { return table_->isUpToDate(); });
        lists.ms.push_back(keys.ms.back() + waited);
        QTest::qWait(kKeyMs);
      }
      box_->clear();
      until([&] { return table_->isUpToDate(); });
    }
    print(title, keys, bar);
    print("  until the list shows the answer", lists, bar);
  }

  void selection() {
    view_->setFocus();
    Times times;
    for (int i = 0; i < 30; ++i) {
      QElapsedTimer clock;
      clock.start();
      QTest::keyClick(view_, Qt::Key_Down);
      until([&] { return inspector_->run() == table_->current(); });
      times.ms.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
      QTest::qWait(30);
    }
    print("Down: until the inspector is complete", times, "50 ms");
  }

  void sorting() {
    table_->setCompact(false);
    Times times;
    for (int column = 0; column < view_->model()->columnCount(); ++column) {
      QElapsedTimer clock;
      clock.start();
      view_->sortByColumn(column, Qt::AscendingOrder);
      until([&] { return table_->isUpToDate(); });
      times.ms.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
    }
    print("sort by each column", times, "100 ms");
    view_->sortByColumn(view_->model()->columnCount() - 1, Qt::DescendingOrder);
    until([&] { return table_->isUpToDate(); });
    table_->setCompact(true);
  }

  void scrolling() {
    Times times;
    for (const int key : {Qt::Key_End, Qt::Key_Home, Qt::Key_PageDown, Qt::Key_PageDown})
      times.ms.push_back(untilPainted([&] { QTest::keyClick(view_, static_cast<Qt::Key>(key)); }));
    print("End, Home, page down: until all is drawn", times, "50 ms");
  }

  void ticking() {
    view_->setFocus();
    QTest::keyClick(view_, Qt::Key_Home);
    Times times;
    double twentieth = 0;
    for (int i = 0; i < 20; ++i) {
      QTest::keyClick(view_, Qt::Key_Down);
      QTest::qWait(150);
      twentieth = untilPainted([&] { QTest::keyClick(view_, Qt::Key_Space); });
      times.ms.push_back(twentieth);
    }
    print("ticking 20 runs: until all is drawn", times, "50 ms");
    print("  the 20th", ms(twentieth), "50 ms");
    table_->setOverlay({});
    QTest::qWait(100);
  }

  void blocks(const char* what) {
    const char* type = QMetaEnum::fromType<QEvent::Type>().valueToKey(app().longestType());
    print(what, ms(app().takeLongest()) + " (" + (type ? type : "?") + ")", "50 ms");
  }

  /// Another process trains: points five times a second, a validation now and then.
  void besideTraining() {
    std::atomic<bool> stop = false;
    std::atomic<double> writerMs = 0;
    std::thread writer([&] {
      RunStore store(workspace_.toStdString(), StoreMode::ReadWrite);
      RunSpec spec = preset("quick-start").spec;
      spec.name = "trains elsewhere";
      const RunId run = store.create(toToml(spec));
      store.own(run);
      store.append(run, std::vector<TrainEvent>{StateChanged{RunState::Running, ""}});
      for (int64_t step = 1; !stop; ++step) {
        store.append(run, std::vector<TrainEvent>{Scalars{step, {{"train/loss", 2.0 / static_cast<double>(step)}}}});
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        writerMs = cpuMs(RUSAGE_THREAD);
      }
      store.append(run, std::vector<TrainEvent>{StateChanged{RunState::Stopped, ""}});
    });
    QTest::qWait(2000);
    app().takeLongest();
    const double cpu = cpuMs(RUSAGE_SELF) - writerMs;
    QElapsedTimer clock;
    clock.start();
    QTest::qWait(6000);
    const double share = 100 * (cpuMs(RUSAGE_SELF) - writerMs - cpu) / static_cast<double>(clock.elapsed());
    print("CPU of the window while points are stored", std::to_string(share).substr(0, 4) + " %", "5 %");
    keysMeanwhile();
    stop = true;
    writer.join();
  }

  void keysMeanwhile() {
    filter("key in the filter meanwhile (median, 95 %, most)", "50 ms");
    selection();
    Times pages;
    auto* tabs = window_->findChild<QTabWidget*>();
    for (int page = 1; page <= tabs->count(); ++page) {
      QElapsedTimer turn;
      turn.start();
      tabs->setCurrentIndex(page % tabs->count());
      QCoreApplication::processEvents();
      pages.ms.push_back(static_cast<double>(turn.nsecsElapsed()) / 1e6);
    }
    print("page change meanwhile", pages, "50 ms");
  }

  void select(RunId run) {
    table_->select({run});
    until([&] { return inspector_->run() == run; });
  }

  /// By the way of any run: parts from the store, and smoothing on other threads.
  void longRun(RunId run, int64_t points) {
    const auto charts = window_->findChildren<Chart*>();  // once: looking for them takes a while
    const auto known = [&] {
      int64_t most = 0;
      for (const Chart* chart : charts)
        for (const auto& [key, line] : chart->lines())
          if (!isMeanKey(key) && runOfKey(key) == run.value) most = std::max(most, std::ssize(line.series));
      return most;
    };
    app().takeLongest();
    QElapsedTimer clock;
    clock.start();
    table_->select({run});
    until([&] { return known() > 0; });
    QElapsedTimer came;
    came.start();
    until([&] { return app().paintedSince(came); });
    print("open the longest run: until its first points are drawn", ms(static_cast<double>(clock.elapsed())), "200 ms");
    until([&] { return known() >= points; });
    const auto allCame = static_cast<double>(clock.elapsed());
    print("  until all have come", ms(allCame), "");
    print("  until all are drawn", ms(allCame + untilPainted([] {})), "200 ms");
    blocks("longest block meanwhile");
    auto* slider = window_->findChild<QSlider*>(QStringLiteral("smoothing"));
    Times keys;
    for (int turn = 0; turn < 5; ++turn) {
      QElapsedTimer key;
      key.start();
      QTest::keyClick(slider, Qt::Key_Right);
      keys.ms.push_back(static_cast<double>(key.nsecsElapsed()) / 1e6);
      untilPainted([] {});
    }
    print("  key of the smoothing slider", keys, "50 ms");
    blocks("longest block after such a key");
  }

 private:
  int rows() const { return view_->model()->rowCount(); }

  QString workspace_;
  std::unique_ptr<MainWindow> window_;
  RunTable* table_ = nullptr;
  QTreeView* view_ = nullptr;
  QLineEdit* box_ = nullptr;
  Inspector* inspector_ = nullptr;
};

/// A quick start, by the terminal's program.
class Training {
 public:
  Training(const QString& program, const QString& workspace, int64_t steps) : workspace_(workspace) {
    process_.setProcessChannelMode(QProcess::MergedChannels);
    process_.start(program, {"train", "quick-start", "--workspace", workspace, "--set",
                             QStringLiteral("train.steps=%1").arg(steps), "--set", "optimizer.warmupSteps=10"});
    if (!process_.waitForStarted()) throw Error("cannot start " + program.toStdString());
  }
  ~Training() {
    if (process_.state() == QProcess::NotRunning) return;
    process_.terminate();
    process_.waitForFinished(20'000);
  }
  /// Once it has done its first step. Waiting takes no time of the processor: that would be measured, too.
  RunId run() {
    RunId found;
    while (found.value == 0 && process_.state() != QProcess::NotRunning) {
      QTest::qWait(100);
      const RunStore store(workspace_.toStdString(), StoreMode::ReadOnly);
      for (const RunSummary& each : store.active())
        if (each.step > 0) found = each.id;
    }
    if (found.value == 0) throw Error("it does not train: " + process_.readAll().toStdString());
    return found;
  }
  /// Milliseconds from its first step to its last.
  double untilDone() {
    const RunId run = this->run();
    while (process_.state() != QProcess::NotRunning) QTest::qWait(100);
    const RunStore store(workspace_.toStdString(), StoreMode::ReadOnly);
    const auto points = store.points(run, series::kTrainLoss, -1);
    if (points.size() < 2) throw Error("it did not train: " + process_.readAll().toStdString());
    return static_cast<double>(points.back().timeMs - points.front().timeMs);
  }

 private:
  QString workspace_;
  QProcess process_;
};

int trainBeside(const QString& workspace, Settings& settings, const QString& program, int64_t steps, int rounds) {
  double alone = 0, beside = 0, windowMs = 0;
  for (int round = 0; round < rounds; ++round) {
    alone += Training(program, workspace, steps).untilDone();
    Bench bench(workspace, settings);
    QTest::qWait(3000);  // it has read ahead
    Training training(program, workspace, steps);
    const RunId run = training.run();
    if (round % 2 == 1) bench.select(run);
    const double before = cpuMs(RUSAGE_SELF);
    const double took = training.untilDone();
    const double own = cpuMs(RUSAGE_SELF) - before;
    beside += took;
    windowMs += own;
    print(round % 2 == 1 ? "CPU of the window while another process trains, its run selected"
                         : "CPU of the window while another process trains",
          std::to_string(100 * own / took).substr(0, 4) + " %", "5 %");
  }
  print("that training, against the one without a window", std::to_string(beside / alone).substr(0, 5) + " times",
        "1.03");
  Bench bench(workspace, settings);
  QTest::qWait(3000);
  Training training(program, workspace, 100'000);
  bench.select(training.run());
  app().takeLongest();
  bench.keysMeanwhile();
  bench.blocks("longest block beside a training");
  return 0;
}

int run(int argc, char** argv) {
  std::string workspace;
  int64_t runs = 100'000, points = 1'000'000;
  CLI::App options("The window on a workspace of many runs.");
  options.add_option("--workspace", workspace, "Folder with the runs, made if it is not there [a temporary one]")
      ->type_name("DIR");
  options.add_option("--runs", runs);
  options.add_option("--points", points, "of the longest run");
  bool training = false;
  int64_t steps = 100;
  int rounds = 2;
  std::string program;
  options.add_flag("--training", training, "measure beside a training of another process");
  options.add_option("--steps", steps, "of that training");
  options.add_option("--rounds", rounds, "without the window and beside it, so many times");
  options.add_option("--program", program, "scanline-cli [that of this build]");
  CLI11_PARSE(options, argc, argv);
  const QTemporaryDir folder;
  if (workspace.empty()) workspace = folder.filePath("workspace").toStdString();
  makeSyntheticStore(workspace, {.runs = runs, .points = points}, [](int64_t) {});  // or the one made before
  if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  WatchedApplication application(argc, argv);
  QApplication::setCursorFlashTime(0);
  applyTheme(application, ThemeChoice::Light);
  Settings settings(folder.path() + "/settings.ini");
  std::printf("%-58s %24s   %s\n", "", "median, 95 %, most", "bar");
  if (training) {
    const QString cli = program.empty() ? QCoreApplication::applicationDirPath() + "/../bin/scanline-cli"
                                        : QString::fromStdString(program);
    return trainBeside(QString::fromStdString(workspace), settings, cli, steps, rounds);
  }
  Bench bench(QString::fromStdString(workspace), settings);
  QTest::qWait(1000);  // a person has seen the list before typing; words are read ahead meanwhile
  bench.filter("key in the filter, 12 a second", "16, 50 ms");
  bench.selection();
  bench.sorting();
  bench.scrolling();
  bench.blocks("longest block of the window until here");
  bench.ticking();
  bench.blocks("longest block while ticking");
  bench.longRun({runs}, points);
  bench.besideTraining();
  bench.blocks("longest block beside a training");
  print("memory at the end", std::to_string(std::lround(residentMb())) + " MB", "");
  return 0;
}

}  // namespace
}  // namespace scanline

int main(int argc, char** argv) {
  try {
    return scanline::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
