#include "core/foreign/foreign_model.h"

#include <fmt/format.h>

#include "core/base/error.h"
#include "core/foreign/huggingface.h"
#include "core/foreign/tensorflow.h"

namespace scanline {

std::vector<std::pair<std::string, std::vector<int64_t>>> arrayShapes(const ForeignModel& model) {
  const int64_t D = model.width, V = model.paletteSize;
  std::vector<std::pair<std::string, std::vector<int64_t>>> list{{"wte", {V, D}}, {"wpe", {model.positions, D}}};
  if (!model.bert) list.push_back({"sos", {D}});
  for (int64_t layer = 0; layer < model.layers; ++layer) {
    const auto add = [&](const char* name, std::vector<int64_t> shape) {
      list.emplace_back(fmt::format("h.{}.{}", layer, name), std::move(shape));
    };
    add("ln_1.g", {D});
    add("attn.qkv", {D, 3 * D});
    add("attn.proj", {D, D});
    add("ln_2.g", {D});
    add("mlp.fc", {D, 4 * D});
    add("mlp.proj", {4 * D, D});
    if (!model.bias) continue;
    add("attn.qkv.b", {3 * D});
    add("attn.proj.b", {D});
    add("mlp.fc.b", {4 * D});
    add("mlp.proj.b", {D});
  }
  list.push_back({"ln_f.g", {D}});
  list.push_back({"head", {V, D}});
  return list;
}

bool isForeignModel(const std::filesystem::path& path) {
  return isHuggingFaceModel(path) || isTensorFlowCheckpoint(path);
}

ForeignModel readForeignModel(const std::filesystem::path& path, const Control& control) {
  return isHuggingFaceModel(path) ? readHuggingFaceModel(path, control) : readTensorFlowCheckpoint(path, control);
}

void readBlocks(const ForeignModel& model, const Control& control,
                const std::function<void(int64_t layer)>& readBlock) {
  for (int64_t layer = 0; layer < model.layers; ++layer) {
    control.report(layer, model.layers);
    readBlock(layer);
  }
}

}  // namespace scanline
