// Pictures drawn by a graph of the device: those that are drawn kernel by kernel. Device and graphs are pretended.
#include <torch/torch.h>

#include <QTest>

#include "core/learn/model/device_graph.h"
#include "core/learn/model/sampling.h"
#include "core/run/loop.h"
#include "tests/core/learn/device/pretend_device.h"
#include "tests/core/learn/device/pretend_graph.h"

using namespace scanline;

namespace {

const Control kGo;
constexpr int64_t kPositions = 144;  // graphs for 64, 128 and 144 entries of the cache

Gpt modelOn(at::Device device, int64_t heads, at::ScalarType type = at::kFloat) {
  auto weights =
      initialWeights({.layers = 1, .width = 16, .heads = heads, .paletteSize = 7, .positions = kPositions}, 3);
  weights.head.copy_(initialWeights(weights.shape, 4).wte * 50);
  auto there = weights.on(device);
  return Gpt(type == at::kFloat ? there : there.withOperands(type));
}

struct Drawn {
  SampleSet set;
  std::vector<std::string> waits;
  std::string said;
};

Drawn draw(const Gpt& model, SampleRequest request, bool usesGraph) {
  Drawn drawn;
  request.usesGraph = usesGraph;
  request.say = [&](const std::string& sentence) { drawn.said += sentence; };
  pretend::clearWaits();
  drawn.set = drawSamples(model, request, kGo);
  drawn.waits = pretend::waits();
  return drawn;
}

}  // namespace

Q_DECLARE_METATYPE(scanline::SampleRequest)

class DeviceGraphTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    pretend::clearGraphLog();
    pretend::setGraphs(pretend::Graphs::Work);
  }

  void aGraphDrawsTheSame_data() {
    QTest::addColumn<SampleRequest>("request");
    QTest::addColumn<int>("captures");
    QTest::addColumn<int>("before");  // positions that are no replay: three at first, and one before each other graph
    std::vector<Token> original(static_cast<size_t>(kPositions), Token{3});
    QTest::newRow("whole images") << SampleRequest{.perPrompt = 2, .seed = 1} << 3 << 5;
    QTest::newRow("completions") << SampleRequest{.originals = {original, original}, .given = 60, .perPrompt = 2} << 2
                                 << 5;
    QTest::newRow("cold, five best")
        << SampleRequest{.originals = {original}, .given = 100, .perPrompt = 2, .temperature = 0.7, .topK = 5} << 2
        << 4;
    QTest::newRow("the last three") << SampleRequest{.originals = {original}, .given = 141} << 0 << 2;
  }
  /// Bit for bit, in either type and with both kernels of attention; most positions are replays; the host waits no more
  /// often, and no memory is left over.
  void aGraphDrawsTheSame() {
    QFETCH(SampleRequest, request);
    QFETCH(int, captures);
    QFETCH(int, before);
    // Heads of 8, which the device's kernel takes, and of 4.
    for (const auto& [type, heads] :
         {std::pair(at::kFloat, 2), std::pair(at::kBFloat16, 2), std::pair(at::kFloat, 4)}) {
      const Gpt model = modelOn(pretend::kDevice, heads, type);
      const auto plain = draw(model, request, false);
      QCOMPARE(pretend::graphLog().captures, 0);
      const int64_t used = pretend::memoryUsed();
      const auto graphed = draw(model, request, true);
      QCOMPARE(pretend::memoryUsed(), used);
      QCOMPARE(graphed.set.samples, plain.set.samples);
      QCOMPARE(graphed.set.sampleNats, plain.set.sampleNats);
      QCOMPARE(graphed.waits, plain.waits);
      QCOMPARE(graphed.said, std::string());
      const auto log = pretend::graphLog();
      QCOMPARE(log.captures, captures);
      QCOMPARE(log.replays, kPositions - request.given - 1 - before);  // the last position goes nowhere
      pretend::clearGraphLog();
    }
  }

  /// Without graphs pictures are drawn all the same, and a sentence says why.
  void withoutGraphsASentenceSaysSo() {
    const Gpt model = modelOn(pretend::kDevice, 2);
    const SampleRequest request{.perPrompt = 2, .seed = 5};
    const auto expected = draw(model, request, false);
    QCOMPARE(expected.said, std::string());
    pretend::setGraphs(pretend::Graphs::AreNotThere);
    auto found = draw(model, request, true);
    QCOMPARE(found.set.samples, expected.set.samples);
    QCOMPARE(found.said,
             std::string("Pictures are drawn without a CUDA graph, kernel by kernel. This driver is too old."));
    pretend::setGraphs(pretend::Graphs::FailWhenRecorded);
    found = draw(model, request, true);
    QCOMPARE(found.set.samples, expected.set.samples);
    QVERIFY2(found.said.find("operation not supported by this test") != std::string::npos, found.said.c_str());
    QCOMPARE(pretend::graphLog().replays, 0);
  }

  /// A pretend graph sees what a real one would not take, so the pictures above are drawn without it.
  void whatAGraphCannotDoIsRefused() {
    const auto problemOf = [](const std::function<void()>& work) {
      RepeatedWork repeated(pretend::kDevice, makeDeviceGraph(pretend::kDevice).graph);
      for (int i = 0; i < 5; ++i) repeated.run(1, work);
      return repeated.problem();
    };
    auto sum = at::zeros({3}, at::TensorOptions(at::kFloat).device(pretend::kDevice));
    QCOMPARE(problemOf([&] { sum.add_(1); }), std::string());
    QCOMPARE(sum[0].item<float>(), 5.0F);  // recording adds nothing
    const auto host = at::ones({3});
    for (const auto& [name, work] :
         std::vector<std::pair<std::string, std::function<void()>>>{{"item", [&] { (void)sum.sum().item<float>(); }},
                                                                    {"to the host", [&] { (void)sum.cpu(); }},
                                                                    {"from the host", [&] { sum.copy_(host); }},
                                                                    {"nonzero", [&] { (void)sum.nonzero(); }}}) {
      const auto problem = problemOf(work);
      QVERIFY2(problem.find("not permitted when stream is capturing") != std::string::npos,
               (name + ": " + problem).c_str());
    }
  }

  void aStopEndsItBetweenTwoPositions() {
    const Gpt model = modelOn(pretend::kDevice, 2);
    int looks = 0;
    const Control control({.mayGoOn = [&] { return ++looks < 40; }});
    QVERIFY_THROWS_EXCEPTION(Stopped, drawSamples(model, {.perPrompt = 2}, control));
    QVERIFY(pretend::graphLog().replays > 20 && pretend::graphLog().replays < 40);
  }
};

QTEST_APPLESS_MAIN(DeviceGraphTest)
#include "device_graph_test.moc"
