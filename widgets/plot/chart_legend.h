#pragma once

#include <QWidget>
#include <optional>
#include <vector>

#include "widgets/parts/theme.h"
#include "widgets/plot/chart_types.h"

class QFontMetrics;

namespace scanline {

/// Marks with names. In one row: as many as there is room for, then "+3"; a click on an entry that stands for a run
/// names it. With switches: in as many rows as are needed, and a click hides or shows a run, a double click shows it
/// alone; by keys, arrows walk, Space switches, Enter names.
class ChartLegend : public QWidget {
  Q_OBJECT

 public:
  struct Entry {
    int64_t id = 0;  ///< 0: stands for no run, cannot be clicked
    QString name;
    int colour = -1;  ///< of the run; -1: the text's colour
    LineLook look = LineLook::Curve;
    bool hidden = false;  ///< switched off
    bool strong = false;  ///< drawn with a thick line
    bool operator==(const Entry&) const = default;
  };
  explicit ChartLegend(QWidget* parent = nullptr);

  void setEntries(std::vector<Entry> entries);
  void setSwitches(bool switches);
  /// Lines that a legend without switches may have; 1 at first.
  void setRows(int most);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;
  bool hasHeightForWidth() const override { return switches_ || rows_ > 1; }
  int heightForWidth(int width) const override;
  /// Where an entry stands; empty while there is no room for it.
  QRect placeOf(int64_t id) const;

 signals:
  void entryClicked(qint64 id);
  void entrySwitched(qint64 id);
  void entryIsolated(qint64 id);
  void entryHovered(qint64 id);  ///< 0: none any more

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Place {
    size_t entry;
    QRect rect;
  };
  std::vector<Place> places() const;
  std::vector<Place> placesIn(int width) const;
  const Entry* entryAt(QPoint at) const;
  void hover(int64_t id);

  std::vector<Entry> entries_;
  bool switches_ = false, isWhole_ = false;  ///< isWhole_: rows beyond the usual were asked for
  int rows_ = 1;
  int64_t hovered_ = 0;
  size_t current_ = 0;  ///< for keys
  bool afterDoubleClick_ = false;
};

/// The places of entries from the left in rows of at most `width`, from (0, 0) on.
std::vector<QRect> legendPlaces(const std::vector<ChartLegend::Entry>& entries, const QFontMetrics& metrics, int width);

/// Mark and name, in the painter's font; a name that is too long loses its middle.
void paintLegendEntry(QPainter& painter, const QRect& rect, const ChartLegend::Entry& entry, const Theme& theme);

}  // namespace scanline
