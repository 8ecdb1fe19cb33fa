#include "widgets/forms/start_panel.h"

#include <QGridLayout>
#include <QLabel>
#include <QListWidget>
#include <algorithm>
#include <cmath>
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

/// The length of the common end of all names: 13 for "lr 1e-3, quick start" and "lr 3e-3, quick start".
qsizetype commonEnd(const std::vector<RunSpec>& specs) {
  const QString first = QString::fromStdString(specs.front().name);
  qsizetype length = first.size();
  for (const RunSpec& spec : specs) {
    const QString name = QString::fromStdString(spec.name);
    qsizetype same = 0;
    while (same < std::min(length, name.size()) && name[name.size() - 1 - same] == first[first.size() - 1 - same])
      ++same;
    length = same;
  }
  const qsizetype comma = first.right(length).indexOf(QStringLiteral(", "));
  return comma < 0 ? 0 : length - comma;
}

/// "3", or "1, of up to 5 trials" where learning rates are searched.
QString runsAndTrials(const std::vector<RunSpec>& specs) {
  int64_t trials = 0;
  for (const RunSpec& spec : specs)
    if (!spec.search.rates.empty()) trials += 1 + std::ranges::count(spec.search.rates, ',');
  const QString runs = text::steps(static_cast<int64_t>(specs.size()));
  return trials == 0 ? runs : StartPanel::tr("%1, of up to %2 trials").arg(runs, text::steps(trials));
}

/// "0:45 to 1:10", or "~ 0:50" where both are about the same.
QString timeSpan(int64_t least, int64_t most) {
  const auto words = [](int64_t ms) { return text::duration(std::max<int64_t>(1000, ms)); };
  if (words(least) == words(most) || static_cast<double>(most) < 1.1 * static_cast<double>(least))
    return QStringLiteral("~ ") + words(most);
  return StartPanel::tr("%1 to %2").arg(words(least), words(most));
}

/// The settings that a figure is counted from.
std::set<QString> settingsOf(const QString& figure) {
  using Keys = std::set<QString>;
  const Keys model{"kind", "model.layers", "model.width", "palette.size", "palette.vqvae", "data.name", "data.side"};
  const Keys images{"kind", "data.name", "data.limit", "data.validationShare", "data.foldValidation"};
  const auto with = [](Keys keys, const Keys& others) {
    keys.insert(others.begin(), others.end());
    return keys;
  };
  if (figure == StartPanel::tr("Parameters")) return model;
  if (figure == StartPanel::tr("Tokens a step"))
    return {"kind", "palette.vqvae", "data.name", "data.side", "train.batchSize"};
  if (figure == StartPanel::tr("Training images")) return images;
  if (figure == StartPanel::tr("Epochs")) return with(images, {"train.steps", "train.batchSize"});
  if (figure == StartPanel::tr("Warm-up"))
    return with(images, {"train.steps", "train.batchSize", "optimizer.warmupSteps"});
  if (figure == StartPanel::tr("Memory"))
    return with(model, {"train.batchSize", "train.microBatch", "train.slices", "train.precision", "threads"});
  if (figure == StartPanel::tr("Time"))
    return with(with(model, images), {"train.batchSize", "train.steps", "train.evaluateEvery", "train.evaluateImages",
                                      "probe.every", "probe.trainImages", "probe.testImages", "search.rates"});
  return {};
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
}

void StartPanel::addFigure(QGridLayout* grid, const QString& label, const QString& help) {
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
  name->setWordWrap(true);  // in a narrow panel
  grid->addWidget(name, row, 0);
  grid->addWidget(value, row, 1);
  name->setForegroundRole(QPalette::PlaceholderText);
  figures_[label] = {name, value};
}

QString StartPanel::figure(const QString& label) const {
  const auto found = figures_.find(label);
  return found == figures_.end() ? QString() : found->second.value->text();
}

