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

namespace scanline {

namespace fs = std::filesystem;

namespace {

struct TypeRow {
  NpyType type;
  std::string_view name;
  std::string_view code;  ///< kind and size in bytes, as in the header
};
constexpr std::array<TypeRow, 12> kTypes{{{NpyType::Bool, "bool", "b1"},
                                          {NpyType::Int8, "int8", "i1"},
                                          {NpyType::UInt8, "uint8", "u1"},
                                          {NpyType::Int16, "int16", "i2"},
                                          {NpyType::UInt16, "uint16", "u2"},
                                          {NpyType::Int32, "int32", "i4"},
                                          {NpyType::UInt32, "uint32", "u4"},
                                          {NpyType::Int64, "int64", "i8"},
                                          {NpyType::UInt64, "uint64", "u8"},
                                          {NpyType::Float16, "float16", "f2"},
                                          {NpyType::Float32, "float32", "f4"},
                                          {NpyType::Float64, "float64", "f8"}}};

const TypeRow& row(NpyType type) {
  return kTypes.at(static_cast<size_t>(type));
}

constexpr size_t kPrefix = 12;                // magic, version and the longer of the two length fields
constexpr uint64_t kLongestHeader = 1 << 20;  // NumPy writes some 100 bytes
constexpr size_t kMostDimensions = 32;        // NumPy's own limit when the format was made

/// The header of a file.
struct Header {
  NpyType type{};
  int64_t elementSize = 0;  ///< bytes
  char text = 0;            ///< 'U' (UTF-32) or 'S' (bytes) where the elements are texts, which have no type
  bool bigEndian = false;
  bool fortran = false;
  std::vector<int64_t> shape;
  int64_t count = 0;
};

/// The header is a Python dict with three known entries. This reads exactly that, without recursion.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, std::string_view source) : rest_(text), source_(source) {}

  Header parse() {
    Header header;
    bool descr = false, order = false, shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string_view key = string();
      expect(':');
      bool& seen = key == "descr" ? descr : key == "fortran_order" ? order : key == "shape" ? shape : unknown(key);
      if (std::exchange(seen, true)) fail(fmt::format("names {} twice", key));
      if (key == "descr") readType(header);
      if (key == "fortran_order") header.fortran = boolean();
      if (key == "shape") header.shape = tuple();
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (!peek().empty()) fail("goes on after its closing brace");
    if (!descr || !order || !shape) fail("lacks one of 'descr', 'fortran_order' and 'shape'");
    header.count = product(header.shape, header.elementSize);
    return header;
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw Error(
        fmt::format("{} is not a usable NumPy file: its header {}. Save it again with numpy.save().", source_, what));
  }
  [[noreturn]] bool& unknown(std::string_view key) const { fail(fmt::format("has an unknown entry '{:.40}'", key)); }

