#pragma once

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "widgets/plot/chart_legend.h"
#include "widgets/plot/chart_overlay.h"
#include "widgets/plot/chart_plot.h"
#include "widgets/plot/chart_types.h"
#include "widgets/plot/figure_export.h"
#include "widgets/plot/smoothing_jobs.h"
#include "widgets/plot/zoom_history.h"

class QHBoxLayout;
class QLabel;
class QMenu;

namespace scanline {

/// One chart: lines over a common x, with crosshair, zoom and a way back, and pictures for papers.
///
/// Mouse: drag zooms a rectangle (a flat drag x alone), the wheel zooms x (with Ctrl y), Shift or the middle button
/// pans, a double click resets (on the title: asks to be enlarged), a click chooses the step. Keys: arrows move the
/// crosshair a point, with Shift ten; Home, End; Alt+arrows walk the zoom history; + and - zoom; 0 resets; F asks to be
/// enlarged. Drawing happens once a turn of the event loop, while visible; long curves are smoothed on other threads.
class Chart : public QWidget {
  Q_OBJECT

 public:
  struct Texts {
    QString title;  ///< with its unit
    QString xTitle;
    QString empty;  ///< while there is no point: the content to come, and when
    TickText x = TickText::Steps, y = TickText::Number;
  };
  using Key = int64_t;  ///< names a line; lines of greater keys are drawn above

  explicit Chart(Texts texts, QWidget* parent = nullptr);

  // Lines. Points ascend in x; see ChartSeries::append.
  void setLine(Key key, const LineStyle& style);
  void removeLine(Key key);
  /// So many points will come of a line in all, by parts.
  void expect(Key key, size_t points);
  /// Points of a line without setLine() before are a mistake.
  void append(Key key, std::span<const QPointF> points);
  /// The same for points at steps, which know when they were written.
  void append(Key key, std::span<const Point> points);
  /// A tinted band around a line, from `low` to `high`; both empty: none. Replaces the band before.
  void setBand(Key key, std::span<const QPointF> low, std::span<const QPointF> high);
  /// Whiskers of so much above and below each point of a line.
  void setDeviations(Key key, std::vector<double> deviations);
  void truncateAfter(Key key, double x);
  void clear(Key key);
  const std::map<Key, ChartLine>& lines() const { return lines_; }

  // Looks
  void setTitle(const QString& title);
  const QString& title() const { return texts_.title; }
  void setXAxis(const QString& title, TickText text);
  TickText yText() const { return texts_.y; }
  /// Where the line stands on the x axis; zoom and crosshair stay where they are.
  void setMapping(Key key, const XMapping& mapping);
  void setEmptyText(const QString& text);
  const QString& emptyText() const { return texts_.empty; }
  /// Of lines that look like curves; see Smoothing.
  void setSmoothing(const Smoothing& how);
  /// TensorBoard's, with this weight; 0 = none, below 1.
  void setSmoothing(double weight) { setSmoothing({Smoothing::Method::Exponential, weight}); }
  /// Values <= 0 cannot be shown on a logarithmic axis; they are hidden and counted beside the title.
  void setLogarithmic(bool x, bool y);
  /// Fit the values between the 5 % and 95 % quantiles instead of all.
  void setOutliersClipped(bool clip);
  /// At right of the title, or below it where that leaves no room for both.
  void setHeaderWidget(QWidget* widget);
  /// Shows a button that asks for it.
  void setEnlargeable(bool enlargeable);
  /// The legend of exported pictures, below the title; empty: the names of the lines.
  void setLegend(std::vector<ChartLegend::Entry> entries) { legend_ = std::move(entries); }

  // View
  const ChartView& view() const { return history_.current(); }
  /// As if the person had chosen it, but emits nothing.
  void setView(const ChartView& view, bool replace = false);
  void goBack();
  void goForward();
  bool canGoBack() const { return history_.canGoBack(); }
  bool canGoForward() const { return history_.canGoForward(); }

