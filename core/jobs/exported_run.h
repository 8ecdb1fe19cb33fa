#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "core/run/events.h"
#include "core/store/pinned_drawing.h"

namespace scanline {

// The files of one run that exportJson() and exportCsv() write.

// Pieces of the JSON that exportJson() writes and importPath() reads. For .cpp files only: the library's header is slow
// to compile. Reading throws nlohmann's exceptions, or Error, unless the JSON has the written shape.

/// The file's first key, and the version of its format. Version 1 has whole confusion matrices.
inline constexpr const char* kRunFileKey = "scanlineRun";
inline constexpr int kRunFileVersion = 2;
/// Under this key the reader says how many counts such a matrix has; "confusion" is then a list of (place, count) of
/// those above 0.
inline constexpr const char* kDenseConfusion = "confusionCounts";

// The columns of the tables that exportCsv() writes.
inline constexpr std::string_view kSeriesColumns = "series,step,value,time_ms";
inline constexpr std::string_view kProbeColumns =
    "step,layer,accuracy,train_accuracy,loss,iterations,converged,classes,l2,joined,test_accuracy";
inline constexpr std::string_view kLowDataColumns = "labels_per_class,subset,layer,accuracy,loss";
inline constexpr std::string_view kSampleColumns = "step,given,picture,index,nats";

/// JSON has no NaN and no infinities: "nan", "inf" and "-inf".
nlohmann::json numberJson(double value);
double numberFrom(const nlohmann::json& json);

nlohmann::json toRunFile(const RunPrepared& prepared);
nlohmann::json toRunFile(const ProbeResult& probe);
nlohmann::json toRunFile(const LowDataResult& result);
nlohmann::json toRunFile(const CodebookUse& use);
nlohmann::json toRunFile(const SampleSet& set);
nlohmann::json toRunFile(const PinnedDrawing& drawing);

RunPrepared preparedFrom(const nlohmann::json& json);
ProbeResult probeFrom(const nlohmann::json& json);
LowDataResult lowDataFrom(const nlohmann::json& json);
CodebookUse codebookUseFrom(const nlohmann::json& json);
SampleSet sampleSetFrom(const nlohmann::json& json);
/// Of no run, and without a number; RunStore::pin() checks it.
PinnedDrawing pinnedDrawingFrom(const nlohmann::json& json);

}  // namespace scanline
