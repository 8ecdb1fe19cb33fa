// studio neighbours, studio map
#include <fmt/format.h>

#include <algorithm>

#include "core/base/content_identity.h"
#include "core/base/error.h"
#include "core/base/pca.h"
#include "core/data/image_file.h"
#include "core/formats/npy.h"
#include "core/jobs/neighbours.h"
#include "core/jobs/studio_images.h"
#include "experiments/cli/studio_verbs.h"

namespace scanline {
namespace {

/// The layer that is asked for, else the middle one, whose features tell classes apart best (paper, figure 2).
int64_t layerOf(int64_t wanted, const ModelFacts& facts) {
  const int64_t layer = wanted < 0 ? (facts.layers + 1) / 2 : wanted;
  checkLayer(facts, layer);
  return layer;
}

/// Features of a split, kept in the cache folder.
FeatureTable readFeatures(StudioSession& session, DataSplit split, int64_t layer) {
  const std::string identity = contentIdentity(session.file());
  const StudioData& data = session.data();
  const Control control = session.begin(fmt::format("Features of the {} pictures", nameOf(split)));
  return featuresOf(data, split, identity, layer, control);
}

void addOver(CLI::App& verb, std::string& over, const std::string& help) {
  verb.add_option("--over", over, help)->check(CLI::IsMember({"train", "validation", "test"}));
}

class NeighboursVerb final : public StudioVerb {
 public:
  explicit NeighboursVerb(CLI::App& studio)
      : StudioVerb(studio, "neighbours", "The pictures of the data that are most like some, by features or by pixels",
                   {".png", ".npy", ".json"}) {
    options_.addPictures(app());
    addOver(app(), over_, "Where they are looked for: train, validation or test [train]");
    app()
        .add_option("--layer", layer_, "Features of this layer, from 0 [the middle one]")
        ->check(CLI::NonNegativeNumber);
    app().add_option("--k", most_, "How many of each picture [8]")->check(CLI::Range(1, 10'000));
    app().add_flag("--pixels", byPixels_, "By the difference of pixels, not by features: was it memorised?");
  }

  StudioAnswer answer(StudioSession& session) override {
    const ModelFacts& facts = session.facts();
    pictures_ = session.pictures();
    split_ = splitNamed(over_);
    if (!byPixels_) layer_ = layerOf(layer_, facts);
    byPixels_ ? lookAtPixels(session) : lookAtFeatures(session);
    StudioAnswer answer;
    answer.writers.png = [this, &session](const auto& file) { writePng(file, sheet(session)); };
    answer.writers.npy = [this](const auto& file) {
      std::vector<int64_t> rows;
      for (const auto& found : found_)
        for (const Neighbour& each : found) rows.push_back(each.row);
      writeNpy<int64_t>(file, std::vector{std::ssize(found_), std::ssize(rows) / std::ssize(found_)}, rows);
    };
    answer.writers.json = [this, &session] { return json(session); };
    for (size_t i = 0; i < pictures_.size(); ++i) {
      answer.words += pictures_[i].name + "\n";
      for (const Neighbour& each : found_[i])
        answer.words += fmt::format("{:>10} {:>8}  {:8.4f}  {}\n", over_, each.row, each.likeness,
                                    classText(session.data(), labelOf(session, each.row)));
    }
    return answer;
  }

 private:
  void lookAtFeatures(StudioSession& session) {
    const ModelFacts& facts = session.facts();
    const FeatureTable table = readFeatures(session, split_, layer_);
    TokenSet tokens{.count = std::ssize(pictures_), .length = facts.across * facts.down};
    for (const AskedPicture& picture : pictures_)
      tokens.ids.insert(tokens.ids.end(), picture.tokens.begin(), picture.tokens.end());
    const auto queries = session.model().features(tokens, layer_, session.control());
    for (size_t i = 0; i < pictures_.size(); ++i) {
      const auto width = static_cast<size_t>(table.width);
      keep(session, i,
           nearestByFeatures(table, std::span(queries).subspan(i * width, width), most_ + 1, session.control()));
    }
  }

  void lookAtPixels(StudioSession& session) {
    const StudioData& data = session.data();
    if (data.count(split_) > 0 && data.images(split_).count == 0)
      throw Error("The data set comes as tokens, so there are no pixels to compare. Leave --pixels out.");
    chosenRows(data, {.split = split_});  // throws if there is none
    const Control control = session.begin("Comparing pixels");
    for (size_t i = 0; i < pictures_.size(); ++i)
      keep(session, i, nearestByPixels(data.images(split_), session.image(pictures_[i].tokens), most_ + 1, control));
  }

  /// The first `most_` of them without the picture itself.
  void keep(const StudioSession& session, size_t picture, std::vector<Neighbour> found) {
    const bool isSameSplit = pictures_[picture].row && session.split() == split_;
    if (isSameSplit) std::erase_if(found, [&](const Neighbour& each) { return each.row == *pictures_[picture].row; });
    if (std::ssize(found) > most_) found.resize(static_cast<size_t>(most_));
    found_.push_back(std::move(found));
  }

  int32_t labelOf(StudioSession& session, int64_t row) const {
    const auto labels = session.data().labels(split_);
    return labels.empty() ? -1 : labels[static_cast<size_t>(row)];
  }

  /// A row a picture: itself, then the others.
  Image sheet(StudioSession& session) const {
    std::vector<Image> all;
    std::vector<std::string> captions;
    for (size_t i = 0; i < pictures_.size(); ++i) {
      all.push_back(session.image(pictures_[i].tokens));
      captions.push_back(pictures_[i].name);
      for (const Neighbour& each : found_[i]) {
        all.push_back(session.image(session.data().picture(split_, each.row).tokens));
        captions.push_back(
            byPixels_ ? fmt::format("{:.0f} {}", -each.likeness, classText(session.data(), labelOf(session, each.row)))
                      : fmt::format("{:.4f} {}", each.likeness, classText(session.data(), labelOf(session, each.row))));
      }
    }
    return pictureSheet(all, captions, 1 + std::ssize(found_.front()), std::max<int64_t>(1, session.scale() / 2));
  }

  nlohmann::ordered_json json(StudioSession& session) const {
    auto result = modelJson(session);
    result["by"] = byPixels_ ? "pixels" : "features";
    if (!byPixels_) result["layer"] = layer_;
    result["over"] = over_;
    result["pictures"] = nlohmann::ordered_json::array();
    for (size_t i = 0; i < pictures_.size(); ++i) {
      auto list = nlohmann::ordered_json::array();
      for (const Neighbour& each : found_[i]) {
        nlohmann::ordered_json one{{"row", each.row}};
        one[byPixels_ ? "meanSquaredDifference" : "cosine"] = byPixels_ ? -each.likeness : each.likeness;
        if (const int32_t label = labelOf(session, each.row); label >= 0) {
          one["label"] = label;
          one["class"] = classText(session.data(), label);
        }
        list.push_back(std::move(one));
      }
      result["pictures"].push_back({{"name", pictures_[i].name}, {"neighbours", std::move(list)}});
    }
    return result;
  }

  std::string over_ = "train";
  int64_t layer_ = -1, most_ = 8;
  bool byPixels_ = false;
  DataSplit split_ = DataSplit::Train;
  std::vector<AskedPicture> pictures_;
  std::vector<std::vector<Neighbour>> found_;
};

class MapVerb final : public StudioVerb {
 public:
  explicit MapVerb(CLI::App& studio)
      : StudioVerb(studio, "map", "The pictures of a split by two principal components of a layer's features",
                   {".png", ".npy", ".json"}) {
    options_.addData(app());
    addOver(app(), over_, "Of which pictures: train, validation or test [validation]");
    app()
        .add_option("--layer", layer_, "Features of this layer, from 0 [the middle one]")
        ->check(CLI::NonNegativeNumber);
  }

  StudioAnswer answer(StudioSession& session) override {
    layer_ = layerOf(layer_, session.facts());
    split_ = splitNamed(over_);
    const FeatureTable table = readFeatures(session, split_, layer_);
    const auto features = table.all();
    pca_ = principalComponents(features, table.width, 2, session.begin("Finding the principal components"));
    const auto places = pca_.project(features);
    places_.assign(static_cast<size_t>(2 * table.count), 0);  // 0 along a component that the features do not have
    const auto k = static_cast<size_t>(pca_.count());
    for (size_t i = 0; i < places.size(); ++i) places_[i / k * 2 + i % k] = places[i];
    StudioAnswer answer;
    answer.writers.png = [this, &session](const auto& file) {
      const StudioData& data = session.data();
      writePng(file, pointFigure(places_, data.labels(split_), data.classNames(), side(), title(session)));
    };
    answer.writers.npy = [this, count = table.count](const auto& file) {
      writeNpy<float>(file, std::vector<int64_t>{count, 2}, places_);
    };
    answer.writers.json = [this, &session] { return json(session); };
    answer.words = fmt::format("{} pictures of {}, layer {}\n{}", table.count, over_, layer_, shares());
    return answer;
  }

 private:
  int64_t side() const { return options_.scale > 0 ? 64 * options_.scale : 512; }
  double shareOf(size_t component) const {
    return component < pca_.variances.size() && pca_.variance > 0 ? pca_.variances[component] / pca_.variance : 0;
  }
  std::string shares() const {
    return fmt::format("the two components hold {:.1f} % and {:.1f} % of the variance\n", 100 * shareOf(0),
                       100 * shareOf(1));
  }
  std::string title(const StudioSession& session) const {
    return fmt::format("step {}, layer {}, {}: components of {:.1f} % and {:.1f} % of the variance",
                       session.facts().step, layer_, over_, 100 * shareOf(0), 100 * shareOf(1));
  }

  nlohmann::ordered_json json(StudioSession& session) const {
    auto result = modelJson(session);
    const auto labels = session.data().labels(split_);
    result["over"] = over_;
    result["layer"] = layer_;
    result["method"] = "principal components";
    result["shares"] = {shareOf(0), shareOf(1)};
    result["classNames"] = session.data().classNames();
    result["labels"] = std::vector(labels.begin(), labels.end());
    result["places"] = nlohmann::ordered_json::array();
    for (size_t i = 0; i < places_.size(); i += 2) result["places"].push_back({places_[i], places_[i + 1]});
    return result;
  }

  std::string over_ = "validation";
  int64_t layer_ = -1;
  DataSplit split_ = DataSplit::Validation;
  Pca pca_;
  std::vector<float> places_;
};

}  // namespace

std::unique_ptr<StudioVerb> makeStudioNeighbours(CLI::App& studio) {
  return std::make_unique<NeighboursVerb>(studio);
}

std::unique_ptr<StudioVerb> makeStudioMap(CLI::App& studio) {
  return std::make_unique<MapVerb>(studio);
}

}  // namespace scanline
