#include <torch/torch.h>

#include "core/learn/model/decoder.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/learn/kernels/decode_kernels.h"
#include "core/learn/kernels/kernel_table.h"
#include "core/learn/model/gpt.h"
#include "tests/core/learn/foreign_models.h"

using namespace scanline;

namespace {

using Pictures = std::vector<std::vector<Token>>;

/// Every tensor random, so that none may be forgotten, and attention that is not all on one position.
GptTensors randomWeights(const GptShape& shape) {
  auto weights = initialWeights(shape, 3);
  auto generator = at::detail::createCPUGenerator(5);
  for (const auto& [name, tensor] : weights.named())
    if (name.ends_with(".b") || name.ends_with(".g"))
      tensor.add_(at::randn(tensor.sizes(), generator) * 0.3);
    else if (name == "head")
      tensor.copy_(at::randn(tensor.sizes(), generator) * 0.3);
    else if (!name.ends_with("attn.qkv"))
      tensor.mul_(3);
  return weights;
}

Pictures randomPictures(int64_t count, const GptShape& shape, uint64_t seed = 1) {
  Pictures pictures;
  for (int64_t i = 0; i < count; ++i) {
    RandomStream random(seed, Purpose::Mask, 0, static_cast<uint32_t>(i));
    auto& picture = pictures.emplace_back();
    for (int64_t k = 0; k < shape.positions; ++k)
      picture.push_back(static_cast<Token>(random.below(static_cast<uint64_t>(shape.paletteSize))));
  }
  return pictures;
}

at::Tensor tensorOf(const Pictures& pictures) {
  auto tokens = at::empty({std::ssize(pictures), std::ssize(pictures.front())}, at::kLong);
  auto* id = tokens.mutable_data_ptr<int64_t>();
  for (const auto& picture : pictures) id = std::ranges::copy(picture, id).out;
  return tokens;
}

at::Tensor tensorOf(std::span<const float> logits, int64_t rows) {
  return at::tensor(std::vector<float>(logits.begin(), logits.end())).view({rows, -1});
}

std::vector<Token> column(const Pictures& pictures, int64_t position) {
  std::vector<Token> tokens;
  for (const auto& picture : pictures) tokens.push_back(picture[static_cast<size_t>(position)]);
  return tokens;
}

std::span<const float> advance(Decoder& decoder, const Pictures& pictures) {
  const auto position = decoder.position();
  return decoder.advance(position == 0 ? std::vector<Token>() : column(pictures, position - 1));
}

Pictures firstOf(const Pictures& pictures, int64_t given) {
  Pictures prompts;
  for (const auto& picture : pictures) prompts.emplace_back(picture.begin(), picture.begin() + given);
  return prompts;
}

/// Logits of all positions, [B, n, V].
at::Tensor decodedLogits(Decoder& decoder, const Pictures& pictures) {
  std::vector<at::Tensor> steps;
  while (decoder.position() < std::ssize(pictures.front()))
    steps.push_back(tensorOf(advance(decoder, pictures), decoder.rows()));
  return at::stack(steps, 1);
}

double gap(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

const GptShape kOdd{.layers = 3, .width = 40, .heads = 5, .paletteSize = 37, .positions = 70, .bias = true};
const GptShape kPlain{.layers = 2, .width = 96, .heads = 2, .paletteSize = 64, .positions = 67};
const GptShape kNarrow{.layers = 2, .width = 8, .heads = 2, .paletteSize = 7, .positions = 6};
const GptShape kWide{.layers = 1, .width = 160, .heads = 1, .paletteSize = 100, .positions = 34};

/// A plain loop over the palette.
Token plainDraw(std::span<const float> logits, const TokenDrawSettings& settings, double uniform) {
  std::vector<size_t> order(logits.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return logits[a] > logits[b]; });
  const double highest = logits[order.front()];
  const auto share = [&](size_t colour) { return std::exp((logits[colour] - highest) / settings.temperature); };
  if (settings.topK > 0) order.resize(std::min(order.size(), static_cast<size_t>(settings.topK)));
  double all = 0, sum = 0;
  for (const auto colour : order) all += share(colour);
  size_t kept = 0;
  while (kept < order.size() && (settings.topP == 1 || kept == 0 || sum < settings.topP * all))
    sum += share(order[kept++]);
  order.resize(kept);
  std::ranges::sort(order);
  double total = 0;
  for (const auto colour : order) total += share(colour);
  double reached = 0;
  for (const auto colour : order)
    if ((reached += share(colour)) > uniform * total) return static_cast<Token>(colour);
  return static_cast<Token>(order.back());
}

}  // namespace

