#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/run/engine.h"
#include "core/store/find_checkpoint.h"
#include "core/store/run_store.h"

namespace scanline {

/// Exit codes of scanline-cli. Stopped by a signal: 128 + its number, so 130 for Ctrl+C.
enum ExitCode { kDone = 0, kFailed = 1, kWrongUsage = 2, kInterrupted = 130 };

/// One verb of scanline-cli. Its constructor declares the options; run() is called if the verb was given.
class Command {
 public:
  virtual ~Command() = default;
  bool wasGiven() const { return verb_->parsed(); }
  /// Returns an exit code. Throws Error with the sentence of why it failed.
  virtual int run() = 0;

 protected:
  Command(CLI::App& app, const std::string& name, const std::string& help);
  void addWorkspaceOption();
  void addBesideOption();
  /// --detach, for verbs that make or go on with runs, and --beside.
  void addDetachOption();

  std::filesystem::path workspace() const;
  /// The workspace, for verbs that only read. Throws Error if it is none: a mistyped path must not become one.
  std::filesystem::path existingWorkspace() const;
  /// As findCheckpoint() in the workspace.
  std::filesystem::path checkpoint(const std::string& text) const;
  CLI::App& verb() { return *verb_; }
  bool json() const { return json_; }
  bool beside() const { return beside_; }
  bool detach() const { return detach_; }
  /// Lets a worker train runs that are in the queue for a process of their own, and says so. Throws Error if it does
  /// not start: the runs stay in the queue.
  void trainDetached(const RunStore& store, std::span<const RunId> runs) const;
  /// Says that runs train in a process of their own.
  void tellDetached(const RunStore& store, std::span<const RunId> runs) const;
  bool hasWorkspaceOption() const { return !workspace_.empty(); }

 private:
  CLI::App* verb_;
  bool json_ = false, beside_ = false, detach_ = false;
  std::string workspace_;
};

// One maker a verb, each in a file of its own (cli_<verb>.cpp).
std::unique_ptr<Command> makeTrainCommand(CLI::App& app);
std::unique_ptr<Command> makeTrainInCommand(CLI::App& app);
std::unique_ptr<Command> makeClusterCommand(CLI::App& app);
std::unique_ptr<Command> makeSubmitCommand(CLI::App& app);
std::unique_ptr<Command> makeMirrorCommand(CLI::App& app);
std::unique_ptr<Command> makeCopyStoreCommand(CLI::App& app);
std::unique_ptr<Command> makeResumeCommand(CLI::App& app);
std::unique_ptr<Command> makeFinetuneCommand(CLI::App& app);
std::unique_ptr<Command> makeRunsCommand(CLI::App& app);
std::unique_ptr<Command> makeShowCommand(CLI::App& app);
std::unique_ptr<Command> makeCompleteCommand(CLI::App& app);
std::unique_ptr<Command> makeScoreCommand(CLI::App& app);
std::unique_ptr<Command> makeProbeCommand(CLI::App& app);
std::unique_ptr<Command> makeLowDataCommand(CLI::App& app);
std::unique_ptr<Command> makePresetsCommand(CLI::App& app);
std::unique_ptr<Command> makeSpecCommand(CLI::App& app);
std::unique_ptr<Command> makeVerifyCommand(CLI::App& app);
std::unique_ptr<Command> makeSearchCommand(CLI::App& app);
std::unique_ptr<Command> makeStudyCommand(CLI::App& app);
std::unique_ptr<Command> makeDataCommand(CLI::App& app);
std::unique_ptr<Command> makeImportCommand(CLI::App& app);
std::unique_ptr<Command> makeExportCommand(CLI::App& app);
std::unique_ptr<Command> makeVqvaeCommand(CLI::App& app);
std::unique_ptr<Command> makeSqlCommand(CLI::App& app);
std::unique_ptr<Command> makePauseCommand(CLI::App& app);
std::unique_ptr<Command> makeStopCommand(CLI::App& app);
std::unique_ptr<Command> makeWorkCommand(CLI::App& app);
std::unique_ptr<Command> makeLanesCommand(CLI::App& app);
std::unique_ptr<Command> makeKillCommand(CLI::App& app);
std::unique_ptr<Command> makeDevicesCommand(CLI::App& app);
std::unique_ptr<Command> makeDiskCommand(CLI::App& app);
std::unique_ptr<Command> makeTrashCommand(CLI::App& app);
std::unique_ptr<Command> makeStudioCommand(CLI::App& app);
std::unique_ptr<Command> makePruneCommand(CLI::App& app);
std::unique_ptr<Command> makeBenchCommand(CLI::App& app);
std::unique_ptr<Command> makeReportCommand(CLI::App& app);
std::unique_ptr<Command> makeFilmCommand(CLI::App& app);
std::unique_ptr<Command> makeTakePartCommand(CLI::App& app);
std::unique_ptr<Command> makeInboxCommand(CLI::App& app);
std::unique_ptr<Command> makeWatchCommand(CLI::App& app);

/// A TOML file, or the name of a preset; a file wins, as ./quick-start always names one. Throws Error if it is neither,
/// or no valid spec.
RunSpec readSpec(const std::string& fileOrPreset);
/// For CLI11's check(): the sentence of why readSpec would find nothing, or an empty text.
std::string specMistake(const std::string& fileOrPreset);
/// Checks one "key=value" of --set while the command line is read, so that a mistake counts as wrong usage. Returns the
/// sentence of a problem, or an empty text.
std::string settingMistake(const std::string& setting);
/// The two sides of "key=value".
std::pair<std::string, std::string> splitSetting(std::string_view setting);

/// `base` with these settings; one spec for each combination of those that have several values.
std::vector<RunSpec> withSettings(RunSpec base, const std::vector<std::string>& settings);

/// Throws Error if there is none of this name or uuid.
RunId findRun(const RunStore& store, std::string_view nameOrUuid);
/// Says on the standard error which of several runs was taken (TakenNews).
void sayTaken(const std::string& sentence);
/// As findRun(), for work that starts from a checkpoint: see findTrainedRun().
RunId findRunToStartFrom(const RunStore& store, std::string_view nameOrUuid);
/// The workspace for reading, after markInterruptedIfFree() where it can be written. Throws Error.
RunStore openForReading(const std::filesystem::path& workspace);
/// RunStore::markInterrupted() for those who only read: while others write it does nothing, as such runs are shown as
/// interrupted anyway.
void markInterruptedIfFree(RunStore& store);
/// Throws Error if LibTorch cannot start.
std::unique_ptr<Engine> makeEngine();

/// Prints with two spaces of indentation; text that is not UTF-8 is repaired, NaN becomes null.
void printJson(const nlohmann::ordered_json& value);

}  // namespace scanline
