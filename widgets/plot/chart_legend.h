#pragma once

#include <QWidget>
#include <vector>

#include "widgets/plot/chart_types.h"

namespace scanline {

/// A row of marks with names: as many as there is room for, then "+3". A click on an entry that stands for a run names
/// it.
class ChartLegend : public QWidget {
  Q_OBJECT

 public:
  struct Entry {
    int64_t id = 0;  ///< 0: stands for no run, cannot be clicked
    QString name;
    int colour = -1;  ///< of the run; -1: the text's colour
    LineLook look = LineLook::Curve;
    bool operator==(const Entry&) const = default;
  };
  explicit ChartLegend(QWidget* parent = nullptr);

  void setEntries(std::vector<Entry> entries);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 signals:
  void entryClicked(qint64 id);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Place {
    size_t entry;
    QRect rect;
  };
  int widthOf(const Entry& entry) const;
  std::vector<Place> places() const;

  std::vector<Entry> entries_;
};

}  // namespace scanline
