#include "core/formats/npy_header.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <utility>

#include "core/base/error.h"

namespace scanline {

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

constexpr uint64_t kLongestHeader = 1 << 20;  // NumPy writes some 100 bytes
constexpr size_t kMostDimensions = 32;        // NumPy's own limit when the format was made

/// The header is a Python dict with three known entries. This reads exactly that, without recursion.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, std::string_view source) : rest_(text), source_(source) {}

  NpyHeader parse() {
    NpyHeader header;
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
  void readType(NpyHeader& header) {
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
  static bool readText(std::string_view code, NpyHeader& header) {
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

}  // namespace

NpyHeaderPlace findNpyHeader(std::string_view prefix, std::string_view source) {
  const auto byte = [&](size_t i) { return static_cast<uint64_t>(static_cast<unsigned char>(prefix[i])); };
  if (prefix.size() < kNpyPrefix || !prefix.starts_with("\x93NUMPY"))
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

NpyHeader parseNpyHeader(std::string_view text, std::string_view source) {
  return HeaderParser(text, source).parse();
}

std::string_view npyTypeName(NpyType type) {
  return row(type).name;
}
int64_t npyTypeSize(NpyType type) {
  return row(type).code[1] - '0';
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

}  // namespace scanline
