#pragma once

#include <QDialog>

class QLabel;
class QLineEdit;
class QListWidget;
class QRegularExpression;
class QTextBrowser;

namespace scanline {

/// The help pages (resources/help), one beside their list. F1 opens it at the page of the part that has the focus. The
/// box above the list leaves the pages that hold its words, and marks them; Enter goes from place to place.
class HelpWindow : public QDialog {
  Q_OBJECT
 public:
  explicit HelpWindow(QWidget* parent);

  /// `page`: a file name without its ending, such as "probe".
  void open(const QString& page);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void showPage();
  QStringList words() const;
  QRegularExpression anyWord() const;
  void search();
  void goToNext();
  /// All places of the words in the shown page.
  void mark();

  QLineEdit* line_;
  QListWidget* pages_;
  QLabel* nothing_;
  QTextBrowser* text_;
};

}  // namespace scanline
