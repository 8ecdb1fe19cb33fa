#include "widgets/studio/next_pixel_panel.h"

#include <QCheckBox>
#include <QLabel>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <cmath>
#include <memory>
#include <numeric>

#include "tests/support/widget_pictures.h"
#include "tests/widgets/studio/sample_questions.h"
#include "widgets/studio/probability_bars.h"

using namespace scanline;

namespace {

constexpr int kAcross = 12, kDown = 10;

/// Falls geometrically from the token `peak`.
std::vector<float> distribution(int colours, int peak, double decay = 0.7) {
  std::vector<float> result;
  double sum = 0;
  for (int i = 0; i < colours; ++i) sum += std::pow(decay, std::abs(i - peak));
  for (int i = 0; i < colours; ++i) result.push_back(float(std::pow(decay, std::abs(i - peak)) / sum));
  return result;
}

}  // namespace

class NextPixelPanelTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }
  void init() { open(512); }
  void cleanup() { panel_.reset(); }
  void barsFallAndCarryTheirValues();
  void theRestIsCounted();
  void theTrueTokenIsMarkedWhereverItStands();
  void factsAreThoseOfTheDistribution();
  void barLengthsAreSharesOfTheAxis();
  void keysWalkAlongTheRasterAndOverTheBars();
  void aClickChoosesAToken();
  void answersOfOtherPixelsAreIgnored();
  void codesHaveNumbersAndPatches();
  void emptyStatesAreSaid();
  void pictures();

 private:
  void open(int colours) {
    picture_ = samplePicture(kAcross, kDown, colours);
    panel_ = std::make_unique<NextPixelPanel>();
    panel_->resize(320, 820);
    panel_->setModel(sampleFacts(kAcross, kDown, colours));
    panel_->setPicture(picture_);
    panel_->show();
    QVERIFY(QTest::qWaitForWindowExposed(panel_.get()));
  }
  void ask(qint64 position, const std::vector<float>& probabilities) {
    panel_->setPosition(position);
    panel_->setDistribution(position, probabilities);
    QCoreApplication::processEvents();
  }
  ProbabilityBars& bars() const { return *panel_->bars(); }
  QString text(const char* name) const { return panel_->findChild<QLabel*>(QString::fromLatin1(name))->text(); }
  StudioPicture picture_;
  std::unique_ptr<NextPixelPanel> panel_;
};

void NextPixelPanelTest::barsFallAndCarryTheirValues() {
  const auto p = distribution(512, picture_.tokens[17]);
  ask(17, p);
  QCOMPARE(bars().bars().size(), size_t{20});
  for (size_t i = 0; i < 20; ++i) {
    const auto& bar = bars().bars()[i];
    QCOMPARE(bar.probability, double(p[bar.token]));
    QCOMPARE(bar.rank, int64_t(i));
    if (i > 0) QVERIFY(bar.probability <= bars().bars()[i - 1].probability);
  }
  QCOMPARE(bars().bars()[0].token, picture_.tokens[17]);
}

void NextPixelPanelTest::theRestIsCounted() {
  std::vector<float> p(512, 0.031F / 492);
  for (int i = 0; i < 20; ++i) p[size_t(i)] = 0.969F / 20;
  StudioPicture first = picture_;
  first.tokens[17] = 3;
  panel_->setPicture(first);
  ask(17, p);
  QCOMPARE(bars().restWords(), QStringLiteral("and 492 more: 3.1 %"));
  open(16);
  ask(17, distribution(16, 4));
  QCOMPARE(bars().bars().size(), size_t{16});
  QCOMPARE(bars().restWords(), QString());
}

void NextPixelPanelTest::theTrueTokenIsMarkedWhereverItStands() {
  const int truth = picture_.tokens[17], far = truth > 256 ? truth - 60 : truth + 60;
  ask(17, distribution(512, truth));
  QVERIFY(bars().bars()[0].isTrue);
  QVERIFY(bars().words(0).endsWith(QStringLiteral("in the picture")));
  ask(17, distribution(512, far));
  QCOMPARE(bars().bars().size(), size_t{21});
  QVERIFY(bars().bars().back().isTrue);
  QCOMPARE(int(bars().bars().back().token), truth);
  QVERIFY(bars().bars().back().rank >= 60);
  QVERIFY(bars().restWords().startsWith(QStringLiteral("and 491 more")));
  // It is drawn in the accent, the others paler.
  ask(17, distribution(512, truth));
  const QImage shot = bars().grab().toImage();
  const Theme theme(bars().palette());
  const auto seen = [&](size_t bar) {
    return shot.pixelColor(((bars().barRect(bar).topLeft() + QPointF(3, 4)) * shot.devicePixelRatio()).toPoint());
  };
  QCOMPARE(seen(0), theme.accent);
  QCOMPARE(seen(1), theme.faint(theme.accent, 0.45));
  // And its swatch has its colour.
  const QPointF swatch(18 + 7, bars().rowRect(0).center().y());
  QCOMPARE(shot.pixelColor((swatch * shot.devicePixelRatio()).toPoint()), picture_.colourOf(Token(truth)));
}

void NextPixelPanelTest::factsAreThoseOfTheDistribution() {
  const int truth = picture_.tokens[17];
  const auto p = distribution(512, truth + 1);
  ask(17, p);
  QCOMPARE(text("place"), QStringLiteral("row 2, column 6 (18 of 120)"));
  QCOMPARE(text("rank"), QStringLiteral("2 of 512"));
  QCOMPARE(text("nats"), QString::number(-std::log(double(p[size_t(truth)])), 'f', 3));
  double entropy = 0;
  for (const float each : p)
    if (each > 0) entropy -= double(each) * std::log(double(each));
  QVERIFY2(text("entropy").startsWith(QStringLiteral("%1 nats").arg(entropy, 0, 'f', 3)), qPrintable(text("entropy")));
  QCOMPARE(entropyOf({0.25F, 0.25F, 0.25F, 0.25F, 0}), std::log(4.0));
}

