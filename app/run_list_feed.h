#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <functional>
#include <set>
#include <unordered_map>

#include "app/run_feed.h"
#include "app/store_thread.h"
#include "widgets/lists/run_table.h"

namespace scanline {

/// Answers the requests of the list of runs. Lists are made on a thread of their own, so that choosing a run and
/// scrolling never wait for them; of several requests the newest counts. While runs change, the list is made anew only
/// where they may stand elsewhere now, and takes a small share of the time however many runs there are. While nothing
/// is asked, the values for other orders and words are read ahead, and those of a field once it is named in the filter:
/// the keys that follow take a person longer than that. UI thread.
class RunListFeed : public QObject {
  Q_OBJECT
 public:
  /// `lists` makes lists and groups, `reader` reads rows.
  RunListFeed(StoreThread& lists, StoreThread& reader, RunTable& table, QObject* parent);

  /// The workspace is open, or changed.
  void take(const WorkspaceNews& news);
  /// The saved views are others.
  void readViews();

 signals:
  /// The table has its list; `newest`: the youngest run in it, 0 if there is none.
  void listed(scanline::RunId newest);
  void failed(const QString& sentence);
  void done(const QString& sentence);

 private:
  struct Listed {
    RunListAnswer answer;
    std::vector<std::string> unknown;  ///< fields of columns or of the order that there are not
  };
  void ask();
  void answered(Listed made);
  void readRows(const std::vector<RunId>& runs);
  void readProposals(const QString& text, qsizetype cursor);
  void readFields();
  void copy(const std::vector<RunId>& runs);
  void readGroups(const std::string& by, const std::vector<std::string>& columns);
  bool onlyProgress(const WorkspaceNews& news);
  void askLater(int64_t pauseMs);
  void readAhead();
  void readNamed(const QString& text);
  /// Unless it was read before. The empty name: words.
  void readField(const std::string& name, std::function<void()> then);

  StoreThread& lists_;
  StoreThread& reader_;
  RunTable& table_;
  QTimer later_, ahead_;
  QElapsedTimer sinceAnswer_, asking_;
  int64_t tookMs_ = 0;  ///< the last list
  bool open_ = false;   ///< there was news
  bool underWay_ = false, again_ = false;
  std::set<std::string> readAhead_;  ///< fields, and the empty one for words
  bool proposing_ = false;           ///< proposals are under way
  QString proposeText_;              ///< the newest text that wants proposals; null: none
  qsizetype proposeAt_ = 0;
  std::unordered_map<int64_t, RunSummary> active_;
};

}  // namespace scanline
