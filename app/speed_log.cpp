#include "app/speed_log.h"

#include <unistd.h>

#include <QDate>
#include <QSysInfo>
#include <algorithm>
#include <fstream>
#include <string>

#include "app/settings.h"
#include "core/base/clock.h"
#include "core/base/parallel.h"
#include "core/run/environment.h"
#include "widgets/forms/estimates.h"

namespace scanline {

namespace {

/// CPU seconds that all programs have used since the machine started; nothing without /proc.
std::optional<double> busySeconds() {
  std::ifstream file("/proc/stat");
  std::string name;
  double user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, soft = 0;
  if (!(file >> name >> user >> nice >> system >> idle >> waiting >> irq >> soft)) return std::nullopt;
  return (user + nice + system + irq + soft) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

std::optional<double> MachineLoad::othersShare() {
  const auto now = std::chrono::steady_clock::now();
  const auto busy = busySeconds();
  if (!busy) return std::nullopt;
  const double own = cpuSeconds();
  const double elapsed = std::chrono::duration<double>(now - last_).count();
  const bool isFirst = last_ == std::chrono::steady_clock::time_point{};
  if (!isFirst && elapsed < 1) return std::nullopt;
  const double others = (*busy - busy_) - (own - own_);
  last_ = now;
  busy_ = *busy;
  own_ = own;
  if (isFirst) return std::nullopt;
  return std::clamp(others / (elapsed * static_cast<double>(hardwareThreads())), 0.0, 1.0);
}

SpeedLog::SpeedLog(Settings& settings)
    : SpeedLog(
          settings, [load = MachineLoad()]() mutable { return load.othersShare(); }, Clock::now) {}

SpeedLog::SpeedLog(Settings& settings, std::function<std::optional<double>()> othersShare,
                   std::function<Clock::time_point()> now)
    : settings_(settings), othersShare_(std::move(othersShare)), now_(std::move(now)) {}

QString SpeedLog::machine() {
  return QSysInfo::machineHostName();
}

void SpeedLog::note(const RunSummary& run, const RunSpec& spec, const RunPrepared& prepared, double imagesPerSecond) {
  constexpr double kUndisturbed = 0.1;
  const auto now = now_();
  const bool isNew = run.id != run_;
  if (!isNew && now - looked_ < std::chrono::seconds(10)) return;
  run_ = run.id;
  looked_ = now;
  const auto others = othersShare_();
  // The first look begins the ten seconds that the second one judges.
  if (isNew || run.ownedElsewhere || !others || *others > kUndisturbed) return;
  if (imagesPerSecond <= 0 || prepared.parameters <= 0 || prepared.positions <= 0 || spec.kind == RunKind::Vqvae)
    return;
  auto speeds = settings_.speeds();
  addSpeed(
      speeds,
      {.machine = QStringLiteral("%1, %2").arg(machine(), QString::fromStdString(environmentValue(prepared, "Device"))),
       .threads = QString::fromStdString(environmentValue(prepared, "Threads")).toInt(),
       .precision = QString::fromStdString(environmentValue(prepared, "Precision")),
       .layers = spec.model.layers,
       .width = spec.model.width,
       .positions = prepared.positions,
       .gflops = flopsPerStep(spec.model, prepared.parameters, prepared.positions, 1) * imagesPerSecond / 1e9,
       .day = QDate::currentDate()});
  settings_.setSpeeds(speeds);
}

}  // namespace scanline
