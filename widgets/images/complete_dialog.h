#pragma once

#include <QDialog>
#include <QStringList>

#include "core/jobs/complete_pictures.h"

class QDoubleSpinBox;
class QLabel;
class QPushButton;
class QSpinBox;
class QToolButton;

namespace scanline {

class ImageGrid;

/// A window for pictures of the person's own: chosen or dropped, they are given to a model in part, and shown beside
/// what it paints. Without any it draws whole images. Enter draws, Escape closes.
class CompleteDialog : public QDialog {
  Q_OBJECT
 public:
  explicit CompleteDialog(QWidget* parent);

  /// The model in words: "digits, step 600". The pictures of another model go, the chosen files stay.
  void setModel(const QString& words);
  /// More files to complete; those that are no pictures by their ending are left out.
  void addFiles(const QStringList& files);
  const QStringList& files() const { return files_; }
  /// Answers drawRequested, each of them.
  void setBusy();
  void setPictures(const CompletedPictures& done, qint64 tookMs);
  void setProblem(const QString& sentence);

 signals:
  /// All but the checkpoint.
  void drawRequested(const scanline::PictureCompletion& wanted);
  /// The drawing that goes on is to be given up.
  void cancelRequested();

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void done(int result) override;

 private:
  QWidget* makeFiles();
  QWidget* makeSettings();
  QWidget* makeFooter();
  void askForFiles();
  void describeFiles();
  void drawOrCancel();
  void setState(bool busy, const QString& words);

  QStringList files_;
  bool busy_ = false;
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
