#include "widgets/pages/completions_pane.h"

#include <QLabel>
#include <QScrollBar>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/images/image_grid.h"
#include "widgets/parts/heading.h"

namespace scanline {

namespace {

constexpr int kSmallestPicture = 72;  // pixels; rather than smaller ones the page scrolls

QWidget* part(QWidget* title, ImageGrid* grid) {
  auto* widget = new QWidget;
  auto* layout = new QVBoxLayout(widget);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(8);
  layout->addWidget(title);
  layout->addWidget(grid, 1);
  return widget;
}

void tieGrids(ImageGrid* a, ImageGrid* b) {
  QObject::connect(a, &ImageGrid::zoomChosen, b, &ImageGrid::setZoom);
  QObject::connect(a, &ImageGrid::currentChanged, b, &ImageGrid::setCurrent);
  QObject::connect(a->verticalScrollBar(), &QScrollBar::valueChanged, b->verticalScrollBar(), &QScrollBar::setValue);
  QObject::connect(a->horizontalScrollBar(), &QScrollBar::valueChanged, b->horizontalScrollBar(),
                   &QScrollBar::setValue);
}

}  // namespace

CompletionsPane::CompletionsPane(QWidget* parent)
    : QWidget(parent),
      words_(headingLabel({}, this)),
      splitter_(new QSplitter(Qt::Horizontal, this)),
      completions_(new ImageGrid),
      whole_(new ImageGrid),
      wholeTitle_(new QLabel(tr("Whole images"))),
      completionsPart_(part(words_, completions_)),
      wholePart_(part(wholeTitle_, whole_)) {
  completions_->setAccessibleName(tr("Completions"));
  whole_->setAccessibleName(tr("Whole images"));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(splitter_);
  splitter_->setChildrenCollapsible(false);
  splitter_->setHandleWidth(1);
  splitter_->addWidget(completionsPart_);
  splitter_->addWidget(wholePart_);
  splitter_->setStretchFactor(0, 3);
  splitter_->setStretchFactor(1, 2);
  // Air on both sides of the splitter's hairline.
  completionsPart_->layout()->setContentsMargins(0, 0, 16, 0);
  wholePart_->layout()->setContentsMargins(16, 0, 0, 0);
  connect(splitter_, &QSplitter::splitterMoved, this, [this] { moved_ = true; });
  for (auto* grid : {completions_, whole_}) {
    grid->setSmallest(kSmallestPicture);
    connect(grid, &ImageGrid::failed, this, &CompletionsPane::failed);
  }
  connect(completions_, &ImageGrid::zoomChosen, whole_, &ImageGrid::setZoom);
  connect(whole_, &ImageGrid::zoomChosen, completions_, &ImageGrid::setZoom);
  connect(completions_, &ImageGrid::zoomChanged, this, &CompletionsPane::shareZoom);
  updateShown();
}

void CompletionsPane::setPictures(const PictureSet& completions, const PictureSet& whole) {
  completions_->setPictures(completions);
  whole_->setPictures(whole);
  updateShown();
}

void CompletionsPane::setEmptyText(const QString& text) {
  completions_->setEmptyText(text);
  whole_->setEmptyText(text);
}

void CompletionsPane::setWords(const QString& words) {
  words_->setText(words);
}
QString CompletionsPane::words() const {
  return words_->text();
}

void CompletionsPane::setShown(bool completions, bool whole) {
  wantsCompletions_ = completions;
  wantsWhole_ = whole;
  updateShown();
}

void CompletionsPane::updateShown() {
  const bool hasWhole = !whole_->pictures().isEmpty(), hasCompletions = !completions_->pictures().isEmpty();
  const bool whole = wantsWhole_ && hasWhole;
  // The part with the words stays unless the other has pictures to show in its place.
  completionsPart_->setVisible(!whole || (wantsCompletions_ && hasCompletions));
  wholePart_->setVisible(whole);
  share();
  shareZoom();
}

/// Completions take the width that their height can use, whole images the rest.
void CompletionsPane::share() {
  if (moved_ || !completionsPart_->isVisibleTo(this) || !wholePart_->isVisibleTo(this)) return;
  const int wished = completions_->fittingWidth() + completionsPart_->layout()->contentsMargins().right();
  const int left = std::clamp(wished, width() * 3 / 10, std::max(width() * 3 / 10, width() * 7 / 10));
  splitter_->setSizes({left, std::max(1, width() - left - splitter_->handleWidth())});
}

/// Whole images beside completions have their scale.
void CompletionsPane::shareZoom() {
  const bool both = completionsPart_->isVisibleTo(this) && wholePart_->isVisibleTo(this);
  whole_->setFitting(both ? completions_->shownZoom() : 0);
}

void CompletionsPane::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  // The layout has placed the splitter, but the splitter its parts only after this.
  QMetaObject::invokeMethod(this, &CompletionsPane::share, Qt::QueuedConnection);
}

void CompletionsPane::tieTo(CompletionsPane* other) {
  tieGrids(completions_, other->completions_);
  tieGrids(other->completions_, completions_);
  tieGrids(whole_, other->whole_);
  tieGrids(other->whole_, whole_);
}

}  // namespace scanline
