#pragma once

#include <QWidget>
#include <vector>

class QGridLayout;
class QLabel;

namespace scanline {

/// Names with their values, a row each: names muted at the left, values aligned at the right of the names.
class FactList : public QWidget {
  Q_OBJECT
 public:
  explicit FactList(QWidget* parent = nullptr);

  /// A row more; returns its index. `tip` explains the name.
  int add(const QString& objectName, const QString& name, const QString& tip);
  /// An empty value is shown as a dash.
  void setValue(int row, const QString& value);
  void setName(int row, const QString& name);
  void setRowVisible(int row, bool visible);
  QString value(int row) const;

 private:
  struct Row {
    QLabel *name, *value;
  };
  QGridLayout* grid_;
  std::vector<Row> rows_;
};

}  // namespace scanline
