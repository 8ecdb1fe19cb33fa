#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/run/launcher.h"
#include "core/run/open_model.h"
#include "core/run/process_group.h"
#include "core/run/trainer.h"
#include "core/run/vqvae_codec.h"

namespace scanline {

/// The header of a checkpoint file, read without its tensors.
struct CheckpointInfo {
  std::string specToml;
  int64_t step = 0;
  int64_t positions = 0, width = 0, height = 0;  ///< pixels of the images it was trained on
  Precision precision = Precision::Auto;         ///< it was trained in; Auto: not said, by versions before 0.2
  int64_t microBatch = 0;                        ///< images a pass, which decides the order of sums; 0: not said
  ModelSpec model;
  Palette palette;
  bool hasHead = true;  ///< else it has features alone: nothing can be drawn or scored, see ForeignModel::hasHead
};

/// A request for completions of pictures by a checkpoint.
struct CompletionRequest {
  std::filesystem::path checkpoint;
  std::vector<std::vector<Token>> originals;  ///< n tokens each; empty = draw whole images
  int64_t given = 0;                          ///< how many tokens of each original are given
  int64_t perPrompt = 1;                      ///< or how many whole images
  double temperature = 1;
  int64_t topK = 0;
  uint64_t seed = 1;
  int64_t threads = 0;
};

struct ScoreResult {
  std::vector<double> nats;     ///< [count] mean nats a token of each row; empty if the model has no head
  std::vector<float> logits;    ///< [count, n, V] if asked for
  std::vector<float> features;  ///< [count, L+1, D] if asked for: mean over positions of ln_1(h^l), last ln_f(h^L)
  int64_t layers = 0, width = 0, paletteSize = 0;
};

/// The interface, without LibTorch, to all that needs it. Implemented in the shared library `scanline_learn`, whose one
/// exported C function is makeEngine(), so that the window can load it at run time. Methods may be called from several
/// threads; each call runs on its caller's thread and sets that thread's number of CPU threads.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string libtorchVersion() const = 0;
  /// Joins the processes that a launcher started with this one, once: runs are shared with them from now on. Waits for
  /// all of them. Throws Error.
  virtual void join(const GroupPlace&) { throw Error("This engine trains in one process."); }
  /// The processes that were joined; null: none. They are left when the engine ends.
  virtual ProcessGroup* group() { return nullptr; }
  virtual std::unique_ptr<Trainer> makeTrainer(const RunSpec& spec, RunData data) = 0;
  /// Also reads foreign models where core/foreign can. Throws Error.
  virtual CheckpointInfo inspect(const std::filesystem::path& checkpoint) = 0;
  /// Where tokens are codes of a VQ-VAE (vqvaeOf), the set has pixels too. Throws Stopped, and Error, also for a model
  /// without a head.
  virtual SampleSet complete(const CompletionRequest& request, const Control& control) = 0;
  /// `tokens`: [count, n]; ids below the palette size. Throws Error otherwise. A BERT model sees and scores each image
  /// under a mask of its run's seed, its nats are over the masked pixels.
  virtual ScoreResult score(const std::filesystem::path& checkpoint, const TokenSet& tokens, bool logits, bool features,
                            int64_t threads) = 0;
  /// A checkpoint or a foreign model, loaded for questions. The last few are kept, so a second call is quick; a file
  /// that has changed is read again. An open model stays usable after its file is deleted. Throws Error.
  virtual std::shared_ptr<const OpenModel> openModel(const std::filesystem::path& checkpoint) = 0;
  /// A checkpoint of a VQ-VAE, opened to make tokens of images and images of tokens. Throws Error.
  virtual std::unique_ptr<VqvaeCodec> openVqvae(const std::filesystem::path& checkpoint, int64_t threads) = 0;
};

}  // namespace scanline

extern "C" {
/// The engine, made new; owned by the caller. Never throws; null when LibTorch cannot start.
scanline::Engine* scanlineMakeEngine();
}
