#include "app/folder_dialog.h"

#include <QDir>
#include <QFileDialog>

namespace scanline {

namespace {

class FolderDialog : public QFileDialog {
 public:
  FolderDialog(QWidget* parent, const QString& title, const QString& start) : QFileDialog(parent, title, start) {
    setFileMode(FileMode::Directory);
    setOption(Option::ShowDirsOnly);
  }

 protected:
  void accept() override {
    const QStringList chosen = selectedFiles();
    if (!chosen.isEmpty()) QDir().mkpath(chosen.front());
    QFileDialog::accept();
  }
};

}  // namespace

QString chooseFolder(QWidget* parent, const QString& title, const QString& start) {
  FolderDialog dialog(parent, title, start);
  return dialog.exec() == QDialog::Accepted ? dialog.selectedFiles().value(0) : QString();
}

}  // namespace scanline
