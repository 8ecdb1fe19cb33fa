#pragma once

#include <QDialog>

class QListWidget;
class QTextBrowser;

namespace scanline {

/// The help pages (resources/help), one beside their list. F1 opens it at the page of the part that has the focus.
class HelpWindow : public QDialog {
  Q_OBJECT
 public:
  explicit HelpWindow(QWidget* parent);

  /// `page`: a file name without its ending, such as "probe".
  void open(const QString& page);

 private:
  QListWidget* pages_;
  QTextBrowser* text_;
};

}  // namespace scanline
