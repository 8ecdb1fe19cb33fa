#include <QTest>
#include <cmath>
#include <filesystem>

#include "core/base/error.h"
#include "core/jobs/run_job.h"
#include "core/run/code_atlas.h"
#include "core/run/run_folder.h"
#include "core/spec/spec_text.h"
#include "tests/core/learn/vqvae_images.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

/// Digits of 8 x 8 pixels, a code for every 2 x 2 of them.
RunSpec vqvaeSpec() {
  RunSpec spec;
  spec.name = "coder";
  spec.kind = RunKind::Vqvae;
  spec.threads = 1;
  spec.device = Device::Cpu;
  spec.data.limit = 100;
  spec.train = {
      .steps = 9, .batchSize = 10, .evaluateEvery = 3, .evaluateImages = 8, .checkpointEvery = 6, .keepEvery = 6};
  spec.optimizer.warmupSteps = 2;
  spec.sample = {.every = 6, .prompts = 2};
  spec.vqvae = {.stride = 2, .codes = 6, .codeWidth = 2, .width = 4, .blocks = 1};
  return spec;
}

RunSpec codesSpec(const std::string& vqvae) {
  RunSpec spec;
  spec.name = "on codes";
  spec.threads = 1;
  spec.device = Device::Cpu;
  spec.data.limit = 100;
  spec.palette.vqvae = vqvae;
  spec.model = {.layers = 1, .width = 8, .heads = 1};
  spec.train = {.steps = 4, .batchSize = 10, .evaluateEvery = 2, .evaluateImages = 8, .checkpointEvery = 2};
  spec.probe = {.every = 0, .trainImages = 60, .testImages = 10};
  spec.sample = {.every = 0, .prompts = 2, .perPrompt = 3, .unconditional = 2};
  return spec;
}

}  // namespace

/// Runs from their specs to their ends, with the real engine: first a VQ-VAE, then a transformer on its codes.
class VqvaeRunTest : public QObject {
  Q_OBJECT

  TempFolder folder_;
  std::unique_ptr<Engine> engine_{scanlineMakeEngine()};
  std::unique_ptr<RunStore> store_;
  RunId vqvae_, codes_;

  void run(RunId run, bool resume = false) {
    RunRecorder recorder(RunStore(folder_.path(), StoreMode::ReadWrite), run, {});
    runJob(*engine_, recorder, run, resume, {});
    recorder.flush();
  }
  RunId make(const RunSpec& spec) {
    const RunId id = store_->create(toToml(spec));
    run(id);
    return id;
  }
  fs::path checkpoint(RunId run) const { return store_->folder(run) / store_->checkpoints(run).back().file; }

 private slots:
  void initTestCase() {
    store_ = std::make_unique<RunStore>(folder_.path(), StoreMode::ReadWrite);
    vqvae_ = make(vqvaeSpec());
    codes_ = make(codesSpec("coder"));
    for (const RunId each : {vqvae_, codes_}) {
      const RunSummary summary = store_->run(each);
      QVERIFY2(summary.state == RunState::Finished, summary.detail.c_str());
    }
  }

  void aVqvaeRunIsRecorded() {
    std::vector<int64_t> steps;
    for (const CodebookUse& use : store_->codebookUse(vqvae_, -1)) {
      steps.push_back(use.step);
      QCOMPARE(use.counts.size(), size_t{6});
    }
    QCOMPARE(steps, (std::vector<int64_t>{0, 3, 6, 9}));
    for (const char* name : {"vqvae/perplexity", "vqvae/usedCodes", "vqvae/psnr", "validation/loss"})
      QCOMPARE(store_->points(vqvae_, name, -1).size(), size_t{4});
    const auto sets = store_->sampleSets(vqvae_);
    QCOMPARE(sets.size(), size_t{3});  // 0, 6, 9; and no whole images
    const auto set = store_->samples(vqvae_, 9, true);
    QVERIFY(set.has_value());
    QCOMPARE(set->pixelWidth, 8);
    QCOMPARE(set->samplePixels.size(), size_t{2});
    const RunPrepared prepared = store_->details(vqvae_).prepared;
    QCOMPARE(prepared.positions, 16);
    QCOMPARE(prepared.palette.size(), size_t{6});
  }

