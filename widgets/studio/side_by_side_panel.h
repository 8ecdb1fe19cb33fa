#pragma once

#include <vector>

#include "widgets/studio/model_choice.h"
#include "widgets/studio/question_panel.h"
#include "widgets/studio/studio_picture.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QGridLayout;
class QLabel;
class QPushButton;

namespace scanline {

class PairView;
class ScaleBar;
class SegmentedControl;
class SideCell;

/// One model's answer beside the others.
struct SideColumn {
  ModelChoice model;
  StudioPicture picture;  ///< empty = not drawn yet
  QString caption;        ///< under the picture: "1.308 nats per pixel"
};

/// Two to four models or checkpoints on the same picture, mask and random numbers: beside one another, or two of them
/// in one place with a divider, blinking, or as their difference.
class SideBySidePanel : public QuestionPanel {
  Q_OBJECT
 public:
  enum Mode { Columns, Wipe, Blink, Difference };
  static constexpr int kMostColumns = 4;

  explicit SideBySidePanel(QWidget* parent = nullptr);

  /// Which models a column can be added for.
  void setChoices(const std::vector<ModelChoice>& choices);
  /// All columns, at most kMostColumns, as columnAddRequested and columnRemoveRequested lead to.
  void setColumns(const std::vector<SideColumn>& columns);
  /// One column's picture; a key that has no column is ignored.
  void setPicture(const QString& key, const StudioPicture& picture, const QString& caption);
  /// They are being drawn, or can be.
  void setDrawing(bool drawing);

  const std::vector<SideColumn>& columns() const { return columns_; }
  Mode mode() const;
  void setMode(Mode mode);
  PairView* pair() const { return pair_; }

 signals:
  void columnAddRequested(const QString& key);
  void columnRemoveRequested(const QString& key);
  void drawRequested();
  void stopRequested();
  void failed(const QString& sentence);

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void build();
  QWidget* makePairPart();
  void rebuildCells();
  void placeCells();
  void refresh();
  void showPair();
  void showWords();
  void showHovered(QPoint pixel);
  const SideColumn* columnOf(const QComboBox* box) const;

  std::vector<ModelChoice> choices_;
  std::vector<SideColumn> columns_;
  std::vector<SideCell*> cells_;
  bool drawing_ = false;

  SegmentedControl* mode_;
  QComboBox* add_;
  QPushButton* draw_;
  QLabel* hint_;
  QWidget *columnsPart_, *pairPart_, *choiceRow_, *blinkRow_;
  QGridLayout* grid_;
  QComboBox *first_, *second_;
  PairView* pair_;
  QCheckBox* blinking_;
  QDoubleSpinBox* rate_;
  ScaleBar* bar_;
  QLabel* words_;
  QLabel* pointed_;
};

}  // namespace scanline
