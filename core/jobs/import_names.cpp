// By which names the store keeps the series of other programs.
#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "core/base/text.h"

#include "core/jobs/import_parts.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

enum class Part { Train, Validation, Test };

std::optional<Part> partOf(std::string_view word) {
  struct Words {
    Part part;
    std::array<std::string_view, 8> words;
  };
  static constexpr std::array<Words, 3> kWords{
      {{Part::Train, {"train", "training", "trn", "tr"}},
       {Part::Validation, {"val", "valid", "validation", "eval", "evaluation", "evaluate", "dev", "holdout"}},
       {Part::Test, {"test", "testing", "tst"}}}};
  for (const Words& each : kWords)
    if (!word.empty() && std::ranges::find(each.words, word) != each.words.end()) return each.part;
  return std::nullopt;
}

/// People also call a first try "dev" or "test".
bool isPlain(std::string_view word) {
  return word != "dev" && partOf(word) != Part::Test;
}

/// Of which images a folder or run tells by its name: by its last word, else by its first ("loss_val", "eval-2"). A
/// word that may mean a first try counts as the whole name of an inner folder, and behind the tag itself, as
/// TensorBoard's add_scalars names its folders ("loss_test").
std::optional<Part> partOfName(const std::string& name, std::string tag, bool isOutermost) {
  std::ranges::replace(tag, '/', '_');
  constexpr std::string_view kBreaks = "_-. ";
  const size_t last = name.find_last_of(kBreaks);
  if (last == std::string::npos) return isPlain(name) || !isOutermost ? partOf(name) : std::nullopt;
  const auto ending = std::string_view(name).substr(last + 1);
  if (partOf(ending) && (isPlain(ending) || name.substr(0, last) == tag)) return partOf(ending);
  const auto beginning = std::string_view(name).substr(0, name.find_first_of(kBreaks));
  return isPlain(beginning) ? partOf(beginning) : std::nullopt;
}

/// The innermost folder that tells.
std::optional<Part> partOfSource(const fs::path& source, const std::string& tag) {
  const std::vector<fs::path> names(source.begin(), source.end());
  for (size_t i = names.size(); i-- > 0;)
    if (const auto part = partOfName(lowerCase(names[i].string()), tag, i == 0)) return part;
  return std::nullopt;
}

}  // namespace

std::string canonicalSeries(std::string_view tag, const fs::path& source) {
  struct Names {
    std::string_view ours;
    std::array<std::string_view, 8> theirs;
  };
  static constexpr std::array<Names, 5> kKnown{{
      {series::kTrainLoss, {"train/loss", "loss/train", "train_loss", "training/loss", "training_loss"}},
      {series::kValidationLoss,
       {"val/loss", "loss/val", "val_loss", "valid/loss", "valid_loss", "validation_loss", "eval/loss", "eval_loss"}},
      {series::kLearningRate,
       {"optim/lr", "lr", "learning_rate", "train/learning_rate", "train/lr", "optimizer/lr", "train/learningrate"}},
      {series::kGradientNorm,
       {"grad_norm", "train/grad_norm", "optim/grad_norm", "gradient_norm", "train/gradient_norm"}},
      {series::kValidationAccuracy,
       {"val/accuracy", "val/acc", "val_acc", "val_accuracy", "eval/accuracy", "eval_accuracy"}},
  }};
  const std::string wanted = lowerCase(tag);
  for (const Names& names : kKnown)
    if (std::ranges::find(names.theirs, wanted) != names.theirs.end()) return std::string(names.ours);
  // Of which images these are, the source has to say.
  const bool isLoss = wanted == "loss" || wanted == "epoch_loss";
  const bool isAccuracy = wanted == "accuracy" || wanted == "acc" || wanted == "epoch_accuracy";
  if (!isLoss && !isAccuracy) return std::string(tag);
  const auto part = partOfSource(source, wanted);
  if (part == Part::Validation) return std::string(isLoss ? series::kValidationLoss : series::kValidationAccuracy);
  if (part == Part::Test) return std::string(isLoss ? series::kTestLoss : series::kTestAccuracy);
  return std::string(isLoss ? series::kTrainLoss : tag);
}

void nameSeries(std::vector<ImportedSeries>& all, const fs::path& source) {
  std::set<std::string> taken;
  for (const ImportedSeries& each : all) taken.insert(each.name);
  for (ImportedSeries& each : all) {
    const std::string name = canonicalSeries(each.name, source);
    if (name != each.name && taken.insert(name).second) each.name = name;
  }
}

}  // namespace scanline
