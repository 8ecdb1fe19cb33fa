#include "core/data/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/base/random.h"
#include "core/data/readers.h"
#include "core/data/resize.h"

namespace scanline {

namespace {

constexpr int64_t kChunk = 256;  ///< images between two reports

std::vector<int64_t> allRows(int64_t count) {
  std::vector<int64_t> rows(static_cast<size_t>(count));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  return rows;
}

/// The pictures of `rows`, brought to `side`; 0 leaves them as they are.
ImageSet take(const ImageSet& images, const std::vector<int64_t>& rows, int64_t side, Resize filter,
              ProgressCounter& progress) {
  ImageSet out;
  out.count = std::ssize(rows);
  out.width = side > 0 ? side : images.width;
  out.height = side > 0 ? side : images.height;
  if (!images.labels.empty())
    for (const int64_t row : rows) out.labels.push_back(images.labels[static_cast<size_t>(row)]);
  const bool same = out.width == images.width && out.height == images.height;
  if (same && !images.file.isNone()) {
    out.file = images.file.chosen(rows);
    progress.add(out.count);
    return out;
  }
  const auto bytes = static_cast<size_t>(3 * out.width * out.height);
  out.rgb.resize(bytes * rows.size());
  inParallel((out.count + kChunk - 1) / kChunk, hardwareThreads(), [&](int64_t chunk) {
    const int64_t begin = chunk * kChunk, end = std::min(out.count, begin + kChunk);
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
      const auto picture = images.image(rows[i]);
      uint8_t* to = &out.rgb[i * bytes];
      if (same) {
        std::ranges::copy(picture, to);
      } else {
        const Image source{images.width, images.height, {picture.begin(), picture.end()}};
        std::ranges::copy(squareTo(source, side, filter).rgb, to);
      }
    }
    progress.add(end - begin);
  });
  return out;
}

/// `more`, which is of the same size and kind, after `images`.
void append(ImageSet& images, const ImageSet& more) {
  images.count += more.count;
  images.rgb.insert(images.rgb.end(), more.rgb.begin(), more.rgb.end());
  images.labels.insert(images.labels.end(), more.labels.begin(), more.labels.end());
  if (!images.file.isNone()) images.file.append(more.file);
}

/// How many of `count` images are held out: the share, rounded, but at least one, and at least one stays.
int64_t validationCount(int64_t count, double share) {
  if (count < 2)
    throw Error(fmt::format(
        "There are {} training images; at least 2 are needed, one to train on and one to validate with. Raise data.limit or take another data set.",
        count));
  return std::clamp<int64_t>(std::llround(share * static_cast<double>(count)), 1, count - 1);
}

}  // namespace

std::vector<int64_t> drawImages(int64_t count, int64_t wanted, uint64_t seed, uint64_t draw) {
  RandomStream random(seed, Purpose::Split, draw);
  auto rows = drawRows(count, wanted, random);
  std::ranges::sort(rows);
  return rows;
}

SplitRows splitRows(int64_t count, bool holdOut, const DataSpec& spec, uint64_t seed) {
  std::vector<int64_t> used =
      spec.limit > 0 && spec.limit < count ? drawImages(count, spec.limit, seed, kDrawLimit) : allRows(count);
  if (!holdOut) return {std::move(used), {}};
  const int64_t size = std::ssize(used);
  const std::vector<int64_t> held =
      drawImages(size, validationCount(size, spec.validationShare), seed, kDrawValidation);
  SplitRows rows;
  for (int64_t i = 0; i < size; ++i)
    (std::ranges::binary_search(held, i) ? rows.validation : rows.train).push_back(used[static_cast<size_t>(i)]);
  return rows;
}

void ensureFoldable(const DataSpec& spec, int64_t testImages) {
  if (spec.foldValidation && testImages == 0)
    throw Error(fmt::format(
        "data.foldValidation trains on the held-out images too and validates on the test images, but the data set {} has none. Set data.foldValidation to false, or take a data set that has test images.",
        spec.name));
}

Dataset loadDataset(const DataSpec& spec, uint64_t seed, const Control& control) {
  RawDataset raw = readRaw(spec, seed, control);
  if (raw.train.count == 0) throw Error(fmt::format("{} holds no training images.", spec.path));
  if (spec.side == 0 && raw.train.width != raw.train.height)
    throw Error(fmt::format(
        "The images of {} are {} x {} pixels; models see squares. Set data.side, and they are cropped and resized to it.",
        spec.path, raw.train.width, raw.train.height));
  ensureFoldable(spec, raw.test.count);

  const bool own = raw.validation.count > 0, fold = spec.foldValidation;
  SplitRows rows = splitRows(raw.train.count, !own && !fold, spec, seed);
  const int64_t held = own ? raw.validation.count : std::ssize(rows.validation);
  ProgressCounter counter(control, std::ssize(rows.train) + held + raw.test.count);
  const auto brought = [&](const ImageSet& images, const std::vector<int64_t>& chosen, int64_t side) {
    return take(images, chosen, side, spec.resize, counter);
  };
  Dataset data;
  data.train = brought(raw.train, rows.train, spec.side);
  ImageSet heldOut = own ? brought(raw.validation, allRows(raw.validation.count), spec.side)
                         : brought(raw.train, rows.validation, spec.side);
  data.test = brought(raw.test, allRows(raw.test.count), spec.side);
  data.validation = fold ? data.test : heldOut;
  if (fold && own) append(data.train, heldOut);

  if (!raw.trainFiles.empty()) {
    for (const int64_t row : rows.train) data.trainFiles.push_back(std::move(raw.trainFiles[static_cast<size_t>(row)]));
    if (fold && own) std::ranges::move(raw.validationFiles, std::back_inserter(data.trainFiles));
  } else if (spec.augment == Augment::Imagenet && raw.train.width != data.train.width) {
    const Control quiet = control.within({.report = [](int64_t, int64_t) {}});  // it is counted already
    ProgressCounter unseen(quiet, 0);
    data.trainSource = take(raw.train, rows.train, 0, spec.resize, unseen);
    if (fold && own) append(data.trainSource, raw.validation);
  }
  data.classNames = std::move(raw.classNames);
  data.warnings = std::move(raw.warnings);
  return data;
}

}  // namespace scanline
