#pragma once

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>
#include <deque>
#include <functional>
#include <optional>

#include "core/store/run_types.h"

class QLabel;
class QPushButton;

namespace scanline {

class IconButton;
class ProgressLine;

/// A message: one sentence, and an action that answers it.
struct Message {
  enum class Level { Info, Success, Warning, Error } level = Level::Info;
  QString text;
  QString action;             ///< "Undo"; empty = nothing to be done
  std::function<void()> act;  ///< called on the window's thread when the person chooses the action
  /// Of a task that goes on, the part that is done, 0..1; below 0: unknown. Its message stays until dismissed.
  std::optional<double> progress = {};
  RunId about = {};  ///< the run it is about; forget() of that run takes it away. 0: none
};

/// A bar below everything that shows one message at a time, the newest first; it is hidden while there is none.
/// Messages of Info and Success go by themselves, unless the pointer or the keyboard is on them, and give way to the
/// next one where they offer nothing. Warnings and errors stay until closed, or until the page is left after they could
/// be read.
class MessageBar : public QWidget {
  Q_OBJECT
 public:
  explicit MessageBar(QWidget* parent = nullptr);

  /// Returns a number for dismiss(). A message with the text of a waiting one takes its place, so that nothing piles
  /// up.
  int show(Message message);
  void dismiss(int id);
  /// Of a message with progress. Nothing happens if it was closed.
  void setProgress(int id, const QString& text, double progress);
  /// Sets Message::about later, where the run has no id at first.
  void setAbout(int id, RunId run);
  /// Takes the messages about the run away: it has ended or is gone, and they are no longer true.
  void forget(RunId run);
  /// Another page is shown: warnings and errors that were read, and offer nothing, go with the old one.
  void leavePage();
  int count() const { return static_cast<int>(messages_.size()); }
  /// Milliseconds that an Info or Success stays; one with an action stays three times as long.
  void setPatience(int ms) { patience_ = ms; }

 signals:
  /// The message with this number left the bar, for any reason.
  void closed(int id);

 protected:
  void changeEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  struct Shown {
    int id = 0;
    Message message;
    QElapsedTimer onShow = {};  ///< since it came to the front; not valid before
  };
  template <class Which>
  void dismissWhere(Which which);
  void refresh();
  void act();
  void expire();

  std::deque<Shown> messages_;  ///< newest first; the first is on show
  int nextId_ = 1;
  int patience_ = 7000;
  QTimer timer_;
  QLabel* icon_;
  QLabel* text_;
  ProgressLine* progress_;
  QLabel* more_;
  QPushButton* action_;
  IconButton* close_;
};

}  // namespace scanline
