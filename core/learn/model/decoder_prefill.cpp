#include "core/learn/model/decoder_state.h"

namespace scanline {

namespace {

constexpr int64_t kPromptRows = 2048;  ///< of prompts that are seen together

/// The first row of each prompt, -1 for one that has none.
std::vector<int32_t> firstRows(std::span<const int32_t> promptOfRow, size_t prompts) {
  std::vector<int32_t> first(prompts, -1);
  for (size_t row = promptOfRow.size(); row-- > 0;)
    first[static_cast<size_t>(promptOfRow[row])] = static_cast<int32_t>(row);
  return first;
}

}  // namespace

/// Some prompts, all their positions at once. The rows of a prompt are its positions 0 .. R - 1, of which 0 .. T - 1 go
/// into the cache of the row that is drawn from it.
struct Decoder::State::PromptPass {
  struct Prompt {
    const std::vector<Token>* tokens;
    int32_t row;
    double* nats;  ///< set if it is scored
  };

  PromptPass(State& decoder, int64_t cached, int64_t rowsOfPrompt, int64_t together)
      : d(decoder),
        s(d.s),
        T(cached),
        R(rowsOfPrompt),
        D(s.width),
        V(s.paletteSize),
        strips{.positions = R, .headWidth = D / s.heads, .width = D, .causal = true},
        stripSize((d.w.kernels.attentionScratch(strips, false) + R + 15) / 16 * 16),
        a(s, together * R),
        strip(d.pool.threads() * stripSize),
        wide(d.pool.threads() * kRowBlock * 4 * D),
        last(std::max(d.pool.threads() * kRowBlock, together) * V),
        nats(static_cast<size_t>(together * R)) {}

  void run(std::span<const Prompt> some, bool isScored, const Control& control) {
    prompts = some;
    all = std::ssize(prompts) * R;
    for (size_t i = 0; i < prompts.size(); ++i) {
      d.cache.grow({&prompts[i].row, 1}, T);
      for (int64_t at = 0; at < R; ++at)
        d.embed(at, at == 0 ? Token{0} : (*prompts[i].tokens)[static_cast<size_t>(at - 1)],
                a.h + (static_cast<int64_t>(i) * R + at) * D);
    }
    for (int64_t layer = 0; layer < s.layers; ++layer) {
      control.check();
      // Where nothing is scored only the last row goes through the last layer; the others' keys and values are kept.
      const bool isCut = !isScored && layer + 1 == s.layers;
      queries(layer, isCut);
      attention(layer, isCut);
    }
    if (isScored)
      score();
    else
      lastRows();
  }

 private:
  /// part(first, size, thread) for blocks of rows, which stay in the processor's cache meanwhile.
  template <class Part>
  void forBlocks(const Part& part) {
    d.pool.run((all + kRowBlock - 1) / kRowBlock, [&](int64_t index, int thread) {
      part(index * kRowBlock, std::min(kRowBlock, all - index * kRowBlock), thread);
    });
  }

  void product(const PackedMatrix& matrix, int64_t firstPanel, Then then, int64_t size, const float* x,
               float* y) const {
    for (int64_t i = firstPanel; i < matrix.panels(); ++i)
      d.panel(matrix, i, then, size, x, y, d.panelAt(matrix, std::min(i + 1, matrix.panels() - 1)));
  }

  /// The rest of a layer, after its attention.
  void finish(int64_t layer, int64_t first, int64_t size, int thread) const {
    const auto& block = d.w.blocks[static_cast<size_t>(layer)];
    float *h = a.h + first * D, *x = a.x + first * D, *between = wide + thread * kRowBlock * 4 * D;
    product(block.proj, 0, Then::Add, size, a.mixed + first * D, h);
    d.normRows(size, h, block.ln2, x);
    product(block.fc, 0, Then::QuickGelu, size, x, between);
    product(block.mlp, 0, Then::Add, size, between, h);
  }

  /// The rest of the layer before; queries (not if cut), keys and values of this one.
  void queries(int64_t layer, bool isCut) {
    const auto& block = d.w.blocks[static_cast<size_t>(layer)];
    forBlocks([&](int64_t first, int64_t size, int thread) {
      if (layer > 0) finish(layer - 1, first, size, thread);
      d.normRows(size, a.h + first * D, block.ln1, a.x + first * D);
      product(block.qkv, isCut ? D / kPanelColumns : 0, Then::Store, size, a.x + first * D, a.qkv + first * 3 * D);
    });
  }

