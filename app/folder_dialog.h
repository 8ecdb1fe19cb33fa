#pragma once

#include <QString>
#include <functional>

class QWidget;

namespace scanline {

/// Asks for a folder; empty if the person cancels. The name of one that does not exist yet is taken, too, and it is
/// made; Qt's own dialog says that there is no such folder.
QString chooseFolder(QWidget* parent, const QString& title, const QString& start = {});

/// Where a file was saved last, a chart included; or else the person's documents.
QString placeOfFiles();

struct SaveQuestion {
  QString title;
  QString name;    ///< proposed, without its ending; signs that no file name may have are left out
  QString filter;  ///< as QFileDialog has it; several are separated by ";;"
  QString ending;  ///< of a name that has none: "pdf"
};
/// Asks where to save a file, beginning in placeOfFiles(). Opens without blocking; `save` gets the file, unless the
/// person cancels.
void askWhereToSave(QWidget* parent, const SaveQuestion& question,
                    const std::function<void(const QString& file)>& save);

}  // namespace scanline
