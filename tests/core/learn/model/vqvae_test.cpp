#include <torch/torch.h>

#include <QTest>
#include <cmath>
#include <fstream>
#include <numeric>

#include "core/base/atomic_file.h"
#include "core/learn/model/vqvae_checkpoint.h"
#include "core/learn/train/torch_vqvae_codec.h"
#include "tests/core/learn/vqvae_images.h"
#include "tests/support/sentence_of.h"
#include "tests/support/temp_folder.h"

using namespace scanline;

namespace {

constexpr VqvaeShape kShape{.stride = 4, .codes = 12, .codeWidth = 3, .width = 6, .blocks = 1};

Vqvae tinyModel(const VqvaeShape& shape = kShape) {
  Vqvae model(shape);
  initialise(model, 5);
  RandomStream random(5, Purpose::Split);
  for (auto& value : std::span(model.codebook.data_ptr<float>(), static_cast<size_t>(model.codebook.numel())))
    value = static_cast<float>(random.normal() * 0.1);
  return model;
}

void save(const std::filesystem::path& file, const Vqvae& model, int64_t side = 8) {
  saveVqvae(
      file,
      {.info = {.specToml = "", .step = 3, .side = side, .stride = model.shape.stride, .codes = model.shape.codes},
       .shape = model.shape},
      checkpointNames(model));
}

}  // namespace

class VqvaeTest : public QObject {
  Q_OBJECT

  TempFolder folder_;

 private Q_SLOTS:
  void sizesFollowTheStride_data() {
    QTest::addColumn<int>("stride");
    for (const int stride : {2, 4, 8, 16}) QTest::addRow("%d", stride) << stride;
  }
  void sizesFollowTheStride() {
    QFETCH(int, stride);
    VqvaeShape shape = kShape;
    shape.stride = stride;
    const Vqvae model = tinyModel(shape);
    const auto z = model.encode(at::zeros({2, 3, 32, 32}));
    QCOMPARE(z.sizes(), (at::IntArrayRef{2, 3, 32 / stride, 32 / stride}));
    QCOMPARE(model.decode(z).sizes(), (at::IntArrayRef{2, 3, 32, 32}));
    QVERIFY(model.decode(z).min().item<float>() < 0);  // pixels reach from -1 to 1
  }

  void newWeightsAreAFunctionOfTheSeed() {
    const auto weightsOf = [](uint64_t seed) {
      Vqvae model(kShape);
      initialise(model, seed);
      return model;
    };
    const Vqvae first = weightsOf(1);
    QVERIFY(at::equal(first.down[0].weight, weightsOf(1).down[0].weight));
    QVERIFY(!at::equal(first.down[0].weight, weightsOf(2).down[0].weight));
    const auto& encoder = first.encoderBlocks[0].wide.weight;
    QVERIFY(!at::equal(encoder, first.decoderBlocks[0].wide.weight));  // each of a stream of its own
    const double bound = 1 / std::sqrt(6.0 * 9);                       // inputs of a 3 x 3 convolution of 6 channels
    QVERIFY(encoder.abs().max().item<double>() <= bound && encoder.abs().max().item<double>() > 0.9 * bound);
  }

  void theNearestCodeIsTheNearest() {
    const Vqvae model = tinyModel();
    const auto vectors = model.encode(at::linspace(-1, 1, 4 * 3 * 64).view({4, 3, 8, 8}));
    const auto z = toVectors(vectors);
    const auto expected = (z.unsqueeze(1) - model.codebook.unsqueeze(0)).square().sum(2).argmin(1);
    QVERIFY(at::equal(model.nearest(z), expected));
    QVERIFY(at::equal(toGrid(z, 2, 2), vectors));
  }

  void pixelsComeBackAsTheyWent() {
    const ImageSet images = squares(3, 8, 1);
    const std::vector<int64_t> rows{2, 0};
    const auto x = pixelsOf(images, rows);
    QCOMPARE(x.min().item<float>(), 30 / 127.5F - 1);
    const auto back = toRgb(x);
    QVERIFY(std::ranges::equal(back[0], images.image(2)));
    QVERIFY(std::ranges::equal(back[1], images.image(0)));
  }

  void aCodecDoesWhatTheNetworkDoes() {
    const Vqvae model = tinyModel();
    save(folder_ / "codec", model);
    const auto codec = openVqvaeCodec(folder_ / "codec", 1);
    ImageSet images = squares(70, 8, 2);
    images.labels.assign(70, 4);
    const TokenSet tokens = codec->encode(images);
    QCOMPARE(tokens.length, 4);
    QCOMPARE(tokens.labels, images.labels);
    std::vector<int64_t> rows(70);
    std::iota(rows.begin(), rows.end(), 0);
    const auto codes = model.nearest(toVectors(model.encode(pixelsOf(images, rows))));
    for (size_t i = 0; i < tokens.ids.size(); ++i)
      QCOMPARE(int64_t{tokens.ids[i]}, codes[static_cast<int64_t>(i)].item<int64_t>());
    const auto expected = toRgb(model.decode(model.embed(codes.view({70, 2, 2}))));
    std::vector<std::vector<Token>> lists;
    for (int64_t i = 0; i < 70; ++i) lists.emplace_back(tokens.image(i).begin(), tokens.image(i).end());
    QCOMPARE(codec->decode(lists, 2), expected);
  }

