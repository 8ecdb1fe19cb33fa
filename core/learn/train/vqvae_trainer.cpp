// One trainer with its own solver: steps, moving averages and revival change the same tensors in a fixed order.
#include "core/learn/train/vqvae_trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/learn/kernels/cpu_features.h"
#include "core/learn/model/token_rows.h"
#include "core/learn/model/vqvae_checkpoint.h"
#include "core/learn/train/stopwatch.h"
#include "core/learn/train/torch_setup.h"
#include "core/run/diverged.h"
#include "core/run/schedule.h"
#include "core/spec/spec_text.h"
#include "core/tokens/batches.h"
#include "core/tokens/quantisation.h"

namespace scanline {

namespace {

constexpr double kUseDecay = 0.99;   // of the counts, where the codes learn by gradient
constexpr double kSmoothing = 1e-5;  // Laplace's, in vectors

RunData checked(const RunSpec& spec, RunData data) {
  const int64_t stride = spec.vqvae.stride;
  for (const ImageSet* set : {&data.trainImages, &data.validationImages}) {
    if (set->count < 1)
      throw Error(
          "A VQ-VAE needs at least one image to train on and one to validate with. Raise data.limit or take another data set.");
    if (set->width % stride != 0 || set->height % stride != 0)
      throw Error(
          fmt::format("The images have {} x {} pixels, and vqvae.stride is {}. Set data.side to a multiple of it.",
                      set->width, set->height, stride));
  }
  return data;
}

int64_t vectorsOf(const ImageSet& images, int64_t stride) {
  return images.width / stride * (images.height / stride);
}

/// Products and sums of a forward pass of one image.
double flopsOf(const VqvaeShape& shape, int64_t vectors) {
  const auto W = static_cast<double>(shape.width), C = static_cast<double>(shape.codeWidth);
  const double blocks = 2 * static_cast<double>(shape.blocks) * 10 * W * W;
  double stages = 0;  // of encoder and decoder, for a vector
  for (int64_t area = 1; area < shape.stride * shape.stride; area *= 4) {
    const bool outermost = area * 4 == shape.stride * shape.stride;
    stages += 2 * static_cast<double>(area) * 16 * W * (outermost ? 3 : W);
  }
  return 2 * static_cast<double>(vectors) * (blocks + stages + 2 * W * C + C * static_cast<double>(shape.codes));
}

/// Bytes that a forward and backward pass needs for an image, estimated from above: the values of each convolution
/// before and after its ReLU, distances to all codes, and as much again for gradients.
int64_t bytesOf(const VqvaeShape& shape, int64_t vectors) {
  int64_t floats =
      vectors * (2 * shape.blocks * 6 * shape.width + 4 * shape.width + 6 * shape.codeWidth + 3 * shape.codes);
  for (int64_t area = 1; area < shape.stride * shape.stride; area *= 4)
    floats += vectors * area * (4 * shape.width + 12 * 3);
  return 2 * 4 * floats;
}

/// On a CPU a pass there and back is not interrupted, so it bounds how late a stop is noticed: at 60 GFLOP/s, slow for
/// two cores, 6 GFLOP take 100 ms.
int64_t microBatchOf(const RunSpec& spec, int64_t vectors, at::Device device) {
  constexpr double kFlopsOfPass = 6e9;
  const auto shape = vqvaeShape(spec.vqvae);
  return chooseMicroBatch(spec.train, device, kFlopsOfPass / (3 * flopsOf(shape, vectors)), bytesOf(shape, vectors));
}

/// [K, N], one 1 a column: sums over it come in the same order everywhere, which scattered additions on a GPU do not.
at::Tensor choices(const at::Tensor& codes_N, int64_t codes) {
  return at::arange(codes, codes_N.options()).unsqueeze(1).eq(codes_N.unsqueeze(0)).to(at::kFloat);
}

}  // namespace

VqvaeTrainer::VqvaeTrainer(const RunSpec& spec, RunData data)
    : spec_((prepareThread(spec.threads), spec)),  // before the first tensor is made
      data_(checked(spec, std::move(data))),
      lease_(spec.device, gpuOf(spec, data_.group), data_.waitForGpu),
      device_(lease_.device()),
      warmup_(warmupSteps(spec, data_.trainImages.count)),
      model_(vqvaeShape(spec.vqvae), device_),
      microBatch_(microBatchOf(spec, vectorsOf(data_.trainImages, spec.vqvae.stride), device_), device_),
      slicedWork_(spec.train.slices, device_, data_.group) {
  if (slicedWork_.isShared()) requireShareable(spec, data_.group->size());
  const double perCode = static_cast<double>(spec.train.batchSize * vectorsOf(data_.trainImages, spec.vqvae.stride)) /
                         static_cast<double>(spec.vqvae.codes);
  if (spec.vqvae.reviveBelow > perCode)
    throw Error(fmt::format(
        "vqvae.reviveBelow is {:g}, and a step has only {:g} vectors for each of the {} codes, so that most would start anew at every step. Set it below that, or choose a larger train.batchSize or fewer vqvae.codes.",
        spec.vqvae.reviveBelow, perCode, spec.vqvae.codes));
  // Convolutions on a GPU may otherwise add up in another order each time.
  if (device_.is_cuda()) at::globalContext().setDeterministicCuDNN(true);
  initialise(model_, spec.seed);
  prepareThread(threads());
  inMemory([&] {
    startCodes();
    return true;
  });
  stepNumber_ = at::zeros({}, use_K.options());
  zero_ = at::zeros({}, use_K.options());
  for (const auto& [name, tensor] : model_.layers()) parameters_.push_back(tensor);
  for (const auto& tensor : parameters_) tensor.set_requires_grad(true);
  if (learnsCodes()) parameters_.push_back(model_.codebook);
  for (const auto& tensor : parameters_)
    for (auto* list : {&gradients_, &firstMoments_, &secondMoments_})
      list->push_back(at::zeros(tensor.sizes(), use_K.options()));
}

void VqvaeTrainer::startCodes() {
  const at::NoGradGuard noGraph;
  const auto rows = batchRows(data_.trainImages.count, spec_.train.batchSize, spec_.seed, 0);
  std::vector<at::Tensor> parts;
  microBatch_.forEachPass(rows, [&](std::span<const int64_t> part) {
    parts.push_back(toVectors(model_.encode(pixelsOf(data_.trainImages, part, device_))));
  });
  const auto vectors_NC = at::cat(parts);
  const int64_t codes = model_.shape.codes;
  auto chosen = drawRows(vectors_NC.size(0), codes, spec_.seed, Purpose::FirstCodes);
  for (size_t i = 0; std::ssize(chosen) < codes; ++i)
    chosen.push_back(chosen[i]);  // fewer vectors than codes: some twice
  model_.codebook.copy_(vectors_NC.index_select(0, uploaded(at::tensor(chosen, at::kLong), device_)));
  const double mean = static_cast<double>(vectors_NC.size(0)) / static_cast<double>(codes);
  use_K = at::full({codes}, mean, model_.codebook.options());
  sums_KC = model_.codebook * mean;
}

int64_t VqvaeTrainer::parameters() const {
  int64_t count = model_.codebook.numel();
  for (const auto& [name, tensor] : model_.layers()) count += tensor.numel();
  return count;
}

StepStats VqvaeTrainer::trainStep(const Control& control) {
  prepareThread(threads());
  Stopwatch watch;
  const at::NoGradGuard noGraph;
  const auto step = [&](const Control& during) {
    auto gradient = slicedWork_.isCut() ? slicedGradient(during) : batchGradient(during);
    auto followed = follow(gradient);
    return std::pair(std::move(gradient), std::move(followed));
  };
  const auto [batch, codes] = together("step", watch.without(control), [&](const Control& during) {
    return slicedWork_.isCut() ? step(during) : inMemory([&] { return step(during); });
  });
  const double rate = learningRate(spec_.optimizer, warmup_, spec_.train.steps, step_);
  update(rate, codes);
  ++step_;
  return {.step = step_,
          .loss = batch.loss,
          .learningRate = rate,
          .gradientNorm = batch.norm,
          .imagesPerSecond = static_cast<double>(spec_.train.batchSize) / watch.seconds()};
}

VqvaeTrainer::Batch VqvaeTrainer::batchGradient(const Control& control) {
  const auto rows = batchRows(data_.trainImages.count, spec_.train.batchSize, spec_.seed, step_);
  for (auto& gradient : gradients_) gradient.zero_();
  Batch batch{.counts_K = at::zeros_like(use_K), .sums_KC = at::zeros_like(sums_KC)};
  // Summed where it is.
  auto loss = at::zeros({}, use_K.options().dtype(at::kDouble));
  std::vector<at::Tensor> vectors;
  microBatch_.forEachPass(rows, [&](std::span<const int64_t> part) {
    control.check();
    const double share = static_cast<double>(part.size()) / static_cast<double>(rows.size());
    const Pass pass = addGradient(part, share, gradients_, batch.counts_K, batch.sums_KC);
    loss.add_(pass.loss.to(at::kDouble).mul_(share));
    vectors.push_back(pass.vectors_NC);
  });
  if (spec_.vqvae.reviveBelow > 0)
    batch.fresh_KC = at::cat(vectors).index_select(0, uploaded(at::tensor(freshRows(), at::kLong), device_));
  conclude(batch, loss);
  return batch;
}

void VqvaeTrainer::conclude(Batch& batch, const at::Tensor& loss) {
  if (learnsCodes()) {  // of the mean over all elements of (e - z)^2
    const auto elements = static_cast<double>(vectorsOfBatch() * model_.shape.codeWidth);
    gradients_.back().copy_((batch.counts_K.unsqueeze(1) * model_.codebook - batch.sums_KC) * (2 / elements));
  }
  auto square = at::zeros({}, loss.options());
  for (const auto& gradient : gradients_) square.add_(gradient.square().sum(at::kDouble));
  const auto read = at::stack({loss, square}).cpu();
  batch.loss = read.const_data_ptr<double>()[0];
  batch.norm = std::sqrt(read.const_data_ptr<double>()[1]);
  // Looked at before anything is changed.
  if (!std::isfinite(batch.loss) || !std::isfinite(batch.norm))
    throw Diverged(fmt::format(
        "The {} of step {} is not a finite number. The weights are as they were before this step; go on from the last checkpoint with a lower optimizer.learningRate (now {:g}), or with optimizer.clipNorm.",
        std::isfinite(batch.loss) ? "gradient's norm" : "loss", step_ + 1, spec_.optimizer.learningRate));
  if (spec_.optimizer.clipNorm > 0 && batch.norm > spec_.optimizer.clipNorm)
    for (auto& gradient : gradients_) gradient.mul_(spec_.optimizer.clipNorm / batch.norm);
}

VqvaeTrainer::Pass VqvaeTrainer::addGradient(std::span<const int64_t> rows, double share,
                                             const std::vector<at::Tensor>& gradients, const at::Tensor& counts,
                                             const at::Tensor& sums) const {
  const at::AutoGradMode graph(true);
  const auto x_B3SS = pixelsOf(data_.trainImages, rows, device_);
  const auto z_BCGG = model_.encode(x_B3SS);
  const auto z_NC = toVectors(z_BCGG);
  const auto vectors_NC = z_NC.detach();
  const auto codes_N = model_.nearest(vectors_NC);
  const auto e_NC = model_.codebook.index_select(0, codes_N);
  const auto straight_NC = z_NC + (e_NC - vectors_NC);  // the value of the code, the gradient of the vector
  const auto reconstruction = model_.decode(toGrid(straight_NC, z_BCGG.size(2), z_BCGG.size(3)));
  const auto error = at::mse_loss(reconstruction, x_B3SS), distance = at::mse_loss(z_NC, e_NC);
  const auto loss = error + spec_.vqvae.commitment * distance;

  const auto learning = std::span(parameters_).first(model_.layers().size());
  const auto found = torch::autograd::grad({loss}, {learning.begin(), learning.end()});
  const at::NoGradGuard noGraph;
  for (size_t i = 0; i < found.size(); ++i) gradients[i].add_(found[i], share);
  const auto choices_KN = choices(codes_N, model_.shape.codes);
  counts.add_(choices_KN.sum(1));
  sums.addmm_(choices_KN, vectors_NC);
  return {(loss + (learnsCodes() ? distance : at::zeros_like(distance))).detach(), vectors_NC};
}

VqvaeTrainer::Codes VqvaeTrainer::follow(const Batch& batch) const {
  const double decay = learnsCodes() ? kUseDecay : spec_.vqvae.decay;
  Codes codes{.use_K = use_K.mul(decay).add_(batch.counts_K, 1 - decay),
              .sums_KC = sums_KC.mul(decay).add_(batch.sums_KC, 1 - decay)};
  if (!learnsCodes()) {
    const auto total = codes.use_K.sum();
    const auto smoothed_K =
        (codes.use_K + kSmoothing) / (total + kSmoothing * static_cast<double>(model_.shape.codes)) * total;
    codes.codebook_KC = codes.sums_KC / smoothed_K.unsqueeze(1);
  }
  if (spec_.vqvae.reviveBelow == 0) return codes;
  codes.fresh_KC = batch.fresh_KC;
  const auto isDead_K = codes.use_K.lt(spec_.vqvae.reviveBelow);
  codes.isDead_K1 = isDead_K.unsqueeze(1);
  if (!learnsCodes()) codes.codebook_KC = at::where(codes.isDead_K1, codes.fresh_KC, codes.codebook_KC);
  // At the threshold: a code that its first batch does not take up tries another place at once.
  codes.use_K.masked_fill_(isDead_K, spec_.vqvae.reviveBelow);
  codes.sums_KC = at::where(codes.isDead_K1, codes.fresh_KC * spec_.vqvae.reviveBelow, codes.sums_KC);
  return codes;
}

std::vector<int64_t> VqvaeTrainer::freshRows() const {
  // Of every code, also of those that live: the host does not ask which ones died.
  const auto vectors = static_cast<uint64_t>(vectorsOfBatch());
  std::vector<int64_t> rows;
  for (int64_t code = 0; code < model_.shape.codes; ++code) {
    RandomStream random(spec_.seed, Purpose::RevivedCodes, static_cast<uint64_t>(step_), static_cast<uint32_t>(code));
    rows.push_back(static_cast<int64_t>(random.below(vectors)));
  }
  return rows;
}

int64_t VqvaeTrainer::vectorsOfBatch() const {
  return spec_.train.batchSize * vectorsOf(data_.trainImages, model_.shape.stride);
}

void VqvaeTrainer::update(double rate, const Codes& codes) {
  adam(rate);
  use_K.copy_(codes.use_K);
  sums_KC.copy_(codes.sums_KC);
  if (!learnsCodes()) {
    model_.codebook.copy_(codes.codebook_KC);
  } else if (codes.isDead_K1.defined()) {
    at::where_out(model_.codebook, codes.isDead_K1, codes.fresh_KC, model_.codebook);
    for (auto* moments : {&firstMoments_, &secondMoments_})
      at::where_out(moments->back(), codes.isDead_K1, zero_, moments->back());
  }
}

void VqvaeTrainer::adam(double rate) {
  const auto& o = spec_.optimizer;
  stepNumber_.fill_(static_cast<double>(step_ + 1));
  for (const bool matrices : {true, false}) {  // biases and codes do not decay
    std::vector<at::Tensor> lists[4], numbers;
    for (size_t i = 0; i < parameters_.size(); ++i) {
      if ((parameters_[i].dim() == 4) != matrices) continue;
      lists[0].push_back(parameters_[i]);
      lists[1].push_back(gradients_[i]);
      lists[2].push_back(firstMoments_[i]);
      lists[3].push_back(secondMoments_[i]);
      numbers.push_back(stepNumber_);
    }
    at::_fused_adamw_(lists[0], lists[1], lists[2], lists[3], {}, numbers, rate, o.beta1, o.beta2,
                      matrices ? o.weightDecay : 0, o.epsilon, /*amsgrad=*/false, /*maximize=*/false);
  }
}

void VqvaeTrainer::measure(const Control& control) {
  if (measured_.step == step_ && !slicedWork_.isFollower()) return;  // a follower hears that process 0 has not measured
  const at::NoGradGuard noGraph;
  measured_ = together("evaluate", control, [&](const Control& during) {
    return slicedWork_.isCut() ? measuredNow(during) : inMemory([&] { return measuredNow(during); });
  });
}

void VqvaeTrainer::measureImages(std::span<const int64_t> rows, double& error, std::span<double> counts) const {
  const auto x_B3SS = pixelsOf(data_.validationImages, rows, device_);
  const auto z_BCGG = model_.encode(x_B3SS);
  const auto codes_N = model_.nearest(toVectors(z_BCGG));
  const auto found = model_.decode(model_.embed(codes_N.view({-1, z_BCGG.size(2), z_BCGG.size(3)})));
  error += (found - x_B3SS).square().sum(at::kDouble).item<double>();
  const auto chosen = codes_N.cpu();
  for (const int64_t code : std::span(chosen.const_data_ptr<int64_t>(), static_cast<size_t>(chosen.numel())))
    counts[static_cast<size_t>(code)] += 1;
}

VqvaeTrainer::Measured VqvaeTrainer::measuredNow(const Control& control) {
  const auto rows =
      drawRows(data_.validationImages.count, spec_.train.evaluateImages, spec_.seed, Purpose::EvaluationRows);
  const auto add = [&](std::span<const int64_t> some, std::span<double> sums, const Control& during) {
    const at::NoGradGuard noGraph;  // of this thread
    microBatch_.forEachPass(some, [&](std::span<const int64_t> part) {
      during.check();
      measureImages(part, sums[0], sums.subspan(1));
    });
  };
  const int64_t width = 1 + model_.shape.codes;  // the error, and how often each code was chosen
  std::vector<double> sums(static_cast<size_t>(width));
  if (slicedWork_.isCut()) {
    const auto slice = [&](int64_t, Range images, std::span<double> to, const Control& during) {
      add(std::span(rows).subspan(static_cast<size_t>(images.begin), static_cast<size_t>(images.size())), to, during);
    };
    sums = slicedWork_.sums({.count = std::ssize(rows), .width = width, .slice = slice}, microBatch_, step_, control);
  } else {
    add(rows, sums, control);
  }
  const auto& images = data_.validationImages;
  return {.step = step_,
          .error = sums[0] / static_cast<double>(std::ssize(rows) * 3 * images.width * images.height),
          .counts = {sums.begin() + 1, sums.end()}};
}

Evaluation VqvaeTrainer::evaluate(const Control& control) {
  prepareThread(threads());
  measure(control);
  return {.step = step_, .loss = measured_.error};
}

void VqvaeTrainer::probe(const Control& control, const EventSink& sink) {
  prepareThread(threads());
  measure(control);
  const auto used = std::ranges::count_if(measured_.counts, [](int64_t count) { return count > 0; });
  sink(CodebookUse{.step = step_, .counts = measured_.counts});
  sink(Scalars{.step = step_,
               .values = {{"vqvae/perplexity", perplexity(measured_.counts)},
                          {"vqvae/usedCodes", static_cast<double>(used)},
                          {"vqvae/psnr", 10 * std::log10(4 / measured_.error)}}});  // pixels span 2
}

void VqvaeTrainer::sample(const Control& control, const std::function<void(SampleSet)>& sink) {
  prepareThread(threads());
  const at::NoGradGuard noGraph;
  const auto& images = data_.validationImages;
  const int64_t stride = model_.shape.stride;
  SampleSet set{.step = step_,
                .width = images.width / stride,
                .height = images.height / stride,
                .given = vectorsOf(images, stride),
                .perPrompt = 1,
                .pixelWidth = images.width,
                .pixelHeight = images.height};
  const auto rows = drawRows(images.count, spec_.sample.prompts, spec_.seed, Purpose::Prompts);
  for (const auto row : rows) {
    control.check();
    const auto z_BCGG = model_.encode(pixelsOf(images, std::span(&row, 1), device_));
    const auto codes_N = model_.nearest(toVectors(z_BCGG));
    const auto found = model_.decode(model_.embed(codes_N.view({1, set.height, set.width})));
    const auto ids = codes_N.cpu();
    std::vector<Token> tokens;
    for (const int64_t id : std::span(ids.const_data_ptr<int64_t>(), static_cast<size_t>(ids.numel())))
      tokens.push_back(static_cast<Token>(id));
    set.originals.push_back(tokens);
    set.samples.push_back(std::move(tokens));
    const auto picture = images.image(row);
    set.originalPixels.emplace_back(picture.begin(), picture.end());
    set.samplePixels.push_back(std::move(toRgb(found).front()));
  }
  if (!rows.empty()) sink(std::move(set));
}

NamedTensors VqvaeTrainer::state() const {
  NamedTensors all = checkpointNames(model_);
  const auto layers = model_.layers();
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const std::string name = i < layers.size() ? layers[i].first : "codebook";
    all.emplace_back("adam.m." + name, firstMoments_[i]);
    all.emplace_back("adam.v." + name, secondMoments_[i]);
  }
  all.emplace_back("use", use_K);
  all.emplace_back("sums", sums_KC);
  return all;
}

