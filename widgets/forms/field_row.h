#pragma once

#include <QList>
#include <QObject>
#include <QString>
#include <QStringList>

class QComboBox;
class QGridLayout;
class QLabel;
class QLineEdit;
class QToolButton;
class QWidget;

namespace scanline {

struct FieldInfo;

/// One setting of the form: label, editor, reset button, the paper's value, and below the sentence of a problem.
/// The widgets belong to the form's widget. A changed setting's label is bold and its reset button shows.
class FieldRow : public QObject {
  Q_OBJECT
 public:
  enum class Editor {
    Line,
    Path,  ///< a line, and a button to look for a folder
    Box    ///< a line that offers choices: a click on it opens them, and Enter in it starts nothing
  };
  FieldRow(const FieldInfo& info, Editor editor, QWidget* form);

  /// Into kGridRows rows of the form's grid, of columns label, editor, reset, paper.
  void placeIn(QGridLayout* grid, int row);
  static constexpr int kGridRows = 4;

  const QString& key() const { return key_; }
  const QString& group() const { return group_; }
  QString label() const;
  /// Whether key, label and help have all these words (lower case).
  bool matches(const QStringList& words) const;
  bool isExpert() const { return expert_; }
  QString text() const;
  void setText(const QString& text);
  /// The value that reset goes back to and that "changed" is measured by.
  void setBase(const QString& text);
  bool isChanged() const;
  void setChoices(const QStringList& choices);
  /// Empty = nothing wrong.
  void setProblem(const QString& sentence);
  /// Stands below the editor unless there is a problem; empty = none.
  void setNote(const QString& sentence);
  /// Stands below the sentence of the problem.
  void setBelow(QWidget* widget) { below_ = widget; }
  bool hasProblem() const { return hasProblem_; }
  void setVisible(bool visible);
  /// Shows the value as text that cannot be changed, and `why` beside it. Empty: a field again.
  void setFixed(const QString& why);
  /// Whether the paper's value has its column.
  void setPaperShown(bool shown);
  void focus();
  QWidget* editor() const;
  /// Those that Tab reaches, in their order.
  QList<QWidget*> tabStops() const;

 signals:
  void textChanged();
  /// Enter was pressed in a line.
  void accepted();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void makeBox();
  bool filterBox(QObject* watched, const QEvent& event);
  QString normal(const QString& text) const;
  void onTextChanged();
  void markChanged();
  void showEditor();
  void showSentences();
  void browse();

  QString key_, group_, base_, fixed_, searched_;
  QString leastWord_;  ///< "all"
  double least_ = 0;   ///< the number that it stands for
  bool expert_ = false, hasProblem_ = false, visible_ = true, paperShown_ = true;
  QLabel* label_;
  QComboBox* box_ = nullptr;
  QLineEdit* line_;
  QLabel *value_, *why_;  ///< in place of the editor where the value cannot be changed
  QWidget* cell_;         ///< holds the editor
  QWidget* below_ = nullptr;
  QToolButton* browse_ = nullptr;
  QToolButton* reset_;
  QLabel* paper_;
  QLabel *problem_, *note_;
};

}  // namespace scanline
