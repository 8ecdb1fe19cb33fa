#include "widgets/studio/attention_panel.h"

#include <QCheckBox>
#include <QLabel>
#include <QSignalSpy>
#include <QSlider>
#include <QTest>
#include <cmath>
#include <limits>
#include <memory>

#include "tests/support/widget_pictures.h"
#include "tests/widgets/studio/sample_questions.h"
#include "widgets/images/image_grid.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/studio/choice_strip.h"
#include "widgets/studio/token_map.h"

using namespace scanline;

namespace {

constexpr int kAcross = 8, kDown = 6, kLayers = 3, kHeads = 4, kN = kAcross * kDown;

/// Weights that sum to 1 over the tokens that `position` sees: head h looks h + 1 pixels back, the deeper the sharper.
AttentionRow rowOf(const ModelFacts& facts, int64_t position) {
  const int64_t n = facts.across * facts.down;
  const bool causal = facts.objective == Objective::Autoregressive;
  AttentionRow row;
  const auto put = [&](std::vector<float>& into, double sharp, double back) {
    std::vector<double> weights;
    double sum = 0;
    for (int64_t j = 0; j < n; ++j) {
      const bool seen = !causal || j <= position;
      weights.push_back(seen ? std::exp(-sharp * std::abs(double(position - j) - back)) + (j == 0 ? 0.3 : 0) : 0);
      sum += weights.back();
    }
    for (const double weight : weights) into.push_back(float(weight / sum));
  };
  for (int64_t layer = 0; layer < facts.layers; ++layer) {
    for (int64_t head = 0; head < facts.heads; ++head)
      put(row.weights, 0.1 + 0.2 * double(layer), double(head * facts.across) / 2);
    put(row.rollout, 0.05, 1);
  }
  return row;
}

}  // namespace

class AttentionPanelTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }
  void init();
  void cleanup() { panel_.reset(); }
  void weightsLieOnThePixelsThatAreLookedAt();
  void theStartVectorsShareIsSaid();
  void layersHeadsMeanAndRolloutAreChosen();
  void aClickAsksForAnotherPixel();
  void theSheetShowsAllHeadsAndAClickChooses();
  void aBertHasNoStartVector();
  void patternsAreMeansByOffset();
  void patternsAreAskedForOnceAndFillUp();
  void answersOfAnotherPixelOrModelAreNotShown();
  void emptyStatesAreSaid();
  void pictures();

 private:
  TokenMap& map() const { return *panel_->findChild<TokenMap*>(); }
  ImageGrid& sheet() const { return *panel_->findChild<ImageGrid*>(); }
  QString text(const char* name) const { return panel_->findChild<QLabel*>(QString::fromLatin1(name))->text(); }
  void click(const char* control, int index) {
    const auto buttons =
        panel_->findChild<SegmentedControl*>(QString::fromLatin1(control))->findChildren<QAbstractButton*>();
    QTest::mouseClick(buttons[index], Qt::LeftButton);
  }
  void ask(qint64 position) {
    panel_->setPosition(position);
    panel_->setAttention(position, rowOf(facts_, position));
  }
  /// In per cent, as the map shows it.
  float shown(qint64 position) const { return panel_->layer().values[size_t(position)]; }

  ModelFacts facts_;
  StudioPicture picture_;
  std::unique_ptr<AttentionPanel> panel_;
};

void AttentionPanelTest::init() {
  facts_ = sampleFacts(kAcross, kDown, 16, kLayers, kHeads);
  picture_ = samplePicture(kAcross, kDown, 16);
  panel_ = std::make_unique<AttentionPanel>();
  panel_->resize(320, 820);
  panel_->setModel(facts_);
  panel_->setPicture(picture_);
  panel_->show();
  QVERIFY(QTest::qWaitForWindowExposed(panel_.get()));
}

void AttentionPanelTest::weightsLieOnThePixelsThatAreLookedAt() {
  ask(20);
  panel_->setChoice({AttentionChoice::Kind::Head, 1, 2});
  const AttentionRow row = rowOf(facts_, 20);
  const auto weight = [&](int64_t column) { return row.weights[size_t((1 * kHeads + 2) * kN + column)]; };
  for (int64_t pixel = 0; pixel < kN; ++pixel) {
    if (pixel < 20)
      QCOMPARE(shown(pixel), 100 * weight(pixel + 1));  // column j is pixel j - 1
    else
      QVERIFY(std::isnan(shown(pixel)));  // not seen, the pixel itself included
  }
  // The highest weight covers the picture with the brightest colour; pixels without weight stay as they are.
  int64_t highest = 0;
  for (int64_t pixel = 1; pixel < 20; ++pixel)
    if (shown(pixel) > shown(highest)) highest = pixel;
  const QImage shot = map().grab().toImage();
  const auto seen = [&](qint64 at) {
    return shot.pixelColor((map().shownRect(at).center() * shot.devicePixelRatio()).toPoint());
  };
  QVERIFY(std::abs(seen(highest).green() - mapColour(ColourMap::Even, 1).green()) < 25);
  QCOMPARE(seen(kN - 1), picture_.colourOf(picture_.tokens.back()));
}