  void attention(int64_t layer, bool isCut) {
    d.pool.run(std::ssize(prompts) * s.heads, [&](int64_t index, int thread) {
      const int64_t i = index / s.heads, head = index % s.heads;
      const float* qkv = a.qkv + i * R * 3 * D;
      float* memory = strip + thread * stripSize;
      if (!isCut)
        d.w.kernels.f32.attention(strips, qkv + head * strips.headWidth, a.mixed + i * R * D + head * strips.headWidth,
                                  memory + stripSize - R, memory);
      for (int64_t at = 0; at < T; ++at)
        d.put(prompts[static_cast<size_t>(i)].row, layer, at, head, head + 1, qkv + at * 3 * D);
    });
  }

  /// The last rows go through the last layer alone, packed together at the beginning of the arrays.
  void lastRows() {
    const int64_t count = std::ssize(prompts);
    const auto rowOf = [&](int64_t i) { return prompts[static_cast<size_t>(i)].row; };
    for (int64_t i = 0; i < count; ++i) {
      std::copy_n(a.h + (i * R + R - 1) * D, D, a.h + i * D);
      std::copy_n(a.x + (i * R + R - 1) * D, D, a.x + i * D);
    }
    const auto& block = d.w.blocks.back();
    d.product(block.qkv, block.proj, Then::Store, count, a.x.get(), a.qkv.get());
    d.forHeads(count, [&](int64_t i, int64_t firstHead, int64_t lastHead, int thread) {
      d.attend(rowOf(i), rowOf(i), s.layers - 1, T, firstHead, lastHead, a.qkv + i * 3 * D, a.mixed + i * D, thread);
    });
    const Buffer between(count * 4 * D);
    d.finishBlock(s.layers - 1, count, a, between);
    d.head(count, a, last);
    for (int64_t i = 0; i < count; ++i) std::copy_n(last + i * V, V, d.logits + rowOf(i) * V);
  }

  /// The logits of every row, of which those of the last given one are kept, and the nats of its token.
  void score() {
    forBlocks([&](int64_t first, int64_t size, int thread) {
      finish(s.layers - 1, first, size, thread);
      d.normRows(size, a.h + first * D, d.w.lnF, a.x + first * D);
      float* rows = last + thread * kRowBlock * V;
      product(d.w.head, 0, Then::Store, size, a.x + first * D, rows);
      int64_t targets[kRowBlock];
      for (int64_t i = 0; i < size; ++i) {
        const auto& prompt = prompts[static_cast<size_t>((first + i) / R)];
        const int64_t at = (first + i) % R;
        targets[i] = (*prompt.tokens)[static_cast<size_t>(at)];
        if (at == T - 1) std::copy_n(rows + i * V, V, d.logits + prompt.row * V);
      }
      d.w.kernels.f32.crossEntropy(size, V, rows, targets, 1, nullptr, nats.data() + first);
    });
    for (size_t i = 0; i < prompts.size(); ++i) {
      const auto begin = nats.begin() + static_cast<int64_t>(i) * R;
      *prompts[i].nats = std::accumulate(begin, begin + R, 0.0) / static_cast<double>(R);
    }
  }

  State& d;
  const GptShape& s;
  int64_t T, R, D, V, all = 0;
  HeadLayout strips;
  int64_t stripSize;
  Rows a;
  Buffer strip, wide, last;
  std::vector<float> nats;
  std::span<const Prompt> prompts;
};

/// Each prompt is read by its first row; the others share the content of that row's cache.
void Decoder::State::prefill(std::span<const std::vector<Token>> prompts, int64_t given,
                             std::span<const int32_t> promptOfRow, std::span<double> nats, const Control& control) {
  const auto first = firstRows(promptOfRow, prompts.size());
  std::vector<PromptPass::Prompt> seen;
  for (size_t i = 0; i < prompts.size(); ++i)
    if (first[i] >= 0) seen.push_back({&prompts[i], first[i], nats.empty() ? nullptr : &nats[i]});

  const int64_t rowsOfPrompt = nats.empty() ? given + 1 : s.positions;
  // Passes of about the same size, so that none is left with too little to share out.
  const auto most = std::max<int64_t>(kPromptRows / rowsOfPrompt, 1), passes = (std::ssize(seen) + most - 1) / most;
  const auto together = static_cast<size_t>((std::ssize(seen) + passes - 1) / passes);
  PromptPass pass(*this, given + 1, rowsOfPrompt, static_cast<int64_t>(together));
  for (size_t begin = 0; begin < seen.size(); begin += together)
    pass.run(std::span(seen).subspan(begin, std::min(together, seen.size() - begin)), !nats.empty(), control);

  position = given + 1;
  std::vector<int32_t> sources;
  for (const auto prompt : promptOfRow) sources.push_back(first[static_cast<size_t>(prompt)]);
  select(sources);
}

}  // namespace scanline
