#include <torch/torch.h>

#include <QTest>

#include "core/learn/kernels/fused.h"
#include "core/learn/kernels/reference.h"
#include "core/learn/model/gpt_gradient.h"
#include "tests/core/learn/device/pretend_device.h"

using namespace scanline;
using direct::AttentionKernel;

namespace {

at::Tensor there(const at::Tensor& tensor) {
  return tensor.to(pretend::kDevice);
}

at::Tensor noise(at::IntArrayRef sizes, at::ScalarType type, uint64_t seed) {
  return at::randn(sizes, at::detail::createCPUGenerator(seed)).to(type);
}

/// Relative to the largest value that is expected. bfloat16 has 8 bits: results are rounded to 2^-9 of themselves.
double gap(const at::Tensor& found, const at::Tensor& expected) {
  const auto exact = expected.to(at::kDouble);
  return ((found.cpu().to(at::kDouble) - exact).abs().max() / exact.abs().max()).item<double>();
}
double allowed(at::ScalarType type) {
  return type == at::kFloat ? 4e-6 : 8e-3;
}

/// f's gradient for its inputs, by autograd in float64.
template <class F>
std::vector<at::Tensor> gradients(const F& f, std::vector<at::Tensor> inputs, const at::Tensor& dOut) {
  for (auto& input : inputs) input = input.detach().to(at::kDouble).requires_grad_();
  return torch::autograd::grad({f(inputs)}, inputs, {dOut.to(at::kDouble)});
}

std::string refusal(const std::function<void()>& work) {
  try {
    work();
  } catch (const c10::Error& error) {
    return error.what();
  }
  return "not refused";
}

void types() {
  QTest::addColumn<int>("type");
  QTest::newRow("fp32") << static_cast<int>(at::kFloat);
  QTest::newRow("bf16") << static_cast<int>(at::kBFloat16);
}

}  // namespace

Q_DECLARE_METATYPE(scanline::direct::AttentionKernel)

