#include "widgets/pages/data_view.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <cmath>

#include "widgets/images/bar_list.h"
#include "widgets/images/image_grid.h"
#include "widgets/images/palette_strip.h"
#include "widgets/pages/data_pictures.h"
#include "widgets/parts/heading.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/parts/wheel_focus.h"
#include "widgets/parts/wrap_row.h"

namespace scanline {

namespace {

/// Small grey words that may run over several lines.
QLabel* remark() {
  auto* label = new QLabel;
  label->setWordWrap(true);
  label->setForegroundRole(QPalette::PlaceholderText);
  label->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  return label;
}

/// Rows of a name and a number, as one label's text.
class Rows {
 public:
  void add(const QString& name, const QString& value) {
    rows_ +=
        QStringLiteral("<tr><td style='padding: 2px 0'>%1</td><td align='right' style='padding: 2px 0'>%2</td></tr>")
            .arg(name, value);
  }
  QString text() const {
    return QStringLiteral("<table width='100%' cellspacing='0' cellpadding='0'>%1</table>").arg(rows_);
  }

 private:
  QString rows_;
};

/// Whether there are pictures beside their quantised selves; sets that come as tokens have the latter alone.
bool isQuantised(const ShownData& data) {
  return !data.splits.empty() && std::ranges::all_of(data.splits, [](const ShownSplit& split) {
    return split.shown.count == split.images.count;
  });
}

}  // namespace

DataView::DataView(QWidget* parent)
    : QWidget(parent),
      split_(new QComboBox),
      class_(new QComboBox),
      modes_(new SegmentedControl(tr("Which pictures"))),
      shown_(remark()),
      zoom_(new QLabel),
      locate_(new QPushButton(tr("Locate…"))),
      columns_(new QBoxLayout(QBoxLayout::LeftToRight, this)),
      bar_(nullptr),
      grid_(new ImageGrid),
      side_(nullptr),
      sizes_(new QLabel),
      errorTitle_(headingLabel({})),
      error_(new QLabel),
      classesTitle_(headingLabel(tr("Classes"))),
      classes_(new BarList),
      paletteTitle_(headingLabel({})),
      strip_(new PaletteStrip),
      colour_(remark()),
      note_(remark()) {
  columns_->setContentsMargins(12, 12, 12, 12);
  auto* pictures = new QVBoxLayout;
  pictures->setSpacing(8);
  bar_ = makeBar();
  pictures->addWidget(bar_);
  pictures->addWidget(grid_, 1);
  locate_->setObjectName(QStringLiteral("locate"));
  locate_->setToolTip(tr("Say where the images of this run lie now"));
  pictures->addWidget(locate_, 0, Qt::AlignHCenter);
  connect(locate_, &QPushButton::clicked, this, &DataView::locateRequested);
  connect(grid_, &ImageGrid::zoomChanged, this, &DataView::showZoom);
  columns_->addLayout(pictures, 1);
  side_ = makeSide();
  columns_->addWidget(side_);
  arrange();
  connect(grid_, &ImageGrid::failed, this, &DataView::failed);
  connect(strip_, &PaletteStrip::pointed, colour_, [this](const QString& words) {
    colour_->setText(words.isEmpty() ? tr("Point at a colour to name it.") : words);
  });
  clear();
}

QWidget* DataView::makeBar() {
  split_->setAccessibleName(tr("Which images"));
  class_->setAccessibleName(tr("Of which class"));
  for (QComboBox* box : {split_, class_}) {
    needFocusForWheel(box);
    box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    connect(box, &QComboBox::currentIndexChanged, this, &DataView::showPictures);
  }
  modes_->add(static_cast<int>(Mode::Both), tr("Side by side"),
              tr("Each picture beside itself in the palette's colours"));
  modes_->add(static_cast<int>(Mode::Original), tr("Original"), tr("The pictures as they are"));
  modes_->add(static_cast<int>(Mode::Quantised), tr("Quantised"),
              tr("The pictures in the palette's colours, as the model sees them"));
  connect(modes_, &SegmentedControl::chosen, this, &DataView::showPictures);
  auto* which = new WrapRow(inGroup({split_, class_}), modes_, WrapRow::Second::Close);
  return new WrapRow(which, makeZoom(), WrapRow::Second::AtEnd);
}

QWidget* DataView::makeZoom() {
  const auto button = [this](const QString& text, const QString& tip, void (ImageGrid::*zoom)()) {
    auto* each = new QToolButton;
    each->setText(text);
    each->setToolTip(tip);
    each->setAccessibleName(tip);
    each->setAutoRaise(true);
    each->setMinimumSize(28, 28);
    connect(each, &QToolButton::clicked, grid_, zoom);
    return each;
  };
  zoom_->setAlignment(Qt::AlignCenter);
  zoom_->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("64 × ")));
  zoom_->setToolTip(tr("Screen pixels a picture pixel"));
  shown_->setWordWrap(false);
  shown_->setAlignment(Qt::AlignVCenter | Qt::AlignRight);
  return inGroup({shown_, button(QStringLiteral("−"), tr("Smaller (-)"), &ImageGrid::zoomOut), zoom_,
                  button(QStringLiteral("+"), tr("Larger (+)"), &ImageGrid::zoomIn),
                  button(tr("Fit"), tr("As large as fits (0)"), &ImageGrid::zoomToFit)});
}