void NextPixelPanelTest::barLengthsAreSharesOfTheAxis() {
  ask(17, distribution(512, picture_.tokens[17]));
  const double whole = bars().barRect(0).width();
  for (size_t i = 1; i < 20; ++i) {
    const double expected = bars().bars()[i].probability / bars().bars()[0].probability;
    QVERIFY(std::abs(bars().barRect(i).width() / whole - expected) < 1e-6);
  }
  QTest::mouseClick(panel_->findChild<QCheckBox*>(), Qt::LeftButton, {}, QPoint(8, 8));
  QVERIFY(bars().isLogarithmic());
  // Equal ratios are equal distances now.
  const auto width = [this](size_t bar) { return bars().barRect(bar).width(); };
  const auto log = [this](size_t bar) { return std::log(bars().bars()[bar].probability); };
  QVERIFY(std::abs((width(0) - width(6)) / (width(0) - width(18)) - (log(0) - log(6)) / (log(0) - log(18))) < 1e-4);
  QVERIFY(width(19) > 0);
}

void NextPixelPanelTest::keysWalkAlongTheRasterAndOverTheBars() {
  ask(kAcross - 1, distribution(512, 20));
  QSignalSpy chosen(panel_.get(), &NextPixelPanel::positionChosen);
  bars().setFocus();
  QTest::keyClick(&bars(), Qt::Key_Right);
  QCOMPARE(chosen.last().at(0).toLongLong(), kAcross);
  QCOMPARE(panel_->position(), kAcross);
  QTest::mouseClick(panel_->findChild<QToolButton*>(QStringLiteral("previousPixel")), Qt::LeftButton);
  QCOMPARE(panel_->position(), kAcross - 1);
  QTest::keyClick(&bars(), Qt::Key_Home);
  QCOMPARE(panel_->position(), 0);
  QVERIFY(!panel_->findChild<QToolButton*>(QStringLiteral("previousPixel"))->isEnabled());
  QTest::keyClick(&bars(), Qt::Key_Down);
  QCOMPARE(text("pointed"), bars().words(0));
  QTest::keyClick(&bars(), Qt::Key_Down);
  QCOMPARE(text("pointed"), bars().words(1));
  QCOMPARE(bars().accessibleDescription(), bars().words(1));
}

void NextPixelPanelTest::aClickChoosesAToken() {
  ask(17, distribution(512, 100));
  QSignalSpy chosen(panel_.get(), &NextPixelPanel::tokenChosen);
  QTest::mouseClick(&bars(), Qt::LeftButton, {}, bars().rowRect(2).center());
  QCOMPARE(chosen.size(), 1);
  QCOMPARE(chosen.last().at(0).value<Token>(), bars().bars()[2].token);
}

void NextPixelPanelTest::answersOfOtherPixelsAreIgnored() {
  panel_->setPosition(17);
  panel_->setDistribution(16, distribution(512, 5));
  QVERIFY(bars().bars().empty());
  panel_->setDistribution(17, distribution(16, 5));
  QVERIFY(panel_->state().contains(QStringLiteral("number of colours")));
  ask(17, distribution(512, 5));
  QCOMPARE(panel_->state(), QString());
  panel_->setPosition(18);  // on its way: the old bars stay, and are those of pixel 17
  QVERIFY(!bars().bars().empty());
}

void NextPixelPanelTest::codesHaveNumbersAndPatches() {
  StudioPicture codes = picture_;
  codes.palette.reset();
  codes.stride = 4;
  auto facts = sampleFacts(kAcross, kDown, 512);
  facts.isCodes = true;
  facts.palette.reset();
  panel_->setModel(facts);
  panel_->setPicture(codes);
  ask(17, distribution(512, 100));
  QVERIFY(bars().words(0).startsWith(QStringLiteral("code 100: ")));
  QImage patch(4, 4, QImage::Format_RGB32);
  patch.fill(QColor(10, 200, 30));
  panel_->setCodePatches(std::vector<QImage>(512, patch));
  const QImage shot = bars().grab().toImage();
  QCOMPARE(shot.pixelColor((QPointF(25, bars().rowRect(0).center().y()) * shot.devicePixelRatio()).toPoint()),
           QColor(10, 200, 30));
}

void NextPixelPanelTest::emptyStatesAreSaid() {
  QVERIFY(bars().accessibleDescription().startsWith(QStringLiteral("Choose a pixel")));
  panel_->setPicture({});
  QVERIFY(bars().accessibleDescription().startsWith(QStringLiteral("Put a picture")));
  QCOMPARE(text("place"), QStringLiteral("No picture"));
  QTest::keyClick(&bars(), Qt::Key_Down);
  QTest::keyClick(&bars(), Qt::Key_Right);
  QCOMPARE(panel_->position(), -1);
}

void NextPixelPanelTest::pictures() {
  takePictures(*panel_, QStringLiteral("next-empty"));
  ask(40, distribution(512, picture_.tokens[40] + 2));
  bars().setFocus();
  QTest::keyClick(&bars(), Qt::Key_Down);
  takePictures(*panel_, QStringLiteral("next-near"));
  ask(40, distribution(512, (picture_.tokens[40] + 250) % 512, 0.85));
  panel_->findChild<QCheckBox*>()->setChecked(true);
  takePictures(*panel_, QStringLiteral("next-far-log"));
  panel_->resize(640, 820);
  takePictures(*panel_, QStringLiteral("next-wide"));
}

QTEST_MAIN(NextPixelPanelTest)
#include "next_pixel_panel_test.moc"
