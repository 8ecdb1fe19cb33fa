#include "widgets/lists/run_settings_page.h"

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QVBoxLayout>
#include <algorithm>
#include <map>

#include "core/base/error.h"
#include "core/spec/fields.h"
#include "core/spec/presets.h"
#include "core/spec/spec_text.h"
#include "widgets/lists/roomy_rows.h"
#include "widgets/parts/heading.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {

constexpr int kKeyRole = Qt::UserRole, kDiffersRole = Qt::UserRole + 1;

QString fromView(std::string_view text) {
  return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

/// Differences that say something: name and seed belong to each run alone.
std::map<std::string, std::string> differingFrom(const RunSpec& base, const RunSpec& spec) {
  std::map<std::string, std::string> found;
  for (const auto& difference : differences(base, spec))
    if (difference.key != "name" && difference.key != "seed") found[difference.key] = difference.left;
  return found;
}

/// The preset that a spec was most likely made from: the one it differs from in the fewest settings.
const Preset& nearestPreset(const RunSpec& spec) {
  return *std::min_element(presets().begin(), presets().end(), [&](const Preset& a, const Preset& b) {
    return differingFrom(a.spec, spec).size() < differingFrom(b.spec, spec).size();
  });
}

QString groupTitle(const QString& key) {
  const QString group = key.section(QLatin1Char('.'), 0, 0);
  if (!key.contains(QLatin1Char('.'))) return QObject::tr("Run");
  return group.left(1).toUpper() + group.mid(1);
}

}  // namespace

RunSettingsPage::RunSettingsPage(QWidget* parent)
    : QWidget(parent),
      search_(new QLineEdit(this)),
      changedOnly_(new QCheckBox(tr("Changed"), this)),
      base_(new QLabel(this)),
      tree_(new QTreeWidget(this)) {
  search_->setPlaceholderText(tr("Search settings"));
  search_->setAccessibleName(tr("Search settings"));
  search_->setClearButtonEnabled(true);
  search_->addAction(QIcon(), QLineEdit::LeadingPosition);
  changedOnly_->setToolTip(tr("Only settings that differ from the preset"));
  base_->setWordWrap(true);
  base_->setForegroundRole(QPalette::PlaceholderText);
  tree_->setColumnCount(2);
  tree_->setHeaderHidden(true);
  tree_->setRootIsDecorated(false);
  tree_->setIndentation(12);
  tree_->setFrameShape(QFrame::NoFrame);
  tree_->setItemDelegate(new RoomyRows(tree_));
  tree_->setUniformRowHeights(true);
  tree_->setSelectionMode(QTreeWidget::ExtendedSelection);
  tree_->setContextMenuPolicy(Qt::CustomContextMenu);
  tree_->setAccessibleName(tr("Settings"));
  tree_->header()->setStretchLastSection(true);
  tree_->header()->setSectionResizeMode(0, QHeaderView::ResizeToContents);

  auto* bar = new QHBoxLayout;
  bar->setContentsMargins(8, 8, 12, 4);
  bar->addWidget(search_, 1);
  bar->addSpacing(4);
  bar->addWidget(changedOnly_);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addLayout(bar);
  base_->setContentsMargins(12, 2, 12, 6);
  column->addWidget(base_);
  column->addWidget(tree_, 1);
  connect(search_, &QLineEdit::textChanged, this, &RunSettingsPage::applyFilter);
  connect(changedOnly_, &QCheckBox::toggled, this, &RunSettingsPage::applyFilter);
  connect(tree_, &QWidget::customContextMenuRequested, this, &RunSettingsPage::showMenu);
}

void RunSettingsPage::setSpec(const std::string& toml, const KnownSettings& known) {
  if (toml == toml_ && known.all == known_.all && known.keys == known_.keys) return;
  toml_ = toml;
  known_ = known;
  fillOnceSeen();
}

void RunSettingsPage::fillOnceSeen() {
  isStale_ = true;
  if (isVisible()) fill();
}

QTreeWidgetItem* RunSettingsPage::groupItem(const QString& group) {
  for (int i = 0; i < tree_->topLevelItemCount(); ++i)
    if (tree_->topLevelItem(i)->text(0) == group) return tree_->topLevelItem(i);
  auto* item = new QTreeWidgetItem(tree_, {group});
  item->setFont(0, headingFont(font()));
  item->setFlags(Qt::ItemIsEnabled);
  return item;
}

