#include "widgets/parts/message_bar.h"

#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

#include "tests/widgets/lists/pictures.h"
#include "widgets/parts/message_frame.h"

using namespace scanline;

class MessageBarTest : public QObject {
  Q_OBJECT
 private:
  struct Window {
    QWidget window;
    QPushButton* elsewhere = new QPushButton(&window);
    MessageBar* bar = new MessageBar(&window);
    QPushButton* action = bar->findChild<QPushButton*>();
    Window() {
      window.resize(640, 80);
      bar->setGeometry(0, 40, 640, 40);
      window.show();
      window.activateWindow();
      if (!QTest::qWaitForWindowActive(&window)) qFatal("no active window");
    }
    bool says(const QString& text) const {
      const auto labels = bar->findChildren<QLabel*>();
      return bar->isVisible() && std::any_of(labels.begin(), labels.end(), [&](QLabel* label) {
               return label->isVisible() && label->text() == text;
             });
    }
  };

 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }

  void newestFirstAndNoneIsLost() {
    Window window;
    QVERIFY(!window.bar->isVisible());
    window.bar->show({Message::Level::Error, "first", {}, {}});
    window.bar->show({Message::Level::Error, "second", {}, {}});
    QVERIFY(window.says("second"));
    QVERIFY(window.says("1 more"));
    QTest::mouseClick(window.bar->findChild<QToolButton*>(), Qt::LeftButton);
    QVERIFY(window.says("first"));
    QTest::mouseClick(window.bar->findChild<QToolButton*>(), Qt::LeftButton);
    QVERIFY(!window.bar->isVisible());
  }

  void actionIsCalledOnceAndMaySaySomethingNew() {
    Window window;
    int undone = 0;
    window.bar->show({Message::Level::Info, "2 runs moved to trash.", "Undo", [&] {
                        ++undone;
                        window.bar->show({Message::Level::Info, "Restored.", {}, {}});
                      }});
    QVERIFY(window.action->isVisible());
    QCOMPARE(window.action->text(), QStringLiteral("Undo"));
    QTest::mouseClick(window.action, Qt::LeftButton);
    QCOMPARE(undone, 1);
    QVERIFY(window.says("Restored."));
    QVERIFY(!window.action->isVisible());
  }

  void keyboardReachesIt() {
    Window window;
    bool acted = false;
    window.bar->show({Message::Level::Warning, "\"overnight\" was interrupted.", "Resume", [&] { acted = true; }});
    window.elsewhere->setFocus();
    QTest::keyClick(window.elsewhere, Qt::Key_Tab);
    QCOMPARE(QApplication::focusWidget(), window.action);
    QTest::keyClick(window.action, Qt::Key_Space);
    QVERIFY(acted);
    window.bar->show({Message::Level::Warning, "again", "Resume", {}});
    window.action->setFocus();
    QTest::keyClick(window.action, Qt::Key_Escape);
    QVERIFY(!window.bar->isVisible());
  }

  void onlyQuietMessagesGoByThemselves() {
    Window window;
    window.bar->setPatience(1);
    QSignalSpy closed(window.bar, &MessageBar::closed);
    window.bar->show({Message::Level::Error, "stays", {}, {}});
    const int id = window.bar->show({Message::Level::Success, "goes", {}, {}});
    QTRY_COMPARE(closed.count(), 1);
    QCOMPARE(closed[0][0].toInt(), id);
    QTest::qWait(20);
    QVERIFY(window.says("stays"));
  }

  void whatGoesOnStaysAndChangesInPlace() {
    Window window;
    window.bar->setPatience(1);
    int cancelled = 0;
    const int id = window.bar->show({Message::Level::Info, "Importing… 1 s", "Cancel", [&] { ++cancelled; }, -1});
    QTest::mousePress(window.action, Qt::LeftButton);
    window.bar->setProgress(id, "Importing… 2 s", 0.5);  // between press and release
    QTest::qWait(20);
    QVERIFY(window.says("Importing… 2 s"));
    QCOMPARE(window.bar->count(), 1);
    QTest::mouseRelease(window.action, Qt::LeftButton);
    QCOMPARE(cancelled, 1);
    window.bar->setProgress(id, "Importing… 3 s", 0.6);
    QVERIFY(!window.bar->isVisible());
  }

  /// A message seen on one page says nothing about the next; one that was never on show is kept.
  void errorsThatWereReadGoWithTheirPage() {
    Window window;
    window.bar->setPatience(30);
    window.bar->show({Message::Level::Error, "not seen yet", {}, {}});
    window.bar->show({Message::Level::Warning, "asks something", "Resume", {}});
    window.bar->show({Message::Level::Error, "read", {}, {}});
    window.bar->leavePage();  // within a blink
    QCOMPARE(window.bar->count(), 3);
    QTest::qWait(60);
    window.bar->leavePage();
    QVERIFY(window.says("asks something"));
    QCOMPARE(window.bar->count(), 2);
    QTest::mouseClick(window.bar->findChild<QToolButton*>(), Qt::LeftButton);
    QVERIFY(window.says("not seen yet"));
  }

  void quietMessagesDoNotPileUp() {
    Window window;
    window.bar->show({Message::Level::Info, "first", {}, {}});
    window.bar->show({Message::Level::Info, "offers something", "Undo", {}});
    window.bar->show({Message::Level::Success, "second", {}, {}});
    window.bar->show({Message::Level::Info, "third", {}, {}});
    QVERIFY(window.says("third"));
    QCOMPARE(window.bar->count(), 2);
  }

  void aMessageEndsWithItsRun() {
    Window window;
    QSignalSpy closed(window.bar, &MessageBar::closed);
    const int id = window.bar->show({Message::Level::Info, "“a” is in the queue.", "Undo", {}});
    window.bar->setAbout(id, {7});
    window.bar->forget({8});
    QVERIFY(window.bar->isVisible());
    window.bar->forget({7});
    QVERIFY(!window.bar->isVisible());
    QCOMPARE(closed.count(), 1);
  }

  void theSameTwiceIsShownOnce() {
    Window window;
    window.bar->show({Message::Level::Error, "The disk is full.", {}, {}});
    window.bar->show({Message::Level::Error, "The disk is full.", {}, {}});
    QCOMPARE(window.bar->count(), 1);
  }

  /// A button that one is about to click stays where it is, and no message is cut off.
  void noMessageMovesThePage() {
    auto* page = new QWidget;
    auto* bar = new MessageBar;
    MessageFrame frame(page, bar, nullptr);
    frame.resize(500, 300);
    frame.show();
    QVERIFY(QTest::qWaitForWindowExposed(&frame));
    const QRect before = page->geometry();
    QVERIFY(before.height() < 300);
    bar->show({Message::Level::Info, "Short.", "Undo", {}});
    QTRY_VERIFY(bar->isVisible());
    QCOMPARE(page->geometry(), before);
    QVERIFY(!bar->geometry().intersects(before));
    bar->show({Message::Level::Error, QString("A sentence of many words. ").repeated(12), {}, {}});
    QTRY_VERIFY(bar->geometry().intersects(before));
    QCOMPARE(page->geometry(), before);
    QCOMPARE(bar->geometry().bottom(), frame.rect().bottom());
    for (const QLabel* label : bar->findChildren<QLabel*>())
      if (label->wordWrap()) QVERIFY(label->height() >= label->heightForWidth(label->width()));
    bar->dismiss(2);
    frame.resize(400, 280);
    QCOMPARE(page->height(), before.height() - 20);
  }

  void pictures() {
    Window window;
    window.elsewhere->hide();
    window.window.resize(760, 40);
    window.bar->setGeometry(0, 0, 760, 40);
    window.bar->show({Message::Level::Info, "Run “quick start” resumed from step 400.", {}, {}});
    takePictures(window.window, QStringLiteral("message-info"));
    window.bar->show({Message::Level::Info, "Importing “tensorboard”… 0:12", "Cancel", {}, 0.43});
    takePictures(window.window, QStringLiteral("message-progress"));
    window.bar->show(
        {Message::Level::Error,
         "The disk is full: 12 MB are free, a checkpoint needs 24 MB. Free some space, then resume “overnight”.",
         "Resume",
         {}});
    takePictures(window.window, QStringLiteral("message-error"));
    window.bar->show({Message::Level::Warning, "“overnight” and 2 other runs were interrupted.", "Resume", {}});
    takePictures(window.window, QStringLiteral("message-warning"));
  }
};

QTEST_MAIN(MessageBarTest)
#include "message_bar_test.moc"
