#pragma once

#include <QString>

class QWidget;

namespace scanline {

/// Asks for a folder; empty if the person cancels. The name of one that does not exist yet is taken, too, and it is
/// made; Qt's own dialog says that there is no such folder.
QString chooseFolder(QWidget* parent, const QString& title, const QString& start = {});

}  // namespace scanline
