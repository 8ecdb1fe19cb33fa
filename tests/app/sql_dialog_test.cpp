// Questions in SQL in the whole window, by keys and clicks.
#include "app/sql_dialog.h"

#include <QClipboard>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTableWidget>
#include <QTest>
#include <QTreeWidget>

#include "core/base/error.h"
#include "tests/app/open_window_test.h"
#include "widgets/parts/theme.h"

using namespace scanline;

class SqlDialogTest : public QObject, OpenWindowTest {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }
  void init() {
    makeWorkspace();
    addRun(fakeSpec("first"));
    addRun(fakeSpec("second, with a comma"));
    openWindow();
    choose(*window_, "Ask in SQL…");
    QTRY_VERIFY(window_->findChild<SqlDialog*>() && dialog().isVisible());
    QTRY_VERIFY(views().topLevelItemCount() > 0);
  }
  void cleanup() { window_.reset(); }

  void theAnswerIsThatOfTheStoreAndCanBeCopied() {
    type(QStringLiteral("SELECT id, name FROM v_run ORDER BY id"));
    QTest::keyClick(&question(), Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(answer().rowCount(), 2);
    QCOMPARE(answer().columnCount(), 2);
    QCOMPARE(answer().horizontalHeaderItem(1)->text(), QStringLiteral("name"));
    QCOMPARE(answer().item(1, 1)->text(), QStringLiteral("second, with a comma"));
    QCOMPARE(said(), QStringLiteral("2 rows."));
    QTest::mouseClick(button("Copy as CSV"), Qt::LeftButton);
    QCOMPARE(QApplication::clipboard()->text(), QStringLiteral("id,name\n1,first\n2,\"second, with a comma\"\n"));
    answer().setFocus();
    answer().selectRow(1);
    QTest::keyClick(&answer(), Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QApplication::clipboard()->text(), QStringLiteral("id\tname\n2\tsecond, with a comma\n"));
    if (qEnvironmentVariableIsSet("SCANLINE_PICTURES"))
      dialog().grab().save(qEnvironmentVariable("SCANLINE_PICTURES") + "/sql.png");
  }

  /// Nothing is told from a text; numbers stand below their titles, at the right.
  void nothingIsNoText() {
    type(QStringLiteral("SELECT 'NULL' AS word, NULL AS none, 1.5 AS number"));
    QTest::keyClick(&question(), Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(answer().rowCount(), 1);
    QVERIFY(!answer().item(0, 0)->font().italic());
    QCOMPARE(answer().item(0, 1)->text(), QStringLiteral("NULL"));
    QVERIFY(answer().item(0, 1)->font().italic());
    QVERIFY(answer().horizontalHeaderItem(2)->textAlignment() & Qt::AlignRight);
    QTest::mouseClick(button("Copy as CSV"), Qt::LeftButton);
    QCOMPARE(QApplication::clipboard()->text(), QStringLiteral("word,none,number\nNULL,,1.5\n"));
  }

  /// The names beside the question lead into it.
  void aNameIsPutIntoTheQuestion() {
    type(QStringLiteral("SELECT count(*) FROM "));
    const auto found = views().findItems(QStringLiteral("v_run"), Qt::MatchExactly);
    QCOMPARE(found.size(), 1);
    QVERIFY(found.front()->childCount() > 5);
    views().setCurrentItem(found.front());
    views().setFocus();
    QTest::keyClick(&views(), Qt::Key_Return);
    QCOMPARE(question().toPlainText(), QStringLiteral("SELECT count(*) FROM v_run"));
    QTest::mouseClick(button("Ask"), Qt::LeftButton);
    QTRY_COMPARE(answer().rowCount(), 1);
    QCOMPARE(answer().item(0, 0)->text(), QStringLiteral("2"));
  }

  void whatWritesAndWhatIsWrongIsASentence() {
    for (const char* sql : {"DELETE FROM run", "SELEC", "SELECT nothing FROM v_run"}) {
      type(QString::fromUtf8(sql));
      QTest::mouseClick(button("Ask"), Qt::LeftButton);
      QTRY_VERIFY2(said().endsWith('.') || said().contains(QStringLiteral("v_")), qPrintable(said()));
      QTRY_VERIFY(said() != QStringLiteral("Asking…"));
      QCOMPARE(answer().rowCount(), 0);
    }
    QCOMPARE(store().runs(true).size(), size_t{2});
    type({});
    QVERIFY(!button("Ask")->isEnabled());
  }

  /// Millions of rows are added up while the window answers, until Stop.
  void aLongQuestionIsStopped() {
    type(QStringLiteral("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n"));
    QTest::mouseClick(button("Ask"), Qt::LeftButton);
    QTRY_VERIFY(button("Stop")->isEnabled());
    QTest::mouseClick(button("Stop"), Qt::LeftButton);
    QCOMPARE(said(), QStringLiteral("Stopped."));
    type(QStringLiteral("SELECT 5"));
    QTest::mouseClick(button("Ask"), Qt::LeftButton);
    QTRY_COMPARE(answer().rowCount(), 1);
    type(QStringLiteral("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n"));
    QTest::mouseClick(button("Ask"), Qt::LeftButton);
    QTest::keyClick(&dialog(), Qt::Key_Escape);  // closing stops it, too
    QTRY_VERIFY(!dialog().isVisible());
    QVERIFY(!button("Stop")->isEnabled());
  }

 private:
  SqlDialog& dialog() const { return *window_->findChild<SqlDialog*>(); }
  QTreeWidget& views() const { return *dialog().findChild<QTreeWidget*>(); }
  QPlainTextEdit& question() const { return *dialog().findChild<QPlainTextEdit*>(); }
  QTableWidget& answer() const { return *dialog().findChild<QTableWidget*>(); }
  QString said() const { return dialog().findChild<QLabel*>(QStringLiteral("sqlSaid"))->text(); }
  QPushButton* button(const char* text) const {
    for (auto* each : dialog().findChildren<QPushButton*>())
      if (each->text() == QString::fromUtf8(text)) return each;
    return nullptr;
  }
  void type(const QString& text) const {
    question().setFocus();
    question().selectAll();
    QTest::keyClick(&question(), Qt::Key_Delete);
    QTest::keyClicks(&question(), text);
  }
};

QTEST_MAIN(SqlDialogTest)
#include "sql_dialog_test.moc"
