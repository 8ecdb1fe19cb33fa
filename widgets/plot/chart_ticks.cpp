#include "widgets/plot/chart_ticks.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>

#include "widgets/parts/number_text.h"

namespace scanline {

namespace {

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
    return tick >= 0.01 && tick < 1e4 ? text::number(tick, 3) : text::rate(tick);
  }

 private:
  TickText text_;
  QVector<double> minor_;
  double step_ = 1;
  bool narrow_ = false;
};

}  // namespace

QSharedPointer<QCPAxisTicker> makeTicker(TickText text, bool logarithmic, int count) {
  QSharedPointer<QCPAxisTicker> ticker;
  if (logarithmic)
    ticker.reset(new LogTicker(text));
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
    case TickText::Number:
      break;
  }
  if (value == 0) return text::number(value);
  return std::abs(value) >= 1e-2 && std::abs(value) < 1e4 ? text::number(value, 4) : text::rate(value);
}

}  // namespace scanline
