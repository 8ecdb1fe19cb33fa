#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

/// A malformed file of tests/golden/broken, as its list.csv describes it.
struct BrokenFile {
  std::filesystem::path file;
  bool mustBeRefused = false;  ///< else either answer is right, and only a crash or a large allocation is wrong
  std::string what;
  std::string sentence;  ///< a part of that which refuses it, from sentences.csv; empty: it is read, or by no test
};

/// Where they are refused for their own fault and not by chance, by path.
inline std::map<std::string, std::string> brokenSentences(const std::filesystem::path& folder) {
  std::ifstream list(folder / "sentences.csv");
  std::map<std::string, std::string> sentences;
  for (std::string line; std::getline(list, line);) {
    const size_t comma = line.find(',');
    sentences[line.substr(0, comma)] = line.substr(comma + 1);
  }
  return sentences;
}

/// Those whose path begins with `prefix`.
inline std::vector<BrokenFile> brokenFiles(const std::string& prefix) {
  const std::filesystem::path folder = std::filesystem::path(SCANLINE_GOLDEN) / "broken";
  std::ifstream list(folder / "list.csv");
  auto sentences = brokenSentences(folder);
  std::vector<BrokenFile> files;
  for (std::string line; std::getline(list, line);) {
    if (!line.starts_with(prefix)) continue;
    const size_t first = line.find(','), second = line.find(',', first + 1);
    files.push_back({folder / line.substr(0, first), line.substr(first + 1, second - first - 1) == "reject",
                     line.substr(second + 1), sentences[line.substr(0, first)]});
  }
  return files;
}
