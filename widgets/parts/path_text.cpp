#include "widgets/parts/path_text.h"

#include <QDir>

namespace scanline::text {

QString fromHome(const QString& path) {
  QString clean = QDir::cleanPath(path);
  const QString home = QDir::homePath();
  if (clean == home || clean.startsWith(home + QLatin1Char('/'))) clean.replace(0, home.size(), QLatin1Char('~'));
  return clean;
}

}  // namespace scanline::text
