#include "core/run/open_model.h"

#include <QTest>
#include <atomic>
#include <cmath>
#include <thread>

#include "core/formats/npy.h"
#include "core/run/checkpoint_file.h"
#include "core/run/engine.h"
#include "core/run/run_folder.h"
#include "core/spec/spec_text.h"
#include "tests/core/learn/vqvae_images.h"
#include "tests/support/sentence_of.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

using Rows = std::vector<std::vector<Token>>;

const fs::path kGolden = SCANLINE_GOLDEN;

TokenSet tokenSet(const fs::path& file) {
  const auto array = readNpy(file);
  TokenSet set{.count = array.shape[0], .length = array.shape[1]};
  for (const auto id : array.values<int64_t>()) set.ids.push_back(static_cast<Token>(id));
  return set;
}

std::vector<Token> picture(const TokenSet& set, int64_t index) {
  const auto row = set.image(index);
  return {row.begin(), row.end()};
}

std::vector<double> softmax(std::span<const float> logits) {
  std::vector<double> shares;
  double sum = 0;
  for (const float logit : logits) sum += shares.emplace_back(std::exp(double{logit}));
  for (double& share : shares) share /= sum;
  return shares;
}

RunSpec smallSpec(Objective objective = Objective::Autoregressive) {
  RunSpec spec;
  spec.threads = 1;
  spec.seed = 5;
  spec.device = Device::Cpu;
  spec.model = {.objective = objective, .layers = 2, .width = 8, .heads = 2, .maskRate = 0.4};
  spec.train.batchSize = 4;
  spec.train.precision = Precision::Fp32;
  spec.probe.features = ProbeFeatures::Normed;
  return spec;
}

RunData smallData() {
  RunData data{.palette = Palette({{-1, -1, -1}, {0, 0, 0}, {1, 1, 1}}), .width = 3, .height = 3};
  data.train = {.count = 4, .length = 9};
  for (int i = 0; i < 36; ++i) data.train.ids.push_back(static_cast<Token>(i * i % 3));
  return data;
}

}  // namespace

/// Questions to trained models, seen through the Torch-free door.
class OpenModelTest : public QObject {
  Q_OBJECT

  std::unique_ptr<Engine> engine_{scanlineMakeEngine()};
  TempFolder folder_;
  TokenSet hf_ = tokenSet(kGolden / "hf" / "tokens.npy");

  /// A trained model of 3 x 3 pixels.
  fs::path write(const std::string& name, Objective objective = Objective::Autoregressive, int steps = 2) {
    const auto trainer = engine_->makeTrainer(smallSpec(objective), smallData());
    for (int i = 0; i < steps; ++i) trainer->trainStep({});
    trainer->save(folder_ / name);
    return folder_ / name;
  }
  fs::path copyOfHf(const std::string& name) {
    fs::create_directories(folder_ / name);
    for (const std::string file : {"config.json", "model.safetensors"})
      fs::copy_file(kGolden / "hf" / file, folder_ / name / file);
    return folder_ / name;
  }

 private slots:
  void factsAreThoseOfTheFile() {
    const auto model = engine_->openModel(write("facts.safetensors"));
    const auto& facts = model->facts();
    QCOMPARE(facts.objective, Objective::Autoregressive);
    QCOMPARE(facts.layers, 2);
    QCOMPARE(facts.width, 8);
    QCOMPARE(facts.heads, 2);
    QCOMPARE(facts.paletteSize, 3);
    QCOMPARE(facts.across * facts.down, 9);
    QCOMPARE(facts.pixelsDown, 3);
    QCOMPARE(facts.step, 2);
    QVERIFY(facts.palette == smallData().palette);
    QVERIFY(facts.hasHead && !facts.isCodes);
    QCOMPARE(fromToml(facts.specToml, "test").seed, uint64_t{5});

    const auto bert = engine_->openModel(kGolden / "tf_bert");
    QCOMPARE(bert->facts().objective, Objective::Bert);
    QCOMPARE(bert->facts().across, 6);
    QVERIFY(!bert->facts().palette);
  }

