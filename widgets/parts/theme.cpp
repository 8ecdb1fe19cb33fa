#include "widgets/parts/theme.h"

#include <QApplication>
#include <QFile>
#include <QIconEngine>
#include <QLineEdit>
#include <QPainter>
#include <QSvgRenderer>
#include <QToolTip>
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/data/colour_map.h"
#include "widgets/parts/app_style.h"

namespace scanline {

namespace {

QColor blend(const QColor& a, const QColor& b, double share) {
  const auto mix = [share](int x, int y) { return static_cast<int>(std::lround(x + (y - x) * share)); };
  return {mix(a.red(), b.red()), mix(a.green(), b.green()), mix(a.blue(), b.blue())};
}

double luminance(const QColor& colour) {
  // A table, since themes are made anew for each painting of a widget, and curves ask for colours once a frame.
  static const auto kLinear = [] {
    std::array<double, 256> linear{};
    for (size_t at = 0; at < linear.size(); ++at) {
      const double c = static_cast<double>(at) / 255;
      linear[at] = c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    }
    return linear;
  }();
  const auto linear = [](int c) { return kLinear[static_cast<size_t>(c)]; };
  return 0.2126 * linear(colour.red()) + 0.7152 * linear(colour.green()) + 0.0722 * linear(colour.blue());
}

/// WCAG contrast ratio, 1..21.
double contrast(const QColor& a, const QColor& b) {
  const double x = luminance(a), y = luminance(b);
  return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

/// `colour` moved towards black or white until it stands out from `ground` by at least `ratio`.
QColor readable(const QColor& colour, const QColor& ground, double ratio) {
  const QColor pole = luminance(ground) > 0.18 ? Qt::black : Qt::white;
  for (int percent = 0; percent <= 100; percent += 4) {
    const QColor tried = blend(colour, pole, percent / 100.0);
    if (contrast(tried, ground) >= ratio) return tried;
  }
  return pole;
}

QPalette fixedPalette(bool dark) {
  const QColor window = dark ? QColor(0x1f2226) : QColor(0xf6f7f9), base = dark ? QColor(0x26292e) : QColor(0xffffff);
  const QColor text = dark ? QColor(0xe4e6ea) : QColor(0x1d2024), accent = dark ? QColor(0x4f9be8) : QColor(0x1768c4);
  QPalette palette(window);
  palette.setColor(QPalette::Window, window);
  palette.setColor(QPalette::Base, base);
  palette.setColor(QPalette::AlternateBase, blend(base, text, 0.03));
  palette.setColor(QPalette::Button, dark ? QColor(0x30343a) : QColor(0xffffff));
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText})
    palette.setColor(role, text);
  palette.setColor(QPalette::ToolTipBase, base);
  palette.setColor(QPalette::Highlight, accent);
  palette.setColor(QPalette::HighlightedText, dark ? QColor(0x0b1016) : QColor(Qt::white));
  palette.setColor(QPalette::Link, accent);
  // Labels of less weight take this role as their foreground, labels of trouble BrightText: both follow a change of
  // theme.
  palette.setColor(QPalette::PlaceholderText, readable(blend(text, window, 0.35), window, 4.6));
  palette.setColor(QPalette::BrightText, readable(QColor(0xd03b3b), window, 4.6));
  palette.setColor(QPalette::Light, blend(window, Qt::white, dark ? 0.12 : 0.8));
  palette.setColor(QPalette::Midlight, blend(window, Qt::white, dark ? 0.06 : 0.5));
  palette.setColor(QPalette::Mid, blend(window, text, 0.22));
  palette.setColor(QPalette::Dark, blend(window, text, dark ? 0.3 : 0.35));
  palette.setColor(QPalette::Shadow, dark ? QColor(0x0c0d0f) : QColor(0x9aa0a8));
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
    palette.setColor(QPalette::Disabled, role, blend(text, window, 0.55));
  palette.setColor(QPalette::Disabled, QPalette::Highlight, blend(window, text, 0.2));
  return palette;
}

/// Draws one SVG in one colour: icons are stroked in black in their files and tinted here, so one set serves every
/// theme.
class TintedSvg : public QIconEngine {
 public:
  TintedSvg(QString file, QColor colour) : file_(std::move(file)), colour_(std::move(colour)) {}

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override {
    painter->drawPixmap(rect, scaledPixmap(rect.size() * painter->device()->devicePixelRatioF(), mode, state, 1.0));
  }
  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    return scaledPixmap(size, mode, state, 1.0);
  }
  QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State, qreal) override {
    QPixmap pixmap(size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    QSvgRenderer(file_).render(&painter);
    painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
    QColor colour = colour_;
    if (mode == QIcon::Disabled) colour.setAlphaF(0.4F);
    painter.fillRect(pixmap.rect(), colour);
    return pixmap;
  }
  QIconEngine* clone() const override { return new TintedSvg(*this); }

 private:
  QString file_;
  QColor colour_;
};

}  // namespace

