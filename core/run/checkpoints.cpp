#include "core/run/checkpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/base/error.h"
#include "core/base/passing_error.h"
#include "core/run/rescue.h"
#include "core/run/run_folder.h"

namespace scanline {

namespace fs = std::filesystem;

Checkpoints::Checkpoints(fs::path folder, int64_t keepEvery, std::vector<CheckpointSaved> saved)
    : folder_(std::move(folder)), keepEvery_(keepEvery), saved_(std::move(saved)) {}

void Checkpoints::save(Trainer& trainer, const std::optional<Evaluation>& evaluation, bool stopped,
                       const EventSink& sink) {
  const bool isThere = !saved_.empty() && saved_.back().step == trainer.step();
  // A trainer that stops early counts its evaluations: a checkpoint that a stop wrote before one has to learn of it.
  const bool isStale = isThere && evaluation && evaluation->accuracy && !saved_.back().validationAccuracy;
  if (!isThere || isStale) {
    CheckpointSaved made = write(trainer, checkpointFile(trainer.step()));
    if (isStale) saved_.pop_back();
    saved_.push_back(std::move(made));
  }
  announce(trainer, evaluation, stopped, sink);
}

void Checkpoints::rescue(Trainer& trainer, const std::optional<Evaluation>& evaluation, const EventSink& sink) {
  std::string problems;
  for (const fs::path& folder : rescueFolders(folder_)) {
    if (!makeRescueFolder(folder)) continue;
    try {
      saved_.push_back(write(trainer, folder / fs::path(checkpointFile(trainer.step())).filename()));
    } catch (const Error& problem) {
      problems += fmt::format(" {}", problem.what());
      continue;
    }
    announce(trainer, evaluation, /*stopped=*/true, sink);
    return sink(
        LogLine{LogLine::Level::Warning,
                fmt::format("The disk of {} has no room, so the checkpoint of step {} is {}. Resuming finds it there.",
                            folder_.string(), trainer.step(), saved_.back().file)});
  }
  throw Error(fmt::format("The checkpoint of step {} could be written nowhere.{}", trainer.step(), problems));
}

void Checkpoints::announce(const Trainer& trainer, const std::optional<Evaluation>& evaluation, bool stopped,
                           const EventSink& sink) {
  // One that a stop wrote before its step was evaluated learns its loss when the run goes on.
  if (evaluation) {
    saved_.back().validationLoss = evaluation->loss;
    saved_.back().validationAccuracy = evaluation->accuracy;
  }

  std::vector<CheckpointSaved> unwanted;
  std::erase_if(saved_, [&](const CheckpointSaved& checkpoint) {
    const bool drop = reasonFor(checkpoint, stopped).empty();
    if (drop) unwanted.push_back(checkpoint);
    return drop;
  });
  for (CheckpointSaved& checkpoint : saved_) {
    const std::string reason = reasonFor(checkpoint, stopped);
    if (checkpoint.reason == reason && checkpoint.step != trainer.step()) continue;
    checkpoint.reason = reason;
    sink(checkpoint);
  }
  // The row is removed before its file: a row without a file would offer a checkpoint that is not there, a file without
  // a row only takes space.
  for (const CheckpointSaved& checkpoint : unwanted) {
    sink(CheckpointRemoved{checkpoint.step});
    std::error_code error;
    fs::remove(folder_ / checkpoint.file, error);
    if (error)
      sink(LogLine{LogLine::Level::Warning,
                   fmt::format("{} cannot be removed: {}.", (folder_ / checkpoint.file).string(), error.message())});
  }
}

fs::path Checkpoints::best() const {
  const CheckpointSaved* best = findBest();
  return best ? folder_ / best->file : fs::path();
}

bool Checkpoints::isBetter(const Evaluation& evaluation) const {
  if (!evaluation.accuracy) return false;
  const CheckpointSaved* best = findBest();
  return !best || *evaluation.accuracy > meritOf(best->validationLoss, best->validationAccuracy);
}

const CheckpointSaved* Checkpoints::findBest() const {
  std::vector<double> merits;
  for (const CheckpointSaved& each : saved_) merits.push_back(meritOf(each.validationLoss, each.validationAccuracy));
  const auto best = bestOf(merits);
  return best ? &saved_[*best] : nullptr;
}

/// `file`: in the run's folder, or absolute. Its folder is made.
CheckpointSaved Checkpoints::write(Trainer& trainer, const fs::path& file) const {
  const fs::path whole = folder_ / file;
  const auto bytes = withRetries([&] {
    std::error_code error;
    fs::create_directories(whole.parent_path(), error);
    if (error)
      throwSystemError(error.value(),
                       fmt::format("{} cannot be made: {}.", whole.parent_path().string(), error.message()));
    requireSpace(whole.parent_path(), trainer.parameters());
    trainer.save(whole);
    return static_cast<int64_t>(fs::file_size(whole));
  });
  return {trainer.step(), file.string(), bytes, std::numeric_limits<double>::quiet_NaN(), /*reason=*/""};
}

void Checkpoints::requireSpace(const fs::path& folder, int64_t parameters) const {
  // Weights and two moments of four bytes each, until one has been written and its size is known.
  const int64_t expected = saved_.empty() ? 12 * parameters : saved_.back().bytes;
  std::error_code error;
  const fs::space_info space = fs::space(folder, error);
  if (error || space.available >= 2 * static_cast<uintmax_t>(expected)) return;  // the write itself will tell
  throw PassingError(
      PassingError::Cause::NoSpace,
      fmt::format(
          "No space: only {:.1f} MB are free on the disk of {}; a checkpoint takes {:.1f} MB and needs twice that. Free some space.",
          static_cast<double>(space.available) / 1e6, folder.string(), static_cast<double>(expected) / 1e6));
}

std::string Checkpoints::reasonFor(const CheckpointSaved& checkpoint, bool stopped) const {
  const bool isLast = checkpoint.step == saved_.back().step;
  if (isLast && stopped) return "stopped";
  if (&checkpoint == findBest()) return "best";
  if (keepEvery_ > 0 && checkpoint.step % keepEvery_ == 0) return "kept";
  return isLast ? "last" : "";
}

}  // namespace scanline
