#pragma once

#include <QWidget>

class QLabel;
class QPushButton;

namespace scanline {

class CompletionArt;

/// What the centre shows in a workspace without runs: what this is, and one button that begins.
class EmptyState : public QWidget {
  Q_OBJECT
 public:
  explicit EmptyState(QWidget* parent = nullptr);
  /// Why the quick start cannot begin (LibTorch is missing); empty = it can.
  void setObstacle(const QString& sentence);
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
  QLabel* obstacle_;
  QLabel* promise_;
  QLabel* links_;
  CompletionArt* art_;
  QPushButton* start_;
};

}  // namespace scanline
