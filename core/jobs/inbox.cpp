#include "core/jobs/inbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "core/base/atomic_file.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/file_bytes.h"
#include "core/base/file_lock.h"
#include "core/base/passing_error.h"
#include "core/jobs/inbox_line.h"
#include "core/jobs/whole_lines.h"
#include "core/spec/spec_text.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t kLongestLine = 4 << 20;  // bytes; longer than any of scanline_log.py's
constexpr uint64_t kRemembered = 1 << 20;   // bytes after which the place is written down again
constexpr const char* kEnding = ".jsonl";
constexpr const char* kWhereNobodySees =
    "The program that logged it ended without finish(), or runs where Scanline cannot see it.";

std::vector<std::string> logsIn(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code ignored;  // a folder that cannot be looked at has no logs
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (entry.path().extension() == kEnding && entry.symlink_status(ignored).type() == fs::file_type::regular)
      names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

}  // namespace

/// How far one file was taken.
struct Inbox::File {
  bool refused = false;  ///< it is no log, or its run was deleted: it is left alone
  std::string uuid;      ///< of its run; empty: not begun
  RunId run;
  bool begun = false;  ///< the run is there for people to see
  uint64_t offset = 0, remembered = 0;
  std::string note;  ///< the text beside the file, as this process wrote or read it
  ProcessIdentity writer;
  int64_t lastStep = -1, lastMs = 0;
  bool isOver = false;  ///< the log says so
  bool isLost = false;  ///< the program is gone, and the log does not say so
};

/// Takes the new lines of one file.
class Inbox::Taker {
 public:
  Taker(RunStore& store, const fs::path& folder, const std::string& name, File& file, InboxNews& news)
      : store_(store), path_(folder / name), notePath_(folder / ("." + name + ".taken")), file_(file), news_(news) {}

  void take(const Control& control) {
    recall();
    if (file_.refused) return;
    const FileBytes bytes(path_);
    while (!file_.refused && !file_.isOver && file_.offset != bytes.size()) {
      control.check();
      const std::string text = wholeLines(bytes, file_.offset, kLongestLine);
      if (text.empty()) break;
      takeLines(text);
    }
    if (!file_.refused) settle();
  }

 private:
  /// Notes that this or another process wrote about the file.
  void recall() {
    std::error_code ignored;
    if (fs::exists(notePath_, ignored)) {
      const std::string note = readFile(notePath_, 4096);
      const auto noted = nlohmann::json::parse(note, nullptr, false);
      if (note != file_.note && noted.is_object()) {
        file_ = File{.uuid = noted.value("run", ""), .begun = noted.value("begun", false), .note = note};
        file_.offset = file_.remembered = noted.value("offset", uint64_t{0});
        file_.isLost = noted.value("lost", false);
        recallRun();
      }
    }
    if (file_.begun || file_.uuid.empty()) return;
    // It was cut off before the run was there for people to see.
    if (file_.run.value != 0) store_.purge(file_.run);
    file_ = File{};
  }

  void recallRun() {
    const auto run = store_.find(file_.uuid);
    if (run && store_.run(*run).uuid == file_.uuid) {
      file_.run = *run;
      file_.lastStep = store_.run(*run).step;
      if (file_.begun) recallWriter();
    } else if (file_.begun) {
      file_.refused = true;  // a person deleted the run; its log stays as it is
    }
  }

  /// The header says who writes; it was taken before.
  void recallWriter() {
    const FileBytes bytes(path_);
    const auto head = bytes.read(0, std::min<uint64_t>(kLongestLine, bytes.size()));
    const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
    try {
      file_.writer = readInboxHeader(text.substr(0, text.find('\n'))).writer;
    } catch (const Error& error) {
      refuse(error.what());
    }
  }

  void remember() {
    file_.note =
        nlohmann::json{{"run", file_.uuid}, {"begun", file_.begun}, {"offset", file_.offset}, {"lost", file_.isLost}}
            .dump();
    file_.remembered = file_.offset;
    writeFileAtomically(notePath_, file_.note);
  }

  void refuse(const std::string& why) {
    file_.refused = true;
    news_.warnings.push_back(fmt::format("{} was left alone: {}.", path_.string(), why));
  }

  /// Whole lines from file_.offset on, which then stands behind them.
  void takeLines(std::string_view text) {
    const uint64_t begin = file_.offset;
    size_t at = 0;
    if (!file_.begun) {
      at = text.find('\n') + 1;
      try {
        header_ = readInboxHeader(text.substr(0, at - 1));
      } catch (const Error& error) {
        return refuse(error.what());
      }
      beginRun(at);
    }
    Lines lines;
    while (at < text.size() && !lines.isOver) {
      const size_t end = text.find('\n', at);
      takeLine(text.substr(at, end - at), lines);
      at = end + 1;
    }
    if (lines.bad > 0) {
      const auto sentence = fmt::format("{}: {} lines were passed over, the first because {}.", path_.string(),
                                        lines.bad, lines.firstBad);
      news_.warnings.push_back(sentence);
      lines.add(LogLine{LogLine::Level::Warning, sentence}, nowMs());
    }
    store_.append(file_.run, lines.events, lines.times);
    if (file_.lastStep >= 0) store_.setStep(file_.run, file_.lastStep);
    news_.points += lines.points;
    file_.isOver = lines.isOver;
    file_.offset = begin + at;  // only now: lines that could not be stored are read again
    if (file_.offset - file_.remembered >= kRemembered) remember();
  }

