#include <QApplication>
#include <QClipboard>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QKeyEvent>
#include <QLabel>
#include <QMimeData>
#include <QScrollArea>
#include <QUndoStack>
#include <QUrl>
#include <algorithm>

#include "core/run/paint_mask.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/studio/canvas_bar.h"
#include "widgets/studio/colour_swatches.h"
#include "widgets/studio/draw_panel.h"
#include "widgets/studio/draw_settings.h"
#include "widgets/studio/original_view.h"
#include "widgets/studio/panel_tabs.h"
#include "widgets/studio/picture_canvas.h"
#include "widgets/studio/source_column.h"
#include "widgets/studio/studio_view.h"

// The acts of the person on the page, and their effects.

namespace scanline {

void StudioView::connectSources() {
  connect(sources_, &SourceColumn::wanted, this, &StudioView::sourcesRequested);
  connect(sources_, &SourceColumn::filesChosen, this, &StudioView::filesChosen);
  connect(sources_, &SourceColumn::pasteRequested, this, &StudioView::paste);
  connect(sources_, &SourceColumn::blankRequested, this, &StudioView::showBlank);
  connect(sources_, &SourceColumn::pictureChosen, this, [this](int index) {
    put(sources_->picture(index));
    sources_->setCurrent(index);
  });
}

void StudioView::connectCanvas() {
  connect(canvas_, &PictureCanvas::pictureChanged, this, &StudioView::pictureShown);
  connect(canvas_, &PictureCanvas::maskChanged, this, [this] {
    canvasChanged();
    emit maskChanged();
  });
  connect(canvas_, &PictureCanvas::pixelHovered, this, &StudioView::showPlace);
  connect(canvas_, &PictureCanvas::pixelChosen, this, &StudioView::showPlace);
  connect(canvas_, &PictureCanvas::toolChanged, this, &StudioView::showColour);
  connect(swatches_, &ColourSwatches::chosen, canvas_, &PictureCanvas::setColour);
}

void StudioView::connectDrawing() {
  connect(draw_, &DrawPanel::drawRequested, this, &StudioView::draw);
  connect(draw_, &DrawPanel::stopRequested, this, &StudioView::stopRequested);
  connect(draw_->settings(), &DrawSettings::changed, this, &StudioView::drawSettingsChanged);
  connect(draw_, &DrawPanel::pinRequested, this, &StudioView::pinRequested);
  connect(draw_, &DrawPanel::unpinRequested, this, &StudioView::unpinRequested);
  connect(draw_, &DrawPanel::pinNoteChanged, this, &StudioView::pinNoteChanged);
  connect(draw_, &DrawPanel::candidateChosen, this, &StudioView::putCandidate);
  connect(draw_, &DrawPanel::memorisedRequested, this, [this](int index) {
    putCandidate(index);
    emit memorisedRequested();
  });
  connect(draw_, &DrawPanel::sheetRequested, this, &StudioView::sheetRequested);
  connect(draw_, &DrawPanel::pinChosen, this,
          [this](int index) { showPin(draw_->pins()[static_cast<size_t>(index)]); });
  connect(draw_, &DrawPanel::drawAgainRequested, this, [this](qint64 id) {
    const auto pin = std::ranges::find_if(draw_->pins(), [id](const StudioPin& each) { return each.id == id; });
    expected_ = *pin;
    showPin(*expected_);
    draw_->setAsked(expected_->request, canvas_->picture());
    emit drawAgainRequested(id);
  });
  connect(tabs_, &PanelTabs::changed, this, &StudioView::panelShown);
}

void StudioView::putCandidate(int index) {
  const auto& candidates = draw_->drawing().candidates;
  if (draw_->isBusy() || static_cast<size_t>(index) >= candidates.size()) return;
  canvas_->replacePicture(candidates[static_cast<size_t>(index)],
                          tr("Put candidate %1 onto the canvas").arg(index + 1));
}

/// The tab that draws works with the tools; the others ask about a pixel that is chosen, until a tool is taken again.
void StudioView::panelShown(QWidget* panel) {
  const bool draws = panel == draw_;
  if (!draws && canvas_->tool() != PictureCanvas::Tool::Look) {
    toolBefore_ = canvas_->tool();
    canvas_->setTool(PictureCanvas::Tool::Look);
  } else if (draws && canvas_->tool() == PictureCanvas::Tool::Look && toolBefore_) {
    canvas_->setTool(*toolBefore_);
    toolBefore_.reset();
  }
  emit panelChanged(panel);
}

void StudioView::canvasChanged() {
  draw_->settings()->setGivenLate(givenAfterPainted(canvas_->mask()));
  showHindrance();
  showPlace();
  showColour();
}

void StudioView::showPlace() {
  const StudioPicture& picture = canvas_->picture();
  const qint64 at = canvas_->hovered() >= 0 ? canvas_->hovered() : canvas_->chosen();
  if (at < 0 || at >= picture.count()) return place_->setText({});
  const Token token = picture.tokens[static_cast<size_t>(at)];
  QString words = placeWords(picture, at) + QStringLiteral(" · ");
  if (picture.isCodes()) {
    words += tr("code %1").arg(token);
  } else {
    const QColor colour = picture.colourOf(token);
    words += tr("colour %1, RGB %2, %3, %4").arg(token).arg(colour.red()).arg(colour.green()).arg(colour.blue());
  }
  words += QStringLiteral(" · ");
  words += canvas_->mask()[static_cast<size_t>(at)] != 0 ? tr("painted by the model") : tr("given");
  place_->setText(words);
}

void StudioView::showColour() {
  const bool paints = canvas_->target() == PictureCanvas::Target::Pixels && !canvas_->picture().isEmpty();
  palettePart_->setVisible(paints);
  if (!paints) return;
  const bool other = swatches_->current() != canvas_->colour();
  swatches_->setCurrent(canvas_->colour());
  colourWords_->setText(swatches_->words(canvas_->colour()));
  auto* area = qobject_cast<QScrollArea*>(swatches_->parentWidget()->parentWidget());
  if (other && area != nullptr) {
    const QPoint centre = swatches_->rectOf(canvas_->colour()).center();
    area->ensureVisible(centre.x(), centre.y(), 0, 20);
  }
}

void StudioView::showSwatchOrder() {
  order_->setAllowed(static_cast<int>(SwatchOrder::ByUse), swatches_->knowsUses());
  if (!swatches_->knowsUses()) order_->setCurrent(static_cast<int>(SwatchOrder::ByColour));
  swatches_->setOrder(static_cast<SwatchOrder>(order_->current()));
}

/// Everything is masked, so that the picture below does not matter; grey shows the mask best.
void StudioView::showBlank() {
  if (!facts_) return;
  StudioPicture picture{.across = static_cast<int>(facts_->across), .down = static_cast<int>(facts_->down)};
  picture.palette = coloursOf(*facts_);
  picture.stride = static_cast<int>(std::max<int64_t>(1, facts_->pixelsAcross / std::max<int64_t>(1, facts_->across)));
  const Token grey = picture.palette ? picture.palette->nearest(128, 128, 128) : Token{0};
  picture.tokens.assign(static_cast<size_t>(picture.count()), grey);
  showPicture({picture, {}, tr("blank"), {}}, PaintMask(picture.tokens.size(), 1));
}

void StudioView::showPin(const StudioPin& pin) {
  if (!facts_ || pin.picture.across != facts_->across || pin.picture.down != facts_->down)
    return setProblem(tr("The pinned drawing has another size than the model that is open."));
  showPicture({pin.picture, {}, tr("pinned at step %1").arg(pin.step), {}}, pin.request.paint);
  draw_->settings()->setRequest(pin.request);
}

DrawRequest StudioView::request() const {
  DrawRequest request;
  request.picture = canvas_->picture().tokens;
  request.paint = canvas_->mask();
  draw_->settings()->fill(request);
  return request;
}

void StudioView::draw() {
  if (!draw_->canDraw()) return;
  expected_.reset();
  setProblem({});
  const DrawRequest request = this->request();
  draw_->setAsked(request, canvas_->picture());
  emit drawRequested(request);
}

void StudioView::paste() {
  if (!facts_) return;
  const QMimeData* clipped = QApplication::clipboard()->mimeData();
  if (clipped == nullptr || !takeMime(*clipped)) emit failed(tr("There is no picture in the clipboard."));
}

/// Files first: a file manager puts its icon beside them.
bool StudioView::takeMime(const QMimeData& mime) {
  QStringList files;
  for (const QUrl& url : mime.urls())
    if (url.isLocalFile()) files << url.toLocalFile();
  if (!files.isEmpty()) {
    emit filesChosen(files);
    return true;
  }
  const auto image = mime.hasImage() ? qvariant_cast<QImage>(mime.imageData()) : QImage();
  if (image.isNull()) return false;
  emit imagePasted(image);
  return true;
}

void StudioView::dragEnterEvent(QDragEnterEvent* event) {
  const QMimeData& mime = *event->mimeData();
  const bool anyFile = std::ranges::any_of(mime.urls(), [](const QUrl& url) { return url.isLocalFile(); });
  if (facts_ && (anyFile || mime.hasImage())) event->acceptProposedAction();
}

void StudioView::dropEvent(QDropEvent* event) {
  if (facts_ && takeMime(*event->mimeData())) event->acceptProposedAction();
}

bool StudioView::isOwnKey(const QKeyEvent* key) const {
  return PictureCanvas::isOwnKey(key) || CanvasBar::isOwnKey(key) || key->matches(QKeySequence::Paste) ||
         (key->key() == Qt::Key_Escape && draw_->isBusy());
}

bool StudioView::event(QEvent* event) {
  // Fields that take letters have accepted the key before it comes here. Others leave it to the page, not to the
  // shortcuts of the window.
  if (event->type() == QEvent::ShortcutOverride && facts_ && isOwnKey(static_cast<QKeyEvent*>(event))) {
    event->accept();
    return true;
  }
  return QWidget::event(event);
}

void StudioView::keyPressEvent(QKeyEvent* event) {
  const QWidget* focus = QApplication::focusWidget();
  const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
  if (!facts_) return event->ignore();
  if (event->key() == Qt::Key_Escape && draw_->isBusy()) {
    emit stopRequested();
  } else if (isEnter && (tabs_->current() == draw_ || !tabs_->isAncestorOf(focus))) {
    tabs_->setCurrent(draw_);
    draw();
  } else if (event->matches(QKeySequence::Paste)) {
    paste();
  } else if (!bar_->handleKey(event) && !canvas_->handleKey(event)) {
    event->ignore();
  }
}

}  // namespace scanline
