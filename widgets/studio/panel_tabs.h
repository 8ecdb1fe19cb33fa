#pragma once

#include <QWidget>
#include <vector>

class QStackedWidget;
class QToolButton;

namespace scanline {

/// Panels of which one is seen, with their names above it: in one row where they fit, else in as many as are needed,
/// so that every name is seen. Left and Right move among the names; Ctrl+PgUp and Ctrl+PgDown from anywhere inside.
class PanelTabs : public QWidget {
  Q_OBJECT
 public:
  explicit PanelTabs(const QString& name, QWidget* parent = nullptr);

  /// Takes the panel.
  void add(QWidget* panel, const QString& title);
  QWidget* current() const;
  /// Emits changed, if it is another.
  void setCurrent(QWidget* panel);
  int count() const { return static_cast<int>(names_.size()); }

  QSize minimumSizeHint() const override;

 signals:
  void changed(QWidget* panel);

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;
  bool event(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void arrange();
  void restyle();
  void choose(int index);
  void walk(int by);

  std::vector<QToolButton*> names_;
  QWidget* bar_;
  QStackedWidget* panels_;
};

}  // namespace scanline
