#include "core/base/record_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

#include "core/base/crc32c.h"
#include "core/base/error.h"
#include "core/base/parallel.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr int64_t kChunkBytes = 1 << 20;  ///< small, so that a stop is heard soon
constexpr int64_t kMostInChunk = 4096;

/// A file open for reading and writing at any place.
class OpenFile {
 public:
  explicit OpenFile(fs::path file)
      : file_(std::move(file)), descriptor_(::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    if (descriptor_ < 0) fail("cannot be written");
  }
  ~OpenFile() { ::close(descriptor_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int descriptor() const { return descriptor_; }
  /// Fewer than wanted at the end of the file.
  size_t readAt(int64_t at, std::span<std::byte> bytes) const {
    size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t got =
          ::pread(descriptor_, bytes.data() + done, bytes.size() - done, at + static_cast<int64_t>(done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail("cannot be read");
      if (got == 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }
  void writeAt(int64_t at, std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
      const ssize_t put = ::pwrite(descriptor_, bytes.data(), bytes.size(), at);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) fail("cannot be written");
      bytes = bytes.subspan(static_cast<size_t>(put));
      at += put;
    }
  }
  void sync() const {
    if (::fdatasync(descriptor_) != 0) fail("cannot be written to the disk");
  }
  void resize(int64_t bytes) const {
    if (::ftruncate(descriptor_, bytes) != 0) fail("cannot be brought to its size");
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    throw Error(
        fmt::format("{} {}: {}. It can be made again, so it may be removed; XDG_CACHE_HOME names another place.",
                    file_.string(), what, std::strerror(errno)));
  }

  fs::path file_;
  int descriptor_;
};

/// <file>.sums: a head with number and size of the records, then for each chunk its checksum, its marks and their sum.
class Sums {
 public:
  struct Head {
    std::array<char, 8> magic{'S', 'C', 'A', 'N', 'R', 'E', 'C', '1'};
    int64_t count = 0, recordBytes = 0, chunkRecords = 0;
    bool operator==(const Head&) const = default;
  };

  Sums(const fs::path& file, const Head& head)
      : file_(file), head_(head), entry_(8 + static_cast<size_t>(head.chunkRecords)) {
    Head found{.magic = {}};
    const size_t got = file_.readAt(0, std::as_writable_bytes(std::span(&found, 1)));
    if (got == sizeof found && found == head) return;
    file_.resize(0);  // of something else, or cut off
    file_.writeAt(0, std::as_bytes(std::span(&head_, 1)));
  }

  /// The checksum of the chunk's records, and its marks; false if there is no sound entry.
  bool read(int64_t chunk, uint32_t& sum, std::span<uint8_t> marks) {
    if (file_.readAt(place(chunk), std::as_writable_bytes(std::span(entry_))) != entry_.size()) return false;
    uint32_t own = 0;
    std::memcpy(&own, &entry_[entry_.size() - 4], 4);
    if (own != ownSum()) return false;
    std::memcpy(&sum, entry_.data(), 4);
    std::memcpy(marks.data(), &entry_[4], marks.size());
    return true;
  }
  void write(int64_t chunk, uint32_t sum, std::span<const uint8_t> marks) {
    std::ranges::fill(entry_, uint8_t{0});
    std::memcpy(entry_.data(), &sum, 4);
    std::memcpy(&entry_[4], marks.data(), marks.size());
    const uint32_t own = ownSum();
    std::memcpy(&entry_[entry_.size() - 4], &own, 4);
    file_.writeAt(place(chunk), std::as_bytes(std::span(entry_)));
    file_.sync();
  }

 private:
  int64_t place(int64_t chunk) const { return static_cast<int64_t>(sizeof(Head)) + chunk * std::ssize(entry_); }
  uint32_t ownSum() const { return crc32c(std::as_bytes(std::span(entry_)).first(entry_.size() - 4)); }

  OpenFile file_;
  Head head_;
  std::vector<uint8_t> entry_;
};

/// Whether an open file still has a name. A lock on one that was removed keeps nobody out: the next process makes and
/// locks another file.
bool hasName(int descriptor) {
  struct stat info {};
  return ::fstat(descriptor, &info) != 0 || info.st_nlink > 0;
}

/// Held while the file is looked through and made.
class Lock {
 public:
  Lock(const fs::path& file, const std::function<void()>& waiting) {
    using namespace std::chrono_literals;
    do {
      file_.emplace(file);
      while (::flock(file_->descriptor(), LOCK_EX | LOCK_NB) != 0) {  // goes with the descriptor
        waiting();
        std::this_thread::sleep_for(100ms);
      }
    } while (!hasName(file_->descriptor()));
  }

 private:
  std::optional<OpenFile> file_;
};

class Maker {
 public:
  Maker(const RecordPlan& plan, const RecordFill& fill, const Control& control)
      : plan_(plan),
        fill_(fill),
        control_(control),
        chunkRecords_(std::clamp<int64_t>(kChunkBytes / plan.recordBytes, 1, kMostInChunk)),
        chunks_((plan.count + chunkRecords_ - 1) / chunkRecords_) {}

  RecordFile make() {
    fs::create_directories(plan_.file.parent_path());
    const Lock lock(beside(".lock"), [this] { told(0); });
    RecordFile out{.mapped = nullptr, .marks = std::vector<uint8_t>(static_cast<size_t>(plan_.count))};
    {
      const OpenFile records(plan_.file);
      Sums sums(beside(".sums"),
                {.count = plan_.count, .recordBytes = plan_.recordBytes, .chunkRecords = chunkRecords_});
      const std::vector<char> sound = check(records, sums, out.marks);
      ensureSpace(records);
      for (int64_t chunk = 0; chunk < chunks_; ++chunk)
        if (!sound[static_cast<size_t>(chunk)]) makeChunk(chunk, records, sums, out.marks);
      records.resize(plan_.count * plan_.recordBytes);
    }
    out.mapped = std::make_shared<const MappedFile>(plan_.file);
    return out;
  }

 private:
  fs::path beside(const char* suffix) const { return fs::path(plan_.file).concat(suffix); }
  int64_t recordsIn(int64_t chunk) const { return std::min(chunkRecords_, plan_.count - chunk * chunkRecords_); }

  std::span<uint8_t> marksOf(int64_t chunk, std::vector<uint8_t>& marks) const {
    return std::span(marks).subspan(static_cast<size_t>(chunk * chunkRecords_), static_cast<size_t>(recordsIn(chunk)));
  }

  void told(int64_t records) {
    const std::scoped_lock lock(mutex_);
    done_ += records;
    control_.report(done_, plan_.count);
  }

  /// Which chunks are there and whole.
  std::vector<char> check(const OpenFile& records, Sums& sums, std::vector<uint8_t>& marks) {
    std::vector<char> sound(static_cast<size_t>(chunks_));
    std::vector<uint32_t> expected(sound.size());
    for (int64_t chunk = 0; chunk < chunks_; ++chunk)
      sound[static_cast<size_t>(chunk)] = sums.read(chunk, expected[static_cast<size_t>(chunk)], marksOf(chunk, marks));
    inParallel(chunks_, hardwareThreads(), [&](int64_t chunk) {
      const auto at = static_cast<size_t>(chunk);
      if (!sound[at]) return;
      std::vector<std::byte> bytes(static_cast<size_t>(recordsIn(chunk) * plan_.recordBytes));
      sound[at] = records.readAt(chunk * chunkRecords_ * plan_.recordBytes, bytes) == bytes.size() &&
                  crc32c(bytes) == expected[at];
      if (sound[at]) told(recordsIn(chunk));
    });
    return sound;
  }

  void ensureSpace(const OpenFile& records) const {
    struct stat status {};
    std::error_code error;
    const auto space = fs::space(plan_.file.parent_path(), error);
    if (error || ::fstat(records.descriptor(), &status) != 0) return;  // writing will tell
    const int64_t missing = plan_.count * plan_.recordBytes - status.st_size;
    if (missing > 0 && static_cast<uint64_t>(missing) > space.available)
      throw Error(fmt::format(
          "{} is to hold {} and needs {:.2f} GB more, but the disk has {:.2f} GB left. Make room, or set XDG_CACHE_HOME to a folder on another disk.",
          plan_.file.string(), plan_.contents, static_cast<double>(missing) / 1e9,
          static_cast<double>(space.available) / 1e9));
  }

  void makeChunk(int64_t chunk, const OpenFile& records, Sums& sums, std::vector<uint8_t>& marks) {
    buffer_.assign(static_cast<size_t>(recordsIn(chunk) * plan_.recordBytes), std::byte{0});
    const std::span<uint8_t> own = marksOf(chunk, marks);
    std::ranges::fill(own, uint8_t{0});
    fill_(chunk * chunkRecords_, buffer_, own);
    records.writeAt(chunk * chunkRecords_ * plan_.recordBytes, buffer_);
    records.sync();  // before the sum says that it is there
    sums.write(chunk, crc32c(buffer_), own);
    told(recordsIn(chunk));
  }

  const RecordPlan& plan_;
  const RecordFill& fill_;
  const Control& control_;
  int64_t chunkRecords_;
  int64_t chunks_;
  std::vector<std::byte> buffer_;
  std::mutex mutex_;  ///< guards done_ and the call of tell_
  int64_t done_ = 0;
};

}  // namespace

RecordFile openRecordFile(const RecordPlan& plan, const RecordFill& fill, const Control& control) {
  if (plan.count == 0) return {};
  if (plan.count > UINT32_MAX || plan.recordBytes < 1)
    throw Error(
        fmt::format("{} cannot hold {} records of {} bytes.", plan.file.string(), plan.count, plan.recordBytes));
  return Maker(plan, fill, control).make();
}

void removeRecordFile(const fs::path& file) {
  const std::string lock = file.string() + ".lock";
  const int descriptor = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0) return;
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0 && hasName(descriptor)) {
    std::error_code ignored;
    for (const std::string ending : {".sums", "", ".lock"}) fs::remove(file.string() + ending, ignored);
  }
  ::close(descriptor);
}

}  // namespace scanline
