#pragma once

#include <QJsonObject>
#include <QPointer>
#include <QWidget>
#include <functional>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/spec/run_spec.h"
#include "core/store/run_list.h"
#include "core/store/run_types.h"
#include "widgets/lists/next_steps.h"

class QMenu;

namespace scanline {

class FieldChooser;
class FilterBox;
class GroupPanel;
class IconButton;
class RunDelegate;
class RunTableModel;
class RunTreeView;

/// The rows that a request asked for, with the values of those that are seen first.
struct RunListAnswer {
  RunListRequest request;
  RunList list;
  std::vector<std::string> columns;  ///< the fields that the rows have cells of
  std::vector<RunRow> rows;
};

/// The runs: two lines each, as a side column has room for, or a table with columns. Selecting shows runs, ticking
/// overlays them. It holds no runs but those on the screen and near it: which runs there are, their order and their
/// values are asked for by signals, and answered by setters whenever the answers are there. Until then the old ones
/// stay. Selected runs stay selected while the filter hides them. Commands come out as signals, too.
class RunTable : public QWidget {
  Q_OBJECT
 public:
  explicit RunTable(QWidget* parent = nullptr);

  /// The list that is wanted now.
  const RunListRequest& request() const { return request_; }
  /// The rows answer the present request.
  bool isUpToDate() const { return shown_ == request_; }
  /// The fields whose cells are shown, for RunStore::rows().
  std::vector<std::string> columns() const;
  /// Answers to older requests than the present one are dropped.
  void setList(RunListAnswer answer);
  void setRows(const std::vector<RunId>& asked, const std::vector<std::string>& columns,
               const std::vector<RunRow>& rows);
  /// The store knows no field of this name any more: its column goes, or the order by it.
  void dropField(const std::string& field);
  /// Facts that are newer, runs whose other values have changed, and runs that are gone for good.
  void takeNews(const std::vector<RunSummary>& newer, const std::vector<RunId>& changed,
                const std::vector<RunId>& gone);
  void setProposals(const QString& text, const QueryProposals& proposals);
  void setFields(const std::vector<RunField>& fields);
  void setGroups(const std::string& by, const std::vector<std::string>& columns, const std::vector<RunGroup>& groups);
  /// Saved views: name and content.
  void setViews(const std::vector<std::pair<QString, QString>>& views) { views_ = views; }
  /// The content of a saved view; null if there is none of this name.
  QString savedView(const QString& name) const;
  FilterBox* filter() const { return filter_; }
  /// Why the model of the selected run cannot be exported; empty if it can.
  void setModelExport(const QString& whyNot) { whyNoModelExport_ = whyNot; }

  void setCompact(bool compact);
  int preferredWidth() const;  ///< that shows all columns
  bool isTrashShown() const { return request_.trash; }
  void setTrashShown(bool shown);

  std::vector<RunId> selection() const { return chosen_; }  ///< in the order of the rows, hidden ones last
  RunId current() const;                                    ///< the selected run with the focus mark; 0 = none
  /// Selects these runs, whether they are in the list or not, and scrolls to the first.
  void select(const std::vector<RunId>& runs);
  std::vector<RunId> overlay() const;
  void setOverlay(const std::vector<RunId>& runs);
  /// The facts of a run, as far as they are known here. Valid until the next change.
  const RunSummary* known(RunId run) const;
  void focusFilter();
  /// A line of titles, then one a row for a spreadsheet: all columns, also while runs are shown in two lines each.
  QString copied(const std::vector<RunRow>& rows) const;
  void renameCurrent();

  /// Columns, sorting, groups and mode, for the settings. restoreLayout() answers false, and changes nothing, if it
  /// cannot read them.
  QByteArray saveLayout() const;
  bool restoreLayout(const QByteArray& layout);
  /// The same with the filter, for a saved view.
  QString viewContent() const;
  bool applyView(const QString& content);

 signals:
  void listRequested();  ///< request() changed
  void rowsRequested(const std::vector<scanline::RunId>& runs);
  void proposalsRequested(const QString& text, qsizetype cursor);
  void fieldsRequested();
  void groupsRequested(const std::string& by, const std::vector<std::string>& columns);
  void viewSaved(const QString& name, const QString& content);
  void viewRemoved(const QString& name);
  void helpRequested();
  void modeChanged(bool compact);  ///< by the person

