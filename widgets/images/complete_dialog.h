#pragma once

#include <QDialog>
#include <QStringList>
#include <vector>

#include "core/jobs/complete_pictures.h"

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QPushButton;
class QSpinBox;
class QToolButton;

namespace scanline {

class ImageGrid;

/// A checkpoint that can paint.
struct PaintingCheckpoint {
  qint64 step = 0;
  QString words;  ///< "step 600 · 1.308 nats · best"
  bool operator==(const PaintingCheckpoint&) const = default;
};

/// A window for pictures of the person's own: chosen or dropped, they are given to a model in part, and shown beside
/// what it paints. Without any it draws whole images. Enter draws, Escape closes. What was painted goes as soon as
/// pictures, settings or the checkpoint are others.
class CompleteDialog : public QDialog {
  Q_OBJECT
 public:
  explicit CompleteDialog(QWidget* parent);

  /// The run's name, its checkpoints, and the step of the one that paints. The pictures of another model go, the chosen
  /// files stay.
  void setModel(const QString& run, const std::vector<PaintingCheckpoint>& checkpoints, qint64 step);
  /// More files to complete; those that are no pictures by their ending are left out.
  void addFiles(const QStringList& files);
  const QStringList& files() const { return files_; }
  /// Answers drawRequested, each of them.
  void setBusy();
  void setPictures(const CompletedPictures& done, qint64 tookMs);
  void setProblem(const QString& sentence);

 signals:
  /// By the person, among those of setModel.
  void checkpointChosen(qint64 step);
  /// All but the checkpoint.
  void drawRequested(const scanline::PictureCompletion& wanted);
  /// The drawing that goes on is to be given up.
  void cancelRequested();

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void done(int result) override;
  void showEvent(QShowEvent* event) override;

 private:
  QWidget* makeFiles();
  QWidget* makeSettings();
  QWidget* makeFooter();
  void askForFiles();
  void describeFiles();
  void drawOrCancel();
  void forgetPictures();
  void setState(bool busy, const QString& words);

  QStringList files_;
  bool busy_ = false;
  QString run_;
  QSize size_{880, 620};  ///< to open in: as the person left it
  QComboBox* checkpoint_;
  QLabel* names_;
  QToolButton* clear_;
  QSpinBox *given_, *each_, *topK_, *seed_;
  QDoubleSpinBox* temperature_;
  QPushButton* draw_;
  ImageGrid* grid_;
  QLabel* words_;
  QPushButton* save_;
};

}  // namespace scanline
