#include <torch/torch.h>

#include "core/learn/model/masks.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <numeric>

using namespace scanline;

namespace {

std::vector<int64_t> upTo(int64_t count) {
  std::vector<int64_t> places(static_cast<size_t>(count));
  std::iota(places.begin(), places.end(), 0);
  return places;
}

}  // namespace

class MasksTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void hideTheirShare() {
    const auto keep = drawKeep(upTo(100), 1000, 0.15, 1, MaskUse::Train, 3);
    const double share = 1 - keep.to(at::kDouble).mean().item<double>();
    QCOMPARE_LT(std::abs(share - 0.15), 0.004);  // 3.5 deviations; the seed is fixed
    // Each position of its own: neighbours are both hidden as often as chance has it.
    const auto hidden = keep.logical_not().to(at::kDouble);
    const double both = (hidden.narrow(1, 0, 999) * hidden.narrow(1, 1, 999)).mean().item<double>();
    QCOMPARE_LT(std::abs(both - 0.0225), 0.002);
  }

  void areAFunctionOfSeedUseStepAndPlace() {
    const auto draw = [](std::vector<int64_t> places, uint64_t seed, MaskUse use, int64_t step) {
      return drawKeep(places, 200, 0.5, seed, use, step);
    };
    const auto first = draw({4, 9}, 1, MaskUse::Train, 7);
    QVERIFY(at::equal(first[1], draw({9}, 1, MaskUse::Train, 7)[0]));
    QVERIFY(!at::equal(first[0], first[1]));
    QVERIFY(!at::equal(first, draw({4, 9}, 2, MaskUse::Train, 7)));
    QVERIFY(!at::equal(first, draw({4, 9}, 1, MaskUse::Evaluate, 7)));
    QVERIFY(!at::equal(first, draw({4, 9}, 1, MaskUse::Train, 8)));
    QVERIFY(!at::equal(draw({4}, 1, classifyMask(0), 7), draw({4}, 1, classifyMask(1), 7)));
  }

  void hideAtLeastOnePixelOfEveryImage() {
    const auto hidden = drawKeep(upTo(2000), 4, 0.01, 1, MaskUse::Train, 0).logical_not();
    QCOMPARE(hidden.sum(1).min().item<int64_t>(), 1);
    // Which one it is has no preference: 4 of 2000 / 4, within 5 deviations.
    QCOMPARE_LT((hidden.sum(0).to(at::kDouble) - 500).abs().max().item<double>(), 100.0);
  }

  void mostVotesWin() {
    const auto votes = at::tensor({2, 0, 2, 1, 1, 2, 0, 0, 2, 1, 0, 2}, at::kLong).view({4, 3});
    // Image 0: 2 1 0 1. Image 1: 0 1 0 0. Image 2: 2 2 2 2.
    const auto classes = modalClasses(votes, upTo(3), 1);
    QCOMPARE(classes, (std::vector<int64_t>{1, 0, 2}));
  }

  void tiesAreBrokenByTheSeed() {
    const auto votes = at::tensor({3, 5}, at::kLong).view({2, 1}).expand({2, 400});
    const auto classes = modalClasses(votes, upTo(400), 1);
    const auto threes = std::ranges::count(classes, 3);
    QCOMPARE(threes + std::ranges::count(classes, 5), 400);
    QVERIFY(threes > 150 && threes < 250);
    QCOMPARE(modalClasses(votes, upTo(400), 1), classes);
    QVERIFY(modalClasses(votes, upTo(400), 2) != classes);
  }
};

QTEST_APPLESS_MAIN(MasksTest)
#include "masks_test.moc"
