#pragma once

#include <QTreeWidget>
#include <QWidget>

#include "core/spec/run_spec.h"
#include "core/store/run_types.h"

class QCheckBox;
class QLabel;
class QLineEdit;

namespace scanline {

/// The settings of a run by groups; those that differ from the nearest preset stand out. Searchable and copyable. The
/// list is made when the page is seen: filling it takes most of the time in which another run is chosen.
class RunSettingsPage : public QWidget {
  Q_OBJECT
 public:
  explicit RunSettingsPage(QWidget* parent = nullptr);
  /// Text that is no spec of ours (a newer version wrote it) is shown as it is. Settings that nobody knows are left
  /// out.
  void setSpec(const std::string& toml, const KnownSettings& known);

 protected:
  void changeEvent(QEvent* event) override;
  void showEvent(QShowEvent* event) override;

 private:
  void fillOnceSeen();
  void fill();
  void addField(const QString& group, const QString& key, const QString& label, const QString& value,
                const QString& tip, const QString& presetValue, bool differs);
  void applyFilter();
  void showMenu(const QPoint& place);
  QTreeWidgetItem* groupItem(const QString& group);

  std::string toml_;
  KnownSettings known_;
  bool isStale_ = false;  ///< the list is of other settings
  QLineEdit* search_;
  QCheckBox* changedOnly_;
  QLabel* base_;
  QTreeWidget* tree_;
};

}  // namespace scanline
