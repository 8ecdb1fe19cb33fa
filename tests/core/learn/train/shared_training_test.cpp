// Training that several processes share: the losses of one process, bit for bit. Threads stand for the processes; those
// of tests/experiments/cli_processes_test.cpp are real.
#include <torch/torch.h>

#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <memory>
#include <mutex>

#include "core/base/error.h"
#include "core/learn/model/gpt_gradient.h"
#include "core/learn/model/token_rows.h"
#include "core/learn/parallel/core_share.h"
#include "core/learn/parallel/gloo_group.h"
#include "core/learn/parallel/nccl_group.h"
#include "core/learn/train/finetune_trainer.h"
#include "core/learn/train/gpt_trainer.h"
#include "core/learn/train/probe_trainer.h"
#include "core/run/diverged.h"
#include "core/run/schedule.h"
#include "core/tokens/batches.h"
#include "tests/core/learn/stripes.h"
#include "tests/core/run/thread_group.h"

using namespace scanline;

namespace {

const Control kGo;

RunSpec sharedSpec(const QString& kind, int64_t slices) {
  RunSpec spec;
  spec.seed = 7;
  spec.threads = 1;
  spec.device = Device::Cpu;
  spec.palette.size = 8;
  spec.model = {.layers = 2, .width = 32, .heads = 2, .maskRate = 0.3, .masks = 3};
  if (kind.contains("BERT")) spec.model.objective = Objective::Bert;
  if (kind.contains("tune")) spec.kind = RunKind::Finetune;
  if (kind.contains("classes")) spec.finetune.loss = FinetuneLoss::Classification;
  spec.optimizer = {.learningRate = 3e-3, .weightDecay = 0.01, .clipNorm = 0.5, .warmupSteps = 3};
  spec.train = {.steps = 60,
                .batchSize = 14,  // four slices of 3 or 4
                .microBatch = 2,
                .slices = slices,
                .precision = kind.contains("bf16") ? Precision::Bf16 : Precision::Fp32,
                .evaluateImages = 11};
  spec.probe.trainImages = 40;
  spec.probe.testImages = 13;
  spec.sample = {.prompts = 3, .perPrompt = 3, .unconditional = 5};  // 9 and 5 pictures in 2 or 4 parts
  return spec;
}

std::unique_ptr<GptTrainer> makeShared(const RunSpec& spec, ProcessGroup* group) {
  if (spec.kind == RunKind::Finetune) return std::make_unique<FinetuneTrainer>(spec, stripes(group));
  return std::make_unique<GptTrainer>(spec, stripes(group));
}

/// lead(trainer) in process 0 of so many, while the others follow.
void withProcesses(int processes, const RunSpec& spec, const std::function<void(GptTrainer&)>& lead) {
  if (processes == 1) return lead(*makeShared(spec, nullptr));
  ThreadGroup(processes).run([&](ProcessGroup& group) {
    const auto trainer = makeShared(spec, &group);
    if (group.rank() > 0) {
      trainer->follow();
      return;
    }
    lead(*trainer);
    tell(group, "end");
  });
}

/// Every number that a run reports, and its weights.
struct Outcome {
  std::vector<double> numbers;
  at::Tensor weights;

