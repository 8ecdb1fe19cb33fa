#pragma once

#include <QWidget>

#include "widgets/images/picture_set.h"

class QLabel;
class QSplitter;

namespace scanline {

class ImageGrid;

/// The pictures of one step: completions and whole images, each under its heading, with one line of words above. Both
/// have one scale.
class CompletionsPane : public QWidget {
  Q_OBJECT
 public:
  explicit CompletionsPane(QWidget* parent = nullptr);

  void setPictures(const PictureSet& completions, const PictureSet& whole);
  void setEmptyText(const QString& text);
  void setWords(const QString& words);
  QString words() const;
  /// The kinds to show; a kind without pictures takes no room while the other has some.
  void setShown(bool completions, bool whole);
  /// Zoom, current picture and scroll position of `other` follow this pane's, and the other way round.
  void tieTo(CompletionsPane* other);

  ImageGrid* completions() const { return completions_; }
  ImageGrid* whole() const { return whole_; }

 signals:
  void failed(const QString& sentence);

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void updateShown();
  void share();
  void shareZoom();

  QLabel* words_;
  QSplitter* splitter_;
  ImageGrid* completions_;
  ImageGrid* whole_;
  QLabel* wholeTitle_;
  QWidget* completionsPart_;
  QWidget* wholePart_;
  bool moved_ = false;  ///< the person has placed the splitter
  bool wantsCompletions_ = true;
  bool wantsWhole_ = true;
};

}  // namespace scanline
