#pragma once

#include <vector>

#include "core/spec/spec_text.h"

namespace scanline {

/// Every problem of a spec: those of its fields (fieldProblems), an unknown data set, and settings that do not fit the
/// data set. Empty = ready to run. Files are not looked at.
std::vector<SpecProblem> problems(const RunSpec& spec);
/// Throws Error with the first problem's sentence.
void validate(const RunSpec& spec);

}  // namespace scanline
