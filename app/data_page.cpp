#include "app/data_page.h"

#include <QEvent>

#include "core/data/dataset.h"
#include "core/tokens/tokens.h"

namespace scanline {

namespace {

constexpr int64_t kMostPictures = 64;

/// The first pictures of a set.
ImageSet firstOf(const ImageSet& images, int64_t count) {
  ImageSet out{.count = std::min(count, images.count), .width = images.width, .height = images.height};
  for (int64_t i = 0; i < out.count; ++i) {
    const auto bytes = images.image(i);
    out.rgb.insert(out.rgb.end(), bytes.begin(), bytes.end());
  }
  if (!images.labels.empty()) out.labels.assign(images.labels.begin(), images.labels.begin() + out.count);
  return out;
}

DataPicture readPicture(const RunSpec& spec, const Palette& palette) {
  const Dataset data = loadDataset(spec.data, spec.seed);
  DataPicture picture{.name = QString::fromStdString(spec.data.name),
                      .images = firstOf(data.train, kMostPictures),
                      .classNames = data.classNames,
                      .trainImages = data.train.count,
                      .validationImages = data.validation.count,
                      .testImages = data.test.count};
  picture.classCounts.assign(data.train.labels.empty() ? 0 : data.classNames.size(), 0);
  for (const int32_t label : data.train.labels) ++picture.classCounts.at(static_cast<size_t>(label));
  picture.colourUses.assign(static_cast<size_t>(palette.size()), 0);
  for (const Token token : tokenize(data.train, palette).ids) ++picture.colourUses[token];
  return picture;
}

}  // namespace

DataPage::DataPage(StoreThread& slowReader, QWidget* parent)
    : QObject(parent), slowReader_(slowReader), view_(new DataView(parent)) {
  view_->setEmptyText(tr("Choose a run, and its training images appear here."));
  view_->installEventFilter(this);
}

void DataPage::setRun(RunId run, const RunSpec& spec, const RunPrepared& prepared) {
  if (run == run_ && prepared.palette == prepared_.palette) return;
  run_ = run;
  spec_ = spec;
  prepared_ = prepared;
  shown_ = {};
  view_->clear();
  view_->setEmptyText(tr("The images appear once the run has prepared its data."));
  if (view_->isVisible()) read();
}

void DataPage::clear() {
  run_ = shown_ = {};
  view_->clear();
}

bool DataPage::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Show) read();
  return QObject::eventFilter(watched, event);
}

void DataPage::read() {
  if (run_.value == 0 || shown_ == run_ || prepared_.palette.empty()) return;
  shown_ = run_;
  view_->setEmptyText(tr("Reading the images…"));
  slowReader_.post(
      this,
      [spec = spec_, colours = prepared_.palette](RunStore&) { return readPicture(spec, Palette(colours)); },
      [this, run = run_, colours = prepared_.palette](const DataPicture& picture) {
        if (run == run_) view_->setData(picture, Palette(colours));
      },
      [this, run = run_](const QString& sentence) {
        if (run == run_) view_->setEmptyText(sentence);
      });
}

}  // namespace scanline