  bool operator==(const Outcome& other) const { return numbers == other.numbers && at::equal(weights, other.weights); }
};

void note(const ProbeResult& result, std::vector<double>& numbers) {
  numbers.insert(numbers.end(), {static_cast<double>(result.layer), result.accuracy, result.trainAccuracy, result.loss,
                                 static_cast<double>(result.iterations), result.l2, result.testAccuracy.value_or(-1)});
  for (const auto& cell : result.confusion) numbers.push_back(cell.truth + 10 * cell.said + 100 * cell.count);
}

/// Pictures and probes of a trained model.
void show(Trainer& trainer, std::vector<double>& numbers) {
  trainer.sample(kGo, [&](const SampleSet& set) {
    for (const auto& picture : set.samples) numbers.insert(numbers.end(), picture.begin(), picture.end());
    for (const auto* list : {&set.originalNats, &set.sampleNats})
      numbers.insert(numbers.end(), list->begin(), list->end());
  });
  trainer.probe(kGo, [&](const TrainEvent& event) { note(std::get<ProbeResult>(event), numbers); });
}

void train(GptTrainer& trainer, int64_t until, Outcome& outcome) {
  while (trainer.step() < until) {
    const auto stats = trainer.trainStep(kGo);
    outcome.numbers.insert(outcome.numbers.end(), {stats.loss, stats.gradientNorm, stats.classifierLoss.value_or(0)});
    if (trainer.step() % 10 != 0) continue;
    const auto evaluation = trainer.evaluate(kGo);
    outcome.numbers.insert(outcome.numbers.end(), {evaluation.loss, evaluation.accuracy.value_or(0)});
  }
  outcome.weights = trainer.weights().flat.view(at::kInt).clone();
}

Outcome outcomeOf(int processes, const RunSpec& spec, int64_t steps = 50) {
  Outcome outcome;
  withProcesses(processes, spec, [&](GptTrainer& trainer) {
    train(trainer, steps, outcome);
    const auto finish = [&](const std::filesystem::path& best) {
      trainer.finish(kGo, best, [&](const TrainEvent& event) {
        for (const auto& [name, value] : std::get<Scalars>(event).values) outcome.numbers.push_back(value);
      });
    };
    finish({});
    show(trainer, outcome.numbers);
    // The best checkpoint is one that the weights have left behind.
    const QTemporaryDir folder;
    const std::filesystem::path best = folder.filePath("best").toStdString();
    trainer.save(best);
    trainer.trainStep(kGo);
    finish(best);
  });
  return outcome;
}

/// What a run of kind probe or low data finds of the model of a checkpoint.
std::vector<double> lookOf(int processes, RunSpec spec, const std::filesystem::path& model) {
  std::vector<double> numbers;
  const auto look = [&](ProcessGroup* group) {
    auto data = stripes(group);
    data.model = group == nullptr || group->rank() == 0 ? model : "nowhere";  // process 0 alone has it
    ProbeTrainer trainer(spec, std::move(data));
    if (group != nullptr && group->rank() > 0) {
      trainer.follow();
      return;
    }
    trainer.probe(kGo, [&](const TrainEvent& event) {
      if (const auto* result = std::get_if<ProbeResult>(&event)) note(*result, numbers);
      if (const auto* result = std::get_if<LowDataResult>(&event))
        numbers.insert(numbers.end(), {static_cast<double>(result->labelsPerClass), static_cast<double>(result->subset),
                                       static_cast<double>(result->layer), result->accuracy, result->loss});
    });
    if (group != nullptr) tell(*group, "end");
  };
  if (processes == 1)
    look(nullptr);
  else
    ThreadGroup(processes).run([&](ProcessGroup& group) { look(&group); });
  return numbers;
}

/// Pauses at the n-th look; `hasWaited` becomes true once the work has waited for it to end.
Control pausedAtLook(int n, bool& hasWaited) {
  const auto isPaused = std::make_shared<bool>(false);
  return Control({.mayGoOn =
                      [isPaused, &hasWaited] {
                        hasWaited = hasWaited || *isPaused;
                        *isPaused = false;
                        return true;
                      },
                  .isPaused =
                      [isPaused, n, looks = 0]() mutable {
                        if (++looks == n) *isPaused = true;
                        return *isPaused;
                      }});
}

}  // namespace

