#pragma once

#include <torch/torch.h>

#include "core/learn/model/gpt.h"
#include "core/learn/train/device_lease.h"
#include "core/learn/train/sliced_work.h"
#include "core/learn/train/torch_setup.h"
#include "core/run/trainer.h"

namespace scanline {

/// Looks at a trained model once and changes nothing: linear probes of its layers (paper sections 2.4 and 4.1) or
/// learning from few labels (section 4.5), by spec.kind. Holds the weights alone, so it needs a quarter of the memory
/// of training.
class ProbeTrainer final : public Trainer {
 public:
  /// RunData::model is the checkpoint, ours or one that core/foreign reads. Throws Error if it is damaged, of other
  /// pictures or another palette than the data, or if the data have no classes.
  ProbeTrainer(const RunSpec& spec, RunData data);
  ~ProbeTrainer() override;
  /// Process 0 alone reads the model, and gives the others its weights. See SlicedWork.
  std::string follow() override;

  int64_t step() const override { return step_; }  ///< the checkpoint's
  int64_t parameters() const override;
  /// Probe: a ProbeResult of each layer, and of the layer that is best on the validation images once more with its
  /// accuracy on the test images, which are also the point "test/accuracy". LowData: as probeLowData().
  void probe(const Control& control, const EventSink& sink) override;
  void load(const std::filesystem::path& file) override;
  std::vector<std::pair<std::string, std::string>> environment() const override;

  // Never asked of a run of these kinds: throw Error.
  StepStats trainStep(const Control& control) override;
  Evaluation evaluate(const Control& control) override;
  void sample(const Control& control, const std::function<void(SampleSet)>& sink) override;
  void save(const std::filesystem::path& file) override;

 private:
  void look(const Control& control, const EventSink& sink);
  void shareWeights();
  void takeWeights(std::string_view message);

  RunSpec spec_;
  RunData data_;
  const DeviceLease lease_;
  at::Device device_;
  PrecisionChoice precision_;
  int64_t step_ = 0;
  std::optional<GptTensors> weights_;  ///< as the products read them; there once load() is through
  SlicedWork slicedWork_;
  bool areWeightsShared_ = false;
};

}  // namespace scanline
