#pragma once

#include <QTimer>
#include <QWidget>
#include <cstdint>
#include <optional>

#include "core/store/run_query.h"

class QLabel;
class QLineEdit;

namespace scanline {

class IconButton;
class ProposalList;

/// The one box that asks for runs: a line in the query language, with proposals for the word at the cursor, questions
/// asked before, help, and below it the number of runs found, or the error and its place.
class FilterBox : public QWidget {
  Q_OBJECT
 public:
  explicit FilterBox(QWidget* parent);

  QLineEdit* line() const;
  QString text() const;
  void setText(const QString& text);
  /// The last question that was one; while something wrong is being typed, it stays.
  const RunQuery& query() const { return query_; }
  bool isWrong() const { return wrong_.has_value(); }

  /// `shown` of `total` runs answer.
  void setHits(int64_t shown, int64_t total, bool trash);
  /// Proposals for this text; those for an older one are dropped.
  void setProposals(const QString& text, const QueryProposals& proposals);
  /// Questions asked before, the newest first.
  const QStringList& history() const { return history_; }
  void setHistory(const QStringList& history);

 signals:
  void queryChanged();
  /// `cursor`: in bytes of the UTF-8 text.
  void proposalsRequested(const QString& text, qsizetype cursor);
  void historyChanged(const QStringList& history);
  void helpRequested();
  /// The keyboard goes to the list.
  void left();

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  /// The line, which underlines the wrong place.
  class Line;
  void applyTheme();
  void read();
  void edited();
  bool handleKey(int key);
  void accept(const QString& proposal);
  void openHistory();
  void remember();
  void describe();

  Line* line_;
  IconButton* past_;
  IconButton* help_;
  QLabel* below_;
  ProposalList* proposals_;
  QTimer patience_;  ///< a word that is being typed is not called wrong at once
  RunQuery query_;
  std::optional<QueryError> wrong_;
  bool pastShown_ = false;         ///< the proposals are whole questions
  qsizetype at_ = 0, length_ = 0;  ///< of the text that a proposal replaces, in characters
  QStringList history_;
  int64_t shown_ = -1, total_ = 0;
  bool trash_ = false;
};

}  // namespace scanline
