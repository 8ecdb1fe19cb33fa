#pragma once

#include <QObject>
#include <functional>
#include <optional>
#include <vector>

#include "app/store_thread.h"
#include "core/spec/run_spec.h"
#include "core/store/run_types.h"
#include "widgets/forms/data_facts.h"
#include "widgets/forms/model_source.h"

namespace scanline {

class DataFetcher;
class NewRunPage;
class RunActions;

/// Leads to new runs: fills the New run page for each draft (a new run, a copy, one that goes on from a
/// checkpoint, a search, the winner of one) and starts the runs that it asks for. Reads the store on the reader's
/// thread. UI thread.
class RunStarter : public QObject {
  Q_OBJECT
 public:
  /// `makePage` is called once, before the first draft: building the page takes a third of the time that the whole
  /// window takes.
  RunStarter(std::function<NewRunPage*()> makePage, StoreThread& reader, RunActions& actions, QObject* parent);

  void open(const RunSpec& spec, const QString& base);
  /// The same settings, from the same model.
  void duplicate(RunId run);
  /// From a checkpoint of `run`: that of `step`, or with -1 the best. With kind Pretrain from a VQ-VAE: a transformer
  /// on its codes.
  void goOn(RunId run, qint64 step, RunKind kind);
  /// The same settings, going on from such a checkpoint.
  void fork(RunId run, qint64 step);
  /// The same settings at several learning rates.
  void search(RunId run);
  /// A search of the same settings at other rates, "0.1, 0.03, 0.01".
  void searchAgain(RunId search, const QString& rates);
  /// The run for which a finished search found the rate.
  void startWinner(RunId search);
  /// Asks for a file of settings, and shows it on the page.
  void load();
  /// Asks for a file, and writes the settings.
  void save(const RunSpec& spec);
  DataFetcher* fetcher() const { return fetcher_; }
  /// The runs that the page asked for. `first`: before those that wait in the queue.
  void start(const std::vector<RunSpec>& specs, bool first);
  /// A run of the workspace trains, in whichever process: the next one waits for its end.
  void setTrains(bool trains) { trains_ = trains; }
  /// At once, without the page.
  void startAlone(const RunSpec& spec);

 signals:
  void opened();                      ///< the page is filled: show it
  void started(const QString& what);  ///< a sentence
  void failed(const QString& sentence);

 private:
  /// The contents of the page.
  struct Draft {
    RunSpec spec;
    QString base;  ///< the settings that "changed" is measured by, in words
    std::optional<ModelSource> source;
    std::optional<RunId> parent;  ///< without a source: where the run comes from
    std::optional<KnownData> known = {};
    std::optional<RunSpec> repeated = {};  ///< a run that is there already, and had better not be made again
    QString notice = {};
  };

  NewRunPage& page();
  void ask(std::function<Draft(RunStore&)> make);
  void fill(const Draft& draft);
  void offerSources();
  QString announce(const QString& what, QueuePlace place) const;
  void takeModelOf(const ModelSource& source);

  std::function<NewRunPage*()> makePage_;
  NewRunPage* page_ = nullptr;  ///< see page()
  StoreThread& reader_;
  RunActions& actions_;
  DataFetcher* fetcher_;
  std::optional<RunId> parent_;
  bool trains_ = false;
};

}  // namespace scanline
