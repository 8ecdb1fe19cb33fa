#include "core/formats/pickle.h"

#include <QTest>

#include "core/base/error.h"

using namespace scanline;

namespace {

/// Of protocol 2, with STOP at its end.
std::string pickled(std::string_view instructions) {
  return "\x80\x02" + std::string(instructions) + ".";
}

Pickle read(const std::string& bytes) {
  return {std::as_bytes(std::span(bytes)), {}, "a.pkl"};
}

}  // namespace

class PickleTest : public QObject {
  Q_OBJECT
 private slots:
  void numbersKeepTheirSign() {
    for (const auto& [instructions, value] : {std::pair<std::string, int64_t>{std::string("\x8a\x01\xfe"), -2},
                                              {std::string("\x8a\x02\xff\x00", 4), 255},
                                              {std::string("\x8a\x00", 2), 0},
                                              {std::string("J\xfd\xff\xff\xff"), -3},
                                              {std::string("K\xfd"), 253}}) {
      const std::string bytes = pickled(instructions);
      QCOMPARE(read(bytes).top().integer, value);
    }
  }

  void numbersBeyondInt64AreNoIntegers() {
    const std::string bytes = pickled("\x8a\x09" + std::string(9, '\x01'));
    QVERIFY(read(bytes).top().kind == Pickle::Kind::Other);
  }

  void whatIsKeptIsRecalled() {
    const std::string bytes =
        pickled(std::string("\x8c\x01"
                            "a\x94\x8c\x01"
                            "b\x94h\x00",
                            10));
    QVERIFY(read(bytes).top().text == "a");
  }

  void whatIsMalformedIsRefused_data() {
    QTest::addColumn<QByteArray>("instructions");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("no line end") << QByteArray("cos") << "has a name that does not end";
    QTest::newRow("odd items") << QByteArray("}(K\x01u") << "gives a dict a key without a value";
    QTest::newRow("no name") << QByteArray("NN\x93") << "imports something without a name";
    QTest::newRow("a filled dict") << QByteArray("ccollections\nOrderedDict\n(K\x01tR")
                                   << "makes an OrderedDict out of something";
    QTest::newRow("no function") << QByteArray("N)R") << "calls a value that cannot be called";
    QTest::newRow("no list") << QByteArray(
                                    "NK\x01"
                                    "a")
                             << "puts something into a value that is not a list";
    QTest::newRow("foreign code") << QByteArray("cos\nsystem\n") << "wants to run os.system";
  }
  void whatIsMalformedIsRefused() {
    QFETCH(QByteArray, instructions);
    QFETCH(QString, sentence);
    try {
      const std::string bytes = pickled(instructions.toStdString());
      read(bytes);
      QFAIL("it was read");
    } catch (const Error& error) {
      QVERIFY2(QString(error.what()).startsWith("a.pkl ") && QString(error.what()).contains(sentence), error.what());
    }
  }
};

QTEST_APPLESS_MAIN(PickleTest)
#include "pickle_test.moc"
