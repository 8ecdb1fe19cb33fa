#include "widgets/studio/source_column.h"

#include <QComboBox>
#include <QFileDialog>
#include <QLabel>
#include <QStandardItemModel>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/parts/icon_button.h"
#include "widgets/parts/wheel_focus.h"
#include "widgets/studio/picture_tiles.h"
#include "widgets/studio/question_panel.h"

namespace scanline {

namespace {

QComboBox* choice(const char* name, const QString& words) {
  auto* box = new QComboBox;
  box->setObjectName(QString::fromLatin1(name));
  box->setAccessibleName(words);
  box->setToolTip(words);
  box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  box->setMinimumContentsLength(4);
  needFocusForWheel(box);
  return box;
}

}  // namespace

SourceColumn::SourceColumn(QWidget* parent)
    : QWidget(parent),
      kind_(choice("sourceKind", tr("Which pictures of the data"))),
      split_(choice("sourceSplit", tr("Split of the data"))),
      label_(choice("sourceClass", tr("Class of the pictures"))),
      taken_(choice("sourceTaken", tr("Class that the probe takes them for"))),
      takenFor_(noteLabel(tr("taken for"))),
      note_(noteLabel()),
      tiles_(new PictureTiles(tr("Pictures to choose from"))) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(8);
  column->addWidget(partTitle(tr("Pictures")));
  column->addWidget(makeOwn());
  column->addWidget(makeData());
  tiles_->setObjectName(QStringLiteral("sources"));
  tiles_->setWidths(40, 72);
  column->addWidget(tiles_, 1);
  connect(tiles_, &PictureTiles::chosen, this, &SourceColumn::pictureChosen);
  setData({}, {}, false);
  setReady(false);
}

QWidget* SourceColumn::makeOwn() {
  auto* row = new QWidget;
  auto* parts = new QHBoxLayout(row);
  parts->setContentsMargins(0, 0, 0, 0);
  parts->setSpacing(2);
  const auto button = [&](const char* name, const QString& words, const QString& tip) {
    auto* made = new QToolButton;
    made->setObjectName(QString::fromLatin1(name));
    made->setText(words);
    made->setToolTip(tip);
    made->setFocusPolicy(Qt::StrongFocus);
    made->setMinimumHeight(28);
    made->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    parts->addWidget(made);
    return made;
  };
  files_ = button("files", tr("Files…"), tr("Pictures of your own; they can be dropped on the page, too"));
  paste_ = button("paste", tr("Paste"), tr("The picture in the clipboard (Ctrl+V)"));
  blank_ = button("blank", tr("Blank"), tr("Nothing is given: the model draws a whole picture"));
  connect(files_, &QToolButton::clicked, this, &SourceColumn::askForFiles);
  connect(paste_, &QToolButton::clicked, this, &SourceColumn::pasteRequested);
  connect(blank_, &QToolButton::clicked, this, &SourceColumn::blankRequested);
  return row;
}

QWidget* SourceColumn::makeData() {
  using Kind = StudioSource::Kind;
  kind_->addItem(tr("At random"), static_cast<int>(Kind::Random));
  kind_->addItem(tr("One class"), static_cast<int>(Kind::Class));
  kind_->addItem(tr("Worst loss first"), static_cast<int>(Kind::WorstLoss));
  kind_->addItem(tr("Confused"), static_cast<int>(Kind::Confusion));
  other_ = new IconButton(QStringLiteral("dice"), tr("Other pictures"), this);
  other_->setObjectName(QStringLiteral("otherPictures"));
  other_->setFocusPolicy(Qt::TabFocus);
  connect(other_, &QToolButton::clicked, this, [this] {
    ++seed_;
    ask();
  });
  auto* box = new QWidget;
  auto* column = new QVBoxLayout(box);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(4);
  auto* first = new QHBoxLayout;
  first->setSpacing(4);
  first->addWidget(kind_, 1);
  first->addWidget(other_);
  column->addLayout(first);
  for (QWidget* each : std::initializer_list<QWidget*>{split_, label_, takenFor_, taken_, note_})
    column->addWidget(each);
  for (QComboBox* each : {kind_, split_, label_, taken_})
    connect(each, &QComboBox::activated, this, [this] {
      showChoices();
      ask();
    });
  return box;
}

