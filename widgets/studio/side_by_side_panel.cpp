#include "widgets/studio/side_by_side_panel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QResizeEvent>
#include <QSignalBlocker>
#include <algorithm>
#include <utility>

#include "widgets/parts/number_text.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/parts/wheel_focus.h"
#include "widgets/studio/pair_view.h"
#include "widgets/studio/scale_bar.h"
#include "widgets/studio/side_cell.h"
#include "widgets/studio/token_map.h"

namespace scanline {

namespace {
constexpr int kCellWidth = 128;  // the least that a column needs
}

SideBySidePanel::SideBySidePanel(QWidget* parent)
    : QuestionPanel(tr("Side by side"), parent),
      mode_(new SegmentedControl(tr("How they are shown"))),
      add_(new QComboBox),
      draw_(new QPushButton),
      hint_(noteLabel()),
      columnsPart_(new QWidget),
      pairPart_(nullptr),
      choiceRow_(new QWidget),
      blinkRow_(new QWidget),
      grid_(new QGridLayout(columnsPart_)),
      first_(new QComboBox),
      second_(new QComboBox),
      pair_(new PairView),
      blinking_(new QCheckBox(tr("Blink"))),
      rate_(new QDoubleSpinBox),
      bar_(new ScaleBar),
      words_(noteLabel()),
      pointed_(noteLabel()) {
  build();
  connect(mode_, &SegmentedControl::chosen, this, &SideBySidePanel::refresh);
  connect(add_, &QComboBox::activated, this, [this](int index) {
    const QString key = add_->itemData(index).toString();
    add_->setCurrentIndex(0);
    if (!key.isEmpty()) emit columnAddRequested(key);
  });
  connect(draw_, &QPushButton::clicked, this, [this] { drawing_ ? emit stopRequested() : emit drawRequested(); });
  for (QComboBox* box : {first_, second_})
    connect(box, &QComboBox::currentIndexChanged, this, &SideBySidePanel::showPair);
  connect(blinking_, &QCheckBox::toggled, pair_, &PairView::setBlinking);
  connect(rate_, &QDoubleSpinBox::valueChanged, pair_, &PairView::setRate);
  connect(pair_, &PairView::blinkingChanged, blinking_, &QCheckBox::setChecked);
  connect(pair_, &PairView::flipped, this, &SideBySidePanel::showWords);
  connect(pair_, &PairView::pixelHovered, this, &SideBySidePanel::showHovered);
  refresh();
}

void SideBySidePanel::build() {
  mode_->setObjectName(QStringLiteral("mode"));
  mode_->add(Columns, tr("All"), tr("All beside one another"));
  mode_->add(Wipe, tr("Wipe"), tr("Two in one place, with a divider to drag"));
  mode_->add(Blink, tr("Blink"), tr("Two in one place, one after the other"));
  mode_->add(Difference, tr("Difference"), tr("Which pixels of two differ, and by how much"));
  add_->setObjectName(QStringLiteral("add"));
  add_->setAccessibleName(tr("Add a model or checkpoint"));
  add_->setToolTip(tr("A column more, up to four"));
  add_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  add_->setMinimumContentsLength(12);
  needFocusForWheel(add_);
  draw_->setObjectName(QStringLiteral("draw"));
  draw_->setToolTip(tr("All columns draw the same picture with the same mask and random numbers"));
  hint_->setObjectName(QStringLiteral("hint"));
  grid_->setContentsMargins(0, 0, 0, 0);
  grid_->setSpacing(12);
  auto* bottom = new QHBoxLayout;
  bottom->addWidget(add_, 1);
  bottom->addWidget(draw_);
  auto* column = content();
  column->addWidget(mode_, 0, Qt::AlignLeft);
  column->addLayout(bottom);
  column->addWidget(hint_);
  column->addWidget(columnsPart_);
  pairPart_ = makePairPart();
  column->addWidget(pairPart_);
}

QWidget* SideBySidePanel::makePairPart() {
  auto* part = new QWidget;
  auto* column = new QVBoxLayout(part);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(8);
  auto* choices = new QGridLayout(choiceRow_);
  choices->setContentsMargins(0, 0, 0, 0);
  choices->setVerticalSpacing(4);
  int row = 0;
  for (const auto& [box, name, what] : {std::tuple{first_, QStringLiteral("first"), tr("First")},
                                        std::tuple{second_, QStringLiteral("second"), tr("Second")}}) {
    box->setObjectName(name);
    box->setAccessibleName(what);
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(12);
    needFocusForWheel(box);
    auto* label = new QLabel(what);
    label->setBuddy(box);
    choices->addWidget(label, row, 0);
    choices->addWidget(box, row++, 1);
  }
  choices->setColumnStretch(1, 1);
  pair_->setObjectName(QStringLiteral("pair"));
  blinking_->setObjectName(QStringLiteral("blinking"));
  blinking_->setToolTip(tr("Space, on the picture, changes by hand"));
  rate_->setObjectName(QStringLiteral("rate"));
  rate_->setAccessibleName(tr("Changes a second"));
  rate_->setRange(0.5, 10);
  rate_->setSingleStep(0.5);
  rate_->setDecimals(1);
  rate_->setValue(2);
  rate_->setSuffix(tr(" a second"));
  needFocusForWheel(rate_);
  auto* blink = new QHBoxLayout(blinkRow_);
  blink->setContentsMargins(0, 0, 0, 0);
  blink->addWidget(blinking_);
  blink->addWidget(rate_);
  blink->addStretch(1);
  bar_->setObjectName(QStringLiteral("scale"));
  words_->setObjectName(QStringLiteral("words"));
  pointed_->setObjectName(QStringLiteral("pointed"));
  for (QWidget* widget : {choiceRow_, static_cast<QWidget*>(pair_), static_cast<QWidget*>(bar_), blinkRow_,
                          static_cast<QWidget*>(words_), static_cast<QWidget*>(pointed_)})
    column->addWidget(widget);
  return part;
}

// --- values in ---

void SideBySidePanel::setChoices(const std::vector<ModelChoice>& choices) {
  choices_ = choices;
  refresh();
}

void SideBySidePanel::setColumns(const std::vector<SideColumn>& columns) {
  columns_ = columns;
  if (std::ssize(columns_) > kMostColumns) columns_.resize(kMostColumns);
  std::vector<ModelChoice> models;
  for (const SideColumn& column : columns_) models.push_back(column.model);
  const QString first = first_->currentData().toString(), second = second_->currentData().toString();
  fillModels(*first_, {}, models);
  fillModels(*second_, {}, models);
  // The first two, unless the person chose others that are still there.
  const QSignalBlocker quiet(second_);
  if (columns_.size() > 1 && (second.isEmpty() || second_->findData(second) < 0 || second == first))
    second_->setCurrentIndex(first_->currentIndex() == 1 ? 0 : 1);
  rebuildCells();
  refresh();
}

void SideBySidePanel::setPicture(const QString& key, const StudioPicture& picture, const QString& caption) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].model.key != key) continue;
    columns_[i].picture = picture;
    columns_[i].caption = caption;
    cells_[i]->setPicture(picture, caption);
    showPair();
  }
}

