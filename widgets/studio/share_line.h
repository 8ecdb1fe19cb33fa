#pragma once

#include <QWidget>
#include <vector>

namespace scanline {

/// The effective sample size of a conditioned drawing along the raster, small: one candidate in the accent colour, the
/// others faint behind it, and a line where particles are resampled (at a half). Written above it is the lowest.
class ShareLine : public QWidget {
  Q_OBJECT
 public:
  explicit ShareLine(QWidget* parent = nullptr);

  /// shares[candidate * n + position] in 0..1; `particles`: of each candidate. Empty: nothing is shown.
  void setShares(std::vector<float> shares, qint64 candidates, qint64 particles);
  bool isEmpty() const { return shares_.empty(); }
  /// -1: none is in front.
  void setCandidate(int candidate);
  /// "Effective particles: at least 12 of 32"
  QString words() const;

  QSize sizeHint() const override { return {200, fontMetrics().height() + 44}; }
  QSize minimumSizeHint() const override { return {120, sizeHint().height()}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  float least(qint64 candidate) const;

  std::vector<float> shares_;
  qint64 candidates_ = 0, positions_ = 0, particles_ = 1;
  int candidate_ = -1;
};

}  // namespace scanline
