#include "core/run/vqvae_codec.h"

#include <fmt/format.h>

#include "core/base/error.h"
#include "core/run/run_folder.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace fs = std::filesystem;

fs::path vqvaeOf(const fs::path& checkpoint, const std::string& specToml) {
  if (specToml.empty() || fromToml(specToml, checkpoint.string()).palette.vqvae.empty()) return {};
  const fs::path here = fs::absolute(checkpoint).parent_path();
  for (const fs::path& folder : {here, here.parent_path()})  // checkpoints lie in a folder of their own
    if (fs::exists(folder / kVqvaeFile)) return folder / kVqvaeFile;
  throw Error(fmt::format(
      "The tokens of {} are codes of a VQ-VAE, and there is no {} beside its folder {}. Put the one of its run there.",
      checkpoint.string(), kVqvaeFile, here.string()));
}

}  // namespace scanline
