#include "core/base/record_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QTest>
#include <algorithm>
#include <csignal>
#include <fstream>
#include <thread>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/mapped_rows.h"
#include "tests/support/largest_allocation.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

constexpr int64_t kRecord = 1024, kCount = 5000;  // five chunks of a MB

/// Record i holds numbers that follow from i, and every 100th has a mark.
void fillRecords(int64_t first, std::span<std::byte> records, std::span<uint8_t> marks) {
  for (size_t i = 0; i < marks.size(); ++i) {
    const auto row = static_cast<size_t>(first) + i;
    marks[i] = row % 100 == 7;
    for (size_t k = 0; k < kRecord; ++k) records[i * kRecord + k] = static_cast<std::byte>(row * 31 + k * 7);
  }
}

RecordPlan planOf(const fs::path& file) {
  return {.file = file, .count = kCount, .recordBytes = kRecord, .contents = "numbers"};
}

std::string bytesOf(const fs::path& file) {
  return readFile(file, 1 << 26);
}

void change(const fs::path& file, int64_t at) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(at);
  const int byte = stream.get();
  stream.seekp(at);
  stream.put(static_cast<char>(byte ^ 1));
}

}  // namespace

class RecordFileTest : public QObject {
  Q_OBJECT

  /// The file made without disturbance, and the records that `fill` was asked for when it was opened again after
  /// `damage`.
  std::vector<int64_t> madeAgain(const fs::path& file, const std::function<void()>& damage) {
    openRecordFile(planOf(file), fillRecords);
    damage();
    std::vector<int64_t> asked;
    openRecordFile(planOf(file), [&](int64_t first, auto records, auto marks) {
      asked.push_back(first);
      fillRecords(first, records, marks);
    });
    return asked;
  }

 private slots:
  /// The lock's holder may remove it with the file; then whoever waits has to lock the file that comes after it.
  void aLockThatWasRemovedMeanwhileIsTakenAnew() {
    const TempFolder folder;
    const std::filesystem::path lock = folder / "file.lock";
    const int held = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    QVERIFY(held >= 0 && ::flock(held, LOCK_EX) == 0);
    std::jthread waiting([&] { openRecordFile(planOf(folder / "file"), fillRecords); });
    std::this_thread::sleep_for(std::chrono::milliseconds(150));  // it waits by now
    const bool isEarly = std::filesystem::exists(folder / "file");
    std::filesystem::remove(lock);
    ::close(held);
    waiting.join();
    QVERIFY(!isEarly);
    QVERIFY(std::filesystem::exists(lock));
  }

  void recordsAndMarksAreWhatWasFilledIn() {
    const TempFolder folder;
    const RecordFile made = openRecordFile(planOf(folder / "sub/r"), fillRecords);
    QCOMPARE(std::ssize(made.marks), kCount);
    QCOMPARE(std::ranges::count(made.marks, 1), 50);
    QCOMPARE(int{made.marks[107]}, 1);
    QCOMPARE(made.mapped->bytes().size(), static_cast<size_t>(kCount * kRecord));
    const MappedRows rows(made.mapped, 0, kRecord, {4999, 3});
    QCOMPARE(std::to_integer<int>(rows.row(0)[2]), (4999 * 31 + 14) % 256);
    QCOMPARE(std::to_integer<int>(rows.row(1)[0]), 93);
  }

  void itIsMadeOnce() {
    const TempFolder folder;
    QVERIFY(madeAgain(folder / "r", [] {}).empty());
    const RecordFile again =
        openRecordFile(planOf(folder / "r"), [](int64_t, auto, auto) { throw Error("made again"); });
    QCOMPARE(std::ranges::count(again.marks, 1), 50);
  }

