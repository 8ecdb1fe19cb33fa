#include "core/learn/train/torch_vqvae_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/base/error.h"
#include "core/learn/model/vqvae_checkpoint.h"
#include "core/learn/train/torch_setup.h"

namespace scanline {

namespace {

constexpr int64_t kFloats = int64_t{1} << 22;  ///< of the widest intermediate of one pass: 16 MB

class TorchVqvaeCodec final : public VqvaeCodec {
 public:
  TorchVqvaeCodec(std::pair<Vqvae, VqvaeHeader> opened, int64_t threads)
      : model_(std::move(opened.first)), info_(std::move(opened.second.info)), threads_(threads) {}

  const VqvaeInfo& info() const override { return info_; }

  TokenSet encode(const ImageSet& images, const Control& control) const override {
    if (images.width % info_.stride != 0 || images.height % info_.stride != 0)
      throw Error(fmt::format(
          "The images have {} x {} pixels, and this VQ-VAE has a code every {} pixels. Bring them to a multiple, such as the {} pixels it was trained on.",
          images.width, images.height, info_.stride, info_.side));
    prepareThread(threads_);
    const c10::InferenceMode valuesOnly;
    const int64_t length = images.width / info_.stride * (images.height / info_.stride);
    TokenSet tokens{.count = images.count, .length = length, .labels = images.labels};
    tokens.ids.reserve(static_cast<size_t>(images.count * length));
    const int64_t batch = batchOf(length);
    std::vector<int64_t> rows(static_cast<size_t>(images.count));
    std::iota(rows.begin(), rows.end(), int64_t{0});
    for (int64_t first = 0; first < images.count; first += batch) {
      control.report(first, images.count);
      const auto count = std::min(batch, images.count - first);
      const auto part = std::span(rows).subspan(static_cast<size_t>(first), static_cast<size_t>(count));
      const auto codes = model_.nearest(toVectors(model_.encode(pixelsOf(images, part))));
      const std::span ids(codes.const_data_ptr<int64_t>(), static_cast<size_t>(codes.numel()));
      std::ranges::transform(ids, std::back_inserter(tokens.ids), [](int64_t id) { return static_cast<Token>(id); });
    }
    return tokens;
  }

  std::vector<std::vector<uint8_t>> decode(const std::vector<std::vector<Token>>& codes, int64_t width) const override {
    prepareThread(threads_);
    const c10::InferenceMode valuesOnly;
    std::vector<std::vector<uint8_t>> pictures;
    if (codes.empty()) return pictures;
    const auto length = std::ssize(codes.front());
    const int64_t batch = batchOf(length), count = std::ssize(codes);
    for (int64_t first = 0; first < count; first += batch) {
      const int64_t end = std::min(first + batch, count);
      auto ids = at::empty({end - first, length / width, width}, at::kLong);
      auto* to = ids.mutable_data_ptr<int64_t>();
      for (int64_t i = first; i < end; ++i) to = copyCodes(codes[static_cast<size_t>(i)], length, to);
      auto part = toRgb(model_.decode(model_.embed(ids)));
      std::ranges::move(part, std::back_inserter(pictures));
    }
    return pictures;
  }

  Palette colours() const override {
    prepareThread(threads_);
    const c10::InferenceMode valuesOnly;
    // Wide enough that the middle sees nothing but the code: residual blocks look at one code around them each.
    constexpr int64_t kWidest = 5;
    const int64_t grid = std::min(kWidest, info_.side / info_.stride), middle = grid / 2 * info_.stride;
    const int64_t batch = batchOf(grid * grid);
    std::vector<Colour> colours;
    for (int64_t first = 0; first < info_.codes; first += batch) {
      const int64_t count = std::min(batch, info_.codes - first);
      const auto ids = at::arange(first, first + count, at::kLong).view({count, 1, 1}).expand({count, grid, grid});
      const auto middles = model_.decode(model_.embed(ids))
                               .narrow(2, middle, info_.stride)
                               .narrow(3, middle, info_.stride)
                               .mean(at::IntArrayRef{2, 3})
                               .clamp(-1, 1)
                               .contiguous();
      const auto* value = middles.const_data_ptr<float>();
      for (int64_t i = 0; i < count; ++i, value += 3) colours.push_back({value[0], value[1], value[2]});
    }
    return Palette(std::move(colours));
  }

 private:
  /// Images a pass: the first stage's output has a quarter of the pixels in `width` channels, and distances are to all
  /// codes.
  int64_t batchOf(int64_t length) const {
    const int64_t pixels = length * info_.stride * info_.stride;
    const int64_t floats = std::max(pixels / 4 * model_.shape.width, length * info_.codes);
    return std::max<int64_t>(1, kFloats / floats);
  }

  int64_t* copyCodes(const std::vector<Token>& codes, int64_t length, int64_t* to) const {
    if (std::ssize(codes) != length)
      throw Error(
          fmt::format("A picture has {} codes and another {}; they need the same number.", codes.size(), length));
    const auto highest = *std::ranges::max_element(codes);
    if (highest >= info_.codes)
      throw Error(
          fmt::format("A picture has code {}, and the codebook ends at {}. Take the VQ-VAE that it was made with.",
                      highest, info_.codes - 1));
    return std::ranges::copy(codes, to).out;
  }

  Vqvae model_;
  VqvaeInfo info_;
  int64_t threads_;
};

}  // namespace

std::unique_ptr<VqvaeCodec> openVqvaeCodec(const std::filesystem::path& checkpoint, int64_t threads) {
  return std::make_unique<TorchVqvaeCodec>(openVqvaeCheckpoint(checkpoint), threads);
}

void decodePixels(SampleSet& set, const std::filesystem::path& vqvae, int64_t threads) {
  if (vqvae.empty()) return;
  const auto codec = openVqvaeCodec(vqvae, threads);
  set.pixelWidth = set.width * codec->info().stride;
  set.pixelHeight = set.height * codec->info().stride;
  set.originalPixels = codec->decode(set.originals, set.width);
  set.samplePixels = codec->decode(set.samples, set.width);
}

}  // namespace scanline
