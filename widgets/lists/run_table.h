#pragma once

#include <QWidget>
#include <vector>

#include "core/spec/run_spec.h"
#include "core/store/run_types.h"
#include "widgets/lists/next_steps.h"

class QLineEdit;
class QMenu;

namespace scanline {

class IconButton;
class RunDelegate;
class RunTableModel;
class RunTreeView;

/// The runs: two lines each, as a side column has room for, or a table with columns. Selecting shows runs, ticking
/// overlays them. Commands come out as signals; nothing changes until the next setRuns() says so (a new name is shown
/// at once).
class RunTable : public QWidget {
  Q_OBJECT
 public:
  explicit RunTable(QWidget* parent = nullptr);

  /// All runs, trashed ones included if the trash is to be seen. Selection, scroll position and a name being edited
  /// stay.
  void setRuns(const std::vector<RunSummary>& runs);

  void setCompact(bool compact);
  bool isTrashShown() const;
  void setTrashShown(bool shown);

  std::vector<RunId> selection() const;  ///< in the order of the rows
  RunId current() const;                 ///< the row with the focus mark; 0 = none
  /// Selects these runs, as far as the filter shows them, and scrolls to the first.
  void select(const std::vector<RunId>& runs);
  std::vector<RunId> overlay() const;
  void setOverlay(const std::vector<RunId>& runs);
  void focusFilter();
  void renameCurrent();

  /// Columns, sorting and mode, for the settings. restoreLayout() answers false, and changes nothing, if it cannot read
  /// them.
  QByteArray saveLayout() const;
  bool restoreLayout(const QByteArray& layout);

 signals:
  void selectionChanged(const std::vector<scanline::RunId>& runs);
  void overlayChanged(const std::vector<scanline::RunId>& runs);
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
  void trashRequested(const std::vector<scanline::RunId>& runs);
  void restoreRequested(const std::vector<scanline::RunId>& runs);  ///< out of the trash
  void purgeRequested(const std::vector<scanline::RunId>& runs);    ///< for good; the receiver asks first

 protected:
  void changeEvent(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void buildBar();
  void buildView();
  void applyMode();
  void applyTheme();
  void fillViewMenu(QMenu& menu);
  void showContextMenu(const QPoint& place);
  void fillRunMenu(QMenu& menu);
  void fillNextMenu(QMenu& menu, RunId run, bool one);
  void fillTrashMenu(QMenu& menu);
  void addColumns(QMenu& menu);
  bool handleKey(int key, Qt::KeyboardModifiers modifiers);
  void toggleOverlay();
  void trashSelection();
  void announceSelection();
  void describeEmptiness();
  std::vector<RunId> selectionWhere(bool (*fits)(const RunSummary&)) const;

  RunTableModel* model_;
  RunDelegate* delegate_;
  QLineEdit* filter_;
  IconButton* mode_;
  IconButton* more_;
  RunTreeView* view_;
  bool compact_ = true;
  bool known_ = false;                ///< setRuns() was called
  QByteArray columns_;                ///< the header's state as a table, while two lines are shown
  bool restoring_ = false;            ///< the model starts anew; the selection is being put back
  std::vector<RunId> announced_;      ///< the runs of the last selectionChanged
  std::vector<RunId> keptSelection_;  ///< while the model starts anew
  RunId keptCurrent_;
  int keptScroll_ = 0;
};

}  // namespace scanline
