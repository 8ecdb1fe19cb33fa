#pragma once

#include "core/learn/train/gpt_trainer.h"

namespace scanline {

/// Fine-tunes a GPT (paper sections 2.3 and 3.4): classification, generation or both at once, weighted 1:1, as
/// spec.finetune says. The classifier is linear and without bias; it reads the mean over positions of a layer's
/// features. At first it is zero, or that of an imported model with as many classes, if it reads the last layer. Starts
/// from RunData::model's weights, or from new ones (finetune.fromScratch or no model).
///
/// The best weights, and the time to stop, are chosen by the accuracy on the validation images; without a
/// classifier their loss. StepStats::loss and Evaluation::loss are the generative loss where it is learnt, else the
/// classifier's, in nats an image. A BERT model classifies an image under model.masks masks, and the modal class counts
/// (section 4.6).
class FinetuneTrainer final : public GptTrainer {
 public:
  /// Throws Error if the data have no classes, if finetune.layer is none of the model's, or as GptTrainer does.
  FinetuneTrainer(const RunSpec& spec, RunData data);

  Evaluation evaluate(const Control& control) override;
  /// Fine-tuning classifies; its features are not probed.
  void probe(const Control&, const EventSink&) override {}
  std::vector<std::pair<std::string, std::string>> environment() const override;
  /// After finetune.patience evaluations in a row that were no better than the best.
  bool isDone() const override;
  /// Loss and accuracy of all test images under the best weights.
  void finish(const Control& control, const std::filesystem::path& best, const EventSink& sink) override;

 private:
  struct Classified {
    double nats = 0;      ///< mean over images, and masks
    double accuracy = 0;  ///< 0..1
  };

  NamedTensors others() const override;
  /// Where the checkpoint has the classifier of an imported model that fits, training begins with it.
  void takeClassifier(const std::filesystem::path& file);
  bool hasClassifier() const { return task_.classifierLayer.has_value(); }
  /// `weights`: as the products read them.
  Evaluation look(const GptTensors& weights, const TokenSet& set, std::span<const int64_t> rows, int64_t step,
                  const Control& control);
  Classified classify(const GptTensors& weights, const TokenSet& set, std::span<const int64_t> rows, int64_t step,
                      const Control& control);

  bool hasModelsClassifier_ = false;
  /// State of early stopping, a tensor so that checkpoints carry it: the best merit (accuracy, or the negative loss),
  /// the evaluations since, and the step of the last one. float64 [3].
  at::Tensor progress_ = at::tensor({-INFINITY, 0.0, -1.0}, at::kDouble);
};

}  // namespace scanline
