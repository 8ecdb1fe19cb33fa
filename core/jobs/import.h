#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/control.h"
#include "core/spec/run_spec.h"
#include "core/store/run_store.h"

namespace scanline {

/// A kind of file or folder that importPath() takes. Unknown: nothing of it.
enum class ImportKind {
  Unknown,
  Spec,        ///< a .toml of settings
  Checkpoint,  ///< a .safetensors file that Scanline wrote
  Model,       ///< a Hugging Face folder or a TensorFlow checkpoint (isForeignModel)
  Events,      ///< TensorBoard's event files, or folders that hold some
  Csv,         ///< curves as a table: our export, TensorBoard's or W&B's download, or any table with a column of steps
  Json,        ///< our export of a run
};

/// By names and first bytes, so it is fast but for a folder of very many files. Throws nothing but Stopped.
ImportKind recognise(const std::filesystem::path& path, const Control& control = {});

struct ImportOptions {
  std::string name;               ///< of the run; empty: as the path is called
  std::filesystem::path palette;  ///< colours of a model that brings none: a .npy of [colours, 3]
  std::vector<std::pair<std::string, std::string>> settings;  ///< key and value, set in the run's spec last
  Control control = {};  ///< reports bytes read, or blocks of a model; total 0: not known
};

struct ImportResult {
  ImportKind kind = ImportKind::Unknown;
  std::vector<RunId> runs;            ///< new and Finished, with the tag "imported"; none for a Spec
  std::optional<RunSpec> spec;        ///< of a Spec: the caller shows it, or starts it
  std::vector<std::string> warnings;  ///< a sentence for each part that was left out
};

/// Brings files of other programs into the store. A model becomes a run with one checkpoint of weights alone, which can
/// be probed, fine-tuned, completed and exported like any other; curves become a run with series, at their own wall
/// times. Of several folders with event files each becomes a run. Takes as long as reading and writing the files does,
/// so not on the UI thread. All or nothing: throws Stopped, or Error if the path holds nothing of the kinds above
/// or is damaged, and then leaves no run behind.
ImportResult importPath(RunStore& store, const std::filesystem::path& path, const ImportOptions& options = {});

}  // namespace scanline
