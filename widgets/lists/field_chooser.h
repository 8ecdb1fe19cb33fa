#pragma once

#include <QFrame>
#include <set>
#include <string>
#include <vector>

#include "core/store/run_list.h"

class QLineEdit;
class QListWidget;
class QListWidgetItem;

namespace scanline {

/// A small window with all fields that runs have, found by typing. To tick several of them, or to choose one. Deletes
/// itself when it is closed.
class FieldChooser : public QFrame {
  Q_OBJECT
 public:
  enum class Choose { Several, One };
  FieldChooser(Choose choose, QWidget* parent);
  Choose choice() const { return choose_; }

  void setFields(const std::vector<RunField>& fields, const std::set<std::string>& ticked);
  /// Shows it at a place of the screen.
  void open(const QPoint& place);

 signals:
  void toggled(const scanline::RunField& field, bool on);
  void chosen(const scanline::RunField& field);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void fill();
  void act(QListWidgetItem* item);

  Choose choose_;
  QLineEdit* search_;
  QListWidget* list_;
  std::vector<RunField> fields_;
  std::set<std::string> ticked_;
};

}  // namespace scanline