  /// The values of `score`, pixel by pixel.
  void surpriseSumsToTheScore() {
    for (const std::string folder : {"hf", "hf_bias"}) {
      const auto tokens = tokenSet(kGolden / folder / "tokens.npy");
      const auto found = engine_->openModel(kGolden / folder)->surprise(tokens, {}, {});
      const auto score = engine_->score(kGolden / folder, tokens, true, false, 1);
      QCOMPARE(found.nats.size(), tokens.ids.size());
      for (int64_t image = 0; image < tokens.count; ++image) {
        double sum = 0;
        for (int64_t i = 0; i < tokens.length; ++i) sum += found.nats[static_cast<size_t>(image * tokens.length + i)];
        const double expected = score.nats[static_cast<size_t>(image)] * static_cast<double>(tokens.length);
        QVERIFY(std::abs(sum - expected) < 1e-4);
      }
      for (size_t i = 0; i < tokens.ids.size(); ++i) {
        const auto shares = softmax(std::span(score.logits).subspan(512 * i, 512));
        double entropy = 0;
        int32_t rank = 0;
        for (size_t v = 0; v < 512; ++v) {
          entropy -= shares[v] * std::log(shares[v]);
          rank += score.logits[512 * i + v] > score.logits[512 * i + tokens.ids[i]];
        }
        QVERIFY(std::abs(found.entropy[i] - entropy) < 1e-4);
        QCOMPARE(found.rank[i], rank);
      }
    }
  }

  void nextIsTheSoftmaxOfTheLogits() {
    const auto logits = readNpy(kGolden / "hf" / "logits.npy").values<float>();
    const auto model = engine_->openModel(kGolden / "hf");
    for (const int64_t image : {0, 2, 1})
      for (const int64_t position : {0, 63, 20, 21}) {
        auto asked = picture(hf_, image);
        const auto from = static_cast<size_t>(position);
        std::fill(asked.begin() + position, asked.end(), Token{60000});  // later tokens are not read
        const auto found = model->next(asked, position, {});
        const auto expected = softmax(std::span(logits).subspan((static_cast<size_t>(image) * 64 + from) * 512, 512));
        QCOMPARE(found.size(), size_t{512});
        for (size_t v = 0; v < 512; ++v) QVERIFY(std::abs(found[v] - expected[v]) < 1e-5);
      }
    // A change before the position counts, one after it does not.
    auto changed = picture(hf_, 1);
    const auto before = model->next(changed, 30, {});
    changed[30] = 7;
    QCOMPARE(model->next(changed, 30, {}), before);
    changed[29] = static_cast<Token>(changed[29] == 9 ? 8 : 9);
    QVERIFY(model->next(changed, 30, {}) != before);
  }

  void masksOfBertAreScoredAsItsProgramDoes() {
    const auto tokens = tokenSet(kGolden / "tf_bert" / "tokens.npy");
    const auto keep = readNpy(kGolden / "tf_bert" / "keep.npy").values<uint8_t>();
    const auto nats = readNpy(kGolden / "tf_bert" / "nats.npy").toDoubles();
    const auto logits = readNpy(kGolden / "tf_bert" / "logits.npy").values<float>();
    const auto model = engine_->openModel(kGolden / "tf_bert");
    const auto found = model->surprise(tokens, keep, {});
    for (size_t image = 0; image < 4; ++image) {
      double sum = 0, masked = 0;
      for (size_t i = 36 * image; i < 36 * (image + 1); ++i) {
        sum += found.nats[i];
        masked += keep[i] == 0;
        if (keep[i]) QVERIFY(found.nats[i] == 0 && found.entropy[i] == 0 && found.rank[i] == 0);
      }
      QVERIFY(std::abs(sum / masked - nats[image]) < 1e-5);
    }
    const auto hidden = static_cast<int64_t>(std::ranges::find(keep, 0) - keep.begin());
    const auto next = model->next(picture(tokens, 0), hidden, std::span(keep).first(36));
    const auto expected = softmax(std::span(logits).subspan(static_cast<size_t>(hidden) * 512, 512));
    for (size_t v = 0; v < 512; ++v) QVERIFY(std::abs(next[v] - expected[v]) < 1e-5);
  }

