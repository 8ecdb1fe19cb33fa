#include "experiments/cli/run_json.h"

#include <array>

#include "core/spec/fields.h"
#include "core/spec/spec_text.h"
#include "experiments/cli/run_report.h"

namespace scanline {

using nlohmann::ordered_json;

namespace {

template <class T>
ordered_json orNull(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

ordered_json specJson(const std::string& toml) {
  ordered_json fields;
  const RunSpec spec = fromToml(toml, "the run's settings");
  forEachField(spec, [&](const FieldInfo& info, const auto& field) {
    using T = std::remove_cvref_t<decltype(field)>;
    if constexpr (std::is_enum_v<T>) {
      fields[std::string(info.key)] = fieldText(spec, info.key);
    } else {
      fields[std::string(info.key)] = field;
    }
  });
  return fields;
}

ordered_json pointsJson(const RunStore& store, RunId run, std::string_view series) {
  auto list = ordered_json::array();
  for (const Point& point : store.points(run, series, -1)) list.push_back({point.step, point.value});
  return list;
}

/// A number of labels each: mean and deviation, and every subset.
ordered_json lowDataJson(std::span<const LowDataResult> results) {
  auto list = ordered_json::array();
  for (const LowDataMean& each : meansOf(results)) {
    ordered_json entry{{"labelsPerClass", each.labelsPerClass},
                       {"layer", each.layer},
                       {"mean", each.mean},
                       {"deviation", each.deviation},
                       {"subsets", ordered_json::array()}};
    for (const LowDataResult& result : results)
      if (result.labelsPerClass == each.labelsPerClass)
        entry["subsets"].push_back({{"subset", result.subset}, {"accuracy", result.accuracy}, {"loss", result.loss}});
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace

ordered_json toJson(const RunSummary& run) {
  return {{"uuid", run.uuid},
          {"name", run.name},
          {"state", stateName(run.state)},
          {"detail", run.detail},
          {"kind", nameOf(run.kind)},
          {"dataset", run.dataset},
          {"step", run.step},
          {"steps", run.steps},
          {"layers", run.layers},
          {"parameters", run.parameters},
          {"bestLoss", orNull(run.bestLoss)},
          {"bestLossStep", orNull(run.bestLossStep)},
          {"bestAccuracy", orNull(run.bestAccuracy)},
          {"bestAccuracyStep", orNull(run.bestAccuracyStep)},
          {"bestLayer", orNull(run.bestLayer)},
          {"secondsPerStep", run.secondsPerStep},
          {"activeMs", run.activeMs},
          {"createdMs", run.createdMs},
          {"startedMs", run.startedMs},
          {"endedMs", run.endedMs},
          {"resumable", run.resumable},
          {"ownProcess", run.ownProcess},
          {"onCluster", run.onCluster},
          {"clusterJob", run.clusterJob},
          {"silentSinceMs", run.silentSinceMs},
          {"trashed", run.trashed},
          {"tags", run.tags},
          {"note", run.note}};
}

ordered_json toJson(const ProbeResult& probe) {
  ordered_json confusion = ordered_json::array();  // [true class, class said, images] of the cells above 0
  for (const ConfusionCell& cell : probe.confusion) confusion.push_back({cell.truth, cell.said, cell.count});
  return {{"step", probe.step},           {"layer", probe.layer},
          {"accuracy", probe.accuracy},   {"trainAccuracy", probe.trainAccuracy},
          {"loss", probe.loss},           {"iterations", probe.iterations},
          {"converged", probe.converged}, {"classes", probe.classes},
          {"confusion", confusion},       {"l2", probe.l2},
          {"joined", probe.joined},       {"testAccuracy", orNull(probe.testAccuracy)}};
}

ordered_json detailsJson(const RunStore& store, RunId run) {
  const RunDetails details = store.details(run);
  ordered_json json = toJson(details.summary);
  json["folder"] = details.folder;
  json["spec"] = specJson(details.specToml);
  if (details.summary.parent) {
    json["parent"] = {{"uuid", store.run(*details.summary.parent).uuid}, {"step", details.summary.parentStep}};
  }
  json["trainImages"] = details.prepared.trainImages;
  json["validationImages"] = details.prepared.validationImages;
  json["paletteSize"] = details.prepared.paletteSize;
  json["classNames"] = details.prepared.classNames;
  json["environment"] = ordered_json::object();
  for (const auto& [name, value] : details.prepared.environment) json["environment"][name] = value;
  json["checkpoints"] = ordered_json::array();
  for (const CheckpointRow& row : details.checkpoints) {
    json["checkpoints"].push_back({{"step", row.step},
                                   {"file", (std::filesystem::path(details.folder) / row.file).string()},
                                   {"bytes", row.bytes},
                                   {"validationLoss", row.validationLoss},
                                   {"reason", row.reason}});
  }
  for (const auto name : {series::kTrainLoss, series::kValidationLoss, series::kValidationAccuracy, series::kTestLoss,
                          series::kTestAccuracy})
    json["series"][std::string(name)] = pointsJson(store, run, name);
  json["probes"] = ordered_json::array();
  for (const ProbeResult& probe : store.probes(run, -1)) json["probes"].push_back(toJson(probe));
  if (const auto uses = store.codebookUse(run, -1); !uses.empty()) {
    json["codebook"] = {{"step", uses.back().step}, {"counts", uses.back().counts}};
    for (const auto name : {"vqvae/perplexity", "vqvae/usedCodes", "vqvae/psnr"})
      json["series"][name] = pointsJson(store, run, name);
  }
  const auto lowData = store.lowData(run);
  if (!lowData.empty()) json["lowdata"] = lowDataJson(lowData);
  json["log"] = ordered_json::array();
  for (const LogRow& row : store.log(run, 0)) json["log"].push_back({{"timeMs", row.timeMs}, {"text", row.line.text}});
  return json;
}

}  // namespace scanline
