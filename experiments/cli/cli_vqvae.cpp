#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/data/background.h"
#include "core/data/dataset.h"
#include "core/data/image_file.h"
#include "core/data/resize.h"
#include "core/jobs/picture_grid.h"
#include "core/spec/spec_text.h"
#include "core/tokens/quantisation.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/terminal.h"

namespace scanline {
namespace {

/// Two things to do with a trained VQ-VAE, each a verb below `vqvae`.
class VqvaeCommand : public Command {
 public:
  explicit VqvaeCommand(CLI::App& app)
      : Command(app, "vqvae", "Look at images reconstructed by a trained VQ-VAE, and at the use of its codebook") {
    addWorkspaceOption();
    verb().require_subcommand(1);
    verb().add_option("--threads", threads_, "CPU threads; 0 = all cores [0]")->check(CLI::Range(0, 1024));
    reconstruct_ = verb().add_subcommand("reconstruct", "Images, and below them their reconstructions");
    codes_ = verb().add_subcommand("codes", "How often each code is chosen for the images of a data set");
    for (CLI::App* sub : {reconstruct_, codes_}) {
      sub->fallthrough();
      sub->add_option("CHECKPOINT", checkpoint_, "A checkpoint file, or RUN or RUN@STEP of the workspace")->required();
    }
    reconstruct_->add_option("--images", images_, "PNG or JPEG files")->type_name("FILE...")->required();
    reconstruct_->add_option("--out", out_, "The grid is written here, as PNG")->type_name("FILE");
    reconstruct_->add_option("--scale", scale_, "Size of a pixel in the PNG; 0 chooses [0]")->check(CLI::Range(0, 64));
    codes_->add_option("--data", path_, "Folder or file of the data set [as in training]")->type_name("PATH");
    codes_->add_option("--name", name_, "Which data set it is [as in training]");
    codes_->add_option("--split", split_, "train, validation or test [validation]")
        ->check(CLI::IsMember({"train", "validation", "test"}));
    codes_->add_option("--limit", limit_, "Use at most this many images; 0 = all [0]")->check(CLI::NonNegativeNumber);
  }

  int run() override {
    const auto engine = makeEngine();
    file_ = checkpoint(checkpoint_);
    codec_ = engine->openVqvae(file_, threads_);
    spec_ = codec_->info().specToml.empty() ? RunSpec{} : fromToml(codec_->info().specToml, file_.string());
    return reconstruct_->parsed() ? reconstruct() : codes();
  }

 private:
  int reconstruct() const {
    const VqvaeInfo& info = codec_->info();
    const int64_t grid = info.side / info.stride;
    SampleSet set{.step = info.step,
                  .width = grid,
                  .height = grid,
                  .given = grid * grid,
                  .perPrompt = 1,
                  .pixelWidth = info.side,
                  .pixelHeight = info.side};
    for (const std::string& file : images_) {
      const Image image =
          squareTo(readImage(file, backgroundColour(spec_.data.background)), info.side, spec_.data.resize);
      set.originalPixels.push_back(image.rgb);
      set.originals.push_back(
          codec_->encode({.count = 1, .width = info.side, .height = info.side, .rgb = image.rgb}).ids);
    }
    set.samples = set.originals;
    set.samplePixels = codec_->decode(set.samples, grid);

    const Palette palette = codec_->colours();
    if (!out_.empty()) {
      const int64_t scale = scale_ > 0 ? scale_ : std::clamp<int64_t>(128 / info.side, 1, 16);
      writePng(out_, pictureGrid(set, palette, {.scale = scale, .gap = std::max<int64_t>(2, scale / 2)}));
    }
    if (json()) {
      auto list = nlohmann::ordered_json::array();
      for (size_t i = 0; i < images_.size(); ++i)
        list.push_back({{"image", images_[i]},
                        {"codes", set.samples[i]},
                        {"psnr", psnr(meanSquareError(set.originalPixels[i], set.samplePixels[i]))}});
      printJson({{"checkpoint", file_.string()},
                 {"step", info.step},
                 {"side", info.side},
                 {"grid", grid},
                 {"images", list},
                 {"out", out_}});
      return kDone;
    }
    fmt::print("{}", drawPicture(pictureGrid(set, palette, {}), Terminal::ofStdout()));
    for (size_t i = 0; i < images_.size(); ++i)
      fmt::print("{:6.2f} dB  {}\n", psnr(meanSquareError(set.originalPixels[i], set.samplePixels[i])), images_[i]);
    if (!out_.empty()) fmt::print("Written to {}\n", out_);
    return kDone;
  }

  int codes() {
    spec_.data.side = codec_->info().side;
    if (!path_.empty()) spec_.data.path = path_;
    if (!name_.empty()) spec_.data.name = name_;
    const Dataset data = loadDataset(spec_.data, spec_.seed);
    const ImageSet& split = split_ == "train" ? data.train : split_ == "test" ? data.test : data.validation;
    if (split.count == 0) throw Error(fmt::format("The data set {} has no {} images.", spec_.data.name, split_));
    const int64_t images = limit_ > 0 ? std::min(limit_, split.count) : split.count;
    std::vector<int64_t> counts(static_cast<size_t>(codec_->info().codes));
    constexpr int64_t kPart = 256;
    for (int64_t first = 0; first < images; first += kPart) {
      ImageSet part{.count = std::min(kPart, images - first), .width = split.width, .height = split.height};
      for (int64_t i = first; i < first + part.count; ++i) {
        const auto picture = split.image(i);
        part.rgb.insert(part.rgb.end(), picture.begin(), picture.end());
      }
      for (const Token token : codec_->encode(part).ids) ++counts[token];
    }
    return tell(images, counts);
  }

  int tell(int64_t images, const std::vector<int64_t>& counts) const {
    const auto dead = std::ranges::count(counts, 0);
    if (json()) {
      printJson({{"checkpoint", file_.string()},
                 {"step", codec_->info().step},
                 {"split", split_},
                 {"images", images},
                 {"codes", counts.size()},
                 {"dead", dead},
                 {"perplexity", perplexity(counts)},
                 {"counts", counts}});
      return kDone;
    }
    fmt::print("{} {} images, {} codes each\n", images, split_,
               codec_->info().side / codec_->info().stride * (codec_->info().side / codec_->info().stride));
    fmt::print("{} of {} codes used, {} dead; perplexity {:.1f}\n", std::ssize(counts) - dead, counts.size(), dead,
               perplexity(counts));
    std::vector<size_t> order(counts.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order, std::greater(), [&](size_t code) { return counts[code]; });
    constexpr size_t kShown = 16;
    fmt::print("the most used\n");
    for (size_t i = 0; i < std::min(kShown, order.size()); ++i)
      fmt::print("{:>8}  {:>10}\n", order[i], counts[order[i]]);
    return kDone;
  }

  CLI::App *reconstruct_, *codes_;
  std::string checkpoint_, out_, path_, name_, split_ = "validation";
  std::vector<std::string> images_;
  int64_t scale_ = 0, limit_ = 0, threads_ = 0;
  std::filesystem::path file_;
  std::unique_ptr<VqvaeCodec> codec_;
  RunSpec spec_;
};

}  // namespace

std::unique_ptr<Command> makeVqvaeCommand(CLI::App& app) {
  return std::make_unique<VqvaeCommand>(app);
}

}  // namespace scanline
