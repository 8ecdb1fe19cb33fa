#pragma once

#include <QObject>
#include <QTimer>
#include <memory>
#include <set>
#include <vector>

#include "app/store_thread.h"
#include "core/store/run_list.h"
#include "widgets/plot/run_values.h"

namespace scanline {

class RunChartsView;

/// The page of charts of runs, and the values that it shows: those of the runs of the list. They are read a page at a
/// time on a thread that nothing waits for, while the page is seen. UI thread.
class RunChartsPage : public QObject {
  Q_OBJECT
 public:
  RunChartsPage(StoreThread& reader, QWidget* parent);

  RunChartsView* view() const { return view_; }
  /// The list that is shown beside it.
  void setRequest(const RunListRequest& request);
  /// The store has changed.
  void refresh();
  void setMarked(RunId chosen, const std::vector<RunId>& ticked);

 signals:
  void runRequested(RunId run);
  /// To be ticked in the list, and no others.
  void ticksRequested(const std::vector<RunId>& runs);
  void failed(const QString& sentence);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  /// The values of one page of runs, made on the reader's thread.
  struct Page {
    std::vector<qint64> runs;
    QStringList names;
    std::vector<std::vector<RunCell>> columns;  ///< [fields][runs]
  };
  /// A reading that goes on.
  struct Reading {
    std::vector<RunId> runs;
    std::vector<std::string> fields;
    size_t next = 0;  ///< of runs
    Page all;
  };

  void start();
  void readNext();
  void finish();
  void correlate();
  void tickTogether(const std::vector<RunId>& runs, bool add);
  std::vector<std::string> wantedFields() const;
  bool hasValues() const;
  template <class Work, class Done>
  void ask(Work work, Done done);
  static Page readPage(RunStore& store, const std::vector<RunId>& runs, const std::vector<std::string>& fields);
  static std::shared_ptr<RunValues> valuesOf(Page page, const std::vector<std::string>& fields);

  StoreThread& reader_;
  RunChartsView* view_;
  RunListRequest request_;
  std::vector<RunField> fields_;
  std::set<std::string> readFields_;  ///< of the values that are shown
  SharedRunValues values_;
  std::shared_ptr<Reading> reading_;
  std::vector<RunId> ticked_;
  int generation_ = 0;   ///< answers of older readings are dropped
  bool isStale_ = true;  ///< the store or the list has changed since
  QTimer later_;         ///< a store that changes all the time is read every few seconds
};

}  // namespace scanline
