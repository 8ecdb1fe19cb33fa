#pragma once

#include <QLabel>

namespace scanline {

/// This font in the weight of headings.
inline QFont headingFont(QFont font) {
  font.setWeight(QFont::DemiBold);
  return font;
}

inline QLabel* headingLabel(const QString& text, QWidget* parent = nullptr) {
  auto* label = new QLabel(text, parent);
  label->setFont(headingFont(label->font()));
  return label;
}

}  // namespace scanline
