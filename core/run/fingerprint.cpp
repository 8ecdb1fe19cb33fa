#include "core/run/fingerprint.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <span>

#include "core/base/digest.h"
#include "core/base/parallel.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace {

constexpr int64_t kMostBytes = 64 << 20;   ///< of a set that count: a tenth of a second
constexpr int64_t kBlockBytes = 16 << 20;  ///< read between two looks at the control
constexpr int64_t kChunk = 64;             ///< pictures

class Examination {
 public:
  Examination(const RunData& data, const Control& control) : control_(control) {
    for (const TokenSet* set : {&data.train, &data.validation, &data.test}) total_ += set->count;
  }

  /// Counts evenly spaced images, and looks at all of them for the largest token.
  void add(const TokenSet& set) {
    const int64_t bytes = set.length * static_cast<int64_t>(sizeof(Token)), taken = begin(set.count, bytes, set.labels);
    const int64_t block = std::max<int64_t>(1, kBlockBytes / std::max<int64_t>(1, bytes));
    int64_t next = 0;  // of those that are taken
    for (int64_t first = 0; first < set.count; first += block) {
      control_.report(done_, total_);
      const int64_t end = std::min(set.count, first + block);
      inParallel(1 + (end - first + kChunk - 1) / kChunk, hardwareThreads(), [&](int64_t part) {
        if (part > 0) return look(set, first + (part - 1) * kChunk, std::min(end, first + part * kChunk));
        for (; next < taken && placeOf(next, taken, set.count) < end; ++next)
          digest_.add(std::as_bytes(set.image(placeOf(next, taken, set.count))));
      });
      done_ += end - first;
    }
  }

  void add(const ImageSet& set) {
    const int64_t taken = begin(set.count, 3 * set.width * set.height, set.labels);
    for (int64_t i = 0; i < taken; ++i) {
      if (i % kChunk == 0) control_.check();
      digest_.add(std::as_bytes(set.image(placeOf(i, taken, set.count))));
    }
  }

  DataFacts facts() { return {.fingerprint = digest_.hex(), .tokensBelow = largest_ + 1}; }

 private:
  static int64_t placeOf(int64_t index, int64_t taken, int64_t count) { return index * count / taken; }

  /// Counts sizes and labels of a set of `count` images of `bytes` each; how many of the images count.
  int64_t begin(int64_t count, int64_t bytes, std::span<const int32_t> labels) {
    if (count == 0) bytes = 0;  // of no images any size may be said
    digest_.add(fmt::format("{} {} {}\n", count, bytes, labels.size()));
    digest_.add(std::as_bytes(labels));
    return std::min(count, std::max<int64_t>(1, kMostBytes / std::max<int64_t>(1, bytes)));
  }

  void look(const TokenSet& set, int64_t first, int64_t end) {
    int64_t largest = -1;
    for (int64_t i = first; i < end; ++i) largest = std::max(largest, largestToken(set.image(i)));
    const std::scoped_lock lock(mutex_);
    largest_ = std::max(largest_, largest);
  }

  const Control& control_;
  Digest digest_{"sha256"};
  std::mutex mutex_;
  int64_t largest_ = -1;  ///< under mutex_
  int64_t done_ = 0, total_ = 0;
};

}  // namespace

DataFacts examineData(const RunData& data, const Control& control) {
  Examination examination(data, control);
  for (const TokenSet* set : {&data.train, &data.validation, &data.test}) examination.add(*set);
  for (const ImageSet* set : {&data.trainImages, &data.validationImages}) examination.add(*set);
  return examination.facts();
}

bool haveSameData(const RunSpec& left, const RunSpec& right) {
  if (left.seed != right.seed || (left.kind == RunKind::Vqvae) != (right.kind == RunKind::Vqvae)) return false;
  // A run of such a kind takes the palette of its checkpoint, not that of its settings, and where the images keep their
  // size, the side that they turned out to have.
  const bool takesPalette = needsModel(right), takesSide = takesPalette && left.data.side == 0;
  return std::ranges::none_of(differences(left, right), [&](const SpecDifference& difference) {
    const std::string& key = difference.key;
    // Augmentation is applied to images of a step, and the share of bad images only says when to give up.
    if (key == "data.side" && takesSide) return false;
    if (key == "data.path" || key == "data.augment" || key == "data.badImageShare") return false;
    return key.starts_with("data.") || (key.starts_with("palette.") && !takesPalette);
  });
}

}  // namespace scanline
