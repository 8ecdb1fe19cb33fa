#include "core/spec/spec_paths.h"

#include <filesystem>

#include "core/base/user_folders.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

void makeAbsolute(std::string& path) {
  if (!path.empty()) path = fs::absolute(expandHome(path)).lexically_normal().string();
}

}  // namespace

void makePathsAbsolute(RunSpec& spec) {
  makeAbsolute(spec.data.path);
  makeAbsolute(spec.palette.path);
  const std::string& vqvae = spec.palette.vqvae;
  if (vqvae.find('/') != std::string::npos || vqvae.ends_with(".safetensors")) makeAbsolute(spec.palette.vqvae);
}

}  // namespace scanline
