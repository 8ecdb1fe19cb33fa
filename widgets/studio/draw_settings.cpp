#include "widgets/studio/draw_settings.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QLabel>
#include <QSpinBox>
#include <QVBoxLayout>
#include <limits>

#include "widgets/parts/icon_button.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/parts/wheel_focus.h"
#include "widgets/parts/wrap_row.h"

namespace scanline {

namespace {

enum Choice { kPlain = 0, kOther = 1 };

template <class Box, class Value>
Box* number(const char* name, const QString& words, const QString& tip, Value least, Value most, Value value) {
  auto* box = new Box;
  box->setObjectName(QString::fromLatin1(name));
  box->setAccessibleName(words);
  box->setToolTip(tip);
  box->setRange(least, most);
  box->setValue(value);
  needFocusForWheel(box);
  return box;
}

QLabel* nameOf(QWidget* box) {
  auto* label = new QLabel(box->accessibleName());
  label->setBuddy(box);
  label->setToolTip(box->toolTip());
  label->setForegroundRole(QPalette::PlaceholderText);
  return label;
}

}  // namespace

DrawSettings::DrawSettings(QWidget* parent)
    : QWidget(parent),
      candidates_(number<QSpinBox>("candidates", tr("Candidates"), tr("So many drawings, side by side"), 1, 64, 4)),
      topK_(number<QSpinBox>("topK", tr("Top-k"), tr("Draw among so many of the likeliest colours"), 0, 4096, 0)),
      seed_(number<QSpinBox>("seed", tr("Seed"), tr("The same seed gives the same random numbers, for every model"), 0,
                             std::numeric_limits<int>::max(), 1)),
      particles_(number<QSpinBox>("particles", tr("Particles"),
                                  tr("Drawings that a candidate is chosen from; more fit the pixels given late better"),
                                  1, 1024, 32)),
      passes_(number<QSpinBox>("passes", tr("Passes"), tr("Into so many passes the masked pixels are divided"), 2, 1024,
                               8)),
      temperature_(number<QDoubleSpinBox>("temperature", tr("Temperature"),
                                          tr("Below 1 the likely colours are drawn more often"), 0.05, 10.0, 1.0)),
      topP_(number<QDoubleSpinBox>(
          "topP", tr("Top-p"), tr("Draw among the likeliest colours that have this share together"), 0.01, 1.0, 1.0)),
      cache_(new QComboBox),
      order_(new SegmentedControl(tr("Pixels that are given late"))),
      all_(new SegmentedControl(tr("How masked pixels are filled"))),
      sentence_(new QLabel),
      orderPart_(makeOrder()),
      passesPart_(makePasses()) {
  topK_->setSpecialValueText(tr("all"));
  temperature_->setSingleStep(0.05);
  topP_->setSingleStep(0.05);
  auto* dice = new IconButton(QStringLiteral("dice"), tr("Another seed"), this);
  dice->setObjectName(QStringLiteral("roll"));
  dice->setFocusPolicy(Qt::TabFocus);
  connect(dice, &QToolButton::clicked, this, &DrawSettings::roll);
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(8);
  grid->setVerticalSpacing(2);
  const auto put = [grid](QWidget* box, int row, int column) {
    grid->addWidget(nameOf(box), 2 * row, column);
    grid->addWidget(box, 2 * row + 1, column);
    grid->setColumnStretch(column, 1);
  };
  put(candidates_, 0, 0);
  put(temperature_, 0, 1);
  grid->addWidget(nameOf(seed_), 0, 2);
  auto* seed = inGroup({seed_, dice}, 2);
  seed_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  grid->addWidget(seed, 1, 2);
  grid->setColumnStretch(2, 1);
  put(topK_, 1, 0);
  put(topP_, 1, 1);
  makeCache();
  grid->addWidget(cacheName_, 2, 2);
  grid->addWidget(cache_, 3, 2);
  grid->addWidget(orderPart_, 4, 0, 1, 3);
  grid->addWidget(passesPart_, 5, 0, 1, 3);
  for (QSpinBox* box : {candidates_, topK_, seed_, particles_, passes_})
    connect(box, &QSpinBox::valueChanged, this, &DrawSettings::changed);
  for (QDoubleSpinBox* box : {temperature_, topP_})
    connect(box, &QDoubleSpinBox::valueChanged, this, &DrawSettings::changed);
  connect(cache_, &QComboBox::activated, this, &DrawSettings::changed);
  for (SegmentedControl* each : {order_, all_})
    connect(each, &SegmentedControl::chosen, this, [this] {
      refresh();
      emit changed();
    });
  refresh();
}

void DrawSettings::makeCache() {
  cache_->setObjectName(QStringLiteral("cache"));
  cache_->setAccessibleName(tr("Cache"));
  cache_->setToolTip(
      tr("How keys and values of the drawn pixels are kept. bfloat16 takes half the memory and draws large models "
         "faster; it changes probabilities a little, so that some pixels come out otherwise"));
  cache_->addItems({QStringLiteral("float32"), QStringLiteral("bfloat16")});
  cache_->setMinimumContentsLength(6);
  cache_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  needFocusForWheel(cache_);
  cacheName_ = nameOf(cache_);
}

QWidget* DrawSettings::makeOrder() {
  order_->setObjectName(QStringLiteral("order"));
  order_->add(kPlain, tr("Plain"), tr("They are kept, and the model paints as if it did not know them"));
  order_->add(
      kOther, tr("Conditioned"),
      tr("They shape the pixels painted above them: of many drawings, those count that make them likely (sequential "
         "Monte Carlo)"));
  sentence_->setObjectName(QStringLiteral("rasterSentence"));
  sentence_->setWordWrap(true);
  particles_->setSuffix(tr(" particles"));
  auto* part = new QWidget;
  auto* column = new QVBoxLayout(part);
  column->setContentsMargins(0, 6, 0, 0);
  column->setSpacing(6);
  column->addWidget(sentence_);
  column->addWidget(new WrapRow(order_, particles_, WrapRow::Second::Close));
  return part;
}

QWidget* DrawSettings::makePasses() {
  all_->setObjectName(QStringLiteral("filling"));
  all_->add(kPlain, tr("All at once"), tr("Every masked pixel is drawn from the given ones alone"));
  all_->add(kOther, tr("Surest first"), tr("The surest pixels are filled first, and the others see them"));
  passes_->setSuffix(tr(" passes"));
  auto* part = new QWidget;
  auto* column = new QVBoxLayout(part);
  column->setContentsMargins(0, 6, 0, 0);
  column->addWidget(new WrapRow(all_, passes_, WrapRow::Second::Close));
  return part;
}

void DrawSettings::setModel(const ModelFacts& facts) {
  isBert_ = facts.objective == Objective::Bert;
  isCodes_ = facts.isCodes;
  topK_->setMaximum(static_cast<int>(std::max<int64_t>(1, facts.paletteSize)));
  refresh();
}

void DrawSettings::setGivenLate(qint64 pixels) {
  late_ = pixels;
  refresh();
}

bool DrawSettings::isConditioned() const {
  return !isBert_ && late_ > 0 && order_->current() == kOther;
}

void DrawSettings::refresh() {
  passesPart_->setVisible(isBert_);
  cache_->setVisible(!isBert_);
  cacheName_->setVisible(!isBert_);
  orderPart_->setVisible(!isBert_ && late_ > 0);
  const QString count = text::steps(late_);
  sentence_->setText((isCodes_
                          ? tr("The model paints in raster order. Codes given after the first painted one (%1 codes) "
                               "are kept, but the model paints the codes above them before it sees them.")
                          : tr("The model paints in raster order. Pixels given after the first painted one (%1 "
                               "pixels) are kept, but the model paints the pixels above them before it sees them."))
                         .arg(count));
  particles_->setVisible(order_->current() == kOther);
  passes_->setVisible(all_->current() == kOther);
}

void DrawSettings::fill(DrawRequest& request) const {
  request.candidates = candidates_->value();
  request.temperature = temperature_->value();
  request.topK = topK_->value();
  request.topP = topP_->value();
  request.seed = static_cast<uint64_t>(seed_->value());
  request.conditioned = isConditioned();
  request.particles = particles_->value();
  request.bf16Cache = !isBert_ && cache_->currentIndex() == kOther;
  request.passes = isBert_ && all_->current() == kOther ? passes_->value() : 1;
}

void DrawSettings::setRequest(const DrawRequest& request) {
  const QSignalBlocker quiet(this);
  candidates_->setValue(static_cast<int>(request.candidates));
  temperature_->setValue(request.temperature);
  topK_->setValue(static_cast<int>(request.topK));
  topP_->setValue(request.topP);
  seed_->setValue(static_cast<int>(std::min<uint64_t>(request.seed, std::numeric_limits<int>::max())));
  particles_->setValue(static_cast<int>(request.particles));
  cache_->setCurrentIndex(request.bf16Cache ? kOther : kPlain);
  order_->setCurrent(request.conditioned ? kOther : kPlain);
  all_->setCurrent(request.passes > 1 ? kOther : kPlain);
  if (request.passes > 1) passes_->setValue(static_cast<int>(request.passes));
  refresh();
}

void DrawSettings::roll() {
  seed_->setValue(seed_->value() == seed_->maximum() ? 0 : seed_->value() + 1);
}

}  // namespace scanline
