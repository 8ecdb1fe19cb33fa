#include "widgets/studio/canvas_bar.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QPainter>
#include <QSpinBox>
#include <QToolButton>
#include <QUndoStack>
#include <QVBoxLayout>
#include <QWidgetAction>
#include <array>

#include "core/run/paint_mask.h"
#include "widgets/parts/icon_button.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/parts/theme.h"
#include "widgets/parts/wheel_focus.h"
#include "widgets/parts/wrap_row.h"
#include "widgets/studio/picture_canvas.h"

namespace scanline {

namespace {

using Tool = PictureCanvas::Tool;
using Target = PictureCanvas::Target;

/// "Lower half", "Lower 25 %"
QString presetName(std::string_view name, double share) {
  const bool half = share == 0.5;
  const QString part = text::percent(share).replace(QStringLiteral(".0"), QString());
  if (name == "lower") return half ? CanvasBar::tr("Lower half") : CanvasBar::tr("Lower %1").arg(part);
  if (name == "upper") return half ? CanvasBar::tr("Upper half") : CanvasBar::tr("Upper %1").arg(part);
  if (name == "left") return half ? CanvasBar::tr("Left half") : CanvasBar::tr("Left %1").arg(part);
  if (name == "right") return half ? CanvasBar::tr("Right half") : CanvasBar::tr("Right %1").arg(part);
  if (name == "centre") return CanvasBar::tr("Centre, %1 each way").arg(part);
  if (name == "random") return CanvasBar::tr("Random %1").arg(part);
  return CanvasBar::tr("Checkerboard");
}

/// A small picture of the mask.
QIcon presetIcon(std::string_view name, double share, const Theme& theme) {
  constexpr int kSide = 8;
  const PaintMask mask = presetMask(name, kSide, kSide, share, 3);
  QPixmap pixmap(32, 32);
  pixmap.fill(theme.faint(theme.text, 0.12));
  QPainter painter(&pixmap);
  for (int i = 0; i < kSide * kSide; ++i)
    if (mask[static_cast<size_t>(i)] != 0) painter.fillRect(i % kSide * 4, i / kSide * 4, 4, 4, theme.accent);
  return QIcon(pixmap);
}

QWidget* divider() {
  auto* line = new QFrame;
  line->setFixedSize(1, 20);
  line->setBackgroundRole(QPalette::Mid);
  line->setAutoFillBackground(true);
  return line;
}

}  // namespace

CanvasBar::CanvasBar(PictureCanvas* canvas, QWidget* parent)
    : QWidget(parent),
      canvas_(canvas),
      target_(new SegmentedControl(tr("Target of the tools"))),
      brush_(new QSpinBox),
      share_(new QSpinBox),
      presets_(new QToolButton),
      menu_(new QMenu(this)),
      zoom_(new QToolButton) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(new WrapRow(new WrapRow(target_, makeTools(), WrapRow::Second::Close),
                                new WrapRow(makeMaskTools(), makeHistory(), WrapRow::Second::Close),
                                WrapRow::Second::Close));
  connect(canvas_, &PictureCanvas::toolChanged, this, &CanvasBar::refresh);
  connect(canvas_, &PictureCanvas::zoomChanged, this, &CanvasBar::refresh);
  for (const auto signal : {&QUndoStack::canUndoChanged, &QUndoStack::canRedoChanged})
    connect(canvas_->history(), signal, this, &CanvasBar::refresh);
  connect(canvas_->history(), &QUndoStack::indexChanged, this, &CanvasBar::refresh);
  makePresets();
  refresh();
}

IconButton* CanvasBar::makeButton(const char* name, const QString& icon, const QString& tip, void (CanvasBar::*act)()) {
  auto* button = new IconButton(icon, tip, this);
  button->setObjectName(QString::fromLatin1(name));
  button->setFocusPolicy(Qt::TabFocus);
  button->setFixedSize(28, 28);
  connect(button, &QToolButton::clicked, this, act);
  return button;
}

QWidget* CanvasBar::makeTools() {
  target_->setObjectName(QStringLiteral("target"));
  target_->add(static_cast<int>(Target::Mask), tr("Mask"), tr("The tools mask pixels for the model to paint (M)"));
  target_->add(static_cast<int>(Target::Pixels), tr("Pixels"), tr("The tools paint pixels in the chosen colour (M)"));
  connect(target_, &SegmentedControl::chosen, canvas_, [this](int id) { canvas_->setTarget(static_cast<Target>(id)); });
  struct Named {
    const char* name;
    const char* icon;
    QString tip;
  };
  const std::array<Named, 6> tools{{
      {"look", "pointer", tr("Choose a pixel and change nothing (V)")},
      {"brush", "brush", tr("Brush (B); the right button does the opposite")},
      {"rectangle", "rectangle", tr("Rectangle (R)")},
      {"lasso", "lasso", tr("Lasso (L): all that the line encloses or crosses")},
      {"fill", "fill", tr("Fill (F): the area of one kind about a pixel")},
      {"eyedropper", "eyedropper", tr("Eyedropper (I): paint in the colour of a pixel")},
  }};
  auto* group = new QWidget;
  auto* row = new QHBoxLayout(group);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(2);
  for (size_t i = 0; i < tools.size(); ++i) {
    auto* button = new IconButton(QString::fromLatin1(tools[i].icon), tools[i].tip, group);
    button->setObjectName(QString::fromLatin1(tools[i].name));
    button->setCheckable(true);
    button->setFixedSize(28, 28);
    button->setFocusPolicy(Qt::TabFocus);
    connect(button, &QToolButton::clicked, canvas_, [this, i] {
      canvas_->setTool(static_cast<Tool>(i));
      refresh();
    });
    tools_.push_back(button);
    row->addWidget(button);
  }
  return group;
}

