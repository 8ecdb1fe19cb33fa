// Films are decoded again, by giflib and as the PNGs that an APNG is made of.
#include "core/jobs/film.h"

#include <gif_lib.h>

#include <QTemporaryDir>
#include <QTest>
#include <QtEndian>
#include <fstream>

#include "core/base/error.h"
#include "core/data/animation.h"
#include "core/data/image_decoders.h"
#include "core/jobs/canvas.h"
#include "core/jobs/picture_grid.h"
#include "core/spec/spec_text.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

struct Frame {
  Image picture;
  int64_t milliseconds = 0;
};

std::string bytesOf(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<Frame> decodeGif(const fs::path& file) {
  std::vector<Frame> frames;
  GifFileType* gif = DGifOpenFileName(file.c_str(), nullptr);
  if (gif == nullptr || DGifSlurp(gif) != GIF_OK) return frames;
  for (int i = 0; i < gif->ImageCount; ++i) {
    const SavedImage& saved = gif->SavedImages[i];
    Frame frame{.picture = {saved.ImageDesc.Width, saved.ImageDesc.Height, {}}};
    for (int64_t k = 0; k < frame.picture.width * frame.picture.height; ++k) {
      const GifColorType& colour = saved.ImageDesc.ColorMap->Colors[saved.RasterBits[k]];
      for (const uint8_t each : {colour.Red, colour.Green, colour.Blue}) frame.picture.rgb.push_back(each);
    }
    GraphicsControlBlock control{};
    if (DGifSavedExtensionToGCB(gif, i, &control) == GIF_OK) frame.milliseconds = 10 * control.DelayTime;
    frames.push_back(std::move(frame));
  }
  DGifCloseFile(gif, nullptr);
  return frames;
}

/// Each picture as a PNG of its own: the first file's head, and its data.
std::vector<Frame> decodeApng(const std::string& bytes, uint32_t* announced) {
  std::vector<Frame> frames;
  const auto number = [](std::string_view at) { return qFromBigEndian<uint32_t>(at.data()); };
  const auto chunk = [](const std::string& name, const std::string& data) {
    std::string out(4, '\0');
    qToBigEndian<uint32_t>(uint32_t(data.size()), out.data());
    return out + name + data;
  };
  uint32_t sequence = 0;
  std::string head = bytes.substr(0, 33), data;
  std::vector<std::string> pictures;
  for (size_t at = 8; at + 12 <= bytes.size();) {
    const size_t length = number(std::string_view(bytes).substr(at));
    const std::string name = bytes.substr(at + 4, 4), body = bytes.substr(at + 8, length);
    if (name == "acTL") *announced = number(body);
    if (name == "fcTL") {
      if (number(body) != sequence++) return {};
      frames.push_back({.picture = {}, .milliseconds = int64_t(qFromBigEndian<uint16_t>(body.data() + 20))});
      pictures.emplace_back();
    }
    if (name == "IDAT") pictures.back() += body;
    if (name == "fdAT") {
      if (number(body) != sequence++) return {};
      pictures.back() += body.substr(4);
    }
    at += 12 + length;
  }
  for (size_t i = 0; i < frames.size(); ++i) {
    // The decoder checks sums, so they are made anew.
    std::string png = head;
    for (const std::string& each : {chunk("IDAT", pictures[i]), chunk("IEND", "")}) {
      const auto sum = [&] {
        uint32_t crc = 0xFFFFFFFFU;
        for (size_t k = 4; k < each.size(); ++k) {
          crc ^= static_cast<unsigned char>(each[k]);
          for (int bit = 0; bit < 8; ++bit) crc = crc >> 1U ^ (crc & 1U ? 0xEDB88320U : 0U);
        }
        return ~crc;
      }();
      std::string end(4, '\0');
      qToBigEndian<uint32_t>(sum, end.data());
      png += each + end;
    }
    const Raster raster = decodePng(png, "a frame");
    frames[i].picture = {raster.width, raster.height, raster.pixels};
  }
  return frames;
}

}  // namespace

class FilmTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    store_ = std::make_unique<RunStore>(folder_->path().toStdString() + "/workspace", StoreMode::ReadWrite);
    run_ = store_->create(toToml(RunSpec{}));
    RunPrepared prepared;
    for (int i = 0; i < 12; ++i) prepared.palette.push_back({float(i) / 6 - 1, 1 - float(i) / 6, float(i % 3) - 1});
    append(prepared);
    for (int64_t step = 0; step < 5; ++step)
      append(SampleSet{.step = 100 * step,
                       .width = 4,
                       .height = 2,
                       .given = 4,
                       .perPrompt = 1,
                       .originals = {{0, 1, 2, 3, 4, 5, 6, 7}},
                       .samples = {{0, 1, 2, 3, Token(step), Token(step + 1), 8, 9}},
                       .originalNats = {1},
                       .sampleNats = {2}});
  }
  void cleanup() { store_.reset(); }

  void aGifHasEveryStepAsItIs() {
    const fs::path file = place("film.gif");
    const auto result = writeFilm(*store_, run_, file);
    QCOMPARE(result.shown, size_t{5});
    checkFrames(decodeGif(file));
  }

  void anApngHasEveryStepAsItIs() {
    const fs::path file = place("film.png");
    writeFilm(*store_, run_, file);
    uint32_t announced = 0;
    const std::string bytes = bytesOf(file);
    checkFrames(decodeApng(bytes, &announced));
    QCOMPARE(announced, 5U);
    // Readers that know no APNG see the first step.
    const Raster first = decodePng(bytes, "the film");
    QVERIFY(first.pixels == expected(0).rgb);
  }

  void aSheetHasAllStepsBelowEachOther() {
    const Image sheet = contactSheet(*store_, run_);
    const Image one = expected(0);
    QCOMPARE(sheet.width, one.width);
    QCOMPARE(sheet.height, 5 * (one.height + 4));
    for (int64_t step = 0; step < 5; ++step) {
      const int64_t top = step * (one.height + 4);
      QVERIFY(std::ranges::equal(std::span(sheet.rgb).subspan(size_t(3 * top * sheet.width), one.rgb.size()),
                                 expected(100 * step).rgb));
    }
  }

  void captionsTellTheStep() {
    const Image bare{60, 1, std::vector<uint8_t>(180, 0)};
    const Image a = withCaption(bare, "step 100"), b = withCaption(bare, "step 400"), blank = withCaption(bare, "    ");
    QVERIFY(a.rgb != b.rgb && a.rgb != blank.rgb);
    QVERIFY(a.height > 15);
    QVERIFY(withCaption(bare, "step 123456789").width > 60);  // widened
  }

  void ofManyStepsEvenlyChosenOnesAreShown() {
    for (int64_t step = 5; step < 50; ++step)
      append(SampleSet{
          100 * step, 4, 2, 4, 1, {{0, 1, 2, 3, 4, 5, 6, 7}}, {{0, 1, 2, 3, 1, 1, 8, 9}}, {1}, {2}, 0, 0, {}, {}});
    const FilmOptions options{.mostSteps = 8};
    const auto steps = filmSteps(*store_, run_, options);
    QCOMPARE(steps, (std::vector<int64_t>{0, 700, 1400, 2100, 2800, 3500, 4200, 4900}));
    const auto result = writeFilm(*store_, run_, place("film.gif"), options);
    QCOMPARE(result.shown, size_t{8});
    QCOMPARE(result.all, size_t{50});
    QCOMPARE(decodeGif(place("film.gif")).size(), size_t{8});
  }

  /// The most frequent colours of a GIF are exact, the others near.
  void moreThan256ColoursBecomeTheirNearest() {
    Image picture{64, 64, {}};
    for (int i = 0; i < 64 * 64; ++i)
      for (const int value : {i % 64 * 4, i / 64 * 4, 100}) picture.rgb.push_back(uint8_t(value));
    Animation animation(Animation::Format::Gif, 64, 64, 1);
    animation.add(picture, 100);
    const fs::path file = place("many.gif");
    std::ofstream(file, std::ios::binary) << animation.take();
    const auto frames = decodeGif(file);
    QCOMPARE(frames.size(), size_t{1});
    QCOMPARE(frames[0].picture.width, 64);
    Image other{3, 3, std::vector<uint8_t>(27, 0)};
    QVERIFY_EXCEPTION_THROWN(Animation(Animation::Format::Apng, 64, 64, 1).add(other, 100), Error);
  }

  void whatCannotBeShownIsSaid() {
    QVERIFY_EXCEPTION_THROWN(writeFilm(*store_, run_, place("film.mp4")), Error);
    QVERIFY_EXCEPTION_THROWN(filmSteps(*store_, run_, {.completions = false}), Error);
    QVERIFY_EXCEPTION_THROWN(contactSheet(*store_, run_, {.scale = 64, .mostSteps = 5, .control = stopped()}), Stopped);
    QVERIFY(!fs::exists(place("film.mp4")));
  }

 private:
  void append(const TrainEvent& event) { store_->append(run_, std::span(&event, 1)); }
  fs::path place(const char* name) const { return fs::path(folder_->path().toStdString()) / name; }
  static Control stopped() {
    return Control(Control::Functions{.mayGoOn = [] { return false; }});
  }

  Image expected(int64_t step) const {
    const auto set = store_->samples(run_, step, true);
    const Palette palette(store_->details(run_).prepared.palette);
    return withCaption(pictureGrid(*set, palette, {.scale = 16, .gap = 2, .columns = 8, .rows = 8}),
                       "step " + std::to_string(step));
  }
  void checkFrames(const std::vector<Frame>& frames) {
    QCOMPARE(frames.size(), size_t{5});
    for (size_t i = 0; i < 5; ++i) {
      QVERIFY(frames[i].picture == expected(100 * int64_t(i)));
      QCOMPARE(frames[i].milliseconds, i == 4 ? 2000 : 400);
    }
  }

  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<RunStore> store_;
  RunId run_;
};

QTEST_GUILESS_MAIN(FilmTest)
#include "film_test.moc"
