// A VQ-VAE that several processes train together: the numbers of one process, bit for bit. Threads stand for processes.
#include <torch/torch.h>

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/learn/train/vqvae_trainer.h"
#include "tests/core/learn/vqvae_images.h"
#include "tests/core/run/thread_group.h"

using namespace scanline;

namespace {

const Control kGo;

RunSpec specOf(const QString& kind, int64_t slices) {
  RunSpec spec;
  spec.kind = RunKind::Vqvae;
  spec.seed = 5;
  spec.threads = 1;
  spec.device = Device::Cpu;
  spec.optimizer = {.learningRate = 3e-3, .weightDecay = 0.01, .clipNorm = 0.5, .warmupSteps = 3};
  // Four slices of 3 or 4 images.
  spec.train = {.steps = 60, .batchSize = 14, .microBatch = 2, .slices = slices, .evaluateImages = 11};
  spec.vqvae = {.stride = 4, .codes = 16, .codeWidth = 4, .width = 12, .blocks = 1, .decay = 0.9};
  if (kind.contains("gradient")) spec.vqvae.decay = 0;
  if (kind.contains("without")) spec.vqvae.reviveBelow = 0;
  spec.sample.prompts = 2;
  return spec;
}

RunData dataOf(ProcessGroup* group) {
  RunData data{.palette = Palette({Colour{-1, -1, -1}, Colour{1, 1, 1}}),  // of no use to it
               .trainImages = squares(48, 8, 1),
               .validationImages = squares(16, 8, 2)};
  data.group = group;
  return data;
}

/// lead(trainer) in process 0 of so many, while the others follow.
void withProcesses(int processes, const RunSpec& spec, const std::function<void(VqvaeTrainer&)>& lead) {
  if (processes == 1) {
    VqvaeTrainer trainer(spec, dataOf(nullptr));
    return lead(trainer);
  }
  ThreadGroup(processes).run([&](ProcessGroup& group) {
    VqvaeTrainer trainer(spec, dataOf(&group));
    if (group.rank() > 0) {
      trainer.follow();
      return;
    }
    lead(trainer);
    tell(group, "end");
  });
}

/// Every number that a run reports, its pictures and its codes.
struct Outcome {
  std::vector<double> numbers;
  std::vector<std::vector<uint8_t>> pictures;
  at::Tensor codebook;

  bool operator==(const Outcome& other) const {
    return numbers == other.numbers && pictures == other.pictures && at::equal(codebook, other.codebook);
  }
};

void train(VqvaeTrainer& trainer, int64_t until, Outcome& outcome) {
  while (trainer.step() < until) {
    const auto stats = trainer.trainStep(kGo);
    outcome.numbers.insert(outcome.numbers.end(), {stats.loss, stats.gradientNorm});
    if (trainer.step() % 10 != 0) continue;
    outcome.numbers.push_back(trainer.evaluate(kGo).loss);
    trainer.probe(kGo, [&](const TrainEvent& event) {
      if (const auto* use = std::get_if<CodebookUse>(&event))
        outcome.numbers.insert(outcome.numbers.end(), use->counts.begin(), use->counts.end());
    });
  }
  outcome.codebook = trainer.model().codebook.view(at::kInt).clone();
}

Outcome outcomeOf(int processes, const RunSpec& spec, int64_t steps) {
  Outcome outcome;
  withProcesses(processes, spec, [&](VqvaeTrainer& trainer) {
    train(trainer, steps, outcome);
    trainer.sample(kGo, [&](const SampleSet& set) { outcome.pictures = set.samplePixels; });
  });
  return outcome;
}

}  // namespace

class VqvaeSharingTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void processesDecideNoBit_data() {
    QTest::addColumn<QString>("kind");
    for (const char* kind : {"moving averages", "by gradient", "without new beginnings"}) QTest::newRow(kind) << kind;
  }
  /// 50 steps (20 of the second and third kind) and their evaluations, in one, two and four processes.
  void processesDecideNoBit() {
    QFETCH(QString, kind);
    const auto spec = specOf(kind, 4);
    const int64_t steps = kind == "moving averages" ? 50 : 20;
    const auto one = outcomeOf(1, spec, steps);
    QCOMPARE_GT(std::ssize(one.numbers), 2 * steps + steps / 10);
    QCOMPARE(one.pictures.size(), size_t{2});
    QVERIFY(std::ranges::all_of(one.numbers, [](double number) { return std::isfinite(number); }));
    QVERIFY(outcomeOf(2, spec, steps) == one);
    QVERIFY(outcomeOf(4, spec, steps) == one);
    // The numbers would show it: another number of slices adds up in another order.
    QVERIFY(!(outcomeOf(1, specOf(kind, 2), steps) == one));
  }

  /// Cut into slices it learns what it learns in one piece: the numbers differ in their last digits.
  void slicesAreTheSameStep() {
    auto spec = specOf("moving averages", 4);
    const auto cut = outcomeOf(1, spec, 3);
    spec.train.slices = 1;
    const auto whole = outcomeOf(1, spec, 3);
    QCOMPARE(cut.numbers.size(), whole.numbers.size());
    for (size_t i = 0; i < cut.numbers.size(); ++i)
      QVERIFY2(std::abs(cut.numbers[i] - whole.numbers[i]) < 1e-4 * std::abs(whole.numbers[i]),
               qPrintable(QStringLiteral("%1: %2, %3").arg(i).arg(cut.numbers[i]).arg(whole.numbers[i])));
  }

  void threadsDecideNoBit() {
    auto spec = specOf("moving averages", 4);
    spec.vqvae.width = 40;
    spec.train.microBatch = 0;
    const auto one = outcomeOf(1, spec, 10);
    for (const int64_t threads : {2, 3}) {
      spec.threads = threads;
      QVERIFY(outcomeOf(1, spec, 10) == one);
    }
  }

  /// Saved by two, gone on with by four, then by one: as if nothing had happened.
  void resumesWithAnotherNumber() {
    const QTemporaryDir folder;
    const std::filesystem::path file = folder.filePath("resumed").toStdString();
    const auto spec = specOf("moving averages", 4);
    Outcome whole, parts;
    withProcesses(1, spec, [&](VqvaeTrainer& trainer) { train(trainer, 30, whole); });
    int64_t from = 0;
    for (const int processes : {2, 4, 1})
      withProcesses(processes, spec, [&](VqvaeTrainer& trainer) {
        if (from > 0) trainer.load(file);
        QCOMPARE(trainer.step(), from);
        train(trainer, from += 10, parts);
        trainer.save(file);
      });
    QVERIFY(parts == whole);
  }

  /// A stop in the middle of a step: all drop it, and nothing has changed.
  void aStepIsDroppedByAll() {
    const auto spec = specOf("by gradient", 4);
    Outcome whole, parts;
    withProcesses(1, spec, [&](VqvaeTrainer& trainer) { train(trainer, 8, whole); });
    withProcesses(2, spec, [&](VqvaeTrainer& trainer) {
      train(trainer, 4, parts);
      std::stop_source source;
      int asked = 0;
      const Control stops({.stop = source.get_token(), .isPaused = [&] {
                             if (++asked == 4) source.request_stop();
                             return false;
                           }});
      QVERIFY_EXCEPTION_THROWN(trainer.trainStep(stops), Stopped);
      QCOMPARE(trainer.step(), 4);
      train(trainer, 8, parts);
    });
    QVERIFY(parts == whole);
  }

  void aDifferenceIsNoticedAtTheCheckpoint() {
    const QTemporaryDir folder;
    const std::filesystem::path file = folder.filePath("different").toStdString();
    std::string sentence;
    ThreadGroup(2).run([&](ProcessGroup& group) {
      VqvaeTrainer trainer(specOf("moving averages", 2), dataOf(&group));
      if (group.rank() > 0) {
        trainer.follow();
        trainer.model().codebook[3].add_(1e-3);
        trainer.follow();
        return;
      }
      trainer.trainStep(kGo);
      tell(group, "now");
      try {
        trainer.save(file);
      } catch (const Error& problem) {
        sentence = problem.what();
      }
      tell(group, "end");
    });
    QVERIFY2(sentence.starts_with("After step 1 the weights of process 1 differ"), sentence.c_str());
    QVERIFY(!std::filesystem::exists(file));
  }
};

QTEST_GUILESS_MAIN(VqvaeSharingTest)
#include "vqvae_sharing_test.moc"
