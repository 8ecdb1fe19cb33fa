// Dropping files on the window: messages meanwhile, and giving up.
#include "app/importer.h"

#include <QApplication>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QTest>
#include <QTimer>
#include <QTreeView>
#include <algorithm>
#include <optional>

#include "core/base/atomic_file.h"
#include "core/store/workspace_lock.h"
#include "tests/app/open_window_test.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/message_bar.h"
#include "widgets/plot/figure_export.h"

using namespace scanline;

class ImporterTest : public QObject, OpenWindowTest {
  Q_OBJECT
 private slots:
  void init() {
    makeWorkspace();
    makeWindow();
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
  }
  void cleanup() { window_.reset(); }

  void aDroppedFolderBecomesRuns() {
    drop(*window_, {kEvents});
    QTRY_VERIFY(says(QStringLiteral("Imported “tensorboard”")));
    QCOMPARE(store().runs().size(), size_t{3});
  }

  /// While the first of three runs waits for the store, the person gives up; it goes, too.
  void aClickOnCancelGivesUpTheWholeImport() {
    WorkspaceLock lock(workspace_.toStdString());
    std::optional<WorkspaceLock::Held> held(std::in_place, lock,
                                            WorkspaceLock::Clock::now() + std::chrono::seconds(20));
    drop(*window_, {kEvents});
    auto* cancel = window_->findChild<MessageBar*>()->findChild<QPushButton*>();
    QTRY_VERIFY(cancel->isVisible());
    QCOMPARE(cancel->text(), QStringLiteral("Cancel"));
    QTest::mouseClick(cancel, Qt::LeftButton);
    held.reset();
    QTRY_VERIFY(says(QStringLiteral("was not imported: it was cancelled")));
    QVERIFY(store().runs().empty());
  }

  /// Waiting files are not done first; finished ones stay.
  void closingTheWindowGivesUp() {
    constexpr int kImports = 40;
    window_->findChild<Importer*>()->import(QStringList(kImports, kEvents));
    window_.reset();
    QVERIFY(store().runs().size() < 3 * kImports);
    QCOMPARE(store().runs().size() % 3, size_t{0});
  }

  /// The dialog takes the name of a folder that does not exist; the run gets one of its own in it.
  void anExportMakesItsFolder_data() {
    QTest::addColumn<bool>("exists");
    QTest::newRow("new") << false;
    QTest::newRow("there, with files of the person") << true;
  }
  void anExportMakesItsFolder() {
    QFETCH(const bool, exists);
    const RunId run = addRun(fakeSpec("a/b"));
    const std::filesystem::path chosen = folder_->path().toStdString() + "/chosen";
    if (exists) {
      std::filesystem::create_directory(chosen);
      writeFileAtomically(chosen / "series.csv", "mine");
    }
    answerDialog(QString::fromStdString(chosen.string()));
    window_->findChild<Importer*>()->askToExport(run, QStringLiteral("a/b"), ExportForm::Csv);
    QTRY_VERIFY(says(QStringLiteral("Exported to %1/chosen/a_b.").arg(folder_->path())));
    QVERIFY(std::filesystem::exists(chosen / "a_b/spec.toml"));
    if (exists) QCOMPARE(readFile(chosen / "series.csv", 100), std::string("mine"));
  }

  /// Told before a folder is chosen, in the menu bar and in the list's own menu.
  void theModelOfABertIsNotOffered() {
    for (const auto objective : {Objective::Autoregressive, Objective::Bert}) {
      RunSpec spec = fakeSpec(objective == Objective::Bert ? "bert" : "gpt");
      spec.model.objective = objective;
      const RunId run = addRun(spec);
      RunStore writer(workspace_.toStdString(), StoreMode::ReadWrite);
      writer.append(run, std::vector<TrainEvent>{StateChanged{RunState::Running, ""},
                                                 CheckpointSaved{.step = 2, .file = "checkpoints/2", .bytes = 9},
                                                 StateChanged{RunState::Finished, ""}});
    }
    auto* table = window_->findChild<RunTable*>();
    const auto entry = [](const QWidget& of) {
      for (QAction* action : of.findChildren<QAction*>())
        if (action->text() == QStringLiteral("As a Hugging Face folder…")) return action;
      return static_cast<QAction*>(nullptr);
    };
    QAction* inMenu = entry(*window_);
    for (const int64_t run : {1, 2, 1}) {
      table->select({{run}});
      const bool isBert = run == 2;
      QTRY_COMPARE(inMenu->isEnabled(), !isBert);
      QCOMPARE(inMenu->toolTip().contains(QStringLiteral("BERT")), isBert);
      bool offered = false, seen = false;
      QTimer::singleShot(0, [&] {
        auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
        QVERIFY(menu);
        for (QMenu* below : menu->findChildren<QMenu*>())
          if (QAction* action = entry(*below)) {
            seen = true;
            offered = action->isEnabled();
          }
        menu->close();
      });
      auto* view = table->findChild<QTreeView*>();
      QTRY_VERIFY(view->model()->rowCount() == 2);
      emit view->customContextMenuRequested(view->visualRect(view->model()->index(run == 2 ? 0 : 1, 0)).center());
      QVERIFY(seen);
      QCOMPARE(offered, !isBert);
    }
  }

  void jsonIsProposedUnderTheRunsName() {
    const RunId run = addRun(fakeSpec("a/b"));
    figureSettings().folder = folder_->path();  // where a file was saved last
    answerDialog({});
    window_->findChild<Importer*>()->askToExport(run, QStringLiteral("a/b"), ExportForm::Json);
    QTRY_VERIFY(says(QStringLiteral("Exported to %1/a_b.json.").arg(folder_->path())));
  }

 private:
  /// Types a path into the file dialog that is about to open, if there is one to type, and accepts.
  void answerDialog(const QString& path) {
    QTimer::singleShot(0, window_.get(), [path] {
      auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
      QVERIFY(dialog);
      auto* name = dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"));
      QVERIFY(name);
      if (!path.isEmpty()) name->setText(path);
      QTest::keyClick(name, Qt::Key_Return);
      if (dialog->isVisible()) dialog->reject();
    });
  }

  bool says(const QString& words) const {
    const auto labels = window_->findChild<MessageBar*>()->findChildren<QLabel*>();
    return std::any_of(labels.begin(), labels.end(),
                       [&](const QLabel* label) { return label->isVisible() && label->text().contains(words); });
  }

  const QString kEvents = QStringLiteral(SCANLINE_GOLDEN "/tensorboard");
};

QTEST_MAIN(ImporterTest)
#include "importer_test.moc"
