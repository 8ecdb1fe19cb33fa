#include "app/studio_memorised.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "app/split_pictures.h"
#include "app/studio_pictures.h"
#include "app/studio_sources.h"
#include "core/base/content_identity.h"
#include "core/base/error.h"
#include "widgets/parts/number_text.h"
#include "widgets/studio/picture_canvas.h"
#include "widgets/studio/studio_view.h"

namespace scanline {

namespace {

constexpr auto kByPixels = MemorisedPanel::ByPixels, kByFeatures = MemorisedPanel::ByFeatures;

StudioQuestion questionOf(MemorisedPanel::Kind kind) {
  return kind == kByPixels ? StudioQuestion::PixelNeighbours : StudioQuestion::Neighbours;
}

std::vector<Neighbour> nearestPixels(const StudioData& data, const std::vector<Token>& tokens, const Control& control) {
  const ImageSet& images = data.images(DataSplit::Train);
  if (images.count == 0) throw Error("These data come as tokens and have no pixels to compare.");
  const ImageSet own = data.model().picturesOf({&tokens, 1});
  const auto bytes = own.image(0);
  return nearestByPixels(images, {own.width, own.height, {bytes.begin(), bytes.end()}}, MemorisedPanel::kNeighbours,
                         control);
}

std::vector<Neighbour> nearestFeatures(const StudioData& data, const std::filesystem::path& file, int layer,
                                       const std::vector<Token>& tokens, const Control& control) {
  const FeatureTable table = featuresOf(data, DataSplit::Train, contentIdentity(file), layer, control);
  const Control quiet = control.within({.report = [](int64_t, int64_t) {}});
  const TokenSet one{.count = 1, .length = std::ssize(tokens), .ids = tokens};
  return nearestByFeatures(table, data.model().features(one, layer, quiet), MemorisedPanel::kNeighbours, quiet);
}

std::vector<PictureTiles::Tile> tilesOf(const StudioData& data, MemorisedPanel::Kind kind,
                                        const std::vector<Neighbour>& found, const Control& control) {
  std::vector<int64_t> rows;
  for (const Neighbour& each : found) rows.push_back(each.row);
  const ImageSet images = imagesOf(data, DataSplit::Train, rows, control);
  const auto labels = data.labels(DataSplit::Train);
  const QStringList classes = classNamesOf(data);
  std::vector<PictureTiles::Tile> tiles;
  for (size_t i = 0; i < found.size(); ++i) {
    const auto rgb = images.image(static_cast<int64_t>(i));
    const double likeness = found[i].likeness;
    const QString number = kind == kByPixels ? QString::number(std::sqrt(std::max(0.0, -likeness)), 'f', 1)
                                             : QString::number(likeness, 'f', 3);
    QStringList words{QStringLiteral("%1 %2").arg(splitWords(DataSplit::Train), text::steps(found[i].row)),
                      kind == kByPixels ? StudioMemorised::tr("differs by %1 of 255").arg(number)
                                        : StudioMemorised::tr("cosine %1").arg(number),
                      StudioMemorised::tr("a click puts it onto the canvas")};
    if (!labels.empty()) {
      const int32_t label = labels[static_cast<size_t>(found[i].row)];
      if (label >= 0 && label < classes.size()) words.insert(1, classes[label]);
    }
    tiles.push_back({toQImage(Image{images.width, images.height, {rgb.begin(), rgb.end()}}), number,
                     words.join(QStringLiteral(" · "))});
  }
  return tiles;
}

struct SearchProgress {
  int64_t done = 0, total = 0;
};

}  // namespace

struct StudioMemorised::Answer {
  std::shared_ptr<const StudioData> data;
  std::vector<Neighbour> found;
  std::vector<PictureTiles::Tile> tiles;
};

StudioMemorised::StudioMemorised(StudioView& view, StudioSources& sources, StudioLane& lane, QObject* parent)
    : QObject(parent), view_(view), sources_(sources), lane_(lane), panel_(new MemorisedPanel(&view)) {
  view_.addPanel(panel_, tr("Memorised?"));
  connect(panel_, &MemorisedPanel::layerChosen, this, [this] {
    stop(kByFeatures);
    ask();
  });
  connect(panel_, &MemorisedPanel::chosen, this, &StudioMemorised::putOnCanvas);
  connect(&view_, &StudioView::pictureChanged, this, &StudioMemorised::pictureChanged);
  // Reading features takes minutes, so it stops while nobody looks; the features read so far are kept.
  connect(&view_, &StudioView::panelChanged, this, [this](const QWidget* panel) {
    if (panel != panel_ && panel_->tiles(kByFeatures)->tiles().empty()) stop(kByFeatures);
    ask();
  });
}

void StudioMemorised::setSubject(std::shared_ptr<const StudioSubject> subject) {
  stop(kByPixels);
  stop(kByFeatures);
  if (data_) lane_.release(std::exchange(data_, nullptr));
  subject_ = std::move(subject);
  if (subject_) panel_->setLayers(static_cast<int>(subject_->model->facts().layers));
  pictureChanged();
}

void StudioMemorised::look() {
  view_.setCurrentPanel(panel_);
}

void StudioMemorised::stop(Kind kind) {
  lane_.stop(questionOf(kind));
  asked_[kind].clear();
  found_[kind].clear();
  panel_->setNearest(kind, {});
}

void StudioMemorised::pictureChanged() {
  const auto& tokens = view_.canvas()->picture().tokens;
  for (const Kind kind : {kByPixels, kByFeatures})
    if (asked_[kind] != tokens) stop(kind);
  ask();
}

void StudioMemorised::ask() {
  if (view_.currentPanel() != panel_) return;
  const StudioPicture& picture = view_.canvas()->picture();
  if (!subject_ || picture.isEmpty() ||
      picture.count() != subject_->model->facts().across * subject_->model->facts().down)
    return;
  for (const Kind kind : {kByPixels, kByFeatures})
    if (asked_[kind] != picture.tokens) ask(kind);
}

void StudioMemorised::ask(Kind kind) {
  const std::vector<Token> tokens = view_.canvas()->picture().tokens;
  asked_[kind] = tokens;
  panel_->setWords(kind, tr("Looking at the training pictures…"));
  lane_.ask(
      questionOf(kind), Older::Stops, this,
      [this, self = QPointer<QObject>(this), kind, tokens, subject = subject_, layer = panel_->layer(),
       kept = data_ ? data_ : sources_.data()](Engine&, const Control& control) {
        Answer answer{.data = studioDataOf(*subject, kept, control)};
        // `this` is used on the UI thread alone, and not once `self` is gone.
        const auto post =
            std::make_shared<ProgressPost<SearchProgress>>(self, control, [this, kind](const SearchProgress& at) {
              panel_->setWords(kind, tr("%1 of %2 training pictures").arg(text::steps(at.done), text::steps(at.total)));
            });
        const Control reporting = control.within({.report = [post](int64_t done, int64_t total) {
          if (done < total) post->offer([&] { return SearchProgress{done, total}; }, /*urgent=*/false);
        }});
        answer.found = kind == kByPixels ? nearestPixels(*answer.data, tokens, control)
                                         : nearestFeatures(*answer.data, subject->file, layer, tokens, reporting);
        answer.tiles = tilesOf(*answer.data, kind, answer.found, control);
        return answer;
      },
      [this, kind](const Answer& answer) {
        data_ = answer.data;
        found_[kind] = answer.found;
        panel_->setNearest(kind, answer.tiles);
      },
      [this, kind](const QString& sentence) {
        asked_[kind].clear();  // the tab asks again when it is opened next
        panel_->setWords(kind, sentence);
      });
}

void StudioMemorised::putOnCanvas(Kind kind, int index) {
  if (!data_ || index >= std::ssize(found_[kind])) return;
  lane_.ask(
      StudioQuestion::Picture, Older::Stops, this,
      [data = data_, row = found_[kind][static_cast<size_t>(index)].row](Engine&, const Control&) {
        return sourcePictureOf(*data, DataSplit::Train, row);
      },
      [this](const SourcePicture& picture) {
        panel_->setProblem({});
        view_.showPicture(picture);
      },
      [this](const QString& sentence) { panel_->setProblem(sentence); });
}

}  // namespace scanline
