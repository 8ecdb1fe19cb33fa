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
  /// `saved`: what is on disk already, ascending steps. `keepEvery`: 0 = none but best and last.
  Checkpoints(std::filesystem::path folder, int64_t keepEvery, std::vector<CheckpointSaved> saved);

  /// Writes the trainer's state to its checkpointFile(), says so, and only then removes those that are no
  /// longer wanted. `evaluation` is that of these very weights, if they were. Nothing is written if this step has its
  /// checkpoint already. Throws Error if the disk is too full for it.
  void save(Trainer& trainer, const std::optional<Evaluation>& evaluation, bool stopped, const EventSink& sink);
  /// Whether weights of this evaluation classify better than all that are on disk. False where nothing is classified.
  bool isBetter(const Evaluation& evaluation) const;
  /// The file of the best one on disk, absolute; empty if none was measured.
  std::filesystem::path best() const;

 private:
  const CheckpointSaved* findBest() const;
  void requireSpace(int64_t parameters) const;
  void write(Trainer& trainer);
  std::string reasonFor(const CheckpointSaved& checkpoint, bool stopped) const;

  std::filesystem::path folder_;
  int64_t keepEvery_;
  std::vector<CheckpointSaved> saved_;
};

}  // namespace scanline