  void everyCodeHasTheColourOfItsArea() {
    const Vqvae model = tinyModel();
    save(folder_ / "colours", model, 16);
    const Palette palette = openVqvaeCodec(folder_ / "colours", 1)->colours();
    QCOMPARE(palette.size(), 12);
    const auto area = model.decode(model.embed(at::full({1, 4, 4}, 7, at::kLong)));
    const auto middle = area.slice(2, 8, 12).slice(3, 8, 12).mean(at::IntArrayRef{2, 3}).flatten();
    for (size_t c = 0; c < 3; ++c)
      QCOMPARE_LT(std::abs(palette.colours()[7][c] - middle[static_cast<int64_t>(c)].item<float>()), 1e-5F);
  }

  void whatDoesNotFitIsRefused() {
    save(folder_ / "fit", tinyModel());
    const auto codec = openVqvaeCodec(folder_ / "fit", 1);
    QVERIFY_THROWS_EXCEPTION(Stopped, codec->encode(squares(1, 8, 1), Control({.mayGoOn = [] { return false; }})));
    QVERIFY(sentenceOf([&] {
              codec->encode({.count = 1, .width = 6, .height = 6, .rgb = std::vector<uint8_t>(108)});
            }).find("every 4 pixels") != std::string::npos);
    QVERIFY(sentenceOf([&] { codec->decode({{0, 1, 2, 12}}, 2); }).find("ends at 11") != std::string::npos);
    QVERIFY(!sentenceOf([&] { codec->decode({{0, 1, 2, 3}, {0, 1}}, 2); }).empty());
  }

  void aCheckpointComesBackBitForBit() {
    const Vqvae model = tinyModel();
    save(folder_ / "bits", model, 32);
    const auto [found, header] = openVqvaeCheckpoint(folder_ / "bits");
    QVERIFY(header.shape == kShape);
    QCOMPARE(header.info.side, 32);
    QCOMPARE(header.info.step, 3);
    const auto expected = checkpointNames(model), names = checkpointNames(found);
    for (size_t i = 0; i < names.size(); ++i) QVERIFY(at::equal(names[i].second, expected[i].second));
  }

  void theTwoKindsOfCheckpointsAreToldApart() {
    save(folder_ / "vqvae", tinyModel());
    GptTensors gpt({.layers = 1, .width = 4, .heads = 1, .paletteSize = 2, .positions = 4});
    const Palette palette({{-1, -1, -1}, {1, 1, 1}});
    saveCheckpoint(
        folder_ / "gpt",
        {.positions = 4, .width = 2, .height = 2, .model = {.layers = 1, .width = 4, .heads = 1}, .palette = palette},
        {.weights = gpt.named()});
    QVERIFY(sentenceOf([&] { readCheckpointInfo(folder_ / "vqvae"); }).find("is the checkpoint of a VQ-VAE") !=
            std::string::npos);
    QVERIFY(sentenceOf([&] {
              loadCheckpoint(folder_ / "vqvae", {.weights = gpt.named()});
            }).find("is the checkpoint of a VQ-VAE") != std::string::npos);
    QVERIFY(sentenceOf([&] { readVqvaeHeader(folder_ / "gpt"); }).find("is the checkpoint of an image GPT") !=
            std::string::npos);
    QVERIFY(sentenceOf([&] { loadVqvae(folder_ / "gpt", {}); }).find("is the checkpoint of an image GPT") !=
            std::string::npos);
  }

  /// Wherever a file is cut off, or its header lies, there is a sentence.
  void damagedCheckpointsAreRefused() {
    save(folder_ / "whole", tinyModel());
    const std::string whole = readFile(folder_ / "whole", 1 << 20);
    for (size_t size = 0; size < whole.size(); size += 97) {
      std::ofstream(folder_ / "cut", std::ios::binary) << whole.substr(0, size);
      QVERIFY(!sentenceOf([&] { openVqvaeCheckpoint(folder_ / "cut"); }).empty());
    }
    for (const auto& [from, to] : {std::pair{"codes\":\"12\"", "codes\":\"99\""},
                                   {"width\":\"6\"", "width\":\"9\""},
                                   {"stride\":\"4\"", "stride\":\"3\""},
                                   {"blocks\":\"1\"", "blocks\":\"9\""},
                                   {"side\":\"8\"", "side\":\"7\""},
                                   {"vqvae\":\"1\"", "vqvae\":\"2\""},
                                   {"step\":\"3\"", "step\":\"x\""}}) {
      std::string lie = whole;
      lie.replace(lie.find(from), std::string_view(from).size(), to);
      std::ofstream(folder_ / "lie", std::ios::binary) << lie;
      QVERIFY2(!sentenceOf([&] { openVqvaeCheckpoint(folder_ / "lie"); }).empty(), to);
    }
  }
};

QTEST_GUILESS_MAIN(VqvaeTest)
#include "vqvae_test.moc"
