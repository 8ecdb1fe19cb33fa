#pragma once

#include <QColor>
#include <QRect>
#include <QString>
#include <QWidget>
#include <vector>

namespace scanline {

/// A line of the value table beside the crosshair.
struct TipRow {
  QColor colour;
  Qt::PenStyle dash = Qt::SolidLine;
  bool points = false;         ///< marked by a dot instead of a stroke
  QString name, value, extra;  ///< extra: raw value, or the step if it is another
};

/// The layer above a chart's curves that changes with the mouse: crosshair, value table, rubber band. A widget of its
/// own, so that moving the mouse repaints it over the finished picture and redraws no curve.
class ChartOverlay : public QWidget {
 public:
  explicit ChartOverlay(QWidget* parent);

  struct Content {
    QRect area;  ///< inside the axes
    bool crosshair = false;
    double x = 0;  ///< of the crosshair, pixels
    std::vector<std::pair<QPointF, QColor>> dots;
    bool table = false;
    QString title;
    std::vector<TipRow> rows;
    int more = 0;  ///< rows left out
    QRect rubberBand;
    QString empty;  ///< said in the middle when there is nothing to draw
  };
  void setContent(Content content);
  const Content& content() const { return content_; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  void paintTable(class QPainter& painter) const;

  Content content_;
};

}  // namespace scanline
