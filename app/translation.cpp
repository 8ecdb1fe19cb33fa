#include "app/translation.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QStandardPaths>
#include <QTranslator>
#include <memory>

namespace scanline {

QStringList translationFolders() {
  QStringList folders = QStandardPaths::locateAll(
      QStandardPaths::GenericDataLocation, QStringLiteral("scanline/translations"), QStandardPaths::LocateDirectory);
  folders << QCoreApplication::applicationDirPath() + QStringLiteral("/../share/scanline/translations");
  return folders;
}

bool installTranslation(const QLocale& locale, const QStringList& folders) {
  for (const QString& folder : folders) {
    auto words = std::make_unique<QTranslator>(QCoreApplication::instance());
    if (!words->load(locale, QStringLiteral("scanline"), QStringLiteral("_"), folder)) continue;
    // Half a window in another language is worse than none, so Qt's words come with ours alone.
    auto* qt = new QTranslator(QCoreApplication::instance());
    if (qt->load(locale, QStringLiteral("qtbase"), QStringLiteral("_"),
                 QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
      QCoreApplication::installTranslator(qt);
    QCoreApplication::installTranslator(words.release());
    return true;
  }
  return false;
}

}  // namespace scanline
