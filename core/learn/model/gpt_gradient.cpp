#include "core/learn/model/gpt_gradient.h"

#include <algorithm>

#include "core/learn/kernels/fused.h"
#include "core/learn/model/masks.h"

namespace scanline {

namespace {

// B images, n positions, R = B n rows, D width, V colours. d... is a gradient; dh is that of the residual stream, in
// float32, and dhT the same in the type of the products.

/// Rows whose logits are held at once. On an accelerator enough to keep it busy.
int64_t headRows(const at::Device& device) {
  return device.is_cpu() ? 2048 : 32768;
}

/// Values of one block that the backward pass needs.
struct BlockTrace {
  fused::Normed attentionIn, mlpIn;
  at::Tensor qkv;
  fused::Attended attended;
  at::Tensor up, activated;  ///< times fused::geluFactor()
};

/// The gradients of y = alpha x W + beta b for dy; returns that of x.
at::Tensor linearBackward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& dy, at::Tensor& dWeight,
                          at::Tensor& dBias, double alpha = 1, double beta = 1) {
  fused::addWeightGradient(dWeight, x, dy, alpha);
  if (dBias.defined()) dBias.add_(dy.sum(0, false, at::kFloat), beta);
  return fused::linear(dy, weight.t(), {}, alpha);
}

at::Tensor embed(const GptTensors& w, const GradientBatch& batch) {
  const int64_t B = batch.tokens_Bn.size(0), n = batch.tokens_Bn.size(1), D = w.shape.width;
  at::Tensor h_BnD;
  if (w.shape.objective == Objective::Bert) {
    h_BnD = at::embedding(w.wte, batch.tokens_Bn).mul_(batch.keep_Bn.unsqueeze(-1));
  } else {
    h_BnD = at::empty({B, n, D}, w.flat.options());
    h_BnD.select(1, 0).copy_(w.sos.expand({B, D}));
    h_BnD.narrow(1, 1, n - 1).copy_(at::embedding(w.wte, batch.tokens_Bn.narrow(1, 0, n - 1)));
  }
  return h_BnD.add_(w.wpe.narrow(0, 0, n)).view({B * n, D});
}

void embedBackward(const at::Tensor& dh_RD, const GradientBatch& batch, GptTensors& g) {
  const int64_t B = batch.tokens_Bn.size(0), n = batch.tokens_Bn.size(1), D = g.shape.width;
  const auto dh_BnD = dh_RD.view({B, n, D});
  g.wpe.narrow(0, 0, n).add_(dh_BnD.sum(0));
  const auto addToTokens = [&](const at::Tensor& dRows_BTD, const at::Tensor& tokens_BT) {
    g.wte.add_(at::embedding_dense_backward(dRows_BTD, tokens_BT, g.shape.paletteSize, -1, false));
  };
  if (g.shape.objective == Objective::Bert) {
    addToTokens(dh_BnD * batch.keep_Bn.unsqueeze(-1), batch.tokens_Bn);
  } else {
    g.sos.add_(dh_BnD.select(1, 0).sum(0));
    addToTokens(dh_BnD.narrow(1, 1, n - 1).contiguous(), batch.tokens_Bn.narrow(1, 0, n - 1).contiguous());
  }
}

/// Logits, loss and their gradients, a few rows at a time; row r counts `scale` times rowScale_R[r] (undefined: 1).
/// Returns the nats of each row and dy, the gradient of y = ln_f(h).
std::pair<at::Tensor, at::Tensor> headLoss(const GptTensors& w, const at::Tensor& y_RD, const at::Tensor& tokens_R,
                                           double scale, const at::Tensor& rowScale_R, GptTensors& g) {
  const int64_t R = y_RD.size(0);
  auto nats = at::empty({R}, w.flat.options());
  auto dy = at::empty_like(y_RD);
  const int64_t most = headRows(y_RD.device());
  for (int64_t begin = 0; begin < R; begin += most) {
    const int64_t rows = std::min(most, R - begin);
    const auto y = y_RD.narrow(0, begin, rows);
    auto logits = fused::logits(y, w.head.t());
    nats.narrow(0, begin, rows)
        .copy_(fused::crossEntropy_(logits, tokens_R.narrow(0, begin, rows), scale,
                                    rowScale_R.defined() ? rowScale_R.narrow(0, begin, rows) : at::Tensor()));
    const auto dLogits = logits.to(y.scalar_type());
    fused::addWeightGradient(g.head, dLogits, y);
    auto out = dy.narrow(0, begin, rows);
    at::mm_out(out, dLogits, w.head);
  }
  return {nats, dy};
}

/// The nats of each image, float64 [B], and dy.
std::pair<at::Tensor, at::Tensor> generativeLoss(const GptTensors& w, const GradientBatch& batch,
                                                 const at::Tensor& y_RD, double scale, GptTensors& g) {
  const int64_t B = batch.tokens_Bn.size(0), n = batch.tokens_Bn.size(1), R = B * n;
  const auto tokens_R = batch.tokens_Bn.view({R});
  if (w.shape.objective == Objective::Autoregressive) {
    auto [nats_R, dy_RD] = headLoss(w, y_RD, tokens_R, scale / static_cast<double>(n), {}, g);
    return {nats_R.view({B, n}).mean(1, false, at::kDouble), dy_RD};
  }
  // Only masked positions are scored, so only they go through the head.
  const auto count_B = batch.keep_Bn.logical_not().sum(1).clamp_min(1);
  const auto &rows_M = batch.masked_M, image_M = rows_M.floor_divide(n);
  const auto rowScale_M = at::full({B}, scale, w.flat.options()).div_(count_B).index_select(0, image_M);
  const auto [nats_M, dy_MD] =
      headLoss(w, y_RD.index_select(0, rows_M), tokens_R.index_select(0, rows_M), 1, rowScale_M, g);
  const auto sums_B = sumsOfImages(nats_M.to(at::kDouble), rows_M, B, n);
  return {sums_B / count_B, at::zeros_like(y_RD).index_copy_(0, rows_M, dy_MD)};
}

/// The nats of each image's class, float64 [B], and dy, the same for all positions of an image: [B, D].
std::pair<at::Tensor, at::Tensor> classifierLoss(const GptTensors& w, const GradientBatch& batch,
                                                 const at::Tensor& y_RD, double scale, GptTensors& g) {
  const int64_t B = batch.tokens_Bn.size(0), n = batch.tokens_Bn.size(1);
  const auto feature_BD = y_RD.view({B, n, -1}).mean(1, false, at::kFloat);
  auto logits_BC = at::mm(feature_BD, w.classifier.t());
  const auto nats_B = fused::crossEntropy_(logits_BC, batch.labels_B, scale);
  g.classifier.addmm_(logits_BC.t(), feature_BD);
  return {nats_B.to(at::kDouble), at::mm(logits_BC, w.classifier).div_(n)};
}

/// The gain of the norm before block `layer`, or of the last norm.
template <class Tensors>
auto& normGain(Tensors& tensors, size_t layer) {
  return layer < tensors.blocks.size() ? tensors.blocks[layer].ln1 : tensors.lnF;
}

/// One pass over a batch; keeps the values that its backward pass needs.
class Pass {
 public:
  Pass(const GptTensors& weights, const GradientBatch& batch, const GradientTask& task, double scale,
       GptTensors& gradients)
      : w_(weights), batch_(batch), task_(task), scale_(scale), g_(gradients) {
    TORCH_INTERNAL_ASSERT(task.generative || task.classifierLayer);
    traces_.resize(static_cast<size_t>(task.generative ? w_.shape.layers : *task.classifierLayer));
  }

