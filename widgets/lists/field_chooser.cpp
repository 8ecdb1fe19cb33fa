#include "widgets/lists/field_chooser.h"

#include <QGuiApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QScreen>
#include <QVBoxLayout>

namespace scanline {

namespace {

constexpr int kPlace = Qt::UserRole;

bool matches(const RunField& field, const QString& words) {
  const QString text = QString::fromStdString(field.name + " " + field.key + " " + field.description);
  for (const QString& word : words.split(QLatin1Char(' '), Qt::SkipEmptyParts))
    if (!text.contains(word, Qt::CaseInsensitive)) return false;
  return true;
}

}  // namespace

FieldChooser::FieldChooser(Choose choose, QWidget* parent)
    : QFrame(parent, Qt::Popup), choose_(choose), search_(new QLineEdit(this)), list_(new QListWidget(this)) {
  setAttribute(Qt::WA_DeleteOnClose);
  setFrameShape(QFrame::StyledPanel);
  search_->setPlaceholderText(tr("Find a setting or a result"));
  search_->setAccessibleName(search_->placeholderText());
  search_->setClearButtonEnabled(true);
  search_->installEventFilter(this);
  list_->setAccessibleName(tr("Settings and results"));
  list_->setFrameShape(QFrame::NoFrame);
  list_->setUniformItemSizes(true);
  list_->installEventFilter(this);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(8, 8, 8, 8);
  column->addWidget(search_);
  column->addWidget(list_);
  connect(search_, &QLineEdit::textChanged, this, &FieldChooser::fill);
  connect(list_, &QListWidget::itemClicked, this, &FieldChooser::act);
}

void FieldChooser::setFields(const std::vector<RunField>& fields, const std::set<std::string>& ticked) {
  fields_ = fields;
  ticked_ = ticked;
  fill();
}

void FieldChooser::fill() {
  list_->clear();
  for (size_t place = 0; place < fields_.size(); ++place) {
    const RunField& field = fields_[place];
    if (!matches(field, search_->text())) continue;
    auto* item = new QListWidgetItem(QString::fromStdString(field.name), list_);
    item->setData(kPlace, static_cast<int>(place));
    item->setToolTip(QString::fromStdString(field.key + ": " + field.description));
    if (choose_ == Choose::Several) item->setCheckState(ticked_.contains(field.name) ? Qt::Checked : Qt::Unchecked);
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
  }
  if (list_->count() > 0) list_->setCurrentRow(0);
}

void FieldChooser::act(QListWidgetItem* item) {
  if (!item) return;
  const RunField field = fields_[static_cast<size_t>(item->data(kPlace).toInt())];
  if (choose_ == Choose::One) {
    close();
    emit chosen(field);
    return;
  }
  const bool on = !ticked_.contains(field.name);
  on ? void(ticked_.insert(field.name)) : void(ticked_.erase(field.name));
  item->setCheckState(on ? Qt::Checked : Qt::Unchecked);
  emit toggled(field, on);
}

void FieldChooser::open(const QPoint& place) {
  resize(300, 380);
  QPoint corner = place;
  if (const QScreen* at = QGuiApplication::screenAt(place)) {
    const QRect room = at->availableGeometry();
    corner.setX(std::max(room.left(), std::min(place.x(), room.right() - width())));
    corner.setY(std::max(room.top(), std::min(place.y(), room.bottom() - height())));
  }
  move(corner);
  show();
  search_->setFocus();
}

/// The line takes the letters, and passes on the keys that walk the list.
bool FieldChooser::eventFilter(QObject*, QEvent* event) {
  if (event->type() != QEvent::KeyPress) return false;
  const int key = static_cast<QKeyEvent*>(event)->key();
  const int rows = list_->count(), row = list_->currentRow();
  if (key == Qt::Key_Down && rows > 0)
    list_->setCurrentRow((row + 1) % rows);
  else if (key == Qt::Key_Up && rows > 0)
    list_->setCurrentRow((row + rows - 1) % rows);
  else if (key == Qt::Key_Return || key == Qt::Key_Enter)
    act(list_->currentItem());
  else if (key == Qt::Key_Escape)
    close();
  else
    return false;
  return true;
}

}  // namespace scanline
