#pragma once

#include <torch/torch.h>

#include <memory>

#include "core/learn/model/checkpoint.h"
#include "core/learn/model/device_memory.h"
#include "core/learn/model/vqvae.h"
#include "core/learn/train/device_lease.h"
#include "core/learn/train/micro_batch.h"
#include "core/learn/train/sliced_work.h"
#include "core/run/trainer.h"

namespace scanline {

/// Trains a VQ-VAE (core/learn/model/vqvae.h) on the pixels in RunData, with Adam as RunSpec says, in float32.
///
/// The loss: the mean squared error of the reconstruction, pixels in [-1, 1], plus vqvae.commitment times the
/// mean squared distance of the encoder's vectors to their codes; gradients pass from a code straight to the vector
/// that chose it. The codes follow moving averages of these vectors (vqvae.decay > 0; van den Oord et al. 2017,
/// appendix A.1, with Laplace smoothing of the counts), or learn from the same distance by gradient (0; it then counts
/// into the loss once more, with weight 1). They begin at vectors of the first batch. After each step, those that fewer
/// than vqvae.reviveBelow vectors chose, by a moving average of counts a step, begin anew at vectors of the batch.
/// Everything random is a function of spec.seed and the step. Training and evaluation are cut into train.slices parts,
/// which the processes of RunData::group share (core/learn/train/sliced_work.h).
///
/// StepStats::loss is the minimised loss, Evaluation::loss the validation images' mean squared error alone: no nats.
class VqvaeTrainer final : public Trainer {
 public:
  /// `spec` is valid. Throws Error if the images do not suit it or the device is not there.
  VqvaeTrainer(const RunSpec& spec, RunData data);

  int64_t step() const override { return step_; }
  int64_t parameters() const override;
  StepStats trainStep(const Control& control) override;
  Evaluation evaluate(const Control& control) override;
  /// A probe of a VQ-VAE looks at its codebook, on the images of evaluate(): a CodebookUse, and Scalars
  /// vqvae/perplexity, vqvae/usedCodes and vqvae/psnr (dB, of the mean squared error).
  void probe(const Control& control, const EventSink& sink) override;
  /// Validation images beside their reconstructions: as completions of which all codes were given, one each.
  void sample(const Control& control, const std::function<void(SampleSet)>& sink) override;
  void save(const std::filesystem::path& file) override;
  void load(const std::filesystem::path& file) override;
  std::vector<LogLine> takeLog() override;
  std::vector<std::pair<std::string, std::string>> environment() const override;
  std::string follow() override;

  /// Images a pass, halved where memory runs out, which the log says. Checkpoints keep it.
  int64_t microBatch() const { return microBatch_.images(); }
  const Vqvae& model() const { return model_; }

 private:
  /// The result of a batch: mean loss, and the codes that its vectors chose.
  struct Batch {
    double loss = 0;
    double norm = 0;               ///< of the gradient
    at::Tensor counts_K, sums_KC;  ///< vectors of each code, and their sum
    at::Tensor fresh_KC;           ///< a random vector of the batch for each code; undefined where none begins anew
  };
  /// Sums over images, which are added as one: gradients of the layers, and of a Batch what its images add to.
  struct Sums {
    at::Tensor flat;
    std::vector<at::Tensor> gradients;
    at::Tensor counts_K, sums_KC, fresh_KC;
  };
  /// The result of a pass.
  struct Pass {
    at::Tensor loss;  ///< mean over its images
    at::Tensor vectors_NC;
  };
  /// Everything of the codes after a step.
  struct Codes {
    at::Tensor use_K, sums_KC;
    at::Tensor codebook_KC;          ///< undefined where the codes learn by gradient
    at::Tensor isDead_K1, fresh_KC;  ///< undefined where none begins anew; they are in codebook_KC already
  };
  struct Measured {
    int64_t step = -1;
    double error = 0;
    std::vector<int64_t> counts;
  };

  /// work(), again with half the micro-batch as often as memory runs out.
  template <class Work>
  auto inMemory(const Work& work) {
    return microBatch_.inMemory(step_, work);
  }
  void startCodes();
  /// Fills gradients_, clipped. The host waits for the device once, at the end. Throws Diverged where the loss or the
  /// norm is not finite.
  Batch batchGradient(const Control& control);
  /// The same, slice by slice.
  Batch slicedGradient(const Control& control);
  /// Fills the codes' gradient, clips gradients_ and reads both. `loss`: float64, on the device. Throws Diverged.
  void conclude(Batch& batch, const at::Tensor& loss);
  /// Adds the gradients of these images, which are this share of the batch, and what their vectors choose.
  Pass addGradient(std::span<const int64_t> rows, double share, const std::vector<at::Tensor>& gradients,
                   const at::Tensor& counts, const at::Tensor& sums) const;
  /// All zero.
  Sums makeSums() const;
  /// Vectors of a step's batch.
  int64_t vectorsOfBatch() const;
  /// The codes after a step with this batch. Changes nothing.
  Codes follow(const Batch& batch) const;
  /// For each code the place of a random vector in the batch.
  std::vector<int64_t> freshRows() const;
  /// CPU threads: one where the run has slices, whose bits are to depend on no number of threads.
  int64_t threads() const;
  /// See SlicedWork::together; process 0 shares its state before.
  template <class Body>
  auto together(std::string_view command, const Control& control, const Body& body) {
    return slicedWork_.together(
        command, control, [this] { shareState(); }, body);
  }
  /// Process 0 hands its state to the others, unless they have it.
  void shareState();
  void takeState(std::string_view message);
  std::vector<at::Tensor> stateTensors() const;
  /// Changes all that learns, in place, and allocates nothing, so that memory cannot run out halfway.
  void update(double rate, const Codes& codes);
  void adam(double rate);
  /// Mean squared error and codebook use of the validation images, once a step.
  void measure(const Control& control);
  Measured measuredNow(const Control& control);
  /// Adds to the sum of squared errors, and to the number of vectors of each code.
  void measureImages(std::span<const int64_t> rows, double& error, std::span<double> counts) const;
  /// All that a checkpoint keeps, by its names.
  NamedTensors state() const;
  bool learnsCodes() const { return spec_.vqvae.decay == 0; }

  RunSpec spec_;
  RunData data_;
  const DeviceLease lease_;
  at::Device device_;
  int64_t warmup_;
  int64_t step_ = 0;
  Vqvae model_;
  std::vector<at::Tensor> parameters_, gradients_, firstMoments_, secondMoments_;  ///< of all that learns by gradient
  at::Tensor use_K, sums_KC;      ///< moving averages of a step's counts and sums
  at::Tensor stepNumber_, zero_;  ///< scalars for update()
  MicroBatch microBatch_;
  SlicedWork slicedWork_;
  std::vector<Sums> spare_;  ///< of slices, kept from step to step
  bool isStateShared_ = false;
  Measured measured_;
};

}  // namespace scanline
