#include "core/learn/parallel/core_share.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace scanline {

namespace {

/// Plain bytes, since it is sent.
struct Place {
  char machine[64] = {};  ///< since its last start; containers of one machine have the same
  cpu_set_t cores{};
};

Place ownPlace() {
  Place place;
  const std::string machine = machineId();
  std::memcpy(place.machine, machine.data(), std::min(machine.size(), sizeof(place.machine) - 1));
  CPU_ZERO(&place.cores);
  sched_getaffinity(0, sizeof(place.cores), &place.cores);
  return place;
}

Cores coresOf(const Place& place) {
  Cores cores;
  for (size_t core = 0; core < cores.size(); ++core) cores[core] = CPU_ISSET(core, &place.cores) != 0;
  return cores;
}

}  // namespace

std::string machineId() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string machine;
  std::getline(file, machine);
  return machine;
}

int sharersOf(std::span<const Cores> all, size_t mine) {
  double share = 0;  // cores, each divided by those that may use it
  for (size_t core = 0; core < all[mine].size(); ++core)
    if (all[mine][core])
      share += 1.0 / static_cast<double>(std::ranges::count_if(all, [&](const Cores& of) { return of[core]; }));
  constexpr double kRounding = 1e-6;
  return share == 0
             ? 1
             : std::max(1, static_cast<int>(std::ceil(static_cast<double>(all[mine].count()) / share - kRounding)));
}

int sharersOfMyCores(ProcessGroup& group) {
  const Place own = ownPlace();
  std::vector<Place> places(static_cast<size_t>(group.size()));
  group.gather(std::as_bytes(std::span(&own, 1)), std::as_writable_bytes(std::span(places)), /*patient=*/false);
  std::vector<Cores> here;
  size_t mine = 0;
  for (size_t r = 0; r < places.size(); ++r) {
    if (std::memcmp(places[r].machine, own.machine, sizeof(own.machine)) != 0) continue;
    if (r == static_cast<size_t>(group.rank())) mine = here.size();
    here.push_back(coresOf(places[r]));
  }
  return sharersOf(here, mine);
}

}  // namespace scanline
