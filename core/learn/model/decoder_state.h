#pragma once

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/learn/kernels/worker_pool.h"
#include "core/learn/model/decoder_cache.h"
#include "core/learn/model/decoder_weights.h"
#include "core/learn/model/token_draw.h"

namespace scanline {

// The parts of a decoder, for decoder.cpp and decoder_prefill.cpp.

inline constexpr int64_t kNormRows = 64;         ///< that are normed in one call
inline constexpr int64_t kNormElements = 16384;  ///< that are worth a thread
inline constexpr int64_t kThreadWork = 100'000;  ///< products a block and position below which one thread is faster

enum class Then { Store, Add, QuickGelu };

/// float32 [size], 64-byte aligned.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(int64_t size) : tensor_(at::empty({size}, at::kFloat)) { adviseHugePages(tensor_); }
  float* operator+(int64_t offset) const { return tensor_.mutable_data_ptr<float>() + offset; }
  float* get() const { return *this + 0; }

 private:
  at::Tensor tensor_;
};

struct SeenPrompt {
  int64_t position = 0;
  std::vector<char> content;  ///< PagedCache::contentOf()
  std::vector<float> logits;  ///< [V]
};

/// run(Bf16{}) or run(float{}).
template <class Run>
void withType(bool isBf16, const Run& run) {
  if (isBf16)
    run(Bf16{});
  else
    run(float{});
}

struct Decoder::State {
  /// Activations of so many rows.
  struct Rows {
    Rows(const GptShape& s, int64_t rows)
        : h(rows * s.width), x(rows * s.width), qkv(rows * 3 * s.width), mixed(rows * s.width) {}
    Buffer h, x, qkv, mixed;
  };

  State(std::shared_ptr<const PackedGpt> packed, int64_t rowCount, const DecoderOptions& options)
      : owner(std::move(packed)),
        w(*owner->weights_),
        s(w.shape),
        decode(*w.kernels.decode),
        rows(rowCount),
        cache(s, rows, options.bf16Cache),
        pool(threadsFor(options)),
        tiles(options.bf16Cache && decode.tiles ? w.tiles() : nullptr),
        step(s, rows),
        up(rows * 4 * s.width),
        logits(rows * s.paletteSize),
        scratchSize((decode.attentionScratch(cache.layout(), s.positions, std::min(rows, kGroupRows)) + 15) / 16 * 16),
        scratch(pool.threads() * scratchSize),
        allRows(static_cast<size_t>(rows)),
        drawers(static_cast<size_t>(pool.threads()), TokenDrawer(w.kernels)) {
    std::iota(allRows.begin(), allRows.end(), 0);
  }

  int threadsFor(const DecoderOptions& options) const {
    if (rows * s.width * s.width * 12 < kThreadWork) return 1;
    return static_cast<int>(options.threads > 0 ? options.threads : at::get_num_threads());
  }

  /// `next`: the panel that this thread reads after it.
  void panel(const PackedMatrix& matrix, int64_t index, Then then, int64_t count, const float* x, float* y,
             const void* next) const {
    const int64_t first = index * kPanelColumns;
    withType(w.isBf16, [&]<class W>(W) {
      const PanelProduct<W> product{.panel = static_cast<const W*>(matrix.data) + first * matrix.in,
                                    .depth = matrix.in,
                                    .columns = std::min(kPanelColumns, matrix.out - first),
                                    .bias = matrix.bias ? matrix.bias + first : nullptr,
                                    .rows = count,
                                    .x = x,
                                    .xStride = matrix.in,
                                    .y = y + first,
                                    .yStride = matrix.out,
                                    .next = static_cast<const W*>(next)};
      const ProductKernels<W>* kernels = nullptr;
      if constexpr (std::is_same_v<W, float>)
        kernels = &decode.f32Product;
      else
        kernels = &decode.bf16Product;
      const auto run = then == Then::Store ? kernels->store : then == Then::Add ? kernels->add : kernels->quickGelu;
      run(product);
    });
  }

  const void* panelAt(const PackedMatrix& matrix, int64_t index) const {
    return static_cast<const char*>(matrix.data) + index * kPanelColumns * matrix.in * (w.isBf16 ? 2 : 4);
  }

  /// Prefetches results of other threads, which are then read line by line.
  static void bring(const float* values, int64_t count) {
    constexpr int64_t kLine = 16, kMost = 16384;
    for (int64_t i = 0; i < std::min(count, kMost); i += kLine) __builtin_prefetch(values + i, 0, 2);
  }

