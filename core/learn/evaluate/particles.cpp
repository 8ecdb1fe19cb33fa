#include "core/learn/evaluate/particles.h"

#include <algorithm>
#include <cmath>

namespace scanline {

void Particles::weigh(std::span<const double> nats) {
  for (size_t i = 0; i < logWeights_.size(); ++i) logWeights_[i] -= nats[i];
}

std::vector<double> Particles::shares() const {
  const double highest = std::ranges::max(logWeights_);
  std::vector<double> shares(logWeights_.size());
  double sum = 0;
  for (size_t i = 0; i < shares.size(); ++i) sum += shares[i] = std::exp(logWeights_[i] - highest);
  for (double& share : shares) share /= sum;
  return shares;
}

double Particles::logMeanWeight() const {
  const double highest = std::ranges::max(logWeights_);
  double sum = 0;
  for (const double weight : logWeights_) sum += std::exp(weight - highest);
  return highest + std::log(sum / static_cast<double>(logWeights_.size()));
}

double Particles::effectiveShare() const {
  double squares = 0;
  for (const double share : shares()) squares += share * share;
  return 1 / (squares * static_cast<double>(logWeights_.size()));
}

std::vector<int32_t> Particles::resample(double uniform) {
  const auto of = shares();
  const size_t count = of.size();
  std::vector<int32_t> places(count);  // how many each particle gets
  double sum = 0;
  size_t particle = 0;
  for (size_t place = 0; place < count; ++place) {
    const double at = (static_cast<double>(place) + uniform) / static_cast<double>(count);
    while (particle + 1 < count && sum + of[particle] <= at) sum += of[particle++];
    ++places[particle];
  }
  std::vector<int32_t> sources(count, -1);
  for (size_t i = 0; i < count; ++i)
    if (places[i] > 0) {
      sources[i] = static_cast<int32_t>(i);
      --places[i];
    }
  size_t next = 0;
  for (int32_t& source : sources) {
    if (source >= 0) continue;
    while (places[next] == 0) ++next;
    source = static_cast<int32_t>(next);
    --places[next];
  }
  evidence_ += logMeanWeight();
  std::ranges::fill(logWeights_, 0);
  return sources;
}

int64_t Particles::choose(double uniform) const {
  const auto of = shares();
  size_t particle = 0;
  for (double sum = of[0]; particle + 1 < of.size() && sum <= uniform; sum += of[particle]) ++particle;
  return static_cast<int64_t>(particle);
}

int64_t Particles::heaviest() const {
  return std::ranges::max_element(logWeights_) - logWeights_.begin();
}

double Particles::logEvidence() const {
  return evidence_ + logMeanWeight();
}

}  // namespace scanline
