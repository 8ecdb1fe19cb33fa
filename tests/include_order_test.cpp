// Holds the order of the folders that ARCHITECTURE.md draws: a file includes only its own folder and those before it.

#include <QTest>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

/// Every folder that holds sources, from the ground up.
const std::vector<std::string> kOrder{
    "core/base",
    "core/formats",
    "core/spec",
    "core/data",
    "core/tokens",
    "core/foreign",
    "core/run",
    "core/store",
    "core/jobs",
    "core/learn/kernels",
    "core/learn/parallel",
    "core/learn/model",
    "core/learn/cuda",
    "core/learn/evaluate",
    "core/learn/train",
    "widgets/parts",
    "widgets/plot",
    "widgets/images",
    "widgets/studio",
    "widgets/lists",
    "widgets/forms",
    "widgets/pages",
    "app",
    "experiments/cli",
    "experiments/bench",
};

/// Folders that stand before another in the list and are out of its reach all the same.
const std::vector<std::pair<std::string, std::string>> kApart{
    {"core/learn/", "core/store"}, {"core/learn/", "core/jobs"}, {"widgets/", "core/learn/"},  {"app", "core/learn/"},
    {"experiments/", "widgets/"},  {"experiments/", "app"},      {"core/jobs", "core/learn/"},
};

/// Headers of other libraries that a folder may not include: Qt, LibTorch, and QCustomPlot outside its own folder.
struct Ban {
  std::string folder, header, sentence;
};
const std::vector<Ban> kBans{
    {"core/", "^<Q", "core is free of Qt"},
    {"experiments/", "^<Q", "the terminal program is free of Qt"},
    {"core/(?!learn)", "^<(torch|ATen|c10)/", "LibTorch is for core/learn alone"},
    {"widgets/", "^<(torch|ATen|c10)/", "LibTorch is for core/learn alone"},
    {"app", "^<(torch|ATen|c10)/", "LibTorch is for core/learn alone"},
    {"(app|widgets/(?!plot))", "^<qcustomplot", "QCustomPlot is for widgets/plot alone"},
};

struct Include {
  std::string file, folder, header;  ///< header with its quotes or brackets
  int line = 0;
};

std::vector<Include> includesBelow(const fs::path& root, const std::string& top) {
  // No raw string: moc takes a quote in one for its end, and finds no class behind it.
  static const std::regex kLine("^\\s*#\\s*include\\s*([\"<][^\">]+)[\">]");
  std::vector<Include> found;
  for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
    const auto extension = entry.path().extension();
    if (extension != ".h" && extension != ".cpp") continue;
    const auto file = fs::relative(entry.path(), root);
    std::ifstream in(entry.path());
    std::string text;
    for (int line = 1; std::getline(in, text); ++line) {
      std::smatch match;
      if (std::regex_search(text, match, kLine))
        found.push_back({file.string(), file.parent_path().string(), match[1], line});
    }
  }
  return found;
}

std::ptrdiff_t place(const std::string& folder) {
  return std::ranges::find(kOrder, folder) - kOrder.begin();
}

/// The fault of one include, or nothing.
std::string faultOf(const Include& include) {
  const auto at = include.file + ":" + std::to_string(include.line);
  for (const Ban& ban : kBans) {
    if (std::regex_search(include.folder + "/", std::regex("^" + ban.folder)) &&
        std::regex_search(include.header, std::regex(ban.header)))
      return at + ": " + include.folder + " includes " + include.header.substr(1) + ", but " + ban.sentence + ".";
  }
  if (include.header.front() != '"' || include.header.ends_with(".moc")) return {};
  const std::string folder = fs::path(include.header.substr(1)).parent_path().string();
  if (place(include.folder) == std::ssize(kOrder))
    return at + ": the folder " + include.folder + " has no place in the order of tests/include_order_test.cpp.";
  if (place(folder) == std::ssize(kOrder))
    return at + ": includes " + include.header.substr(1) + ", whose folder has no place in the order.";
  const bool isApart = std::ranges::any_of(kApart, [&](const auto& pair) {
    return include.folder.starts_with(pair.first) && folder.starts_with(pair.second);
  });
  if (place(folder) > place(include.folder) || isApart)
    return at + ": " + include.folder + " includes " + folder + ", which stands above it or apart from it.";
  return {};
}

}  // namespace

class IncludeOrderTest : public QObject {
  Q_OBJECT

 private slots:
  void everyFileIncludesOnlyWhatStandsBeforeIt() {
    int seen = 0;
    QStringList faults;
    for (const char* top : {"core", "widgets", "app", "experiments"}) {
      for (const Include& include : includesBelow(SCANLINE_SOURCE, top)) {
        ++seen;
        if (const std::string fault = faultOf(include); !fault.empty()) faults << QString::fromStdString(fault);
      }
    }
    QVERIFY2(faults.isEmpty(), qPrintable(faults.join("\n")));
    QVERIFY2(seen > 1000, "Hardly an include was found: the sources are not where the test looks.");
  }

  /// The check itself: a wrong include is refused, with the names of both folders.
  void wrongIncludesAreTold() {
    const auto fault = [](const char* folder, const char* header) {
      return faultOf({std::string(folder) + "/file.h", folder, header, 7});
    };
    QCOMPARE(fault("core/spec", "\"core/data/dataset.h"),
             std::string("core/spec/file.h:7: core/spec includes core/data, which stands above it or apart from it."));
    QVERIFY(fault("core/learn/model", "\"core/store/database.h").find("core/store") != std::string::npos);
    QVERIFY(fault("app", "\"core/learn/model/gpt.h").find("core/learn/model") != std::string::npos);
    QVERIFY(fault("core/run", "<QString").find("free of Qt") != std::string::npos);
    QVERIFY(fault("core/run", "<torch/torch.h").find("LibTorch") != std::string::npos);
    QVERIFY(fault("core/new", "\"core/base/error.h").find("no place") != std::string::npos);
    QCOMPARE(fault("core/learn/train", "<torch/torch.h"), std::string());
    QCOMPARE(fault("core/data", "\"core/spec/run_spec.h"), std::string());
  }
};

QTEST_GUILESS_MAIN(IncludeOrderTest)
#include "include_order_test.moc"
