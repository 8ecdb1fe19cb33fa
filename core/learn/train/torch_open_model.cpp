#include "core/learn/train/torch_open_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>

#include "core/base/error.h"
#include "core/base/memory.h"
#include "core/data/resize.h"
#include "core/learn/evaluate/attention_maps.h"
#include "core/learn/evaluate/draw_pixels.h"
#include "core/learn/evaluate/draw_request.h"
#include "core/learn/evaluate/fill_masked.h"
#include "core/learn/evaluate/probe_predictions.h"
#include "core/learn/evaluate/surprise.h"
#include "core/learn/kernels/cpu_features.h"
#include "core/learn/model/decoder.h"
#include "core/learn/model/device_memory.h"
#include "core/learn/model/masks.h"
#include "core/learn/model/token_rows.h"
#include "core/learn/train/torch_setup.h"
#include "core/learn/train/torch_vqvae_codec.h"
#include "core/run/diverged.h"

namespace scanline {

namespace {

/// The picture, cut to a width and height of this ratio and scaled to it.
Image broughtTo(const Image& image, int64_t width, int64_t height, Resize filter) {
  if (image.width < 1 || image.height < 1) throw Error("The picture is empty. Choose another one.");
  if (width == height) return squareTo(image, width, filter);
  if (filter == Resize::Stretch) return resizeTo(image, width, height, filter);
  const int64_t across = std::clamp<int64_t>(image.height * width / height, 1, image.width),
                down = std::clamp<int64_t>(image.width * height / width, 1, image.height);
  const int64_t left = (image.width - across) / 2, top = (image.height - down) / 2;
  Image cut{across, down, {}};
  for (int64_t y = top; y < top + down; ++y) {
    const auto begin = image.rgb.begin() + static_cast<ptrdiff_t>(3 * (y * image.width + left));
    cut.rgb.insert(cut.rgb.end(), begin, begin + static_cast<ptrdiff_t>(3 * across));
  }
  return resizeTo(cut, width, height, filter);
}

std::vector<std::pair<std::string, std::string>> arithmeticOf(const GptTensors& weights) {
  const auto device = weights.flat.device();
  return {{"device", device.is_cpu() ? "CPU" : device.str()},
          {"instruction set", instructionSet()},
          {"LibTorch", TORCH_VERSION},
          {"drawing", canDecode(weights) ? fmt::format("decoder {}", kDecoderRevision) : "tensors"}};
}

/// An autoregressive model's answers for the picture that was asked about last: moving over it asks for one position
/// after another. Those at `position` hold for every picture with the same tokens before it.
template <class Answers>
class LastPicture {
 public:
  std::shared_ptr<const Answers> find(std::span<const Token> picture, int64_t position) const {
    const std::scoped_lock lock(mutex_);
    const auto before = static_cast<std::ptrdiff_t>(position);
    return answers_ && std::equal(picture.begin(), picture.begin() + before, tokens_.begin()) ? answers_ : nullptr;
  }
  void keep(std::span<const Token> picture, std::shared_ptr<const Answers> answers) const {
    const std::scoped_lock lock(mutex_);
    tokens_.assign(picture.begin(), picture.end());
    answers_ = std::move(answers);
  }

 private:
  mutable std::mutex mutex_;
  mutable std::vector<Token> tokens_;
  mutable std::shared_ptr<const Answers> answers_;
};

class TorchOpenModel final : public OpenModel {
 public:
  explicit TorchOpenModel(LoadedModel loaded) : loaded_(std::move(loaded)), model_(loaded_.model) {
    loaded_.facts.arithmetic = arithmeticOf(model_.weights());
    if (loaded_.vqvae.empty()) return;
    codec_ = openVqvaeCodec(loaded_.vqvae, 0);
    auto& facts = loaded_.facts;
    facts.pixelsAcross = facts.across * codec_->info().stride;
    facts.pixelsDown = facts.down * codec_->info().stride;
  }

  const ModelFacts& facts() const override { return loaded_.facts; }

  std::vector<Token> tokensOf(const Image& image) const override {
    requireColours();
    prepareThread(0);
    auto fitted = broughtTo(image, facts().pixelsAcross, facts().pixelsDown, loaded_.resize);
    const ImageSet one{.count = 1, .width = fitted.width, .height = fitted.height, .rgb = std::move(fitted.rgb)};
    return codec_ ? codec_->encode(one).ids : tokenize(one, *facts().palette).ids;
  }

  ImageSet picturesOf(std::span<const std::vector<Token>> pictures) const override {
    requireColours();
    for (size_t i = 0; i < pictures.size(); ++i) checkPicture(pictures[i], positions(), static_cast<int64_t>(i));
    ImageSet set{.count = std::ssize(pictures), .width = facts().pixelsAcross, .height = facts().pixelsDown};
    const auto add = [&](const std::vector<uint8_t>& rgb) { set.rgb.insert(set.rgb.end(), rgb.begin(), rgb.end()); };
    if (codec_)
      for (const auto& rgb : codec_->decode({pictures.begin(), pictures.end()}, facts().across)) add(rgb);
    else
      for (const auto& picture : pictures) add(toImage(picture, *facts().palette, facts().across).rgb);
    return set;
  }

