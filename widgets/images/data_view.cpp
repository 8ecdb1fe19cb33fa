#include "widgets/images/data_view.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>
#include <cmath>

#include "widgets/images/bar_list.h"
#include "widgets/images/image_grid.h"
#include "widgets/images/palette_strip.h"
#include "widgets/number_text.h"

namespace scanline {

namespace {

QLabel* heading(const QString& text) {
  auto* label = new QLabel(text);
  QFont font = label->font();
  font.setBold(true);
  label->setFont(font);
  return label;
}

/// Pairs of a picture and its quantised self; adds the squared errors of all channels to `squares`.
PictureSet pairs(const DataPicture& data, const Palette& palette, double& squares) {
  const auto& images = data.images;
  PictureSet set;
  set.title = data.name;
  set.width = static_cast<int>(images.width);
  set.height = static_cast<int>(images.height);
  set.groups = {2};
  set.flow = true;
  set.groupGap = 12;
  for (int64_t i = 0; i < images.count; ++i) {
    QString label;
    if (!images.labels.empty()) {
      const auto index = static_cast<size_t>(images.labels[static_cast<size_t>(i)]);
      label = index < data.classNames.size() ? QString::fromStdString(data.classNames[index]) : QString::number(index);
    }
    set.cells.push_back({DataView::tr("Image %1").arg(i + 1), label, label, 0, false, 2});
    set.cells.push_back({DataView::tr("Image %1, in the palette's colours").arg(i + 1), {}, label, 0, false});
  }
  set.allocateAtlas();
  for (int64_t i = 0; i < images.count; ++i) {
    const auto bytes = images.image(i);
    const QPoint left = set.source(static_cast<int>(2 * i)).topLeft(),
                 right = set.source(static_cast<int>(2 * i + 1)).topLeft();
    for (int pixel = 0; pixel < set.width * set.height; ++pixel) {
      const auto* rgb = &bytes[static_cast<size_t>(3 * pixel)];
      const auto near = palette.rgb(palette.nearest(rgb[0], rgb[1], rgb[2]));
      const QPoint place(pixel % set.width, pixel / set.width);
      set.atlas.setPixel(left + place, qRgb(rgb[0], rgb[1], rgb[2]));
      set.atlas.setPixel(right + place, qRgb(near[0], near[1], near[2]));
      for (size_t c = 0; c < 3; ++c) squares += std::pow(static_cast<double>(rgb[c]) - near[c], 2);
    }
  }
  return set;
}

}  // namespace

DataView::DataView(QWidget* parent)
    : QWidget(parent),
      grid_(new ImageGrid),
      heading_(heading({})),
      side_(nullptr),
      sizes_(new QLabel),
      classesTitle_(heading(tr("Classes"))),
      classes_(new BarList),
      paletteTitle_(heading({})),
      strip_(new PaletteStrip),
      colour_(new QLabel) {
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(12, 12, 12, 12);
  layout->setSpacing(24);
  auto* pictures = new QVBoxLayout;
  pictures->setSpacing(8);
  pictures->addWidget(heading_);
  pictures->addWidget(grid_, 1);
  layout->addLayout(pictures, 1);
  side_ = makeSide();
  layout->addWidget(side_);
  grid_->setAccessibleName(tr("Training images beside their quantised selves"));
  connect(grid_, &ImageGrid::failed, this, &DataView::failed);
  connect(strip_, &PaletteStrip::pointed, colour_, [this](const QString& words) {
    colour_->setText(words.isEmpty() ? tr("Point at a colour to name it.") : words);
  });
  clear();
}

QWidget* DataView::makeSide() {
  auto* body = new QWidget;
  auto* layout = new QVBoxLayout(body);
  layout->setContentsMargins(0, 0, 8, 0);
  layout->setSpacing(8);
  layout->addWidget(heading(tr("Images")));
  sizes_->setTextFormat(Qt::RichText);
  layout->addWidget(sizes_);
  layout->addSpacing(16);
  layout->addWidget(classesTitle_);
  layout->addWidget(classes_);
  layout->addSpacing(16);
  layout->addWidget(paletteTitle_);
  layout->addWidget(strip_);
  colour_->setWordWrap(true);
  colour_->setForegroundRole(QPalette::PlaceholderText);
  colour_->setMinimumHeight(2 * fontMetrics().lineSpacing());
  colour_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  layout->addWidget(colour_);
  layout->addStretch(1);
  auto* scroll = new QScrollArea;
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFixedWidth(312);
  scroll->setWidget(body);
  return scroll;
}

void DataView::setData(const DataPicture& shown, const Palette& palette) {
  double squares = 0;
  grid_->setPictures(pairs(shown, palette, squares));
  const auto values = 3.0 * static_cast<double>(shown.images.count * shown.images.width * shown.images.height);
  error_ = values > 0 ? std::sqrt(squares / values) : 0;
  heading_->setText(tr("Training images, and the same in %1 colours · error %2 of 255")
                        .arg(palette.size())
                        .arg(text::number(error_, 3)));
  const auto line = [](const QString& name, const QString& value) {
    return QStringLiteral("<tr><td style='padding: 2px 0'>%1</td><td align='right' style='padding: 2px 0'>%2</td></tr>")
        .arg(name, value);
  };
  QString table = line(tr("Training"), text::steps(shown.trainImages)) +
                  line(tr("Validation"), text::steps(shown.validationImages));
  if (shown.testImages > 0) table += line(tr("Test"), text::steps(shown.testImages));
  table += line(tr("Size"), tr("%1 × %2 pixels").arg(shown.images.width).arg(shown.images.height));
  sizes_->setText(QStringLiteral("<table width='100%' cellspacing='0' cellpadding='0'>%1</table>").arg(table));

  QStringList names;
  for (const auto& name : shown.classNames) names << QString::fromStdString(name);
  const bool hasClasses = !names.isEmpty() && shown.classCounts.size() == shown.classNames.size();
  classesTitle_->setVisible(hasClasses);
  classes_->setVisible(hasClasses);
  if (hasClasses) classes_->setBars(names, shown.classCounts);
  paletteTitle_->setText(shown.colourUses.empty() ? tr("Palette, dark to light") : tr("Palette, most used first"));
  strip_->setColours(palette, shown.colourUses);
  colour_->setText(tr("Point at a colour to name it."));
  side_->show();
}

void DataView::setEmptyText(const QString& text) {
  grid_->setEmptyText(text);
}

void DataView::clear() {
  grid_->setPictures({});
  grid_->setEmptyText(tr("The training images come once the run has read them."));
  heading_->clear();
  side_->hide();
}

}  // namespace scanline