void DataView::showZoom() {
  zoom_->setText(grid_->pictures().isEmpty() ? QString() : tr("%1 ×").arg(grid_->shownZoom()));
}

QWidget* DataView::makeSide() {
  auto* body = new QWidget;
  auto* layout = new QVBoxLayout(body);
  layout->setContentsMargins(0, 0, 8, 0);
  layout->setSpacing(8);
  layout->addWidget(headingLabel(tr("Images")));
  for (QLabel* table : {sizes_, error_}) table->setTextFormat(Qt::RichText);
  layout->addWidget(sizes_);
  layout->addWidget(note_);
  layout->addSpacing(8);
  layout->addWidget(errorTitle_);
  layout->addWidget(error_);
  layout->addSpacing(8);
  layout->addWidget(classesTitle_);
  layout->addWidget(classes_);
  layout->addSpacing(8);
  layout->addWidget(paletteTitle_);
  layout->addWidget(strip_);
  colour_->setMinimumHeight(2 * fontMetrics().lineSpacing());
  layout->addWidget(colour_);
  layout->addStretch(1);
  auto* scroll = new QScrollArea;
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setWidget(body);
  return scroll;
}

/// Beside the pictures, the numbers leave them room only in a wide window.
void DataView::arrange() {
  constexpr int kSideWidth = 312, kWide = 660;
  const bool wide = width() >= kWide;
  columns_->setDirection(wide ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
  columns_->setSpacing(wide ? 24 : 12);
  columns_->setStretch(0, wide ? 1 : 3);
  columns_->setStretch(1, wide ? 0 : 2);
  side_->setMinimumWidth(wide ? kSideWidth : 0);
  side_->setMaximumWidth(wide ? kSideWidth : QWIDGETSIZE_MAX);
}

QSize DataView::minimumSizeHint() const {
  return {280, 320};
}

void DataView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  arrange();
}

DataView::Mode DataView::mode() const {
  return isQuantised(data_) ? static_cast<Mode>(modes_->current()) : Mode::Original;
}

void DataView::setData(ShownData picture) {
  data_ = std::move(picture);
  const QString before = split_->currentText();
  {
    const QSignalBlocker quiet(split_);
    split_->clear();
    for (const ShownSplit& split : data_.splits) split_->addItem(split.name);
    split_->setCurrentIndex(std::max(0, split_->findText(before)));
  }
  modes_->setVisible(isQuantised(data_));
  fillClasses();
  showPictures();
  showSizes();
  showError();
  showClasses();
  showPalette();
  note_->setText(data_.note);
  note_->setVisible(!data_.note.isEmpty());
  bar_->show();
  side_->show();
  locate_->hide();
}

/// The class stays chosen where the new data have it.
void DataView::fillClasses() {
  const QString before = class_->currentText();
  const QSignalBlocker quiet(class_);
  class_->clear();
  class_->addItem(tr("all classes"), -1);
  const bool labelled =
      std::ranges::any_of(data_.splits, [](const ShownSplit& split) { return !split.images.labels.empty(); });
  for (size_t i = 0; labelled && i < data_.classNames.size(); ++i)
    class_->addItem(QString::fromStdString(data_.classNames[i]), static_cast<int>(i));
  class_->setCurrentIndex(std::max(0, class_->findText(before)));
  class_->setVisible(class_->count() > 1);
}

