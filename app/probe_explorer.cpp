#include "app/probe_explorer.h"

#include <algorithm>

#include "app/split_pictures.h"
#include "core/base/content_identity.h"
#include "core/base/error.h"
#include "core/run/run_folder.h"
#include "core/spec/spec_text.h"
#include "widgets/pages/probe_view.h"
#include "widgets/parts/number_text.h"

namespace scanline {

namespace {

constexpr int64_t kMostClassified = 5000;  // pictures of a split; of more those that a page shows are
constexpr size_t kMostShown = 240;         // pictures of a cell

QString stepsWords(const std::vector<CheckpointRow>& checkpoints) {
  constexpr size_t kMost = 8;
  QStringList steps;
  for (const CheckpointRow& row : checkpoints) steps << text::steps(row.step);
  if (steps.size() > static_cast<qsizetype>(kMost))
    steps = QStringList{steps.front(), QStringLiteral("…")} + steps.last(static_cast<qsizetype>(kMost) - 1);
  return steps.join(QStringLiteral(", "));
}

}  // namespace

std::vector<int64_t> rowsToClassify(const StudioData& data, const ProbeSettings& settings, DataSplit split,
                                    std::vector<int64_t> rows) {
  if (data.count(split) <= kMostClassified) return {};
  if (split == DataSplit::Validation) {
    const auto scored = scoredRows(data, settings);
    rows.insert(rows.end(), scored.begin(), scored.end());
  }
  std::ranges::sort(rows);
  const auto again = std::ranges::unique(rows);
  rows.erase(again.begin(), again.end());
  return rows;
}

/// The model that the probes of a step look at.
struct ProbeExplorer::Subject {
  std::filesystem::path file;
  std::string specToml;  ///< of the run whose probes they are
  RunId run;             ///< whose model it is, for the studio
  int64_t step = 0;
};

/// Data and results for a run and step. Immutable once it is shared.
struct ProbeExplorer::Explored {
  qint64 run = 0, step = 0;
  Subject subject;
  std::shared_ptr<const StudioData> data;
  std::vector<int64_t> scored;  ///< rows that the run's own probes are scored on
  PredictionTable table;
};

struct ProbeExplorer::Found {
  std::shared_ptr<const Explored> explored;
  std::vector<int64_t> rows;
  DescribedPictures pictures;
  qint64 more = 0;
};

namespace {

/// The pictures that are wanted, by their index in the table; of those that the run's own probes were scored on.
std::vector<int64_t> chosen(const PredictionTable& table, const std::vector<int64_t>& scored, int64_t at,
                            const ProbePicturesWanted& wanted) {
  auto indices =
      wanted.truth >= 0 && wanted.said >= 0 ? table.cell(at, wanted.truth, wanted.said) : table.certainErrors(at);
  std::erase_if(indices, [&](int64_t index) {
    const bool isOther = wanted.truth >= 0 && table.labels[static_cast<size_t>(index)] != wanted.truth;
    return isOther || !std::ranges::binary_search(scored, table.rows[static_cast<size_t>(index)]);
  });
  return indices;
}

DescribedPictures described(const StudioData& data, const PredictionTable& table, int64_t at,
                            const std::vector<int64_t>& indices, bool namesTruth, const Control& control) {
  DescribedPictures pictures;
  std::vector<int64_t> rows;
  const QStringList classes = classNamesOf(data);
  for (const int64_t index : indices) {
    const int64_t row = rows.emplace_back(table.rows[static_cast<size_t>(index)]);
    const int32_t said = table.said(index, at), truth = table.labels[static_cast<size_t>(index)];
    const auto share = [&](int32_t label) {
      return text::percent(static_cast<double>(table.probabilities(index, at)[static_cast<size_t>(label)]));
    };
    pictures.names.push_back(QStringLiteral("%1 %2").arg(splitWords(table.split), text::steps(row)));
    pictures.captions.push_back(namesTruth
                                    ? QStringLiteral("%1 → %2").arg(className(classes, truth), className(classes, said))
                                    : QStringLiteral("%1 %2").arg(className(classes, said), share(said)));
    pictures.details.push_back(
        said == truth ? ProbeExplorer::tr("%1, said with %2").arg(className(classes, truth), share(said))
                      : ProbeExplorer::tr("%1 (%2), taken for %3 (%4)")
                            .arg(className(classes, truth), share(truth), className(classes, said), share(said)));
  }
  pictures.images = imagesOf(data, table.split, rows, control);
  return pictures;
}

}  // namespace

ProbeExplorer::ProbeExplorer(ProbeView& view, StoreThread& reader, const EngineSource& engine, QObject* parent)
    : QObject(parent), view_(view), reader_(reader), lane_(engine) {
  connect(&view_, &ProbeView::picturesRequested, this, &ProbeExplorer::ask);
  connect(&view_, &ProbeView::picturesUnwanted, this, &ProbeExplorer::stop);
  connect(view_.pictures(), &ProbePicturesPanel::openRequested, this, &ProbeExplorer::open);
  connect(view_.pictures(), &ProbePicturesPanel::stopRequested, this, [this] {
    stop();
    view_.pictures()->setStopped();
  });
}

ProbeExplorer::~ProbeExplorer() {
  cancel();
}

void ProbeExplorer::cancel() {
  lane_.cancel();
}

void ProbeExplorer::stop() {
  ++request_;
  lane_.stop(StudioQuestion::ProbePictures);
  lane_.stop(StudioQuestion::Picture);
  rows_.clear();
}

void ProbeExplorer::ask(const ProbePicturesWanted& wanted) {
  stop();
  const auto complain = [this, request = request_](const QString& sentence) {
    if (request == request_) view_.pictures()->setProblem(sentence);
  };
  reader_.post(
      this,
      [wanted](RunStore& store) {
        const RunDetails run = store.details(RunId{wanted.run});
        Subject subject{.file = {}, .specToml = run.specToml, .run = run.summary.id, .step = wanted.step};
        const std::filesystem::path folder = run.folder;
        if (isOneLook(run.summary.kind)) {
          subject.file = folder / kModelFile;
          if (run.summary.parent) subject.run = *run.summary.parent;
          subject.step = run.summary.parentStep;
        } else {
          const auto row = std::ranges::find(run.checkpoints, wanted.step, &CheckpointRow::step);
          if (row == run.checkpoints.end())
            throw Error(
                tr("The checkpoint of step %1 is not kept, and its pictures cannot be told without it. Kept are steps %2; train.keepEvery keeps more.")
                    .arg(text::steps(wanted.step), stepsWords(run.checkpoints))
                    .toStdString());
          subject.file = folder / row->file;
        }
        std::error_code error;
        if (!std::filesystem::exists(subject.file, error))
          throw Error(tr("The model that these probes looked at is no longer there: %1.")
                          .arg(QString::fromStdString(subject.file.string()))
                          .toStdString());
        return subject;
      },
      [this, wanted, request = request_](const Subject& subject) {
        if (request == request_) explore(wanted, subject);
      },
      complain);
}

void ProbeExplorer::explore(const ProbePicturesWanted& wanted, const Subject& subject) {
  auto known = explored_;
  if (known && (known->run != wanted.run || known->step != wanted.step)) {
    known = nullptr;
    lane_.release(std::exchange(explored_, nullptr));
  }
  const auto work = [wanted, subject, known, context = QPointer<QObject>(this), this](Engine& engine,
                                                                                      const Control& control) {
    // `this` is used on the UI thread alone, and not once `context` is gone.
    const auto post = std::make_shared<ProgressPost<double>>(context, control, [this](double share) {
      if (view_.pictures()->isBusy()) view_.pictures()->setProgress(share);
    });
    const Control telling = control.within({.report = [post](int64_t done, int64_t total) {
      post->offer([&] { return total > 0 ? static_cast<double>(done) / static_cast<double>(total) : -1; }, false);
    }});
    const Control quiet = control.within({.report = [](int64_t, int64_t) {}});
    std::shared_ptr<const Explored> explored = known;
    if (!explored) {
      auto made = std::make_shared<Explored>();
      made->run = wanted.run;
      made->step = wanted.step;
      made->subject = subject;
      const auto model = engine.openModel(subject.file);
      const PrepareContext reading{
          .begin = [](const std::string&) {}, .control = quiet, .warn = [](const std::string&) {}};
      made->data = std::make_shared<StudioData>(model, dataSpecOf(model->facts(), subject.specToml), reading);
      const auto settings = probeSettingsOf(model->facts(), subject.specToml);
      made->scored = scoredRows(*made->data, settings);
      made->table = predictionsOf(
          *made->data, settings,
          {.split = DataSplit::Validation, .rows = rowsToClassify(*made->data, settings, DataSplit::Validation)},
          contentIdentity(subject.file), telling);
      explored = std::move(made);
    }
    const int64_t at = explored->table.placeOf(wanted.layer);
    if (at < 0) throw Error(tr("The model has no layer %1.").arg(wanted.layer).toStdString());
    Found found{.explored = explored, .rows = {}, .pictures = {}};
    auto indices = chosen(explored->table, explored->scored, at, wanted);
    found.more = std::max<qint64>(0, std::ssize(indices) - static_cast<qint64>(kMostShown));
    indices.resize(std::min(indices.size(), kMostShown));
    for (const int64_t index : indices) found.rows.push_back(explored->table.rows[static_cast<size_t>(index)]);
    found.pictures = described(*explored->data, explored->table, at, indices, /*namesTruth=*/wanted.truth < 0, quiet);
    return found;
  };
  lane_.ask(
      StudioQuestion::ProbePictures, Older::Stops, this, work, [this](const Found& found) { take(found); },
      [this](const QString& sentence) { view_.pictures()->setProblem(sentence); });
}

void ProbeExplorer::take(const Found& found) {
  explored_ = found.explored;
  rows_ = found.rows;
  view_.pictures()->setPictures(found.pictures, found.more);
}

void ProbeExplorer::open(int index) {
  if (!explored_ || index < 0 || index >= std::ssize(rows_)) return;
  lane_.ask(
      StudioQuestion::Picture, Older::Stops, this,
      [explored = explored_, row = rows_[static_cast<size_t>(index)]](Engine&, const Control&) {
        return sourcePictureOf(*explored->data, explored->table.split, row);
      },
      [this, run = explored_->subject.run, step = explored_->subject.step](const SourcePicture& picture) {
        emit studioRequested(run, step, picture);
      },
      [this](const QString& sentence) { emit failed(sentence); });
}

}  // namespace scanline