  void pixelsOfBertAreAskedForOneByOne() {
    const auto tokens = tokenSet(kGolden / "tf_bert" / "tokens.npy");
    const auto model = engine_->openModel(kGolden / "tf_bert");
    const TokenSet two{.count = 2, .length = 36, .ids = {tokens.ids.begin(), tokens.ids.begin() + 72}};
    const auto found = model->surprise(two, {}, {});
    for (int64_t i = 0; i < 72; ++i) {
      const auto shares = model->next(two.image(i / 36), i % 36, {});
      QVERIFY(std::abs(found.nats[static_cast<size_t>(i)] + std::log(shares[two.ids[static_cast<size_t>(i)]])) < 1e-5);
    }
  }

  void attentionIsThatOfHuggingFace() {
    const auto expected = readNpy(kGolden / "attention" / "attentions.npy").values<float>();  // of image 1
    const auto model = engine_->openModel(kGolden / "hf");
    const auto asked = picture(hf_, 1);
    for (int64_t layer = 0; layer < 3; ++layer) {
      const auto maps = model->attentionMaps(asked, layer);
      QCOMPARE(maps.size(), size_t{4 * 64 * 64});
      for (size_t i = 0; i < maps.size(); ++i)
        QVERIFY(std::abs(maps[i] - expected[static_cast<size_t>(layer) * maps.size() + i]) < 1e-5F);
    }
    for (const int64_t position : {0, 1, 40, 63}) {
      auto prefix = asked;
      std::fill(prefix.begin() + position, prefix.end(), Token{60000});
      const auto found = model->attention(prefix, position);
      QCOMPARE(found.weights.size(), size_t{3 * 4 * 64});
      for (size_t map = 0; map < 12; ++map)
        for (size_t j = 0; j < 64; ++j)
          QVERIFY(std::abs(found.weights[map * 64 + j] -
                           expected[(map * 64 + static_cast<size_t>(position)) * 64 + j]) < 1e-5F);

      // The rollout by its definition: the product of whole matrices.
      std::vector<double> row(64);
      QCOMPARE(found.rollout.size(), size_t{3 * 64});
      std::vector<double> product(64 * 64);
      for (size_t i = 0; i < 64; ++i) product[i * 65] = 1;
      for (size_t layer = 0; layer < 3; ++layer) {
        std::vector<double> further(64 * 64);
        for (size_t i = 0; i < 64; ++i)
          for (size_t k = 0; k <= i; ++k) {
            double mean = i == k ? 0.5 : 0;
            for (size_t head = 0; head < 4; ++head) mean += expected[((layer * 4 + head) * 64 + i) * 64 + k] / 8.0;
            for (size_t j = 0; j < 64; ++j) further[i * 64 + j] += mean * product[k * 64 + j];
          }
        product = further;
        for (size_t j = 0; j < 64; ++j)
          QVERIFY(std::abs(found.rollout[layer * 64 + j] - product[static_cast<size_t>(position) * 64 + j]) < 1e-5);
      }
    }
  }

  void attentionOfBertLooksAllWays() {
    const auto tokens = tokenSet(kGolden / "tf_bert" / "tokens.npy");
    const auto model = engine_->openModel(kGolden / "tf_bert");
    const auto found = model->attention(picture(tokens, 0), 4);
    QCOMPARE(found.weights.size(), size_t{2 * 2 * 36});
    for (size_t map = 0; map < 4; ++map) {
      double sum = 0;
      for (size_t j = 0; j < 36; ++j) sum += found.weights[map * 36 + j];
      QVERIFY(std::abs(sum - 1) < 1e-5);
      QVERIFY(found.weights[map * 36 + 30] > 0);
    }
    // The pixel itself is masked: its colour changes nothing; that of another pixel does.
    auto changed = picture(tokens, 0);
    changed[4] ^= 1;
    QCOMPARE(model->attention(changed, 4).weights, found.weights);
    changed[5] ^= 1;
    QVERIFY(model->attention(changed, 4).weights != found.weights);
  }

