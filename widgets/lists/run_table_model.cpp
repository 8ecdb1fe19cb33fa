#include "widgets/lists/run_table_model.h"

#include <QLocale>
#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/parts/number_text.h"
#include "widgets/parts/run_text.h"

namespace scanline {

namespace {

QString joined(const std::vector<std::string>& words, const QString& separator) {
  QStringList list;
  for (const auto& word : words) list << QString::fromStdString(word);
  return list.join(separator);
}

/// The texts that the filter looks through: "key:value", lower case.
QStringList filterFields(const RunSummary& run) {
  QStringList fields{QStringLiteral("name:") + QString::fromStdString(run.name),
                     QStringLiteral("data:") + QString::fromStdString(run.dataset),
                     QStringLiteral("kind:") + text::kindName(run.kind),
                     QStringLiteral("state:") + text::stateName(run.state)};
  for (const auto& tag : run.tags) fields << QStringLiteral("tag:") + QString::fromStdString(tag);
  for (QString& field : fields) field = field.toLower();
  return fields;
}

/// "tag:best" looks in tags alone; a word without a known key looks in all values (and never in the keys).
bool matchesWord(const QStringList& fields, const QString& word) {
  const qsizetype colon = word.indexOf(QLatin1Char(':')) + 1;
  const QStringView key = QStringView(word).left(colon), rest = QStringView(word).mid(colon);
  static const QStringList kKeys{QStringLiteral("name:"), QStringLiteral("data:"), QStringLiteral("kind:"),
                                 QStringLiteral("state:"), QStringLiteral("tag:")};
  const bool keyed = colon > 0 && std::any_of(kKeys.begin(), kKeys.end(), [&](const QString& k) { return key == k; });
  return std::any_of(fields.begin(), fields.end(), [&](const QString& field) {
    const QStringView value = QStringView(field).mid(field.indexOf(QLatin1Char(':')) + 1);
    return keyed ? field.startsWith(key) && value.contains(rest) : value.contains(word);
  });
}

/// The value that a column sorts by; NaN sorts last either way.
double sortNumber(const RunSummary& run, int column) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  switch (column) {
    case RunTableModel::State:
      return static_cast<double>(run.state);
    case RunTableModel::Model:
      return run.parameters > 0 ? static_cast<double>(run.parameters) : kNone;
    case RunTableModel::Progress:
      return text::progress(run);
    case RunTableModel::BestLoss:
      return run.bestLoss.value_or(kNone);
    case RunTableModel::BestProbe:
      return run.bestAccuracy.value_or(kNone);
    default:
      return static_cast<double>(run.createdMs);
  }
}

QString sortText(const RunSummary& run, int column) {
  switch (column) {
    case RunTableModel::Name:
      return QString::fromStdString(run.name);
    case RunTableModel::Kind:
      return text::kindName(run.kind);
    case RunTableModel::Dataset:
      return QString::fromStdString(run.dataset);
    default:
      return joined(run.tags, QStringLiteral(", "));
  }
}

bool sortsByText(int column) {
  return column == RunTableModel::Name || column == RunTableModel::Kind || column == RunTableModel::Dataset ||
         column == RunTableModel::Tags;
}

QString display(const RunSummary& run, int column) {
  switch (column) {
    case RunTableModel::State:
      return text::stateName(run.state);
    case RunTableModel::Progress:
      return text::progressText(run);
    case RunTableModel::Model:
      return text::modelSize(run);
    case RunTableModel::BestLoss:
      return !run.bestLoss                ? QString()
             : run.kind == RunKind::Vqvae ? text::number(*run.bestLoss)
                                          : text::nats(*run.bestLoss);
    case RunTableModel::BestProbe:
      return text::bestProbe(run);
    case RunTableModel::Created:
      return text::dateTime(run.createdMs);
    default:
      return sortText(run, column);
  }
}

QString toolTip(const RunSummary& run, const RunSummary* parent, int column) {
  if (column == RunTableModel::BestLoss && run.bestLossStep)
    return QStringLiteral("Best validation loss: %1 at step %2")
        .arg(text::bestLoss(run), text::steps(*run.bestLossStep));
  if (column == RunTableModel::BestProbe && run.bestAccuracyStep)
    return (run.kind == RunKind::Finetune ? QStringLiteral("Best validation accuracy, at step %1")
                                          : QStringLiteral("Best linear probe, at step %1"))
        .arg(text::steps(*run.bestAccuracyStep));
  QStringList lines{QString::fromStdString(run.name),
                    takesSteps(run) ? QStringLiteral("%1, %2").arg(text::stateName(run.state), text::progressText(run))
                                    : text::stateName(run.state)};
  if (!run.detail.empty()) lines << QString::fromStdString(run.detail);
  if (parent)
    lines << (text::isSearch(*parent) ? QStringLiteral("Trial of “%1”") : QStringLiteral("Comes from “%1”"))
                 .arg(QString::fromStdString(parent->name));
  if (!run.tags.empty()) lines << QStringLiteral("Tags: ") + joined(run.tags, QStringLiteral(", "));
  return lines.join(QLatin1Char('\n'));
}

}  // namespace

