#include "core/jobs/run_file_reader.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <set>
#include <span>
#include <streambuf>
#include <vector>

#include "core/base/error.h"
#include "core/base/file_bytes.h"
#include "core/jobs/exported_run.h"

namespace scanline {

using nlohmann::json;

namespace {

constexpr int kMostLevels = 16;
constexpr int64_t kLongestText = 64 << 20, kLargestRecord = 128 << 20;
constexpr std::string_view kSeries = "series", kConfusion = "confusion";
/// The last one came later than the others, and may be missing.
constexpr std::array<std::string_view, 6> kLists{kSeries, "probes", "lowData", "codebookUse", "samples", "pins"};

bool isList(std::string_view key) {
  return std::ranges::find(kLists, key) != kLists.end();
}

[[noreturn]] void failRun(const std::filesystem::path& file, std::string_view why) {
  throw Error(fmt::format("{} is no run that Scanline exported: {}.", file.string(), why));
}

}  // namespace

/// The file, block by block. Ends a token that is too long before memory does.
class RunFileReader::Input : public std::streambuf {
 public:
  explicit Input(const std::filesystem::path& file) : file_(file), block_(1 << 18) {}

  /// A token ended.
  void mark() { marked_ = read_; }
  int64_t bytes() const { return static_cast<int64_t>(file_.size()); }
  int64_t bytesBehind() const { return read_ - (egptr() - gptr()); }

 protected:
  int_type underflow() override {
    if (read_ - marked_ > kLongestText)
      throw Error(fmt::format("{} has a text of more than {} MB, which no run has. It is damaged.",
                              file_.path().string(), kLongestText >> 20));
    block_.resize(static_cast<size_t>(std::min(std::ssize(block_), bytes() - read_)));
    if (block_.empty()) return traits_type::eof();
    file_.read(static_cast<uint64_t>(read_), std::as_writable_bytes(std::span(block_)));
    read_ += std::ssize(block_);
    setg(block_.data(), block_.data(), block_.data() + block_.size());
    return traits_type::to_int_type(*gptr());
  }

 private:
  FileBytes file_;
  std::vector<char> block_;
  int64_t read_ = 0, marked_ = 0;
};

/// Puts records together from the parser's events. A record is an element of a list, or, outside of lists, a value of
/// the file's object.
class RunFileReader::Parser : public nlohmann::json_sax<json> {
 public:
  /// `take` null: the values outside of lists go into `header`, and lists are passed over.
  Parser(const std::filesystem::path& file, Input& input, json& header, const std::function<void(Record&&)>* take)
      : path_(file), input_(input), header_(header), take_(take) {}

