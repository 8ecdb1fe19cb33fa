#include "core/jobs/slurm.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/run_program.h"

namespace scanline {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* kClusterFile = "cluster.json";
constexpr std::chrono::seconds kSlurmPatience(20);
/// Seconds before its time limit at which a job is told; Slurm may be a minute early.
constexpr int kNotice = 120;

ProgramEnd askSlurm(const std::vector<std::string>& words, const Control& control) {
  ProgramEnd end = runProgram(words, kSlurmPatience, control);
  if (end.code == 0) return end;
  const std::string sentence =
      fmt::format("{} failed: {}", words.front(), end.err.empty() ? fmt::format("exit code {}.", end.code) : end.err);
  // "Socket timed out on send/recv operation": the request may have arrived.
  if (end.err.find("timed out") != std::string::npos) throw NoAnswer(sentence);
  throw Error(sentence);
}

/// The words of each line of an answer, divided by '|'; the last one may hold further ones. Lines with fewer are left
/// out.
std::vector<std::vector<std::string>> linesOf(const std::string& answer, size_t words) {
  std::vector<std::vector<std::string>> lines;
  for (size_t at = 0; at < answer.size();) {
    const size_t end = std::min(answer.find('\n', at), answer.size());
    std::vector<std::string> line;
    for (size_t bar = 0; line.size() + 1 < words && (bar = std::min(answer.find('|', at), end)) < end; at = bar + 1)
      line.push_back(answer.substr(at, bar - at));
    line.push_back(answer.substr(at, end - at));
    if (line.size() == words) lines.push_back(std::move(line));
    at = end + 1;
  }
  return lines;
}

ProgramEnd askQueue(std::vector<std::string> options, const Control& control) {
  std::vector<std::string> words{"squeue", "--noheader", fmt::format("--user={}", ::geteuid())};
  std::ranges::move(options, std::back_inserter(words));
  return askSlurm(words, control);
}

bool isOneLine(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

/// For the shell, whatever is in it.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + '\'';
}

bool isJobId(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// The value behind "Key=" in a line of `scontrol show -o`.
std::string scontrolValue(const std::string& text, const std::string& key) {
  const size_t at = (' ' + text).find(' ' + key + '=');
  if (at == std::string::npos) return {};
  const size_t from = at + key.size() + 1;
  return text.substr(from, text.find(' ', from) - from);
}

}  // namespace

void checkClusterSettings(const ClusterSettings& settings) {
  if (!settings.folder.empty() && !fs::path(settings.folder).is_absolute())
    throw Error(
        fmt::format("The shared folder of the cluster has to be an absolute path, not \"{}\".", settings.folder));
  if (settings.nodes < 1 || settings.tasks < 1)
    throw Error("A job needs at least one machine, and one process on each.");
  const auto requireOneLine = [](const std::string& text) {
    if (!isOneLine(text))
      throw Error(fmt::format("A setting of the cluster is one line of text: \"{}\" is not.", text));
  };
  for (const std::string* each :
       {&settings.folder, &settings.program, &settings.partition, &settings.timeLimit, &settings.gres})
    requireOneLine(*each);
  for (const auto& lines : {settings.lines, settings.setup})
    for (const std::string& line : lines) requireOneLine(line);
  for (const std::string& line : settings.lines)
    if (!line.starts_with('-'))
      throw Error(fmt::format("An option of sbatch begins with a dash, as in --mem=8G: \"{}\" does not.", line));
}

ClusterSettings readClusterSettings(const fs::path& workspace) {
  const fs::path file = workspace / kClusterFile;
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return {};
  try {
    const json values = json::parse(readFile(file, 1 << 20));
    return {.folder = values.value("folder", ""),
            .program = values.value("program", ""),
            .partition = values.value("partition", ""),
            .timeLimit = values.value("timeLimit", ""),
            .gres = values.value("gres", ""),
            .nodes = values.value("nodes", 1),
            .tasks = values.value("tasks", 1),
            .lines = values.value("lines", std::vector<std::string>()),
            .setup = values.value("setup", std::vector<std::string>())};
  } catch (const json::exception& problem) {
    throw Error(fmt::format("The settings of the cluster in {} cannot be read: {}. Write them anew.", file.string(),
                            problem.what()));
  }
}

void writeClusterSettings(const fs::path& workspace, const ClusterSettings& settings) {
  checkClusterSettings(settings);
  const json values{{"folder", settings.folder},       {"program", settings.program}, {"partition", settings.partition},
                    {"timeLimit", settings.timeLimit}, {"gres", settings.gres},       {"nodes", settings.nodes},
                    {"tasks", settings.tasks},         {"lines", settings.lines},     {"setup", settings.setup}};
  writeFileAtomically(workspace / kClusterFile, values.dump(1, ' ', false, json::error_handler_t::replace));
}

std::string jobScript(const ClusterSettings& settings, const fs::path& folder, const std::string& name,
                      const fs::path& program) {
  checkClusterSettings(settings);
  const bool isShared = settings.nodes * settings.tasks > 1;
  std::string script = "#!/bin/sh\n";
  const auto option = [&](const std::string& text) { script += fmt::format("#SBATCH {}\n", text); };
  const auto value = [&](const char* key, const std::string& text) {
    if (text.empty()) return;
    if (text.find('"') != std::string::npos || !isOneLine(text))
      throw Error(fmt::format("{} cannot stand in the script of a job.", text));
    option(fmt::format("--{}=\"{}\"", key, text));
  };
  value("job-name", name);
  value("output", (folder / "job.log").string());
  option("--open-mode=append");
  option("--export=NONE");
  option("--requeue");
  // To the program itself: it takes the place of the script, or is what srun starts.
  option(fmt::format("--signal={}USR1@{}", isShared ? "" : "B:", kNotice));
  option(fmt::format("--nodes={}", settings.nodes));
  option(fmt::format("--ntasks-per-node={}", settings.tasks));
  value("partition", settings.partition);
  value("time", settings.timeLimit);
  value("gres", settings.gres);
  for (const std::string& line : settings.lines) option(line);
  script += "unset SLURM_EXPORT_ENV\n";  // else srun starts its tasks without the job's own environment
  script += fmt::format("echo \"$SLURM_JOB_ID\" >{}\n", quoted((folder / kJobIdFile).string()));
  for (const std::string& line : settings.setup) script += line + '\n';
  script +=
      fmt::format("exec {}{} train-in {}\n", isShared ? "srun --kill-on-bad-exit=1 " : "",
                  quoted(settings.program.empty() ? program.string() : settings.program), quoted(folder.string()));
  return script;
}

std::string submitJob(const fs::path& script, const Control& control) {
  std::string id = askSlurm({"sbatch", "--parsable", script.string()}, control).out;
  id = id.substr(0, id.find(';'));  // "id;cluster"
  if (!isJobId(id)) throw Error(fmt::format("sbatch named no job, but said: {}", id));
  return id;
}

std::map<std::string, SlurmJob> askForJobs(const Control& control) {
  std::map<std::string, SlurmJob> jobs;
  for (auto& line : linesOf(askQueue({"--format=%i|%T|%r"}, control).out, 3)) jobs[line[0]] = {line[1], line[2], ""};
  return jobs;
}

std::optional<std::string> askForJobOf(const fs::path& script, const Control& control) {
  for (const auto& line : linesOf(askQueue({"--states=all", "--format=%i|%o"}, control).out, 2))
    if (line[1] == script.string() && isJobId(line[0])) return line[0];
  return std::nullopt;
}

std::optional<SlurmJob> askForEndedJob(const std::string& job, const Control& control) {
  const ProgramEnd end = runProgram({"scontrol", "show", "job", "--oneliner", job}, kSlurmPatience, control);
  if (end.code != 0) return std::nullopt;  // Slurm forgets a job after some minutes
  return SlurmJob{scontrolValue(end.out, "JobState"), scontrolValue(end.out, "Reason"),
                  scontrolValue(end.out, "ExitCode")};
}

void cancelJob(const std::string& job, const Control& control) {
  askSlurm({"scancel", job}, control);
}

}  // namespace scanline
