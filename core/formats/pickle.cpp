// One file, as every opcode works on the one machine's stack and memo.
#include "core/formats/pickle.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <unordered_map>

#include "core/base/error.h"

namespace scanline {

namespace {

static_assert(std::endian::native == std::endian::little, "pickles are read without a change of byte order");

constexpr std::string_view kOrderedDict = "collections.OrderedDict", kDefaultDict = "collections.defaultdict";
constexpr int kNewestProtocol = 5;

/// The opcodes that torch.save and NumPy write. All others are refused: those that make objects (INST, OBJ, EXT) on
/// purpose, those of protocols 0 and 1 because nothing writes them.
enum Opcode : uint8_t {
  kMark = '(',
  kStop = '.',
  kPop = '0',
  kPopMark = '1',
  kDup = '2',
  kBinFloat = 'G',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kNone = 'N',
  kBinPersistent = 'Q',
  kReduce = 'R',
  kShortBinString = 'U',
  kBinUnicode = 'X',
  kAppend = 'a',
  kBuild = 'b',
  kGlobal = 'c',
  kAppends = 'e',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kList = 'l',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kSetItem = 's',
  kTuple = 't',
  kSetItems = 'u',
  kEmptyDict = '}',
  kEmptyList = ']',
  kEmptyTuple = ')',
  kBinBytes = 'B',
  kShortBinBytes = 'C',
  kProtocol = 0x80,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kTrue = 0x88,
  kFalse = 0x89,
  kLong1 = 0x8a,
  kLong4 = 0x8b,
  kShortUnicode = 0x8c,
  kBinUnicode8 = 0x8d,
  kBinBytes8 = 0x8e,
  kNewObject = 0x81,
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95,
};

/// The pickle's machine: a stack, marks in it, and a memo.
class Machine {
 public:
  using Id = Pickle::Id;
  using Kind = Pickle::Kind;
  using Value = Pickle::Value;

  Machine(std::span<const std::byte> bytes, std::span<const std::string_view> allowed, std::string_view source)
      : bytes_(bytes), allowed_(allowed), source_(source) {}

  /// Runs to STOP; the value that is then on top.
  Id run() {
    for (;;) {
      opcodeAt_ = at_;
      const auto opcode = take<uint8_t>();
      if (opcode == kStop) return pop();
      if (!literal(opcode) && !container(opcode) && !stackOrMemo(opcode) && !object(opcode))
        fail(fmt::format("uses the instruction 0x{:02x}, which no file of weights needs", opcode));
    }
  }

  std::vector<Value> values;
  size_t position() const { return at_; }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(fmt::format("{} cannot be read: at byte {} it {}. It was not run. Get the original file.", source_,
                            opcodeAt_, what));
  }

  // Operands of an opcode.

  std::string_view text(uint64_t size) {
    if (size > bytes_.size() - at_)
      fail(fmt::format("needs {} bytes more, and {} are there", size, bytes_.size() - at_));
    const std::string_view text(reinterpret_cast<const char*>(bytes_.data()) + at_, static_cast<size_t>(size));
    at_ += static_cast<size_t>(size);
    return text;
  }
  template <class T>
  T take() {
    T value;
    std::memcpy(&value, text(sizeof value).data(), sizeof value);
    return value;
  }
  std::string_view line() {
    const std::string_view rest(reinterpret_cast<const char*>(bytes_.data()) + at_, bytes_.size() - at_);
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) fail("has a name that does not end");
    at_ += end + 1;
    return rest.substr(0, end);
  }

  // The stack.