  void featuresAreThoseOfProbes() {
    const auto expected = readNpy(kGolden / "hf" / "features.npy").values<float>();
    const auto model = engine_->openModel(kGolden / "hf");
    std::vector<int64_t> reported;
    const Control control({.report = [&](int64_t done, int64_t) { reported.push_back(done); }});
    const auto all = model->allFeatures(hf_, control);
    QCOMPARE(all.size(), expected.size());
    for (size_t i = 0; i < all.size(); ++i) QVERIFY(std::abs(all[i] - expected[i]) < 1e-5F);
    QVERIFY(!reported.empty());
    for (size_t layer = 0; layer < 4; ++layer) {
      const auto one = model->features(hf_, static_cast<int64_t>(layer), {});
      QCOMPARE(one.size(), size_t{4 * 32});
      for (size_t i = 0; i < one.size(); ++i)
        QVERIFY(std::abs(one[i] - expected[(i / 32 * 4 + layer) * 32 + i % 32]) < 1e-5F);
    }
  }

  void featuresOfBertDependOnThePictureAlone() {
    const auto tokens = tokenSet(kGolden / "tf_bert" / "tokens.npy");
    const auto model = engine_->openModel(kGolden / "tf_bert");
    const auto all = model->features(tokens, 2, {});
    const TokenSet third{.count = 1, .length = 36, .ids = {tokens.ids.begin() + 72, tokens.ids.begin() + 108}};
    const auto one = model->features(third, 2, {});
    for (size_t d = 0; d < 16; ++d) QVERIFY(std::abs(one[d] - all[2 * 16 + d]) < 1e-6F);
  }

  void picturesGoThereAndBack() {
    const auto model = engine_->openModel(write("pictures.safetensors"));
    const std::vector<std::vector<Token>> rows{{0, 1, 2, 2, 1, 0, 0, 0, 1}, {2, 2, 2, 2, 2, 2, 2, 2, 1}};
    const auto pictures = model->picturesOf(rows);
    QCOMPARE(pictures.count, 2);
    QCOMPARE(pictures.rgb.size(), size_t{2 * 9 * 3});
    Image big{9, 6, {}};  // three pixels for each, with a border that the square leaves out
    for (int64_t y = 0; y < 6; ++y)
      for (int64_t x = 0; x < 9; ++x)
        for (int c = 0; c < 3; ++c) {
          const bool inside = x >= 1 && x < 7;
          big.rgb.push_back(inside ? pictures.rgb[static_cast<size_t>((y / 2 * 3 + (x - 1) / 2) * 3 + c)] : 77);
        }
    QCOMPARE(model->tokensOf(big), rows[0]);
    QVERIFY(!sentenceOf([&] { (void)model->tokensOf(Image()); }).empty());
  }

  void foreignFoldersBringTheirColours() {
    const auto bare = engine_->openModel(kGolden / "hf");
    QVERIFY(!bare->facts().palette);
    QVERIFY(bare->facts().specToml.empty());
    const auto said = sentenceOf([&] { (void)bare->tokensOf({1, 1, {0, 0, 0}}); });
    QVERIFY2(said.find("kmeans_centers.npy") != std::string::npos, said.c_str());
    QVERIFY(!sentenceOf([&] { (void)bare->picturesOf(Rows{picture(hf_, 0)}); }).empty());

    const auto folder = copyOfHf("with palette");
    fs::copy_file(kGolden / "kmeans_centers.npy", folder / "kmeans_centers.npy");
    const auto model = engine_->openModel(folder);
    QVERIFY(model->facts().palette);
    QCOMPARE(model->picturesOf(Rows{picture(hf_, 0)}).width, 8);

    // Its processor's pictures, by the ids that the processor gives.
    const auto processed = copyOfHf("with processor");
    fs::copy_file(kGolden / "hf_processor" / "preprocessor_config.json", processed / "preprocessor_config.json");
    const auto resized = readNpy(kGolden / "hf_processor" / "resized.npy").values<uint8_t>();
    const auto ids = readNpy(kGolden / "hf_processor" / "ids.npy").values<int64_t>();
    const auto tokens = engine_->openModel(processed)->tokensOf({8, 8, {resized.begin(), resized.begin() + 192}});
    QVERIFY(std::equal(tokens.begin(), tokens.end(), ids.begin()));

    const auto wrong = copyOfHf("with a palette of another size");
    savePalette(wrong / "kmeans_centers.npy", smallData().palette);
    QVERIFY(sentenceOf([&] { (void)engine_->openModel(wrong); }).find("3 colours") != std::string::npos);
  }

