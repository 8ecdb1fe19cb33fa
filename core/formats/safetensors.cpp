#include "core/formats/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstring>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/formats/strict_json.h"

namespace scanline {

namespace {

constexpr uint64_t kMaxHeader = 100'000'000;  // the format's own limit
constexpr size_t kLengthBytes = 8;
constexpr std::string_view kMetadata = "__metadata__";

/// A tensor as the header describes it; offsets count from the end of the header.
struct Entry {
  std::string name;
  Dtype dtype = Dtype::F32;
  std::vector<int64_t> shape;
  uint64_t begin = 0, end = 0;
};

[[noreturn]] void failEntry(const std::filesystem::path& file, std::string_view name, const std::string& what) {
  throw Error(fmt::format("{}: tensor {} {}. The file is damaged; get it again.", file.string(), name, what));
}

std::string headerText(const FileBytes& bytes) {
  const std::filesystem::path& file = bytes.path();
  if (bytes.size() < kLengthBytes)
    throw Error(
        fmt::format("{} has {} bytes, too few for a safetensors file. It was cut off or is another kind of file.",
                    file.string(), bytes.size()));
  uint64_t length = 0;
  bytes.read(0, std::as_writable_bytes(std::span(&length, 1)));
  if (length == 0 || length > kMaxHeader)
    throw Error(fmt::format(
        "{} says that its header has {} bytes; 1 to {} are possible. It is not a safetensors file, or damaged.",
        file.string(), length, kMaxHeader));
  if (length > bytes.size() - kLengthBytes)
    throw Error(fmt::format("{} is cut off: its header needs {} bytes, and {} are there. Get the file again.",
                            file.string(), length, bytes.size() - kLengthBytes));
  std::string text(static_cast<size_t>(length), '\0');
  bytes.read(kLengthBytes, std::as_writable_bytes(std::span(text)));
  return text;
}

Dtype dtypeOf(const std::filesystem::path& file, const std::string& name, const nlohmann::json& value) {
  if (!value.is_string()) failEntry(file, name, "has a dtype that is not text");
  const auto& text = value.get_ref<const std::string&>();
  for (int type = 0; type <= static_cast<int>(Dtype::U64); ++type)
    if (dtypeName(static_cast<Dtype>(type)) == text) return static_cast<Dtype>(type);
  throw Error(
      fmt::format("{}: tensor {} has the type {}, which Scanline does not read. Convert the file to F32, F16 or BF16.",
                  file.string(), name, text));
}

Entry readEntry(const std::filesystem::path& file, const std::string& name, const nlohmann::json& value,
                uint64_t dataBytes) {
  if (!value.is_object()) failEntry(file, name, "is not described by an object");
  for (const char* key : {"dtype", "shape", "data_offsets"})
    if (!value.contains(key)) failEntry(file, name, fmt::format("has no {}", key));
  Entry entry{.name = name, .dtype = dtypeOf(file, name, value["dtype"])};

  const auto& shape = value["shape"];
  if (!shape.is_array()) failEntry(file, name, "has a shape that is not a list");
  auto bytes = static_cast<uint64_t>(dtypeBytes(entry.dtype));
  for (const auto& size : shape) {
    if (!size.is_number_unsigned() || size.get<uint64_t>() > uint64_t{INT64_MAX})
      failEntry(file, name, fmt::format("has the size {} in its shape", size.dump()));
    entry.shape.push_back(size.get<int64_t>());
    if (__builtin_mul_overflow(bytes, size.get<uint64_t>(), &bytes))
      failEntry(file, name, fmt::format("has the impossible shape {}", shape.dump()));
  }

  const auto& offsets = value["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned())
    failEntry(file, name, fmt::format("has data_offsets {}, which are not two counts of bytes", offsets.dump()));
  entry.begin = offsets[0].get<uint64_t>();
  entry.end = offsets[1].get<uint64_t>();
  if (entry.begin > entry.end)
    failEntry(file, name, fmt::format("ends (byte {}) before it begins ({})", entry.end, entry.begin));
  if (entry.end - entry.begin != bytes)
    failEntry(file, name,
              fmt::format("of type {} and shape {} needs {} bytes, and its data_offsets span {}",
                          dtypeName(entry.dtype), shapeText(entry.shape), bytes, entry.end - entry.begin));
  if (entry.end > dataBytes)
    throw Error(
        fmt::format("{} is cut off: tensor {} ends at byte {} of the data, and {} are there. Get the file again.",
                    file.string(), name, entry.end, dataBytes));
  return entry;
}

/// Every byte of the data belongs to exactly one tensor: nothing can hide between them, and none can show another's.
void checkTiling(const std::filesystem::path& file, std::vector<Entry>& entries, uint64_t dataBytes) {
  std::ranges::sort(entries, {}, [](const Entry& entry) { return std::pair(entry.begin, entry.end); });
  uint64_t position = 0;
  for (const auto& entry : entries) {
    if (entry.begin != position)
      failEntry(file, entry.name,
                fmt::format("begins at byte {} of the data, where {} was expected", entry.begin, position));
    position = entry.end;
  }
  if (position != dataBytes)
    throw Error(fmt::format("{} has {} bytes after its last tensor. It is damaged; get it again.", file.string(),
                            dataBytes - position));
}

}  // namespace

SafetensorsFile::SafetensorsFile(std::filesystem::path file) : file_(std::move(file)) {
  const auto text = headerText(file_);
  const uint64_t begin = kLengthBytes + text.size(), dataBytes = file_.size() - begin;
  const auto header = parseStrictJson(text, fmt::format("The header of {}", path().string()), 3);
  if (!header.is_object())
    throw Error(fmt::format("{} is not a safetensors file: its header is not a JSON object.", path().string()));

  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name != kMetadata) {
      entries.push_back(readEntry(path(), name, value, dataBytes));
      continue;
    }
    if (!value.is_object()) throw Error(fmt::format("{}: __metadata__ is not an object.", path().string()));
    for (const auto& [key, entry] : value.items()) {
      if (!entry.is_string())
        throw Error(fmt::format("{}: __metadata__ has the key {} whose value is not text.", path().string(), key));
      metadata_[key] = entry.get<std::string>();
    }
  }
  checkTiling(path(), entries, dataBytes);
  for (auto& entry : entries)
    tensors_[entry.name] = {entry.dtype, std::move(entry.shape), begin + entry.begin, entry.end - entry.begin};
}

