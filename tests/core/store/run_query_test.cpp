// The language of questions: questions that are understood, others that are not, and the sentences about these.
#include "core/store/run_query.h"

#include <QTest>
#include <random>

#include "core/store/query_fields.h"
#include "core/store/run_query_grammar.h"
#include "core/store/search_text.h"

using namespace scanline;

namespace {

struct Mistake {
  std::string sentence;
  size_t at = 0, length = 0;
};

/// Of a question that has one; an empty sentence if it has none.
Mistake mistakeIn(std::string_view text) {
  try {
    const RunQuery query(text);
  } catch (const QueryError& error) {
    return {error.what(), error.at, error.length};
  }
  return {};
}

/// The place at which a mistake is told, as text.
std::string placeOf(std::string_view text) {
  const Mistake mistake = mistakeIn(text);
  return std::string(text.substr(mistake.at, mistake.length));
}

}  // namespace

class RunQueryTest : public QObject {
  Q_OBJECT
 private slots:
  void fieldsHaveShortUsualAndFullNames_data() {
    QTest::addColumn<QString>("written");
    QTest::addColumn<QString>("key");
    const auto row = [](const char* written, const char* key) { QTest::newRow(written) << written << key; };
    row("lr", "optimizer.learningRate");
    row("LR", "optimizer.learningRate");
    row("learningRate", "optimizer.learningRate");
    row("learning_rate", "optimizer.learningRate");
    row("optimizer.learningRate", "optimizer.learningRate");
    row("probe.learningRate", "probe.learningRate");
    row("layers", "model.layers");
    row("heads", "model.heads");
    row("batch", "train.batchSize");
    row("data", "data.name");
    row("objective", "model.objective");
    row("seed", "seed");
    row("probe", "probe");
    row("best(probe)", "probe");
    row("loss", "loss");
    row("best(loss)", "loss");
    row("min(validation/loss)", "loss");
    row("step(best(probe))", "step(best(probe))");
    row("last(train/loss)", "train/loss");
    row("train/loss", "train/loss");
    row("max(gradientNorm)", "optimizer/gradientNorm");
    row("last(\"my loss (2)\")", "my loss (2)");
  }
  void fieldsHaveShortUsualAndFullNames() {
    QFETCH(QString, written);
    QFETCH(QString, key);
    QCOMPARE(QString::fromStdString(queryField(written.toStdString()).key), key);
  }

  /// A column can be asked for by the name that a list shows.
  void namesAreReadAsTheyAreWritten() {
    for (const auto& [name, key] : settingNames())
      if (key != "name" && key != "kind") QCOMPARE(queryField(name).key, key);  // which are facts of the run
    for (const QueryFact& fact : queryFacts()) QCOMPARE(queryField(fact.name).key, std::string(fact.name));
    for (const char* name : {"last(train/loss)", "step(max(\"a b\"))", "best(test/accuracy)", "count(train/loss)",
                             "mean(train/loss, 20)", "mean(\"a b\",7)"})
      QCOMPARE(queryField(queryField(name).name), queryField(name));
  }

