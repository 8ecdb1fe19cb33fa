#pragma once

#include <QToolButton>

namespace scanline {

/// A quiet button with an icon of resources/icons, which follows the theme. The tip is its accessible name too.
class IconButton : public QToolButton {
  Q_OBJECT
 public:
  IconButton(const QString& icon, const QString& tip, QWidget* parent);
  void setIconName(const QString& icon);
  void setTip(const QString& tip);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void tint();
  QString iconName_;
};

}  // namespace scanline
