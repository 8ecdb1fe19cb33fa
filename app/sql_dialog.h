#pragma once

#include <QDialog>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "core/store/sql_query.h"

class QLabel;
class QPlainTextEdit;
class QPushButton;
class QTableWidget;
class QTreeWidget;

namespace scanline {

/// Questions in SQL to the workspace, which can only read (core/store/sql_query.h): the views with their columns, the
/// question, its answer as a table that can be copied. SQLite works on a thread of the dialog's own. UI thread.
class SqlDialog : public QDialog {
  Q_OBJECT
 public:
  static constexpr size_t kMostRows = 5000;

  SqlDialog(std::filesystem::path workspace, QWidget* parent);

 protected:
  void keyPressEvent(QKeyEvent* event) override;

 private:
  /// Runs `work` on the thread and `done` with its result here; an error becomes the sentence below the question. Work
  /// that is still running is stopped first.
  template <class Work, class Done>
  void start(Work work, Done done);
  void readViews();
  void ask();
  void stop();
  void showAnswer(const SqlTable& table);
  void say(const QString& sentence, bool isError);
  void updateButtons();
  void copy() const;

  std::filesystem::path workspace_;
  QTreeWidget* views_;
  QPlainTextEdit* question_;
  QTableWidget* answer_;
  QLabel* said_;
  QPushButton *ask_, *stop_, *copy_;
  SqlTable table_;
  uint64_t asked_ = 0;  ///< answers to earlier questions are dropped
  bool isBusy_ = false;
  std::jthread thread_;  // last: it ends before the rest goes
};

}  // namespace scanline
