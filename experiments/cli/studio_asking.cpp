// studio surprise, studio next
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/error.h"
#include "core/data/image_file.h"
#include "core/formats/npy.h"
#include "core/jobs/canvas.h"
#include "core/jobs/studio_images.h"
#include "core/store/find_checkpoint.h"
#include "experiments/cli/studio_verbs.h"

namespace scanline {
namespace {

TokenSet tokenSetOf(std::span<const AskedPicture> pictures, const ModelFacts& facts) {
  TokenSet set{.count = std::ssize(pictures), .length = facts.across * facts.down};
  for (const AskedPicture& picture : pictures)
    set.ids.insert(set.ids.end(), picture.tokens.begin(), picture.tokens.end());
  return set;
}

/// BERT: the pixels that it sees of each picture, all but those that the mask paints; empty if no mask is named. Throws
/// Error for a mask of a model that has seen all that comes before anyway.
std::vector<uint8_t> shownTo(const StudioSession& session, const StudioOptions& options, size_t pictures) {
  std::vector<uint8_t> keep;
  if (options.mask.empty()) return keep;
  if (session.facts().objective != Objective::Bert)
    throw Error(
        "--mask hides pixels from a BERT model. An autoregressive one sees all pixels before the predicted one.");
  const PaintMask mask = session.mask();
  for (size_t i = 0; i < pictures; ++i)
    for (const uint8_t painted : mask) keep.push_back(painted == 0 ? 1 : 0);
  return keep;
}

class SurpriseVerb final : public StudioVerb {
 public:
  explicit SurpriseVerb(CLI::App& studio)
      : StudioVerb(studio, "surprise", "The nats of each pixel as a map, or the log-ratio of two models",
                   {".png", ".npy", ".json"}) {
    options_.addPictures(app());
    options_.addMask(app(), "BERT: pixels that are hidden together, and scored [each pixel alone]");
    app()
        .add_option("--what", what_, "nats, entropy or rank [nats]")
        ->check(CLI::IsMember({"nats", "entropy", "rank"}));
    app()
        .add_option("--against", against_,
                    "Nats less those of this model, a run or a file: below 0 where MODEL is surer")
        ->type_name("MODEL");
  }

  StudioAnswer answer(StudioSession& session) override {
    if (!against_.empty() && what_ != "nats") throw Error("--against compares nats; leave --what out.");
    pictures_ = session.pictures();
    const TokenSet tokens = tokenSetOf(pictures_, session.facts());
    const auto keep = shownTo(session, options_, pictures_.size());
    hidden_ = keep.empty() ? 0 : paintedPixels(session.mask());
    surprise_ = session.model().surprise(tokens, keep, session.begin("Asking the model"));
    values_ = what_ == "entropy" ? surprise_.entropy : surprise_.nats;
    if (what_ == "rank") values_.assign(surprise_.rank.begin(), surprise_.rank.end());
    if (!against_.empty()) subtract(session, tokens, keep);
    StudioAnswer answer;
    answer.writers.png = [this, &session](const auto& file) { writePng(file, figure(session)); };
    answer.writers.npy = [this, &session](const auto& file) {
      writeNpy<float>(file, std::vector{std::ssize(pictures_), session.facts().down, session.facts().across}, values_);
    };
    answer.writers.json = [this, &session] { return json(session); };
    for (size_t i = 0; i < pictures_.size(); ++i)
      answer.words += fmt::format("{}: {:.4f} {} a pixel, {:.2f} together\n", pictures_[i].name, sum(i) / pixels(i),
                                  unit(), sum(i));
    return answer;
  }

 private:
  void subtract(StudioSession& session, const TokenSet& tokens, std::span<const uint8_t> keep) {
    const auto file = findCheckpoint(session.workspace(), against_,
                                     [](const std::string& sentence) { fmt::print(stderr, "{}\n", sentence); });
    const auto other = session.engine().openModel(file);
    const ModelFacts &mine = session.facts(), &theirs = other->facts();
    if (mine.across != theirs.across || mine.down != theirs.down || mine.paletteSize != theirs.paletteSize ||
        mine.isCodes != theirs.isCodes || (mine.palette && theirs.palette && *mine.palette != *theirs.palette))
      throw Error(fmt::format(
          "{} knows pictures of {} x {} in {} colours, and the model those of {} x {} in {}. Only models of the same pictures and palette can be compared pixel by pixel.",
          file.string(), theirs.across, theirs.down, theirs.paletteSize, mine.across, mine.down, mine.paletteSize));
    if (mine.objective != theirs.objective && keep.empty())
      throw Error(
          "An autoregressive model and a BERT are not told the same of a picture, so their nats do not compare.");
    const Surprise others = other->surprise(tokens, keep, session.begin("Asking the other model"));
    for (size_t i = 0; i < values_.size(); ++i) values_[i] -= others.nats[i];
    otherFile_ = file.string();
  }

