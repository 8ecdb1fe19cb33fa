#include "core/exchange/foreign_model.h"

#include "core/exchange/huggingface.h"
#include "core/exchange/tensorflow.h"

namespace scanline {

bool isForeignModel(const std::filesystem::path& path) {
  return isHuggingFaceModel(path) || isTensorFlowCheckpoint(path);
}

ForeignModel readForeignModel(const std::filesystem::path& path) {
  return isHuggingFaceModel(path) ? readHuggingFaceModel(path) : readTensorFlowCheckpoint(path);
}

}  // namespace scanline
