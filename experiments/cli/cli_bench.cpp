// scanline-cli bench store: the cost of lists, questions and curves in a large workspace.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "experiments/cli/cli_command.h"
#include "experiments/cli/synthetic_store.h"
#include "experiments/cli/terminal.h"

namespace scanline {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Milliseconds of one thing that was done several times.
struct Times {
  std::string what;
  std::vector<double> ms;

  double quantile(double share) const {
    std::vector<double> sorted = ms;
    std::ranges::sort(sorted);
    const auto place = static_cast<size_t>(share * static_cast<double>(sorted.size()));
    return sorted[std::min(place, sorted.size() - 1)];
  }
};

class StoreBench {
 public:
  explicit StoreBench(const fs::path& workspace) : workspace_(workspace) {}

  std::vector<Times> run() {
    opening();
    sorting();
    asking();
    following();
    curve();
    return std::move(times_);
  }

 private:
  template <class Body>
  void measure(const std::string& what, int repeats, const Body& body) {
    Times times{what, {}};
    for (int i = 0; i < repeats; ++i) {
      const auto start = Clock::now();
      body();
      times.ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    times_.push_back(std::move(times));
  }

  RunStore reader() const { return {workspace_, StoreMode::ReadOnly}; }

  void opening() {
    measure("open, and list all runs", 7, [&] { reader().list({}); });
    const RunStore store = reader();
    const RunList list = store.list({});
    const std::vector<std::string> columns{"lr", "layers", "best(probe)", "last(train/loss)", "duration", "tag"};
    std::vector<RunId> page;
    size_t at = 0;
    measure("rows of a page of 40, six columns", 50, [&] {
      page.clear();
      for (size_t i = 0; i < 40; ++i) page.push_back(list.rows[(at + i) % list.rows.size()].run);
      at += 997;
      store.rows(page, columns);
    });
    measure("all of one run, for the inspector", 50, [&] {
      const RunId run = list.rows[at % list.rows.size()].run;
      at += 997;
      store.details(run);
      store.summaries(run);
    });
  }

  void sorting() {
    for (const char* order :
         {"created", "name", "state", "kind", "data", "step", "progress", "parameters", "loss", "best(probe)",
          "duration", "lr", "layers", "last(train/loss)", "step(best(loss))", "tag"}) {
      RunListRequest request{.order = order};
      measure(fmt::format("sort by {}, first time", order), 5, [&] {
        const RunStore store = reader();
        store.list({});  // as a window has it already
        const auto start = Clock::now();
        store.list(request);
        skipped_.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
      });
      times_.back().ms = std::move(skipped_);
      skipped_.clear();
      const RunStore store = reader();
      store.list(request);
      measure(fmt::format("sort by {}, again, other way", order), 7, [&] {
        request.descending = !request.descending;
        store.list(request);
      });
    }
  }

  /// Typed key by key. Half typed text that is no question yet is not asked, as in a window.
  void asking() {
    const RunStore store = reader();
    store.list({});
    for (const char* text : {"quick 42", "lr < 1e-3 and best(probe) > 0.8 and data = cifar10",
                             "layers in 4..8 not tag:best", "last(train/loss) < 1.5 or note:larger"}) {
      Times keys{fmt::format("key in \"{}\"", text), {}};
      for (int round = 0; round < 2; ++round)
        for (size_t length = 1; length <= std::string_view(text).size(); ++length) {
          const auto start = Clock::now();
          try {
            store.list({.where = RunQuery(std::string_view(text).substr(0, length))});
          } catch (const QueryError&) {
          }
          keys.ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
        }
      times_.push_back(std::move(keys));
    }
    const std::string half = "lr < 1e-3 and las";
    measure("proposals while one types", 20, [&] { store.proposals(half, half.size()); });
    const std::vector<std::string> columns{"loss", "best(probe)"};
    measure("groups by lr, with two means", 7, [&] { store.groups({}, "lr", columns); });
  }

  void following() {
    RunStore writer(workspace_, StoreMode::ReadWrite);
    const RunStore store = reader();
    const RunListRequest request{.where = RunQuery("lr < 1e-2"), .order = "last(train/loss)"};
    int64_t version = store.list(request).version;
    const RunId run = store.list({}).rows.front().run;
    const int64_t before = store.run(run).step;
    int64_t step = before;
    Times changes{"changes, after a commit", {}}, list{"list again, after a commit", {}};
    for (int i = 0; i < 30; ++i) {
      const TrainEvent event = StepStats{++step, 1.5, 1e-3, 1, 1000};
      writer.append(run, std::span(&event, 1));
      auto start = Clock::now();
      version = store.changesSince(version).version;
      changes.ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
      start = Clock::now();
      store.list(request);
      list.ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    writer.truncateAfter(run, before);
    times_.push_back(std::move(changes));
    times_.push_back(std::move(list));
  }

  void curve() {
    const RunStore store = reader();
    const RunId run = store.list({.order = "count(train/loss)"}).rows.front().run;
    measure("all points of the longest curve", 3, [&] { store.points(run, series::kTrainLoss, -1); });
  }

  fs::path workspace_;
  std::vector<Times> times_;
  std::vector<double> skipped_;
};

class BenchCommand : public Command {
 public:
  explicit BenchCommand(CLI::App& app)
      : Command(app, "bench", "Time a workspace of many runs; `bench store` is the one benchmark") {
    verb().add_option("what", what_, "store")->required()->check(CLI::IsMember({"store"}));
    verb().add_option("--runs", size_.runs, "Runs to make")->check(CLI::Range(100, 10000000))->capture_default_str();
    verb()
        .add_option("--points", size_.points, "Points of one of them")
        ->check(CLI::Range(0, 100000000))
        ->capture_default_str();
    verb()
        .add_option("--workspace", folder_, "Folder to make them in, and to use again [a temporary one]")
        ->type_name("DIR");
  }

  int run() override {
    const bool isOurs = folder_.empty();
    const fs::path folder =
        isOurs ? fs::temp_directory_path() / fmt::format("scanline-bench-{}", ::getpid()) : fs::absolute(folder_);
    struct Removed {
      fs::path folder;
      ~Removed() {
        std::error_code ignored;
        if (!folder.empty()) fs::remove_all(folder, ignored);
      }
    } removed{isOurs ? folder : fs::path()};
    const bool showsProgress = Terminal::ofStdout().isTty && !json();
    makeSyntheticStore(folder, size_, [&](int64_t made) {
      if (showsProgress) fmt::print("\rmade {} of {} runs", made, size_.runs);
      if (showsProgress && made == size_.runs) fmt::print("\n");
      std::fflush(stdout);
    });
    report(StoreBench(folder).run());
    return kDone;
  }

 private:
  void report(const std::vector<Times>& all) const {
    if (json()) {
      auto list = nlohmann::ordered_json::array();
      for (const Times& each : all)
        list.push_back({{"what", each.what},
                        {"times", each.ms.size()},
                        {"medianMs", each.quantile(0.5)},
                        {"p95Ms", each.quantile(0.95)}});
      printJson({{"runs", size_.runs}, {"points", size_.points}, {"measured", list}});
      return;
    }
    int width = 0;
    for (const Times& each : all) width = std::max(width, textWidth(each.what));
    fmt::print("{:<{}}  {:>6}  {:>9}  {:>9}\n", "milliseconds", width, "times", "median", "95 %");
    for (const Times& each : all)
      fmt::print("{:<{}}  {:>6}  {:>9.2f}  {:>9.2f}\n", each.what, width, each.ms.size(), each.quantile(0.5),
                 each.quantile(0.95));
  }

  std::string what_, folder_;
  SyntheticSize size_;
};

}  // namespace

std::unique_ptr<Command> makeBenchCommand(CLI::App& app) {
  return std::make_unique<BenchCommand>(app);
}

}  // namespace scanline
