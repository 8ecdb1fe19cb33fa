#include "widgets/pages/probe_pictures.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/images/image_grid.h"
#include "widgets/parts/elided_label.h"
#include "widgets/parts/number_text.h"
#include "widgets/studio/question_panel.h"

namespace scanline {

namespace {
constexpr int kMargin = 12, kSpacing = 8, kSmallest = 80;  // px; of pictures
}

ProbePicturesPanel::ProbePicturesPanel(QWidget* parent)
    : QWidget(parent),
      title_(partTitle({})),
      state_(new ElidedLabel),
      progress_(new QProgressBar),
      stop_(new QPushButton(tr("Stop"))),
      grid_(new ImageGrid) {
  setAccessibleName(tr("Pictures of the probe"));
  title_->setObjectName(QStringLiteral("probePicturesTitle"));
  title_->setTextFormat(Qt::PlainText);
  title_->setMinimumWidth(48);
  state_->setObjectName(QStringLiteral("probePicturesState"));
  state_->setForegroundRole(QPalette::PlaceholderText);
  state_->setMinimumWidth(48);
  progress_->setAccessibleName(tr("Progress of fitting the probes"));
  progress_->setTextVisible(false);
  progress_->setFixedSize(120, 8);
  stop_->setObjectName(QStringLiteral("stopProbePictures"));
  connect(stop_, &QPushButton::clicked, this, &ProbePicturesPanel::stopRequested);
  auto* close = new QToolButton;
  close->setText(QStringLiteral("×"));
  close->setObjectName(QStringLiteral("closeProbePictures"));
  close->setAccessibleName(tr("Close the pictures"));
  close->setToolTip(tr("Close the pictures (Escape)"));
  close->setAutoRaise(true);
  connect(close, &QToolButton::clicked, this, &ProbePicturesPanel::closeRequested);
  grid_->setObjectName(QStringLiteral("probePictures"));
  grid_->setAccessibleName(tr("Pictures of the probe"));
  grid_->setToolTip(tr("A click opens a picture in the studio."));
  grid_->setSmallest(kSmallest);
  grid_->setOpening(true);
  connect(grid_, &ImageGrid::opened, this, &ProbePicturesPanel::openRequested);
  connect(grid_, &ImageGrid::failed, this, &ProbePicturesPanel::failed);
  auto* head = new QHBoxLayout;
  head->setSpacing(kSpacing);
  head->addWidget(title_);
  head->addWidget(state_, 1);
  head->addWidget(progress_);
  head->addWidget(stop_);
  head->addWidget(close);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(kMargin, 0, kMargin, 0);
  column->setSpacing(kSpacing);
  column->addLayout(head);
  column->addWidget(grid_, 1);
  progress_->hide();
  stop_->hide();
}

void ProbePicturesPanel::say(const QString& sentence, bool isProblem) {
  state_->setForegroundRole(isProblem ? QPalette::BrightText : QPalette::PlaceholderText);
  state_->setText(sentence);
  progress_->hide();
  stop_->hide();
}

void ProbePicturesPanel::setBusy(const QString& title) {
  title_->setText(title);
  grid_->setPictures({});
  grid_->setEmptyText({});
  say(tr("The probes are fitted once more, to see their answer to each picture…"), false);
  setProgress(-1);
}

void ProbePicturesPanel::setProgress(double share) {
  progress_->setRange(0, share < 0 ? 0 : 100);
  progress_->setValue(qRound(100 * share));
  progress_->show();
  stop_->show();
}

bool ProbePicturesPanel::isBusy() const {
  return !stop_->isHidden();
}

void ProbePicturesPanel::setPictures(const DescribedPictures& pictures, qint64 more) {
  const qint64 shown = std::ssize(pictures.names);
  const QString all = text::steps(shown + more);
  say(more > 0     ? tr("%1 pictures, the surest answer first; the first %2 are shown").arg(all, text::steps(shown))
      : shown == 1 ? tr("1 picture")
                   : tr("%1 pictures, the surest answer first").arg(all),
      false);
  grid_->setEmptyText(tr("There are no such pictures."));
  grid_->setPictures(flowOf(pictures));
}

void ProbePicturesPanel::setProblem(const QString& sentence) {
  grid_->setPictures({});
  grid_->setEmptyText({});
  say(sentence, true);
}

void ProbePicturesPanel::setStopped() {
  say(tr("Stopped. Choose a cell to begin again."), false);
}

QString ProbePicturesPanel::state() const {
  return state_->text();
}

void ProbePicturesPanel::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Escape) return void(emit closeRequested());
  QWidget::keyPressEvent(event);
}

}  // namespace scanline
