// Both formats in one file: they differ in where the storages lie, and share the reader of the pickle's values.
#include "core/formats/torch_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <numeric>
#include <optional>
#include <unordered_set>

#include "core/base/error.h"
#include "core/formats/pickle.h"

namespace scanline {

namespace {

constexpr uint64_t kMaxPickle = 4 << 20;  // bytes; that of the largest released model has 0.1 MB
constexpr std::string_view kRebuildTensor = "torch._utils._rebuild_tensor_v2",
                           kRebuildParameter = "torch._utils._rebuild_parameter";

struct StorageType {
  std::string_view global;
  Dtype dtype;
};
constexpr std::array<StorageType, 10> kStorageTypes{{{"torch.FloatStorage", Dtype::F32},
                                                     {"torch.DoubleStorage", Dtype::F64},
                                                     {"torch.HalfStorage", Dtype::F16},
                                                     {"torch.BFloat16Storage", Dtype::BF16},
                                                     {"torch.LongStorage", Dtype::I64},
                                                     {"torch.IntStorage", Dtype::I32},
                                                     {"torch.ShortStorage", Dtype::I16},
                                                     {"torch.CharStorage", Dtype::I8},
                                                     {"torch.ByteStorage", Dtype::U8},
                                                     {"torch.BoolStorage", Dtype::Bool}}};

/// Objects that training programs put beside the weights (settings, numbers, types). Read as values that say nothing.
constexpr std::array<std::string_view, 19> kBeside{"builtins.list",
                                                   "builtins.dict",
                                                   "builtins.set",
                                                   "argparse.Namespace",
                                                   "collections.defaultdict",
                                                   "pathlib.PosixPath",
                                                   "torch.Size",
                                                   "torch.device",
                                                   "torch.float32",
                                                   "torch.float16",
                                                   "torch.bfloat16",
                                                   "torch.float64",
                                                   "torch.int64",
                                                   "torch.bool",
                                                   "numpy.core.multiarray.scalar",
                                                   "numpy.dtype",
                                                   "_codecs.encode",
                                                   "numpy._core.multiarray.scalar",
                                                   "torch.torch_version.TorchVersion"};

constexpr auto kAllowed = [] {
  std::array<std::string_view, kStorageTypes.size() + kBeside.size() + 2> names{};
  auto end = std::ranges::transform(kStorageTypes, names.begin(), &StorageType::global).out;
  end = std::ranges::copy(kBeside, end).out;
  *end++ = kRebuildTensor;
  *end = kRebuildParameter;
  return names;
}();

/// The names under which training programs keep a model's weights beside an optimiser's state, the likeliest first.
constexpr std::array<std::string_view, 6> kWeightsKeys{"state_dict", "model_state_dict", "model",
                                                       "module",     "weights",          "net"};

/// How files of PyTorch before 1.6 begin: the pickled number 0x1950a86a20f9469cfc6c.
constexpr std::string_view kLegacyMagic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
constexpr int64_t kLegacyVersion = 1001;

/// A storage as the pickle names it.
struct StorageId {
  std::string_view key;
  Dtype dtype = Dtype::F32;
  int64_t elements = 0;
};

}  // namespace

/// Turns the pickle's values into tensors. Storages are bound afterwards: the older format puts them behind the pickle.
class TorchFile::Reader {
 public:
  Reader(const std::filesystem::path& file, const Pickle& pickle) : file_(file), pickle_(pickle) {}

  struct Unbound {
    std::string_view name;
    StorageId storage;
    Tensor tensor;
  };

  std::vector<Unbound> tensors() {
    const auto& items = weights().items;
    std::vector<Unbound> tensors;
    for (size_t i = 0; i < items.size(); i += 2) {
      const auto& key = pickle_[items[i]];
      if (key.kind != Pickle::Kind::Text)
        throw Error(fmt::format("{} has an entry whose name is not text. It is damaged.", file_.string()));
      name_ = key.text;
      if (isTensor(pickle_[items[i + 1]]))
        tensors.push_back(tensor(pickle_[items[i + 1]]));
      else
        leftOut.emplace_back(name_);
    }
    return tensors;
  }