void StartPanel::setFigure(const QString& label, const QString& text) {
  const auto& [name, value] = figures_.at(label);
  value->setText(text);
}

void StartPanel::setRuns(const std::vector<RunSpec>& specs, const Known& known) {
  std::vector<RunEstimate> runs;
  for (size_t i = 0; i < specs.size(); ++i) runs.push_back(estimateRun(specs[i], known.basis.at(i)));
  const std::function<QString(int64_t)> digits = [](int64_t value) { return text::steps(value); };
  const std::function<QString(int64_t)> steps = [](int64_t value) { return tr("%1 steps").arg(text::steps(value)); };
  const std::function<QString(int64_t)> bytes = [](int64_t value) { return text::megabytes(value); };
  const std::function<QString(double)> epochs = [](double value) {
    return value < 10 ? QString::number(value, 'f', 1) : text::steps(std::llround(value));
  };
  setFigure(tr("Runs"), known.isCounted ? runsAndTrials(specs) : kDash);
  setFigure(tr("Parameters"), span(runs, &RunEstimate::parameters));
  setFigure(tr("Tokens a step"), span(runs, &RunEstimate::tokensPerStep, digits));
  setFigure(tr("Training images"), span(runs, &RunEstimate::trainImages, digits));
  setFigure(tr("Epochs"), span(runs, &RunEstimate::epochs, epochs));
  setFigure(tr("Warm-up"), span(runs, &RunEstimate::warmupSteps, steps));
  setFigure(tr("Memory"), span(runs, &RunEstimate::memoryBytes, bytes));
  double least = 0, most = 0;
  bool timed = known.isCounted;
  for (const auto& run : runs) {
    timed = timed && run.milliseconds.has_value();
    least += static_cast<double>(run.leastMilliseconds.value_or(0));
    most += static_cast<double>(run.milliseconds.value_or(0));
  }
  setFigure(tr("Time"),
            timed ? timeSpan(std::llround(std::min(least, 9e15)), std::llround(std::min(most, 9e15))) : kDash);
  bool anyDash = false;
  for (const auto& [label, figure] : figures_) {
    const auto keys = settingsOf(label);
    const bool depends = std::ranges::any_of(known.wrong, [&](const QString& key) { return keys.contains(key); });
    if (depends) figure.value->setText(kDash);
    anyDash |= depends;
  }
  const RunSpec& first = specs.front();
  note_->setText(
      anyDash || !known.isCounted ? tr("A dash stands for a figure that depends on a setting which is not right yet.")
      : first.kind == RunKind::Vqvae ? tr("For a VQ-VAE these figures are known once it runs.")
      : !runs.front().positions
          ? first.palette.vqvae.empty()
                ? tr("Give the image side to see memory and time.")
                : tr("How many codes a picture has, and so memory and time, is known once the VQ-VAE is read.")
      : !known.measured.isValid() ? tr("Time is shown once a training has run here undisturbed.")
      : known.isOfItsShape
          ? tr("Time as measured here with such a model on %1, when nothing else used the machine; samples and probe solving come on top.")
                .arg(known.measured.toString(Qt::ISODate))
          : tr("Time by the speed of another model here, measured on %1; a model of this shape was not measured yet. Samples and probe solving come on top.")
                .arg(known.measured.toString(Qt::ISODate)));
  showSweep(specs, known.isCounted);
}

void StartPanel::showSweep(const std::vector<RunSpec>& specs, bool isCounted) {
  const bool shown = specs.size() > 1 && isCounted;
  sweepTitle_->setVisible(shown);
  sweep_->setVisible(shown);
  sweepTitle_->setText(tr("The %1 runs").arg(specs.size()));
  sweep_->clear();
  if (!shown) return;
  const qsizetype end = commonEnd(specs);
  for (const auto& spec : specs) {
    const QString name = QString::fromStdString(spec.name);
    auto* item = new QListWidgetItem(name.chopped(end), sweep_);
    item->setToolTip(name);
  }
}

}  // namespace scanline
