// The palette, the tour, the headers of docks and the style: by keys and clicks.
#include <QApplication>
#include <QDialogButtonBox>
#include <QDockWidget>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMainWindow>
#include <QMessageBox>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <QTreeWidget>

#include "tests/support/widget_pictures.h"
#include "widgets/parts/command_palette.h"
#include "widgets/parts/dock_title.h"
#include "widgets/parts/fuzzy_match.h"
#include "widgets/parts/status_strip.h"
#include "widgets/parts/tour.h"

using namespace scanline;

class WindowPartsTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }

  void lettersInOrderFitAndBeginningsOfWordsComeFirst() {
    QVERIFY(!fuzzyMatch("px", "Pause"));
    QVERIFY(!fuzzyMatch("esuap", "Pause"));
    QVERIFY(fuzzyMatch("", "Pause").has_value());
    QVERIFY(fuzzyMatch("lr", "Search learning rates") > fuzzyMatch("lr", "Full screen, all runs"));
    QVERIFY(fuzzyMatch("compare", "Compare") > fuzzyMatch("compare", "Compare the pictures"));
    QVERIFY(fuzzyMatch("rates search", "Search learning rates").has_value());
    QVERIFY(fuzzyMatch("DE", "Duplicate and edit").has_value());
  }

  void anActIsTwoLettersAndEnter() {
    QMainWindow window;
    show(window);
    CommandPalette palette(&window);
    QStringList done;
    palette.open(acts(done));
    auto* line = palette.findChild<QLineEdit*>();
    auto* list = palette.findChild<QListView*>();
    QVERIFY(QTest::qWaitForWindowActive(&palette));
    QCOMPARE(list->model()->rowCount(), 4);
    QTest::keyClicks(line, QStringLiteral("cp"));
    QCOMPARE(list->currentIndex().data().toString(), QStringLiteral("Complete pictures"));
    QTest::keyClick(line, Qt::Key_Return);
    QCOMPARE(done, QStringList{"Complete pictures"});
    QVERIFY(!palette.isVisible());
    palette.open(acts(done));
    QVERIFY(line->text().isEmpty());
    QTest::keyClick(line, Qt::Key_Down);
    QTest::keyClick(line, Qt::Key_Return);
    QCOMPARE(done.last(), QStringLiteral("Compare"));
    palette.open(acts(done));
    QTest::keyClick(line, Qt::Key_Escape);
    QVERIFY(!palette.isVisible());
  }

  /// It says why it is not possible, and does nothing.
  void whatIsNotPossibleSaysWhy() {
    QMainWindow window;
    show(window);
    CommandPalette palette(&window);
    QStringList done;
    palette.open(acts(done));
    auto* line = palette.findChild<QLineEdit*>();
    auto* list = palette.findChild<QListView*>();
    QTest::keyClicks(line, QStringLiteral("stop"));
    QCOMPARE(list->currentIndex().data().toString(), QStringLiteral("Stop"));
    QVERIFY(list->currentIndex().data(Qt::AccessibleTextRole).toString().contains("Nothing trains"));
    QTest::keyClick(line, Qt::Key_Return);
    QVERIFY(done.isEmpty() && palette.isVisible());
  }

  void runsOfAnOlderQuestionAreIgnored() {
    QMainWindow window;
    show(window);
    CommandPalette palette(&window);
    QStringList done;
    QSignalSpy searched(&palette, &CommandPalette::searched);
    palette.open(acts(done));
    auto* line = palette.findChild<QLineEdit*>();
    auto* list = palette.findChild<QListView*>();
    QTest::keyClicks(line, QStringLiteral("qu"));
    QCOMPARE(searched.count(), 2);
    palette.setRuns(QStringLiteral("q"), {{"quiet", "run", [] {}}});
    QCOMPARE(list->model()->rowCount(), 0);
    palette.setRuns(QStringLiteral("qu"), {{"quick start", "run", [&done] { done << "quick start"; }}});
    QTest::keyClick(line, Qt::Key_Return);
    QCOMPARE(done, QStringList{"quick start"});
  }

  /// The words of cells begin or end where those of the titles do, and the arrow of sorting covers no title.
  void wordsStandBelowTheirTitles_data() {
    QTest::addColumn<Qt::Alignment>("side");
    QTest::newRow("left") << Qt::Alignment(Qt::AlignLeft);
    QTest::newRow("right") << Qt::Alignment(Qt::AlignRight);
  }
  void wordsStandBelowTheirTitles() {
    QFETCH(Qt::Alignment, side);
    QTreeWidget tree;
    tree.setRootIsDecorated(false);
    tree.setHeaderLabels({QStringLiteral("HHH"), {}});
    tree.header()->setStretchLastSection(true);
    tree.headerItem()->setTextAlignment(0, side | Qt::AlignVCenter);
    auto* item = new QTreeWidgetItem(&tree, {QStringLiteral("HHH")});
    item->setTextAlignment(0, side | Qt::AlignVCenter);
    tree.setColumnWidth(0, 160);
    tree.resize(300, 120);
    tree.show();
    QVERIFY(QTest::qWaitForWindowExposed(&tree));
    // The columns of pixels, of the first 150, in which something is written.
    const auto written = [](const QImage& image) {
      std::pair<int, int> ends{-1, -1};
      for (int x = 2; x < 156; ++x)
        for (int y = 4; y < image.height() - 3; ++y)
          if (qAbs(qGray(image.pixel(x, y)) - qGray(image.pixel(156, y))) > 60) {
            if (ends.first < 0) ends.first = x;
            ends.second = x;
            break;
          }
      return ends;
    };
    const QImage row = tree.viewport()->grab(tree.visualItemRect(item)).toImage();
    const QImage head = tree.header()->grab().toImage();
    const auto title = written(head);
    QVERIFY(title.first > 0);
    QCOMPARE(written(row), title);
    tree.header()->setSortIndicator(0, Qt::AscendingOrder);
    tree.header()->setSortIndicatorShown(true);
    const QImage sorted = tree.header()->grab().toImage();
    QVERIFY(sorted != head);
    const QRect words(title.first, 0, title.second - title.first + 1, head.height());
    QCOMPARE(sorted.copy(words), head.copy(words));
  }

  void theTourGoesThroughVisiblePartsAndEnds() {
    QMainWindow window;
    auto* left = new QLabel(QStringLiteral("left"), &window);
    left->setGeometry(0, 0, 200, 400);
    auto* hidden = new QLabel(&window);
    hidden->hide();
    auto* right = new QLabel(QStringLiteral("right"), &window);
    right->setGeometry(600, 0, 200, 400);
    show(window);
    Tour tour(&window);
    QSignalSpy ended(&tour, &Tour::ended);
    tour.start({{left, "Left", "The left part."}, {hidden, "Hidden", "Never."}, {right, "Right", "The right part."}});
    QCOMPARE(tour.accessibleName(), QStringLiteral("Left"));
    QVERIFY(window.rect().contains(tour.geometry()));
    takePictures(window, QStringLiteral("tour"));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
    QCOMPARE(tour.accessibleName(), QStringLiteral("Right"));
    QVERIFY(window.rect().contains(tour.geometry()));
    QTest::keyClick(&tour, Qt::Key_Escape);
    QVERIFY(!tour.isVisible());
    QCOMPARE(ended.count(), 1);
  }

  void aDockHasOneHeaderWithAButtonThatClosesIt() {
    QMainWindow window;
    auto* dock = new QDockWidget(QStringLiteral("Queue"), &window);
    dock->setWidget(new QLineEdit(dock));
    auto* elsewhere = new QLineEdit(&window);
    window.setCentralWidget(elsewhere);
    window.addDockWidget(Qt::LeftDockWidgetArea, dock);
    auto* title = new DockTitle(dock);
    show(window);
    QCOMPARE(dock->titleBarWidget(), title);
    elsewhere->setFocus();
    const QImage before = title->grab().toImage();
    dock->widget()->setFocus();
    QVERIFY(title->grab().toImage() != before);  // the keyboard is in it
    auto* close = title->findChild<QToolButton*>();
    QCOMPARE(close->accessibleName(), QStringLiteral("Close Queue"));
    QTest::mouseClick(close, Qt::LeftButton);
    QVERIFY(!dock->isVisible());
  }

  /// Pictures of a message box and its buttons are those of the program.
  void standardButtonsHaveNoFusionIcons() {
    QMessageBox box(QMessageBox::Question, "Leave", "Runs are going on.", QMessageBox::Cancel);
    box.show();
    QVERIFY(box.button(QMessageBox::Cancel)->icon().isNull());
    QDialogButtonBox buttons(QDialogButtonBox::Close | QDialogButtonBox::Save);
    for (const auto* button : buttons.buttons()) QVERIFY(button->icon().isNull());
    const QColor accent = Theme(qApp->palette()).accent;
    const QImage icon = qApp->style()->standardIcon(QStyle::SP_MessageBoxQuestion).pixmap(32, 32).toImage();
    bool ours = false;
    for (int y = 0; y < icon.height(); ++y)
      for (int x = 0; x < icon.width(); ++x)
        ours = ours || (icon.pixelColor(x, y).alpha() == 255 && icon.pixelColor(x, y).rgb() == accent.rgb());
    QVERIFY(ours);
    takePictures(box, QStringLiteral("message-box"));
  }

  /// "9:42 left · ends 17:08": which of the two is a time of day can be read.
  void theStripSaysWhatItsTimesAre() {
    StatusStrip strip;
    StatusValues values;
    values.run = RunSummary{.id = {1}, .name = "quick start", .state = RunState::Running, .step = 100, .steps = 800};
    values.run->secondsPerStep = 0.5;
    strip.set(values);
    strip.resize(600, 32);
    QVERIFY(strip.run().has_value());
    QVERIFY2(strip.timeText().contains("5:50 left · ends "), qPrintable(strip.timeText()));
    takePictures(strip, QStringLiteral("strip"));
  }

  /// No speed of a run that is over or paused, and no share of one that nobody knows the length of.
  void theStripSaysOnlyWhatItKnows() {
    StatusStrip strip;
    StatusValues values{.device = "CPU", .imagesPerSecond = 612};
    values.run =
        RunSummary{.id = {1}, .name = "logged", .state = RunState::Running, .kind = RunKind::Curves, .step = 7};
    strip.set(values);
    QVERIFY2(strip.accessibleDescription().contains("612 img/s"), qPrintable(strip.accessibleDescription()));
    QCOMPARE(strip.timeText(), QStringLiteral("step 7"));
    values.run->state = RunState::Paused;
    strip.set(values);
    QVERIFY(!strip.accessibleDescription().contains("img/s"));
    values.run.reset();
    strip.set(values);
    QCOMPARE(strip.accessibleDescription(), QStringLiteral("CPU"));
  }

 private:
  static void show(QWidget& window) {
    window.resize(800, 500);
    window.show();
    QVERIFY(QTest::qWaitForWindowActive(&window));
  }
  static std::vector<PaletteEntry> acts(QStringList& done) {
    std::vector<PaletteEntry> entries;
    for (const char* name : {"Pause", "Compare", "Complete pictures"})
      entries.push_back({name, "Run", [&done, name] { done << name; }});
    entries.push_back({"Stop", "Run", [&done] { done << "Stop"; }, "Nothing trains"});
    return entries;
  }
};

QTEST_MAIN(WindowPartsTest)
#include "window_parts_test.moc"
