#include "core/model/gpt_gradient.h"

#include <algorithm>

#include "core/kernels/fused.h"

namespace scanline {

namespace {

// B images, n positions, R = B n rows, D width, V colours. d... is a gradient; dh is that of the residual stream, in
// float32, and dhT the same in the type of the products.

constexpr int64_t kHeadRows = 2048;  ///< rows whose logits are held at once

/// What the way back needs of one block.
struct BlockTrace {
  fused::Normed attentionIn, mlpIn;
  at::Tensor qkv;
  fused::Attended attended;
  at::Tensor up, activated;
};

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  return bias.defined() ? at::addmm(bias.to(x.scalar_type()), x, weight) : at::mm(x, weight);
}

/// The gradients of y = x W + b for dy; returns that of x.
at::Tensor linearBackward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& dy, at::Tensor& dWeight,
                          at::Tensor& dBias) {
  if (dy.scalar_type() == at::kFloat)
    dWeight.addmm_(x.t(), dy);
  else
    dWeight.add_(at::mm(x.t(), dy));
  if (dBias.defined()) dBias.add_(dy.sum(0, false, at::kFloat));
  return at::mm(dy, weight.t());
}

at::Tensor embed(const GptTensors& w, const at::Tensor& tokens_Bn) {
  const int64_t B = tokens_Bn.size(0), n = tokens_Bn.size(1), D = w.shape.width;
  auto h_BnD = at::empty({B, n, D}, w.flat.options());
  h_BnD.select(1, 0).copy_(w.sos.expand({B, D}));
  h_BnD.narrow(1, 1, n - 1).copy_(at::embedding(w.wte, tokens_Bn.narrow(1, 0, n - 1)));
  return h_BnD.add_(w.wpe.narrow(0, 0, n)).view({B * n, D});
}

void embedBackward(const at::Tensor& dh_RD, const at::Tensor& tokens_Bn, GptTensors& g) {
  const int64_t B = tokens_Bn.size(0), n = tokens_Bn.size(1), D = g.shape.width;
  const auto dh_BnD = dh_RD.view({B, n, D});
  g.wpe.narrow(0, 0, n).add_(dh_BnD.sum(0));
  g.sos.add_(dh_BnD.select(1, 0).sum(0));
  g.wte.add_(at::embedding_dense_backward(dh_BnD.narrow(1, 1, n - 1).contiguous(),
                                          tokens_Bn.narrow(1, 0, n - 1).contiguous(), g.shape.paletteSize, -1, false));
}

/// Logits, loss and their gradients, a few rows at a time. Returns the nats of each row and dy, the gradient of y =
/// ln_f(h).
std::pair<at::Tensor, at::Tensor> headLoss(const GptTensors& w, const at::Tensor& y_RD, const at::Tensor& tokens_R,
                                           double scale, GptTensors& g) {
  const int64_t R = y_RD.size(0);
  auto nats = at::empty({R}, w.flat.options());
  auto dy = at::empty_like(y_RD);
  for (int64_t begin = 0; begin < R; begin += kHeadRows) {
    const int64_t rows = std::min(kHeadRows, R - begin);
    const auto y = y_RD.narrow(0, begin, rows);
    auto logits = at::mm(y, w.head.t());
    nats.narrow(0, begin, rows).copy_(fused::crossEntropy_(logits, tokens_R.narrow(0, begin, rows), scale));
    if (y.scalar_type() == at::kFloat)
      g.head.addmm_(logits.t(), y);
    else
      g.head.add_(at::mm(logits.t(), y));
    auto out = dy.narrow(0, begin, rows);
    at::mm_out(out, logits, w.head);
  }
  return {nats, dy};
}

}  // namespace

std::optional<at::Tensor> addGradient(const GptTensors& w, const at::Tensor& tokens_Bn, double scale, GptTensors& g,
                                      const std::function<bool()>& keepGoing) {
  const at::NoGradGuard noGraph;
  const int64_t B = tokens_Bn.size(0), n = tokens_Bn.size(1), H = w.shape.heads, D = w.shape.width, R = B * n;
  const auto type = w.operands.scalar_type();

  // 1. Forward. `delta` is what the last sub-layer adds to the residual stream; the next norm adds it on its way.
  std::vector<BlockTrace> traces(w.blocks.size());
  at::Tensor h_RD = embed(w, tokens_Bn), delta;
  for (size_t layer = 0; layer < traces.size(); ++layer) {
    if (!keepGoing()) return std::nullopt;
    const auto& b = w.blocks[layer];
    auto& t = traces[layer];
    t.attentionIn = fused::addRmsNorm(h_RD, delta, b.ln1, type);
    t.qkv = linear(t.attentionIn.y, b.qkv, b.qkvBias).view({B, n, 3 * D});
    t.attended = fused::attention(t.qkv, H);
    delta = linear(t.attended.out.view({R, D}), b.proj, b.projBias);

    t.mlpIn = fused::addRmsNorm(t.attentionIn.h, delta, b.ln2, type);
    t.up = linear(t.mlpIn.y, b.fc, b.fcBias);
    t.activated = fused::quickGelu(t.up);
    delta = linear(t.activated, b.mlp, b.mlpBias);
    h_RD = t.mlpIn.h;
  }

  // 2. Loss, and the gradient of what enters the head.
  if (!keepGoing()) return std::nullopt;
  const auto last = fused::addRmsNorm(h_RD, delta, w.lnF, type);
  auto [nats_R, dy] = headLoss(w, last.y, tokens_Bn.view({R}), scale, g);
  auto dh_RD = at::zeros({R, D}, w.flat.options());
  auto dhT_RD = fused::rmsNormBackward(last, w.lnF, dy, dh_RD, g.lnF);

  // 3. Back through the blocks; each trace is freed as it has been used.
  for (size_t layer = traces.size(); layer-- > 0;) {
    if (!keepGoing()) return std::nullopt;
    const auto& b = w.blocks[layer];
    auto& d = g.blocks[layer];
    const auto t = std::move(traces[layer]);
    auto dUp = linearBackward(t.activated, b.mlp, dhT_RD, d.mlp, d.mlpBias);
    fused::quickGeluBackward_(t.up, dUp);
    dy = linearBackward(t.mlpIn.y, b.fc, dUp, d.fc, d.fcBias);
    dhT_RD = fused::rmsNormBackward(t.mlpIn, b.ln2, dy, dh_RD, d.ln2);

    const auto dOut = linearBackward(t.attended.out.view({R, D}), b.proj, dhT_RD, d.proj, d.projBias);
    const auto dQkv = fused::attentionBackward(t.qkv, H, t.attended, dOut.view({B, n, D}));
    dy = linearBackward(t.attentionIn.y, b.qkv, dQkv.view({R, 3 * D}), d.qkv, d.qkvBias);
    dhT_RD = fused::rmsNormBackward(t.attentionIn, b.ln1, dy, dh_RD, d.ln1);
  }
  embedBackward(dh_RD, tokens_Bn, g);
  return nats_R;
}

double gradientFlops(const GptShape& s) {
  const auto D = static_cast<double>(s.width), n = static_cast<double>(s.positions), L = static_cast<double>(s.layers);
  return 6 * n * (12 * L * D * D + static_cast<double>(s.paletteSize) * D) + 6 * L * D * n * n;
}

}  // namespace scanline