  void codesArePicturesOfTheirVqvae() {
    // A VQ-VAE of 4 x 4 pixels a code, and a model of 3 x 3 of its codes.
    RunSpec coder;
    coder.kind = RunKind::Vqvae;
    coder.threads = 1;
    coder.device = Device::Cpu;
    coder.data.side = 12;
    coder.train.batchSize = 4;
    coder.vqvae = {.stride = 4, .codes = 3, .codeWidth = 2, .width = 4, .blocks = 1};
    RunData images{.palette = smallData().palette, .width = 12, .height = 12};
    images.trainImages = squares(8, 12, 1);
    images.validationImages = squares(4, 12, 2);
    const auto place = folder_ / "codes";
    fs::create_directories(place);
    engine_->makeTrainer(coder, std::move(images))->save(place / kVqvaeFile);

    auto spec = smallSpec();
    spec.palette.vqvae = "coder";
    const auto file = place / "step-0.safetensors";
    engine_->makeTrainer(spec, smallData())->save(file);
    const auto model = engine_->openModel(file);
    QVERIFY(model->facts().isCodes);
    QCOMPARE(model->facts().across, 3);
    QCOMPARE(model->facts().pixelsAcross, 12);
    const auto one = squares(1, 12, 3);
    const auto tokens = model->tokensOf({12, 12, one.rgb});
    QCOMPARE(tokens, engine_->openVqvae(place / kVqvaeFile, 1)->encode(one).ids);
    const auto drawn = model->picturesOf(Rows{tokens});
    QCOMPARE(drawn.width, 12);
    QCOMPARE(drawn.rgb, engine_->openVqvae(place / kVqvaeFile, 1)->decode({tokens}, 3)[0]);

    // Without it, questions that need no pictures still work.
    fs::create_directories(folder_ / "alone");
    fs::copy_file(file, folder_ / "alone" / "step-0.safetensors");
    const auto alone = engine_->openModel(folder_ / "alone" / "step-0.safetensors");
    QVERIFY(sentenceOf([&] { (void)alone->picturesOf(Rows{tokens}); }).find("VQ-VAE") != std::string::npos);
    QCOMPARE(alone->next(tokens, 4, {}).size(), size_t{3});
  }

  void drawsThroughTheDoor() {
    const auto model = engine_->openModel(write("draw.safetensors"));
    DrawRequest request{.picture = std::vector<Token>(9, 1), .paint = {0, 1, 1, 0, 0, 1, 0, 1, 0}, .threads = 1};
    const auto plain = model->draw(request, {}, {});
    QCOMPARE(plain.candidates.size(), size_t{4});
    for (const auto& each : plain.candidates) QCOMPARE(each[3], Token{1});
    request.conditioned = true;
    QCOMPARE(model->draw(request, {}, {}).effectiveShare.size(), size_t{4 * 9});
    const auto bert = engine_->openModel(write("bert.safetensors", Objective::Bert));
    request.passes = 3;
    const auto filled = bert->draw(request, {}, {});
    QCOMPARE(filled.candidates.size(), size_t{4});
    QVERIFY(filled.effectiveShare.empty());
  }

