#pragma once

#include <QListWidget>

namespace scanline {

/// The classes of a map with their marks, in as many rows as are needed, which scroll. Only the pictures of a chosen
/// class are shown.
class ClassLegend : public QListWidget {
  Q_OBJECT
 public:
  explicit ClassLegend(QWidget* parent = nullptr);

  /// All are shown again. Hidden if `count` is 0; classes beyond the names have numbers.
  void setClasses(const QStringList& names, int count);

  QSize sizeHint() const override { return {300, heightForRows()}; }
  QSize minimumSizeHint() const override { return {120, heightForRows()}; }

 signals:
  void classChosen(int label);  ///< -1: all

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  int heightForRows() const;
  void fill();

  QStringList names_;
  int count_ = 0;
};

}  // namespace scanline
