// studio predictions
#include <fmt/format.h>

#include <algorithm>

#include "core/base/atomic_file.h"
#include "core/base/content_identity.h"
#include "core/base/error.h"
#include "core/formats/npy.h"
#include "core/jobs/neighbours.h"
#include "core/jobs/probe_predictions.h"
#include "experiments/cli/studio_verbs.h"
#include "experiments/cli/text_table.h"

namespace scanline {
namespace {

constexpr size_t kErrorsPrinted = 10;

class PredictionsVerb final : public StudioVerb {
 public:
  explicit PredictionsVerb(CLI::App& studio)
      : StudioVerb(studio, "predictions",
                   "The class that a linear probe of a layer says of each picture, and its probabilities",
                   {".csv", ".json", ".npy"}) {
    options_.addData(app());
    app()
        .add_option("--over", over_, "Of which pictures: train, validation or test [validation]")
        ->check(CLI::IsMember({"train", "validation", "test"}));
    auto* layer = app()
                      .add_option("--layer", layer_, "The probe of this layer, from 0 [the middle one]")
                      ->check(CLI::NonNegativeNumber);
    app().add_flag("--all-layers", allLayers_, "The probes of all layers")->excludes(layer);
    app().add_flag("--scored", scored_, "Only the validation pictures that the run's own probes are scored on");
    app()
        .add_option("--train-images", trainImages_, "The probe learns from so many; 0 = all [as the run's probes]")
        ->check(CLI::NonNegativeNumber);
    app().add_option("--l2", l2_, "Weight of its penalty [as the run's probes]")->check(CLI::NonNegativeNumber);
  }

  StudioAnswer answer(StudioSession& session) override {
    const std::string identity = contentIdentity(session.file());
    const StudioData& data = session.data();
    ProbeSettings settings = probeSettingsOf(session.facts());
    if (trainImages_ >= 0) settings.spec.trainImages = trainImages_;
    if (l2_ >= 0) {
      settings.spec.l2 = l2_;
      settings.spec.l2Values.clear();
    }
    PredictionsWanted wanted{.split = splitNamed(over_)};
    if (scored_ && wanted.split != DataSplit::Validation)
      throw Error("Probes are scored on validation pictures. Leave --scored out, or take --over validation.");
    if (scored_) wanted.rows = scoredRows(data, settings);
    if (!allLayers_) {
      wanted.layers = {layer_ < 0 ? (session.facts().layers + 1) / 2 : layer_};
      checkLayer(session.facts(), wanted.layers.front());
    }
    table_ = predictionsOf(data, settings, wanted, identity, session.begin("Fitting probes"));
    StudioAnswer answer;
    answer.writers.csv = [this, &data](const auto& file) { writeFileAtomically(file, csv(data)); };
    answer.writers.npy = [this](const auto& file) { writeProbabilities(file); };
    answer.writers.json = [this, &session] { return json(session); };
    answer.words = words(data);
    return answer;
  }

 private:
  int64_t layerCount() const { return std::ssize(table_.layers); }

  void writeProbabilities(const std::filesystem::path& file) const {
    std::vector<float> all;
    for (int64_t at = 0; at < layerCount(); ++at)
      for (int64_t index = 0; index < table_.count(); ++index) {
        const auto shares = table_.probabilities(index, at);
        all.insert(all.end(), shares.begin(), shares.end());
      }
    writeNpy<float>(file, std::vector{layerCount(), table_.count(), table_.classes}, all);
  }

  /// A line a picture and layer.
  std::string csv(const StudioData& data) const {
    std::string text = "split,row,layer,class,said";
    for (int64_t c = 0; c < table_.classes; ++c)
      text += "," + csvCell("p(" + classText(data, static_cast<int32_t>(c)) + ")");
    text += "\n";
    for (int64_t index = 0; index < table_.count(); ++index)
      for (int64_t at = 0; at < layerCount(); ++at) {
        const auto place = static_cast<size_t>(index);
        text += fmt::format("{},{},{},{},{}", over_, table_.rows[place], table_.layers[static_cast<size_t>(at)],
                            csvCell(classText(data, table_.labels[place])),
                            csvCell(classText(data, table_.said(index, at))));
        for (const float share : table_.probabilities(index, at)) text += fmt::format(",{}", share);
        text += "\n";
      }
    return text;
  }

