#include "widgets/pages/code_panel.h"

#include <QPainter>
#include <QPainterPath>
#include <algorithm>

#include "widgets/parts/number_text.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {

constexpr int kEdge = 12, kTop = 8, kGap = 8, kMostPictures = 8;

QImage imageAt(const ImageSet& set, int64_t index) {
  const int wide = static_cast<int>(set.width), tall = static_cast<int>(set.height);
  return {set.image(index).data(), wide, tall, 3 * wide, QImage::Format_RGB888};
}

}  // namespace

CodePanel::CodePanel(QWidget* parent) : QWidget(parent) {
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);
  setAccessibleName(tr("The code that is pointed at"));
}

void CodePanel::setAtlas(SharedCodeAtlas atlas, const QString& sentence) {
  atlas_ = std::move(atlas);
  sentence_ = sentence;
  setCode(code_);
}

bool CodePanel::knowsCode() const {
  return atlas_ && code_ && *code_ < atlas_->patches.count;
}

void CodePanel::setCode(std::optional<int64_t> code) {
  code_ = code;
  uses_.clear();
  if (knowsCode()) {
    uses_ = atlas_->uses(static_cast<Token>(*code_), kMostPictures);
    pictures_ = atlas_->picturesWith(static_cast<Token>(*code_));
  }
  setAccessibleDescription(words());
  update();
}

QString CodePanel::words() const {
  if (!sentence_.isEmpty()) return sentence_;
  if (!knowsCode()) return tr("Point at a code to see its patch, and pictures that hold it.");
  return tr("Code %1, in %2 of %3 pictures").arg(*code_).arg(text::steps(pictures_), text::steps(atlas_->grids.count));
}

/// The picture with an outline of the places of the code: none between two that touch.
void CodePanel::paintUse(QPainter& painter, const CodeAtlas::Use& use, const QRect& target, const QColor& frame) const {
  painter.drawImage(target, imageAt(atlas_->images, use.picture));
  const double cell = double(target.width()) / double(atlas_->across);
  QPainterPath outline;
  for (const int64_t position : use.positions)
    outline.addRect(QRectF(target.left() + cell * double(position % atlas_->across),
                           target.top() + cell * double(position / atlas_->across), cell, cell));
  outline = outline.simplified();
  painter.setBrush(Qt::NoBrush);
  for (const auto& [colour, width] : {std::pair{QColor(Qt::black), 3.0}, std::pair{frame, 1.5}}) {
    painter.setPen(QPen(colour, width));
    painter.drawPath(outline);
  }
}

void CodePanel::paintEvent(QPaintEvent*) {
  const Theme theme(palette());
  QPainter painter(this);
  const int line = fontMetrics().height();
  painter.setPen(knowsCode() ? theme.text : theme.mutedText);
  if (!knowsCode())
    return painter.drawText(rect().adjusted(kEdge, kTop, -kEdge, -kTop), Qt::AlignCenter | Qt::TextWordWrap, words());
  painter.drawText(QRect(kEdge, kTop, width() - 2 * kEdge, line), Qt::AlignLeft | Qt::AlignVCenter,
                   fontMetrics().elidedText(words(), Qt::ElideRight, width() - 2 * kEdge));
  painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
  const int top = kTop + line + kGap, room = std::max(8, height() - top - kTop - line - 2);
  // Whole multiples of the pixels, the patch as large as a picture, and room for three of them beside it.
  const int wide = static_cast<int>(atlas_->images.width), broad = (width() - 2 * kEdge - 4 * kGap) / 4;
  const int side = std::max(1, std::min(room, broad) / wide) * wide;
  const int patch = std::max(1, side / static_cast<int>(atlas_->stride)) * static_cast<int>(atlas_->stride);
  const QRect target(kEdge, top, patch, patch);
  painter.drawImage(target, imageAt(atlas_->patches, *code_));
  painter.setPen(theme.mutedText);
  painter.drawText(QRect(kEdge, top + side + 2, patch, line), Qt::AlignHCenter, tr("its patch"));
  int x = target.right() + 1 + 2 * kGap;
  const int left = x;
  for (const CodeAtlas::Use& use : uses_) {
    if (x + side > width() - kEdge) break;
    paintUse(painter, use, QRect(x, top, side, side), theme.accent);
    x += side + kGap;
  }
  painter.setPen(theme.mutedText);
  if (x > left)
    painter.drawText(QRect(left, top + side + 2, width() - left - kEdge, line), Qt::AlignLeft,
                     tr("where it is used most"));
}

}  // namespace scanline
