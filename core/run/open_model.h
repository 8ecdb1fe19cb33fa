#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/control.h"
#include "core/data/image.h"
#include "core/spec/run_spec.h"
#include "core/tokens/tokens.h"

namespace scanline {

struct ProbeQuestion;
struct LayerPredictions;

// B pictures, n positions of each in raster order, L layers, D width, H heads, V colours (or codes).

/// A model as it is open for questions.
struct ModelFacts {
  Objective objective = Objective::Autoregressive;
  int64_t layers = 0, width = 0, heads = 0, paletteSize = 0;
  int64_t across = 0, down = 0;  ///< tokens of a picture; across * down = n
  /// Of the pictures that tokens stand for; as many as tokens, but for codes.
  int64_t pixelsAcross = 0, pixelsDown = 0;
  int64_t step = 0;  ///< of its checkpoint; 0 if the file does not say
  /// [V] colours of the tokens; of codes, one each that views may show. None where they are not known.
  std::optional<Palette> palette;
  bool hasHead = true;   ///< else it has features and attention alone, see ForeignModel::hasHead
  bool isCodes = false;  ///< tokens are codes of a VQ-VAE
  double maskRate = 0;   ///< BERT: the share that it was trained to fill
  /// All on which the rounding of its answers depends, besides the request: name and value ("Instruction set",
  /// "amx_bf16"). Where one differs, a drawing may come out otherwise in a rare pixel.
  std::vector<std::pair<std::string, std::string>> arithmetic;
  std::string specToml;  ///< of the run it comes from; empty for models of other software
};

/// A picture that a model draws a part of. `paint` and `picture` have n entries.
struct DrawRequest {
  std::vector<Token> picture;  ///< ids where paint is 0; the others are not read
  std::vector<uint8_t> paint;  ///< 1 = the model draws it, 0 = it is given; at least one 1
  int64_t candidates = 4;      ///< 1 .. 4096
  int64_t pictureIndex = 0;    ///< 0 .. 2^40; part of the random numbers' names, so that pictures differ under one seed
  double temperature = 1;      ///< above 0
  int64_t topK = 0;            ///< draw from the K most probable; 0 = all
  double topP = 1;             ///< in (0, 1]: the most probable whose shares first reach it, after topK
  uint64_t seed = 1;
  /// Autoregressive: given pixels after a drawn one, in raster order, influence it too, by sequential Monte Carlo.
  /// Otherwise the model does not see them while it draws that pixel, and they are kept as they are.
  /// BERT sees all given pixels, and does not read this.
  bool conditioned = false;
  int64_t particles = 32;  ///< of each candidate, if conditioned; 1 .. 4096; 1 is the plain drawing
  /// BERT: into so many passes the masked pixels are divided, the surest first; 1 = all at once.
  int64_t passes = 1;
  /// Autoregressive, on a CPU: keys and values are kept in bfloat16, and passes over given pixels are multiplied in it
  /// where the processor has a matrix unit. Faster for large models; changes probabilities a little
  /// (core/learn/model/decoder.h).
  bool bf16Cache = false;
  int64_t threads = 0;  ///< CPU threads; 0 = as many as there are cores
};

/// The part that is drawn so far. The spans are valid during the call. A conditioned candidate shows the particle that
/// counts most, which may become another one.
struct DrawProgress {
  std::span<const Token> tokens;    ///< [candidates, n]; 0 where nothing is drawn yet
  std::span<const uint8_t> isDone;  ///< [candidates, n]: 1 where tokens are given or drawn
  int64_t done = 0, total = 0;      ///< pixels that are to be drawn, over all candidates
};
/// Called on the thread that draws, at most every few milliseconds, and after the first position and the last.
using DrawSink = std::function<void(const DrawProgress&)>;

struct Drawing {
  std::vector<std::vector<Token>> candidates;  ///< n tokens each
  std::vector<double> nats;                    ///< mean of each over its drawn pixels, at temperature 1
  /// If conditioned (not BERT): [candidates, n] share of the particles that count, 1/particles .. 1, when the position
  /// was reached and before any resampling; 1 where nothing was weighted yet. Else empty.
  std::vector<float> effectiveShare;
  /// If conditioned: a candidate's estimate of log p(given pixels after the first drawn one | those before it), nats.
  std::vector<double> logEvidence;
};

/// How well a model predicts each pixel of pictures: [B, n] each.
struct Surprise {
  std::vector<float> nats;     ///< -log p(pixel); BERT: 0 where the pixel was visible
  std::vector<float> entropy;  ///< of the predicted distribution, nats; 0 where nats is
  std::vector<int32_t> rank;   ///< of the pixel's colour by probability, 0 = the most probable, ties to the lower index
};

/// Attention, softmax weights. Row i belongs to the pixel that is predicted at position i. Column 0 is the start vector
/// and column j > 0 pixel j - 1 (autoregressive: 0 beyond column i); column j is pixel j (BERT).
struct AttentionRow {
  std::vector<float> weights;  ///< [L, H, n] of one row
  std::vector<float> rollout;  ///< [L, n]: attention rollout up to each layer (mean over heads, half identity)
};

/// A model loaded into memory. Any thread; calls may overlap, each runs on its caller's thread. All throw Error for
/// tokens that are not below V and sizes that do not fit, and Stopped.
class OpenModel {
 public:
  virtual ~OpenModel() = default;
  virtual const ModelFacts& facts() const = 0;