void RunSettingsPage::addField(const QString& group, const QString& key, const QString& label, const QString& value,
                               const QString& tip, const QString& presetValue, bool differs) {
  auto* item = new QTreeWidgetItem(groupItem(group), {label, value.isEmpty() ? QStringLiteral("–") : value});
  item->setData(0, kKeyRole, key);
  item->setData(0, kDiffersRole, differs);
  QString said = QStringLiteral("%1\n%2").arg(key, tip);
  if (differs)
    said += QLatin1Char('\n') + tr("Preset: %1").arg(presetValue.isEmpty() ? QStringLiteral("–") : presetValue);
  const Theme theme(palette());
  QFont bold = font();
  bold.setWeight(QFont::Bold);
  item->setForeground(0, theme.mutedText);
  if (differs) item->setFont(1, bold);
  for (const int column : {0, 1}) item->setToolTip(column, said);
}

void RunSettingsPage::fill() {
  isStale_ = false;
  search_->actions().constFirst()->setIcon(themedIcon(QStringLiteral("search"), Theme(palette()).mutedText));
  tree_->clear();
  if (toml_.empty()) return base_->clear();
  try {
    const RunSpec spec = fromToml(toml_, "the run's settings");
    const Preset& base = nearestPreset(spec);
    const auto changed = differingFrom(base.spec, spec);
    base_->setText(!known_.all       ? tr("Only the settings that are known of this run are listed.")
                   : changed.empty() ? tr("As in the preset %1.").arg(fromView(base.title))
                                     : tr("Bold: not as in the preset %1.").arg(fromView(base.title)));
    changedOnly_->setVisible(known_.all);
    forEachField(spec, [&](const FieldInfo& info, const auto&) {
      if (!known_.has(info.key)) return;
      const QString key = fromView(info.key);
      const auto difference = changed.find(std::string(info.key));
      const bool differs = known_.all && difference != changed.end();
      addField(groupTitle(key), key, fromView(info.label), QString::fromStdString(fieldWords(spec, info.key)),
               fromView(info.help), differs ? QString::fromStdString(difference->second) : QString(), differs);
    });
  } catch (const Error& error) {
    base_->setText(QString::fromUtf8(error.what()));
    for (const QString& line : QString::fromStdString(toml_).split(QLatin1Char('\n'), Qt::SkipEmptyParts))
      if (!line.startsWith(QLatin1Char('#')))
        addField(tr("As stored"), line.section(QLatin1Char('='), 0, 0).trimmed(),
                 line.section(QLatin1Char('='), 0, 0).trimmed(), line.section(QLatin1Char('='), 1).trimmed(), {}, {},
                 false);
  }
  // Once for all groups: each of these lays the whole list out.
  for (int i = 0; i < tree_->topLevelItemCount(); ++i) tree_->topLevelItem(i)->setFirstColumnSpanned(true);
  tree_->expandAll();
  applyFilter();
}

void RunSettingsPage::applyFilter() {
  const QString wanted = search_->text().trimmed();
  for (int i = 0; i < tree_->topLevelItemCount(); ++i) {
    QTreeWidgetItem* group = tree_->topLevelItem(i);
    bool any = false;
    for (int k = 0; k < group->childCount(); ++k) {
      QTreeWidgetItem* item = group->child(k);
      const bool found = wanted.isEmpty() || item->text(0).contains(wanted, Qt::CaseInsensitive) ||
                         item->text(1).contains(wanted, Qt::CaseInsensitive) ||
                         item->data(0, kKeyRole).toString().contains(wanted, Qt::CaseInsensitive);
      const bool shown = found && (!known_.all || !changedOnly_->isChecked() || item->data(0, kDiffersRole).toBool());
      item->setHidden(!shown);
      any = any || shown;
    }
    group->setHidden(!any);
  }
}

void RunSettingsPage::showMenu(const QPoint& place) {
  const QTreeWidgetItem* at = tree_->itemAt(place);
  QMenu menu;
  const QIcon icon = themedIcon(QStringLiteral("copy"), Theme(palette()).text);
  if (at && at->parent()) {
    const QString key = at->data(0, kKeyRole).toString(), value = at->text(1);
    menu.addAction(icon, tr("Copy value"), this, [value] { QApplication::clipboard()->setText(value); });
    menu.addAction(tr("Copy as %1=…").arg(key), this,
                   [key, value] { QApplication::clipboard()->setText(key + QLatin1Char('=') + value); });
    menu.addSeparator();
  }
  menu.addAction(tr("Copy all as TOML"), this,
                 [this] { QApplication::clipboard()->setText(QString::fromStdString(toml_)); });
  menu.exec(tree_->viewport()->mapToGlobal(place));
}

void RunSettingsPage::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) fillOnceSeen();
}

void RunSettingsPage::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (isStale_) fill();
}

}  // namespace scanline