/// The network's functions on an accelerator, by operations that make CUDA's demands, compute what the plain ones do.
class DeviceKernelsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void attention_data() {
    QTest::addColumn<AttentionKernel>("kernel");
    QTest::addColumn<int>("type");
    QTest::addColumn<bool>("causal");
    for (const bool causal : {true, false})
      for (const auto kernel :
           {AttentionKernel::Flash, AttentionKernel::Cudnn, AttentionKernel::Efficient, AttentionKernel::Plain})
        for (const auto type : {at::kBFloat16, at::kFloat})
          if (type == at::kBFloat16 || kernel == AttentionKernel::Efficient || kernel == AttentionKernel::Plain)
            QTest::addRow("%s, %s, %s", nameOf(kernel).data(), type == at::kFloat ? "fp32" : "bf16",
                          causal ? "causal" : "whole")
                << kernel << static_cast<int>(type) << causal;
  }
  void attention() {
    QFETCH(AttentionKernel, kernel);
    QFETCH(int, type);
    QFETCH(bool, causal);
    constexpr int64_t B = 3, n = 21, H = 2, D = 32;  // H and B differ, and K from both
    const auto real = static_cast<at::ScalarType>(type);
    const auto qkv = noise({B, n, 3 * D}, real, 1), dOut = noise({B, n, D}, real, 2);
    const auto far = there(qkv), parts = direct::headsOf(far, H);
    const auto attended = direct::attend(kernel, parts[0], parts[1], parts[2], causal);
    const auto plain = [&](const auto& in) { return reference::attention(in[0], H, causal); };
    QCOMPARE_LT(gap(attended.out.transpose(1, 2).reshape({B, n, D}), plain(std::vector{qkv.to(at::kDouble)})),
                allowed(real));
    const auto dQkv = direct::attendBackward(attended, far, H, causal, there(dOut), AttentionKernels::Reproducible);
    QVERIFY(dQkv.is_contiguous());
    QCOMPARE_LT(gap(dQkv, gradients(plain, {qkv}, dOut)[0]), allowed(real));
  }

  void theKernelIsChosenByTypeWidthAndSetting() {
    const auto chosen = [](at::ScalarType type, int64_t width, AttentionKernels wanted) {
      return direct::attentionKernel(pretend::kDevice, type, width, wanted);
    };
    QCOMPARE(chosen(at::kBFloat16, 64, AttentionKernels::Reproducible), AttentionKernel::Flash);
    QCOMPARE(chosen(at::kBFloat16, 64, AttentionKernels::Fast), AttentionKernel::Cudnn);
    QCOMPARE(chosen(at::kFloat, 64, AttentionKernels::Fast), AttentionKernel::Efficient);
    QCOMPARE(chosen(at::kFloat, 4, AttentionKernels::Reproducible), AttentionKernel::Plain);
  }

  /// Attention's gradient repeats in the reproducible mode, and the mode ends with it.
  void onlyTheReproducibleModeIsDeterministic() {
    const auto qkv = there(noise({1, 9, 96}, at::kBFloat16, 1)), dOut = there(noise({1, 9, 32}, at::kBFloat16, 2));
    for (const auto mode : {AttentionKernels::Reproducible, AttentionKernels::Fast}) {
      const auto attended = fused::attention(qkv, 2, true, mode);
      pretend::clearUnrepeatable();
      fused::attentionBackward(qkv, 2, true, attended, dOut, mode);
      QCOMPARE(pretend::unrepeatable().empty(), mode == AttentionKernels::Reproducible);
      QVERIFY(!at::globalContext().deterministicAlgorithms());
    }
  }

  void norm_data() { types(); }
  void norm() {
    QFETCH(int, type);
    const auto real = static_cast<at::ScalarType>(type);
    const auto h = noise({5, 24}, at::kFloat, 1), delta = noise({5, 24}, real, 2), gain = noise({24}, at::kFloat, 3),
               dy = noise({5, 24}, real, 4), dh = noise({5, 24}, at::kFloat, 5), sum = h + delta;
    const auto normed = fused::addRmsNorm(there(h), there(delta), there(gain), real);
    const auto plain = [](const auto& in) { return reference::rmsNorm(in[0], in[1]); };
    QCOMPARE(normed.h.scalar_type(), at::kFloat);
    QCOMPARE(normed.y.scalar_type(), real);
    QVERIFY(at::equal(normed.h.cpu(), sum));
    QCOMPARE_LT(gap(normed.y, plain(std::vector{sum.to(at::kDouble), gain.to(at::kDouble)})), allowed(real));
    const auto expected = gradients(plain, {sum, gain}, dy);
    auto dhThere = there(dh), dGain = there(at::ones({24}));
    const auto dhT = fused::rmsNormBackward(normed, there(gain), there(dy), dhThere, dGain);
    QCOMPARE(dhT.scalar_type(), real);
    QCOMPARE_LT(gap(dhThere, expected[0] + dh), allowed(at::kFloat));
    QCOMPARE_LT(gap(dhT, expected[0] + dh), allowed(real));
    QCOMPARE_LT(gap(dGain - 1, expected[1]), allowed(at::kFloat));
  }

  /// The products before and after the quick GELU carry its factor.
  void mlp_data() { types(); }
  void mlp() {
    QFETCH(int, type);
    const auto real = static_cast<at::ScalarType>(type);
    const auto x = noise({7, 16}, real, 1), up = noise({16, 24}, real, 2), down = noise({24, 16}, real, 3),
               upBias = noise({24}, at::kFloat, 4), downBias = noise({16}, at::kFloat, 5);
    const double c = fused::geluFactor(pretend::kDevice);
    for (const bool hasBias : {false, true}) {
      const auto bias = [&](const at::Tensor& b) { return hasBias ? there(b) : at::Tensor(); };
      const auto z = fused::linear(there(x), there(up), bias(upBias), c, c);
      const auto y = fused::linear(fused::quickGelu(z), there(down), bias(downBias), 1 / c);
      QCOMPARE(y.scalar_type(), real);
      const auto wide = [](const at::Tensor& t) { return t.to(at::kDouble); };
      auto exact = at::mm(wide(x), wide(up));
      if (hasBias) exact = exact + wide(upBias);
      exact = at::mm(reference::quickGelu(exact), wide(down));
      if (hasBias) exact = exact + wide(downBias);
      QCOMPARE_LT(gap(y, exact), 2 * allowed(real));
    }
    const auto u = noise({40}, real, 6) * 3, d = noise({40}, real, 7);
    auto dThere = there(d);
    fused::quickGeluBackward_(there((u * c).to(real)), dThere);
    const auto plain = [](const auto& in) { return reference::quickGelu(in[0]); };
    QCOMPARE_LT(gap(dThere, gradients(plain, {u}, d)[0]), 2 * allowed(real));  // d(c gelu)/d(c u)
  }

  /// 16-bit products are added up in 32 bits, on top of the sum so far.
  void weightGradientsAreNotRounded() {
    const auto x = noise({9, 6}, at::kBFloat16, 1), dy = noise({9, 4}, at::kBFloat16, 2),
               begun = noise({6, 4}, at::kFloat, 3);
    auto sum = there(begun);
    fused::addWeightGradient(sum, there(x), there(dy), 1.702);
    QCOMPARE_LT(gap(sum, begun.to(at::kDouble) + 1.702 * at::mm(x.t().to(at::kDouble), dy.to(at::kDouble))), 1e-6);
  }

  void loss_data() { types(); }
  void loss() {
    QFETCH(int, type);
    const auto real = static_cast<at::ScalarType>(type);
    const auto y = noise({11, 8}, real, 1), head = noise({8, 5}, real, 2), rowScale = noise({11}, at::kFloat, 3).abs();
    const auto targets = at::arange(11, at::kLong).remainder(5);
    auto logits = fused::logits(there(y), there(head));
    QCOMPARE(logits.scalar_type(), at::kFloat);
    const auto exactLogits = at::mm(y.to(at::kDouble), head.to(at::kDouble));
    const auto plain = [&](const auto& in) { return at::cross_entropy_loss(in[0], targets, {}, at::Reduction::None); };
    const auto weights = rowScale.to(at::kDouble) * 0.25;
    const auto farTargets = there(targets), farScale = there(rowScale);
    pretend::clearWaits();
    const auto nats = fused::crossEntropy_(logits, farTargets, 0.25, farScale);
    QVERIFY(pretend::waits().empty());
    QCOMPARE_LT(gap(nats, plain(std::vector{exactLogits})), 4e-6);
    QCOMPARE_LT(gap(logits, gradients(plain, {exactLogits}, weights)[0]), 4e-6);
  }

  /// The pretend kernels say no where CUDA's do.
  void demandsAreMade() {
    const auto half = there(noise({1, 2, 8, 16}, at::kBFloat16, 1)), whole = half.to(at::kFloat);
    const auto matrix = half.view({16, 16}), wide = whole.view({16, 16});
    auto sum = at::zeros({16, 16}, wide.options());
    using Work = std::function<void()>;
    const std::vector<std::pair<const char*, Work>> refused{
        {"only supports fp16 and bf16", [&] { at::_scaled_dot_product_flash_attention(whole, whole, whole); }},
        {"contiguous last dimension",
         [&] {
           at::_scaled_dot_product_flash_attention(half.transpose(2, 3), half.transpose(2, 3), half.transpose(2, 3));
         }},
        {"multiple of 8",
         [&] {
           const auto narrow = half.narrow(3, 0, 4);
           at::_scaled_dot_product_cudnn_attention(narrow, narrow, narrow, {}, true);
         }},
        {"same dtype", [&] { at::_scaled_dot_product_efficient_attention(half, whole, half, {}, true); }},
        {"expected scalar type", [&] { at::silu_backward(matrix, wide); }},
        {"expected scalar type", [&] { at::_fused_rms_norm(matrix, {16}, wide.select(0, 0), 1e-5); }},
        {"out_dtype must be the same as the dtype of the provided",
         [&] {
           auto other = matrix.clone();
           at::addmm_outf(other, matrix, matrix, at::kFloat, 1, 1, other);
         }},
        {"out_dtype must be the same as input", [&] { at::addmm_outf(sum, wide, wide, at::kBFloat16, 1, 1, sum); }},
        {"same dtype", [&] { at::addmm_outf(sum, matrix, wide, at::kFloat, 1, 1, sum); }},
        {"same device", [&] { at::addmm_outf(sum, matrix, matrix.cpu(), at::kFloat, 1, 1, sum); }},
        {"logsumexp must be", [&] {
           const auto a =
               direct::attend(AttentionKernel::Cudnn, half, half, half, true);  // its sums have a dimension more
           at::_scaled_dot_product_flash_attention_backward(half, half, half, half, a.out, a.logSum, {}, {}, 8, 8, 0.0,
                                                            true, a.seed, a.offset);
         }}};
    for (const auto& [sentence, work] : refused) {
      const auto said = refusal(work);
      QVERIFY2(said.find(sentence) != std::string::npos, qPrintable(QString("%1: %2").arg(sentence, said.c_str())));
    }
  }

  /// The micro-batch is chosen by it.
  void aPassTakesNoMoreThanItsEstimate_data() { types(); }
  void aPassTakesNoMoreThanItsEstimate() {
    QFETCH(int, type);
    const auto real = static_cast<at::ScalarType>(type);
    const GptShape shape{.layers = 3, .width = 64, .heads = 4, .paletteSize = 64, .positions = 64};
    const auto weights = initialWeights(shape, 1).on(pretend::kDevice);
    const auto operands = real == at::kFloat ? weights : weights.withOperands(real);
    GptTensors sums(shape, pretend::kDevice);
    constexpr int64_t kImages = 8;
    const GradientBatch batch{.tokens_Bn = there(at::arange(kImages * 64).view({kImages, 64}).remainder(64))};
    const auto pass = [&] { addGradient(operands, batch, {}, 1.0 / kImages, sums, {}); };
    pass();  // the kernel of attention is chosen
    pretend::clearPeak();
    const auto before = pretend::memoryUsed();
    pass();
    const auto taken = pretend::memoryPeak() - before, estimate = kImages * gradientBytes(shape, at::elementSize(real));
    qInfo("%.2f MB of %.2f", static_cast<double>(taken) / 1e6, static_cast<double>(estimate) / 1e6);
    QCOMPARE_LE(taken, estimate);
    QCOMPARE_GT(taken, estimate * 2 / 3);  // and is no wild guess
  }
};

QTEST_APPLESS_MAIN(DeviceKernelsTest)
#include "device_kernels_test.moc"