  void push(Value value) {
    stack_.push_back(static_cast<Id>(values.size()));
    values.push_back(std::move(value));
  }
  /// The stack above the last mark belongs to that mark.
  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  Id top() const {
    if (stack_.size() <= floor()) fail("takes a value from an empty stack");
    return stack_.back();
  }
  Id pop() {
    const Id id = top();
    stack_.pop_back();
    return id;
  }
  std::vector<Id> popToMark() {
    if (marks_.empty()) fail("asks for a mark that was never set");
    std::vector<Id> items(stack_.begin() + static_cast<ptrdiff_t>(marks_.back()), stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return items;
  }
  /// The value on top, which stays there, to put more into.
  Value& target(Kind kind, std::string_view name) {
    Value& value = values[top()];
    if (value.kind != kind) fail(fmt::format("puts something into a value that is not a {}", name));
    return value;
  }

  // The opcodes, by kind. Each returns whether it was one of these.

  bool literal(uint8_t opcode) {
    switch (opcode) {
      case kNone:
        return push({}), true;
      case kTrue:
      case kFalse:
        return push({.kind = Kind::Bool, .integer = opcode == kTrue}), true;
      case kBinInt:
        return push({.kind = Kind::Integer, .integer = take<int32_t>()}), true;
      case kBinInt1:
        return push({.kind = Kind::Integer, .integer = take<uint8_t>()}), true;
      case kBinInt2:
        return push({.kind = Kind::Integer, .integer = take<uint16_t>()}), true;
      case kLong1:
        return pushLong(take<uint8_t>()), true;
      case kLong4:
        return pushLong(take<int32_t>()), true;
      case kBinFloat:
        return text(8), push({.kind = Kind::Other}), true;
      case kBinUnicode:
        return push({.kind = Kind::Text, .text = text(take<uint32_t>())}), true;
      case kShortBinString:  // Python 2 wrote names so
      case kShortUnicode:
        return push({.kind = Kind::Text, .text = text(take<uint8_t>())}), true;
      case kBinUnicode8:
        return push({.kind = Kind::Text, .text = text(take<uint64_t>())}), true;
      case kBinBytes:
        return text(take<uint32_t>()), push({.kind = Kind::Other}), true;
      case kShortBinBytes:
        return text(take<uint8_t>()), push({.kind = Kind::Other}), true;
      case kBinBytes8:
        return text(take<uint64_t>()), push({.kind = Kind::Other}), true;
      default:
        return false;
    }
  }

  /// Two's complement, little-endian, of `size` bytes.
  void pushLong(int32_t size) {
    if (size < 0) fail(fmt::format("declares a number of {} bytes", size));
    const auto bytes = text(static_cast<uint64_t>(size));
    if (bytes.size() > 8) return push({.kind = Kind::Other});
    int64_t value = !bytes.empty() && (bytes.back() & 0x80) ? -1 : 0;  // the sign fills the missing bytes
    std::memcpy(&value, bytes.data(), bytes.size());
    push({.kind = Kind::Integer, .integer = value});
  }

  bool container(uint8_t opcode) {
    switch (opcode) {
      case kEmptyTuple:
        return push({.kind = Kind::Tuple}), true;
      case kEmptyList:
        return push({.kind = Kind::List}), true;
      case kEmptyDict:
        return push({.kind = Kind::Dict}), true;
      case kTuple:
        return push({.kind = Kind::Tuple, .items = popToMark()}), true;
      case kList:
        return push({.kind = Kind::List, .items = popToMark()}), true;
      case kTuple1:
      case kTuple2:
      case kTuple3: {
        std::vector<Id> items(opcode - kTuple1 + 1);
        for (auto item = items.rbegin(); item != items.rend(); ++item) *item = pop();
        return push({.kind = Kind::Tuple, .items = std::move(items)}), true;
      }
      case kAppend: {
        const Id item = pop();
        return target(Kind::List, "list").items.push_back(item), true;
      }
      case kSetItem: {
        const Id value = pop(), key = pop();
        auto& items = target(Kind::Dict, "dict").items;
        return items.push_back(key), items.push_back(value), true;
      }
      case kAppends:
        return addItems(Kind::List, "list"), true;
      case kSetItems:
        return addItems(Kind::Dict, "dict"), true;
      default:
        return false;
    }
  }

  void addItems(Kind kind, std::string_view name) {
    const auto items = popToMark();
    if (kind == Kind::Dict && items.size() % 2 != 0) fail("gives a dict a key without a value");
    std::ranges::copy(items, std::back_inserter(target(kind, name).items));
  }

  bool stackOrMemo(uint8_t opcode) {
    switch (opcode) {
      case kMark:
        return marks_.push_back(stack_.size()), true;
      case kPop:
        return pop(), true;
      case kPopMark:
        return popToMark(), true;
      case kDup:
        return stack_.push_back(top()), true;
      case kBinGet:
        return recall(take<uint8_t>()), true;
      case kLongBinGet:
        return recall(take<uint32_t>()), true;
      case kBinPut:
        return memo_[take<uint8_t>()] = top(), true;
      case kLongBinPut:
        return memo_[take<uint32_t>()] = top(), true;
      case kMemoize:
        return memo_[static_cast<uint32_t>(memo_.size())] = top(), true;
      case kProtocol: {
        const int protocol = take<uint8_t>();
        if (protocol < 2 || protocol > kNewestProtocol)
          fail(fmt::format("announces the pickle protocol {}; 2 to {} are read", protocol, kNewestProtocol));
        return true;
      }
      case kFrame: {
        const auto size = take<uint64_t>();
        if (size > bytes_.size() - at_)
          fail(fmt::format("announces {} bytes, and {} are there", size, bytes_.size() - at_));
        return true;
      }
      default:
        return false;
    }
  }

  void recall(uint32_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) fail(fmt::format("recalls value {}, which was never kept", index));
    stack_.push_back(found->second);
  }

