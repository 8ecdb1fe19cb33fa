#include "widgets/plot/figure_export.h"

#include <QApplication>
#include <QClipboard>
#include <QDataStream>
#include <QFileDialog>
#include <QFileInfo>
#include <QImage>
#include <QMarginsF>
#include <QMenu>
#include <QPageSize>
#include <QPainter>
#include <QPdfWriter>
#include <QSaveFile>
#include <QStandardPaths>
#include <QSvgGenerator>
#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/error.h"
#include "widgets/plot/figure_dialog.h"

namespace scanline {

namespace {

constexpr double kPrintDots = 300;  // to an inch, of a PNG
constexpr double kScreenScale = 2;
constexpr double kMmPerInch = 25.4, kPtPerInch = 72;
constexpr qint32 kSavedVersion = 1;

void writePng(const Figure& figure, QIODevice& out) {
  QImage image = figureImage(figure, paperTheme(), kPrintDots / figure.resolution);
  image.setDotsPerMeterX(qRound(300 / 0.0254));
  image.setDotsPerMeterY(qRound(300 / 0.0254));
  image.save(&out, "PNG");
}

void writePdf(const Figure& figure, QIODevice& out) {
  QPdfWriter writer(&out);
  writer.setTitle(figure.name);
  writer.setCreator(QStringLiteral("Scanline"));
  writer.setResolution(figure.resolution);
  writer.setPageSize(
      QPageSize(QSizeF(figure.size) * kPtPerInch / figure.resolution, QPageSize::Point, {}, QPageSize::ExactMatch));
  writer.setPageMargins(QMarginsF(0, 0, 0, 0));
  figure.paint(writer, paperTheme());
}

void writeSvg(const Figure& figure, QIODevice& out) {
  QSvgGenerator generator;
  generator.setOutputDevice(&out);
  generator.setSize(figure.size);
  generator.setViewBox(QRect(QPoint(0, 0), figure.size));
  generator.setResolution(figure.resolution);
  generator.setTitle(figure.name);
  figure.paint(generator, paperTheme());
}

QString startFolder() {
  const QString& last = figureSettings().folder;
  if (!last.isEmpty() && QFileInfo(last).isDir()) return last;
  return QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
}

void writeNumbers(const QByteArray& numbers, const QString& file) {
  QSaveFile out(file);
  if (!out.open(QIODevice::WriteOnly) || out.write(numbers) != numbers.size() || !out.commit())
    throw Error(QObject::tr("The table \"%1\" could not be written: %2. Choose another folder.")
                    .arg(file, out.errorString())
                    .toStdString());
}

/// Asks where to, lets `write` do it (it may throw Error), and says how it went.
void askAndWrite(QWidget& parent, const QString& title, const QString& name, const QString& ending,
                 const FigureActions& actions, const std::function<void(const QString&)>& write) {
  auto* dialog = new QFileDialog(&parent, title, startFolder());
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setNameFilter(QStringLiteral("%1 (*.%2)").arg(ending.toUpper(), ending));
  dialog->setDefaultSuffix(ending);
  dialog->selectFile(name + '.' + ending);
  QObject::connect(dialog, &QFileDialog::fileSelected, &parent, [=](const QString& file) {
    try {
      write(file);
      figureSettings().folder = QFileInfo(file).absolutePath();
      if (actions.exported) actions.exported(file);
    } catch (const Error& error) {
      if (actions.failed) actions.failed(QString::fromUtf8(error.what()));
    }
  });
  dialog->open();
}

}  // namespace

FigureSettings& figureSettings() {
  static FigureSettings settings;
  return settings;
}

QByteArray FigureSettings::saved() const {
  QByteArray bytes;
  QDataStream out(&bytes, QIODevice::WriteOnly);
  out.setVersion(QDataStream::Qt_6_4);
  out << kSavedVersion << widthMm << heightMm << fontPt << folder;
  return bytes;
}

void FigureSettings::restore(const QByteArray& saved) {
  QDataStream in(saved);
  in.setVersion(QDataStream::Qt_6_4);
  qint32 version = 0;
  FigureSettings read;
  in >> version >> read.widthMm >> read.heightMm >> read.fontPt >> read.folder;
  const auto isSound = [](double value, double least, double most) { return value >= least && value <= most; };
  if (in.status() == QDataStream::Ok && version == kSavedVersion && isSound(read.widthMm, 20, 1000) &&
      isSound(read.heightMm, 20, 1000) && isSound(read.fontPt, 4, 40))
    *this = read;
}

std::pair<QSize, int> figurePixels(const FigureSettings& settings, int fontPixels) {
  const int resolution = std::max(24, int(std::lround(fontPixels * kPtPerInch / settings.fontPt)));
  return {QSize(int(std::lround(settings.widthMm / kMmPerInch * resolution)),
                int(std::lround(settings.heightMm / kMmPerInch * resolution))),
          resolution};
}

Theme paperTheme() {
  QPalette palette(Qt::white);
  for (const auto role : {QPalette::Window, QPalette::Base}) palette.setColor(role, Qt::white);
  for (const auto role : {QPalette::WindowText, QPalette::Text}) palette.setColor(role, Qt::black);
  return Theme(palette);
}

QImage figureImage(const Figure& figure, const Theme& theme, double scale) {
  QImage image((QSizeF(figure.size) * scale).toSize(), QImage::Format_RGB32);
  image.setDevicePixelRatio(scale);
  image.fill(theme.card);
  figure.paint(image, theme);
  return image;
}

void saveFigure(const Figure& figure, const QString& file) {
  const QString ending = QFileInfo(file).suffix().toLower();
  const auto fail = [&](const QString& why) {
    throw Error(QStringLiteral("The picture \"%1\" could not be written: %2").arg(file, why).toStdString());
  };
  if (ending != QLatin1String("png") && ending != QLatin1String("pdf") && ending != QLatin1String("svg"))
    fail(QStringLiteral("its name ends in \".%1\"; name it .png, .pdf or .svg.").arg(ending));
  // A saved file is whole or it is not there: an older picture survives a full disk.
  QSaveFile out(file);
  if (!out.open(QIODevice::WriteOnly)) fail(out.errorString() + QStringLiteral(". Choose another folder."));
  if (ending == QLatin1String("png"))
    writePng(figure, out);
  else if (ending == QLatin1String("pdf"))
    writePdf(figure, out);
  else
    writeSvg(figure, out);
  if (!out.commit()) fail(out.errorString() + QStringLiteral(". Free some space or choose another folder."));
}

void addFigureActions(QMenu& menu, QWidget& parent, const FigureActions& actions) {
  for (const QString& ending : {QStringLiteral("pdf"), QStringLiteral("svg"), QStringLiteral("png")}) {
    menu.addAction(QObject::tr("Save as %1…").arg(ending.toUpper()), &parent, [=, &parent] {
      const Figure chosen = actions.figure();
      askAndWrite(parent, QObject::tr("Save picture"), chosen.name, ending, actions,
                  [chosen](const QString& file) { saveFigure(chosen, file); });
    });
  }
  if (actions.numbers)
    menu.addAction(QObject::tr("Save numbers as CSV…"), &parent, [=, &parent] {
      askAndWrite(parent, QObject::tr("Save numbers"), actions.figure().name, QStringLiteral("csv"), actions,
                  [actions](const QString& file) { writeNumbers(actions.numbers(), file); });
    });
  menu.addSeparator();
  menu.addAction(QObject::tr("Copy picture"), &parent, [=] {
    QApplication::clipboard()->setImage(figureImage(actions.figure(), paperTheme(), kScreenScale));
  });
  if (actions.numbers)
    menu.addAction(QObject::tr("Copy numbers"), &parent,
                   [=] { QApplication::clipboard()->setText(QString::fromUtf8(actions.numbers())); });
  menu.addAction(QObject::tr("Size and letters of pictures…"), &parent, [=, &parent] {
    auto* dialog = new FigureDialog(actions.figure, &parent);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
  });
}

void openFigureMenu(QWidget& widget, const QPoint& at, const QString& name, QSize size,
                    std::function<void(QPainter&, const Theme&)> paint, std::function<void(const QString&)> failed,
                    std::function<QByteArray()> numbers) {
  auto* menu = new QMenu(&widget);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  const auto figure = [=] {
    return Figure{name, size,
                  [paint](QPaintDevice& device, const Theme& theme) {
                    QPainter painter(&device);
                    paint(painter, theme);
                  },
                  std::max(24, int(std::lround(size.width() * kMmPerInch / figureSettings().widthMm)))};
  };
  addFigureActions(*menu, widget, {.figure = figure, .numbers = std::move(numbers), .failed = std::move(failed)});
  menu->popup(at);
}

}  // namespace scanline
