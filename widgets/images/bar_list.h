#pragma once

#include <QStringList>
#include <QWidget>
#include <vector>

namespace scanline {

/// Names with counts as horizontal bars, one a line.
class BarList : public QWidget {
  Q_OBJECT
 public:
  explicit BarList(QWidget* parent = nullptr);

  void setBars(const QStringList& names, std::vector<int64_t> counts);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QStringList names_;
  std::vector<int64_t> counts_;
};

}  // namespace scanline
