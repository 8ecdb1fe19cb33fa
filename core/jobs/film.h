#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/control.h"
#include "core/data/image.h"
#include "core/store/run_store.h"

namespace scanline {

struct FilmOptions {
  std::optional<bool> completions;  ///< or whole images; empty: completions where the run has some
  int64_t scale = 0;                ///< screen pixels a pixel; 0 chooses
  int64_t rows = 8;                 ///< of pictures, at most
  int64_t milliseconds = 400;       ///< a step; the last one is shown five times as long
  int64_t mostSteps = 200;          ///< of more steps, evenly chosen ones are shown, the first and the last among them
  Control control = {};
};

/// The steps that are shown, ascending. Throws Error if the run has no such pictures.
std::vector<int64_t> filmSteps(const RunStore& store, RunId run, const FilmOptions& options = {});

/// Steps that are shown, of all that have such pictures.
struct FilmResult {
  size_t shown = 0, all = 0;
};
/// How a run's pictures became better: its sample sheets, a frame a step with the step written above it, as GIF or, by
/// the ending .png or .apng, as APNG. Throws Error, Stopped.
FilmResult writeFilm(const RunStore& store, RunId run, const std::filesystem::path& file,
                     const FilmOptions& options = {});
/// The same as one picture: the sheets below each other, each with its step above it.
Image contactSheet(const RunStore& store, RunId run, const FilmOptions& options = {});

}  // namespace scanline
