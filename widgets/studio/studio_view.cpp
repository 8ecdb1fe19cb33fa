#include "widgets/studio/studio_view.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QUndoStack>
#include <algorithm>
#include <functional>
#include <numeric>

#include "core/run/paint_mask.h"
#include "widgets/parts/number_text.h"
#include "widgets/studio/canvas_bar.h"
#include "widgets/studio/checkpoint_box.h"
#include "widgets/studio/colour_swatches.h"
#include "widgets/studio/draw_panel.h"
#include "widgets/studio/draw_settings.h"
#include "widgets/studio/original_view.h"
#include "widgets/studio/panel_tabs.h"
#include "widgets/studio/picture_canvas.h"
#include "widgets/studio/source_column.h"

// The values of the page; studio_view_layout.cpp has its parts, studio_view_input.cpp the acts of the person.

namespace scanline {

StudioView::StudioView(QWidget* parent)
    : QWidget(parent),
      canvas_(new PictureCanvas),
      sources_(new SourceColumn),
      draw_(new DrawPanel),
      tabs_(new PanelTabs(tr("Questions"))),
      bar_(new CanvasBar(canvas_)),
      originalView_(new OriginalView),
      swatches_(new ColourSwatches) {
  setObjectName(QStringLiteral("studio"));
  setAcceptDrops(true);
  makeLayout();
  connectSources();
  connectCanvas();
  connectDrawing();
  setNoModel(tr("Choose a run to ask its model."));
}

// The model.

void StudioView::setNoModel(const QString& sentence, bool offersStart) {
  facts_.reset();
  sources_->setReady(false);
  draw_->forget();
  emptyWords_->setText(sentence);
  quickStart_->setVisible(offersStart);
  pages_->setCurrentIndex(0);
  showHindrance();
}

void StudioView::setRun(const QString& name, const std::vector<StudioCheckpoint>& checkpoints, qint64 step) {
  if (name != runName_->text()) otherRun_ = true;
  runName_->setText(name);
  fillCheckpoints(*checkpoint_, checkpoints, step);
  pages_->setCurrentIndex(1);
}

void StudioView::setLoading() {
  pages_->setCurrentIndex(1);
  setProblem({});
  isLoading_ = true;
  loading_->setText(tr("Loading the model…"));
  loading_->show();
  showHindrance();
}

void StudioView::setModel(const ModelFacts& facts, std::vector<int64_t> uses) {
  const bool same = facts_ && facts_->across == facts.across && facts_->down == facts.down &&
                    facts_->isCodes == facts.isCodes && facts_->paletteSize == facts.paletteSize &&
                    facts_->palette == facts.palette && !(facts.isCodes && otherRun_);
  if (!same || otherRun_) draw_->forget();
  facts_ = facts;
  otherRun_ = false;
  uses_ = std::move(uses);
  setProblem({});
  pages_->setCurrentIndex(1);
  draw_->setModel(facts);
  bar_->setMaskRate(facts.objective == Objective::Bert ? facts.maskRate : 0);
  if (const auto colours = coloursOf(facts)) swatches_->setColours(*colours, uses_);
  showSwatchOrder();
  if (!same) {
    sources_->forget();
    canvas_->setPicture({});
    original_ = {};
    name_.clear();
    originalView_->setOriginal({}, {});
    pictureShown();
  }
  sources_->setReady(true);
  canvas_->setEmptyText(tr("Choose a picture at the left, drop one here, or begin with a blank one."));
  if (!same) sources_->ask();
  showHindrance();
}

void StudioView::setProblem(const QString& sentence) {
  problem_->setText(sentence);
  problem_->setAccessibleName(sentence);
  problemPart_->setVisible(!sentence.isEmpty());
  isLoading_ = false;
  loading_->hide();
  showHindrance();
}

// Pictures.

void StudioView::setData(const QStringList& splits, const QStringList& classes, bool hasConfusion) {
  sources_->setData(splits, classes, hasConfusion);
  if (facts_) sources_->ask();
}

void StudioView::setSourcesBusy(const QString& words) {
  sources_->setBusy(words);
}

void StudioView::setSources(const std::vector<SourcePicture>& pictures) {
  sources_->setSources(pictures);
  if (!canvas_->picture().isEmpty() || pictures.empty()) return;
  put(pictures.front());
  sources_->setCurrent(sources_->ownCount());
}

void StudioView::addPictures(const std::vector<SourcePicture>& pictures) {
  if (pictures.empty()) return;
  sources_->addOwn(pictures);
  put(pictures.front());
  sources_->setCurrent(0);
}

void StudioView::showPicture(const SourcePicture& picture, const PaintMask& mask) {
  put(picture);
  sources_->setCurrent(-1);
  if (mask.empty()) return;
  canvas_->setMask(mask);
  canvasChanged();
  emit maskChanged();
}

/// Onto the canvas. The mask stays, so that one mask serves many pictures; without any, the lower half is masked.
void StudioView::put(const SourcePicture& picture) {
  original_ = picture.original;
  name_ = picture.name;
  originalView_->setOriginal(original_, name_);
  canvas_->setPicture(picture.picture);
  const bool anyMask = paintedPixels(canvas_->mask()) > 0;
  if (!anyMask && !picture.picture.isEmpty())
    canvas_->setMask(presetMask("lower", picture.picture.across, picture.picture.down));
  setProblem({});
  pictureShown();
  if (!anyMask) emit maskChanged();
}

void StudioView::pictureShown() {
  const StudioPicture& picture = canvas_->picture();
  const bool undecoded = facts_ && facts_->isCodes && !picture.isEmpty() && picture.pixels.isNull();
  canvasChanged();
  if (undecoded) emit decodeRequested(picture.tokens);
  emit pictureChanged();
}

void StudioView::setDecoded(const std::vector<Token>& tokens, const QImage& pixels) {
  if (tokens == canvas_->picture().tokens) canvas_->setPixels(pixels);
}

// Drawing.

void StudioView::setDrawing(const StudioDrawing& drawing) {
  draw_->setDrawing(drawing);
}

void StudioView::setDrawn(const StudioDrawing& drawing, qint64 tookMs, qint64 firstMs) {
  draw_->setDrawing(drawing);
  const auto time = [](qint64 ms) {
    if (ms < 1000) return tr("%1 ms").arg(ms);
    return ms < 60'000 ? tr("%1 s").arg(static_cast<double>(ms) / 1000, 0, 'f', 1) : text::duration(ms);
  };
  QString words =
      tr("Drawn in %1, the first pixel after %2. Nats per masked pixel below.").arg(time(tookMs), time(firstMs));
  if (expected_) {
    const auto index = static_cast<size_t>(expected_->candidate);
    qint64 others = -1;
    if (index < drawing.candidates.size() &&
        drawing.candidates[index].tokens.size() == expected_->picture.tokens.size())
      others =
          std::inner_product(expected_->picture.tokens.begin(), expected_->picture.tokens.end(),
                             drawing.candidates[index].tokens.begin(), qint64{0}, std::plus<>(), std::not_equal_to<>());
    words = others == 0  ? tr("The same picture as the pinned one, pixel for pixel.")
            : others > 0 ? tr("It differs from the pinned picture in %1 of %2 pixels.")
                               .arg(text::steps(others), text::steps(canvas_->picture().count()))
                         : tr("The pinned candidate is not among these.");
    if (others > 0 && !drawing.difference.isEmpty()) words += QLatin1Char(' ') + drawing.difference;
    expected_.reset();
  }
  draw_->setEnded(words);
}

void StudioView::setStopped() {
  expected_.reset();
  draw_->setEnded(tr("Stopped."));
}

void StudioView::setPins(const std::vector<StudioPin>& pins) {
  draw_->setPins(pins);
}

// Questions.

void StudioView::addPanel(QWidget* panel, const QString& title) {
  tabs_->add(panel, title);
}

QWidget* StudioView::currentPanel() const {
  return tabs_->current();
}

void StudioView::setCurrentPanel(QWidget* panel) {
  tabs_->setCurrent(panel);
}

QWidget* StudioView::drawPanel() const {
  return draw_;
}

void StudioView::showHindrance() {
  draw_->setHindrance([this] {
    if (isLoading_) return tr("The model is being loaded.");
    if (!facts_) return tr("No model is open.");
    if (!facts_->hasHead)
      return tr("This model has no head to draw with. It can be asked about attention and features.");
    if (canvas_->picture().isEmpty()) return tr("Choose a picture at the left, or a blank one.");
    if (paintedPixels(canvas_->mask()) == 0)
      return tr("Nothing is masked: brush over the pixels to be painted, or take a preset (1 to 7).");
    return QString();
  }());
}

}  // namespace scanline
