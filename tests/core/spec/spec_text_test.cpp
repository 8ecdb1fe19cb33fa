#include "core/spec/spec_text.h"

#include <QTest>
#include <array>
#include <cmath>
#include <locale>

#include "core/base/error.h"
#include "core/spec/fields.h"

using namespace scanline;

namespace {

/// what() of the Error that `work` throws; empty if it throws none.
template <class Work>
QString sentenceOf(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return QString::fromUtf8(error.what());
  }
  return {};
}

QString readingOf(std::string_view text) {
  return sentenceOf([&] { fromToml(text, "my.toml"); });
}

/// A spec in which every field differs from its default.
RunSpec changedSpec() {
  RunSpec spec;
  const auto other = [](const FieldInfo& info, auto& field) {
    using T = std::remove_cvref_t<decltype(field)>;
    if constexpr (std::is_same_v<T, std::string>) {
      field += "\"quoted\"\\ line\nnext\ttab\r\x01\x7f #= ['] \xc3\xa9\xf0\x9f\x8e\xa8";
    } else if constexpr (std::is_enum_v<T>) {
      field = static_cast<T>(Names<T>::all.size() - 1);
    } else if constexpr (std::is_same_v<T, bool>) {
      field = !field;
    } else if constexpr (std::is_same_v<T, double>) {
      field = std::nextafter(field == info.minimum ? info.maximum : info.minimum, field);
    } else {
      field = static_cast<T>(field == static_cast<T>(info.maximum) ? info.minimum : info.maximum);
    }
  };
  forEachField(spec, other);
  return spec;
}

/// Numbers as in much of Europe: a comma before the decimals and points between thousands.
struct European : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

}  // namespace