  /// Killed between and within chunks, by a signal that nobody can catch, it ends up the same.
  void aKilledMakerIsGoneOnWith() {
    const TempFolder folder;
    openRecordFile(planOf(folder / "whole"), fillRecords);
    const pid_t child = ::fork();
    if (child == 0) {
      openRecordFile(planOf(folder / "killed"), [](int64_t first, auto records, auto marks) {
        fillRecords(first, records, marks);
        if (first > 2000) ::kill(::getpid(), SIGKILL);
      });
      ::_exit(0);
    }
    int status = 0;
    QCOMPARE(::waitpid(child, &status, 0), child);
    QVERIFY(WIFSIGNALED(status));
    QVERIFY(fs::file_size(folder / "killed") < fs::file_size(folder / "whole"));
    {  // the rest of a chunk that was being written
      std::ofstream torn(folder / "killed", std::ios::app | std::ios::binary);
      torn << std::string(1000, 'x');
    }
    int64_t first = -1;
    openRecordFile(planOf(folder / "killed"), [&](int64_t begin, auto records, auto marks) {
      if (first < 0) first = begin;
      fillRecords(begin, records, marks);
    });
    QVERIFY(first > 0);
    QVERIFY(bytesOf(folder / "killed") == bytesOf(folder / "whole"));
    QVERIFY(bytesOf(folder / "killed.sums") == bytesOf(folder / "whole.sums"));
  }

  void aStopIsHeardAndGoneOnWith() {
    const TempFolder folder;
    openRecordFile(planOf(folder / "whole"), fillRecords);
    const Control stop({.report = [](int64_t done, int64_t total) {
      if (done >= total / 2) throw Stopped();
    }});
    QVERIFY_THROWS_EXCEPTION(Stopped, openRecordFile(planOf(folder / "stopped"), fillRecords, stop));
    int64_t last = 0;
    openRecordFile(planOf(folder / "stopped"), fillRecords,
                   Control({.report = [&](int64_t done, int64_t) { last = done; }}));
    QCOMPARE(last, kCount);
    QVERIFY(bytesOf(folder / "stopped") == bytesOf(folder / "whole"));
  }

  void damagedRecordsAreMadeAgain() {
    const TempFolder folder;
    QCOMPARE(madeAgain(folder / "r", [&] { change(folder / "r", 2'500'000); }), std::vector<int64_t>{2048});
    openRecordFile(planOf(folder / "whole"), fillRecords);
    QVERIFY(bytesOf(folder / "r") == bytesOf(folder / "whole"));
  }

  void damagedSumsAndMarksAreMadeAgain() {
    const TempFolder folder;
    QCOMPARE(madeAgain(folder / "a", [&] { change(folder / "a.sums", 40); }), std::vector<int64_t>{0});
    QCOMPARE(std::ssize(madeAgain(folder / "b", [&] { change(folder / "b.sums", 9); })), 5);  // the head
    QCOMPARE(std::ssize(madeAgain(folder / "c", [&] { fs::remove(folder / "c.sums"); })), 5);
    QCOMPARE(std::ssize(madeAgain(folder / "d", [&] { fs::resize_file(folder / "d", 1 << 20); })), 4);
  }

  void aFileOfOtherRecordsIsNoneOfThese() {
    const TempFolder folder;
    openRecordFile(planOf(folder / "r"), fillRecords);
    RecordPlan other = planOf(folder / "r");
    other.count = 4000;
    const RecordFile made = openRecordFile(other, fillRecords);
    QCOMPARE(made.mapped->bytes().size(), size_t{4000 * kRecord});
  }

  void littleOfItIsInMemory() {
    const TempFolder folder;
    RecordPlan plan = planOf(folder / "r");
    plan.count = 40'000;  // 40 MB
    largestAllocation = 0;
    openRecordFile(plan, fillRecords);
    QVERIFY2(largestAllocation < 3 << 20, std::to_string(largestAllocation).c_str());
  }

  void noRecordsNeedNoFile() {
    const RecordFile none = openRecordFile({.file = "/nowhere/at all", .count = 0, .recordBytes = 1}, fillRecords);
    QVERIFY(!none.mapped && none.marks.empty());
  }
};

QTEST_APPLESS_MAIN(RecordFileTest)
#include "record_file_test.moc"