Theme::Theme(const QPalette& palette) {
  window = palette.color(QPalette::Active, QPalette::Window);
  card = palette.color(QPalette::Active, QPalette::Base);
  text = palette.color(QPalette::Active, QPalette::WindowText);
  dark = luminance(window) < luminance(text);
  panel = blend(window, card, 0.5);
  mutedText = readable(blend(text, window, 0.35), window, 4.6);
  line = blend(window, text, dark ? 0.16 : 0.14);
  grid = blend(card, text, dark ? 0.10 : 0.08);
  accent = readable(palette.color(QPalette::Active, QPalette::Highlight), card, 3.0);
  accentText = palette.color(QPalette::Active, QPalette::HighlightedText);
  hover = blend(panel, text, 0.05);
  selection = blend(panel, accent, dark ? 0.30 : 0.14);
  good = readable(QColor(0x2e9e5b), panel, 3.0);
  warning = readable(QColor(0xd98a00), panel, 3.0);
  bad = readable(QColor(0xd03b3b), panel, 3.0);
}

QColor Theme::run(int index) const {
  // The hues of Okabe-Ito without black and yellow, then of Tol's muted set, with lightness and strength of each theme:
  // 3:1 against its grounds, and eight that share a dash are far apart (in Oklab by 0.09, in the dark by 0.18).
  static constexpr std::array<QRgb, 16> kLight{0xff0072b2, 0xffd55e00, 0xff00875f, 0xffe24ba9, 0xff2088e2, 0xffa17a13,
                                               0xff85245f, 0xff2c9998, 0xff3931c6, 0xff306a29, 0xff7e944b, 0xff9a0477,
                                               0xff467bef, 0xffdb5c57, 0xff258fa7, 0xff757134};
  static constexpr std::array<QRgb, 16> kDark{0xff2f8afb, 0xfff07f19, 0xff32d573, 0xfff5aae9, 0xff61d6fc, 0xfffcd044,
                                              0xffc469a4, 0xff2d9787, 0xff926cdc, 0xff189a1e, 0xffb7b628, 0xfffe67d0,
                                              0xff0ab4f9, 0xffc0726c, 0xffbee5ff, 0xfff1fa67};
  const auto& colours = dark ? kDark : kLight;
  return readable(QColor(colours[static_cast<size_t>(index) % colours.size()]), card, 3.0);
}

QColor Theme::faint(const QColor& colour, double share) const {
  return blend(card, colour, share);
}

Qt::PenStyle runDash(int index) {
  static constexpr std::array kStyles{Qt::SolidLine, Qt::DashLine, Qt::DotLine, Qt::DashDotLine};
  return kStyles[static_cast<size_t>(index / kRunColours) % kStyles.size()];
}

QColor heatColour(double at) {
  const auto [red, green, blue] = evenColour(at);
  return {red, green, blue};
}

void applyTheme(QApplication& /*application*/, ThemeChoice choice) {
  static const QPalette kDesktop = QApplication::palette();
  QApplication::setStyle(new AppStyle);
  const bool dark = choice == ThemeChoice::Dark || (choice == ThemeChoice::System && Theme(kDesktop).dark);
  QApplication::setPalette(fixedPalette(dark));
  QToolTip::setPalette(QApplication::palette());
  // The button that clears a line keeps the colours in which it was made. Found first: a button goes with its line's.
  std::vector<QLineEdit*> lines;
  for (QWidget* widget : QApplication::allWidgets())
    if (auto* line = qobject_cast<QLineEdit*>(widget); line && line->isClearButtonEnabled()) lines.push_back(line);
  for (QLineEdit* line : lines) {
    line->setClearButtonEnabled(false);
    line->setClearButtonEnabled(true);
  }
}

QIcon themedIcon(const QString& name, const QColor& colour) {
  return QIcon(new TintedSvg(QStringLiteral(":/icons/%1.svg").arg(name), colour));
}

}  // namespace scanline
