#include "widgets/images/complete_dialog.h"

#include <QComboBox>
#include <QDir>
#include <QDoubleSpinBox>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QMimeData>
#include <QPushButton>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>
#include <algorithm>
#include <limits>

#include "core/data/image_file.h"
#include "widgets/images/image_grid.h"
#include "widgets/images/sample_pictures.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/wheel_focus.h"
#include "widgets/parts/wrap_row.h"

namespace scanline {

namespace {

QStringList picturesOf(const QMimeData& data) {
  QStringList files;
  for (const QUrl& url : data.urls())
    if (url.isLocalFile() && isPictureFile(url.toLocalFile().toStdString())) files << url.toLocalFile();
  return files;
}

/// File names, with the folder where two of them are called the same.
QStringList namesOf(const QStringList& files) {
  QStringList bare, names;
  for (const QString& file : files) bare << QFileInfo(file).fileName();
  for (const QString& file : files) {
    const QFileInfo info(file);
    names << (bare.count(info.fileName()) > 1 ? QDir(info.dir().dirName()).filePath(info.fileName()) : info.fileName());
  }
  return names;
}

/// A number with its name before it.
template <class Box>
QWidget* named(const QString& name, Box* box, const QString& tip) {
  auto* label = new QLabel(name);
  label->setBuddy(box);
  box->setAccessibleName(name);
  label->setToolTip(tip);
  box->setToolTip(tip);
  return inGroup({label, box}, 6);
}

template <class Box, class Value>
Box* number(const char* name, Value least, Value most, Value value) {
  auto* box = new Box;
  box->setObjectName(QString::fromLatin1(name));
  box->setRange(least, most);
  box->setValue(value);
  needFocusForWheel(box);
  return box;
}

}  // namespace

CompleteDialog::CompleteDialog(QWidget* parent)
    : QDialog(parent),
      checkpoint_(new QComboBox),
      names_(new QLabel),
      clear_(new QToolButton),
      given_(number<QSpinBox>("given", 1, 99, 50)),
      each_(number<QSpinBox>("each", 1, 64, 4)),
      topK_(number<QSpinBox>("topK", 0, 4096, 0)),
      seed_(number<QSpinBox>("seed", 0, std::numeric_limits<int>::max(), 1)),
      temperature_(number<QDoubleSpinBox>("temperature", 0.05, 10.0, 1.0)),
      draw_(new QPushButton),
      grid_(new ImageGrid),
      words_(new QLabel),
      save_(new QPushButton(tr("Save sheet…"))) {
  setAcceptDrops(true);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(12, 12, 12, 12);
  column->setSpacing(12);
  column->addWidget(makeFiles());
  column->addWidget(makeSettings());
  column->addWidget(grid_, 1);
  column->addWidget(makeFooter());
  grid_->setAccessibleName(tr("Completed pictures"));
  describeFiles();
  setState(false, {});
  draw_->setDefault(true);  // the dialog learns of it only once the button is in it
  draw_->setFocus();
}

QWidget* CompleteDialog::makeFiles() {
  auto* choose = new QPushButton(tr("Choose pictures…"));
  choose->setAutoDefault(false);
  names_->setForegroundRole(QPalette::PlaceholderText);
  names_->setWordWrap(true);
  clear_->setObjectName(QStringLiteral("clear"));
  clear_->setText(tr("Clear"));
  clear_->setAutoRaise(true);
  connect(choose, &QPushButton::clicked, this, &CompleteDialog::askForFiles);
  connect(clear_, &QToolButton::clicked, this, [this] {
    files_.clear();
    describeFiles();
    forgetPictures();
  });
  names_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);  // a name must not widen the window
  names_->setMinimumHeight(2 * fontMetrics().lineSpacing());  // the pictures stay where they are when names come
  auto* row = new QWidget;
  auto* parts = new QHBoxLayout(row);
  parts->setContentsMargins(0, 0, 0, 0);
  parts->setSpacing(8);
  parts->addWidget(choose);
  parts->addWidget(names_, 1);
  parts->addWidget(clear_);
  return row;
}

QWidget* CompleteDialog::makeSettings() {
  given_->setSuffix(tr(" %"));
  topK_->setSpecialValueText(tr("all"));
  temperature_->setSingleStep(0.05);
  draw_->setObjectName(QStringLiteral("draw"));
  connect(draw_, &QPushButton::clicked, this, &CompleteDialog::drawOrCancel);
  checkpoint_->setObjectName(QStringLiteral("checkpoint"));
  checkpoint_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  needFocusForWheel(checkpoint_);
  connect(checkpoint_, &QComboBox::activated, this, [this] {
    forgetPictures();
    setWindowTitle(
        tr("Complete pictures · %1, step %2").arg(run_, text::steps(checkpoint_->currentData().toLongLong())));
    emit checkpointChosen(checkpoint_->currentData().toLongLong());
  });
  for (QSpinBox* box : {given_, each_, topK_, seed_})
    connect(box, &QSpinBox::valueChanged, this, &CompleteDialog::forgetPictures);
  connect(temperature_, &QDoubleSpinBox::valueChanged, this, &CompleteDialog::forgetPictures);
  auto* settings =
      inGroup({named(tr("Given"), given_, tr("How much of each picture, from the top, the model is given")),
               named(tr("Each"), each_, tr("Completions of each picture, or how many whole images")),
               named(tr("Temperature"), temperature_, tr("Below 1 the likely colours are drawn more often")),
               named(tr("Top-k"), topK_, tr("Draw among so many of the likeliest colours")),
               named(tr("Seed"), seed_, tr("The same seed gives the same random numbers, for every model"))},
              16);
  auto* model = named(tr("Checkpoint"), checkpoint_, tr("The model as it was at this step"));
  return new WrapRow(new WrapRow(model, settings, WrapRow::Second::Close), draw_, WrapRow::Second::AtEnd);
}

