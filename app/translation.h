#pragma once

#include <QLocale>
#include <QStringList>

namespace scanline {

/// Folders that translations are looked for in: of the desktop's data folders those for this program, and the one that
/// is installed beside it.
QStringList translationFolders();

/// The window speaks the language of `locale` from now on, if a file scanline_<language>.qm lies in one of the folders;
/// the first one counts. Qt's own words follow where they are installed. False, and English, if there is none. Call it
/// before anything is shown, with a QCoreApplication.
bool installTranslation(const QLocale& locale, const QStringList& folders);

}  // namespace scanline
