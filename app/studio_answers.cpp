#include "app/studio_answers.h"

#include <algorithm>
#include <utility>

#include "core/run/code_atlas.h"
#include "widgets/studio/attention_panel.h"
#include "widgets/studio/next_pixel_panel.h"
#include "widgets/studio/picture_canvas.h"
#include "widgets/studio/studio_view.h"
#include "widgets/studio/surprise_panel.h"

namespace scanline {

StudioAnswers::StudioAnswers(StudioView& view, StudioLane& quick, StudioLane& slow, QObject* parent)
    : QObject(parent),
      view_(view),
      quick_(quick),
      slow_(slow),
      surprise_(new SurprisePanel(&view)),
      next_(new NextPixelPanel(&view)),
      attention_(new AttentionPanel(&view)) {
  view_.addPanel(surprise_, tr("Surprise"));
  view_.addPanel(next_, tr("Next pixel"));
  view_.addPanel(attention_, tr("Attention"));
  connectPanels();
}

void StudioAnswers::connectPanels() {
  PictureCanvas* canvas = view_.canvas();
  connect(&view_, &StudioView::pictureChanged, this, &StudioAnswers::pictureChanged);
  connect(&view_, &StudioView::maskChanged, this, &StudioAnswers::ask);  // BERT sees the pixels outside the mask
  connect(&view_, &StudioView::panelChanged, this, &StudioAnswers::showPanel);
  connect(canvas, &PictureCanvas::pixelHovered, this, [this](qint64 position) {
    hovered_ = position;
    surprise_->setChosen(pointed());
    ask();
  });
  connect(canvas, &PictureCanvas::pixelChosen, this, [this](qint64 position) {
    surprise_->setChosen(position);
    ask();
  });
  const auto choose = [this, canvas](qint64 position) {
    canvas->setChosen(position);
    surprise_->setChosen(position);
    hovered_ = -1;
    ask();
  };
  const auto hover = [this](qint64 position) {
    hovered_ = position;
    ask();
  };
  connect(surprise_, &SurprisePanel::positionChosen, this, choose);
  connect(surprise_, &SurprisePanel::positionHovered, this, hover);
  connect(surprise_, &SurprisePanel::layerChanged, this, &StudioAnswers::showLayer);
  connect(surprise_, &SurprisePanel::otherModelChosen, this, &StudioAnswers::askOther);
  connect(surprise_, &SurprisePanel::failed, &view_, &StudioView::failed);
  connect(next_, &NextPixelPanel::positionChosen, this, choose);
  connect(next_, &NextPixelPanel::tokenChosen, canvas, &PictureCanvas::setColour);
  connect(attention_, &AttentionPanel::positionChosen, this, choose);
  connect(attention_, &AttentionPanel::layerChanged, this, &StudioAnswers::showLayer);
  connect(attention_, &AttentionPanel::patternsRequested, this, &StudioAnswers::askPatterns);
  connect(attention_, &AttentionPanel::failed, &view_, &StudioView::failed);
}

void StudioAnswers::setSubject(std::shared_ptr<const StudioSubject> subject) {
  subject_ = std::move(subject);
  surprised_ = {};
  if (!subject_) {
    quick_.stop(StudioQuestion::Next);
    quick_.stop(StudioQuestion::Attention);
    slow_.stop(StudioQuestion::Surprise);
    slow_.stop(StudioQuestion::Heads);
    slow_.stop(StudioQuestion::Codes);
    return;
  }
  surprise_->setModel(subject_->model->facts());
  next_->setModel(subject_->model->facts());
  next_->setCodePatches({});
  hasAskedPatches_ = false;
  attention_->setModel(subject_->model->facts());
  pictureChanged();
}

bool StudioAnswers::canAsk() const {
  if (!subject_ || view_.canvas()->picture().isEmpty()) return false;
  const ModelFacts& facts = subject_->model->facts();
  return view_.canvas()->picture().count() == facts.across * facts.down;
}

/// BERT sees the pixels outside the mask; with an empty mask each pixel is predicted from all others.
StudioAnswers::Picture StudioAnswers::picture() const {
  Picture picture{view_.canvas()->picture().tokens, {}};
  if (subject_->model->facts().objective != Objective::Bert) return picture;
  const PaintMask& mask = view_.canvas()->mask();
  if (paintedPixels(mask) == 0) return picture;
  for (const uint8_t isPainted : mask) picture.keep.push_back(isPainted == 0 ? 1 : 0);
  return picture;
}

qint64 StudioAnswers::pointed() const {
  return hovered_ >= 0 ? hovered_ : view_.canvas()->chosen();
}

void StudioAnswers::pictureChanged() {
  const StudioPicture& picture = view_.canvas()->picture();
  surprise_->setPicture(picture);
  next_->setPicture(picture);
  attention_->setPicture(picture);
  ask();
}

void StudioAnswers::showPanel() {
  showLayer();
  ask();
}

/// Only the panel that is seen lays something over the picture.
void StudioAnswers::showLayer() {
  const QWidget* panel = view_.currentPanel();
  view_.canvas()->setHeat(panel == surprise_    ? surprise_->layer()
                          : panel == attention_ ? attention_->layer()
                                                : HeatLayer{});
}

void StudioAnswers::ask() {
  if (!canAsk()) return;
  if (view_.currentPanel() == surprise_) askSurprise();
  if (view_.currentPanel() == next_) askNext();
  if (view_.currentPanel() == attention_) askAttention();
}

void StudioAnswers::askSurprise() {
  Picture asked = picture();
  if (asked == surprised_) return;
  surprised_ = asked;
  surprise_->setLoading();
  slow_.ask(
      StudioQuestion::Surprise, Older::Stops, this,
      [subject = subject_, asked](Engine&, const Control& control) {
        return subject->model->surprise({.count = 1, .length = std::ssize(asked.tokens), .ids = asked.tokens},
                                        asked.keep, control);
      },
      [this, asked](const Surprise& surprise) {
        if (asked != surprised_) return;
        std::vector<uint8_t> hidden;
        for (const uint8_t isVisible : asked.keep) hidden.push_back(isVisible == 0 ? 1 : 0);
        surprise_->setSurprise(surprise, hidden);
        askOther();
      },
      [this](const QString& sentence) {
        surprised_ = {};
        surprise_->setProblem(sentence);
      });
}

void StudioAnswers::setOthers(const std::vector<OtherModel>& others) {
  others_ = others;
  std::vector<ModelChoice> choices;
  for (const OtherModel& other : others_)
    if (subject_ && other.file != subject_->file) choices.push_back(other.choice);
  surprise_->setOtherModels(choices);
}

/// How badly the chosen other model predicts the same picture.
void StudioAnswers::askOther() {
  const QString key = surprise_->otherModel();
  const auto other = std::ranges::find(others_, key, [](const OtherModel& each) { return each.choice.key; });
  if (other == others_.end() || !canAsk()) return slow_.stop(StudioQuestion::OtherSurprise);
  slow_.ask(
      StudioQuestion::OtherSurprise, Older::Stops, this,
      [subject = subject_, asked = picture(), file = other->file](Engine& engine, const Control& control) {
        const auto model = engine.openModel(file);
        const DrawRequest own = translated({.picture = asked.tokens}, *subject->model, *model);
        return model->surprise({.count = 1, .length = std::ssize(own.picture), .ids = own.picture}, asked.keep,
                               control);
      },
      [this, key](const Surprise& surprise) { surprise_->setOtherSurprise(key, surprise); },
      [this](const QString& sentence) { surprise_->setProblem(sentence); });
}

/// The old answer stays until the next one comes, so that the bars follow the pointer.
void StudioAnswers::askNext() {
  const qint64 position = pointed();
  if (position < 0) return;
  askCodePatches();
  Picture asked = picture();
  if (!asked.keep.empty()) asked.keep[static_cast<size_t>(position)] = 0;
  quick_.ask(
      StudioQuestion::Next, Older::Ends, this,
      [subject = subject_, asked, position](Engine&, const Control&) {
        return subject->model->next(asked.tokens, position, asked.keep);
      },
      [this, position, subject = subject_](const std::vector<float>& probabilities) {
        if (subject != subject_) return;
        next_->setPosition(position);
        next_->setDistribution(position, probabilities);
      },
      [this](const QString& sentence) { next_->setProblem(sentence); });
}

/// Once for a model: the pixels of each code, beside its bar.
void StudioAnswers::askCodePatches() {
  if (!subject_->model->facts().isCodes || std::exchange(hasAskedPatches_, true)) return;
  slow_.ask(
      StudioQuestion::Codes, Older::Stops, this,
      [subject = subject_](Engine& engine, const Control& control) {
        const auto codec = engine.openVqvae(vqvaeOf(subject->file, subject->model->facts().specToml), 0);
        const ImageSet all = codePatchesOf(*codec, control);
        std::vector<QImage> patches;
        for (int64_t code = 0; code < all.count; ++code) {
          const auto rgb = all.image(code);
          patches.push_back(toQImage(Image{all.width, all.height, {rgb.begin(), rgb.end()}}));
        }
        return patches;
      },
      [this](const std::vector<QImage>& patches) { next_->setCodePatches(patches); },
      [](const QString&) {});  // without its VQ-VAE the codes keep their colours
}

void StudioAnswers::askAttention() {
  const qint64 position = pointed();
  if (position < 0) return;
  quick_.ask(
      StudioQuestion::Attention, Older::Ends, this,
      [subject = subject_, tokens = picture().tokens, position](Engine&, const Control&) {
        return subject->model->attention(tokens, position);
      },
      [this, position, subject = subject_](const AttentionRow& row) {
        if (subject != subject_) return;
        attention_->setPosition(position);
        attention_->setAttention(position, row);
      },
      [this](const QString& sentence) { attention_->setProblem(sentence); });
}

/// Layer by layer, as they come.
void StudioAnswers::askPatterns() {
  if (!canAsk()) return;
  slow_.ask(
      StudioQuestion::Heads, Older::Stops, this,
      [this, self = QPointer<QObject>(this), subject = subject_, tokens = picture().tokens](Engine&,
                                                                                            const Control& control) {
        const ModelFacts& facts = subject->model->facts();
        for (int64_t layer = 0; layer < facts.layers; ++layer) {
          control.check();
          const auto patterns =
              offsetPatterns(subject->model->attentionMaps(tokens, layer), facts, patternRadius(facts));
          deliver(self, [this, control, layer, patterns] {
            if (!control.isStopped()) attention_->setPatterns(layer, patterns);
          });
        }
        return facts.layers;
      },
      [](int64_t) {}, [this](const QString& sentence) { attention_->setProblem(sentence); });
}

}  // namespace scanline
