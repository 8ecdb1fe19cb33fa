#pragma once

#include <QApplication>
#include <QDropEvent>
#include <QMimeData>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>
#include <memory>

#include "app/settings.h"
#include "core/spec/spec_text.h"
#include "core/store/run_store.h"

namespace scanline {

/// What tests of the whole window share: a workspace and settings of their own, and what a person drops on it.
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
  static void drop(QWidget& window, const QStringList& files) {
    QMimeData data;
    QList<QUrl> urls;
    for (const QString& file : files) urls << QUrl::fromLocalFile(file);
    data.setUrls(urls);
    QDragEnterEvent enter({20, 20}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&window, &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent event({20, 20}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&window, &event);
  }

  std::unique_ptr<QTemporaryDir> folder_;
  QString workspace_;  ///< in it
  std::unique_ptr<Settings> settings_;
};

}  // namespace scanline