  void theGridSaysHowLargeImagesAre() {
    RunSpec spec = vqvaeSpec();
    spec.name = "small";
    spec.vqvae.grid = 2;  // codes of 2 pixels a side
    spec.train.steps = 1;
    const RunPrepared prepared = store_->details(make(spec)).prepared;
    QCOMPARE(prepared.width, 2);
    QCOMPARE(prepared.positions, 4);
  }

  void theTokensAreTheCodes() {
    const RunPrepared prepared = store_->details(codes_).prepared;
    QCOMPARE(prepared.positions, 16);
    QCOMPARE(prepared.width, 4);
    QCOMPARE(prepared.paletteSize, 6);
    const auto first = store_->points(codes_, "validation/loss", -1).front();
    QCOMPARE_LT(std::abs(first.value - std::log(6.0)), 1e-6);
    QCOMPARE(store_->probes(codes_, 0).size(), size_t{2});
  }

  void samplesOnCodesHavePixels() {
    const auto codec = engine_->openVqvae(checkpoint(vqvae_), 1);
    for (const bool completions : {true, false}) {
      const auto set = store_->samples(codes_, 4, completions);
      QVERIFY(set.has_value());
      QCOMPARE(set->pixelWidth, 8);
      QCOMPARE(set->pixelHeight, 8);
      QCOMPARE(set->samplePixels, codec->decode(set->samples, 4));
      QCOMPARE(set->originalPixels, codec->decode(set->originals, 4));
    }
  }

  /// Beside its reconstruction, the image itself is kept: the one whose codes the model goes on from.
  void samplesOnCodesHoldTheTruePictures() {
    const auto codec = engine_->openVqvae(checkpoint(vqvae_), 1);
    const auto set = store_->samples(codes_, 4, true);
    QCOMPARE(set->truePixels.size(), size_t{2});
    for (size_t prompt = 0; prompt < 2; ++prompt) {
      const ImageSet image{.count = 1, .width = 8, .height = 8, .rgb = set->truePixels[prompt]};
      QCOMPARE(codec->encode(image).ids, set->originals[prompt]);
      QVERIFY(set->truePixels[prompt] != set->originalPixels[prompt]);
    }
    QVERIFY(store_->samples(codes_, 4, false)->truePixels.empty());
    QVERIFY(store_->samples(vqvae_, 9, true)->truePixels.empty());  // there the originals are the images
  }

  /// Patches have the mean colours that the codec gives its codes, and pictures hold the codes that it makes of them.
  void theAtlasIsTheCodecs() {
    const auto codec = engine_->openVqvae(checkpoint(vqvae_), 1);
    const ImageSet images = squares(7, 8, 3);
    const CodeAtlas atlas = codeAtlasOf(*codec, images, {});
    QCOMPARE(atlas.stride, 2);
    QCOMPARE(atlas.across, 4);
    QCOMPARE(atlas.grids.ids, codec->encode(images).ids);
    const Palette colours = codec->colours();
    QCOMPARE(atlas.patches.count, 6);
    for (int64_t code = 0; code < 6; ++code)
      for (size_t channel = 0; channel < 3; ++channel) {
        double mean = 0;
        bool isClipped = false;  // then the mean of what is seen is another one
        for (size_t pixel = 0; pixel < 4; ++pixel) {
          const uint8_t value = atlas.patches.image(code)[3 * pixel + channel];
          mean += value / 4.0;
          isClipped |= value == 0 || value == 255;
        }
        if (isClipped) continue;
        const double expected =
            (static_cast<double>(colours.colours()[static_cast<size_t>(code)][channel]) + 1) * 127.5;
        QVERIFY2(std::abs(mean - expected) < 1, qPrintable(QStringLiteral("%1 %2").arg(mean).arg(expected)));
      }
    int64_t held = 0;
    for (Token code = 0; code < 6; ++code)
      for (const CodeAtlas::Use& use : atlas.uses(code, 100)) {
        held += std::ssize(use.positions);
        for (const int64_t position : use.positions)
          QCOMPARE(atlas.grids.image(use.picture)[static_cast<size_t>(position)], code);
      }
    QCOMPARE(held, 7 * 16);
  }

