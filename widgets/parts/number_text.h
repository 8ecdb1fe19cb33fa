#pragma once

#include <QString>

#include "core/spec/run_spec.h"

namespace scanline::text {

// Numbers as the window shows them. Files use the C locale and full precision instead.

QString nats(double value);             ///< "1.308"; "NaN", "∞"
QString lossUnit(const RunSpec& spec);  ///< "nats per pixel", see scanline::lossUnit()
/// "0.629 bits/dim": nats / (channels ln 2). `channels`: 1 for grey pictures, 3 for coloured ones.
QString bitsPerDim(double natsPerPixel, int channels);
QString percent(double share);                 ///< 0.917 -> "91.7 %"
QString rate(double value);                    ///< 0.003 -> "3e-3", 0.00025 -> "2.5e-4"
QString count(int64_t value);                  ///< "950", "12.3 K", "0.2 M", "1.4 B" (K below 0.1 M)
QString steps(int64_t value);                  ///< thin-spaced digits: "1 000 000"
QString duration(int64_t ms);                  ///< "0:21", "12:07", "3 h 12 min", "2 d 4 h"; negative = "–"
QString clockTime(int64_t unixMs);             ///< "18:42", with the weekday if it is not today: "Tue 09:15"
QString dateTime(int64_t unixMs);              ///< "2026-11-23 18:42"
QString megabytes(int64_t bytes);              ///< "31 kB", "0.4 MB", "12 MB", "1.9 GB" (10^3, 10^6, 10^9)
QString number(double value, int digits = 4);  ///< significant digits, no trailing zeros

}  // namespace scanline::text
