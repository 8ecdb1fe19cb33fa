#include "app/studio_timeline.h"

#include <QDir>
#include <algorithm>

#include "app/folder_dialog.h"
#include "app/studio_pictures.h"
#include "app/studio_request.h"
#include "core/base/error.h"
#include "core/data/image_file.h"
#include "widgets/studio/studio_view.h"

namespace scanline {

namespace {

/// The first candidate, in the colours of a model of the run.
ShownFrame shownOf(const ModelFacts& facts, const TimelineFrame& frame) {
  ShownFrame shown{.step = frame.step, .picture = {}, .nats = frame.drawing.nats.at(0)};
  StudioPicture& picture = shown.picture;
  picture.across = static_cast<int>(facts.across);
  picture.down = static_cast<int>(facts.down);
  picture.tokens = frame.drawing.candidates.at(0);
  picture.palette = coloursOf(facts);
  if (!facts.isCodes) return shown;
  picture.pixels = toQImage(frame.pictures.at(0));
  picture.stride = static_cast<int>(std::max<int64_t>(1, facts.pixelsAcross / facts.across));
  return shown;
}

}  // namespace

StudioTimeline::StudioTimeline(StudioView& view, StudioLane& lane, std::function<bool()> isBusy, QObject* parent)
    : QObject(parent), view_(view), lane_(lane), isBusy_(std::move(isBusy)), panel_(new TimelinePanel(&view)) {
  view_.addPanel(panel_, tr("Timeline"));
  connect(panel_, &TimelinePanel::drawRequested, this, &StudioTimeline::draw);
  connect(panel_, &TimelinePanel::stopRequested, this, &StudioTimeline::stop);
  connect(panel_, &TimelinePanel::exportRequested, this, &StudioTimeline::askForFile);
  connect(panel_, &TimelinePanel::failed, &view_, &StudioView::failed);
  connect(&view_, &StudioView::pictureChanged, this, &StudioTimeline::forget);
  connect(&view_, &StudioView::maskChanged, this, &StudioTimeline::forget);
}

void StudioTimeline::setSubject(std::shared_ptr<const StudioSubject> subject) {
  const auto runOf = [](const auto& each) { return each ? each->run.summary.id : RunId{}; };
  const bool isOther = runOf(subject) != runOf(subject_);
  subject_ = std::move(subject);
  if (isOther) forget();
  setRun(subject_ ? subject_->run : RunDetails{});
}

void StudioTimeline::setRun(const RunDetails& run) {
  if (subject_ && subject_->run.summary.id != run.summary.id) return;
  steps_.clear();
  std::vector<qint64> shown;
  for (const CheckpointRow& row : run.checkpoints) {
    steps_.push_back({row.step, std::filesystem::path(run.folder) / row.file});
    shown.push_back(row.step);
  }
  panel_->setSteps(std::move(shown));
}

/// Drops the drawn frames: the picture or the mask has changed.
void StudioTimeline::forget() {
  stop();
  if (frames_.empty()) return;
  frames_.clear();
  panel_->clearFrames();
}

void StudioTimeline::draw() {
  const auto wanted = requestOfOne(view_, subject_ != nullptr, isBusy_(), *panel_);
  if (!wanted) return;
  frames_.clear();
  panel_->clearFrames();
  panel_->setDrawing(true);
  panel_->setProblem({});
  lane_.ask(
      StudioQuestion::Timeline, Older::Stops, this,
      [this, self = QPointer<QObject>(this), model = subject_->model, steps = steps_, request = *wanted](
          Engine& engine, const Control& control) mutable {
        std::error_code error;
        std::erase_if(steps, [&](const TimelineStep& step) { return !std::filesystem::exists(step.file, error); });
        if (steps.empty()) throw Error("None of the checkpoints of this run is on the disk any more.");
        drawTimeline(
            engine, steps, request,
            [&](TimelineFrame frame) {
              const auto kept = std::make_shared<const TimelineFrame>(std::move(frame));
              deliver(self, [this, control, kept, shown = shownOf(model->facts(), *kept)] {
                if (control.isStopped()) return;
                frames_[kept->step] = kept;
                panel_->setFrame(shown);
              });
            },
            control);
        return true;
      },
      [this](bool) { panel_->setDrawing(false); },
      [this](const QString& sentence) {
        panel_->setDrawing(false);
        panel_->setProblem(sentence);
      });
}

void StudioTimeline::stop() {
  lane_.stop(StudioQuestion::Timeline);
  panel_->setDrawing(false);
}

void StudioTimeline::askForFile(FilmFormat format, int frameMs) {
  if (frames_.empty() || !subject_) return;
  const QString filter = format == FilmFormat::Gif    ? tr("GIF (*.gif)")
                         : format == FilmFormat::Apng ? tr("APNG (*.png *.apng)")
                                                      : tr("PNG (*.png)");
  askWhereToSave(&view_,
                 {format == FilmFormat::ContactSheet ? tr("Save the contact sheet") : tr("Save the film"),
                  QString::fromStdString(subject_->run.summary.name), filter,
                  format == FilmFormat::Gif ? QStringLiteral("gif") : QStringLiteral("png")},
                 [this, format, frameMs](const QString& file) { write(file, format, frameMs); });
}

void StudioTimeline::write(const QString& file, FilmFormat format, int frameMs) {
  lane_.ask(
      StudioQuestion::Export, Older::Ends, this,
      [kept = frames_, path = std::filesystem::path(file.toStdString()), format, frameMs](Engine&, const Control&) {
        std::vector<TimelineFrame> frames;
        for (const auto& [step, frame] : kept) frames.push_back(*frame);
        const TimelineLayout layout{.milliseconds = frameMs};
        if (format == FilmFormat::ContactSheet)
          writePng(path, timelineSheet(frames, layout));
        else
          writeTimeline(path, frames, layout);
        return true;
      },
      [this, file](bool) { emit written(QDir::toNativeSeparators(file)); },
      [this](const QString& sentence) { panel_->setProblem(sentence); });
}

}  // namespace scanline
