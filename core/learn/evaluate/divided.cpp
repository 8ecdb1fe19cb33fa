#include "core/learn/evaluate/divided.h"

#include <ATen/Context.h>

#include "core/learn/evaluate/side_by_side.h"

namespace scanline {

std::vector<Divided::Bytes> Divided::all(int64_t count, const std::function<Bytes(int64_t, const Control&)>& make,
                                         const Control& control) {
  const Range own = mine(count);
  const auto makeOwn = [&](const Control& during) {
    std::vector<Bytes> made(static_cast<size_t>(own.size()));
    sideBySide(
        own.size(), isOnCpu(), during, [] {},
        [&](int64_t i, const Control& part) {
          at::globalContext().setFlushDenormal(true);  // of this thread
          made[static_cast<size_t>(i)] = make(own.begin + i, part);
        });
    Packed packed;
    for (const Bytes& piece : made) packed.addList(std::span<const std::byte>(piece));
    return std::move(packed).take();
  };
  std::vector<Bytes> pieces;
  for (const Bytes& ofProcess : each(makeOwn, control))
    for (Unpacked rest(ofProcess); !rest.isAtEnd();) rest.readList(pieces.emplace_back());
  return pieces;
}

}  // namespace scanline
