#include "core/learn/kernels/block_cache.h"

#include <c10/core/Allocator.h>
#include <sys/mman.h>

#include <bit>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <vector>

namespace scanline {

namespace {

constexpr size_t kSmallest = 64 * 1024;        ///< smaller blocks are glibc's business: it does not return those
constexpr size_t kMostKept = size_t{2} << 30;  ///< bytes kept at most
constexpr size_t kHugePage = size_t{2} << 20;

/// Lies before the memory that a tensor gets. LibTorch also frees by that address alone, so it cannot lie elsewhere.
struct alignas(64) Header {
  size_t size;  ///< with the header itself
};

/// Up to the next eighth of a power of two, so that nearly equal sizes share blocks.
size_t sizeClass(size_t bytes) {
  if (bytes < kSmallest) return (bytes + alignof(Header) - 1) / alignof(Header) * alignof(Header);
  const size_t step = std::bit_floor(bytes) / 8;
  return (bytes + step - 1) / step * step;
}

Header* makeBlock(size_t size) {
  const size_t alignment = size >= kHugePage ? kHugePage : alignof(Header);
  auto* block = static_cast<Header*>(std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment));
  TORCH_CHECK(block, "DefaultCPUAllocator: can't allocate memory: you tried to allocate ", size, " bytes");
  if (size >= kHugePage) (void)madvise(block, size, MADV_HUGEPAGE);  // only advice: a refusal costs speed alone
  block->size = size;
  return block;
}

class BlockCache final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    void* memory = bytes == 0 ? nullptr : take(sizeClass(bytes + sizeof(Header))) + 1;
    return {memory, memory, &giveBack, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &giveBack; }
  void copy_data(void* to, const void* from, size_t bytes) const override { std::memcpy(to, from, bytes); }

  void release() {
    std::map<size_t, std::vector<Header*>> freed;
    {
      const std::lock_guard lock(mutex_);
      freed.swap(free_);
      kept_ = 0;
    }
    for (const auto& [size, blocks] : freed)
      for (auto* block : blocks) std::free(block);
  }

 private:
  Header* take(size_t size) {
    if (size >= kSmallest) {
      const std::lock_guard lock(mutex_);
      if (const auto found = free_.find(size); found != free_.end() && !found->second.empty()) {
        auto* block = found->second.back();
        found->second.pop_back();
        kept_ -= size;
        return block;
      }
    }
    return makeBlock(size);
  }
  static void giveBack(void* memory);

  std::mutex mutex_;
  std::map<size_t, std::vector<Header*>> free_;
  size_t kept_ = 0;
};

/// LibTorch has one CPU allocator a process, and tensors may die after static objects: so there is one cache, never
/// destroyed.
BlockCache& cache() {
  static auto* const kCache = new BlockCache;
  return *kCache;
}

void BlockCache::giveBack(void* memory) {
  if (!memory) return;
  auto* block = static_cast<Header*>(memory) - 1;
  if (block->size >= kSmallest) {
    auto& owner = cache();
    const std::lock_guard lock(owner.mutex_);
    if (owner.kept_ + block->size <= kMostKept) {
      owner.kept_ += block->size;
      owner.free_[block->size].push_back(block);
      return;
    }
  }
  std::free(block);
}

}  // namespace

void installBlockCache() {
  c10::SetAllocator(c10::kCPU, &cache(), /*priority=*/1);
}

void releaseCachedBlocks() {
  cache().release();
}

}  // namespace scanline
