#include "widgets/forms/form_checks.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QStringList>
#include <algorithm>

#include "core/base/processor.h"
#include "core/base/user_folders.h"
#include "widgets/forms/data_facts.h"
#include "widgets/parts/number_text.h"

namespace scanline {

namespace {

QString tr(const char* words) {
  return QCoreApplication::translate("scanline", words);
}

/// A run that goes on with the training has to go farther than its checkpoint.
QString stepsProblem(const RunSpec& spec, int64_t checkpointStep) {
  if (needsModel(spec) || spec.train.steps > checkpointStep) return {};
  return tr("train.steps is %1, and the checkpoint is at step %2, so nothing is left to train; give more, such as %3.")
      .arg(spec.train.steps)
      .arg(checkpointStep)
      .arg(2 * std::max<int64_t>(1, checkpointStep));
}

QString coderProblem(const RunSpec& spec, const std::optional<std::vector<CodeSource>>& coders) {
  const std::string& wanted = spec.palette.vqvae;
  if (wanted.empty() || spec.kind == RunKind::Vqvae || !coders || coderOf(*coders, wanted)) return {};
  if (QFileInfo::exists(QString::fromStdString(expandHome(wanted)))) return {};
  QStringList names;
  for (const CodeSource& coder : *coders)
    if (!names.contains(coder.name)) names << coder.name;
  const QString text = QString::fromStdString(wanted);
  if (names.isEmpty())
    return tr("palette.vqvae is \"%1\", and no VQ-VAE was trained here yet; train one (kind vqvae), or give a "
              "checkpoint file.")
        .arg(text);
  return tr("palette.vqvae is \"%1\", and no VQ-VAE here is called so; give one of: %2; or a checkpoint file.")
      .arg(text, names.join(QStringLiteral(", ")));
}

bool isFineTuned(const RunSpec& spec) {
  return spec.kind == RunKind::Finetune && !spec.finetune.fromScratch;
}

QString stepsNote(const RunSpec& spec, int64_t checkpointStep) {
  if (!needsModel(spec) && checkpointStep > 0 && spec.train.steps > checkpointStep)
    return tr("%1 of them are done by the checkpoint, and %2 are left.")
        .arg(text::steps(checkpointStep), text::steps(spec.train.steps - checkpointStep));
  if (isFineTuned(spec) && spec.finetune.patience > 0)
    return tr("At most: it ends after %1 validations without a better accuracy. The paper does not state its steps.")
        .arg(spec.finetune.patience);
  return {};
}

/// The processor that the run takes, by its name.
QString deviceNote(const RunSpec& spec, const std::optional<std::vector<Gpu>>& gpus) {
  if (!gpus) return {};
  if (gpus->empty() || spec.device == Device::Cpu)
    return tr("CPU: %1").arg(QString::fromStdString(processorName()).trimmed());
  QStringList names;
  for (const Gpu& gpu : *gpus)
    if (spec.gpu < 0 || spec.gpu == gpu.number) names << QString::fromStdString(titleOf(gpu));
  if (names.size() < 2) return names.join(QString());
  return tr("One that no other run uses, of %1").arg(names.join(QStringLiteral("; ")));
}

QString gpuProblem(const RunSpec& spec, const std::optional<std::vector<Gpu>>& gpus) {
  if (!gpus || gpus->empty() || spec.device == Device::Cpu || spec.gpu < 0) return {};
  QStringList numbers;
  for (const Gpu& gpu : *gpus) {
    if (gpu.number == spec.gpu) return {};
    numbers << QString::number(gpu.number);
  }
  return tr("gpu is %1, and this machine has no GPU of that number; give one of %2, or \"a free one\".")
      .arg(spec.gpu)
      .arg(numbers.join(QStringLiteral(", ")));
}

}  // namespace

const CodeSource* coderOf(const std::vector<CodeSource>& coders, const std::string& vqvae) {
  constexpr size_t kShortestUuid = 4;
  const auto named = [&](const std::string& name) -> const CodeSource* {
    for (const CodeSource& coder : coders)
      if (coder.name.toStdString() == name || (name.size() >= kShortestUuid && coder.uuid.starts_with(name)))
        return &coder;
    return nullptr;
  };
  if (const CodeSource* whole = named(vqvae)) return whole;
  const size_t at = vqvae.rfind('@');
  return at == std::string::npos ? nullptr : named(vqvae.substr(0, at));
}

std::map<QString, QString> formProblems(const RunSpec& spec, const FormFacts& facts) {
  std::map<QString, QString> found;
  const auto add = [&](const char* key, const QString& sentence) {
    if (!sentence.isEmpty()) found[QString::fromLatin1(key)] = sentence;
  };
  add("data.path", facts.data.missing(spec.data));
  add("lowdata.labels", facts.data.labelsProblem(spec));
  add("train.steps", stepsProblem(spec, facts.checkpointStep));
  add("palette.vqvae", coderProblem(spec, facts.coders));
  add("gpu", gpuProblem(spec, facts.gpus));
  return found;
}

bool isOfGpus(const QString& key) {
  return key == QStringLiteral("gpu") || key == QStringLiteral("train.attention");
}

std::map<QString, QString> formNotes(const RunSpec& spec, const FormFacts& facts) {
  return {
      {QStringLiteral("device"), deviceNote(spec, facts.gpus)},
      {QStringLiteral("train.steps"), stepsNote(spec, facts.checkpointStep)},
      {QStringLiteral("optimizer.learningRate"),
       isFineTuned(spec)
           ? tr("The authors searched it anew, and often found the best at a tenth of the pre-training's.")
           : QString()},
      {QStringLiteral("train.precision"),
       tr("Over three seeds, the quick start ended at 1.303, 1.260 and 1.256 nats in fp32, and at 1.300, 1.255 and 1.254 "
          "in bf16: no loss that shows. bf16 was 2.4 times as fast in products on a processor with AMX, and half as "
          "fast on one without.")},
  };
}

}  // namespace scanline