  /// A drawing that was prepared is the same, bit for bit; a preparation fails and stops as its drawing would.
  void aPreparedDrawingIsTheSame() {
    const auto model = engine_->openModel(kGolden / "hf"), other = [&] {
      const std::unique_ptr<Engine> another(scanlineMakeEngine());
      return another->openModel(kGolden / "hf");
    }();
    const auto first = hf_.image(0);
    DrawRequest request{.picture = {first.begin(), first.end()}, .paint = std::vector<uint8_t>(first.size(), 1)};
    std::fill_n(request.paint.begin(), first.size() / 2, uint8_t{0});
    model->prepare(request, {});
    const auto prepared = model->draw(request, {}, {}), plain = other->draw(request, {}, {});
    QCOMPARE(prepared.candidates, plain.candidates);
    QCOMPARE(prepared.nats, plain.nats);
    request.picture[0] ^= 1;
    QVERIFY_THROWS_EXCEPTION(Stopped, model->prepare(request, Control({.mayGoOn = [] { return false; }})));
    request.picture.pop_back();
    const auto refused = sentenceOf([&] { (void)model->draw(request, {}, {}); });
    QVERIFY(!refused.empty());
    QCOMPARE(sentenceOf([&] { model->prepare(request, {}); }), refused);
    QVERIFY(!model->facts().arithmetic.empty());
  }

  void theLastModelsAreKept() {
    std::vector<fs::path> files;
    for (int i = 0; i < 5; ++i) files.push_back(write("kept" + std::to_string(i) + ".safetensors"));
    std::vector<std::weak_ptr<const OpenModel>> opened;
    for (const auto& file : files) opened.push_back(engine_->openModel(file));
    QVERIFY(opened[0].expired());  // the fifth took its place
    for (size_t i = 1; i < 5; ++i) QCOMPARE(engine_->openModel(files[i]), opened[i].lock());
    QVERIFY(engine_->openModel(files[0]));
    QVERIFY(opened[1].expired() && !opened[2].expired());
  }

  void aChangedFileIsReadAgain() {
    const auto file = write("changing.safetensors");
    const auto first = engine_->openModel(file);
    write("changing.safetensors", Objective::Autoregressive, 3);
    fs::last_write_time(file, fs::last_write_time(file) + std::chrono::seconds(1));
    const auto second = engine_->openModel(file);
    QVERIFY(second != first);
    QCOMPARE(second->facts().step, 3);
    QCOMPARE(first->facts().step, 2);

    const auto folder = copyOfHf("changing");
    const auto bare = engine_->openModel(folder);
    QCOMPARE(engine_->openModel(folder), bare);
    fs::copy_file(kGolden / "kmeans_centers.npy", folder / "kmeans_centers.npy");
    QVERIFY(engine_->openModel(folder)->facts().palette);
  }

  void aDeletedFileStaysUsableWhileItIsOpen() {
    const auto file = write("deleted.safetensors");
    const auto model = engine_->openModel(file);
    fs::remove(file);
    QCOMPARE(model->next(std::vector<Token>(9, 1), 3, {}).size(), size_t{3});
    QVERIFY(!sentenceOf([&] { (void)engine_->openModel(file); }).empty());
  }