  /// Every storage that the pickle names, whether a tensor of tensors() lies in it or not.
  std::vector<StorageId> storages() {
    std::vector<StorageId> found;
    std::vector<Pickle::Id> waiting(pickle_.top().items);
    std::unordered_set<Pickle::Id> seen;
    while (!waiting.empty()) {
      const Pickle::Id id = waiting.back();
      waiting.pop_back();
      if (!seen.insert(id).second) continue;
      if (pickle_[id].kind == Kind::Persistent) found.push_back(storage(pickle_[id]));
      waiting.insert(waiting.end(), pickle_[id].items.begin(), pickle_[id].items.end());
    }
    return found;
  }

  std::vector<std::string> leftOut;  ///< names of entries that are no tensors of the model

 private:
  using Kind = Pickle::Kind;

  bool isTensor(const Pickle::Value& value) const {
    return argumentsOf(value, kRebuildTensor) || argumentsOf(value, kRebuildParameter);
  }

  bool holdsTensors(const Pickle::Value& dict) const {
    for (size_t i = 1; i < dict.items.size(); i += 2)
      if (isTensor(pickle_[dict.items[i]])) return true;
    return false;
  }

  /// A dict in another dict, by the names that lead to it.
  struct Nested {
    std::string name;
    const Pickle::Value* dict = nullptr;
  };

  /// Those of `dict` and of the dicts in it that hold tensors themselves. An optimiser's state has them a level deeper.
  void findWeights(const Pickle::Value& dict, const std::string& prefix, int depth, std::vector<Nested>& found) const {
    for (size_t i = 0; i < dict.items.size(); i += 2) {
      const auto &key = pickle_[dict.items[i]], &value = pickle_[dict.items[i + 1]];
      if (key.kind != Kind::Text || value.kind != Kind::Dict || key.text.starts_with("optim")) continue;
      if (holdsTensors(value))
        found.push_back({prefix + std::string(key.text), &value});
      else if (depth > 1)
        findWeights(value, fmt::format("{}{}.", prefix, key.text), depth - 1, found);
    }
  }

  /// The dict of the model's tensors: the file's own, or the one that a training program put into it.
  const Pickle::Value& weights() {
    const auto& top = pickle_.top();
    if (top.kind != Kind::Dict)
      throw Error(
          fmt::format("{} does not hold a dict of tensors. Save the model's state_dict(), not the model or a list.",
                      file_.string()));
    if (top.items.empty() || holdsTensors(top)) return top;
    std::vector<Nested> found;
    findWeights(top, "", 2, found);
    const auto chosen = choose(found);
    for (size_t i = 0; i < top.items.size(); i += 2)
      if (const auto& key = pickle_[top.items[i]];
          key.kind == Kind::Text && key.text != chosen.name.substr(0, chosen.name.find('.')))
        leftOut.emplace_back(key.text);
    return *chosen.dict;
  }

  Nested choose(const std::vector<Nested>& found) const {
    if (found.size() == 1) return found.front();
    for (const std::string_view key : kWeightsKeys)
      if (const auto place = std::ranges::find(found, key, &Nested::name); place != found.end()) return *place;
    std::string names;
    for (const Nested& each : found) names += fmt::format("{}{}", names.empty() ? "" : ", ", each.name);
    throw Error(found.empty()
                    ? fmt::format("{} holds no tensors by name. Save the model's state_dict().", file_.string())
                    : fmt::format("{} holds several dicts of tensors: {}. Save the state_dict() of one model alone.",
                                  file_.string(), names));
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(fmt::format("{}: tensor {} {}. The file is damaged; get it again.", file_.string(), name_, what));
  }

  /// The arguments of a call of `global`, or null.
  const std::vector<Pickle::Id>* argumentsOf(const Pickle::Value& value, std::string_view global) const {
    if (value.kind != Kind::Call || pickle_[value.items[0]].text != global) return nullptr;
    return &pickle_[value.items[1]].items;
  }

