#include "widgets/plot/figure_export.h"

#include <QApplication>
#include <QClipboard>
#include <QFileDialog>
#include <QFileInfo>
#include <QImage>
#include <QMarginsF>
#include <QMenu>
#include <QPageSize>
#include <QPainter>
#include <QPdfWriter>
#include <QSaveFile>
#include <QSvgGenerator>
#include <utility>

#include "core/base/error.h"

namespace scanline {

namespace {

constexpr double kPrintScale = 300.0 / 96.0;
constexpr double kScreenScale = 2;

void writePng(const Figure& figure, QIODevice& out) {
  QImage image = figureImage(figure, paperTheme(), kPrintScale);
  image.setDotsPerMeterX(qRound(300 / 0.0254));
  image.setDotsPerMeterY(qRound(300 / 0.0254));
  image.save(&out, "PNG");
}

void writePdf(const Figure& figure, QIODevice& out) {
  QPdfWriter writer(&out);
  writer.setTitle(figure.name);
  writer.setCreator(QStringLiteral("Scanline"));
  writer.setResolution(96);
  writer.setPageSize(QPageSize(QSizeF(figure.size) * 72.0 / 96.0, QPageSize::Point, {}, QPageSize::ExactMatch));
  writer.setPageMargins(QMarginsF(0, 0, 0, 0));
  figure.paint(writer, paperTheme());
}

void writeSvg(const Figure& figure, QIODevice& out) {
  QSvgGenerator generator;
  generator.setOutputDevice(&out);
  generator.setSize(figure.size);
  generator.setViewBox(QRect(QPoint(0, 0), figure.size));
  generator.setResolution(96);
  generator.setTitle(figure.name);
  figure.paint(generator, paperTheme());
}

}  // namespace

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

void addFigureActions(QMenu& menu, QWidget& parent, std::function<Figure()> figure,
                      std::function<void(const QString&)> failed) {
  for (const QString& ending : {QStringLiteral("pdf"), QStringLiteral("svg"), QStringLiteral("png")}) {
    menu.addAction(QObject::tr("Save as %1…").arg(ending.toUpper()), &parent, [=, &parent] {
      const Figure chosen = figure();
      auto* dialog = new QFileDialog(&parent, QObject::tr("Save picture"));
      dialog->setAttribute(Qt::WA_DeleteOnClose);
      dialog->setAcceptMode(QFileDialog::AcceptSave);
      dialog->setNameFilter(QStringLiteral("%1 (*.%2)").arg(ending.toUpper(), ending));
      dialog->setDefaultSuffix(ending);
      dialog->selectFile(chosen.name + '.' + ending);
      QObject::connect(dialog, &QFileDialog::fileSelected, &parent, [chosen, failed](const QString& file) {
        try {
          saveFigure(chosen, file);
        } catch (const Error& error) {
          failed(QString::fromUtf8(error.what()));
        }
      });
      dialog->open();
    });
  }
  menu.addAction(QObject::tr("Copy picture"), &parent,
                 [=] { QApplication::clipboard()->setImage(figureImage(figure(), paperTheme(), kScreenScale)); });
}

void openFigureMenu(QWidget& widget, const QPoint& at, const QString& name, QSize size,
                    std::function<void(QPainter&, const Theme&)> paint, std::function<void(const QString&)> failed) {
  auto* menu = new QMenu(&widget);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  const auto figure = [=] {
    return Figure{name, size, [paint](QPaintDevice& device, const Theme& theme) {
                    QPainter painter(&device);
                    paint(painter, theme);
                  }};
  };
  addFigureActions(*menu, widget, figure, std::move(failed));
  menu->popup(at);
}

}  // namespace scanline
