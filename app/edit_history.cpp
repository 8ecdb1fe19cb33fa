#include "app/edit_history.h"

#include <QPointer>
#include <algorithm>

namespace scanline {

void EditHistory::push(Edit edit) {
  undone_.clear();
  act({nextId_++, std::move(edit)});
}

void EditHistory::act(Entry entry) {
  const int id = entry.id;
  done_.push_back(entry);
  emit done(id, entry.edit.announcement);
  emit changed();
  entry.edit.act([self = QPointer(this), id](bool ok) {
    if (self && !ok) self->drop(id);
  });
}

void EditHistory::undo() {
  if (!done_.empty()) undo(done_.back().id);
}

void EditHistory::undo(int id) {
  const auto place = std::ranges::find(done_, id, &Entry::id);
  if (place == done_.end()) return;
  const Entry entry = std::move(*place);
  done_.erase(place);
  undone_.push_back(entry);
  emit gone(id);
  emit changed();
  entry.edit.takeBack([self = QPointer(this), id](bool ok) {
    if (self && !ok) self->undoFailed(id);
  });
}

void EditHistory::redo() {
  if (undone_.empty()) return;
  Entry entry = std::move(undone_.back());
  undone_.pop_back();
  act(std::move(entry));
}

/// It is done still, so it can be tried again.
void EditHistory::undoFailed(int id) {
  const auto place = std::ranges::find(undone_, id, &Entry::id);
  if (place == undone_.end()) return;
  done_.push_back(std::move(*place));
  undone_.erase(place);
  emit changed();
}

void EditHistory::drop(int id) {
  const auto is = [id](const Entry& entry) { return entry.id == id; };
  std::erase_if(done_, is);
  std::erase_if(undone_, is);
  emit gone(id);
  emit changed();
}

void EditHistory::forget(const std::vector<RunId>& runs) {
  std::vector<int> touched;
  for (const auto* entries : {&done_, &undone_})
    for (const Entry& entry : *entries)
      if (std::ranges::find_first_of(entry.edit.runs, runs) != entry.edit.runs.end()) touched.push_back(entry.id);
  for (const int id : touched) drop(id);
}

}  // namespace scanline
