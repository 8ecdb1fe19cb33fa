#pragma once

#include <QWidget>

class QLabel;
class QVBoxLayout;

namespace scanline {

/// A tab beside the canvas that shows a model's answer to one kind of question. It scrolls where it is too low. An
/// answer stays until the next one comes; the sentence below it says that one is on its way, or why there is none.
class QuestionPanel : public QWidget {
  Q_OBJECT
 public:
  /// The model has been asked.
  void setLoading();
  /// There is no answer, and why. Stays until the next setLoading or answer; empty takes it away.
  void setProblem(const QString& sentence);
  /// The text of the line below: loading, a problem, or nothing.
  QString state() const;

 protected:
  explicit QuestionPanel(const QString& name, QWidget* parent);
  /// An answer has come.
  void setAnswered();
  QVBoxLayout* content() const { return content_; }

 private:
  QVBoxLayout* content_;
  QLabel* state_;
};

/// A label for sentences of less weight, which wraps.
QLabel* noteLabel(const QString& words = {});
/// A bold line above a part of a panel.
QLabel* partTitle(const QString& words);

}  // namespace scanline
