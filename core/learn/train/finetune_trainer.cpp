#include "core/learn/train/finetune_trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "core/base/error.h"
#include "core/formats/safetensors.h"
#include "core/learn/model/checkpoint.h"
#include "core/learn/model/masks.h"
#include "core/learn/model/token_rows.h"
#include "core/learn/train/torch_setup.h"

namespace scanline {

namespace {

GradientTask taskOf(const RunSpec& spec, const RunData& data) {
  GradientTask task{.generative = spec.finetune.loss != FinetuneLoss::Classification};
  if (spec.finetune.loss == FinetuneLoss::Generative) return task;
  const int64_t layer = spec.finetune.layer < 0 ? spec.model.layers : spec.finetune.layer;
  if (layer > spec.model.layers)
    throw Error(
        fmt::format("finetune.layer is {}, and the model has the layers 0 to {}. Give one of them, or -1 for the last.",
                    layer, spec.model.layers));
  if (data.classNames.size() < 2)
    throw Error(fmt::format(
        "The data set {} has no classes to tell apart. Choose one that has, or finetune.loss = \"generative\".",
        spec.data.name));
  for (const auto* set : {&data.train, &data.validation, &data.test})
    if (std::ssize(set->labels) != set->count)
      throw Error(fmt::format(
          "Some images of the data set {} have no class. Choose a labelled set, or finetune.loss = \"generative\".",
          spec.data.name));
  task.classifierLayer = layer;
  return task;
}

int64_t classesOf(const RunSpec& spec, const RunData& data) {
  return spec.finetune.loss == FinetuneLoss::Generative ? 0 : std::ssize(data.classNames);
}

}  // namespace

FinetuneTrainer::FinetuneTrainer(const RunSpec& spec, RunData data)
    : GptTrainer(spec, std::move(data), taskOf(spec, data), classesOf(spec, data)) {
  if (data_.model.empty() || spec_.finetune.fromScratch) return;
  startFrom(data_.model);
  takeClassifier(data_.model);
}

void FinetuneTrainer::takeClassifier(const std::filesystem::path& file) {
  const std::string key = fmt::format("{}classifier", kCheckpointOthers);
  const SafetensorsFile read(file);
  // Our own fine-tuning leaves more than the classifier, and of classes that another data set may not have.
  const bool isImported = read.has(key) && !read.has(fmt::format("{}progress", kCheckpointOthers));
  if (!isImported || !hasClassifier() || *task_.classifierLayer != spec_.model.layers) return;
  if (!std::ranges::equal(read.shape(key), weights_.classifier.sizes())) return;
  const at::NoGradGuard noGraph;
  loadCheckpoint(file, {.others = {{"classifier", weights_.classifier}}});
  hasModelsClassifier_ = true;
}

std::vector<std::pair<std::string, std::string>> FinetuneTrainer::environment() const {
  auto list = GptTrainer::environment();
  if (hasModelsClassifier_) list.emplace_back("Classifier", "begins as the imported model's");
  return list;
}

NamedTensors FinetuneTrainer::others() const {
  NamedTensors list{{"progress", progress_}};
  if (!hasClassifier()) return list;
  list.emplace_back("classifier", weights_.classifier);
  list.emplace_back("classifier.m", firstMoments_.classifier);
  list.emplace_back("classifier.v", secondMoments_.classifier);
  return list;
}

FinetuneTrainer::Classified FinetuneTrainer::classify(const GptTensors& weights, const TokenSet& set,
                                                      std::span<const int64_t> rows, int64_t step,
                                                      const Control& control) {
  const Gpt model(weights);
  const int64_t masks = isBert() ? spec_.model.masks : 1;
  // The loss, and the images that are classified rightly.
  const auto add = [&](std::span<const int64_t> part, std::span<double> sums, const Control& during) {
    const auto tokens_Bn = tokensOf(set, part);
    const auto labels_B = labelsOf(set, part);
    std::vector<at::Tensor> votes;
    for (int64_t k = 0; k < masks; ++k) {
      during.check();
      FeatureOptions options{.layers = LayerRange{*task_.classifierLayer, 1}};
      if (isBert())
        options.keep_Bn = drawKeep(part, set.length, spec_.model.maskRate, spec_.seed, classifyMask(k), step);
      const auto feature_BD = model.features(tokens_Bn, options).squeeze(1);
      const auto logP_BC = at::log_softmax(at::mm(feature_BD, weights.classifier.t()).to(at::kCPU, at::kDouble), -1);
      sums[0] -= logP_BC.gather(1, labels_B.unsqueeze(1)).sum().item<double>() / static_cast<double>(masks);
      votes.push_back(logP_BC.argmax(-1));
    }
    const auto classes = modalClasses(at::stack(votes), part, spec_.seed);
    for (size_t i = 0; i < part.size(); ++i) sums[1] += classes[i] == set.labels[static_cast<size_t>(part[i])];
  };
  const auto sums = sumOverRows(rows, 2, step, control, add);
  const auto count = static_cast<double>(rows.size());
  return {sums[0] / count, sums[1] / count};
}

Evaluation FinetuneTrainer::look(const GptTensors& weights, const TokenSet& set, std::span<const int64_t> rows,
                                 int64_t step, const Control& control) {
  Evaluation evaluation{.step = step};
  if (hasClassifier()) {
    const auto classified = classify(weights, set, rows, step, control);
    evaluation.loss = classified.nats;
    evaluation.accuracy = classified.accuracy;
  }
  if (task_.generative) evaluation.loss = meanNats(Gpt(weights), set, rows, step, control);
  return evaluation;
}

Evaluation FinetuneTrainer::evaluate(const Control& control) {
  prepareThread(spec_.threads);
  const auto evaluation = together("evaluate", control, [&](const Control& during) {
    return inMemory([&] { return look(operands_, data_.validation, evaluationRows(), step_, during); });
  });
  auto* progress = progress_.mutable_data_ptr<double>();
  double &best = progress[0], &since = progress[1], &last = progress[2];
  // A stop may come before an evaluation is recorded; it is then made again, and must not count twice.
  if (last == static_cast<double>(step_)) return evaluation;
  last = static_cast<double>(step_);
  const double merit = evaluation.accuracy.value_or(-evaluation.loss);
  since = merit > best ? 0 : since + 1;
  best = std::fmax(best, merit);
  return evaluation;
}

bool FinetuneTrainer::isDone() const {
  return spec_.finetune.patience > 0 &&
         progress_.const_data_ptr<double>()[1] >= static_cast<double>(spec_.finetune.patience);
}

void FinetuneTrainer::finish(const Control& control, const std::filesystem::path& best, const EventSink& sink) {
  prepareThread(spec_.threads);
  if (isDone() && step_ < spec_.train.steps)
    sink(LogLine{LogLine::Level::Info, fmt::format("Stopped after step {}: {} validations in a row were no better.",
                                                   step_, spec_.finetune.patience)});
  if (data_.test.count == 0) return;
  const at::NoGradGuard noGraph;
  // The weights in training stay as they are: a stop now may still save them.
  constexpr std::string_view kBest = "test best ";
  int64_t step = step_;
  std::optional<GptTensors> read;
  if (isFollower() ? heard_.starts_with(kBest) : !best.empty()) read.emplace(weights_.shape, device_);
  if (isFollower() && read) {
    step = std::stoll(heard_.substr(kBest.size()));
  } else if (read) {
    NamedTensors besides;
    for (const auto& [name, tensor] : others())
      besides.emplace_back(name, name == "classifier" ? read->classifier : at::empty_like(tensor));
    loadCheckpoint(best, {.weights = read->named(), .others = besides});
    step = readCheckpointInfo(best).step;
  }
  const auto seen = together(read ? fmt::format("{}{}", kBest, step) : "test", control, [&](const Control& during) {
    if (read && data_.group != nullptr) {  // process 0 alone has the file
      broadcast(read->flat);
      if (hasClassifier()) broadcast(read->classifier);
    }
    const auto weights = !read ? operands_ : precision_.isBf16() ? read->withOperands(at::kBFloat16) : *read;
    return inMemory([&] { return look(weights, data_.test, rowsFrom(0, data_.test.count), step, during); });
  });
  Scalars scalars{.step = step, .values = {{"test/loss", seen.loss}}};
  if (seen.accuracy) scalars.values.emplace_back("test/accuracy", *seen.accuracy);
  sink(scalars);
}

}  // namespace scanline
