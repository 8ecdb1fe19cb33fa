#pragma once

#include <QWidget>
#include <optional>
#include <vector>

#include "core/tokens/palette.h"

namespace scanline {

/// The colours of a palette as swatches, most used first, or by lightness where uses are not known. Hovering or walking
/// with the arrows names a colour.
class PaletteStrip : public QWidget {
  Q_OBJECT
 public:
  explicit PaletteStrip(QWidget* parent = nullptr);

  /// `uses`: [palette.size()] pixels of each colour, or empty.
  void setColours(const Palette& palette, std::vector<int64_t> uses = {});
  void clear();

  /// Token shown at a place of the strip, or nothing.
  std::optional<Token> at(const QPoint& place) const;
  /// "Colour 17 · RGB 12, 34, 56 · 1 234 pixels, 3.1 %"
  QString words(Token token) const;
  const std::vector<Token>& order() const { return order_; }

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;

 signals:
  /// The colour under the mouse or cursor; empty words when there is none.
  void pointed(const QString& words);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;

 private:
  int swatch() const;  ///< side of a swatch
  int columns(int width) const;
  QRect rectOf(int place) const;
  void point(int place);

  std::vector<std::array<uint8_t, 3>> colours_;
  std::vector<int64_t> uses_;
  int64_t usesInAll_ = 0;
  std::vector<Token> order_;
  int pointed_ = -1;
};

}  // namespace scanline