QWidget* CanvasBar::makeMaskTools() {
  brush_->setObjectName(QStringLiteral("brushSize"));
  brush_->setRange(1, PictureCanvas::kMaxBrush);
  brush_->setAccessibleName(tr("Size of the brush"));
  brush_->setToolTip(tr("Size of the brush in pixels ([ and ])"));
  brush_->setSuffix(tr(" px"));
  needFocusForWheel(brush_);
  connect(brush_, &QSpinBox::valueChanged, canvas_, &PictureCanvas::setBrush);
  erase_ = makeButton("erase", QStringLiteral("eraser"), tr("Give pixels back instead of masking them (E)"),
                      &CanvasBar::erase);
  erase_->setCheckable(true);
  invert_ = makeButton("invert", QStringLiteral("invert"), tr("Invert the mask (Shift+I)"), &CanvasBar::invert);
  clear_ =
      makeButton("clearMask", QStringLiteral("blank"), tr("Clear the mask: everything is given"), &CanvasBar::clear);
  shown_ = makeButton("showMask", QStringLiteral("mask"), tr("Show the mask (H)"), &CanvasBar::showMask);
  shown_->setCheckable(true);
  presets_->setObjectName(QStringLiteral("presets"));
  presets_->setText(tr("Presets"));
  presets_->setToolTip(tr("Masks that are often used (1 to 7)"));
  presets_->setAccessibleName(tr("Masks that are often used"));
  presets_->setPopupMode(QToolButton::InstantPopup);
  presets_->setAutoRaise(true);
  presets_->setMinimumHeight(28);
  presets_->setMenu(menu_);
  auto* group = new QWidget;
  auto* row = new QHBoxLayout(group);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(2);
  row->addWidget(brush_);
  row->addSpacing(4);
  for (QWidget* each : std::initializer_list<QWidget*>{presets_, erase_, invert_, clear_, shown_}) row->addWidget(each);
  return group;
}

QWidget* CanvasBar::makeHistory() {
  undo_ = makeButton("undo", QStringLiteral("undo"), tr("Undo (Ctrl+Z)"), &CanvasBar::undo);
  redo_ = makeButton("redo", QStringLiteral("redo"), tr("Redo (Ctrl+Shift+Z)"), &CanvasBar::redo);
  zoom_->setObjectName(QStringLiteral("zoom"));
  zoom_->setToolTip(tr("Device pixels a picture pixel; a click fits the picture (0, + and -, Ctrl+wheel)"));
  zoom_->setAutoRaise(true);
  zoom_->setMinimumHeight(28);
  zoom_->setMinimumWidth(zoom_->fontMetrics().horizontalAdvance(QStringLiteral("96 ×")) + 12);
  connect(zoom_, &QToolButton::clicked, canvas_, &PictureCanvas::zoomToFit);
  auto* in = new IconButton(QStringLiteral("zoom-in"), tr("Zoom in (+)"), this);
  auto* out = new IconButton(QStringLiteral("zoom-out"), tr("Zoom out (-)"), this);
  for (IconButton* button : {in, out}) {
    button->setFixedSize(28, 28);
    button->setFocusPolicy(Qt::TabFocus);
  }
  connect(in, &QToolButton::clicked, canvas_, &PictureCanvas::zoomIn);
  connect(out, &QToolButton::clicked, canvas_, &PictureCanvas::zoomOut);
  auto* group = new QWidget;
  auto* row = new QHBoxLayout(group);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(2);
  for (QWidget* each : std::initializer_list<QWidget*>{undo_, redo_, divider(), out, zoom_, in}) row->addWidget(each);
  return group;
}

/// Its actions stay, so that it can be open while the share changes; the last one holds the share.
void CanvasBar::makePresets() {
  int key = 0;
  for (const std::string_view name : maskPresets()) {
    QAction* action = menu_->addAction({}, this, [this, name] { applyPreset(name, share_->value() / 100.0); });
    action->setObjectName(QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size())));
    action->setData(++key);
  }
  asTrained_ = menu_->addAction({}, this, [this] { applyPreset("random", maskRate_); });
  menu_->addAction(tr("Everything"), canvas_, &PictureCanvas::paintAll)->setObjectName(QStringLiteral("everything"));
  menu_->addSeparator();
  share_->setObjectName(QStringLiteral("presetShare"));
  share_->setRange(1, 100);
  share_->setValue(50);
  share_->setSuffix(tr(" %"));
  share_->setAccessibleName(tr("Share that presets mask"));
  auto* label = new QLabel(tr("Share"));
  label->setBuddy(share_);
  auto* row = inGroup({label, share_});
  row->layout()->setContentsMargins(12, 4, 12, 4);
  auto* action = new QWidgetAction(menu_);
  action->setDefaultWidget(row);
  menu_->addAction(action);
  connect(share_, &QSpinBox::valueChanged, this, &CanvasBar::showPresets);
  showPresets();
}

