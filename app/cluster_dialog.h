#pragma once

#include <QDialog>

#include "core/jobs/slurm.h"

class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QSpinBox;

namespace scanline {

/// How the runs of the workspace are sent to a Slurm cluster. The caller reads and writes the settings. UI thread.
class ClusterDialog : public QDialog {
  Q_OBJECT
 public:
  ClusterDialog(const ClusterSettings& settings, QWidget* parent);

  ClusterSettings settings() const;
  /// Settings that cannot be stay to be mended, beside the reason.
  void accept() override;

 private:
  QLineEdit *folder_, *program_, *partition_, *timeLimit_, *gres_;
  QSpinBox *nodes_, *tasks_;
  QPlainTextEdit *lines_, *setup_;
  QLabel* problem_;
};

}  // namespace scanline
