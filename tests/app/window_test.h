#pragma once

#include <QAction>
#include <QTemporaryDir>
#include <QTest>
#include <memory>

#include "app/settings.h"
#include "core/jobs/job_pool.h"
#include "core/spec/spec_text.h"
#include "core/store/run_store.h"
#include "tests/support/drop.h"
#include "widgets/forms/new_run_page.h"

namespace scanline {

/// Settings that the fake engine trains with in no time.
inline RunSpec fakeSpec(const std::string& name) {
  RunSpec spec;
  spec.name = name;
  spec.threads = 1;
  spec.data.limit = 200;
  spec.palette = {.size = 17, .pixels = 1000, .iterations = 2};
  spec.model.layers = 1;
  spec.train = {.steps = 6, .evaluateEvery = 2, .checkpointEvery = 2};
  spec.probe.every = spec.sample.every = 0;
  return spec;
}

/// Base of tests of the whole window: a workspace and settings of their own, and a person's acts.
class WindowTest {
 protected:
  /// A new, empty workspace and new settings; those before are gone.
  void makeWorkspace() {
    folder_ = std::make_unique<QTemporaryDir>();
    workspace_ = folder_->path() + "/workspace";
    settings_ = std::make_unique<Settings>(folder_->path() + "/settings.ini");
    RunStore(workspace_.toStdString(), StoreMode::ReadWrite);
  }
  RunStore store() const { return RunStore(workspace_.toStdString(), StoreMode::ReadOnly); }
  /// Queued where there is no such run yet.
  RunState stateOf(int64_t run) const {
    for (const RunSummary& summary : store().runs(true))
      if (summary.id.value == run) return summary.state;
    return RunState::Queued;
  }
  RunId addRun(const RunSpec& spec) const {
    return RunStore(workspace_.toStdString(), StoreMode::ReadWrite).create(toToml(spec));
  }
  RunId enqueue(const RunSpec& spec) const {
    const RunId run = addRun(spec);
    RunStore(workspace_.toStdString(), StoreMode::ReadWrite).enqueue(run, false);
    return run;
  }
  /// Trains it to its end, without a window.
  void train(const RunSpec& spec, const std::shared_ptr<Engine>& engine) const {
    const RunId run = enqueue(spec);
    JobPool pool(workspace_.toStdString(), [engine] { return engine; }, {});
    pool.waitIdle();
    QCOMPARE(store().run(run).state, RunState::Finished);
  }
  /// Triggers an entry of the window's menus, once it can be.
  static void choose(const QWidget& window, const QString& text) {
    for (auto* each : window.findChildren<QAction*>())
      if (each->text().remove('&') == text) {
        QTRY_VERIFY(each->isEnabled());
        return each->trigger();
      }
    QFAIL(qPrintable("no action " + text));
  }

  /// The form of a new run, once it is shown: it is built with the first draft, which may have to be read. Null after
  /// some seconds without.
  static NewRunPage* shownForm(const QWidget& window) {
    NewRunPage* form = nullptr;
    const bool isShown = QTest::qWaitFor([&] {
      form = window.findChild<NewRunPage*>();
      return form != nullptr && form->isVisible();
    });
    return isShown ? form : nullptr;
  }

  std::unique_ptr<QTemporaryDir> folder_;
  QString workspace_;  ///< in it
  std::unique_ptr<Settings> settings_;
};

}  // namespace scanline
