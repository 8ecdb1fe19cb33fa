#include "app/engine_loader.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <vector>

#include "core/base/error.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr auto kLibrary = "libscanline_learn.so";

/// Beside the program (build tree: ../lib, installed: ../lib/<arch>), then wherever the loader looks.
std::vector<std::string> candidates() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  std::vector<std::string> found;
  for (const auto& folder : {program / "../lib", program / "../" SCANLINE_LIBDIR, program}) {
    const fs::path file = (folder / kLibrary).lexically_normal();
    if (fs::exists(file, error)) found.push_back(file.string());
  }
  found.emplace_back(kLibrary);
  return found;
}

}  // namespace

std::shared_ptr<Engine> loadEngine() {
  const std::string file = candidates().front();
  void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);  // never closed: LibTorch does not survive it
  if (!library)
    throw Error(fmt::format(
        "The training engine cannot be loaded: {}. Runs can be looked at, but not started. Run 'make run' again, which installs LibTorch, or reinstall Scanline.",
        ::dlerror()));
  auto* make = reinterpret_cast<Engine* (*)()>(::dlsym(library, "scanlineMakeEngine"));
  if (!make) throw Error(fmt::format("{} is not the training engine of this version of Scanline.", file));
  // The pool and the studio use one engine, and the last of them frees it: the one place where ownership is shared.
  std::shared_ptr<Engine> engine(make());
  if (!engine)
    throw Error("LibTorch was found but does not start on this machine. Runs can be looked at, but not started.");
  return engine;
}

}  // namespace scanline
