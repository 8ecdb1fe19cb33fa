#pragma once

#include <QDialog>

#include "app/settings.h"

namespace scanline {

/// Settings of the program: theme, threads of new runs, the workspace at the start, and notifications. Every change
/// holds at once.
class Preferences : public QDialog {
  Q_OBJECT
 public:
  Preferences(Settings& settings, QWidget* parent);

 signals:
  void themeChanged(scanline::ThemeChoice choice);

 private:
  Settings& settings_;
};

}  // namespace scanline
