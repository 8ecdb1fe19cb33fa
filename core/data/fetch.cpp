// Addresses as their makers give them. Sizes and SHA-256 as TensorFlow Datasets publishes them (url_checksums), MD5 as
// the makers or torchvision do; they are of the same files. OpenAI publishes neither for its tokens.
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
constexpr std::string_view kFashion =
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/";
constexpr std::string_view kImageGpt = "https://openaipublic.blob.core.windows.net/image-gpt/";

struct Facts {
  int64_t bytes;
  const char *sha256, *md5;
};

std::vector<Download> idxFiles(std::string_view base, std::array<Facts, 4> facts) {
  constexpr std::array kNames{"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
                              "t10k-labels-idx1-ubyte.gz"};
  std::vector<Download> files;
  for (size_t i = 0; i < kNames.size(); ++i)
    files.push_back({fmt::format("{}{}", base, kNames.at(i)), facts.at(i).bytes,
                     fmt::format("sha256:{}", facts.at(i).sha256), fmt::format("md5:{}", facts.at(i).md5)});
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
    if (!fs::is_regular_file(stamp, error)) return false;
    const std::string text = readFile(stamp, 4096);
    return !text.empty() && (text == file.checksum || text == file.md5);  // earlier versions noted the MD5
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
                  "sha256:58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
                  "md5:03b5dce01913d631647c71ecec9e9cb8"}},
       .unpackedBytes = 200'000'000},
      {.name = "stl10",
       .dataset = "stl10",
       .files = {{"https://cs.stanford.edu/~acoates/stl10/stl10_binary.tar.gz", 2640397119,
                  "sha256:f31fd99273a1acb8609c8db427cebb1de3f71de77758cdc0e22956e1289b9866",
                  "md5:91f7769df0f17e558f3565bffb0c7dfb"}},
       .unpackedBytes = 3'300'000'000,
       .note =
           "2.8 GB of the unpacked files are images without labels (unlabeled_X.bin), which Scanline does not read."},
      {.name = "mnist",
       .dataset = "mnist",
       .files = idxFiles(kMnist, {{{9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                                    "f68b3c2dcbeaaa9fbdd348bbdeb94873"},
                                   {28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                                    "d53e105ee54ea40749a09fcbcd1e9432"},
                                   {1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                                    "9fb629c4189551a2d022fa330f9573f3"},
                                   {4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                                    "ec29112dd5afa0611ce80d1b7f02629c"}}})},
      {.name = "fashion-mnist",
       .dataset = "fashion-mnist",
       .files = idxFiles(kFashion, {{{26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                                      "8d4fb7e6c68d591d4c3dfef9ec88bf0d"},
                                     {29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                                      "25c81989df183df01b3e8a0aad5dffbe"},
                                     {4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                                      "bef4ecab320f06d8554ea6380940ec79"},
                                     {5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                                      "bb300cfdad3c16e7a12a480ee83cd310"}}})},
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
    fs::remove(folder / name);  // the archive takes as much room as its files
    writeFileAtomically(stampOf(folder, name), official.checksum);
  }
  return folder / plan.pathSuffix;
}

}  // namespace scanline
