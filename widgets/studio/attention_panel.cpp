#include "widgets/studio/attention_panel.h"

#include <QCheckBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <utility>

#include "widgets/images/image_grid.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/parts/theme.h"
#include "widgets/parts/wheel_focus.h"
#include "widgets/studio/choice_strip.h"
#include "widgets/studio/scale_bar.h"
#include "widgets/studio/token_map.h"

// Values and their display; attention_panel_layout.cpp makes the widgets.

namespace scanline {

namespace {
// Margins of the panel with a scroll bar and row titles; titles of columns; px.
constexpr int kSheetMargin = 60, kSheetHead = 28, kEmptySheet = 140, kHighestSheet = 640;
}  // namespace

// --- values in ---

void AttentionPanel::setModel(const ModelFacts& facts) {
  facts_ = facts;
  row_ = {};
  answered_ = -1;
  patterns_.assign(static_cast<size_t>(facts.layers), {});
  patternsAsked_ = false;
  const QSignalBlocker quiet(layerSlider_);
  const int last = static_cast<int>(std::max<int64_t>(0, facts.layers - 1));
  // The prediction is made from the last layer, so that layer is shown first.
  layerSlider_->setRange(0, last);
  layerSlider_->setValue(last);
  heads_->setCount(static_cast<int>(facts.heads));
  refresh();
  askForPatterns();
}

void AttentionPanel::setPicture(const StudioPicture& picture) {
  if (picture.tokens != picture_.tokens || picture.across != picture_.across) {
    row_ = {};
    answered_ = -1;
    patterns_.assign(static_cast<size_t>(facts_.layers), {});
    patternsAsked_ = false;
  }
  picture_ = picture;
  if (position_ >= picture.count()) position_ = -1;
  map_->setPicture(picture);
  map_->setChosen(position_);
  refresh();
  askForPatterns();
}

void AttentionPanel::setPosition(qint64 position) {
  position_ = position < picture_.count() ? position : -1;
  map_->setChosen(position_);
  if (position_ < 0) row_ = {};
  refresh();
}

void AttentionPanel::setAttention(qint64 position, const AttentionRow& row) {
  if (position != position_ || position < 0) return;
  setAnswered();
  row_ = row;
  answered_ = position;
  if (!fits(row, facts_) || facts_.across * facts_.down != picture_.count()) {
    row_ = {};
    setProblem(tr("The answer has other layers or positions than the model. Open the model again."));
  }
  refresh();
}

void AttentionPanel::setPatterns(int64_t layer, const std::vector<OffsetPattern>& patterns) {
  if (layer < 0 || layer >= facts_.layers || std::ssize(patterns) != facts_.heads) return;
  setAnswered();
  patterns_[static_cast<size_t>(layer)] = patterns;
  if (page() == Patterns) showSheet();
}

AttentionPanel::Page AttentionPanel::page() const {
  return static_cast<Page>(page_->current());
}

void AttentionPanel::setPage(Page page) {
  page_->setCurrent(page);
  refresh();
  askForPatterns();
}

AttentionChoice AttentionPanel::choice() const {
  return {static_cast<AttentionChoice::Kind>(kind_->current()), layerSlider_->value(), heads_->current()};
}

void AttentionPanel::setChoice(const AttentionChoice& choice) {
  const QSignalBlocker quiet(layerSlider_);
  kind_->setCurrent(static_cast<int>(choice.kind));
  layerSlider_->setValue(static_cast<int>(choice.layer));
  heads_->setCurrent(static_cast<int>(choice.head));
  refresh();
}

void AttentionPanel::askForPatterns() {
  if (page() != Patterns || patternsAsked_ || picture_.isEmpty() || facts_.layers == 0) return;
  patternsAsked_ = true;
  emit patternsRequested();
}

// --- display ---

void AttentionPanel::refresh() {
  const AttentionChoice chosen = choice();
  layerLabel_->setText(tr("%1 of %2").arg(chosen.layer + 1).arg(facts_.layers));
  heads_->setEnabled(chosen.kind == AttentionChoice::Kind::Head);
  place_->setText(picture_.isEmpty() ? tr("No picture")
                  : position_ < 0    ? tr("No pixel chosen")
                                     : placeWords(picture_, position_));
  controls_->setVisible(page() == Pixel && facts_.layers > 0);
  pixelPage_->setVisible(page() == Pixel);
  sheetPage_->setVisible(page() != Pixel);
  showWeights();
  if (page() != Pixel) showSheet();
}

void AttentionPanel::showWeights() {
  HeatLayer layer;
  start_ = 0;
  if (!row_.weights.empty()) {
    PixelWeights weights = weightsOf(row_, facts_, choice(), answered_);
    for (float& weight : weights.values) weight *= 100;
    layer = {.values = std::move(weights.values), .opacity = 0.92, .fades = true};
    layer.scale = scaleFromZero(layer.values);
    start_ = weights.start;
  }
  const bool any = !layer.isEmpty();
  map_->setEmptyText(tr("Put a picture onto the canvas, and choose one of its pixels."));
  map_->setLayer(layer);
  bar_->setScale(layer.scale, tr("%"));
  bar_->setVisible(any);
  const bool causal = facts_.objective == Objective::Autoregressive;
  startLabel_->setVisible(any && causal);
  startLabel_->setText(answered_ == 0
                           ? tr("Before the first pixel there is only the start vector: it has all of the weight.")
                           : tr("The start vector, which stands before the first pixel, has %1 of the weight; the "
                                "pixels share the rest.")
                                 .arg(text::percent(start_)));
  const bool changed = layer != layer_;
  layer_ = std::move(layer);
  showWords();
  if (changed) emit layerChanged();
}

QString AttentionPanel::words(qint64 position) const {
  if (position < 0 || position >= picture_.count()) return {};
  const QString place = placeWords(picture_, position);
  if (layer_.isEmpty()) return place;
  const float weight = layer_.values[static_cast<size_t>(position)];
  if (!std::isfinite(weight)) return tr("%1 · not seen: it comes later").arg(place);
  return tr("%1 · %2 of the weight").arg(place, text::percent(weight / 100));
}

void AttentionPanel::showWords() {
  const qint64 hovered = map_->hovered();
  pointed_->setVisible(!picture_.isEmpty());
  pointed_->setText(hovered >= 0    ? words(hovered)
                    : position_ < 0 ? tr("Choose a pixel to see where the model looks when it predicts it.")
                                    : tr("Point at a pixel to read its weight; a click asks for another pixel."));
  const bool any = hovered >= 0 && !layer_.isEmpty();
  bar_->setMark(any ? std::optional<double>(layer_.values[static_cast<size_t>(hovered)]) : std::nullopt);
}

MapSheet AttentionPanel::headsSheet() const {
  MapSheet sheet;
  if (row_.weights.empty()) return sheet;
  sheet.across = picture_.across;
  sheet.down = picture_.down;
  sheet.rows = static_cast<int>(facts_.layers);
  sheet.columns = static_cast<int>(facts_.heads);
  for (int64_t layer = 0; layer < facts_.layers; ++layer)
    for (int64_t head = 0; head < facts_.heads; ++head) {
      const PixelWeights weights = weightsOf(row_, facts_, {AttentionChoice::Kind::Head, layer, head}, answered_);
      QString detail = tr("at most %1").arg(text::percent(scaleFromZero(weights.values).axis.range().high));
      if (facts_.objective == Objective::Autoregressive)
        detail = tr("start vector %1, %2").arg(text::percent(weights.start), detail);
      sheet.maps.push_back({weights.values, tr("Layer %1, head %2").arg(layer + 1).arg(head + 1), detail});
    }
  return sheet;
}

MapSheet AttentionPanel::patternsSheet() const {
  MapSheet sheet;
  const auto known = std::ranges::find_if(patterns_, [](const auto& layer) { return !layer.empty(); });
  if (known == patterns_.end()) return sheet;
  const OffsetPattern& first = known->front();
  sheet.across = 2 * first.radius + 1;
  sheet.down = first.down;
  sheet.rows = static_cast<int>(facts_.layers);
  sheet.columns = static_cast<int>(facts_.heads);
  for (int64_t layer = 0; layer < facts_.layers; ++layer)
    for (int64_t head = 0; head < facts_.heads; ++head) {
      SheetMap map{.values = {}, .name = tr("Layer %1, head %2").arg(layer + 1).arg(head + 1), .detail = {}};
      if (const auto& of = patterns_[static_cast<size_t>(layer)]; !of.empty()) {
        const OffsetPattern& pattern = of[static_cast<size_t>(head)];
        map.values = pattern.values;
        map.detail = tr("at most %1 on average").arg(text::percent(scaleFromZero(map.values).axis.range().high));
        if (facts_.objective == Objective::Autoregressive)
          map.detail = tr("start vector %1, %2").arg(text::percent(pattern.start), map.detail);
      }
      sheet.maps.push_back(std::move(map));
    }
  return sheet;
}

QString AttentionPanel::sheetNote() const {
  if (page() == AllHeads)
    return tr(
        "Rows are layers, columns heads. Grey: pixels that come later, which the model does not see. A click "
        "chooses the head.");
  const bool causal = facts_.objective == Objective::Autoregressive;
  return causal
             ? tr("Rows are layers, columns heads. Mean weights by the way to the pixel that is predicted, which lies "
                  "in the middle of the lowest row; grey: not seen.")
             : tr("Rows are layers, columns heads. Mean weights by the way to the pixel that is predicted, which lies "
                  "in the middle.");
}

void AttentionPanel::showSheet() {
  MapSheet sheet = page() == AllHeads ? headsSheet() : patternsSheet();
  sheet.oneScale = oneScale_->isChecked();
  const Theme theme(palette());
  if (page() == AllHeads)
    sheet_->setEmptyText(picture_.isEmpty() || position_ < 0
                             ? tr("Choose a pixel to see where each head looks when it is predicted.")
                             : tr("The weights of all heads appear here when the model has answered."));
  else
    sheet_->setEmptyText(picture_.isEmpty()
                             ? tr("Put a picture onto the canvas: here you see each head's pattern on it.")
                             : tr("The patterns are being computed, a layer at a time."));
  const bool any = !sheet.maps.empty();
  sheetBar_->setVisible(any && sheet.oneScale);
  if (any) {
    const Span range = sheet.scale().axis.range();
    sheetBar_->setScale({ColourMap::Even, AxisScale({0, 100 * range.high}, false)}, tr("%"));
  }
  {
    const QSignalBlocker quiet(sheet_);
    const AttentionChoice chosen = choice();
    const QString title = page() == AllHeads && position_ >= 0
                              ? tr("Attention at %1").arg(placeWords(picture_, answered_))
                              : tr("Attention patterns");
    sheet_->setPictures(sheet.pictures(title, theme.dark ? theme.line : theme.grid));
    sheet_->setCurrent(static_cast<int>(chosen.layer * facts_.heads + chosen.head));
  }
  fitSheet();
  oneScale_->setVisible(any);
  sheetWords_->setVisible(any);
  sheetNote_->setVisible(any);
  sheetNote_->setText(sheetNote());
  if (!any) return;
  const PictureCell& cell = sheet_->pictures().cells[static_cast<size_t>(sheet_->current())];
  sheetWords_->setText(cell.detail.isEmpty() ? cell.name : cell.name + QStringLiteral(" · ") + cell.detail);
}

void AttentionPanel::fitSheet() {
  // As high as the maps are at the largest zoom that the width allows.
  const PictureSet& set = sheet_->pictures();
  if (set.isEmpty()) return sheet_->setFixedHeight(kEmptySheet);
  const int columns = static_cast<int>(set.groups.size()), rows = set.count() / columns;
  const double ratio = devicePixelRatioF(), room = (width() - kSheetMargin - columns * set.gap) * ratio;
  const int zoom = std::max(1, static_cast<int>(room / (columns * set.width)));
  const double map = zoom * set.height / ratio + set.gap;
  sheet_->setFixedHeight(std::clamp(static_cast<int>(std::ceil(rows * map)) + kSheetHead, 60, kHighestSheet));
}

void AttentionPanel::resizeEvent(QResizeEvent* event) {
  QuestionPanel::resizeEvent(event);
  fitSheet();
}

void AttentionPanel::changeEvent(QEvent* event) {
  QuestionPanel::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && page() != Pixel) showSheet();
}

}  // namespace scanline