void SourceColumn::setData(const QStringList& splits, const QStringList& classes, bool hasConfusion) {
  const auto refill = [](QComboBox* box, const QStringList& names) {
    const QString before = box->currentText();
    box->clear();
    box->addItems(names);
    box->setCurrentIndex(std::max(0, box->findText(before)));
  };
  refill(split_, splits);
  refill(label_, classes);
  refill(taken_, classes);
  if (taken_->count() > 1 && taken_->currentIndex() == label_->currentIndex())
    taken_->setCurrentIndex((label_->currentIndex() + 1) % taken_->count());
  hasConfusion_ = hasConfusion && !classes.isEmpty();
  auto* items = qobject_cast<QStandardItemModel*>(kind_->model());
  const auto allow = [&](StudioSource::Kind kind, bool allowed, const QString& why) {
    QStandardItem* item = items->item(kind_->findData(static_cast<int>(kind)));
    item->setEnabled(allowed);
    item->setToolTip(allowed ? QString() : why);
  };
  allow(StudioSource::Kind::Class, !classes.isEmpty(), tr("The data have no classes."));
  allow(StudioSource::Kind::Confusion, hasConfusion_, tr("No probe of this run has classified pictures yet."));
  if (!items->item(kind_->currentIndex())->isEnabled()) kind_->setCurrentIndex(0);
  showChoices();
}

void SourceColumn::showChoices() {
  const auto kind = static_cast<StudioSource::Kind>(kind_->currentData().toInt());
  const bool any = split_->count() > 0, confused = kind == StudioSource::Kind::Confusion;
  label_->setVisible(any && (kind == StudioSource::Kind::Class || confused));
  takenFor_->setVisible(any && confused);
  taken_->setVisible(any && confused);
  split_->setVisible(any && !confused);
  kind_->setVisible(any);
  other_->setVisible(any && kind == StudioSource::Kind::Random);
  note_->setVisible(!any);
  note_->setText(tr("This model names no data. Open files, or paste a picture."));
}

StudioSource SourceColumn::source() const {
  return {.kind = static_cast<StudioSource::Kind>(kind_->currentData().toInt()),
          .split = split_->currentText(),
          .label = std::max(0, label_->currentIndex()),
          .taken = std::max(0, taken_->currentIndex()),
          .seed = seed_};
}

void SourceColumn::ask() {
  if (!ready_ || split_->count() == 0) return;
  setBusy({});
  tiles_->setEmptyText(tr("Reading pictures…"));
  emit wanted(source());
}

void SourceColumn::setBusy(const QString& words) {
  if (words.isEmpty()) return showChoices();
  note_->setText(words);
  note_->show();
}

void SourceColumn::askForFiles() {
  const QStringList files = QFileDialog::getOpenFileNames(
      this, tr("Pictures for the studio"), {},
      tr("Pictures (*.png *.jpg *.jpeg *.jpe *.jfif *.webp *.tif *.tiff *.gif *.bmp);;All files (*)"));
  if (!files.isEmpty()) emit filesChosen(files);
}

void SourceColumn::setReady(bool ready) {
  ready_ = ready;
  for (QWidget* each :
       std::initializer_list<QWidget*>{files_, paste_, blank_, kind_, split_, label_, taken_, other_, tiles_})
    each->setEnabled(ready);
  if (!ready) tiles_->setEmptyText({});
}

void SourceColumn::setSources(std::vector<SourcePicture> pictures) {
  data_ = std::move(pictures);
  setBusy({});
  tiles_->setEmptyText(tr("There are no such pictures."));
  showTiles();
}

void SourceColumn::addOwn(const std::vector<SourcePicture>& pictures) {
  own_.insert(own_.begin(), pictures.begin(), pictures.end());
  showTiles();
}

void SourceColumn::forget() {
  own_.clear();
  data_.clear();
  showTiles();
}

const SourcePicture& SourceColumn::picture(int index) const {
  const auto at = static_cast<size_t>(index);
  return at < own_.size() ? own_[at] : data_[at - own_.size()];
}

void SourceColumn::setCurrent(int index) {
  tiles_->setCurrent(index);
}

void SourceColumn::showTiles() {
  std::vector<PictureTiles::Tile> tiles;
  for (int i = 0; i < count(); ++i) {
    const SourcePicture& each = picture(i);
    tiles.push_back({each.picture.image(), each.caption,
                     each.caption.isEmpty() ? each.name : tr("%1 · %2").arg(each.name, each.caption)});
  }
  tiles_->setCurrent(-1);
  tiles_->setTiles(std::move(tiles));
}

}  // namespace scanline
