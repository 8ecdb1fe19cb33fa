#pragma once

#include <QPointF>
#include <QString>
#include <vector>

namespace scanline {

/// Linear probe accuracies of a published model, layer by layer, to lay beside one's own.
struct ReferenceCurve {
  QString name;                 ///< "iGPT-L linear probe, CIFAR-10"
  double layers = 0;            ///< of the published model: its depth is stretched to the depth of the run beside it
  std::vector<QPointF> points;  ///< layer from 0 to layers; share 0..1
};

/// Figure 2 of the paper out of paper_curves.csv, in the file's order. Throws Error.
std::vector<ReferenceCurve> readPaperCurves(const QString& file);

}  // namespace scanline
