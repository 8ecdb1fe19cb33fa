#include "app/folder_dialog.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QRegularExpression>
#include <QStandardPaths>

#include "core/base/new_folder.h"
#include "widgets/plot/figure_export.h"

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

QString placeOfFiles() {
  const QString& last = figureSettings().folder;
  if (!last.isEmpty() && QFileInfo(last).isDir()) return last;
  return QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
}

void askWhereToSave(QWidget* parent, const SaveQuestion& question,
                    const std::function<void(const QString& file)>& save) {
  auto* dialog = new QFileDialog(parent, question.title, placeOfFiles());
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setNameFilters(question.filter.split(QStringLiteral(";;")));
  dialog->setDefaultSuffix(question.ending);
  // Of several kinds the chosen one gives the ending.
  QObject::connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString& filter) {
    static const QRegularExpression kEnding(QStringLiteral("\\*\\.(\\w+)"));
    if (const auto match = kEnding.match(filter); match.hasMatch()) dialog->setDefaultSuffix(match.captured(1));
  });
  dialog->selectFile(QString::fromStdString(safeFileName(question.name.toStdString())) + QLatin1Char('.') +
                     question.ending);
  QObject::connect(dialog, &QFileDialog::fileSelected, parent, [save](const QString& file) {
    figureSettings().folder = QFileInfo(file).absolutePath();
    save(file);
  });
  dialog->open();
}

}  // namespace scanline
