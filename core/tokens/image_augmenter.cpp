#include "core/tokens/image_augmenter.h"

#include <utility>

#include "core/data/augment.h"
#include "core/data/background.h"
#include "core/data/image_file.h"
#include "core/tokens/colour_lookup.h"

namespace scanline {

namespace {

class ImageAugmenter final : public Augmenter {
 public:
  ImageAugmenter(const DataSpec& spec, int64_t side, AugmentSource source, const Palette& palette, int threads)
      : augment_(spec.augment),
        resize_(spec.resize),
        side_(side),
        background_(backgroundColour(spec.background)),
        source_(std::move(source)),
        lookup_(palette, threads) {}

  void tokens(int64_t row, uint64_t seed, int64_t step, int64_t place, std::span<Token> out) const override {
    RandomStream random(seed, Purpose::Augmentation, static_cast<uint64_t>(step), static_cast<uint32_t>(place));
    lookup_.tokens(augmented(image(row), augment_, side_, resize_, random).rgb, out);
  }

 private:
  Image image(int64_t row) const {
    if (!source_.files.empty()) return readImage(source_.files[static_cast<size_t>(row)], background_);
    const auto pixels = source_.images.image(row);
    return {source_.images.width, source_.images.height, {pixels.begin(), pixels.end()}};
  }

  Augment augment_;
  Resize resize_;
  int64_t side_;
  Rgb background_;
  AugmentSource source_;
  ColourLookup lookup_;
};

}  // namespace

std::unique_ptr<const Augmenter> makeImageAugmenter(const DataSpec& spec, int64_t side, AugmentSource source,
                                                    const Palette& palette, int threads) {
  return std::make_unique<ImageAugmenter>(spec, side, std::move(source), palette, threads);
}

}  // namespace scanline