  void parse() {
    std::istream stream(&input_);
    json::sax_parse(stream, this);
  }
  bool has(std::string_view list) const { return keys_[0].contains(std::string(list)); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override {
    charge(value.size(), memory_);
    return add(std::move(value));
  }
  bool binary(binary_t&) override { return false; }  // JSON has none

  bool start_object(size_t) override { return start(json::object()); }
  bool start_array(size_t) override { return start(json::array()); }
  bool end_object() override { return end(); }
  bool end_array() override { return end(); }

  bool key(string_t& name) override {
    input_.mark();
    constexpr size_t kNode = 64;  // of a map, beside the name
    charge(name.size() + kNode, isOutside() ? memoryOfKeys_ : memory_);
    if (const size_t level = levels_.size() - 1; level < keys_.size() && isOutside()) {
      if (!keys_[level].insert(name).second) failTwice(name);
      (level == 0 ? top_ : series_) = name;
    } else if (isBuilt() && open_.back()->contains(name)) {
      failTwice(name);
    }
    key_ = std::move(name);
    return true;
  }

  bool parse_error(size_t at, const std::string&, const nlohmann::detail::exception&) override {
    throw Error(
        fmt::format("{} is not valid JSON at byte {}. It is damaged or another kind of file.", path_.string(), at));
  }

 private:
  [[noreturn]] void failKind() const {
    failRun(path_, levels_.empty() ? "it is no object" : fmt::format("its \"{}\" is of another kind", top_));
  }
  [[noreturn]] void failTwice(std::string_view name) const {
    throw Error(fmt::format("{} has the key \"{}\" twice. It is damaged; get it again.", path_.string(), name));
  }

  /// How many levels lie around the records of the part that is being read.
  size_t levelsAround() const { return !isList(top_) ? 1 : top_ == kSeries ? 3 : 2; }
  /// Between records: in the file's object, a list, or the object of all series.
  bool isOutside() const { return levels_.size() <= levelsAround() && open_.empty(); }
  bool isBuilt() const { return take_ ? isList(top_) : !isList(top_); }

  bool start(json container) {
    input_.mark();
    if (levels_.size() == kMostLevels)
      throw Error(fmt::format("{} is nested more than {} levels deep, which no such file needs. It is damaged.",
                              path_.string(), kMostLevels));
    const bool isObject = container.is_object();
    const bool isAround = levels_.empty() || (isList(top_) && levels_.size() < levelsAround());
    if (isAround) {
      const bool wantsObject = levels_.empty() || (top_ == kSeries && levels_.size() == 1);
      if (isObject != wantsObject) failKind();
    } else if (isBuilt()) {
      json& added = put(std::move(container));
      open_.push_back(&added);
      if (added.is_array() && open_.size() == 2 && top_ == "probes" && key_ == kConfusion) counts_ = 0;
    }
    levels_.push_back(isObject);
    return true;
  }

  bool end() {
    input_.mark();
    levels_.pop_back();
    if (levels_.size() == 2 && top_ == kSeries && open_.empty()) series_.clear();
    if (open_.empty()) return true;
    open_.pop_back();
    if (open_.size() == 1 && counts_) {
      if (*counts_ > 0) record_[kDenseConfusion] = *counts_;
      counts_.reset();
    }
    if (open_.empty()) finish();
    return true;
  }

  bool add(json value) {
    input_.mark();
    if (levels_.size() < levelsAround()) failKind();
    if (!isBuilt()) return true;
    if (counts_ && open_.size() == 2 && value.is_number_integer()) {  // a cell of a whole matrix
      if (value != 0) put({*counts_, std::move(value)});
      ++*counts_;
      return true;
    }
    put(std::move(value));
    if (open_.empty()) finish();
    return true;
  }

  void charge(size_t bytes, int64_t& memory) const {
    memory += static_cast<int64_t>(bytes);
    if (memory > kLargestRecord)
      throw Error(fmt::format("{} has a record that needs more than {} MB of memory, which no run has. It is damaged.",
                              path_.string(), kLargestRecord >> 20));
  }

  json& put(json value) {
    charge(sizeof(json), memory_);
    if (open_.empty()) return record_ = std::move(value);
    json& parent = *open_.back();
    if (parent.is_object()) return parent[key_] = std::move(value);
    parent.push_back(std::move(value));
    return parent.back();
  }

  void finish() {
    if (take_) memory_ = 0;  // the header stays
    if (take_)
      (*take_)({top_, series_, std::move(record_), input_.bytesBehind()});
    else
      header_[top_] = std::move(record_);
    record_ = nullptr;
  }

  const std::filesystem::path& path_;
  Input& input_;
  json& header_;
  const std::function<void(Record&&)>* take_;
  std::vector<bool> levels_;                   ///< of each open container: an object?
  std::array<std::set<std::string>, 2> keys_;  ///< of the file's object, and of the object of all series
  std::string top_, series_, key_;
  json record_;                            ///< the one that is being read
  std::vector<json*> open_;                ///< its open containers
  int64_t memory_ = 0, memoryOfKeys_ = 0;  ///< bytes: of the record, or the whole header; of keys_
  std::optional<int64_t> counts_;          ///< in a probe's confusion: how many bare numbers so far
};

RunFileReader::RunFileReader(std::filesystem::path file) : file_(std::move(file)) {
  Input input(file_);
  Parser parser(file_, input, header_, nullptr);
  parser.parse();
  if (!header_.contains(kRunFileKey)) failRun(file_, fmt::format("it has no key {}", kRunFileKey));
  const json& version = header_[kRunFileKey];
  if (!version.is_number_integer() || version < 1 || version > kRunFileVersion)
    failRun(file_, "a newer version wrote it; update Scanline to open it");
  for (const std::string_view list : std::span(kLists).first(kLists.size() - 1))
    if (!parser.has(list)) failRun(file_, fmt::format("it has no key {}", list));
}

void RunFileReader::forEach(const std::function<void(Record&&)>& take) const {
  Input input(file_);
  json none;
  Parser(file_, input, none, &take).parse();
}

int64_t RunFileReader::bytes() const {
  std::error_code ignored;
  return static_cast<int64_t>(std::filesystem::file_size(file_, ignored));
}

}  // namespace scanline
