#include "app/studio_painter.h"

#include <fmt/format.h>

#include <QDir>
#include <QTimer>
#include <algorithm>
#include <cmath>
#include <utility>

#include "app/folder_dialog.h"
#include "app/studio_pictures.h"
#include "app/studio_request.h"
#include "core/data/image_file.h"
#include "core/jobs/studio_images.h"
#include "core/jobs/studio_pins.h"
#include "core/run/paint_mask.h"
#include "widgets/studio/studio_view.h"

namespace scanline {

namespace {

using Clock = std::chrono::steady_clock;

qint64 msSince(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count();
}

std::vector<std::vector<Token>> rowsOf(std::span<const Token> tokens, int64_t length) {
  std::vector<std::vector<Token>> rows;
  for (auto at = tokens.begin(); at != tokens.end(); at += length) rows.emplace_back(at, at + length);
  return rows;
}

/// Whether drawings begin with the same given pixels, seen in the same way.
bool beginAlike(const DrawRequest& a, const DrawRequest& b) {
  const auto givenOf = [](const DrawRequest& request) {
    const auto first = std::ranges::find(request.paint, uint8_t{1}) - request.paint.begin();
    return std::span(request.picture).first(std::min(static_cast<size_t>(first), request.picture.size()));
  };
  return a.bf16Cache == b.bf16Cache && std::ranges::equal(givenOf(a), givenOf(b));
}

StudioDrawing soFar(const OpenModel& model, const DrawProgress& progress) {
  const int64_t length = model.facts().across * model.facts().down;
  StudioDrawing drawing;
  drawing.candidates = studioPictures(model, rowsOf(progress.tokens, length));
  drawing.isDone.assign(progress.isDone.begin(), progress.isDone.end());
  // Of each candidate; those of BERT are drawn in orders of their own.
  const auto candidates = std::max<qint64>(1, std::ssize(drawing.candidates));
  drawing.done = progress.done / candidates;
  drawing.total = progress.total / candidates;
  return drawing;
}

}  // namespace

struct StudioPainter::Result {
  FinishedDrawing finished;
  StudioDrawing shown;
  qint64 tookMs = 0, firstMs = -1;
};

StudioPainter::StudioPainter(StudioView& view, StudioLane& lane, std::function<bool()> isBusy, QObject* parent)
    : QObject(parent), view_(view), lane_(lane), isBusy_(std::move(isBusy)), pause_(new QTimer(this)) {
  constexpr int kPauseMs = 80;
  pause_->setSingleShot(true);
  pause_->setInterval(kPauseMs);
  connect(pause_, &QTimer::timeout, this, &StudioPainter::prepare);
  connect(&view_, &StudioView::pictureChanged, pause_, qOverload<>(&QTimer::start));
  connect(&view_, &StudioView::maskChanged, pause_, qOverload<>(&QTimer::start));
  connect(&view_, &StudioView::drawSettingsChanged, this, [this] {
    if (!beginAlike(view_.request(), preparation_)) pause_->start();  // most settings hold from the first pixel on
  });
}

void StudioPainter::setSubject(std::shared_ptr<const StudioSubject> subject) {
  if (subject_) lane_.release(std::move(subject_));
  subject_ = std::move(subject);
  lane_.stop(StudioQuestion::Prepare);
  preparation_ = {};
  pause_->start();
}

/// Without a picture: as for a whole one, which makes the model ready. A request that does not fit is a matter of the
/// drawing, which says so.
void StudioPainter::prepare() {
  if (!subject_) return;
  DrawRequest request = view_.request();
  const ModelFacts& facts = subject_->model->facts();
  const auto length = static_cast<size_t>(facts.across * facts.down);
  if (request.picture.size() != length || paintedPixels(request.paint) == 0) {
    request.picture.assign(length, 0);
    request.paint.assign(length, 1);
  }
  shareCores(request, isBusy_());
  preparation_ = request;
  lane_.ask(
      StudioQuestion::Prepare, Older::Stops, this,
      [subject = subject_, request](Engine&, const Control& control) {
        subject->model->prepare(request, control);
        return true;
      },
      [](bool) {}, [](const QString&) {});
}

void StudioPainter::start(Work work, const DrawRequest& request) {
  finished_.reset();
  isDrawing_ = true;
  lane_.ask(
      StudioQuestion::Draw, Older::Stops, this,
      [this, work = std::move(work), request, asked = Clock::now(), self = QPointer<QObject>(this)](
          Engine& engine, const Control& control) {
        Result result;
        result.finished.request = request;
        ProgressPost<StudioDrawing> post(self, control,
                                         [this](const StudioDrawing& drawing) { view_.setDrawing(drawing); });
        const auto sink = [&](const DrawProgress& progress) {
          const bool isFirst = progress.done > 0 && result.firstMs < 0;
          if (isFirst) result.firstMs = msSince(asked);
          post.offer([&] { return soFar(*result.finished.subject->model, progress); }, isFirst);
        };
        work(engine, result, sink, control);
        result.tookMs = msSince(asked);
        const Drawing& drawn = result.finished.drawn;
        result.shown.candidates = studioPictures(*result.finished.subject->model, drawn.candidates);
        result.shown.total = result.shown.done = paintedPixels(request.paint);
        result.shown.nats = drawn.nats;
        result.shown.effectiveShare = drawn.effectiveShare;
        return result;
      },
      [this](const Result& result) {
        isDrawing_ = false;
        finished_ = result.finished;
        view_.setDrawn(result.shown, result.tookMs, std::max<qint64>(0, result.firstMs));
      },
      [this](const QString& sentence) {
        isDrawing_ = false;
        view_.setStopped();
        view_.setProblem(sentence);
      });
}

void StudioPainter::draw(std::shared_ptr<const StudioSubject> subject, DrawRequest request) {
  shareCores(request, isBusy_());
  pause_->stop();
  if (!beginAlike(request, preparation_)) lane_.stop(StudioQuestion::Prepare);
  start(
      [subject = std::move(subject), request](Engine&, Result& result, const DrawSink& sink, const Control& control) {
        result.finished.subject = subject;
        result.finished.drawn = subject->model->draw(request, sink, control);
      },
      request);
}

/// With as many threads as then: the order of sums may depend on them.
void StudioPainter::drawAgain(const StudioSubject& subject, const PinnedDrawing& pinned) {
  start(
      [subject, pinned](Engine& engine, Result& result, const DrawSink& sink, const Control& control) {
        auto open = std::make_shared<StudioSubject>(subject);
        open->model = engine.openModel(subject.file);
        result.finished.subject = open;
        DrawnAgain again = scanline::drawAgain(*open->model, pinned, sink, control);
        result.finished.drawn = std::move(again.drawing);
        result.shown.difference = QString::fromStdString(again.difference);
        result.finished.request.candidates = std::ssize(result.finished.drawn.candidates);
      },
      pinned.request);
}

void StudioPainter::stop() {
  lane_.stop(StudioQuestion::Draw);
  if (std::exchange(isDrawing_, false)) view_.setStopped();
}

void StudioPainter::saveSheet() {
  if (!finished_) return;
  const std::string run = finished_->subject->run.summary.name;
  askWhereToSave(&view_,
                 {tr("Save the candidates"), QString::fromStdString(run.empty() ? "candidates" : run + " candidates"),
                  tr("PNG (*.png)"), QStringLiteral("png")},
                 [this](const QString& file) { writeSheet(file); });
}

void StudioPainter::writeSheet(const QString& file) {
  if (!finished_) return;
  lane_.ask(
      StudioQuestion::Export, Older::Ends, this,
      [finished = *finished_, path = std::filesystem::path(file.toStdString())](Engine&, const Control&) {
        const ImageSet pictures = finished.subject->model->picturesOf(finished.drawn.candidates);
        std::vector<std::string> captions;
        for (size_t i = 0; i < finished.drawn.candidates.size(); ++i)
          captions.push_back(fmt::format("{}: {:.3f} nats", i + 1, finished.drawn.nats[i]));
        const auto columns = static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(captions.size()))));
        writePng(path, pictureSheet(imagesOf(pictures), captions, columns, figureScale(pictures.width) / 2));
        return true;
      },
      [this, file](bool) { emit written(QDir::toNativeSeparators(file)); },
      [this](const QString& sentence) { emit problem(sentence); });
}

}  // namespace scanline
