#pragma once

#include <QScrollArea>
#include <map>
#include <optional>
#include <vector>

#include "core/spec/run_spec.h"

class QGridLayout;
class QToolButton;

namespace scanline {

class FieldRow;
struct SweepAxis;

/// The settings of a run as a form, built from forEachField: groups with headings, seldom used fields folded away,
/// lists and ranges ("1e-3, 3e-3", "64..256 step 64") in any field but name and path make a sweep. Checks at every
/// keystroke.
class SpecForm : public QScrollArea {
  Q_OBJECT
 public:
  explicit SpecForm(QWidget* parent = nullptr);

  /// Fills the form; "changed" is measured by this spec from now on.
  void setSpec(const RunSpec& spec);
  /// Fills the form but leaves what "changed" is measured by.
  void showSpec(const RunSpec& spec);
  /// Offered in the field's box; the form must have a box there (enums and data.name).
  void setChoices(const QString& key, const QStringList& choices);

  /// Every run that the form describes; empty while something is wrong.
  const std::vector<RunSpec>& specs() const { return specs_; }
  bool isValid() const { return !specs_.empty(); }
  int problemCount() const;
  /// Not of one field: a sweep of too many runs.
  const QString& generalProblem() const { return generalProblem_; }
  int changedCount() const;
  /// Texts as typed, to take back the choice of another preset.
  std::map<QString, QString> texts() const;
  void setTexts(const std::map<QString, QString>& texts);

  void focusFirstProblem();
  void focusField(const QString& key);
  /// Folds the seldom used fields of a group in or out; "" is the first group. A changed or wrong field is always seen.
  void setExpanded(const QString& group, bool expanded);

 signals:
  void changed();
  /// Enter was pressed in a field.
  void accepted();

 private:
  struct Group {
    QToolButton* more = nullptr;  ///< null if nothing is folded
    bool expanded = false;
  };

  void build(QWidget* body);
  void addHeading(QGridLayout* grid, int row, const QString& group);
  void addMore(QGridLayout* grid, int row, const QString& group);
  FieldRow* row(const QString& key) const;
  void check();
  std::map<QString, QString> checkFields(RunSpec& base, std::vector<SweepAxis>& axes) const;
  void showFolding();

  std::vector<FieldRow*> rows_;
  std::map<QString, Group> groups_;
  std::vector<RunSpec> specs_;
  QString generalProblem_;
  bool filling_ = false;
};

}  // namespace scanline
