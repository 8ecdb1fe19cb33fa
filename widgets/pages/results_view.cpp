#include "widgets/pages/results_view.h"

#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <utility>

#include "widgets/images/image_grid.h"
#include "widgets/images/picture_export.h"
#include "widgets/pages/low_data_view.h"
#include "widgets/pages/search_view.h"
#include "widgets/parts/heading.h"
#include "widgets/parts/theme.h"
#include "widgets/plot/chart.h"

namespace scanline {

namespace {

constexpr Chart::Key kLine = 0;

void setLine(Chart& chart, const std::vector<QPointF>& points, int colour) {
  chart.setLine(kLine, {.colour = colour, .look = LineLook::Points});
  chart.clear(kLine);
  chart.append(kLine, points);
  chart.setVisible(!points.empty());
}

}  // namespace

ResultsView::ResultsView(QWidget* parent)
    : QWidget(parent),
      heading_(new QLabel(this)),
      subtitle_(new QLabel(this)),
      numbers_(new QLabel(this)),
      empty_(new QLabel(this)),
      save_(new QPushButton(tr("Save picture…"), this)),
      losses_(
          new Chart({.title = tr("Validation loss"), .xTitle = tr("step"), .empty = {}, .y = TickText::Nats}, this)),
      byLayer_(new Chart({.title = tr("Accuracy by layer, %"),
                          .xTitle = tr("layer"),
                          .empty = {},
                          .x = TickText::Layers,
                          .y = TickText::Percent},
                         this)),
      picturesTitle_(new QLabel(tr("Newest completions"), this)),
      pictures_(new ImageGrid(this)),
      lowData_(new LowDataView(this)),
      search_(new SearchView(this)) {
  QFont large = font();
  large.setPointSizeF(large.pointSizeF() * 1.3);
  large.setWeight(QFont::DemiBold);
  heading_->setFont(large);
  picturesTitle_->setFont(headingFont(font()));
  for (QLabel* label : {heading_, subtitle_}) {
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
  }
  subtitle_->setForegroundRole(QPalette::PlaceholderText);
  numbers_->setObjectName(QStringLiteral("numbers"));
  numbers_->setTextFormat(Qt::RichText);
  numbers_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  numbers_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  numbers_->setWordWrap(true);
  empty_->setAlignment(Qt::AlignCenter);
  empty_->setWordWrap(true);
  empty_->setForegroundRole(QPalette::PlaceholderText);
  save_->setToolTip(tr("The card as a PNG"));
  pictures_->setAccessibleName(picturesTitle_->text());
  pictures_->setMinimumHeight(8 * fontMetrics().height());
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(12, 12, 12, 12);
  column->setSpacing(12);
  column->addWidget(lowData_, 3);
  column->addWidget(search_, 3);
  card_ = makeCard();
  column->addWidget(card_, 2);
  column->addWidget(empty_, 1);
  for (Chart* chart : {losses_, byLayer_}) connect(chart, &Chart::failed, this, &ResultsView::failed);
  connect(pictures_, &ImageGrid::failed, this, &ResultsView::failed);
  connect(save_, &QPushButton::clicked, this, [this] {
    save_->hide();  // it is no part of the picture
    const QImage picture = card_->grab().toImage();
    save_->show();
    const QString problem = askAndSavePng(this, picture, fileNameFor(heading_->text()));
    if (!problem.isEmpty()) emit failed(problem);
  });
  setCurves({});
  setPictures({});
  setEmptyText(tr("Choose a run in the table to see its results."));
}

QWidget* ResultsView::makeCard() {
  auto* card = new QWidget(this);
  card->setObjectName(QStringLiteral("card"));
  card->setBackgroundRole(QPalette::Base);
  card->setAutoFillBackground(true);
  pictures_->viewport()->setBackgroundRole(QPalette::Base);
  auto* head = new QVBoxLayout;
  head->setSpacing(4);
  head->addWidget(heading_);
  head->addWidget(subtitle_);
  auto* top = new QHBoxLayout;
  top->addLayout(head, 1);
  top->addWidget(save_, 0, Qt::AlignTop);
  auto* sheet = new QVBoxLayout;
  sheet->setSpacing(6);
  sheet->addWidget(picturesTitle_);
  sheet->addWidget(pictures_, 1);
  auto* grid = new QGridLayout(card);
  grid->setContentsMargins(24, 20, 24, 20);
  grid->setHorizontalSpacing(24);
  grid->setVerticalSpacing(16);
  grid->addLayout(top, 0, 0, 1, 2);
  grid->addWidget(numbers_, 1, 0);
  grid->addLayout(sheet, 1, 1);
  grid->addWidget(losses_, 2, 0);
  grid->addWidget(byLayer_, 2, 1);
  grid->setColumnStretch(0, 1);
  grid->setColumnStretch(1, 1);
  grid->setRowStretch(2, 1);
  return card;
}

void ResultsView::setResults(const QString& heading, const QString& subtitle, std::vector<ResultRow> rows, Part part) {
  heading_->setText(heading);
  subtitle_->setText(subtitle);
  subtitle_->setVisible(!subtitle.isEmpty());
  part_ = part;
  rows_ = std::move(rows);
  refresh();
}

void ResultsView::setCurves(const ResultCurves& curves) {
  setLine(*losses_, curves.losses, curves.colour);
  if (!curves.lossTitle.isEmpty()) losses_->setTitle(curves.lossTitle);
  setLine(*byLayer_, curves.byLayer, curves.colour);
}

void ResultsView::setPictures(const PictureSet& pictures) {
  pictures_->setPictures(pictures);
  picturesTitle_->setVisible(!pictures.isEmpty());
  pictures_->setVisible(!pictures.isEmpty());
}

void ResultsView::setEmptyText(const QString& text) {
  empty_->setText(text);
  refresh();
}

void ResultsView::refresh() {
  lowData_->setVisible(part_ == Part::LowData);
  search_->setVisible(part_ == Part::Search);
  card_->setVisible(!rows_.empty());
  empty_->setVisible(rows_.empty() && part_ == Part::None);
  const QString muted = Theme(palette()).mutedText.name();
  QString table;
  for (const ResultRow& row : rows_)
    table +=
        QStringLiteral(
            "<tr><td style='padding: 3px 24px 3px 0'>%1</td><td align='right' style='padding: 3px 24px 3px 0'><b>%2</b></td><td style='padding: 3px 0; color: %4'>%3</td></tr>")
            .arg(row.name.toHtmlEscaped(), row.value.toHtmlEscaped(), row.detail.toHtmlEscaped(), muted);
  numbers_->setText(QStringLiteral("<table cellspacing='0' cellpadding='0'>%1</table>").arg(table));
}

void ResultsView::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  emit shown();
}

void ResultsView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && card_) refresh();  // it is sent while the parts are made, too
}

}  // namespace scanline
