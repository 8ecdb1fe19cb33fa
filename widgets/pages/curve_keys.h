#pragma once

#include "widgets/plot/chart.h"

namespace scanline {

// The keys of the lines on the Curves page: by run, so that a click on a line names it; means over runs lie above.

constexpr int64_t kLinesOfRun = 4;  // lines of one run in a chart, at most
constexpr int64_t kMeanKeys = int64_t(1) << 40;
enum CurveLine : int64_t { kTrainLine, kValidationLine, kTestLine };

constexpr Chart::Key curveKey(int64_t run, int64_t line) {
  return kLinesOfRun * run + line;
}
constexpr bool isMeanKey(Chart::Key key) {
  return key >= kMeanKeys;
}
/// Of a mean, the first of its runs.
constexpr int64_t runOfKey(Chart::Key key) {
  return (key % kMeanKeys) / kLinesOfRun;
}

}  // namespace scanline
