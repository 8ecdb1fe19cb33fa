// The pictures in tests/golden/pictures, as Pillow reads them: 5 x 3 pixels, see expectedPicture().
#include <QTest>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/background.h"
#include "core/data/image_decoders.h"
#include "core/data/image_file.h"
#include "core/data/orientation.h"
#include "tests/support/largest_allocation.h"
#include "tests/support/sentence_of.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kPictures = fs::path(SCANLINE_GOLDEN) / "pictures";
constexpr int64_t kWidth = 5, kHeight = 3;

Rgb colourAt(int64_t x, int64_t y) {
  return {static_cast<uint8_t>(40 * x + 10), static_cast<uint8_t>(80 * y + 20),
          static_cast<uint8_t>(200 - 30 * x - 20 * y)};
}

int opacityAt(int64_t x, int64_t y) {
  return static_cast<int>(17 * (x + 5 * y));
}

Image expectedPicture() {
  Image image{kWidth, kHeight, {}};
  for (int64_t y = 0; y < kHeight; ++y)
    for (int64_t x = 0; x < kWidth; ++x)
      for (const uint8_t level : colourAt(x, y)) image.rgb.push_back(level);
  return image;
}

Rgb pixelOf(const Image& image, int64_t x, int64_t y) {
  const auto* at = &image.rgb[static_cast<size_t>(3 * (y * image.width + x))];
  return {at[0], at[1], at[2]};
}

std::string bytesOf(const fs::path& file) {
  return readFile(file, 1 << 20);
}

std::string messageOf(const std::string& bytes) {
  return sentenceOf([&] { decodeImage(bytes, "a file"); });
}

std::string number(int64_t value, int bytes, bool little = true) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * (little ? i : bytes - 1 - i));
  return text;
}

/// A bitmap of 40 bytes of header; `body` is all that follows.
std::string bitmap(int64_t width, int64_t height, int bits, int compression, int64_t colours, const std::string& body,
                   int64_t pixelsAt) {
  return "BM" + number(0, 4) + number(0, 4) + number(54 + pixelsAt, 4) + number(40, 4) + number(width, 4) +
         number(height, 4) + number(1, 2) + number(bits, 2) + number(compression, 4) + number(0, 4) + number(0, 8) +
         number(colours, 4) + number(0, 4) + body;
}

/// A JPEG with an EXIF block whose orientation is a number of `type`: 3 two bytes, 4 four.
std::string withExif(const std::string& jpeg, int orientation, bool little, int type) {
  const std::string value = number(orientation, type == 4 ? 4 : 2, little) + (type == 4 ? "" : std::string(2, '\0'));
  const std::string tiff = std::string(little ? "II*\0" : "MM\0*", 4) + number(8, 4, little) + number(2, 2, little) +
                           number(0x10f, 2, little) + number(2, 2, little) + number(1, 4, little) + number(0, 4) +
                           number(0x112, 2, little) + number(type, 2, little) + number(1, 4, little) + value +
                           number(0, 4);
  const std::string block = std::string("Exif\0\0", 6) + tiff;
  return jpeg.substr(0, 2) + "\xff\xe1" + number(std::ssize(block) + 2, 2, false) + block + jpeg.substr(2);
}

}  // namespace

class PictureFormatsTest : public QObject {
  Q_OBJECT
 private slots:
  void everyFormatShowsTheSamePicture_data() {
    QTest::addColumn<QString>("name");
    for (const char* name :
         {"plain.webp", "animated.webp", "plain.tif", "lzw.tif", "deflate.tif", "packbits.tif", "palette.tif",
          "big.tif", "plain.gif", "interlaced.gif", "animated.gif", "plain.bmp", "palette.bmp"})
      QTest::newRow(name) << name;
  }
  void everyFormatShowsTheSamePicture() {
    QFETCH(QString, name);
    const Decoded decoded = decodeFile(kPictures / name.toStdString());
    QVERIFY(decoded.image == expectedPicture());
    QVERIFY(!decoded.turned && !decoded.transparent);
    const TempFolder folder;  // the content tells, not the name
    fs::copy_file(kPictures / name.toStdString(), folder / "IMG 0001");
    QVERIFY(isPictureFile(folder / "IMG 0001"));
    QVERIFY(readImage(folder / "IMG 0001") == expectedPicture());
  }