void CanvasBar::showPresets() {
  const Theme theme(palette());
  const double share = share_->value() / 100.0;
  const auto actions = menu_->actions();
  for (size_t i = 0; i < maskPresets().size(); ++i) {
    QAction* action = actions[static_cast<qsizetype>(i)];
    action->setText(presetName(maskPresets()[i], share) + QStringLiteral("\t%1").arg(action->data().toInt()));
    action->setIcon(presetIcon(maskPresets()[i], share, theme));
  }
  asTrained_->setVisible(maskRate_ > 0 && maskRate_ < 1);
  if (!asTrained_->isVisible()) return;
  asTrained_->setText(tr("Random, as in training (%1)").arg(text::percent(maskRate_)));
  asTrained_->setIcon(presetIcon("random", maskRate_, theme));
}

void CanvasBar::setMaskRate(double share) {
  if (share == maskRate_) return;
  maskRate_ = share;
  showPresets();
}

void CanvasBar::applyPreset(std::string_view name, double share) {
  const StudioPicture& picture = canvas_->picture();
  if (picture.isEmpty()) return;
  if (name == "random") ++seed_;
  const QString words = presetName(name, share);
  canvas_->replaceMask(presetMask(name, picture.across, picture.down, share, seed_), words);
  canvas_->setMaskShown(true);
}

bool CanvasBar::isOwnKey(const QKeyEvent* event) {
  const int last = Qt::Key_0 + static_cast<int>(maskPresets().size());
  return (event->modifiers() & ~Qt::KeypadModifier) == Qt::NoModifier && event->key() > Qt::Key_0 &&
         event->key() <= last;
}

bool CanvasBar::handleKey(QKeyEvent* event) {
  if (!isOwnKey(event)) return false;
  applyPreset(maskPresets()[static_cast<size_t>(event->key() - Qt::Key_1)], share_->value() / 100.0);
  return true;
}

void CanvasBar::undo() {
  canvas_->history()->undo();
}
void CanvasBar::redo() {
  canvas_->history()->redo();
}
void CanvasBar::invert() {
  canvas_->invertMask();
}
void CanvasBar::clear() {
  canvas_->clearMask();
}
void CanvasBar::erase() {
  canvas_->setErasing(erase_->isChecked());
}
void CanvasBar::showMask() {
  canvas_->setMaskShown(shown_->isChecked());
}

void CanvasBar::refresh() {
  const StudioPicture& picture = canvas_->picture();
  const bool any = !picture.isEmpty(), colours = any && !picture.isCodes();
  const bool onMask = canvas_->target() == Target::Mask;
  target_->setCurrent(static_cast<int>(canvas_->target()));
  target_->setAllowed(static_cast<int>(Target::Pixels), colours);
  for (size_t i = 0; i < tools_.size(); ++i) {
    tools_[i]->setChecked(static_cast<int>(i) == static_cast<int>(canvas_->tool()));
    tools_[i]->setEnabled(any && (colours || static_cast<Tool>(i) != Tool::Eyedropper));
  }
  tools_.back()->setTip(!any || colours ? tr("Eyedropper (I): paint in the colour of a pixel")
                                        : tr("Codes of a VQ-VAE have no colours of their own"));
  const QSignalBlocker quiet(brush_);
  brush_->setValue(canvas_->brush());
  brush_->setSuffix(any && picture.isCodes() ? QString() : tr(" px"));
  brush_->setEnabled(any && canvas_->tool() == Tool::Brush);
  erase_->setChecked(canvas_->isErasing());
  erase_->setEnabled(any && onMask);
  shown_->setChecked(canvas_->isMaskShown());
  for (QWidget* each : std::initializer_list<QWidget*>{presets_, invert_, clear_, shown_, zoom_}) each->setEnabled(any);
  const auto* history = canvas_->history();
  undo_->setEnabled(history->canUndo());
  redo_->setEnabled(history->canRedo());
  undo_->setTip(history->canUndo() ? tr("Undo: %1 (Ctrl+Z)").arg(history->undoText()) : tr("Undo (Ctrl+Z)"));
  redo_->setTip(history->canRedo() ? tr("Redo: %1 (Ctrl+Shift+Z)").arg(history->redoText())
                                   : tr("Redo (Ctrl+Shift+Z)"));
  zoom_->setText(QStringLiteral("%1 ×").arg(canvas_->shownZoom()));
  zoom_->setAccessibleName(tr("Zoom %1, fit").arg(canvas_->shownZoom()));
}

void CanvasBar::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) showPresets();
}

}  // namespace scanline
