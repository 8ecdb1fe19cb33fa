#include "experiments/cli/study.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <array>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/spec_check.h"
#include "core/spec/spec_text.h"
#include "experiments/cli/cli_command.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::pair<std::string_view, StudyFigure>, 4> kFigures{
    {{"layers", StudyFigure::Layers},
     {"loss-accuracy", StudyFigure::LossAccuracy},
     {"bars", StudyFigure::Bars},
     {"low-data", StudyFigure::LowData}}};

/// Reads one table, and knows which of its keys nobody asked for.
class Reader {
 public:
  Reader(const toml::table& table, std::string source) : table_(table), source_(std::move(source)) {}

  [[noreturn]] void fail(const std::string& sentence) const {
    throw Error(fmt::format("{}, line {}: {}", source_, table_.source().begin.line, sentence));
  }

  std::string text(std::string_view key, const char* otherwise) {
    known_.emplace_back(key);
    const toml::node* node = table_.get(key);
    if (!node && otherwise) return otherwise;
    if (const auto value = node ? node->value<std::string>() : std::nullopt) return *value;
    fail(fmt::format("\"{}\" must be a text in quotes.", key));
  }

  std::vector<std::string> texts(std::string_view key) {
    known_.emplace_back(key);
    std::vector<std::string> all;
    const toml::node* node = table_.get(key);
    if (!node) return all;
    if (!node->is_array()) fail(fmt::format("\"{}\" must be a list of texts, as in [\"model.layers=8\"].", key));
    for (const auto& each : *node->as_array()) {
      const auto value = each.value<std::string>();
      if (!value) fail(fmt::format("\"{}\" must be a list of texts, as in [\"model.layers=8\"].", key));
      all.push_back(*value);
    }
    return all;
  }

  void allowNoMore(std::initializer_list<std::string_view> others = {}) const {
    for (const auto& [key, node] : table_) {
      const std::string_view name = key.str();
      if (std::ranges::find(known_, name) == known_.end() && std::ranges::find(others, name) == others.end())
        fail(fmt::format("A study knows no \"{}\".", name));
    }
  }

 private:
  const toml::table& table_;
  std::string source_;
  std::vector<std::string> known_;
};

RunSpec specAt(const fs::path& folder, const std::string& text) {
  std::error_code error;
  const fs::path beside = folder / text;
  return readSpec(fs::exists(beside, error) ? beside.string() : text);
}

void change(RunSpec& spec, const std::vector<std::string>& settings) {
  for (const std::string& setting : settings) {
    const auto [key, value] = splitSetting(setting);
    setField(spec, key, value);
  }
}

std::string storedName(const std::string& study, const std::string& run) {
  return run.find(": ") == std::string::npos ? study + ": " + run : run;
}

}  // namespace

Study readStudy(const fs::path& file, const std::vector<std::string>& settings) {
  constexpr uint64_t kLargest = 1 << 20;
  const std::string source = file.string(), content = readFile(file, kLargest);
  toml::table table;
  try {
    table = toml::parse(content, source);
  } catch (const toml::parse_error& error) {
    throw Error(fmt::format("{}, line {}: {}", source, error.source().begin.line, error.description()));
  }
  Reader reader(table, source);
  Study study{.name = fs::absolute(file).parent_path().filename().string(), .title = reader.text("title", nullptr)};
  const std::string figure = reader.text("figure", "layers"), spec = reader.text("spec", "");
  const auto found = std::ranges::find(kFigures, figure, [](const auto& each) { return each.first; });
  if (found == kFigures.end()) reader.fail("\"figure\" takes layers, loss-accuracy, bars or low-data.");
  study.figure = found->second;
  const auto forAll = reader.texts("set");
  reader.allowNoMore({"run"});

  const toml::array* runs = table["run"].as_array();
  if (!runs || runs->empty()) reader.fail("A study needs at least one [[run]].");
  for (const auto& each : *runs) {
    if (!each.is_table()) reader.fail("Each run is a table: [[run]].");
    Reader run(*each.as_table(), source);
    const std::string name = run.text("name", nullptr), own = run.text("spec", spec.c_str());
    const std::string parent = run.text("from", "");
    if (own.empty()) run.fail("A run needs a \"spec\", its own or the study's.");
    StudyRun added{name, specAt(file.parent_path(), own), parent.empty() ? "" : storedName(study.name, parent)};
    change(added.spec, forAll);
    change(added.spec, run.texts("set"));
    change(added.spec, settings);
    added.spec.name = storedName(study.name, name);
    run.allowNoMore();
    validate(added.spec);
    study.runs.push_back(std::move(added));
  }
  return study;
}

std::optional<RunId> findStored(const RunStore& store, const RunSpec& spec) {
  std::optional<RunSummary> newest;
  for (const RunSummary& run : store.runs()) {
    if (run.name != spec.name || (newest && run.createdMs < newest->createdMs)) continue;
    RunSpec stored = specOf(store, run.id);
    stored.data.path = spec.data.path;
    stored.device = spec.device;
    stored.gpu = spec.gpu;
    stored.threads = spec.threads;
    if (differences(stored, spec).empty()) newest = run;
  }
  return newest ? std::optional(newest->id) : std::nullopt;
}

}  // namespace scanline