class SharedTrainingTest : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir folder_;
  std::filesystem::path file(const char* name) const { return folder_.filePath(QLatin1String(name)).toStdString(); }

 private Q_SLOTS:
  void processesDecideNoBit_data() {
    QTest::addColumn<QString>("kind");
    for (const char* kind : {"GPT", "GPT in bf16", "BERT", "tuned", "tuned, classes alone", "tuned BERT"})
      QTest::newRow(kind) << kind;
  }
  /// 50 steps, their evaluations and the test images, in one, two and four processes.
  void processesDecideNoBit() {
    QFETCH(QString, kind);
    const auto spec = sharedSpec(kind, 4);
    const auto one = outcomeOf(1, spec);
    QVERIFY(one.numbers.size() > 150);
    QVERIFY(std::ranges::all_of(one.numbers, [](double number) { return std::isfinite(number); }));
    QVERIFY(outcomeOf(2, spec) == one);
    QVERIFY(outcomeOf(4, spec) == one);
    // The numbers would show it: another number of slices adds up in another order.
    QVERIFY(!(outcomeOf(1, sharedSpec(kind, 2)) == one));
  }

  void probesAreShared_data() {
    QTest::addColumn<QString>("kind");
    for (const char* kind : {"GPT", "GPT in bf16", "BERT"}) QTest::newRow(kind) << kind;
  }
  /// Probes and low data as runs of their own: the same layers, penalties and scores for any number of processes, and
  /// of threads.
  void probesAreShared() {
    QFETCH(QString, kind);
    auto spec = sharedSpec(kind, 4);
    withProcesses(1, spec, [&](GptTrainer& trainer) {
      Outcome outcome;
      train(trainer, 20, outcome);
      trainer.save(file("model"));
    });
    spec.lowdata = {.labels = "2, 5", .subsets = 3};
    for (const RunKind probes : {RunKind::Probe, RunKind::LowData}) {
      spec.kind = probes;
      spec.threads = 1;
      const auto one = lookOf(1, spec, file("model"));
      QVERIFY(one.size() > 15);
      QCOMPARE(lookOf(2, spec, file("model")), one);
      QCOMPARE(lookOf(4, spec, file("model")), one);
      spec.threads = 3;
      QCOMPARE(lookOf(1, spec, file("model")), one);
    }
  }

  /// A stop or a pause while process 0 has drawn its part and the others have not, and the other way round.
  void longWorkIsDroppedByAll() {
    const auto spec = sharedSpec("GPT", 4);
    std::vector<double> whole, parts;
    withProcesses(1, spec, [&](GptTrainer& trainer) { show(trainer, whole); });
    withProcesses(2, spec, [&](GptTrainer& trainer) {
      for (int looks = 0; looks < 60; looks += 7) {
        std::stop_source source;
        const Control stops({.stop = source.get_token(), .isPaused = [&, asked = 0]() mutable {
                               if (++asked > looks) source.request_stop();
                               return false;
                             }});
        try {
          std::vector<double> dropped;
          trainer.sample(stops, [](const SampleSet&) {});
          trainer.probe(stops, [](const TrainEvent&) {});
        } catch (const Stopped&) {
          continue;
        }
        QFAIL("It was not stopped.");
      }
      bool hasWaited = false;
      const Control pauses = pausedAtLook(9, hasWaited);
      trainer.sample(pauses, [](const SampleSet&) {});
      QVERIFY(hasWaited);
      show(trainer, parts);
    });
    QCOMPARE(parts, whole);
  }

  void threadsDecideNoBit_data() { processesDecideNoBit_data(); }
  void threadsDecideNoBit() {
    QFETCH(QString, kind);
    auto spec = sharedSpec(kind, 4);
    spec.model.width = 64;  // large enough that LibTorch would divide the work
    spec.train.microBatch = 0;
    const auto one = outcomeOf(1, spec, 10);
    for (const int64_t threads : {2, 3}) {
      spec.threads = threads;
      QVERIFY(outcomeOf(1, spec, 10) == one);
    }
  }

  /// One slice is the step without slices: gradients of passes are added one after the other, then Adam.
  void oneSliceIsTheStepAsItWas() {
    auto spec = sharedSpec("GPT", 1);
    spec.optimizer.clipNorm = 0;
    spec.optimizer.weightDecay = 0;
    GptTrainer trainer(spec, stripes());
    const auto& o = spec.optimizer;
    const auto data = stripes();
    GptTensors w(trainer.weights().shape), g(w.shape), m(w.shape), v(w.shape);
    w.flat.copy_(trainer.weights().flat);
    auto number = at::zeros({}, at::kFloat);
    for (int64_t step = 0; step < 50; ++step) {
      const auto rows = batchRows(data.train.count, spec.train.batchSize, spec.seed, step);
      g.flat.zero_();
      auto nats = at::zeros({}, at::kDouble);
      for (size_t first = 0; first < rows.size(); first += 2)
        nats.add_(addGradient(w, {.tokens_Bn = tokensOf(data.train, std::span(rows).subspan(first, 2))}, {},
                              1.0 / static_cast<double>(rows.size()), g, kGo)
                      .nats_B.sum());
      number.fill_(static_cast<double>(step + 1));
      at::_fused_adamw_({w.flat}, {g.flat}, {m.flat}, {v.flat}, {}, {number},
                        learningRate(o, o.warmupSteps, spec.train.steps, step), o.beta1, o.beta2, 0, o.epsilon, false,
                        false);
      QCOMPARE(trainer.trainStep(kGo).loss, nats.item<double>() / static_cast<double>(rows.size()));
    }
    QVERIFY(at::equal(trainer.weights().flat, w.flat));
  }

  /// Saved by two, gone on with by four, then by one: as if nothing had happened.
  void resumesWithAnotherNumber() {
    const auto spec = sharedSpec("tuned", 4);
    Outcome whole, parts;
    withProcesses(1, spec, [&](GptTrainer& trainer) { train(trainer, 30, whole); });
    int64_t from = 0;
    for (const int processes : {2, 4, 1}) {
      withProcesses(processes, spec, [&](GptTrainer& trainer) {
        if (from > 0) trainer.load(file("resumed"));
        QCOMPARE(trainer.step(), from);
        train(trainer, from += 10, parts);
        trainer.save(file("resumed"));
      });
    }
    QVERIFY(parts == whole);
  }

  /// A stop or a pause in the middle of a step: all drop it, and nothing has changed.
  void aStepIsDroppedByAll() {
    const auto spec = sharedSpec("GPT", 4);
    Outcome whole, parts;
    withProcesses(1, spec, [&](GptTrainer& trainer) { train(trainer, 12, whole); });
    withProcesses(2, spec, [&](GptTrainer& trainer) {
      train(trainer, 6, parts);
      std::stop_source source;
      int asked = 0;
      const Control stops({.stop = source.get_token(), .isPaused = [&] {
                             if (++asked == 5) source.request_stop();
                             return false;
                           }});
      QVERIFY_EXCEPTION_THROWN(trainer.trainStep(stops), Stopped);
      QCOMPARE(trainer.step(), 6);
      // Paused from the fifth look on; the process waits before it tells the others to begin again.
      bool hasWaited = false;
      const Control pauses = pausedAtLook(5, hasWaited);
      const auto stats = trainer.trainStep(pauses);
      parts.numbers.insert(parts.numbers.end(), {stats.loss, stats.gradientNorm, 0});
      QVERIFY(hasWaited);
      train(trainer, 12, parts);
    });
    QVERIFY(parts == whole);
  }

  void aDifferenceIsNoticedAtTheCheckpoint() {
    const auto spec = sharedSpec("GPT", 2);
    std::string sentence;
    std::mutex mutex;
    ThreadGroup(2).run([&](ProcessGroup& group) {
      GptTrainer trainer(spec, stripes(&group));
      if (group.rank() > 0) {
        // A weight changes between two checkpoints.
        trainer.follow();
        trainer.weights().flat[5].add_(1e-3);
        trainer.follow();
        return;
      }
      trainer.trainStep(kGo);
      trainer.save(file("equal"));
      tell(group, "now");
      try {
        trainer.save(file("different"));
      } catch (const Error& problem) {
        sentence = problem.what();
      }
      tell(group, "end");
    });
    QVERIFY2(sentence.starts_with("After step 1 the weights of process 1 differ from those of process 0"),
             sentence.c_str());
    QVERIFY(std::filesystem::exists(file("equal")) && !std::filesystem::exists(file("different")));
  }

  /// All of them see it, at the same step, and wait for what process 0 does next.
  void divergesEverywhere() {
    withProcesses(2, sharedSpec("GPT", 2), [&](GptTrainer& trainer) {
      trainer.weights().wpe.fill_(NAN);
      QVERIFY_THROWS_EXCEPTION(Diverged, trainer.trainStep(kGo));
      QCOMPARE(trainer.step(), 0);
    });
    withProcesses(2, sharedSpec("GPT", 2), [&](GptTrainer& trainer) {
      trainer.trainStep(kGo);
      trainer.weights().wpe.fill_(NAN);  // of process 0 alone: its own slices are enough
      QVERIFY_THROWS_EXCEPTION(Diverged, trainer.trainStep(kGo));
      QCOMPARE(trainer.step(), 1);
    });
  }

  void onlyWhatFitsIsTrained() {
    ThreadGroup(2).run([&](ProcessGroup& group) {
      QVERIFY_EXCEPTION_THROWN(GptTrainer(sharedSpec("GPT", 3), stripes(&group)), Error);
    });
  }

  /// The calls that NCCL gets, and the sentences of its failures. A pretend library: no GPU is needed.
  void ncclIsCalledAsItsInterfaceSays() {
    struct Calls {
      std::vector<std::string> list;
      int result = kNcclSuccess, asyncError = kNcclSuccess, pending = 0;
    };
    static Calls calls;
    calls = {};
    const NcclApi api{
        .getVersion = [](int* version) { return *version = 22809, kNcclSuccess; },
        .getUniqueId = [](NcclUniqueId* id) { return id->bytes[127] = 'x', calls.result; },
        .commInitRank =
            [](void** communicator, int ranks, NcclUniqueId id, int rank) {
              calls.list.push_back("init " + std::to_string(rank) + " of " + std::to_string(ranks) + id.bytes[127]);
              *communicator = &calls;
              return kNcclSuccess;
            },
        .commGetAsyncError =
            [](void*, int* error) {
              *error = calls.pending-- > 0 ? kNcclInProgress : calls.asyncError;
              return kNcclSuccess;
            },
        .commAbort = [](void* communicator) { return calls.list.push_back(communicator == &calls ? "abort" : "?"), 0; },
        .commDestroy = [](void*) { return calls.list.push_back("destroy"), 0; },
        .getErrorString = [](int result) { return result == 2 ? "unhandled system error" : "another"; },
        .allReduce =
            [](const void* from, void* to, size_t count, int type, int operation, void* communicator, void*) {
              calls.list.push_back("sum " + std::to_string(count) + " type " + std::to_string(type) +
                                   (from == to && operation == kNcclSum && communicator == &calls ? "" : "?"));
              return kNcclSuccess;
            },
        .groupStart = [] { return calls.list.push_back("together"), 0; },
        .groupEnd = [] { return calls.list.push_back("done"), 0; },
        .send =
            [](const void*, size_t count, int type, int peer, void* communicator, void*) {
              calls.list.push_back("send " + std::to_string(count) + " type " + std::to_string(type) + " to " +
                                   std::to_string(peer) + (communicator == &calls ? "" : "?"));
              return kNcclSuccess;
            },
        .receive =
            [](void*, size_t count, int type, int peer, void*, void*) {
              calls.list.push_back("receive " + std::to_string(count) + " type " + std::to_string(type) + " from " +
                                   std::to_string(peer));
              return kNcclSuccess;
            },
        .broadcast =
            [](const void* from, void* to, size_t count, int type, int root, void*, void*) {
              calls.list.push_back("broadcast " + std::to_string(count) + " type " + std::to_string(type) +
                                   (from == to && root == 0 ? "" : "?"));
              return kNcclSuccess;
            }};
    ThreadGroup(1, std::chrono::milliseconds(50)).run([&](ProcessGroup& group) {
      const auto sentenceOf = [](auto&& work) -> std::string {
        try {
          work();
        } catch (const Error& error) {
          return error.what();
        }
        return "none";
      };
      const auto start = [&] { return NcclGroup(group, at::kCPU, api); };
      {
        NcclGroup nccl = start();
        QCOMPARE(nccl.version(), 22809);
        calls.pending = 3;
        nccl.sum(at::ones({5}));
        QVERIFY(calls.pending < 0);  // it waited
        nccl.sum(at::ones({7}, at::kBFloat16));
        nccl.broadcast(at::ones({3}, at::kLong));
        nccl.barrier();
        const auto part = at::ones({6}).narrow(0, 1, 4);
        nccl.exchange(std::vector{NcclGroup::Message{0, part}}, std::vector{NcclGroup::Message{0, at::ones({4})}});
        nccl.abort();
        QVERIFY(
            sentenceOf([&] { nccl.barrier(); }).starts_with("The GPUs that train together are no longer connected"));
      }
      const std::vector<std::string> expected{
          "init 0 of 1x", "sum 5 type 7", "sum 7 type 9",       "broadcast 24 type 1",
          "sum 1 type 7", "together",     "send 4 type 7 to 0", "receive 4 type 7 from 0",
          "done",         "abort"};
      QCOMPARE(calls.list, expected);
      {
        NcclGroup nccl = start();
        calls.asyncError = 2;
        QVERIFY(sentenceOf([&] { nccl.barrier(); }).find("(unhandled system error)") != std::string::npos);
        QVERIFY(group.isLost());  // no checkpoint waits for the others
        calls.asyncError = kNcclSuccess;
      }
      QCOMPARE(calls.list.back(), std::string("abort"));  // and is not destroyed after
      {
        NcclGroup nccl = start();
        calls.pending = 1'000'000'000;
        QVERIFY(sentenceOf([&] { nccl.barrier(); }).find("silent for") != std::string::npos);
        calls.pending = 0;
        calls.list.clear();
      }
      { const NcclGroup nccl = start(); }
      QCOMPARE(calls.list.back(), std::string("destroy"));
      calls.result = 2;
      QCOMPARE(sentenceOf(start), std::string("NCCL does not start (ncclGetUniqueId: unhandled system error)."));
    });
  }

  /// Each core is taken once, however a launcher deals them out.
  void coresAreShared() {
    const Cores all(0xff), low(0x0f), high(0xf0);
    const auto sharers = [](std::initializer_list<Cores> list, size_t mine) {
      return sharersOf(std::vector<Cores>(list), mine);
    };
    QCOMPARE(sharers({all}, 0), 1);
    QCOMPARE(sharers({all, all, all}, 1), 3);
    QCOMPARE(sharers({low, high}, 1), 1);                   // bound to cores of their own
    QCOMPARE(sharers({low, low, high, high, high}, 1), 2);  // two to the same ones
    QCOMPARE(sharers({low, low, high, high, high}, 4), 3);
    QCOMPARE(sharers({all, low}, 1), 2);
    QCOMPARE(sharers({all, low}, 0), 2);  // 8 cores, 6 of which are its share
    ThreadGroup(2).run([](ProcessGroup& group) { QCOMPARE(sharersOfMyCores(group), 2); });
  }

  /// Gloo's own messages between three members, each on a thread.
  void glooCarriesMessages() {
    constexpr int kSize = 3;
    std::vector<std::jthread> members;
    std::mutex mutex;
    std::vector<std::string> faults;
    const uint16_t port = 20000 + static_cast<uint16_t>(getpid() % 20000);
    for (int rank = 0; rank < kSize; ++rank)
      members.emplace_back([&, rank] {
        const auto check = [&](bool isRight, const char* what) {
          const std::scoped_lock lock(mutex);
          if (!isRight) faults.push_back(what);
        };
        try {
          const auto group = joinByGloo({.launcher = "test",
                                         .rank = rank,
                                         .size = kSize,
                                         .localRank = rank,
                                         .localSize = kSize,
                                         .port = port,
                                         .timeout = std::chrono::seconds(20)});
          if (rank == 0) tell(*group, "hello");
          if (rank > 0) check(hear(*group) == "hello", "broadcast");
          std::vector<int64_t> mine{rank}, all(kSize);
          group->gather(std::as_bytes(std::span(mine)), std::as_writable_bytes(std::span(all)), false);
          check(all == std::vector<int64_t>{0, 1, 2}, "gather");
          // r + 1 floats to process r.
          std::vector<float> out(6, static_cast<float>(rank)), in(static_cast<size_t>(3 * (rank + 1)), -1);
          const std::vector<int64_t> from(kSize, rank + 1);
          group->exchange(out, std::vector<int64_t>{1, 2, 3}, in, from);
          std::vector<float> expected;
          for (int r = 0; r < kSize; ++r)
            expected.insert(expected.end(), static_cast<size_t>(rank) + 1, static_cast<float>(r));
          check(in == expected, "exchange");
          group->barrier();
          if (rank == 2) {  // leaves: the others lose it, and say why
            group->leaveWord("Process 2 of 3: No memory.");
            return;
          }
          try {
            for (;;) group->barrier();
          } catch (const GroupLost& lost) {
            check(group->isLost(), "isLost");
            // Process 0 holds the words; it may have gone when process 1 asks.
            const std::string_view sentence = lost.what();
            check(
                rank > 0 || sentence == "Process 2 of 3: No memory. Resume the run to go on from its last checkpoint.",
                lost.what());
          }
        } catch (const std::exception& failure) {
          check(false, failure.what());
        }
      });
    members.clear();
    QVERIFY2(faults.empty(), faults.empty() ? "" : faults[0].c_str());
  }
};

QTEST_GUILESS_MAIN(SharedTrainingTest)
#include "shared_training_test.moc"
