#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "core/base/error.h"
#include "core/data/dataset.h"
#include "core/spec/field_value.h"
#include "core/spec/spec_text.h"

namespace scanline {
namespace {

using Problems = std::vector<SpecProblem>;

void checkFields(const RunSpec& spec, Problems& found) {
  forEachField(spec, [&](const FieldInfo& info, const auto& field) {
    using T = std::remove_cvref_t<decltype(field)>;
    if (!allowed(info, field)) found.push_back({std::string(info.key), wrongValue<T>(info, valueText(field))});
  });
  if (spec.name.empty()) found.push_back({"name", "name is empty; give the run a name of at least one letter."});
}

/// Tokens are what they are: whatever works on pixels comes too late for them.
void checkTokenData(const RunSpec& spec, Problems& found) {
  if (spec.data.side != 0)
    found.push_back({"data.side", fmt::format("data.side is {}, but tokens cannot be brought to another size; give 0.",
                                              spec.data.side)});
  if (spec.data.augment != Augment::None)
    found.push_back({"data.augment", "data.augment works on pixels, and the data set tokens has none; give none."});
  if (spec.kind == RunKind::Vqvae)
    found.push_back(
        {"data.name", "A VQ-VAE learns from pixels, and the data set tokens has none; take another data set."});
  if (!spec.palette.vqvae.empty())
    found.push_back(
        {"palette.vqvae", "palette.vqvae encodes pixels, and the data set tokens has none; leave it empty."});
}

void checkData(const RunSpec& spec, Problems& found) {
  const auto set = std::ranges::find(datasetRegistry(), spec.data.name, &DatasetInfo::name);
  if (set == datasetRegistry().end()) {
    std::string names;
    for (const DatasetInfo& known : datasetRegistry()) names.append(names.empty() ? "" : ", ").append(known.name);
    found.push_back({"data.name", fmt::format("data.name is {}; give one of: {}.", shown(spec.data.name), names)});
    return;
  }
  if (set->needsPath && dataPath(spec.data).empty()) {
    found.push_back(
        {"data.path", fmt::format("data.path is empty, but the data set {} does not come with Scanline; give the "
                                  "place it lies in, or fetch it with scanline-cli data fetch.",
                                  set->name)});
  }
  const bool hasSide =
      spec.data.side > 0 || (spec.kind == RunKind::Vqvae ? spec.vqvae.grid > 0 : !spec.palette.vqvae.empty());
  if (set->needsSide && !hasSide) {
    found.push_back({"data.side",
                     "data.side is 0, but the pictures of a folder have sizes of their own; "
                     "give the pixels they are brought to, from 1 to 256."});
  }
  if (set->comesAsTokens) checkTokenData(spec, found);
  if (spec.data.limit == 1) {
    found.push_back(
        {"data.limit", "data.limit is 1, which leaves nothing to validate on; give 0 for all images, or 2 or more."});
  }
}

void checkModel(const ModelSpec& model, Problems& found) {
  // The search below ends soon only for numbers in their ranges.
  const bool outOfRange =
      std::ranges::any_of(found, [](const SpecProblem& p) { return p.key == "model.heads" || p.key == "model.width"; });
  if (outOfRange || model.width % model.heads == 0) return;
  int64_t less = model.heads, more = model.heads;
  while (model.width % less != 0) --less;
  while (more < model.width && model.width % more != 0) ++more;
  const std::string choice = more <= 256 ? fmt::format("{} or {}", less, more) : fmt::format("{}", less);
  found.push_back(
      {"model.heads", fmt::format("model.heads is {}, which does not divide model.width ({}); give {} heads, "
                                  "or a width that is a multiple of {}.",
                                  model.heads, model.width, choice, model.heads)});
}

void checkSizes(const RunSpec& spec, Problems& found) {
  if (spec.train.microBatch > spec.train.batchSize) {
    found.push_back(
        {"train.microBatch", fmt::format("train.microBatch is {}, above train.batchSize ({}); give a whole number "
                                         "from 1 to {}, or 0 to have it chosen.",
                                         spec.train.microBatch, spec.train.batchSize, spec.train.batchSize)});
  }
  const bool fitsPalette = spec.palette.vqvae.empty() && spec.kind != RunKind::Vqvae;
  if (fitsPalette && spec.palette.pixels < spec.palette.size) {
    found.push_back({"palette.pixels", fmt::format("palette.pixels is {}, fewer than the colours to find in them "
                                                   "(palette.size, {}); give {} or more.",
                                                   spec.palette.pixels, spec.palette.size, spec.palette.size)});
  }
  if (fitsPalette && spec.sample.topK > spec.palette.size) {
    found.push_back(
        {"sample.topK", fmt::format("sample.topK is {}, above palette.size ({}); give a whole number from 1 to {}, "
                                    "or 0 for all colours.",
                                    spec.sample.topK, spec.palette.size, spec.palette.size)});
  }
}

/// Whether images and codes of a VQ-VAE fit together.
void checkGrid(const RunSpec& spec, Problems& found) {
  constexpr int64_t kLargestSide = 256;
  const auto& [grid, stride] = std::pair(spec.vqvae.grid, spec.vqvae.stride);
  if (stride < 2 || stride > 16 || grid < 0 || grid > kLargestSide) return;  // told already
  if (!std::has_single_bit(static_cast<uint64_t>(stride))) {
    found.push_back({"vqvae.stride", fmt::format("vqvae.stride is {}; give a power of two: 2, 4, 8 or 16.", stride)});
    return;
  }
  const auto set = std::ranges::find(datasetRegistry(), spec.data.name, &DatasetInfo::name);
  const int64_t own = set == datasetRegistry().end() ? 0 : set->side;
  const int64_t side = spec.data.side > 0 ? spec.data.side : own;
  if (grid > 0 && grid * stride > kLargestSide) {
    found.push_back(
        {"vqvae.grid",
         fmt::format("vqvae.grid is {}, which makes images of {} pixels with vqvae.stride {}; give {} or less.", grid,
                     grid * stride, stride, kLargestSide / stride)});
  } else if (grid > 0 && spec.data.side > 0 && spec.data.side != grid * stride) {
    found.push_back(
        {"data.side",
         fmt::format("data.side is {}, but vqvae.grid x vqvae.stride makes images of {} pixels; give that, or 0.",
                     spec.data.side, grid * stride)});
  } else if (grid == 0 && side % stride != 0) {
    found.push_back(
        {"data.side",
         fmt::format("The images have {} pixels a side, which vqvae.stride ({}) does not divide; give data.side {}, "
                     "or another stride.",
                     side, stride, side + stride - side % stride)});
  }
}

void checkCodes(const RunSpec& spec, Problems& found) {
  const bool isVqvae = spec.kind == RunKind::Vqvae, hasCodes = !isVqvae && !spec.palette.vqvae.empty();
  if (isVqvae) checkGrid(spec, found);
  if (hasCodes && !spec.palette.path.empty()) {
    found.push_back(
        {"palette.path",
         "palette.path and palette.vqvae are both given, but tokens are colours or codes; empty one of them."});
  }
  if (hasCodes && spec.palette.vqvae == spec.name) {
    found.push_back(
        {"name", fmt::format("palette.vqvae names the run \"{}\", which would be this one; give this run another "
                             "name.",
                             spec.name)});
  }
  if ((isVqvae || hasCodes) && spec.data.augment != Augment::None) {
    found.push_back({"data.augment",
                     fmt::format("data.augment is {}, but {} takes images as they are; give none.",
                                 fieldText(spec, "data.augment"), isVqvae ? "a VQ-VAE" : "the coding by a VQ-VAE")});
  }
}

void checkSearch(const RunSpec& spec, Problems& found) {
  const std::string& rates = spec.search.rates;
  if (rates.empty()) return;
  if (!isUsed(spec, "search.rates")) {
    found.push_back({"search.rates", fmt::format("search.rates is {}, but a run of kind {}{} has no learning rate to "
                                                 "search for; empty search.rates{}.",
                                                 shown(rates), fieldText(spec, "kind"),
                                                 spec.kind == RunKind::Probe ? " with the solver lbfgs" : "",
                                                 spec.kind == RunKind::Probe ? ", or choose the solver sgd" : "")});
    return;
  }
  const std::string_view key = spec.kind == RunKind::Probe ? "probe.learningRate" : "optimizer.learningRate";
  try {
    RunSpec trial;
    for (const double rate : numberList("search.rates", rates)) setField(trial, key, valueText(rate));
  } catch (const Error& error) {
    found.push_back({"search.rates", error.what()});
  }
}

/// Texts that hold lists of numbers.
void checkLists(const RunSpec& spec, Problems& found) {
  const auto check = [&](std::string_view key, const auto& read) {
    try {
      if (isUsed(spec, key)) read();
    } catch (const Error& problem) {
      found.push_back({std::string(key), problem.what()});
    }
  };
  check("probe.l2Values", [&] { probePenalties(spec.probe); });
  check("probe.layers", [&] { probedLayers(spec.probe, std::clamp<int64_t>(spec.model.layers, 1, 200)); });
  check("lowdata.labels", [&] { labelsPerClass(spec.lowdata); });
  if (isUsed(spec, "lowdata.layer") && spec.lowdata.layer > spec.model.layers)
    found.push_back(
        {"lowdata.layer", fmt::format("lowdata.layer is {}, and the model's layers are 0 to {}; give one of "
                                      "them, or -1 for the best.",
                                      spec.lowdata.layer, spec.model.layers)});
}

}  // namespace

std::vector<SpecProblem> problems(const RunSpec& spec) {
  Problems found;
  checkFields(spec, found);
  checkData(spec, found);
  checkModel(spec.model, found);
  checkSizes(spec, found);
  checkCodes(spec, found);
  checkSearch(spec, found);
  checkLists(spec, found);
  return found;
}

void validate(const RunSpec& spec) {
  if (const auto found = problems(spec); !found.empty()) throw Error(found.front().sentence);
}

}  // namespace scanline