  Drawing draw(const DrawRequest& request, const DrawSink& sink, const Control& control) const override {
    requireHead(loaded_);
    prepareThread(request.threads);
    return isBert() ? fillMasked(model_, request, sink, control) : drawPixels(drawing(), request, sink, control);
  }

  /// Not of a large model: nobody may ever draw with it, and its weights would lie in memory twice.
  void prepare(const DrawRequest& request, const Control& control) const override {
    constexpr int64_t kLargeModel = 16;
    requireHead(loaded_);
    checkDrawRequest(request, model_.shape());
    if (isBert() || static_cast<int64_t>(model_.weights().flat.nbytes()) > memoryLimit() / kLargeModel) return;
    prepareThread(request.threads);
    prepareDrawing(drawing(), request, control);
  }

  Surprise surprise(const TokenSet& pictures, std::span<const uint8_t> keep, const Control& control) const override {
    requireHead(loaded_);
    checkSet(pictures);
    if (!keep.empty() && std::ssize(keep) != pictures.count * positions())
      throw Error(
          fmt::format("{} pixels are said to be visible or not, and the pictures have {}. They need the same number.",
                      keep.size(), pictures.count * positions()));
    prepareThread(0);
    return surpriseOf(model_, pictures, keep, control);
  }

  std::vector<float> next(std::span<const Token> picture, int64_t position,
                          std::span<const uint8_t> keep) const override {
    requireHead(loaded_);
    checkAsked(picture, position);
    if (!keep.empty() && std::ssize(keep) != positions())
      throw Error(
          fmt::format("{} pixels are said to be visible or not, and the picture has {}. They need the same number.",
                      keep.size(), positions()));
    prepareThread(0);
    return sharesOf(
        isBert() ? logitsOfMasked(model_, picture, position, keep) : logitsOf(picture, position)->select(0, position),
        position);
  }

  AttentionRow attention(std::span<const Token> picture, int64_t position) const override {
    checkAsked(picture, position);
    prepareThread(0);
    const auto maps = mapsOf(picture, position);
    return {.weights = maps->row(position), .rollout = maps->rollout(position)};
  }

  std::vector<float> attentionMaps(std::span<const Token> picture, int64_t layer) const override {
    checkPicture(picture, positions(), 0);
    if (layer < 0 || layer >= facts().layers)
      throw Error(fmt::format("There is no layer {}: the model has layers 0 to {}.", layer, facts().layers - 1));
    prepareThread(0);
    return (isBert() ? std::make_shared<AttentionMaps>(model_, tensorOf(picture)) : mapsOf(picture, positions()))
        ->layer(layer);
  }

  std::vector<float> features(const TokenSet& pictures, int64_t layer, const Control& control) const override {
    checkFeatureLayer(layer);
    return featuresOf(pictures, {layer, 1}, control);
  }
  std::vector<float> allFeatures(const TokenSet& pictures, const Control& control) const override {
    return featuresOf(pictures, {0, facts().layers + 1}, control);
  }

  std::vector<LayerPredictions> predictions(const ProbeQuestion& question, const Control& control) const override {
    for (const ProbePictures* pictures : {&question.train, &question.held, &question.asked}) checkLabelled(*pictures);
    if (question.train.tokens.count == 0) throw Error("A probe needs labelled pictures to learn from. There are none.");
    for (const int64_t layer : question.layers) checkFeatureLayer(layer);
    prepareThread(question.threads);
    const bool isBf16 = question.precision == Precision::Auto ? loaded_.isBf16 : question.precision == Precision::Bf16;
    return isBf16 ? predictionsOf(Gpt(model_.weights().withOperands(at::kBFloat16)), question, control)
                  : predictionsOf(model_, question, control);
  }

 private:
  bool isBert() const { return facts().objective == Objective::Bert; }
  int64_t positions() const { return model_.shape().positions; }

  void requireColours() const {
    if (!loaded_.vqvaeProblem.empty()) throw Error(loaded_.vqvaeProblem);
    if (!facts().palette)
      throw Error(fmt::format(
          "{} does not say which colours its {} tokens stand for. Put its palette, a .npy of [{}, 3], as kmeans_centers.npy into its folder.",
          loaded_.path.string(), facts().paletteSize, facts().paletteSize));
  }

