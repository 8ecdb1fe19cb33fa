#include <fmt/format.h>

#include <algorithm>

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

void checkData(const RunSpec& spec, Problems& found) {
  const auto set = std::ranges::find(datasetRegistry(), spec.data.name, &DatasetInfo::name);
  if (set == datasetRegistry().end()) {
    std::string names;
    for (const DatasetInfo& known : datasetRegistry()) names.append(names.empty() ? "" : ", ").append(known.name);
    found.push_back({"data.name", fmt::format("data.name is {}; give one of: {}.", shown(spec.data.name), names)});
    return;
  }
  if (set->needsPath && spec.data.path.empty()) {
    found.push_back({"data.path", fmt::format("data.path is empty, but the data set {} does not come with Scanline; "
                                              "give the folder it lies in.",
                                              set->name)});
  }
  if (set->side == 0 && spec.data.side == 0) {
    found.push_back({"data.side",
                     "data.side is 0, but the pictures of a folder have sizes of their own; "
                     "give the pixels they are brought to, from 1 to 256."});
  }
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
  if (spec.palette.pixels < spec.palette.size) {
    found.push_back({"palette.pixels", fmt::format("palette.pixels is {}, fewer than the colours to find in them "
                                                   "(palette.size, {}); give {} or more.",
                                                   spec.palette.pixels, spec.palette.size, spec.palette.size)});
  }
  if (spec.sample.topK > spec.palette.size) {
    found.push_back(
        {"sample.topK", fmt::format("sample.topK is {}, above palette.size ({}); give a whole number from 1 to {}, "
                                    "or 0 for all colours.",
                                    spec.sample.topK, spec.palette.size, spec.palette.size)});
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
    found.push_back({"lowdata.layer", fmt::format("lowdata.layer is {}, and the model's layers are 0 to {}; give one of "
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
  checkLists(spec, found);
  return found;
}

void validate(const RunSpec& spec) {
  if (const auto found = problems(spec); !found.empty()) throw Error(found.front().sentence);
}

}  // namespace scanline
