#include "core/kernels/block_cache.h"

#include <c10/core/Allocator.h>
#include <c10/core/impl/alloc_cpu.h>
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

/// Up to the next eighth of a power of two, so that nearly equal sizes share blocks.
size_t sizeClass(size_t bytes) {
  const size_t step = std::bit_floor(bytes) / 8;
  return (bytes + step - 1) / step * step;
}

class BlockCache final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    const auto device = c10::Device(c10::kCPU);
    if (bytes < kSmallest) {
      void* memory = c10::alloc_cpu(bytes);
      return {memory, memory, &c10::free_cpu, device};
    }
    auto block = take(sizeClass(bytes));
    void* memory = block->memory;
    return {memory, block.release(), &giveBack, device};
  }
  c10::DeleterFnPtr raw_deleter() const override { return nullptr; }  // the context is not the memory
  void copy_data(void* to, const void* from, size_t bytes) const override { std::memcpy(to, from, bytes); }

  void release() {
    std::map<size_t, std::vector<std::unique_ptr<Block>>> freed;
    const std::lock_guard lock(mutex_);
    freed.swap(free_);
    kept_ = 0;
  }

 private:
  struct Block {
    Block(BlockCache& owner, size_t bytes) : cache(owner), size(bytes) {
      const size_t alignment = bytes >= kHugePage ? kHugePage : 4096;
      memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
      TORCH_CHECK(memory, "DefaultCPUAllocator: can't allocate memory: you tried to allocate ", bytes, " bytes");
      if (bytes >= kHugePage) (void)madvise(memory, bytes, MADV_HUGEPAGE);  // only advice: a refusal costs speed alone
    }
    ~Block() { std::free(memory); }
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;

    BlockCache& cache;
    size_t size;
    void* memory;
  };

  std::unique_ptr<Block> take(size_t size) {
    {
      const std::lock_guard lock(mutex_);
      auto& blocks = free_[size];
      if (!blocks.empty()) {
        auto block = std::move(blocks.back());
        blocks.pop_back();
        kept_ -= size;
        return block;
      }
    }
    return std::make_unique<Block>(*this, size);
  }

  static void giveBack(void* context) {
    std::unique_ptr<Block> block(static_cast<Block*>(context));
    auto& cache = block->cache;
    const std::lock_guard lock(cache.mutex_);
    if (cache.kept_ + block->size > kMostKept) return;
    cache.kept_ += block->size;
    auto& blocks = cache.free_[block->size];
    blocks.push_back(std::move(block));
  }

  std::mutex mutex_;
  std::map<size_t, std::vector<std::unique_ptr<Block>>> free_;
  size_t kept_ = 0;
};

/// LibTorch has one CPU allocator a process, and tensors may die after static objects: so there is one cache, never
/// destroyed.
BlockCache& cache() {
  static auto* const kCache = new BlockCache;
  return *kCache;
}

}  // namespace

void installBlockCache() {
  c10::SetAllocator(c10::kCPU, &cache(), /*priority=*/1);
}

void releaseCachedBlocks() {
  cache().release();
}

}  // namespace scanline