  std::string_view peek() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \n\t\r"), rest_.size()));
    return rest_;
  }
  bool accept(char wanted) {
    if (!peek().starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char wanted) {
    if (!accept(wanted)) fail(fmt::format("lacks a '{}' before \"{:.20}\"", wanted, rest_));
  }
  std::string_view string() {
    if (peek().starts_with("u'") || peek().starts_with("u\"")) rest_.remove_prefix(1);  // a text of Python 2
    const std::string_view text = peek();
    if (text.empty() || (text[0] != '\'' && text[0] != '"'))
      fail(fmt::format("has \"{:.20}\" where a name was expected", text));
    const size_t end = text.find(text[0], 1);
    if (end == std::string_view::npos) fail("has a quote that does not end");
    rest_.remove_prefix(end + 1);
    return text.substr(1, end - 1);
  }
  bool boolean() {
    for (const auto& [word, value] : {std::pair{std::string_view("True"), true}, {"False", false}}) {
      if (!peek().starts_with(word)) continue;
      rest_.remove_prefix(word.size());
      return value;
    }
    fail("has a 'fortran_order' that is neither True nor False");
  }
  int64_t dimension() {
    const std::string_view text = peek();
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value < 0) fail(fmt::format("has \"{:.20}\" where a dimension was expected", text));
    rest_.remove_prefix(static_cast<size_t>(end - text.data()));
    if (rest_.starts_with('L')) rest_.remove_prefix(1);  // how Python 2 writes a long number
    return value;
  }
  std::vector<int64_t> tuple() {
    std::vector<int64_t> shape;
    expect('(');
    while (!accept(')')) {
      if (shape.size() == kMostDimensions) fail(fmt::format("has more than {} dimensions", kMostDimensions));
      shape.push_back(dimension());
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return shape;
  }
  void readType(Header& header) {
    if (peek().starts_with('[')) fail("says that each element is a structure; only plain numbers are read");
    const std::string_view text = string();
    const bool ordered = !text.empty() && std::string_view("<>|=").find(text[0]) != std::string_view::npos;
    const std::string_view code = text.substr(ordered ? 1 : 0);
    header.bigEndian = text.starts_with('>');
    if (readText(code, header)) return;
    const auto found = std::ranges::find(kTypes, code == "?" ? "b1" : code, &TypeRow::code);
    if (found == kTypes.end()) {
      const bool object = code.starts_with('O');
      fail(object
               ? "says that the elements are Python objects, which are never read because that would run their code"
               : fmt::format(
                     "says that the elements are of type '{:.20}'; only whole numbers, floats, bool and texts are read",
                     text));
    }
    header.type = found->type;
    header.elementSize = npyTypeSize(header.type);
  }
  /// "U3" and "S3": texts of up to three characters.
  static bool readText(std::string_view code, Header& header) {
    if (code.empty() || (code[0] != 'U' && code[0] != 'S')) return false;
    constexpr int64_t kLongest = 1 << 20;
    int64_t length = 0;
    const auto [end, error] = std::from_chars(code.data() + 1, code.data() + code.size(), length);
    if (error != std::errc() || end != code.data() + code.size() || length < 1 || length > kLongest) return false;
    header.text = code[0];
    header.elementSize = length * (header.text == 'U' ? 4 : 1);
    return true;
  }
  int64_t product(const std::vector<int64_t>& shape, int64_t elementSize) const {
    if (std::ranges::find(shape, 0) != shape.end()) return 0;
    int64_t bytes = elementSize;
    for (const int64_t d : shape)
      if (__builtin_mul_overflow(bytes, d, &bytes))
        fail(fmt::format("has the shape [{}], which no file can hold", fmt::join(shape, ", ")));
    return bytes / elementSize;
  }

  std::string_view rest_;
  std::string_view source_;
};

/// Where the header's text lies in a file.
struct HeaderPlace {
  size_t begin = 0;
  size_t size = 0;
};

HeaderPlace findHeader(std::string_view prefix, std::string_view source) {
  const auto byte = [&](size_t i) { return static_cast<uint64_t>(static_cast<unsigned char>(prefix[i])); };
  if (prefix.size() < kPrefix || !prefix.starts_with("\x93NUMPY"))
    throw Error(fmt::format(
        "{} is not a NumPy file: it does not begin with \"\\x93NUMPY\" and a header. Expected a .npy file as numpy.save() writes it.",
        source));
  const uint64_t version = byte(6);
  if (version < 1 || version > 3)
    throw Error(
        fmt::format("{} is a NumPy file of version {}.{}; versions 1 to 3 are read.", source, version, byte(7)));
  if (version == 1) return {10, byte(8) | byte(9) << 8};
  const uint64_t size = byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24;
  if (size > kLongestHeader)
    throw Error(
        fmt::format("{} declares a NumPy header of {} bytes; at most {} are read.", source, size, kLongestHeader));
  return {12, size};
}

void checkDataSize(const Header& header, uint64_t there, std::string_view source) {
  const auto wanted = static_cast<uint64_t>(header.count * header.elementSize);
  if (there == wanted) return;
  throw Error(
      fmt::format("{} holds {} bytes of data, but its header says {} [{}], which is {} bytes. It is {}; copy it again.",
                  source, there, header.text != 0 ? "texts" : npyTypeName(header.type), fmt::join(header.shape, ", "),
                  wanted, there < wanted ? "cut off" : "followed by something else"));
}

void requireNumbers(const Header& header, std::string_view source) {
  if (header.text != 0)
    throw Error(fmt::format("{} holds texts [{}]; whole numbers, floats or bool were expected.", source,
                            fmt::join(header.shape, ", ")));
}

/// The header of a whole file in memory, which may hold texts, and the data behind it.
std::pair<Header, std::span<const std::byte>> opened(std::span<const std::byte> bytes, std::string_view source) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const HeaderPlace place = findHeader(text.substr(0, kPrefix), source);
  if (place.begin + place.size > text.size())
    throw Error(fmt::format("{} ends inside its NumPy header. It is cut off; copy it again.", source));
  Header header = HeaderParser(text.substr(place.begin, place.size), source).parse();
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
std::string textOf(std::span<const std::byte> element, const Header& header, std::string_view source) {
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
std::vector<std::byte> toCOrder(const std::vector<std::byte>& bytes, const Header& header) {
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

NpyArray finish(Header header, std::vector<std::byte> bytes, std::string_view source) {
  static_assert(std::endian::native == std::endian::little);
  if (header.bigEndian) swapBytes(bytes, static_cast<size_t>(npyTypeSize(header.type)));
  if (header.fortran && header.shape.size() > 1) bytes = toCOrder(bytes, header);
  return {header.type, std::move(header.shape), std::move(bytes), std::string(source)};
}

}  // namespace

std::string_view npyTypeName(NpyType type) {
  return row(type).name;
}
int64_t npyTypeSize(NpyType type) {
  return row(type).code[1] - '0';
}

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
  const HeaderPlace place = findHeader(textAt(0, std::min<uint64_t>(file.size(), kPrefix)), source);
  if (place.begin + place.size > file.size())
    throw Error(fmt::format("{} ends inside its NumPy header. It is cut off; copy it again.", source));
  Header header = HeaderParser(textAt(place.begin, place.size), source).parse();
  requireNumbers(header, source);
  checkDataSize(header, file.size() - place.begin - place.size, source);
  auto bytes = file.read(place.begin + place.size, static_cast<uint64_t>(header.count * header.elementSize));
  return finish(std::move(header), std::move(bytes), source);
}

std::string npyHeader(NpyType type, std::span<const int64_t> shape) {
  const std::string order = npyTypeSize(type) == 1 ? "|" : "<";
  std::string text = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}{}), }}", order,
                                 row(type).code, fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  constexpr size_t kAlign = 64;  // NumPy starts the data at a multiple of it
  text.append(kAlign - (10 + text.size() + 1) % kAlign, ' ').push_back('\n');
  std::string header("\x93NUMPY\x01\x00", 8);
  header.push_back(static_cast<char>(text.size() & 0xFF));
  header.push_back(static_cast<char>(text.size() >> 8));
  return header + text;
}

void writeNpy(const fs::path& file, NpyType type, std::span<const int64_t> shape, std::span<const std::byte> bytes) {
  assert(std::accumulate(shape.begin(), shape.end(), npyTypeSize(type), std::multiplies<>()) == std::ssize(bytes));
  AtomicFile out(file);
  out.write(npyHeader(type, shape));
  out.write(bytes);
  out.commit();
}

}  // namespace scanline
