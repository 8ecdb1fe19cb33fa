#include "core/foreign/tfevents_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "core/base/clock.h"
#include "core/base/crc32c.h"
#include "core/base/error.h"
#include "core/data/image_file.h"
#include "core/foreign/event_fields.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

double seconds(int64_t timeMs) {
  return static_cast<double>(timeMs) / 1e3;
}

ProtobufWriter event(int64_t step, int64_t timeMs) {
  ProtobufWriter message;
  message.float64(event_field::kWallTime, seconds(timeMs));
  if (step != 0) message.int64(event_field::kStep, step);
  return message;
}

}  // namespace

TfEventsWriter::TfEventsWriter(const fs::path& folder, std::optional<int64_t> startStep) {
  const int64_t now = nowMs();
  for (int n = 0; descriptor_ < 0; ++n) {
    file_ = folder / fmt::format("events.out.tfevents.{:010}.scanline.{:03}", now / 1000, n);
    descriptor_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (descriptor_ < 0 && errno != EEXIST)
      throw Error(fmt::format("{} cannot be created: {}. TensorBoard will not see this run.", file_.string(),
                              std::strerror(errno)));
  }
  auto first = event(0, now);
  first.text(event_field::kFileVersion, "brain.Event:2");
  addRecord(first);
  if (!startStep) return;
  ProtobufWriter session;
  session.varint(session_field::kStatus, session_field::kStart);
  auto start = event(*startStep, now);
  start.message(event_field::kSession, session);
  addRecord(start);
}

TfEventsWriter::~TfEventsWriter() {
  ::close(descriptor_);
}

void TfEventsWriter::addScalar(std::string_view tag, int64_t step, double value, int64_t timeMs) {
  ProtobufWriter message;
  message.text(value_field::kTag, tag);
  message.float32(value_field::kSimple, static_cast<float>(value));
  addSummary(step, timeMs, message);
}

void TfEventsWriter::addImage(std::string_view tag, int64_t step, const Image& image, int64_t timeMs) {
  ProtobufWriter picture;
  picture.int64(image_field::kHeight, image.height);
  picture.int64(image_field::kWidth, image.width);
  picture.varint(image_field::kColorspace, image_field::kRgb);
  picture.text(image_field::kEncoded, encodePng(image));
  ProtobufWriter message;
  message.text(value_field::kTag, tag);
  message.message(value_field::kImage, picture);
  addSummary(step, timeMs, message);
}

void TfEventsWriter::addSummary(int64_t step, int64_t timeMs, const ProtobufWriter& value) {
  ProtobufWriter summary;
  summary.message(summary_field::kValue, value);
  auto message = event(step, timeMs);
  message.message(event_field::kSummary, summary);
  addRecord(message);
}

void TfEventsWriter::addRecord(const ProtobufWriter& message) {
  const auto data = message.written();
  const auto put = [&](std::span<const std::byte> bytes) {
    waiting_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const uint32_t sum = maskedCrc32c(crc32c(bytes));
    waiting_.append(reinterpret_cast<const char*>(&sum), sizeof sum);
  };
  const uint64_t length = data.size();
  put(std::as_bytes(std::span(&length, 1)));
  put(data);
}

void TfEventsWriter::flush() {
  size_t done = 0;
  while (done < waiting_.size()) {
    const ssize_t count = ::write(descriptor_, waiting_.data() + done, waiting_.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int reason = errno;
      waiting_.erase(0, done);
      throw Error(
          fmt::format("{} cannot be written: {}. Free some space on its disk.", file_.string(), std::strerror(reason)));
    }
    done += static_cast<size_t>(count);
  }
  waiting_.clear();
}

}  // namespace scanline
