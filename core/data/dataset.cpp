#include "core/data/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/base/random.h"
#include "core/data/progress.h"
#include "core/data/readers.h"
#include "core/data/resize.h"

namespace scanline {

namespace {

constexpr int64_t kChunk = 256;  ///< images between two calls of Progress

std::vector<int64_t> allRows(int64_t count) {
  std::vector<int64_t> rows(static_cast<size_t>(count));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  return rows;
}

/// The pictures of `rows`, brought to spec.side.
ImageSet take(const ImageSet& images, const std::vector<int64_t>& rows, const DataSpec& spec,
              ProgressCounter& progress) {
  ImageSet out;
  out.count = std::ssize(rows);
  out.width = spec.side > 0 ? spec.side : images.width;
  out.height = spec.side > 0 ? spec.side : images.height;
  const auto bytes = static_cast<size_t>(3 * out.width * out.height);
  out.rgb.resize(bytes * rows.size());
  const bool same = out.width == images.width && out.height == images.height;
  inParallel((out.count + kChunk - 1) / kChunk, hardwareThreads(), [&](int64_t chunk) {
    const int64_t begin = chunk * kChunk, end = std::min(out.count, begin + kChunk);
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
      const auto picture = images.image(rows[i]);
      uint8_t* to = &out.rgb[i * bytes];
      if (same) {
        std::ranges::copy(picture, to);
      } else {
        const Image source{images.width, images.height, {picture.begin(), picture.end()}};
        std::ranges::copy(squareTo(source, spec.side, spec.resize).rgb, to);
      }
    }
    progress.add(end - begin);
  });
  if (!images.labels.empty())
    for (const int64_t row : rows) out.labels.push_back(images.labels[static_cast<size_t>(row)]);
  return out;
}

/// How many of `count` images are held out: the share, rounded, but at least one, and at least one stays.
int64_t validationCount(int64_t count, double share) {
  if (count < 2)
    throw Error(
        fmt::format("There are {} training images; at least 2 are needed, one to train on and one to validate with. "
                    "Raise data.limit or take another data set.",
                    count));
  return std::clamp<int64_t>(std::llround(share * static_cast<double>(count)), 1, count - 1);
}

}  // namespace

std::vector<int64_t> drawRows(int64_t count, int64_t wanted, uint64_t seed, uint64_t draw) {
  std::vector<int64_t> rows = allRows(count);
  RandomStream random(seed, Purpose::Split, draw);
  for (int64_t i = 0; i < wanted; ++i)
    std::swap(rows[static_cast<size_t>(i)],
              rows[static_cast<size_t>(i) + random.below(static_cast<uint64_t>(count - i))]);
  rows.resize(static_cast<size_t>(wanted));
  std::ranges::sort(rows);
  return rows;
}

Dataset loadDataset(const DataSpec& spec, uint64_t seed, const Progress& progress) {
  RawDataset raw = readRaw(spec, seed, progress);
  if (raw.train.count == 0) throw Error(fmt::format("{} holds no training images.", spec.path));
  if (spec.side == 0 && raw.train.width != raw.train.height)
    throw Error(
        fmt::format("The images of {} are {} x {} pixels; models see squares. Set data.side, and they are cropped and "
                    "resized to it.",
                    spec.path, raw.train.width, raw.train.height));

  const int64_t count = raw.train.count;
  std::vector<int64_t> train = allRows(count), validation;
  if (spec.limit > 0 && spec.limit < count) train = drawRows(count, spec.limit, seed, kDrawLimit);
  if (raw.validation.count == 0) {
    const std::vector<int64_t> used = std::move(train);
    const int64_t size = std::ssize(used);
    train.clear();
    const std::vector<int64_t> held =
        drawRows(size, validationCount(size, spec.validationShare), seed, kDrawValidation);
    for (int64_t i = 0; i < size; ++i)
      (std::ranges::binary_search(held, i) ? validation : train).push_back(used[static_cast<size_t>(i)]);
  }

  const bool own = raw.validation.count > 0;
  const int64_t total = std::ssize(train) + (own ? raw.validation.count : std::ssize(validation)) + raw.test.count;
  ProgressCounter counter(progress, total);
  Dataset data;
  data.train = take(raw.train, train, spec, counter);
  data.validation = own ? take(raw.validation, allRows(raw.validation.count), spec, counter)
                        : take(raw.train, validation, spec, counter);
  data.test = take(raw.test, allRows(raw.test.count), spec, counter);
  data.classNames = std::move(raw.classNames);
  data.warnings = std::move(raw.warnings);
  return data;
}

}  // namespace scanline
