#include "core/run/fingerprint.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "core/base/digest.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace {

constexpr int64_t kMostBytes = 64 << 20;  ///< of a set that are read: a tenth of a second

/// `row(i)` gives the bytes of image i; each image has as many.
template <class Row>
void addSet(Digest& digest, int64_t count, int64_t bytes, std::span<const int32_t> labels, const Row& row) {
  if (count == 0) bytes = 0;  // of no images any size may be said
  digest.add(fmt::format("{} {} {}\n", count, bytes, labels.size()));
  digest.add(std::as_bytes(labels));
  const int64_t taken = std::min(count, std::max<int64_t>(1, kMostBytes / std::max<int64_t>(1, bytes)));
  for (int64_t i = 0; i < taken; ++i) digest.add(std::as_bytes(row(i * count / taken)));
}

}  // namespace

std::string fingerprintOf(const RunData& data) {
  Digest digest("sha256");
  for (const TokenSet* set : {&data.train, &data.validation, &data.test})
    addSet(digest, set->count, set->length * static_cast<int64_t>(sizeof(Token)), set->labels,
           [&](int64_t i) { return set->image(i); });
  for (const ImageSet* set : {&data.trainImages, &data.validationImages})
    addSet(digest, set->count, 3 * set->width * set->height, set->labels, [&](int64_t i) { return set->image(i); });
  return digest.hex();
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
