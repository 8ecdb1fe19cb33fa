#pragma once

#include <QWidget>

class QButtonGroup;
class QHBoxLayout;

namespace scanline {

/// A few choices, of which one always holds, as one bar of buttons that touch. Left and Right move the choice.
class SegmentedControl : public QWidget {
  Q_OBJECT
 public:
  /// `what`: the accessible name, "Which pictures".
  explicit SegmentedControl(const QString& what, QWidget* parent = nullptr);

  /// The first one added is chosen. `id`: from 0.
  void add(int id, const QString& text, const QString& tip);
  int current() const;
  /// Emits nothing.
  void setCurrent(int id);
  /// One that is not allowed cannot be chosen by hand; if it is chosen, it stays so.
  void setAllowed(int id, bool allowed);

 signals:
  void chosen(int id);  ///< by the person

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void restyle();
  void move(int by);

  QButtonGroup* group_;
  QHBoxLayout* row_;
};

}  // namespace scanline
