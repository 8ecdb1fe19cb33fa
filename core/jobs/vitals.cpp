#include "core/jobs/vitals.h"

#include "core/store/run_types.h"

namespace scanline {

std::optional<Scalars> Vitals::take(int64_t step) {
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < kPause) return std::nullopt;
  last_ = now;
  const auto load = meter_.measure();
  if (!load) return std::nullopt;
  constexpr double kGigabyte = 1e9;
  return Scalars{.step = step,
                 .values = {{std::string(series::kBusyCores), load->busyShare},
                            {std::string(series::kOwnMemory), static_cast<double>(load->ownMemory) / kGigabyte},
                            {std::string(series::kFreeMemory), static_cast<double>(load->freeMemory) / kGigabyte}}};
}

}  // namespace scanline