  /// The picture brought to the model's size and colours, or codes: n tokens. Any size; scaled and cut square as the
  /// model's data were.
  virtual std::vector<Token> tokensOf(const Image& image) const = 0;
  /// The pictures that rows of tokens stand for; throws Error where the colours are not known.
  virtual ImageSet picturesOf(std::span<const std::vector<Token>> pictures) const = 0;

  /// Position p of candidate c uses random numbers that are functions of (seed, pictureIndex, p, c, particle) alone:
  /// the drawing does not depend on how many candidates there are. Throws Error for a model without a head.
  virtual Drawing draw(const DrawRequest& request, const DrawSink& sink, const Control& control) const = 0;
  /// Does, where memory allows it, what draw() would do before its first pixel, and keeps it for drawings that begin
  /// with the same given pixels; their results stay the same. Throws as draw() does.
  virtual void prepare(const DrawRequest& request, const Control& control) const = 0;
  /// `keep`: BERT, [B, n], 1 = visible; empty = every pixel is asked for alone, all others visible (n passes a
  /// picture). Autoregressive: not used.
  virtual Surprise surprise(const TokenSet& pictures, std::span<const uint8_t> keep, const Control& control) const = 0;
  /// [V]: softmax of the logits at `position`, given the tokens before it (autoregressive; later ones are not read),
  /// or all other pixels that `keep` shows (BERT; empty: all others).
  virtual std::vector<float> next(std::span<const Token> picture, int64_t position,
                                  std::span<const uint8_t> keep) const = 0;
  /// BERT: of the picture with this one pixel masked.
  virtual AttentionRow attention(std::span<const Token> picture, int64_t position) const = 0;
  /// [H, n, n] of one layer, 0 .. L - 1. BERT: of the picture with no pixel masked.
  virtual std::vector<float> attentionMaps(std::span<const Token> picture, int64_t layer) const = 0;
  /// [B, D]: means over positions of one layer's features, 0 .. L, as the linear probes of its run see them (paper
  /// section 2.4). BERT: all pictures under one mask, that of the probe's first image. Reports pictures.
  virtual std::vector<float> features(const TokenSet& pictures, int64_t layer, const Control& control) const = 0;
  /// [B, L + 1, D] of all layers in one pass.
  virtual std::vector<float> allFeatures(const TokenSet& pictures, const Control& control) const = 0;
  /// Linear probes of the layers that are asked for, fitted as a run with these settings fits its own (paper section
  /// 2.4), and their classes for pictures; in the order of the layers. Minutes. Reports pictures that were seen, then
  /// layers that were fitted, as shares of `of` = 1000.
  virtual std::vector<LayerPredictions> predictions(const ProbeQuestion& question, const Control& control) const = 0;
};

}  // namespace scanline
