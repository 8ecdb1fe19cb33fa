#pragma once

#include <QWidget>
#include <optional>
#include <vector>

#include "core/tokens/palette.h"

namespace scanline {

/// Orders of a palette's colours.
enum class SwatchOrder {
  ByUse,     ///< most used first; by colour where uses are not known
  ByColour,  ///< greys from dark to light, then hue by hue, each from dark to light
};
std::vector<Token> swatchOrder(const Palette& palette, const std::vector<int64_t>& uses, SwatchOrder order);

/// A palette's colours as swatches, of which one is chosen: by a click, or by the arrow keys.
class ColourSwatches : public QWidget {
  Q_OBJECT
 public:
  explicit ColourSwatches(QWidget* parent = nullptr);

  /// `uses`: [palette.size()] pixels of each colour, or empty.
  void setColours(const Palette& palette, std::vector<int64_t> uses);
  void setOrder(SwatchOrder order);
  bool knowsUses() const { return !uses_.empty(); }
  /// Emits nothing.
  void setCurrent(Token token);
  Token current() const { return current_; }
  /// "Colour 17 · RGB 12, 34, 56 · 3.1 % of the pixels"
  QString words(Token token) const;
  QRect rectOf(Token token) const;

  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;
  QSize sizeHint() const override { return {320, heightForWidth(320)}; }
  QSize minimumSizeHint() const override { return {120, side()}; }

 signals:
  void chosen(scanline::Token token);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;

 private:
  int side() const;
  int columns(int width) const { return std::max(1, width / side()); }
  QRect placeRect(int place) const;
  int placeAt(const QPoint& at) const;  ///< -1 = none
  void choose(int place);

  std::optional<Palette> colours_;
  std::vector<int64_t> uses_;
  int64_t usesInAll_ = 0;
  SwatchOrder sorted_ = SwatchOrder::ByUse;
  std::vector<Token> order_;
  Token current_ = 0;
};

}  // namespace scanline
