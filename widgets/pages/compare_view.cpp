#include "widgets/pages/compare_view.h"

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/pages/compare_model.h"
#include "widgets/parts/wheel_focus.h"

namespace scanline {

namespace {
constexpr int kLabelWidth = 240;
constexpr int kLeastRunWidth = 176, kMostRunWidth = 280;

/// Text stands where the header's does; a style sheet's padding would cost the cells their background.
class PaddedCells : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    const auto background = index.data(Qt::BackgroundRole);
    if (background.isValid()) painter->fillRect(option.rect, background.value<QColor>());
    QStyleOptionViewItem padded = option;
    padded.rect.adjust(5, 0, -5, 0);
    QStyledItemDelegate::paint(painter, padded, index);
  }
};

}  // namespace

CompareView::CompareView(QWidget* parent)
    : QWidget(parent),
      model_(new CompareModel(this)),
      baseBox_(new QComboBox),
      all_(new QCheckBox(tr("All settings"))),
      copy_(new QPushButton(tr("Copy table"))),
      table_(new QTableView) {
  auto* bar = new QHBoxLayout;
  bar->setSpacing(8);
  auto* label = new QLabel(tr("Base run"));
  label->setBuddy(baseBox_);
  baseBox_->setMinimumWidth(200);
  baseBox_->setAccessibleName(label->text());
  copy_->setToolTip(tr("As tab-separated text, for spreadsheets (Ctrl+C)"));
  bar->addWidget(label);
  bar->addWidget(baseBox_);
  bar->addSpacing(16);
  bar->addWidget(all_);
  bar->addStretch(1);
  bar->addWidget(copy_);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(12, 12, 12, 12);
  layout->setSpacing(12);
  layout->addLayout(bar);
  layout->addWidget(table_, 1);

  table_->setModel(model_);
  table_->setFrameShape(QFrame::NoFrame);
  table_->setShowGrid(false);
  table_->setItemDelegate(new PaddedCells(table_));
  table_->viewport()->setBackgroundRole(QPalette::Window);
  table_->verticalHeader()->hide();
  table_->verticalHeader()->setDefaultSectionSize(28);
  table_->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  table_->horizontalHeader()->setHighlightSections(false);
  table_->horizontalHeader()->setMinimumHeight(32);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
  table_->setAccessibleName(tr("Comparison of runs"));
  table_->installEventFilter(this);

  needFocusForWheel(baseBox_);
  connect(baseBox_, &QComboBox::activated, this,
          [this](int index) { setBase(RunId{baseBox_->itemData(index).toLongLong()}); });
  connect(all_, &QCheckBox::toggled, this, &CompareView::refresh);
  connect(copy_, &QPushButton::clicked, this, &CompareView::copy);
  model_->setPalette(palette());
  refresh();
}

void CompareView::setRuns(std::vector<ComparedRun> runs) {
  runs_ = std::move(runs);
  baseBox_->clear();
  for (const auto& run : runs_)
    baseBox_->addItem(QString::fromStdString(run.summary.name), QVariant::fromValue<qlonglong>(run.summary.id.value));
  baseBox_->setCurrentIndex(baseIndex());
  refresh();
}

int CompareView::baseIndex() const {
  const auto found =
      std::find_if(runs_.begin(), runs_.end(), [this](const ComparedRun& run) { return run.summary.id == base_; });
  return found == runs_.end() ? 0 : static_cast<int>(found - runs_.begin());
}

void CompareView::setBase(RunId run) {
  base_ = run;
  baseBox_->setCurrentIndex(baseIndex());
  refresh();
}

bool CompareView::showsAll() const {
  return all_->isChecked();
}

void CompareView::refresh() {
  model_->setTable(runs_, compareRows(runs_, baseIndex(), !showsAll()), baseIndex());
  shareWidth();
  table_->clearSpans();
  for (int row = 0; row < model_->rowCount(); ++row)
    if (model_->rows()[static_cast<size_t>(row)].kind == CompareRow::Kind::Heading)
      table_->setSpan(row, 0, 1, std::max(1, model_->columnCount()));
  copy_->setEnabled(!runs_.empty());
}

void CompareView::shareWidth() {
  if (runs_.empty()) return;
  int least = kLeastRunWidth;
  for (int column = 1; column < model_->columnCount(); ++column)
    least = std::max(least, table_->horizontalHeader()->sectionSizeHint(column));
  least = std::min(least, kMostRunWidth);
  const int each = (table_->width() - kLabelWidth) / static_cast<int>(runs_.size());
  table_->setColumnWidth(0, kLabelWidth);
  for (int column = 1; column < model_->columnCount(); ++column)
    table_->setColumnWidth(column, std::clamp(each, least, kMostRunWidth));
}

QString CompareView::tsv() const {
  return toTsv(runs_, model_->rows());
}
void CompareView::copy() const {
  QApplication::clipboard()->setText(tsv());
}

bool CompareView::eventFilter(QObject* watched, QEvent* event) {
  if (watched == table_ && event->type() == QEvent::Resize) shareWidth();
  // The table would copy its one current cell.
  if (watched == table_ && event->type() == QEvent::KeyPress &&
      static_cast<QKeyEvent*>(event)->matches(QKeySequence::Copy)) {
    copy();
    return true;
  }
  return QWidget::eventFilter(watched, event);
}

void CompareView::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) model_->setPalette(palette());
}

}  // namespace scanline
