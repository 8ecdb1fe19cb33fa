#include "widgets/studio/surprise_panel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSlider>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "widgets/parts/number_text.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/parts/wheel_focus.h"
#include "widgets/studio/fact_list.h"
#include "widgets/studio/scale_bar.h"
#include "widgets/studio/token_map.h"

namespace scanline {

namespace {

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
enum Fact { kSum, kMean, kBits };

/// Sum and number of the values that are there.
std::pair<double, int64_t> sumOf(const std::vector<float>& values) {
  double sum = 0;
  int64_t count = 0;
  for (const float value : values)
    if (std::isfinite(value)) sum += value, ++count;
  return {sum, count};
}

/// "+0.420", "−1.300"
QString signedNats(double value) {
  const QString digits = text::nats(std::abs(value));
  return (value < 0 ? QStringLiteral("−") : QStringLiteral("+")) + digits;
}

}  // namespace

SurprisePanel::SurprisePanel(QWidget* parent)
    : QuestionPanel(tr("Surprise"), parent),
      kind_(new SegmentedControl(tr("Measure"))),
      otherRow_(new QWidget),
      otherBox_(new QComboBox),
      map_(new TokenMap(tr("Surprise of each pixel"))),
      bar_(new ScaleBar),
      opacityRow_(new QWidget),
      opacity_(new QSlider(Qt::Horizontal)),
      pointed_(noteLabel()),
      list_(new FactList),
      note_(noteLabel()) {
  build();
  connect(kind_, &SegmentedControl::chosen, this, &SurprisePanel::refresh);
  connect(otherBox_, &QComboBox::currentIndexChanged, this, [this] {
    other_ = {};
    refresh();
    emit otherModelChosen(otherModel());
  });
  connect(opacity_, &QSlider::valueChanged, this, &SurprisePanel::refresh);
  connect(map_, &TokenMap::hoveredChanged, this, [this](qint64 position) {
    showPointed();
    emit positionHovered(position);
  });
  connect(map_, &TokenMap::positionChosen, this, [this](qint64 position) {
    showPointed();
    emit positionChosen(position);
  });
  connect(map_, &TokenMap::failed, this, &SurprisePanel::failed);
  refresh();
}

void SurprisePanel::build() {
  kind_->setObjectName(QStringLiteral("shown"));
  kind_->add(Nats, tr("Nats"), tr("−log p of each pixel: how surprised the model is"));
  kind_->add(Entropy, tr("Entropy"), tr("How undecided the model is before it sees each pixel, in nats"));
  kind_->add(Rank, tr("Rank"),
             tr("The place of each pixel's colour among all colours by probability; 1 = most probable"));
  kind_->add(Ratio, tr("Ratio"),
             tr("How much more probable this model finds each pixel than another one does, in nats"));
  otherBox_->setObjectName(QStringLiteral("otherModel"));
  otherBox_->setAccessibleName(tr("The model to compare with"));
  otherBox_->setToolTip(tr("The log-ratio is to this model or checkpoint"));
  otherBox_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  otherBox_->setMinimumContentsLength(14);
  needFocusForWheel(otherBox_);
  fillModels(*otherBox_, tr("none chosen"), {});
  auto* other = new QHBoxLayout(otherRow_);
  other->setContentsMargins(0, 0, 0, 0);
  auto* to = new QLabel(tr("Against"));
  to->setBuddy(otherBox_);
  other->addWidget(to);
  other->addWidget(otherBox_, 1);

  map_->setObjectName(QStringLiteral("map"));
  map_->setWords([this](qint64 position) { return words(position); });
  bar_->setObjectName(QStringLiteral("scale"));
  opacity_->setObjectName(QStringLiteral("opacity"));
  opacity_->setAccessibleName(tr("Opacity of the colours"));
  opacity_->setToolTip(tr("How much the colours cover the picture, here and on the canvas"));
  opacity_->setRange(0, 100);
  opacity_->setPageStep(10);
  opacity_->setValue(85);
  needFocusForWheel(opacity_);
  auto* cover = new QHBoxLayout(opacityRow_);
  cover->setContentsMargins(0, 0, 0, 0);
  cover->addWidget(new QLabel(tr("Colours")));
  cover->addWidget(opacity_, 1);

  pointed_->setObjectName(QStringLiteral("pointed"));
  list_->add(QStringLiteral("sum"), tr("Sum"), tr("Over all pixels that have a value"));
  list_->add(QStringLiteral("mean"), tr("Mean"), tr("Of all pixels that have a value"));
  list_->add(QStringLiteral("bits"), tr("Bits"), tr("The mean, divided by log 2"));
  note_->setObjectName(QStringLiteral("note"));

  auto* column = content();
  column->addWidget(kind_, 0, Qt::AlignLeft);
  column->addWidget(otherRow_);
  column->addWidget(map_);
  column->addWidget(bar_);
  column->addWidget(pointed_);
  column->addWidget(list_);
  column->addWidget(opacityRow_);
  column->addWidget(note_);
}

// --- values in ---

void SurprisePanel::setModel(const ModelFacts& facts) {
  facts_ = facts;
  surprise_ = {};
  other_ = {};
  refresh();
}

void SurprisePanel::setPicture(const StudioPicture& picture) {
  if (picture.tokens != picture_.tokens || picture.across != picture_.across) {
    surprise_ = {};
    other_ = {};
  }
  picture_ = picture;
  map_->setPicture(picture);
  refresh();
}

bool SurprisePanel::fits(const Surprise& surprise) const {
  const size_t count = picture_.tokens.size();
  return surprise.nats.size() == count && surprise.entropy.size() == count && surprise.rank.size() == count;
}

void SurprisePanel::setSurprise(const Surprise& surprise, std::vector<uint8_t> asked) {
  setAnswered();
  surprise_ = surprise;
  asked_ = std::move(asked);
  if (!fits(surprise) || (!asked_.empty() && asked_.size() != picture_.tokens.size())) {
    surprise_ = {};
    setProblem(tr("The answer is of a picture of another size. Choose the picture again."));
  }
  refresh();
}

void SurprisePanel::setOtherModels(const std::vector<ModelChoice>& choices) {
  const QString before = otherModel();
  fillModels(*otherBox_, choices.empty() ? tr("no other model") : tr("none chosen"), choices);
  if (otherModel() == before) return;
  other_ = {};
  refresh();
  emit otherModelChosen(otherModel());
}

void SurprisePanel::setOtherSurprise(const QString& key, const Surprise& surprise) {
  if (key.isEmpty() || key != otherModel()) return;
  setAnswered();
  other_ = surprise;
  if (!fits(surprise)) {
    other_ = {};
    setProblem(tr("The other model has pictures of another size, so the pixels of the two cannot be compared."));
  }
  refresh();
}

void SurprisePanel::setChosen(qint64 position) {
  map_->setChosen(position);
  showPointed();
}

SurprisePanel::Shown SurprisePanel::shown() const {
  return static_cast<Shown>(kind_->current());
}

void SurprisePanel::setShown(Shown shown) {
  kind_->setCurrent(shown);
  refresh();
}

QString SurprisePanel::otherModel() const {
  return otherBox_->currentData().toString();
}

// --- values shown ---

std::vector<float> SurprisePanel::shownValues() const {
  if (surprise_.nats.empty() || (shown() == Ratio && other_.nats.empty())) return {};
  std::vector<float> values(surprise_.nats.size(), kNone);
  for (size_t i = 0; i < values.size(); ++i) {
    if (!asked_.empty() && asked_[i] == 0) continue;
    switch (shown()) {
      case Nats:
        values[i] = surprise_.nats[i];
        break;
      case Entropy:
        values[i] = surprise_.entropy[i];
        break;
      case Rank:
        values[i] = static_cast<float>(surprise_.rank[i] + 1);
        break;
      case Ratio:
        values[i] = other_.nats[i] - surprise_.nats[i];
        break;
    }
  }
  return values;
}

ColourScale SurprisePanel::scaleOf(const std::vector<float>& values) const {
  if (shown() == Ratio) return scaleAboutZero(values);
  if (shown() != Rank) return scaleFromZero(values);
  // Ranks differ by orders: the first ten matter as much as the next hundred.
  const double last = std::max(10.0, scaleFromZero(values).axis.range().high);
  return {ColourMap::Even, AxisScale({1, last}, true)};
}

QString SurprisePanel::unit() const {
  return shown() == Rank ? tr("rank") : tr("nats");
}

void SurprisePanel::refresh() {
  const std::vector<float> values = shownValues();
  HeatLayer layer{.values = values, .scale = scaleOf(values), .opacity = opacity_->value() / 100.0};
  otherRow_->setVisible(shown() == Ratio);
  bar_->setVisible(!layer.isEmpty());
  list_->setVisible(!layer.isEmpty());
  opacityRow_->setVisible(!layer.isEmpty());
  bar_->setScale(layer.scale, unit());
  note_->setText(note());
  note_->setVisible(!note_->text().isEmpty());
  map_->setEmptyText(tr("Put a picture onto the canvas: here you see how well the model predicts each pixel of it."));
  map_->setLayer(layer);
  const bool changed = layer != layer_;
  layer_ = std::move(layer);
  showFacts();
  showPointed();
  if (changed) emit layerChanged();
}

QString SurprisePanel::note() const {
  if (picture_.isEmpty()) return {};
  if (surprise_.nats.empty()) return tr("The values of each pixel appear here when the model has answered.");
  if (shown() == Ratio && otherModel().isEmpty())
    return otherBox_->count() > 1 ? tr("Choose the model or checkpoint to compare with.")
                                  : tr("There is no other model to compare with yet: train one, or import one.");
  if (shown() == Ratio)
    return tr(
        "log p of this model minus log p of the other one: above 0 (brown), this model finds the pixel more "
        "probable.");
  if (facts_.objective == Objective::Bert)
    return tr(
        "This model sees the pixels around the one that it is asked for, so the sum is no likelihood of the "
        "picture.");
  return {};
}

void SurprisePanel::showFacts() {
  const auto [sum, count] = sumOf(layer_.values);
  if (count == 0) return;
  const double mean = sum / static_cast<double>(count);
  const bool codes = picture_.isCodes();
  const bool isLikelihood = facts_.objective == Objective::Autoregressive && shown() == Nats;
  list_->setRowVisible(kBits, isLikelihood);
  list_->setRowVisible(kSum, true);
  switch (shown()) {
    case Nats:
    case Entropy:
      list_->setName(kSum, tr("Sum"));
      list_->setValue(kSum, tr("%1 nats").arg(QString::number(sum, 'f', 2)));
      list_->setName(kMean, tr("Mean"));
      list_->setValue(kMean, (codes ? tr("%1 nats per code") : tr("%1 nats per pixel")).arg(text::nats(mean)));
      list_->setValue(kBits,
                      (codes ? tr("%1 per code") : tr("%1 per pixel")).arg(text::nats(mean / std::numbers::ln2)));
      break;
    case Rank: {
      const auto first = std::ranges::count(layer_.values, 1.0F);
      list_->setName(kSum, tr("Most probable"));
      list_->setValue(kSum, tr("%1 of %2 (%3)")
                                .arg(text::steps(first), text::steps(count),
                                     text::percent(static_cast<double>(first) / static_cast<double>(count))));
      list_->setName(kMean, tr("Mean rank"));
      list_->setValue(kMean, tr("%1 of %2").arg(text::number(mean)).arg(facts_.paletteSize));
      break;
    }
    case Ratio:
      list_->setName(kSum, tr("Sum"));
      list_->setValue(kSum, tr("%1 nats").arg(signedNats(sum)));
      list_->setName(kMean, tr("Mean"));
      list_->setValue(kMean, (codes ? tr("%1 nats per code") : tr("%1 nats per pixel")).arg(signedNats(mean)));
      break;
  }
}

QString SurprisePanel::words(qint64 position) const {
  if (position < 0 || position >= picture_.count()) return {};
  const auto i = static_cast<size_t>(position);
  const QString place = placeWords(picture_, position);
  if (surprise_.nats.empty()) return place;
  if (!asked_.empty() && asked_[i] == 0) return tr("%1 · given to the model").arg(place);
  QString result = tr("%1 · %2 nats · entropy %3 · rank %4 of %5")
                       .arg(place, text::nats(surprise_.nats[i]), text::nats(surprise_.entropy[i]))
                       .arg(surprise_.rank[i] + 1)
                       .arg(facts_.paletteSize);
  if (shown() == Ratio && !other_.nats.empty())
    result += tr(" · ratio %1 nats").arg(signedNats(other_.nats[i] - surprise_.nats[i]));
  return result;
}

void SurprisePanel::showPointed() {
  const qint64 position = map_->told();
  const bool any = position >= 0 && !layer_.isEmpty();
  bar_->setMark(any ? std::optional<double>(layer_.values[static_cast<size_t>(position)]) : std::nullopt);
  pointed_->setText(position >= 0 ? words(position)
                                  : tr("Point at a pixel, or walk with the arrow keys, to read its values."));
  pointed_->setVisible(!layer_.isEmpty());
}

}  // namespace scanline
