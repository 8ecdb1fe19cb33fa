#include "core/store/run_order.h"

#include <QTest>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <set>

#include "core/store/search_text.h"

using namespace scanline;

namespace {

/// The order by comparing places one with another.
std::vector<uint32_t> orderedSlowly(const RunColumn& column, bool falling) {
  std::vector<uint32_t> order(column.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, [&](uint32_t a, uint32_t b) {
    if (column.has(a) != column.has(b)) return column.has(a);
    if (!column.has(a)) return a > b;
    if (column.isNumber) {
      const double left = column.numbers[a], right = column.numbers[b];
      return left == right ? a > b : falling ? left > right : left < right;
    }
    const std::string left = naturalKey(column.text(a)), right = naturalKey(column.text(b));
    return left == right ? a > b : falling ? left > right : left < right;
  });
  return order;
}

RunColumn numbers(std::mt19937& random, size_t size) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  const std::vector<double> some{0.0, -0.0, 1, -1, kInfinite, -kInfinite, std::nan(""), 1e-310, -1e-310, 1e300};
  RunColumn column;
  for (size_t at = 0; at < size; ++at)
    column.numbers.push_back(random() % 3 == 0   ? some[random() % some.size()]
                             : random() % 2 == 0 ? double(random() % 20)
                                                 : 1e-3 * double(random()) - 1e6);
  return column;
}

RunColumn texts(std::mt19937& random, size_t size, bool many) {
  const std::vector<std::string> words{"run ", "Run ", "quick start, lr ", "quick Start, lr ", "", "größe ", "GRÖSSE "};
  RunColumn column;
  column.isNumber = false;
  for (size_t at = 0; at < size; ++at) {
    std::string text = words[random() % words.size()];
    if (many || random() % 2 == 0) text += std::to_string(random() % (many ? 2000 : 12));
    column.texts.push_back(random() % 10 == 0 ? RunColumn::kNoText : column.pool.add(text));
  }
  return column;
}

}  // namespace

class RunOrderTest : public QObject {
  Q_OBJECT

 private slots:
  void orderIsThatOfComparing() {
    std::mt19937 random(5);
    for (const size_t size : {0U, 1U, 2U, 50U, 3000U})
      for (const RunColumn& column : {numbers(random, size), texts(random, size, false), texts(random, size, true)})
        for (const bool falling : {false, true}) QVERIFY(ordered(column, falling) == orderedSlowly(column, falling));
  }

  void whatChangedIsPutInPlace() {
    std::mt19937 random(6);
    for (int turn = 0; turn < 20; ++turn)
      for (RunColumn column : {numbers(random, 300), texts(random, 300, true)})
        for (const bool falling : {false, true}) {
          std::vector<uint32_t> order = ordered(column, falling);
          std::set<uint32_t> moved;
          for (int change = 0; change < 7; ++change) {
            const auto place = static_cast<uint32_t>(random() % column.size());
            if (column.isNumber)
              column.numbers[place] = double(random() % 20);
            else
              column.texts[place] = column.pool.add("new " + std::to_string(random() % 9));
            moved.insert(place);
          }
          putInPlace(order, column, falling, {moved.begin(), moved.end()});
          QVERIFY(order == orderedSlowly(column, falling));
        }
  }

  void equalTextsAreKeptOnce() {
    TextPool pool;
    std::vector<std::string> all;
    std::mt19937 random(7);
    for (int turn = 0; turn < 5000; ++turn) {
      const std::string text = random() % 50 == 0 ? std::string() : std::to_string(random() % 700);
      const uint32_t number = pool.add(text);
      QVERIFY(number <= all.size());
      if (number == all.size()) all.push_back(text);
      QCOMPARE(all[number], text);
      QCOMPARE(std::string(pool[number]), text);
    }
    QCOMPARE(pool.size(), all.size());
    QCOMPARE(std::set<std::string>(all.begin(), all.end()).size(), all.size());
  }

  /// Lines that change again and again, so that their old places are cleared away.
  void wordsAreThoseSetLast() {
    RunWords words;
    std::vector<std::string> lines(40);
    words.resize(lines.size());
    std::mt19937 random(8);
    for (int turn = 0; turn < 20'000; ++turn) {
      const size_t place = random() % lines.size();
      lines[place] = std::string(random() % 60, static_cast<char>('a' + random() % 26));
      words.set(place, lines[place]);
      if (turn % 100 != 0) continue;
      for (size_t at = 0; at < lines.size(); ++at) QCOMPARE(std::string(words[at]), lines[at]);
    }
  }
};

QTEST_GUILESS_MAIN(RunOrderTest)
#include "run_order_test.moc"
