#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "core/run/events.h"
#include "core/run/trainer.h"

namespace scanline {

/// The checkpoints of a run on disk: writes new ones and keeps last, best and every keepEvery-th. Best is the one of
/// the highest validation accuracy where a classifier learns, else of the lowest validation loss; of equals, the first.
/// The lane's thread.
class Checkpoints {
 public:
  /// `saved`: the checkpoints on disk, ascending steps. `keepEvery`: 0 = none but best and last.
  Checkpoints(std::filesystem::path folder, int64_t keepEvery, std::vector<CheckpointSaved> saved);

  /// Writes the trainer's state to its checkpointFile(), sends its event, and only then removes those that are no
  /// longer wanted. `evaluation` is that of these very weights, if they were. Nothing is written if this step has its
  /// checkpoint already. A write that fails once is tried again. Throws PassingError if it is too full, or fails for
  /// longer; nothing is changed then, and save() may be called again.
  void save(Trainer& trainer, const std::optional<Evaluation>& evaluation, bool stopped, const EventSink& sink);
  /// The checkpoint of a run that is to stop and whose disk takes no more: the same in the first of rescueFolders()
  /// that has room. A warning says where; resuming finds it there. Throws Error if none has.
  void rescue(Trainer& trainer, const std::optional<Evaluation>& evaluation, const EventSink& sink);
  /// Whether weights of this evaluation classify better than all that are on disk. False where nothing is classified.
  bool isBetter(const Evaluation& evaluation) const;
  /// The file of the best one on disk, absolute; empty if none was measured.
  std::filesystem::path best() const;

 private:
  const CheckpointSaved* findBest() const;
  void requireSpace(const std::filesystem::path& folder, int64_t parameters) const;
  CheckpointSaved write(Trainer& trainer, const std::filesystem::path& file) const;
  /// Sends the events of the new checkpoint and of those that it makes unwanted.
  void announce(const Trainer& trainer, const std::optional<Evaluation>& evaluation, bool stopped,
                const EventSink& sink);
  std::string reasonFor(const CheckpointSaved& checkpoint, bool stopped) const;

  std::filesystem::path folder_;
  int64_t keepEvery_;
  std::vector<CheckpointSaved> saved_;
};

}  // namespace scanline
