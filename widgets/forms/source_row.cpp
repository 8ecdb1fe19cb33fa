#include "widgets/forms/source_row.h"

#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <algorithm>

#include "widgets/parts/number_text.h"
#include "widgets/parts/wheel_focus.h"

namespace scanline {

namespace {

QString words(const ModelSource& source) {
  const QString name = source.name;
  if (source.step < 0) return SourceRow::tr("%1 · the model it started from").arg(name);
  QString text = SourceRow::tr("%1 · step %2").arg(name, text::steps(source.step));
  if (!source.note.isEmpty()) text += QStringLiteral(" (%1)").arg(source.note);
  return text;
}

}  // namespace

SourceRow::SourceRow(QWidget* parent) : QWidget(parent), box_(new QComboBox(this)), problem_(new QLabel(this)) {
  auto* label = new QLabel(tr("Starts from"), this);
  label->setBuddy(box_);
  box_->setObjectName(QStringLiteral("source"));
  box_->setAccessibleName(tr("Starts from"));
  box_->setToolTip(tr("The run and the step whose weights, palette and data settings are taken"));
  box_->setFixedHeight(28);
  needFocusForWheel(box_);
  box_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  box_->setMinimumContentsLength(24);
  problem_->setObjectName(QStringLiteral("source.problem"));
  problem_->setForegroundRole(QPalette::BrightText);
  problem_->setWordWrap(true);
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(16, 0, 16, 0);
  grid->setHorizontalSpacing(8);
  grid->setVerticalSpacing(4);
  grid->setColumnMinimumWidth(0, 144);
  grid->setColumnStretch(1, 1);
  grid->addWidget(label, 0, 0);
  grid->addWidget(box_, 0, 1);
  grid->addWidget(problem_, 1, 1);
  connect(box_, &QComboBox::activated, this, [this](int index) {
    const auto place = static_cast<size_t>(index - 1);
    const auto wanted = index > 0 && place < sources_.size() ? std::optional(sources_[place]) : std::nullopt;
    if (wanted == source_) return;
    source_ = wanted;
    show();
    emit chosen(source_);
  });
  fill();
}

void SourceRow::setSources(std::vector<ModelSource> sources) {
  sources_ = std::move(sources);
  fill();
}

void SourceRow::setSource(const std::optional<ModelSource>& source) {
  source_ = source;
  fill();
}

void SourceRow::setNeed(Need need, const QString& kind) {
  if (need == need_ && kind == kind_) return;
  need_ = need;
  kind_ = kind;
  fill();
}

void SourceRow::focusBox() {
  box_->setFocus(Qt::ShortcutFocusReason);
}

/// The first entry stands for no checkpoint.
void SourceRow::fill() {
  if (source_ && std::find(sources_.begin(), sources_.end(), *source_) == sources_.end())
    sources_.insert(sources_.begin(), *source_);
  const QSignalBlocker blocker(box_);
  box_->clear();
  box_->addItem(need_ == Need::Required ? tr("Choose a run…") : tr("Nothing: new weights"));
  for (const ModelSource& source : sources_) box_->addItem(words(source));
  const auto place = source_ ? std::find(sources_.begin(), sources_.end(), *source_) : sources_.end();
  box_->setCurrentIndex(place == sources_.end() ? 0 : static_cast<int>(place - sources_.begin()) + 1);
  show();
}

void SourceRow::show() {
  setVisible(need_ != Need::None || source_.has_value());
  problem_->setVisible(isMissing());
  problem_->setText(
      sources_.empty()
          ? tr("A run of kind %1 starts from a trained model, and no run here has a checkpoint yet. Train one, or import one (File, Import).")
                .arg(kind_)
          : tr("A run of kind %1 starts from a trained model. Choose the run whose checkpoint it takes.").arg(kind_));
}

}  // namespace scanline
