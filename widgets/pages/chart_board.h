#pragma once

#include <QStringList>
#include <QWidget>
#include <vector>

class QGridLayout;
class QMenu;
class QVBoxLayout;

namespace scanline {

class Chart;

/// Charts on a page: the first large, the others in rows below it, and under a line of its own the rest. They can be
/// moved and pinned to the front by their menus, and one can be enlarged to the whole page until Escape, a second
/// double click on its title or its button.
class ChartBoard : public QWidget {
  Q_OBJECT

 public:
  struct Item {
    Chart* chart = nullptr;
    QString key;             ///< by which its place is remembered
    bool isFurther = false;  ///< stands below the line unless pinned
    bool isMain = false;     ///< large if it is the first
    bool operator==(const Item&) const = default;
  };
  explicit ChartBoard(QWidget* parent);

  /// Stands above the further charts while setLineShown().
  void setLine(QWidget* line);

  /// The charts to show, in their order until a person moves them. Charts that are not among them any
  /// more are hidden.
  void setItems(std::vector<Item> items);
  void setLineShown(bool shown);
  void enlarge(Chart* chart);  ///< nullptr: all of them again
  Chart* enlarged() const { return enlarged_; }
  /// Those shown, in reading order.
  std::vector<Chart*> order() const;

  QStringList keysInOrder() const { return order_; }
  QStringList pinned() const { return pinned_; }
  void setArrangement(const QStringList& order, const QStringList& pinned);

 signals:
  void arrangementChanged();  ///< by the person

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void adopt(Chart* chart);
  void addEntries(QMenu& menu, Chart* chart);
  std::vector<Item> sorted() const;
  void move(Chart* chart, int by);
  void togglePin(const QString& key);
  void place();
  int columns() const;

  std::vector<Item> items_;
  std::vector<Chart*> known_;  ///< connected
  QStringList order_, pinned_;
  QWidget* line_ = nullptr;
  bool lineShown_ = false;
  Chart* enlarged_ = nullptr;
  QVBoxLayout* column_;
  QGridLayout *near_, *further_;
};

}  // namespace scanline
