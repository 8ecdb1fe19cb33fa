#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/base/control.h"
#include "core/learn/model/gpt_tensors.h"
#include "core/tokens/palette.h"

namespace scanline {

// B rows (pictures that are drawn together), P prompts, n positions, D width, H heads, K = D / H, V colours, L layers.

struct KernelTable;

/// Counts changes of the decoder's arithmetic: by another number a drawing may differ in a rare pixel.
inline constexpr int kDecoderRevision = 2;

/// Whether there is a decoder for a network: autoregressive, on the CPU, with operands in float32 or bfloat16.
bool canDecode(const GptTensors& weights);

/// The weights of an autoregressive network in the order in which a decoder reads them. Immutable, and a copy of all
/// weights; any number of decoders on any threads share one.
class PackedGpt {
 public:
  /// Throws Error where canDecode() says no.
  explicit PackedGpt(const GptTensors& weights);
  /// For these kernels, which this processor has; for tests.
  PackedGpt(const GptTensors& weights, const KernelTable& kernels);
  ~PackedGpt();
  PackedGpt(const PackedGpt&) = delete;
  PackedGpt& operator=(const PackedGpt&) = delete;

  const GptShape& shape() const;
  /// Bytes of weights that drawing one position reads, however many rows there are; embeddings are not counted.
  int64_t bytesRead() const;

 private:
  friend class Decoder;
  struct Weights;
  std::unique_ptr<const Weights> weights_;
};

/// Whether keys and values are better kept in bfloat16: where the weights are, or where those of one picture take 1 MiB
/// and more as float32, so that reading them is most of the time. A matter of the model alone.
bool prefersBf16Cache(const GptTensors& weights);

struct DecoderOptions {
  /// Keys and values are kept in bfloat16: half the memory, and half the bytes to read. Where the processor has a
  /// matrix unit (AMX), passes over many positions (prefill, follow) multiply operands in bfloat16 by it, and sum in
  /// float32; elsewhere they multiply in float32. Positions one by one always do. Measured effect:
  /// experiments/README.md.
  bool bf16Cache = false;
  int64_t threads = 0;  ///< CPU threads that compute, with the caller's; 0 = as many as LibTorch uses on this thread
};

/// How a token is drawn from its logits.
struct TokenDrawSettings {
  double temperature = 1;  ///< > 0
  int64_t topK = 0;        ///< only the K most probable, ties to the lower index; 0 = all
  double topP = 1;         ///< in (0, 1]: of those, the most probable whose shares first reach it; 1 = all
};

/// One row of a decoder after its prompt. Immutable.
struct SeenPrompt;

/// Draws pictures token by token, all rows at once: the fast form of Gpt with a KeyValueCache. It reads the weights of
/// a block once a position for all rows, and starts no thread for it: its own threads live as long as it does and meet
/// by spinning for some microseconds, then by sleeping. The results of a row do not depend on the other rows, on their
/// number or on the number of threads, bit for bit.
///
/// One thread at a time, and always the one that made it or one with the same mode for denormal numbers. Spans stay
/// valid until the next call. Takes float32 activations for weights and caches of every type; agrees with Gpt
/// to 1e-5 where both are float32.
class Decoder {
 public:
  /// rows >= 1. Throws std::bad_alloc, or LibTorch's exception, where memory does not suffice (isOutOfMemory).
  Decoder(std::shared_ptr<const PackedGpt> weights, int64_t rows, DecoderOptions options = {});
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// The bytes that keys and values of one picture take.
  static int64_t cacheBytes(const GptShape& shape, bool bf16Cache);

  int64_t rows() const;
  /// Positions seen, 0 .. n: the last logits are those of token position() - 1.
  int64_t position() const;

  /// One position for all rows. tokensBefore: [B], the token at position() - 1 of each row, below V; empty at the first
  /// position, where the start vector is seen instead. Returns the logits [B, V] of the token at the position that was
  /// position() before the call; position() < n.
  std::span<const float> advance(std::span<const Token> tokensBefore);

  /// At position 0: P prompts of the same length g, 0 <= g < n, each seen once and shared by its rows. promptOfRow:
  /// [B], 0 .. P - 1. Afterwards position() is g + 1; returns the logits [B, V] of token g, those of the last given row
  /// alone. Checks `control` between prompts and layers, and throws as it does; the decoder is of no more use then.
  std::span<const float> prefill(std::span<const std::vector<Token>> prompts, std::span<const int32_t> promptOfRow,
                                 const Control& control = {});

  /// The same for the first `given` tokens, 0 .. n - 1, of whole pictures [P] of n tokens, and scores these on the way:
  /// nats[P] becomes the mean of their tokens' -log probabilities, as Gpt::nats has it. Every picture has a row.
  std::span<const float> prefillScored(std::span<const std::vector<Token>> pictures, int64_t given,
                                       std::span<const int32_t> promptOfRow, std::span<double> nats,
                                       const Control& control = {});

  /// Keys, values and logits of row 0, after a position; a copy.
  std::shared_ptr<const SeenPrompt> seen() const;
  /// At position 0: every row goes on as that row stood, bit for bit as if it had seen the same tokens. Of a decoder of
  /// the same weights, kernels and bf16Cache. Returns the logits [B, V].
  std::span<const float> goOnFrom(const SeenPrompt& prompt);

  /// After a position: every row goes on by the same tokens [M], M >= 1 and position() + M <= n, seen in one pass; M
  /// positions, as advance() sees them one by one, to the rounding of sums. Returns the logits [B, V] after the last of
  /// them. nats: [B, M - 1], -log of the probabilities of tokens 1 .. M - 1, each after those before it; or empty.
  /// Checks `control` as prefill() does.
  std::span<const float> follow(std::span<const Token> tokens, std::span<double> nats, const Control& control = {});

  /// Row i goes on as row sourceOfRow[i] ([B], 0 .. B - 1) was, with its keys, values and logits: resampled particles.
  /// Rows share their common positions; at most 31 positions of a row are copied.
  void select(std::span<const int32_t> sourceOfRow);

  /// [B, V]: of the last call but draw().
  std::span<const float> logits() const;

  /// Draws a token a row from the logits, on all threads. uniforms: [B] in [0, 1). tokens: [B]. nats: [B], -log of the
  /// token's probability at temperature 1 among all colours; not finite where the logits are not, and the token is
  /// within the palette even then.
  void draw(const TokenDrawSettings& settings, std::span<const double> uniforms, std::span<Token> tokens,
            std::span<double> nats);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The same for one row of logits [V], on the calling thread; for draws beside a decoder. Inverse of the cumulative
/// distribution in double: the first colour, in the order of the palette, whose cumulative share exceeds the random
/// number. nats as Decoder::draw has it.
struct DrawnToken {
  Token token = 0;
  double nats = 0;
};
DrawnToken drawToken(std::span<const float> logits, const TokenDrawSettings& settings, double uniform);

}  // namespace scanline
