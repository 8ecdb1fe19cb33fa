#pragma once

#include <torch/torch.h>

#include "core/model/gpt.h"
#include "core/train/trainer.h"

namespace scanline {

/// Trains a GPT (core/model/gpt.h) with Adam as RunSpec says. Weights, gradients and both moments are float32; in bf16
/// the products read a bfloat16 copy of the weights, made anew after every step. Everything random is a function of
/// spec.seed and the step.
class GptTrainer final : public Trainer {
 public:
  /// `spec` is valid (core/spec/spec_text.h). Throws Error if the data do not suit it or the device is not there.
  GptTrainer(const RunSpec& spec, RunData data);
  ~GptTrainer() override;

  int64_t step() const override { return step_; }
  int64_t parameters() const override;
  std::optional<StepStats> trainStep(const KeepGoing& keepGoing) override;
  std::optional<Evaluation> evaluate(const KeepGoing& keepGoing) override;
  bool probe(const KeepGoing& keepGoing, const EventSink& sink) override;
  bool sample(const KeepGoing& keepGoing, const std::function<void(SampleSet)>& sink) override;
  void save(const std::filesystem::path& file) override;
  void load(const std::filesystem::path& file) override;
  std::vector<std::pair<std::string, std::string>> environment() const override;

  /// Images a forward pass. A function of the spec alone, not of measured times: a resumed run adds up in the same
  /// order.
  int64_t microBatch() const { return microBatch_; }
  const GptTensors& weights() const { return weights_; }

 private:
  /// Adds the batch's gradient to gradients_; its mean nats, or nullopt if stopped.
  std::optional<double> batchGradient(const KeepGoing& keepGoing);
  void update(double rate);
  /// Weights as the products read them follow the float32 ones.
  void refreshOperands();

  RunSpec spec_;
  RunData data_;
  at::Device device_;
  Precision precision_;
  int64_t warmup_;
  int64_t step_ = 0;
  GptTensors weights_;
  GptTensors operands_;  ///< shares all but the operands of products with weights_; in fp32 these too
  GptTensors gradients_, firstMoments_, secondMoments_;
  int64_t microBatch_;
};

}  // namespace scanline
