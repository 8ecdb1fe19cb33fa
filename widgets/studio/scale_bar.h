#pragma once

#include <QWidget>
#include <optional>

#include "widgets/plot/colour_scale.h"

namespace scanline {

/// A lying bar of a scale's colours with round numbers and a unit below it, and a mark at one value.
class ScaleBar : public QWidget {
  Q_OBJECT
 public:
  explicit ScaleBar(QWidget* parent = nullptr);

  void setScale(const ColourScale& scale, const QString& unit);
  /// The value that is pointed at.
  void setMark(std::optional<double> value);
  std::optional<double> mark() const { return mark_; }

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  QRect bar() const;

  ColourScale scale_;
  QString unit_;
  std::optional<double> mark_;
};

}  // namespace scanline
