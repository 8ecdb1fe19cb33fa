#pragma once

#include <QDialog>
#include <functional>

#include "widgets/plot/figure_export.h"

class QComboBox;
class QDoubleSpinBox;
class QLabel;

namespace scanline {

/// Chooses size and letters of exported pictures, beside a preview of one. OK writes figureSettings(); Cancel leaves
/// them as they were.
class FigureDialog : public QDialog {
  Q_OBJECT

 public:
  FigureDialog(std::function<Figure()> figure, QWidget* parent);

  void accept() override;
  void reject() override;

 private:
  QDoubleSpinBox* makeBox(const QString& name, const QString& unit, double least, double most, double value);
  void choosePreset(int index);
  void apply();
  void showPreview();

  std::function<Figure()> figure_;
  FigureSettings before_;
  QComboBox* presets_;
  QDoubleSpinBox *width_, *height_, *font_;
  QLabel* preview_;
};

}  // namespace scanline
