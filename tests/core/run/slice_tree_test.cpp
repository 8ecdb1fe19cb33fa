// Sums of slices: the same bits by any number of processes.
#include <QTest>
#include <cmath>
#include <mutex>

#include "core/base/random.h"
#include "core/run/slice_tree.h"
#include "tests/core/run/thread_group.h"

using namespace scanline;

namespace {

/// Numbers of very different sizes, so that nearly every order of additions has bits of its own.
std::vector<std::vector<float>> randomSlices(int64_t slices, int64_t length) {
  RandomStream random(5, Purpose::Weights);
  std::vector<std::vector<float>> list(static_cast<size_t>(slices));
  for (auto& slice : list)
    for (int64_t i = 0; i < length; ++i)
      slice.push_back(static_cast<float>(random.normal() * std::pow(10, 4 * random.normal())));
  return list;
}

void addFloats(std::vector<float>& into, const std::vector<float>& other) {
  for (size_t i = 0; i < into.size(); ++i) into[i] += other[i];
}

std::vector<float> sumOf(const std::vector<std::vector<float>>& slices) {
  TreeSum<std::vector<float>> tree;
  for (size_t i = 0; i < slices.size(); ++i) tree.add({static_cast<int64_t>(i), 1, slices[i]}, addFloats);
  return tree.total(addFloats);
}

std::vector<float> sumBy(int processes, const std::vector<std::vector<float>>& slices, int threads) {
  std::vector<std::vector<float>> totals(static_cast<size_t>(processes));
  ThreadGroup(processes).run([&](ProcessGroup& group) {
    const auto count = std::ssize(slices);
    const Range mine = partOf(count, processes, group.rank());
    TreeSum<std::vector<float>> tree;
    for (int64_t i = mine.begin; i < mine.end; ++i) tree.add({i, 1, slices[static_cast<size_t>(i)]}, addFloats);
    std::vector<std::span<const float>> nodes;
    for (const auto& node : tree.nodes()) nodes.emplace_back(node.value);
    std::vector<float> total(slices[0].size(), NAN);
    SliceExchange exchange(group, count);
    exchange.sum(nodes, total, threads);
    exchange.sum(nodes, total, threads);  // its memory is used again
    totals[static_cast<size_t>(group.rank())] = total;
  });
  for (const auto& total : totals)
    if (total != totals[0]) return {};
  return totals[0];
}

}  // namespace

class SliceTreeTest : public QObject {
  Q_OBJECT

 private slots:
  void partsCoverEverythingOnce() {
    for (int64_t count : {0, 1, 5, 64, 65})
      for (int64_t parts : {1, 2, 3, 7, 64}) {
        int64_t next = 0;
        for (int64_t part = 0; part < parts; ++part) {
          const Range range = partOf(count, parts, part);
          QCOMPARE(range.begin, next);
          QVERIFY(range.size() >= count / parts && range.size() <= count / parts + 1);
          next = range.end;
        }
        QCOMPARE(next, count);
      }
  }

  void theTreeIsThatOfNeighbours() {
    // Shown by a sum that writes down what it adds.
    TreeSum<std::string> tree;
    const auto merge = [](std::string& into, const std::string& other) { into = "(" + into + other + ")"; };
    for (const char name : {'a', 'b', 'c', 'd', 'e', 'f', 'g'}) tree.add({name - 'a', 1, std::string(1, name)}, merge);
    QCOMPARE(tree.total(merge), std::string("(((ab)(cd))((ef)g))"));
  }

  void anyNumberOfProcessesGivesTheSameBits() {
    for (int64_t slices = 1; slices <= 24; ++slices)
      for (const int64_t length : {1, 37, 8192 * 2 + 5}) {
        const auto values = randomSlices(slices, length);
        const auto expected = sumOf(values);
        for (int processes = 1; processes <= slices && processes <= 8; ++processes) {
          if (slices % processes != 0) continue;
          QVERIFY2(sumBy(processes, values, 1 + processes % 2) == expected,
                   qPrintable(QString("%1 slices of %2, %3 processes").arg(slices).arg(length).arg(processes)));
        }
      }
  }

  /// The numbers above would show another order: without a fixed tree the sums differ.
  void theOrderMatters() {
    const auto values = randomSlices(6, 1000);
    auto inOrder = values[0];
    for (size_t i = 1; i < values.size(); ++i) addFloats(inOrder, values[i]);
    QVERIFY(inOrder != sumOf(values));
  }

  void messagesComeAsTheyWere() {
    std::mutex mutex;
    std::vector<std::string> heard;
    ThreadGroup(3).run([&](ProcessGroup& group) {
      for (const std::string& text : {std::string("step"), std::string(), std::string(100'000, 'x')}) {
        if (group.rank() == 0) {
          tell(group, text);
        } else if (const std::string got = hear(group); got != text) {
          const std::scoped_lock lock(mutex);
          heard.push_back(got);
        }
      }
    });
    QVERIFY(heard.empty());
  }

  void onlyWhatCanBeSharedIsShared() {
    RunSpec spec;
    spec.train.slices = 12;
    for (const int processes : {1, 2, 3, 4, 6, 12}) requireShareable(spec, processes);
    const auto sentence = [](const RunSpec& of, int processes) {
      try {
        requireShareable(of, processes);
      } catch (const Error& problem) {
        return std::string(problem.what());
      }
      return std::string();
    };
    QCOMPARE(
        sentence(spec, 5),
        std::string("5 processes cannot share the 12 slices of this run's batch (train.slices) equally. Start 1, 2, "
                    "3, 4, 6, 12 processes, or make a run whose train.slices is a multiple of 5."));
    spec.train.slices = 1;
    QVERIFY(sentence(spec, 2).starts_with("2 processes cannot share the one slice"));
    spec.train.slices = 2;
    for (const RunKind kind :
         {RunKind::Pretrain, RunKind::Finetune, RunKind::Probe, RunKind::LowData, RunKind::Vqvae}) {
      spec.kind = kind;
      requireShareable(spec, 2);
    }
  }
};

QTEST_APPLESS_MAIN(SliceTreeTest)
#include "slice_tree_test.moc"
