#pragma once

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
  /// `choices`: offered in a box that can also be typed in; empty = a plain line. `browses`: a button to look for a
  /// path.
  FieldRow(const FieldInfo& info, const QStringList& choices, bool browses, QWidget* form);

  /// Into two rows of the form's grid, of columns label, editor, reset, paper.
  void placeIn(QGridLayout* grid, int row);

  const QString& key() const { return key_; }
  const QString& group() const { return group_; }
  bool isExpert() const { return expert_; }
  QString text() const;
  void setText(const QString& text);
  /// The value that reset goes back to and that "changed" is measured by.
  void setBase(const QString& text);
  bool isChanged() const;
  void setChoices(const QStringList& choices);
  /// Empty = nothing wrong.
  void setProblem(const QString& sentence);
  bool hasProblem() const { return hasProblem_; }
  void setVisible(bool visible);
  /// Shows the value as text that cannot be changed, and `why` beside it. Empty: a field again.
  void setFixed(const QString& why);
  /// Whether the paper's value has its column.
  void setPaperShown(bool shown);
  void focus();
  QWidget* editor() const;

 signals:
  void textChanged();
  /// Enter was pressed in the editor.
  void accepted();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void onTextChanged();
  void markChanged();
  void showEditor();
  void browse();

  QString key_, group_, base_, fixed_;
  bool expert_ = false, hasProblem_ = false, visible_ = true, paperShown_ = true;
  QLabel* label_;
  QComboBox* box_ = nullptr;
  QLineEdit* line_;
  QLabel *value_, *why_;  ///< in place of the editor where the value cannot be changed
  QToolButton* browse_ = nullptr;
  QToolButton* reset_;
  QLabel* paper_;
  QLabel* problem_;
};

}  // namespace scanline
