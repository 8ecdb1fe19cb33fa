#pragma once

#include <QApplication>
#include <QDialog>
#include <QTabBar>
#include <QTabWidget>

#include "tests/app/open_window_test.h"
#include "tests/core/run/fake_trainer.h"
#include "widgets/forms/new_run_page.h"
#include "widgets/lists/inspector.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/empty_state.h"

namespace scanline {

/// Base of tests that look at every place of the window: a workspace whose runs have something for each page, and the
/// window on it, opened at one of the places.
class WindowGallery : protected OpenWindowTest {
 protected:
  static QStringList places() {
    return {"Curves",  "Probe",       "Completions", "Studio",     "Features",    "Data",   "Compare",
            "Results", "Charts",      "table",       "Settings",   "Checkpoints", "Log",    "form",
            "empty",   "Preferences", "Shortcuts",   "Ask in SQL", "Disk space",  "Cluster"};
  }

  void makeGallery() {
    makeWorkspace();
    const auto engine = std::make_shared<FakeEngine>();
    RunSpec spec = fakeSpec("a first model of the digits, with a name that is rather long");
    spec.train = {.steps = 12, .evaluateEvery = 2, .checkpointEvery = 4};
    spec.probe.every = spec.sample.every = 2;
    spec.model.layers = 3;
    for (const double rate : {1e-3, 3e-3, 1e-2}) {
      spec.optimizer.learningRate = rate;
      train(spec, engine);
      spec.name = "another";
    }
    enqueue(fakeSpec("waits"));
  }

  /// `window_` at `place`, with the first run chosen and the second ticked.
  void open(const QString& place, const QSize& size) {
    QApplication::setCursorFlashTime(0);
    const bool isEmpty = place == QStringLiteral("empty");
    workspace_ = folder_->filePath(isEmpty ? "empty" : "workspace");
    openWindow(noEngine, size);
    if (isEmpty) {
      QTRY_VERIFY(window_->findChild<EmptyState*>()->isVisible());
      return settle();
    }
    auto* table = window_->findChild<RunTable*>();
    auto* inspector = window_->findChild<Inspector*>();
    QTRY_VERIFY(!table->selection().empty());
    table->select({{1}});
    table->setOverlay({{1}, {2}});
    QTRY_COMPARE(inspector->run(), RunId{1});
    auto* tabs = window_->findChild<QTabWidget*>();
    for (int at = 0; at < tabs->count(); ++at)
      if (tabs->tabText(at) == place) tabs->setCurrentIndex(at);
    auto* pages = inspector->findChild<QTabBar*>();
    for (int at = 0; at < pages->count(); ++at)
      if (pages->tabText(at) == place) pages->setCurrentIndex(at);
    if (place == QStringLiteral("table")) table->setCompact(false);
    if (place == QStringLiteral("form")) {
      choose(*window_, "New run…");
      QTRY_VERIFY(window_->findChild<NewRunPage*>() && window_->findChild<NewRunPage*>()->isVisible());
    }
    for (const char* dialog : {"Preferences", "Shortcuts", "Ask in SQL", "Disk space", "Cluster"})
      if (place == QLatin1String(dialog)) {
        openDialog(place);
        QTRY_VERIFY(looked() != window_.get());
      }
    settle();
  }

  /// The window, or the dialog that is open over it.
  QWidget* looked() const {
    for (auto* dialog : window_->findChildren<QDialog*>())
      if (dialog->isVisible()) return dialog;
    return window_.get();
  }

  /// Until the store has answered, and everything is laid out and drawn.
  static void settle() { QTest::qWait(400); }

 private:
  void openDialog(const QString& name) {
    for (auto* each : window_->findChildren<QAction*>())
      if (each->text().remove('&').remove(QStringLiteral("…")) == name) return each->trigger();
    QFAIL(qPrintable("no dialog " + name));
  }
};

}  // namespace scanline