  void threadsMayAskAtOnce() {
    const auto file = write("shared.safetensors");
    const auto expected = engine_->openModel(kGolden / "hf")->next(picture(hf_, 0), 33, {});
    std::atomic<int> right{0};
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 5; ++i) {
          const auto model = engine_->openModel(t % 2 ? kGolden / "hf" : file);
          if (t % 2 == 0)
            right += model->next(std::vector<Token>(9, 1), i, {}).size() == 3;
          else
            right += model->next(picture(hf_, i % 2 ? 1 : 0), 33, {}) == expected || i % 2;
        }
      });
    threads.clear();
    QCOMPARE(right.load(), 20);
  }

  void questionsThatDoNotFitAreRefused() {
    const auto model = engine_->openModel(write("refusing.safetensors"));
    const std::vector<Token> good(9, 2), high{0, 0, 0, 0, 3, 0, 0, 0, 0};
    const TokenSet bad{.count = 1, .length = 9, .ids = high}, brief{.count = 1, .length = 4, .ids = {0, 0, 0, 0}};
    const auto refuses = [](const auto& act) { return !sentenceOf(act).empty(); };
    QVERIFY(refuses([&] { (void)model->surprise(bad, {}, {}); }));
    QVERIFY(refuses([&] { (void)model->surprise(brief, {}, {}); }));
    QVERIFY(refuses([&] { (void)model->features(bad, 1, {}); }));
    QVERIFY(refuses([&] { (void)model->features({.count = 1, .length = 9, .ids = good}, 3, {}); }));
    QVERIFY(refuses([&] { (void)model->features({.count = 1, .length = 9, .ids = good}, -1, {}); }));
    QVERIFY(refuses([&] { (void)model->next(good, 9, {}); }));
    QVERIFY(refuses([&] { (void)model->next(good, -1, {}); }));
    QVERIFY(refuses([&] { (void)model->next(high, 5, {}); }));
    QVERIFY(!refuses([&] { (void)model->next(high, 4, {}); }));
    QVERIFY(refuses([&] { (void)model->next(std::vector<Token>(8, 1), 5, {}); }));
    QVERIFY(refuses([&] { (void)model->attention(good, 9); }));
    QVERIFY(refuses([&] { (void)model->attention(high, 6); }));
    QVERIFY(refuses([&] { (void)model->attentionMaps(good, 2); }));
    QVERIFY(refuses([&] { (void)model->attentionMaps(high, 0); }));
    QVERIFY(refuses([&] { (void)model->picturesOf(Rows{high}); }));
    const auto bert = engine_->openModel(write("refusing bert.safetensors", Objective::Bert));
    QVERIFY(refuses([&] { (void)bert->next(high, 2, {}); }));
    QVERIFY(refuses([&] { (void)bert->next(good, 2, std::vector<uint8_t>(8, 1)); }));
    QVERIFY(
        refuses([&] { (void)bert->surprise({.count = 1, .length = 9, .ids = good}, std::vector<uint8_t>(8, 1), {}); }));
    QVERIFY(refuses([&] { (void)engine_->openModel(folder_ / "absent.safetensors"); }));
  }

  void withoutAHeadThereAreFeaturesAndAttention() {
    const auto file = write("whole.safetensors"), headless = folder_ / "headless.safetensors";
    auto info = readCheckpointInfo(file);
    info.hasHead = false;
    const auto network = readCheckpointModel(file);
    std::vector<std::pair<std::string, TensorView>> tensors;
    for (const auto& array : network.arrays)
      tensors.push_back({"param." + array.name, {Dtype::F32, array.shape, std::as_bytes(std::span(array.values))}});
    writeCheckpoint(headless, info, tensors);
    const auto model = engine_->openModel(headless), whole = engine_->openModel(file);
    QVERIFY(!model->facts().hasHead);
    const TokenSet one{.count = 1, .length = 9, .ids = std::vector<Token>(9, 1)};
    QCOMPARE(model->allFeatures(one, {}), whole->allFeatures(one, {}));
    QCOMPARE(model->attention(one.ids, 5).weights, whole->attention(one.ids, 5).weights);
    const auto saysHead = [](const auto& act) { return sentenceOf(act).find("no head") != std::string::npos; };
    QVERIFY(saysHead([&] { (void)model->next(one.ids, 5, {}); }));
    QVERIFY(saysHead([&] { (void)model->surprise(one, {}, {}); }));
    QVERIFY(saysHead([&] { (void)model->draw({.picture = one.ids, .paint = std::vector<uint8_t>(9, 1)}, {}, {}); }));
  }

  void aQuestionIsStopped() {
    const auto model = engine_->openModel(kGolden / "hf");
    const Control never({.mayGoOn = [] { return false; }});
    QVERIFY_THROWS_EXCEPTION(Stopped, model->surprise(hf_, {}, never));
    QVERIFY_THROWS_EXCEPTION(Stopped, model->allFeatures(hf_, never));
  }
};

QTEST_GUILESS_MAIN(OpenModelTest)
#include "open_model_test.moc"
