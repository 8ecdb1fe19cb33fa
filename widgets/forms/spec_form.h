#pragma once

#include <QList>
#include <QScrollArea>
#include <QStringList>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/base/gpus.h"
#include "core/spec/run_spec.h"
#include "widgets/forms/code_source.h"
#include "widgets/forms/data_facts.h"

class QGridLayout;
class QLabel;
class QToolButton;

namespace scanline {

class FetchRow;
class FieldRow;
struct SweepAxis;

/// The settings of a run as a form, built from forEachField: groups with headings, seldom used fields folded away,
/// lists and ranges ("1e-3, 3e-3", "64..256 step 64") in any field but texts make a sweep. Checks at every keystroke.
/// Only fields that can make a difference are shown (isUsed() in core/spec/run_spec.h): they come and go with kind,
/// solver and objective; their texts stay. Numbers that mean something else are words ("all", "one epoch").
class SpecForm : public QScrollArea {
  Q_OBJECT
 public:
  explicit SpecForm(QWidget* parent = nullptr);

  /// Fills the form and shows its top, a search's learning rates first; "changed" is measured by this spec from now on.
  void setSpec(const RunSpec& spec);
  /// The settings of the checkpoint that the runs start from: those that it decides (isDecidedByCheckpoint()) are shown
  /// as text from now on, in setSpec() and setTexts() too. Empty: the runs start from nothing.
  /// `step`: of that checkpoint; -1: unknown.
  void setCheckpoint(const std::optional<RunSpec>& settings, int64_t step = -1);
  /// Offered in the field's box; the form must have a box there (enums and data.name).
  void setChoices(const QString& key, const QStringList& choices);
  /// The VQ-VAEs of the workspace, the newest first: palette.vqvae offers them, and refuses other names.
  void setCodeSources(std::vector<CodeSource> coders);
  /// The VQ-VAE whose codes the run reads; null: none, or unknown.
  const CodeSource* codeSource(const RunSpec& spec) const;
  /// The GPUs of this machine: named below the device. Without one their settings are not shown.
  void setGpus(std::vector<Gpu> gpus);
  /// The counts of a run with the same data.
  void setKnownData(std::optional<KnownData> known);
  /// Looks at the files again, which may have changed.
  void lookAgain();
  const DataFacts& data() const { return data_; }
  /// Offers to fetch a data set that is missing, below data.path.
  FetchRow* fetchRow() const { return fetch_; }
  /// Shows only settings whose key, name or explanation has all these words, folded ones too; empty: as usual. Returns
  /// how many there are of the kind of run.
  int find(const QString& words);
  /// Goes to the first setting that find() shows, or to this one.
  void focusFirstShown();
  void focusField(const QString& key);

  /// Every run that the form describes; empty while something is wrong.
  const std::vector<RunSpec>& specs() const { return specs_; }
  bool isValid() const { return !specs_.empty(); }
  /// The same runs while something is wrong, with defaults in place of unreadable settings; never empty.
  const std::vector<RunSpec>& described() const { return described_; }
  int problemCount() const;
  /// The settings with a problem.
  std::set<QString> wrongFields() const;
  /// How many runs there are is known: every field can be read.
  bool isCounted() const { return isCounted_; }
  /// Not of one field: a sweep of too many runs.
  const QString& generalProblem() const { return generalProblem_; }
  int changedCount() const;
  /// Texts as typed, to take back the choice of another preset.
  std::map<QString, QString> texts() const;
  void setTexts(const std::map<QString, QString>& texts);

  void focusFirstProblem();
  /// Folds the seldom used fields of a group in or out; "" is the first group. A changed or wrong field is always seen.
  void setExpanded(const QString& group, bool expanded);
  /// Those that Tab reaches, in their order.
  QList<QWidget*> tabStops() const;
  QSize minimumSizeHint() const override;

 signals:
  void changed();
  /// Enter was pressed in a line. In a box, Enter opens its list.
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
  void arrange(bool searchFirst);
  bool endsGroup(size_t row) const;
  void makeHeading(const QString& group);
  void makeMore(const QString& group);
  FieldRow* row(const QString& key) const;
  void check();
  void fixDecided();
  std::map<QString, QString> checkFields(RunSpec& base, std::vector<SweepAxis>& axes,
                                         std::map<QString, QString>* notes = nullptr) const;
  void checkRuns(std::map<QString, QString>& wrong, std::map<QString, QString>& notes) const;
  void offerFetch();
  void showFields();
  bool isShown(const FieldRow& field, bool used) const;
  void followKind();
  bool isUsed(const FieldRow& field) const;

  QGridLayout* grid_ = nullptr;
  QLabel* paper_ = nullptr;  ///< heads the paper's column
  FetchRow* fetch_ = nullptr;
  std::vector<FieldRow*> rows_;  ///< in the order shown
  std::map<QString, Group> groups_;
  std::optional<RunSpec> checkpoint_;
  int64_t checkpointStep_ = -1;
  DataFacts data_;
  std::optional<std::vector<CodeSource>> coders_;
  std::optional<std::vector<Gpu>> gpus_;
  QStringList words_;  ///< that are looked for
  std::vector<RunSpec> specs_, described_;
  RunKind kind_ = RunKind::Pretrain;
  bool searchFirst_ = false;  ///< the learning rates to try stand at the top
  bool isCounted_ = true;
  QString generalProblem_;
  bool filling_ = false;
};

}  // namespace scanline