void AttentionPanelTest::theStartVectorsShareIsSaid() {
  ask(20);
  panel_->setChoice({AttentionChoice::Kind::Head, 0, 3});
  const float start = rowOf(facts_, 20).weights[size_t(3 * kN)];
  QCOMPARE(float(panel_->startShare()), start);
  QVERIFY2(text("start").contains(QStringLiteral("has %1 % of the weight").arg(100 * double(start), 0, 'f', 1)),
           qPrintable(text("start")));
  // The shown weights and the start vector come to 1.
  double sum = panel_->startShare();
  for (const float value : panel_->layer().values)
    if (std::isfinite(value)) sum += value / 100;
  QVERIFY(std::abs(sum - 1) < 1e-5);
  ask(0);
  QVERIFY(text("start").contains(QStringLiteral("all of the weight")));
}

void AttentionPanelTest::layersHeadsMeanAndRolloutAreChosen() {
  ask(20);
  QSignalSpy changed(panel_.get(), &AttentionPanel::layerChanged);
  auto* layer = panel_->findChild<QSlider*>(QStringLiteral("layer"));
  QCOMPARE(layer->value(), kLayers - 1);  // the last one first
  layer->setFocus();
  QTest::keyClick(layer, Qt::Key_Home);
  QCOMPARE(panel_->choice().layer, 0);
  QCOMPARE(text("layerWords"), QStringLiteral("1 of 3"));
  auto* heads = panel_->findChild<ChoiceStrip*>();
  QTest::mouseClick(heads, Qt::LeftButton, {}, heads->rectOf(2).center());
  QCOMPARE(panel_->choice().head, 2);
  heads->setFocus();
  QTest::keyClick(heads, Qt::Key_Right);
  QCOMPARE(panel_->choice().head, 3);
  QCOMPARE(changed.size(), 3);
  const AttentionRow row = rowOf(facts_, 20);
  click("kind", 1);
  QVERIFY(!heads->isEnabled());
  double mean = 0;
  for (int head = 0; head < kHeads; ++head) mean += double(row.weights[size_t(head * kN + 6)]) / kHeads;
  QVERIFY(std::abs(shown(5) - 100 * mean) < 1e-4);
  click("kind", 2);
  QVERIFY(std::abs(shown(5) - 100 * row.rollout[6]) < 1e-4F);
}

void AttentionPanelTest::aClickAsksForAnotherPixel() {
  ask(20);
  QSignalSpy chosen(panel_.get(), &AttentionPanel::positionChosen);
  QTest::mouseMove(&map(), map().shownRect(5).center().toPoint());
  QTRY_COMPARE(text("pointed"), panel_->words(5));
  QVERIFY(text("pointed").startsWith(QStringLiteral("row 1, column 6 · ")));
  QVERIFY(panel_->words(30).endsWith(QStringLiteral("it comes later")));
  QTest::mouseClick(&map(), Qt::LeftButton, {}, map().shownRect(30).center().toPoint());
  QCOMPARE(chosen.size(), 1);
  QCOMPARE(panel_->position(), 30);
  QCOMPARE(text("place"), QStringLiteral("row 4, column 7"));
}

