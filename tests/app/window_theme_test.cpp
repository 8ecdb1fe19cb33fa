// A change of the theme reaches everything that is open: it then looks as if it had been opened in that theme.
#include <QLabel>
#include <QTest>

#include "tests/app/window_gallery.h"
#include "widgets/parts/completion_art.h"
#include "widgets/parts/theme.h"
#include "widgets/plot/chart.h"

using namespace scanline;

namespace {

/// The widgets, innermost, in which the pictures differ; the first ten.
QStringList differences(const QWidget& widget, const QImage& a, const QImage& b) {
  if (a.size() != b.size()) return {QStringLiteral("the sizes differ")};
  QStringList found;
  const double scale = widget.devicePixelRatioF();
  for (int y = 0; y < a.height(); ++y)
    for (int x = 0; x < a.width(); ++x) {
      if (a.pixel(x, y) == b.pixel(x, y)) continue;
      const QPoint at(int(x / scale), int(y / scale));
      const QWidget* part = widget.childAt(at);
      if (!part) part = &widget;
      QStringList path;
      for (const QWidget* each = part; each && each != &widget && path.size() < 4; each = each->parentWidget())
        path.prepend(QString::fromLatin1(each->metaObject()->className()) + QLatin1Char('#') + each->objectName());
      const QString words = path.join(QStringLiteral(" > "));
      if (!found.contains(words)) found << words;
      if (found.size() == 10) return found;
    }
  return found;
}

}  // namespace

class WindowThemeTest : public QObject, WindowGallery {
  Q_OBJECT
 private slots:
  void initTestCase() { makeGallery(); }
  void cleanup() { window_.reset(); }

  void aChangeReachesWhatIsOpen_data() {
    QTest::addColumn<QString>("place");
    QTest::addColumn<bool>("toDark");
    for (const QString& place : places())
      for (const bool toDark : {true, false})
        if (toDark || place == QStringLiteral("Curves") || place == QStringLiteral("form"))
          QTest::newRow(qPrintable(place + (toDark ? " to dark" : " to light"))) << place << toDark;
  }
  void aChangeReachesWhatIsOpen() {
    QFETCH(QString, place);
    QFETCH(bool, toDark);
    constexpr QSize kSize(1440, 900);
    QStringList differ;
    for (int attempt = 0; attempt < 3; ++attempt) {  // words of the clock may change, and a machine be slow
      applyTheme(*qApp, toDark ? ThemeChoice::Light : ThemeChoice::Dark);
      open(place, kSize);
      const QImage before = picture();
      applyTheme(*qApp, toDark ? ThemeChoice::Dark : ThemeChoice::Light);
      settle();
      const QImage changed = picture();
      QVERIFY(changed != before);
      open(place, kSize);
      const auto isSame = [&] {
        const QImage opened = picture();
        differ = differences(*looked(), changed, opened);
        save(changed, QStringLiteral("changed"));
        save(opened, QStringLiteral("opened"));
        return differ.isEmpty();
      };
      if (QTest::qWaitFor(isSame, 5000)) return;
    }
    QFAIL(qPrintable(QLatin1Char('\n') + differ.join(QLatin1Char('\n'))));
  }

 private:
  static void save(const QImage& picture, const QString& which) {
    const QString folder = qEnvironmentVariable("SCANLINE_PICTURES");
    if (folder.isEmpty()) return;
    picture.save(QStringLiteral("%1/%2, %3.png").arg(folder, QString::fromLatin1(QTest::currentDataTag()), which));
  }
  /// Without the keyboard's mark, which stands where it was when the theme changed.
  QImage picture() const {
    if (QWidget* focus = QApplication::focusWidget()) focus->clearFocus();
    for (auto* art : window_->findChildren<CompletionArt*>()) art->hide();  // it moves
    for (const char* name : {"diskTotals", "diskCache"})                    // what is free now, and cached by others
      if (auto* numbers = window_->findChild<QLabel*>(QLatin1String(name))) numbers->setText(QLatin1String(name));
    for (int drawing = 0; drawing < 2; ++drawing)  // margins follow the labels of the drawing before
      for (auto* chart : window_->findChildren<Chart*>())
        if (chart->isVisible()) chart->flush();
    QTest::qWait(20);
    return looked()->grab().toImage();
  }
};

QTEST_MAIN(WindowThemeTest)
#include "window_theme_test.moc"
