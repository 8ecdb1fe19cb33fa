// The terminal derives a run from another as the window does.
#include "experiments/cli/from_checkpoint.h"

#include <QTest>

#include "core/base/error.h"
#include "core/run/checkpoint_settings.h"
#include "core/spec/next_run.h"
#include "core/spec/presets.h"
#include "core/spec/spec_text.h"

using namespace scanline;

namespace {

/// Of a checkpoint that a run with these settings wrote. It found fewer colours than it asked for.
CheckpointInfo infoOf(const RunSpec& spec) {
  const int64_t side = spec.data.side > 0 ? spec.data.side : 8;
  return {.specToml = toToml(spec),
          .step = 5,
          .positions = side * side,
          .width = side,
          .height = side,
          .model = spec.model,
          .palette = Palette({{-1, -1, -1}, {1, 1, 1}})};
}

/// RunStarter of the window calls nextSpec() with the settings of the run, and the form takes from the checkpoint
/// the settings that it decides.
RunSpec specOfWindow(const RunSpec& trained, const CheckpointInfo& info, RunKind kind) {
  RunSpec spec = nextSpec(trained, kind);
  const RunSpec there = withSettingsOf(info, nextSpec(trained, RunKind::Probe));
  for (const SpecDifference& difference : differences(spec, there))
    if (isDecidedByCheckpoint(spec, difference.key)) setField(spec, difference.key, difference.right);
  return spec;
}

}  // namespace

class FromCheckpointTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void windowAndTerminalDeriveTheSame_data() {
    QTest::addColumn<QString>("source");
    QTest::addColumn<int>("kind");
    for (const char* source : {"quick-start", "lr-search", "cifar10-small", "cifar10-bert", "cifar10-mingpt",
                               "cifar10-codes", "igpt-s", "igpt-l-finetune"})
      for (const RunKind kind : {RunKind::Probe, RunKind::Finetune, RunKind::LowData})
        QTest::addRow("%s, kind %d", source, static_cast<int>(kind)) << source << static_cast<int>(kind);
  }
  void windowAndTerminalDeriveTheSame() {
    QFETCH(const QString, source);
    QFETCH(const int, kind);
    RunSpec trained = preset(source.toStdString()).spec;
    trained.data.augment = trained.palette.vqvae.empty() ? Augment::Cifar : Augment::None;
    const CheckpointInfo info = infoOf(trained);
    const auto inWindow = specOfWindow(trained, info, static_cast<RunKind>(kind));
    const auto inTerminal = specFrom(info, "step-5.safetensors", static_cast<RunKind>(kind), "");
    for (const SpecDifference& difference : differences(inWindow, inTerminal))
      QFAIL((difference.key + ": " + difference.left + ", " + difference.right).c_str());
    QCOMPARE(inTerminal.name, inWindow.name);  // differences() leaves names out
  }

  /// With --spec all settings but the model's are the file's.
  void aSpecKeepsItsSettings() {
    const auto spec =
        specFrom(infoOf(preset("quick-start").spec), "step-5.safetensors", RunKind::Probe, "cifar10-probe");
    QCOMPARE(spec.name, std::string("cifar10 probe"));
    QCOMPARE(spec.model.layers, 4);
    QCOMPARE(spec.palette.size, 32);  // asked for, as in the checkpoint's own run; k-means found 2
    QCOMPARE(spec.data.side, 8);      // cifar10's are 32, and the model sees 8
    QCOMPARE(spec.probe.l2Values, preset("cifar10-probe").spec.probe.l2Values);
  }
};

QTEST_GUILESS_MAIN(FromCheckpointTest)
#include "from_checkpoint_test.moc"
