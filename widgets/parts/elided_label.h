#pragma once

#include <QLabel>

namespace scanline {

/// A line of plain text. Where there is no room for all of it, it ends in "…", and the tool tip has the whole line
/// unless there is another one. As a QLabel it asks for its whole width; `setMinimumWidth` lets it give way.
class ElidedLabel : public QLabel {
 public:
  explicit ElidedLabel(const QString& text = {}, QWidget* parent = nullptr);

  bool isElided() const;

 protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
};

}  // namespace scanline
