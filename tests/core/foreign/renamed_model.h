#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/formats/safetensors.h"

/// The model of a folder of tests/golden as another program might have saved it: its tensors under other names, some
/// left out, and further ones of zeros.
struct ModelCopy {
  std::string golden = "hf_variants";
  std::function<std::string(const std::string&)> rename = [](const std::string& name) { return name; };
  std::vector<std::string> without = {};
  std::vector<std::pair<std::string, std::vector<int64_t>>> zeros = {};

  /// Writes config.json and model.safetensors into `folder`.
  void write(const std::filesystem::path& folder) const {
    namespace fs = std::filesystem;
    fs::create_directories(folder);
    const fs::path source = fs::path(SCANLINE_GOLDEN) / golden;
    fs::copy_file(source / "config.json", folder / "config.json");
    const scanline::SafetensorsFile file(source / "model.safetensors");
    std::vector<std::pair<std::string, scanline::TensorView>> tensors;
    std::list<std::vector<std::byte>> read;
    for (const auto& [name, stored] : file.tensors()) {
      if (std::find(without.begin(), without.end(), name) != without.end()) continue;
      file.read(stored, read.emplace_back(stored.bytes));
      tensors.push_back({rename(name), {stored.dtype, stored.shape, read.back()}});
    }
    std::vector<std::vector<float>> values;
    values.reserve(zeros.size());
    for (const auto& [name, shape] : zeros) {
      size_t count = 1;
      for (const int64_t size : shape) count *= static_cast<size_t>(size);
      values.emplace_back(count);
      tensors.push_back({name, {scanline::Dtype::F32, shape, std::as_bytes(std::span(values.back()))}});
    }
    writeSafetensors(folder / "model.safetensors", tensors, {});
  }
};

/// A name with `text` put in front of each of its parts that is `part`.
inline std::string withBefore(std::string name, const std::string& part, const std::string& text) {
  const auto at = name.find(part);
  return at == std::string::npos ? name : name.insert(at, text);
}
