#include "core/jobs/mirror.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/file_lock.h"
#include "core/base/run_program.h"
#include "core/store/store_copy.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::minutes kShortWork(10), kLongWork(12 * 60);  // of the copy there; of files on their way
constexpr const char* kCopyFile = ".copy.db";
constexpr int kSshFailed = 255;

/// For the shell of the other machine, whatever is in it.
std::string shellQuoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + '\'';
}

/// Another machine, by its shell.
class FarMachine {
 public:
  FarMachine(const MirrorSource& source, const Control& control) : source_(source), control_(control) {}

  /// What the commands say. Throws Error.
  std::string run(const std::string& commands) const {
    const ProgramEnd end = runProgram(
        {"sh", "-c", fmt::format("exec {} {} {}", source_.shell, shellQuoted(source_.host), shellQuoted(commands))},
        kShortWork, control_);
    if (end.code == 0) return end.out;
    const std::string said = end.err.empty() ? fmt::format("exit code {}", end.code) : end.err;
    if (end.code == kSshFailed) throw Error(fmt::format("{} cannot be reached: {}", source_.host, said));
    if (end.code == 127)
      throw Error(fmt::format("There is no program {} here. Install it, or name another.",
                              source_.shell.substr(0, source_.shell.find(' '))));
    throw Error(fmt::format("{} answers: {}", source_.host, said));
  }

  /// Files from there. Throws Error.
  void fetch(const std::string& from, const fs::path& to, const std::vector<std::string>& options) const {
    std::vector<std::string> words{"rsync",     "--recursive",    "--links", "--times",
                                   "--partial", "--protect-args", "-e",      source_.shell};
    words.insert(words.end(), options.begin(), options.end());
    words.push_back(fmt::format("{}:{}", source_.host, from));
    words.push_back(to.string());
    const ProgramEnd end = runProgram(words, kLongWork, control_);
    constexpr int kVanished = 24;  // files that a run removed meanwhile
    if (end.code != 0 && end.code != kVanished)
      throw Error(fmt::format("The files of {} cannot be fetched: {}", source_.host,
                              end.err.empty() ? fmt::format("rsync ended with exit code {}.", end.code) : end.err));
  }

 private:
  const MirrorSource& source_;
  const Control& control_;
};

/// "~" is the other machine's business; everything else stands as it is.
std::string farFolder(const std::string& folder) {
  if (folder == "~") return ".";
  return folder.starts_with("~/") ? folder.substr(2) : folder;  // ssh begins in the home folder
}

/// Copies the store there, and says where the copy is.
std::string copyThere(const FarMachine& machine, const MirrorSource& source) {
  return machine.run(fmt::format(
      "cd {0} || exit 3; test -f scanline.db || {{ echo {1} >&2; exit 3; }}; "
      "copy=$(mktemp -d \"${{TMPDIR:-/tmp}}/scanline-copy-XXXXXX\") || exit 3; "
      "if command -v {2} >/dev/null 2>&1; then {2} copy-store \"$copy/scanline.db\" --workspace . >&2; "
      "elif command -v sqlite3 >/dev/null 2>&1; then sqlite3 -readonly scanline.db '.timeout 20000' \".backup '$copy/scanline.db'\" >&2; "
      "else echo {3} >&2; false; fi && echo \"$copy\" || {{ rm -rf \"$copy\"; exit 4; }}",
      shellQuoted(farFolder(source.folder)), shellQuoted(source.folder + " is no workspace of Scanline."),
      shellQuoted(source.program), shellQuoted("Neither scanline-cli nor sqlite3 is there to copy the store.")));
}

/// Those of the processes that live there still; the copy is removed.
std::vector<ProcessIdentity> livingThere(const FarMachine& machine, const std::string& copy,
                                         std::vector<ProcessIdentity> processes) {
  std::string commands = "cat /proc/sys/kernel/random/boot_id; ";
  for (const ProcessIdentity& each : processes) commands += fmt::format("cat /proc/{}/stat 2>/dev/null; ", each.pid);
  std::istringstream answer(machine.run(commands + fmt::format("rm -rf {}", shellQuoted(copy))));
  std::string boot;
  std::getline(answer, boot);
  std::vector<ProcessIdentity> living;
  for (std::string line; std::getline(answer, line);)
    if (auto process = processOfStat(line, boot); process && std::ranges::find(processes, *process) != processes.end())
      living.push_back(*process);
  for (const ProcessIdentity& each : processes)
    if (isOfCluster(each)) living.push_back(each);
  return living;
}

