#pragma once

#include <QWidget>

#include "widgets/studio/side_by_side_panel.h"

class QLabel;

namespace scanline {

class IconButton;
class TokenMap;

/// One column of SideBySidePanel: the model's name with a button that takes it away, its picture and its caption.
class SideCell : public QWidget {
  Q_OBJECT
 public:
  explicit SideCell(const SideColumn& column, QWidget* parent = nullptr);

  void setPicture(const StudioPicture& picture, const QString& caption);
  TokenMap* map() const { return map_; }

 signals:
  void removeRequested();

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void showName();

  QString fullName_;
  QLabel *name_, *caption_;
  IconButton* remove_;
  TokenMap* map_;
};

}  // namespace scanline
