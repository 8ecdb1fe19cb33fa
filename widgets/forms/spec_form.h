#pragma once

#include <QScrollArea>
#include <map>
#include <optional>
#include <vector>

#include "core/spec/run_spec.h"

class QGridLayout;
class QLabel;
class QToolButton;

namespace scanline {

class FieldRow;
struct SweepAxis;

/// The settings of a run as a form, built from forEachField: groups with headings, seldom used fields folded away,
/// lists and ranges ("1e-3, 3e-3", "64..256 step 64") in any field but texts make a sweep. Checks at every keystroke.
/// Only fields that can make a difference are shown (isUsed() in core/spec/run_spec.h): they come and go with kind,
/// solver and objective; their texts stay.
class SpecForm : public QScrollArea {
  Q_OBJECT
 public:
  explicit SpecForm(QWidget* parent = nullptr);

  /// Fills the form; "changed" is measured by this spec from now on.
  void setSpec(const RunSpec& spec);
  /// The settings of the checkpoint that the runs start from: those that it decides (isDecidedByCheckpoint()) are shown
  /// as text from now on, in setSpec() and setTexts() too. Empty: the runs start from nothing.
  /// `step`: that a run which goes on with the training begins at; -1: unknown.
  void setCheckpoint(const std::optional<RunSpec>& settings, int64_t step = -1);
  /// Offered in the field's box; the form must have a box there (enums and data.name).
  void setChoices(const QString& key, const QStringList& choices);

  /// Every run that the form describes; empty while something is wrong.
  const std::vector<RunSpec>& specs() const { return specs_; }
  bool isValid() const { return !specs_.empty(); }
  /// The same runs while something is wrong, with defaults in place of unreadable settings; never empty.
  const std::vector<RunSpec>& described() const { return described_; }
  int problemCount() const;
  /// Not of one field: a sweep of too many runs.
  const QString& generalProblem() const { return generalProblem_; }
  int changedCount() const;
  /// Texts as typed, to take back the choice of another preset.
  std::map<QString, QString> texts() const;
  void setTexts(const std::map<QString, QString>& texts);

  void focusFirstProblem();
  /// Folds the seldom used fields of a group in or out; "" is the first group. A changed or wrong field is always seen.
  void setExpanded(const QString& group, bool expanded);
  QSize minimumSizeHint() const override;

 signals:
  void changed();
  /// Enter was pressed in a field.
  void accepted();

 protected:
  /// The paper's values go first where room is short.
  void resizeEvent(QResizeEvent* event) override;

 private:
  struct Group {
    QLabel* heading = nullptr;
    QToolButton* more = nullptr;  ///< null if nothing is folded
    bool expanded = false;
  };

  void build(QWidget* body);
  void addHeading(QGridLayout* grid, int row, const QString& group);
  void addMore(QGridLayout* grid, int row, const QString& group);
  FieldRow* row(const QString& key) const;
  void check();
  void fixDecided();
  QString stepsProblem(const RunSpec& spec) const;
  std::map<QString, QString> checkFields(RunSpec& base, std::vector<SweepAxis>& axes) const;
  void showFields();
  void followKind();
  bool isUsed(const FieldRow& field) const;

  QGridLayout* grid_ = nullptr;
  QLabel* paper_ = nullptr;  ///< heads the paper's column
  std::vector<FieldRow*> rows_;
  std::map<QString, Group> groups_;
  std::optional<RunSpec> checkpoint_;
  int64_t checkpointStep_ = -1;
  std::vector<RunSpec> specs_, described_;
  RunKind kind_ = RunKind::Pretrain;
  QString generalProblem_;
  bool filling_ = false;
};

}  // namespace scanline
