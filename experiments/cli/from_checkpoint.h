#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/spec/run_spec.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/processes.h"

namespace scanline {

/// A verb that takes a trained model: fine-tuning, probing, learning from few labels. Its spec has the model's
/// settings, and all others from --spec, or if that is not given, from those that the model was trained with.
class FromCheckpointCommand : public Command {
 protected:
  /// `kind`: one that needsModel().
  FromCheckpointCommand(CLI::App& app, const std::string& name, const std::string& help, RunKind kind,
                        const std::string& settingHelp);

  struct Model {
    std::filesystem::path file;
    CheckpointInfo info;
    std::vector<RunSpec> specs;  ///< valid ones, one for each combination of settings
  };
  /// Throws Error.
  Model read() const;
  /// Makes a run of each spec and runs it to its end. Returns an exit code. Throws Error.
  int runStored() const;
  /// Throws Error where several processes are to share it: for what no run keeps.
  void requireOneProcess() const { processes_.requireOne(); }

 private:
  /// Makes a run of each spec and trains them in a process of their own, or in several.
  int startStored() const;

  RunKind kind_;
  std::string checkpoint_, spec_;
  std::vector<std::string> settings_;
  mutable Processes processes_;
};

/// Settings of a run of `kind` that starts from a checkpoint: those of nextSpec() for its training settings, or all
/// but the model's from `specName` (see readSpec()). Throws Error.
RunSpec specFrom(const CheckpointInfo& info, const std::filesystem::path& checkpoint, RunKind kind,
                 const std::string& specName);

/// The run of `store` whose checkpoint this file is, and its step.
std::optional<std::pair<RunId, int64_t>> ownerOf(const RunStore& store, const std::filesystem::path& checkpoint);

/// A new run that starts from this checkpoint, which is one of a run of `store`, or a file of its own. `spec` is of a
/// kind that needsModel(). Throws Error.
RunId makeRunFrom(RunStore& store, const std::filesystem::path& checkpoint, const CheckpointInfo& info,
                  const RunSpec& spec);

}  // namespace scanline
