#include "core/data/animation.h"

#include <fmt/format.h>
#include <gif_lib.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <vector>

#include "core/base/error.h"
#include "core/data/image_file.h"

namespace scanline {

namespace {

using Key = uint32_t;  // of a colour

Key keyOf(const uint8_t* rgb) {
  return static_cast<Key>(rgb[0]) << 16U | static_cast<Key>(rgb[1]) << 8U | rgb[2];
}

int64_t distance(Key a, Key b) {
  int64_t sum = 0;
  for (const unsigned shift : {0U, 8U, 16U}) {
    const auto off = static_cast<int64_t>(a >> shift & 255U) - static_cast<int64_t>(b >> shift & 255U);
    sum += off * off;
  }
  return sum;
}

std::string bigEndian(uint32_t value) {
  return {static_cast<char>(value >> 24U), static_cast<char>(value >> 16U), static_cast<char>(value >> 8U),
          static_cast<char>(value)};
}
std::string bigEndian16(int64_t value) {
  return bigEndian(static_cast<uint32_t>(value)).substr(2);
}
uint32_t readBigEndian(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8U | static_cast<unsigned char>(bytes[i]);
  return value;
}

}  // namespace

class Animation::Encoder {
 public:
  Encoder(int64_t width, int64_t height) : width_(width), height_(height) {}
  virtual ~Encoder() = default;
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  virtual void add(const Image& picture, int64_t milliseconds) = 0;
  virtual std::string take() = 0;
  bool fits(const Image& picture) const { return picture.width == width_ && picture.height == height_; }

 protected:
  int64_t width_, height_;
};

/// A palette of its own for each picture.
class Animation::Gif : public Encoder {
 public:
  Gif(int64_t width, int64_t height) : Encoder(width, height), file_(EGifOpen(&bytes_, write, nullptr), close) {
    constexpr int64_t kMost = 65535;
    if (width > kMost || height > kMost)
      throw Error("A GIF is at most 65535 pixels wide and high. Choose a smaller scale.");
    require(file_ != nullptr);
    EGifSetGifVersion(file_.get(), true);
    require(EGifPutScreenDesc(file_.get(), static_cast<int>(width), static_cast<int>(height), 8, 0, nullptr) == GIF_OK);
    // Netscape's block: begin again after the last picture, for ever.
    constexpr std::array<GifByteType, 3> kForEver{1, 0, 0};
    require(EGifPutExtensionLeader(file_.get(), APPLICATION_EXT_FUNC_CODE) == GIF_OK &&
            EGifPutExtensionBlock(file_.get(), 11, "NETSCAPE2.0") == GIF_OK &&
            EGifPutExtensionBlock(file_.get(), kForEver.size(), kForEver.data()) == GIF_OK &&
            EGifPutExtensionTrailer(file_.get()) == GIF_OK);
  }

  void add(const Image& picture, int64_t milliseconds) override {
    std::vector<GifColorType> colours;
    std::vector<GifPixelType> pixels = indexed(picture, colours);
    int size = 2;  // a power of two, at least 2
    while (size < static_cast<int>(colours.size())) size *= 2;
    colours.resize(static_cast<size_t>(size));
    const std::unique_ptr<ColorMapObject, void (*)(ColorMapObject*)> map(GifMakeMapObject(size, colours.data()),
                                                                         GifFreeMapObject);
    require(map != nullptr);
    const GraphicsControlBlock control{.DisposalMode = DISPOSE_DO_NOT,
                                       .UserInputFlag = false,
                                       .DelayTime = static_cast<int>(std::clamp<int64_t>(milliseconds / 10, 2, 65535)),
                                       .TransparentColor = NO_TRANSPARENT_COLOR};
    std::array<GifByteType, 4> block{};
    EGifGCBToExtension(&control, block.data());
    require(EGifPutExtension(file_.get(), GRAPHICS_EXT_FUNC_CODE, block.size(), block.data()) == GIF_OK &&
            EGifPutImageDesc(file_.get(), 0, 0, static_cast<int>(width_), static_cast<int>(height_), false,
                             map.get()) == GIF_OK);
    for (int64_t row = 0; row < height_; ++row)
      require(EGifPutLine(file_.get(), pixels.data() + row * width_, static_cast<int>(width_)) == GIF_OK);
  }

  std::string take() override {
    file_.reset();  // writes the end
    return std::move(bytes_);
  }

