// The part of VqvaeTrainer that cuts the work into slices and shares it with other processes.
#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "core/learn/model/device_memory.h"
#include "core/learn/train/torch_setup.h"
#include "core/learn/train/vqvae_trainer.h"
#include "core/tokens/batches.h"

namespace scanline {

namespace {

constexpr std::string_view kVqvaeState = "state ";

}  // namespace

int64_t VqvaeTrainer::threads() const {
  // Convolutions of oneDNN wait for each other for ever when slices are computed side by side within OpenMP.
  return slicedWork_.isCut() && device_.is_cpu() ? 1 : spec_.threads;
}

VqvaeTrainer::Sums VqvaeTrainer::makeSums() const {
  const auto& shape = model_.shape;
  const auto layers = std::span(parameters_).first(model_.layers().size());
  const int64_t codes = shape.codes, vectors = codes * shape.codeWidth;
  const bool revives = spec_.vqvae.reviveBelow > 0;
  int64_t size = codes + vectors + (revives ? vectors : 0);
  for (const auto& layer : layers) size += layer.numel();
  Sums sums{.flat = at::zeros({size}, use_K.options())};
  int64_t place = 0;
  const auto next = [&](at::IntArrayRef sizes) {
    const int64_t count = c10::multiply_integers(sizes);
    return sums.flat.narrow(0, std::exchange(place, place + count), count).view(sizes);
  };
  for (const auto& layer : layers) sums.gradients.push_back(next(layer.sizes()));
  sums.counts_K = next({codes});
  sums.sums_KC = next({codes, shape.codeWidth});
  if (revives) sums.fresh_KC = next({codes, shape.codeWidth});
  return sums;
}

VqvaeTrainer::Batch VqvaeTrainer::slicedGradient(const Control& control) {
  const auto rows = batchRows(data_.trainImages.count, spec_.train.batchSize, spec_.seed, step_);
  const auto images = static_cast<double>(rows.size());
  const auto fresh = spec_.vqvae.reviveBelow > 0 ? freshRows() : std::vector<int64_t>();
  const int64_t vectors = vectorsOfBatch() / spec_.train.batchSize;  // of an image
  std::vector<Sums> atWork;                                          // a place each
  TreeSum<Sums> tree;
  const auto merge = [this](Sums& into, Sums&& other) {
    into.flat.add_(other.flat);
    spare_.push_back(std::move(other));
  };
  const auto take = [this] {
    if (spare_.empty()) return makeSums();
    Sums taken = std::move(spare_.back());
    spare_.pop_back();
    return taken;
  };
  const auto begin = [&] {
    for (auto& node : tree.nodes()) spare_.push_back(std::move(node.value));
    tree.nodes().clear();
    while (std::ssize(atWork) < slicedWork_.sideBySide()) atWork.push_back(take());
  };
  const auto slice = [&](int64_t place, Range part, std::span<double> sums, const Control& during) {
    const c10::InferenceMode off(false);  // of this thread: it records a graph
    const at::NoGradGuard noGraph;
    auto& sum = atWork[static_cast<size_t>(place)];
    sum.flat.zero_();
    std::vector<at::Tensor> chosen;
    const auto pass = [&](std::span<const int64_t> some) {
      during.check();
      const double share = static_cast<double>(some.size()) / images;
      const Pass result = addGradient(some, share, sum.gradients, sum.counts_K, sum.sums_KC);
      sums[0] += result.loss.item<double>() * share;
      chosen.push_back(result.vectors_NC);
    };
    microBatch_.forEachPass(std::span(rows).subspan(static_cast<size_t>(part.begin), static_cast<size_t>(part.size())),
                            pass);
    if (fresh.empty()) return;
    // Of the codes whose vector is one of these images; zero for the others, so that the sum over slices has them all.
    std::vector<int64_t> codes, places;
    for (size_t code = 0; code < fresh.size(); ++code) {
      const int64_t row = fresh[code] - part.begin * vectors;
      if (row < 0 || row >= part.size() * vectors) continue;
      codes.push_back(static_cast<int64_t>(code));
      places.push_back(row);
    }
    if (codes.empty()) return;
    const auto on = [&](const std::vector<int64_t>& list) { return uploaded(at::tensor(list, at::kLong), device_); };
    sum.fresh_KC.index_copy_(0, on(codes), at::cat(chosen).index_select(0, on(places)));
  };
  const auto done = [&](int64_t number, int64_t place) {
    auto& sum = atWork[static_cast<size_t>(place)];
    tree.add({number, 1, std::move(sum)}, merge);
    sum = take();
  };
  const auto sums =
      slicedWork_.sums({.count = std::ssize(rows), .width = 1, .begin = begin, .slice = slice, .done = done},
                       microBatch_, step_, control);
  for (auto& each : atWork) spare_.push_back(std::move(each));

  Sums total;
  if (slicedWork_.isTogether()) {
    total = take();
    std::vector<at::Tensor> nodes;
    for (const auto& node : tree.nodes()) nodes.push_back(node.value.flat);
    slicedWork_.sum(nodes, total.flat, threadCount(threads()));
    for (auto& node : tree.nodes()) spare_.push_back(std::move(node.value));
  } else {
    total = tree.total(merge);
  }
  for (size_t i = 0; i < total.gradients.size(); ++i) gradients_[i].copy_(total.gradients[i]);
  Batch batch{.counts_K = total.counts_K.clone(), .sums_KC = total.sums_KC.clone()};
  if (total.fresh_KC.defined()) batch.fresh_KC = total.fresh_KC.clone();
  spare_.push_back(std::move(total));
  conclude(batch, at::full({}, sums[0], use_K.options().dtype(at::kDouble)));
  return batch;
}

std::vector<LogLine> VqvaeTrainer::takeLog() {
  auto lines = microBatch_.takeLog();
  std::ranges::move(slicedWork_.takeLog(), std::back_inserter(lines));
  return lines;
}

std::vector<at::Tensor> VqvaeTrainer::stateTensors() const {
  std::vector<at::Tensor> list;
  for (const auto& [name, tensor] : state()) list.push_back(tensor);
  return list;
}

void VqvaeTrainer::shareState() {
  if (isStateShared_) return;
  tell(*data_.group, fmt::format("{}{} {}", kVqvaeState, step_, microBatch_.images()));
  for (const auto& tensor : stateTensors()) slicedWork_.broadcast(tensor);
  isStateShared_ = true;
}

void VqvaeTrainer::takeState(std::string_view message) {
  std::istringstream text{std::string(message.substr(kVqvaeState.size()))};
  int64_t images = 0;
  text >> step_ >> images;
  for (const auto& tensor : stateTensors()) slicedWork_.broadcast(tensor);
  microBatch_.set(images);
  measured_.step = -1;
}

std::string VqvaeTrainer::follow() {
  prepareThread(threads());
  const at::NoGradGuard noGraph;
  return hearWhile(*data_.group, [this](const std::string& said) {
    if (said == "step") {
      trainStep({});
    } else if (said == "evaluate") {
      evaluate({});
    } else if (said == "compare") {
      compareStates(*data_.group, stateTensors(), step_);
    } else if (said.starts_with(kVqvaeState)) {
      takeState(said);
    } else {
      return false;
    }
    return true;
  });
}

}  // namespace scanline