  void completionsFromACheckpointAreDecoded() {
    const auto set = engine_->complete({.checkpoint = checkpoint(codes_), .perPrompt = 2, .threads = 1}, Control());
    QCOMPARE(set.samplePixels.size(), size_t{2});
    QCOMPARE(set.samplePixels[0].size(), size_t{192});
  }

  void theVqvaeStaysWithItsRun() {
    const fs::path kept = store_->folder(codes_) / kVqvaeFile;
    QVERIFY(fs::exists(kept));
    const RunId other = make(codesSpec(checkpoint(vqvae_).string()));  // a file will do, too
    const RunId third = make(codesSpec("coder@6"));
    const RunId child = store_->fork(codes_, 4, toToml([] {
                                       RunSpec longer = codesSpec("coder");
                                       longer.train.steps = 6;
                                       return longer;
                                     }()));
    QCOMPARE(store_->points(other, "train/loss", -1).back().value,
             store_->points(codes_, "train/loss", -1).back().value);
    QVERIFY(engine_->openVqvae(store_->folder(third) / kVqvaeFile, 1)->info().step == 6);
    store_->rename(vqvae_, "gone");
    run(child, true);
    QCOMPARE(store_->run(child).state, RunState::Finished);
    QCOMPARE(store_->run(child).step, 6);
    QCOMPARE(store_->samples(child, 6, false)->samplePixels.size(), size_t{2});
    store_->rename(vqvae_, "coder");
  }

  void whatIsMissingOrWrongIsSaid() {
    const RunId none = make(codesSpec("nobody"));
    QVERIFY2(store_->run(none).detail.find("nobody is neither a checkpoint file nor a run") != std::string::npos,
             store_->run(none).detail.c_str());
    const RunId wrong = make(codesSpec(checkpoint(codes_).string()));
    QVERIFY2(store_->run(wrong).detail.find("is the checkpoint of an image GPT") != std::string::npos,
             store_->run(wrong).detail.c_str());
    QVERIFY_THROWS_EXCEPTION(Error, engine_->inspect(checkpoint(vqvae_)));
    const fs::path alone = folder_ / "alone.safetensors";
    fs::copy_file(checkpoint(codes_), alone);
    try {
      engine_->complete({.checkpoint = alone, .threads = 1}, Control());
      QFAIL("nothing was thrown");
    } catch (const Error& error) {
      QVERIFY2(std::string(error.what()).find("there is no vqvae.safetensors") != std::string::npos, error.what());
    }
  }

  /// Stopped and resumed, a run records the same as one in one go.
  void aResumedVqvaeRunRecordsTheSame() {
    RunSpec spec = vqvaeSpec();
    spec.train.steps = 6;
    spec.optimizer.schedule = Schedule::Constant;
    RunSpec longer = spec;
    longer.train.steps = 9;
    const RunId whole = make(longer), first = make(spec);
    const RunId resumed = store_->fork(first, 6, toToml(longer));
    run(resumed, true);
    QCOMPARE(store_->run(resumed).step, 9);
    for (const char* name : {"train/loss", "vqvae/perplexity"})
      QCOMPARE(store_->points(resumed, name, 6).back().value, store_->points(whole, name, 6).back().value);
    QCOMPARE(store_->samples(resumed, 9, true)->samplePixels, store_->samples(whole, 9, true)->samplePixels);
  }
};

QTEST_GUILESS_MAIN(VqvaeRunTest)
#include "vqvae_run_test.moc"