  nlohmann::ordered_json json(StudioSession& session) const {
    auto result = modelJson(session);
    result["over"] = over_;
    result["classNames"] = session.data().classNames();
    result["rows"] = table_.rows;
    result["labels"] = table_.labels;
    result["layers"] = nlohmann::ordered_json::array();
    for (int64_t at = 0; at < layerCount(); ++at) {
      nlohmann::ordered_json layer{{"layer", table_.layers[static_cast<size_t>(at)]},
                                   {"accuracy", table_.accuracy(at)}};
      layer["confusion"] = nlohmann::ordered_json::array();
      for (const ConfusionCell& cell : table_.confusion(at))
        layer["confusion"].push_back({{"class", cell.truth}, {"said", cell.said}, {"count", cell.count}});
      layer["said"] = nlohmann::ordered_json::array();
      layer["probabilities"] = nlohmann::ordered_json::array();
      for (int64_t index = 0; index < table_.count(); ++index) {
        layer["said"].push_back(table_.said(index, at));
        const auto shares = table_.probabilities(index, at);
        layer["probabilities"].push_back(std::vector(shares.begin(), shares.end()));
      }
      result["layers"].push_back(std::move(layer));
    }
    return result;
  }

  std::string words(const StudioData& data) const {
    std::string text;
    for (int64_t at = 0; at < layerCount(); ++at)
      text += fmt::format("layer {}: {:.1f} % of {} {} pictures right\n", table_.layers[static_cast<size_t>(at)],
                          100 * table_.accuracy(at), table_.count(), over_);
    if (layerCount() == 1) text += classLines(data) + errorLines(data);
    return text;
  }

  std::string classLines(const StudioData& data) const {
    struct Sums {
      int64_t all = 0, right = 0;
      ConfusionCell worst;
    };
    std::vector<Sums> sums(static_cast<size_t>(table_.classes));
    for (const ConfusionCell& cell : table_.confusion(0)) {
      Sums& of = sums[static_cast<size_t>(cell.truth)];
      of.all += cell.count;
      if (cell.truth == cell.said)
        of.right += cell.count;
      else if (cell.count > of.worst.count)
        of.worst = cell;
    }
    std::vector<std::vector<std::string>> lines{{"class", "pictures", "right", "most often taken for"}};
    for (size_t c = 0; c < sums.size(); ++c) {
      const Sums& of = sums[c];
      const auto percent = [&](int64_t n) {
        return of.all > 0 ? fmt::format("{:.1f} %", 100.0 * static_cast<double>(n) / static_cast<double>(of.all)) : "";
      };
      lines.push_back(
          {classText(data, static_cast<int32_t>(c)), std::to_string(of.all), percent(of.right),
           of.worst.count > 0 ? fmt::format("{} ({})", classText(data, of.worst.said), percent(of.worst.count)) : ""});
    }
    return "\n" + textTable(lines, {false, true, true, false});
  }

  std::string errorLines(const StudioData& data) const {
    auto errors = table_.certainErrors(0);
    if (errors.empty()) return {};
    errors.resize(std::min(errors.size(), kErrorsPrinted));
    std::vector<std::vector<std::string>> lines{{"surest errors", "class", "taken for", "probability"}};
    for (const int64_t index : errors) {
      const auto place = static_cast<size_t>(index);
      const int32_t said = table_.said(index, 0);
      lines.push_back({fmt::format("{} {}", over_, table_.rows[place]), classText(data, table_.labels[place]),
                       classText(data, said),
                       fmt::format("{:.1f} %", 100.0 * static_cast<double>(table_.probabilities(
                                                           index, 0)[static_cast<size_t>(said)]))});
    }
    return "\n" + textTable(lines, {false, false, false, true});
  }

  std::string over_ = "validation";
  int64_t layer_ = -1, trainImages_ = -1;
  double l2_ = -1;
  bool allLayers_ = false, scored_ = false;
  PredictionTable table_;
};

}  // namespace

std::unique_ptr<StudioVerb> makeStudioPredictions(CLI::App& studio) {
  return std::make_unique<PredictionsVerb>(studio);
}

}  // namespace scanline