  void selectionChanged(const std::vector<scanline::RunId>& runs);
  void overlayChanged(const std::vector<scanline::RunId>& runs);
  void runHovered(scanline::RunId run);  ///< the pointer is over it; 0 = over none
  void renameRequested(scanline::RunId run, const QString& name);
  void duplicateRequested(scanline::RunId run);
  void nextRequested(scanline::RunId run, scanline::RunKind kind);  ///< a run of this kind from its checkpoint
  void forkRequested(scanline::RunId run);
  void completeRequested(scanline::RunId run);  ///< pictures, by its model
  void searchRequested(scanline::RunId run);    ///< of its learning rate
  void winnerRequested(scanline::RunId search);
  void exportRequested(scanline::RunId run, scanline::ExportForm form);
  void openFolderRequested(scanline::RunId run);
  void compareRequested(const std::vector<scanline::RunId>& runs);
  void resumeRequested(const std::vector<scanline::RunId>& runs);
  void pauseRequested(const std::vector<scanline::RunId>& runs);
  void stopRequested(const std::vector<scanline::RunId>& runs);
  void copyRequested(const std::vector<scanline::RunId>& runs);  ///< the clipboard wants copied() of their rows
  void trashRequested(const std::vector<scanline::RunId>& runs);
  void restoreRequested(const std::vector<scanline::RunId>& runs);  ///< out of the trash
  void purgeRequested(const std::vector<scanline::RunId>& runs);    ///< for good; the receiver asks first

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  /// The place of the list on the screen, by the run at its top.
  struct Anchor {
    RunId run;
    int row = 0, offset = 0;
  };

  void buildBar();
  void buildView();
  void applyMode();
  void applyTheme();
  bool handleKey(int key, Qt::KeyboardModifiers modifiers);
  void toggleOverlay();
  void trashSelection();
  void describeEmptiness();

  // run_table_list.cpp: rows and selection
  void want(RunListRequest request);
  void apply(RunListAnswer answer);
  Anchor anchor() const;
  void scrollBack(const Anchor& anchor);
  void takeSelection();
  void showSelection();
  bool dropLost(const Anchor& before, int currentRow);
  void announceSelection();
  void askForGroups();
  void showGroup(const RunCell& value);
  std::vector<RunId> shownSelection() const;
  std::vector<RunId> selectionWhere(bool (*fits)(const RunSummary&)) const;

  // run_table_layout.cpp: columns, and how they are kept
  void sortBy(const std::string& field, bool descending);
  void groupBy(const std::string& field);
  void toggleColumn(const RunField& field, bool on);
  QJsonObject layout() const;
  bool applyLayout(const QJsonObject& layout);
  bool restoreOldLayout(const QByteArray& layout);

  // run_table_menus.cpp
  void fillViewMenu(QMenu& menu);
  void fillSortMenu(QMenu& menu);
  void fillGroupMenu(QMenu& menu);
  void fillViewsMenu(QMenu& menu);
  void saveView();
  void showContextMenu(const QPoint& place);
  void fillRunMenu(QMenu& menu);
  void fillNextMenu(QMenu& menu, RunId run, bool one);
  void fillTrashMenu(QMenu& menu);
  void chooseColumns(const QPoint& place);
  void chooseField(std::function<void(const RunField&)> act);
  std::vector<RunField> allFields() const;
  std::set<std::string> shownFields() const;

  RunTableModel* model_;
  RunDelegate* delegate_;
  FilterBox* filter_;
  IconButton* mode_;
  IconButton* more_;
  RunTreeView* view_;
  GroupPanel* groups_;
  RunListRequest request_;
  std::optional<RunListRequest> shown_;  ///< the request that the rows answer
  std::optional<RunListAnswer> held_;    ///< rows that wait until a name has been edited
  int64_t total_ = 0;                    ///< runs that the request chose from
  bool compact_ = true;
  QByteArray columns_;            ///< the header's state as a table, while two lines are shown
  std::string groupField_;        ///< empty: no groups
  std::vector<RunField> fields_;  ///< all that there are
  std::vector<std::pair<QString, QString>> views_;
  QString whyNoModelExport_;
  QPointer<FieldChooser> chooser_;

  std::vector<RunId> chosen_;  ///< the selected runs
  RunId current_;
  RunId scrollTo_;                ///< when it comes into the list
  std::vector<RunId> lost_;       ///< selected runs that changed, and may have left the list
  bool applying_ = false;         ///< the header is being set, by no person
  bool restoring_ = false;        ///< the selection of the view follows chosen_
  std::vector<RunId> announced_;  ///< the runs of the last selectionChanged
};

}  // namespace scanline