  const Pickle::Value& argument(const std::vector<Pickle::Id>& arguments, size_t index, Kind kind,
                                std::string_view meaning) const {
    if (index >= arguments.size() || pickle_[arguments[index]].kind != kind)
      fail(fmt::format("is not described as torch.save does: its {} is missing or of another kind", meaning));
    return pickle_[arguments[index]];
  }

  std::vector<int64_t> sizes(const Pickle::Value& tuple, std::string_view meaning) const {
    std::vector<int64_t> sizes;
    for (size_t i = 0; i < tuple.items.size(); ++i) {
      sizes.push_back(argument(tuple.items, i, Kind::Integer, meaning).integer);
      if (sizes.back() < 0) fail(fmt::format("has the {} {}", meaning, sizes.back()));
    }
    return sizes;
  }

  Unbound tensor(const Pickle::Value& value) const {
    const auto* parameter = argumentsOf(value, kRebuildParameter);
    if (parameter && parameter->empty()) fail("is a parameter without a tensor");
    const auto* arguments = argumentsOf(parameter ? pickle_[parameter->front()] : value, kRebuildTensor);
    if (!arguments) fail("is a parameter of something else than a tensor");
    Unbound found{.name = name_};
    found.storage = storage(argument(*arguments, 0, Kind::Persistent, "storage"));
    auto& tensor = found.tensor;
    tensor.dtype = found.storage.dtype;
    tensor.offset = argument(*arguments, 1, Kind::Integer, "offset").integer;
    tensor.shape = sizes(argument(*arguments, 2, Kind::Tuple, "shape"), "size");
    tensor.stride = sizes(argument(*arguments, 3, Kind::Tuple, "strides"), "stride");
    checkExtent(tensor, found.storage.elements);
    for (size_t i = 0; i < tensor.shape.size(); ++i)  // never taken, and may be any number
      if (tensor.shape[i] == 1) tensor.stride[i] = 0;
    return found;
  }

  StorageId storage(const Pickle::Value& persistent) const {
    const auto& tuple = pickle_[persistent.items[0]];
    if (tuple.kind != Kind::Tuple || argument(tuple.items, 0, Kind::Text, "storage").text != "storage")
      fail("is not described as torch.save does: its storage has no name");
    const auto type = argument(tuple.items, 1, Kind::Global, "storage's type").text;
    const auto entry = std::ranges::find(kStorageTypes, type, &StorageType::global);
    if (entry == kStorageTypes.end()) fail(fmt::format("lies in a {}, which is no storage", type));
    const StorageId storage{.key = argument(tuple.items, 2, Kind::Text, "storage's name").text,
                            .dtype = entry->dtype,
                            .elements = argument(tuple.items, 4, Kind::Integer, "storage's size").integer};
    if (tuple.items.size() > 5 && pickle_[tuple.items[5]].kind != Kind::None)
      fail("lies in a part of a storage, as only PyTorch before 0.4 wrote it");
    if (storage.elements < 0 || storage.elements > INT64_MAX / dtypeBytes(storage.dtype))
      fail(fmt::format("lies in a storage of {} elements", storage.elements));
    return storage;
  }

  /// Every element lies within the storage, and there are not more of them than it has, so that no shape asks for more
  /// memory than the file has bytes.
  void checkExtent(const Tensor& tensor, int64_t elements) const {
    if (tensor.shape.size() != tensor.stride.size())
      fail(fmt::format("has {} sizes and {} strides", tensor.shape.size(), tensor.stride.size()));
    if (tensor.offset < 0) fail(fmt::format("begins at element {} of its storage", tensor.offset));
    if (std::ranges::find(tensor.shape, 0) != tensor.shape.end()) return;
    int64_t count = 1, last = tensor.offset;
    for (size_t i = 0; i < tensor.shape.size(); ++i) {
      int64_t reach = 0;
      if (__builtin_mul_overflow(count, tensor.shape[i], &count) ||
          __builtin_mul_overflow(tensor.shape[i] - 1, tensor.stride[i], &reach) ||
          __builtin_add_overflow(last, reach, &last))
        fail(fmt::format("has the impossible shape {} with strides {}", shapeText(tensor.shape),
                         shapeText(tensor.stride)));
    }
    if (last >= elements || count > elements)
      fail(fmt::format("of shape {}, strides {} and offset {} reaches beyond its storage of {} elements",
                       shapeText(tensor.shape), shapeText(tensor.stride), tensor.offset, elements));
  }