  void endingsOfPictures() {
    for (const char* name :
         {"a.png", "a.JPG", "a.jpeg", "a.jfif", "a.JPE", "a.webp", "a.bmp", "a.tif", "a.TIFF", "a.gif"})
      QVERIFY2(isPictureName(name), name);
    for (const char* name : {"a", "a.txt", "png", "a.heic", ".png"}) QVERIFY2(!isPictureName(name), name);
    const TempFolder folder;
    writeFileAtomically(folder / "notes", "BM is how this text begins, but it is a text.");
    QVERIFY(!isPictureFile(folder / "notes"));
    QVERIFY(!isPictureFile(folder / "nothing"));
  }

  void turnedPicturesStandUpright_data() {
    QTest::addColumn<QString>("name");
    for (const char* ending : {"png", "webp", "tif"})
      for (int orientation = 2; orientation <= 8; ++orientation)
        QTest::addRow("turned%d.%s", orientation, ending) << QString("turned%1.%2").arg(orientation).arg(ending);
  }
  void turnedPicturesStandUpright() {
    QFETCH(QString, name);
    const Decoded decoded = decodeFile(kPictures / name.toStdString());
    QVERIFY(decoded.turned);
    QVERIFY(decoded.image == expectedPicture());
  }

  void exifOfJpegIsReadInAllItsWays() {
    const std::string jpeg = bytesOf(fs::path(SCANLINE_GOLDEN) / "datasets/imagefolder/train/ant/img_0002.jpg");
    const Image plain = decodeImage(jpeg, "plain").image;
    for (int orientation = 0; orientation <= 9; ++orientation)
      for (const bool little : {false, true})
        for (const int type : {3, 4}) {
          const Decoded decoded = decodeImage(withExif(jpeg, orientation, little, type), "turned");
          QCOMPARE(decoded.turned, orientation >= 2 && orientation <= 8);
          QVERIFY(decoded.image == upright(plain, orientation));
        }
    QCOMPARE(upright(plain, 6).width, plain.height);
    QCOMPARE(pixelOf(upright(plain, 6), 0, 0), pixelOf(plain, 0, plain.height - 1));  // a quarter to the right
  }

