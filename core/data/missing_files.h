#pragma once

#include <string>
#include <vector>

#include "core/spec/run_spec.h"

namespace scanline {

/// The files that the reader of spec.name needs and does not find at dataPath(spec): names, or a few words where names
/// are up to the user, such as "class folders with images". Empty: none is missing, or there is no such data set, or no
/// path yet. Looks at names and at the beginnings of a few files; fast enough for a form. Any thread.
std::vector<std::string> missingFiles(const DataSpec& spec);

/// A sentence about missingFiles(); empty if there are none.
std::string missingFilesSentence(const DataSpec& spec);

/// Throws Error with that sentence, if there is one.
void requireFiles(const DataSpec& spec);

}  // namespace scanline
