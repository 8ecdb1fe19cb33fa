// The space that runs take, and how a rule gives it back, in the whole window.
#include "app/disk_dialog.h"

#include <QHeaderView>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QSpinBox>
#include <QTest>
#include <QTreeWidget>
#include <filesystem>
#include <fstream>

#include "app/main_window.h"
#include "core/run/run_folder.h"
#include "tests/app/open_window_test.h"
#include "widgets/parts/theme.h"

using namespace scanline;
namespace fs = std::filesystem;

class DiskDialogTest : public QObject, OpenWindowTest {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }
  void init() { makeWorkspace(); }
  void cleanup() { window_.reset(); }

  void sizesAreOfTheFiles() {
    addRunWithCheckpoints("small", 1'000'000);
    addRunWithCheckpoints("large", 5'000'000);
    open();
    QTRY_COMPARE(runs().topLevelItemCount(), 2);
    QCOMPARE(runs().topLevelItem(0)->text(0), QStringLiteral("large"));  // the largest first
    QCOMPARE(runs().topLevelItem(0)->text(1), QStringLiteral("15 MB"));
    QCOMPARE(runs().topLevelItem(1)->text(1), QStringLiteral("3.0 MB"));
    // By name, with a click on the head.
    QTest::mouseClick(runs().header()->viewport(), Qt::LeftButton, {}, QPoint(20, runs().header()->height() / 2));
    QCOMPARE(runs().topLevelItem(0)->text(0), QStringLiteral("large"));
    QTest::mouseClick(runs().header()->viewport(), Qt::LeftButton, {}, QPoint(20, runs().header()->height() / 2));
    QCOMPARE(runs().topLevelItem(0)->text(0), QStringLiteral("small"));
    if (qEnvironmentVariableIsSet("SCANLINE_PICTURES"))
      dialog().grab().save(qEnvironmentVariable("SCANLINE_PICTURES") + "/disk.png");
  }

  /// Step 10 is the best, 30 the newest: one of three goes, and with the rule "no best one" two.
  void theRuleIsShownAskedAboutAndDone() {
    const RunId run = addRunWithCheckpoints("a", 1'000'000);
    open();
    QTRY_VERIFY(planned().contains("1 checkpoint of 1 run"));
    auto* best = dialog().findChild<QSpinBox*>();
    best->setFocus();
    best->selectAll();
    QTest::keyClicks(best, QStringLiteral("0"));
    QTest::keyClick(best, Qt::Key_Return);
    QTRY_VERIFY(planned().contains("2 checkpoints of 1 run"));
    QTest::keyClick(best, Qt::Key_Up);
    QTRY_VERIFY(planned().contains("1 checkpoint of 1 run"));

    QTest::mouseClick(prune(), Qt::LeftButton);
    answer(QStringLiteral("Cancel"));
    QCOMPARE(store().checkpoints(run).size(), size_t{3});
    QTest::mouseClick(prune(), Qt::LeftButton);
    answer(QStringLiteral("Remove"));
    QTRY_COMPARE(store().checkpoints(run).size(), size_t{2});
    QTRY_VERIFY(planned().contains("Nothing would go"));
    QVERIFY(!prune()->isEnabled());
    QVERIFY(!fs::exists(store().folder(run) / checkpointFile(20)));
    QVERIFY(fs::exists(store().folder(run) / checkpointFile(10)));
  }

 private:
  RunId addRunWithCheckpoints(const std::string& name, int64_t bytes) {
    RunStore writer(workspace_.toStdString(), StoreMode::ReadWrite);
    const RunId run = writer.create(toToml(fakeSpec(name)));
    makeCheckpointFolder(writer.folder(run));
    double loss = 1;
    for (const int64_t step : {10, 20, 30}) {
      std::ofstream(writer.folder(run) / checkpointFile(step)) << std::string(static_cast<size_t>(bytes), 'x');
      const TrainEvent event = CheckpointSaved{step, checkpointFile(step), bytes, loss++, "kept"};
      writer.append(run, std::span(&event, 1));
    }
    const TrainEvent end = StateChanged{RunState::Finished};
    writer.append(run, std::span(&end, 1));
    return run;
  }
  void open() {
    makeWindow();
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
    choose(*window_, QStringLiteral("Disk space…"));
    QTRY_VERIFY(window_->findChild<DiskDialog*>() != nullptr);
    QVERIFY(QTest::qWaitForWindowExposed(&dialog()));
  }
  DiskDialog& dialog() const { return *window_->findChild<DiskDialog*>(); }
  QTreeWidget& runs() const { return *dialog().findChild<QTreeWidget*>(); }
  QString planned() const { return dialog().findChild<QLabel*>(QStringLiteral("pruned"))->text(); }
  QPushButton* prune() const { return dialog().findChild<QPushButton*>(QStringLiteral("prune")); }
  void answer(const QString& button) {
    QTRY_VERIFY(dialog().findChild<QMessageBox*>() != nullptr);
    auto* question = dialog().findChild<QMessageBox*>();
    QVERIFY(QTest::qWaitForWindowExposed(question));
    for (QAbstractButton* each : question->buttons())
      if (each->text().remove('&') == button) QTest::mouseClick(each, Qt::LeftButton);
    QTRY_VERIFY(dialog().findChild<QMessageBox*>() == nullptr);
  }
};

QTEST_MAIN(DiskDialogTest)
#include "disk_dialog_test.moc"
