#pragma once

#include <QWidget>
#include <map>
#include <optional>
#include <vector>

#include "core/run/code_atlas.h"
#include "core/run/events.h"
#include "core/store/run_types.h"
#include "core/tokens/palette.h"
#include "widgets/images/picture_set.h"

class QComboBox;
class QLabel;
class QLayout;
class QToolButton;

namespace scanline {

class CodePanel;
class CodebookView;
class CompletionsPane;
class ImageGrid;
class SegmentedControl;
class StepSlider;

/// The Completions page: the pictures of a run at a chosen step, and beside them (or blinking with them) those of
/// another; of a VQ-VAE, its reconstructions and how often it uses each code. Asks for the pictures it lacks by
/// sampleSetNeeded and shows the old ones until setSamples answers.
class CompletionsView : public QWidget {
  Q_OBJECT
 public:
  explicit CompletionsView(QWidget* parent = nullptr);

  /// Another run: its pictures are forgotten; a step that the person chose, zoom and comparison stay where the new run
  /// has them.
  /// `reconstructs`: a VQ-VAE's, whose completions are pictures beside their decoded codes.
  void setRun(const QString& name, Palette palette, bool reconstructs = false);
  /// No run: every picture goes.
  void clear();
  /// The step of each set of samples, ascending: completions and whole images of one step are two sets, which may come
  /// one after the other. Follows the newest step unless the person chose an earlier one.
  void setSteps(std::vector<qint64> steps);
  /// Answers sampleSetNeeded. Either set may be empty (no samples in it). Throws Error as completionPictures does.
  void setSamples(qint64 step, const SampleSet& completions, const SampleSet& whole);
  /// Validation losses by step, for the words above the pictures.
  void setValidation(const std::vector<Point>& points);
  /// All that is known of it, steps ascending; the last one at or before the chosen step is shown. Empty: no codebook.
  void setCodebookUse(std::vector<CodebookUse> uses);
  /// Answers codesWanted; null: there is nothing to be seen, and the sentence says why.
  void setCodes(SharedCodeAtlas atlas, const QString& sentence);
  /// When the first pictures of a run without any will come; nullopt = at its end.
  void setExpectedStep(std::optional<qint64> step);
  /// This run draws no pictures, and why: said in their place until setExpectedStep. `completes`: its model can
  /// complete pictures of one's own nevertheless.
  void setNoPictures(const QString& sentence, bool completes);

  qint64 step() const;
  /// Goes to a step (the last one with samples at or before it), as when it was chosen in another view. Emits no
  /// stepChosen.
  void setStep(qint64 step);
  /// The step to compare with; -1 = none.
  void setComparedStep(qint64 step);
  bool isSideBySide() const;

 signals:
  void sampleSetNeeded(qint64 step);
  /// By the person or by playing.
  void stepChosen(qint64 step);
  /// The person wants to complete pictures of their own with this run's model.
  void completeRequested();
  /// A person points at the codes of the model as it is at this step.
  void codesWanted(qint64 step);
  /// A sentence: a picture could not be saved.
  void failed(const QString& sentence);

 protected:
  void keyPressEvent(QKeyEvent* event) override;

 private:
  /// Of one step.
  struct Pictures {
    PictureSet completions, whole;
    int64_t sets = 0;  ///< that there were when they were asked for
  };

  QWidget* makeBar();
  void chooseStep(qint64 step);
  void request(qint64 step);
  void showReason(const QString& sentence, const QString& besideSlider);
  void forgetValues();
  void refresh();
  void fillCompareBox();
  void remember(qint64 step);
  void showZoom();
  void showCodebook();
  void showCode(qint64 code);
  ImageGrid* mainGrid() const;  ///< the one whose zoom is written and whose sheet is saved
  QString words(qint64 step) const;
  const Pictures* pictures(qint64 step) const;

  std::map<qint64, Pictures> cache_;
  std::map<qint64, int64_t> sets_;       ///< of samples, by step
  std::map<qint64, int64_t> requested_;  ///< asked for and not answered; the sets that there were then
  std::map<qint64, double> validation_;
  std::optional<Palette> palette_;
  std::optional<qint64> expected_;
  qint64 comparedStep_ = -1;
  std::vector<CodebookUse> uses_;
  bool reconstructs_ = false;
  bool completes_ = true;   ///< the model can complete pictures
  bool bothLater_ = false;  ///< both kinds come back when side by side ends
  qint64 chosenStep_ = -1;  ///< by the person, kept from run to run; -1: the newest is followed

  QComboBox* compareBox_;
  QToolButton* sideBySide_;
  QToolButton* other_;
  SegmentedControl* kind_;
  QToolButton* own_;
  QWidget* tools_;  ///< zoom and save, of no use without pictures
  QLabel* zoomLabel_;
  CompletionsPane* first_;
  CompletionsPane* second_;
  CodebookView* codebook_;
  CodePanel* code_;
  qint64 codesAsked_ = -1;  ///< the step of the codebook that is shown when they were asked for; -1: not yet
  StepSlider* slider_;
};

}  // namespace scanline
