#include "widgets/studio/surprise_panel.h"

#include <QComboBox>
#include <QLabel>
#include <QSignalSpy>
#include <QSlider>
#include <QTest>
#include <cmath>
#include <memory>
#include <numeric>

#include "tests/support/widget_pictures.h"
#include "tests/widgets/studio/sample_questions.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/studio/scale_bar.h"
#include "widgets/studio/token_map.h"

using namespace scanline;

namespace {

constexpr int kAcross = 12, kDown = 10, kColours = 16;

/// Surprised at edges, and where `level` is high.
Surprise surpriseOf(const StudioPicture& picture, float level) {
  Surprise surprise;
  for (size_t i = 0; i < picture.tokens.size(); ++i) {
    const int before = i > 0 ? picture.tokens[i - 1] : 0, step = std::abs(int(picture.tokens[i]) - before);
    surprise.nats.push_back(level + 0.25F * float(step) + 0.001F * float(i % 7));
    surprise.entropy.push_back(level * 1.5F + 0.05F * float(i % 5));
    surprise.rank.push_back(std::min(step, kColours - 1));
  }
  return surprise;
}

}  // namespace

class SurprisePanelTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }
  void init();
  void cleanup() { panel_.reset(); }
  void theColoursAreThoseOfTheValues();
  void sumMeanAndBitsAreThoseOfTheValues();
  void hoverAndChoiceTellAPixelsValues();
  void arrowsWalkAlongTheRaster();
  void ranksAndEntropiesHaveTheirOwnScales();
  void theRatioIsToTheModelThatWasChosen();
  void aLateAnswerOfAnotherModelIsIgnored();
  void anotherPictureForgetsTheValues();
  void pixelsThatWereGivenHaveNoValue();
  void aBertsSumIsNoLikelihood();
  void problemsAndWaitingAreSaid();
  void theOpacityReachesTheLayer();
  void pictures();

 private:
  TokenMap& map() const { return *panel_->findChild<TokenMap*>(); }
  QString text(const char* name) const { return panel_->findChild<QLabel*>(QString::fromLatin1(name))->text(); }
  void click(int shown) {
    const auto buttons = panel_->findChild<SegmentedControl*>()->findChildren<QAbstractButton*>();
    QTest::mouseClick(buttons[shown], Qt::LeftButton);
  }
  QColor seen(qint64 position) const {
    const QImage shot = map().grab().toImage();
    return shot.pixelColor((map().shownRect(position).center() * shot.devicePixelRatio()).toPoint());
  }
  StudioPicture picture_ = samplePicture(kAcross, kDown, kColours);
  std::unique_ptr<SurprisePanel> panel_;
};

void SurprisePanelTest::init() {
  panel_ = std::make_unique<SurprisePanel>();
  panel_->resize(320, 820);
  panel_->setModel(sampleFacts(kAcross, kDown, kColours));
  panel_->setPicture(picture_);
  panel_->setSurprise(surpriseOf(picture_, 0.5F));
  panel_->findChild<QSlider*>()->setValue(100);
  panel_->show();
  QVERIFY(QTest::qWaitForWindowExposed(panel_.get()));
}

void SurprisePanelTest::theColoursAreThoseOfTheValues() {
  const Surprise surprise = surpriseOf(picture_, 0.5F);
  const ColourScale scale = scaleFromZero(surprise.nats);
  for (qint64 position = 0; position < picture_.count(); position += 7)
    QCOMPARE(seen(position), scale.colour(surprise.nats[size_t(position)]));
  QCOMPARE(panel_->values(), surprise.nats);
  // At no opacity the picture's own colour is seen.
  panel_->findChild<QSlider*>()->setValue(0);
  QCOMPARE(seen(30), picture_.colourOf(picture_.tokens[30]));
}

void SurprisePanelTest::sumMeanAndBitsAreThoseOfTheValues() {
  const auto nats = surpriseOf(picture_, 0.5F).nats;
  const double sum = std::accumulate(nats.begin(), nats.end(), 0.0), mean = sum / double(nats.size());
  QCOMPARE(text("sum"), QStringLiteral("%1 nats").arg(sum, 0, 'f', 2));
  QCOMPARE(text("mean"), QStringLiteral("%1 nats per pixel").arg(mean, 0, 'f', 3));
  QCOMPARE(text("bits"), QStringLiteral("%1 per pixel").arg(mean / std::log(2.0), 0, 'f', 3));
}