void AttentionPanelTest::theSheetShowsAllHeadsAndAClickChooses() {
  ask(20);
  click("page", AttentionPanel::AllHeads);
  QVERIFY(sheet().isVisible());
  QCOMPARE(sheet().pictures().count(), kLayers * kHeads);
  const AttentionRow row = rowOf(facts_, 20);
  // Each map has the colours of its own weights.
  const QImage second = sheet().pictures().picture(1 * kHeads + 2);
  std::vector<float> weights(kN, std::numeric_limits<float>::quiet_NaN());
  for (size_t pixel = 0; pixel < 20; ++pixel) weights[pixel] = row.weights[size_t(1 * kHeads + 2) * kN + pixel + 1];
  const ColourScale own = scaleFromZero(weights);
  for (int pixel = 0; pixel < 20; ++pixel)
    QCOMPARE(second.pixelColor(pixel % kAcross, pixel / kAcross), own.colour(weights[size_t(pixel)]));
  QSignalSpy changed(panel_.get(), &AttentionPanel::layerChanged);
  QTest::mouseClick(sheet().viewport(), Qt::LeftButton, {}, sheet().shownRect(1 * kHeads + 2).center().toPoint());
  QVERIFY(!sheet().isEnlarged());
  QCOMPARE(panel_->choice().layer, 1);
  QCOMPARE(panel_->choice().head, 2);
  QCOMPARE(changed.size(), 1);
  QVERIFY2(text("sheetWords").startsWith(QStringLiteral("Layer 2, head 3 · start vector")),
           qPrintable(text("sheetWords")));
  sheet().setFocus();
  QTest::keyClick(&sheet(), Qt::Key_Down);
  QCOMPARE(panel_->choice().layer, 2);
  QTest::keyClick(&sheet(), Qt::Key_Return);
  QVERIFY(sheet().isEnlarged());
  sheet().closeEnlarged();
  // One scale: the brightest colour is that of the highest weight of all.
  panel_->findChild<QCheckBox*>(QStringLiteral("oneScale"))->setChecked(true);
  int brightest = 0;
  for (int map = 0; map < kLayers * kHeads; ++map) {
    const QImage picture = sheet().pictures().picture(map);
    for (int pixel = 0; pixel < 20; ++pixel)
      brightest += picture.pixelColor(pixel % kAcross, pixel / kAcross) == mapColour(ColourMap::Even, 1);
  }
  QCOMPARE(brightest, 1);
}

void AttentionPanelTest::aBertHasNoStartVector() {
  facts_.objective = Objective::Bert;
  panel_->setModel(facts_);
  ask(20);
  panel_->setChoice({AttentionChoice::Kind::Head, 1, 2});
  const AttentionRow row = rowOf(facts_, 20);
  for (int64_t pixel = 0; pixel < kN; ++pixel)
    QCOMPARE(shown(pixel), 100 * row.weights[size_t((1 * kHeads + 2) * kN + pixel)]);
  QVERIFY(!panel_->findChild<QLabel*>(QStringLiteral("start"))->isVisible());
}

void AttentionPanelTest::patternsAreMeansByOffset() {
  // Head 0 looks at the pixel one to the left with weight 0.75, or at the start vector where there is none.
  ModelFacts facts = sampleFacts(4, 4, 16, 1, 1);
  std::vector<float> maps(16 * 16, 0);
  for (int i = 0; i < 16; ++i) {
    const bool hasLeft = i % 4 > 0;
    maps[size_t(i * 16)] += hasLeft ? 0.25F : 1;
    if (hasLeft) maps[size_t(i * 16 + i)] += 0.75F;  // column j is pixel j - 1
  }
  const auto patterns = offsetPatterns(maps, facts, 2);
  QCOMPARE(patterns.size(), size_t{1});
  const OffsetPattern& pattern = patterns.front();
  QCOMPARE(pattern.down, 3);
  const auto at = [&](int dx, int dy) { return pattern.values[size_t((dy + 2) * 5 + dx + 2)]; };
  QCOMPARE(at(-1, 0), 0.75F);
  QCOMPARE(at(-2, 0), 0.0F);
  QCOMPARE(at(0, -1), 0.0F);
  QVERIFY(std::isnan(at(0, 0)));
  QVERIFY(std::isnan(at(1, 0)));
  QVERIFY(std::abs(pattern.start - (4 * 1.0 + 12 * 0.25) / 16) < 1e-6);
  // BERT looks both ways, and column j is pixel j.
  facts.objective = Objective::Bert;
  std::vector<float> both(16 * 16, 0);
  for (int i = 0; i < 16; ++i) both[size_t(i * 16 + (i % 4 < 3 ? i + 1 : i))] = 1;
  const OffsetPattern right = offsetPatterns(both, facts, 2).front();
  QCOMPARE(right.down, 5);
  QCOMPARE(right.values[size_t(2 * 5 + 3)], 1.0F);
  QCOMPARE(right.values[size_t(2 * 5 + 2)], 0.25F);  // the last column looks at itself
  QCOMPARE(right.start, 0.0);
}

