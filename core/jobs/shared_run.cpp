#include "core/jobs/shared_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "core/base/error.h"
#include "core/base/scratch_folder.h"
#include "core/jobs/run_data.h"
#include "core/run/environment.h"
#include "core/run/fingerprint.h"
#include "core/run/loop.h"
#include "core/run/run_folder.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kRun = "run\n";

/// How far a process has come with its preparation: plain bytes, since it is sent.
struct Progress {
  char problem[512] = {};
  char fingerprint[80] = {};
  char processor[160] = {};  ///< the instructions that it computes by
};

template <size_t N>
void put(char (&to)[N], std::string_view text) {
  std::memcpy(to, text.data(), std::min(text.size(), N - 1));
}

/// The progress of every process. Some may read data for hours.
std::vector<Progress> gathered(ProcessGroup& group, const Progress& own) {
  std::vector<Progress> all(static_cast<size_t>(group.size()));
  group.gather(std::as_bytes(std::span(&own, 1)), std::as_writable_bytes(std::span(all)), /*patient=*/true);
  return all;
}

void throwProblems(const std::vector<Progress>& all) {
  for (size_t r = 1; r < all.size(); ++r)
    if (all[r].problem[0] != '\0') throw Error(fmt::format("Process {} of {}: {}", r, all.size(), all[r].problem));
}

std::string processorOf(const Trainer& trainer) {
  const RunPrepared prepared{.environment = trainer.environment()};
  return fmt::format("{}, {}, {}", environmentValue(prepared, "Device"), environmentValue(prepared, "Instruction set"),
                     environmentValue(prepared, "Kernels"));
}

/// A trainer made while the others make theirs. Throws the problem of this process, or of another one in process 0.
std::unique_ptr<Trainer> makeWithOthers(Engine& engine, const RunSpec& spec, RunData data) {
  ProcessGroup& group = *engine.group();
  Progress own;
  std::unique_ptr<Trainer> trainer;
  std::exception_ptr failure;
  try {
    data.group = &group;
    trainer = engine.makeTrainer(spec, std::move(data));
    put(own.processor, processorOf(*trainer));
  } catch (const std::exception& problem) {
    failure = std::current_exception();
    put(own.problem, failureSentence(problem));
  }
  const auto all = gathered(group, own);
  if (failure && group.rank() > 0) throw Error(own.problem);  // process 0 knows it, and decides
  if (failure) std::rethrow_exception(failure);
  if (group.rank() > 0) return trainer;
  throwProblems(all);
  for (size_t r = 1; r < all.size(); ++r)
    if (std::string_view(all[r].processor) != all[0].processor)
      throw Error(fmt::format(
          "Process {} of {} computes by other instructions ({}) than process 0 ({}), so its results would differ in their last digits. Start the processes on machines of one kind.",
          r, all.size(), all[r].processor, all[0].processor));
  return trainer;
}

/// Files of a run for a process that does not write into its folder.
class BorrowedFolder {
 public:
  BorrowedFolder(const fs::path& of, const Palette& palette) {
    if (palette.size() > 0) savePalette(path() / kPaletteFile, palette);
    // The model is process 0's to read; the codes of a VQ-VAE are made by everyone.
    if (fs::exists(of / kVqvaeFile)) linkOrCopy(of / kVqvaeFile, path() / kVqvaeFile);
  }
  const fs::path& path() const { return folder_.path(); }

 private:
  ScratchFolder folder_{"scanline-process"};
};

Palette hearPalette(ProcessGroup& group, int64_t colours) {
  std::vector<Colour> list(static_cast<size_t>(colours));
  group.broadcast(std::as_writable_bytes(std::span(list)), /*patient=*/false);
  return Palette(std::move(list));
}

/// One run, until process 0 says something else, which is returned.
std::string followRun(Engine& engine, const std::string& message, const std::function<void(const std::string&)>& say) {
  ProcessGroup& group = *engine.group();
  const size_t first = message.find('\n', kRun.size()), second = message.find('\n', first + 1);
  const fs::path folder = message.substr(kRun.size(), first - kRun.size());
  const Palette palette = hearPalette(group, std::stoll(message.substr(first + 1, second - first - 1)));
  Progress own;
  std::optional<RunData> data;
  std::optional<BorrowedFolder> borrowed;
  RunSpec spec;
  try {
    spec = fromToml(message.substr(second + 1), "the settings that process 0 sent");
    borrowed.emplace(folder, palette);
    RunPrepared prepared;
    const PrepareContext context{.begin = [](const std::string&) {}, .control = {}, .warn = [](const std::string&) {}};
    data = readRunData(spec, borrowed->path(), engine, context, prepared);
    const DataFacts facts = examineData(*data, {});
    data->tokensBelow = facts.tokensBelow;
    put(own.fingerprint, facts.fingerprint);
  } catch (const std::exception& problem) {
    put(own.problem, failureSentence(problem));
    say(failureSentence(problem));
  }
  const auto all = gathered(group, own);
  const bool isSound = std::ranges::all_of(all, [&](const Progress& each) {
    return each.problem[0] == '\0' && std::string_view(each.fingerprint) == all[0].fingerprint;
  });
  if (!isSound) return hear(group);
  try {
    return makeWithOthers(engine, spec, std::move(*data))->follow();
  } catch (const GroupLost&) {
    throw;
  } catch (const Error& problem) {
    say(problem.what());
    return hear(group);
  }
}

}  // namespace

std::unique_ptr<Trainer> makeSharedTrainer(Engine& engine, const RunSpec& spec, RunData data, const fs::path& folder,
                                           const std::string& fingerprint) {
  ProcessGroup* group = engine.group();
  if (group == nullptr || group->size() == 1) return engine.makeTrainer(spec, std::move(data));
  requireShareable(spec, group->size());
  tell(*group, fmt::format("{}{}\n{}\n{}", kRun, fs::absolute(folder).string(), data.palette.size(), toToml(spec)));
  std::vector<Colour> colours(data.palette.colours().begin(), data.palette.colours().end());
  group->broadcast(std::as_writable_bytes(std::span(colours)), /*patient=*/false);
  Progress own;
  put(own.fingerprint, fingerprint);
  const auto all = gathered(*group, own);
  throwProblems(all);
  for (size_t r = 1; r < all.size(); ++r)
    if (std::string_view(all[r].fingerprint) != fingerprint)
      throw Error(fmt::format(
          "The images that process {} of {} reads are not those of process 0. Put the same ones in the same place on every machine.",
          r, all.size()));
  return makeWithOthers(engine, spec, std::move(data));
}

void followRuns(Engine& engine, const std::function<void(const std::string&)>& say) {
  ProcessGroup& group = *engine.group();
  for (std::string message = hear(group); message != "end";)
    message = message.starts_with(kRun) ? followRun(engine, message, say) : hear(group);
}

}  // namespace scanline
