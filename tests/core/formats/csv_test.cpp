#include "core/formats/csv.h"

#include <QTest>

#include <cmath>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "tests/support/temp_folder.h"

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

  void theSeparatorIsFound_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<char>("separator");
    QTest::addColumn<QStringList>("cells");  // of the second line
    const auto add = [](const char* name, const char* text, char separator, const QStringList& cells) {
      QTest::newRow(name) << QByteArray(text) << separator << cells;
    };
    add("commas", "step,loss\n0,1.5\n", ',', {"0", "1.5"});
    add("semicolons", "step;loss\n0;1,5\n1;0,75\n", ';', {"0", "1,5"});
    add("semicolons, points", "step;loss\n0;1.5\n", ';', {"0", "1.5"});
    add("tabs", "step\tloss\n0\t1.5\n1\t\n", '\t', {"0", "1.5"});
    add("tabs, decimal commas", "step\ttrain loss\n0\t1,5\n", '\t', {"0", "1,5"});
    add("bars", "step|loss\n0|1,5\n", '|', {"0", "1,5"});
    add("a comma in a name between semicolons", "step;train,loss\n0;1,5\n1;0,75\n", ';', {"0", "1,5"});
    add("a semicolon in a name between commas", "step,train;loss\n0,1.5\n", ',', {"0", "1.5"});
    add("quoted names", "\"step\";\"a, b\"\n\"0\";\"1,5\"\n", ';', {"0", "1,5"});
    add("whole numbers only", "step;loss\n0;1\n", ';', {"0", "1"});
    add("quoted decimal commas", "step,loss\n0,\"1,5\"\n", ',', {"0", "1,5"});
    add("named", "sep=;\nstep;a,b\nx;y,z\n", ';', {"x", "y,z"});
    add("named comma", "sep=,\r\nstep,a;b\r\nx,y;z\r\n", ',', {"x", "y;z"});
    add("named in quotes, behind a byte order mark", "\xEF\xBB\xBF\"sep=;\"\nstep;loss\n0;1\n", ';', {"0", "1"});
    add("named, none of the usual", "sep=^\nstep^loss\n0^1,5\n", '^', {"0", "1,5"});
    add("one column", "step\n0\n", ',', {"0"});
    add("rows of several lengths", "step;loss;note\n0;1,5\n1;2;x\n", ';', {"0", "1,5"});
  }
  void theSeparatorIsFound() {
    QFETCH(const QByteArray, text);
    QFETCH(const char, separator);
    QFETCH(const QStringList, cells);
    CsvReader reader(text.toStdString(), "a.csv");
    QCOMPARE(reader.separator(), separator);
    QVERIFY(reader.next() && reader.next());
    QStringList found;
    for (const std::string_view cell : reader.cells()) found << QString::fromStdString(std::string(cell));
    QCOMPARE(found, cells);
  }

  void whatCannotBeToldIsSaid_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("two separators") << QByteArray("a;b,c\nx;y,z\n")
                                    << "its cells may be divided by commas or by semicolons. Say which in a new first "
                                       "line: \"sep=,\" or \"sep=;\".";
    QTest::newRow("decimal commas between commas")
        << QByteArray("step,loss\n0,1,5\n1,0,75\n") << "has 2 cells between commas, and the rows have more, 3";
    QTest::newRow("the same with three columns") << QByteArray("step,loss,lr\n0,1,5,0,1\n") << "have more, 5";
    QTest::newRow("fraction or thousands")
        << QByteArray("step;loss\n0;1,500\n") << "\"1,500\" in line 2 may be 1.5 or 1500";
    QTest::newRow("the same in quotes") << QByteArray("step,loss\n0,\"12,345\"\n")
                                        << "\"12,345\" in line 2 may be 12.345 or 12345";
  }
  void whatCannotBeToldIsSaid() {
    QFETCH(const QByteArray, text);
    QFETCH(const QString, sentence);
    try {
      CsvReader reader(text.toStdString(), "a.csv");
      while (reader.next())
        for (const std::string_view cell : reader.cells()) reader.number(cell);
      QFAIL("it was read");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what()).contains(sentence) && QString(error.what()).startsWith("a.csv: "), error.what());
    }
  }

  void numbersAreReadWithTheTablesMark_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QList<double>>("numbers");  // of all rows but the first; NaN: none
    QTest::addColumn<int>("warnings");
    const double none = std::nan("");
    const auto add = [](const char* name, const char* text, const QList<double>& numbers, int warnings = 0) {
      QTest::newRow(name) << QByteArray(text) << numbers << warnings;
    };
    add("points", "a,b\n1.5,-2e-3\n+3,.5\n", {1.5, -2e-3, 3, 0.5});
    add("commas", "a;b\n1,5;-2,5e-3\n+3,25;0,05\n", {1.5, -2.5e-3, 3.25, 0.05});
    add("commas in quotes", "a,b\n0,\"1,5\"\n1,\"0,75\"\n", {0, 1.5, 1, 0.75});
    add("three digits, with others that tell", "a;b\n1,500;0,75\n", {1.5, 0.75});
    add("three digits behind a zero", "a;b\n1;0,500\n", {1, 0.5});
    add("thousands and fractions", "a;b\n1.234,5;-1.234.567,25\n", {1234.5, -1234567.25});
    add("the same in English", "a;b\n1,234.5;1,234\n", {1234.5, 1234});
    add("three digits behind a point", "a,b\n1.125,2.375\n", {1.125, 2.375});
    add("texts", "a,b\nx,1.5.2\n1-2,\"1,2,3\"\n", {none, none, none, none});
    add("one against many", "a,b\n1.5,2.5\n\"3,4\",1\n", {1.5, 2.5, none, 1}, 1);
    add("one point against many commas", "a;b\n1,5;2,5\n3.4;1\n", {1.5, 2.5, none, 1}, 1);
    add("only whole ones", "a;b\n1;2000\n", {1, 2000});
  }
  void numbersAreReadWithTheTablesMark() {
    QFETCH(const QByteArray, text);
    QFETCH(const QList<double>, numbers);
    QFETCH(const int, warnings);
    CsvReader reader(text.toStdString(), "a.csv");
    QVERIFY(reader.next());
    QList<double> found;
    while (reader.next())
      for (const std::string_view cell : reader.cells()) found << reader.number(cell).value_or(std::nan(""));
    QCOMPARE(found.size(), numbers.size());
    for (qsizetype i = 0; i < found.size(); ++i)
      QVERIFY2(found[i] == numbers[i] || (std::isnan(found[i]) && std::isnan(numbers[i])),
               qPrintable(QString("%1: %2").arg(i).arg(found[i])));
    QCOMPARE(reader.warnings().size(), size_t(warnings));
  }

  void numbersThatAreNone() {
    CsvReader reader("a,b\nnan,-inf\n", "a.csv");
    QVERIFY(reader.next() && reader.next());
    QVERIFY(std::isnan(reader.number(reader.cells()[0]).value()));
    QCOMPARE(reader.number(reader.cells()[1]).value(), -HUGE_VAL);
    QVERIFY(!reader.number("") && !reader.number(".") && !reader.number(","));
  }

  /// Rows, quotes and line ends that fall on the ends of blocks are read as all others.
  void filesAreReadBlockByBlock() {
    const TempFolder folder;
    std::string text = "step,text\n";
    const auto cellOf = [](int row) { return "a \"" + std::string(size_t(row % 700), 'x') + "\"\n,b"; };
    constexpr int kRows = 5000;
    for (int row = 0; row < kRows; ++row) text += std::to_string(row) + ',' + csvCell(cellOf(row)) + "\r\n";
    writeFileAtomically(folder / "large.csv", text);
    QVERIFY(text.size() > 1'500'000);
    CsvReader reader(folder / "large.csv");
    QVERIFY(reader.next());
    for (int row = 0; row < kRows; ++row) {
      QVERIFY(reader.next());
      QCOMPARE(reader.line(), 2 + 2 * row);
      QCOMPARE(reader.cells().size(), 2UL);
      QCOMPARE(reader.cells()[0], std::string_view(std::to_string(row)));
      QVERIFY(reader.cells()[1] == cellOf(row));
    }
    QVERIFY(!reader.next());
  }

  void aRowWithoutEndIsRefused() {
    const TempFolder folder;
    writeFileAtomically(folder / "quote.csv", "a,b\n1,\"" + std::string(80 << 20, 'x'));
    try {
      CsvReader reader(folder / "quote.csv");
      while (reader.next()) {
      }
      QFAIL("it was read");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what()).contains("the row of line 2 is longer than 64 MB"), error.what());
    }
  }

  void whatIsWrittenIsRead() {
    for (const std::string cell : {"plain", "a,b", "say \"no\"", "two\nlines", " blanks ", ""})
      QCOMPARE(rowsOf(csvCell(cell) + ",x\n").at(0).at(0), cell);
  }
};

QTEST_APPLESS_MAIN(CsvTest)
#include "csv_test.moc"
