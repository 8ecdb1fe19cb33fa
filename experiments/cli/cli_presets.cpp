#include <fmt/format.h>

#include "core/spec/presets.h"
#include "core/spec/spec_text.h"
#include "experiments/cli/cli_command.h"

namespace scanline {
namespace {

class PresetsCommand : public Command {
 public:
  explicit PresetsCommand(CLI::App& app) : Command(app, "presets", "List the specs that come with Scanline") {}

  int run() override {
    auto list = nlohmann::ordered_json::array();
    for (const Preset& each : presets()) {
      list.push_back({{"name", each.name}, {"title", each.title}, {"description", each.description}});
      if (!json()) fmt::print("{:<19} {}\n", each.name, each.description);
    }
    if (json()) printJson(list);
    return kDone;
  }
};

class SpecCommand : public Command {
 public:
  explicit SpecCommand(CLI::App& app) : Command(app, "spec", "Print a preset as TOML, to save and change") {
    std::vector<std::string> names;
    for (const Preset& each : presets()) names.emplace_back(each.name);
    verb().add_option("PRESET", preset_, "Its name")->required()->check(CLI::IsMember(names));
  }

  int run() override {
    const std::string toml = toToml(preset(preset_).spec);
    if (json()) {
      printJson({{"name", preset_}, {"toml", toml}});
    } else {
      fmt::print("{}", toml);
    }
    return kDone;
  }

 private:
  std::string preset_;
};

}  // namespace

std::unique_ptr<Command> makePresetsCommand(CLI::App& app) {
  return std::make_unique<PresetsCommand>(app);
}
std::unique_ptr<Command> makeSpecCommand(CLI::App& app) {
  return std::make_unique<SpecCommand>(app);
}

}  // namespace scanline
