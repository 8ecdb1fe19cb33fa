#include "core/jobs/run_data.h"

#include <QTest>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/image_file.h"
#include "core/data/spec_check.h"
#include "core/run/run_folder.h"
#include "core/spec/spec_text.h"
#include "core/store/run_types.h"
#include "tests/core/run/fake_trainer.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = SCANLINE_GOLDEN;

struct Told {
  RunPrepared prepared;
  std::vector<std::string> warnings;
};

RunData read(const RunSpec& spec, const fs::path& folder, Told* told = nullptr) {
  FakeEngine engine;
  Told own;
  Told& to = told != nullptr ? *told : own;
  const PrepareContext context{.begin = [](const std::string&) {},
                               .control = {},
                               .warn = [&](const std::string& text) { to.warnings.push_back(text); }};
  return readRunData(spec, folder, engine, context, to.prepared);
}

RunSpec cifar() {
  return {.data = {.name = "cifar10", .path = kGolden / "datasets"}, .palette = {.size = 16}};
}

bool sameTokens(const TokenSet& a, const TokenSet& b) {
  if (a.count != b.count || a.labels != b.labels) return false;
  for (int64_t i = 0; i < a.count; ++i)
    if (!std::ranges::equal(a.image(i), b.image(i))) return false;
  return true;
}

}  // namespace

class RunDataTest : public QObject {
  Q_OBJECT

  TempFolder cache_;

 private slots:
  void initTestCase() { qputenv("XDG_CACHE_HOME", QByteArray::fromStdString(cache_.path().string())); }

  void augmentationIsMadeFromTheRunsOwnData() {
    RunSpec spec = cifar();
    const TempFolder folder;
    QVERIFY(!read(spec, folder.path()).augmenter);
    spec.data.augment = Augment::Cifar;
    const RunData data = read(spec, folder.path());
    QVERIFY(data.augmenter != nullptr);
    std::vector<Token> seen(1024);
    bool plain = false;
    for (int64_t place = 0; place < 1500 && !plain; ++place) {
      data.augmenter->tokens(2, 1, 0, place, seen);
      plain = std::ranges::equal(seen, data.train.image(2));
    }
    QVERIFY(plain);  // the row is the training image of that row
  }

  void eachPartIsTokenizedAndCounted() {
    const TempFolder folder;
    Told told;
    const RunData data = read(cifar(), folder.path(), &told);
    const Dataset set = loadDataset(cifar().data, 1);
    QVERIFY(sameTokens(data.train, tokenize(set.train, data.palette)));
    QVERIFY(sameTokens(data.validation, tokenize(set.validation, data.palette)));
    QVERIFY(sameTokens(data.test, tokenize(set.test, data.palette)));
    QVERIFY(!set.warnings.empty() && told.warnings == set.warnings);  // it is smaller than the published one
    const RunPrepared& prepared = told.prepared;
    QCOMPARE(prepared.trainImages, set.train.count);
    QCOMPARE(prepared.validationImages, set.validation.count);
    QCOMPARE(prepared.testImages, set.test.count);
    QVERIFY(prepared.width == 32 && prepared.height == 32 && prepared.positions == 1024);
    QVERIFY(prepared.classNames == set.classNames && prepared.paletteSize == 16);
    QVERIFY(std::ranges::equal(prepared.palette, data.palette.colours()));
  }

  /// A palette that was named is taken, and a run keeps the one that it began with.
  void aRunKeepsItsPalette() {
    const TempFolder folder;
    RunSpec spec = cifar();
    spec.palette.path = folder / "two.npy";
    savePalette(spec.palette.path, Palette({{-1, -1, -1}, {1, 1, 1}}));
    QCOMPARE(read(spec, folder.path()).palette.size(), 2);
    QVERIFY(loadPalette(folder / "palette.npy") == loadPalette(spec.palette.path));
    spec.palette.path.clear();
    QCOMPARE(read(spec, folder.path()).palette.size(), 2);
  }

  void onlyKindsThatStartFromAModelAreGivenIt() {
    const TempFolder folder;
    RunSpec spec = cifar();
    spec.kind = RunKind::Probe;
    QVERIFY(read(spec, folder.path()).model.empty());
    writeFileAtomically(folder / kModelFile, "weights");
    QCOMPARE(read(spec, folder.path()).model, folder / kModelFile);
    spec.kind = RunKind::Pretrain;
    QVERIFY(read(spec, folder.path()).model.empty());
  }

