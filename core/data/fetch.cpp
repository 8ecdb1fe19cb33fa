// Addresses, sizes and checksums as their makers, or torchvision for those who publish none, give them.
#include "core/data/fetch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/unpack.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kMnist = "https://ossci-datasets.s3.amazonaws.com/mnist/";
constexpr std::string_view kFashion = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/";
constexpr std::string_view kImageGpt = "https://openaipublic.blob.core.windows.net/image-gpt/";

std::vector<Download> idxFiles(std::string_view base, std::array<std::pair<int64_t, const char*>, 4> facts) {
  constexpr std::array kNames{"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
                              "t10k-labels-idx1-ubyte.gz"};
  std::vector<Download> files;
  for (size_t i = 0; i < kNames.size(); ++i)
    files.push_back(
        {fmt::format("{}{}", base, kNames.at(i)), facts.at(i).first, fmt::format("md5:{}", facts.at(i).second)});
  return files;
}

std::vector<Download> tokenFiles(std::string_view set) {
  std::vector<Download> files{{fmt::format("{}color-clusters/kmeans_centers.npy", kImageGpt), 6272, ""}};
  for (const std::string_view part : {"trX", "trY", "vaX", "vaY", "teX", "teY"})
    files.push_back({fmt::format("{}datasets/{}_{}.npy", kImageGpt, set, part), 0, ""});
  return files;
}

constexpr std::string_view kNoChecksums =
    "OpenAI published no checksums and no sizes but the palette's, so these files are only checked when they are read.";

std::string fileName(const Download& file) {
  return file.url.substr(file.url.rfind('/') + 1);
}

bool isArchive(const std::string& name) {
  return name.ends_with(".tar.gz");
}

/// Says that the archive of this checksum was unpacked here, so that it need not be fetched again.
fs::path stampOf(const fs::path& folder, const std::string& archive) {
  return folder / ("." + archive + ".unpacked");
}

bool isDone(const Download& file, const fs::path& folder, const FetchNews& news) {
  const std::string name = fileName(file);
  std::error_code error;
  if (isArchive(name)) {
    const fs::path stamp = stampOf(folder, name);
    return fs::is_regular_file(stamp, error) && readFile(stamp, 4096) == file.checksum;
  }
  if (!fs::is_regular_file(folder / name, error)) return false;
  news(fmt::format("Checking {}", name));
  try {
    verifyDownload(file, folder / name);
    return true;
  } catch (const Error&) {
    return false;  // fetched anew
  }
}

}  // namespace

const std::vector<FetchPlan>& fetchPlans() {
  static const std::vector<FetchPlan> all{
      {.name = "cifar10",
       .dataset = "cifar10",
       .files = {{"https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz", 170052171,
                  "sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"}},
       .unpackedBytes = 200'000'000},
      {.name = "cifar100",
       .dataset = "cifar100",
       .files = {{"https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz", 168513733,
                  "md5:03b5dce01913d631647c71ecec9e9cb8"}},
       .unpackedBytes = 200'000'000},
      {.name = "stl10",
       .dataset = "stl10",
       .files = {{"https://cs.stanford.edu/~acoates/stl10/stl10_binary.tar.gz", 2640397119,
                  "md5:91f7769df0f17e558f3565bffb0c7dfb"}},
       .unpackedBytes = 3'300'000'000,
       .note = "2.8 GB of what is unpacked are images without labels (unlabeled_X.bin), which Scanline does not read."},
      {.name = "mnist",
       .dataset = "mnist",
       .files = idxFiles(kMnist, {{{9912422, "f68b3c2dcbeaaa9fbdd348bbdeb94873"},
                                   {28881, "d53e105ee54ea40749a09fcbcd1e9432"},
                                   {1648877, "9fb629c4189551a2d022fa330f9573f3"},
                                   {4542, "ec29112dd5afa0611ce80d1b7f02629c"}}})},
      {.name = "fashion-mnist",
       .dataset = "fashion-mnist",
       .files = idxFiles(kFashion, {{{26421880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"},
                                     {29515, "25c81989df183df01b3e8a0aad5dffbe"},
                                     {4422102, "bef4ecab320f06d8554ea6380940ec79"},
                                     {5148, "bb300cfdad3c16e7a12a480ee83cd310"}}})},
      {.name = "cifar10-tokens",
       .dataset = "tokens",
       .files = tokenFiles("cifar10"),
       .pathSuffix = "cifar10",
       .note = kNoChecksums},
      {.name = "imagenet-tokens",
       .dataset = "tokens",
       .files = tokenFiles("imagenet"),
       .pathSuffix = "imagenet",
       .note = kNoChecksums},
      {.name = "imagenet",
       .dataset = "imagenet",
       .note =
           "ImageNet may be had from https://image-net.org/download after registering, and its terms let nobody pass it on, so no program can fetch it for you. Download ILSVRC2012_img_train.tar and ILSVRC2012_img_val.tar, unpack them to train/ and val/ with a folder a class, and give the folder above in data.path."},
  };
  return all;
}

const FetchPlan& fetchPlan(std::string_view name) {
  const auto plan = std::ranges::find(fetchPlans(), name, &FetchPlan::name);
  if (plan != fetchPlans().end()) return *plan;
  std::vector<std::string_view> names;
  for (const FetchPlan& each : fetchPlans()) names.push_back(each.name);
  throw Error(
      fmt::format("There is nothing to fetch under the name {}. Take one of {}.", name, fmt::join(names, ", ")));
}

fs::path fetchDataset(const FetchPlan& plan, const fs::path& folder, const std::string& mirror, const FetchNews& news,
                      const Control& control) {
  if (plan.files.empty()) throw Error(std::string(plan.note));
  for (const Download& official : plan.files) {
    const std::string name = fileName(official);
    if (isDone(official, folder, news)) continue;
    Download file = official;
    if (!mirror.empty()) file.url = fmt::format("{}{}{}", mirror, mirror.ends_with('/') ? "" : "/", name);
    news(fmt::format("Fetching {}", name));
    download(file, folder / name, control);
    if (!isArchive(name)) continue;
    news(fmt::format("Unpacking {}", name));
    unpackArchive(folder / name, folder, plan.unpackedBytes, control);
    fs::remove(folder / name);  // as large as what came out of it
    writeFileAtomically(stampOf(folder, name), official.checksum);
  }
  return folder / plan.pathSuffix;
}

}  // namespace scanline
