#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <cstdio>
#include <tuple>

#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/learn/kernels/block_cache.h"
#include "core/learn/model/device_memory.h"
#include "core/learn/model/gpt.h"
#include "core/learn/model/masks.h"
#include "core/learn/model/sampling.h"
#include "core/learn/model/token_rows.h"
#include "core/learn/parallel/core_share.h"
#include "core/learn/parallel/gloo_group.h"
#include "core/learn/train/finetune_trainer.h"
#include "core/learn/train/gpt_trainer.h"
#include "core/learn/train/loaded_model.h"
#include "core/learn/train/open_models.h"
#include "core/learn/train/probe_trainer.h"
#include "core/learn/train/torch_setup.h"
#include "core/learn/train/torch_vqvae_codec.h"
#include "core/learn/train/vqvae_trainer.h"
#include "core/run/checkpoint_file.h"
#include "core/run/engine.h"

namespace scanline {

namespace {

namespace fs = std::filesystem;

constexpr int64_t kScoreElements = int64_t{1} << 24;  ///< floats of the widest intermediate of one pass: 64 MB

template <class T>
void append(std::vector<T>& to, const at::Tensor& tensor) {
  const auto values = tensor.contiguous();
  to.insert(to.end(), values.data_ptr<T>(), values.data_ptr<T>() + values.numel());
}

void checkFit(const TokenSet& tokens, const GptShape& shape, const fs::path& checkpoint) {
  if (tokens.length != shape.positions)
    throw Error(fmt::format("The pictures have {} tokens each, and {} was trained on {}. Bring them to its size.",
                            tokens.length, checkpoint.string(), shape.positions));
  checkTokens(tokens, shape.paletteSize, "the pictures");
}

class TorchEngine final : public Engine {
 public:
  TorchEngine() {
    loadCuda();  // before anything else of LibTorch
    installBlockCache();
    (void)torch::cuda::is_available();
  }

  ~TorchEngine() override {
    if (!group_ || group_->rank() != 0 || group_->isLost()) return;
    try {
      tell(*group_, "end");
    } catch (const GroupLost&) {
      // They have ended already.
    }
  }

  std::string libtorchVersion() const override { return TORCH_VERSION; }
  void join(const GroupPlace& place) override {
    group_ = joinByGloo(place);
    shareMachine(sharersOfMyCores(*group_));
  }
  ProcessGroup* group() override { return group_.get(); }
  std::unique_ptr<Trainer> makeTrainer(const RunSpec& spec, RunData data) override {
    try {
      if (spec.kind == RunKind::Vqvae) return std::make_unique<VqvaeTrainer>(spec, std::move(data));
      if (spec.kind == RunKind::Finetune) return std::make_unique<FinetuneTrainer>(spec, std::move(data));
      if (isOneLook(spec.kind)) return std::make_unique<ProbeTrainer>(spec, std::move(data));
      return std::make_unique<GptTrainer>(spec, std::move(data));
    } catch (const std::exception& failure) {
      if (!isOutOfMemory(failure)) throw;
      throw Error(
          "There is not enough memory for the weights and the optimiser state of this model. Choose a smaller model.width or model.layers, or free memory that other programs hold.");
    }
  }

  CheckpointInfo inspect(const fs::path& checkpoint) override { return inspectCheckpoint(checkpoint); }

  SampleSet complete(const CompletionRequest& request, const Control& control) override {
    prepareThread(request.threads);
    const auto loaded = loadModel(request.checkpoint);
    requireHead(loaded);
    if (!loaded.vqvaeProblem.empty()) throw Error(loaded.vqvaeProblem);
    // On a GPU in the precision that the run drew its own samples in, which is several times as fast there.
    const auto& weights = loaded.model.weights();
    const bool isBf16 = loaded.isBf16 && !weights.flat.is_cpu();
    auto set = drawSamples(isBf16 ? Gpt(weights.withOperands(at::kBFloat16)) : loaded.model,
                           {.originals = request.originals,
                            .given = request.given,
                            .perPrompt = request.perPrompt,
                            .temperature = request.temperature,
                            .topK = request.topK,
                            .seed = request.seed,
                            .width = loaded.facts.across,
                            .height = loaded.facts.down},
                           control);
    decodePixels(set, loaded.vqvae, request.threads);
    return set;
  }

  ScoreResult score(const fs::path& checkpoint, const TokenSet& tokens, bool logits, bool features,
                    int64_t threads) override {
    prepareThread(threads);
    const auto loaded = loadModel(checkpoint);
    if (logits || !features) requireHead(loaded);
    const auto& model = loaded.model;
    const auto& shape = model.shape();
    checkFit(tokens, shape, checkpoint);
    ScoreResult result{.layers = shape.layers, .width = shape.width, .paletteSize = shape.paletteSize};
    const int64_t widest = std::max(4 * shape.width, shape.paletteSize);
    int64_t batch =
        std::clamp<int64_t>(kScoreElements / (widest * tokens.length), 1, std::max<int64_t>(1, tokens.count));
    const auto score = [&](int64_t first) {
      const auto rows = rowsFrom(first, std::min(batch, tokens.count - first));
      const auto part = tokensOf(tokens, rows);
      const auto keep = shape.objective == Objective::Bert ? drawKeep(rows, tokens.length, loaded.facts.maskRate,
                                                                      loaded.seed, MaskUse::Evaluate, /*step=*/0)
                                                           : at::Tensor();
      return std::tuple(std::ssize(rows),
                        loaded.facts.hasHead ? model.nats(part, keep).to(at::kCPU, at::kDouble) : at::Tensor(),
                        logits ? model.logits(part, keep).cpu() : at::Tensor(),
                        features ? model.features(part, {.keep_Bn = keep}).cpu() : at::Tensor());
    };
    for (int64_t done = 0; done < tokens.count;) {
      const auto [count, nats, logitsOf, featuresOf] =
          whileMemoryLasts(batch, model.weights().flat.device(), [&] { return score(done); });
      done += count;
      if (loaded.facts.hasHead) append(result.nats, nats);
      if (logits) append(result.logits, logitsOf);
      if (features) append(result.features, featuresOf);
    }
    return result;
  }

  std::shared_ptr<const OpenModel> openModel(const fs::path& checkpoint) override {
    prepareThread(0);
    return models_.open(checkpoint);
  }

  std::unique_ptr<VqvaeCodec> openVqvae(const fs::path& checkpoint, int64_t threads) override {
    return openVqvaeCodec(checkpoint, threads);
  }

 private:
  OpenModels models_;
  std::unique_ptr<ProcessGroup> group_;
};

}  // namespace
}  // namespace scanline

extern "C" scanline::Engine* scanlineMakeEngine() {
  try {
    return new scanline::TorchEngine;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "LibTorch does not start: %s\n", error.what());  // the caller only learns that it did not
    return nullptr;
  }
}
