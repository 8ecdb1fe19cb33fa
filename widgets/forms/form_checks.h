#pragma once

#include <QString>
#include <map>
#include <optional>
#include <vector>

#include "core/base/gpus.h"
#include "core/spec/run_spec.h"
#include "widgets/forms/code_source.h"

namespace scanline {

class DataFacts;

/// The facts that the form checks settings against.
struct FormFacts {
  const DataFacts& data;
  /// The workspace's VQ-VAEs; nothing: not read yet.
  const std::optional<std::vector<CodeSource>>& coders;
  int64_t checkpointStep = -1;                  ///< of the checkpoint that the runs start from; -1 = unknown or none
  const std::optional<std::vector<Gpu>>& gpus;  ///< of this machine; nothing: not known yet
};

/// The VQ-VAE that palette.vqvae names, with its step (RUN@STEP) or without; the newest of a name. Null: none of them.
const CodeSource* coderOf(const std::vector<CodeSource>& coders, const std::string& vqvae);

/// Whether a setting is one of GPUs alone.
bool isOfGpus(const QString& key);

/// Problems by key that only files, the workspace or the checkpoint show; the rest is told by problems().
std::map<QString, QString> formProblems(const RunSpec& spec, const FormFacts& facts);

/// Sentences by key about the source of a value and its meaning here; an empty one takes a note away.
std::map<QString, QString> formNotes(const RunSpec& spec, const FormFacts& facts);

}  // namespace scanline
