#pragma once

#include <QWidget>
#include <vector>

#include "widgets/studio/studio_values.h"

class QComboBox;
class QLabel;
class QToolButton;

namespace scanline {

class PictureTiles;

/// Where pictures for the canvas come from: the person's own (files, the clipboard, a blank one), and the run's data.
class SourceColumn : public QWidget {
  Q_OBJECT
 public:
  explicit SourceColumn(QWidget* parent = nullptr);

  /// The choices of the run's data; no splits: it has none. `hasConfusion`: a probe has classified pictures.
  void setData(const QStringList& splits, const QStringList& classes, bool hasConfusion);
  /// The data's pictures; answers wanted.
  void setSources(std::vector<SourcePicture> pictures);
  /// Pictures of the person's own, before the others.
  void addOwn(const std::vector<SourcePicture>& pictures);
  /// All pictures go: they are not of this model.
  void forget();
  /// The pictures take a while: `words` say how far they are, until they come; empty: no longer.
  void setBusy(const QString& words);
  /// Whether pictures can be had at all: a model is open.
  void setReady(bool ready);
  /// Emits nothing; -1 = the picture on the canvas is none of them.
  void setCurrent(int index);
  int ownCount() const { return static_cast<int>(own_.size()); }
  StudioSource source() const;
  const SourcePicture& picture(int index) const;
  int count() const { return static_cast<int>(own_.size() + data_.size()); }
  /// Asks for the present choice again, as if the person had just made it.
  void ask();

 signals:
  void wanted(const scanline::StudioSource& source);
  void filesChosen(const QStringList& files);
  void pasteRequested();
  void blankRequested();
  void pictureChosen(int index);

 private:
  QWidget* makeOwn();
  QWidget* makeData();
  void askForFiles();
  void showChoices();
  void showTiles();

  QComboBox *kind_, *split_, *label_, *taken_;
  QLabel *takenFor_, *note_;
  QToolButton *files_, *paste_, *blank_, *other_;
  PictureTiles* tiles_;
  std::vector<SourcePicture> own_, data_;
  bool hasConfusion_ = false, ready_ = false;
  quint64 seed_ = 1;
};

}  // namespace scanline
