#include "widgets/forms/speeds.h"

#include <algorithm>
#include <cmath>

#include "core/spec/spec_text.h"

namespace scanline {

namespace {

constexpr QLatin1Char kBetween(';');

bool haveSameShape(const MeasuredSpeed& a, const MeasuredSpeed& b) {
  return a.machine == b.machine && a.threads == b.threads && a.precision == b.precision && a.layers == b.layers &&
         a.width == b.width && a.positions == b.positions;
}

/// How far two models are apart: octaves of width, layers and positions. Width decides most about the speed.
double distance(const MeasuredSpeed& speed, const ModelSpec& model, int64_t positions) {
  const auto octaves = [](int64_t a, int64_t b) {
    return std::abs(
        std::log2(static_cast<double>(std::max<int64_t>(1, a)) / static_cast<double>(std::max<int64_t>(1, b))));
  };
  return 2 * octaves(speed.width, model.width) + octaves(speed.positions, positions) +
         octaves(speed.layers, model.layers) / 2;
}

bool mayCompare(const MeasuredSpeed& speed, const QString& machine, const RunSpec& spec) {
  if (!speed.machine.startsWith(machine) || speed.gflops <= 0) return false;
  if (spec.threads > 0 && speed.threads > 0 && speed.threads != spec.threads) return false;
  return spec.train.precision == Precision::Auto || speed.precision.isEmpty() ||
         speed.precision == QString::fromStdString(fieldText(spec, "train.precision"));
}

}  // namespace

std::optional<SpeedRange> speedFor(const std::vector<MeasuredSpeed>& measured, const QString& machine,
                                   const RunSpec& spec, int64_t positions) {
  const MeasuredSpeed* nearest = nullptr;
  for (const MeasuredSpeed& speed : measured)  // the newest last, and taken of equals
    if (mayCompare(speed, machine, spec) &&
        (!nearest || distance(speed, spec.model, positions) <= distance(*nearest, spec.model, positions)))
      nearest = &speed;
  if (!nearest) return std::nullopt;
  SpeedRange range{nearest->gflops, nearest->gflops, nearest->day, distance(*nearest, spec.model, positions) == 0};
  if (!range.isOfItsShape) {
    range.slowest /= 2;
    range.fastest *= 2;
    return range;
  }
  for (const MeasuredSpeed& speed : measured) {
    if (!haveSameShape(speed, *nearest)) continue;
    range.slowest = std::min(range.slowest, speed.gflops);
    range.fastest = std::max(range.fastest, speed.gflops);
  }
  range.slowest /= 1.1;
  range.fastest *= 1.1;
  return range;
}

void addSpeed(std::vector<MeasuredSpeed>& measured, const MeasuredSpeed& speed) {
  constexpr std::ptrdiff_t kOfAShape = 5, kMost = 60;
  measured.push_back(speed);
  const auto isAlike = [&](const MeasuredSpeed& other) { return haveSameShape(other, speed); };
  if (std::ranges::count_if(measured, isAlike) > kOfAShape) measured.erase(std::ranges::find_if(measured, isAlike));
  if (std::ssize(measured) > kMost) measured.erase(measured.begin());
}

QStringList speedLines(const std::vector<MeasuredSpeed>& measured) {
  QStringList lines;
  for (const MeasuredSpeed& speed : measured)
    lines << QStringList{QString(speed.machine).remove(kBetween),
                         QString::number(speed.threads),
                         speed.precision,
                         QString::number(speed.layers),
                         QString::number(speed.width),
                         QString::number(speed.positions),
                         QString::number(speed.gflops, 'g', 6),
                         speed.day.toString(Qt::ISODate)}
                 .join(kBetween);
  return lines;
}

std::vector<MeasuredSpeed> speedsOf(const QStringList& lines) {
  std::vector<MeasuredSpeed> measured;
  for (const QString& line : lines) {
    const QStringList parts = line.split(kBetween);
    if (parts.size() != 8) continue;
    const MeasuredSpeed speed{parts[0],
                              parts[1].toInt(),
                              parts[2],
                              parts[3].toLongLong(),
                              parts[4].toLongLong(),
                              parts[5].toLongLong(),
                              parts[6].toDouble(),
                              QDate::fromString(parts[7], Qt::ISODate)};
    if (speed.layers > 0 && speed.width > 0 && speed.positions > 0 && std::isfinite(speed.gflops) && speed.gflops > 0)
      measured.push_back(speed);
  }
  return measured;
}

}  // namespace scanline