nlohmann::json mirrorJson(const MirrorSource& source) {
  return {{"host", source.host},
          {"folder", source.folder},
          {"shell", source.shell},
          {"program", source.program},
          {"withCheckpoints", source.withCheckpoints}};
}

}  // namespace

MirrorSource readMirrorSource(const std::string& text) {
  const size_t colon = text.find(':');
  MirrorSource source;
  if (colon != std::string::npos) {
    source.host = text.substr(0, colon);
    source.folder = text.substr(colon + 1);
  }
  const bool isHost = !source.host.empty() && source.host.front() != '-' && source.host.find('/') == std::string::npos;
  if (!isHost || source.folder.empty())
    throw Error(
        fmt::format("A workspace on another machine is written HOST:FOLDER, as user@machine:/data/runs; \"{}\" "
                    "is not.",
                    text));
  return source;
}

bool isMirror(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / kMirrorFile, ignored);
}

MirrorSource mirrorSourceOf(const fs::path& mirror) {
  const fs::path file = mirror / kMirrorFile;
  if (!isMirror(mirror)) throw Error(fmt::format("{} is no mirror of another workspace.", mirror.string()));
  try {
    const auto values = nlohmann::json::parse(readFile(file, 1 << 20));
    MirrorSource source;
    source.host = values.at("host").get<std::string>();
    source.folder = values.at("folder").get<std::string>();
    source.shell = values.value("shell", source.shell);
    source.program = values.value("program", source.program);
    source.withCheckpoints = values.value("withCheckpoints", false);
    return source;
  } catch (const nlohmann::json::exception& problem) {
    throw Error(fmt::format("{} does not say where the mirror comes from: {}.", file.string(), problem.what()));
  }
}

void makeMirror(const fs::path& mirror, const MirrorSource& source) {
  std::error_code error;
  if (isMirror(mirror)) {
    const MirrorSource there = mirrorSourceOf(mirror);
    if (there.host != source.host || there.folder != source.folder)
      throw Error(
          fmt::format("{} is a mirror of {}:{}. Choose another folder.", mirror.string(), there.host, there.folder));
  } else if (fs::exists(mirror, error) && !fs::is_empty(mirror, error)) {
    throw Error(fmt::format("{} is not empty. A mirror needs a folder of its own.", mirror.string()));
  }
  fs::create_directories(mirror, error);
  if (error) throw Error(fmt::format("{} cannot be made: {}.", mirror.string(), error.message()));
  writeFileAtomically(mirror / kMirrorFile, mirrorJson(source).dump(1));
}

bool refreshMirror(const fs::path& mirror, const Control& control) {
  const MirrorSource source = mirrorSourceOf(mirror);
  const FileLock lock(mirror / ".refresh.lock");
  if (!lock.isHeld()) return false;
  const FarMachine machine(source, control);
  const std::string copy = copyThere(machine, source);
  std::vector<ProcessIdentity> living;
  try {
    // Blocks that are here already are not sent. Times mean nothing: the copy here was written to since.
    machine.fetch(copy + "/scanline.db", mirror / kCopyFile, {"--inplace", "--no-whole-file", "--ignore-times"});
    living = livingThere(machine, copy, processesOfCopy(mirror / kCopyFile));
  } catch (...) {
    try {
      machine.run(fmt::format("rm -rf {}", shellQuoted(copy)));
    } catch (const std::exception&) {  // it lies in a folder for temporary files
    }
    throw;
  }
  // The files first: a row that names one finds it.
  std::vector<std::string> options{"--delete"};  // of what the filters let through
  if (!source.withCheckpoints) options.emplace_back("--exclude=/runs/*/checkpoints/");
  for (const char* filter : {"--include=/runs/", "--include=/runs/**", "--exclude=*"}) options.emplace_back(filter);
  machine.fetch(farFolder(source.folder) + '/', mirror, options);
  takeStoreCopy(mirror / kCopyFile, mirror, living);
  return true;
}

}  // namespace scanline
