#pragma once

#include <QPainter>

#include "core/run/events.h"
#include "widgets/parts/theme.h"

namespace scanline {

/// The colour of a state as a mark; words beside it stay in text colours.
QColor stateColour(const Theme& theme, RunState state);

/// Draws the state as a shape in its colour, as large as fits centred into `rect` (made for 14 px): told apart without
/// colour. progress in 0..1 is the ring around a running or paused run.
void paintState(QPainter& painter, const QRectF& rect, RunState state, double progress, const Theme& theme);

/// A rounded progress bar filling `rect`, in the colour of the state.
void paintProgress(QPainter& painter, const QRectF& rect, RunState state, double progress, const Theme& theme);

/// The tick box of a run in its colour: filled with a check if it is overlaid, else an outline.
void paintTick(QPainter& painter, const QRectF& rect, const QColor& colour, bool ticked, const Theme& theme);

}  // namespace scanline
