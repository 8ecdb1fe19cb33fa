#include "experiments/cli/processes.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <thread>

#include "core/base/error.h"
#include "core/jobs/shared_run.h"
#include "core/run/loop.h"
#include "experiments/cli/cli_command.h"

namespace scanline {

using namespace std::chrono_literals;

class ChildProcesses {
 public:
  ChildProcesses() = default;
  ~ChildProcesses() {
    for (const auto end = std::chrono::steady_clock::now() + 10s; !allEnded();) {
      if (std::chrono::steady_clock::now() > end)
        for (const Child& child : children_)
          if (!child.status) kill(child.pid, SIGKILL);
      std::this_thread::sleep_for(10ms);
    }
  }
  ChildProcesses(const ChildProcesses&) = delete;
  ChildProcesses& operator=(const ChildProcesses&) = delete;

  /// The verb that takes part, with these variables besides those of this process.
  void add(const std::vector<std::string>& variables, const std::vector<std::string>& arguments) {
    std::vector<char*> environment, words;
    for (const auto& each : variables) environment.push_back(const_cast<char*>(each.c_str()));  // the first counts
    for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
    for (const auto& each : arguments) words.push_back(const_cast<char*>(each.c_str()));
    environment.push_back(nullptr);
    words.push_back(nullptr);
    pid_t pid = 0;
    if (const int error = posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, words.data(), environment.data());
        error != 0)
      throw Error(fmt::format("Process {} cannot be started: {}.", children_.size() + 1, std::strerror(error)));
    children_.push_back({pid, std::nullopt});
  }

  /// A sentence on the child that ended first, if one ends within two seconds.
  std::string explain() {
    for (const auto end = std::chrono::steady_clock::now() + 2s; std::chrono::steady_clock::now() < end;) {
      allEnded();
      const std::scoped_lock lock(mutex_);
      // A signal is a cause; the other processes end with an exit code when they lose their connections.
      for (const bool isSignal : {true, false})
        for (size_t i = 0; i < children_.size(); ++i)
          if (const auto& status = children_[i].status; status && WIFSIGNALED(*status) == isSignal)
            return fmt::format("Process {} of {} (pid {}) {}.", i + 1, children_.size() + 1, children_[i].pid,
                               isSignal ? fmt::format("was killed by signal {}", WTERMSIG(*status))
                                        : fmt::format("ended with exit code {}", WEXITSTATUS(*status)));
      std::this_thread::sleep_for(10ms);
    }
    return {};
  }

 private:
  struct Child {
    pid_t pid;
    std::optional<int> status;
  };
  bool allEnded() {
    const std::scoped_lock lock(mutex_);
    bool all = true;
    for (Child& child : children_) {
      int status = 0;
      if (!child.status && waitpid(child.pid, &status, WNOHANG) == child.pid) child.status = status;
      all = all && child.status;
    }
    return all;
  }

  std::mutex mutex_;
  std::vector<Child> children_;
};

namespace {

/// A socket that listens on a free port of this machine, and the port.
std::pair<int, uint16_t> listenHere() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  const int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (listening < 0 || bind(listening, generic, length) != 0 || listen(listening, SOMAXCONN) != 0 ||
      getsockname(listening, generic, &length) != 0) {
    const int reason = errno;
    if (listening >= 0) close(listening);
    throw Error(fmt::format("No port of this machine can be opened: {}.", std::strerror(reason)));
  }
  return {listening, ntohs(address.sin_port)};
}

}  // namespace

void Processes::addOptions(CLI::App& verb) {
  verb.add_option(
          "--processes", processes_,
          "Train with this many processes of this machine, which share every batch and give the losses of one "
          "process with the same train.slices, bit for bit. Evaluation, samples and probes are shared, too. Launchers (torchrun --no-python, mpirun, srun) take its place where "
          "there are several machines")
      ->check(CLI::Range(1, 1024));
  verb.add_option("--timeout", timeout_,
                  "Seconds for which a process may be silent while others wait for it, until they take it for dead")
      ->capture_default_str()
      ->check(CLI::Range(1.0, 86400.0));
}

int Processes::count() const {
  if (const auto launched = launchedPlace()) return launched->size;
  return std::max(1, processes_);
}

