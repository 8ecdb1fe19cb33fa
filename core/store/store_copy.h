#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/store/process_identity.h"

namespace scanline {

// A mirror is a workspace that another machine has, in a folder here that only its refreshing writes. Stores refuse to
// be opened for writing where `mirror.json` lies.
inline constexpr const char* kMirrorFile = "mirror.json";

/// Throws Error with a sentence if `workspace` is a mirror.
void refuseMirror(const std::filesystem::path& workspace);

/// One consistent copy of a workspace's store in one file, which is replaced; others may read and write the store
/// meanwhile. Throws Error.
void copyStore(const std::filesystem::path& workspace, const std::filesystem::path& file);

/// The processes that train runs, as such a copy names them: those of its machine, dead or alive. Throws Error.
std::vector<ProcessIdentity> processesOfCopy(const std::filesystem::path& file);

/// The store of a mirror becomes the copy, in one transaction: readers see the store before or after. Runs of `alive`
/// count as trained on another machine. The copy is brought to this version's schema. Throws Error.
void takeStoreCopy(const std::filesystem::path& file, const std::filesystem::path& mirror,
                   std::span<const ProcessIdentity> alive);

}  // namespace scanline
