#include <fmt/format.h>

#include "experiments/cli/cli_command.h"

namespace scanline {
namespace {

class VerifyCommand : public Command {
 public:
  explicit VerifyCommand(CLI::App& app) : Command(app, "verify", "Check the database of a workspace") {
    addWorkspaceOption();
  }

  int run() override {
    const auto faults = RunStore(workspace(), StoreMode::ReadOnly).verify();
    if (json()) printJson({{"workspace", workspace().string()}, {"faults", faults}});
    for (const std::string& fault : faults) fmt::print(stderr, "{}\n", fault);
    if (faults.empty() && !json()) fmt::print("{} is sound.\n", workspace().string());
    return faults.empty() ? kDone : kFailed;
  }
};

}  // namespace

std::unique_ptr<Command> makeVerifyCommand(CLI::App& app) {
  return std::make_unique<VerifyCommand>(app);
}

}  // namespace scanline
