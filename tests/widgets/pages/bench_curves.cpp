// Times the Curves page with a run of a million points and with many runs. Made on demand:
//   cmake --build build/dev --target bench_curves && QT_QPA_PLATFORM=offscreen build/dev/tests/bench_curves
// "blocked" and "drawn" are milliseconds of the window's thread at work: until it can take the next event, and with the
// drawing of all charts, each median and most; "seen" is the time by the clock until then, which depends on the
// machine's other work.

#include <QAbstractButton>
#include <QApplication>
#include <QElapsedTimer>
#include <QSlider>
#include <QTest>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <functional>
#include <span>
#include <vector>

#include "widgets/pages/curves_view.h"
#include "widgets/parts/theme.h"
#include "widgets/plot/chart.h"

using namespace scanline;

namespace {

constexpr Curve kCurves[]{Curve::TrainLoss, Curve::LearningRate, Curve::GradientNorm, Curve::ImagesPerSecond};

std::vector<Point> noisy(int64_t count, int seed) {
  std::vector<Point> points;
  points.reserve(size_t(count));
  for (int64_t step = 1; step <= count; ++step) {
    const double wave = std::sin(double(step) * 12.9898 + seed) * 43758.5453;
    points.push_back({step, 1.3 + 1.5 * std::exp(-7.0 * double(step) / double(count)) + 0.1 * (wave - std::floor(wave)),
                      1'700'000'000'000 + 50 * step});
  }
  return points;
}

double threadMs() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e3 * double(time.tv_sec) + 1e-6 * double(time.tv_nsec);
}

/// Runs `act`, then draws everything that is due.
void time(const char* name, CurvesView& view, const std::function<void()>& act, int times = 5) {
  std::vector<double> blocked, drawn, seen;
  for (int turn = 0; turn < times; ++turn) {
    QElapsedTimer timer;
    timer.start();
    const double start = threadMs();
    act();
    blocked.push_back(threadMs() - start);
    for (Chart* chart : view.findChildren<Chart*>())
      if (chart->isVisible()) chart->flush();
    QCoreApplication::sendPostedEvents();
    QCoreApplication::processEvents();
    drawn.push_back(threadMs() - start);
    seen.push_back(double(timer.nsecsElapsed()) / 1e6);
    QTest::qWait(40);
  }
  for (auto* each : {&blocked, &drawn, &seen}) std::ranges::sort(*each);
  const size_t middle = blocked.size() / 2;
  std::printf("%-44s blocked %6.1f %6.1f   drawn %6.1f %6.1f   seen %7.1f\n", name, blocked[middle], blocked.back(),
              drawn[middle], drawn.back(), seen[middle]);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  applyTheme(application, ThemeChoice::Light);
  CurvesView view;
  view.resize(1100, 800);
  view.show();
  QTest::qWait(200);
  const auto million = noisy(1'000'000, 1);
  view.setRuns({{.id = 1, .name = QStringLiteral("long run"), .colour = 0}});
  constexpr size_t kAtOnce = 200'000;  // as the window's feed hands points over
  view.clear(1);
  size_t part = 0;
  time(
      "a run of a million points comes in 20 parts", view,
      [&] {
        const auto points = std::span(million).subspan(kAtOnce * (part % 5), kAtOnce);
        view.append(1, kCurves[part++ / 5], points);
      },
      20);
  auto* slider = view.findChild<QSlider*>(QStringLiteral("smoothing"));
  time("key of the smoothing slider", view, [&] { QTest::keyClick(slider, Qt::Key_Right); });
  auto* logX = view.findChild<QAbstractButton*>(QStringLiteral("logX"));
  time(
      "log x", view, [&] { logX->click(); }, 6);
  auto* logY = view.findChild<QAbstractButton*>(QStringLiteral("logY"));
  time(
      "log y", view, [&] { logY->click(); }, 6);
  time("redraw", view, [] {});

  std::vector<ChartRun> runs;
  for (int run = 1; run <= 50; ++run) {
    runs.push_back({.id = run, .name = QStringLiteral("run %1").arg(run), .colour = run});
    if (run != 20 && run != 50) continue;
    view.setRuns(runs);
    for (const ChartRun& each : runs)
      for (const Curve curve : kCurves) view.append(each.id, curve, noisy(3200, int(each.id)));
    QTest::qWait(300);
    if (run == 20)
      time("20 runs of 3 200 points: the 20th is ticked", view, [&] {
        auto fewer = runs;
        fewer.pop_back();
        view.setRuns(fewer);
        view.setRuns(runs);
        for (const Curve curve : kCurves) view.append(20, curve, noisy(3200, 20));
      });
    double at = 0;
    time(
        run == 20 ? "20 runs: pan" : "50 runs: pan", view,
        [&] {
          at += 10;
          for (Chart* chart : view.findChildren<Chart*>()) chart->setView({Span{at, at + 2000}, {}}, true);
        },
        40);
  }
  return 0;
}
