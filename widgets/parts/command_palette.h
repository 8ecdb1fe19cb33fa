#pragma once

#include <QDialog>
#include <functional>
#include <vector>

class QLabel;
class QLineEdit;
class QListView;
class QStandardItemModel;

namespace scanline {

/// A line of the palette.
struct PaletteEntry {
  QString text;  ///< "Pause", "quick start"
  QString hint;  ///< at the right: where it is found, and its keys
  std::function<void()> act;
  QString whyNot = {};  ///< it cannot be done now, and this is why; empty if it can
};

/// One box for every command, page and run, by a few letters of its name: arrows choose, Enter does it, Escape closes.
class CommandPalette : public QDialog {
  Q_OBJECT
 public:
  explicit CommandPalette(QWidget* window);

  /// Opens with these acts, in their order until something is typed. Runs come in answer to searched().
  void open(std::vector<PaletteEntry> acts);
  /// The runs that fit `text`; ignored if another text stands in the box by now.
  void setRuns(const QString& text, std::vector<PaletteEntry> runs);

  using QDialog::open;

 signals:
  /// Runs with these words are wanted. Not empty.
  void searched(const QString& text);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  void search();
  void fill();
  void accept(int row);
  void place();

  std::vector<PaletteEntry> acts_, runs_, shown_;
  QString runsFor_;
  QLineEdit* line_;
  QListView* list_;
  QStandardItemModel* rows_;
  QLabel* nothing_;
};

}  // namespace scanline
