#include "app/data_page.h"

#include <QCoreApplication>
#include <QEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QVBoxLayout>
#include <algorithm>
#include <numeric>

#include "core/base/parallel.h"
#include "core/data/dataset.h"
#include "core/jobs/prepare_data.h"

namespace scanline {

namespace {

constexpr int64_t kMostPictures = 64;        ///< shown at once
constexpr int64_t kMostOfAllClasses = 2000;  ///< of a split, kept to look at its classes
constexpr int64_t kMostPixels = 16'000'000;  ///< that colours and error are counted on

QString tr(const char* text) {
  return QCoreApplication::translate("scanline", text);
}

/// These pictures of a set.
ImageSet someOf(const ImageSet& images, const std::vector<int64_t>& which) {
  ImageSet out{.count = std::ssize(which), .width = images.width, .height = images.height, .rgb = {}, .labels = {}};
  for (const int64_t i : which) {
    const auto bytes = images.image(i);
    out.rgb.insert(out.rgb.end(), bytes.begin(), bytes.end());
    if (!images.labels.empty()) out.labels.push_back(images.labels[static_cast<size_t>(i)]);
  }
  return out;
}

ImageSet firstOf(const ImageSet& images, int64_t count) {
  std::vector<int64_t> which(static_cast<size_t>(std::min(count, images.count)));
  std::iota(which.begin(), which.end(), 0);
  return someOf(images, which);
}

/// The first pictures of a split, then more of each class, so that a class alone can be looked at.
ShownSplit splitOf(const QString& name, const ImageSet& images, size_t classes) {
  ShownSplit split{.name = name, .count = images.count, .images = {}, .shown = {}, .first = 0, .numbers = {}};
  split.first = std::min(kMostPictures, images.count);
  for (int64_t i = 0; i < split.first; ++i) split.numbers.push_back(i);
  if (!images.labels.empty() && classes > 0) {
    const auto most = std::clamp<int64_t>(kMostOfAllClasses / static_cast<int64_t>(classes), 4, kMostPictures);
    std::vector<int64_t> taken(classes);
    for (int64_t i = 0; i < images.count; ++i) {
      int64_t& ofClass = taken.at(static_cast<size_t>(images.labels[static_cast<size_t>(i)]));
      if (ofClass == most) continue;
      ++ofClass;
      if (i >= split.first) split.numbers.push_back(i);
    }
  }
  split.images = someOf(images, split.numbers);
  return split;
}

ImageSet inColours(const ImageSet& images, const Palette& palette) {
  ImageSet out{
      .count = images.count, .width = images.width, .height = images.height, .rgb = {}, .labels = images.labels};
  out.rgb = toImage(tokenize(images, palette).ids, palette, images.width).rgb;
  return out;
}

/// How often each colour is used, and how far pixels are from it.
void measure(ShownData& picture, const ImageSet& images) {
  picture.measuredImages = std::min(images.count, std::max<int64_t>(1, kMostPixels / (images.width * images.height)));
  const ImageSet some = picture.measuredImages < images.count ? firstOf(images, picture.measuredImages) : ImageSet{};
  const ImageSet& measured = some.count > 0 ? some : images;
  const TokenSet tokens = tokenize(measured, *picture.palette, hardwareThreads());
  picture.colourUses = countColours(tokens, picture.palette->size(), tokens.count);
  picture.error = quantisationError(measured, tokens, *picture.palette, hardwareThreads());
}

void countClasses(ShownData& picture, const std::vector<std::string>& names, const std::vector<int32_t>& labels) {
  picture.classNames = names;
  picture.classCounts.assign(labels.empty() ? 0 : names.size(), 0);
  for (const int32_t label : labels) ++picture.classCounts.at(static_cast<size_t>(label));
}

/// Of a set that comes as tokens there are only the pictures that they stand for.
ShownData readTokenPicture(const RunSpec& spec, const PreparedData& data) {
  ShownData picture;
  picture.name = QString::fromStdString(spec.data.name);
  picture.palette = data.palette;
  picture.note = tr("These images come as tokens, so they are known in the palette's colours only.");
  countClasses(picture, data.images.classNames, data.train.labels);
  picture.measuredImages = std::min(data.train.count, std::max<int64_t>(1, kMostPixels / data.train.length));
  picture.colourUses = countColours(data.train, data.palette->size(), picture.measuredImages);
  for (const auto& [name, tokens] :
       {std::pair{tr("Training"), &data.train}, std::pair{tr("Validation"), &data.validation},
        std::pair{tr("Test"), &data.test}}) {
    if (tokens->count == 0) continue;
    ImageSet images{.count = std::min(tokens->count, kMostPictures), .width = data.width, .height = data.height};
    for (int64_t i = 0; i < images.count; ++i) {
      const Image image = toImage(tokens->image(i), *data.palette, data.width);
      images.rgb.insert(images.rgb.end(), image.rgb.begin(), image.rgb.end());
    }
    if (!tokens->labels.empty()) images.labels.assign(tokens->labels.begin(), tokens->labels.begin() + images.count);
    picture.splits.push_back(
        {.name = name, .count = tokens->count, .images = std::move(images), .shown = {}, .first = 0, .numbers = {}});
  }
  return picture;
}

}  // namespace

ShownData readDataPicture(const RunSpec& spec, const std::vector<Colour>& palette, const Control& control) {
  PrepareOptions options{.tokens = false};
  if (!palette.empty()) options.palette = Palette(palette);
  std::vector<std::string> warnings;
  const PreparedData prepared = prepareData(spec,
                                            {.begin = [](const std::string&) {},
                                             .control = control,
                                             .warn = [&](const std::string& warning) { warnings.push_back(warning); }},
                                            options);
  const Dataset& data = prepared.images;
  if (data.train.count == 0) return readTokenPicture(spec, prepared);
  ShownData picture;
  picture.name = QString::fromStdString(spec.data.name);
  countClasses(picture, data.classNames, data.train.labels);
  picture.palette = prepared.palette;
  if (picture.palette) measure(picture, data.train);
  for (const auto& [name, images] :
       {std::pair{tr("Training"), &data.train}, std::pair{tr("Validation"), &data.validation},
        std::pair{tr("Test"), &data.test}}) {
    if (images->count == 0) continue;
    ShownSplit split = splitOf(name, *images, data.classNames.size());
    if (picture.palette) split.shown = inColours(split.images, *picture.palette);
    picture.splits.push_back(std::move(split));
  }
  if (picture.palette && picture.measuredImages < data.train.count)
    picture.note = tr("Colours and error are counted on the first %1 training images.").arg(picture.measuredImages);
  for (const std::string& warning : warnings)
    picture.note += QString(picture.note.isEmpty() ? "" : " ") + QString::fromStdString(warning);
  return picture;
}

DataPage::DataPage(StoreThread& slowReader, QWidget* parent)
    : QObject(parent), slowReader_(slowReader), view_(new DataView(parent)) {
  view_->setEmptyText(tr("Choose a run, and its training images appear here."));
  view_->installEventFilter(this);
  connect(view_, &DataView::failed, this, &DataPage::failed);
  connect(view_, &DataView::locateRequested, this, &DataPage::locate);
}

DataPage::~DataPage() {
  reading_.request_stop();
}

void DataPage::setRun(RunId run, const RunSpec& spec, const RunPrepared& prepared) {
  if (run == run_ && prepared.palette == prepared_.palette && prepared.trainImages == prepared_.trainImages &&
      spec.data.path == spec_.data.path)
    return;
  forget();
  run_ = run;
  spec_ = spec;
  prepared_ = prepared;
  ready_ = prepared.trainImages > 0;
  view_->setEmptyText(tr("The images appear once the run has prepared its data."));
  if (view_->isVisible()) read();
}

void DataPage::setSpec(const RunSpec& spec) {
  forget();
  spec_ = spec;
  ready_ = true;
  if (view_->isVisible()) read();
}

void DataPage::clear() {
  forget();
  view_->setEmptyText(tr("Choose a run, and its training images appear here."));
}

void DataPage::forget() {
  reading_.request_stop();
  reading_ = {};
  run_ = {};
  prepared_ = {};
  ready_ = false;
  ++request_;
  view_->clear();
}

/// A file where the run read a file, else a folder.
void DataPage::locate() {
  const QString before = QString::fromStdString(spec_.data.path);
  const QString title = tr("Where the images of this run lie now");
  const QString path = QFileInfo(before).suffix().isEmpty()
                           ? QFileDialog::getExistingDirectory(view_, title, before)
                           : QFileDialog::getOpenFileName(view_, title, QFileInfo(before).path());
  if (!path.isEmpty() && path != before) emit pathChosen(run_, path, before);
}

bool DataPage::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Show) read();
  return QObject::eventFilter(watched, event);
}

