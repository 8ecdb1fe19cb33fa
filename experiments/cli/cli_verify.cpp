#include <fmt/format.h>

#include "experiments/cli/cli_command.h"

namespace scanline {
namespace {

class VerifyCommand : public Command {
 public:
  explicit VerifyCommand(CLI::App& app) : Command(app, "verify", "Check a workspace: its database, queue and folders") {
    addWorkspaceOption();
    verb().add_flag("--repair", repair_, "Put lost runs back into the queue, held; move folders of no run to lost/");
  }

  int run() override {
    std::vector<std::string> repairs;
    if (repair_) repairs = RunStore(workspace(), StoreMode::ReadWrite).repair();
    const auto faults = RunStore(workspace(), StoreMode::ReadOnly).verify();
    if (json()) printJson({{"workspace", workspace().string()}, {"repairs", repairs}, {"faults", faults}});
    if (!json())
      for (const std::string& repair : repairs) fmt::print("{}\n", repair);
    for (const std::string& fault : faults) fmt::print(stderr, "{}\n", fault);
    if (faults.empty() && !json()) fmt::print("{} is sound.\n", workspace().string());
    return faults.empty() ? kDone : kFailed;
  }

 private:
  bool repair_ = false;
};

}  // namespace

std::unique_ptr<Command> makeVerifyCommand(CLI::App& app) {
  return std::make_unique<VerifyCommand>(app);
}

}  // namespace scanline
