#include "app/page_export.h"

#include <QImage>
#include <QPageSize>
#include <QPainter>
#include <QPdfWriter>
#include <QWidget>

namespace scanline {

bool savePage(QWidget& page, const QString& file) {
  if (file.endsWith(QStringLiteral(".pdf"), Qt::CaseInsensitive)) {
    constexpr int kDotsPerInch = 96, kPointsPerInch = 72;
    QPdfWriter writer(file);
    writer.setResolution(kDotsPerInch);
    writer.setPageMargins({});
    writer.setPageSize(
        QPageSize(QSizeF(page.size()) * kPointsPerInch / kDotsPerInch, QPageSize::Point, {}, QPageSize::ExactMatch));
    QPainter painter;
    if (!painter.begin(&writer)) return false;
    page.render(&painter);
    return painter.end();
  }
  if (!file.endsWith(QStringLiteral(".png"), Qt::CaseInsensitive)) return false;
  constexpr int kScale = 2;
  QImage image(page.size() * kScale, QImage::Format_ARGB32_Premultiplied);
  image.setDevicePixelRatio(kScale);
  image.fill(page.palette().color(QPalette::Window));
  page.render(&image);
  return image.save(file);
}

}  // namespace scanline
