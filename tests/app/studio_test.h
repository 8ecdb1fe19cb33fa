#pragma once

#include <QLabel>
#include <QPushButton>
#include <QTabWidget>

#include "core/run/paint_mask.h"
#include "tests/app/open_window_test.h"
#include "widgets/lists/run_table.h"
#include "widgets/studio/draw_panel.h"
#include "widgets/studio/picture_canvas.h"
#include "widgets/studio/picture_tiles.h"
#include "widgets/studio/studio_view.h"

namespace scanline {

/// Shared by tests of the Studio page: the window, and the acts of a person with mouse and keys.
class StudioTest : public OpenWindowTest {
 protected:
  void open(EngineMaker engine) {
    openWindow(std::move(engine));
    QTRY_COMPARE(window_->findChild<RunTable*>()->selection().size(), size_t{1});
  }
  StudioView* view() const { return window_->findChild<StudioView*>(); }
  PictureCanvas* canvas() const { return view()->canvas(); }
  DrawPanel* panel() const { return view()->findChild<DrawPanel*>(); }
  QPushButton* draw() const { return panel()->findChild<QPushButton*>("draw"); }
  QString problem() const {
    auto* label = view()->findChild<QLabel*>("problem");
    return label->isVisible() ? label->text() : QString();
  }
  /// By the Run menu, until a picture of the run's data is on the canvas.
  void openStudio() {
    choose(*window_, "Complete pictures…");
    QTRY_VERIFY(view()->isVisible());
    QTRY_VERIFY_WITH_TIMEOUT(!canvas()->picture().isEmpty(), 60000);
    QTRY_VERIFY(draw()->isEnabled());
  }
  /// A stroke of the mouse from one token to another.
  void stroke(qint64 from, qint64 to) {
    QWidget* viewport = canvas()->viewport();
    const QPoint begin = canvas()->shownRect(from).center().toPoint(), end = canvas()->shownRect(to).center().toPoint();
    QTest::mousePress(viewport, Qt::LeftButton, {}, begin);
    QTest::mouseMove(viewport, (begin + end) / 2);
    QTest::mouseMove(viewport, end);
    QTest::mouseRelease(viewport, Qt::LeftButton, {}, end);
  }
  bool isDrawn() const { return !panel()->isBusy() && !panel()->drawing().nats.empty(); }
  void pinFirst() {
    auto* tiles = panel()->findChild<PictureTiles*>("candidateTiles");
    QTest::mouseClick(tiles->viewport(), Qt::LeftButton, {}, tiles->starRect(0).center().toPoint());
  }
};

}  // namespace scanline
