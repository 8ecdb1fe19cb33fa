#pragma once

#include <filesystem>
#include <string>

#include "core/base/control.h"

namespace scanline {

/// A workspace on another machine.
struct MirrorSource {
  std::string host;    ///< as ssh takes it: "name", "user@name"
  std::string folder;  ///< the workspace there; absolute, or below the home folder
  std::string shell = "ssh -o BatchMode=yes -o ConnectTimeout=10";  ///< the command that rsync takes by -e
  std::string program = "scanline-cli";                             ///< there; without it sqlite3 copies the store
  bool withCheckpoints = false;                                     ///< large; without them no model here can draw

  bool operator==(const MirrorSource&) const = default;
};

/// "HOST:FOLDER", as scp and rsync write it. Throws Error if it is none.
MirrorSource readMirrorSource(const std::string& text);

/// That of a mirror's folder. Throws Error if it is no mirror.
MirrorSource mirrorSourceOf(const std::filesystem::path& mirror);
bool isMirror(const std::filesystem::path& folder);

/// Makes the folder of a mirror, which is still empty; one of the same source may be there. Throws Error if something
/// else is.
void makeMirror(const std::filesystem::path& mirror, const MirrorSource& source);

/// Brings a mirror to the state of its source, by ssh and rsync: a consistent copy of the store, of which only what
/// changed is sent, and the files of the runs. Readers of the mirror see the state before or after. One process at a
/// time does: false, another is at it. Blocks for as long as that takes. Throws Error with a sentence (no ssh, no
/// rsync, the host refuses, no workspace there), Stopped.
bool refreshMirror(const std::filesystem::path& mirror, const Control& control = {});

}  // namespace scanline
