// The part of GptTrainer that cuts the work into slices and shares it with other processes.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "core/learn/evaluate/side_by_side.h"
#include "core/learn/model/decoder.h"
#include "core/learn/train/gpt_trainer.h"
#include "core/run/diverged.h"
#include "core/tokens/batches.h"

namespace scanline {

namespace {

constexpr std::string_view kState = "state ", kTest = "test";
constexpr int64_t kPart = int64_t{1} << 18;  ///< elements that one thread takes at a time

void addTo(GptTensors& into, const GptTensors& other) {
  into.flat.add_(other.flat);
}

}  // namespace

GptTensors GptTrainer::takeSpare() {
  if (spare_.empty()) return GptTensors(weights_.shape, device_);
  GptTensors taken = std::move(spare_.back());
  spare_.pop_back();
  return taken;
}

GptTrainer::BatchLoss GptTrainer::slicedGradient(const Control& control) {
  const auto rows = batchRows(data_.train.count, spec_.train.batchSize, spec_.seed, step_);
  const auto images = static_cast<double>(rows.size());
  std::vector<GptTensors> atWork;  // a place each
  TreeSum<GptTensors> tree;
  const auto merge = [this](GptTensors& into, GptTensors&& other) {
    addTo(into, other);
    spare_.push_back(std::move(other));
  };
  const auto begin = [&] {
    for (auto& node : tree.nodes()) spare_.push_back(std::move(node.value));
    tree.nodes().clear();
    while (std::ssize(atWork) < slicedWork_.sideBySide()) atWork.push_back(takeSpare());
  };
  const auto slice = [&](int64_t place, Range part, std::span<double> sums, const Control& during) {
    auto& gradient = atWork[static_cast<size_t>(place)];
    gradient.flat.zero_();
    int64_t first = part.begin;
    const auto pass = [&](std::span<const int64_t> some) {
      const auto losses =
          addGradient(operands_, trainingImages(some, first, /*threads=*/1), task_, 1 / images, gradient, during);
      first += std::ssize(some);
      if (losses.nats_B.defined()) sums[0] += losses.nats_B.sum().item<double>();
      if (losses.classNats_B.defined()) sums[1] += losses.classNats_B.sum().item<double>();
    };
    forMicroBatches(std::span(rows).subspan(static_cast<size_t>(part.begin), static_cast<size_t>(part.size())), pass);
  };
  const auto done = [&](int64_t number, int64_t place) {
    auto& gradient = atWork[static_cast<size_t>(place)];
    tree.add({number, 1, std::move(gradient)}, merge);
    gradient = takeSpare();
  };
  const auto sums =
      slicedWork_.sums({.count = std::ssize(rows), .width = 2, .begin = begin, .slice = slice, .done = done},
                       microBatch_, step_, control);
  for (auto& gradient : atWork) spare_.push_back(std::move(gradient));
  takeSum(tree);
  return checked({sums[0] / images, sums[1] / images, gradientNorm()});
}

void GptTrainer::takeSum(TreeSum<GptTensors>& tree) {
  if (!slicedWork_.isTogether()) {
    const auto merge = [](GptTensors& into, GptTensors&& other) { addTo(into, other); };
    for (size_t i = 1; i < tree.nodes().size(); ++i) spare_.push_back(tree.nodes()[i].value);  // read, and free then
    spare_.push_back(std::exchange(gradients_, tree.total(merge)));
    return;
  }
  std::vector<at::Tensor> nodes;
  for (const auto& node : tree.nodes()) nodes.push_back(node.value.flat);
  slicedWork_.sum(nodes, gradients_.flat, threadCount(spec_.threads));
  for (auto& node : tree.nodes()) spare_.push_back(std::move(node.value));
}

void GptTrainer::inParts(int64_t begin, int64_t end, const std::function<void(int64_t, int64_t)>& adam) const {
  if (!slicedWork_.isCut() || !device_.is_cpu()) return adam(begin, end);
  sideBySide((end - begin + kPart - 1) / kPart, /*areSmall=*/true, {}, [] {},
             [&](int64_t i, const Control&) { adam(begin + i * kPart, std::min(end, begin + (i + 1) * kPart)); });
}

double GptTrainer::gradientNorm() const {
  if (!device_.is_cpu()) return at::linalg_vector_norm(gradients_.flat).item<double>();
  const int64_t size = gradients_.flat.numel(), parts = (size + kPart - 1) / kPart;
  std::vector<double> squares(static_cast<size_t>(parts));
  sideBySide(
      parts, /*areSmall=*/true, {}, [] {},
      [&](int64_t i, const Control&) {
        const auto part = gradients_.flat.narrow(0, i * kPart, std::min(kPart, size - i * kPart));
        const double norm = at::linalg_vector_norm(part, 2, {}, false, at::kDouble).item<double>();
        squares[static_cast<size_t>(i)] = norm * norm;
      });
  return std::sqrt(sumAlongTree(squares, 1)[0]);
}

SampleSet GptTrainer::drawTogether(const SampleRequest& request, const Control& control) {
  const Gpt model(operands_);
  // The decoder's pictures do not depend on those beside them. Other kernels' may: they draw the same ones together,
  // whatever the number of processes.
  const int64_t processes = slicedWork_.isTogether() ? slicedWork_.group().size() : 1;
  const int64_t pieces = canDecode(operands_) ? processes : slicedWork_.pieces();
  if (pieces == 1) return drawSamples(model, request, control);
  const int64_t total = request.perPrompt * std::max<int64_t>(std::ssize(request.originals), 1);
  SampleSet all = undrawn(request);
  const auto make = [&](const Control& during) {
    Packed packed;
    const Range own = slicedWork_.mine(pieces);
    for (int64_t piece = own.begin; piece < own.end; ++piece) {
      SampleRequest part = request;
      part.part = partOf(total, pieces, piece);
      const auto set = drawSamples(model, part, during);
      packed.addList(std::span<const double>(set.originalNats)).addList(std::span<const double>(set.sampleNats));
      for (const auto& picture : set.samples) packed.addList(std::span<const Token>(picture));
    }
    return std::move(packed).take();
  };
  int64_t piece = 0;
  for (const auto& bytes : slicedWork_.each(make, control))
    for (Unpacked rest(bytes); !rest.isAtEnd(); ++piece) {
      const Range part = partOf(total, pieces, piece);
      std::vector<double> originalNats, sampleNats;
      rest.readList(originalNats);
      rest.readList(sampleNats);
      // A prompt whose pictures two pieces have is scored by both.
      if (!originalNats.empty()) all.originalNats.resize(static_cast<size_t>(part.begin / request.perPrompt));
      all.originalNats.insert(all.originalNats.end(), originalNats.begin(), originalNats.end());
      all.sampleNats.insert(all.sampleNats.end(), sampleNats.begin(), sampleNats.end());
      for (int64_t i = 0; i < part.size(); ++i) rest.readList(all.samples.emplace_back());
    }
  return all;
}

std::vector<at::Tensor> GptTrainer::stateTensors() const {
  std::vector<at::Tensor> list{weights_.flat, firstMoments_.flat, secondMoments_.flat};
  for (const auto& [name, tensor] : others()) list.push_back(tensor);
  return list;
}

void GptTrainer::shareState() {
  if (isStateShared_) return;
  tell(*data_.group, fmt::format("{}{} {} {}", kState, step_, microBatch(), precision_.isBf16() ? "bf16" : "fp32"));
  for (const auto& tensor : stateTensors()) slicedWork_.broadcast(tensor);
  isStateShared_ = true;
}

void GptTrainer::takeState(std::string_view message) {
  std::istringstream text{std::string(message.substr(kState.size()))};
  int64_t images = 0;
  std::string precision;
  text >> step_ >> images >> precision;
  for (const auto& tensor : stateTensors()) slicedWork_.broadcast(tensor);
  const auto wanted = precision == "bf16" ? Precision::Bf16 : Precision::Fp32;
  if (wanted != precision_.precision) takePrecision({wanted, std::nullopt});
  microBatch_.set(images);
  refreshOperands();
}

void GptTrainer::compareStates() const {
  if (data_.group->rank() == 0) tell(*data_.group, "compare");
  scanline::compareStates(*data_.group, stateTensors(), step_);
}

std::string GptTrainer::follow() {
  prepareThread(spec_.threads);
  const at::NoGradGuard noGraph;
  return hearWhile(*data_.group, [this](const std::string& said) {
    if (said == "step") {
      trainStep({});
    } else if (said == "evaluate") {
      evaluate({});
    } else if (said.starts_with(kTest)) {
      heard_ = said;
      finish({}, {}, [](const TrainEvent&) {});
    } else if (said == "sample") {
      sample({}, [](const SampleSet&) {});
    } else if (said == "probe") {
      probe({}, [](const TrainEvent&) {});
    } else if (said == "compare") {
      compareStates();
    } else if (said.starts_with(kState)) {
      takeState(said);
    } else {
      return false;
    }
    return true;
  });
}

}  // namespace scanline