void AttentionPanelTest::patternsAreAskedForOnceAndFillUp() {
  QSignalSpy wanted(panel_.get(), &AttentionPanel::patternsRequested);
  click("page", AttentionPanel::Patterns);
  QCOMPARE(wanted.size(), 1);
  QVERIFY(sheet().emptyText().startsWith(QStringLiteral("The patterns are being computed")));
  click("page", AttentionPanel::Pixel);
  click("page", AttentionPanel::Patterns);
  QCOMPARE(wanted.size(), 1);
  OffsetPattern pattern{.radius = 3, .down = 4, .values = std::vector<float>(28, 0.01F), .start = 0.2};
  pattern.values[10] = 0.5F;
  panel_->setPatterns(1, std::vector<OffsetPattern>(kHeads, pattern));
  QCOMPARE(sheet().pictures().count(), kLayers * kHeads);
  QVERIFY(sheet().pictures().cells[0].hatched);
  QVERIFY(!sheet().pictures().cells[kHeads].hatched);
  QCOMPARE(sheet().pictures().picture(kHeads).pixelColor(3, 1), mapColour(ColourMap::Even, 1));
  QCOMPARE(sheet().pictures().cells[kHeads].detail, QStringLiteral("start vector 20.0 %, at most 50.0 % on average"));
  panel_->setPatterns(9, std::vector<OffsetPattern>(kHeads, pattern));  // no such layer
  StudioPicture other = picture_;
  other.tokens[0] = Token(other.tokens[0] == 0 ? 1 : 0);
  panel_->setPicture(other);
  QCOMPARE(wanted.size(), 2);
  QCOMPARE(sheet().pictures().count(), 0);
}

void AttentionPanelTest::answersOfAnotherPixelOrModelAreNotShown() {
  panel_->setPosition(20);
  panel_->setAttention(19, rowOf(facts_, 19));
  QVERIFY(panel_->layer().isEmpty());
  panel_->setAttention(20, rowOf(sampleFacts(kAcross, kDown, 16, 2, 2), 20));
  QVERIFY(panel_->state().contains(QStringLiteral("other layers")));
  QVERIFY(panel_->layer().isEmpty());
  ask(20);
  QVERIFY(!panel_->layer().isEmpty());
  panel_->setModel(facts_);
  QVERIFY(panel_->layer().isEmpty());
}

void AttentionPanelTest::emptyStatesAreSaid() {
  QVERIFY(text("pointed").startsWith(QStringLiteral("Choose a pixel")));
  click("page", AttentionPanel::AllHeads);
  QVERIFY(sheet().emptyText().startsWith(QStringLiteral("Choose a pixel")));
  panel_->setPicture({});
  QVERIFY(map().accessibleDescription().startsWith(QStringLiteral("Put a picture")));
  QCOMPARE(text("place"), QStringLiteral("No picture"));
}

void AttentionPanelTest::pictures() {
  takePictures(*panel_, QStringLiteral("attention-empty"));
  facts_ = sampleFacts(24, 24, 64, 8, 8);
  picture_ = samplePicture(24, 24, 64);
  panel_->setModel(facts_);
  panel_->setPicture(picture_);
  ask(370);
  panel_->setChoice({AttentionChoice::Kind::Head, 2, 3});
  takePictures(*panel_, QStringLiteral("attention-pixel"));
  panel_->setPage(AttentionPanel::AllHeads);
  takePictures(*panel_, QStringLiteral("attention-heads"));
  panel_->setPage(AttentionPanel::Patterns);
  std::vector<OffsetPattern> patterns;
  for (int head = 0; head < 8; ++head) {
    OffsetPattern pattern{.radius = 12, .down = 13, .values = {}, .start = 0.1};
    for (int y = -12; y <= 0; ++y)
      for (int x = -12; x <= 12; ++x)
        pattern.values.push_back(y == 0 && x >= 0 ? std::numeric_limits<float>::quiet_NaN()
                                                  : float(std::exp(-std::hypot(x + head - 4, y + head) / 3)));
    patterns.push_back(pattern);
  }
  for (int layer = 0; layer < 6; ++layer) panel_->setPatterns(layer, patterns);
  takePictures(*panel_, QStringLiteral("attention-patterns"));
  panel_->findChild<QCheckBox*>(QStringLiteral("oneScale"))->setChecked(true);
  panel_->resize(640, 820);
  takePictures(*panel_, QStringLiteral("attention-patterns-wide"));
  panel_->setPage(AttentionPanel::Pixel);
  takePictures(*panel_, QStringLiteral("attention-pixel-wide"));
}

QTEST_MAIN(AttentionPanelTest)
#include "attention_panel_test.moc"
