#include "widgets/forms/fetch_row.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <algorithm>

#include "widgets/parts/number_text.h"

namespace scanline {

FetchRow::FetchRow(QWidget* parent)
    : QWidget(parent), words_(new QLabel(this)), bar_(new QProgressBar(this)), button_(new QPushButton(this)) {
  words_->setWordWrap(true);
  words_->setObjectName(QStringLiteral("fetch.words"));
  bar_->setTextVisible(false);
  bar_->setFixedHeight(6);
  bar_->setAccessibleName(tr("Progress of the fetching"));
  button_->setObjectName(QStringLiteral("fetch"));
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 4);
  layout->setSpacing(8);
  auto* left = new QVBoxLayout;
  left->setSpacing(4);
  left->addWidget(words_);
  left->addWidget(bar_);
  layout->addLayout(left, 1);
  layout->addWidget(button_, 0, Qt::AlignTop);
  connect(button_, &QPushButton::clicked, this, [this] {
    if (!fetching_.isEmpty()) {
      button_->setEnabled(false);
      emit cancelRequested();
    } else if (!offered_.isEmpty()) {
      emit fetchRequested(offered_);
    }
  });
  show();
}

void FetchRow::setOffer(const QString& dataset, const QString& size) {
  if (dataset == offered_ && size == size_) return;
  if (dataset != offered_) problem_.clear();
  offered_ = dataset;
  size_ = size;
  show();
}

void FetchRow::setProgress(const QString& dataset, const QString& doing, qint64 done, qint64 total) {
  fetching_ = dataset;
  problem_.clear();
  // Bytes of a download, or files of an archive; a few of either are told by the bar alone.
  constexpr qint64 kManyBytes = 1'000'000;
  words_->setText(total >= kManyBytes ? tr("%1: %2 of %3").arg(doing, text::megabytes(done), text::megabytes(total))
                                      : doing);
  bar_->setRange(0, total > 0 ? 1000 : 0);
  if (total > 0) bar_->setValue(static_cast<int>(std::clamp<qint64>(1000 * done / total, 0, 1000)));
  show();
}

void FetchRow::setEnded(const QString& problem) {
  fetching_.clear();
  problem_ = problem;
  button_->setEnabled(true);
  show();
}

void FetchRow::setShown(bool shown) {
  if (shown == shown_) return;
  shown_ = shown;
  show();
}

void FetchRow::show() {
  const bool fetching = !fetching_.isEmpty(), failed = !problem_.isEmpty();
  setVisible(shown_ && (fetching || !offered_.isEmpty()));
  bar_->setVisible(fetching);
  words_->setForegroundRole(failed && !fetching ? QPalette::BrightText : QPalette::WindowText);
  if (!fetching) words_->setText(failed ? problem_ : tr("%1 can be fetched now: %2.").arg(offered_, size_));
  button_->setText(fetching ? tr("Cancel") : failed ? tr("Try again") : tr("Fetch"));
  button_->setAccessibleName(fetching ? tr("Cancel the fetching of %1").arg(fetching_)
                                      : tr("Fetch the data set %1").arg(offered_));
}

}  // namespace scanline
