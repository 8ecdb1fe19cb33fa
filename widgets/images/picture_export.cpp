#include "widgets/images/picture_export.h"

#include <QDir>
#include <QFileDialog>
#include <QImageWriter>
#include <QPainter>
#include <QRegularExpression>
#include <QStandardPaths>

#include "core/base/error.h"
#include "widgets/images/grid_layout.h"

namespace scanline {

QImage contactSheet(const PictureSet& set, int zoom, int columns) {
  const GridMetrics metrics{.gap = set.gap, .groupGap = set.groupGap};
  int inPattern = 0, width = 0;
  for (const int group : set.groups) inPattern += group;
  // A width for exactly the wanted number of columns; layouts that do not flow ignore it.
  const int patterns = std::max(1, columns / std::max(1, inPattern));
  for (const int group : set.groups) width += group * (set.width * zoom + metrics.gap) - metrics.gap + metrics.groupGap;
  const GridLayout layout(set, zoom, patterns * width - metrics.groupGap, metrics);
  QImage sheet(layout.size().width(), layout.size().height() - metrics.gap, QImage::Format_ARGB32);
  sheet.fill(Qt::transparent);
  QPainter painter(&sheet);
  for (int i = 0; i < set.count(); ++i) paintPicture(painter, set, i, layout.picture(i), QColor(0x808080));
  return sheet;
}

void savePng(const QImage& image, const QString& file) {
  QImageWriter writer(file, "png");
  if (!writer.write(image))
    throw Error(QStringLiteral("%1 cannot be written: %2. Choose another folder or free some space.")
                    .arg(QDir::toNativeSeparators(file), writer.errorString())
                    .toStdString());
}

QString askAndSavePng(QWidget* parent, const QImage& image, const QString& proposedName) {
  const QString folder = QStandardPaths::writableLocation(QStandardPaths::PicturesLocation);
  QString file = QFileDialog::getSaveFileName(parent, QObject::tr("Save picture"), QDir(folder).filePath(proposedName),
                                              QObject::tr("PNG pictures (*.png)"));
  if (file.isEmpty()) return {};
  if (!file.endsWith(QStringLiteral(".png"), Qt::CaseInsensitive)) file += QStringLiteral(".png");
  try {
    savePng(image, file);
  } catch (const Error& error) {
    return QString::fromUtf8(error.what());
  }
  return {};
}

QString fileNameFor(const QString& words) {
  static const QRegularExpression kOther(QStringLiteral("[^a-z0-9]+"));
  QString name = words.toLower().replace(kOther, QStringLiteral("-"));
  while (name.startsWith('-')) name.remove(0, 1);
  while (name.endsWith('-')) name.chop(1);
  return (name.isEmpty() ? QStringLiteral("pictures") : name) + QStringLiteral(".png");
}

}  // namespace scanline
