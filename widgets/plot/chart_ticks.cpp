#include "widgets/plot/chart_ticks.h"

#include <qcustomplot.h>

#include <QDateTime>
#include <algorithm>
#include <array>
#include <cmath>

#include "widgets/parts/number_text.h"

namespace scanline {

namespace {

// In milliseconds.
constexpr double kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;

bool isWhole(TickText text) {
  return text == TickText::Steps || text == TickText::Layers;
}

/// Digits after the point that tell multiples of `step` apart.
int decimalsFor(double step) {
  int digits = 0;
  for (double scaled = step; digits < 12 && std::abs(scaled - std::round(scaled)) > 1e-6 * scaled; scaled *= 10)
    ++digits;
  return digits;
}

QString tickLabel(TickText text, double tick, double step, double largest) {
  if (std::abs(tick) < step * 1e-9) return QStringLiteral("0");
  switch (text) {
    case TickText::Steps:
      if (largest >= 1e6) return QString::number(tick / 1e6, 'f', decimalsFor(step / 1e6)) + QStringLiteral(" M");
      return text::steps(std::llround(tick));
    case TickText::Layers:
      return QString::number(std::llround(tick));
    case TickText::Percent:
      return QString::number(100 * tick, 'f', decimalsFor(100 * step));
    case TickText::Rate:
      return text::rate(tick);
    case TickText::Number:
    case TickText::Nats:
    case TickText::Duration:
    case TickText::Clock:
      break;
  }
  if (largest >= 1e5 || largest < 1e-3) return text::rate(tick);
  return QString::number(tick, 'f', decimalsFor(step));
}

class LinearTicker : public QCPAxisTicker {
 public:
  explicit LinearTicker(TickText text) : text_(text) {}

 protected:
  double getTickStep(const QCPRange& range) override {
    step_ = QCPAxisTicker::getTickStep(range);
    if (isWhole(text_)) step_ = std::max(1.0, std::round(step_));
    largest_ = std::max(std::abs(range.lower), std::abs(range.upper));
    return step_;
  }
  int getSubTickCount(double) override { return 0; }
  QString getTickLabel(double tick, const QLocale&, QChar, int) override {
    return tickLabel(text_, tick, step_, largest_);
  }

 private:
  TickText text_;
  double step_ = 1, largest_ = 1;
};

class LogTicker : public QCPAxisTicker {
 public:
  explicit LogTicker(TickText text) : text_(text) {}

 protected:
  int getSubTickCount(double) override { return 8; }

  QVector<double> createTickVector(double step, const QCPRange& range) override {
    minor_.clear();
    const double decades = std::log10(range.upper / range.lower);
    narrow_ = decades < 1;
    step_ = step;
    if (narrow_) return QCPAxisTicker::createTickVector(step, range);

    QVector<double> ticks;
    const int low = int(std::floor(std::log10(range.lower))), high = int(std::ceil(std::log10(range.upper)));
    const int every = std::max(1, int(std::lround(decades / std::max(1, tickCount()))));
    for (int exponent = low; exponent <= high; ++exponent) {
      const double decade = std::pow(10.0, exponent);
      for (int digit = 1; digit <= 9; ++digit) {
        const bool major = digit == 1 ? exponent % every == 0 : decades < 2.5 && (digit == 2 || digit == 5);
        (major ? ticks : minor_).append(digit * decade);
      }
    }
    return ticks;
  }
  QVector<double> createSubTickVector(int, const QVector<double>&) override { return minor_; }
  QString getTickLabel(double tick, const QLocale&, QChar, int) override {
    if (narrow_) return tickLabel(text_, tick, step_, tick);
    if (text_ == TickText::Steps && tick >= 1) return tickLabel(text_, tick, 1, tick < 1e6 ? tick : 1e6);
    if (text_ == TickText::Percent) return text::number(100 * tick, 3);
    if (text_ == TickText::Rate) return text::rate(tick);
    if (text_ == TickText::Duration)
      return tick < kSecond ? text::number(tick / kSecond) + QStringLiteral(" s") : text::duration(std::llround(tick));
    return tick >= 0.01 && tick < 1e4 ? text::number(tick, 3) : text::rate(tick);
  }

