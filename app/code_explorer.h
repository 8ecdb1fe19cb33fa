#pragma once

#include <QObject>

#include "app/store_thread.h"
#include "app/studio_lane.h"
#include "core/run/code_atlas.h"
#include "core/store/run_types.h"

namespace scanline {

class CompletionsView;

/// Looks up the codes of a VQ-VAE when the Completions page asks: on a lane of its own the checkpoint
/// next to the shown step is opened and encodes some of the run's validation pictures. UI thread.
class CodeExplorer : public QObject {
  Q_OBJECT
 public:
  /// `reader`: the store.
  CodeExplorer(CompletionsView& view, StoreThread& reader, const EngineSource& engine, QObject* parent);
  ~CodeExplorer() override;
  /// The run that is chosen in the list; none: 0.
  void setRun(RunId run);
  /// Gives up everything that goes on, for good. Does not wait.
  void cancel();

 private:
  struct Subject;
  void ask(qint64 step);
  void read(const Subject& subject);

  CompletionsView& view_;
  StoreThread& reader_;
  StudioLane lane_;
  RunId run_;
  int64_t request_ = 0;  ///< answers of older questions are dropped
};

}  // namespace scanline