  const std::filesystem::path& file_;
  const Pickle& pickle_;
  std::string_view name_;
};

TorchFile::TorchFile(std::filesystem::path file) : path_(std::move(file)), legacy_(std::make_unique<FileBytes>(path_)) {
  const auto bytes = legacy_->read(0, std::min<uint64_t>(legacy_->size(), kLegacyMagic.size()));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with(kLegacyMagic)) {
    readLegacy();
    return;
  }
  if (!text.starts_with("PK"))
    throw Error(fmt::format(
        "{} is not a file of torch.save: it is neither a zip archive nor of the older format. It has {} bytes, and was cut off or is another kind of file, such as a web page.",
        path_.string(), legacy_->size()));
  legacy_.reset();
  readZip();
}

void TorchFile::readZip() {
  zip_ = std::make_unique<ZipFile>(path_);
  constexpr std::string_view kPickle = "/data.pkl";
  const auto& entries = zip_->entries();
  const auto pickleEntry =
      std::ranges::find_if(entries, [&](const auto& entry) { return entry.first.ends_with(kPickle); });
  if (pickleEntry == entries.end())
    throw Error(fmt::format("{} has no data.pkl: it is not a file of torch.save.", path_.string()));
  const auto root = pickleEntry->first.substr(0, pickleEntry->first.size() - kPickle.size());
  if (const auto* order = zip_->find(root + "/byteorder")) {
    const auto content = zip_->read(*order, 16);
    if (std::string_view(reinterpret_cast<const char*>(content.data()), content.size()) != "little")
      throw Error(fmt::format("{} was saved on a machine of another byte order. Save it again on a common one.",
                              path_.string()));
  }
  if (pickleEntry->second.size > kMaxPickle)
    throw Error(fmt::format("{}: its data.pkl has {} bytes; at most {} are read.", path_.string(),
                            pickleEntry->second.size, kMaxPickle));
  const auto pickled = zip_->file().read(zip_->stored(pickleEntry->second), pickleEntry->second.size);
  const Pickle pickle(pickled, kAllowed, fmt::format("{}: data.pkl", path_.string()));

  std::map<std::string, uint64_t, std::less<>> storages;  // each is checked once
  Reader reader(path_, pickle);
  auto unbound = reader.tensors();
  leftOut_ = std::move(reader.leftOut);
  for (auto& [name, id, tensor] : unbound) {
    const auto key = fmt::format("{}/data/{}", root, id.key);
    const auto* entry = zip_->find(key);
    if (!entry) throw Error(fmt::format("{}: tensor {} lies in {}, which is not there.", path_.string(), name, key));
    const auto size = static_cast<uint64_t>(id.elements * dtypeBytes(id.dtype));
    if (entry->size != size)
      throw Error(fmt::format("{}: {} has {} bytes, and tensor {} says {}. The file is damaged; get it again.",
                              path_.string(), key, entry->size, name, size));
    const auto [storage, isNew] = storages.try_emplace(key);
    if (isNew) storage->second = zip_->stored(*entry);
    tensor.storage = storage->second;
    if (!tensors_.emplace(name, std::move(tensor)).second)
      throw Error(fmt::format("{} has the tensor {} twice. It is damaged.", path_.string(), name));
  }
}

