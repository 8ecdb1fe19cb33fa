#pragma once

#include <bitset>
#include <cstddef>
#include <span>
#include <string>

#include "core/run/process_group.h"

namespace scanline {

/// The cores of a machine that a process may use.
using Cores = std::bitset<1024>;

/// Of this machine since its last start; containers of one machine have the same.
std::string machineId();

/// By how many the cores of process `mine` are to be divided, so that all processes of a machine together take each
/// core once; at least 1. Launchers leave all cores to each process, or bind each to some of its own (mpirun does), or
/// several to the same ones. `all`: of the processes of that machine, at least that one.
int sharersOf(std::span<const Cores> all, size_t mine);

/// The same of this process, which every process of the group asks at the same time. Throws GroupLost.
int sharersOfMyCores(ProcessGroup& group);

}  // namespace scanline