 private:
  static int write(GifFileType* file, const GifByteType* bytes, int count) {
    static_cast<std::string*>(file->UserData)->append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(count));
    return count;
  }
  static void close(GifFileType* file) { EGifCloseFile(file, nullptr); }
  static void require(bool good) {
    if (!good) throw Error("The GIF cannot be made. Choose fewer or smaller pictures, or an APNG (.png).");
  }

  /// Each pixel's place among the colours: the most frequent 256, the rest by the nearest of them.
  static std::vector<GifPixelType> indexed(const Image& picture, std::vector<GifColorType>& colours) {
    constexpr size_t kMost = 256;
    std::unordered_map<Key, int64_t> counts;
    const auto pixels = static_cast<size_t>(picture.width * picture.height);
    for (size_t i = 0; i < pixels; ++i) ++counts[keyOf(&picture.rgb[3 * i])];
    std::vector<std::pair<int64_t, Key>> ordered;
    for (const auto& [key, count] : counts) ordered.emplace_back(-count, key);
    std::ranges::sort(ordered);
    std::unordered_map<Key, GifPixelType> places;
    for (size_t i = 0; i < ordered.size(); ++i) {
      const Key key = ordered[i].second;
      if (i < kMost) {
        places[key] = static_cast<GifPixelType>(i);
        colours.push_back(
            {static_cast<GifByteType>(key >> 16U), static_cast<GifByteType>(key >> 8U), static_cast<GifByteType>(key)});
        continue;
      }
      const auto nearest = std::ranges::min_element(ordered.begin(), ordered.begin() + kMost, {},
                                                    [key](const auto& each) { return distance(each.second, key); });
      places[key] = static_cast<GifPixelType>(nearest - ordered.begin());
    }
    std::vector<GifPixelType> result(pixels);
    for (size_t i = 0; i < pixels; ++i) result[i] = places[keyOf(&picture.rgb[3 * i])];
    return result;
  }

  std::string bytes_;
  std::unique_ptr<GifFileType, void (*)(GifFileType*)> file_;
};

/// A PNG whose further pictures stand in chunks of their own (fcTL, fdAT), which other readers pass over.
class Animation::Apng : public Encoder {
 public:
  Apng(int64_t width, int64_t height, int64_t frames) : Encoder(width, height), frames_(frames) {}

  void add(const Image& picture, int64_t milliseconds) override {
    const std::string png = encodePng(picture);
    const bool isFirst = bytes_.empty();
    if (isFirst) {
      bytes_ = png.substr(0, kSignature + kIhdr);
      putChunk("acTL", bigEndian(static_cast<uint32_t>(frames_)) + bigEndian(0));  // 0: for ever
    }
    putChunk("fcTL", bigEndian(sequence_++) + bigEndian(static_cast<uint32_t>(width_)) +
                         bigEndian(static_cast<uint32_t>(height_)) + bigEndian(0) + bigEndian(0) +
                         bigEndian16(std::clamp<int64_t>(milliseconds, 1, 65535)) + bigEndian16(1000) +
                         std::string(2, '\0'));
    for (size_t at = kSignature; at + 12 <= png.size();) {
      const std::string_view chunk = std::string_view(png).substr(at);
      const size_t length = readBigEndian(chunk);
      const std::string data(chunk.substr(8, length));
      if (chunk.substr(4, 4) == "IDAT")
        isFirst ? putChunk("IDAT", data) : putChunk("fdAT", bigEndian(sequence_++) + data);
      at += 12 + length;
    }
  }

  std::string take() override {
    putChunk("IEND", "");
    return std::move(bytes_);
  }

 private:
  static constexpr size_t kSignature = 8, kIhdr = 25;

  void putChunk(const std::string& name, const std::string& data) {
    const std::string body = name + data;
    const auto sum = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
    bytes_ += bigEndian(static_cast<uint32_t>(data.size())) + body + bigEndian(static_cast<uint32_t>(sum));
  }

  int64_t frames_;
  uint32_t sequence_ = 0;
  std::string bytes_;
};

Animation::Animation(Format format, int64_t width, int64_t height, int64_t frames) {
  if (format == Format::Gif)
    encoder_ = std::make_unique<Gif>(width, height);
  else
    encoder_ = std::make_unique<Apng>(width, height, frames);
}
Animation::~Animation() = default;

void Animation::add(const Image& picture, int64_t milliseconds) {
  if (!encoder_->fits(picture)) throw Error("The pictures of an animation have to be of one size.");
  encoder_->add(picture, milliseconds);
}

std::string Animation::take() {
  return encoder_->take();
}

}  // namespace scanline
