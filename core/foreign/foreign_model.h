#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/control.h"

namespace scanline {

/// A named row-major array.
struct FloatArray {
  std::string name;
  std::vector<int64_t> shape;
  std::vector<float> values;
};

/// An image GPT as read from another program's files, without LibTorch.
struct ForeignModel {
  int64_t layers = 0, width = 0, heads = 0;
  int64_t paletteSize = 0;
  int64_t positions = 0;
  bool bias = false;  ///< some bias of the file is not zero; otherwise `arrays` leaves all of them out
  bool bert = false;  ///< trained on masked pixels: no start vector, and no array "sos"
  int64_t step = 0;   ///< optimiser steps, where the file tells
  /// The file has the matrix that predicts pixels; else the array "head" is zero: features and fine-tuning work,
  /// drawing and nats do not.
  bool hasHead = true;
  int64_t classes = 0;                  ///< rows of the array "classifier" [classes, width]; 0: there is none
  std::vector<std::string> classNames;  ///< of the classifier, where the files tell; else empty
  std::vector<std::string> warnings;    ///< a sentence for each kind of content besides the model, which was left out
  /// Names and shapes as core/learn/model/gpt_tensors.h lists them: matrices [in, out], head and wte [paletteSize,
  /// width].
  std::vector<FloatArray> arrays;
};

/// Names and shapes of all arrays of a model of these sizes but the classifier, whether `model.arrays` is filled or
/// not.
std::vector<std::pair<std::string, std::vector<int64_t>>> arrayShapes(const ForeignModel& model);

/// True for paths that readForeignModel would try: a Hugging Face folder or weights file in one (isHuggingFaceModel), a
/// TensorFlow checkpoint (isTensorFlowCheckpoint).
bool isForeignModel(const std::filesystem::path& path);

/// Reads either. Reports the model's blocks; those of a large one take seconds. Throws Stopped, and Error that names
/// the file and its fault.
ForeignModel readForeignModel(const std::filesystem::path& path, const Control& control = {});

/// Reads all blocks of `model` in order with `readBlock(layer)` and reports each to `control`. For the readers.
void readBlocks(const ForeignModel& model, const Control& control, const std::function<void(int64_t layer)>& readBlock);

}  // namespace scanline
