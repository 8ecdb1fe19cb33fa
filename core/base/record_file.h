#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/control.h"
#include "core/base/mapped_file.h"

namespace scanline {

/// The contents that a file of records is made for.
struct RecordPlan {
  std::filesystem::path file;  ///< the records, one after the other; beside it lie <file>.sums and <file>.lock
  int64_t count = 0;           ///< at most 2^32 - 1
  int64_t recordBytes = 0;
  std::string contents;  ///< "decoded images", for messages
};

struct RecordFile {
  std::shared_ptr<const MappedFile> mapped;  ///< null without records. Shared by all who read rows of it
  std::vector<uint8_t> marks;                ///< [count] the marks that `fill` gave the records
};

/// Makes the records first .. first + marks.size() - 1; marks come as 0. Throws to give up.
using RecordFill = std::function<void(int64_t first, std::span<std::byte> records, std::span<uint8_t> marks)>;

/// A large file that is made once and then read where it lies. It is made in chunks of a MB, in order; the checksum and
/// the marks of each chunk are written to <file>.sums after the chunk itself has reached the disk. So a file that was
/// being made when the program was stopped or killed is continued where it ended, with the same bytes as a result; and
/// chunks that do not match their checksums are made again. Only one chunk is ever in memory. Processes wait
/// for each other. Reports records that are there, checked or made, at least once a second while it waits.
/// Throws Stopped, Error if the disk is full or read-only, and the exceptions of `fill`. Can take hours.
RecordFile openRecordFile(const RecordPlan& plan, const RecordFill& fill, const Control& control = {});

/// Removes such a file with all that lies beside it, unless a process is making it. Its readers keep it. Faults of the
/// disk are ignored.
void removeRecordFile(const std::filesystem::path& file);

}  // namespace scanline