  /// A panel a part: each weight is read once for all rows. `after`: the matrix that is read next.
  void product(const PackedMatrix& matrix, const PackedMatrix& after, Then then, int64_t count, const float* x,
               float* y) {
    const int64_t threads = pool.threads();
    pool.run(matrix.panels(), [&](int64_t index, int thread) {
      if (index == matrix.panels() * thread / threads) bring(x, count * matrix.in);
      const bool isLast = index + 1 == matrix.panels() || index + 1 == matrix.panels() * (thread + 1) / threads;
      panel(matrix, index, then, count, x, y,
            isLast ? panelAt(after, after.panels() * thread / threads) : panelAt(matrix, index + 1));
    });
  }

  void normRows(int64_t count, const float* h, const float* gain, float* y) const {
    float inverse[kNormRows];
    for (int64_t first = 0; first < count; first += kNormRows)
      w.kernels.f32.addRmsNorm(std::min(kNormRows, count - first), s.width, h + first * s.width, nullptr, gain,
                               const_cast<float*>(h) + first * s.width, y + first * s.width, inverse);
  }
  void norm(int64_t count, const float* h, const float* gain, float* y) {
    const int64_t part = std::max<int64_t>(1, kNormElements / s.width);
    pool.run((count + part - 1) / part, [&](int64_t index, int) {
      const int64_t first = index * part;
      normRows(std::min(part, count - first), h + first * s.width, gain, y + first * s.width);
    });
  }

  /// Input row of a position: the start vector or the token before it.
  void embed(int64_t at, Token before, float* h) const {
    const float* row = at == 0 ? w.sos : w.wte + before * s.width;
    const float* place = w.wpe + at * s.width;
    for (int64_t i = 0; i < s.width; ++i) h[i] = row[i] + place[i];
  }

  /// Puts keys and values of one row's heads into the cache.
  void put(int64_t row, int64_t layer, int64_t at, int64_t firstHead, int64_t lastHead, const float* qkv) const {
    const auto& layout = cache.layout();
    withType(cache.isBf16(), [&]<class C>(C) {
      auto* const page = static_cast<C*>(cache.pagesOf(row)[at / kPagePositions]) + cache.layerOffset(layer);
      for (int64_t head = firstHead; head < lastHead; ++head) {
        const float* k = qkv + s.width + head * layout.headWidth;
        cacheKernels<C>().put(layout, head, page, at % kPagePositions, k, k + s.width);
      }
    });
  }

  /// Rows beside one another that begin with the same pages, or one row.
  struct Group {
    int64_t first = 0, count = 1;
  };

  /// q [rows of the group, 3 D], out [the same, D]. `next`: the row that this thread sees after them.
  void attend(const Group& group, int64_t next, int64_t layer, int64_t positions, int64_t firstHead, int64_t lastHead,
              const float* q, float* out, int thread) const {
    withType(cache.isBf16(), [&]<class C>(C) {
      const C* const* pages[kGroupRows];
      for (int64_t i = 0; i < group.count; ++i)
        pages[i] = reinterpret_cast<const C* const*>(cache.pagesOf(group.first + i));
      cacheKernels<C>().attend({.layout = cache.layout(),
                                .firstHead = firstHead,
                                .lastHead = lastHead,
                                .rows = group.count,
                                .pages = pages,
                                .offset = cache.layerOffset(layer),
                                .positions = positions,
                                .q = q,
                                .qStride = 3 * s.width,
                                .out = out,
                                .outStride = s.width,
                                .scratch = scratch + thread * scratchSize,
                                .next = static_cast<const C*>(cache.pagesOf(next)[0]) + cache.layerOffset(layer)});
    });
  }

  /// `count` positions of a row from `first` on, whose queries are q [count, 3 D]; out [count, D].
  void attendRun(int64_t row, int64_t layer, int64_t head, int64_t first, int64_t count, const float* q, float* out,
                 float* memory) const {
    withType(cache.isBf16(), [&]<class C>(C) {
      const int64_t offset = head * cache.layout().headWidth;
      cacheKernels<C>().attendRun({.layout = cache.layout(),
                                   .head = head,
                                   .pages = reinterpret_cast<const C* const*>(cache.pagesOf(row)),
                                   .offset = cache.layerOffset(layer),
                                   .first = first,
                                   .count = count,
                                   .q = q + offset,
                                   .qStride = 3 * s.width,
                                   .out = out + offset,
                                   .outStride = s.width,
                                   .scratch = memory});
    });
  }

  template <class C>
  const CacheKernels<C>& cacheKernels() const {
    if constexpr (std::is_same_v<C, float>)
      return decode.f32Cache;
    else
      return decode.bf16Cache;
  }