void VqvaeTrainer::save(const std::filesystem::path& file) {
  if (slicedWork_.isShared() && isStateShared_ && !data_.group->isLost()) {
    tell(*data_.group, "compare");
    compareStates(*data_.group, stateTensors(), step_);
  }
  const auto& shape = model_.shape;
  saveVqvae(file,
            {.info = {.specToml = toToml(spec_),
                      .step = step_,
                      .side = data_.trainImages.width,
                      .stride = shape.stride,
                      .codes = shape.codes},
             .shape = shape,
             .microBatch = microBatch_.images()},
            state());
}

void VqvaeTrainer::load(const std::filesystem::path& file) {
  prepareThread(threads());
  const auto header = readVqvaeHeader(file);
  if (header.shape != model_.shape)
    throw Error(fmt::format(
        "{} is of a VQ-VAE of another shape: stride {}, {} codes of {} dimensions, {} channels and {} blocks. Give the settings vqvae.stride, codes, codeWidth, width and blocks these values.",
        file.string(), header.shape.stride, header.shape.codes, header.shape.codeWidth, header.shape.width,
        header.shape.blocks));
  loadVqvae(file, state());
  step_ = header.info.step;
  if (header.microBatch > 0 && spec_.train.microBatch == 0)  // as before, not by the memory that is free now
    microBatch_.set(std::min(header.microBatch, spec_.train.batchSize));
  measured_.step = -1;
  isStateShared_ = false;
}

std::vector<std::pair<std::string, std::string>> VqvaeTrainer::environment() const {
  std::vector<std::pair<std::string, std::string>> list{{"Device", device_.is_cpu() ? "CPU" : device_.str()},
                                                        {"Precision", "fp32"},
                                                        {"Micro-batch", std::to_string(microBatch_.images())}};
  if (slicedWork_.isShared()) list.emplace_back("Processes", std::to_string(data_.group->size()));
  list.emplace_back("Instruction set", instructionSet());
  return list;
}

}  // namespace scanline
