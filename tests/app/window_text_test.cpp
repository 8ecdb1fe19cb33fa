// Texts that widgets paint themselves: names and numbers of charts, rows of lists, legends, maps. None is cut off, none
// lies on another, and no number gives way to three dots. Run at scale 1, 1.5 and 2 (QT_SCALE_FACTOR).
#include <QAbstractScrollArea>
#include <QHeaderView>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QRegularExpression>
#include <QScrollBar>
#include <QTest>
#include <QTextEdit>

#include "tests/app/window_gallery.h"
#include "tests/support/painted_text.h"
#include "widgets/parts/theme.h"
#include "widgets/plot/chart.h"
#include "widgets/plot/figure_export.h"

using namespace scanline;

namespace {

constexpr double kRim = 2;  ///< pixels that a letter's own room is larger than the letter

QString described(const QWidget* widget) {
  QStringList path;
  for (const QWidget* at = widget; at && path.size() < 4; at = at->parentWidget())
    path.prepend(QString::fromLatin1(at->metaObject()->className()) + QLatin1Char('#') + at->objectName());
  return path.join(QStringLiteral(" > "));
}

/// The letters stand in the middle of their line's height.
QRectF lettersOf(const PaintedText& text) {
  const double rim = text.rect.height() / 4;
  return text.rect.height() < text.rect.width() + text.rect.height() ? text.rect.adjusted(kRim, rim, -kRim, -rim)
                                                                     : text.rect;
}

/// Where the view can be scrolled, its edge is no fault.
bool isCut(const PaintedText& text, bool scrollsAcross, bool scrollsDown) {
  const QRectF letters = lettersOf(text);
  const bool across = letters.left() < text.clip.left() - kRim || letters.right() > text.clip.right() + kRim;
  const bool down = letters.top() < text.clip.top() - kRim || letters.bottom() > text.clip.bottom() + kRim;
  return (across && !scrollsAcross) || (down && !scrollsDown);
}

QStringList faultsOf(const std::vector<PaintedText>& texts, bool scrollsAcross, bool scrollsDown) {
  static const QRegularExpression kCutNumber(QStringLiteral("^[-+−]?[0-9][0-9., e×+−-]*…$"));
  QStringList faults;
  for (size_t i = 0; i < texts.size(); ++i) {
    const PaintedText& text = texts[i];
    if (!text.rect.intersects(text.clip)) continue;  // not seen at all
    if (isCut(text, scrollsAcross, scrollsDown)) faults << QStringLiteral("“%1” is cut").arg(text.text);
    if (kCutNumber.match(text.text).hasMatch()) faults << QStringLiteral("the number “%1” is cut").arg(text.text);
    for (size_t j = 0; j < i; ++j)
      if (lettersOf(text).intersects(lettersOf(texts[j])) && text.text != texts[j].text)
        faults << QStringLiteral("“%1” lies on “%2”").arg(text.text, texts[j].text);
  }
  return faults;
}

}  // namespace

class WindowTextTest : public QObject, WindowGallery {
  Q_OBJECT
 private slots:
  void initTestCase() { makeGallery(); }
  void cleanup() { window_.reset(); }

  /// The test itself finds what it is there for.
  void faultsAreFound() {
    const QRectF room(0, 0, 100, 20);
    QVERIFY(faultsOf({{"one", {0, 0, 30, 15}, room}, {"two", {40, 0, 30, 15}, room}}, false, false).isEmpty());
    QCOMPARE(faultsOf({{"one", {0, 0, 30, 15}, room}, {"two", {20, 0, 30, 15}, room}}, false, false).size(), 1);
    QCOMPARE(faultsOf({{"one", {90, 0, 30, 15}, room}}, false, false).size(), 1);
    QVERIFY(faultsOf({{"one", {90, 0, 30, 15}, room}}, true, false).isEmpty());
    QCOMPARE(faultsOf({{"1.2…", {0, 0, 30, 15}, room}}, false, false).size(), 1);
    QVERIFY(faultsOf({{"a long na…", {0, 0, 30, 15}, room}}, false, false).isEmpty());
    QWidget widget;
    widget.resize(300, 100);
    QVERIFY(paintedTexts(widget).empty());
  }

