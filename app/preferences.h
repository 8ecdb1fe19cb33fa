#pragma once

#include <QDialog>

#include "app/settings.h"

class QComboBox;
class QSpinBox;

namespace scanline {

/// Settings of the program: theme, threads of new runs, the workspace at the start, and notifications. Every change
/// holds at once.
class Preferences : public QDialog {
  Q_OBJECT
 public:
  Preferences(Settings& settings, QWidget* parent);
  /// The theme of the settings, which was chosen elsewhere.
  void showTheme();
  /// How many runs of the workspace may train at the same time; until then the box cannot be used.
  void setLanes(int lanes);

 signals:
  void themeChanged(scanline::ThemeChoice choice);
  void lanesChanged(int lanes);  ///< by a person

 private:
  Settings& settings_;
  QComboBox* theme_;
  QSpinBox* lanes_;
};

}  // namespace scanline