void SideBySidePanel::setDrawing(bool drawing) {
  drawing_ = drawing;
  refresh();
}

SideBySidePanel::Mode SideBySidePanel::mode() const {
  return static_cast<Mode>(mode_->current());
}

void SideBySidePanel::setMode(Mode mode) {
  mode_->setCurrent(mode);
  refresh();
}

// --- display ---

void SideBySidePanel::rebuildCells() {
  for (SideCell* cell : cells_) cell->deleteLater();
  cells_.clear();
  for (const SideColumn& column : columns_) {
    auto* cell = new SideCell(column);
    const QString key = column.model.key;
    connect(cell, &SideCell::removeRequested, this, [this, key] { emit columnRemoveRequested(key); });
    connect(cell->map(), &TokenMap::failed, this, &SideBySidePanel::failed);
    // A pixel that is pointed at in one picture is marked in all.
    connect(cell->map(), &TokenMap::hoveredChanged, this, [this](qint64 position) {
      for (SideCell* each : cells_) each->map()->setChosen(position);
    });
    cells_.push_back(cell);
  }
  placeCells();
}

void SideBySidePanel::placeCells() {
  const int room = std::max(1, (width() - 24 + grid_->spacing()) / (kCellWidth + grid_->spacing()));
  // Three and four stand as two rows of two rather than as three and one.
  const int count = static_cast<int>(cells_.size());
  const int across = room >= count ? std::max(1, count) : std::clamp(room, 1, 2);
  for (SideCell* cell : cells_) grid_->removeWidget(cell);
  for (int i = 0; i < kMostColumns; ++i) grid_->setColumnStretch(i, i < across ? 1 : 0);
  for (int i = 0; i < count; ++i) grid_->addWidget(cells_[static_cast<size_t>(i)], i / across, i % across);
}

void SideBySidePanel::resizeEvent(QResizeEvent* event) {
  QuestionPanel::resizeEvent(event);
  placeCells();
}