  /// run(index, firstHead, lastHead, thread) for 0 .. count - 1: all heads at once where there are enough of them, else
  /// some.
  template <class Run>
  void forHeads(int64_t count, const Run& run) {
    const int64_t parts = std::clamp<int64_t>(4 * pool.threads() / count, 1, s.heads);
    pool.run(count * parts, [&](int64_t index, int thread) {
      const int64_t part = index % parts;
      run(index / parts, part * s.heads / parts, (part + 1) * s.heads / parts, thread);
    });
  }

  void groupRows() {
    groups.clear();
    for (int64_t row = 0; row < rows; ++row) {
      if (!groups.empty() && groups.back().count < kGroupRows && cache.haveOnePast(groups.back().first, row))
        ++groups.back().count;
      else
        groups.push_back({row, 1});
    }
  }

  /// The rest of a layer, after its attention, for rows whose residual stream is h.
  void finishBlock(int64_t layer, int64_t count, const Rows& a, const Buffer& wide) {
    const auto& block = w.blocks[static_cast<size_t>(layer)];
    product(block.proj, block.fc, Then::Add, count, a.mixed.get(), a.h.get());
    norm(count, a.h.get(), block.ln2, a.x.get());
    product(block.fc, block.mlp, Then::QuickGelu, count, a.x.get(), wide.get());
    product(block.mlp, layer + 1 < s.layers ? w.blocks[static_cast<size_t>(layer + 1)].qkv : w.head, Then::Add, count,
            wide.get(), a.h.get());
  }

  std::span<const float> advance(std::span<const Token> before) {
    cache.grow(allRows, position + 1);
    if (groups.empty()) groupRows();
    for (int64_t row = 0; row < rows; ++row)
      embed(position, position == 0 ? Token{0} : before[static_cast<size_t>(row)], step.h + row * s.width);
    for (int64_t layer = 0; layer < s.layers; ++layer) {
      const auto& block = w.blocks[static_cast<size_t>(layer)];
      norm(rows, step.h.get(), block.ln1, step.x.get());
      product(block.qkv, block.proj, Then::Store, rows, step.x.get(), step.qkv.get());
      forHeads(std::ssize(groups), [&](int64_t index, int64_t firstHead, int64_t lastHead, int thread) {
        const auto& group = groups[static_cast<size_t>(index)];
        const float* qkv = step.qkv + group.first * 3 * s.width;
        for (int64_t i = 0; i < group.count; ++i)
          put(group.first + i, layer, position, firstHead, lastHead, qkv + i * 3 * s.width);
        attend(group, std::min(group.first + group.count, rows - 1), layer, position + 1, firstHead, lastHead, qkv,
               step.mixed + group.first * s.width, thread);
      });
      finishBlock(layer, rows, step, up);
    }
    ++position;
    head(rows, step, logits);
    return {logits.get(), static_cast<size_t>(rows * s.paletteSize)};
  }

  void head(int64_t count, const Rows& a, const Buffer& to) {
    norm(count, a.h.get(), w.lnF, a.x.get());
    product(w.head, w.blocks.front().qkv, Then::Store, count, a.x.get(), to.get());
  }

  struct RowPass;
  /// nats: [P], or empty where nothing is scored.
  void prefill(std::span<const std::vector<Token>> prompts, int64_t given, std::span<const int32_t> promptOfRow,
               std::span<double> nats, const Control& control);

  void follow(std::span<const Token> tokens, std::span<double> nats, const Control& control);

  void select(std::span<const int32_t> sourceOfRow) {
    const int64_t V = s.paletteSize;
    cache.select(sourceOfRow, position);
    groupRows();
    const std::vector<float> before(logits.get(), logits + rows * V);
    for (int64_t row = 0; row < rows; ++row)
      std::copy_n(before.begin() + sourceOfRow[static_cast<size_t>(row)] * V, V, logits + row * V);
  }

  void goOnFrom(const SeenPrompt& prompt) {
    cache.setContent(0, prompt.content);
    position = prompt.position;
    std::ranges::copy(prompt.logits, logits.get());
    select(std::vector<int32_t>(static_cast<size_t>(rows)));
  }

  std::shared_ptr<const PackedGpt> owner;
  const PackedGpt::Weights& w;
  const GptShape& s;
  const DecodeKernels& decode;
  int64_t rows, position = 0;
  PagedCache cache;
  WorkerPool pool;
  const uint8_t* tiles;  ///< of the weights, by which passes over many positions multiply; null: by panels
  Rows step;
  Buffer up;
  Buffer logits;  ///< [B, V]
  int64_t scratchSize;
  Buffer scratch;
  std::vector<int32_t> allRows;
  std::vector<Group> groups;  ///< all rows; made at the first position and when rows are selected
  std::vector<TokenDrawer> drawers;
};

}  // namespace scanline