  /// The same pictures as an image folder and in memory: the same palette, the same tokens.
  void aFolderGivesWhatMemoryGives() {
    const Dataset set = loadDataset(cifar().data, 1);
    const TempFolder images, one, other;
    for (int64_t i = 0; i < set.train.count; ++i) {
      const auto rgb = set.train.image(i);
      const fs::path folder =
          images / "train" / set.classNames[static_cast<size_t>(set.train.labels[static_cast<size_t>(i)])];
      fs::create_directories(folder);
      writePng(folder / (std::to_string(1000 + i) + ".png"), {32, 32, {rgb.begin(), rgb.end()}});
    }
    RunSpec spec = cifar();
    spec.data = {.name = "images", .path = images.path(), .side = 32};
    const RunData mapped = read(spec, one.path());
    QVERIFY(!mapped.train.file.isNone() && mapped.train.ids.empty());

    // Read once more, in memory, in the order of the folder.
    const Dataset folder = loadDataset(spec.data, spec.seed);
    ImageSet copy{.count = folder.train.count, .width = 32, .height = 32, .rgb = {}, .labels = folder.train.labels};
    for (int64_t i = 0; i < copy.count; ++i)
      copy.rgb.insert(copy.rgb.end(), folder.train.image(i).begin(), folder.train.image(i).end());
    const Palette palette = fitPalette(copy, 16, spec.palette.pixels, spec.palette.iterations, spec.seed, 2);
    QVERIFY(mapped.palette == palette);
    QVERIFY(sameTokens(mapped.train, tokenize(copy, palette)));
    QVERIFY(sameTokens(read(spec, one.path()).train, mapped.train));  // from the cache
    spec.palette.size = 4;
    const RunData fewer = read(spec, other.path());  // another palette, another file
    QVERIFY(sameTokens(fewer.train, tokenize(copy, fewer.palette)));
  }

  void tokensComeWithTheirOwnColours() {
    const RunSpec spec{.data = {.name = "tokens", .path = kGolden / "tokenized/openai_layout"},
                       .palette = {.size = 16, .path = kGolden / "kmeans_centers.npy"}};
    QVERIFY(problems(spec).empty());
    const TempFolder folder;
    const RunData data = read(spec, folder.path());
    QCOMPARE(data.palette.size(), 512);
    QCOMPARE(data.width, 8);
    QCOMPARE(data.train.count, 32);
    QCOMPARE(data.validation.count, 8);
    QCOMPARE(data.test.count, 8);
    QVERIFY(loadPalette(folder / "palette.npy") == data.palette);
    savePalette(folder / "palette.npy", Palette({{0, 0, 0}, {1, 1, 1}}));
    QVERIFY_THROWS_EXCEPTION(Error, read(spec, folder.path()));  // a run does not change its colours
  }

  /// The page of the data and the terminal show the very images that a run learns from.
  void allRoadsSeeTheSameImages() {
    const PrepareContext quiet{.begin = [](const std::string&) {}, .control = {}, .warn = [](const std::string&) {}};
    RunSpec spec{.data = {.name = "digits"}, .palette = {.size = 4}};
    spec.kind = RunKind::Vqvae;
    spec.vqvae = {.grid = 3, .stride = 4};
    const TempFolder folder;
    const RunData run = read(spec, folder.path());
    const PreparedData shown = prepareData(spec, quiet, {.tokens = false});
    QCOMPARE(shown.width, 12);  // grid times stride
    QVERIFY(shown.images.train.rgb == run.trainImages.rgb && !shown.palette);
    QCOMPARE(run.width, 3);

    spec.kind = RunKind::Pretrain;
    const RunData trained = read(spec, folder.path());
    const PreparedData again = prepareData(spec, quiet, {.palette = trained.palette});
    QVERIFY(sameTokens(again.train, trained.train) && sameTokens(again.validation, trained.validation));
    QVERIFY(prepareData(spec, quiet).palette == trained.palette);  // found once more
    QCOMPARE(prepareData(spec, quiet, {.tokens = false}).train.count, 0);
  }

  void tokensCannotBeWorkedOnAsPixels() {
    RunSpec spec{.data = {.name = "tokens", .path = "somewhere"}};
    QVERIFY(problems(spec).empty());
    spec.data.side = 8;
    spec.data.augment = Augment::Cifar;
    std::vector<std::string> keys;
    for (const SpecProblem& problem : problems(spec)) keys.push_back(problem.key);
    QCOMPARE(keys, (std::vector<std::string>{"data.side", "data.augment"}));
    QCOMPARE(problems({.data = {.name = "npy"}}).at(0).key, std::string("data.path"));
    QVERIFY(problems({.data = {.name = "npy", .path = "x.npy"}}).empty());  // any size will do
    QCOMPARE(problems({.data = {.name = "imagenet", .path = "x"}}).at(0).key, std::string("data.side"));
  }
};

QTEST_APPLESS_MAIN(RunDataTest)
#include "run_data_test.moc"