Q_DECLARE_METATYPE(scanline::GptShape)

class DecoderTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void logitsAreThoseOfTheWholePass_data() {
    QTest::addColumn<QString>("kernels");
    QTest::addColumn<GptShape>("shape");
    for (const auto* table : usableKernelTables())
      for (const auto& [name, shape] : {std::pair("odd sizes, biases", kOdd), std::pair("plain", kPlain),
                                        std::pair("narrow", kNarrow), std::pair("one wide head", kWide)})
        QTest::addRow("%s, %s", table->name, name) << QString(table->name) << shape;
  }
  void logitsAreThoseOfTheWholePass() {
    QFETCH(QString, kernels);
    QFETCH(GptShape, shape);
    const auto weights = randomWeights(shape);
    const auto pictures = randomPictures(11, shape);
    const auto expected = Gpt(weights).logits(tensorOf(pictures));
    for (const auto* table : usableKernelTables())
      if (kernels == table->name) {
        const auto packed = std::make_shared<const PackedGpt>(weights, *table);
        Decoder decoder(packed, 11, {.threads = 2});
        QCOMPARE_LT(gap(decodedLogits(decoder, pictures), expected), 1e-5 * expected.abs().max().item<double>());
      }
  }

  /// The tensors round every activation to bfloat16, the decoder none.
  void weightsInBfloat16_data() { logitsAreThoseOfTheWholePass_data(); }
  void weightsInBfloat16() {
    QFETCH(QString, kernels);
    QFETCH(GptShape, shape);
    auto weights = randomWeights(shape);
    const auto rounded = weights.withOperands(at::kBFloat16);
    weights.operands.copy_(rounded.operands);
    const auto pictures = randomPictures(5, shape);
    const auto expected = Gpt(weights).logits(tensorOf(pictures));
    for (const auto* table : usableKernelTables())
      if (kernels == table->name) {
        Decoder decoder(std::make_shared<const PackedGpt>(rounded, *table), 5, {.threads = 2});
        QCOMPARE_LT(gap(decodedLogits(decoder, pictures), expected), 1e-5 * expected.abs().max().item<double>());
      }
  }

  void aCacheInBfloat16ChangesLittle_data() { logitsAreThoseOfTheWholePass_data(); }
  void aCacheInBfloat16ChangesLittle() {
    QFETCH(QString, kernels);
    QFETCH(GptShape, shape);
    const auto weights = randomWeights(shape);
    const auto pictures = randomPictures(5, shape);
    const auto expected = Gpt(weights).logits(tensorOf(pictures));
    for (const auto* table : usableKernelTables())
      if (kernels == table->name) {
        Decoder decoder(std::make_shared<const PackedGpt>(weights, *table), 5, {.bf16Cache = true});
        const auto found = gap(decodedLogits(decoder, pictures), expected) / expected.std().item<double>();
        QVERIFY2(found > 1e-6 && found < 0.1, qPrintable(QString::number(found)));
      }
    QCOMPARE(Decoder::cacheBytes(shape, false), 2 * Decoder::cacheBytes(shape, true));
  }

  void importedModelsToo_data() {
    QTest::addColumn<QString>("folder");
    QTest::newRow("without biases") << "hf";
    QTest::newRow("with biases") << "hf_bias";
  }
  void importedModelsToo() {
    QFETCH(QString, folder);
    const auto model = goldenModel(folder.toStdString());
    const auto tokens = goldenTokens(folder.toStdString() + "/tokens.npy");
    const auto pictures = images(tokens);
    Decoder decoder(std::make_shared<const PackedGpt>(model.weights()), std::ssize(pictures));
    QCOMPARE_LT(gap(decodedLogits(decoder, pictures), model.logits(tokens)), 1e-5);
  }

  /// Prompts in an order of their own, some twice and one not at all.
  void promptsInOnePass_data() {
    QTest::addColumn<int64_t>("given");
    QTest::addColumn<bool>("bf16");
    for (const int given : {0, 1, 31, 32, 40, 69})
      for (const bool bf16 : {false, true})
        QTest::addRow("%d given%s", given, bf16 ? ", bf16" : "") << int64_t{given} << bf16;
  }
  void promptsInOnePass() {
    QFETCH(int64_t, given);
    QFETCH(bool, bf16);
    const auto packed = std::make_shared<const PackedGpt>(randomWeights(kOdd));
    const auto all = randomPictures(4, kOdd);
    const std::vector<int32_t> promptOfRow{2, 0, 2, 1, 0, 2};
    Pictures pictures;
    for (const auto prompt : promptOfRow) pictures.push_back(all[static_cast<size_t>(prompt)]);
    const auto expected = Gpt(randomWeights(kOdd)).logits(tensorOf(pictures)).narrow(1, given, 70 - given);
    Decoder decoder(packed, 6, {.bf16Cache = bf16});
    const auto first = tensorOf(decoder.prefill(firstOf(all, given), promptOfRow), 6);
    QCOMPARE(decoder.position(), given + 1);
    const double allowed = bf16 ? 0.1 * expected.std().item<double>() : 1e-5 * expected.abs().max().item<double>();
    QCOMPARE_LT(gap(first, expected.select(1, 0)), allowed);
    if (given < 69) QCOMPARE_LT(gap(decodedLogits(decoder, pictures), expected.narrow(1, 1, 69 - given)), allowed);
  }

  /// Long enough for the matrix unit, where there is one.
  void longPromptsByAllKernels_data() {
    QTest::addColumn<QString>("kernels");
    QTest::addColumn<bool>("bf16");
    for (const auto* table : usableKernelTables())
      for (const bool bf16 : {false, true})
        QTest::addRow("%s%s", table->name, bf16 ? ", weights in bf16" : "") << QString(table->name) << bf16;
  }
  void longPromptsByAllKernels() {
    QFETCH(QString, kernels);
    QFETCH(bool, bf16);
    constexpr GptShape kLong{.layers = 3, .width = 72, .heads = 3, .paletteSize = 101, .positions = 170, .bias = true};
    auto weights = randomWeights(kLong);
    const auto operands = bf16 ? weights.withOperands(at::kBFloat16) : weights;
    if (bf16) weights.operands.copy_(operands.operands);
    const auto pictures = randomPictures(3, kLong);
    const auto expected = Gpt(weights).logits(tensorOf(pictures)).narrow(1, 140, 30);
    const std::vector<int32_t> own{0, 1, 2};
    for (const auto* table : usableKernelTables())
      if (kernels == table->name) {
        Decoder decoder(std::make_shared<const PackedGpt>(operands, *table), 3, {.threads = 2});
        const double allowed = 1e-5 * expected.abs().max().item<double>();
        QCOMPARE_LT(gap(tensorOf(decoder.prefill(firstOf(pictures, 140), own), 3), expected.select(1, 0)), allowed);
        QCOMPARE_LT(gap(decodedLogits(decoder, pictures), expected.narrow(1, 1, 29)), allowed);
      }
  }

  /// A run of the same tokens after rows that differ, in one pass: the same logits and nats as one by one.
  void runsOfTokensInOnePass_data() {
    QTest::addColumn<QString>("kernels");
    QTest::addColumn<int64_t>("first");
    QTest::addColumn<int64_t>("count");
    QTest::addColumn<bool>("bf16");
    for (const auto* table : usableKernelTables())
      for (const auto& [first, count] :
           {std::pair(1, 1), std::pair(1, 2), std::pair(30, 7), std::pair(20, 80), std::pair(33, 137)})
        for (const bool bf16 : {false, true})
          QTest::addRow("%s, %d after %d%s", table->name, count, first, bf16 ? ", bf16 cache" : "")
              << QString(table->name) << int64_t{first} << int64_t{count} << bf16;
  }
  void runsOfTokensInOnePass() {
    QFETCH(QString, kernels);
    QFETCH(int64_t, first);
    QFETCH(int64_t, count);
    QFETCH(bool, bf16);
    constexpr GptShape kLong{.layers = 2, .width = 40, .heads = 5, .paletteSize = 37, .positions = 171, .bias = true};
    const auto weights = randomWeights(kLong);
    auto pictures = randomPictures(5, kLong);
    for (auto& picture : pictures)  // different before the run, the same from its first token on
      std::copy(pictures[0].begin() + first - 1, pictures[0].end(), picture.begin() + first - 1);
    const std::span run(pictures[0].data() + first - 1, static_cast<size_t>(count));
    for (const auto* table : usableKernelTables())
      if (kernels == table->name) {
        const auto packed = std::make_shared<const PackedGpt>(weights, *table);
        Decoder decoder(packed, 5, {.bf16Cache = bf16, .threads = 2}), slow(packed, 5, {.bf16Cache = bf16});
        while (decoder.position() < first) advance(decoder, pictures);
        const auto expected = decodedLogits(slow, pictures);
        const double allowed = bf16 ? 0.02 * expected.std().item<double>() : 1e-5 * expected.abs().max().item<double>();
        std::vector<double> nats(static_cast<size_t>(5 * (count - 1)));
        const auto after = tensorOf(decoder.follow(run, nats), 5);
        QCOMPARE(decoder.position(), first + count);
        QCOMPARE_LT(gap(after, expected.select(1, first + count - 1)), allowed);
        const auto logP = at::log_softmax(expected.to(at::kDouble), -1);
        for (int64_t row = 0; row < 5; ++row)
          for (int64_t i = 1; i < count; ++i) {
            const double is = -logP[row][first - 1 + i][run[static_cast<size_t>(i)]].item<double>();
            QCOMPARE_LT(std::abs(nats[static_cast<size_t>(row * (count - 1) + i - 1)] - is), bf16 ? 0.1 : 1e-4);
          }
        if (first + count < 171) {
          const int64_t left = 171 - first - count;
          QCOMPARE_LT(gap(decodedLogits(decoder, pictures), expected.narrow(1, first + count, left)), allowed);
        }
        Decoder unscored(packed, 5, {.bf16Cache = bf16});
        while (unscored.position() < first) advance(unscored, pictures);
        QCOMPARE_LT(gap(tensorOf(unscored.follow(run, {}), 5), after), allowed);
      }
  }

  /// The whole pictures' nats, from the pass that fills the cache; the drawing after it does not change.
  void promptsAreScoredOnTheWay_data() {
    QTest::addColumn<int64_t>("given");
    for (const int given : {0, 1, 32, 69}) QTest::addRow("%d given", given) << int64_t{given};
  }
  void promptsAreScoredOnTheWay() {
    QFETCH(int64_t, given);
    const auto weights = randomWeights(kOdd);
    const auto packed = std::make_shared<const PackedGpt>(weights);
    const auto pictures = randomPictures(40, kOdd);  // 40 * 70 rows are more than one pass takes
    std::vector<int32_t> promptOfRow(40);
    std::iota(promptOfRow.rbegin(), promptOfRow.rend(), 0);
    const Pictures drawn(pictures.rbegin(), pictures.rend());
    const Gpt model(weights);
    const auto logits = model.logits(tensorOf(drawn)).narrow(1, given, 70 - given),
               nats = model.nats(tensorOf(pictures));
    Decoder decoder(packed, 40, {.threads = 2});
    std::vector<double> found(40);
    const auto first = tensorOf(decoder.prefillScored(pictures, given, promptOfRow, found), 40);
    const double allowed = 1e-5 * logits.abs().max().item<double>();
    QCOMPARE_LT(gap(first, logits.select(1, 0)), allowed);
    QCOMPARE(decoder.position(), given + 1);
    QCOMPARE_LT(gap(at::tensor(found, at::kDouble), nats), 1e-5);
    if (given < 69) QCOMPARE_LT(gap(decodedLogits(decoder, drawn), logits.narrow(1, 1, 69 - given)), allowed);
  }

  void manyPromptsAreSeenInTurn() {
    const GptShape shape{.layers = 2, .width = 16, .heads = 2, .paletteSize = 9, .positions = 256};
    const auto weights = randomWeights(shape);
    const auto pictures = randomPictures(40, shape);  // 40 * 200 rows are more than one pass takes
    std::vector<int32_t> promptOfRow(40);
    std::iota(promptOfRow.begin(), promptOfRow.end(), 0);
    Decoder decoder(std::make_shared<const PackedGpt>(weights), 40);
    const auto found = tensorOf(decoder.prefill(firstOf(pictures, 199), promptOfRow), 40);
    const auto expected = Gpt(weights).logits(tensorOf(pictures)).select(1, 199);
    QCOMPARE_LT(gap(found, expected), 1e-5 * expected.abs().max().item<double>());
  }

  /// Bit for bit.
  void aRowDoesNotDependOnTheOthers_data() {
    QTest::addColumn<bool>("bf16");
    QTest::addColumn<bool>("prompted");
    QTest::addColumn<int64_t>("run");
    for (const bool bf16 : {false, true})
      for (const bool prompted : {false, true})
        for (const int run : {0, 3, 66})
          QTest::addRow("%s%s, run of %d", bf16 ? "bf16" : "fp32", prompted ? ", prompts" : "", run)
              << bf16 << prompted << int64_t{run};
  }
  void aRowDoesNotDependOnTheOthers() {
    QFETCH(bool, bf16);
    QFETCH(bool, prompted);
    QFETCH(int64_t, run);
    auto shape = kPlain;
    shape.positions = 140;
    const auto packed = std::make_shared<const PackedGpt>(randomWeights(shape));
    const auto pictures = randomPictures(19, shape);
    const auto logitsOf = [&](const Pictures& rows, int64_t threads) {
      Decoder decoder(packed, std::ssize(rows), {.bf16Cache = bf16, .threads = threads});
      std::vector<int32_t> own(rows.size());
      std::iota(own.begin(), own.end(), 0);
      if (prompted) decoder.prefill(firstOf(rows, 70), own);
      if (decoder.position() == 0) decoder.advance({});
      if (run > 0) decoder.follow(std::span(pictures[0]).first(static_cast<size_t>(run)), {});
      return decodedLogits(decoder, rows);
    };
    const auto expected = logitsOf(pictures, 1);
    for (const int64_t threads : {2, 3}) QVERIFY(at::equal(logitsOf(pictures, threads), expected));
    for (const size_t count : {1, 2, 3, 7, 13}) {
      const auto some = logitsOf({pictures.begin() + 4, pictures.begin() + 4 + static_cast<long>(count)}, 2);
      QVERIFY(at::equal(some, expected.narrow(0, 4, static_cast<int64_t>(count))));
    }
  }

  /// Rows of one prompt read its keys and values together, up to eight at a time. Bit for bit as alone.
  void rowsOfOnePromptAreAsAlone_data() {
    QTest::addColumn<QString>("kernels");
    QTest::addColumn<bool>("bf16");
    for (const auto* table : usableKernelTables())
      for (const bool bf16 : {false, true})
        QTest::addRow("%s%s", table->name, bf16 ? ", bf16" : "") << QString(table->name) << bf16;
  }
  void rowsOfOnePromptAreAsAlone() {
    QFETCH(QString, kernels);
    QFETCH(bool, bf16);
    auto pictures = randomPictures(14, kOdd);
    const auto prompts = firstOf(randomPictures(3, kOdd, 2), 45);
    std::vector<int32_t> promptOfRow;
    for (int32_t row = 0; row < 14; ++row) {
      promptOfRow.push_back(row < 2 ? 0 : row < 4 ? 1 : 2);  // groups of 2, 2, 8 and 2
      std::ranges::copy(prompts[static_cast<size_t>(promptOfRow.back())], pictures[static_cast<size_t>(row)].begin());
    }
    for (const auto* table : usableKernelTables())
      if (kernels == table->name) {
        const auto packed = std::make_shared<const PackedGpt>(randomWeights(kOdd), *table);
        Decoder together(packed, 14, {.bf16Cache = bf16, .threads = 2});
        together.prefill(prompts, promptOfRow);
        const auto found = decodedLogits(together, pictures);
        for (const size_t row : {0, 3, 5, 11, 13}) {
          Decoder alone(packed, 1, {.bf16Cache = bf16});
          const Pictures own(1, pictures[row]);
          alone.prefill(firstOf(own, 45), std::vector<int32_t>{0});
          QVERIFY(at::equal(decodedLogits(alone, own)[0], found[static_cast<int64_t>(row)]));
        }
      }
  }

  /// Bit for bit as if they had seen the prompt.
  void rowsGoOnFromASeenPrompt_data() {
    QTest::addColumn<int64_t>("given");
    QTest::addColumn<bool>("bf16");
    for (const int given : {0, 1, 31, 40, 69})
      for (const bool bf16 : {false, true})
        QTest::addRow("%d given%s", given, bf16 ? ", bf16" : "") << int64_t{given} << bf16;
  }
  void rowsGoOnFromASeenPrompt() {
    QFETCH(int64_t, given);
    QFETCH(bool, bf16);
    const auto packed = std::make_shared<const PackedGpt>(randomWeights(kOdd));
    auto pictures = randomPictures(9, kOdd);
    const auto prompt = firstOf(randomPictures(1, kOdd, 2), given);
    for (auto& picture : pictures) std::ranges::copy(prompt[0], picture.begin());
    std::shared_ptr<const SeenPrompt> seen;
    {
      Decoder first(packed, 1, {.bf16Cache = bf16, .threads = 2});
      first.prefill(prompt, std::vector<int32_t>{0});
      seen = first.seen();
    }
    Decoder expected(packed, 9, {.bf16Cache = bf16}), found(packed, 9, {.bf16Cache = bf16, .threads = 2});
    const auto logits = tensorOf(expected.prefill(prompt, std::vector<int32_t>(9)), 9);
    QVERIFY(at::equal(tensorOf(found.goOnFrom(*seen), 9), logits));
    QCOMPARE(found.position(), given + 1);
    if (given < 69) QVERIFY(at::equal(decodedLogits(found, pictures), decodedLogits(expected, pictures)));
  }

  /// The matrix unit's passes, beside those of float32 with the same cache: close, and not equal, as they are if the
  /// unit was not used.
  void passesInBfloat16ChangeLittle() {
    const auto tables = usableKernelTables();
    if (!tables.front()->decode->tiles) QSKIP("This processor has no matrix unit.");
    constexpr GptShape kLong{.layers = 3, .width = 72, .heads = 3, .paletteSize = 101, .positions = 170, .bias = true};
    const auto weights = randomWeights(kLong);
    const auto pictures = randomPictures(3, kLong);
    const std::vector<int32_t> own{0, 1, 2};
    std::vector<at::Tensor> logits;
    for (const auto* table : {tables[0], tables[1]}) {
      Decoder decoder(std::make_shared<const PackedGpt>(weights, *table), 3, {.bf16Cache = true});
      const auto first = tensorOf(decoder.prefill(firstOf(pictures, 140), own), 3);
      logits.push_back(at::cat({first.unsqueeze(1), decodedLogits(decoder, pictures)}, 1));
    }
    const double found = gap(logits[0], logits[1]) / logits[1].std().item<double>();
    QVERIFY2(found > 1e-5 && found < 1.0 / 16, qPrintable(QString::number(found)));
  }

  /// Rows are resampled at every third position, and get the logits of a decoder that has seen no other past.
  void resampledRowsGoOnAsTheOthersWere_data() {
    QTest::addColumn<bool>("bf16");
    QTest::newRow("fp32") << false;
    QTest::newRow("bf16") << true;
  }
  void resampledRowsGoOnAsTheOthersWere() {
    QFETCH(bool, bf16);
    const auto packed = std::make_shared<const PackedGpt>(randomWeights(kOdd));
    auto pictures = randomPictures(9, kOdd);
    const auto fresh = randomPictures(9, kOdd, 2);
    Decoder decoder(packed, 9, {.bf16Cache = bf16, .threads = 2});
    RandomStream random(1, Purpose::Mask);
    for (int64_t position = 0; position < 70; ++position) {
      const auto found = tensorOf(advance(decoder, pictures), 9);
      if (position % 3 == 2) {
        std::vector<int32_t> sources(9);
        for (auto& source : sources) source = static_cast<int32_t>(random.below(9));
        decoder.select(sources);
        auto before = std::exchange(pictures, Pictures());
        for (size_t row = 0; row < 9; ++row) {
          auto& picture = pictures.emplace_back(before[static_cast<size_t>(sources[row])]);
          std::copy(fresh[row].begin() + position, fresh[row].end(), picture.begin() + position);
        }
        const auto chosen = tensorOf(decoder.logits(), 9);
        for (size_t row = 0; row < 9; ++row) QVERIFY(at::equal(chosen[static_cast<int64_t>(row)], found[sources[row]]));
      }
      if (position % 8 == 7 || position > 60) {
        Decoder anew(packed, 9, {.bf16Cache = bf16});
        while (anew.position() < decoder.position()) advance(anew, pictures);
        if (position % 3 != 2) QVERIFY(at::equal(tensorOf(anew.logits(), 9), found));
      }
    }
  }

  void equalLogitsGiveEqualDraws_data() {
    QTest::addColumn<double>("temperature");
    QTest::addColumn<int64_t>("topK");
    QTest::addColumn<double>("topP");
    for (const double temperature : {1.0, 0.3, 4.0, 1e-3})
      for (const int topK : {0, 1, 5, 60, 4096})
        for (const double topP : {1.0, 0.9, 0.3, 1e-9})
          QTest::addRow("temperature %g, top-k %d, top-p %g", temperature, topK, topP)
              << temperature << int64_t{topK} << topP;
  }
  void equalLogitsGiveEqualDraws() {
    QFETCH(double, temperature);
    QFETCH(int64_t, topK);
    QFETCH(double, topP);
    const TokenDrawSettings settings{temperature, topK, topP};
    RandomStream random(7, Purpose::SampleTokens);
    for (const size_t colours : {1, 7, 100, 512}) {
      std::vector<float> logits(colours);
      for (int repeat = 0; repeat < 40; ++repeat) {
        for (auto& logit : logits) logit = static_cast<float>(2 * random.normal());
        for (size_t i = 60; i < std::min<size_t>(90, colours); ++i) logits[i] = logits[i - 30];  // ties
        const double uniform = repeat == 0 ? 0 : repeat == 1 ? 1 - 1e-12 : random.uniform();
        const auto drawn = drawToken(logits, settings, uniform);
        QCOMPARE(drawn.token, plainDraw(logits, settings, uniform));
        const auto expected = -at::log_softmax(at::tensor(logits, at::kDouble), 0)[drawn.token].item<double>();
        QVERIFY(std::abs(drawn.nats - expected) < 1e-9);
      }
    }
  }

  /// Also where rounding takes the random number up to the sum.
  void onlyWhatMayBeDrawnIsDrawn() {
    const std::vector<float> logits{0, 5, -200, 4, -2000, -3000};
    for (const double uniform : {0.0, 1 - 0x1p-53}) {
      const auto token = drawToken(logits, {.topK = 2}, uniform).token;
      QVERIFY(token == 1 || token == 3);
      QVERIFY(drawToken(logits, {.temperature = 0.1, .topP = 0.5}, uniform).token == 1);
      QVERIFY(drawToken(logits, {}, uniform).token < 4);
    }
  }

  void rowsAreDrawnAsOneAloneIs() {
    const auto packed = std::make_shared<const PackedGpt>(randomWeights(kOdd));
    Decoder decoder(packed, 13, {.threads = 2});
    decoder.advance({});
    decoder.advance(column(randomPictures(13, kOdd), 0));
    std::vector<double> uniforms(13), nats(13);
    std::vector<Token> tokens(13);
    for (size_t i = 0; i < 13; ++i) uniforms[i] = static_cast<double>(i) / 13;
    const TokenDrawSettings settings{.temperature = 0.8, .topK = 20, .topP = 0.9};
    decoder.draw(settings, uniforms, tokens, nats);
    for (size_t i = 0; i < 13; ++i) {
      const auto alone = drawToken(decoder.logits().subspan(i * 37, 37), settings, uniforms[i]);
      QCOMPARE(tokens[i], alone.token);
      QCOMPARE(nats[i], alone.nats);
    }
  }

  void outputThatIsNotFiniteShowsInTheNats() {
    for (const float bad : {NAN, INFINITY}) {
      std::vector<float> logits(50, 0);
      logits[20] = bad;
      for (const double topP : {1.0, 0.5}) {
        const auto drawn = drawToken(logits, {.topK = 10, .topP = topP}, 0.5);
        QVERIFY(!std::isfinite(drawn.nats));
        QVERIFY(drawn.token < 50);
      }
    }
  }

  void stopsBetweenTheLayersOfPrompts() {
    int asked = 0;
    const Control control({.mayGoOn = [&] { return ++asked < 2; }});
    Decoder decoder(std::make_shared<const PackedGpt>(randomWeights(kOdd)), 1);
    const Pictures prompts(1, std::vector<Token>(20, 1));
    QVERIFY_THROWS_EXCEPTION(Stopped, decoder.prefill(prompts, std::vector<int32_t>{0}, control));
    QCOMPARE(asked, 2);
  }

  void modelsOfMaskedPixelsAreRefused() {
    auto shape = kPlain;
    shape.objective = Objective::Bert;
    QVERIFY(!canDecode(GptTensors(shape)));
    QVERIFY_THROWS_EXCEPTION(Error, PackedGpt{GptTensors(shape)});
  }
};

QTEST_APPLESS_MAIN(DecoderTest)
#include "decoder_test.moc"
