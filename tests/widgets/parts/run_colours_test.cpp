// The colours of runs: seen on every ground, and told apart, in both themes.

#include <QApplication>
#include <QComboBox>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QSpinBox>
#include <QTest>
#include <QVBoxLayout>
#include <array>
#include <cmath>

#include "widgets/parts/theme.h"

using namespace scanline;

namespace {

constexpr int kColours = 16;

double linear(double c) {
  return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
}

/// WCAG 2.1, contrast ratio.
double contrast(const QColor& a, const QColor& b) {
  const auto light = [](const QColor& c) {
    return 0.2126 * linear(c.redF()) + 0.7152 * linear(c.greenF()) + 0.0722 * linear(c.blueF());
  };
  return (std::max(light(a), light(b)) + 0.05) / (std::min(light(a), light(b)) + 0.05);
}

/// Oklab (Ottosson 2020), in which distances are about as far as they look.
std::array<double, 3> oklab(const QColor& c) {
  const double r = linear(c.redF()), g = linear(c.greenF()), b = linear(c.blueF());
  const double l = std::cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const double m = std::cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const double s = std::cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return {0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
          1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
          0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s};
}

double distance(const QColor& a, const QColor& b) {
  const auto x = oklab(a), y = oklab(b);
  return std::hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

}  // namespace

class RunColoursTest : public QObject {
  Q_OBJECT

 private slots:
  void areSeen_data() {
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
  }
  void areSeen();
  void areToldApart_data() { areSeen_data(); }
  void areToldApart();
  void bordersOfFieldsAreSeen_data() { areSeen_data(); }
  void bordersOfFieldsAreSeen();

 private:
  static Theme themeOf(bool dark) {
    applyTheme(*qApp, dark ? ThemeChoice::Dark : ThemeChoice::Light);
    return Theme(QApplication::palette());
  }
};

void RunColoursTest::areSeen() {
  QFETCH(bool, dark);
  const Theme theme = themeOf(dark);
  for (int index = 0; index < kColours; ++index)
    for (const QColor& ground : {theme.card, theme.window, theme.panel})
      QVERIFY2(contrast(theme.run(index), ground) >= 3,
               qPrintable(QStringLiteral("%1: %2 on %3").arg(index).arg(theme.run(index).name(), ground.name())));
}

/// The line around a field is what says that one can write there.
void RunColoursTest::bordersOfFieldsAreSeen() {
  QFETCH(bool, dark);
  static_cast<void>(themeOf(dark));
  QWidget window;
  QVBoxLayout layout(&window);
  QLineEdit line;
  QSpinBox number;
  QComboBox choice;
  QPlainTextEdit text;
  const std::initializer_list<QWidget*> fields{&line, &number, &choice, &text};
  for (QWidget* field : fields) layout.addWidget(field);
  window.show();
  QVERIFY(QTest::qWaitForWindowExposed(&window));
  window.setFocus();
  const QImage shot = window.grab().toImage();
  const QColor ground = shot.pixelColor(2, 2);
  for (const QWidget* field : fields) {
    constexpr int kFrame = 3;
    double best = 0;
    for (int x = 0; x < kFrame; ++x)
      best = std::max(best, contrast(shot.pixelColor(field->x() + x, field->geometry().center().y()), ground));
    QVERIFY2(best >= 3, qPrintable(QStringLiteral("%1: %2").arg(field->metaObject()->className()).arg(best)));
  }
}

/// Colours of one dash have nothing else that tells them apart.
void RunColoursTest::areToldApart() {
  QFETCH(bool, dark);
  const Theme theme = themeOf(dark);
  for (int a = 0; a < kColours; ++a)
    for (int b = 0; b < a; ++b) {
      const double least = runDash(a) == runDash(b) ? 0.09 : 0.04;
      QVERIFY2(distance(theme.run(a), theme.run(b)) >= least,
               qPrintable(QStringLiteral("%1 and %2").arg(theme.run(a).name(), theme.run(b).name())));
    }
}

QTEST_MAIN(RunColoursTest)
#include "run_colours_test.moc"
