#include "widgets/lists/checkpoints_page.h"

#include <QDir>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <cmath>

#include "widgets/lists/next_steps.h"
#include "widgets/lists/roomy_rows.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/table_copy.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {
constexpr int kStepRole = Qt::UserRole, kPathRole = Qt::UserRole + 1;
enum Column { Step, Loss, Size, Reason };
}  // namespace

CheckpointsPage::CheckpointsPage(QWidget* parent)
    : QWidget(parent), total_(new QLabel(this)), list_(new QTreeWidget(this)) {
  list_->setHeaderLabels({tr("Step"), tr("Nats"), tr("Size"), tr("Kept as")});
  list_->setRootIsDecorated(false);
  list_->setUniformRowHeights(true);
  list_->setFrameShape(QFrame::NoFrame);
  list_->setItemDelegate(new RoomyRows(list_));
  list_->setContextMenuPolicy(Qt::CustomContextMenu);
  list_->setAccessibleName(tr("Checkpoints"));
  copyAsTable(*list_);
  list_->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
  list_->header()->setSectionsMovable(false);
  for (const int column : {Step, Loss, Size})
    list_->headerItem()->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
  total_->setWordWrap(true);
  total_->setForegroundRole(QPalette::PlaceholderText);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  auto* above = new QVBoxLayout;
  above->setContentsMargins(12, 10, 12, 8);
  above->addWidget(total_);
  column->addLayout(above);
  column->addWidget(list_, 1);
  connect(list_, &QWidget::customContextMenuRequested, this, &CheckpointsPage::showMenu);
}

void CheckpointsPage::setCheckpoints(const std::vector<CheckpointRow>& rows, const QString& folder,
                                     const QString& resume, RunKind kind) {
  const QVariant chosen = list_->currentItem() ? list_->currentItem()->data(0, kStepRole) : QVariant();
  list_->clear();
  int64_t bytes = 0;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    bytes += row->bytes;
    auto* item = new QTreeWidgetItem(
        list_, {text::steps(row->step),
                std::isnan(row->validationLoss) ? QStringLiteral("–") : text::nats(row->validationLoss),
                text::megabytes(row->bytes), QString::fromStdString(row->reason)});
    item->setData(0, kStepRole, QVariant::fromValue(static_cast<qint64>(row->step)));
    item->setData(0, kPathRole, QDir(folder).filePath(QString::fromStdString(row->file)));
    item->setData(Step, kCopiedNumberRole, static_cast<double>(row->step));
    if (!std::isnan(row->validationLoss)) item->setData(Loss, kCopiedNumberRole, row->validationLoss);
    item->setData(Size, kCopiedNumberRole, static_cast<double>(row->bytes));
    for (const int column : {Step, Loss, Size}) item->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
    for (int column = Step; column <= Reason; ++column)
      item->setToolTip(column,
                       tr("%1\nwritten %2").arg(QString::fromStdString(row->file), text::dateTime(row->timeMs)));
    if (chosen.isValid() && item->data(0, kStepRole) == chosen) list_->setCurrentItem(item);
  }
  list_->setVisible(!rows.empty());
  const bool never = isOneLook(kind) || kind == RunKind::Search || kind == RunKind::Curves;
  QString words =
      !rows.empty() ? tr("%1 on disk. Right-click one to start a run from it.").arg(text::megabytes(bytes))
      : never       ? tr("A run of this kind has no checkpoints.")
                    : tr("No checkpoint yet. One is written at the set steps, when the run is stopped and at its end.");
  if (!resume.isEmpty()) words += QLatin1Char(' ') + tr("Resumed, the run %1.").arg(resume);
  total_->setText(words);
  total_->setSizePolicy(QSizePolicy::Preferred, rows.empty() ? QSizePolicy::Expanding : QSizePolicy::Maximum);
  total_->setAlignment(rows.empty() ? Qt::AlignHCenter | Qt::AlignTop : Qt::AlignLeft);
}

void CheckpointsPage::showMenu(const QPoint& place) {
  const QTreeWidgetItem* item = list_->itemAt(place);
  if (!item) return;
  const qint64 step = item->data(0, kStepRole).toLongLong();
  const QString path = item->data(0, kPathRole).toString();
  const QColor colour = Theme(palette()).text;
  QMenu menu;
  for (const auto& [kind, words] : nextSteps())
    menu.addAction(words, this, [this, step, kind = kind] { emit nextRequested(step, kind); });
  menu.addAction(themedIcon(QStringLiteral("checkpoint"), colour), tr("Fork…"), this,
                 [this, step] { emit forkRequested(step); });
  menu.addSeparator();
  menu.addAction(tr("Complete pictures…"), this, [this, step] { emit completeRequested(step); });
  menu.addAction(themedIcon(QStringLiteral("folder"), colour), tr("Show file"), this,
                 [this, path] { emit showFileRequested(path); });
  menu.exec(list_->viewport()->mapToGlobal(place));
}

}  // namespace scanline
