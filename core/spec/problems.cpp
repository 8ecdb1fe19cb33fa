#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/spec/field_value.h"
#include "core/spec/next_run.h"
#include "core/spec/spec_text.h"

namespace scanline {
namespace {

using Problems = std::vector<SpecProblem>;

void checkFields(const RunSpec& spec, Problems& found) {
  forEachField(spec, [&](const FieldInfo& info, const auto& field) {
    using T = std::remove_cvref_t<decltype(field)>;
    if (!allowed(info, field)) found.push_back({std::string(info.key), wrongValue<T>(info, valueText(field))});
  });
  if (spec.name.empty())
    found.push_back(
        {std::string(keyOf(spec, spec.name)), "name is empty; give the run a name of at least one letter."});
}

void checkModel(const RunSpec& spec, Problems& found) {
  const ModelSpec& model = spec.model;
  // The search below ends soon only for numbers in their ranges.
  const bool outOfRange = std::ranges::any_of(found, [&](const SpecProblem& p) {
    return p.key == keyOf(spec, model.heads) || p.key == keyOf(spec, model.width);
  });
  if (outOfRange || model.width % model.heads == 0) return;
  int64_t less = model.heads, more = model.heads;
  while (model.width % less != 0) --less;
  while (more < model.width && model.width % more != 0) ++more;
  const std::string choice = more <= 256 ? fmt::format("{} or {}", less, more) : fmt::format("{}", less);
  found.push_back(
      {std::string(keyOf(spec, spec.model.heads)),
       fmt::format(
           "model.heads is {}, which does not divide model.width ({}); give {} heads, or a width that is a multiple of {}.",
           model.heads, model.width, choice, model.heads)});
}

void checkSizes(const RunSpec& spec, Problems& found) {
  if (spec.train.microBatch > spec.train.batchSize) {
    found.push_back(
        {std::string(keyOf(spec, spec.train.microBatch)),
         fmt::format(
             "train.microBatch is {}, above train.batchSize ({}); give a whole number from 1 to {}, or 0 to have it chosen.",
             spec.train.microBatch, spec.train.batchSize, spec.train.batchSize)});
  }
  if (isFieldUsed(spec, spec.train.slices) && spec.train.slices > spec.train.batchSize) {
    found.push_back(
        {std::string(keyOf(spec, spec.train.slices)),
         fmt::format(
             "train.slices is {}, above train.batchSize ({}), so that some slices would have no image; give a whole number from 1 to {}.",
             spec.train.slices, spec.train.batchSize, spec.train.batchSize)});
  }
  const bool fitsPalette = hasColours(spec);
  if (fitsPalette && spec.palette.pixels < spec.palette.size) {
    found.push_back(
        {std::string(keyOf(spec, spec.palette.pixels)),
         fmt::format(
             "palette.pixels is {}, fewer than the colours to find in them (palette.size, {}); give {} or more.",
             spec.palette.pixels, spec.palette.size, spec.palette.size)});
  }
  if (fitsPalette && spec.sample.topK > spec.palette.size) {
    found.push_back(
        {std::string(keyOf(spec, spec.sample.topK)),
         fmt::format(
             "sample.topK is {}, above palette.size ({}); give a whole number from 1 to {}, or 0 for all colours.",
             spec.sample.topK, spec.palette.size, spec.palette.size)});
  }
}

void checkCodes(const RunSpec& spec, Problems& found) {
  const bool isVqvae = spec.kind == RunKind::Vqvae, hasCodes = !isVqvae && !spec.palette.vqvae.empty();
  if (hasCodes && !spec.palette.path.empty()) {
    found.push_back(
        {std::string(keyOf(spec, spec.palette.path)),
         "palette.path and palette.vqvae are both given, but tokens are colours or codes; empty one of them."});
  }
  if (hasCodes && spec.palette.vqvae == spec.name) {
    found.push_back(
        {std::string(keyOf(spec, spec.name)),
         fmt::format("palette.vqvae names the run \"{}\", which would be this one; give this run another name.",
                     spec.name)});
  }
  if ((isVqvae || hasCodes) && spec.data.augment != Augment::None) {
    found.push_back({std::string(keyOf(spec, spec.data.augment)),
                     fmt::format("data.augment is {}, but {} takes images as they are; give none.",
                                 fieldText(spec, "data.augment"), isVqvae ? "a VQ-VAE" : "the coding by a VQ-VAE")});
  }
}

void checkSearch(const RunSpec& spec, Problems& found) {
  const std::string& rates = spec.search.rates;
  if (rates.empty()) return;
  if (!isFieldUsed(spec, spec.search.rates)) {
    found.push_back(
        {std::string(keyOf(spec, spec.search.rates)),
         fmt::format(
             "search.rates is {}, but a run of kind {}{} has no learning rate to search for; empty search.rates{}.",
             shown(rates), nameOf(spec.kind), spec.kind == RunKind::Probe ? " with the solver lbfgs" : "",
             spec.kind == RunKind::Probe ? ", or choose the solver sgd" : "")});
    return;
  }
  const std::string_view key = searchedField(spec);
  try {
    RunSpec trial;
    for (const double rate : numberList(keyOf(spec, rates), rates)) setField(trial, key, valueText(rate));
  } catch (const Error& error) {
    found.push_back({std::string(keyOf(spec, spec.search.rates)), error.what()});
  }
}

/// Texts that hold lists of numbers.
void checkLists(const RunSpec& spec, Problems& found) {
  const auto check = [&](const std::string& field, const auto& read) {
    try {
      if (isFieldUsed(spec, field)) read();
    } catch (const Error& problem) {
      found.push_back({std::string(keyOf(spec, field)), problem.what()});
    }
  };
  check(spec.probe.l2Values, [&] { probePenalties(spec.probe); });
  check(spec.probe.layers, [&] { probedLayers(spec.probe, std::clamp<int64_t>(spec.model.layers, 1, 200)); });
  check(spec.lowdata.labels, [&] { labelsPerClass(spec.lowdata); });
  if (isFieldUsed(spec, spec.lowdata.layer) && spec.lowdata.layer > spec.model.layers)
    found.push_back(
        {std::string(keyOf(spec, spec.lowdata.layer)),
         fmt::format("lowdata.layer is {}, and the model's layers are 0 to {}; give one of them, or -1 for the best.",
                     spec.lowdata.layer, spec.model.layers)});
}

}  // namespace

std::vector<SpecProblem> fieldProblems(const RunSpec& spec) {
  Problems found;
  checkFields(spec, found);
  checkModel(spec, found);
  checkSizes(spec, found);
  checkCodes(spec, found);
  checkSearch(spec, found);
  checkLists(spec, found);
  return found;
}

}  // namespace scanline