  // Crosshair
  /// Shows it at x on every line, with the values in a table beside it, or else those of the first lines in the header.
  /// Emits nothing.
  void setCursor(std::optional<double> x, bool table);
  std::optional<double> cursor() const { return cursor_; }
  /// The x with data nearest to x, over all curves.
  std::optional<double> nearestX(double x) const;

  /// The axes' ranges as shown.
  const ChartFrame& frame() const { return frame_; }
  /// The table beside the crosshair, nearest to the mouse first.
  const std::vector<TipRow>& table() const { return overlay_->content().rows; }
  QPointF pixelOf(double x, double y) const { return plot_.pixelOf(x, y); }
  /// Does a drawing that is still due, now, with all curves smoothed.
  void flush();

  /// For files and the clipboard: the chart as it is shown, at a paper's size. Valid while the chart lives.
  Figure figure();
  /// The points of all lines that are shown, as CSV in the C locale: a column of x, one a line, and one with its
  /// smoothed values.
  QByteArray numbers() const;
  void showMenu(QPoint global);
  QSize minimumSizeHint() const override;

 signals:
  void viewChanged(bool replace);  ///< by the person: zoomed, panned or reset
  void wentBack();
  void wentForward();
  void cursorMoved(std::optional<double> x);  ///< by mouse or key; nothing: the mouse left
  void clicked(double x);                     ///< on the x of a point
  void lineClicked(qint64 key);               ///< the click was on a line
  void exported(const QString& file);         ///< a picture or its numbers were written
  void failed(const QString& sentence);       ///< they could not be
  void enlargeRequested();
  void menuAboutToShow(QMenu* menu);  ///< its owner may add entries in front

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  bool event(QEvent* event) override;

 private:
  enum class Drag { None, Zoom, Pan };

  void scheduleDraw();
  int turnMs() const;
  void draw();
  void placeHeaderWidget();
  void smoothElsewhere();
  void takeSmoothed();
  ChartSeries* seriesOf(int64_t job);
  void followEnd();
  void fitFrame();
  Span fittedX() const;
  Span fittedY(const Span& x) const;
  std::pair<double, double> inliers(const ChartSeries& series, size_t first, size_t last) const;
  std::vector<ChartLegend::Entry> legendEntries() const;
  void updateOverlay();
  void fillTable(ChartOverlay::Content& content) const;
  void updateBadge();
  void updateReadout();

  void press(const QMouseEvent& event);
  void move(const QMouseEvent& event);
  void release(const QMouseEvent& event);
  void wheel(const QWheelEvent& event);
  void zoomTo(const QRect& rect);
  void zoomAbout(QPointF pixel, double factor, bool y);
  void pan(QPointF by);
  void choose(const ChartView& view, bool replace);
  void moveCursorBy(int points);
  void hover(std::optional<double> x);
  const ChartSeries* leadingSeries() const;

  Texts texts_;
  std::map<Key, ChartLine> lines_;
  ChartFrame frame_;
  ZoomHistory history_;
  Smoothing smoothing_;
  std::vector<ChartLegend::Entry> legend_;
  bool clipOutliers_ = false;
  double end_ = 0;  ///< right end of the data when last drawn

  QLabel* title_;
  QLabel* badge_;
  QLabel* readout_;
  QHBoxLayout *header_, *below_;
  QWidget *headerWidget_ = nullptr, *enlarge_ = nullptr;
  ChartPlot plot_;
  ChartOverlay* overlay_;
  QTimer drawTimer_;
  QElapsedTimer sinceDraw_;
  QElapsedTimer sinceWheel_;

  std::optional<double> cursor_;
  bool cursorTable_ = false;
  double mouseY_ = 0;
  Drag drag_ = Drag::None;
  QPointF dragFrom_, dragAt_;
  bool showsFocus_ = false;  ///< it came by a key
  SmoothingJobs jobs_;
};

}  // namespace scanline