void SideBySidePanel::refresh() {
  std::vector<ModelChoice> free = choices_;
  std::erase_if(free, [this](const ModelChoice& choice) {
    return std::ranges::any_of(columns_, [&](const SideColumn& column) { return column.model.key == choice.key; });
  });
  const bool full = std::ssize(columns_) >= kMostColumns;
  fillModels(*add_,
             full           ? tr("Four columns are the most")
             : free.empty() ? tr("No other model")
                            : tr("Add a model…"),
             full ? std::vector<ModelChoice>() : free);
  add_->setCurrentIndex(0);
  add_->setEnabled(add_->count() > 1);
  draw_->setText(drawing_ ? tr("Stop") : tr("Draw"));
  draw_->setEnabled(drawing_ || columns_.size() > 1);
  hint_->setVisible(columns_.size() < 2);
  hint_->setText(columns_.empty()
                     ? tr("Add two to four models or checkpoints. They draw the picture on the canvas with "
                          "the same mask and the same random numbers.")
                     : tr("Add one more to compare with."));
  const bool alone = mode() == Columns;
  columnsPart_->setVisible(alone && !columns_.empty());
  pairPart_->setVisible(!alone && columns_.size() > 1);
  choiceRow_->setVisible(columns_.size() > 2);
  blinkRow_->setVisible(mode() == Blink);
  if (!alone) pair_->setMode(static_cast<PairView::Mode>(mode() - Wipe));
  if (mode() == Blink) pair_->setBlinking(blinking_->isChecked());
  if (alone) pair_->setBlinking(false);
  showPair();
}

const SideColumn* SideBySidePanel::columnOf(const QComboBox* box) const {
  const int index = box->currentIndex();
  return index >= 0 && index < std::ssize(columns_) ? &columns_[static_cast<size_t>(index)] : nullptr;
}

void SideBySidePanel::showPair() {
  const SideColumn *a = columnOf(first_), *b = columnOf(second_);
  if (!a || !b) return;
  const QImage first = a->picture.image(), second = b->picture.image();
  pair_->setNames(a->model.name, b->model.name);
  pair_->setEmptyText(first.isNull() || second.isNull()
                          ? tr("Not drawn yet")
                          : tr("The two models have pictures of different sizes, which cannot lie over one another."));
  pair_->setPictures(first, second);
  const PictureDifference& difference = pair_->difference();
  const bool ready = !difference.isEmpty();
  bar_->setVisible(ready && mode() == Difference);
  if (ready) bar_->setScale(difference.scale(), tr("RGB"));
  words_->setVisible(ready);
  pointed_->setVisible(ready && mode() == Difference);
  if (!ready) return;
  showWords();
  showHovered({-1, -1});
}

void SideBySidePanel::showWords() {
  const SideColumn *a = columnOf(first_), *b = columnOf(second_);
  const PictureDifference& difference = pair_->difference();
  if (!a || !b || difference.isEmpty()) return;
  if (mode() == Wipe) words_->setText(tr("Left: %1. Right: %2.").arg(a->model.name, b->model.name));
  if (mode() == Blink) words_->setText(tr("Now: %1").arg(pair_->showsSecond() ? b->model.name : a->model.name));
  if (mode() == Difference)
    words_->setText(difference.differing == 0
                        ? tr("All %1 pixels are the same.").arg(text::steps(difference.pixels()))
                        : tr("%1 of %2 pixels differ (%3): by %4 on average, at most by %5.")
                              .arg(text::steps(difference.differing), text::steps(difference.pixels()),
                                   text::percent(static_cast<double>(difference.differing) /
                                                 static_cast<double>(difference.pixels())),
                                   QString::number(difference.mean, 'f', 1),
                                   QString::number(difference.greatest, 'f', 1)));
}

void SideBySidePanel::showHovered(QPoint pixel) {
  if (mode() != Difference) return;
  const PictureDifference& difference = pair_->difference();
  const bool any = pixel.x() >= 0 && !difference.isEmpty();
  const float distance = any ? difference.distance[static_cast<size_t>(pixel.y() * difference.width + pixel.x())] : 0;
  bar_->setMark(any ? std::optional<double>(distance) : std::nullopt);
  pointed_->setText(any ? tr("row %1, column %2 · distance %3")
                              .arg(pixel.y() + 1)
                              .arg(pixel.x() + 1)
                              .arg(QString::number(distance, 'f', 1))
                        : tr("Point at a pixel to read its distance."));
}

}  // namespace scanline
