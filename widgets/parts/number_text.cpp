#include "widgets/parts/number_text.h"

#include <QDateTime>
#include <QLocale>
#include <cmath>

namespace scanline::text {

namespace {

/// "1.40" -> "1.4", "2." -> "2"
QString withoutTrailingZeros(QString text) {
  if (!text.contains('.')) return text;
  while (text.endsWith('0')) text.chop(1);
  if (text.endsWith('.')) text.chop(1);
  return text;
}

QString nonFinite(double value) {
  if (std::isnan(value)) return QStringLiteral("NaN");
  return value > 0 ? QStringLiteral("∞") : QStringLiteral("−∞");
}

}  // namespace

QString nats(double value) {
  return std::isfinite(value) ? QString::number(value, 'f', 3) : nonFinite(value);
}

QString lossUnit(const RunSpec& spec) {
  return QUtf8StringView(scanline::lossUnit(spec)).toString();
}

QString bitsPerDim(double natsPerPixel, int channels) {
  if (!std::isfinite(natsPerPixel)) return nonFinite(natsPerPixel);
  return QString::number(natsPerPixel / (channels * std::log(2.0)), 'f', 3) + QStringLiteral(" bits/dim");
}

QString percent(double share) {
  return std::isfinite(share) ? QString::number(100 * share, 'f', 1) + QStringLiteral(" %") : nonFinite(share);
}

QString rate(double value) {
  if (!std::isfinite(value)) return nonFinite(value);
  if (value == 0) return QStringLiteral("0");
  int exponent = static_cast<int>(std::floor(std::log10(std::abs(value))));
  double mantissa = value / std::pow(10.0, exponent);
  if (std::abs(mantissa) >= 9.995) {
    mantissa /= 10;
    ++exponent;
  }
  if (exponent >= 0 && exponent < 3) return withoutTrailingZeros(QString::number(value, 'f', 2));
  return withoutTrailingZeros(QString::number(mantissa, 'f', 2)) + QStringLiteral("e%1").arg(exponent);
}

QString count(int64_t value) {
  const double v = static_cast<double>(value);
  if (value < 1000) return QString::number(value);
  if (v < 99'950) return QString::number(v / 1e3, 'f', 1) + QStringLiteral(" K");
  if (v < 999.95e6) return QString::number(v / 1e6, 'f', v < 99.95e6 ? 1 : 0) + QStringLiteral(" M");
  return QString::number(v / 1e9, 'f', 1) + QStringLiteral(" B");
}

QString steps(int64_t value) {
  QString digits = QString::number(value);
  for (auto at = digits.size() - 3; at > (value < 0 ? 1 : 0); at -= 3) digits.insert(at, QChar(0x202F));
  return digits;
}

QString duration(int64_t ms) {
  if (ms < 0) return QStringLiteral("–");
  const int64_t seconds = (ms + 500) / 1000, minutes = seconds / 60, hours = minutes / 60;
  if (hours == 0) return QStringLiteral("%1:%2").arg(minutes).arg(seconds % 60, 2, 10, QLatin1Char('0'));
  if (hours < 24) return QStringLiteral("%1 h %2 min").arg(hours).arg(minutes % 60);
  return QStringLiteral("%1 d %2 h").arg(hours / 24).arg(hours % 24);
}

QString clockTime(int64_t unixMs) {
  const auto time = QDateTime::fromMSecsSinceEpoch(unixMs);
  const bool today = time.date() == QDate::currentDate();
  return QLocale::c().toString(time, today ? QStringLiteral("HH:mm") : QStringLiteral("ddd HH:mm"));
}

QString dateTime(int64_t unixMs) {
  return QDateTime::fromMSecsSinceEpoch(unixMs).toString(QStringLiteral("yyyy-MM-dd HH:mm"));
}

QString megabytes(int64_t bytes) {
  constexpr int64_t kTenth = 100'000;
  if (bytes == 0) return QStringLiteral("0 MB");
  if (bytes > 0 && bytes < kTenth) return QStringLiteral("%1 kB").arg((bytes + 999) / 1000);
  const double mb = static_cast<double>(bytes) / 1e6;
  if (mb < 10) return QString::number(mb, 'f', 1) + QStringLiteral(" MB");
  if (mb < 1000) return QString::number(mb, 'f', 0) + QStringLiteral(" MB");
  return QString::number(mb / 1000, 'f', 1) + QStringLiteral(" GB");
}

QString number(double value, int digits) {
  return std::isfinite(value) ? QString::number(value, 'g', digits) : nonFinite(value);
}

}  // namespace scanline::text
