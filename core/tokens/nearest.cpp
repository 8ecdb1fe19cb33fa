#include "core/tokens/nearest.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace scanline {

void candidatesFor(const Box& box, std::span<const ColourPoint> centres, std::vector<uint16_t>& out,
                   std::vector<double>& scratch) {
  const ColourPoint middle{(box.low[0] + box.high[0]) / 2, (box.low[1] + box.high[1]) / 2,
                           (box.low[2] + box.high[2]) / 2};
  const ColourPoint extent{box.high[0] - middle[0], box.high[1] - middle[1], box.high[2] - middle[2]};
  scratch.resize(centres.size());
  // No point of the box is farther than this from its nearest centre.
  double reach = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < centres.size(); ++i) {
    double near = 0, far = 0;
    for (size_t c = 0; c < 3; ++c) {
      const double offset = std::abs(centres[i][c] - middle[c]);
      const double inner = std::max(0.0, offset - extent[c]), outer = offset + extent[c];
      near += inner * inner;
      far += outer * outer;
    }
    scratch[i] = near;
    reach = std::min(reach, far);
  }
  reach += 1e-9 * (1 + reach);  // rounding must never drop the true nearest, nor a tie with it
  out.clear();
  for (size_t i = 0; i < centres.size(); ++i)
    if (scratch[i] <= reach) out.push_back(static_cast<uint16_t>(i));
}

}  // namespace scanline