  const char* unit() const { return what_ == "rank" ? "ranks" : "nats"; }
  std::span<const float> valuesOf(size_t picture) const {
    const size_t n = values_.size() / pictures_.size();
    return std::span(values_).subspan(picture * n, n);
  }
  double sum(size_t picture) const {
    const auto values = valuesOf(picture);
    return std::accumulate(values.begin(), values.end(), 0.0);
  }
  /// That were scored.
  double pixels(size_t picture) const {
    const auto n = static_cast<double>(valuesOf(picture).size());
    return hidden_ > 0 ? static_cast<double>(hidden_) : n;
  }

  /// Below each other, each beside its picture.
  Image figure(const StudioSession& session) const {
    const ModelFacts& facts = session.facts();
    const bool hasColours = facts.palette || facts.isCodes;
    const HeatScale heat = heatScaleOf(values_, !otherFile_.empty());
    const int64_t scale = session.scale() * facts.pixelsAcross / facts.across;
    std::vector<Image> rows;
    int64_t width = 0, height = 0;
    for (size_t i = 0; i < pictures_.size(); ++i) {
      const std::string title =
          fmt::format("{}: {:.3f} {} a pixel, {:.1f} together", pictures_[i].name, sum(i) / pixels(i), unit(), sum(i));
      Image map = heatFigure(valuesOf(i), facts.across, heat, scale, title, unit());
      if (hasColours) {
        const Image picture = pictureSheet(std::vector{session.image(pictures_[i].tokens)},
                                           std::vector<std::string>{" "}, 1, session.scale());
        Image row = blankImage(picture.width + map.width, std::max(picture.height, map.height));
        paste(row, picture, 0, 0);
        paste(row, map, picture.width, 0);
        map = std::move(row);
      }
      width = std::max(width, map.width);
      height += map.height;
      rows.push_back(std::move(map));
    }
    Image all = blankImage(width, height);
    int64_t top = 0;
    for (const Image& row : rows) {
      paste(all, row, 0, top);
      top += row.height;
    }
    return all;
  }

  nlohmann::ordered_json json(const StudioSession& session) const {
    auto result = modelJson(session);
    if (!otherFile_.empty()) result["against"] = otherFile_;
    result["what"] = otherFile_.empty() ? what_ : "log-ratio";
    result["pictures"] = nlohmann::ordered_json::array();
    for (size_t i = 0; i < pictures_.size(); ++i) {
      const auto values = valuesOf(i);
      result["pictures"].push_back({{"name", pictures_[i].name},
                                    {"tokens", pictures_[i].tokens},
                                    {"values", std::vector(values.begin(), values.end())},
                                    {"mean", sum(i) / pixels(i)},
                                    {"sum", sum(i)}});
    }
    return result;
  }

  std::string what_ = "nats", against_, otherFile_;
  std::vector<AskedPicture> pictures_;
  Surprise surprise_;
  std::vector<float> values_;
  int64_t hidden_ = 0;
};

class NextVerb final : public StudioVerb {
 public:
  explicit NextVerb(CLI::App& studio)
      : StudioVerb(studio, "next", "The distribution of one pixel: its colours by probability",
                   {".png", ".npy", ".json"}) {
    options_.addPictures(app());
    options_.addMask(app(), "BERT: pixels that are hidden beside the one that is asked for [none]");
    app().add_option("--position", position_, "The pixel: its place in raster order, or x,y")->required();
    app().add_option("--k", most_, "How many colours are listed [16]")->check(CLI::Range(1, 65536));
  }

  StudioAnswer answer(StudioSession& session) override {
    picture_ = session.pictures().front();
    at_ = positionOf(position_, session.facts());
    shares_ = session.model().next(picture_.tokens, at_, shownTo(session, options_, 1));
    order_.resize(shares_.size());
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::ranges::stable_sort(order_, std::greater(), [&](size_t colour) { return shares_[colour]; });
    truth_ = picture_.tokens[static_cast<size_t>(at_)];
    rank_ = std::ranges::find(order_, size_t{truth_}) - order_.begin();
    StudioAnswer answer;
    answer.writers.png = [this, &session](const auto& file) { writePng(file, figure(session.facts())); };
    answer.writers.npy = [this](const auto& file) { writeNpy<float>(file, std::vector{std::ssize(shares_)}, shares_); };
    answer.writers.json = [this, &session] { return json(session); };
    answer.words = words(session.facts());
    return answer;
  }

