#include "widgets/images/data_view.h"

#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTest>
#include <cmath>
#include <numeric>

#include "tests/widgets/images/take_pictures.h"
#include "widgets/images/image_grid.h"
#include "widgets/images/palette_strip.h"

using namespace scanline;

namespace {

Palette rainbow(int count) {
  std::vector<Colour> colours;
  for (int i = 0; i < count; ++i) {
    const QColor colour = QColor::fromHsvF(static_cast<float>(i % 16) / 16, 0.7F,
                                           0.2F + 0.8F * static_cast<float>(i) / static_cast<float>(count));
    colours.push_back({colour.redF() * 2 - 1, colour.greenF() * 2 - 1, colour.blueF() * 2 - 1});
  }
  return Palette(colours);
}

DataPicture gradients(int64_t count, int64_t side) {
  DataPicture data;
  data.name = QStringLiteral("test");
  data.images.count = count;
  data.images.width = data.images.height = side;
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t pixel = 0; pixel < side * side; ++pixel)
      for (const int64_t level : {pixel % side * 255 / side, pixel / side * 255 / side, (i * 37) % 255})
        data.images.rgb.push_back(static_cast<uint8_t>(level));
    data.images.labels.push_back(static_cast<int32_t>(i % 10));
  }
  data.trainImages = 45'000;
  data.validationImages = 5'000;
  data.testImages = 10'000;
  data.classNames = {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
  for (int i = 0; i < 10; ++i) data.classCounts.push_back(4400 + 31 * i);
  return data;
}

}  // namespace

class DataViewTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qobject_cast<QApplication*>(QApplication::instance()), ThemeChoice::Light); }

  void quantisedStandsBesideTheOriginal() {
    DataView view;
    view.resize(1200, 800);
    auto data = gradients(48, 16);
    const Palette palette = rainbow(512);
    for (int64_t i = 0; i < palette.size(); ++i) data.colourUses.push_back((i * 7919) % 512);
    view.setData(data, palette);
    view.show();
    const auto& set = view.findChild<ImageGrid*>()->pictures();
    QCOMPARE(set.count(), 96);
    const auto bytes = data.images.image(5);
    double squares = 0;
    const QImage original = set.picture(10), quantised = set.picture(11);
    for (int i = 0; i < 256; ++i) {
      const auto* rgb = &bytes[static_cast<size_t>(3 * i)];
      QCOMPARE(original.pixel(i % 16, i / 16), qRgb(rgb[0], rgb[1], rgb[2]));
      const auto near = palette.rgb(palette.nearest(rgb[0], rgb[1], rgb[2]));
      QCOMPARE(quantised.pixel(i % 16, i / 16), qRgb(near[0], near[1], near[2]));
    }
    for (int64_t i = 0; i < 48; ++i)
      for (int p = 0; p < 256; ++p) {
        const auto* rgb = &data.images.image(i)[static_cast<size_t>(3 * p)];
        const auto near = palette.rgb(palette.nearest(rgb[0], rgb[1], rgb[2]));
        for (size_t c = 0; c < 3; ++c) squares += (rgb[c] - near[c]) * (rgb[c] - near[c]);
      }
    QVERIFY(std::abs(view.quantisationError() - std::sqrt(squares / (48 * 256 * 3))) < 1e-9);
    takePictures(view, QStringLiteral("data"));
  }

  void emptyAndUnlabelledAreNoError() {
    DataView view;
    view.resize(1200, 800);
    view.show();
    takePictures(view, QStringLiteral("data-empty"));
    auto data = gradients(3, 8);
    data.images.labels.clear();
    data.classNames.clear();
    data.classCounts.clear();
    view.setData(data, rainbow(16));
    takePictures(view, QStringLiteral("data-unlabelled"));
    view.clear();
    QVERIFY(view.findChild<ImageGrid*>()->pictures().isEmpty());
  }

  void stripOrdersByUseOrLightness() {
    PaletteStrip strip;
    strip.setColours(Palette({{1, 1, 1}, {-1, -1, -1}, {0, 0, 0}}));
    QCOMPARE(strip.order(), (std::vector<Token>{1, 2, 0}));
    strip.setColours(Palette({{1, 1, 1}, {-1, -1, -1}, {0, 0, 0}}), {5, 10, 85});
    QCOMPARE(strip.order(), (std::vector<Token>{2, 1, 0}));
    QCOMPARE(strip.words(0), QStringLiteral("Colour 0 · RGB 255, 255, 255 · 5.0 % of pixels"));
  }

  void pointingNamesTheColour() {
    PaletteStrip strip;
    strip.setColours(rainbow(32));
    strip.resize(8 * 24, strip.heightForWidth(8 * 24));
    strip.show();
    QCOMPARE(strip.height(), 4 * 24);
    QSignalSpy pointed(&strip, &PaletteStrip::pointed);
    QTest::mouseMove(&strip, QPoint(24 * 3 + 4, 24 * 2 + 4));
    QTRY_COMPARE(pointed.count(), 1);
    QCOMPARE(pointed.last().first().toString(), strip.words(strip.order()[19]));
    QTest::keyClick(&strip, Qt::Key_Right);
    QCOMPARE(pointed.last().first().toString(), strip.words(strip.order()[20]));
    QVERIFY(!strip.at(QPoint(4, 24 * 5)));
    // Every swatch can be pointed at, whatever the width.
    strip.resize(100, strip.heightForWidth(100));
    QVERIFY(strip.at(QPoint(4, strip.height() - 4)));
  }
};

QTEST_MAIN(DataViewTest)
#include "data_view_test.moc"