void DataPage::read() {
  if (!ready_ || asked_ == request_) return;
  asked_ = request_;
  view_->setEmptyText(tr("Reading the images…"));
  QString note;
  if (!spec_.palette.vqvae.empty())
    note = tr("The model sees each picture as codes of a VQ-VAE. The Completions page shows the decoded codes.");
  if (spec_.kind == RunKind::Vqvae) note = tr("A VQ-VAE learns from the pixels themselves, so there is no palette.");
  if (run_.value == 0 && hasColours(spec_))
    note = tr("The palette is the one that a run of these settings would find.");
  slowReader_.post(
      this,
      [spec = spec_, colours = prepared_.palette, stop = reading_.get_token()](RunStore&) {
        return readDataPicture(spec, colours, stop);
      },
      [this, request = request_, note](ShownData picture) {
        if (request != request_) return;
        if (picture.note.isEmpty()) picture.note = note;
        view_->setData(std::move(picture));
      },
      [this, request = request_](const QString& sentence) {
        // A run of images that were fetched or named has a place; bundled ones have none.
        if (request == request_) view_->setMissing(sentence, run_.value != 0 && spec_.data.name != "digits");
      });
}

DataWindow::DataWindow(StoreThread& slowReader, const RunSpec& spec, QWidget* form) : QDialog(form) {
  setAttribute(Qt::WA_DeleteOnClose);
  setWindowTitle(tr("Data: %1").arg(QString::fromStdString(spec.data.name)));
  auto* page = new DataPage(slowReader, this);
  connect(page, &DataPage::failed, this, &DataWindow::failed);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(page->view());
  page->setSpec(spec);
  resize(1000, 640);
  form->installEventFilter(this);
}

bool DataWindow::eventFilter(QObject* watched, QEvent* event) {
  if (watched == parent() && event->type() == QEvent::Hide) close();
  return QDialog::eventFilter(watched, event);
}

}  // namespace scanline
