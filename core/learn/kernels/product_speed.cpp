#include "core/learn/kernels/product_speed.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/processor.h"
#include "core/base/user_folders.h"
#include "core/learn/kernels/cpu_features.h"

namespace scanline {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

constexpr double kFlopsOfPass = 4e8;  ///< some milliseconds
constexpr int64_t kFewestRows = 64;
constexpr int kPasses = 5;                ///< of each precision, after one that compiles its kernels
constexpr size_t kMostKept = 200;         ///< entries of the file; the oldest go first
constexpr uint64_t kMostBytes = 1 << 20;  ///< of a file that is read

/// The products of linear() and linearBackward() of core/learn/model/gpt_gradient.cpp.
class Products {
 public:
  Products(const ProductShape& s, at::ScalarType type)
      : x_RD_(at::full({s.rows, s.width}, 0.01, type)),
        w_DF_(at::full({s.width, 4 * s.width}, 0.01, type)),
        gradient_DF_(at::zeros({s.width, 4 * s.width})) {}

  double seconds() {
    const auto begin = std::chrono::steady_clock::now();
    const auto y_RF = at::mm(x_RD_, w_DF_);
    if (y_RF.scalar_type() == at::kFloat)
      gradient_DF_.addmm_(x_RD_.t(), y_RF);
    else
      gradient_DF_.add_(at::mm(x_RD_.t(), y_RF));
    (void)at::mm(y_RF, w_DF_.t());
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }

 private:
  at::Tensor x_RD_, w_DF_, gradient_DF_;
};

/// The key of an entry.
Json keyOf(const ProductShape& shape) {
  return {{"processor", processorName()},
          {"instructionSet", instructionSet()},
          {"threads", at::get_num_threads()},
          {"libtorch", TORCH_VERSION},
          {"rows", shape.rows},
          {"width", shape.width}};
}

Json readEntries(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) return Json::array();
  try {
    auto entries = Json::parse(readFile(file, kMostBytes));
    return entries.is_array() ? entries : Json::array();
  } catch (const std::exception&) {
    return Json::array();  // made again
  }
}

bool isOf(const Json& entry, const Json& key) {
  return entry.is_object() && std::ranges::all_of(key.items(), [&](const auto& item) {
           const auto found = entry.find(item.key());
           return found != entry.end() && *found == item.value();
         });
}

std::optional<double> rateOf(const Json& entry, const char* name) {
  const auto found = entry.find(name);
  if (found == entry.end() || !found->is_number()) return std::nullopt;
  const double rate = *found;
  return std::isfinite(rate) && rate > 0 ? std::optional(rate) : std::nullopt;
}

void keep(const fs::path& file, Json entries) {
  while (entries.size() > kMostKept) entries.erase(entries.begin());
  try {
    fs::create_directories(file.parent_path());
    writeFileAtomically(file, entries.dump(1) + '\n');
  } catch (const std::exception&) {
    // A full or read-only disk: it is measured again next time.
  }
}

}  // namespace

ProductSpeed measureProducts(const ProductShape& asked) {
  const c10::InferenceMode valuesOnly;
  const double perRow = 24 * static_cast<double>(asked.width) * static_cast<double>(asked.width);
  const auto rows = std::max(kFewestRows, static_cast<int64_t>(kFlopsOfPass / perRow));
  const ProductShape shape{std::min(rows, asked.rows), asked.width};
  Products fp32(shape, at::kFloat), bf16(shape, at::kBFloat16);
  (void)fp32.seconds();
  (void)bf16.seconds();
  double fp32Seconds = std::numeric_limits<double>::infinity(), bf16Seconds = fp32Seconds;
  for (int pass = 0; pass < kPasses; ++pass) {
    fp32Seconds = std::min(fp32Seconds, fp32.seconds());
    bf16Seconds = std::min(bf16Seconds, bf16.seconds());
  }
  const double gigaflops = 1e-9 * perRow * static_cast<double>(shape.rows);
  return {gigaflops / fp32Seconds, gigaflops / bf16Seconds};
}

ProductSpeed productSpeed(const ProductShape& shape, const fs::path& file) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);  // two runs that begin together are not to disturb each other's measurement
  auto entries = readEntries(file);
  auto entry = keyOf(shape);
  for (const auto& known : entries) {
    if (!isOf(known, entry)) continue;
    const auto fp32 = rateOf(known, "fp32"), bf16 = rateOf(known, "bf16");
    if (fp32 && bf16) return {*fp32, *bf16};
  }
  const auto speed = measureProducts(shape);
  entry["fp32"] = speed.fp32;
  entry["bf16"] = speed.bf16;
  entries.push_back(std::move(entry));
  keep(file, std::move(entries));
  return speed;
}

ProductSpeed productSpeed(const ProductShape& shape) {
  fs::path file;
  try {
    file = userCacheFolder() / "product-speed.json";
  } catch (const Error&) {
    return measureProducts(shape);  // no home folder to keep it in
  }
  return productSpeed(shape, file);
}

}  // namespace scanline
