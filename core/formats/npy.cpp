#include "core/formats/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "core/base/atomic_file.h"
#include "core/base/file_bytes.h"
#include "core/formats/npy_header.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

void checkDataSize(const NpyHeader& header, uint64_t there, std::string_view source) {
  const auto wanted = static_cast<uint64_t>(header.count * header.elementSize);
  if (there == wanted) return;
  throw Error(
      fmt::format("{} holds {} bytes of data, but its header says {} [{}], which is {} bytes. It is {}; copy it again.",
                  source, there, header.text != 0 ? "texts" : npyTypeName(header.type), fmt::join(header.shape, ", "),
                  wanted, there < wanted ? "cut off" : "followed by something else"));
}

void requireNumbers(const NpyHeader& header, std::string_view source) {
  if (header.text != 0)
    throw Error(fmt::format("{} holds texts [{}]; whole numbers, floats or bool were expected.", source,
                            fmt::join(header.shape, ", ")));
}

/// The header of a whole file in memory, which may hold texts, and the data behind it.
std::pair<NpyHeader, std::span<const std::byte>> opened(std::span<const std::byte> bytes, std::string_view source) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const NpyHeaderPlace place = findNpyHeader(text.substr(0, kNpyPrefix), source);
  if (place.begin + place.size > text.size())
    throw Error(fmt::format("{} ends inside its NumPy header. It is cut off; copy it again.", source));
  NpyHeader header = parseNpyHeader(text.substr(place.begin, place.size), source);
  const auto data = bytes.subspan(place.begin + place.size);
  checkDataSize(header, data.size(), source);
  return {std::move(header), data};
}

void putUtf8(std::string& text, uint32_t c, std::string_view source) {
  if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
    throw Error(fmt::format("{} has a text with the character {:x}, which does not exist. It is damaged.", source, c));
  if (c < 0x80) return text.push_back(static_cast<char>(c));
  const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  constexpr std::array<uint32_t, 4> kLead{0, 0xC0, 0xE0, 0xF0};
  text.push_back(static_cast<char>(kLead.at(static_cast<size_t>(more)) | c >> (6 * more)));
  for (int i = more; i-- > 0;) text.push_back(static_cast<char>(0x80U | (c >> (6 * i) & 0x3FU)));
}

/// One element, which ends where only zeros follow. Bytes are ASCII, or else taken for Latin-1.
std::string textOf(std::span<const std::byte> element, const NpyHeader& header, std::string_view source) {
  const size_t unit = header.text == 'U' ? 4 : 1;
  while (!element.empty() && std::ranges::all_of(element.last(unit), [](std::byte b) { return b == std::byte{}; }))
    element = element.first(element.size() - unit);
  std::string text;
  for (size_t at = 0; at < element.size(); at += unit) {
    uint32_t c = 0;
    for (size_t i = 0; i < unit; ++i)
      c |= std::to_integer<uint32_t>(element[at + i]) << 8 * (header.bigEndian ? unit - 1 - i : i);
    putUtf8(text, c, source);
  }
  return text;
}

void swapBytes(std::vector<std::byte>& bytes, size_t elementSize) {
  for (size_t i = 0; i < bytes.size(); i += elementSize)
    std::reverse(bytes.begin() + static_cast<ptrdiff_t>(i), bytes.begin() + static_cast<ptrdiff_t>(i + elementSize));
}

/// Elements in Fortran order (first index fastest) to C order (last index fastest).
std::vector<std::byte> toCOrder(const std::vector<std::byte>& bytes, const NpyHeader& header) {
  const auto size = static_cast<size_t>(npyTypeSize(header.type));
  std::vector<int64_t> stride(header.shape.size()), index(header.shape.size());
  std::exclusive_scan(header.shape.begin(), header.shape.end(), stride.begin(), int64_t{1}, std::multiplies<>());
  std::vector<std::byte> out(bytes.size());
  int64_t from = 0;
  for (int64_t to = 0; to < header.count; ++to) {
    std::memcpy(out.data() + static_cast<size_t>(to) * size, bytes.data() + static_cast<size_t>(from) * size, size);
    for (size_t d = stride.size(); d-- > 0;) {  // the next index in C order
      from += stride[d];
      if (++index[d] < header.shape[d]) break;
      from -= stride[d] * header.shape[d];
      index[d] = 0;
    }
  }
  return out;
}

NpyArray finish(NpyHeader header, std::vector<std::byte> bytes, std::string_view source) {
  static_assert(std::endian::native == std::endian::little);
  if (header.bigEndian) swapBytes(bytes, static_cast<size_t>(npyTypeSize(header.type)));
  if (header.fortran && header.shape.size() > 1) bytes = toCOrder(bytes, header);
  return {header.type, std::move(header.shape), std::move(bytes), std::string(source)};
}

}  // namespace

NpyArray parseNpy(std::span<const std::byte> bytes, std::string_view source) {
  auto [header, data] = opened(bytes, source);
  requireNumbers(header, source);
  return finish(std::move(header), {data.begin(), data.end()}, source);
}

bool isNpyOfTexts(std::span<const std::byte> bytes) {
  try {
    return opened(bytes, "").first.text != 0;
  } catch (const Error&) {
    return false;
  }
}

std::vector<std::string> parseNpyTexts(std::span<const std::byte> bytes, std::string_view source) {
  const auto [header, data] = opened(bytes, source);
  if (header.text == 0 || std::ranges::count_if(header.shape, [](int64_t size) { return size != 1; }) > 1)
    throw Error(fmt::format("{} holds {} [{}]; a list of texts was expected.", source,
                            header.text != 0 ? "texts" : npyTypeName(header.type), fmt::join(header.shape, ", ")));
  std::vector<std::string> texts;
  const auto size = static_cast<size_t>(header.elementSize);
  for (size_t at = 0; at < data.size(); at += size) texts.push_back(textOf(data.subspan(at, size), header, source));
  return texts;
}

NpyArray readNpy(const fs::path& path) {
  const std::string source = path.string();
  std::error_code error;
  if (fs::is_directory(path, error)) throw Error(fmt::format("{} is a folder. Give a file that NumPy wrote.", source));
  const FileBytes file(path);
  const auto textAt = [&](uint64_t at, uint64_t count) {
    std::string text(static_cast<size_t>(count), '\0');
    file.read(at, std::as_writable_bytes(std::span(text)));
    return text;
  };
  const NpyHeaderPlace place = findNpyHeader(textAt(0, std::min<uint64_t>(file.size(), kNpyPrefix)), source);
  if (place.begin + place.size > file.size())
    throw Error(fmt::format("{} ends inside its NumPy header. It is cut off; copy it again.", source));
  NpyHeader header = parseNpyHeader(textAt(place.begin, place.size), source);
  requireNumbers(header, source);
  checkDataSize(header, file.size() - place.begin - place.size, source);
  auto bytes = file.read(place.begin + place.size, static_cast<uint64_t>(header.count * header.elementSize));
  return finish(std::move(header), std::move(bytes), source);
}

void writeNpy(const fs::path& file, NpyType type, std::span<const int64_t> shape, std::span<const std::byte> bytes) {
  assert(std::accumulate(shape.begin(), shape.end(), npyTypeSize(type), std::multiplies<>()) == std::ssize(bytes));
  AtomicFile out(file);
  out.write(npyHeader(type, shape));
  out.write(bytes);
  out.commit();
}

}  // namespace scanline
