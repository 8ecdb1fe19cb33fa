#pragma once

#include <QString>
#include <utility>
#include <vector>

#include "core/spec/run_spec.h"

namespace scanline {

/// What can be done with a trained model, as the menus of runs and checkpoints call it, in their order.
std::vector<std::pair<RunKind, QString>> nextSteps();

/// What a run can be written as for other programs.
enum class ExportForm {
  HuggingFace,  ///< a folder with the network of its best checkpoint
  Csv,          ///< a folder of tables
  Json          ///< one file
};
std::vector<std::pair<ExportForm, QString>> exportForms();

}  // namespace scanline
