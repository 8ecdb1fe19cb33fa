// scanline-cli mirror, copy-store: the workspace of another machine, to be read here.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "core/base/error.h"
#include "core/jobs/mirror.h"
#include "core/store/store_copy.h"
#include "experiments/cli/cli_command.h"
#include "experiments/cli/stop_signals.h"

namespace scanline {

namespace {

class MirrorCommand final : public Command {
 public:
  explicit MirrorCommand(CLI::App& app)
      : Command(app, "mirror",
                "Show another machine's workspace here, read-only: makes a mirror by ssh and rsync, or refreshes it") {
    verb()
        .add_option("DIR", mirror_, "The folder of the mirror, which windows and verbs open as a workspace")
        ->required();
    verb().add_option("HOST:FOLDER", from_, "The workspace there; not needed to refresh");
    shell_ = verb().add_option("--shell", source_.shell, "The command that reaches the other machine [ssh]");
    program_ =
        verb().add_option("--program", source_.program, "scanline-cli there; without it sqlite3 copies the store");
    checkpoints_ = verb().add_flag("--checkpoints", source_.withCheckpoints,
                                   "Fetch checkpoints, too: they are large, and models draw from them");
    verb()
        .add_option("--every", seconds_, "Refresh every so many seconds until Ctrl+C")
        ->check(CLI::Range(1.0, 86400.0));
  }

  int run() override {
    const StopSignals signals;
    const auto mirror = std::filesystem::absolute(mirror_).lexically_normal();
    makeMirror(mirror, source(mirror));
    for (bool isFirst = true;; isFirst = false) {
      try {
        if (!refreshMirror(mirror, Control(signals.token())))
          fmt::print(stderr, "warning: another process refreshes the mirror just now.\n");
      } catch (const Error& problem) {
        if (isFirst || seconds_ <= 0) throw;
        fmt::print(stderr, "warning: {}\n", problem.what());  // the next time may do better
      }
      if (!json() && isFirst)
        fmt::print("{} runs of {}:{}\n", RunStore(mirror, StoreMode::ReadOnly).count(false), source_.host,
                   source_.folder);
      if (seconds_ <= 0 || !waitFor(signals)) break;
    }
    if (json())
      printJson({{"host", source_.host},
                 {"folder", source_.folder},
                 {"runs", RunStore(mirror, StoreMode::ReadOnly).count(false)}});
    return kDone;
  }

 private:
  /// As the options say; what they leave out stays as it was.
  const MirrorSource& source(const std::filesystem::path& mirror) {
    MirrorSource named = isMirror(mirror) ? mirrorSourceOf(mirror) : MirrorSource{};
    if (!from_.empty()) {
      const MirrorSource place = readMirrorSource(from_);
      named.host = place.host;
      named.folder = place.folder;
    }
    if (named.host.empty())
      throw Error(fmt::format("{} is no mirror yet. Name the workspace, too: HOST:FOLDER.", mirror.string()));
    if (*shell_) named.shell = source_.shell;
    if (*program_) named.program = source_.program;
    if (*checkpoints_) named.withCheckpoints = true;
    return source_ = named;
  }

  bool waitFor(const StopSignals& signals) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds_);
    while (signals.received() == 0 && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return signals.received() == 0;
  }

  std::string mirror_, from_;
  MirrorSource source_;
  CLI::Option *shell_, *program_, *checkpoints_;
  double seconds_ = 0;
};

class CopyStoreCommand final : public Command {
 public:
  explicit CopyStoreCommand(CLI::App& app)
      : Command(app, "copy-store", "Copy the store of a workspace into one file, while others use it") {
    addWorkspaceOption();
    verb().add_option("FILE", file_, "The copy; replaced")->required();
  }

  int run() override {
    copyStore(existingWorkspace(), file_);
    return kDone;
  }

 private:
  std::string file_;
};

}  // namespace

std::unique_ptr<Command> makeMirrorCommand(CLI::App& app) {
  return std::make_unique<MirrorCommand>(app);
}
std::unique_ptr<Command> makeCopyStoreCommand(CLI::App& app) {
  return std::make_unique<CopyStoreCommand>(app);
}

}  // namespace scanline