  void sentencesNameTheMistakeAndItsPlace_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("place");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char* text, const char* place, const char* sentence) {
      QTest::newRow(text) << text << place << sentence;
    };
    row("seed = 1 and lrr < 1e-3", "lrr", "There is no field \"lrr\". Did you mean lr?");
    row("lerning_rate < 1", "lerning_rate", "There is no field \"lerning_rate\". Did you mean learningRate?");
    row("stpe > 3", "stpe", "There is no field \"stpe\". Did you mean step?");
    row("acuracy > 0.5", "acuracy", "There is no field \"acuracy\". Did you mean accuracy?");
    row("optimiser.weightdcay = 0", "optimiser.weightdcay",
        "There is no field \"optimiser.weightdcay\". Did you mean optimizer.weightDecay?");
    row("zzzqqq < 1", "zzzqqq", "There is no field \"zzzqqq\".");
    row("every > 3", "every", "\"every\" may be probe.every or sample.every. Write the full name.");
    row("lr < fast", "fast", "lr takes a number, such as 0.003, 1e-3, 5k or 2M; found \"fast\".");
    row("lr <", "<", "What is lr compared with? It takes a number, such as 0.003, 1e-3, 5k or 2M.");
    row("best(probe)", "best(probe)", "What is probe compared with? Write probe > 0.8, for instance.");
    row("(lr < 1 or seed = 2", "(", "This parenthesis is not closed.");
    row("lr < 1)", ")", "This parenthesis was never opened.");
    row("lr in (1, 2", "(", "This list is not closed.");
    row("layers in 8..4", "8..4", "The first end of this range is above the second: 8 to 4.");
    row("lr < 1 and", "and", "There is nothing behind \"and\". (In quotes it is a word to look for.)");
    row("median(train/loss) < 1", "median",
        "There is no function \"median\". There are first, last, min, max, best, mean, count and step.");
    row("mean(train/loss) < 1", "train/loss",
        "mean( ) needs a number of last points, 1 to 100000, as in mean(train/loss, 100).");
    row("mean(train/loss, 0) < 1", "0",
        "mean( ) needs a number of last points, 1 to 100000, as in mean(train/loss, 100).");
    row("step(mean(train/loss, 10)) < 1", "mean", "A mean has no step. Ask for step(last(...)) or step(best(...)).");
    row("has() lr < 1", ")", "has( ) needs a field, as in has(probe).");
    row("has(probe", "(", "This parenthesis is not closed.");
    row("age < 2", "2", "age takes a time, such as 30min, 3h, 2d or 1w; found \"2\".");
    row("< 3", "<", "There is no field before \"<\".");
    row("lr ~ 3", "3", "~ looks into texts, and lr is a number. Use =, <, > or in.");
  }
  void sentencesNameTheMistakeAndItsPlace() {
    QFETCH(QString, text);
    QFETCH(QString, place);
    QFETCH(QString, sentence);
    QCOMPARE(QString::fromStdString(mistakeIn(text.toStdString()).sentence), sentence);
    QCOMPARE(QString::fromStdString(placeOf(text.toStdString())), place);
  }

  void whatIsNoComparisonIsWords_data() {
    QTest::addColumn<QString>("text");
    for (const char* text : {"", "  ", "quick start, lr 1e-3", "loss in the middle", "http://example.org/a", "12:30",
                             "a - b", "-cifar", "not cifar", "\"and\"", "tag:best -tag:\"two words\"", "tag:"})
      QTest::newRow(text) << text;
  }
  void whatIsNoComparisonIsWords() {
    QFETCH(QString, text);
    QCOMPARE(QString::fromStdString(mistakeIn(text.toStdString()).sentence), QString());
  }

  /// Any text is a question, or a sentence about a place of it.
  void anyTextIsAQuestionOrASentence() {
    const std::vector<std::string> pieces{"lr",         "best", "(",    ")",    "probe",      "<",
                                          ">=",         "1e-3", " ",    "and",  "or",         "not",
                                          "in",         "..",   "4..8", ",",    "\"",         "tag:",
                                          "-",          "step", "mean", "has",  "last",       "~",
                                          "=",          "!=",   "age",  "2d",   ":",          "created",
                                          "today",      "%",    "k",    "\xff", "é",          "\n",
                                          "9999-99-99", "nan",  "inf",  "-1",   "train/loss", std::string(1, '\0')};
    std::mt19937 random(7);
    for (int i = 0; i < 60000; ++i) {
      std::string text;
      const int count = static_cast<int>(random() % 14);
      for (int k = 0; k < count; ++k) {
        if (random() % 8 == 0)
          text += static_cast<char>(random());
        else
          text += pieces[random() % pieces.size()];
        if (random() % 3 == 0) text += ' ';
      }
      const Mistake mistake = mistakeIn(text);
      QVERIFY2(mistake.at + mistake.length <= text.size(), text.c_str());
    }
    QVERIFY(!mistakeIn(std::string(100000, '(')).sentence.empty());
    std::string negated;
    for (int i = 0; i < 100000; ++i) negated += "not ";
    QVERIFY(!mistakeIn(negated).sentence.empty());
    std::string dashes(100000, '-');
    dashes.push_back('a');
    QVERIFY(!mistakeIn(dashes).sentence.empty());
  }

  /// Also while the text is no question yet.
  void fieldsAreKnownOnceTheyAreNamed() {
    const auto named = [](std::string_view text) {
      std::vector<std::string> names;
      for (const QueryField& field : fieldsNamed(text)) names.push_back(field.name);
      return names;
    };
    using Names = std::vector<std::string>;
    QCOMPARE(named(""), Names{});
    QCOMPARE(named("deep 4 \"lr\""), Names{});
    QCOMPARE(named("lr"), Names{"lr"});
    QCOMPARE(named("optimizer.learningRate <"), Names{"lr"});
    QCOMPARE(named("lr < 1e-3 and lr > 1e-5 and best(validation/loss)"),
             (Names{"lr", queryField("best(validation/loss)").name}));
    QCOMPARE(named("not (layers in 4..8 or best("), Names{"layers"});
  }

  void caseIsFoldedBeyondAscii() {
    QCOMPARE(foldCase("ÄÖÜ Ωmega ŽLUŤ ПРИВЕТ ß İ \xff\xc3"), std::string("äöü ωmega žluť привет ß İ \xff\xc3"));
  }

  void numbersInNamesCount() {
    QVERIFY(naturalKey("run 9") < naturalKey("Run 10"));
    QVERIFY(naturalKey("run 009b") < naturalKey("run 10"));
    QVERIFY(naturalKey("run 10") < naturalKey("run x"));
    QCOMPARE(naturalKey("a"), naturalKey("A"));
  }
};

QTEST_GUILESS_MAIN(RunQueryTest)
#include "run_query_test.moc"
