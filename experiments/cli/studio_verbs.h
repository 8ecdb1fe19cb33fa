#pragma once

#include <memory>
#include <string>
#include <vector>

#include "experiments/cli/studio_session.h"

namespace scanline {

/// An answer: how it is written, and its lines for the terminal.
struct StudioAnswer {
  StudioWriters writers;
  std::string words;  ///< lines for the terminal
};

/// One verb below `studio`. Its constructor declares the options.
class StudioVerb {
 public:
  virtual ~StudioVerb() = default;
  StudioVerb(const StudioVerb&) = delete;
  StudioVerb& operator=(const StudioVerb&) = delete;

  bool wasGiven() const { return app_.parsed(); }
  const StudioOptions& options() const { return options_; }
  const std::vector<std::string>& kinds() const { return kinds_; }
  /// Throws Error, Stopped. The answer may refer to the session and the verb.
  virtual StudioAnswer answer(StudioSession& session) = 0;

 protected:
  /// `kinds`: the endings of files that it writes.
  StudioVerb(CLI::App& studio, const std::string& name, const std::string& help, std::vector<std::string> kinds)
      : app_(*studio.add_subcommand(name, help)), kinds_(std::move(kinds)) {
    app_.fallthrough();
    options_.addModel(app_);
    options_.addOut(app_, kinds_);
  }
  CLI::App& app() { return app_; }

  StudioOptions options_;

 private:
  CLI::App& app_;
  std::vector<std::string> kinds_;
};

// Their makers, in files by matter: studio_drawing.cpp, studio_asking.cpp, studio_attention.cpp, studio_features.cpp,
// studio_predictions.cpp.
std::unique_ptr<StudioVerb> makeStudioComplete(CLI::App& studio);
std::unique_ptr<StudioVerb> makeStudioFilm(CLI::App& studio);
std::unique_ptr<StudioVerb> makeStudioSurprise(CLI::App& studio);
std::unique_ptr<StudioVerb> makeStudioNext(CLI::App& studio);
std::unique_ptr<StudioVerb> makeStudioAttention(CLI::App& studio);
std::unique_ptr<StudioVerb> makeStudioNeighbours(CLI::App& studio);
std::unique_ptr<StudioVerb> makeStudioMap(CLI::App& studio);
std::unique_ptr<StudioVerb> makeStudioPredictions(CLI::App& studio);

}  // namespace scanline
