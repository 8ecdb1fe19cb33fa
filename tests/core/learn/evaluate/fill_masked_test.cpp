#include <torch/torch.h>

#include "core/learn/evaluate/fill_masked.h"

#include <QTest>
#include <cmath>

#include "core/learn/evaluate/draw_request.h"
#include "tests/core/learn/foreign_models.h"

using namespace scanline;

namespace {

const Gpt& bert() {
  static const Gpt model = goldenModel("tf_bert");
  return model;
}

/// A third of a golden picture of 36 pixels is masked.
DrawRequest request(int64_t passes) {
  DrawRequest request{.picture = images(goldenTokens("tf_bert/tokens.npy"))[2], .seed = 8, .passes = passes};
  for (int i = 0; i < 36; ++i) request.paint.push_back(i % 3 == 1);
  request.candidates = 3;
  return request;
}

Drawing fill(const DrawRequest& request, const DrawSink& sink = {}, const Control& control = {}) {
  return fillMasked(bert(), request, sink, control);
}

/// The same on the host, by its definition: pass after pass, the surest first.
std::vector<Token> filledPlainly(const DrawRequest& request, int64_t candidate, double& nats) {
  const auto& model = bert();
  auto picture = request.picture;
  auto masked = request.paint;
  int64_t left = std::ranges::count(masked, 1);
  const auto painted = left;
  nats = 0;
  for (int64_t pass = 0; pass < request.passes; ++pass) {
    auto tokens = at::zeros({1, 36}, at::kLong);
    auto keep = at::ones({1, 36}, at::kBool);
    for (int64_t i = 0; i < 36; ++i) {
      tokens[0][i] = int64_t{picture[static_cast<size_t>(i)]};
      keep[0][i] = !masked[static_cast<size_t>(i)];
    }
    const auto logits = model.logits(tokens, keep)[0].contiguous();
    const auto most = std::get<0>(at::log_softmax(logits.to(at::kDouble), -1).max(-1));
    std::vector<int64_t> order;
    for (int64_t i = 0; i < 36; ++i)
      if (masked[static_cast<size_t>(i)]) order.push_back(i);
    std::ranges::stable_sort(order,
                             [&](int64_t a, int64_t b) { return most[a].item<double>() > most[b].item<double>(); });
    const auto passesLeft = request.passes - pass;
    order.resize(static_cast<size_t>((left + passesLeft - 1) / passesLeft));
    left -= std::ssize(order);
    for (const int64_t i : order) {
      const auto drawn = drawToken({logits.const_data_ptr<float>() + 512 * i, 512}, drawSettings(request),
                                   drawNumber(request, i, candidate, 0));
      picture[static_cast<size_t>(i)] = drawn.token;
      masked[static_cast<size_t>(i)] = 0;
      nats += drawn.nats / static_cast<double>(painted);
    }
  }
  return picture;
}

}  // namespace

/// Filling masked pixels with a BERT.
class FillMaskedTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void fillsTheSurestFirst_data() {
    QTest::addColumn<int64_t>("passes");
    QTest::newRow("all at once") << int64_t{1};
    QTest::newRow("five passes of 2 or 3") << int64_t{5};
    QTest::newRow("one by one") << int64_t{12};
  }
  void fillsTheSurestFirst() {
    QFETCH(int64_t, passes);
    const auto wanted = request(passes);
    const auto drawing = fill(wanted);
    QCOMPARE(drawing.candidates.size(), size_t{3});
    for (int64_t c = 0; c < 3; ++c) {
      double nats = 0;
      QCOMPARE(drawing.candidates[static_cast<size_t>(c)], filledPlainly(wanted, c, nats));
      QVERIFY(std::abs(drawing.nats[static_cast<size_t>(c)] - nats) < 1e-5);
    }
    QVERIFY(drawing.candidates[0] != drawing.candidates[1]);
  }

  void morePassesThanPixelsAreOneByOne() {
    QCOMPARE(fill(request(30)).candidates, fill(request(12)).candidates);
    QVERIFY(fill(request(12)).candidates != fill(request(1)).candidates);
  }

  void aCandidateDoesNotDependOnTheOthers() {
    auto wanted = request(4);
    const auto three = fill(wanted);
    wanted.candidates = 1;
    QCOMPARE(fill(wanted).candidates[0], three.candidates[0]);
  }

  void progressGrowsToTheResult() {
    const auto wanted = request(12);
    int64_t done = 0, calls = 0;
    std::vector<Token> tokens;
    const auto drawing = fill(wanted, [&](const DrawProgress& progress) {
      ++calls;
      QCOMPARE(progress.total, 36);
      QVERIFY(progress.done >= done);
      if (calls == 1) QCOMPARE(progress.done, 3);
      done = progress.done;
      QCOMPARE(std::ranges::count(progress.isDone, 1), 3 * 24 + done);
      tokens.assign(progress.tokens.begin(), progress.tokens.end());
    });
    QVERIFY(calls >= 2);
    QCOMPARE(done, 36);
    QVERIFY(std::equal(tokens.begin() + 36, tokens.begin() + 72, drawing.candidates[1].begin()));
  }

  void stopsWhenAsked() {
    int asked = 0;
    const Control control({.mayGoOn = [&] { return ++asked < 5; }});
    QVERIFY_THROWS_EXCEPTION(Stopped, fill(request(12), {}, control));
    QCOMPARE(asked, 5);
  }
};

QTEST_APPLESS_MAIN(FillMaskedTest)
#include "fill_masked_test.moc"
