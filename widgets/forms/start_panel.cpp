#include "widgets/forms/start_panel.h"

#include <QGridLayout>
#include <QLabel>
#include <QListWidget>
#include <QRegularExpression>
#include <algorithm>
#include <functional>

#include "widgets/parts/number_text.h"

namespace scanline {

namespace {

const QString kDash = QStringLiteral("–");

/// One value, or the span of several: "0.2 M" or "0.2 M to 0.8 M".
template <class T>
QString span(const std::vector<RunEstimate>& runs, std::optional<T> RunEstimate::*field,
             const std::function<QString(T)>& words) {
  std::optional<T> low, high;
  for (const auto& run : runs) {
    const auto& value = run.*field;
    if (!value) return kDash;
    low = low ? std::min(*low, *value) : *value;
    high = high ? std::max(*high, *value) : *value;
  }
  if (!low) return kDash;
  const QString first = words(*low), last = words(*high);
  return first == last ? first : StartPanel::tr("%1 to %2").arg(first, last);
}

QString span(const std::vector<RunEstimate>& runs, int64_t RunEstimate::*field) {
  if (runs.empty()) return kDash;
  const auto [low, high] =
      std::minmax_element(runs.begin(), runs.end(), [=](const auto& a, const auto& b) { return a.*field < b.*field; });
  if ((*low).*field == 0) return kDash;
  const QString first = text::count((*low).*field), last = text::count((*high).*field);
  return first == last ? first : StartPanel::tr("%1 to %2").arg(first, last);
}

/// The settings that tell a run of a sweep from the others: "quick start, model.width=64, seed=2" -> "width=64,
/// seed=2".
QString shortName(const QString& name) {
  static const QRegularExpression kFirst(QStringLiteral("\\b[a-z]+(\\.\\w+)?=")),
      kGroup(QStringLiteral("\\b[a-z]+\\.(?=\\w+=)"));
  const auto start = name.indexOf(kFirst);
  return start < 0 ? name : name.mid(start).remove(kGroup);
}

QString approximately(int64_t ms) {
  return QStringLiteral("~ ") + text::duration(std::max<int64_t>(1000, ms));
}

}  // namespace

StartPanel::StartPanel(QWidget* parent)
    : QWidget(parent), note_(new QLabel), sweepTitle_(new QLabel), sweep_(new QListWidget) {
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(16);
  grid->setVerticalSpacing(8);
  grid->setColumnStretch(1, 1);
  auto* title = new QLabel(tr("Before you start"));
  QFont bold = title->font();
  bold.setBold(true);
  title->setFont(bold);
  grid->addWidget(title, 0, 0, 1, 2);
  addFigure(grid, tr("Runs"), tr("How many runs the lists and ranges in the form make."));
  addFigure(grid, tr("Parameters"), tr("Numbers that the model learns."));
  addFigure(grid, tr("Tokens a step"), tr("Batch size times pixels of an image."));
  addFigure(grid, tr("Training images"), tr("Without those of the validation split."));
  addFigure(grid, tr("Epochs"), tr("How often every training image is seen."));
  addFigure(grid, tr("Warm-up"), tr("Steps until the learning rate peaks."));
  addFigure(grid, tr("Memory"), tr("Weights, gradients, Adam's moments and one micro-batch's activations."));
  addFigure(grid, tr("Time"), tr("Training, validation and the features of probes, all runs after each other."));
  note_->setWordWrap(true);
  note_->setForegroundRole(QPalette::PlaceholderText);
  grid->addWidget(note_, grid->rowCount(), 0, 1, 2);
  sweepTitle_->setFont(bold);
  sweepTitle_->setContentsMargins(0, 16, 0, 0);
  sweep_->setObjectName(QStringLiteral("sweep"));
  sweep_->setFrameShape(QFrame::NoFrame);
  sweep_->setUniformItemSizes(true);
  sweep_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  sweep_->viewport()->setBackgroundRole(QPalette::Window);
  sweep_->setSelectionMode(QAbstractItemView::NoSelection);
  grid->addWidget(sweepTitle_, grid->rowCount(), 0, 1, 2);
  grid->addWidget(sweep_, grid->rowCount(), 0, 1, 2);
  grid->setRowStretch(grid->rowCount() - 1, 1);
  setRuns({}, {});
}

QLabel* StartPanel::addFigure(QGridLayout* grid, const QString& label, const QString& help) {
  const int row = grid->rowCount();
  auto* name = new QLabel(label);
  auto* value = new QLabel(kDash);
  value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  value->setTextInteractionFlags(Qt::TextSelectableByMouse);
  value->setAccessibleName(label);
  for (auto* widget : {name, value}) {
    widget->setToolTip(help);
    widget->setWhatsThis(help);
  }
  grid->addWidget(name, row, 0);
  grid->addWidget(value, row, 1);
  name->setForegroundRole(QPalette::PlaceholderText);
  figures_[label] = value;
  return value;
}

QString StartPanel::figure(const QString& label) const {
  const auto found = figures_.find(label);
  return found == figures_.end() ? QString() : found->second->text();
}

void StartPanel::setRuns(const std::vector<RunSpec>& specs, const std::vector<EstimateBasis>& basis) {
  std::vector<RunEstimate> runs;
  for (size_t i = 0; i < specs.size(); ++i) runs.push_back(estimateRun(specs[i], basis[i]));
  const std::function<QString(int64_t)> digits = [](int64_t value) { return text::steps(value); };
  const std::function<QString(int64_t)> steps = [](int64_t value) { return tr("%1 steps").arg(text::steps(value)); };
  const std::function<QString(int64_t)> bytes = [](int64_t value) { return text::megabytes(value); };
  const std::function<QString(double)> epochs = [](double value) {
    return value < 10 ? QString::number(value, 'f', 1) : text::steps(std::llround(value));
  };
  figures_[tr("Runs")]->setText(specs.empty() ? kDash : text::steps(static_cast<int64_t>(specs.size())));
  figures_[tr("Parameters")]->setText(span(runs, &RunEstimate::parameters));
  figures_[tr("Tokens a step")]->setText(span(runs, &RunEstimate::tokensPerStep, digits));
  figures_[tr("Training images")]->setText(span(runs, &RunEstimate::trainImages, digits));
  figures_[tr("Epochs")]->setText(span(runs, &RunEstimate::epochs, epochs));
  figures_[tr("Warm-up")]->setText(span(runs, &RunEstimate::warmupSteps, steps));
  figures_[tr("Memory")]->setText(span(runs, &RunEstimate::memoryBytes, bytes));
  double total = 0;
  bool known = !runs.empty();
  for (const auto& run : runs) {
    known = known && run.milliseconds.has_value();
    total += static_cast<double>(run.milliseconds.value_or(0));
  }
  figures_[tr("Time")]->setText(known ? approximately(std::llround(std::min(total, 9e15))) : kDash);

  const double gflops = basis.empty() ? 0 : basis.front().gflops;
  const bool sized = runs.empty() || runs.front().positions.has_value();
  note_->setText(specs.empty()                          ? tr("The figures come back once every setting can be used.")
                 : specs.front().kind == RunKind::Vqvae ? tr("For a VQ-VAE these figures are known once it runs.")
                 : !specs.front().palette.vqvae.empty()
                     ? tr("How many codes a picture has, and so memory and time, is known once the VQ-VAE is read.")
                 : !sized ? tr("Give the image side to see memory and time.")
                 : gflops > 0
                     ? tr("Time by %1 GFLOP/s, as measured on this machine; samples and probe solving come on top.")
                           .arg(text::number(gflops, 3))
                     : tr("Time is shown once this machine's speed has been measured."));
  sweepTitle_->setVisible(specs.size() > 1);
  sweep_->setVisible(specs.size() > 1);
  sweepTitle_->setText(tr("The %1 runs").arg(specs.size()));
  sweep_->clear();
  if (specs.size() < 2) return;
  for (const auto& spec : specs) {
    const QString name = QString::fromStdString(spec.name);
    auto* item = new QListWidgetItem(shortName(name), sweep_);
    item->setToolTip(name);
  }
}

}  // namespace scanline
