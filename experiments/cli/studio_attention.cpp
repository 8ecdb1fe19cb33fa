// studio attention
#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/data/image_file.h"
#include "core/formats/npy.h"
#include "core/jobs/studio_images.h"
#include "experiments/cli/studio_verbs.h"

namespace scanline {
namespace {

class AttentionVerb final : public StudioVerb {
 public:
  explicit AttentionVerb(CLI::App& studio)
      : StudioVerb(studio, "attention", "The weights of heads: from one pixel (--position), or their mean by distance",
                   {".png", ".npy", ".json"}) {
    options_.addPictures(app());
    app().add_option("--position", position_, "The pixel that is predicted: its place in raster order, or x,y");
    app().add_option("--layer", layer_, "One layer, from 0 [all]")->check(CLI::NonNegativeNumber);
    app().add_option("--head", head_, "One head, from 0 [all]")->check(CLI::NonNegativeNumber);
    app()
        .add_option("--radius", radius_, "Without --position: pixels shown to each side [7]")
        ->check(CLI::Range(1, 64));
  }

  StudioAnswer answer(StudioSession& session) override {
    const ModelFacts& facts = session.facts();
    choose(facts);
    picture_ = session.pictures().front();
    return position_.empty() ? pattern(session) : row(session);
  }

 private:
  void choose(const ModelFacts& facts) {
    if (layer_ >= facts.layers)
      throw Error(fmt::format("There is no layer {} with attention; they are 0 to {}.", layer_, facts.layers - 1));
    if (head_ >= facts.heads)
      throw Error(fmt::format("There is no head {}; they are 0 to {}.", head_, facts.heads - 1));
    for (int64_t i = 0; i < facts.layers; ++i)
      if (layer_ < 0 || layer_ == i) layers_.push_back(i);
    for (int64_t i = 0; i < facts.heads; ++i)
      if (head_ < 0 || head_ == i) heads_.push_back(i);
    for (const int64_t head : heads_) columns_.push_back(fmt::format("{}", head));
  }

  /// Of one pixel: a row a layer, and after the heads their mean and the rollout up to the layer.
  StudioAnswer row(StudioSession& session) {
    const ModelFacts& facts = session.facts();
    const auto n = static_cast<size_t>(facts.across * facts.down);
    const int64_t at = positionOf(position_, facts);
    const AttentionRow all = session.model().attention(picture_.tokens, at);
    json_ = modelJson(session);
    json_["picture"] = picture_.name;
    json_["position"] = at;
    json_["columns"] = facts.objective == Objective::Bert ? "column j is pixel j"
                                                          : "column 0 is the start, column j > 0 is pixel j - 1";
    json_["layers"] = nlohmann::ordered_json::array();
    std::vector<MapRow> rows;
    for (const int64_t layer : layers_) {
      MapRow row{.name = fmt::format("layer {}", layer), .maps = {}};
      nlohmann::ordered_json weights = nlohmann::ordered_json::array();
      std::vector<float> mean(n);
      for (int64_t head = 0; head < facts.heads; ++head) {
        const auto of = std::span(all.weights).subspan(static_cast<size_t>(layer * facts.heads + head) * n, n);
        for (size_t i = 0; i < n; ++i) mean[i] += of[i] / static_cast<float>(facts.heads);
        if (std::ranges::find(heads_, head) == heads_.end()) continue;
        row.maps.push_back(weightsByPixel(facts, of, at));
        weights.push_back(std::vector(of.begin(), of.end()));
        values_.insert(values_.end(), of.begin(), of.end());
      }
      const auto rollout = std::span(all.rollout).subspan(static_cast<size_t>(layer) * n, n);
      row.maps.push_back(weightsByPixel(facts, mean, at));
      row.maps.push_back(weightsByPixel(facts, rollout, at));
      json_["layers"].push_back({{"layer", layer},
                                 {"heads", heads_},
                                 {"weights", std::move(weights)},
                                 {"mean", mean},
                                 {"rollout", std::vector(rollout.begin(), rollout.end())}});
      rows.push_back(std::move(row));
    }
    columns_.insert(columns_.end(), {"mean", "rollout"});
    shape_ = {std::ssize(layers_), std::ssize(heads_), static_cast<int64_t>(n)};
    const std::string title = fmt::format("{}, from pixel {},{}", picture_.name, at % facts.across, at / facts.across);
    return answerWith(mapSheet(rows, columns_, facts.across, mapScale(session, facts.across), title));
  }

  StudioAnswer pattern(StudioSession& session) {
    const ModelFacts& facts = session.facts();
    const int64_t n = facts.across * facts.down, side = 2 * radius_ + 1;
    json_ = modelJson(session);
    json_["picture"] = picture_.name;
    json_["radius"] = radius_;
    json_["layers"] = nlohmann::ordered_json::array();
    std::vector<MapRow> rows;
    const Control control = session.begin("Asking the model");
    for (size_t i = 0; i < layers_.size(); ++i) {
      control.report(static_cast<int64_t>(i), std::ssize(layers_));
      const auto maps = session.model().attentionMaps(picture_.tokens, layers_[i]);
      MapRow row{.name = fmt::format("layer {}", layers_[i]), .maps = {}};
      for (const int64_t head : heads_) {
        row.maps.push_back(typicalPattern(
            facts, std::span(maps).subspan(static_cast<size_t>(head * n * n), static_cast<size_t>(n * n)), radius_));
        values_.insert(values_.end(), row.maps.back().begin(), row.maps.back().end());
      }
      json_["layers"].push_back({{"layer", layers_[i]}, {"heads", heads_}, {"patterns", row.maps}});
      if (facts.objective != Objective::Bert)  // nothing below the pixel is seen
        for (auto& map : row.maps) map.resize(static_cast<size_t>(side * (radius_ + 1)));
      rows.push_back(std::move(row));
    }
    shape_ = {std::ssize(layers_), std::ssize(heads_), side, side};
    const std::string title =
        fmt::format("{}: mean weight by where a pixel lies, up to {} away", picture_.name, radius_);
    return answerWith(mapSheet(rows, columns_, side, mapScale(session, side), title));
  }

  int64_t mapScale(const StudioSession& session, int64_t across) const {
    return options_.scale > 0 ? session.scale() : std::max<int64_t>(1, figureScale(across) / 4);
  }

  StudioAnswer answerWith(Image sheet) {
    sheet_ = std::move(sheet);
    StudioAnswer answer;
    answer.writers.png = [this](const auto& file) { writePng(file, sheet_); };
    answer.writers.npy = [this](const auto& file) { writeNpy<float>(file, shape_, values_); };
    answer.writers.json = [this] { return json_; };
    answer.words = fmt::format("{}: {} layers, {} heads. Use --out FILE.png, .npy or .json to have the weights.\n",
                               picture_.name, layers_.size(), heads_.size());
    return answer;
  }

  std::string position_;
  int64_t layer_ = -1, head_ = -1, radius_ = 7;
  AskedPicture picture_;
  std::vector<int64_t> layers_, heads_, shape_;
  std::vector<std::string> columns_;
  std::vector<float> values_;
  nlohmann::ordered_json json_;
  Image sheet_;
};

}  // namespace

std::unique_ptr<StudioVerb> makeStudioAttention(CLI::App& studio) {
  return std::make_unique<AttentionVerb>(studio);
}

}  // namespace scanline
