#pragma once

#include <QWidget>

namespace scanline {

struct Theme;

/// A few numbers from 1, of which one is chosen, as small buttons that wrap. The arrow keys, Home and End choose, too.
class ChoiceStrip : public QWidget {
  Q_OBJECT
 public:
  /// `what`: the accessible name, "Head"; `each`: the name of one choice, "Head %1".
  ChoiceStrip(const QString& what, const QString& each, QWidget* parent = nullptr);

  /// Emits nothing; the choice stays where there is one.
  void setCount(int count);
  int count() const { return count_; }
  /// From 0. Emits nothing.
  void setCurrent(int index);
  int current() const { return current_; }
  QRect rectOf(int index) const;

  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 signals:
  void chosen(int index);  ///< by the person

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  int cell() const;  ///< width of a button
  int columns(int width) const;
  int indexAt(QPoint at) const;
  void choose(int index);
  void tell();

  QString each_;
  int count_ = 0, current_ = 0, hovered_ = -1;
};

}  // namespace scanline
