#pragma once

#include <QUndoCommand>
#include <functional>

namespace scanline {

/// An act that can be taken back (Ctrl+Z): rename, note, tags, trash.
class Edit : public QUndoCommand {
 public:
  Edit(const QString& text, std::function<void()> act, std::function<void()> takeBack)
      : QUndoCommand(text), act_(std::move(act)), takeBack_(std::move(takeBack)) {}

  void redo() override { act_(); }
  void undo() override { takeBack_(); }

 private:
  std::function<void()> act_, takeBack_;
};

}  // namespace scanline
