// Help, shortcuts, preferences and the question in SQL: what can be found in them, and that each of them opens once.
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QPlainTextEdit>
#include <QTest>
#include <QTextBrowser>
#include <QToolBar>
#include <QToolButton>
#include <QTreeWidget>

#include "app/cluster_dialog.h"
#include "app/help_window.h"
#include "app/main_window.h"
#include "app/preferences.h"
#include "app/shortcut_sheet.h"
#include "app/sql_dialog.h"
#include "core/store/process_identity.h"
#include "tests/app/open_window_test.h"
#include "tests/support/widget_pictures.h"
#include "widgets/lists/run_table.h"
#include "widgets/parts/message_bar.h"
#include "widgets/parts/status_strip.h"

using namespace scanline;

class WindowToolsTest : public QObject, OpenWindowTest {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }
  void init() {
    makeWorkspace();
    addRun(fakeSpec("first"));
    openWindow();
    QTRY_COMPARE(window_->findChild<RunTable*>()->selection(), std::vector<RunId>{{1}});
  }
  void cleanup() { window_.reset(); }

  /// A key that is written out is found, and where nothing is found a sentence says so.
  void theSheetFindsKeys() {
    choose(*window_, "Shortcuts");
    auto* sheet = window_->findChild<ShortcutSheet*>();
    QTRY_VERIFY(sheet && sheet->isVisible());
    auto* rows = sheet->findChild<QTreeWidget*>();
    auto* line = sheet->findChild<QLineEdit*>();
    // Nothing is cut off.
    const QAbstractItemView& view = *rows;
    QVERIFY(view.sizeHintForColumn(1) <= rows->viewport()->width() - rows->columnWidth(0));
    QTest::keyClicks(line, QStringLiteral("ctrl+6"));
    QVERIFY(rows->isVisible());
    QTest::keyClicks(line, QStringLiteral("palette"));
    QVERIFY(!rows->isVisible());
    takePictures(*sheet, QStringLiteral("shortcuts-none"));
    line->clear();
    QVERIFY(rows->isVisible());
  }

  /// Only pages with all the words stay; Enter goes from place to place, and on to the next page.
  void theHelpFindsWords() {
    press(Qt::Key_F1);
    auto* help = window_->findChild<HelpWindow*>();
    QTRY_VERIFY(help && help->isVisible());
    auto* pages = help->findChild<QListWidget*>();
    auto* text = help->findChild<QTextBrowser*>();
    auto* line = help->findChild<QLineEdit*>();
    const auto shown = [&] {
      int rows = 0;
      for (int row = 0; row < pages->count(); ++row) rows += !pages->item(row)->isHidden();
      return rows;
    };
    const int all = shown();
    QTRY_VERIFY(help->isActiveWindow());
    QTest::keyClick(pages, Qt::Key_F, Qt::ControlModifier);
    QTRY_VERIFY(line->hasFocus());
    QTest::keyClicks(line, QStringLiteral("enable-linger"));  // of the queue's page
    QCOMPARE(shown(), 1);
    QCOMPARE(pages->currentItem()->text(), QStringLiteral("Queue"));
    QCOMPARE(text->textCursor().selectedText(), QStringLiteral("enable-linger"));
    QVERIFY(!text->extraSelections().isEmpty());
    takePictures(*help, QStringLiteral("help"));
    line->clear();
    QTest::keyClicks(line, QStringLiteral("TensorBoard smoothing"));
    const int fitting = shown();
    QVERIFY(fitting > 0 && fitting < all);
    const QString first = pages->currentItem()->text();
    const int place = text->textCursor().position();
    QTest::keyClick(line, Qt::Key_Return);
    QVERIFY(text->textCursor().position() > place || pages->currentItem()->text() != first);
    line->clear();
    QCOMPARE(shown(), all);
    QTest::keyClicks(line, QStringLiteral("xylophone"));
    QCOMPARE(shown(), 0);
    takePictures(*help, QStringLiteral("help-none"));
    QTest::keyClick(line, Qt::Key_Escape);
    QVERIFY(!help->isVisible());
  }

  /// Asked for twice, a tool comes forward; it does not come twice. Closed, the question keeps its words.
  void aToolOpensOnce() {
    for (int i = 0; i < 2; ++i) {
      press(Qt::Key_Comma, Qt::ControlModifier);
      QTRY_COMPARE(window_->findChildren<Preferences*>().size(), 1);
      choose(*window_, "Ask in SQL…");
      QTRY_COMPARE(window_->findChildren<SqlDialog*>().size(), 1);
    }
    auto* sql = window_->findChild<SqlDialog*>();
    auto* question = sql->findChild<QPlainTextEdit*>();
    question->selectAll();
    QTest::keyClicks(question, QStringLiteral("SELECT 1"));
    QTest::keyClick(question, Qt::Key_Escape);
    QTRY_VERIFY(!sql->isVisible());
    choose(*window_, "Ask in SQL…");
    QTRY_VERIFY(window_->findChild<SqlDialog*>()->isVisible());
    QCOMPARE(window_->findChild<SqlDialog*>()->findChild<QPlainTextEdit*>()->toPlainText(), QStringLiteral("SELECT 1"));
  }

  /// Files of every kind are proposed beside the last one, with the ending of the chosen kind.
  void filesAreSavedBesideTheLastOne() {
    const auto dialog = [this] { return window_->findChild<QFileDialog*>(); };
    const auto save = [&](const QString& name) {
      QTRY_VERIFY(dialog() && dialog()->isVisible());
      auto* line = dialog()->findChild<QLineEdit*>("fileNameEdit");
      line->setText(name);
      QTest::keyClick(line, Qt::Key_Return);
      QTRY_VERIFY(!dialog());
    };
    const QString folder = folder_->path() + "/figures";
    QVERIFY(QDir().mkpath(folder));
    choose(*window_, "Export the page…");
    save(folder + "/page");
    QTRY_VERIFY(QFileInfo(folder + "/page.pdf").size() > 1000);
    choose(*window_, "Export a report…");
    QTRY_VERIFY(dialog() && dialog()->isVisible());
    QCOMPARE(dialog()->directory(), QDir(folder));
    QCOMPARE(dialog()->selectedFiles(), QStringList{folder + "/first.html"});
    save(QStringLiteral("report"));
    QTRY_VERIFY(QFileInfo::exists(folder + "/report.html"));
    choose(*window_, "Export the page…");
    QTRY_VERIFY(dialog() && dialog()->isVisible());
    dialog()->selectNameFilter(QStringLiteral("PNG (*.png)"));
    emit dialog()->filterSelected(QStringLiteral("PNG (*.png)"));
    save(QStringLiteral("picture"));
    QTRY_VERIFY(QFileInfo(folder + "/picture.png").size() > 1000);
  }

  /// Its row alone would be missed by one who looks at another run.
  void aRunThatFailsIsToldInTheWindow() {
    RunStore store(workspace_.toStdString(), StoreMode::ReadWrite);
    const RunId run = store.create(toToml(fakeSpec("second")));
    store.own(run);
    const auto tell = [&](const TrainEvent& event) { store.append(run, std::span(&event, 1)); };
    tell(StateChanged{RunState::Running, ""});
    QTRY_VERIFY(window_->windowTitle().contains("second"));
    tell(StateChanged{RunState::Failed, "After step 3: The disk is full."});
    auto* bar = window_->findChild<MessageBar*>();
    QTRY_COMPARE(bar->accessibleDescription(), QStringLiteral("“second” failed. After step 3: The disk is full."));
  }

  /// Nobody knows how many steps it takes, and it takes no commands.
  void aRunOfAnotherProgramHasNoShareAndNoButtons() {
    const ProcessIdentity here = thisProcess();
    const QString inbox = workspace_ + "/inbox";
    QVERIFY(QDir().mkpath(inbox));
    QFile log(inbox + "/x.jsonl");
    QVERIFY(log.open(QIODevice::WriteOnly));
    log.write(
        QStringLiteral("{\"scanline_log\": 1, \"name\": \"outside\", \"pid\": %1, \"start\": %2, \"boot\": \"%3\"}\n")
            .arg(here.pid)
            .arg(here.startTicks)
            .arg(QString::fromStdString(here.bootId))
            .toUtf8());
    log.write("{\"step\": 7, \"values\": {\"loss\": 2.5}}\n");
    log.flush();
    QTRY_VERIFY_WITH_TIMEOUT(window_->windowTitle().startsWith("outside"), 30000);
    QVERIFY2(!window_->windowTitle().contains('%'), qPrintable(window_->windowTitle()));
    auto* bar = window_->findChild<QToolBar*>();
    auto* strip = window_->findChild<StatusStrip*>();
    QTRY_VERIFY2(strip->toolTip().contains("step 7\n"), qPrintable(strip->toolTip()));
    for (const QAction* action : bar->actions())
      if (action->text() == QStringLiteral("Pause") || action->text() == QStringLiteral("Stop")) {
        QVERIFY(!action->isEnabled());
        QVERIFY2(action->toolTip().contains("Another program"), qPrintable(action->toolTip()));
      }
  }

  /// The button that clears the box of the list looks as in a box that was made in the new theme.
  void theClearButtonFollowsTheTheme() {
    const auto button = [](QLineEdit& line) {
      line.setText(QStringLiteral("x"));
      for (auto* each : line.findChildren<QToolButton*>())
        if (each->isVisible() && each->objectName() != QStringLiteral("search"))
          if (QImage icon = each->icon().pixmap(16).toImage(); each->x() > line.width() / 2) return icon;
      return QImage();
    };
    QLineEdit& line = *window_->findChild<RunTable*>()->findChild<QLineEdit*>();
    const QImage light = button(line);
    QVERIFY(!light.isNull());
    applyTheme(*qApp, ThemeChoice::Dark);
    QTRY_VERIFY(button(line) != light);
    QLineEdit made(window_.get());
    made.resize(200, 24);
    made.setClearButtonEnabled(true);
    made.show();
    QTRY_COMPARE(button(line), button(made));
    applyTheme(*qApp, ThemeChoice::Light);
    QTRY_COMPARE(button(line), light);
  }

  /// What was typed is not lost for one word that cannot be.
  void aClusterThatCannotBeStaysInItsDialog() {
    ClusterDialog dialog({}, window_.get());
    dialog.show();
    auto* folder = dialog.findChild<QLineEdit*>("clusterFolder");
    auto* problem = dialog.findChild<QLabel*>("clusterProblem");
    folder->setFocus();
    QTest::keyClicks(folder, QStringLiteral("shared/scanline"));
    QTest::keyClick(folder, Qt::Key_Return);
    QVERIFY(dialog.isVisible());
    QVERIFY2(problem->isVisible() && problem->text().contains("absolute path"), qPrintable(problem->text()));
    takePictures(dialog, QStringLiteral("cluster"));
    folder->clear();
    QTest::keyClicks(folder, QStringLiteral("~/scanline"));
    QTest::keyClick(folder, Qt::Key_Return);
    QVERIFY(!dialog.isVisible());
    QCOMPARE(QString::fromStdString(dialog.settings().folder), QDir::homePath() + "/scanline");
  }

  /// A run without pictures has no film, and that is said before a place for it is asked for.
  void aFilmOfNothingAsksForNoPlace() {
    choose(*window_, "Export a film of the pictures…");
    auto* bar = window_->findChild<MessageBar*>();
    QTRY_VERIFY2(bar->accessibleDescription().contains("has no whole images"),
                 qPrintable(bar->accessibleDescription()));
    QVERIFY(!window_->findChild<QFileDialog*>());
  }

  /// The menu and the preferences show one theme, whichever of them it was chosen in.
  void theThemeIsOneChoice() {
    const auto checked = [this] {
      openMenu("Theme");
      for (const auto* action : window_->findChildren<QAction*>())
        if (action->isCheckable() && action->isChecked() && action->data().isValid()) return action->text();
      return QString();
    };
    press(Qt::Key_Comma, Qt::ControlModifier);
    Preferences* preferences = nullptr;
    QTRY_VERIFY((preferences = window_->findChild<Preferences*>()) && preferences->isVisible());
    auto* theme = preferences->findChild<QComboBox*>();
    QTest::keyClick(theme, Qt::Key_End);  // dark
    QCOMPARE(settings_->theme(), ThemeChoice::Dark);
    QCOMPARE(checked(), QStringLiteral("Dark"));
    for (const char* chosen : {"Light", "As the desktop", "Dark", "Light"}) {  // each of them beside the open dialog
      choose(*window_, chosen);
      QCOMPARE(checked(), QString(chosen));
      QCOMPARE(theme->currentText(), QString(chosen));
    }
    QCOMPARE(settings_->theme(), ThemeChoice::Light);
  }

 private:
  void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
    window_->activateWindow();
    QTRY_VERIFY(window_->isActiveWindow());
    QTest::keyClick(window_.get(), key, modifiers);
  }
  void openMenu(const QString& title) const {
    for (auto* each : window_->findChildren<QMenu*>())
      if (each->title() == title) emit each->aboutToShow();
  }
};

QTEST_MAIN(WindowToolsTest)
#include "window_tools_test.moc"
