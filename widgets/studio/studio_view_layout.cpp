#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>

#include "widgets/parts/elided_label.h"
#include "widgets/parts/icon_button.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/parts/theme.h"
#include "widgets/parts/wheel_focus.h"
#include "widgets/studio/canvas_bar.h"
#include "widgets/studio/colour_swatches.h"
#include "widgets/studio/draw_panel.h"
#include "widgets/studio/original_view.h"
#include "widgets/studio/panel_tabs.h"
#include "widgets/studio/picture_canvas.h"
#include "widgets/studio/source_column.h"
#include "widgets/studio/studio_view.h"

// The parts of the page and where they stand.

namespace scanline {

namespace {

constexpr int kMargin = 12, kOriginal = 144, kHandle = 1;
constexpr int kSwatchRows = 112;  // height of the palette, which scrolls

QFont strong(const QWidget* widget) {
  QFont font = widget->font();
  font.setWeight(QFont::DemiBold);
  return font;
}

}  // namespace

void StudioView::makeLayout() {
  pages_ = new QStackedWidget;
  pages_->addWidget(makeEmpty());
  auto* body = new QWidget;
  auto* column = new QVBoxLayout(body);
  column->setContentsMargins(kMargin, 8, 0, kMargin);  // panels have margins of their own
  column->setSpacing(8);
  column->addWidget(makeHead());
  auto* problem = new QHBoxLayout;
  problem->setContentsMargins(0, 0, kMargin, 0);
  problem->addWidget(makeProblem());
  column->addLayout(problem);
  auto* columns = new QSplitter(Qt::Horizontal);
  columns->setObjectName(QStringLiteral("studioColumns"));
  columns->setChildrenCollapsible(false);
  columns->setHandleWidth(kHandle);
  const auto padded = [](QWidget* part, int left, int right) {
    auto* box = new QWidget;
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(left, 0, right, 0);
    row->addWidget(part);
    return box;
  };
  sourcesPart_ = padded(sources_, 0, kMargin);
  centre_ = padded(makeCentre(), kMargin, kMargin);
  columns->addWidget(sourcesPart_);
  columns->addWidget(centre_);
  columns->addWidget(tabs_);
  columns->setStretchFactor(0, 0);
  columns->setStretchFactor(1, 3);
  columns->setStretchFactor(2, 2);
  columns->setSizes({190, 520, 330});
  column->addWidget(columns, 1);
  pages_->addWidget(body);
  tabs_->add(draw_, tr("Draw"));
  auto* whole = new QVBoxLayout(this);
  whole->setContentsMargins(0, 0, 0, 0);
  whole->addWidget(pages_);
}

QWidget* StudioView::makeEmpty() {
  emptyWords_ = new QLabel;
  emptyWords_->setObjectName(QStringLiteral("noModel"));
  emptyWords_->setWordWrap(true);
  emptyWords_->setAlignment(Qt::AlignCenter);
  emptyWords_->setFixedWidth(460);
  quickStart_ = new QPushButton(tr("Start the quick start"));
  quickStart_->setObjectName(QStringLiteral("studioQuickStart"));
  connect(quickStart_, &QPushButton::clicked, this, &StudioView::quickStartRequested);
  auto* page = new QWidget;
  auto* column = new QVBoxLayout(page);
  column->setSpacing(16);
  column->addStretch(1);
  auto* words = new QHBoxLayout;  // aligned by itself a label has the height of fewer lines
  words->addStretch(1);
  words->addWidget(emptyWords_);
  words->addStretch(1);
  column->addLayout(words);
  column->addWidget(quickStart_, 0, Qt::AlignHCenter);
  column->addStretch(1);
  return page;
}

QWidget* StudioView::makeHead() {
  runName_ = new ElidedLabel;
  runName_->setObjectName(QStringLiteral("studioRun"));
  runName_->setFont(strong(runName_));
  runName_->setMinimumWidth(48);  // long names give way
  checkpoint_ = new QComboBox;
  checkpoint_->setObjectName(QStringLiteral("checkpoint"));
  checkpoint_->setAccessibleName(tr("Checkpoint"));
  checkpoint_->setToolTip(tr("The model as it was at this step"));
  checkpoint_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  checkpoint_->setMinimumWidth(120);
  needFocusForWheel(checkpoint_);
  connect(checkpoint_, &QComboBox::activated, this,
          [this] { emit checkpointChosen(checkpoint_->currentData().toLongLong()); });
  loading_ = new QLabel;
  loading_->setObjectName(QStringLiteral("loading"));
  loading_->setForegroundRole(QPalette::PlaceholderText);
  auto* head = new QWidget;
  auto* row = new QHBoxLayout(head);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(12);
  row->addWidget(runName_);
  row->addWidget(checkpoint_);
  row->addWidget(loading_);
  row->addStretch(1);
  pictures_ = new QToolButton;
  pictures_->setObjectName(QStringLiteral("showPictures"));
  pictures_->setText(tr("Pictures"));
  pictures_->setToolTip(tr("Choose a picture; the page is too narrow to show them all the time"));
  pictures_->setCheckable(true);
  pictures_->setFocusPolicy(Qt::StrongFocus);
  pictures_->hide();
  connect(pictures_, &QToolButton::toggled, this, &StudioView::showColumns);
  row->addWidget(pictures_);
  row->addSpacing(kMargin);
  return head;
}

QWidget* StudioView::makeProblem() {
  problemPart_ = new QFrame;
  problemPart_->setObjectName(QStringLiteral("problemPart"));
  problem_ = new QLabel;
  problem_->setObjectName(QStringLiteral("problem"));
  problem_->setWordWrap(true);
  problem_->setTextFormat(Qt::PlainText);
  problem_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  auto* close = new IconButton(QStringLiteral("close"), tr("Close"), problemPart_);
  close->setObjectName(QStringLiteral("closeProblem"));
  close->setFocusPolicy(Qt::TabFocus);
  connect(close, &QToolButton::clicked, problemPart_, &QWidget::hide);
  problemMark_ = new QLabel;
  auto* row = new QHBoxLayout(problemPart_);
  row->setContentsMargins(8, 4, 4, 4);
  row->setSpacing(8);
  row->addWidget(problemMark_, 0, Qt::AlignTop);
  row->addWidget(problem_, 1);
  row->addWidget(close, 0, Qt::AlignTop);
  problemPart_->hide();
  restyle();
  return problemPart_;
}

QWidget* StudioView::makeCentre() {
  auto* centre = new QWidget;
  auto* column = new QVBoxLayout(centre);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(8);
  column->addWidget(bar_);
  canvas_->setObjectName(QStringLiteral("canvas"));
  canvas_->setMinimumSize(160, 160);
  originalView_->setObjectName(QStringLiteral("original"));
  originalView_->setMaximumWidth(kOriginal);
  auto* beside = new QHBoxLayout;
  beside->setSpacing(kMargin);
  beside->addWidget(canvas_, 4);
  beside->addWidget(originalView_, 1, Qt::AlignTop);
  column->addLayout(beside, 1);
  place_ = new QLabel;
  place_->setObjectName(QStringLiteral("place"));
  place_->setForegroundRole(QPalette::PlaceholderText);
  place_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
  place_->setMinimumHeight(place_->fontMetrics().lineSpacing());  // the canvas stays where it is
  column->addWidget(place_);
  column->addWidget(makePalette());
  return centre;
}

QWidget* StudioView::makePalette() {
  swatches_->setObjectName(QStringLiteral("swatches"));
  order_ = new SegmentedControl(tr("Order of the colours"));
  order_->setObjectName(QStringLiteral("swatchOrder"));
  order_->add(static_cast<int>(SwatchOrder::ByUse), tr("By use"), tr("Colours that the data use most come first"));
  order_->add(static_cast<int>(SwatchOrder::ByColour), tr("By colour"), tr("Greys, then hue by hue"));
  connect(order_, &SegmentedControl::chosen, this,
          [this](int id) { swatches_->setOrder(static_cast<SwatchOrder>(id)); });
  colourWords_ = new QLabel;
  colourWords_->setObjectName(QStringLiteral("colourWords"));
  colourWords_->setForegroundRole(QPalette::PlaceholderText);
  colourWords_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  auto* area = new QScrollArea;
  area->setFrameShape(QFrame::NoFrame);
  area->setWidgetResizable(true);
  area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  area->setMaximumHeight(kSwatchRows);
  area->setWidget(swatches_);
  area->setFocusPolicy(Qt::NoFocus);
  palettePart_ = new QWidget;
  auto* column = new QVBoxLayout(palettePart_);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(6);
  auto* row = new QHBoxLayout;
  row->setSpacing(12);
  row->addWidget(order_);
  row->addWidget(colourWords_, 1);
  column->addLayout(row);
  column->addWidget(area);
  palettePart_->hide();
  return palettePart_;
}

void StudioView::restyle() {
  const Theme theme(palette());
  problemMark_->setPixmap(themedIcon(QStringLiteral("error"), theme.bad).pixmap(16, 16));
  problemPart_->setStyleSheet(
      QStringLiteral("QFrame#problemPart { background: %1; border: 1px solid %2; border-radius: 4px; }")
          .arg(theme.card.name(), theme.bad.name()));
}

QSize StudioView::minimumSizeHint() const {
  const int centre = centre_->minimumSizeHint().width() - centre_->layout()->contentsMargins().left();
  return {kMargin + centre + kHandle + tabs_->minimumSizeHint().width(), 380};
}

void StudioView::showColumns() {
  const int needed = minimumSizeHint().width() + kMargin + sourcesPart_->minimumSizeHint().width() + 2;
  const bool narrow = width() < needed;
  pictures_->setVisible(narrow);
  sourcesPart_->setVisible(!narrow || pictures_->isChecked());
  tabs_->setVisible(!narrow || !pictures_->isChecked());
  // Without a column before it the centre begins at the margin of the page.
  centre_->layout()->setContentsMargins(sourcesPart_->isHidden() ? 0 : kMargin, 0, kMargin, 0);
}

void StudioView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  showColumns();
}

void StudioView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && problemMark_ != nullptr) restyle();
}

}  // namespace scanline
