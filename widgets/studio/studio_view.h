#pragma once

#include <QWidget>
#include <optional>

#include "core/run/paint_mask.h"
#include "widgets/studio/picture_canvas.h"
#include "widgets/studio/studio_values.h"

class QComboBox;
class QLabel;
class QMimeData;
class QPushButton;
class QStackedWidget;
class QToolButton;

namespace scanline {

class CanvasBar;
class ColourSwatches;
class DrawPanel;
class OriginalView;
class PanelTabs;
class SegmentedControl;
class SourceColumn;

/// The Studio page: pictures at the left, the canvas in the middle, questions at the right ("Draw" and the panels that
/// addPanel takes). Knows no engine, no store and no thread: values in, signals out.
class StudioView : public QWidget {
  Q_OBJECT
 public:
  explicit StudioView(QWidget* parent = nullptr);

  // The model.

  /// No model is open; `sentence` says how to open one. `offersStart`: with a button for a quick start.
  void setNoModel(const QString& sentence, bool offersStart = false);
  /// The run's name and its checkpoints; `step`: of the one that is asked. A model is not open yet.
  void setRun(const QString& name, const std::vector<StudioCheckpoint>& checkpoints, qint64 step);
  /// A checkpoint is being loaded; the picture on the canvas stays.
  void setLoading();
  /// It is open. Pictures of another size, or in other colours, go. `uses`: [V] pixels of each colour in the data, or
  /// empty.
  void setModel(const ModelFacts& facts, std::vector<int64_t> uses = {});
  /// A sentence above the canvas until it is closed, or the next model, picture or drawing comes; empty takes it away.
  /// A model that was being loaded is not coming.
  void setProblem(const QString& sentence);

  // Pictures.

  /// The choices of the run's data. `hasConfusion`: a probe has classified pictures; `classes` may be empty.
  void setData(const QStringList& splits, const QStringList& classes, bool hasConfusion);
  /// Answers sourcesRequested, when it takes a while, with the progress in words; empty: there will be no pictures.
  void setSourcesBusy(const QString& words);
  /// Answers sourcesRequested.
  void setSources(const std::vector<SourcePicture>& pictures);
  /// Pictures from elsewhere (files, the clipboard, a run's other page) come first in the list, and the first of them
  /// onto the canvas. Answers filesChosen and imagePasted.
  void addPictures(const std::vector<SourcePicture>& pictures);
  /// Puts a picture and a mask onto the canvas; an empty mask leaves the mask as it is.
  void showPicture(const SourcePicture& picture, const PaintMask& mask = {});
  /// Answers decodeRequested.
  void setDecoded(const std::vector<Token>& tokens, const QImage& pixels);

  // Drawing.

  /// Pixels as they are drawn, at most 30 times a second; then with nats. Answers drawRequested.
  void setDrawing(const StudioDrawing& drawing);
  /// The last setDrawing is the end of it. `tookMs`: all; `firstMs`: until the first pixel.
  void setDrawn(const StudioDrawing& drawing, qint64 tookMs, qint64 firstMs);
  /// It was stopped: the candidates so far stay.
  void setStopped();
  void setPins(const std::vector<StudioPin>& pins);

  // Questions.

  /// A tab at the right; the view owns the panel. Ctrl+PgUp and Ctrl+PgDown walk.
  void addPanel(QWidget* panel, const QString& title);
  QWidget* currentPanel() const;
  void setCurrentPanel(QWidget* panel);
  /// The tab that draws, which is always there.
  QWidget* drawPanel() const;
  PictureCanvas* canvas() const { return canvas_; }
  /// Picture, mask and settings as the tab that draws would draw them now.
  DrawRequest request() const;
  /// The picture as it is in the data or the file; null = none.
  const QImage& original() const { return original_; }
  const QString& pictureName() const { return name_; }

  /// Without the column of pictures, which a narrow page shows in place of the questions.
  QSize minimumSizeHint() const override;

 signals:
  void checkpointChosen(qint64 step);
  void quickStartRequested();
  void sourcesRequested(const scanline::StudioSource& wanted);
  void filesChosen(const QStringList& files);  ///< by the dialog, dropped or pasted
  void imagePasted(const QImage& image);
  /// Codes on the canvas that are not decoded yet.
  void decodeRequested(const std::vector<scanline::Token>& tokens);
  /// The canvas has another picture: from a source, drawn, painted, undone.
  void pictureChanged();
  void maskChanged();
  void drawSettingsChanged();  ///< by the person
  void drawRequested(const scanline::DrawRequest& request);
  void stopRequested();
  /// A candidate of the last drawing is to be kept with the run.
  void pinRequested(qint64 candidate);
  void unpinRequested(qint64 id);
  void pinNoteChanged(qint64 id, const QString& note);
  /// A pin is to be drawn again, by its own checkpoint and request; answered by setDrawing and setDrawn.
  void drawAgainRequested(qint64 id);
  /// The training pictures nearest to the one on the canvas are wanted.
  void memorisedRequested();
  /// The candidates are to be saved as one picture.
  void sheetRequested();
  void panelChanged(QWidget* panel);
  void failed(const QString& sentence);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void makeLayout();
  void showColumns();
  QWidget* makeEmpty();
  QWidget* makeHead();
  QWidget* makeProblem();
  QWidget* makeCentre();
  QWidget* makePalette();
  void restyle();
  void connectSources();
  void connectCanvas();
  void connectDrawing();

  void put(const SourcePicture& picture);
  void putCandidate(int index);
  void showBlank();
  void showPin(const StudioPin& pin);
  void draw();
  void paste();
  bool takeMime(const QMimeData& mime);
  void canvasChanged();
  void pictureShown();
  void panelShown(QWidget* panel);
  void showHindrance();
  void showPlace();
  void showColour();
  void showSwatchOrder();
  bool isOwnKey(const QKeyEvent* key) const;

  std::optional<ModelFacts> facts_;  ///< of the open model
  std::vector<int64_t> uses_;
  QImage original_;
  QString name_;
  std::optional<StudioPin> expected_;              ///< a pin that is drawn again
  std::optional<PictureCanvas::Tool> toolBefore_;  ///< of the tab that draws, while another one is seen
  bool otherRun_ = false;                          ///< since the last model that was open
  bool isLoading_ = false;

  PictureCanvas* canvas_;
  SourceColumn* sources_;
  DrawPanel* draw_;
  PanelTabs* tabs_;
  CanvasBar* bar_;
  OriginalView* originalView_;
  ColourSwatches* swatches_;
  SegmentedControl* order_ = nullptr;
  QWidget *palettePart_ = nullptr, *problemPart_ = nullptr, *sourcesPart_ = nullptr, *centre_ = nullptr;
  QToolButton* pictures_ = nullptr;  ///< of a narrow page
  QLabel *runName_ = nullptr, *loading_ = nullptr, *problem_ = nullptr, *problemMark_ = nullptr, *place_ = nullptr,
         *colourWords_ = nullptr, *emptyWords_ = nullptr;
  QComboBox* checkpoint_ = nullptr;
  QPushButton* quickStart_ = nullptr;
  QStackedWidget* pages_ = nullptr;
};

}  // namespace scanline
