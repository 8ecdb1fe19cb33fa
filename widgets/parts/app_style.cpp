// One style: each element that differs from Fusion has a short function, and they share the theme and its lines.
#include "widgets/parts/app_style.h"

#include <QApplication>
#include <QCheckBox>
#include <QHeaderView>
#include <QPainter>
#include <QPlainTextEdit>
#include <QScrollArea>
#include <QStyleFactory>
#include <QStyleOption>
#include <QTabBar>
#include <QTableView>
#include <QTextEdit>
#include <QTreeView>
#include <algorithm>

namespace scanline {

namespace {

constexpr int kScrollBar = 12, kHandleMargin = 2, kLeastHandle = 36;  // px
constexpr double kHandleRadius = 4, kHandleShare = 0.26;              // px; of the text's colour
constexpr int kTabAside = 10, kTabAbove = 6, kTabLine = 2;            // px around the word of a tab, and below it
constexpr double kFieldShare = 0.78;                                  // of muted text in a field's border: 3:1 or more
constexpr int kHeaderAside = 8, kHeaderAbove = 4;                     // px around the words of a header

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

bool isTextField(const QWidget* widget) {
  const auto* plain = qobject_cast<const QPlainTextEdit*>(widget);
  const auto* rich = qobject_cast<const QTextEdit*>(widget);
  return (plain && !plain->isReadOnly()) || (rich && !rich->isReadOnly());
}

/// The option with a border that is seen in both themes: Fusion's is the window's colour, darkened by `darker` per
/// cent.
template <class Option>
Option withSeenBorder(const Option& option, const Theme& theme, int darker = 140) {
  Option seen = option;
  if (option.state.testFlag(QStyle::State_Enabled))
    seen.palette.setColor(QPalette::Window, theme.faint(theme.mutedText, kFieldShare).lighter(darker));
  return seen;
}

/// Whether titles stand above its columns.
bool hasHeader(const QWidget* widget) {
  if (const auto* tree = qobject_cast<const QTreeView*>(widget)) return !tree->isHeaderHidden();
  const auto* table = qobject_cast<const QTableView*>(widget);
  return table && !table->horizontalHeader()->isHidden();
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

const Theme& AppStyle::theme() const {
  const QPalette palette = QApplication::palette();
  if (!theme_ || palette.cacheKey() != paletteKey_) {
    theme_.emplace(palette);
    paletteKey_ = palette.cacheKey();
  }
  return *theme_;
}

void AppStyle::polish(QWidget* widget) {
  QProxyStyle::polish(widget);
  if (auto* area = qobject_cast<QScrollArea*>(widget)) area->setFrameShape(QFrame::NoFrame);
  if (auto* header = qobject_cast<QHeaderView*>(widget)) header->viewport()->setAutoFillBackground(false);
  if (qobject_cast<QTabBar*>(widget)) widget->setAttribute(Qt::WA_Hover);
}

int AppStyle::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const {
  switch (metric) {
    case PM_ScrollBarExtent:
      return kScrollBar;
    case PM_ScrollBarSliderMin:
      return kLeastHandle;
    case PM_DockWidgetSeparatorExtent:
      return 1;
    case PM_ToolTipLabelFrameWidth:
      return 4;
    case PM_TabBarTabHSpace:
      return 2 * kTabAside;
    case PM_TabBarTabVSpace:
      return 2 * kTabAbove + kTabLine;
    case PM_TabBarTabShiftHorizontal:
    case PM_TabBarTabShiftVertical:
    case PM_TabBarTabOverlap:
      return 0;
    case PM_FocusFrameHMargin:  // the words of a cell begin a pixel behind it, below those of the header
      return hasHeader(widget) ? kHeaderAside - 1 : QProxyStyle::pixelMetric(metric, option, widget);
    default:
      return QProxyStyle::pixelMetric(metric, option, widget);
  }
}

QSize AppStyle::sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                                 const QWidget* widget) const {
  const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option);
  if (type != CT_HeaderSection || !header) return QProxyStyle::sizeFromContents(type, option, size, widget);
  QStyleOptionHeader words = *header;
  words.sortIndicator = QStyleOptionHeader::None;  // its arrow has room in the margin
  return QProxyStyle::sizeFromContents(type, &words, size, widget) + QSize(2 * kHeaderAside, 2 * kHeaderAbove + 1);
}

/// A scroll bar is all groove: it has no buttons at its ends.
QRect AppStyle::subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl part,
                               const QWidget* widget) const {
  const auto* bar = qstyleoption_cast<const QStyleOptionSlider*>(option);
  if (control != CC_ScrollBar || !bar) return QProxyStyle::subControlRect(control, option, part, widget);
  const bool isAcross = bar->orientation == Qt::Horizontal;
  const int length = isAcross ? bar->rect.width() : bar->rect.height();
  const qint64 range = qint64(bar->maximum) - bar->minimum;
  const qint64 share = range > 0 ? qint64(bar->pageStep) * length / (range + std::max(1, bar->pageStep)) : length;
  const int handle = std::min(length, std::max(int(share), pixelMetric(PM_ScrollBarSliderMin, option, widget)));
  const int start =
      sliderPositionFromValue(bar->minimum, bar->maximum, bar->sliderPosition, length - handle, bar->upsideDown);
  const auto between = [&](int from, int to) {
    const QRect place = isAcross ? QRect(bar->rect.x() + from, bar->rect.y(), to - from, bar->rect.height())
                                 : QRect(bar->rect.x(), bar->rect.y() + from, bar->rect.width(), to - from);
    return visualRect(bar->direction, bar->rect, place);
  };
  switch (part) {
    case SC_ScrollBarGroove:
      return bar->rect;
    case SC_ScrollBarSlider:
      return between(start, start + handle);
    case SC_ScrollBarSubPage:
      return between(0, start);
    case SC_ScrollBarAddPage:
      return between(start + handle, length);
    default:
      return {};
  }
}

void AppStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                             const QWidget* widget) const {
  switch (element) {
    case PE_FrameFocusRect:
      return drawFocus(*option, *painter, widget);
    case PE_IndicatorDockWidgetResizeHandle:
      return painter->fillRect(option->rect, theme().line);
    case PE_PanelTipLabel:
      painter->fillRect(option->rect, theme().line);
      return painter->fillRect(option->rect.adjusted(1, 1, -1, -1), theme().card);
    case PE_FrameLineEdit: {
      const QStyleOption seen = withSeenBorder(*option, theme());
      return QProxyStyle::drawPrimitive(element, &seen, painter, widget);
    }
    case PE_PanelScrollAreaCorner:
      return;  // between two bars; Fusion's has a frame
    case PE_Frame:
      if (const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option); frame && isTextField(widget)) {
        constexpr int kFrameDarker = 130;  // Fusion makes it lighter by 108 per cent again
        const QStyleOptionFrame seen = withSeenBorder(*frame, theme(), kFrameDarker);
        return QProxyStyle::drawPrimitive(element, &seen, painter, widget);
      }
      break;
    case PE_IndicatorCheckBox:
      // Fusion's frame of an empty box is hardly seen.
      if (!option->state.testFlag(State_Off) || !qobject_cast<const QCheckBox*>(widget)) break;
      painter->save();
      painter->setRenderHint(QPainter::Antialiasing);
      painter->setPen(theme().mutedText);
      painter->setBrush(theme().card);
      painter->drawRoundedRect(QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5), 2, 2);
      return painter->restore();
    default:
      break;
  }
  QProxyStyle::drawPrimitive(element, option, painter, widget);
}

void AppStyle::drawFocus(const QStyleOption& option, QPainter& painter, const QWidget* widget) const {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(Theme(option.palette).accent, 1.5));
  QRectF frame(option.rect);
  // A tab's own frame would be as narrow as its text, and cut through it.
  if (const auto* tabs = qobject_cast<const QTabBar*>(widget))
    frame = QRectF(tabs->tabRect(tabs->currentIndex())).adjusted(4, 3, -4, -5);
  painter.drawRoundedRect(frame.adjusted(0.75, 0.75, -0.75, -0.75), 3, 3);
  painter.restore();
}

