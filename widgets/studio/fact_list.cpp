#include "widgets/studio/fact_list.h"

#include <QGridLayout>
#include <QLabel>

namespace scanline {

FactList::FactList(QWidget* parent) : QWidget(parent), grid_(new QGridLayout(this)) {
  grid_->setContentsMargins(0, 0, 0, 0);
  grid_->setHorizontalSpacing(16);
  grid_->setVerticalSpacing(4);
  grid_->setColumnStretch(1, 1);
}

int FactList::add(const QString& objectName, const QString& name, const QString& tip) {
  const Row row{new QLabel(name), new QLabel(QStringLiteral("–"))};
  row.name->setForegroundRole(QPalette::PlaceholderText);
  row.value->setObjectName(objectName);
  row.value->setAccessibleName(name);
  row.value->setTextInteractionFlags(Qt::TextSelectableByMouse);
  row.value->setWordWrap(true);
  for (QLabel* label : {row.name, row.value}) label->setToolTip(tip);
  const int at = static_cast<int>(rows_.size());
  grid_->addWidget(row.name, at, 0, Qt::AlignTop);
  grid_->addWidget(row.value, at, 1, Qt::AlignTop);
  rows_.push_back(row);
  return at;
}

void FactList::setValue(int row, const QString& value) {
  rows_[static_cast<size_t>(row)].value->setText(value.isEmpty() ? QStringLiteral("–") : value);
}

void FactList::setName(int row, const QString& name) {
  rows_[static_cast<size_t>(row)].name->setText(name);
  rows_[static_cast<size_t>(row)].value->setAccessibleName(name);
}

void FactList::setRowVisible(int row, bool visible) {
  rows_[static_cast<size_t>(row)].name->setVisible(visible);
  rows_[static_cast<size_t>(row)].value->setVisible(visible);
}

QString FactList::value(int row) const {
  return rows_[static_cast<size_t>(row)].value->text();
}

}  // namespace scanline
