#include "widgets/parts/app_style.h"

#include <QApplication>
#include <QPainter>
#include <QStyleFactory>
#include <QStyleOption>
#include <QTabBar>

#include "widgets/parts/theme.h"

namespace scanline {

namespace {

/// The name in resources/icons; null where Fusion's own will do.
const char* iconName(QStyle::StandardPixmap which) {
  switch (which) {
    case QStyle::SP_MessageBoxInformation:
      return "info";
    case QStyle::SP_MessageBoxWarning:
      return "warning";
    case QStyle::SP_MessageBoxCritical:
      return "error";
    case QStyle::SP_MessageBoxQuestion:
    case QStyle::SP_DialogHelpButton:
      return "help";
    case QStyle::SP_DialogCancelButton:
    case QStyle::SP_DialogCloseButton:
    case QStyle::SP_DialogNoButton:
    case QStyle::SP_LineEditClearButton:
    case QStyle::SP_TitleBarCloseButton:
      return "close";
    case QStyle::SP_DialogOkButton:
    case QStyle::SP_DialogYesButton:
    case QStyle::SP_DialogApplyButton:
      return "check";
    case QStyle::SP_DialogSaveButton:
      return "save";
    case QStyle::SP_DialogOpenButton:
    case QStyle::SP_DirIcon:
    case QStyle::SP_DirOpenIcon:
    case QStyle::SP_DirClosedIcon:
    case QStyle::SP_DirHomeIcon:
      return "folder";
    case QStyle::SP_FileDialogNewFolder:
      return "add";
    case QStyle::SP_FileDialogToParent:
    case QStyle::SP_ArrowUp:
      return "up";
    case QStyle::SP_ArrowDown:
      return "down";
    case QStyle::SP_FileDialogBack:
    case QStyle::SP_ArrowBack:
    case QStyle::SP_ArrowLeft:
      return "back";
    case QStyle::SP_ArrowForward:
    case QStyle::SP_ArrowRight:
      return "forward";
    case QStyle::SP_FileDialogListView:
      return "list";
    case QStyle::SP_FileDialogDetailedView:
      return "table";
    case QStyle::SP_FileIcon:
      return "note";
    case QStyle::SP_DialogResetButton:
      return "reset";
    case QStyle::SP_TrashIcon:
    case QStyle::SP_DialogDiscardButton:
      return "trash";
    case QStyle::SP_ToolBarHorizontalExtensionButton:
      return "more";
    default:
      return nullptr;
  }
}

QColor colourOf(QStyle::StandardPixmap which, const Theme& theme) {
  switch (which) {
    case QStyle::SP_MessageBoxInformation:
    case QStyle::SP_MessageBoxQuestion:
      return theme.accent;
    case QStyle::SP_MessageBoxWarning:
      return theme.warning;
    case QStyle::SP_MessageBoxCritical:
      return theme.bad;
    default:
      return theme.text;
  }
}

}  // namespace

AppStyle::AppStyle() : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion"))) {}

QIcon AppStyle::standardIcon(StandardPixmap which, const QStyleOption* option, const QWidget* widget) const {
  const char* name = iconName(which);
  if (!name) return QProxyStyle::standardIcon(which, option, widget);
  return themedIcon(QString::fromLatin1(name), colourOf(which, Theme(QApplication::palette())));
}

QPixmap AppStyle::standardPixmap(StandardPixmap which, const QStyleOption* option, const QWidget* widget) const {
  if (!iconName(which)) return QProxyStyle::standardPixmap(which, option, widget);
  return standardIcon(which, option, widget).pixmap(pixelMetric(PM_SmallIconSize, option, widget));
}

int AppStyle::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                        QStyleHintReturn* answer) const {
  return hint == SH_DialogButtonBox_ButtonsHaveIcons ? 0 : QProxyStyle::styleHint(hint, option, widget, answer);
}

void AppStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                             const QWidget* widget) const {
  if (element != PE_FrameFocusRect) return QProxyStyle::drawPrimitive(element, option, painter, widget);
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  painter->setBrush(Qt::NoBrush);
  painter->setPen(QPen(Theme(option->palette).accent, 1.5));
  QRectF frame(option->rect);
  // A tab's own frame would be as narrow as its text, and cut through it.
  if (const auto* tabs = qobject_cast<const QTabBar*>(widget))
    frame = QRectF(tabs->tabRect(tabs->currentIndex())).adjusted(4, 3, -4, -5);
  painter->drawRoundedRect(frame.adjusted(0.75, 0.75, -0.75, -0.75), 3, 3);
  painter->restore();
}

}  // namespace scanline