void SurprisePanelTest::hoverAndChoiceTellAPixelsValues() {
  QSignalSpy hovered(panel_.get(), &SurprisePanel::positionHovered),
      chosen(panel_.get(), &SurprisePanel::positionChosen);
  const Surprise surprise = surpriseOf(picture_, 0.5F);
  const QPoint at = map().shownRect(29).center().toPoint();
  QTest::mouseMove(&map(), at);
  QTRY_COMPARE(hovered.size(), 1);
  QCOMPARE(hovered.last().at(0).toLongLong(), 29);
  QCOMPARE(text("pointed"), QStringLiteral("row 3, column 6 · %1 nats · entropy %2 · rank %3 of 16")
                                .arg(double(surprise.nats[29]), 0, 'f', 3)
                                .arg(double(surprise.entropy[29]), 0, 'f', 3)
                                .arg(surprise.rank[29] + 1));
  QCOMPARE(*panel_->findChild<ScaleBar*>()->mark(), double(surprise.nats[29]));
  QTest::mouseClick(&map(), Qt::LeftButton, {}, at);
  QCOMPARE(chosen.size(), 1);
  QCOMPARE(chosen.last().at(0).toLongLong(), 29);
  panel_->setChosen(31);  // by the canvas: nothing is said back
  QCOMPARE(chosen.size(), 1);
}

void SurprisePanelTest::arrowsWalkAlongTheRaster() {
  QSignalSpy chosen(panel_.get(), &SurprisePanel::positionChosen);
  panel_->setChosen(kAcross - 1);
  map().setFocus();
  QTest::keyClick(&map(), Qt::Key_Right);
  QCOMPARE(map().chosen(), kAcross);  // the next row
  QTest::keyClick(&map(), Qt::Key_Left);
  QTest::keyClick(&map(), Qt::Key_Down);
  QCOMPARE(map().chosen(), 2 * kAcross - 1);
  QTest::keyClick(&map(), Qt::Key_Home);
  QCOMPARE(map().chosen(), kAcross);
  QTest::keyClick(&map(), Qt::Key_End, Qt::ControlModifier);
  QCOMPARE(map().chosen(), picture_.count() - 1);
  const auto before = chosen.size();
  QTest::keyClick(&map(), Qt::Key_Right);  // the end
  QCOMPARE(chosen.size(), before);
  QVERIFY(map().accessibleDescription().startsWith(QStringLiteral("row 10, column 12")));
}

void SurprisePanelTest::ranksAndEntropiesHaveTheirOwnScales() {
  QSignalSpy changed(panel_.get(), &SurprisePanel::layerChanged);
  click(SurprisePanel::Entropy);
  QCOMPARE(changed.size(), 1);
  QCOMPARE(panel_->values(), surpriseOf(picture_, 0.5F).entropy);
  click(SurprisePanel::Rank);
  const auto rank = surpriseOf(picture_, 0.5F).rank;
  for (size_t i = 0; i < rank.size(); ++i) QCOMPARE(panel_->values()[i], float(rank[i] + 1));
  QVERIFY(panel_->layer().scale.axis.isLogarithmic());
  const auto first = std::ranges::count(rank, 0);
  QVERIFY2(text("sum").startsWith(QStringLiteral("%1 of 120").arg(first)), qPrintable(text("sum")));
}

void SurprisePanelTest::theRatioIsToTheModelThatWasChosen() {
  panel_->setOtherModels(
      {{QStringLiteral("a"), QStringLiteral("step 200")}, {QStringLiteral("b"), QStringLiteral("other run")}});
  click(SurprisePanel::Ratio);
  auto* box = panel_->findChild<QComboBox*>();
  QVERIFY(box->isVisible());
  QVERIFY(panel_->layer().isEmpty());
  QVERIFY(text("note").startsWith(QStringLiteral("Choose the model")));
  QSignalSpy wanted(panel_.get(), &SurprisePanel::otherModelChosen);
  box->setFocus();
  QTest::keyClick(box, Qt::Key_Down);
  QCOMPARE(wanted.last().at(0).toString(), QStringLiteral("a"));
  panel_->setOtherSurprise(QStringLiteral("a"), surpriseOf(picture_, 0.9F));
  for (const float value : panel_->values()) QVERIFY(std::abs(value - 0.4F) < 1e-5F);
  QCOMPARE(panel_->layer().scale.map, ColourMap::Diverging);
  QCOMPARE(panel_->layer().scale.axis.range().low, -panel_->layer().scale.axis.range().high);
  QCOMPARE(text("sum"), QStringLiteral("+48.000 nats"));
  QVERIFY(panel_->words(3).endsWith(QStringLiteral("ratio +0.400 nats")));
  QCOMPARE(seen(40), mapColour(ColourMap::Diverging, 1));
}

void SurprisePanelTest::aLateAnswerOfAnotherModelIsIgnored() {
  panel_->setOtherModels({{QStringLiteral("a"), QStringLiteral("A")}, {QStringLiteral("b"), QStringLiteral("B")}});
  panel_->setShown(SurprisePanel::Ratio);
  panel_->findChild<QComboBox*>()->setCurrentIndex(2);
  panel_->setOtherSurprise(QStringLiteral("a"), surpriseOf(picture_, 0.9F));
  QVERIFY(panel_->layer().isEmpty());
  panel_->setOtherModels({{QStringLiteral("a"), QStringLiteral("A")}});  // b is gone
  QCOMPARE(panel_->otherModel(), QString());
}