  /// The first `read` tokens matter.
  void checkPicture(std::span<const Token> picture, int64_t read, int64_t index) const {
    if (std::ssize(picture) != positions())
      throw Error(fmt::format("A picture has {} tokens, and {} was trained on {}. Bring it to its size.",
                              picture.size(), loaded_.path.string(), positions()));
    checkTokens(picture.first(static_cast<size_t>(read)), index, facts().paletteSize, "the pictures");
  }
  void checkSet(const TokenSet& pictures) const {
    for (int64_t i = 0; i < pictures.count; ++i) checkPicture(pictures.image(i), positions(), i);
  }
  void checkLabelled(const ProbePictures& pictures) const {
    checkSet(pictures.tokens);
    if (std::ssize(pictures.rows) != pictures.tokens.count ||
        std::ssize(pictures.tokens.labels) != pictures.tokens.count)
      throw Error(fmt::format("{} pictures come with {} rows and {} classes. They need one each.",
                              pictures.tokens.count, pictures.rows.size(), pictures.tokens.labels.size()));
  }
  void checkFeatureLayer(int64_t layer) const {
    if (layer < 0 || layer > facts().layers)
      throw Error(fmt::format("There are no features of layer {}: the model has them of layers 0 to {}.", layer,
                              facts().layers));
  }
  void checkAsked(std::span<const Token> picture, int64_t position) const {
    if (position < 0 || position >= positions())
      throw Error(
          fmt::format("There is no pixel {}: the model's pictures have pixels 0 to {}.", position, positions() - 1));
    checkPicture(picture, isBert() ? positions() : position, 0);
  }

  at::Tensor tensorOf(std::span<const Token> picture) const {
    auto tokens_1n = at::empty({1, std::ssize(picture)}, at::kLong);
    std::ranges::transform(picture, tokens_1n.mutable_data_ptr<int64_t>(), [this](Token token) {
      return token < facts().paletteSize ? int64_t{token} : 0;  // those that are not read may be anything
    });
    return tokens_1n;
  }

  /// Made by the first drawing; none where tensors draw.
  std::shared_ptr<const PackedGpt> packed() const {
    if (!canDecode(model_.weights())) return nullptr;
    const std::scoped_lock lock(packing_);
    if (!packed_) packed_ = std::make_shared<const PackedGpt>(model_.weights());
    return packed_;
  }

  DrawingModel drawing() const { return {model_, packed(), &prompts_}; }

  std::shared_ptr<const at::Tensor> logitsOf(std::span<const Token> picture, int64_t position) const {
    if (auto found = logits_.find(picture, position)) return found;
    auto made = std::make_shared<const at::Tensor>(model_.logits(tensorOf(picture))[0].cpu());
    logits_.keep(picture, made);
    return made;
  }

  std::vector<float> sharesOf(const at::Tensor& logits_V, int64_t position) const {
    const auto shares = at::softmax(logits_V.to(at::kDouble), -1).to(at::kFloat).contiguous();
    if (!std::isfinite(shares.const_data_ptr<float>()[0]))
      throw Diverged(fmt::format(
          "The model's output for pixel {} is not finite: its training diverged, or the checkpoint is damaged. Go back to an earlier checkpoint.",
          position));
    return {shares.const_data_ptr<float>(), shares.const_data_ptr<float>() + shares.numel()};
  }

  std::shared_ptr<const AttentionMaps> mapsOf(std::span<const Token> picture, int64_t position) const {
    if (isBert()) {
      auto keep_1n = at::ones({1, positions()}, at::kBool);
      keep_1n.mutable_data_ptr<bool>()[position] = false;
      return std::make_shared<AttentionMaps>(model_, tensorOf(picture), keep_1n);
    }
    if (auto found = maps_.find(picture, position)) return found;
    auto made = std::make_shared<const AttentionMaps>(model_, tensorOf(picture));
    maps_.keep(picture, made);
    return made;
  }

  std::vector<float> featuresOf(const TokenSet& pictures, LayerRange layers, const Control& control) const {
    checkSet(pictures);
    prepareThread(0);
    const c10::InferenceMode valuesOnly;
    const auto& probe = loaded_.probe;
    FeatureOptions options{
        .normed = probe.features == ProbeFeatures::Normed, .startVector = probe.startVector, .layers = layers};
    std::vector<float> all(static_cast<size_t>(pictures.count * layers.count * facts().width));
    int64_t batch = passBatch(model_.shape(), positions(), pictures.count);
    for (int64_t first = 0; first < pictures.count;) {
      control.report(first, pictures.count);
      first += whileMemoryLasts(batch, model_.weights().flat.device(), [&] {
        const int64_t count = std::min(batch, pictures.count - first);
        if (isBert())
          options.keep_Bn = drawKeep(std::vector<int64_t>(static_cast<size_t>(count), 0), positions(), facts().maskRate,
                                     loaded_.seed, classifyMask(0), /*step=*/0);
        const auto means =
            model_.features(scanline::tokensOf(pictures, rowsFrom(first, count)), options).cpu().contiguous();
        std::copy_n(means.const_data_ptr<float>(), means.numel(), all.begin() + first * layers.count * facts().width);
        return count;
      });
    }
    return all;
  }

  LoadedModel loaded_;
  const Gpt& model_;
  std::unique_ptr<VqvaeCodec> codec_;
  mutable std::mutex packing_;  ///< of packed_
  mutable std::shared_ptr<const PackedGpt> packed_;
  mutable KeptPrompts prompts_;
  LastPicture<at::Tensor> logits_;
  LastPicture<AttentionMaps> maps_;
};

}  // namespace

std::shared_ptr<const OpenModel> openLoaded(LoadedModel loaded) {
  return std::make_shared<TorchOpenModel>(std::move(loaded));
}

}  // namespace scanline
