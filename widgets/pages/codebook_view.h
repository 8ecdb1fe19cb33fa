#pragma once

#include <QWidget>
#include <optional>
#include <vector>

#include "core/run/events.h"
#include "widgets/plot/figure_export.h"

namespace scanline {

/// How often a VQ-VAE chooses each of its codes, at one step: bars, most used first, beside the line of even use. The
/// code under the mouse, or walked to with the arrow keys, is named.
class CodebookView : public QWidget {
  Q_OBJECT

 public:
  explicit CodebookView(QWidget* parent = nullptr);

  void setUse(CodebookUse use);
  void clear() { setUse({}); }
  int64_t step() const { return use_.step; }
  int64_t usedCodes() const { return used_; }
  /// "Codebook use at step 600: 412 of 512 codes, perplexity 287"
  QString title() const;
  QString shortTitle() const;  ///< without the step, where the window is narrow
  /// "243, number 17: 1 234 of 40 000 (3.1 %)"; `rank` from 0.
  QString words(size_t rank) const;
  /// The bar of a rank, in pixels of this widget.
  QRectF barOf(size_t rank) const { return barIn(areaIn(size()), rank); }

  QSize sizeHint() const override { return {600, 170}; }
  QSize minimumSizeHint() const override { return {260, 120}; }

 signals:
  /// A code is pointed at by mouse or key.
  void codePointed(qint64 code);
  void failed(const QString& sentence);  ///< a picture could not be written

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void paint(QPainter& painter, QSize size, const Theme& theme) const;
  void paintBars(QPainter& painter, const QRect& area, const Theme& theme) const;
  QRect areaIn(QSize size) const;
  QRectF barIn(const QRect& area, size_t rank) const;
  void point(std::optional<size_t> rank);

  CodebookUse use_;
  std::vector<size_t> order_;  ///< codes, most used first
  int64_t total_ = 0, used_ = 0;
  double perplexity_ = 0;
  std::optional<size_t> pointed_;
};

}  // namespace scanline