void SurprisePanelTest::anotherPictureForgetsTheValues() {
  panel_->setPicture(picture_);
  QVERIFY(!panel_->layer().isEmpty());  // the same tokens
  StudioPicture other = picture_;
  other.tokens[5] = 3;
  panel_->setPicture(other);
  QVERIFY(panel_->layer().isEmpty());
  QVERIFY(!panel_->findChild<ScaleBar*>()->isVisible());
  panel_->setPicture({});
  QVERIFY(map().accessibleDescription().startsWith(QStringLiteral("Put a picture")));
}

void SurprisePanelTest::pixelsThatWereGivenHaveNoValue() {
  std::vector<uint8_t> asked(size_t(picture_.count()), 0);
  asked[50] = asked[51] = 1;
  const Surprise surprise = surpriseOf(picture_, 0.5F);
  panel_->setSurprise(surprise, asked);
  QCOMPARE(text("sum"), QStringLiteral("%1 nats").arg(double(surprise.nats[50] + surprise.nats[51]), 0, 'f', 2));
  QCOMPARE(seen(10), picture_.colourOf(picture_.tokens[10]));
  QVERIFY(panel_->words(10).endsWith(QStringLiteral("given to the model")));
}

void SurprisePanelTest::aBertsSumIsNoLikelihood() {
  auto facts = sampleFacts(kAcross, kDown, kColours);
  facts.objective = Objective::Bert;
  panel_->setModel(facts);
  panel_->setSurprise(surpriseOf(picture_, 0.5F));
  QVERIFY(text("note").contains(QStringLiteral("no likelihood")));
  QVERIFY(!panel_->findChild<QLabel*>(QStringLiteral("bits"))->isVisible());
}

void SurprisePanelTest::problemsAndWaitingAreSaid() {
  panel_->setLoading();
  QVERIFY(panel_->state().startsWith(QStringLiteral("The model is being asked")));
  QVERIFY(!panel_->layer().isEmpty());  // the old values stay meanwhile
  panel_->setProblem(QStringLiteral("The checkpoint was deleted."));
  QCOMPARE(panel_->state(), QStringLiteral("The checkpoint was deleted."));
  panel_->setSurprise(surpriseOf(picture_, 0.5F));
  QCOMPARE(panel_->state(), QString());
  panel_->setSurprise(surpriseOf(samplePicture(4, 4, kColours), 0.5F));
  QVERIFY(panel_->state().contains(QStringLiteral("another size")));
  QVERIFY(panel_->layer().isEmpty());
}

void SurprisePanelTest::theOpacityReachesTheLayer() {
  QSignalSpy changed(panel_.get(), &SurprisePanel::layerChanged);
  auto* slider = panel_->findChild<QSlider*>();
  slider->setFocus();
  QTest::keyClick(slider, Qt::Key_PageDown);
  QCOMPARE(changed.size(), 1);
  QCOMPARE(panel_->layer().opacity, 0.9);
}

void SurprisePanelTest::pictures() {
  const StudioPicture picture = samplePicture(32, 32, 64);
  panel_->setModel(sampleFacts(32, 32, 64));
  panel_->setPicture(picture);
  takePictures(*panel_, QStringLiteral("surprise-empty"));
  panel_->setSurprise(surpriseOf(picture, 0.2F));
  panel_->setChosen(330);
  panel_->findChild<QSlider*>()->setValue(85);
  takePictures(*panel_, QStringLiteral("surprise-nats"));
  panel_->setShown(SurprisePanel::Rank);
  takePictures(*panel_, QStringLiteral("surprise-rank"));
  panel_->setOtherModels({{QStringLiteral("a"), QStringLiteral("cifar10-small, step 2 000")}});
  panel_->setShown(SurprisePanel::Ratio);
  panel_->findChild<QComboBox*>()->setCurrentIndex(1);
  Surprise other = surpriseOf(picture, 0.2F);
  for (size_t i = 0; i < other.nats.size(); ++i) other.nats[i] += 0.6F * std::sin(float(i) / 60);
  panel_->setOtherSurprise(QStringLiteral("a"), other);
  takePictures(*panel_, QStringLiteral("surprise-ratio"));
  panel_->resize(640, 820);
  takePictures(*panel_, QStringLiteral("surprise-wide"));
  panel_->setProblem(QStringLiteral("The checkpoint step-600.safetensors was deleted. Choose another one."));
  panel_->setPicture({});
  takePictures(*panel_, QStringLiteral("surprise-problem"));
}

QTEST_MAIN(SurprisePanelTest)
#include "surprise_panel_test.moc"