class SpecTextTest : public QObject {
  Q_OBJECT
 private slots:
  void wholeNumbersAreReadAsPeopleWriteThem_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<qint64>("value");
    QTest::newRow("exponent") << "1e5" << qint64{100000};
    QTest::newRow("fraction with an exponent") << "2.5e3" << qint64{2500};
    QTest::newRow("spaces") << "1 000 000" << qint64{1000000};
    QTest::newRow("pasted from the screen") << "12\u202F500" << qint64{12500};
    QTest::newRow("no-break space") << "1\u00A0000" << qint64{1000};
    QTest::newRow("underscores") << "1_000" << qint64{1000};
    QTest::newRow("no number at all") << "1 00" << qint64{-1};
    QTest::newRow("no whole number") << "1.5e0" << qint64{-1};
    QTest::newRow("blank before four digits") << "1 0000" << qint64{-1};
    QTest::newRow("two numbers") << "10 20" << qint64{-1};
    QTest::newRow("too large") << "1e30" << qint64{-1};
  }
  void wholeNumbersAreReadAsPeopleWriteThem() {
    QFETCH(QString, text);
    QFETCH(qint64, value);
    RunSpec spec;
    const QString sentence = sentenceOf([&] { setField(spec, "train.steps", text.toStdString()); });
    if (value < 0) {
      QVERIFY(sentence.contains("train.steps"));
    } else {
      QCOMPARE(sentence, QString());
      QCOMPARE(qint64{spec.train.steps}, value);
    }
  }

  void wholeNumbersOfAFileMayHaveAnExponent() {
    QCOMPARE(fromToml("[train]\nsteps = 1e3\n", "my.toml").train.steps, int64_t{1000});
    QVERIFY(readingOf("[train]\nsteps = 1.5\n").contains("train.steps is 1.5"));
  }

  void aDecimalCommaIsAskedAbout() {
    RunSpec spec;
    QVERIFY(sentenceOf([&] { setField(spec, "optimizer.weightDecay", "0,05"); }).contains("Did you mean 0.05?"));
    QVERIFY(readingOf("[optimizer]\nweightDecay = 0,05\n").contains("Did you mean 0.05?"));
    QVERIFY(readingOf("[optimizer]\nweightDecay = \"0,05\"\n").contains("Did you mean 0.05?"));
    QVERIFY(readingOf("[train]\nsteps = 1,000  # many\n").contains("Did you mean 1000?"));
    QVERIFY(!readingOf("[train]\nsteps = [1,2]\n").contains("Did you mean"));
  }

  void everyFieldComesBackFromToml() {
    const RunSpec spec = changedSpec();
    const RunSpec read = fromToml(toToml(spec), "text");
    for (const SpecDifference& d : differences(spec, read)) {
      QFAIL(qPrintable(QString::fromStdString(d.key + ": " + d.left + " became " + d.right)));
    }
    size_t fields = 0;
    forEachField(spec, [&](const FieldInfo&, const auto&) { ++fields; });
    QCOMPARE(differences(spec, RunSpec{}).size(), fields);
  }

  void everyFieldComesBackFromItsText() {
    const RunSpec spec = changedSpec();
    RunSpec read;
    forEachField(spec,
                 [&](const FieldInfo& info, const auto&) { setField(read, info.key, fieldText(spec, info.key)); });
    QVERIFY(differences(spec, read).empty());
  }

  void numbersAreExact_data() {
    QTest::addColumn<double>("value");
    QTest::addColumn<QString>("text");
    QTest::newRow("third") << 1.0 / 3 << "0.3333333333333333";
    QTest::newRow("whole") << 3.0 << "3.0";
    QTest::newRow("negative zero") << -0.0 << "-0.0";
    QTest::newRow("small") << 1e-8 << "1e-08";
    QTest::newRow("just above") << std::nextafter(0.1, 1.0) << "0.10000000000000002";
  }
  void numbersAreExact() {
    QFETCH(double, value);
    RunSpec spec;
    spec.optimizer.weightDecay = value;
    QTEST(QString::fromStdString(fieldText(spec, "optimizer.weightDecay")), "text");
    const double read = fromToml(toToml(spec), "text").optimizer.weightDecay;
    QCOMPARE(std::memcmp(&read, &value, sizeof value), 0);
  }

  void theLocaleChangesNothing() {
    const RunSpec spec{.seed = 1'234'567, .optimizer = {.learningRate = 0.25}, .train = {.steps = 1'000'000}};
    const std::string before = toToml(spec);
    const std::locale old = std::locale::global(std::locale(std::locale(), new European));
    const std::string after = toToml(spec);
    const RunSpec read = fromToml(before, "text");
    std::locale::global(old);
    QCOMPARE(after, before);
    QVERIFY(differences(spec, read).empty());
  }

  void everyFieldIsExplained() {
    const std::string text = toToml({});
    const RunSpec defaults;
    forEachField(defaults, [&](const FieldInfo& info, const auto&) {
      QVERIFY2(text.find("# " + std::string(info.help)) != std::string::npos, info.key.data());
      QVERIFY2(text.find("Paper: " + std::string(info.paper)) != std::string::npos, info.key.data());
    });
  }

  void textStartsFromItsBase() {
    const RunSpec base{.seed = 7, .model = {.layers = 9}};
    const RunSpec read = fromToml("[model]\nwidth = 128\n", "text", base);
    QCOMPARE(read.seed, 7u);
    QCOMPARE(read.model.layers, 9);
    QCOMPARE(read.model.width, 128);
  }

  void dottedKeysAndWholeNumbersForFractionsAreRead() {
    const RunSpec read = fromToml("train.steps = 1_000\noptimizer = { clipNorm = 1, beta1 = 5e-1 }", "text");
    QCOMPARE(read.train.steps, 1000);
    QCOMPARE(read.optimizer.clipNorm, 1.0);
    QCOMPARE(read.optimizer.beta1, 0.5);
  }

  void wrongTextSaysWhereAndWhatToDo_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char* name, const char* text, const char* sentence) {
      QTest::newRow(name) << QString(text) << QString(sentence);
    };
    row("misspelt", "seed = 3\n\n[model]\n  layer = 4\n",
        "my.toml, line 4, column 3: There is no setting \"model.layer\"; did you mean model.layers?");
    row("other style", "[optimizer]\nlearning_rate = 1e-3",
        "my.toml, line 2, column 1: There is no setting \"optimizer.learning_rate\"; did you mean "
        "optimizer.learningRate?");
    row("wrong group", "model.learningRate = 1e-3",
        "my.toml, line 1, column 7: There is no setting \"model.learningRate\"; did you mean optimizer.learningRate?");
    row("misspelt group", "[trian]\nsteps = 3",
        "my.toml, line 1, column 2: There is no setting \"trian\"; did you mean train?");
    row("empty unknown group", "[modle]",
        "my.toml, line 1, column 2: There is no setting \"modle\"; did you mean model?");
    row("group as value", "model = 3",
        "my.toml, line 1, column 1: model is 3, but it is a group of settings; write them below a line [model].");
    row("text for number", "model.layers = \"4\"",
        "my.toml, line 1, column 7: model.layers is \"4\"; give a whole number from 1 to 200.");
    row("fraction for whole", "model.layers = 4.5",
        "my.toml, line 1, column 7: model.layers is 4.5; give a whole number from 1 to 200.");
    row("number for text", "name = 4", "my.toml, line 1, column 1: name is 4; give text in UTF-8.");
    row("list", "seed = [1, 2]", "my.toml, line 1, column 1: seed is a list; give a whole number of 0 or more.");
    row("table for value", "[seed]\na = 1",
        "my.toml, line 1, column 2: seed is a table; give a whole number of 0 or more.");
    row("date", "seed = 2020-01-01",
        "my.toml, line 1, column 1: seed is a date or time; give a whole number of 0 or more.");
    row("below", "seed = -1", "my.toml, line 1, column 1: seed is -1; give a whole number of 0 or more.");
    row("above", "model.layers = 201",
        "my.toml, line 1, column 7: model.layers is 201; give a whole number from 1 to 200.");
    row("largest", "train.steps = 9223372036854775807",
        "my.toml, line 1, column 7: train.steps is 9223372036854775807; give a whole number of 1 or more.");
    row("nan", "optimizer.beta1 = nan",
        "my.toml, line 1, column 11: optimizer.beta1 is nan; give a number from 0 to 0.999999.");
    row("infinite", "sample.temperature = inf",
        "my.toml, line 1, column 8: sample.temperature is inf; give a number from 0.01 to 100.");
    row("choice", "optimizer.schedule = \"linear\"",
        "my.toml, line 1, column 11: optimizer.schedule is \"linear\"; give one of: cosine, constant.");
    row("first in the file", "seed = -1\n[data]\nside = -1",
        "my.toml, line 1, column 1: seed is -1; give a whole number of 0 or more.");
  }
  void wrongTextSaysWhereAndWhatToDo() {
    QFETCH(QString, text);
    QTEST(readingOf(text.toStdString()), "sentence");
  }

  void brokenTomlNamesLineAndColumn_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("no value") << QByteArray("seed = 3\nname = \n");
    QTest::newRow("open text") << QByteArray("seed = 3\nname = \"abc\n");
    QTest::newRow("too large") << QByteArray("name = \"a\"\nseed = 99999999999999999999\n");
    QTest::newRow("twice") << QByteArray("seed = 3\nseed = 4\n");
    QTest::newRow("not UTF-8") << QByteArray("seed = 3\nname = \"\xff\xfe\"\n");
    QTest::newRow("zero byte") << QByteArray("seed = 3\nname = \"a\0b\"\n", 22);
  }
  void brokenTomlNamesLineAndColumn() {
    QFETCH(QByteArray, text);
    const QString sentence = readingOf(std::string_view(text.data(), static_cast<size_t>(text.size())));
    QVERIFY2(sentence.startsWith("my.toml, line 2, column "), qPrintable(sentence));
    QVERIFY2(sentence.size() > 30 && sentence.endsWith('.'), qPrintable(sentence));
  }

  void textCutAnywhereIsReadOrRefused() {
    const std::string whole = toToml(changedSpec());
    for (size_t length = 0; length < whole.size(); length += 7) readingOf(std::string_view(whole).substr(0, length));
  }

  void setFieldRefusesWhatFilesRefuse() {
    RunSpec spec;
    const auto setting = [&](std::string_view key, std::string_view text) {
      return sentenceOf([&] { setField(spec, key, text); });
    };
    QCOMPARE(setting("model.layrs", "3"), "There is no setting \"model.layrs\"; did you mean model.layers?");
    QCOMPARE(setting("model.layers", ""), "model.layers is \"\"; give a whole number from 1 to 200.");
    QCOMPARE(setting("model.layers", "3x"), "model.layers is \"3x\"; give a whole number from 1 to 200.");
    QCOMPARE(setting("model.layers", "1e3"), "model.layers is 1e3; give a whole number from 1 to 200.");
    QCOMPARE(setting("seed", "99999999999999999999999"),
             "seed is 99999999999999999999999; give a whole number of 0 or more.");
    QCOMPARE(setting("optimizer.learningRate", "1e999"),
             "optimizer.learningRate is \"1e999\"; give a number from 1e-08 to 10.");
    QCOMPARE(setting("data.path", "\xff"), "data.path is \"?\"; give text in UTF-8.");
    QVERIFY(setting("train.precision", std::string(10'000, 'x')).size() < 150);
    QVERIFY(differences(spec, {}).empty());
    QCOMPARE(setting("seed", " +1_000 "), QString());
    QCOMPARE(spec.seed, 1000u);
  }

  void differencesNameKeyAndBothValues() {
    const auto found = differences({.seed = 1, .optimizer = {.learningRate = 0.001}},
                                   {.seed = 2, .optimizer = {.learningRate = 0.003}});
    QCOMPARE(found.size(), size_t{2});
    QCOMPARE(found[0].key, std::string("seed"));
    QCOMPARE(found[1].label, std::string("Learning rate"));
    QCOMPARE(found[1].left, std::string("0.001"));
    QCOMPARE(found[1].right, std::string("0.003"));
  }

  /// "all" says more than 0, and both can be typed.
  void wordsStandForTheLeastNumber() {
    RunSpec spec;
    for (const auto& [key, word, number] :
         std::vector<std::array<const char*, 3>>{{"threads", "all", "0"},
                                                 {"data.side", "keep", "0"},
                                                 {"data.limit", "all", "0"},
                                                 {"optimizer.warmupSteps", "one epoch", "-1"},
                                                 {"optimizer.clipNorm", "off", "0.0"},
                                                 {"finetune.layer", "last", "-1"},
                                                 {"lowdata.layer", "Best", "-1"}}) {
      setField(spec, key, "1");
      QCOMPARE(fieldWords(spec, key), fieldText(spec, key));
      setField(spec, key, word);
      QCOMPARE(fieldText(spec, key), std::string(number));
      QCOMPARE(QString::fromStdString(fieldWords(spec, key)), QString(word).toLower());
    }
    QVERIFY_EXCEPTION_THROWN(setField(spec, "seed", "all"), Error);
    QCOMPARE(fieldWords(spec, "model.layers"), std::string("4"));
    const auto runs = expandSweep({}, {{"data.limit", expandValues("500, all")}});
    QCOMPARE(runs[1].data.limit, int64_t{0});
  }
};

QTEST_APPLESS_MAIN(SpecTextTest)
#include "spec_text_test.moc"
