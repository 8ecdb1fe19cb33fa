#include "widgets/pages/data_view.h"

#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

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

ImageSet gradients(int64_t count, int64_t side, int64_t blue) {
  ImageSet images{.count = count, .width = side, .height = side, .rgb = {}, .labels = {}};
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t pixel = 0; pixel < side * side; ++pixel)
      for (const int64_t level : {pixel % side * 255 / side, pixel / side * 255 / side, (i * 37 + blue) % 255})
        images.rgb.push_back(static_cast<uint8_t>(level));
    images.labels.push_back(static_cast<int32_t>(i % 10));
  }
  return images;
}

ShownSplit split(const QString& name, int64_t count, ImageSet images, const Palette& palette) {
  ShownSplit result{.name = name, .count = count, .images = std::move(images), .shown = {}};
  result.shown = result.images;
  result.shown.rgb = toImage(tokenize(result.images, palette).ids, palette, result.images.width).rgb;
  return result;
}

ShownData photographs(const Palette& palette) {
  ShownData data;
  data.name = QStringLiteral("test");
  data.splits = {split(QStringLiteral("Training"), 45'000, gradients(48, 16, 0), palette),
                 split(QStringLiteral("Validation"), 5'000, gradients(24, 16, 90), palette),
                 split(QStringLiteral("Test"), 10'000, gradients(24, 16, 180), palette)};
  data.classNames = {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
  for (int i = 0; i < 10; ++i) data.classCounts.push_back(4400 + 31 * i);
  data.palette = palette;
  for (int64_t i = 0; i < palette.size(); ++i) data.colourUses.push_back((i * 7919) % 512);
  data.error = QuantisationError{{12.5, 50, 8}};
  data.measuredImages = 45'000;
  return data;
}

}  // namespace

class DataViewTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qobject_cast<QApplication*>(QApplication::instance()), ThemeChoice::Light); }

  void init() {
    view_ = std::make_unique<DataView>();
    view_->resize(1200, 800);
    view_->show();
    view_->setData(photographs(palette_));
  }
  void cleanup() {
    view_.reset();
    window_.reset();
  }

  void quantisedStandsBesideTheOriginal() {
    const auto& set = pictures();
    QCOMPARE(set.count(), 96);
    const ImageSet images = gradients(48, 16, 0);
    const auto bytes = images.image(5);
    const QImage original = set.picture(10), quantised = set.picture(11);
    for (int i = 0; i < 256; ++i) {
      const auto* rgb = &bytes[static_cast<size_t>(3 * i)];
      QCOMPARE(original.pixel(i % 16, i / 16), qRgb(rgb[0], rgb[1], rgb[2]));
      const auto near = palette_.rgb(palette_.nearest(rgb[0], rgb[1], rgb[2]));
      QCOMPARE(quantised.pixel(i % 16, i / 16), qRgb(near[0], near[1], near[2]));
    }
    takePictures(*view_, QStringLiteral("data"));
    takePictures(*view_, QStringLiteral("data-small"), {640, 480});
  }

  void eitherAloneByClick() {
    const QImage original = pictures().picture(10), quantised = pictures().picture(11);
    QTest::mouseClick(button("Original"), Qt::LeftButton);
    QCOMPARE(pictures().count(), 48);
    QCOMPARE(pictures().picture(5), original);
    QTest::mouseClick(button("Quantised"), Qt::LeftButton);
    QCOMPARE(pictures().count(), 48);
    QCOMPARE(pictures().picture(5), quantised);
    QCOMPARE(pictures().cells[5].caption, QStringLiteral("dog"));
    takePictures(*view_, QStringLiteral("data-quantised"));
  }

  /// The smallest main window leaves the page this much.
  void aNarrowWindowClipsNothing() {
    window_ = std::make_unique<QWidget>();
    QWidget& window = *window_;
    auto* page = new QVBoxLayout(&window);
    page->setContentsMargins(0, 0, 0, 0);
    view_ = std::make_unique<DataView>();
    page->addWidget(view_.get());
    view_->setData(photographs(palette_));
    window.resize(352, 420);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    QCOMPARE(window.size(), QSize(352, 420));
    const auto seen = [&](const QWidget* part) { return QRect(part->mapTo(view_.get(), QPoint()), part->size()); };
    for (const auto* part : view_->findChildren<QToolButton*>()) QVERIFY(view_->rect().contains(seen(part)));
    const auto* grid = view_->findChild<ImageGrid*>();
    const auto* side = view_->findChild<QScrollArea*>();
    QVERIFY(view_->rect().contains(seen(grid)) && view_->rect().contains(seen(side)));
    QVERIFY(seen(side).top() > seen(grid).bottom() && grid->width() > 280 && grid->height() > 120);
    QTest::mouseClick(button("Quantised"), Qt::LeftButton);
    QCOMPARE(pictures().count(), 48);
    takePictures(window, QStringLiteral("data-narrow"), {352, 420});
  }

  void everySplitIsShownByKey() {
    auto* box = view_->findChild<QComboBox*>();
    QCOMPARE(box->count(), 3);
    box->setFocus();
    QTest::keyClick(box, Qt::Key_Down);
    QCOMPARE(pictures().count(), 48);
    QCOMPARE(pictures().picture(0).pixel(0, 0), qRgb(0, 0, 90));
  }

  void oneClassIsLookedAtByKey() {
    auto data = photographs(palette_);
    data.splits[0].first = 20;  // the rest is there for the classes
    view_->setData(data);
    QCOMPARE(pictures().count(), 2 * 20);
    auto* box = view_->findChildren<QComboBox*>().value(1);
    QCOMPARE(box->count(), 11);
    box->setFocus();
    QTest::keyClicks(box, QStringLiteral("ca"));
    QCOMPARE(box->currentText(), QStringLiteral("cat"));
    QCOMPARE(pictures().count(), 2 * 5);  // of 48: 3, 13, 23, 33, 43
    QCOMPARE(pictures().cells[2].name, QStringLiteral("Image 14"));
    for (int i = 0; i < pictures().count(); i += 2)
      QCOMPARE(pictures().cells[size_t(i)].caption, QStringLiteral("cat"));
    QVERIFY(says(QStringLiteral("5 of 4")));  // 4 493 cats
    view_->setData(data);
    QCOMPARE(box->currentText(), QStringLiteral("cat"));
    takePictures(*view_, QStringLiteral("data-class"));
  }

  void buttonsZoom() {
    auto* grid = view_->findChild<ImageGrid*>();
    const int before = grid->shownZoom();
    QTest::mouseClick(button("+"), Qt::LeftButton);
    QCOMPARE(grid->shownZoom(), before + 1);
    QVERIFY(says(QStringLiteral("%1 ×").arg(before + 1)));
    QTest::mouseClick(button("Fit"), Qt::LeftButton);
    QCOMPARE(grid->shownZoom(), before);
  }

  void missingImagesCanBeLocated() {
    view_->clear();
    auto* locate = view_->findChild<QPushButton*>("locate");
    QVERIFY(!locate->isVisible());
    view_->setMissing(QStringLiteral("There is no folder /nowhere."), true);
    QSignalSpy wanted(view_.get(), &DataView::locateRequested);
    QTest::mouseClick(locate, Qt::LeftButton);
    QCOMPARE(wanted.count(), 1);
    view_->setData(photographs(palette_));
    QVERIFY(!locate->isVisible());
    view_->setMissing(QStringLiteral("The bundled digits are damaged."), false);
    QVERIFY(!locate->isVisible());
  }

  /// Another data set is looked at in the same split.
  void theSplitOutlivesTheData() {
    view_->findChild<QComboBox*>()->setCurrentIndex(2);
    view_->setData(photographs(palette_));
    QCOMPARE(view_->findChild<QComboBox*>()->currentIndex(), 2);
  }

  void theErrorIsToldByChannel() {
    QVERIFY(says(QStringLiteral("12.5")) && says(QStringLiteral("50.0")) && says(QStringLiteral("8.00")));
    QVERIFY(says(QStringLiteral("23.5")));     // the mean of the three
    QVERIFY(says(QStringLiteral("34.4 dB")));  // 10 log10(255^2 / 23.5)
    QVERIFY(says(QStringLiteral("45 000")) || says(QStringLiteral("45\u202F000")));
  }

  void greysAreOneNumber() {
    auto data = photographs(palette_);
    data.error = QuantisationError{{0, 0, 0}};
    view_->setData(data);
    QVERIFY(says(QStringLiteral("nothing lost")));
    QVERIFY(!says(QStringLiteral("green")));
  }

  void withoutAPaletteOnlyOriginals() {
    auto data = photographs(palette_);
    data.palette.reset();
    data.error.reset();
    data.colourUses.clear();
    data.note = QStringLiteral("A VQ-VAE learns from the pixels themselves.");
    for (ShownSplit& split : data.splits) split.shown = {};
    view_->setData(data);
    QCOMPARE(pictures().count(), 48);
    QVERIFY(!view_->findChild<PaletteStrip*>()->isVisible());
    QVERIFY(!button("Quantised")->isVisible());
    QVERIFY(says(data.note));
    takePictures(*view_, QStringLiteral("data-pixels"));
  }

  void emptyAndUnlabelledAreNoError() {
    view_->clear();
    QVERIFY(pictures().isEmpty());
    takePictures(*view_, QStringLiteral("data-empty"));
    ShownData data{.name = QStringLiteral("bare"),
                   .splits = {split(QStringLiteral("Training"), 3, gradients(3, 8, 0), rainbow(16))},
                   .palette = rainbow(16)};
    data.splits[0].images.labels.clear();
    view_->setData(data);
    QCOMPARE(pictures().count(), 6);
    takePictures(*view_, QStringLiteral("data-unlabelled"));
  }

  void stripOrdersByUseOrLightness() {
    PaletteStrip strip;
    strip.setColours(Palette({{1, 1, 1}, {-1, -1, -1}, {0, 0, 0}}));
    QCOMPARE(strip.order(), (std::vector<Token>{1, 2, 0}));
    strip.setColours(Palette({{1, 1, 1}, {-1, -1, -1}, {0, 0, 0}}), {5, 10, 85});
    QCOMPARE(strip.order(), (std::vector<Token>{2, 1, 0}));
    QCOMPARE(strip.words(0), QStringLiteral("Colour 0 · RGB 255, 255, 255 · 5 pixels, 5.0 %"));
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
    // Every swatch can be pointed at, at any width.
    strip.resize(100, strip.heightForWidth(100));
    QVERIFY(strip.at(QPoint(4, strip.height() - 4)));
  }

 private:
  const PictureSet& pictures() const { return view_->findChild<ImageGrid*>()->pictures(); }
  QToolButton* button(const char* text) const {
    for (auto* each : view_->findChildren<QToolButton*>())
      if (each->text() == QLatin1String(text)) return each;
    return nullptr;
  }
  /// Whether a label that is seen has these words.
  bool says(const QString& words) const {
    const auto labels = view_->findChildren<QLabel*>();
    return std::any_of(labels.begin(), labels.end(), [&](const QLabel* label) {
      return label->isVisibleTo(view_.get()) && label->text().contains(words);
    });
  }

  const Palette palette_ = rainbow(512);
  std::unique_ptr<DataView> view_;
  std::unique_ptr<QWidget> window_;  ///< that the view stands in, if it does
};

QTEST_MAIN(DataViewTest)
#include "data_view_test.moc"
