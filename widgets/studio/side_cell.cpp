#include "widgets/studio/side_cell.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include "widgets/parts/icon_button.h"
#include "widgets/studio/token_map.h"

namespace scanline {

SideCell::SideCell(const SideColumn& column, QWidget* parent)
    : QWidget(parent),
      fullName_(column.model.name),
      name_(partTitle({})),
      caption_(noteLabel()),
      remove_(new IconButton(QStringLiteral("close"), tr("Take %1 away").arg(column.model.name), nullptr)),
      map_(new TokenMap(tr("Picture of %1").arg(column.model.name))) {
  name_->setObjectName(QStringLiteral("name"));
  name_->setToolTip(fullName_);
  name_->setAccessibleName(fullName_);
  name_->setMinimumWidth(24);
  caption_->setObjectName(QStringLiteral("caption"));
  remove_->setObjectName(QStringLiteral("remove"));
  map_->setEmptyText(tr("Not drawn yet"));
  map_->setWords([this](qint64 position) { return placeWords(map_->picture(), position); });
  auto* head = new QHBoxLayout;
  head->setSpacing(4);
  head->addWidget(name_, 1);
  head->addWidget(remove_);
  auto* whole = new QVBoxLayout(this);
  whole->setContentsMargins(0, 0, 0, 0);
  whole->setSpacing(4);
  whole->addLayout(head);
  whole->addWidget(map_);
  whole->addWidget(caption_);
  whole->addStretch(1);
  connect(remove_, &QToolButton::clicked, this, &SideCell::removeRequested);
  setPicture(column.picture, column.caption);
}

void SideCell::setPicture(const StudioPicture& picture, const QString& caption) {
  map_->setPicture(picture);
  caption_->setText(caption);
  caption_->setVisible(!caption.isEmpty());
}

void SideCell::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  showName();
}

void SideCell::showName() {
  // The end of a name tells checkpoints of one run apart.
  name_->setText(
      name_->fontMetrics().elidedText(fullName_, Qt::ElideMiddle, width() - remove_->sizeHint().width() - 8));
}

}  // namespace scanline
