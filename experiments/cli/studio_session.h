#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/jobs/studio_pictures.h"
#include "core/run/engine.h"
#include "core/run/paint_mask.h"
#include "core/store/run_store.h"
#include "experiments/cli/progress_line.h"

namespace scanline {

/// The options that verbs of `studio` share. Each verb declares those that it takes.
struct StudioOptions {
  std::string model;
  int64_t step = -1;
  std::vector<std::string> images;
  std::string split, label, data, path;
  std::vector<int64_t> indices;
  bool worst = false, random = false;
  int64_t count = 1, most = 512;
  uint64_t seed = 1, maskSeed = 1;
  std::string mask;
  std::vector<std::string> outs;
  int64_t scale = 0;

  void addModel(CLI::App& verb);
  void addPictures(CLI::App& verb);
  void addData(CLI::App& verb);
  void addMask(CLI::App& verb, const std::string& help);
  /// `kinds`: endings, ".png".
  void addOut(CLI::App& verb, std::span<const std::string> kinds);
};

/// A picture to ask about.
struct AskedPicture {
  std::string name;  ///< "validation 17", or the file
  std::vector<Token> tokens;
  std::optional<int64_t> row;  ///< of StudioOptions::split
  int32_t label = -1;
};

/// The model that the options name, and the pictures.
class StudioSession {
 public:
  /// Opens the model. Throws Error. All references outlive it.
  StudioSession(const std::filesystem::path& workspace, const StudioOptions& options, const Control& control,
                ProgressLine& progress);

  Engine& engine() { return *engine_; }
  const OpenModel& model() const { return *model_; }
  const ModelFacts& facts() const { return model_->facts(); }
  const std::filesystem::path& file() const { return file_; }
  const std::filesystem::path& workspace() const { return workspace_; }
  const Control& control() const { return control_; }
  /// The stored run that the model belongs to, if it is one.
  std::optional<RunId> run() const { return run_; }
  /// Throws Error if there is none.
  RunStore store() const;

  bool namesPictures() const;
  /// Those that the options name; one at least. Throws Error.
  std::vector<AskedPicture> pictures();
  /// Read at the first call. Throws Error.
  const StudioData& data();
  DataSplit split() const;  ///< the validation pictures, if none is named
  /// The mask that the options name, else the lower half.
  PaintMask mask() const;
  /// Tokens as pictures. Throws Error where their colours are not known.
  std::vector<Image> images(std::span<const std::vector<Token>> tokens) const;
  Image image(const std::vector<Token>& tokens) const;
  /// Control of a part of the work, whose progress is shown.
  Control begin(const std::string& doing);
  int64_t scale() const;  ///< screen pixels a pixel of a figure

 private:
  std::vector<int64_t> rows();

  std::filesystem::path workspace_, file_;
  const StudioOptions& options_;
  const Control& control_;
  ProgressLine& progress_;
  std::unique_ptr<Engine> engine_;
  std::shared_ptr<const OpenModel> model_;
  std::optional<RunId> run_;
  std::optional<StudioData> data_;
};

/// A raster index from "17", or from "x,y". Throws Error if there is no such token.
int64_t positionOf(const std::string& text, const ModelFacts& facts);

/// How results are written, by the endings of the files that --out names.
struct StudioWriters {
  std::function<void(const std::filesystem::path&)> png, npy, gif, csv;  ///< those that a verb has
  std::function<nlohmann::ordered_json()> json;
};
/// Before anything is computed: throws Error for an ending that the verb does not write.
void checkOuts(const StudioOptions& options, std::span<const std::string> kinds);
void writeOuts(const StudioOptions& options, const StudioWriters& writers);
/// The name of a class, or its number where it has none; empty for -1.
std::string classText(const StudioData& data, int32_t label);
/// "model", "step" and "objective", with which every result begins.
nlohmann::ordered_json modelJson(const StudioSession& session);

}  // namespace scanline