  /// Qt adds the program's name to each, behind a dash of its own.
  void titlesLeaveTheNameToQt() {
    for (const char* place : {"Curves", "Preferences", "Shortcuts", "Ask in SQL", "Disk space", "Cluster"}) {
      open(place, QSize(1100, 700));
      const QString title = looked()->windowTitle();
      QVERIFY2(!title.isEmpty() && !title.contains(QStringLiteral("Scanline")), qPrintable(title));
    }
  }

  void paintedTextsHaveRoom_data() {
    QTest::addColumn<QString>("place");
    QTest::addColumn<QSize>("size");
    QTest::addColumn<bool>("dark");
    for (const QString& place : places())
      for (const QSize size : {QSize(1440, 900), QSize(1100, 700)})
        for (const bool dark : {false, true})
          if (!dark || size.width() > 1100)
            QTest::newRow(qPrintable(QStringLiteral("%1, %2%3").arg(place).arg(size.width()).arg(dark ? ", dark" : "")))
                << place << size << dark;
  }
  void paintedTextsHaveRoom() {
    QFETCH(QString, place);
    QFETCH(QSize, size);
    QFETCH(bool, dark);
    applyTheme(*qApp, dark ? ThemeChoice::Dark : ThemeChoice::Light);
    open(place, size);
    // A text that has just changed may be painted once more before its layout follows.
    QStringList faults;
    if (!QTest::qWaitFor([&] { return (faults = faultsInWindow()).isEmpty(); }))
      QFAIL(qPrintable(QLatin1Char('\n') + faults.join(QLatin1Char('\n'))));
  }

 private:
  /// Of all that is painted now.
  QStringList faultsInWindow() {
    QStringList faults;
    int texts = 0;
    for (QWidget* widget : looked()->findChildren<QWidget*>()) {
      if (!widget->isVisible() || widget->window() != looked() || holdsADocument(*widget)) continue;
      const auto* area = qobject_cast<QAbstractScrollArea*>(widget->parentWidget());
      const bool isViewport = area && area->viewport() == widget;
      const auto painted = paintedTexts(*widget);
      texts += int(painted.size());
      const auto* scrolled = qobject_cast<const QHeaderView*>(area)
                                 ? qobject_cast<const QAbstractScrollArea*>(area->parentWidget())
                                 : area;
      const bool across = isViewport && scrolled && scrolled->horizontalScrollBar()->maximum() > 0;
      for (const QString& fault : faultsOf(painted, across, isViewport)) faults << fault + ": " + described(widget);
      if (auto* chart = qobject_cast<Chart*>(widget))
        for (const QString& fault : faultsOf(textsOf(*chart), false, false)) faults << fault + ": " + described(widget);
    }
    faults.removeDuplicates();
    if (texts <= 5) faults << QStringLiteral("Next to nothing was painted.");
    return faults;
  }

  static bool holdsADocument(const QWidget& widget) {
    const QWidget* parent = widget.parentWidget();
    return qobject_cast<const QLineEdit*>(&widget) || qobject_cast<const QPlainTextEdit*>(parent) ||
           qobject_cast<const QTextEdit*>(parent);
  }

  /// The plot is a picture on the screen. As a figure of the same size it is painted anew.
  static std::vector<PaintedText> textsOf(Chart& chart) {
    const FigureSettings before = figureSettings();
    constexpr double kDotsPerInch = 96, kMmPerInch = 25.4, kPointsPerInch = 72;
    figureSettings() = {.widthMm = chart.width() / kDotsPerInch * kMmPerInch,
                        .heightMm = chart.height() / kDotsPerInch * kMmPerInch,
                        .fontPt = QFontInfo(chart.font()).pixelSize() / kDotsPerInch * kPointsPerInch,
                        .folder = {}};
    const Figure figure = chart.figure();
    TextRecorder recorder(figure.size);
    figure.paint(recorder, Theme(chart.palette()));
    figureSettings() = before;
    return recorder.texts();
  }
};

QTEST_MAIN(WindowTextTest)
#include "window_text_test.moc"
