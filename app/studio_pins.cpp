#include "app/studio_pins.h"

#include <QPointer>
#include <algorithm>
#include <utility>

#include "app/edit_history.h"
#include "app/run_actions.h"
#include "app/studio_painter.h"
#include "core/jobs/studio_pins.h"
#include "widgets/studio/studio_view.h"

namespace scanline {

namespace {

/// In the colours of the model that is open; of codes, as they were decoded when they were kept.
StudioPicture pictureOf(const ModelFacts& facts, const PinnedDrawing& drawing, const std::vector<Token>& tokens) {
  StudioPicture picture;
  picture.across = static_cast<int>(drawing.across);
  picture.down = static_cast<int>(drawing.down);
  picture.tokens = tokens;
  if (!facts.isCodes) picture.palette = facts.palette;
  return picture;
}

StudioPin pinOf(const ModelFacts& facts, const PinnedDrawing& drawing) {
  StudioPin pin{.id = drawing.id.value,
                .picture = pictureOf(facts, drawing, drawing.drawn),
                .given = pictureOf(facts, drawing, drawing.request.picture),
                .request = drawing.request,
                .candidate = drawing.candidate,
                .step = drawing.step,
                .nats = drawing.nats,
                .createdMs = drawing.createdMs,
                .note = QString::fromStdString(drawing.note)};
  if (!drawing.pixels.empty()) {
    pin.picture.pixels = toQImage(Image{drawing.pixelsAcross, drawing.pixelsDown, drawing.pixels});
    pin.picture.stride = pin.given.stride =
        static_cast<int>(std::max<int64_t>(1, drawing.pixelsAcross / drawing.across));
  }
  return pin;
}

}  // namespace

StudioPins::StudioPins(StudioView& view, StudioPainter& painter, StoreThread& reader, RunActions& actions,
                       EditHistory& edits, QObject* parent)
    : QObject(parent), view_(view), painter_(painter), reader_(reader), actions_(actions), edits_(edits) {}

void StudioPins::setSubject(std::shared_ptr<const StudioSubject> subject) {
  subject_ = std::move(subject);
  drawings_.clear();
  view_.setPins({});
  refresh();
}

void StudioPins::refresh() {
  if (!subject_ || subject_->run.summary.id.value == 0) return;
  struct Read {
    std::vector<PinnedDrawing> drawings;
    std::vector<StudioPin> pins;
  };
  reader_.post(
      this,
      [subject = subject_](RunStore& store) {
        Read read{store.pins(subject->run.summary.id), {}};
        for (const PinnedDrawing& drawing : read.drawings) read.pins.push_back(pinOf(subject->model->facts(), drawing));
        return read;
      },
      [this, subject = subject_](const Read& read) {
        if (subject == subject_) take(read.drawings, read.pins);
      },
      [this, subject = subject_](const QString& sentence) {
        if (subject == subject_) emit problem(sentence);
      });
}

void StudioPins::take(const std::vector<PinnedDrawing>& drawings, const std::vector<StudioPin>& pins) {
  const auto isShown = [&](const PinnedDrawing& drawing) {
    const auto place = drawings_.find(drawing.id.value);
    return place != drawings_.end() && place->second.note == drawing.note;
  };
  if (drawings.size() == drawings_.size() && std::ranges::all_of(drawings, isShown)) return;
  drawings_.clear();
  for (const PinnedDrawing& drawing : drawings) drawings_.emplace(drawing.id.value, drawing);
  view_.setPins(pins);
}

void StudioPins::pin(qint64 candidate) {
  const auto& finished = painter_.finished();
  if (!finished || candidate < 0 || candidate >= std::ssize(finished->drawn.candidates)) return;
  if (finished->subject->run.summary.id.value == 0)
    return emit problem(
        tr("A drawing is kept with a run, and this model is of none. Import it into the workspace first."));
  reader_.post(
      this,
      [finished = *finished, candidate](RunStore&) {
        const StudioSubject& subject = *finished.subject;
        CheckpointRow row;
        for (const CheckpointRow& each : subject.run.checkpoints)
          if (each.step == subject.step) row = each;
        return std::make_shared<PinnedDrawing>(pinnedDrawing(*subject.model, subject.run.summary.id, row, subject.file,
                                                             finished.request, finished.drawn, candidate));
      },
      [this](const std::shared_ptr<PinnedDrawing>& drawing) { keep(drawing, tr("Keep a drawing"), true); },
      [this](const QString& sentence) { emit problem(sentence); });
}

void StudioPins::unpin(qint64 id) {
  const auto place = drawings_.find(id);
  if (place != drawings_.end())
    keep(std::make_shared<PinnedDrawing>(place->second), tr("Let a kept drawing go"), false);
}

void StudioPins::setNote(qint64 id, const QString& note) {
  const auto place = drawings_.find(id);
  if (place == drawings_.end()) return;
  const QString before = QString::fromStdString(std::exchange(place->second.note, note.toStdString()));
  const auto set = [this, pin = place->second.id](const QString& to) {
    return [this, pin, to](const EditDone& done) {
      actions_.setPinNote(pin, to, [self = QPointer(this), done](bool ok) {
        if (!ok && self) self->refresh();  // the field shows again what is stored
        done(ok);
      });
    };
  };
  edits_.push({tr("Note on a kept drawing"), {place->second.run}, set(note), set(before)});
}

void StudioPins::keep(const std::shared_ptr<PinnedDrawing>& drawing, const QString& words, bool isKept) {
  const auto keepIt = [this, drawing](const EditDone& done) { actions_.pin(drawing, done); };
  const auto letGo = [this, drawing](const EditDone& done) { actions_.unpin(drawing, done); };
  if (isKept)
    edits_.push({words, {drawing->run}, keepIt, letGo});
  else
    edits_.push({words, {drawing->run}, letGo, keepIt});
}

void StudioPins::drawAgain(qint64 id) {
  const auto place = drawings_.find(id);
  if (place == drawings_.end() || !subject_) return;
  reader_.post(
      this, [pinned = place->second](RunStore& store) { return checkpointOf(store, pinned); },
      [this, pinned = place->second, subject = *subject_](const std::filesystem::path& file) {
        StudioSubject drawing = subject;
        drawing.model = nullptr;
        drawing.step = pinned.step;
        drawing.file = file;
        painter_.drawAgain(drawing, pinned);
      },
      [this](const QString& sentence) { emit problem(sentence); });
}

}  // namespace scanline
