#pragma once

#include <QPointF>
#include <QString>
#include <cstdint>
#include <vector>

namespace scanline {

/// Linear probe accuracies of a published model, layer by layer, to lay beside one's own.
struct ReferenceCurve {
  QString name;                 ///< "iGPT-L linear probe, CIFAR-10"
  double layers = 0;            ///< of the published model: its depth is stretched to the depth of the run beside it
  std::vector<QPointF> points;  ///< layer from 0 to layers; share 0..1
};

/// A published accuracy with few labels: mean and standard deviation of five subsets.
struct ReferencePoint {
  int64_t labels = 0;              ///< in all
  double mean = 0, deviation = 0;  ///< shares 0..1
};

/// The paper's own low-data probes (section 4.5: iGPT-L at 32x32 on CIFAR-10) out of paper_curves.csv, ascending
/// labels. Throws Error.
std::vector<ReferencePoint> readPaperLowData(const QString& file);

/// Figure 2 of the paper out of paper_curves.csv, in the file's order. Throws Error.
std::vector<ReferenceCurve> readPaperCurves(const QString& file);

}  // namespace scanline
