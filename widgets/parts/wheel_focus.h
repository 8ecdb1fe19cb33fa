#pragma once

class QWidget;

namespace scanline {

/// For boxes, spin boxes and sliders: the wheel changes their value only after a click or Tab gave them the focus.
/// Until then a turn of the wheel over them scrolls the page that they stand on.
void needFocusForWheel(QWidget* editor);

}  // namespace scanline
