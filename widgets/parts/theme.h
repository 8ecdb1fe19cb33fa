#pragma once

#include <QColor>
#include <QIcon>
#include <QPalette>

class QApplication;

namespace scanline {

/// The choice of the person; System follows the desktop's palette.
enum class ThemeChoice { System, Light, Dark };

/// Colours of everything that is painted by hand, derived from a palette. Re-derive on QEvent::PaletteChange.
struct Theme {
  explicit Theme(const QPalette& palette);

  bool dark = false;
  QColor window, panel, card;  ///< behind all, behind side columns, behind charts and pictures
  QColor text, mutedText;      ///< at least 4.5:1 on window, panel and card
  QColor line, grid;           ///< hairlines and axes; faint chart grids
  QColor accent, accentText;   ///< the one accent, and text on it
  QColor hover, selection;     ///< row backgrounds
  QColor good, warning, bad;   ///< states, 3:1 on panel

  /// Colour of a run by its stored index: Okabe-Ito, then Tol's muted set; at least 3:1 against `card`.
  QColor run(int index) const;
  /// `colour` blended into the card, for raw curves: opaque, since alpha is slow in big charts. share in 0..1 of the
  /// colour.
  QColor faint(const QColor& colour, double share = 0.4) const;
};
/// Dash pattern second channel: 0 solid for indices 0..7, then dashed, dotted, ... (Qt::PenStyle).
Qt::PenStyle runDash(int index);
constexpr int kRunColours = 8;

/// Perceptually even, dark blue to yellow (viridis); at in 0..1.
QColor heatColour(double at);

/// Style and palette of the whole program; see AppStyle.
void applyTheme(QApplication& application, ThemeChoice choice);

/// An icon of resources/icons (":/icons/<name>.svg"), drawn in the palette's text colour, sharp at every scale factor.
QIcon themedIcon(const QString& name, const QColor& colour);

}  // namespace scanline
