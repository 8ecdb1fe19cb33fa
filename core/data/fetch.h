#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/download.h"

namespace scanline {

/// Where a data set is fetched from.
struct FetchPlan {
  std::string_view name;        ///< "cifar10", "imagenet-tokens"
  std::string_view dataset;     ///< the registry's name of the data set: data.name
  std::vector<Download> files;  ///< empty: it cannot be fetched by a program, and `note` says how to get it
  std::string_view pathSuffix;  ///< data.path is the folder / this; mostly empty
  int64_t unpackedBytes = 0;    ///< at most, of archives (.tar.gz); other files stay as they are
  std::string_view note;        ///< a sentence on licence, checksums or how to get it
};

const std::vector<FetchPlan>& fetchPlans();
/// Throws Error that lists the names.
const FetchPlan& fetchPlan(std::string_view name);

/// Gets the present step ("Fetching cifar-10-binary.tar.gz", "Unpacking ..."), to which the next reports belong.
using FetchNews = std::function<void(const std::string& doing)>;

/// Fetches, verifies and unpacks all files of `plan` into `folder`; complete files that are there already are
/// kept. With `mirror`, an address to which the files' names are added, they are fetched from there; sizes and
/// checksums stay. Returns the value for data.path. Throws Error as download() and unpackArchive() do, and with
/// plan.note if there is nothing to fetch.
std::filesystem::path fetchDataset(const FetchPlan& plan, const std::filesystem::path& folder,
                                   const std::string& mirror, const FetchNews& news, const Control& control);

}  // namespace scanline
