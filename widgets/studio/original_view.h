#pragma once

#include <QImage>
#include <QWidget>

namespace scanline {

/// The picture as it is in the data or the file, beside the canvas: whole device pixels a pixel where it is small,
/// smoothly reduced where it is larger than the room.
class OriginalView : public QWidget {
  Q_OBJECT
 public:
  explicit OriginalView(QWidget* parent = nullptr);

  /// A null image: nothing but a sentence is shown.
  void setOriginal(const QImage& image, const QString& name);
  /// Where the picture is seen, in device pixels of this widget.
  QRect shownRect() const;

  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;
  QSize sizeHint() const override { return {136, heightForWidth(136)}; }
  QSize minimumSizeHint() const override { return {64, 64}; }

 protected:
  void paintEvent(QPaintEvent* event) override;
  bool event(QEvent* event) override;

 private:
  QSize shownSize(int width) const;  ///< device pixels
  int titleHeight() const;
  /// The name on as many lines as it needs, two at most.
  QStringList nameLines(int width) const;

  QImage image_;
  QString name_;
};

}  // namespace scanline
