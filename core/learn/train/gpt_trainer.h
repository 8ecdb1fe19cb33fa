#pragma once

#include <torch/torch.h>

#include <set>
#include <span>
#include <string>

#include "core/learn/model/checkpoint.h"
#include "core/learn/model/gpt.h"
#include "core/learn/model/gpt_gradient.h"
#include "core/learn/model/sampling.h"
#include "core/learn/train/device_lease.h"
#include "core/learn/train/device_tokens.h"
#include "core/learn/train/micro_batch.h"
#include "core/learn/train/sliced_work.h"
#include "core/learn/train/torch_setup.h"
#include "core/run/trainer.h"

namespace scanline {

/// Trains a GPT (core/learn/model/gpt.h), autoregressive or BERT, with Adam as RunSpec says. Weights, gradients and
/// both moments are float32; in bf16 the products read a bfloat16 copy of the weights, made anew after every step.
/// Everything random is a function of spec.seed and the step. Training, evaluation and probing are cut into
/// train.slices parts, which the processes of RunData::group share, as they share the pictures that are drawn
/// (core/learn/train/sliced_work.h).
class GptTrainer : public Trainer {
 public:
  /// `spec` is valid (core/spec/spec_text.h). Throws Error if the data do not suit it or the device is not there.
  GptTrainer(const RunSpec& spec, RunData data) : GptTrainer(spec, std::move(data), {}, 0) {}
  ~GptTrainer() override;

  int64_t step() const override { return step_; }
  int64_t parameters() const override;
  StepStats trainStep(const Control& control) override;
  Evaluation evaluate(const Control& control) override;
  void probe(const Control& control, const EventSink& sink) override;
  void sample(const Control& control, const std::function<void(SampleSet)>& sink) override;
  /// The loss of all test images, if there are any, under the weights as they are.
  void finish(const Control& control, const std::filesystem::path& best, const EventSink& sink) override;
  void save(const std::filesystem::path& file) override;
  void load(const std::filesystem::path& file) override;
  /// Takes the weights of a checkpoint, and nothing else, for a run that learns or looks from there: at step 0, or, if
  /// it only looks, at the checkpoint's step. Throws Error if it is damaged or of another shape or palette.
  void startFrom(const std::filesystem::path& file);
  std::vector<LogLine> takeLog() override;
  std::vector<std::pair<std::string, std::string>> environment() const override;
  std::string follow() override;

  /// Images a forward pass. On a CPU a function of the spec alone, not of measured times; on an accelerator of its free
  /// memory too. Halved where memory runs out, which the log says. Checkpoints keep it, so that a resumed run adds up
  /// in the same order.
  int64_t microBatch() const { return microBatch_.images(); }
  const GptTensors& weights() const { return weights_; }

 protected:
  GptTrainer(const RunSpec& spec, RunData&& data, const GradientTask& task, int64_t classes);

  /// Tensors of a checkpoint besides weights and moments; load() writes into these very tensors.
  virtual NamedTensors others() const { return {}; }
  bool isBert() const { return spec_.model.objective == Objective::Bert; }
  /// Mean loss of these images of a set. `model`: as the products read it.
  double meanNats(const Gpt& model, const TokenSet& set, std::span<const int64_t> rows, int64_t step,
                  const Control& control);
  /// The sums of work(part of rows, sums, control), `width` of them, over all of `rows`: in slices if the run has them.
  /// On any thread.
  using RowsWork = std::function<void(std::span<const int64_t> rows, std::span<double> sums, const Control& control)>;
  std::vector<double> sumOverRows(std::span<const int64_t> rows, int64_t width, int64_t step, const Control& control,
                                  const RowsWork& work);
  /// Whether this process does as process 0 says, in `heard_`.
  bool isFollower() const { return slicedWork_.isFollower(); }
  /// See SlicedWork::broadcast.
  void broadcast(const at::Tensor& tensor) { slicedWork_.broadcast(tensor); }
  /// See SlicedWork::together.
  template <class Body>
  auto together(std::string_view command, const Control& control, const Body& body) {
    return slicedWork_.together(
        command, control, [this] { shareState(); }, body);
  }
  /// work(), again with half the micro-batch as often as memory runs out.
  template <class Work>
  auto inMemory(const Work& work) {
    return microBatch_.inMemory(step_, work);
  }
  /// work(part of rows) for a micro-batch at a time.
  template <class Work>
  void forMicroBatches(std::span<const int64_t> rows, const Work& work) const {
    microBatch_.forEachPass(rows, work);
  }
  /// The validation images that are looked at, always the same.
  std::vector<int64_t> evaluationRows() const;

  const RunSpec spec_;
  const RunData data_;
  const DeviceLease lease_;
  const at::Device device_;
  const GradientTask task_;
  int64_t step_ = 0;
  GptTensors weights_;
  PrecisionChoice precision_;
  GptTensors operands_;  ///< shares all but the operands of products with weights_; in fp32 these too
  GptTensors gradients_, firstMoments_, secondMoments_;
  std::string heard_;  ///< a follower's present command that begins with "test"

 private:
  struct BatchLoss {
    double nats = 0, classNats = 0;  ///< means over the batch
    double norm = 0;                 ///< of the gradient
  };
  /// Fills gradients_, clipped. The host waits for the device once, at the end. Throws Diverged where a loss or the
  /// norm is not finite.
  BatchLoss batchGradient(const Control& control);
  /// Clips gradients_, whose norm is loss.norm. Throws Diverged.
  BatchLoss checked(const BatchLoss& loss);
  /// As batchGradient(), slice by slice.
  BatchLoss slicedGradient(const Control& control);
  /// The sum over slices lies in gradients_ afterwards.
  void takeSum(TreeSum<GptTensors>& tree);
  GptTensors takeSpare();
  /// Adam on parts of a fixed size, so that its last bits do not depend on the number of threads.
  void inParts(int64_t begin, int64_t end, const std::function<void(int64_t begin, int64_t end)>& adam) const;
  double gradientNorm() const;
  /// Training images as this step sees them, at places firstPlace .. of the batch. Augmented on up to `threads`
  /// threads.
  GradientBatch trainingImages(std::span<const int64_t> rows, int64_t firstPlace, int threads) const;
  /// Changes weights and moments in place and allocates nothing, so that memory cannot run out halfway.
  void update(double rate);
  /// Weights as the products read them follow the float32 ones.
  void refreshOperands();
  /// Throws Error if a checkpoint is of another model.
  CheckpointInfo checkedInfo(const std::filesystem::path& file) const;

  /// All processes that are together draw a part of the pictures, and have all of them.
  SampleSet drawTogether(const SampleRequest& request, const Control& control);
  /// For the log, unless it was said before.
  void noteOnce(const std::string& sentence);
  /// Process 0 hands its state to the others, unless they have it.
  void shareState();
  void takeState(std::string_view message);
  /// Every tensor that a checkpoint keeps.
  std::vector<at::Tensor> stateTensors() const;
  /// Throws Error in process 0 if another process has other weights or moments.
  void compareStates() const;

  /// The products are computed so from now on.
  void takePrecision(const PrecisionChoice& precision);

  int64_t warmup_;
  at::Tensor stepNumber_;  ///< for Adam's correction of its moments
  DeviceTokens
      trainTokens_;  ///< empty where every batch is made anew; before microBatch_, which the rest of memory decides
  MicroBatch microBatch_;
  SlicedWork slicedWork_;
  std::set<std::string> noted_;
  std::vector<LogLine> notes_;
  std::vector<GptTensors> spare_;  ///< gradients of slices, kept from step to step
  bool isStateShared_ = false;
};

}  // namespace scanline
