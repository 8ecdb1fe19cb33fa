#include <torch/torch.h>

#include <QTest>
#include <array>

#include "core/learn/kernels/decode_kernels.h"
#include "core/learn/kernels/kernel_table.h"
#include "core/learn/kernels/reference.h"

using namespace scanline;

namespace {

template <class T>
constexpr at::ScalarType typeOf() {
  return std::is_same_v<T, float> ? at::kFloat : at::kBFloat16;
}
template <class T>
const Kernels<T>& kernelsOf(const KernelTable& table) {
  if constexpr (std::is_same_v<T, float>)
    return table.f32;
  else
    return table.bf16;
}
template <class T>
T* data(const at::Tensor& tensor) {
  return static_cast<T*>(tensor.data_ptr());
}

class Values {
 public:
  explicit Values(uint64_t seed) : generator_(at::detail::createCPUGenerator(seed)) {}
  at::Tensor operator()(at::IntArrayRef sizes, at::ScalarType type = at::kFloat) {
    return at::randn(sizes, generator_).to(type);
  }
  at::Tensor below(int64_t bound, int64_t count) { return at::randint(bound, {count}, generator_, at::kLong); }

 private:
  at::Generator generator_;
};

/// Relative to the largest value expected: `type` is the one that the kernel rounds its result to.
void compare(const at::Tensor& found, const at::Tensor& expected, at::ScalarType type, const char* what) {
  const double scale = std::max(1e-6, expected.abs().max().item<double>());
  const double error = (found.to(at::kDouble) - expected.to(at::kDouble)).abs().max().item<double>() / scale;
  const double allowed = type == at::kFloat ? 4e-6 : 8e-3;
  QVERIFY2(error <= allowed, qPrintable(QStringLiteral("%1: %2").arg(QLatin1String(what)).arg(error)));
}

/// Gradients of f(inputs) for dOut, by autograd in float64.
template <class F>
std::vector<at::Tensor> gradients(F f, std::vector<at::Tensor> inputs, const at::Tensor& dOut) {
  for (auto& input : inputs) input = input.detach().to(at::kDouble).requires_grad_();
  return torch::autograd::grad({f(inputs)}, inputs, {dOut.to(at::kDouble)});
}

template <class T>
void checkNorm(const KernelTable& table, int64_t rows, int64_t D) {
  Values values(1);
  const auto type = typeOf<T>();
  const auto h = values({rows, D}), delta = values({rows, D}, type), gain = values({D}), dh = values({rows, D});
  const auto hOut = at::empty_like(h), inverse = at::empty({rows}), y = at::empty({rows, D}, type);
  kernelsOf<T>(table).addRmsNorm(rows, D, data<float>(h), data<T>(delta), data<float>(gain), data<float>(hOut),
                                 data<T>(y), data<float>(inverse));
  const auto sum = h + delta;
  compare(hOut, sum, at::kFloat, "residual");
  compare(y, reference::rmsNorm(sum.to(at::kDouble), gain.to(at::kDouble)), type, "norm");

  const auto plain = at::empty_like(y);
  kernelsOf<T>(table).addRmsNorm(rows, D, data<float>(sum), nullptr, data<float>(gain), data<float>(sum),
                                 data<T>(plain), data<float>(inverse));
  QVERIFY(at::equal(plain, y));

  const auto dy = values({rows, D}, type), dhOut = dh.clone(), dhT = at::empty_like(dy), dGain = at::ones({D});
  kernelsOf<T>(table).rmsNormBackward(rows, D, data<float>(sum), data<float>(inverse), data<float>(gain), data<T>(dy),
                                      data<float>(dhOut), data<T>(dhT), data<float>(dGain));
  const auto expected = gradients([](const auto& in) { return reference::rmsNorm(in[0], in[1]); }, {sum, gain}, dy);
  compare(dhOut, expected[0] + dh, at::kFloat, "norm's gradient");
  compare(dhT, dhOut, type, "norm's gradient, copy");
  compare(dGain - 1, expected[1], at::kFloat, "gain's gradient");
}

template <class T>
void checkGelu(const KernelTable& table, int64_t count) {
  Values values(2);
  const auto type = typeOf<T>();
  const auto u = (values({count}) * 8).to(type), y = at::empty_like(u), d = values({count}, type), dOut = d.clone();
  kernelsOf<T>(table).quickGelu(count, data<T>(u), data<T>(y));
  compare(y, reference::quickGelu(u.to(at::kDouble)), type, "quick GELU");
  kernelsOf<T>(table).quickGeluBackward(count, data<T>(u), data<T>(dOut));
  compare(dOut, gradients([](const auto& in) { return reference::quickGelu(in[0]); }, {u}, d)[0], type, "its gradient");
}

template <class T>
void checkLoss(const KernelTable& table, int64_t rows, int64_t colours) {
  Values values(3);
  const auto type = typeOf<T>();
  const auto logits = (values({rows, colours}) * 5).to(type), dLogits = logits.clone();
  const auto targets = values.below(colours, rows), nats = at::empty({rows});
  kernelsOf<T>(table).crossEntropy(rows, colours, data<T>(dLogits), data<int64_t>(targets), 0.25f, nullptr,
                                   data<float>(nats));
  const auto loss = [&](const auto& in) { return at::cross_entropy_loss(in[0], targets, {}, at::Reduction::None); };
  compare(nats, loss(std::vector{logits.to(at::kDouble)}), at::kFloat, "nats");
  compare(dLogits, gradients(loss, {logits}, at::full({rows}, 0.25))[0], type, "gradient of the logits");

  // With a weight a row. Each element is within half a step of its type of the exact value: it was rounded once.
  const auto weighed = logits.clone(), rowScale = values({rows}).abs().add(0.1);
  kernelsOf<T>(table).crossEntropy(rows, colours, data<T>(weighed), data<int64_t>(targets), 0.25f,
                                   data<float>(rowScale), data<float>(nats));
  const auto exact = gradients(loss, {logits}, rowScale * 0.25)[0];
  const double step = type == at::kFloat ? 4e-6 : 1.0 / 128;  // relative; bfloat16 keeps 7 bits behind the leading one
  const auto allowed = exact.abs() * (0.5 * step + 1e-5) + 1e-7;
  QVERIFY2(((weighed.to(at::kDouble) - exact).abs() <= allowed).all().template item<bool>(),
           "gradient of weighed logits");
}

template <class T>
void checkAttention(const KernelTable& table, int64_t n, int64_t heads, int64_t K, bool causal) {
  Values values(4);
  const auto type = typeOf<T>();
  const int64_t D = heads * K;
  const auto qkv = values({1, n, 3 * D}, type), dOut = values({1, n, D}, type);
  const auto out = at::empty({1, n, D}, type), dqkv = at::full({1, n, 3 * D}, 77.0, type),
             logSum = at::empty({heads, n});
  const HeadLayout layout{.positions = n, .headWidth = K, .width = D, .causal = causal};
  const auto scratch = [&](bool backward) { return at::full({table.attentionScratch(layout, backward)}, NAN); };
  for (int64_t head = 0; head < heads; ++head) {
    kernelsOf<T>(table).attention(layout, data<T>(qkv) + head * K, data<T>(out) + head * K,
                                  data<float>(logSum) + head * n, data<float>(scratch(false)));
    kernelsOf<T>(table).attentionBackward(layout, data<T>(qkv) + head * K, data<T>(out) + head * K,
                                          data<T>(dOut) + head * K, data<float>(logSum) + head * n,
                                          data<T>(dqkv) + head * K, data<float>(scratch(true)));
  }
  const auto attend = [&](const auto& in) { return reference::attention(in[0], heads, causal); };
  compare(out, attend(std::vector{qkv.to(at::kDouble)}), type, "attention");
  compare(dqkv, gradients(attend, {qkv}, dOut)[0], type, "attention's gradient");
}

}  // namespace

class KernelsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void agreeWithTheirTwins_data() {
    QTest::addColumn<int>("table");
    const auto tables = usableKernelTables();
    for (size_t i = 0; i < tables.size(); ++i) QTest::newRow(tables[i]->name) << static_cast<int>(i);
  }

  void agreeWithTheirTwins() {
    QFETCH(int, table);
    const auto& kernels = *usableKernelTables()[static_cast<size_t>(table)];
    for (const auto& [rows, D] : {std::pair<int64_t, int64_t>{1, 1}, {3, 7}, {5, 16}, {4, 33}, {2, 128}}) {
      checkNorm<float>(kernels, rows, D);
      checkNorm<Bf16>(kernels, rows, D);
      checkLoss<float>(kernels, rows, D + 1);
      checkLoss<Bf16>(kernels, rows, D + 1);
    }
    for (const int64_t count : {1, 15, 16, 1000}) {
      checkGelu<float>(kernels, count);
      checkGelu<Bf16>(kernels, count);
    }
    struct Case {
      int64_t n, heads, K;
    };
    for (const auto& [n, heads, K] : {Case{1, 1, 1}, Case{5, 2, 3}, Case{16, 1, 16}, Case{33, 2, 8}, Case{64, 1, 32},
                                      Case{49, 1, 24}, Case{100, 1, 48}, Case{17, 1, 80}, Case{130, 1, 64}}) {
      for (const bool causal : {true, false}) {
        checkAttention<float>(kernels, n, heads, K, causal);
        checkAttention<Bf16>(kernels, n, heads, K, causal);
      }
    }
  }

  /// Products of the matrix unit are those of operands rounded to bfloat16, in odd sizes and row by row.
  void tilesMultiplyRoundedOperands() {
    const auto tables = usableKernelTables();
    if (!tables.front()->decode->tiles) QSKIP("This processor has no matrix unit.");
    const auto& unit = *tables.front()->decode->tiles;
    Values values(1);
    for (const auto& [rows, depth, columns] :
         {std::array<int64_t, 3>{1, 1, 1}, {16, 32, 32}, {17, 40, 33}, {37, 72, 101}, {128, 128, 64}}) {
      const int64_t panels = (columns + kPanelColumns - 1) / kPanelColumns;
      const auto x = values({rows, depth}), w = values({depth, panels * kPanelColumns}), bias = values({columns}),
                 before = values({rows, columns});
      const auto tiles = at::empty({panels * panelTileBytes(depth)}, at::kByte),
                 left = at::empty({leftTileBytes(rows, depth)}, at::kByte);
      for (int64_t i = 0; i < panels; ++i) {
        const auto panel = w.narrow(1, i * kPanelColumns, kPanelColumns).contiguous();
        unit.f32Panel(data<float>(panel), depth, data<uint8_t>(tiles) + i * panelTileBytes(depth));
      }
      unit.left(rows, depth, data<float>(x), depth, data<uint8_t>(left));
      const auto rounded = [](const at::Tensor& t) { return t.to(at::kBFloat16).to(at::kDouble); };
      const auto plain = rounded(x).matmul(rounded(w.narrow(1, 0, columns))) + bias.to(at::kDouble);
      const auto run = [&](auto product, const at::Tensor& y) {
        product({.left = data<uint8_t>(left),
                 .panels = data<uint8_t>(tiles),
                 .depth = depth,
                 .columns = columns,
                 .bias = data<float>(bias),
                 .rows = rows,
                 .y = data<float>(y),
                 .yStride = columns});
        return y;
      };
      compare(run(unit.store, before.clone()), plain, at::kFloat, "store");
      compare(run(unit.add, before.clone()), before.to(at::kDouble) + plain, at::kFloat, "add");
      compare(run(unit.quickGelu, before.clone()), plain * at::sigmoid(1.702 * plain), at::kFloat, "gelu");
    }
  }

  /// A loss that went wrong must be seen as such: no clamp on the way may turn NaN into a number.
  void keepNan_data() { agreeWithTheirTwins_data(); }
  void keepNan() {
    QFETCH(int, table);
    const auto& kernels = *usableKernelTables()[static_cast<size_t>(table)];
    auto logits = at::zeros({1, 40});
    logits[0][37] = NAN;
    const auto targets = at::zeros({1}, at::kLong), nats = at::zeros({1});
    kernels.f32.crossEntropy(1, 40, data<float>(logits), data<int64_t>(targets), 1, nullptr, data<float>(nats));
    QVERIFY(std::isnan(nats.item<float>()));
    for (const auto type : {at::kFloat, at::kBFloat16}) {
      const auto u = at::full({20}, NAN, type), y = at::zeros({20}, type);
      if (type == at::kFloat)
        kernels.f32.quickGelu(20, data<float>(u), data<float>(y));
      else
        kernels.bf16.quickGelu(20, data<Bf16>(u), data<Bf16>(y));
      QVERIFY(at::isnan(y).all().item<bool>());
    }
  }
};

QTEST_APPLESS_MAIN(KernelsTest)
#include "kernels_test.moc"