  PassLosses run(const Control& control) {
    // 1. Forward. `delta` is the last sub-layer's output, which the next norm adds to the residual stream.
    at::Tensor h_RD = embed(w_, batch_), delta;
    for (size_t layer = 0; layer < traces_.size(); ++layer) {
      control.check();
      forward(layer, h_RD, delta);
    }

    // 2. Losses, and the gradient of the head's input.
    control.check();
    const auto top = fused::addRmsNorm(h_RD, delta, normGain(w_, traces_.size()), type_);
    auto [nats_B, dy] = task_.generative ? generativeLoss(w_, batch_, top.y, scale_, g_)
                                         : std::pair(at::Tensor(), at::zeros_like(top.y));
    PassLosses losses{.nats_B = nats_B};
    classify(traces_.size(), top.y, dy, losses);
    dh_RD_ = at::zeros_like(top.h);
    auto dhT = fused::rmsNormBackward(top, normGain(w_, traces_.size()), dy, dh_RD_, normGain(g_, traces_.size()));

    // 3. Back through the blocks; each trace is freed as it has been used.
    for (size_t layer = traces_.size(); layer-- > 0;) {
      control.check();
      dhT = backward(layer, dhT, losses);
    }
    embedBackward(dh_RD_, batch_, g_);
    return losses;
  }