void DataView::showPictures() {
  const auto at = static_cast<size_t>(std::max(0, split_->currentIndex()));
  if (at >= data_.splits.size()) return grid_->setPictures({});
  const ShownSplit& split = data_.splits[at];
  const Mode shown = mode();
  const int64_t ofClass = split.images.labels.empty() ? -1 : class_->currentData().toLongLong();
  const auto chosen = chosenImages(split, ofClass);
  grid_->setPictures(picturesOf(data_, split, chosen, shown != Mode::Quantised, shown != Mode::Original));
  grid_->setEmptyText(tr("None of this class is among the images that were read."));
  grid_->setAccessibleName(shown == Mode::Both
                               ? tr("%1 images beside their quantised selves").arg(split_->currentText())
                               : tr("%1 images").arg(split_->currentText()));
  const bool counted = ofClass >= 0 && at == 0 && static_cast<size_t>(ofClass) < data_.classCounts.size();
  const int64_t of = ofClass < 0 ? split.count : counted ? data_.classCounts[static_cast<size_t>(ofClass)] : 0;
  shown_->setText(of > 0 ? tr("%1 of %2").arg(text::steps(std::ssize(chosen)), text::steps(of))
                         : text::steps(std::ssize(chosen)));
  shown_->setToolTip(tr("Images shown"));
  showZoom();
}

void DataView::showSizes() {
  Rows rows;
  for (const ShownSplit& split : data_.splits) rows.add(split.name, text::steps(split.count));
  if (!data_.splits.empty()) {
    const ImageSet& images = data_.splits.front().images;
    rows.add(tr("Size"), tr("%1 × %2 pixels").arg(images.width).arg(images.height));
  }
  sizes_->setText(rows.text());
}

void DataView::showError() {
  errorTitle_->setVisible(data_.error.has_value());
  error_->setVisible(data_.error.has_value());
  if (!data_.error) return;
  errorTitle_->setText(tr("Error of %1 colours").arg(text::steps(data_.palette ? data_.palette->size() : 0)));
  const auto& error = *data_.error;
  const auto level = [](double value) {
    return value == 0 ? QStringLiteral("0") : QString::number(value, 'f', value < 10 ? 2 : 1);
  };
  Rows rows;
  const std::array names{tr("Mean square, red"), tr("Mean square, green"), tr("Mean square, blue")};
  const bool grey = error.meanSquare[0] == error.meanSquare[1] && error.meanSquare[1] == error.meanSquare[2];
  if (!grey)
    for (size_t c = 0; c < 3; ++c) rows.add(names[c], level(error.meanSquare[c]));
  rows.add(grey ? tr("Mean square, each channel") : tr("Mean square, all"), level(error.overall()));
  const double decibels = psnr(error.overall());
  rows.add(tr("PSNR"), std::isfinite(decibels) ? tr("%1 dB").arg(decibels, 0, 'f', 1) : tr("nothing lost"));
  error_->setText(rows.text());
  error_->setToolTip(
      tr("Squared difference between each pixel and its colour of the palette, in levels of 0 to 255, over %1 training images. PSNR: 10 log₁₀(255² / mean square).")
          .arg(text::steps(data_.measuredImages)));
}

void DataView::showClasses() {
  QStringList names;
  for (const auto& name : data_.classNames) names << QString::fromStdString(name);
  const bool any = !names.isEmpty() && data_.classCounts.size() == data_.classNames.size();
  classesTitle_->setVisible(any);
  classes_->setVisible(any);
  if (any) classes_->setBars(names, data_.classCounts);
}

void DataView::showPalette() {
  for (QWidget* part : std::initializer_list<QWidget*>{paletteTitle_, strip_, colour_})
    part->setVisible(data_.palette.has_value());
  if (!data_.palette) return strip_->clear();
  const auto unused = std::count(data_.colourUses.begin(), data_.colourUses.end(), 0);
  paletteTitle_->setText(data_.colourUses.empty() ? tr("Palette, dark to light")
                         : unused > 0             ? tr("Palette, most used first, %1 unused").arg(unused)
                                                  : tr("Palette, most used first"));
  strip_->setColours(*data_.palette, data_.colourUses);
  colour_->setText(tr("Point at a colour to name it."));
}

void DataView::setEmptyText(const QString& text) {
  grid_->setEmptyText(text);
  locate_->hide();
}

void DataView::setMissing(const QString& sentence, bool mayLocate) {
  grid_->setEmptyText(sentence);
  locate_->setVisible(mayLocate);
}

void DataView::clear() {
  data_ = {};
  grid_->setPictures({});
  grid_->setEmptyText(tr("The training images come once the run has read them."));
  bar_->hide();
  side_->hide();
  locate_->hide();
}

}  // namespace scanline
