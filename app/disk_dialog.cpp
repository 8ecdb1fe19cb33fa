#include "app/disk_dialog.h"

#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QSpinBox>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "app/run_actions.h"
#include "core/jobs/feature_cache.h"
#include "widgets/lists/roomy_rows.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/run_text.h"
#include "widgets/parts/table_copy.h"

namespace scanline {

namespace {

/// Sorts sizes as numbers.
class SizeItem : public QTreeWidgetItem {
 public:
  using QTreeWidgetItem::QTreeWidgetItem;
  void setSize(int column, int64_t bytes) {
    setData(column, kCopiedNumberRole, static_cast<qint64>(bytes));
    setText(column, bytes > 0 ? text::megabytes(bytes) : QStringLiteral("–"));
    setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
  }
  bool operator<(const QTreeWidgetItem& other) const override {
    const int column = treeWidget()->sortColumn();
    if (column == 0) return QString::localeAwareCompare(text(0), other.text(0)) < 0;
    return data(column, kCopiedNumberRole).toLongLong() < other.data(column, kCopiedNumberRole).toLongLong();
  }
};

}  // namespace

DiskDialog::DiskDialog(StoreThread& reader, RunActions& actions, QWidget* parent)
    : QDialog(parent),
      reader_(reader),
      actions_(actions),
      runs_(new QTreeWidget(this)),
      totals_(new QLabel(this)),
      best_(new QSpinBox(this)),
      every_(new QSpinBox(this)),
      planned_(new QLabel(this)),
      cache_(new QLabel(this)),
      prune_(new QPushButton(tr("Remove checkpoints…"), this)),
      emptyTrash_(new QPushButton(tr("Empty the trash…"), this)) {
  setWindowTitle(tr("Disk space"));
  setObjectName(QStringLiteral("diskDialog"));
  runs_->setColumnCount(5);
  runs_->setHeaderLabels({tr("Run"), tr("Checkpoints"), tr("Event files"), tr("Other files"), tr("Together")});
  for (int column = 1; column < 5; ++column)
    runs_->headerItem()->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
  runs_->header()->setStretchLastSection(false);
  runs_->header()->setSectionResizeMode(0, QHeaderView::Stretch);
  runs_->setRootIsDecorated(false);
  runs_->setUniformRowHeights(true);
  runs_->setItemDelegate(new RoomyRows(runs_));
  runs_->setSortingEnabled(true);
  runs_->sortByColumn(4, Qt::DescendingOrder);
  runs_->setAccessibleName(tr("Runs by the space that they take"));
  copyAsTable(*runs_);
  connect(runs_, &QTreeWidget::itemActivated, this,
          [this](QTreeWidgetItem* item) { emit runRequested(RunId{item->data(0, Qt::UserRole).toLongLong()}); });
  totals_->setTextFormat(Qt::PlainText);
  totals_->setObjectName(QStringLiteral("diskTotals"));

  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  buttons->addButton(emptyTrash_, QDialogButtonBox::ActionRole);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(emptyTrash_, &QPushButton::clicked, this, &DiskDialog::emptyTrashRequested);
  // A default button would look as if it had the keyboard.
  for (QPushButton* button : {prune_, emptyTrash_, buttons->button(QDialogButtonBox::Close)})
    button->setAutoDefault(false);

  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(16, 16, 16, 12);
  column->setSpacing(12);
  column->addWidget(runs_, 1);
  column->addWidget(totals_);
  cache_->setObjectName(QStringLiteral("diskCache"));
  cache_->setWordWrap(true);
  cache_->setForegroundRole(QPalette::PlaceholderText);
  column->addWidget(cache_);
  column->addWidget(makeRule());
  column->addWidget(buttons);
  resize(720, 520);
  refresh();
}

QWidget* DiskDialog::makeRule() {
  auto* box = new QWidget(this);
  best_->setRange(0, 1000);
  best_->setValue(1);
  best_->setAccessibleName(tr("Best checkpoints that are kept"));
  every_->setRange(0, 100'000'000);
  every_->setSingleStep(100);
  every_->setSpecialValueText(tr("none"));
  every_->setAccessibleName(tr("Keep those at multiples of this step"));
  for (QSpinBox* number : {best_, every_}) {
    number->setKeyboardTracking(false);
    connect(number, &QSpinBox::valueChanged, this, &DiskDialog::read);
  }
  prune_->setObjectName(QStringLiteral("prune"));
  planned_->setObjectName(QStringLiteral("pruned"));
  planned_->setWordWrap(true);
  connect(prune_, &QPushButton::clicked, this, &DiskDialog::askToPrune);
  auto* line = new QHBoxLayout;
  line->setSpacing(8);
  line->addWidget(new QLabel(tr("Of each ended run keep the newest, the best"), box));
  line->addWidget(best_);
  line->addWidget(new QLabel(tr("and those at multiples of step"), box));
  line->addWidget(every_);
  line->addStretch(1);
  auto* act = new QHBoxLayout;
  act->addWidget(planned_, 1);
  act->addWidget(prune_);
  auto* column = new QVBoxLayout(box);
  column->setContentsMargins(0, 0, 0, 0);
  column->addLayout(line);
  column->addLayout(act);
  return box;
}

RetentionRule DiskDialog::rule() const {
  return {.best = best_->value(), .every = every_->value()};
}

void DiskDialog::refresh() {
  looksAtFiles_ = true;
  read();
}

void DiskDialog::read() {
  plan_.clear();
  prune_->setEnabled(false);
  planned_->setText(tr("Looking at the files…"));
  isStale_ = true;
  if (std::exchange(isReading_, true)) return;
  isStale_ = false;
  const auto done = [this] {
    isReading_ = false;
    if (isStale_) read();
    return !isReading_;
  };
  reader_.post(
      this,
      [rule = rule(), looksAtFiles = std::exchange(looksAtFiles_, false)](RunStore& store) {
        std::vector<RunId> runs;
        for (const RunList::Row& row : store.list({.flat = true}).rows) runs.push_back(row.run);
        return Found{looksAtFiles ? std::optional(diskUse(store)) : std::nullopt, planRetention(store, runs, rule),
                     featureCacheBytes()};
      },
      [this, done](const Found& found) {
        if (found.use) showFiles(*found.use);
        cache_->setText(
            tr("Besides, features and answers of probes of all workspaces: %1 of at most %2 in the cache folder. Those used longest ago go first.")
                .arg(text::megabytes(found.cacheBytes), text::megabytes(kMostFeatureBytes)));
        if (!done()) return;
        plan_ = found.plan;
        describePlan();
      },
      [this, done](const QString& sentence) {
        if (done()) planned_->setText(sentence);
      });
}

void DiskDialog::showFiles(const DiskUse& use) {
  runs_->setSortingEnabled(false);
  runs_->clear();
  QList<QTreeWidgetItem*> items;
  for (const RunDiskUse& run : use.runs) {
    auto* item = new SizeItem;
    const QString name = QString::fromStdString(run.name);
    item->setText(0, run.trashed ? tr("%1 (in the trash)").arg(name) : name);
    item->setData(0, Qt::UserRole, static_cast<qint64>(run.run.value));
    item->setSize(1, run.checkpoints);
    item->setSize(2, run.eventFiles);
    item->setSize(3, run.others);
    item->setSize(4, run.total());
    if (run.shared > 0) item->setToolTip(0, tr("Another run has %1 of it, too.").arg(text::megabytes(run.shared)));
    items << item;
  }
  runs_->addTopLevelItems(items);
  runs_->setSortingEnabled(true);
  for (int column = 1; column < 5; ++column) runs_->resizeColumnToContents(column);

  QStringList parts{tr("All of it %1").arg(text::megabytes(use.total)),
                    tr("database %1").arg(text::megabytes(use.database)),
                    tr("in the trash %1").arg(text::megabytes(use.trash)),
                    tr("free on the disk %1").arg(text::megabytes(use.freeOnDisk))};
  if (use.backups > 0) parts.insert(2, tr("old copies of the database %1").arg(text::megabytes(use.backups)));
  totals_->setText(parts.join(QStringLiteral(" · ")));
  emptyTrash_->setEnabled(use.trash > 0 || std::ranges::any_of(use.runs, &RunDiskUse::trashed));
}

void DiskDialog::describePlan() {
  const auto [checkpoints, bytes] = totalsOf(plan_);
  prune_->setEnabled(checkpoints > 0 && actions_.isOpen());
  if (checkpoints == 0)
    return planned_->setText(tr("Nothing would go: the ended runs hold only checkpoints that this rule keeps."));
  planned_->setText(tr("This would remove %1 of %2, which take %3.")
                        .arg(checkpoints == 1 ? tr("1 checkpoint") : tr("%1 checkpoints").arg(checkpoints),
                             text::runs(std::ssize(plan_)), text::megabytes(bytes)));
}

void DiskDialog::askToPrune() {
  auto* question = new QMessageBox(QMessageBox::Question, windowTitle(),
                                   planned_->text() + QLatin1Char('\n') + tr("This cannot be undone. Remove them?"),
                                   QMessageBox::Cancel, this);
  question->setAttribute(Qt::WA_DeleteOnClose);
  QPushButton* remove = question->addButton(tr("Remove"), QMessageBox::AcceptRole);
  question->setDefaultButton(QMessageBox::Cancel);
  connect(question, &QMessageBox::buttonClicked, this, [this, remove](QAbstractButton* button) {
    if (button == remove) prune();
  });
  question->open();
}

void DiskDialog::prune() {
  const PruneTotals totals = totalsOf(plan_);
  prune_->setEnabled(false);
  planned_->setText(tr("Removing…"));
  actions_.prune(std::exchange(plan_, {}), [self = QPointer(this), totals](bool ok) {
    if (!self) return;
    if (ok) emit self->pruned(totals.checkpoints, totals.bytes);
    self->refresh();
  });
}

}  // namespace scanline