  /// Opcodes that would import and call in Python.
  bool object(uint8_t opcode) {
    switch (opcode) {
      case kGlobal: {
        const auto module = line(), name = line();
        return pushGlobal(module, name), true;
      }
      case kStackGlobal: {
        const Value name = values[pop()], module = values[pop()];
        if (name.kind != Kind::Text || module.kind != Kind::Text) fail("imports something without a name");
        return pushGlobal(module.text, name.text), true;
      }
      case kReduce:
      case kNewObject: {
        const Id arguments = pop(), callable = pop();
        if (values[callable].kind != Kind::Global || values[arguments].kind != Kind::Tuple)
          fail("calls a value that cannot be called");
        if (values[callable].text == kDefaultDict) return push({.kind = Kind::Dict}), true;
        if (values[callable].text != kOrderedDict || opcode == kNewObject)
          return push({.kind = Kind::Call, .items = {callable, arguments}}), true;
        if (!values[arguments].items.empty()) fail("makes an OrderedDict out of something");
        return push({.kind = Kind::Dict}), true;
      }
      case kBuild:  // attributes: torch.save keeps version numbers in one of the state dict, which are not needed
        pop();
        if (values[top()].kind != Kind::Call) target(Kind::Dict, "dict");
        return true;
      case kBinPersistent:
        return push({.kind = Kind::Persistent, .items = {pop()}}), true;
      default:
        return false;
    }
  }

  void pushGlobal(std::string_view module, std::string_view name) {
    const auto full = fmt::format("{}.{}", module, name);
    const auto found = std::ranges::find(allowed_, full);
    if (found == allowed_.end() && full != kOrderedDict)
      fail(fmt::format("wants to run {:.80}, which no file of weights needs", full));
    push({.kind = Kind::Global, .text = found == allowed_.end() ? kOrderedDict : *found});
  }

  std::span<const std::byte> bytes_;
  std::span<const std::string_view> allowed_;
  std::string_view source_;
  size_t at_ = 0, opcodeAt_ = 0;
  std::vector<Id> stack_;
  std::vector<size_t> marks_;  ///< sizes of the stack when they were set
  std::unordered_map<uint32_t, Id> memo_;
};

}  // namespace

Pickle::Pickle(std::span<const std::byte> bytes, std::span<const std::string_view> allowed, std::string_view source) {
  Machine machine(bytes, allowed, source);
  top_ = machine.run();
  size_ = machine.position();
  values_ = std::move(machine.values);
}

}  // namespace scanline
