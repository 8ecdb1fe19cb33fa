#pragma once

#include <QImage>
#include <QWidget>
#include <functional>
#include <optional>
#include <vector>

#include "core/tokens/palette.h"
#include "widgets/plot/axis_scale.h"

namespace scanline {

struct Theme;

/// A distribution over tokens: the most probable as bars beside their swatches, the true one marked (and shown below
/// the others where it is not among them), and the rest in one line. Up and Down walk over the bars; a click or Enter
/// chooses a token.
class ProbabilityBars : public QWidget {
  Q_OBJECT
 public:
  static constexpr int kMostBars = 20;

  /// One bar, by falling probability.
  struct Bar {
    Token token = 0;
    int64_t rank = 0;  ///< 0 = the most probable
    double probability = 0;
    bool isTrue = false;
  };

  explicit ProbabilityBars(QWidget* parent = nullptr);

  /// [V]; empty = none. `truth`: the token that is in the picture. Ties go to the lower token.
  void setValues(const std::vector<float>& probabilities, std::optional<Token> truth);
  /// The picture of a token; a null picture leaves the swatch out. Not set: no swatches.
  void setSwatches(std::function<QImage(Token)> swatch);
  /// A token in words: "colour 17, RGB 12, 34, 56".
  void setNames(std::function<QString(Token)> name);
  void setLogarithmic(bool logarithmic);
  bool isLogarithmic() const { return scale_.isLogarithmic(); }
  void setEmptyText(const QString& sentence);

  const std::vector<Bar>& bars() const { return bars_; }
  /// "and 492 more: 3.1 %", or nothing where all are shown.
  QString restWords() const;
  /// "colour 17, RGB 12, 34, 56: 12.3 %, 2.096 nats, rank 4, in the picture"
  QString words(size_t bar) const;
  /// Where a bar is drawn, in pixels of this widget; its width is its share of the axis.
  QRectF barRect(size_t bar) const;
  QRect rowRect(size_t bar) const;

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 signals:
  void tokenChosen(scanline::Token token);
  /// Left, Right, Home or End: to another pixel along the raster.
  void walkRequested(int key, Qt::KeyboardModifiers modifiers);
  /// A bar in words, under the mouse or walked to; empty = none.
  void pointed(const QString& words);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  bool hasOutsider() const;  ///< the true token stands below the others, after a gap
  void rescale(bool logarithmic);
  QRect area() const;  ///< of the bars
  void paintAxis(QPainter& painter, const Theme& theme) const;
  void paintBar(QPainter& painter, size_t bar, const Theme& theme) const;
  int barAt(QPoint at) const;
  void point(int bar);

  std::vector<Bar> bars_;
  int64_t restCount_ = 0;
  double rest_ = 0;
  AxisScale scale_{{0, 100}, false};  ///< of per cent
  std::function<QImage(Token)> swatch_;
  std::function<QString(Token)> name_;
  QString empty_;
  int pointed_ = -1;
};

/// "12.3 %", with digits for small shares: "0.0042 %", "< 1e-6 %".
QString shareText(double share);
/// -sum p log p, nats.
double entropyOf(const std::vector<float>& probabilities);

}  // namespace scanline