  struct Lines {
    std::vector<TrainEvent> events;
    std::vector<int64_t> times;
    int64_t points = 0, bad = 0;
    std::string firstBad;
    bool isOver = false;

    void add(TrainEvent event, int64_t timeMs) {
      events.push_back(std::move(event));
      times.push_back(timeMs);
    }
  };

  void takeLine(std::string_view text, Lines& lines) {
    InboxLine line;
    try {
      line = readInboxLine(text);
    } catch (const Error& error) {
      if (lines.bad++ == 0) lines.firstBad = error.what();
      return;
    }
    if (line.timeMs > 0) file_.lastMs = line.timeMs;
    const int64_t at = file_.lastMs > 0 ? file_.lastMs : nowMs();
    if (line.end) {
      lines.isOver = true;
      return lines.add(*line.end, at);
    }
    lines.points += std::ssize(line.values->values);
    file_.lastStep = std::max(file_.lastStep, line.values->step);
    lines.add(*line.values, at);
  }

  /// A new run of the header, which ends at `offset`.
  void beginRun(uint64_t offset) {
    const InboxSettings settings = settingsOf(header_);
    file_.run = store_.beginImport(toToml(settings.spec), settings.known);
    file_.uuid = store_.run(file_.run).uuid;
    file_.writer = header_.writer;
    remember();
    std::vector<std::string> tags{"logged"};
    if (!header_.project.empty() && header_.project != tags.front()) tags.push_back(header_.project);
    store_.setTags(file_.run, tags);
    std::string config;
    for (const auto& [key, value] : header_.config)
      config += fmt::format("{}{} = {}", config.empty() ? "" : ", ", key, value);
    file_.lastMs = header_.timeMs > 0 ? header_.timeMs : nowMs();
    std::vector<TrainEvent> events{StateChanged{RunState::Running, ""}};
    if (!config.empty()) events.emplace_back(LogLine{LogLine::Level::Info, "Configuration: " + config});
    store_.append(file_.run, events, std::vector<int64_t>(events.size(), file_.lastMs));
    if (isAlive(file_.writer)) store_.setOwner(file_.run, file_.writer);
    file_.begun = true;
    file_.offset = offset;
    remember();
    news_.begun.push_back(file_.run);
  }

  /// The end: of the run, or of a program that said nothing of it.
  void settle() {
    if (!file_.begun) return;
    if (!file_.isOver) {
      if (file_.isLost || isAlive(file_.writer)) return;
      const TrainEvent end = StateChanged{RunState::Interrupted, kWhereNobodySees};
      const int64_t at = file_.lastMs > 0 ? file_.lastMs : nowMs();
      store_.append(file_.run, std::span(&end, 1), std::span(&at, 1));
      file_.isLost = true;
      remember();
      news_.ended.push_back(file_.run);
      return;
    }
    news_.ended.push_back(file_.run);
    remember();
    const fs::path done = path_.parent_path() / "done";
    std::error_code error;
    fs::create_directories(done, error);
    fs::rename(path_, done / path_.filename(), error);
    if (!error) fs::remove(notePath_, error);
  }

  RunStore& store_;
  fs::path path_, notePath_;
  File& file_;
  InboxNews& news_;
  InboxHeader header_;
};

Inbox::Inbox(fs::path workspace) : folder_(std::move(workspace) / "inbox") {}
Inbox::~Inbox() = default;

InboxNews Inbox::poll(RunStore& store, const Control& control) {
  InboxNews news;
  const auto names = logsIn(folder_);
  std::erase_if(files_, [&](const auto& each) { return !std::ranges::binary_search(names, each.first); });
  if (names.empty()) return news;
  const FileLock lock(folder_ / ".lock");  // one process at a time takes lines
  if (!lock.isHeld()) return news;
  for (const std::string& name : names) {
    File& file = files_[name];
    std::error_code error;
    const auto size = fs::file_size(folder_ / name, error);
    const bool isStill = file.begun && size == file.offset && (file.isLost || isAlive(file.writer));
    if (error || file.refused || isStill) continue;
    try {
      Taker(store, folder_, name, file, news).take(control);
    } catch (const PassingError&) {
      throw;  // the store or the disk: the next time tries again
    } catch (const Error& problem) {
      file.refused = true;
      if (file.begun && !store.find(file.uuid)) continue;  // a person deleted the run meanwhile
      news.warnings.push_back(fmt::format("{} was left alone: {}", (folder_ / name).string(), problem.what()));
    }
  }
  std::erase_if(files_, [](const auto& each) { return each.second.isOver; });
  return news;
}

}  // namespace scanline
