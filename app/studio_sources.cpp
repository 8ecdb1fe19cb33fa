#include "app/studio_sources.h"

#include <QFileInfo>
#include <QPainter>
#include <algorithm>
#include <utility>

#include "app/probe_explorer.h"
#include "app/split_pictures.h"
#include "app/studio_pictures.h"
#include "core/base/content_identity.h"
#include "core/base/error.h"
#include "core/data/background.h"
#include "core/data/image_file.h"
#include "core/spec/spec_text.h"
#include "core/tokens/quantisation.h"
#include "widgets/parts/number_text.h"
#include "widgets/studio/studio_view.h"

namespace scanline {

namespace {

struct Split {
  QString name;
  DataSplit split;
};
/// The splits with pictures; validation first, since the model was not fitted to it.
std::vector<Split> splitsOf(const RunPrepared& prepared) {
  std::vector<Split> splits;
  if (prepared.validationImages > 0) splits.push_back({StudioSources::tr("Validation"), DataSplit::Validation});
  if (prepared.trainImages > 0) splits.push_back({StudioSources::tr("Training"), DataSplit::Train});
  if (prepared.testImages > 0) splits.push_back({StudioSources::tr("Test"), DataSplit::Test});
  return splits;
}

/// Transparent pixels of pictures lie over it, as in the data that the model learned from.
Rgb backgroundOf(const OpenModel& model) {
  const std::string& toml = model.facts().specToml;
  return toml.empty() ? kWhite : backgroundColour(fromToml(toml, "the checkpoint").data.background);
}

struct OwnPictures {
  std::vector<SourcePicture> pictures;
  QStringList problems;  ///< a sentence a file that cannot be shown
};

OwnPictures readFiles(const OpenModel& model, const QStringList& files, const Control& control) {
  OwnPictures own;
  const Rgb background = backgroundOf(model);
  for (const QString& file : files) {
    control.check();
    try {
      own.pictures.push_back(
          sourcePicture(model, readImage(file.toStdString(), background), QFileInfo(file).fileName()));
    } catch (const Error& problem) {
      own.problems << QString::fromUtf8(problem.what());
    }
  }
  return own;
}

/// The validation pictures of a class that the best layer's probe takes for another one, the surest first; of those
/// that the run's own probes are scored on.
std::vector<int64_t> confusedRows(const StudioData& data, const StudioSubject& subject, const StudioSource& wanted,
                                  const Control& control) {
  const auto settings = probeSettingsOf(data.model().facts(), subject.run.specToml);
  const PredictionTable table = predictionsOf(
      data, settings, {.split = DataSplit::Validation, .rows = rowsToClassify(data, settings, DataSplit::Validation)},
      contentIdentity(subject.file), control);
  const auto scored = scoredRows(data, settings);
  const int64_t at = table.bestLayer(scored);
  std::vector<int64_t> rows;
  for (const int64_t index : table.cell(at, wanted.label, wanted.taken))
    if (const int64_t row = table.rows[static_cast<size_t>(index)]; std::ranges::binary_search(scored, row))
      rows.push_back(row);
  return rows;
}

}  // namespace

std::shared_ptr<const StudioData> studioDataOf(const StudioSubject& subject, std::shared_ptr<const StudioData> kept,
                                               const Control& control) {
  if (kept && &kept->model() == subject.model.get()) return kept;
  if (kept) return std::make_shared<StudioData>(subject.model, *kept);
  const PrepareContext context{
      .begin = [](const std::string&) {}, .control = control, .warn = [](const std::string&) {}};
  return std::make_shared<StudioData>(subject.model, dataSpecOf(subject.model->facts(), subject.run.specToml), context);
}

StudioSources::StudioSources(StudioView& view, StudioLane& lane, QObject* parent)
    : QObject(parent), view_(view), lane_(lane) {}

/// Pictures of a data set that were read, and the reading itself.
struct StudioSources::Answer {
  std::shared_ptr<const StudioData> data;
  std::vector<SourcePicture> pictures;
  std::vector<int64_t> uses;
};

void StudioSources::setSubject(std::shared_ptr<const StudioSubject> subject) {
  subject_ = std::move(subject);
  if (!subject_) return lane_.stop(StudioQuestion::Data);
  if (const RunId run = subject_->run.summary.id; run != dataRun_ || run.value == 0) {
    if (data_) lane_.release(std::exchange(data_, nullptr));
    dataRun_ = run;
    uses_.clear();
  }
}

void StudioSources::offerData() {
  if (!subject_) return;
  const RunPrepared& prepared = subject_->run.prepared;
  QStringList splits, classes;
  for (const Split& split : splitsOf(prepared)) splits << split.name;
  for (const std::string& name : prepared.classNames) classes << QString::fromStdString(name);
  const bool hasProbes = prepared.classNames.size() > 1 && prepared.validationImages > 0 && prepared.trainImages > 0;
  view_.setData(splits, classes, hasProbes);
}

void StudioSources::ask(const StudioSource& wanted) {
  // A model of other software names no data.
  if (!subject_ || splitsOf(subject_->run.prepared).empty()) return;
  if (wanted.kind == StudioSource::Kind::Confusion) view_.setSourcesBusy(tr("Looking up the answers of the probes…"));
  lane_.ask(
      StudioQuestion::Data, Older::Stops, this,
      [this, self = QPointer<QObject>(this), subject = subject_, data = data_, wanted](Engine&,
                                                                                       const Control& control) {
        // `this` is used on the UI thread alone, and not once `self` is gone.
        const auto post = std::make_shared<ProgressPost<int64_t>>(self, control, [this](int64_t percent) {
          view_.setSourcesBusy(percent < 0 ? tr("Fitting the probes of all layers…")
                                           : tr("Fitting the probes of all layers: %1 %").arg(percent));
        });
        const Control fitting = control.within({.report = [post](int64_t done, int64_t total) {
          post->offer([&] { return total > 0 ? 100 * done / total : -1; }, /*urgent=*/false);
        }});
        return read(data, *subject, wanted, control, fitting);
      },
      [this](const Answer& answer) {
        data_ = answer.data;
        view_.setSources(answer.pictures);
        if (answer.uses.empty()) return;
        uses_ = answer.uses;
        emit usesRead();
      },
      [this](const QString& sentence) {
        view_.setSourcesBusy({});
        emit problem(sentence);
      });
}

/// `fitting` reports the progress of probes, where these are needed.
StudioSources::Answer StudioSources::read(std::shared_ptr<const StudioData> data, const StudioSubject& subject,
                                          const StudioSource& wanted, const Control& control, const Control& fitting) {
  constexpr int64_t kMostRanked = 2000;  // pictures among which the worst are searched, at most
  constexpr int64_t kMostCounted = 500;  // pictures on which colours are counted
  Answer answer;
  const bool isWorst = wanted.kind == StudioSource::Kind::WorstLoss;
  const bool isNew = !data;
  data = studioDataOf(subject, std::move(data), control);
  if (isNew) {
    const auto rows = randomRows(*data, {.split = DataSplit::Train}, kMostCounted, 1);
    if (!subject.model->facts().isCodes)
      answer.uses = countColours(data->tokens(DataSplit::Train, rows, control), subject.model->facts().paletteSize,
                                 std::ssize(rows));
  }
  answer.data = data;
  PictureChoice choice;
  for (const Split& split : splitsOf(subject.run.prepared))
    if (split.name == wanted.split) choice.split = split.split;
  const bool isConfused = wanted.kind == StudioSource::Kind::Confusion;
  if (isConfused) choice.split = DataSplit::Validation;  // which probes are scored on
  if (wanted.kind == StudioSource::Kind::Class) choice.label = wanted.label;
  std::vector<RankedRow> rows;
  if (isWorst)
    rows = worstRows(*data, choice, wanted.count, kMostRanked, 1, control);
  else if (isConfused)
    for (const int64_t row : confusedRows(*data, subject, wanted, fitting)) rows.push_back({row});
  else if (wanted.kind == StudioSource::Kind::Class)
    for (const int64_t row : chosenRows(*data, choice)) rows.push_back({row});
  else
    for (const int64_t row : randomRows(*data, choice, wanted.count, wanted.seed)) rows.push_back({row});
  rows.resize(std::min(rows.size(), static_cast<size_t>(wanted.count)));
  for (const RankedRow& row : rows) {
    control.check();
    const DataPicture picture = data->picture(choice.split, row.row);
    QString caption = isWorst ? text::nats(row.nats) : QString();
    if (!isWorst && picture.label >= 0 && picture.label < std::ssize(data->classNames()))
      caption = QString::fromStdString(data->classNames()[static_cast<size_t>(picture.label)]);
    answer.pictures.push_back({studioPicture(*subject.model, picture.tokens),
                               picture.image.width > 0 ? toQImage(picture.image) : QImage(),
                               tr("%1 %2").arg(splitWords(choice.split)).arg(row.row), caption});
  }
  return answer;
}

bool StudioSources::hasModel() {
  if (!subject_) emit problem(tr("Choose a model first: pictures are brought to its size and colours."));
  return subject_ != nullptr;
}

void StudioSources::openFiles(const QStringList& files) {
  if (files.isEmpty() || !hasModel()) return;
  lane_.ask(
      StudioQuestion::Picture, Older::Ends, this,
      [subject = subject_, files](Engine&, const Control& control) {
        return readFiles(*subject->model, files, control);
      },
      [this](const OwnPictures& own) {
        if (!own.pictures.empty()) view_.addPictures(own.pictures);
        if (!own.problems.isEmpty()) emit problem(own.problems.join(QLatin1Char(' ')));
      },
      [this](const QString& sentence) { emit problem(sentence); });
}

void StudioSources::paste(const QImage& image) {
  if (!hasModel()) return;
  lane_.ask(
      StudioQuestion::Picture, Older::Ends, this,
      [subject = subject_, image](Engine&, const Control&) {
        QImage over(image.size(), QImage::Format_RGB32);
        const Rgb background = backgroundOf(*subject->model);
        over.fill(qRgb(background[0], background[1], background[2]));
        QPainter(&over).drawImage(0, 0, image);
        return sourcePicture(*subject->model, toImage(over), tr("clipboard"));
      },
      [this](const SourcePicture& picture) { view_.addPictures({picture}); },
      [this](const QString& sentence) { emit problem(sentence); });
}

void StudioSources::decode(const std::vector<Token>& tokens) {
  if (!subject_) return;
  lane_.ask(
      StudioQuestion::Decode, Older::Ends, this,
      [subject = subject_, tokens](Engine&, const Control&) { return studioPicture(*subject->model, tokens); },
      [this](const StudioPicture& picture) { view_.setDecoded(picture.tokens, picture.pixels); },
      [this](const QString& sentence) { emit problem(sentence); });
}

}  // namespace scanline
