#include "core/formats/csv.h"

#include <QTest>

#include "core/base/error.h"

using namespace scanline;

namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows rowsOf(std::string text) {
  CsvReader reader(std::move(text), "a.csv");
  Rows rows;
  while (reader.next()) rows.emplace_back(reader.cells().begin(), reader.cells().end());
  return rows;
}

}  // namespace

class CsvTest : public QObject {
  Q_OBJECT
 private slots:
  void cellsAreDivided_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("row");
    QTest::addColumn<QStringList>("cells");
    QTest::newRow("plain") << QByteArray("a,b\n1,2\n") << 1 << QStringList{"1", "2"};
    QTest::newRow("no last line end") << QByteArray("a,b\n1,2") << 1 << QStringList{"1", "2"};
    QTest::newRow("carriage returns") << QByteArray("a,b\r\n1,2\r\n") << 1 << QStringList{"1", "2"};
    QTest::newRow("empty cells") << QByteArray(",,\n") << 0 << QStringList{"", "", ""};
    QTest::newRow("blanks") << QByteArray("  a , b\t\n") << 0 << QStringList{"a", "b"};
    QTest::newRow("quotes") << QByteArray("\"a,\"\"b\"\"\nc\",d\n") << 0 << QStringList{"a,\"b\"\nc", "d"};
    QTest::newRow("blanks in quotes") << QByteArray("\" a \",b\n") << 0 << QStringList{" a ", "b"};
    QTest::newRow("byte order mark") << QByteArray(
                                            "\xEF\xBB\xBF"
                                            "a,b\n")
                                     << 0 << QStringList{"a", "b"};
    QTest::newRow("empty last cell") << QByteArray("a,") << 0 << QStringList{"a", ""};
    QTest::newRow("behind a quote") << QByteArray("\"a\"x,b\n") << 0 << QStringList{"a", "b"};
    QTest::newRow("empty lines") << QByteArray("\n\na\n\nb\n") << 1 << QStringList{"b"};
  }
  void cellsAreDivided() {
    QFETCH(const QByteArray, text);
    QFETCH(const int, row);
    QFETCH(const QStringList, cells);
    const Rows rows = rowsOf(text.toStdString());
    std::vector<std::string> expected;
    for (const QString& cell : cells) expected.push_back(cell.toStdString());
    QCOMPARE(rows.at(static_cast<size_t>(row)), expected);
  }

  void linesAreCountedThroughQuotes() {
    CsvReader reader("a\n\"b\nc\"\nd\n", "a.csv");
    std::vector<int64_t> lines;
    while (reader.next()) lines.push_back(reader.line());
    QCOMPARE(lines, (std::vector<int64_t>{1, 2, 4}));
  }

  void aQuoteThatDoesNotEndIsRefusedByLine() {
    try {
      rowsOf("a\n\"b\n");
      QFAIL("it was read");
    } catch (const Error& error) {
      QVERIFY2(std::string_view(error.what()).find("line 2") != std::string_view::npos, error.what());
    }
  }

  void whatIsWrittenIsRead() {
    for (const std::string cell : {"plain", "a,b", "say \"no\"", "two\nlines", " blanks ", ""})
      QCOMPARE(rowsOf(csvCell(cell) + ",x\n").at(0).at(0), cell);
  }
};

QTEST_APPLESS_MAIN(CsvTest)
#include "csv_test.moc"