std::optional<int> Processes::follow(bool detach) const {
  auto place = launchedPlace();
  if (place && detach)
    throw Error(fmt::format(
        "{} started {} processes and ends them, so none of them can go on without it. Leave --detach out, or start several processes by --processes.",
        place->launcher, place->size));
  if (!place || place->rank == 0) return std::nullopt;
  place->timeout = std::chrono::milliseconds(static_cast<int64_t>(timeout_ * 1000));
  return takePart(*place);
}

void Processes::fit(RunSpec& spec) const {
  if (count() == 1) return;
  if (spec.train.slices == 1) {
    spec.train.slices = count();
    fmt::print(stderr, "The batch of {} images is cut into {} slices, one for each process (train.slices = {}).\n",
               spec.train.batchSize, count(), count());
  }
  requireShareable(spec, count());
}

void Processes::requireOne() const {
  if (count() > 1)
    throw Error(fmt::format("{} processes share a probe that is stored as a run. Add --store.", count()));
}

std::shared_ptr<ChildProcesses> Processes::start() {
  place_ = launchedPlace();
  if (place_ && processes_ > 0)
    throw Error(
        fmt::format("{} has started {} processes already. Leave --processes out.", place_->launcher, place_->size));
  if (place_) {
    place_->timeout = std::chrono::milliseconds(static_cast<int64_t>(timeout_ * 1000));
    return nullptr;
  }
  if (processes_ <= 1) return nullptr;
  const auto [listening, port] = listenHere();
  place_ = GroupPlace{.launcher = "--processes",
                      .size = processes_,
                      .localSize = processes_,
                      .port = port,
                      .listening = listening,
                      .timeout = std::chrono::milliseconds(static_cast<int64_t>(timeout_ * 1000))};
  auto children = std::make_shared<ChildProcesses>();
  for (int rank = 1; rank < processes_; ++rank)
    children->add(
        {fmt::format("RANK={}", rank), fmt::format("WORLD_SIZE={}", processes_), fmt::format("LOCAL_RANK={}", rank),
         fmt::format("LOCAL_WORLD_SIZE={}", processes_), "MASTER_ADDR=127.0.0.1", fmt::format("MASTER_PORT={}", port)},
        {"scanline-cli", "take-part", "--timeout", fmt::format("{}", timeout_)});
  place_->explainLoss = [children] { return children->explain(); };
  return children;
}

void refuseLaunchers() {
  if (const auto place = launchedPlace())
    throw Error(fmt::format(
        "{} started {} processes, and this verb is done by one. Start it without a launcher; train, resume, finetune, probe --store and lowdata can be shared.",
        place->launcher, place->size));
}

int takePart(const GroupPlace& place) {
  const pid_t launcher = getppid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // it ends with its launcher
  if (getppid() != launcher) return 1;
  // Process 0 decides on the end, after its checkpoint.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_IGN);
  const auto engine = makeEngine();
  try {
    engine->join(place);
    followRuns(*engine, [&](const std::string& sentence) {
      fmt::print(stderr, "scanline-cli: {}: {}\n", place.name(), sentence);
    });
    return kDone;
  } catch (const std::exception& failure) {
    const std::string sentence = failureSentence(failure);
    fmt::print(stderr, "scanline-cli: {}: {}\n", place.name(), sentence);
    const bool isOthersFault = dynamic_cast<const GroupLost*>(&failure) != nullptr;
    if (auto* group = engine->group(); group != nullptr && !isOthersFault)
      group->leaveWord(fmt::format("Process {} of {}: {}", place.rank, place.size, sentence));
    return kFailed;
  }
}

namespace {

class TakePartCommand final : public Command {
 public:
  explicit TakePartCommand(CLI::App& app)
      : Command(app, "take-part", "Help another process to train, as variables of its launcher say") {
    verb().group("");  // for --processes alone
    processes_.addOptions(verb());
  }
  int run() override {
    if (const auto code = processes_.follow()) return *code;
    throw Error("This verb is for processes that a launcher started. Start train, with --processes or by a launcher.");
  }

 private:
  Processes processes_;
};

}  // namespace

std::unique_ptr<Command> makeTakePartCommand(CLI::App& app) {
  return std::make_unique<TakePartCommand>(app);
}

}  // namespace scanline
