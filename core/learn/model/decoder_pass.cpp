#include "core/learn/model/decoder_pass.h"

namespace scanline {

namespace {

constexpr int64_t kBlockRows = 128;  ///< that go through a layer's matrices together, at most
constexpr int64_t kEvenRows = 8;     ///< blocks are a multiple of it: the kernels multiply so many rows at a time

}  // namespace

Decoder::State::RowPass::RowPass(State& decoder, int64_t firstPosition, int64_t cached, int64_t positions,
                                 int64_t together)
    : d(decoder),
      s(d.s),
      first(firstPosition),
      T(cached),
      R(positions),
      D(s.width),
      V(s.paletteSize),
      strips{.positions = R, .headWidth = D / s.heads, .width = D, .causal = true},
      stripSize(first == 0 ? (d.w.kernels.attentionScratch(strips, false) + R + 15) / 16 * 16
                           : (d.decode.runScratch(d.cache.layout(), first + R) + 15) / 16 * 16),
      a(s, together * R),
      strip(d.pool.threads() * stripSize),
      wide(std::max(d.pool.threads() * kBlockRows, kFewRows) * 4 * D),
      last(std::max({d.pool.threads() * kBlockRows, kFewRows, together}) * V),
      leftBytes(d.tiles ? leftTileBytes(kBlockRows, 4 * D) : 0),
      left(at::empty({d.pool.threads() * leftBytes}, at::kByte)),
      scores(static_cast<size_t>(together * R)) {}

void Decoder::State::RowPass::multiply(const PackedMatrix& matrix, int64_t firstPanel, Then then, int64_t size,
                                       const float* x, float* y, int thread) const {
  if (d.tiles) {
    const auto& unit = *d.decode.tiles;
    const int64_t column = firstPanel * kPanelColumns;
    auto* const rowTiles = left.mutable_data_ptr<uint8_t>() + thread * leftBytes;
    unit.left(size, matrix.in, x, matrix.in, rowTiles);
    const auto product = then == Then::Store ? unit.store : then == Then::Add ? unit.add : unit.quickGelu;
    product({.left = rowTiles,
             .panels = d.tiles + matrix.tiles + firstPanel * panelTileBytes(matrix.in),
             .depth = matrix.in,
             .columns = matrix.out - column,
             .bias = matrix.bias ? matrix.bias + column : nullptr,
             .rows = size,
             .y = y + column,
             .yStride = matrix.out});
    return;
  }
  for (int64_t i = firstPanel; i < matrix.panels(); ++i)
    d.panel(matrix, i, then, size, x, y, d.panelAt(matrix, std::min(i + 1, matrix.panels() - 1)));
}

void Decoder::State::RowPass::run(std::span<const Row> some, int64_t targetCount, const Control& control) {
  rows = some;
  all = std::ssize(rows) * R;
  for (size_t i = 0; i < rows.size(); ++i) {
    d.cache.grow({&rows[i].row, 1}, first + T);
    for (int64_t at = 0; at < R; ++at)
      d.embed(first + at, first + at == 0 ? Token{0} : rows[i].targets[at - 1],
              a.h + (static_cast<int64_t>(i) * R + at) * D);
  }
  for (int64_t layer = 0; layer < s.layers; ++layer) {
    control.check();
    // Where nothing is scored only the last row goes through the last layer; the others' keys and values are kept.
    const bool isCut = targetCount == 0 && layer + 1 == s.layers;
    queries(layer, isCut);
    attention(layer, isCut);
  }
  if (targetCount > 0)
    score(targetCount);
  else
    lastRows();
}

/// part(begin, size, thread) for blocks of rows, which stay in the processor's cache meanwhile: about as large as one
/// another, and as many for each thread.
template <class Part>
void Decoder::State::RowPass::forBlocks(const Part& part) {
  const int64_t threads = d.pool.threads(), least = (all + kBlockRows - 1) / kBlockRows,
                blocks = (least + threads - 1) / threads * threads;
  const int64_t size = ((all + blocks - 1) / blocks + kEvenRows - 1) / kEvenRows * kEvenRows;
  d.pool.run((all + size - 1) / size,
             [&](int64_t index, int thread) { part(index * size, std::min(size, all - index * size), thread); });
}

/// The part of a layer after its attention.
void Decoder::State::RowPass::finish(int64_t layer, int64_t begin, int64_t size, int thread) const {
  const auto& block = d.w.blocks[static_cast<size_t>(layer)];
  float *h = a.h + begin * D, *x = a.x + begin * D, *between = wide + thread * kBlockRows * 4 * D;
  multiply(block.proj, 0, Then::Add, size, a.mixed + begin * D, h, thread);
  d.normRows(size, h, block.ln2, x);
  multiply(block.fc, 0, Then::QuickGelu, size, x, between, thread);
  multiply(block.mlp, 0, Then::Add, size, between, h, thread);
}

/// The rest of the layer before; queries (not if cut), keys and values of this one.
void Decoder::State::RowPass::queries(int64_t layer, bool isCut) {
  const auto& block = d.w.blocks[static_cast<size_t>(layer)];
  if (isSmall()) {
    if (layer > 0) d.finishBlock(layer - 1, all, a, wide);
    d.norm(all, a.h.get(), block.ln1, a.x.get());
    d.product(block.qkv, block.proj, Then::Store, all, a.x.get(), a.qkv.get());
    return;
  }
  forBlocks([&](int64_t begin, int64_t size, int thread) {
    if (layer > 0) finish(layer - 1, begin, size, thread);
    d.normRows(size, a.h + begin * D, block.ln1, a.x + begin * D);
    multiply(block.qkv, isCut ? D / kPanelColumns : 0, Then::Store, size, a.x + begin * D, a.qkv + begin * 3 * D,
             thread);
  });
}

/// At the beginning of pictures the keys and values that were just made are all there are; later on, those of the cache
/// stand before them.
void Decoder::State::RowPass::attention(int64_t layer, bool isCut) {
  d.pool.run(std::ssize(rows) * s.heads, [&](int64_t index, int thread) {
    const int64_t i = index / s.heads, head = index % s.heads;
    const int32_t row = rows[static_cast<size_t>(i)].row;
    const float* qkv = a.qkv + i * R * 3 * D;
    float *memory = strip + thread * stripSize, *out = a.mixed + i * R * D;
    for (int64_t at = 0; at < T; ++at) d.put(row, layer, first + at, head, head + 1, qkv + at * 3 * D);
    if (isCut) return;
    if (first == 0)
      d.w.kernels.f32.attention(strips, qkv + head * strips.headWidth, out + head * strips.headWidth,
                                memory + stripSize - R, memory);
    else
      d.attendRun(row, layer, head, first, R, qkv, out, memory);
  });
}

/// The last rows go through the last layer alone, packed together at the beginning of the arrays.
void Decoder::State::RowPass::lastRows() {
  const int64_t count = std::ssize(rows);
  const auto rowOf = [&](int64_t i) { return rows[static_cast<size_t>(i)].row; };
  for (int64_t i = 0; i < count; ++i) {
    std::copy_n(a.h + (i * R + R - 1) * D, D, a.h + i * D);
    std::copy_n(a.x + (i * R + R - 1) * D, D, a.x + i * D);
  }
  const auto& block = d.w.blocks.back();
  d.product(block.qkv, block.proj, Then::Store, count, a.x.get(), a.qkv.get());
  d.forHeads(count, [&](int64_t i, int64_t firstHead, int64_t lastHead, int thread) {
    d.attend({.first = rowOf(i)}, rowOf(i), s.layers - 1, first + T, firstHead, lastHead, a.qkv + i * 3 * D,
             a.mixed + i * D, thread);
  });
  const Buffer between(count * 4 * D);
  d.finishBlock(s.layers - 1, count, a, between);
  d.head(count, a, last);
  for (int64_t i = 0; i < count; ++i) std::copy_n(last + i * V, V, d.logits + rowOf(i) * V);
}

/// The logits of every row, of which those of the last cached one are kept, and the nats of its target.
void Decoder::State::RowPass::score(int64_t targetCount) {
  if (isSmall()) {
    d.finishBlock(s.layers - 1, all, a, wide);
    d.head(all, a, last);
    keepScores(targetCount, 0, all, last.get());
    return;
  }
  forBlocks([&](int64_t begin, int64_t size, int thread) {
    finish(s.layers - 1, begin, size, thread);
    d.normRows(size, a.h + begin * D, d.w.lnF, a.x + begin * D);
    float* logits = last + thread * kBlockRows * V;
    multiply(d.w.head, 0, Then::Store, size, a.x + begin * D, logits, thread);
    keepScores(targetCount, begin, size, logits);
  });
}

void Decoder::State::RowPass::keepScores(int64_t targetCount, int64_t begin, int64_t size, float* logits) {
  int64_t targets[kBlockRows];
  for (int64_t i = 0; i < size; ++i) {
    const auto& row = rows[static_cast<size_t>((begin + i) / R)];
    const int64_t at = (begin + i) % R;
    targets[i] = at < targetCount ? row.targets[at] : 0;
    if (at == T - 1) std::copy_n(logits + i * V, V, d.logits + row.row * V);
  }
  d.w.kernels.f32.crossEntropy(size, V, logits, targets, 1, nullptr, scores.data() + begin);
}

}  // namespace scanline
