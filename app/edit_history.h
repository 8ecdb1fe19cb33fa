#pragma once

#include <QObject>
#include <functional>
#include <vector>

#include "core/store/run_types.h"

namespace scanline {

/// Called once on the UI thread, when the store has taken an edit, or has refused it.
using EditDone = std::function<void(bool ok)>;

/// An act that can be taken back: rename, note, tags, trash, ticks, a move in the queue, a saved view, the
/// place of a run's images, a kept drawing and its note. Both functions
/// return at once.
struct Edit {
  QString text;             ///< after "Undo" in the menu
  std::vector<RunId> runs;  ///< that it changes
  std::function<void(EditDone)> act, takeBack;
  QString announcement = {};  ///< a sentence to show with a button that undoes it; may be empty
};

/// The edits of this window that can be undone and redone, each also by its number: the button of a message undoes its
/// own edit, also after others. An edit that the store refuses is forgotten. UI thread.
class EditHistory : public QObject {
  Q_OBJECT
 public:
  using QObject::QObject;

  /// Does it. Edits that were undone before cannot be redone any more.
  void push(Edit edit);
  /// The newest. Nothing happens if there is none.
  void undo();
  void redo();
  /// The edit of this number, if it is done.
  void undo(int id);
  /// Forgets the edits of runs that are gone.
  void forget(const std::vector<RunId>& runs);

  /// Of the edit that undo() or redo() would take; null if there is none.
  QString undoText() const { return done_.empty() ? QString() : done_.back().edit.text; }
  QString redoText() const { return undone_.empty() ? QString() : undone_.back().edit.text; }

 signals:
  void changed();
  /// An edit was done, or done again.
  void done(int id, const QString& announcement);
  /// An edit is no longer done: undone, refused or forgotten.
  void gone(int id);

 private:
  struct Entry {
    int id = 0;
    Edit edit;
  };
  void act(Entry entry);
  void drop(int id);
  void undoFailed(int id);

  std::vector<Entry> done_, undone_;  ///< the newest last
  int nextId_ = 1;
};

}  // namespace scanline