 private:
  double entropy() const {
    double sum = 0;
    for (const float share : shares_)
      if (share > 0) sum -= static_cast<double>(share) * std::log(static_cast<double>(share));
    return sum;
  }
  double nats() const { return -std::log(static_cast<double>(shares_[truth_])); }
  size_t listed() const { return std::min(static_cast<size_t>(most_), order_.size()); }

  static std::string colourText(const ModelFacts& facts, size_t token) {
    if (!facts.palette || facts.isCodes) return "       ";
    const Rgb rgb = facts.palette->rgb(static_cast<Token>(token));
    return fmt::format("#{:02x}{:02x}{:02x}", rgb[0], rgb[1], rgb[2]);
  }

  std::string words(const ModelFacts& facts) const {
    std::string text =
        fmt::format("{}, pixel {} (x {}, y {}): {:.4f} nats, entropy {:.4f}, rank {} of {}\n", picture_.name, at_,
                    at_ % facts.across, at_ / facts.across, nats(), entropy(), rank_ + 1, shares_.size());
    for (size_t i = 0; i < listed(); ++i)
      text += fmt::format("{:>5} {}  {:8.4f} %{}\n", order_[i], colourText(facts, order_[i]),
                          100 * static_cast<double>(shares_[order_[i]]), order_[i] == truth_ ? "  the pixel" : "");
    if (static_cast<size_t>(rank_) >= listed())
      text += fmt::format("  ...\n{:>5} {}  {:8.4f} %  the pixel\n", truth_, colourText(facts, truth_),
                          100 * static_cast<double>(shares_[truth_]));
    return text;
  }

  /// A line a colour: itself, a bar, its share.
  Image figure(const ModelFacts& facts) const {
    constexpr int64_t kMargin = 6, kLine = 16, kBar = 256;
    const std::string title = fmt::format("{}, pixel {},{}: {:.3f} nats, entropy {:.3f}, rank {}", picture_.name,
                                          at_ % facts.across, at_ / facts.across, nats(), entropy(), rank_ + 1);
    const auto lines = static_cast<int64_t>(listed());
    Image image =
        blankImage(std::max(kBar + 140, widthOfWords(title) + 2 * kMargin), (lines + 1) * kLine + 2 * kMargin);
    writeWords(image, kMargin, kMargin, title);
    const auto highest = static_cast<double>(shares_[order_[0]]);
    for (int64_t i = 0; i < lines; ++i) {
      const size_t colour = order_[static_cast<size_t>(i)];
      const auto share = static_cast<double>(shares_[colour]);
      const int64_t top = kMargin + (i + 1) * kLine;
      const Rgb rgb = facts.palette ? facts.palette->rgb(static_cast<Token>(colour)) : Rgb{150, 150, 150};
      fillRectangle(image, kMargin, top, kLine - 3, kLine - 3, rgb);
      fillRectangle(image, kMargin + kLine, top, std::max<int64_t>(1, std::lround(kBar * share / highest)), kLine - 3,
                    colour == truth_ ? Rgb{0xfd, 0xe7, 0x25} : Rgb{0x2c, 0x72, 0x8e});
      writeWords(image, 2 * kMargin + kLine + kBar, top + 3,
                 fmt::format("{:.2f} %{}", 100 * share, colour == truth_ ? " <" : ""));
    }
    return image;
  }

  nlohmann::ordered_json json(const StudioSession& session) const {
    auto result = modelJson(session);
    result["picture"] = picture_.name;
    result["position"] = at_;
    result["token"] = truth_;
    result["nats"] = nats();
    result["entropy"] = entropy();
    result["rank"] = rank_;
    result["probabilities"] = shares_;
    return result;
  }

  std::string position_;
  int64_t most_ = 16, at_ = 0, rank_ = 0;
  AskedPicture picture_;
  std::vector<float> shares_;
  std::vector<size_t> order_;
  Token truth_ = 0;
};

}  // namespace

std::unique_ptr<StudioVerb> makeStudioSurprise(CLI::App& studio) {
  return std::make_unique<SurpriseVerb>(studio);
}

std::unique_ptr<StudioVerb> makeStudioNext(CLI::App& studio) {
  return std::make_unique<NextVerb>(studio);
}

}  // namespace scanline