QWidget* CompleteDialog::makeFooter() {
  words_->setWordWrap(true);
  words_->setObjectName(QStringLiteral("words"));
  save_->setAutoDefault(false);
  auto* close = new QPushButton(tr("Close"));
  close->setAutoDefault(false);
  connect(save_, &QPushButton::clicked, grid_, &ImageGrid::saveSheet);
  connect(grid_, &ImageGrid::failed, words_, &QLabel::setText);
  connect(close, &QPushButton::clicked, this, &QDialog::reject);
  auto* row = new QWidget;
  auto* parts = new QHBoxLayout(row);
  parts->setContentsMargins(0, 0, 0, 0);
  parts->setSpacing(8);
  parts->addWidget(words_, 1);
  parts->addWidget(save_);
  parts->addWidget(close);
  return row;
}

void CompleteDialog::setModel(const QString& run, const std::vector<PaintingCheckpoint>& checkpoints, qint64 step) {
  run_ = run;
  setWindowTitle(tr("Complete pictures · %1, step %2").arg(run, text::steps(step)));
  checkpoint_->clear();
  for (const PaintingCheckpoint& each : checkpoints) checkpoint_->addItem(each.words, each.step);
  checkpoint_->setCurrentIndex(std::max(0, checkpoint_->findData(step)));
  forgetPictures();
}

/// What was painted is not of these pictures and settings.
void CompleteDialog::forgetPictures() {
  if (busy_) {
    emit cancelRequested();
  } else if (grid_->pictures().isEmpty()) {
    return setState(false, {});
  }
  grid_->setPictures({});
  setState(false, {});
}

void CompleteDialog::addFiles(const QStringList& files) {
  const auto before = files_.size();
  for (const QString& file : files)
    if (isPictureFile(file.toStdString()) && !files_.contains(file)) files_ << file;
  describeFiles();
  if (files_.size() != before) forgetPictures();
}

void CompleteDialog::askForFiles() {
  addFiles(QFileDialog::getOpenFileNames(
      this, tr("Pictures to complete"), {},
      tr("Pictures (*.png *.jpg *.jpeg *.jpe *.jfif *.webp *.tif *.tiff *.gif *.bmp);;All files (*)")));
}

void CompleteDialog::describeFiles() {
  constexpr qsizetype kMostNamed = 4;
  constexpr int kLongestName = 260;  // pixels
  QStringList names;
  for (const QString& name : namesOf(files_).mid(0, kMostNamed))
    names << fontMetrics().elidedText(name, Qt::ElideMiddle, kLongestName);
  if (files_.size() > kMostNamed) names << tr("%1 more").arg(files_.size() - kMostNamed);
  names_->setText(files_.isEmpty() ? tr("None: whole images are drawn from nothing. Pictures may be dropped here.")
                                   : names.join(QStringLiteral(", ")));
  clear_->setVisible(!files_.isEmpty());
  given_->setEnabled(!files_.isEmpty());
}

void CompleteDialog::drawOrCancel() {
  if (busy_) {
    emit cancelRequested();
    return setState(false, tr("Cancelled."));
  }
  PictureCompletion wanted{.checkpoint = {},
                           .images = {},
                           .given = given_->value() / 100.0,
                           .each = each_->value(),
                           .temperature = temperature_->value(),
                           .topK = topK_->value(),
                           .seed = static_cast<uint64_t>(seed_->value())};
  for (const QString& file : files_) wanted.images.emplace_back(file.toStdString());
  emit drawRequested(wanted);
}

void CompleteDialog::setBusy() {
  setState(true, tr("The model paints pixel by pixel; a large one takes minutes."));
}

void CompleteDialog::setPictures(const CompletedPictures& done, qint64 tookMs) {
  grid_->setPictures(done.set.given > 0 ? completionPictures(done.set, done.palette)
                                        : wholePictures(done.set, done.palette));
  const QString took = tookMs < 1000 ? tr("under a second") : text::duration(tookMs);
  setState(
      false,
      tr("Painted in %1. Under each picture is its loss, a mean over the pixels that the model painted.").arg(took));
}

void CompleteDialog::setProblem(const QString& sentence) {
  setState(false, sentence);
}

void CompleteDialog::setState(bool busy, const QString& words) {
  busy_ = busy;
  draw_->setText(busy ? tr("Cancel") : tr("Draw"));
  words_->setText(words);
  save_->setEnabled(!grid_->pictures().isEmpty());
  grid_->setEmptyText(busy ? tr("Painting…") : tr("Press Draw to see completions."));
}

void CompleteDialog::dragEnterEvent(QDragEnterEvent* event) {
  if (!picturesOf(*event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void CompleteDialog::dropEvent(QDropEvent* event) {
  addFiles(picturesOf(*event->mimeData()));
  event->acceptProposedAction();
}

void CompleteDialog::showEvent(QShowEvent* event) {
  if (!event->spontaneous()) resize(size_);
  QDialog::showEvent(event);
}

void CompleteDialog::done(int result) {
  if (busy_) drawOrCancel();
  size_ = size();
  QDialog::done(result);
}

}  // namespace scanline