RunTableModel::RunTableModel(QObject* parent) : QAbstractTableModel(parent) {
  // In the C locale a collator compares bytes and knows no numbers.
  const QLocale locale;
  collator_.setLocale(locale.language() == QLocale::C ? QLocale(QLocale::English) : locale);
  collator_.setNumericMode(true);
  collator_.setCaseSensitivity(Qt::CaseInsensitive);
}

void RunTableModel::setRuns(const std::vector<RunSummary>& runs) {
  std::vector<RunId> changed;
  std::set<RunId> present;
  for (const auto& run : runs) {
    present.insert(run.id);
    auto [at, isNew] = entries_.try_emplace(run.id);
    if (!isNew && at->second.run == run) continue;
    at->second = {run, filterFields(run)};
    if (!isNew) changed.push_back(run.id);
  }
  std::vector<RunId> gone;
  for (auto& [id, entry] : entries_)
    if (!present.contains(id)) gone.push_back(id);
  // Rows that go stay readable until the views have let go of them.
  std::vector<RunId> wanted = wantedRows();
  std::erase_if(wanted, [&](RunId id) { return !present.contains(id); });
  showRows(wanted);
  for (const RunId id : gone) entries_.erase(id);
  announce(changed);
  if (std::erase_if(overlay_, [&](RunId id) { return !present.contains(id); }) > 0) emit overlayChanged(overlay());
}

void RunTableModel::setFilter(const QString& text) {
  filter_ = text.toLower().split(QLatin1Char(' '), Qt::SkipEmptyParts);
  refresh();
}

void RunTableModel::setTrashShown(bool shown) {
  trashShown_ = shown;
  refresh();
}

const RunSummary& RunTableModel::run(int row) const {
  return entries_.at(shown_.at(static_cast<size_t>(row))).run;
}

std::optional<int> RunTableModel::row(RunId id) const {
  const auto at = rowOf_.find(id);
  return at == rowOf_.end() ? std::nullopt : std::optional(at->second);
}

int RunTableModel::total() const {
  return static_cast<int>(std::count_if(entries_.begin(), entries_.end(),
                                        [this](const auto& item) { return item.second.run.trashed == trashShown_; }));
}

void RunTableModel::setOverlay(const std::vector<RunId>& runs) {
  std::set<RunId> wanted(runs.begin(), runs.end());
  if (wanted == overlay_) return;
  overlay_ = std::move(wanted);
  announce(shown_);
  emit overlayChanged(overlay());
}

void RunTableModel::setOverlaid(const std::vector<RunId>& runs, bool on) {
  std::set<RunId> wanted = overlay_;
  for (const RunId run : runs) on ? void(wanted.insert(run)) : void(wanted.erase(run));
  setOverlay({wanted.begin(), wanted.end()});
}

QString RunTableModel::columnTitle(int column) {
  static const QStringList kTitles{QStringLiteral("Run"),       QStringLiteral("State"),    QStringLiteral("Kind"),
                                   QStringLiteral("Data set"),  QStringLiteral("Model"),    QStringLiteral("Progress"),
                                   QStringLiteral("Best loss"), QStringLiteral("Accuracy"), QStringLiteral("Tags"),
                                   QStringLiteral("Created")};
  return kTitles.value(column);
}

int RunTableModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(shown_.size());
}

int RunTableModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumns;
}

QVariant RunTableModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  const RunSummary& of = run(index.row());
  switch (role) {
    case Qt::DisplayRole:
    case Qt::EditRole:
      return display(of, index.column());
    case Qt::ToolTipRole:
      return toolTip(of, parentOf(of), index.column());
    case Qt::CheckStateRole:
      return index.column() == Name ? QVariant(isOverlaid(of.id) ? Qt::Checked : Qt::Unchecked) : QVariant();
    case Qt::TextAlignmentRole:
      return index.column() == BestLoss ? QVariant(Qt::AlignRight | Qt::AlignVCenter)
                                        : QVariant(Qt::AlignLeft | Qt::AlignVCenter);
    case Qt::AccessibleTextRole:
      return index.column() != Name
                 ? display(of, index.column())
                 : QStringLiteral("%1, %2, %3").arg(display(of, Name), display(of, State), text::outcome(of));
    default:
      return {};
  }
}

