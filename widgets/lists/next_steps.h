#pragma once

#include <QString>
#include <utility>
#include <vector>

#include "core/spec/run_spec.h"

namespace scanline {

/// The kinds of run that start from a trained model, as the menus of runs and checkpoints call it, in their order.
std::vector<std::pair<RunKind, QString>> nextSteps();

/// The forms in which a run can be exported.
enum class ExportForm {
  HuggingFace,  ///< a folder with the network of its best checkpoint
  Csv,          ///< a folder of tables
  Json          ///< one file
};
std::vector<std::pair<ExportForm, QString>> exportForms();

}  // namespace scanline
