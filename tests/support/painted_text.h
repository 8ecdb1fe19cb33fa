#pragma once

#include <QPaintDevice>
#include <QPaintEngine>
#include <QPainter>
#include <QWidget>
#include <vector>

namespace scanline {

/// A piece of text as it was painted, and the part of the device that could be painted on then.
struct PaintedText {
  QString text;
  QRectF rect, clip;
};

/// Keeps the texts that are painted on it, and nothing else.
class TextRecorder : public QPaintDevice {
 public:
  explicit TextRecorder(QSize size) : size_(size) {}
  QPaintEngine* paintEngine() const override { return &engine_; }
  const std::vector<PaintedText>& texts() const { return engine_.texts; }

 protected:
  int metric(PaintDeviceMetric which) const override {
    constexpr int kDotsPerInch = 96;
    switch (which) {
      case PdmWidth:
        return size_.width();
      case PdmHeight:
        return size_.height();
      case PdmWidthMM:
        return size_.width() * 254 / (10 * kDotsPerInch);
      case PdmHeightMM:
        return size_.height() * 254 / (10 * kDotsPerInch);
      case PdmDpiX:
      case PdmDpiY:
      case PdmPhysicalDpiX:
      case PdmPhysicalDpiY:
        return kDotsPerInch;
      case PdmDevicePixelRatio:
        return 1;
      case PdmDevicePixelRatioScaled:
        return int(devicePixelRatioFScale());
      case PdmDepth:
        return 32;
      default:
        return QPaintDevice::metric(which);
    }
  }

 private:
  class Engine : public QPaintEngine {
   public:
    explicit Engine(QRectF all) : QPaintEngine(AllFeatures), all_(all) {}
    bool begin(QPaintDevice*) override { return true; }
    bool end() override { return true; }
    Type type() const override { return User; }
    void updateState(const QPaintEngineState&) override {}
    void drawPixmap(const QRectF&, const QPixmap&, const QRectF&) override {}
    void drawImage(const QRectF&, const QImage&, const QRectF&, Qt::ImageConversionFlags) override {}
    void drawTiledPixmap(const QRectF&, const QPixmap&, const QPointF&) override {}
    void drawPath(const QPainterPath&) override {}
    void drawPolygon(const QPointF*, int, PolygonDrawMode) override {}
    void drawTextItem(const QPointF& at, const QTextItem& item) override {
      if (item.text().trimmed().isEmpty()) return;
      const QTransform place = painter()->deviceTransform();
      QRectF clip = all_;
      if (painter()->hasClipping()) clip &= place.mapRect(painter()->clipBoundingRect());
      const QRectF rect(at.x(), at.y() - item.ascent(), item.width(), item.ascent() + item.descent());
      texts.push_back({item.text(), place.mapRect(rect), clip});
    }
    std::vector<PaintedText> texts;

   private:
    QRectF all_;
  };

  QSize size_;
  mutable Engine engine_{QRectF(QPointF(0, 0), size_)};
};

/// What a widget paints itself, without its children.
inline std::vector<PaintedText> paintedTexts(QWidget& widget) {
  TextRecorder recorder(widget.size());
  widget.render(&recorder, {}, {}, {});
  return recorder.texts();
}

}  // namespace scanline