 private:
  TickText text_;
  QVector<double> minor_;
  double step_ = 1;
  bool narrow_ = false;
};

/// Milliseconds, at distances that a clock has.
class TimeTicker : public QCPAxisTicker {
 public:
  explicit TimeTicker(TickText text) : text_(text) {}

 protected:
  double getTickStep(const QCPRange& range) override {
    static constexpr std::array kSteps{kSecond,     2 * kSecond, 5 * kSecond,  10 * kSecond, 30 * kSecond, kMinute,
                                       2 * kMinute, 5 * kMinute, 10 * kMinute, 30 * kMinute, kHour,        2 * kHour,
                                       3 * kHour,   6 * kHour,   12 * kHour,   kDay};
    const double wanted = range.size() / std::max(1, tickCount());
    const auto* at = std::ranges::lower_bound(kSteps, wanted);
    if (at != kSteps.end()) return step_ = wanted < kSecond / 2 ? QCPAxisTicker::getTickStep(range) : *at;
    return step_ = kDay * std::max(1.0, std::round(QCPAxisTicker::getTickStep({0, range.size() / kDay})));
  }
  int getSubTickCount(double) override { return 0; }
  QVector<double> createTickVector(double step, const QCPRange& range) override {
    // Local midnights and full hours are whole multiples after the zone's offset.
    if (text_ == TickText::Clock)
      setTickOrigin(-1000.0 * QDateTime::fromMSecsSinceEpoch(qint64(range.lower)).offsetFromUtc());
    return QCPAxisTicker::createTickVector(step, range);
  }
  QString getTickLabel(double tick, const QLocale&, QChar, int) override {
    if (text_ == TickText::Duration) return durationText(tick, step_ < kSecond);
    const QDateTime time = QDateTime::fromMSecsSinceEpoch(qint64(tick));
    if (step_ >= kDay) return time.toString(QStringLiteral("MM-dd"));
    const QString clock = time.toString(step_ < kMinute ? QStringLiteral("HH:mm:ss") : QStringLiteral("HH:mm"));
    return time.time().msecsSinceStartOfDay() == 0 ? time.toString(QStringLiteral("MM-dd")) : clock;
  }

 private:
  static QString durationText(double ms, bool fine) {
    if (std::abs(ms) < 1) return QStringLiteral("0");
    if (fine) return text::number(ms / kSecond) + QStringLiteral(" s");
    if (ms < 0) return QString(QChar(0x2212)) + durationText(-ms, fine);
    if (ms >= kHour && std::fmod(ms, kHour) == 0 && ms < kDay) return QStringLiteral("%1 h").arg(int(ms / kHour));
    if (ms >= kDay && std::fmod(ms, kDay) == 0) return QStringLiteral("%1 d").arg(int(ms / kDay));
    return text::duration(qint64(ms));
  }

  TickText text_;
  double step_ = kSecond;
};

}  // namespace

QSharedPointer<QCPAxisTicker> makeTicker(TickText text, bool logarithmic, int count) {
  QSharedPointer<QCPAxisTicker> ticker;
  if (logarithmic)
    ticker.reset(new LogTicker(text));
  else if (text == TickText::Duration || text == TickText::Clock)
    ticker.reset(new TimeTicker(text));
  else
    ticker.reset(new LinearTicker(text));
  ticker->setTickCount(count);
  ticker->setTickStepStrategy(QCPAxisTicker::tssReadability);
  return ticker;
}

QString valueText(TickText text, double value) {
  switch (text) {
    case TickText::Steps:
    case TickText::Layers:
      return std::isfinite(value) ? text::steps(std::llround(value)) : text::number(value);
    case TickText::Percent:
      return text::percent(value);
    case TickText::Rate:
      return text::rate(value);
    case TickText::Nats:
      return text::nats(value);
    case TickText::Duration:
      return text::duration(std::llround(value));
    case TickText::Clock:
      return QDateTime::fromMSecsSinceEpoch(qint64(value)).toString(QStringLiteral("yyyy-MM-dd HH:mm:ss"));
    case TickText::Number:
      break;
  }
  if (value == 0) return text::number(value);
  return std::abs(value) >= 1e-2 && std::abs(value) < 1e4 ? text::number(value, 4) : text::rate(value);
}

}  // namespace scanline
