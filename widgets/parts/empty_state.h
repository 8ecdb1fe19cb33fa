#pragma once

#include <QWidget>

class QLabel;
class QPushButton;

namespace scanline {

class CompletionArt;

/// The centre of a workspace without runs: two sentences about the program, and one button that begins.
class EmptyState : public QWidget {
  Q_OBJECT
 public:
  explicit EmptyState(QWidget* parent = nullptr);
  void setAnimated(bool animated);

 signals:
  void quickStartRequested();
  void newRunRequested();
  void openWorkspaceRequested();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void restyle();

  QLabel* mark_;
  QLabel* title_;
  QLabel* sentence_;
  QLabel* promise_;
  QLabel* links_;
  CompletionArt* art_;
  QPushButton* start_;
};

}  // namespace scanline
