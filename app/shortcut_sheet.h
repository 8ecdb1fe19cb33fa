#pragma once

#include <QDialog>
#include <QString>
#include <vector>

class QLabel;
class QLineEdit;
class QTreeWidget;

namespace scanline {

/// A line of the help's page of shortcuts.
struct Shortcut {
  QString group;  ///< "Runs"; empty: everywhere in the window
  QString keys;   ///< "Ctrl+Z, Ctrl+Shift+Z"
  QString words;
};
/// The tables of resources/help/shortcuts.md.
std::vector<Shortcut> shortcuts();

/// All keys on one sheet, by where they work; a word or a key narrows it down.
class ShortcutSheet : public QDialog {
  Q_OBJECT
 public:
  explicit ShortcutSheet(QWidget* parent);

 private:
  void filter(const QString& text);

  QLineEdit* line_;
  QLabel* nothing_;
  QTreeWidget* rows_;
};

}  // namespace scanline