bool RunTableModel::setData(const QModelIndex& index, const QVariant& value, int role) {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid) || index.column() != Name) return false;
  const RunId id = shown_[static_cast<size_t>(index.row())];
  if (role == Qt::CheckStateRole) {
    setOverlaid({id}, value.toInt() == Qt::Checked);
    return true;
  }
  const QString name = value.toString().simplified();
  Entry& entry = entries_.at(id);
  if (role != Qt::EditRole || name.isEmpty() || name == QString::fromStdString(entry.run.name)) return false;
  entry.run.name = name.toStdString();
  entry.fields = filterFields(entry.run);
  emit dataChanged(index, index);
  emit renameRequested(id, name);
  return true;
}

QVariant RunTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::DisplayRole) return columnTitle(section);
  if (role == Qt::TextAlignmentRole)
    return section == BestLoss ? QVariant(Qt::AlignRight | Qt::AlignVCenter)
                               : QVariant(Qt::AlignLeft | Qt::AlignVCenter);
  if (role == Qt::ToolTipRole && section == BestLoss)
    return QStringLiteral("Best validation loss: nats, or the mean squared error of a VQ-VAE");
  if (role == Qt::ToolTipRole && section == BestProbe)
    return QStringLiteral("Of the best linear probe, or of a fine-tuned classifier on the validation images");
  return {};
}

Qt::ItemFlags RunTableModel::flags(const QModelIndex& index) const {
  if (!index.isValid()) return Qt::NoItemFlags;
  Qt::ItemFlags flags = Qt::ItemIsSelectable | Qt::ItemIsEnabled | Qt::ItemNeverHasChildren;
  if (index.column() == Name) flags |= Qt::ItemIsEditable | Qt::ItemIsUserCheckable;
  return flags;
}

void RunTableModel::sort(int column, Qt::SortOrder order) {
  if (column < 0 || column >= kColumns) return;
  sortColumn_ = column;
  sortOrder_ = order;
  refresh();
}

bool RunTableModel::matches(const Entry& entry) const {
  const auto fits = [&](const QString& word) {
    static const QString kParent = QStringLiteral("parent:");
    if (!word.startsWith(kParent)) return matchesWord(entry.fields, word);
    const RunSummary* parent = parentOf(entry.run);
    return parent && QString::fromStdString(parent->name).contains(word.mid(kParent.size()), Qt::CaseInsensitive);
  };
  return entry.run.trashed == trashShown_ && std::all_of(filter_.begin(), filter_.end(), fits);
}

const RunSummary* RunTableModel::parentOf(const RunSummary& run) const {
  if (!run.parent) return nullptr;
  const auto found = entries_.find(*run.parent);
  return found == entries_.end() ? nullptr : &found->second.run;
}

const RunSummary* RunTableModel::rootOf(const RunSummary& run) const {
  const RunSummary* parent = parentOf(run);
  if (!parent || !text::isSearch(*parent)) return &run;
  return matches(entries_.at(parent->id)) ? parent : &run;
}

bool RunTableModel::isTrialRow(int row) const {
  const RunSummary& of = run(row);
  return rootOf(of) != &of;
}

bool RunTableModel::before(const RunSummary& a, const RunSummary& b) const {
  const bool ascending = sortOrder_ == Qt::AscendingOrder;
  if (sortsByText(sortColumn_)) {
    const int order = collator_.compare(sortText(a, sortColumn_), sortText(b, sortColumn_));
    if (order != 0) return ascending ? order < 0 : order > 0;
  } else {
    const double x = sortNumber(a, sortColumn_), y = sortNumber(b, sortColumn_);
    if (std::isnan(x) != std::isnan(y)) return std::isnan(y);
    if (x < y || y < x) return ascending ? x < y : y < x;
  }
  return a.createdMs != b.createdMs ? a.createdMs > b.createdMs : a.id > b.id;
}

std::vector<RunId> RunTableModel::wantedRows() const {
  struct Row {
    const RunSummary *run, *root;
  };
  std::vector<Row> rows;
  for (const auto& [id, entry] : entries_)
    if (matches(entry)) rows.push_back({&entry.run, rootOf(entry.run)});
  std::sort(rows.begin(), rows.end(), [this](const Row& a, const Row& b) {
    if (a.root != b.root) return before(*a.root, *b.root);
    const bool aFirst = a.run == a.root, bFirst = b.run == b.root;
    return aFirst != bFirst ? aFirst : before(*a.run, *b.run);
  });
  std::vector<RunId> ids;
  for (const Row& row : rows) ids.push_back(row.run->id);
  return ids;
}

void RunTableModel::refresh() {
  showRows(wantedRows());
}

}  // namespace scanline
