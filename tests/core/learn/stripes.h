#pragma once

#include "core/base/random.h"
#include "core/run/trainer.h"

namespace scanline {

/// Pictures of 5 x 5 in 8 colours, each row of one random colour; the class says whether they are dark or bright.
inline RunData stripes(ProcessGroup* group = nullptr) {
  std::vector<Colour> colours;
  for (int i = 0; i < 8; ++i) colours.push_back({static_cast<float>(i) / 8, 0, 0});
  RunData data{.palette = Palette(std::move(colours)), .width = 5, .height = 5, .classNames = {"dark", "bright"}};
  const auto fill = [](TokenSet& set, int64_t images, uint64_t seed) {
    RandomStream random(seed, Purpose::Split);
    set = {.count = images, .length = 25};
    for (int64_t i = 0; i < images; ++i) {
      const auto label = static_cast<int32_t>(random.below(2));
      set.labels.push_back(label);
      for (int row = 0; row < 5; ++row)
        set.ids.insert(set.ids.end(), 5, static_cast<Token>(4 * static_cast<uint64_t>(label) + random.below(4)));
    }
  };
  fill(data.train, 48, 1);
  fill(data.validation, 16, 2);
  fill(data.test, 10, 3);
  data.group = group;
  return data;
}

}  // namespace scanline
