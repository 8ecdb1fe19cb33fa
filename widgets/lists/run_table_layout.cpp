// Columns, sorting and groups of RunTable, and how they are kept as settings and as saved views.
#include <QDataStream>
#include <QHeaderView>
#include <QIODevice>
#include <QJsonArray>
#include <QJsonDocument>
#include <algorithm>

#include "widgets/lists/filter_box.h"
#include "widgets/lists/group_panel.h"
#include "widgets/lists/run_table.h"
#include "widgets/lists/run_table_model.h"
#include "widgets/lists/run_tree_view.h"

namespace scanline {

namespace {

constexpr quint32 kOldLayoutVersion = 1;  // before columns could be chosen
constexpr int kLayoutFormat = 2;
constexpr int kLeastWidth = 30, kMostWidth = 2000;

QJsonValue json(const std::string& text) {
  return QString::fromStdString(text);
}
std::string words(const QJsonValue& value) {
  return value.toString().toStdString();
}

}  // namespace

void RunTable::sortBy(const std::string& field, bool descending) {
  RunListRequest request = request_;
  request.order = field;
  request.descending = descending;
  want(std::move(request));
  const int column = model_->columnOf(field);
  const Qt::SortOrder order = descending ? Qt::DescendingOrder : Qt::AscendingOrder;
  QHeaderView* header = view_->header();
  if (header->sortIndicatorSection() != column || header->sortIndicatorOrder() != order)
    header->setSortIndicator(column, order);
}

void RunTable::groupBy(const std::string& field) {
  groupField_ = field;
  if (field.empty()) groups_->hide();
  askForGroups();
}

void RunTable::toggleColumn(const RunField& field, bool on) {
  const int fixed = columns::columnOf(field.key);
  if (fixed >= 0) {
    view_->setColumnHidden(fixed, !on);
  } else if (on) {
    model_->addField(field);
    const int column = model_->columnOf(field.name);
    const QString title = QString::fromStdString(field.name);
    view_->header()->resizeSection(column, std::max(90, QFontMetrics(font()).horizontalAdvance(title) + 40));
    view_->showColumn(column);
  } else {
    if (request_.order == field.name) sortBy("created", true);
    model_->removeField(field.name);
  }
  view_->viewport()->update();
  askForGroups();
}

/// The columns that are shown, in their order on the screen.
QJsonObject RunTable::layout() const {
  QHeaderView header(Qt::Horizontal);  // while two lines are shown, the columns are kept as a header's state
  const QHeaderView* shown = view_->header();
  if (compact_) {
    header.setModel(model_);
    header.restoreState(columns_);
    shown = &header;
  }
  QJsonArray list;
  for (int place = 0; place < shown->count(); ++place) {
    const int column = shown->logicalIndex(place);
    if (shown->isSectionHidden(column)) continue;
    QJsonObject of{{"field", json(model_->fieldOf(column))}, {"width", shown->sectionSize(column)}};
    if (column >= columns::kFixed) {
      const RunField& field = model_->fields()[static_cast<size_t>(column - columns::kFixed)];
      of["key"] = json(field.key);
      of["description"] = json(field.description);
      of["number"] = field.number;
    }
    list.append(of);
  }
  return {{"format", kLayoutFormat},           {"compact", compact_},   {"order", json(request_.order)},
          {"descending", request_.descending}, {"flat", request_.flat}, {"columns", list},
          {"group", json(groupField_)}};
}

bool RunTable::applyLayout(const QJsonObject& layout) {
  const QJsonArray list = layout["columns"].toArray();
  if (layout["format"].toInt() != kLayoutFormat || list.isEmpty()) return false;
  setCompact(false);
  for (const std::string& name : model_->fieldNames()) model_->removeField(name);
  for (int column = 1; column < columns::kFixed; ++column) view_->hideColumn(column);
  QHeaderView* header = view_->header();
  int place = 0;
  for (const QJsonValue& each : list) {
    const std::string field = words(each["field"]);
    if (field.empty()) continue;
    if (columns::columnOf(field) < 0)
      model_->addField({field, words(each["key"]), words(each["description"]), each["number"].toBool()});
    const int column = model_->columnOf(field);
    view_->showColumn(column);
    header->resizeSection(column, std::clamp(each["width"].toInt(), kLeastWidth, kMostWidth));
    header->moveSection(header->visualIndex(column), place++);
  }
  view_->showColumn(columns::Name);
  header->moveSection(header->visualIndex(columns::Name), 0);
  setCompact(layout["compact"].toBool(true));
  const std::string order = words(layout["order"]);
  RunListRequest request = request_;
  request.flat = layout["flat"].toBool();
  want(std::move(request));
  sortBy(order.empty() ? "created" : order, layout["descending"].toBool(true));
  groupBy(words(layout["group"]));
  return true;
}

QByteArray RunTable::saveLayout() const {
  return QJsonDocument(layout()).toJson(QJsonDocument::Compact);
}

bool RunTable::restoreLayout(const QByteArray& layout) {
  const QJsonDocument read = QJsonDocument::fromJson(layout);
  return read.isObject() ? applyLayout(read.object()) : restoreOldLayout(layout);
}

bool RunTable::restoreOldLayout(const QByteArray& layout) {
  QDataStream stream(layout);
  stream.setVersion(QDataStream::Qt_6_4);
  quint32 version = 0;
  bool compact = true, ascending = false;
  int column = 0;
  QByteArray state;
  stream >> version >> compact >> column >> ascending >> state;
  if (stream.status() != QDataStream::Ok || version != kOldLayoutVersion || column < 0 || column >= columns::kFixed)
    return false;
  setCompact(false);
  if (!view_->header()->restoreState(state)) return false;
  setCompact(compact);
  sortBy(columns::field(column), !ascending);
  return true;
}

QString RunTable::viewContent() const {
  QJsonObject view = layout();
  view["filter"] = filter_->text();
  return QString::fromUtf8(QJsonDocument(view).toJson(QJsonDocument::Compact));
}

QString RunTable::savedView(const QString& name) const {
  const auto view = std::ranges::find(views_, name, &std::pair<QString, QString>::first);
  return view == views_.end() ? QString() : view->second;
}

bool RunTable::applyView(const QString& content) {
  const QJsonObject view = QJsonDocument::fromJson(content.toUtf8()).object();
  if (!applyLayout(view)) return false;
  filter_->setText(view["filter"].toString());
  return true;
}

}  // namespace scanline