  void transparentPixelsAreLaidOverTheBackground_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("tolerance");
    QTest::newRow("webp") << "transparent.webp" << 0;
    QTest::newRow("tiff") << "transparent.tif" << 2;  // libtiff multiplies with the opacity and rounds
  }
  void transparentPixelsAreLaidOverTheBackground() {
    QFETCH(QString, name);
    QFETCH(int, tolerance);
    for (const Rgb background : {kWhite, Rgb{0, 0, 0}, Rgb{200, 100, 7}}) {
      const Decoded decoded = decodeFile(kPictures / name.toStdString(), background);
      QVERIFY(decoded.transparent);
      for (int64_t y = 0; y < kHeight; ++y)
        for (int64_t x = 0; x < kWidth; ++x)
          for (size_t c = 0; c < 3; ++c) {
            const double share = opacityAt(x, y) / 255.0;
            const double right = share * colourAt(x, y)[c] + (1 - share) * background[c];
            QVERIFY(std::abs(pixelOf(decoded.image, x, y)[c] - right) <= 0.5 + tolerance);
          }
    }
  }

  /// One colour is declared to be transparent; that of pixel (2, 1).
  void aTransparentColourIsLaidOver() {
    for (const char* name : {"key.png", "key_palette.png", "key.gif"}) {
      const Decoded decoded = decodeFile(kPictures / name, {9, 8, 7});
      QVERIFY2(decoded.transparent, name);
      Image right = expectedPicture();
      for (size_t c = 0; c < 3; ++c) right.rgb[3 * (kWidth + 2) + c] = static_cast<uint8_t>(9 - c);
      QVERIFY2(decoded.image == right, name);
    }
  }

  void backgroundsAreNamedOrNumbered() {
    QCOMPARE(backgroundColour("white"), kWhite);
    QCOMPARE(backgroundColour("black"), (Rgb{0, 0, 0}));
    QCOMPARE(backgroundColour("#ff8001"), (Rgb{255, 128, 1}));
    for (const char* text : {"", "blue", "#ff80", "#ff80012", "ff8001", "#gg8001", "#-f8001"})
      QVERIFY_THROWS_EXCEPTION(Error, backgroundColour(text));
  }

  void bitmapsOfAllDepths() {
    // 3 x 2 pixels of one bit, rows from below, padded to 4 bytes; colour 1 is (3, 2, 1).
    const std::string colours = number(0, 4) + std::string("\1\2\3\0", 4);
    const Image bits =
        decodeImage(bitmap(3, 2, 1, 0, 2, colours + "\x40" + std::string(3, '\0') + "\xa0" + std::string(3, '\0'), 8),
                    "bits")
            .image;
    QCOMPARE(pixelOf(bits, 0, 0), (Rgb{3, 2, 1}));
    QCOMPARE(pixelOf(bits, 1, 0), (Rgb{0, 0, 0}));
    QCOMPARE(pixelOf(bits, 1, 1), (Rgb{3, 2, 1}));
    // 5 bits a colour; rows from above by a negative height.
    const Image words =
        decodeImage(bitmap(1, -2, 16, 0, 0, number(31 << 10, 4) + number(31 << 5 | 1, 4), 0), "words").image;
    QCOMPARE(pixelOf(words, 0, 0), (Rgb{255, 0, 0}));
    QCOMPARE(pixelOf(words, 0, 1), (Rgb{0, 255, 8}));
    // 32 bits with masks of their own: red in the lowest byte.
    const Image masks =
        decodeImage(bitmap(1, 1, 32, 3, 0, number(0xff, 4) + number(0xff00, 4) + number(0xff0000, 4) + "\1\2\3\4", 12),
                    "masks")
            .image;
    QCOMPARE(pixelOf(masks, 0, 0), (Rgb{1, 2, 3}));
    QVERIFY(has(messageOf(bitmap(1, 1, 8, 1, 0, std::string(2000, '\0'), 1024)), "compression 1"));
    QVERIFY(has(messageOf(bitmap(1, 1, 7, 0, 0, std::string(2000, '\0'), 1024)), "7 bits"));
    QVERIFY(has(messageOf(bitmap(1, 1, 8, 0, 2, number(0, 8) + std::string("\5\0\0\0", 4), 8)), "colour 5 of 2"));
  }

  /// A file may end at any byte, and any byte may be wrong: nothing but an Error comes of it, and no size is
  /// believed before it is checked.
  void damagedFilesNeverCrash_data() {
    QTest::addColumn<QString>("name");
    for (const auto& entry : fs::directory_iterator(kPictures))
      QTest::newRow(entry.path().filename().c_str()) << QString::fromStdString(entry.path().filename().string());
  }
  void damagedFilesNeverCrash() {
    QFETCH(QString, name);
    const std::string sound = bytesOf(kPictures / name.toStdString());
    int refused = 0;
    for (size_t end = 0; end < sound.size(); ++end) refused += !messageOf(sound.substr(0, end)).empty();
    QVERIFY(refused > std::ssize(sound) / 2);
    largestAllocation = 0;
    for (size_t at = 0; at < sound.size(); ++at)
      for (const int change : {0xff, 0x80, 0x01}) {
        std::string damaged = sound;
        damaged[at] = static_cast<char>(damaged[at] ^ change);
        const std::string message = messageOf(damaged);
        QVERIFY2(message.empty() || message.starts_with("a file "), message.c_str());
      }
    QVERIFY2(largestAllocation < 1 << 21, std::to_string(largestAllocation).c_str());
  }

  void otherFilesAreRefusedWithTheirKind() {
    QVERIFY(has(messageOf("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1234\n"), "git lfs pull"));
    QVERIFY(has(messageOf(number(24, 4, false) + "ftypheic" + std::string(20, '\0')), "HEIC"));
    QVERIFY(has(messageOf("<!DOCTYPE html>"), "web page"));
    QVERIFY(has(messageOf("just a text"), "neither PNG"));
  }
};

QTEST_APPLESS_MAIN(PictureFormatsTest)
#include "picture_formats_test.moc"
