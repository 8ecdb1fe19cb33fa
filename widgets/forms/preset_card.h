#pragma once

#include <QAbstractButton>

namespace scanline {

/// A starting point to choose: its title, and the first line of its description; all of it where it is chosen,
/// and in the tooltip. Checkable; put several into a QButtonGroup.
class PresetCard : public QAbstractButton {
  Q_OBJECT
 public:
  PresetCard(const QString& title, const QString& description, QWidget* parent = nullptr);

  QSize sizeHint() const override;
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QRect descriptionRect(int width) const;

  QString description_;
};

}  // namespace scanline