 private:
  void forward(size_t layer, at::Tensor& h_RD, at::Tensor& delta) {
    const auto& b = w_.blocks[layer];
    auto& t = traces_[layer];
    t.attentionIn = fused::addRmsNorm(h_RD, delta, b.ln1, type_);
    t.qkv = fused::linear(t.attentionIn.y, b.qkv, b.qkvBias).view({B_, n_, 3 * D_});
    t.attended = fused::attention(t.qkv, w_.shape.heads, isCausal_, task_.attention);
    delta = fused::linear(t.attended.out.view({R_, D_}), b.proj, b.projBias);

    t.mlpIn = fused::addRmsNorm(t.attentionIn.h, delta, b.ln2, type_);
    t.up = fused::linear(t.mlpIn.y, b.fc, b.fcBias, gelu_, gelu_);
    t.activated = fused::quickGelu(t.up);
    delta = fused::linear(t.activated, b.mlp, b.mlpBias, 1 / gelu_);
    h_RD = t.mlpIn.h;
  }

  at::Tensor backward(size_t layer, const at::Tensor& dhT_RD, PassLosses& losses) {
    const auto& b = w_.blocks[layer];
    auto& d = g_.blocks[layer];
    const auto t = std::move(traces_[layer]);
    auto dUp = linearBackward(t.activated, b.mlp, dhT_RD, d.mlp, d.mlpBias, 1 / gelu_);
    fused::quickGeluBackward_(t.up, dUp);
    auto dy = linearBackward(t.mlpIn.y, b.fc, dUp, d.fc, d.fcBias, gelu_, gelu_);
    dUp.reset();  // the widest of them, before the next ones are made
    const auto dMid_RD = fused::rmsNormBackward(t.mlpIn, b.ln2, dy, dh_RD_, d.ln2);

    const auto dOut = linearBackward(t.attended.out.view({R_, D_}), b.proj, dMid_RD, d.proj, d.projBias);
    const auto dQkv = fused::attentionBackward(t.qkv, w_.shape.heads, isCausal_, t.attended, dOut.view({B_, n_, D_}),
                                               task_.attention);
    dy = linearBackward(t.attentionIn.y, b.qkv, dQkv.view({R_, 3 * D_}), d.qkv, d.qkvBias);
    classify(layer, t.attentionIn.y, dy, losses);
    return fused::rmsNormBackward(t.attentionIn, b.ln1, dy, dh_RD_, d.ln1);
  }

  /// Adds the classifier's part to the gradient of y, if this is the layer that it reads.
  void classify(size_t layer, const at::Tensor& y_RD, const at::Tensor& dy_RD, PassLosses& losses) {
    if (!task_.classifierLayer || static_cast<size_t>(*task_.classifierLayer) != layer) return;
    const auto [nats_B, dy_BD] = classifierLoss(w_, batch_, y_RD, scale_, g_);
    losses.classNats_B = nats_B;
    dy_RD.view({B_, n_, D_}).add_(dy_BD.unsqueeze(1));
  }

  const GptTensors& w_;
  const GradientBatch& batch_;
  const GradientTask& task_;
  double scale_;
  GptTensors& g_;
  int64_t B_ = batch_.tokens_Bn.size(0), n_ = batch_.tokens_Bn.size(1), D_ = w_.shape.width, R_ = B_ * n_;
  at::ScalarType type_ = w_.operands.scalar_type();
  bool isCausal_ = w_.shape.objective == Objective::Autoregressive;
  double gelu_ = fused::geluFactor(w_.flat.device());  ///< up and activated carry it
  std::vector<BlockTrace> traces_;
  at::Tensor dh_RD_;
};

}  // namespace

PassLosses addGradient(const GptTensors& weights, const GradientBatch& batch, const GradientTask& task, double scale,
                       GptTensors& gradients, const Control& control) {
  const at::NoGradGuard noGraph;
  return Pass(weights, batch, task, scale, gradients).run(control);
}

double gradientFlops(const GptShape& s) {
  const auto D = static_cast<double>(s.width), n = static_cast<double>(s.positions), L = static_cast<double>(s.layers);
  const double attention = (s.objective == Objective::Autoregressive ? 6 : 12) * L * D * n * n;
  return 6 * n * (12 * L * D * D + static_cast<double>(s.paletteSize) * D) + attention;
}

int64_t gradientBytes(const GptShape& s, int64_t elementSize) {
  // Kept (BlockTrace): h twice in float32; y twice, qkv, out, up and activated. The widest step of a block's way back
  // holds three intermediates as wide as the MLP, or the gradients of q, k, v twice and two of the residual stream in
  // float32. The head's rows have their logits twice in float32, beside their gradient.
  const int64_t kept = 8 + 14 * elementSize, work = 16 + 14 * elementSize, head = 12 + elementSize;
  return s.positions * (s.width * (s.layers * kept + work) + s.paletteSize * head);
}

}  // namespace scanline