std::vector<std::string> SafetensorsFile::names() const {
  std::vector<std::string> names;
  for (const auto& [name, view] : tensors_) names.push_back(name);
  return names;
}

const StoredTensor& SafetensorsFile::tensor(std::string_view name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) failMissing(name);
  return found->second;
}

const StoredTensor& SafetensorsFile::tensor(std::string_view name, std::span<const int64_t> shape) const {
  const auto& found = tensor(name);
  requireShape(name, found.shape, shape);
  return found;
}

std::vector<float> SafetensorsFile::floats(std::string_view name, std::span<const int64_t> shape) const {
  const StoredTensor& stored = tensor(name, shape);
  return toFloats(name, {stored.dtype, stored.shape, file_.read(stored.offset, stored.bytes)});
}

void SafetensorsFile::read(const StoredTensor& tensor, std::span<std::byte> into) const {
  assert(into.size() == tensor.bytes);
  file_.read(tensor.offset, into);
}

void writeSafetensors(const std::filesystem::path& file, std::span<const std::pair<std::string, TensorView>> tensors,
                      const std::map<std::string, std::string, std::less<>>& metadata) {
  std::vector<const std::pair<std::string, TensorView>*> order;
  for (const auto& tensor : tensors) order.push_back(&tensor);
  std::ranges::stable_sort(order, std::greater{}, [](const auto* tensor) { return dtypeBytes(tensor->second.dtype); });

  nlohmann::ordered_json header;
  if (!metadata.empty()) header[std::string(kMetadata)] = metadata;
  uint64_t position = 0;
  for (const auto* tensor : order) {
    const auto& [name, view] = *tensor;
    assert(name != kMetadata && !header.contains(name));
    const uint64_t end = position + view.bytes.size();
    header[name] = {{"dtype", dtypeName(view.dtype)}, {"shape", view.shape}, {"data_offsets", {position, end}}};
    position = end;
  }
  std::string text = header.is_null() ? "{}" : header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  text.append((8 - text.size() % 8) % 8, ' ');

  AtomicFile out(file);
  const uint64_t length = text.size();
  out.write(std::as_bytes(std::span(&length, 1)));
  out.write(text);
  for (const auto* tensor : order) out.write(tensor->second.bytes);
  out.commit();
}

}  // namespace scanline
