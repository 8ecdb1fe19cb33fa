#include "widgets/pages/features_view.h"

#include <QComboBox>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSlider>
#include <QStackedWidget>
#include <algorithm>

#include "widgets/images/image_grid.h"
#include "widgets/pages/class_legend.h"
#include "widgets/pages/feature_map.h"
#include "widgets/pages/neighbours_panel.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/plot/chart.h"
#include "widgets/studio/checkpoint_box.h"
#include "widgets/studio/panel_tabs.h"

// The values and requests of the page; features_view_layout.cpp has its parts.

namespace scanline {

namespace {

QString introduction() {
  return FeaturesView::tr("Click a point to see the picture's neighbours.");
}

}  // namespace

// --- values ---

int FeaturesView::layer() const {
  return layer_->value();
}

void FeaturesView::setNoModel(const QString& sentence) {
  setProblem({});
  noModel_->setText(sentence);
  pages_->setCurrentIndex(0);
}

void FeaturesView::setRun(const QString& name, const std::vector<StudioCheckpoint>& checkpoints, qint64 step) {
  runName_->setText(name);
  fillCheckpoints(*checkpoint_, checkpoints, step);
  pages_->setCurrentIndex(1);
}

void FeaturesView::setBusy(const QString& words, int64_t done, int64_t total, bool canEnd) {
  if (pictures_ || !problem_->isHidden()) setProblem({});
  pages_->setCurrentIndex(1);
  busy_->setText(words);
  progress_->setRange(0, static_cast<int>(total));
  progress_->setValue(static_cast<int>(done));
  busy_->show();
  progress_->show();
  end_->setVisible(canEnd);
  map_->setEmptyText(tr("The model looks at the pictures. The map appears when it has seen them."));
}

/// Also takes away all that was shown of another model.
void FeaturesView::setProblem(const QString& sentence, bool needsData) {
  pictures_ = nullptr;
  map_->setPictures(nullptr);
  for (QWidget* part :
       std::initializer_list<QWidget*>{busy_, progress_, end_, layerRow_, colours_, legend_, note_, right_})
    part->hide();
  problem_->setText(sentence);
  problem_->setVisible(!sentence.isEmpty());
  data_->setVisible(needsData);
  map_->setEmptyText(sentence.isEmpty() ? QString() : tr("There is no map."));
  showListed({});
  choose(-1);
  setAnswers(nullptr);
}

void FeaturesView::setPictures(SharedFeaturePictures pictures) {
  setProblem({});
  pictures_ = std::move(pictures);
  // As the paper found it, features for classes are best in the middle.
  const bool first = layer_->maximum() != pictures_->layers || layerWords_->text().isEmpty();
  {
    const QSignalBlocker quiet(layer_);
    layer_->setRange(0, pictures_->layers);
    if (first) layer_->setValue(pictures_->layers / 2);
  }
  showLayer();
  layerRow_->show();
  right_->show();
  map_->setPictures(pictures_);
  map_->setEmptyText(tr("The map of this layer is being made."));
  neighbours_->setSplit(pictures_->split);
  const bool hasClasses = !pictures_->labels.empty() && std::ranges::max(pictures_->labels) > 0;
  colours_->setVisible(hasClasses);
  const QString howMany =
      pictures_->count() == pictures_->total
          ? tr("All %1 %2 pictures.").arg(text::steps(pictures_->total), pictures_->split)
          : tr("%1 of %2 %3 pictures, drawn at random.")
                .arg(text::steps(pictures_->count()), text::steps(pictures_->total), pictures_->split);
  note_->setText(howMany + QLatin1Char(' ') +
                 tr("The map shows the two principal components with most of the variance."));
  note_->show();
  showListed({});
  if (!hasClasses) colour_->setCurrent(0);
  showColours();
  choose(-1);
  emit layerChosen(layer());
  wantAnswers();
}

// --- answers of probes ---

void FeaturesView::wantAnswers() {
  const bool isWanted = isByError() || (tabs_->current() == layersPart_ && map_->current() >= 0);
  if (!pictures_ || answers_ || isFitting_ || !isWanted) return;
  setFitting(-1);
  emit predictionsRequested();
}

void FeaturesView::setFitting(double share) {
  isFitting_ = true;
  fittingWords_->setForegroundRole(QPalette::PlaceholderText);
  fittingWords_->setText(tr("Fitting the probes of all layers…"));
  fitting_->setRange(0, share < 0 ? 0 : 100);
  fitting_->setValue(qRound(100 * share));
  fitting_->show();
  stopFitting_->show();
  showProbabilities();
}

void FeaturesView::setAnswers(SharedProbeAnswers answers) {
  answers_ = std::move(answers);
  isFitting_ = false;
  fitting_->hide();
  stopFitting_->hide();
  fittingWords_->clear();
  showColours();
  showProbabilities();
}

void FeaturesView::setAnswersProblem(const QString& sentence) {
  setAnswers(nullptr);
  fittingWords_->setForegroundRole(QPalette::BrightText);
  fittingWords_->setText(sentence);
  fittingWords_->setToolTip(sentence);
  probabilityWords_->setText(sentence);
}

void FeaturesView::showColours() {
  if (!pictures_) return;
  const bool byError = isByError() && answers_;
  std::vector<int32_t> marks;
  std::vector<QString> notes;
  int64_t wrong = 0, known = 0;
  for (int index = 0; byError && index < pictures_->count(); ++index) {
    const auto at = static_cast<size_t>(index), of = static_cast<size_t>(layer());
    const int32_t said = answers_->said[of][at], label = pictures_->labels[at];
    marks.push_back(label < 0 ? -1 : said != label);
    known += label >= 0;
    wrong += label >= 0 && said != label;
    notes.push_back(
        (said == label ? tr("%1: %2") : tr("taken for %1: %2"))
            .arg(className(pictures_->classes, said), text::percent(static_cast<double>(answers_->sureness[of][at]))));
  }
  const bool wasByError = std::exchange(showsErrors_, byError);
  const int shown = byError == wasByError ? legend_->currentRow() : 0;
  map_->setMarks(std::move(marks), std::move(notes));
  if (byError) {
    const double share = known > 0 ? double(wrong) / double(known) : 0;
    legend_->setClasses(
        {tr("recognised, %1").arg(text::percent(1 - share)), tr("taken for another, %1").arg(text::percent(share))}, 2);
  } else {
    legend_->setClasses(pictures_->classes, pictures_->labels.empty() ? 0 : std::ranges::max(pictures_->labels) + 1);
  }
  map_->setShownClass(std::max(0, shown) - 1);
  legend_->setCurrentRow(std::max(0, shown));
}

/// Where does it become a picture of its class?
void FeaturesView::showProbabilities() {
  for (const auto& [key, line] : probability_->lines()) probability_->clear(key);
  const int index = pictures_ ? map_->current() : -1;
  const int32_t label = index >= 0 ? pictures_->labels[static_cast<size_t>(index)] : -1;
  if (!answers_ || label < 0) {
    probability_->setEmptyText(isFitting_ ? tr("The probes are being fitted.") : QString());
    return probabilityWords_->setText(index < 0   ? tr("Click a point to see at which layer its class is recognised.")
                                      : label < 0 ? tr("The class of this picture is not known.")
                                                  : QString());
  }
  constexpr Chart::Key kChance = 0, kClass = 1, kPicture = 2;
  std::vector<QPointF> own, ofClass, chance;
  for (size_t layer = 0; layer < answers_->ofTruth.size(); ++layer) {
    const auto& shares = answers_->ofTruth[layer];
    double sum = 0, count = 0;
    for (size_t other = 0; other < shares.size(); ++other)
      if (pictures_->labels[other] == label) {
        sum += static_cast<double>(shares[other]);
        ++count;
      }
    const auto x = static_cast<double>(layer);
    own.emplace_back(x, shares[static_cast<size_t>(index)]);
    ofClass.emplace_back(x, sum / count);
    chance.emplace_back(x, 1.0 / static_cast<double>(answers_->classes));
  }
  probability_->setLine(kChance, {.name = tr("chance"), .look = LineLook::Reference, .labelled = true});
  probability_->setLine(kClass, {.name = tr("its class"), .colour = 1, .look = LineLook::Points, .labelled = true});
  probability_->setLine(kPicture, {.name = tr("this one"), .colour = 0, .look = LineLook::Points, .labelled = true});
  probability_->append(kChance, chance);
  probability_->append(kClass, ofClass);
  probability_->append(kPicture, own);
  probabilityWords_->setText(
      tr("Where does it become a picture of the class %1? The probability that the probe of each layer gives to that "
         "class: for this picture, and on average over its class.")
          .arg(className(pictures_->classes, label)));
}

void FeaturesView::setPlaces(FeaturePlaces places) {
  if (!pictures_ || places.layer != layer() || std::ssize(places.places) != pictures_->count()) return;
  map_->setPlaces(std::move(places));
}

void FeaturesView::showLayer() {
  if (isByError()) showColours();
  layerWords_->setText(tr("%1 of %2").arg(layer_->value()).arg(layer_->maximum()));
}

// --- the chosen picture ---

void FeaturesView::choose(int index) {
  map_->setCurrent(index);
  const bool isOne = pictures_ && index >= 0;
  open_->setEnabled(isOne);
  name_->setText(isOne ? pictures_->nameOf(index) : tr("No picture is chosen"));
  class_->setText(isOne ? pictures_->classOf(index) : pictures_ ? introduction() : QString());
  picture_->setPixmap({});
  if (isOne) {
    const ImageSet& images = pictures_->images;
    const int wide = static_cast<int>(images.width), tall = static_cast<int>(images.height);
    const QImage image(images.image(index).data(), wide, tall, 3 * wide, QImage::Format_RGB888);
    const int side = static_cast<int>(picture_->width() * devicePixelRatioF());
    QImage seen = std::max(wide, tall) <= side
                      ? magnified(image.convertToFormat(QImage::Format_RGB32), side / std::max(wide, tall))
                      : image.scaled(side, side, Qt::KeepAspectRatio, Qt::SmoothTransformation);
    seen.setDevicePixelRatio(devicePixelRatioF());
    picture_->setPixmap(QPixmap::fromImage(seen));
  }
  picture_->setVisible(isOne);
  ask();
}

void FeaturesView::showListed(const std::vector<int>& pictures) {
  listed_ = pictures;
  if (!pictures_) listed_.clear();
  if (pictures_) map_->setListed(listed_);
  ImageSet images;
  std::vector<PictureCell> cells;
  if (pictures_) images = {.width = pictures_->images.width, .height = pictures_->images.height};
  for (const int index : listed_) {
    const auto bytes = pictures_->images.image(index);
    images.rgb.insert(images.rgb.end(), bytes.begin(), bytes.end());
    ++images.count;
    cells.push_back({.name = pictures_->nameOf(index), .caption = pictures_->classOf(index)});
  }
  list_->setPictures(flowOf(images, std::move(cells)));
  listWords_->setText(listed_.empty() ? tr("Drag over the map to list the pictures there; with Shift, draw a line "
                                           "around them. Escape gives the list up.")
                      : listed_.size() == 1 ? tr("1 picture")
                                            : tr("%1 pictures").arg(text::steps(std::ssize(listed_))));
  if (!listed_.empty()) tabs_->setCurrent(listPart_);
}

/// Asks for the values of the tab in front.
void FeaturesView::ask() {
  const int index = pictures_ ? map_->current() : -1;
  if (index < 0) {
    emit neighboursUnwanted();
    neighbours_->clear(pictures_ ? introduction() : QString());
    setClassSharesProblem(pictures_ ? introduction() : QString());
  } else if (tabs_->current() == neighbours_) {
    emit neighboursRequested(neighbours_->questionOf(index));
  } else if (tabs_->current() == layersPart_) {
    emit layersRequested(index);
    wantAnswers();
  }
  showProbabilities();
}

void FeaturesView::setClassShares(const ClassShares& shares) {
  constexpr Chart::Key kChance = 0, kClass = 1, kPicture = 2;
  byLayer_->setLine(kChance, {.name = tr("chance"), .look = LineLook::Reference, .labelled = true});
  byLayer_->setLine(kClass, {.name = tr("its class"), .colour = 1, .look = LineLook::Points, .labelled = true});
  byLayer_->setLine(kPicture, {.name = tr("this one"), .colour = 0, .look = LineLook::Points, .labelled = true});
  const auto show = [this](Chart::Key key, const std::vector<double>& values) {
    std::vector<QPointF> points;
    for (size_t layer = 0; layer < values.size(); ++layer)
      points.emplace_back(static_cast<double>(layer), values[layer]);
    byLayer_->clear(key);
    byLayer_->append(key, points);
  };
  show(kChance, std::vector(shares.shares.size(), shares.chance));
  show(kClass, shares.ofClass);
  show(kPicture, shares.shares);
  layersWords_->setText(
      tr("How many of the %1 nearest pictures on the map (by the cosine of their features) have its class: of this "
         "picture, and on average of those of its class.")
          .arg(shares.neighbours));
  layersWords_->setForegroundRole(QPalette::PlaceholderText);
}

void FeaturesView::setClassSharesProblem(const QString& sentence) {
  for (const auto& [key, line] : byLayer_->lines()) byLayer_->clear(key);
  byLayer_->setEmptyText({});
  layersWords_->setText(sentence);
}

}  // namespace scanline