/// Pickles one behind the other: magic number, version, the machine's sizes, the dict, the storages' names; then each
/// storage as its number of elements (int64) and its bytes.
void TorchFile::readLegacy() {
  const auto pickles = legacy_->read(0, std::min<uint64_t>(legacy_->size(), kMaxPickle));
  std::span<const std::byte> rest(pickles);
  const auto next = [&](std::string_view what) {
    Pickle pickle(rest, kAllowed, fmt::format("{}: the pickle of the {}", path_.string(), what));
    rest = rest.subspan(pickle.size());
    return pickle;
  };
  const auto damaged = [&](const std::string& what) {
    throw Error(fmt::format("{} {}. It is damaged or cut off; get it again.", path_.string(), what));
  };
  next("magic number");
  if (const auto version = next("version"); version.top().integer != kLegacyVersion)
    damaged(fmt::format("is of version {}, expected {}", version.top().integer, kLegacyVersion));
  const auto machine = next("machine's sizes");
  for (size_t i = 0; i + 1 < machine.top().items.size(); i += 2)
    if (machine[machine.top().items[i]].text == "little_endian" && machine[machine.top().items[i + 1]].integer != 1)
      damaged("was saved on a machine of another byte order");

  const auto pickle = next("tensors");
  Reader reader(path_, pickle);
  auto unbound = reader.tensors();
  leftOut_ = std::move(reader.leftOut);
  std::map<std::string_view, StorageId> ids;
  for (const StorageId& storage : reader.storages()) ids.emplace(storage.key, storage);

  const auto keys = next("storages' names");
  std::map<std::string_view, uint64_t> storages;
  uint64_t at = pickles.size() - rest.size();
  for (const auto key : keys.top().items) {
    const auto id = ids.find(keys[key].text);
    if (id == ids.end()) damaged("has a storage that belongs to no tensor");
    const auto bytes = static_cast<uint64_t>(id->second.elements * dtypeBytes(id->second.dtype));
    int64_t elements = 0;
    if (legacy_->size() - at < sizeof elements) damaged(fmt::format("ends before storage {}", id->first));
    legacy_->read(at, std::as_writable_bytes(std::span(&elements, 1)));
    at += sizeof elements;
    if (elements != id->second.elements || bytes > legacy_->size() - at)
      damaged(fmt::format("has a storage {} of {} elements and {} bytes behind it, expected {} elements", id->first,
                          elements, legacy_->size() - at, id->second.elements));
    storages[id->first] = at;
    at += bytes;
  }
  for (auto& [name, id, tensor] : unbound) {
    const auto storage = storages.find(id.key);
    const auto first = ids.find(id.key);
    if (storage == storages.end() ||
        first->second.elements * dtypeBytes(first->second.dtype) != id.elements * dtypeBytes(id.dtype))
      damaged(fmt::format("has no storage for tensor {}", name));
    tensor.storage = storage->second;
    if (!tensors_.emplace(name, std::move(tensor)).second) damaged(fmt::format("has the tensor {} twice", name));
  }
}

std::vector<std::string> TorchFile::names() const {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors_) names.push_back(name);
  return names;
}

std::span<const int64_t> TorchFile::shape(std::string_view name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) failMissing(name);
  return found->second.shape;
}

std::vector<float> TorchFile::floats(std::string_view name, std::span<const int64_t> shape) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) failMissing(name);
  const auto& tensor = found->second;
  requireShape(name, tensor.shape, shape);
  const auto size = static_cast<size_t>(dtypeBytes(tensor.dtype));
  const int64_t count = std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
  std::vector<std::byte> bytes(static_cast<size_t>(count) * size);
  if (count == 0) return {};
  int64_t last = 0;  // the farthest element from the first; they lie within the storage, which was checked
  for (size_t d = 0; d < shape.size(); ++d) last += (shape[d] - 1) * tensor.stride[d];
  const auto storage =
      (legacy_ ? *legacy_ : zip_->file())
          .read(tensor.storage + static_cast<uint64_t>(tensor.offset) * size, static_cast<uint64_t>(last + 1) * size);
  std::vector<int64_t> index(shape.size());
  int64_t from = 0;
  for (int64_t to = 0; to < count; ++to) {
    std::memcpy(bytes.data() + static_cast<size_t>(to) * size, storage.data() + static_cast<size_t>(from) * size, size);
    for (size_t d = index.size(); d-- > 0;) {  // the next index, last dimension fastest
      from += tensor.stride[d];
      if (++index[d] < shape[d]) break;
      from -= tensor.stride[d] * shape[d];
      index[d] = 0;
    }
  }
  return toFloats(name, {tensor.dtype, tensor.shape, bytes});
}

}  // namespace scanline
