#include <QTest>
#include <cmath>

#include "core/base/error.h"
#include "core/data/spec_check.h"
#include "core/spec/fields.h"
#include "core/spec/spec_text.h"

using namespace scanline;

class SpecCheckTest : public QObject {
  Q_OBJECT

  /// Compares the only problem of `spec` with the expected one.
  static void checkOnly(const RunSpec& spec, const char* key, const char* sentence) {
    const auto found = problems(spec);
    QCOMPARE(found.size(), size_t{1});
    QCOMPARE(found[0].key, std::string(key));
    QCOMPARE(found[0].sentence, std::string(sentence));
    QVERIFY_EXCEPTION_THROWN(validate(spec), Error);
  }

 private slots:
  void theDefaultsAreSound() {
    QVERIFY(problems({}).empty());
    validate({});
  }

  void everyNumberIsHeldToItsRange() {
    const RunSpec defaults;
    forEachField(defaults, [](const FieldInfo& info, const auto& field) {
      using T = std::remove_cvref_t<decltype(field)>;
      if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
        for (const bool above : {false, true}) {
          RunSpec spec;
          forEachField(spec, [&](const FieldInfo& other, auto& value) {
            using U = std::remove_cvref_t<decltype(value)>;
            if constexpr (std::is_same_v<T, U>) {
              if (other.key != info.key) return;
              if constexpr (std::is_same_v<T, double>) {
                value = above ? std::nextafter(info.maximum, INFINITY) : std::nan("");
              } else {
                value = above ? std::numeric_limits<T>::max() : static_cast<T>(static_cast<T>(info.minimum) - 1);
              }
            }
          });
          bool named = false;
          for (const SpecProblem& p : problems(spec)) named |= p.key == info.key;
          QVERIFY2(named, info.key.data());
        }
      }
    });
  }

  void headsMustDivideTheWidth() {
    checkOnly({.model = {.width = 64, .heads = 5}}, "model.heads",
              "model.heads is 5, which does not divide model.width (64); give 4 or 8 heads, or a width that is a "
              "multiple of 5.");
    checkOnly({.model = {.width = 16383, .heads = 255}}, "model.heads",
              "model.heads is 255, which does not divide model.width (16383); give 129 heads, or a width that is a "
              "multiple of 255.");
  }

  void dataMustBeKnownAndFound() {
    checkOnly({.data = {.name = "cifar"}}, "data.name",
              "data.name is \"cifar\"; give one of: digits, cifar10, cifar100, stl10, mnist, fashion-mnist, imagenet, "
              "images, "
              "npy, tokens.");
    checkOnly({.data = {.name = "cifar10"}}, "data.path",
              "data.path is empty, but the data set cifar10 does not come with Scanline; give the place it lies in, or "
              "fetch it with scanline-cli data fetch.");
    checkOnly({.data = {.name = "images", .path = "photos"}}, "data.side",
              "data.side is 0, but the pictures of a folder have sizes of their own; give the pixels they are brought "
              "to, from 1 "
              "to 256.");
    checkOnly({.data = {.limit = 1}}, "data.limit",
              "data.limit is 1, which leaves nothing to validate on; give 0 for all images, or 2 or more.");
  }

  void sizesMustFitEachOther() {
    checkOnly({.train = {.batchSize = 32, .microBatch = 64}}, "train.microBatch",
              "train.microBatch is 64, above train.batchSize (32); give a whole number from 1 to 32, or 0 to have it "
              "chosen.");
    checkOnly({.train = {.batchSize = 32, .slices = 33}}, "train.slices",
              "train.slices is 33, above train.batchSize (32), so that some slices would have no image; give a whole "
              "number from 1 to 32.");
    checkOnly({.palette = {.size = 64, .pixels = 63}}, "palette.pixels",
              "palette.pixels is 63, fewer than the colours to find in them (palette.size, 64); give 64 or more.");
    checkOnly({.palette = {.size = 16}, .sample = {.topK = 17}}, "sample.topK",
              "sample.topK is 17, above palette.size (16); give a whole number from 1 to 16, or 0 for all colours.");
  }

  void imagesMustFitTheGridOfCodes() {
    const RunSpec sound{.kind = RunKind::Vqvae, .vqvae = {.stride = 4}};  // digits have 8 x 8 pixels
    QVERIFY(problems(sound).empty());
    RunSpec spec = sound;
    spec.vqvae.stride = 6;
    checkOnly(spec, "vqvae.stride", "vqvae.stride is 6; give a power of two: 2, 4, 8 or 16.");
    spec.vqvae.stride = 16;
    checkOnly(spec, "data.side",
              "The images have 8 pixels a side, which vqvae.stride (16) does not divide; give data.side 16, or another "
              "stride.");
    spec.vqvae.grid = 2;
    QVERIFY(problems(spec).empty());
    spec.vqvae.grid = 17;
    checkOnly(spec, "vqvae.grid",
              "vqvae.grid is 17, which makes images of 272 pixels with vqvae.stride 16; give 16 or less.");
    spec.vqvae.grid = 2;
    spec.data.side = 48;
    checkOnly(spec, "data.side",
              "data.side is 48, but vqvae.grid x vqvae.stride makes images of 32 pixels; give that, or 0.");
    spec = sound;
    spec.data.augment = Augment::Cifar;
    checkOnly(spec, "data.augment", "data.augment is cifar, but a VQ-VAE takes images as they are; give none.");
  }

  void tokensAreColoursOrCodes() {
    RunSpec spec{.data = {.name = "images", .path = "photos"}, .palette = {.size = 16, .vqvae = "a run"}};
    spec.sample.topK = 100;           // of codes that nobody has counted yet
    QVERIFY(problems(spec).empty());  // the VQ-VAE knows the size of its images
    spec.palette.path = "colours.npy";
    checkOnly(spec, "palette.path",
              "palette.path and palette.vqvae are both given, but tokens are colours or codes; empty one of them.");
    spec.palette.path.clear();
    spec.name = "a run";
    checkOnly(spec, "name",
              "palette.vqvae names the run \"a run\", which would be this one; give this run another name.");
    spec.name = "another";
    spec.data.augment = Augment::Cifar;
    checkOnly(spec, "data.augment",
              "data.augment is cifar, but the coding by a VQ-VAE takes images as they are; give none.");
  }

  void aRunHasAName() { checkOnly({.name = ""}, "name", "name is empty; give the run a name of at least one letter."); }

  void allProblemsAreTold() {
    const auto found = problems({.name = "", .data = {.name = "x"}, .model = {.layers = 0, .heads = 7}});
    QCOMPARE(found.size(), size_t{4});
  }

  void ratesToSearchMustBeRatesOfTheKind() {
    checkOnly({.search = {.rates = "0.01, much"}}, "search.rates",
              "search.rates is \"0.01, much\"; give numbers with commas between them, as in 0.01, 0.003.");
    checkOnly({.search = {.rates = "0.01, 30"}}, "search.rates",
              "optimizer.learningRate is 30.0; give a number from 1e-08 to 10.");
    QVERIFY(problems({.kind = RunKind::Probe, .probe = {.solver = ProbeSolver::Sgd}, .search = {.rates = "30, 10"}})
                .empty());
    checkOnly(
        {.kind = RunKind::Probe, .search = {.rates = "30, 10"}}, "search.rates",
        "search.rates is \"30, 10\", but a run of kind probe with the solver lbfgs has no learning rate to search "
        "for; empty search.rates, or choose the solver sgd.");
    checkOnly(
        {.kind = RunKind::LowData, .search = {.rates = "1"}}, "search.rates",
        "search.rates is \"1\", but a run of kind lowdata has no learning rate to search for; empty search.rates.");
  }
};

QTEST_APPLESS_MAIN(SpecCheckTest)
#include "spec_check_test.moc"
