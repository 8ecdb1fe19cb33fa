#pragma once

#include <QWidget>
#include <initializer_list>

class QBoxLayout;

namespace scanline {

/// Two groups of controls in one row, the second at its right end or close to the first; below each other where the row
/// is too narrow.
class WrapRow : public QWidget {
 public:
  enum class Second { AtEnd, Close };
  WrapRow(QWidget* first, QWidget* second, Second place);

  QSize sizeHint() const override;  ///< as wide as one row needs, as high as it is now
  QSize minimumSizeHint() const override;

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  QWidget *first_, *second_;
  QBoxLayout* parts_;
};

/// Widgets side by side, left-aligned and as wide as they like: a group for a WrapRow.
QWidget* inGroup(std::initializer_list<QWidget*> widgets, int spacing = 8);

}  // namespace scanline
