#pragma once

#include <QWidget>
#include <string_view>
#include <vector>

class QAction;
class QMenu;
class QSpinBox;
class QToolButton;

namespace scanline {

class IconButton;
class PictureCanvas;
class SegmentedControl;

/// The tools of a canvas in one row, or two where it is narrow: mask or pixels, tools, brush, presets of the mask,
/// history and zoom. The keys 1 to 7 set presets.
class CanvasBar : public QWidget {
  Q_OBJECT
 public:
  /// `canvas` outlives the bar's last use of it: both are children of one page.
  explicit CanvasBar(PictureCanvas* canvas, QWidget* parent = nullptr);

  /// The share of pixels that a BERT was trained to fill, offered for the random mask; 0 = none.
  void setMaskRate(double share);
  /// Whether it was a key of a preset.
  bool handleKey(QKeyEvent* event);
  static bool isOwnKey(const QKeyEvent* event);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  QWidget* makeTools();
  QWidget* makeMaskTools();
  QWidget* makeHistory();
  IconButton* makeButton(const char* name, const QString& icon, const QString& tip, void (CanvasBar::*act)());
  void makePresets();
  void showPresets();
  void applyPreset(std::string_view name, double share);
  void refresh();
  void undo();
  void redo();
  void invert();
  void clear();
  void erase();
  void showMask();

  PictureCanvas* canvas_;
  SegmentedControl* target_;
  std::vector<IconButton*> tools_;
  QSpinBox *brush_, *share_;
  QToolButton* presets_;
  QMenu* menu_;
  QAction* asTrained_;  ///< the random mask of a BERT's training
  IconButton *erase_, *invert_, *clear_, *shown_, *undo_, *redo_;
  QToolButton* zoom_;
  double maskRate_ = 0;
  quint64 seed_ = 0;  ///< of the random mask: another one each time
};

}  // namespace scanline