void AppStyle::drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                           const QWidget* widget) const {
  const bool isLit = option->state.testAnyFlags(State_Selected | State_MouseOver);
  switch (element) {
    case CE_Splitter:
      return painter->fillRect(option->rect, theme().line);
    case CE_HeaderEmptyArea:
      return;
    case CE_HeaderSection: {
      const QRect& area = option->rect;
      // Names of rows have no lines, as their rows have none.
      if (const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option);
          header && header->orientation == Qt::Vertical)
        return;
      return painter->fillRect(area.x(), area.bottom(), area.width(), 1, theme().line);
    }
    case CE_Header:
      if (const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option))
        return drawHeader(*header, *painter, widget);
      break;
    case CE_TabBarTabShape: {
      const QRect& area = option->rect;
      if (widget && widget->hasFocus()) painter->fillRect(area, theme().hover);
      if (option->state.testFlag(State_Selected))
        painter->fillRect(area.x(), area.bottom() + 1 - kTabLine, area.width(), kTabLine, theme().accent);
      return;
    }
    case CE_ComboBoxLabel:
      if (const auto* box = qstyleoption_cast<const QStyleOptionComboBox*>(option); box && !box->editable) {
        QStyleOptionComboBox fitting = *box;  // Fusion cuts through a letter
        const int icon = box->currentIcon.isNull() ? 0 : box->iconSize.width() + 4;
        const int room = subControlRect(CC_ComboBox, box, SC_ComboBoxEditField, widget).width() - icon - 2;
        fitting.currentText = box->fontMetrics.elidedText(box->currentText, Qt::ElideMiddle, room);
        return QProxyStyle::drawControl(element, &fitting, painter, widget);
      }
      break;
    case CE_TabBarTabLabel:
      if (const auto* tab = qstyleoption_cast<const QStyleOptionTab*>(option)) {
        QStyleOptionTab coloured = *tab;
        coloured.palette.setColor(QPalette::WindowText, isLit ? theme().text : theme().mutedText);
        return QProxyStyle::drawControl(element, &coloured, painter, widget);
      }
      break;
    default:
      break;
  }
  QProxyStyle::drawControl(element, option, painter, widget);
}

void AppStyle::drawHeader(const QStyleOptionHeader& header, QPainter& painter, const QWidget* widget) const {
  painter.save();
  painter.setClipRect(header.rect, Qt::IntersectClip);
  drawControl(CE_HeaderSection, &header, &painter, widget);
  QStyleOptionHeaderV2 part;
  if (const auto* whole = qstyleoption_cast<const QStyleOptionHeaderV2*>(&header))
    part = *whole;
  else
    static_cast<QStyleOptionHeader&>(part) = header;
  part.rect = header.rect.adjusted(kHeaderAside, kHeaderAbove, -kHeaderAside, -kHeaderAbove - 1);
  drawControl(CE_HeaderLabel, &part, &painter, widget);
  if (header.sortIndicator != QStyleOptionHeader::None) {
    // In the margin beside the words, which it would cover otherwise.
    const int width = std::min(header.fontMetrics.horizontalAdvance(header.text), part.rect.width());
    const bool atRight = header.textAlignment & Qt::AlignRight;
    part.rect = QRect(atRight ? part.rect.right() + 1 - width - kHeaderAside : part.rect.left() + width,
                      header.rect.top(), kHeaderAside, header.rect.height());
    drawPrimitive(PE_IndicatorHeaderArrow, &part, &painter, widget);
  }
  painter.restore();
}

void AppStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                                  const QWidget* widget) const {
  if (const auto* bar = qstyleoption_cast<const QStyleOptionSlider*>(option); bar && control == CC_ScrollBar)
    return drawScrollBar(*bar, *painter, widget);
  if (const auto* spin = qstyleoption_cast<const QStyleOptionSpinBox*>(option)) {
    const QStyleOptionSpinBox seen = withSeenBorder(*spin, theme());
    return QProxyStyle::drawComplexControl(control, &seen, painter, widget);
  }
  if (const auto* box = qstyleoption_cast<const QStyleOptionComboBox*>(option)) {
    const QStyleOptionComboBox seen = withSeenBorder(*box, theme());
    return QProxyStyle::drawComplexControl(control, &seen, painter, widget);
  }
  QProxyStyle::drawComplexControl(control, option, painter, widget);
}

void AppStyle::drawScrollBar(const QStyleOptionSlider& bar, QPainter& painter, const QWidget* widget) const {
  if (bar.maximum <= bar.minimum) return;
  const bool isHeld =
      bar.activeSubControls.testFlag(SC_ScrollBarSlider) && bar.state.testAnyFlags(State_MouseOver | State_Sunken);
  const QRect handle = subControlRect(CC_ScrollBar, &bar, SC_ScrollBarSlider, widget);
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(isHeld ? theme().mutedText : theme().faint(theme().text, kHandleShare));
  painter.drawRoundedRect(handle.adjusted(kHandleMargin, kHandleMargin, -kHandleMargin, -kHandleMargin), kHandleRadius,
                          kHandleRadius);
  painter.restore();
}

}  // namespace scanline
